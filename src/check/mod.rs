//! The one pipeline from a model file to its case report: build, search, judge, record. Commands and tests call it.

mod executions;
mod inquiry;

pub(crate) use inquiry::{inquire, place, Inquiry, Role};

use crate::engine::auto::{Answered, Points};
use crate::engine::components::checkpoint::Checkpoints;
use crate::engine::components::spread::{self, Crew};
use crate::engine::components::Kept;
use crate::engine::{self, Control, Hit, Identity, Limits, Refusal, Search};
use crate::engine::{Stopped, Strategy};
use crate::family::{Family, Kind, Property, Seen};
use crate::model_file::{demand, Expected, Found, ModelFile, Pinned};
use crate::report::{as_operand, command, thousands, Case, Counts, Measured, Pin, PropertyResult, Standing, Verdict};
use crate::trace::{self, Claim, Trace};
use inquiry::search;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The beginning of the note on numbers of mutants, which `audit` compares itself.
pub(crate) const MUTANTS_ARE: &str = "numbers of mutants are";

/// Which search answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Components first, symbolic where that takes long and the model allows it. The report names the one that answered.
    Auto,
    /// Component automata and packed states.
    Components,
    /// All states at once, as a decision diagram.
    Symbolic,
    /// Whole states, one by one.
    Whole,
    /// stateright's own checkers.
    Stateright,
}

impl Engine {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Components => "components",
            Engine::Symbolic => "symbolic",
            Engine::Whole => "whole",
            Engine::Stateright => "stateright",
        }
    }
}

/// How a check is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which search answers.
    pub engine: Engine,
    /// What makes two whole states one. Components and decision diagrams go by value, stateright's checkers by hash.
    pub identity: Identity,
    /// In which order.
    pub strategy: Strategy,
    /// On how many threads.
    pub threads: usize,
    /// When it gives up.
    pub limits: Limits,
    /// Whether it ends as soon as everything demanded is certain.
    pub until_decided: bool,
    /// Where it keeps checkpoints, if it does. Only the component engine does, breadth-first.
    pub checkpoints: Option<Keeping>,
    /// The folder for the states that the limit on memory leaves no room for, if there is one. Only the component engine
    /// uses it, breadth-first.
    pub disk: Option<PathBuf>,
}

/// Where a check keeps checkpoints.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The folder.
    pub folder: PathBuf,
    /// How long it searches on after one before it writes the next.
    pub every: Duration,
    /// Whether it goes on from the one in the folder.
    pub resumes: bool,
}

/// The result of a check: the report and, for each violated or reached property, its trace.
pub struct Checked {
    /// The report of the case.
    pub case: Case,
    /// One trace for each property with a hit, in the order of the properties.
    pub traces: Vec<Trace>,
    /// For each property of executions that was decided, how many of the states that it is about have nothing due, and in how
    /// many of those its condition is false.
    pub at_rest: BTreeMap<&'static str, (u64, u64)>,
}

impl Checked {
    /// The case with its traces in it, as the renderers of reports want it.
    pub fn into_case(self) -> Case {
        Case { traces: self.traces, ..self.case }
    }
}

/// Why a check has no report.
#[derive(Debug)]
pub enum CheckError {
    /// The engine could not explore the model.
    Refused(Refusal),
    /// A path that the engine reported is not one of stateright's model: a fault of the engine, never a verdict.
    Misfit {
        /// The property that the path was for.
        property: &'static str,
        /// What does not fit.
        misfit: trace::Misfit,
    },
}

impl std::fmt::Display for CheckError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CheckError::Refused(refusal) => refusal.fmt(f),
            CheckError::Misfit { property, misfit } => {
                write!(f, "the engine's path for {property} is refused by stateright's model: {misfit}")
            }
        }
    }
}

impl std::error::Error for CheckError {}

/// Explores a model and judges what was found. Every trace was executed on stateright's model before it is returned.
///
/// # Errors
/// If the engine refuses the model or fails; that is no verdict.
pub fn check<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
) -> Result<Checked, CheckError> {
    check_by(model, options, control, None)
}

/// The same, where the states are explored together with other processes.
///
/// # Errors
/// As [`check`], or if a process is lost.
pub fn check_together<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
    crew: Crew,
) -> Result<Checked, CheckError> {
    check_by(model, options, control, Some(crew))
}

/// Takes part in the search of another process that checks the model, and returns why it ended.
///
/// # Errors
/// If the engine refuses the model or fails, or if a process is lost.
pub fn take_part<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
    crew: Crew,
) -> Result<Stopped, CheckError> {
    let (search, _) = search(model, options, control);
    spread::run(search, crew).map(|outcome| outcome.stopped).map_err(CheckError::Refused)
}

fn check_by<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
    crew: Option<Crew>,
) -> Result<Checked, CheckError> {
    let started = Instant::now();
    let (search, inquiry) = search(model, options, control);
    let processes = crew.as_ref().map(Crew::processes);
    let checkpoints = options.checkpoints.as_ref().map(|keeping| Checkpoints {
        folder: keeping.folder.clone(),
        every: keeping.every,
        resumes: keeping.resumes,
        model: searched(model),
    });
    let explored = explore::<F>(options, search, checkpoints.as_ref(), crew).map_err(CheckError::Refused)?;
    let Explored { outcome, engine, because, kept } = explored;
    let limits =
        Limits { timeout: options.limits.timeout.map(|most| most.saturating_sub(started.elapsed())), ..options.limits };
    let decided =
        executions::decide::<F>(&model.spec, inquiry.executions, options.engine, (outcome.stopped, limits), control);
    let decided = decided.map_err(CheckError::Refused)?;
    let seconds = started.elapsed().as_secs_f64();
    let hit = |property: &Property<F>, role: Role| {
        place(&inquiry.asked, property, role).and_then(|place| outcome.hits[place].as_ref())
    };
    let exhausted = outcome.stopped == Stopped::Exhausted;
    let mut traces = Vec::new();
    let mut results = Vec::new();
    for property in &model.spec.properties {
        let lasso = decided.as_ref().and_then(|decided| decided.answer(property.name)?.counterexample.as_ref());
        let of_executions =
            lasso.map(|lasso| Hit { actions: [&lasso.stem[..], &lasso.repeats].concat(), shortest: true });
        let settled = of_executions.as_ref().or_else(|| hit(property, Role::Settles));
        let is_vacuous = property.premise.is_some() && hit(property, Role::MeetsPremise).is_none();
        let exhausted = match property.kind.temporal() {
            Some(_) => decided.as_ref().is_some_and(|decided| decided.stopped == Stopped::Exhausted),
            None => exhausted,
        };
        let mut result = judge(model, *property, settled, is_vacuous, exhausted);
        if let Some(hit) = settled {
            let claim = lasso.map_or(Claim::Settles(*property), |lasso| Claim::Repeats(*property, lasso.repeats.len()));
            let trace = trace::record(&model.name, &model.spec, claim, &hit.actions, hit.shortest);
            let trace = trace.map_err(|misfit| CheckError::Misfit { property: property.name, misfit })?;
            result.explain(&trace);
            traces.push(trace);
        }
        results.push(result);
    }
    let mut case = report(model, &Options { engine, ..options.clone() }, &outcome, results, seconds);
    if let Some(run) = &mut case.run {
        run.engine_because = because;
        run.resumed = kept.resumed;
        run.processes = processes;
    }
    let elsewhere =
        |what: &str, asked: &str| format!("{what} demanded as well: {}", command(&[asked, &as_operand(&model.file)]));
    case.notes.extend(model.induction().map(|_| elsewhere("induction is", "induct")));
    let asks_of_mutants = model.expect.iter().any(|expectation| matches!(expectation.of, Expected::Mutants(..)));
    case.notes.extend(asks_of_mutants.then(|| elsewhere(MUTANTS_ARE, "audit")));
    case.notes.extend(kept.failed.map(|why| format!("the last checkpoint could not be written: {why}")));
    case.notes.extend(kept.disk.map(|why| format!("the states did not go to the disk or come back: {why}")));
    let decided = decided.into_iter().filter(|decided| decided.stopped == Stopped::Exhausted);
    let at_rest = decided.flat_map(|decided| decided.answers);
    let at_rest = at_rest.map(|answer| (answer.name, (answer.at_rest, answer.at_rest_without))).collect();
    Ok(Checked { case, traces, at_rest })
}

/// What is searched: the model, and the properties that are asked for.
pub fn searched<F: Family>(model: &ModelFile<F>) -> String {
    let mut object = model.spec.to_json();
    object["check"] = model.spec.properties.iter().map(|property| property.name).collect();
    object.to_string()
}

/// What a search brought.
struct Explored<F: Family> {
    outcome: engine::Outcome<F::Node>,
    /// Which engine answered, and why if that was left open.
    engine: Engine,
    because: Option<String>,
    kept: Kept,
}

/// Runs a search on an engine.
fn explore<F: Family>(
    options: &Options,
    search: Search<F::Node, F::Config, F::History, Seen<F>>,
    checkpoints: Option<&Checkpoints>,
    crew: Option<Crew>,
) -> Result<Explored<F>, Refusal> {
    if let Some(crew) = crew {
        let outcome = spread::run(search, crew)?;
        return Ok(Explored { outcome, engine: Engine::Components, because: None, kept: Kept::default() });
    }
    let keeping = engine::components::Keeping { checkpoints, disk: options.disk.as_deref() };
    if keeping.checkpoints.is_some() || keeping.disk.is_some() {
        let (outcome, kept) = engine::components::run_kept(search, keeping)?;
        return Ok(Explored { outcome, engine: Engine::Components, because: None, kept });
    }
    let kept = Kept::default();
    let engine = options.engine;
    let outcome = match engine {
        Engine::Auto => {
            let points = Points::default();
            let (outcome, answered) = engine::auto::run(search, points)?;
            let engine = match answered {
                Answered::Directly | Answered::AfterAll(_) => Engine::Components,
                Answered::Symbolic => Engine::Symbolic,
            };
            return Ok(Explored { outcome, engine, because: answered.because(&thousands(points.states)), kept });
        }
        Engine::Components => engine::components::run(search),
        Engine::Symbolic => engine::symbolic::run(search, engine::symbolic::Options::default()),
        Engine::Whole => engine::whole::run(search, options.identity),
        Engine::Stateright => engine::reference::run(search),
    };
    Ok(Explored { outcome: outcome?, engine, because: None, kept })
}

/// The verdict on a property. Only an exhausted space can prove.
pub(crate) fn judge<F: Family>(
    model: &ModelFile<F>,
    property: Property<F>,
    hit: Option<&Hit<F::Node>>,
    is_vacuous: bool,
    exhausted: bool,
) -> PropertyResult {
    let verdict = match (property.kind, hit, exhausted) {
        (Kind::Sometimes, Some(_), _) => Verdict::Reached,
        (Kind::Sometimes, None, true) => Verdict::Unreached,
        (Kind::Always | Kind::Inevitably | Kind::AlwaysPossibly, Some(_), _) => Verdict::Violated,
        (Kind::Always | Kind::Inevitably | Kind::AlwaysPossibly, None, true) => Verdict::Holds,
        (_, None, false) => Verdict::Unknown,
    };
    let vacuous = verdict == Verdict::Holds && is_vacuous;
    let demand = demand(&model.expect, &property);
    let found = Found { is_hit: hit.is_some(), meets_premise: !is_vacuous, is_exhausted: exhausted };
    let standing = demand.wanted().map_or(Standing::Expected, |wanted| Standing::of(wanted.is_met(found)));
    PropertyResult {
        name: property.name,
        kind: property.kind.name(),
        statement: property.statement,
        source: property.source,
        premise: property.premise.as_ref().map(|premise| premise.statement),
        verdict,
        vacuous,
        demand,
        standing,
        evidence: Vec::new(),
        cause: Vec::new(),
        precedence: property.precedence,
        trace: None,
        trace_length: hit.map(|hit| hit.actions.len()),
        shortest: hit.map(|hit| hit.shortest),
    }
}

fn report<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    outcome: &engine::Outcome<F::Node>,
    properties: Vec<PropertyResult>,
    seconds: f64,
) -> Case {
    let spec = &model.spec;
    let counts = Counts {
        unique_states: outcome.counts.unique_states,
        generated_states: outcome.counts.generated_states,
        terminal_states: outcome.counts.terminal_states,
        max_depth: outcome.counts.max_depth,
        states_by_depth: outcome.states_by_depth.clone(),
    };
    let complete = outcome.stopped == Stopped::Exhausted;
    let pins: Vec<_> = model
        .expect
        .iter()
        .filter_map(|expectation| match expectation.of {
            Expected::Count(pinned, expected) => Some((pinned, expected, expectation.line)),
            Expected::Verdict(..) | Expected::Induction(_) | Expected::Mutants(..) => None,
        })
        .map(|(pinned, expected, expected_line)| pin(pinned, expected, expected_line, &counts, complete))
        .collect();
    let json = spec.to_json();
    let case = Case {
        model: model.name.clone(),
        file: model.file.clone(),
        set: model.edits.clone(),
        description: spec.to_string(),
        notes: F::notes(&spec.setup).into_iter().chain(outcome.notes.iter().cloned()).collect(),
        protocol: json["protocol"].clone(),
        bounds: F::bounds(&spec.setup),
        network: json["network"].clone(),
        faults: json["faults"].clone(),
        engine: options.engine.name(),
        identity: match options.engine {
            Engine::Auto | Engine::Components | Engine::Symbolic => Identity::Value,
            Engine::Whole => options.identity,
            Engine::Stateright => Identity::Hash,
        },
        strategy: match options.strategy {
            Strategy::Bfs => "bfs",
            Strategy::Dfs => "dfs",
        },
        complete,
        stopped: outcome.stopped.name(),
        counts,
        as_expected: false,
        pins,
        properties,
        run: Some(Measured {
            threads: outcome.threads,
            seconds,
            peak_memory_bytes: engine::control::peak_resident_bytes(),
            engine_because: None,
            resumed: None,
            processes: None,
        }),
        audit: None,
        traces: Vec::new(),
    };
    Case { as_expected: case.standing() == Standing::Expected, ..case }
}

/// Compares a count with what is pinned. What an incomplete run, or a depth-first one, does not know is undecided.
fn pin(pinned: Pinned, expected: u64, expected_line: Option<usize>, counts: &Counts, complete: bool) -> Pin {
    let found = match pinned {
        Pinned::UniqueStates => Some(counts.unique_states),
        Pinned::GeneratedStates => Some(counts.generated_states),
        Pinned::TerminalStates => Some(counts.terminal_states),
        Pinned::MaxDepth => counts.max_depth.map(u128::from),
    };
    let found = found.filter(|_| complete);
    Pin {
        name: pinned.name(),
        expected: expected.into(),
        expected_line,
        found,
        as_expected: found == Some(expected.into()),
    }
}
