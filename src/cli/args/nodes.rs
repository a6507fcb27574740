//! The arguments of `run`, `node` and `conform`.

use super::Settings;
use crate::report::Sink;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
pub struct Run {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Run the nodes as threads instead of processes.
    #[arg(long)]
    pub threads: bool,
    /// Decide this many values, by independent instances of the protocol one after another.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub decide: u32,
    /// End the run after this long.
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub deadline: humantime::Duration,
    #[command(flatten)]
    pub working: Working,
    /// Kill a node this long after each instance begins, or at a random moment, as in A2@5ms or A2@0ms..5ms. Repeatable.
    /// It comes back within 20ms unless the model has crashes without recovery.
    #[arg(long, value_name = "NODE@TIME")]
    pub crash: Vec<String>,
    /// Make one node follow another rule, as in A2:accept_guard=always, to see the run deviate from its model. Repeatable.
    #[arg(long, value_name = "NODE:RULE=VALUE")]
    pub tamper: Vec<String>,
    /// The folder of the logs, one a node [default: runs/MODEL].
    #[arg(long, value_name = "DIR")]
    pub logs: Option<PathBuf>,
    /// Do not check the run against the model.
    #[arg(long)]
    pub no_conform: bool,
    /// Write the result as JSON; - is standard output, and nothing else is printed then.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Print nothing but the verdict.
    #[arg(long, short)]
    pub quiet: bool,
}

/// What `run` and `node` share.
#[derive(Args)]
pub struct Working {
    /// Lose each datagram with this probability.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub loss: f64,
    /// Send each datagram twice with this probability.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub duplicate: f64,
    /// Let each datagram be overtaken with this probability: it is held back for up to 3ms.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    pub reorder: f64,
    /// Hold each datagram back for a random time up to this.
    #[arg(long, value_name = "DURATION", default_value = "0ms", value_parser = short)]
    pub delay: Duration,
    /// A proposer that may start over does so after this long, or up to twice as long.
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = short)]
    pub retry_after: Duration,
    /// Acceptors come back from a crash with nothing, as with faults.storage = "nothing", to see the run deviate from a
    /// model that keeps what they saved.
    #[arg(long)]
    pub amnesia: bool,
    /// The seed of faults, crashes and timers. How the nodes' steps interleave is up to the machine.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    #[command(flatten)]
    pub settings: Settings,
}

fn probability(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|probability| (0.0..=1.0).contains(probability));
    found.ok_or_else(|| "expected a probability in 0..=1".into())
}

/// A duration of at most an hour.
pub fn short(text: &str) -> Result<Duration, String> {
    let found = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    Some(found).filter(|found| *found <= Duration::from_secs(3600)).ok_or_else(|| "expected at most 1h".into())
}

#[derive(Args)]
pub struct NodeArguments {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which node, such as A2.
    #[arg(long, value_name = "NODE")]
    pub id: String,
    /// Where the node listens. A port alone is on 127.0.0.1, which only this machine can reach.
    #[arg(long, value_name = "[ADDRESS:]PORT", required_unless_present = "controlled")]
    pub bind: Option<String>,
    /// Where another node listens. Every other node must be given.
    #[arg(long, value_name = "NODE=ADDRESS:PORT")]
    pub peer: Vec<String>,
    /// The log, which is the node's stable storage as well [default: runs/MODEL/NODE.log].
    #[arg(long, value_name = "PATH")]
    pub log: Option<PathBuf>,
    /// The number of the run: datagrams and logs of another are refused.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub run: u64,
    /// A proposer waits for the acceptors and learners before it begins, but not longer than this.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = short)]
    pub wait: Duration,
    /// End after this long.
    #[arg(long, value_name = "DURATION")]
    pub deadline: Option<humantime::Duration>,
    #[command(flatten)]
    pub working: Working,
    /// Print nothing but errors.
    #[arg(long, short)]
    pub quiet: bool,
    /// Take assignment and orders from standard input and report to standard output, as `run` has it.
    #[arg(long, hide = true)]
    pub controlled: bool,
}

#[derive(Args)]
pub struct Conform {
    /// Logs of one run, one a node, or a folder of them.
    #[arg(required = true, value_name = "LOG")]
    pub logs: Vec<PathBuf>,
    /// Require that the logs are of a run of this model.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    #[command(flatten)]
    pub settings: Settings,
    /// Look only at this instance of the protocol, counted from 0.
    #[arg(long, value_name = "N")]
    pub instance: Option<u32>,
    /// Where the path and counterexamples are written, as MODEL.run.json and MODEL.PROPERTY.json.
    #[arg(long, value_name = "DIR", default_value = "traces")]
    pub traces: PathBuf,
    /// Write the result as JSON; - is standard output, and nothing else is printed then.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Print nothing but the verdict.
    #[arg(long, short)]
    pub quiet: bool,
}
