//! What Paxos-like families share: proposals, sets of acceptors, the nodes by name, bounds, votes and their properties. It
//! knows no messages and no handlers.

mod acceptor_set;
pub mod bounds;
pub mod properties;
mod proposal;
mod roster;
mod votes;

pub use acceptor_set::AcceptorSet;
pub use proposal::{Ballot, Proposal, Value};
pub use roster::Roster;
pub use votes::Votes;
