//! What a handler gives back.

use super::local::Local;
use super::message::Message;
use stateright::actor::Id;

/// The effect of an event on one node: its next local state and the messages that it sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// The next local state.
    pub local: Local,
    /// Messages, in the order in which they are sent.
    pub sends: Vec<(Id, Message)>,
}
