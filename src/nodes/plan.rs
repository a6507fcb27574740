//! A run of a model on real sockets, as data: its plan, the events while it goes on, its result.

use super::launch::Launch;
use super::log::Record;
use super::orders::Traffic;
use super::wire::Faults;
use crate::family::{Decision, Deployable, Local, Spec};
use crate::model_file::ModelFile;
use serde_json::Value;
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
pub struct Plan<F: Deployable> {
    /// The model that it is a run of.
    pub model: ModelFile<F>,
    /// Processes or threads.
    pub launch: Launch,
    /// What goes wrong between nodes and sockets.
    pub faults: Faults,
    /// Which nodes crash, and when.
    pub crashes: Vec<Crash>,
    /// Nodes that follow another model, and which.
    pub tampered: Vec<(Id, Spec<F>)>,
    /// How many instances of the protocol, one after another.
    pub instances: u32,
    /// When the run ends at the latest.
    pub deadline: Duration,
    /// How long a node waits that loses patience, or up to twice as long.
    pub patience: Duration,
    /// What decides about faults, crashes and timers. How the nodes' steps interleave is the machine's affair.
    pub seed: u64,
    /// The number of the run.
    pub run: u64,
    /// The folder of the logs.
    pub logs: PathBuf,
}

/// What is seen of a run while it goes on.
pub enum Seen<'a, F: Deployable> {
    /// A node is bound to an address.
    Bound(String, SocketAddr),
    /// A node took a step, so long after the instance began.
    Step(String, &'a Record<F>, Duration),
    /// A node was killed, or is found dead.
    Crash(String, Duration),
    /// Something is decided.
    Decided(&'a Decision, Duration),
    /// A node announces something.
    Announced(String, Value, Duration),
    /// A node found the last line of its log cut off at this byte, and took it away.
    Torn(String, u64),
    /// An instance is over.
    Over(u32, &'a Instance<F>),
}

/// The result of an instance.
#[derive(Clone, Debug)]
pub struct Instance<F: Deployable> {
    /// Everything that was decided; more than one where agreement fails or ballots repeat a value.
    pub decisions: Vec<Decision>,
    /// When the first was: since the instance began, until the report of it was here.
    pub decided: Option<Duration>,
    /// How long each subject took that was decided, from the report that it was proposed until the report of its decision.
    pub latencies: Vec<Duration>,
    /// The nodes that announce something, each with what it announced last.
    pub announced: Vec<(String, Value)>,
    /// Why nothing was decided, a line for each node that has to do with it. Empty otherwise.
    pub reasons: Vec<String>,
    /// True iff nothing was decided and every node that could gave up.
    pub aborted: bool,
    /// The nodes' last states, in the order of ids.
    pub locals: Vec<Local<F>>,
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
pub struct Ran<F: Deployable> {
    /// The instances that were begun.
    pub instances: Vec<Instance<F>>,
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
