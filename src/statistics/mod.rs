//! Statistics over all steps of a model: states by depth, how often each kind of step fires, and which branches of the
//! protocol never fire. It walks stateright's model and knows no engine.

mod firings;
mod text;

pub use firings::{Fired, Firings};
pub use text::render as render_text;

use crate::engine::Control;
use crate::family::Family;
use crate::model_file::ModelFile;
use crate::walk::{self, Choice, End, Visit};
use serde::Serialize;

/// The default limit on states.
pub const DEFAULT_MAX_STATES: usize = 1_000_000;

/// The statistics of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Statistics {
    /// The name of the model.
    pub model: String,
    /// A one-line description of the model.
    pub description: String,
    /// True iff every reachable state was visited. If not, a kind of step that did not fire may still fire.
    pub complete: bool,
    /// The states visited.
    pub states: u64,
    /// Transitions out of them.
    pub transitions: u64,
    /// The visited states without a transition.
    pub terminal_states: u64,
    /// The number of states that are this many transitions away from the initial one, by index.
    pub states_by_depth: Vec<u64>,
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

/// Gathers the statistics of a model, over at most `max_states` states.
pub fn gather<F: Family>(model: &ModelFile<F>, max_states: usize, gauges: &Control) -> Statistics {
    let system = model.spec.model();
    let mut sums = Sums::<F>::default();
    let end = walk::walk(&system, max_states, gauges, |visit| sums.add(&system.cfg, visit));
    Statistics {
        model: model.name.clone(),
        description: model.spec.to_string(),
        complete: end == End::Exhausted,
        states: sums.states_by_depth.iter().sum(),
        transitions: sums.transitions,
        terminal_states: sums.terminal_states,
        states_by_depth: sums.states_by_depth,
        kinds: sums.firings.kinds(&model.spec),
        branches: sums.firings.branches(&model.spec),
    }
}

struct Sums<F: Family> {
    states_by_depth: Vec<u64>,
    transitions: u64,
    terminal_states: u64,
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
        self.terminal_states += u64::from(visit.options.iter().all(|choice| choice.next.is_none()));
        for Choice::<F> { action, next } in visit.options {
            let next = next.as_ref().map(|(_, next)| next);
            self.transitions += u64::from(next.is_some());
            self.firings.add(config, visit.state, action, next);
        }
    }
}
