//! The messages: those of the service, abstract or real, and those between clients.

use crate::protocols::paxos::Value;
use crate::protocols::single_decree;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Asks the abstract service to decide this value.
    Propose(Value),
    /// The abstract service tells a client what is decided.
    Decided(Value),
    /// A client tells the next one what it acted on.
    Token(Value),
    /// A message of the protocol that is the service.
    Protocol(single_decree::Message),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Propose(value) => write!(f, "Propose({value})"),
            Message::Decided(value) => write!(f, "Decided({value})"),
            Message::Token(value) => write!(f, "Token({value})"),
            Message::Protocol(message) => message.fmt(f),
        }
    }
}

/// As displayed, but for what the protocol's own messages have instead.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Protocol(message) => fmt::Debug::fmt(message, f),
            message => write!(f, "{message}"),
        }
    }
}
