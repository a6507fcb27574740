//! Counterexamples to properties of executions, judged step by step on stateright's model: what is due in a state, what a
//! loop leaves undone, whether something can still happen. It uses no engine.

use super::{successors, Action, Family, Global, Property, System};
use crate::engine::executions::Temporal;
use stateright::actor::{ActorModelAction, Envelope};
use stateright::Model as _;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// States that are looked at, at most, to see that something cannot happen any more. What lies beyond them is not contested.
const MOST_STATES: usize = 100_000;

/// What is due by an action: the action itself, or for a choice any of its options.
fn is_same_duty<F: Family>(one: &Action<F>, other: &Action<F>) -> bool {
    match (one, other) {
        (
            ActorModelAction::SelectRandom { actor, key, .. },
            ActorModelAction::SelectRandom { actor: other_actor, key: other_key, .. },
        ) => (actor, key) == (other_actor, other_key),
        _ => one == other,
    }
}

/// True iff nodes and network take an action by themselves, so that it is due where it is a transition.
fn is_own<F: Family>(action: &Action<F>) -> bool {
    use ActorModelAction::{Crash, Deliver, Drop, Recover, SelectRandom, Timeout};
    match action {
        Deliver { .. } | Timeout(..) | SelectRandom { .. } => true,
        Drop(_) | Crash(_) | Recover(_) => false,
    }
}

/// The delivery of an envelope.
fn delivery<F: Family>(envelope: &Envelope<super::Message<F>>) -> Action<F> {
    ActorModelAction::Deliver { src: envelope.src, dst: envelope.dst, msg: envelope.msg.clone() }
}

impl<F: Family> Property<F> {
    /// True iff the condition of a property of executions is true of a state.
    fn is_met(&self, model: &System<F>, state: &Global<F>) -> bool {
        self.execution_question().is_some_and(|asked| (asked.condition)(model, state))
    }

    /// What is due in a state of the executions that the property is about.
    fn due(&self, model: &System<F>, state: &Global<F>) -> Vec<Action<F>> {
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        let is_step = |action: &Action<F>| {
            let next = model.next_state(state, action.clone());
            next.is_some_and(|next| model.within_boundary(&next))
        };
        actions.retain(|action| is_own::<F>(action) && !self.bars(&model.cfg, action) && is_step(action));
        actions
    }

    /// Why a path, of which the last `repeats` actions repeat for ever, is no counterexample to the property; `None` if it
    /// is one. There is one state more than there are actions.
    pub fn excuse(
        &self,
        model: &System<F>,
        actions: &[Action<F>],
        states: &[Global<F>],
        repeats: usize,
    ) -> Option<String> {
        if let Some(step) = actions.iter().position(|action| self.bars(&model.cfg, action)) {
            return Some(format!("step {} is none of the executions that {} is about", step + 1, self.name));
        }
        match self.kind.temporal()? {
            Temporal::Inevitably => self.excuse_of_execution(model, actions, states, repeats),
            Temporal::AlwaysPossibly if repeats > 0 => Some("nothing repeats where nothing has to happen".into()),
            Temporal::AlwaysPossibly => self
                .can_follow(model, states.last()?)
                .then(|| format!("what {} says can still happen after the last step", self.name)),
        }
    }

    fn excuse_of_execution(
        &self,
        model: &System<F>,
        actions: &[Action<F>],
        states: &[Global<F>],
        repeats: usize,
    ) -> Option<String> {
        if let Some(step) = states.iter().position(|state| self.is_met(model, state)) {
            return Some(format!("what {} says happens in step {step}", self.name));
        }
        let begin = actions.len().checked_sub(repeats).filter(|begin| *begin < states.len());
        let Some(begin) = begin else { return Some(format!("{repeats} steps repeat, of {}", actions.len())) };
        let (looped, around) = (&actions[begin..], &states[begin..]);
        if around.first() != around.last() {
            return Some("the steps that repeat do not lead back to where they begin".into());
        }
        let does = |duty: &Action<F>| looped.iter().any(|action| is_same_duty::<F>(action, duty));
        let mut possible = self.due(model, around.first()?);
        for state in around {
            let due = self.due(model, state);
            possible.retain(|duty| due.iter().any(|other| is_same_duty::<F>(duty, other)));
        }
        if let Some(duty) = possible.iter().find(|duty| !does(duty)) {
            return Some(format!("{duty:?} stays possible and is never taken"));
        }
        if looped.iter().any(|action| matches!(action, ActorModelAction::Crash(_))) {
            return Some("a node crashes again and again".into());
        }
        let losses = looped.iter().zip(around).filter_map(|(action, state)| match action {
            ActorModelAction::Drop(envelope) => Some((delivery::<F>(envelope), state)),
            _ => None,
        });
        let mut unfair =
            losses.filter(|(delivery, state)| self.due(model, state).contains(delivery) && !does(delivery));
        unfair.next().map(|(delivery, _)| format!("{delivery:?} is lost again and again and never taken"))
    }

    /// True iff the condition can become true after a state, as far as that is looked into.
    fn can_follow(&self, model: &System<F>, state: &Global<F>) -> bool {
        let hasher = RandomState::new();
        let hash = |state: &Global<F>| hasher.hash_one(state);
        let mut found = vec![state.clone()];
        let mut by_hash = HashMap::from([(hash(state), vec![0])]);
        let mut next = 0;
        while next < found.len().min(MOST_STATES) {
            if self.is_met(model, &found[next]) {
                return true;
            }
            for after in self.open_successors(model, &found[next]) {
                let alike = by_hash.entry(hash(&after)).or_insert_with(Vec::new);
                if !alike.iter().any(|&other: &usize| found[other] == after) {
                    alike.push(found.len());
                    found.push(after);
                }
            }
            next += 1;
        }
        false
    }

    /// The states after one transition of the executions that the property is about.
    fn open_successors(&self, model: &System<F>, state: &Global<F>) -> Vec<Global<F>> {
        if self.without().is_none() {
            return successors::<F>(model, state);
        }
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        actions.retain(|action| !self.bars(&model.cfg, action));
        let next = actions.into_iter().filter_map(|action| model.next_state(state, action));
        next.filter(|next| model.within_boundary(next)).collect()
    }
}
