//! A run of a model on real sockets, as data: its plan, the events while it goes on, its result.

use super::consensus::Consensus;
use super::launch::Launch;
use super::log::Record;
use super::orders::Traffic;
use super::wire::Faults;
use crate::model_file::{ModelFile, Spec};
use crate::protocols::single_decree::Local;
use crate::vocabulary::Proposal;
use stateright::actor::Id;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A crash that is planned: a node, and when, counted from the beginning of each instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The node.
    pub node: Id,
    /// Not before.
    pub from: Duration,
    /// Not after; the seed decides.
    pub to: Duration,
}

/// A run as it is planned.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The model that it is a run of.
    pub model: ModelFile,
    /// Processes or threads.
    pub launch: Launch,
    /// What goes wrong between nodes and sockets.
    pub faults: Faults,
    /// Which nodes crash, and when.
    pub crashes: Vec<Crash>,
    /// True iff nodes come back without what they saved.
    pub amnesia: bool,
    /// Nodes that are tampered with, and the model that they go by.
    pub tampered: Vec<(Id, Spec)>,
    /// How many instances of the protocol, one after another.
    pub instances: u32,
    /// When the run ends at the latest.
    pub deadline: Duration,
    /// How long a proposer waits before it starts over, or up to twice as long.
    pub patience: Duration,
    /// What decides about faults, crashes and timers. How the nodes' steps interleave is the machine's affair.
    pub seed: u64,
    /// The number of the run.
    pub run: u64,
    /// The folder of the logs.
    pub logs: PathBuf,
}

/// What is seen of a run while it goes on.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A node is bound to an address.
    Bound(String, SocketAddr),
    /// A node took a step, so long after the instance began.
    Step(String, &'a Record, Duration),
    /// A node was killed, or is found dead.
    Crash(String, Duration),
    /// A proposal is chosen.
    Chosen(&'a Consensus, Duration),
    /// A learner announces that a proposal is chosen.
    Learned(String, Proposal, Duration),
    /// A node found the last line of its log cut off at this byte, and took it away.
    Torn(String, u64),
    /// An instance is over.
    Over(u32, &'a Instance),
}

/// The result of an instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Every proposal that was chosen; more than one where agreement fails or ballots repeat a value.
    pub chosen: Vec<Consensus>,
    /// When the first was: since the instance began, until the report of it was here.
    pub decided: Option<Duration>,
    /// The learners that have learned something, each with what it announced last.
    pub learned: Vec<(String, Proposal)>,
    /// Why nothing was chosen, a line for each proposer. Empty otherwise.
    pub reasons: Vec<String>,
    /// True iff nothing was chosen and every proposer gave up.
    pub aborted: bool,
    /// The nodes' last states, in the order of ids.
    pub locals: Vec<Local>,
    /// How many nodes crashed.
    pub crashes: u32,
    /// True iff the deadline or an interrupt ended it while something was under way.
    pub cut_off: bool,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was under way any more.
    Quiet,
    /// The deadline had come.
    Deadline,
    /// The caller interrupted it.
    Interrupted,
}

impl Ended {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Ended::Quiet => "quiet",
            Ended::Deadline => "deadline",
            Ended::Interrupted => "interrupted",
        }
    }
}

/// A run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The instances that were begun.
    pub instances: Vec<Instance>,
    /// Why it ended.
    pub ended: Ended,
    /// The fate of the datagrams. What a crashed process counted is lost with it.
    pub traffic: Traffic,
    /// Planned crashes whose moment did not come before their instance was over.
    pub too_late: u32,
    /// From the first instance's beginning to the last one's end.
    pub elapsed: Duration,
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The node.
    pub node: String,
    /// What went wrong.
    pub what: String,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.node, self.what)
    }
}

impl std::error::Error for Failed {}
