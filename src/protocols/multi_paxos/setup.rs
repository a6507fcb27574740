//! What a model carries for its nodes and its properties, and the internal steps of a proposer. It decides nothing itself.

use super::Protocol;
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
    /// The protocol at its bounds.
    pub protocol: Protocol,
    /// Whether a crashed node comes back; `None` if no node can crash.
    pub crashes: Option<Recovery>,
}

/// An internal step of a proposer, modelled as a stateright timer: a timer that is set may fire at any moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timer {
    /// A leader proposes its next command.
    Propose,
    /// Gives up the round and begins the next.
    Retry,
}

/// In words: stateright's sequence diagram shows this form.
impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Timer::Propose => "propose the next command",
            Timer::Retry => "start over",
        })
    }
}
