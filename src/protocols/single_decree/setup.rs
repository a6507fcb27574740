//! The parameters that determine how the nodes behave, and the internal steps of a proposer. It decides nothing itself.

use super::rules::Rules;
use super::Roster;
use crate::family::Sends;
use crate::protocols::paxos::Proposal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a crashed node comes back, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// Never.
    Never,
    /// At any time, with what it had on stable storage: an acceptor or a learner with its whole state, a proposer with the
    /// round it had begun ("Paxos Made Simple", 2.5).
    FromStorage,
}

/// Everything that determines how the nodes behave.
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
    /// How many learners the acceptors inform, counted from the first; these inform the others (2.2.2). The thesis names
    /// three schemes: all, one, and some of them.
    pub distinguished: usize,
    /// How many rounds a proposer may begin; at least 1.
    pub rounds: u32,
    /// How messages leave.
    pub sends: Sends,
    /// Whether a crashed node comes back; `None` if no node can crash.
    pub crashes: Option<Recovery>,
}

impl Setup {
    /// The nodes.
    pub fn roster(&self) -> Roster {
        Roster { proposers: self.proposals.len(), acceptors: self.acceptors, learners: self.learners }
    }
}

/// An internal step of a proposer, modelled as a stateright timer: a timer that is set may fire at any moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// Sends the next message, to the acceptor with this index.
    Send(usize),
    /// Gives up the round and begins the next.
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
