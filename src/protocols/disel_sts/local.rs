//! The local states, under the names of `RoleState` (4.2).

use super::message::Peer;
use crate::protocols::paxos::{AcceptorSet, Proposal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The local state of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Local {
    /// A proposer.
    Proposer(Proposer),
    /// An acceptor.
    Acceptor(Acceptor),
    /// A node that crashed for good but that stateright restarts all the same. The model's boundary excludes every state
    /// with such a node.
    Gone,
}

/// The proposer's states. Its own proposal is a parameter of the node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proposer {
    /// Nothing sent yet.
    PInit,
    /// Some Prepares sent.
    PSentPrep(SentTo),
    /// Every acceptor has been sent a Prepare; waiting for answers.
    PWaitPrepResp(Answered),
    /// Every acceptor has answered.
    PSentAccReq {
        /// Who has been sent an Accept.
        sent_to: SentTo,
        /// The proposal that the answers lead to.
        proposal: Proposal,
    },
    /// Finished: an Accept has gone to every acceptor, or a Nack has come.
    PAbort,
    /// Back from a crash. It takes no further part, so that it never uses its ballot twice.
    Crashed,
}

/// The list of nodes that a proposer has sent a message to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SentTo {
    /// These acceptors, each once.
    Acceptors(AcceptorSet),
    /// It has a node that is no acceptor, or an acceptor twice, so it never becomes the list of the acceptors. Whatever
    /// else is in it does not matter.
    Spoilt,
}

impl SentTo {
    /// The empty list.
    pub fn none() -> Self {
        SentTo::Acceptors(AcceptorSet::default())
    }

    /// The list with another node.
    pub fn with(self, to: Peer) -> Self {
        match (self, to) {
            (SentTo::Acceptors(list), Peer::Acceptor(index)) if !list.contains(index) => {
                SentTo::Acceptors(list.with(index))
            }
            _ => SentTo::Spoilt,
        }
    }

    /// How many acceptors are in it; `None` if it is spoilt.
    pub fn count(self) -> Option<usize> {
        match self {
            SentTo::Acceptors(list) => Some(list.len()),
            SentTo::Spoilt => None,
        }
    }

    /// True iff it is the list of this many acceptors.
    pub fn is_complete(self, acceptors: usize) -> bool {
        self.count() == Some(acceptors)
    }
}

/// The answers that a proposer has received.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Answered {
    /// Those of acceptors.
    pub by_acceptor: BTreeMap<usize, Answer>,
    /// The proposers that have answered. What they say cannot matter: once there is one, the answers are never those of
    /// the acceptors.
    pub by_proposers: BTreeSet<usize>,
}

/// What an acceptor has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A Promise with this payload.
    Yes(Proposal),
    /// Anything else.
    No,
}

/// An acceptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Acceptor {
    /// Its state of 4.2.
    pub role: Role,
    /// The proposers that it has answered, where the system is honest. It forgets them in AAccepted, where it sends nothing.
    pub answered: BTreeSet<usize>,
    /// The proposers whose Prepares it has received, where that is what lets it answer.
    pub prepared: BTreeSet<usize>,
}

/// The acceptor's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It has received nothing.
    AInit,
    /// It holds the proposal with the highest number that it has received in a Prepare.
    APromised(Proposal),
    /// It has accepted this proposal, which is its only vote.
    AAccepted(Proposal),
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Local::Proposer(proposer) => proposer.fmt(f),
            Local::Acceptor(acceptor) => acceptor.fmt(f),
            Local::Gone => write!(f, "gone"),
        }
    }
}

impl fmt::Display for Proposer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proposer::PInit => write!(f, "PInit"),
            Proposer::PSentPrep(sent_to) => write!(f, "PSentPrep sent_to={sent_to}"),
            Proposer::PWaitPrepResp(Answered { by_acceptor, by_proposers }) => {
                write!(f, "PWaitPrepResp")?;
                for (index, answer) in by_acceptor {
                    let answer = match answer {
                        Answer::Yes(payload) => payload.to_string(),
                        Answer::No => "no".into(),
                    };
                    write!(f, " {}:{answer}", Peer::Acceptor(*index))?;
                }
                by_proposers.iter().try_for_each(|index| write!(f, " {}", Peer::Proposer(*index)))
            }
            Proposer::PSentAccReq { sent_to, proposal } => write!(f, "PSentAccReq {proposal} sent_to={sent_to}"),
            Proposer::PAbort => write!(f, "PAbort"),
            Proposer::Crashed => write!(f, "PAbort after a crash"),
        }
    }
}

impl fmt::Display for SentTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SentTo::Acceptors(list) => list.fmt(f),
            SentTo::Spoilt => write!(f, "spoilt"),
        }
    }
}

impl fmt::Display for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.role {
            Role::AInit => write!(f, "AInit")?,
            Role::APromised(held) => write!(f, "APromised {held}")?,
            Role::AAccepted(vote) => write!(f, "AAccepted {vote}")?,
        }
        for (what, proposers) in [("prepared_by", &self.prepared), ("answered", &self.answered)] {
            if !proposers.is_empty() {
                let names: Vec<_> = proposers.iter().map(|index| Peer::Proposer(*index).to_string()).collect();
                write!(f, " {what}={{{}}}", names.join(" "))?;
            }
        }
        Ok(())
    }
}
