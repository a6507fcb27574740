//! Statistics over all steps of a model: states by depth, how often each kind of step fires, and which branches of the
//! protocol never fire. A small model is walked state by state, as stateright has it; what a large one does is read off
//! the decision diagram of its states.

mod firings;
mod text;

pub use firings::{Fired, Firings};
pub use text::render as render_text;

use crate::engine::auto::Points;
use crate::engine::control::Phase;
use crate::engine::symbolic::{self, Firing};
use crate::engine::{Control, Goal, Limits, Outcome, Refusal, Search, Stopped, Strategy};
use crate::family::{Family, Seen};
use crate::model_file::ModelFile;
use crate::report::{exact, exact_each};
use crate::walk::{self, Choice, End, Visit};
use serde::Serialize;
use std::sync::Arc;

/// The default limit on the states that are walked.
pub const DEFAULT_MAX_STATES: usize = 1_000_000;

/// States that are walked before decision diagrams are tried.
const HANDED_OVER_AT: usize = 50_000;

/// What looks at the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A walk through a small model, decision diagrams for a large one, and a walk as far as it goes where those do not
    /// end soon.
    Auto,
    /// Decision diagrams.
    Symbolic,
    /// A walk through stateright's model.
    Stateright,
}

impl Engine {
    /// The name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Auto => "auto",
            Engine::Symbolic => "symbolic",
            Engine::Stateright => "stateright",
        }
    }
}

/// How statistics are gathered.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What looks at the steps.
    pub engine: Engine,
    /// States that a walk visits at most. If that is said, nothing else than a walk is tried.
    pub max_states: Option<usize>,
    /// Worker threads.
    pub threads: usize,
}

/// The statistics of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Statistics {
    /// The name of the model.
    pub model: String,
    /// A one-line description of the model.
    pub description: String,
    /// `stateright` or `symbolic`.
    pub engine: &'static str,
    /// True iff every reachable state was visited. If not, a kind of step that did not fire may still fire.
    pub complete: bool,
    /// The states visited.
    #[serde(serialize_with = "exact")]
    pub states: u128,
    /// Transitions out of them.
    #[serde(serialize_with = "exact")]
    pub transitions: u128,
    /// The visited states without a transition.
    #[serde(serialize_with = "exact")]
    pub terminal_states: u128,
    /// The number of states that are this many transitions away from the initial one, by index.
    #[serde(serialize_with = "exact_each")]
    pub states_by_depth: Vec<u128>,
    /// For each kind of step that the model can have, how often it fires.
    pub kinds: Vec<Fired>,
    /// For each branch that the model's rules have, how often it is taken.
    pub branches: Vec<Fired>,
}

impl Statistics {
    /// The kinds of steps and the branches that never fire; `None` if not every state was visited.
    pub fn dead(&self) -> Option<Vec<&str>> {
        let never = self.kinds.iter().chain(&self.branches).filter(|fired| fired.times == 0);
        self.complete.then(|| never.map(|fired| fired.name.as_str()).collect())
    }
}

/// Gathers the statistics of a model.
///
/// # Errors
/// If the symbolic engine was asked for and refuses the model.
pub fn gather<F: Family>(model: &ModelFile<F>, options: Options, gauges: &Arc<Control>) -> Result<Statistics, Refusal> {
    let most = options.max_states.unwrap_or(DEFAULT_MAX_STATES);
    let threads = options.threads;
    match options.engine {
        Engine::Stateright => Ok(walked(model, most, gauges)),
        Engine::Symbolic => counted(model, symbolic::Options::default(), threads, gauges),
        Engine::Auto => {
            let first = walked(model, options.max_states.unwrap_or(HANDED_OVER_AT), gauges);
            if first.complete || options.max_states.is_some() {
                return Ok(first);
            }
            let limited = symbolic::Options { work: Points::default().work, ..Default::default() };
            counted(model, limited, threads, gauges).or_else(|_| Ok(walked(model, most, gauges)))
        }
    }
}

/// The statistics as a walk through stateright's model finds them.
fn walked<F: Family>(model: &ModelFile<F>, max_states: usize, gauges: &Control) -> Statistics {
    let system = model.spec.model();
    let mut sums = Sums::<F>::default();
    gauges.begin(Phase::Exploring);
    let end = walk::walk(&system, max_states, gauges, |visit| sums.add(&system.cfg, visit));
    Statistics {
        complete: end == End::Exhausted,
        states: sums.states_by_depth.iter().sum(),
        transitions: sums.transitions,
        terminal_states: sums.terminal_states,
        states_by_depth: sums.states_by_depth,
        ..blank(model, Engine::Stateright, &sums.firings)
    }
}

/// The statistics as they are read off the decision diagram of all states.
fn counted<F: Family>(
    model: &ModelFile<F>,
    options: symbolic::Options,
    threads: usize,
    gauges: &Arc<Control>,
) -> Result<Statistics, Refusal> {
    let system = Arc::new(model.spec.model());
    let search = Search::<_, _, _, Seen<F>> {
        model: system.clone(),
        boundary: F::boundary(&system.cfg),
        lenses: Vec::new(),
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads,
        control: gauges.clone(),
    };
    let (Outcome { stopped, counts, states_by_depth, .. }, fired) = symbolic::firings(search, options)?;
    let (Stopped::Exhausted, Some(fired), Some(states_by_depth)) = (stopped, fired, states_by_depth) else {
        return Err(Refusal::Unsupported("its decision diagrams grow too large".into()));
    };
    let mut firings = Firings::<F>::default();
    for Firing { action, local, is_ignored, times } in &fired {
        let local = local.as_ref().map(|local| local.each_ref().map(|local| &**local));
        firings.add_times(&system.cfg, action, local, *is_ignored, *times);
    }
    Ok(Statistics {
        complete: true,
        states: counts.unique_states,
        transitions: counts.generated_states - 1,
        terminal_states: counts.terminal_states,
        states_by_depth,
        ..blank(model, Engine::Symbolic, &firings)
    })
}

/// The statistics of a model of which only the firings are known.
fn blank<F: Family>(model: &ModelFile<F>, engine: Engine, firings: &Firings<F>) -> Statistics {
    Statistics {
        model: model.name.clone(),
        description: model.spec.to_string(),
        engine: engine.name(),
        complete: false,
        states: 0,
        transitions: 0,
        terminal_states: 0,
        states_by_depth: Vec::new(),
        kinds: firings.kinds(&model.spec),
        branches: firings.branches(&model.spec),
    }
}

struct Sums<F: Family> {
    states_by_depth: Vec<u128>,
    transitions: u128,
    terminal_states: u128,
    firings: Firings<F>,
}

impl<F: Family> Default for Sums<F> {
    fn default() -> Self {
        Sums { states_by_depth: Vec::new(), transitions: 0, terminal_states: 0, firings: Firings::default() }
    }
}

impl<F: Family> Sums<F> {
    fn add(&mut self, config: &F::Config, visit: &Visit<F>) {
        if self.states_by_depth.len() <= visit.depth {
            self.states_by_depth.push(0);
        }
        self.states_by_depth[visit.depth] += 1;
        self.terminal_states += u128::from(visit.options.iter().all(|choice| choice.next.is_none()));
        for Choice::<F> { action, next } in visit.options {
            let next = next.as_ref().map(|(_, next)| next);
            self.transitions += u128::from(next.is_some());
            self.firings.add(config, visit.state, action, next);
        }
    }
}
