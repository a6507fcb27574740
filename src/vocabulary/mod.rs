//! The words of Paxos: proposals, messages, the nodes' names, sets of acceptors. It knows no protocol and no search.

mod message;
mod proposal;
mod roster;

pub use message::{Message, Offer};
pub use proposal::{Ballot, Proposal, Value};
pub use roster::{AcceptorSet, Roster};
