//! The parameters that determine how the nodes behave, and the internal steps of a proposer. It decides nothing itself.

use super::rules::Rules;
use super::Roster;
use crate::family::{Comeback, Restart, Sends};
use crate::protocols::paxos::{Proposal, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Whether a crashed node comes back, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// Never.
    Never,
    /// At any time, with what is left of what it had on stable storage: of an acceptor or a learner its whole state, of a
    /// proposer the round it had begun ("Paxos Made Simple", 2.5).
    FromStorage(Comeback),
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

    /// What is left of a node that comes back; all, if none does.
    pub fn comeback(&self) -> Comeback {
        match self.crashes {
            Some(Recovery::FromStorage(comeback)) => comeback,
            Some(Recovery::Never) | None => Comeback::WITH_ALL,
        }
    }

    /// The value that the proposer with this index proposes of its own accord, at first and once it has begun its round
    /// again: then one that no proposer had before.
    pub fn own_value(&self, index: usize, has_restarted: bool) -> Value {
        let greatest = self.proposals.iter().map(|proposal| proposal.value).max().unwrap_or_default();
        if has_restarted {
            greatest + index as u32 + 1
        } else {
            self.proposals[index].value
        }
    }

    /// The values that proposers propose of their own accord.
    pub fn initial_values(&self) -> BTreeSet<Value> {
        let restarts = self.comeback().restart == Restart::SameBallot;
        let proposers = || 0..self.proposals.len();
        let restarted = proposers().filter(|_| restarts).map(|index| self.own_value(index, true));
        proposers().map(|index| self.own_value(index, false)).chain(restarted).collect()
    }

    /// How many promises a proposer waits for: a quorum of phase 1.
    pub fn promises_awaited(&self) -> usize {
        self.rules.quorum.of(self.acceptors)
    }

    /// How many acceptors have to vote for a proposal before it is chosen: a quorum of phase 2.
    pub fn votes_to_be_chosen(&self) -> usize {
        self.rules.accept_quorum.of(self.acceptors)
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
