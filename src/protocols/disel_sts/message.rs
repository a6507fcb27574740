//! The messages of the system, and the nodes that they go between.

use crate::protocols::paxos::Proposal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message: a tag (5.3) and a payload, which is a proposal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// `prepare_req`.
    Prepare(Proposal),
    /// `promise_resp`.
    Promise(Proposal),
    /// `nack_resp`. Its payload is `<0,0>`.
    Nack,
    /// `accept_req`.
    Accept(Proposal),
}

impl Message {
    /// What the message carries.
    pub fn payload(self) -> Proposal {
        match self {
            Message::Prepare(payload) | Message::Promise(payload) | Message::Accept(payload) => payload,
            Message::Nack => Proposal::ZERO,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Prepare(payload) => write!(f, "Prepare{payload}"),
            Message::Promise(payload) => write!(f, "Promise{payload}"),
            Message::Nack => write!(f, "Nack"),
            Message::Accept(payload) => write!(f, "Accept{payload}"),
        }
    }
}

/// As displayed, but with angle quotation marks: stateright's sequence diagram writes this form into its SVG unescaped.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string().replace('<', "‹").replace('>', "›"))
    }
}

/// A node by its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// The proposer with this index, counted from 0.
    Proposer(usize),
    /// The acceptor with this index, counted from 0.
    Acceptor(usize),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Proposer(index) => write!(f, "P{}", index.saturating_add(1)),
            Peer::Acceptor(index) => write!(f, "A{}", index.saturating_add(1)),
        }
    }
}

/// A send that is allowed now, modelled as a stateright timer: a timer that is set may fire at any moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Send {
    /// The addressee.
    pub to: Peer,
    /// The message.
    pub message: Message,
}

/// In words: stateright's sequence diagram shows this form.
impl fmt::Debug for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "send {:?} to {}", self.message, self.to)
    }
}
