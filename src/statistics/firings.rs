//! How often each kind of step fires and each branch of the protocol is taken. The caller feeds in the steps, from every
//! state or along random walks.

use super::branches::{self, Delivery, BRANCHES};
use crate::engine::{Action, State};
use crate::model_file::Spec;
use crate::protocols::single_decree::{Node, Sends, Setup, Timer};
use crate::vocabulary::Message;
use serde::Serialize;
use stateright::actor::ActorModelAction;

/// How often something fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// The kind of step, or the branch.
    pub name: &'static str,
    /// The number of transitions. For branches that ignore a message: the number of messages over all states.
    pub times: u64,
}

/// A kind of step.
struct StepKind {
    name: &'static str,
    /// True iff the model can have such steps.
    applies: fn(&Spec) -> bool,
}

const KINDS: [StepKind; 11] = [
    StepKind { name: "Prepare delivered", applies: |_| true },
    StepKind { name: "Promise delivered", applies: |_| true },
    StepKind { name: "Nack delivered", applies: branches::sends_nacks },
    StepKind { name: "Accept delivered", applies: |_| true },
    StepKind { name: "Accepted delivered", applies: |spec| spec.learners > 0 },
    StepKind { name: "Learned delivered", applies: |spec| spec.distinguished < spec.learners },
    StepKind { name: "message lost", applies: |spec| spec.environment.loss },
    StepKind { name: "message sent by itself", applies: |spec| spec.sends == Sends::Stepwise },
    StepKind { name: "round started over", applies: |spec| spec.rounds > 1 },
    StepKind { name: "node crashes", applies: |spec| spec.environment.max_crashes > 0 },
    StepKind { name: "node recovers", applies: |spec| spec.environment.max_crashes > 0 && spec.recovery },
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

/// The counts so far.
#[derive(Clone, Debug)]
pub struct Firings {
    kinds: [u64; KINDS.len()],
    branches: [u64; BRANCHES.len()],
}

impl Default for Firings {
    fn default() -> Self {
        Firings { kinds: [0; KINDS.len()], branches: [0; BRANCHES.len()] }
    }
}

impl Firings {
    /// Counts an action in a state; `next` is the state after it, or `None` if a message is delivered and ignored.
    pub fn add(
        &mut self,
        setup: &Setup,
        state: &State<Node, ()>,
        action: &Action<Node>,
        next: Option<&State<Node, ()>>,
    ) {
        if next.is_some() {
            self.kinds[kind(action)] += 1;
        }
        let Some(delivery) = Delivery::new(setup, state, action, next) else { return };
        for (count, branch) in self.branches.iter_mut().zip(BRANCHES) {
            *count += u64::from((branch.is_taken)(&delivery));
        }
    }

    /// Adds the counts of another tally.
    pub fn merge(&mut self, other: &Firings) {
        let counts = self.kinds.iter_mut().chain(&mut self.branches);
        counts.zip(other.kinds.iter().chain(&other.branches)).for_each(|(count, more)| *count += more);
    }

    /// The kinds of steps that the model can have.
    pub fn kinds(&self, spec: &Spec) -> Vec<Fired> {
        let kinds = KINDS.iter().zip(self.kinds).filter(|(kind, _)| (kind.applies)(spec));
        kinds.map(|(kind, times)| Fired { name: kind.name, times }).collect()
    }

    /// The branches that the model's rules have.
    pub fn branches(&self, spec: &Spec) -> Vec<Fired> {
        let branches = BRANCHES.iter().zip(self.branches).filter(|(branch, _)| (branch.applies)(spec));
        branches.map(|(branch, times)| Fired { name: branch.name, times }).collect()
    }
}
