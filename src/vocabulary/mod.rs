//! The vocabulary of Paxos: proposals, messages, node names, sets of acceptors. It knows neither protocols nor searches.

mod message;
mod proposal;
mod roster;

pub use message::{Message, Offer};
pub use proposal::{Ballot, Proposal, Value};
pub use roster::{AcceptorSet, Roster};
