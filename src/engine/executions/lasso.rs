//! The part of a fair execution that repeats: a walk through a component that leaves nothing due undone, back to where it
//! began. It must not know what states and actions are.

use super::fair::{Fairness, Part, Path, NOWHERE};
use crate::engine::components::graph::Role;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// What a walk that is to repeat still has to do.
#[derive(Clone, Copy)]
enum Unmet {
    /// This is possible all along: do it, or come by a state where it is not.
    Done(u32),
    /// This envelope was lost: deliver it.
    Delivered(u32),
}

impl Part<'_> {
    /// A fair execution on which the condition is never true, with a shortest stem.
    pub fn avoids_goal(&self) -> Option<Path> {
        let tree = self.tree(|state| !self.goal[state as usize]);
        let mut place = vec![NOWHERE; self.graph.len()];
        (0..).zip(&tree.order).for_each(|(number, &state)| place[state as usize] = number);
        let mut fairness = Fairness::new(self, &place);
        let entry = fairness.entry(&tree.order)?;
        Some(Path { stem: tree.path_to(entry), repeats: repeats(&fairness, entry) })
    }
}

/// The actions that lead from a state of a fair component back to it, so that repeating them for ever is fair. There are
/// none if nothing is due in the state. Each way is a shortest one to the next thing that has to be done.
fn repeats(fairness: &Fairness, entry: u32) -> Vec<u32> {
    let graph = fairness.part.graph;
    let mut walk: Vec<usize> = Vec::new();
    let mut at = entry;
    loop {
        let way = match unmet(fairness, entry, &walk) {
            None if at == entry => break,
            None => way(fairness, at, |_| false, |state| state == entry),
            Some(Unmet::Delivered(duty)) => {
                way(fairness, at, |transition| graph.role(transition) == Role::Due(duty), |_| false)
            }
            Some(Unmet::Done(duty)) => {
                let does = |transition| graph.role(transition) == Role::Due(duty);
                way(fairness, at, does, |state| !fairness.is_possible(duty, state))
            }
        };
        at = way.last().map_or(at, |&transition| graph.transition(transition).to);
        walk.extend(way);
    }
    walk.into_iter().map(|transition| graph.transition(transition).action).collect()
}

/// The first thing that a walk from this state leaves undone, if it is to repeat.
fn unmet(fairness: &Fairness, entry: u32, walk: &[usize]) -> Option<Unmet> {
    let graph = fairness.part.graph;
    let mut possible: BTreeSet<u32> = fairness.part.due(entry).collect();
    let (mut done, mut lost) = (BTreeSet::new(), BTreeSet::new());
    let mut state = entry;
    for &transition in walk {
        match graph.role(transition) {
            Role::Due(duty) => _ = done.insert(duty),
            Role::Loss(duty) if fairness.is_possible(duty, state) => _ = lost.insert(duty),
            _ => {}
        }
        state = graph.transition(transition).to;
        let due: BTreeSet<u32> = fairness.part.due(state).collect();
        possible.retain(|duty| due.contains(duty));
    }
    let put_off = possible.difference(&done).next().map(|&duty| Unmet::Done(duty));
    put_off.or_else(|| lost.difference(&done).next().map(|&duty| Unmet::Delivered(duty)))
}

/// A shortest way within a component to a transition that is wanted, or to a state that is.
fn way(fairness: &Fairness, from: u32, is_wanted: impl Fn(usize) -> bool, is_goal: impl Fn(u32) -> bool) -> Vec<usize> {
    let graph = fairness.part.graph;
    let mut before: HashMap<u32, (u32, usize)> = HashMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(state) = queue.pop_front() {
        for transition in fairness.inside(state) {
            let to = graph.transition(transition).to;
            let is_end = is_wanted(transition) || is_goal(to);
            if is_end || (to != from && !before.contains_key(&to)) {
                if is_end {
                    return back(&before, from, state, transition);
                }
                before.insert(to, (state, transition));
                queue.push_back(to);
            }
        }
    }
    unreachable!("a component is connected, and a fair one has all that is due in it")
}

/// The way that ends with a transition out of a state.
fn back(before: &HashMap<u32, (u32, usize)>, from: u32, mut state: u32, last: usize) -> Vec<usize> {
    let mut way = vec![last];
    while state != from {
        let (earlier, transition) = before[&state];
        way.push(transition);
        state = earlier;
    }
    way.reverse();
    way
}
