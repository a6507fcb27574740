//! A plain breadth-first traversal of a model's reachable states, one level in memory at a time, for state graphs and
//! statistics, which look at every step. It knows stateright's model and no engine.

use crate::engine::{hash_apart, Control};
use crate::family::{Action, Family, Global, System};
use stateright::Model as _;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;

/// A state that the traversal visits, with the actions that the model offers there.
pub struct Visit<'a, F: Family> {
    /// Its number, counted from 0 in the order of the traversal.
    pub number: usize,
    /// Transitions on a shortest path to it.
    pub depth: usize,
    /// The state.
    pub state: &'a Global<F>,
    /// The model's actions in it, in the order of stateright's `ActorModel::actions`, each with its successor.
    pub options: &'a [Choice<F>],
}

/// An action that the model offers in a state.
pub struct Choice<F: Family> {
    /// The action.
    pub action: Action<F>,
    /// The number of the successor, and the successor itself; `None` if the action changes nothing and is no transition.
    pub next: Option<(usize, Global<F>)>,
}

/// How a traversal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every reachable state was visited.
    Exhausted,
    /// The limit on states was reached before every state was visited.
    TooMany,
}

/// Visits the reachable states in breadth-first order, at most `max_states` of them; `gauges` say how far it is.
///
/// States are identified by 128 bits of hash, so that only two levels of them are held in memory.
pub fn walk<F: Family>(
    model: &System<F>,
    max_states: usize,
    gauges: &Control,
    mut visit: impl FnMut(&Visit<F>),
) -> End {
    let mut numbers: HashMap<u128, usize> = HashMap::new();
    let mut level: Vec<(usize, Global<F>)> = Vec::new();
    for state in model.init_states() {
        level.push((number::<F>(&mut numbers, &state).0, state));
    }
    for depth in 0.. {
        let mut next_level = Vec::new();
        gauges.depth.store(depth as u64, Ordering::Relaxed);
        for (place, (number, state)) in level.iter().enumerate() {
            if numbers.len() > max_states {
                return End::TooMany;
            }
            gauges.unique_states.store(numbers.len() as u64, Ordering::Relaxed);
            gauges.frontier.store((level.len() - place + next_level.len()) as u64, Ordering::Relaxed);
            let options = options::<F>(model, state, &mut numbers, &mut next_level);
            visit(&Visit { number: *number, depth, state, options: &options });
        }
        if next_level.is_empty() {
            break;
        }
        level = next_level;
    }
    End::Exhausted
}

/// The actions that the model offers in a state. New successors join the next level.
fn options<F: Family>(
    model: &System<F>,
    state: &Global<F>,
    numbers: &mut HashMap<u128, usize>,
    next_level: &mut Vec<(usize, Global<F>)>,
) -> Vec<Choice<F>> {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let mut options = Vec::with_capacity(actions.len());
    for action in actions {
        let next = model.next_state(state, action.clone());
        if next.as_ref().is_some_and(|next| !model.within_boundary(next)) {
            continue; // outside the model's boundary
        }
        let next = next.map(|next| {
            let (number, is_new) = number::<F>(numbers, &next);
            if is_new {
                next_level.push((number, next.clone()));
            }
            (number, next)
        });
        options.push(Choice { action, next });
    }
    options
}

/// The number of a state, and whether the state is new.
fn number<F: Family>(numbers: &mut HashMap<u128, usize>, state: &Global<F>) -> (usize, bool) {
    let fresh = numbers.len();
    let number = *numbers.entry(fingerprint::<F>(state)).or_insert(fresh);
    (number, number == fresh)
}

/// 128 bits of hash, which identify a state where not every state is kept.
pub(crate) fn fingerprint<F: Family>(state: &Global<F>) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        hash_apart(state, &mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
