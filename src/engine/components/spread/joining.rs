//! What a process has to know to search together with others, and why it may come to nothing. It must not know how processes
//! find each other.

use std::fmt;
use std::time::Duration;

/// What a process has to know of a search to take part in it.
#[derive(Clone, Debug)]
pub struct Joining {
    /// Which process this is, from 0 on.
    pub index: usize,
    /// Where each process listens, as `host:port`, in their order.
    pub hosts: Vec<String>,
    /// How many workers each process has.
    pub threads: usize,
    /// What all processes know, and no one else.
    pub secret: Vec<u8>,
    /// What is searched, in words: a process that searches anything else does not take part.
    pub model: String,
    /// How long to wait for a process that has not come yet, or that is not heard of any more.
    pub patience: Duration,
}

/// Why the processes of a search did not find each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotJoined {
    /// Some processes did not come in time.
    Missing {
        /// Those.
        processes: Vec<usize>,
        /// Callers that are none of the search, and what they did.
        turned_away: Vec<String>,
        /// How long it was waited.
        patience: Duration,
    },
    /// A process is not one to search with.
    Unfit {
        /// The process.
        process: usize,
        /// Why.
        why: String,
    },
    /// A process searches something else.
    Other {
        /// The process.
        process: usize,
        /// What it searches, in words.
        model: String,
    },
    /// The system does not do what is needed.
    System(String),
    /// The caller ended it.
    Interrupted,
}

impl fmt::Display for NotJoined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotJoined::Missing { processes, turned_away, patience } => {
                let names: Vec<_> = processes.iter().map(usize::to_string).collect();
                let (noun, has) = if names.len() == 1 { ("process", "has") } else { ("processes", "have") };
                write!(f, "{noun} {} {has} not come within {patience:?}", names.join(", "))?;
                turned_away.iter().try_for_each(|one| write!(f, "; turned away: {one}"))
            }
            NotJoined::Unfit { process, why } => write!(f, "process {process} {why}"),
            NotJoined::Other { process, .. } => write!(f, "process {process} searches something else"),
            NotJoined::System(what) => f.write_str(what),
            NotJoined::Interrupted => f.write_str("it was interrupted before all processes had come"),
        }
    }
}

impl std::error::Error for NotJoined {}
