//! Seeded random runs over a model, for bounds too large to exhaust: what they violate and reach, how often, and what
//! they never reach. A simulation shows; it proves nothing. It walks stateright's model and knows no engine.

mod distinct;
mod scheduler;
mod shrink;
mod tally;
mod text;
mod walk;

pub use scheduler::Scheduler;
pub use text::render as render_text;

use crate::check::{inquire, judge, place, CheckError, Role};
use crate::engine::control::{peak_resident_bytes, Watch};
use crate::engine::threads::Workers;
use crate::engine::{Control, Hit, Limits, Stopped};
use crate::family::{Family, Kind, Property};
use crate::model_file::{Expected, ModelFile};
use crate::report::{self, PropertyResult, Standing};
use crate::statistics::Fired;
use crate::trace::{self, Claim, Trace};
use distinct::Distinct;
use serde::Serialize;
use shrink::Shrinker;
use stateright::Model as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tally::{First, Sum};
use walk::Context;

/// The version of the JSON form.
pub const SCHEMA: u32 = 1;

/// The default number of runs.
pub const DEFAULT_RUNS: u64 = 1_000;

/// The default limit on the steps of a run: a model with a cycle has infinite runs.
pub const DEFAULT_MAX_DEPTH: u32 = 1_000;

/// The highest limit on the steps of a run: `synod replay` still reads a trace of that length.
pub const HARD_MAX_DEPTH: u32 = trace::MAX_STEPS as u32;

/// How a model is simulated.
#[derive(Clone, Debug)]
pub struct Options {
    /// The number of runs.
    pub runs: u64,
    /// The seed of the first run; each next run has the next seed.
    pub seed: u64,
    /// How a run chooses its next step.
    pub scheduler: Scheduler,
    /// The limit on the steps of a run.
    pub max_depth: u32,
    /// The number of threads.
    pub threads: usize,
    /// The limit on wall-clock time.
    pub timeout: Option<Duration>,
    /// The limit on the resident bytes of the process.
    pub memory: Option<u64>,
    /// The `key=value` settings that the model was read with, for the command that finds a run again.
    pub settings: Vec<String>,
}

impl Options {
    /// The command that reproduces the run with this seed on its own.
    fn command(&self, file: &str, seed: u64) -> String {
        let (seed, max_depth) = (seed.to_string(), self.max_depth.to_string());
        let mut words = vec!["simulate", file, "--runs", "1", "--seed", &seed];
        if self.scheduler != Scheduler::Uniform {
            words.extend(["--scheduler", self.scheduler.name()]);
        }
        if self.max_depth != DEFAULT_MAX_DEPTH {
            words.extend(["--max-depth", &max_depth]);
        }
        words.extend(self.settings.iter().flat_map(|setting| ["--set", setting]));
        report::command(&words)
    }
}

/// The progress of a simulation. The simulation writes it, the progress display reads it.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Runs that have ended.
    pub runs: AtomicU64,
    /// Steps that they took.
    pub steps: AtomicU64,
}

/// The result of a simulation. Everything outside `run` is the same for the same model and options at any number of
/// threads, unless `stopped` says that not every run was made.
#[derive(Clone, Debug, Serialize)]
pub struct Simulation {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The name of the model.
    pub model: String,
    /// Its file.
    pub file: String,
    /// The model in a line.
    pub description: String,
    /// The model itself, with the keys of a model file.
    pub spec: serde_json::Value,
    /// The name of the scheduler.
    pub scheduler: &'static str,
    /// The seed of the first run.
    pub seed: u64,
    /// Runs that were asked for.
    pub runs: u64,
    /// Steps that a run was allowed.
    pub max_depth: u32,
    /// Why it ended: `runs` if every run was made.
    pub stopped: &'static str,
    /// What the runs came to.
    pub counts: Tally,
    /// True iff everything that the model file demands was found.
    pub as_expected: bool,
    /// The pinned counts, which no simulation decides.
    pub undecided_counts: Vec<&'static str>,
    /// The properties.
    pub properties: Vec<Sampled>,
    /// How often each kind of step was taken that the model can have.
    pub kinds: Vec<Fired>,
    /// How often each branch of the protocol was taken that the model's rules have.
    pub branches: Vec<Fired>,
    /// What differs from machine to machine.
    pub run: report::Measured,
}

/// What the runs of a simulation came to.
#[derive(Clone, Debug, Serialize)]
pub struct Tally {
    /// Runs that were begun.
    pub runs: u64,
    /// Those that ended in a state without a transition.
    pub terminal_runs: u64,
    /// Those that ended after as many steps as a run is allowed.
    pub max_depth_runs: u64,
    /// Transitions that were taken.
    pub steps: u64,
    /// Transitions of the longest run.
    pub longest_run: u64,
    /// Distinct states, told apart by 128 bits of hash.
    pub unique_states: u64,
}

/// The result of a property.
#[derive(Clone, Debug, Serialize)]
pub struct Sampled {
    /// The verdict: `violated` and `reached` are certain, everything else is `unknown`.
    #[serde(flatten)]
    pub result: PropertyResult,
    /// The runs that violate it, or reach it.
    pub runs: u64,
    /// For an always-property with a premise: the runs that met it.
    pub premise_runs: Option<u64>,
    /// The lowest run that settles it.
    pub first: Option<FirstRun>,
}

/// The lowest run that settles a property.
#[derive(Clone, Debug, Serialize)]
pub struct FirstRun {
    /// Its number, from 0.
    pub run: u64,
    /// Its seed.
    pub seed: u64,
    /// After how many steps it settles the property. The trace of a violation may have fewer.
    pub steps: usize,
    /// The command that reproduces it on its own.
    pub command: String,
}

/// A simulation and, for each property that it settles, the trace of the first run that does, made shorter if it violates
/// the property.
pub struct Simulated {
    /// The result.
    pub simulation: Simulation,
    /// The traces, in the order of the properties.
    pub traces: Vec<Trace>,
}

/// Simulates a model and judges what was found. Every trace was executed on stateright's model before it is returned.
///
/// # Errors
/// If a run is refused by stateright's model, which is a fault of this program and no verdict.
pub fn simulate<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
    gauges: &Gauges,
) -> Result<Simulated, CheckError> {
    let started = Instant::now();
    let system = model.spec.model();
    let limits = Limits { timeout: options.timeout, memory: options.memory, ..Limits::default() };
    let context = Context {
        initial: system.init_states().into_iter().next().expect("an actor model has an initial state"),
        inquiry: inquire(&model.spec.properties, &system.cfg),
        model: system,
        scheduler: options.scheduler,
        max_depth: options.max_depth,
        watch: Watch::new(control.clone(), &limits),
        distinct: Distinct::new(),
    };
    let (tally, threads) = run_all(&context, options, control, gauges);
    let seconds = started.elapsed().as_secs_f64();
    let mut traces = Vec::new();
    let mut properties = Vec::new();
    for property in &model.spec.properties {
        let (sampled, trace) = judged(model, options, &context, &tally, *property)?;
        properties.push(sampled);
        traces.extend(trace);
    }
    let run = report::Measured {
        threads,
        seconds,
        peak_memory_bytes: peak_resident_bytes(),
        engine_because: None,
        resumed: None,
        processes: None,
    };
    Ok(Simulated { simulation: summary(model, options, &context, &tally, properties, run), traces })
}

/// The result of a property, and the trace of the first run that settles it. That of a violation is made shorter.
fn judged<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    context: &Context<F>,
    tally: &Sum<F>,
    property: Property<F>,
) -> Result<(Sampled, Option<Trace>), CheckError> {
    let hits = |role: Role| place(&context.inquiry.asked, &property, role).map(|place| &tally.questions[place]);
    let (settled, premise_runs) = (hits(Role::Settles), hits(Role::MeetsPremise).map(|hits| hits.runs));
    let runs = settled.map_or(0, |hits| hits.runs);
    let Some(First { run, actions: found }) = settled.and_then(|hits| hits.first.as_ref()) else {
        let result = judge(model, property, None, premise_runs == Some(0), false);
        return Ok((Sampled { result, runs, premise_runs, first: None }, None));
    };
    let seed = options.seed.wrapping_add(*run);
    let first = FirstRun { run: *run, seed, steps: found.len(), command: options.command(&model.file, seed) };
    let shrinker = Shrinker { model: &context.model, property: &property, watch: &context.watch };
    let actions = if property.kind == Kind::Always { shrinker.shrink(found) } else { found.clone() };
    let trace = trace::record(&model.name, &model.spec, Claim::Settles(property), &actions, false);
    let trace = trace.map_err(|misfit| CheckError::Misfit { property: property.name, misfit })?;
    let shrunk_from = (actions.len() < found.len()).then_some(found.len());
    let trace = Trace { found_by: Some(first.command.clone()), shrunk_from, ..trace };
    let hit = Hit { actions, shortest: false };
    let mut result = judge(model, property, Some(&hit), premise_runs == Some(0), false);
    result.explain(&trace);
    Ok((Sampled { result, runs, premise_runs, first: Some(first) }, Some(trace)))
}

/// Makes the runs; returns what they came to, and on how many threads they were made.
fn run_all<F: Family>(context: &Context<F>, options: &Options, control: &Control, gauges: &Gauges) -> (Sum<F>, usize) {
    let questions = context.inquiry.asked.len();
    let next = AtomicU64::new(0);
    let total = Mutex::new(Sum::<F>::new(questions));
    // Runs are begun in the order of their numbers, so that those of a simulation that is stopped are the first ones.
    let work = || {
        let mut tally = Sum::<F>::new(questions);
        loop {
            tally.stopped = tally.stopped.or_else(|| why_stop(&context.watch));
            let number = next.fetch_add(1, Ordering::Relaxed);
            if tally.stopped.is_some() || number >= options.runs {
                break;
            }
            let run = context.run(options.seed.wrapping_add(number), &mut tally.firings);
            tally.add(number, &run);
            gauges.runs.fetch_add(1, Ordering::Relaxed);
            gauges.steps.fetch_add(run.actions.len() as u64, Ordering::Relaxed);
        }
        total.lock().unwrap_or_else(PoisonError::into_inner).merge(tally);
    };
    let workers = Workers::new(options.threads, control);
    workers.run_on_each(work);
    (total.into_inner().unwrap_or_else(PoisonError::into_inner), workers.count())
}

fn why_stop(watch: &Watch) -> Option<Stopped> {
    watch.stop().or_else(|| watch.is_out_of_memory().then_some(Stopped::Memory))
}

fn summary<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    context: &Context<F>,
    tally: &Sum<F>,
    properties: Vec<Sampled>,
    run: report::Measured,
) -> Simulation {
    let is_whole = tally.terminal_runs + tally.max_depth_runs == options.runs;
    let pins = model.expect.iter().filter_map(|expectation| match expectation.of {
        Expected::Count(pinned, _) => Some(pinned.name()),
        Expected::Verdict(..) | Expected::Induction(_) | Expected::Mutants(..) => None,
    });
    let mut simulation = Simulation {
        schema: SCHEMA,
        model: model.name.clone(),
        file: model.file.clone(),
        description: model.spec.to_string(),
        spec: model.spec.to_json(),
        scheduler: options.scheduler.name(),
        seed: options.seed,
        runs: options.runs,
        max_depth: options.max_depth,
        stopped: tally.stopped.filter(|_| !is_whole).map_or("runs", Stopped::name),
        counts: Tally {
            runs: tally.runs,
            terminal_runs: tally.terminal_runs,
            max_depth_runs: tally.max_depth_runs,
            steps: tally.steps,
            longest_run: tally.longest,
            unique_states: context.distinct.count(),
        },
        as_expected: false,
        undecided_counts: pins.collect(),
        properties,
        kinds: tally.firings.kinds(&model.spec),
        branches: tally.firings.branches(&model.spec),
        run,
    };
    simulation.as_expected = simulation.standing() == Standing::Expected;
    simulation
}

impl Simulation {
    /// The worst outcome of what is demanded. A pinned count is never certain.
    pub fn standing(&self) -> Standing {
        let pins = if self.undecided_counts.is_empty() { Standing::Expected } else { Standing::Undecided };
        self.properties.iter().map(|sampled| sampled.result.standing).fold(pins, Standing::max)
    }

    /// The steps of other kinds and the branches that no run took. That proves nothing of those that were not made.
    pub fn never_fired(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().chain(&self.branches).filter(|fired| fired.times == 0).map(|fired| fired.name.as_str())
    }
}
