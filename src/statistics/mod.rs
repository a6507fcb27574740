//! What a model does, counted over all of its steps: states by depth, how often each kind of step fires, and which
//! branches of the protocol never fire. It walks stateright's model and knows no engine.

mod branches;
mod text;

pub use text::render as render_text;

use crate::engine::Action;
use crate::model_file::{ModelFile, Spec};
use crate::protocols::single_decree::{Node, Sends, Setup, Timer};
use crate::vocabulary::Message;
use crate::walk::{self, Choice, End, Visit};
use branches::{Event, BRANCHES};
use serde::Serialize;
use stateright::actor::ActorModelAction;

/// States that statistics are gathered over at most unless more are asked for.
pub const DEFAULT_MAX_STATES: usize = 1_000_000;

/// The statistics of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Statistics {
    /// The name of the model.
    pub model: String,
    /// The model in a line.
    pub description: String,
    /// True iff every reachable state was walked over. If not, nothing is known of what did not fire.
    pub complete: bool,
    /// States walked over.
    pub states: u64,
    /// Transitions out of them.
    pub transitions: u64,
    /// Those of them without a transition.
    pub terminal_states: u64,
    /// The number of states that are this many transitions away from the initial one, by index.
    pub states_by_depth: Vec<u64>,
    /// How often each kind of step fires that the model can have.
    pub kinds: Vec<Fired>,
    /// How often each branch of the protocol is taken that the model's rules have.
    pub branches: Vec<Fired>,
}

/// How often something fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// What.
    pub name: &'static str,
    /// In how many transitions. For branches in which a message is ignored: in how many states, for how many messages.
    pub times: u64,
}

impl Statistics {
    /// The kinds of steps and the branches that never fire; `None` if not every state was walked over.
    pub fn dead(&self) -> Option<Vec<&'static str>> {
        let never = self.kinds.iter().chain(&self.branches).filter(|fired| fired.times == 0);
        self.complete.then(|| never.map(|fired| fired.name).collect())
    }
}

/// A kind of step.
struct Kind {
    name: &'static str,
    /// True iff the model can have such steps.
    applies: fn(&Spec) -> bool,
}

const KINDS: [Kind; 11] = [
    Kind { name: "Prepare delivered", applies: |_| true },
    Kind { name: "Promise delivered", applies: |_| true },
    Kind { name: "Nack delivered", applies: branches::sends_nacks },
    Kind { name: "Accept delivered", applies: |_| true },
    Kind { name: "Accepted delivered", applies: |spec| spec.learners > 0 },
    Kind { name: "Learned delivered", applies: |spec| spec.distinguished < spec.learners },
    Kind { name: "message lost", applies: |spec| spec.environment.loss },
    Kind { name: "message sent by itself", applies: |spec| spec.sends == Sends::Stepwise },
    Kind { name: "round started over", applies: |spec| spec.rounds > 1 },
    Kind { name: "node crashes", applies: |spec| spec.environment.max_crashes > 0 },
    Kind { name: "node recovers", applies: |spec| spec.environment.max_crashes > 0 && spec.recovery },
];

/// The place of an action's kind among [`KINDS`].
fn kind(action: &Action<Node>) -> usize {
    match action {
        ActorModelAction::Deliver { msg, .. } => match msg {
            Message::Prepare { .. } => 0,
            Message::Promise { .. } => 1,
            Message::Nack { .. } => 2,
            Message::Accept(_) => 3,
            Message::Accepted(_) => 4,
            Message::Learned(_) => 5,
        },
        ActorModelAction::Drop(_) => 6,
        ActorModelAction::Timeout(_, Timer::Send(_)) => 7,
        ActorModelAction::Timeout(_, Timer::Retry) => 8,
        ActorModelAction::Crash(_) => 9,
        ActorModelAction::Recover(_) => 10,
        ActorModelAction::SelectRandom { .. } => unreachable!("nodes never ask for a random choice"),
    }
}

/// Gathers the statistics of a model, over at most `max_states` states.
pub fn gather(model: &ModelFile, max_states: usize) -> Statistics {
    let system = model.spec.model();
    let mut tally = Tally { kinds: [0; KINDS.len()], branches: vec![0; BRANCHES.len()], ..Tally::default() };
    let end = walk::walk(&system, max_states, |visit| tally.add(&system.cfg, visit));
    let kinds = KINDS.iter().zip(tally.kinds).filter(|(kind, _)| (kind.applies)(&model.spec));
    let branches = BRANCHES.iter().zip(tally.branches).filter(|(branch, _)| (branch.applies)(&model.spec));
    Statistics {
        model: model.name.clone(),
        description: model.spec.to_string(),
        complete: end == End::Exhausted,
        states: tally.states_by_depth.iter().sum(),
        transitions: tally.transitions,
        terminal_states: tally.terminal_states,
        states_by_depth: tally.states_by_depth,
        kinds: kinds.map(|(kind, times)| Fired { name: kind.name, times }).collect(),
        branches: branches.map(|(branch, times)| Fired { name: branch.name, times }).collect(),
    }
}

#[derive(Default)]
struct Tally {
    states_by_depth: Vec<u64>,
    transitions: u64,
    terminal_states: u64,
    kinds: [u64; KINDS.len()],
    branches: Vec<u64>,
}

impl Tally {
    fn add(&mut self, setup: &Setup, visit: &Visit) {
        if self.states_by_depth.len() <= visit.depth {
            self.states_by_depth.push(0);
        }
        self.states_by_depth[visit.depth] += 1;
        self.terminal_states += u64::from(visit.options.iter().all(|choice| choice.next.is_none()));
        for Choice { action, next } in visit.options {
            if next.is_some() {
                self.transitions += 1;
                self.kinds[kind(action)] += 1;
            }
            let Some(event) = Event::new(setup, visit.state, action, next.as_ref().map(|(_, next)| next)) else {
                continue;
            };
            for (count, branch) in self.branches.iter_mut().zip(BRANCHES) {
                *count += u64::from((branch.is_taken)(&event));
            }
        }
    }
}
