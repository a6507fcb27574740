//! The arguments of every search, and of `simulate`.

use super::Settings;
use crate::check::{Engine, Options};
use crate::engine::control::resident_bytes;
use crate::engine::{Identity, Limits, Strategy};
use crate::faults;
use crate::input::InputError;
use crate::report::Sink;
use crate::simulate::{self, Scheduler};
use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// The resources of a search. What it finds within them is reported; the rest stays unknown.
#[derive(Args)]
pub struct Means {
    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Give up when the process holds this much memory, such as 4GiB.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<ByteSize>,
    /// Give up on a model after this long, such as 90s or 5m.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<humantime::Duration>,
}

impl Means {
    /// As many threads as asked for, or as there are cores.
    fn threads(&self) -> usize {
        self.threads.map_or_else(cores, usize::from)
    }

    fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Into::into)
    }

    /// Requires that a limit on memory can be kept.
    ///
    /// # Errors
    /// If the system does not tell how much memory a process holds.
    pub fn require_measurable(&self) -> Result<(), InputError> {
        if self.memory.is_some() && resident_bytes().is_none() {
            return Err(InputError::new("--memory", "this system does not tell how much memory a process holds"));
        }
        Ok(())
    }

    /// In bytes.
    fn memory(&self) -> Option<u64> {
        self.memory.map(|size| size.as_u64())
    }
}

/// As many threads as run at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}

/// How the states are searched.
#[derive(Args)]
pub struct Search {
    /// The search: component automata and packed states; decision diagrams of all states at once; the first, and the
    /// second where that takes long; whole states, one by one; or stateright's own checkers (always on one thread).
    #[arg(long, value_enum, default_value = "auto")]
    pub engine: EngineName,
    /// What makes two states one: equal values, or equal hashes as stateright has it [default: value, but hash with
    /// --engine stateright].
    #[arg(long, value_enum)]
    pub identity: Option<IdentityName>,
    /// The order of the search.
    #[arg(long, value_enum, default_value = "bfs")]
    pub strategy: StrategyName,
    #[command(flatten)]
    pub means: Means,
    /// Give up on a model after this many states.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_states: Option<u64>,
    /// Do not explore beyond this many transitions from the initial state.
    #[arg(long, value_name = "N")]
    pub max_depth: Option<u64>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum EngineName {
    Auto,
    Components,
    Symbolic,
    Whole,
    Stateright,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum IdentityName {
    Value,
    Hash,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StrategyName {
    Bfs,
    Dfs,
}

impl Search {
    /// The engine and what it tells states apart by.
    ///
    /// # Errors
    /// If the one cannot do the other.
    fn engine(&self) -> Result<(Engine, Identity), InputError> {
        let refused = |flag: &str, what: &str| Err(InputError::new(flag, what));
        match (self.engine, self.identity) {
            (EngineName::Auto, Some(IdentityName::Hash)) => Ok((Engine::Whole, Identity::Hash)),
            (EngineName::Auto, _) => Ok((Engine::Auto, Identity::Value)),
            (EngineName::Components | EngineName::Symbolic, Some(IdentityName::Hash)) => refused(
                "--identity hash",
                "components and decision diagrams tell states apart by value; expected --engine auto, whole or stateright",
            ),
            (EngineName::Components, _) => Ok((Engine::Components, Identity::Value)),
            (EngineName::Symbolic, _) => Ok((Engine::Symbolic, Identity::Value)),
            (EngineName::Whole, Some(IdentityName::Hash)) => Ok((Engine::Whole, Identity::Hash)),
            (EngineName::Whole, _) => Ok((Engine::Whole, Identity::Value)),
            (EngineName::Stateright, Some(IdentityName::Value)) => refused(
                "--identity value",
                "stateright's checkers tell states apart by hash; expected another engine, or hash",
            ),
            (EngineName::Stateright, _) => Ok((Engine::Stateright, Identity::Hash)),
        }
    }

    /// The arguments, validated.
    ///
    /// # Errors
    /// If the engine does not tell states apart in the way that is asked for.
    pub fn options(&self) -> Result<Options, InputError> {
        let (engine, identity) = self.engine()?;
        Ok(Options {
            engine,
            identity,
            strategy: match self.strategy {
                StrategyName::Bfs => Strategy::Bfs,
                StrategyName::Dfs => Strategy::Dfs,
            },
            threads: self.means.threads(),
            limits: Limits {
                max_states: self.max_states,
                max_depth: self.max_depth,
                timeout: self.means.timeout(),
                memory: self.means.memory(),
            },
            until_decided: false,
            checkpoints: None,
            disk: None,
        })
    }
}

/// The arguments of a process that searches with this one, after the model file.
pub fn repeated(search: &Search, threads: usize, patience: Duration) -> Vec<String> {
    let patience = humantime::format_duration(patience).to_string().replace(' ', "");
    let mut arguments: Vec<String> = ["--controlled", "--quiet", "--threads"].into_iter().map(String::from).collect();
    arguments.extend([threads.to_string(), "--patience".into(), patience]);
    arguments.extend(search.settings.set.iter().flat_map(|edit| ["--set".into(), edit.clone()]));
    arguments.extend(search.max_depth.iter().flat_map(|most| ["--max-depth".into(), most.to_string()]));
    arguments.extend(search.means.memory.iter().flat_map(|most| ["--memory".into(), format!("{}B", most.as_u64())]));
    arguments
        .extend(search.means.timeout.iter().flat_map(|most| ["--timeout".into(), most.to_string().replace(' ', "")]));
    arguments
}

#[derive(Args)]
pub struct Faults {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The most nodes that are down at once.
    #[arg(long, value_name = "N", default_value_t = faults::DEFAULT_CRASHES, value_parser = most_crashes)]
    pub crashes: usize,
    /// Give up on a cell after this many states.
    #[arg(long, value_name = "N", default_value_t = faults::DEFAULT_MAX_STATES, value_parser = clap::value_parser!(u64).range(1..))]
    pub max_states: u64,
    #[command(flatten)]
    pub means: Means,
    #[command(flatten)]
    pub settings: Settings,
    /// Write a trace for each property that fails in a cell, as MODEL.PROPERTY.json, with +KEY=VALUE after MODEL for what
    /// makes the cell.
    #[arg(long, value_name = "DIR")]
    pub traces: Option<PathBuf>,
    /// Write the map as JSON; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Write the map as Markdown; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub markdown: Option<Sink>,
    /// Write the map as a page, a heat map for light and dark; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub html: Option<Sink>,
    /// Write the map as a picture, likewise; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub svg: Option<Sink>,
}

/// A number of nodes that are down at once: each one makes rows of its own.
fn most_crashes(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|most| *most <= 8).ok_or_else(|| "expected a number from 0 to 8".into())
}

impl Faults {
    /// The arguments, validated.
    pub fn options(&self) -> Options {
        let limits = Limits {
            max_states: Some(self.max_states),
            max_depth: None,
            timeout: self.means.timeout(),
            memory: self.means.memory(),
        };
        Options {
            engine: Engine::Components,
            identity: Identity::Value,
            strategy: Strategy::Bfs,
            threads: self.means.threads(),
            limits,
            until_decided: false,
            checkpoints: None,
            disk: None,
        }
    }
}

#[derive(Args)]
pub struct Simulate {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How many runs.
    #[arg(long, value_name = "N", default_value_t = simulate::DEFAULT_RUNS, value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: u64,
    /// The seed of the first run.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// How a run chooses its next step.
    #[arg(long, value_enum, default_value = "uniform")]
    pub scheduler: SchedulerName,
    /// End a run after this many steps: a model with a cycle has runs without end.
    #[arg(long, value_name = "N", default_value_t = simulate::DEFAULT_MAX_DEPTH, value_parser = clap::value_parser!(u32).range(1..=i64::from(simulate::HARD_MAX_DEPTH)))]
    pub max_depth: u32,
    #[command(flatten)]
    pub means: Means,
    #[command(flatten)]
    pub settings: Settings,
    /// Where the traces of what was found are written, as MODEL.PROPERTY.json, with +KEY=VALUE after MODEL for each --set.
    #[arg(long, value_name = "DIR", default_value = "traces")]
    pub traces: PathBuf,
    /// Write the result as JSON; - is standard output, and nothing else is printed then.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Print nothing but errors and the JSON asked for.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SchedulerName {
    /// Every enabled step is equally likely.
    Uniform,
    /// Random priorities of the flows of messages, with a few random changes: finds rarer interleavings.
    Pct,
}

impl Simulate {
    /// The arguments, validated.
    pub fn options(&self) -> simulate::Options {
        simulate::Options {
            runs: self.runs,
            seed: self.seed,
            scheduler: match self.scheduler {
                SchedulerName::Uniform => Scheduler::Uniform,
                SchedulerName::Pct => Scheduler::Pct,
            },
            max_depth: self.max_depth,
            threads: self.means.threads(),
            timeout: self.means.timeout(),
            memory: self.means.memory(),
            settings: self.settings.set.clone(),
        }
    }
}

/// A size. A bare number would be a number of bytes, which is never meant.
fn size(text: &str) -> Result<ByteSize, String> {
    let parsed = text.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_alphabetic()));
    parsed.ok_or_else(|| "expected a number and its unit, such as 512MiB or 4GiB".into())
}
