//! A counterexample that chance found, made shorter: steps are left out while what is left still settles the property, then
//! the neighbourhood of what is left is searched. Every candidate is executed on stateright's model, and how many are
//! tried does not depend on the machine. It knows nothing of how the path was found.

use crate::engine::control::Watch;
use crate::family::{Action, Family, Global, Property, System};
use crate::walk::fingerprint;
use stateright::actor::{ActorModelAction, Envelope, Id};
use stateright::Model as _;
use std::collections::{BTreeSet, HashSet};

/// Transitions that may be executed to leave out steps, and to search neighbourhoods.
const DROPS: u64 = 150_000;
const SEARCHES: u64 = 60_000;
/// The part of them that one search may take: from the initial state, and from a later one.
const FIRST_SEARCH: u64 = 20_000;
const LATER_SEARCH: u64 = 1_000;

/// What a path is to settle, and on which model.
pub struct Shrinker<'a, F: Family> {
    pub model: &'a System<F>,
    pub property: &'a Property<F>,
    /// When to make do with what there is.
    pub watch: &'a Watch,
}

/// A path with its states, the initial one first.
struct Path<F: Family> {
    actions: Vec<Action<F>>,
    states: Vec<Global<F>>,
}

/// Transitions that may still be executed.
struct Budget(u64);

impl Budget {
    /// True iff one more may be.
    fn spend(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

impl<F: Family> Shrinker<'_, F> {
    /// A path that settles the property in at most as many steps as this one, which does.
    pub fn shrink(&self, actions: &[Action<F>]) -> Vec<Action<F>> {
        let mut drops = Budget(DROPS.max(2 * actions.len() as u64));
        let Some(whole) = self.settling(actions.iter().cloned(), &mut drops) else { return actions.to_vec() };
        let mut path = self.drop_steps(whole, &mut drops);
        let mut searches = Budget(SEARCHES);
        while let Some(shorter) = self.neighbour(&path, &mut searches) {
            path = self.drop_steps(shorter, &mut drops);
        }
        path.actions
    }

    /// Leaves out ever fewer steps at a time, from the end on, until no single one can go.
    fn drop_steps(&self, mut path: Path<F>, budget: &mut Budget) -> Path<F> {
        let mut size = path.actions.len().div_ceil(2);
        while size > 0 && budget.0 > 0 && self.watch.stop().is_none() {
            let mut end = path.actions.len();
            let mut is_shorter = false;
            while end > 0 {
                let start = end.saturating_sub(size);
                let kept = path.actions[..start].iter().chain(&path.actions[end..]).cloned();
                end = match self.settling(kept, budget).filter(|kept| kept.actions.len() < path.actions.len()) {
                    Some(shorter) => {
                        path = shorter;
                        is_shorter = true;
                        start.min(path.actions.len())
                    }
                    None => start,
                };
            }
            size = if size == 1 && is_shorter { 1 } else { size / 2 };
        }
        path
    }

    /// Executes what is possible of these actions, up to the first state in which the property is settled.
    fn settling(&self, mut actions: impl Iterator<Item = Action<F>>, budget: &mut Budget) -> Option<Path<F>> {
        let mut path = Path { actions: Vec::new(), states: vec![self.model.init_states().swap_remove(0)] };
        while !self.is_settled(&path.states) {
            let action = actions.next()?;
            if !budget.spend() {
                return None;
            }
            let last = path.states.last()?;
            let mut enabled = Vec::new();
            self.model.actions(last, &mut enabled);
            let next = enabled.contains(&action).then(|| self.step(last, &action)).flatten();
            if let Some(next) = next {
                path.actions.push(action);
                path.states.push(next);
            }
        }
        Some(path)
    }

    fn is_settled(&self, states: &[Global<F>]) -> bool {
        let tail = &states[states.len().saturating_sub(2)..];
        self.property.is_settled_by(self.model, tail)
    }

    fn step(&self, state: &Global<F>, action: &Action<F>) -> Option<Global<F>> {
        self.model.next_state(state, action.clone()).filter(|next| self.model.within_boundary(next))
    }

    /// A shorter path that goes another way from some state of this one on: from the initial state, which finds the shortest
    /// of all where the search gets through, or else from a state near the end or ever farther from it.
    fn neighbour(&self, path: &Path<F>, budget: &mut Budget) -> Option<Path<F>> {
        let steps = path.actions.len();
        let ways: BTreeSet<Way> = path.actions.iter().map(Way::of::<F>).collect();
        let later = (1..steps.saturating_sub(1)).rev().map(|start| (start, LATER_SEARCH));
        for (start, most) in std::iter::once((0, FIRST_SEARCH)).chain(later) {
            let mut share = Budget(most.min(budget.0));
            budget.0 -= share.0;
            let found = self.search(&path.states[start], &ways, steps.checked_sub(start + 1)?, &mut share);
            budget.0 += share.0;
            if let Some(rest) = found {
                let actions = [&path.actions[..start], &rest.actions].concat();
                let states = [&path.states[..start], &rest.states].concat();
                return Some(Path { actions, states });
            }
            if budget.0 == 0 || self.watch.stop().is_some() {
                break;
            }
        }
        None
    }

    /// The shortest path from a state on, of at most this many steps along these ways, that settles the property.
    fn search(&self, start: &Global<F>, ways: &BTreeSet<Way>, most: usize, budget: &mut Budget) -> Option<Path<F>> {
        let mut seen = HashSet::from([fingerprint::<F>(start)]);
        let mut tree = vec![Leaf { parent: 0, action: None, state: start.clone() }];
        let mut level = 0..1;
        for _ in 0..most {
            for parent in level.clone() {
                let mut enabled = Vec::new();
                self.model.actions(&tree[parent].state, &mut enabled);
                for action in enabled.into_iter().filter(|action| ways.contains(&Way::of::<F>(action))) {
                    if !budget.spend() {
                        return None;
                    }
                    let last = &tree[parent].state;
                    let Some(state) = self.step(last, &action).filter(|next| seen.insert(fingerprint::<F>(next)))
                    else {
                        continue;
                    };
                    let is_hit = self.property.is_settled_by(self.model, &[last.clone(), state.clone()]);
                    tree.push(Leaf { parent, action: Some(action), state });
                    if is_hit {
                        return Some(branch(&tree));
                    }
                }
            }
            level = level.end..tree.len();
        }
        None
    }
}

/// A state of a search, and how it was reached.
struct Leaf<F: Family> {
    parent: usize,
    action: Option<Action<F>>,
    state: Global<F>,
}

/// The path to the last leaf.
fn branch<F: Family>(tree: &[Leaf<F>]) -> Path<F> {
    let mut path = Path { actions: Vec::new(), states: Vec::new() };
    let mut place = tree.len() - 1;
    while let Leaf { parent, action: Some(action), state } = &tree[place] {
        path.actions.push(action.clone());
        path.states.push(state.clone());
        place = *parent;
    }
    path.states.push(tree[0].state.clone());
    path.actions.reverse();
    path.states.reverse();
    path
}

/// Which node acts, and on whose message: what a path does by the same ways goes between the same nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Delivery(Id, Id),
    Loss(Id, Id),
    Internal(Id),
    Crash(Id),
    Recovery(Id),
}

impl Way {
    fn of<F: Family>(action: &Action<F>) -> Self {
        match action {
            ActorModelAction::Deliver { src, dst, .. } => Way::Delivery(*src, *dst),
            ActorModelAction::Drop(Envelope { src, dst, .. }) => Way::Loss(*src, *dst),
            ActorModelAction::Timeout(id, _) | ActorModelAction::SelectRandom { actor: id, .. } => Way::Internal(*id),
            ActorModelAction::Crash(id) => Way::Crash(*id),
            ActorModelAction::Recover(id) => Way::Recovery(*id),
        }
    }
}
