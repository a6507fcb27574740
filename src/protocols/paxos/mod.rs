//! What Paxos-like families share: proposals, and sets of acceptors. It knows no messages and no handlers.

mod acceptor_set;
mod proposal;

pub use acceptor_set::AcceptorSet;
pub use proposal::{Ballot, Proposal, Value};
