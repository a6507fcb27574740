//! A breadth-first checker of a few lines, over stateright's own `actions` and `next_state`: exact, slow, independent.

use stateright::Model;
use std::collections::hash_map::DefaultHasher;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

/// A question, asked of whole states.
pub enum Question<S> {
    State(Box<dyn Fn(&S) -> bool>),
    Terminal(Box<dyn Fn(&S) -> bool>),
    Step(Box<dyn Fn(&S, &S) -> bool>),
}

pub struct Explored<A> {
    pub unique: u128,
    pub generated: u128,
    pub terminals: u128,
    pub depth: u64,
    /// For every question the first path found: a shortest one, and of those the least.
    pub hits: Vec<Option<Vec<A>>>,
}

/// Explores a model, unless it has more than `most` states.
pub fn explore<M>(model: &M, questions: &[Question<M::State>], most: usize) -> Option<Explored<M::Action>>
where
    M: Model,
    M::State: Clone + PartialEq + Hash,
    M::Action: Clone,
{
    let mut found =
        Explored { unique: 0, generated: 0, terminals: 0, depth: 0, hits: questions.iter().map(|_| None).collect() };
    // Each state with its depth, and the state and action that led to it.
    let mut states: Vec<(M::State, u64, Option<(usize, M::Action)>)> = Vec::new();
    let mut by_hash: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut add = |states: &mut Vec<_>, state: M::State, depth, from: Option<(usize, M::Action)>| {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        let same_hash = by_hash.entry(hasher.finish()).or_default();
        let is_new = !same_hash.iter().any(|&other: &usize| {
            let (other, _, _): &(M::State, u64, Option<(usize, M::Action)>) = &states[other];
            *other == state
        });
        if is_new {
            same_hash.push(states.len());
            states.push((state, depth, from));
        }
    };
    for state in model.init_states() {
        if model.within_boundary(&state) {
            found.generated += 1;
            add(&mut states, state, 0, None);
        }
    }
    let mut next = 0;
    while next < states.len() {
        if states.len() > most {
            return None;
        }
        let (state, depth, _) = states[next].clone();
        found.depth = depth;
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        let mut steps = Vec::new();
        for action in actions {
            let after = model.next_state(&state, action.clone());
            if let Some(after) = after.filter(|after| model.within_boundary(after)) {
                steps.push((action, after));
            }
        }
        found.generated += steps.len() as u128;
        found.terminals += u128::from(steps.is_empty());
        for (question, hit) in questions.iter().zip(&mut found.hits) {
            let last = match question {
                _ if hit.is_some() => continue,
                Question::State(hits) if hits(&state) => None,
                Question::Terminal(hits) if steps.is_empty() && hits(&state) => None,
                Question::Step(hits) => match steps.iter().find(|(_, after)| hits(&state, after)) {
                    Some((action, _)) => Some(action.clone()),
                    None => continue,
                },
                _ => continue,
            };
            let mut path: Vec<M::Action> = last.into_iter().collect();
            let mut at = next;
            while let Some((before, action)) = &states[at].2 {
                path.insert(0, action.clone());
                at = *before;
            }
            *hit = Some(path);
        }
        for (action, after) in steps {
            add(&mut states, after, depth + 1, Some((next, action)));
        }
        next += 1;
    }
    found.unique = states.len() as u128;
    Some(found)
}
