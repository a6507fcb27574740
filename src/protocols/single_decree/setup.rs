//! What fixes the behaviour of the nodes, and the internal steps that a proposer can take. It decides nothing itself.

use super::rules::Rules;
use crate::vocabulary::{Proposal, Roster};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a handler's messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sends {
    /// All at once, with the handler.
    Atomic,
    /// One a step, in any order (PSentPrep and PSentAccReq, 4.1.2).
    Stepwise,
}

/// What a crash leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// A crashed node is gone for good.
    Never,
    /// It may come back with what it had on stable storage: an acceptor or a learner with all of its state, a proposer
    /// with the round it had begun ("Paxos Made Simple", 2.5).
    FromStorage,
}

/// All that fixes the behaviour of the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The rules.
    pub rules: Rules,
    /// The first proposal of each proposer.
    pub proposals: Vec<Proposal>,
    /// The number of acceptors.
    pub acceptors: usize,
    /// The number of learners.
    pub learners: usize,
    /// How many of the learners, from the first on, the acceptors inform; these inform the others (2.2.2). All, one and
    /// some of them are the three ways of the thesis.
    pub distinguished: usize,
    /// The rounds that a proposer may begin, at least 1.
    pub rounds: u32,
    /// How messages leave.
    pub sends: Sends,
    /// What a crash leaves behind; `None` if no node can crash.
    pub crashes: Option<Recovery>,
}

impl Setup {
    /// The nodes.
    pub fn roster(&self) -> Roster {
        Roster { proposers: self.proposals.len(), acceptors: self.acceptors, learners: self.learners }
    }
}

/// An internal step of a proposer. stateright's timers serve as such: one that is set may fire at any moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// The next message is sent to the acceptor with this index.
    Send(usize),
    /// The proposer gives up its round and begins the next.
    Retry,
}

/// In words: stateright's sequence diagram shows this form.
impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Timer::Send(index) => write!(f, "send to A{}", index.saturating_add(1)),
            Timer::Retry => f.write_str("start over"),
        }
    }
}
