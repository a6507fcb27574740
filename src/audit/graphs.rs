//! Whether two models have the same state graph, decided by walking both at once. It judges nothing.

use crate::engine::control::{Phase, Watch};
use crate::engine::{Control, Limits};
use crate::family::{Action, Family, Global, System};
use crate::trace::Wording;
use crate::walk::fingerprint;
use stateright::Model as _;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::Arc;

/// What a comparison of two graphs says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They are equal: they begin in the same states, and every state has the same transitions in both.
    Equal,
    /// They differ, first where this says.
    Parts(String),
    /// The comparison was ended before it was certain.
    Unknown,
}

/// The transitions out of a state.
type Steps<F> = HashMap<Action<F>, Global<F>>;

/// Compares the graphs of a model and of a mutant of it. As long as they are equal they have the same states, so one set of
/// visited states does for both; by induction over the length of paths the graphs are equal if no visited state has other
/// transitions in the one than in the other, where a transition is an action with the state that it leads to. States are
/// visited in breadth-first order, and a visited one is known by 128 bits of hash.
pub fn compare<F: Family>(model: &System<F>, mutant: &System<F>, limits: &Limits, control: &Arc<Control>) -> Compared {
    let watch = Watch::new(control.clone(), limits);
    control.begin(Phase::Exploring);
    let wording = Wording::<F>::new(model);
    let mut level = model.init_states();
    let others = mutant.init_states();
    if level.len() != others.len() || level.iter().any(|state| !others.contains(state)) {
        return Compared::Parts("it begins in another state".into());
    }
    let mut visited: HashSet<u128> = level.iter().map(fingerprint::<F>).collect();
    for depth in 1.. {
        let (mut next_level, mut differences) = (Vec::new(), Vec::new());
        for state in &level {
            let states = visited.len() as u64;
            control.unique_states.store(states, Ordering::Relaxed);
            if watch.stop().is_some() || limits.max_states.is_some_and(|most| states > most) {
                return Compared::Unknown;
            }
            let [own, other] = [model, mutant].map(|model| steps::<F>(model, state));
            differences.extend(difference(&wording, state, &own, &other));
            next_level.extend(own.into_values().filter(|next| visited.insert(fingerprint::<F>(next))));
        }
        // The states of a level come in no order, so the first difference in it is the first by name.
        if let Some(parts) = differences.into_iter().min() {
            return Compared::Parts(format!("parts from the model in step {depth}: {parts}"));
        }
        if next_level.is_empty() {
            break;
        }
        level = next_level;
    }
    Compared::Equal
}

fn steps<F: Family>(model: &System<F>, state: &Global<F>) -> Steps<F> {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let step = |action: Action<F>| Some((action.clone(), model.next_state(state, action)?));
    actions.into_iter().filter_map(step).filter(|(_, next)| model.within_boundary(next)).collect()
}

/// A transition out of a state in which two models differ: of several, the first by name.
fn difference<F: Family>(wording: &Wording<F>, state: &Global<F>, own: &Steps<F>, other: &Steps<F>) -> Option<String> {
    let named = |action: &Action<F>| wording.action(state, action).to_string();
    let lost = own.keys().filter(|action| !other.contains_key(action)).map(|it| format!("{} is no step", named(it)));
    let added = other.keys().filter(|action| !own.contains_key(action)).map(|it| format!("{} is a step", named(it)));
    let is_moved = |(action, next): &(&Action<F>, &Global<F>)| own.get(action).is_some_and(|own| own != *next);
    let moved = other.iter().filter(is_moved).map(|(it, _)| format!("{} leads elsewhere", named(it)));
    lost.chain(added).chain(moved).min()
}
