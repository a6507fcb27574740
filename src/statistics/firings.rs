//! How often each kind of step fires and each branch of the protocol is taken. The caller feeds in the steps: from every
//! state, along random walks, or counted already.

use crate::family::{Action, Family, Global, Local, Spec, StepKind, Taken};
use crate::report::exact;
use serde::Serialize;
use stateright::actor::ActorModelAction;
use std::collections::BTreeMap;

/// How often something fires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// The kind of step, or the branch.
    pub name: String,
    /// The number of transitions. For branches that ignore a message: the number of messages over all states.
    #[serde(serialize_with = "exact")]
    pub times: u128,
}

/// The kinds of steps that every family has.
fn common<F: Family>() -> [StepKind<F>; 3] {
    [
        StepKind {
            name: "message lost",
            applies: |_, environment| environment.loss,
            is_it: |action| matches!(action, ActorModelAction::Drop(_)),
        },
        StepKind {
            name: "node crashes",
            applies: |_, environment| environment.max_crashes > 0,
            is_it: |action| matches!(action, ActorModelAction::Crash(_)),
        },
        StepKind {
            name: "node recovers",
            applies: |_, environment| environment.max_crashes > 0 && environment.recovery,
            is_it: |action| matches!(action, ActorModelAction::Recover(_)),
        },
    ]
}

/// The kind of a step that the family has no name for: what its action is called, without particulars.
fn other<F: Family>(action: &Action<F>) -> String {
    let word = |text: String| text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string();
    match action {
        ActorModelAction::Deliver { msg, .. } => format!("{} delivered", word(F::message(msg))),
        ActorModelAction::Timeout(_, timer) => format!("timer {} fires", word(format!("{timer:?}"))),
        ActorModelAction::SelectRandom { random, .. } => format!("{} chosen", word(format!("{random:?}"))),
        ActorModelAction::Drop(_) | ActorModelAction::Crash(_) | ActorModelAction::Recover(_) => String::new(),
    }
}

/// The counts so far.
pub struct Firings<F: Family> {
    kinds: Vec<StepKind<F>>,
    of_kinds: Vec<u128>,
    /// Steps of further kinds.
    others: BTreeMap<String, u128>,
    of_branches: Vec<u128>,
}

impl<F: Family> Default for Firings<F> {
    fn default() -> Self {
        let kinds: Vec<_> = F::kinds().iter().copied().chain(common()).collect();
        let (of_kinds, of_branches) = (vec![0; kinds.len()], vec![0; F::branches().len()]);
        Firings { kinds, of_kinds, others: BTreeMap::new(), of_branches }
    }
}

impl<F: Family> Firings<F> {
    /// Counts an action in a state; `next` is the state after it, or `None` if a message is delivered and ignored.
    pub fn add(&mut self, config: &F::Config, state: &Global<F>, action: &Action<F>, next: Option<&Global<F>>) {
        let receiver = match action {
            ActorModelAction::Deliver { dst, .. } => Some(usize::from(*dst)).filter(|&dst| !state.crashed[dst]),
            _ => None,
        };
        let local = receiver.map(|receiver| {
            let before = &*state.actor_states[receiver];
            [before, next.map_or(before, |next| &*next.actor_states[receiver])]
        });
        self.add_times(config, action, local, next.is_none(), 1);
    }

    /// Counts an action that happens so many times, where it is delivered to a node that is up with the state of that
    /// node before and after it.
    pub fn add_times(
        &mut self,
        config: &F::Config,
        action: &Action<F>,
        local: Option<[&Local<F>; 2]>,
        ignored: bool,
        times: u128,
    ) {
        if !ignored {
            match self.kinds.iter().position(|kind| (kind.is_it)(action)) {
                Some(kind) => self.of_kinds[kind] += times,
                None => *self.others.entry(other::<F>(action)).or_default() += times,
            }
        }
        let (ActorModelAction::Deliver { src, dst, msg }, Some([before, after])) = (action, local) else { return };
        let taken = Taken { config, receiver: *dst, sender: *src, message: msg, before, after, ignored };
        for (count, branch) in self.of_branches.iter_mut().zip(F::branches()) {
            *count += if (branch.is_taken)(&taken) { times } else { 0 };
        }
    }

    /// Adds the counts of other firings.
    pub fn merge(&mut self, other: &Self) {
        let counts = self.of_kinds.iter_mut().chain(&mut self.of_branches);
        counts.zip(other.of_kinds.iter().chain(&other.of_branches)).for_each(|(count, more)| *count += more);
        for (kind, more) in &other.others {
            *self.others.entry(kind.clone()).or_default() += more;
        }
    }

    /// The kinds of steps that the model can have.
    pub fn kinds(&self, spec: &Spec<F>) -> Vec<Fired> {
        let others = self.others.iter().map(|(name, times)| Fired { name: name.clone(), times: *times });
        let kinds = self.kinds.iter().zip(&self.of_kinds);
        let kinds = kinds.filter(|(kind, _)| (kind.applies)(&spec.setup, &spec.environment));
        others.chain(kinds.map(|(kind, times)| Fired { name: kind.name.into(), times: *times })).collect()
    }

    /// The branches that the model's rules have.
    pub fn branches(&self, spec: &Spec<F>) -> Vec<Fired> {
        let branches = F::branches().iter().zip(&self.of_branches);
        let branches = branches.filter(|(branch, _)| (branch.applies)(&spec.setup, &spec.environment));
        branches.map(|(branch, times)| Fired { name: branch.name.into(), times: *times }).collect()
    }
}
