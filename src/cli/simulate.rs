//! `simulate`: seeded random runs over one model, and the arguments as they are typed.

use super::args::{threads, Reports};
use super::progress::Progress;
use super::reports::{deliver, Destinations};
use super::{complain, Failure};
use crate::engine::control::resident_bytes;
use crate::engine::Control;
use crate::model_file::{InputError, ModelFile};
use crate::report::{thousands, Outcome, Sink};
use crate::simulate::{self, Gauges, Scheduler};
use bytesize::ByteSize;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::Arc;

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
    /// Worker threads [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Begin no further run when the process holds this much memory, such as 4GiB.
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<ByteSize>,
    /// End after this long, such as 90s or 5m, with what was found by then.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<humantime::Duration>,
    /// Set any key of the model file, as in bounds.acceptors=5. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Where the traces of what was found are written, as MODEL.PROPERTY.json.
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
            threads: threads(self.threads),
            timeout: self.timeout.map(Into::into),
            memory: self.memory.map(|size| size.as_u64()),
            settings: self.set.clone(),
        }
    }
}

/// `synod simulate`.
pub fn simulate(arguments: &Simulate) -> Result<u8, Failure> {
    let reports = Reports { json: arguments.json.clone(), ..Reports::default() };
    let destinations = Destinations::new(&reports, arguments.quiet, Some(&arguments.traces))?;
    let model = ModelFile::read(&arguments.file, &arguments.set)?;
    destinations.require_distinct(std::slice::from_ref(&model))?;
    let options = arguments.options();
    if options.memory.is_some() && resident_bytes().is_none() {
        return Err(InputError::new("--memory", "this system does not tell how much memory a process holds").into());
    }
    let (control, gauges) = (Arc::new(Control::default()), Arc::new(Gauges::default()));
    let interrupted = control.clone();
    ctrlc::set_handler(move || interrupted.interrupt()).map_err(|error| Failure::Output(error.to_string()))?;
    let progress = Progress::start(!arguments.quiet, message(&model.name, options.runs, gauges.clone()));
    let simulated = simulate::simulate(&model, &options, &control, &gauges);
    progress.stop();
    let mut simulated = simulated.map_err(|error| InputError::new(&model.file, error.to_string()))?;
    let mut failed = 0;
    let mut attempt =
        |done: Result<(), Failure>| failed = failed.max(done.map_or_else(|failure| complain(&failure), |()| 0));
    let results = simulated.simulation.properties.iter_mut().map(|sampled| &mut sampled.result);
    attempt(destinations.write_traces(&simulated.traces, results));
    attempt(destinations.tell(&simulate::render_text(&simulated.simulation)));
    if let Some(sink) = &arguments.json {
        let json = serde_json::to_string_pretty(&simulated.simulation).expect("a simulation is plain data");
        attempt(deliver(sink, &(json + "\n")));
    }
    // What is certain and wrong is said even if something could not be written.
    let code = match simulated.simulation.outcome() {
        Outcome::Expected => 0,
        Outcome::Unexpected => 1,
        Outcome::Undecided => super::INCOMPLETE,
    };
    Ok(if code == 1 || failed == 0 { code } else { failed })
}

fn message(name: &str, runs: u64, gauges: Arc<Gauges>) -> impl Fn(std::time::Duration) -> String + Send + 'static {
    let name = name.to_string();
    move |elapsed| {
        let (done, steps) = (gauges.runs.load(Ordering::Relaxed), gauges.steps.load(Ordering::Relaxed));
        let rate = (steps as f64 / elapsed.as_secs_f64()) as u64;
        let (done, runs, steps, rate) = (thousands(done), thousands(runs), thousands(steps), thousands(rate));
        format!("{name}: {done} of {runs} runs, {steps} steps, {rate}/s, {} s", elapsed.as_secs())
    }
}
