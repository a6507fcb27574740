//! The least of the shortest paths to a goal: backwards, depth by depth, the states that lead to the goal in time; then
//! forwards by the least action to one of them. It must not know what the goal is.

use super::diagram::{PairMemo, Set, EMPTY};
use super::halt::Halt;
use super::levels::Depths;
use super::space::{Event, Space};

/// The least path to one of these states, which are at this depth: the state that it leads to, and its actions.
pub(super) fn least(
    space: &mut Space,
    depths: &Depths,
    events: &[u32],
    depth: usize,
    goal: Set,
) -> Result<(Vec<u32>, Vec<u32>), Halt> {
    let mut goals = vec![goal];
    for depth in (0..depth).rev() {
        let goal = goals[goals.len() - 1];
        goals.push(before(space, depths.around(depth), events, goal)?);
    }
    let mut state = space.encoding.initial().to_vec();
    let mut actions = Vec::with_capacity(depth);
    for &goal in goals.iter().rev().skip(1) {
        let mut steps = space.encoding.steps(&state);
        steps.retain(|(_, next)| space.diagram.contains(goal, &space.by_level(next)));
        let handlers = &space.encoding.handlers;
        let step = steps.into_iter().min_by(|(one, _), (other, _)| handlers.compare(*one, *other));
        let (action, next) = step.expect("a state before the goal leads to it");
        actions.push(action);
        state = next;
    }
    Ok((state, actions))
}

/// The states of a set from which one step leads to a goal.
fn before(space: &mut Space, set: Set, events: &[u32], goal: Set) -> Result<Set, Halt> {
    let mut numbers = vec![Vec::new(); space.variable_at.len()];
    for (level, nodes) in space.diagram.nodes_by_level(goal)[..numbers.len()].iter().enumerate() {
        let here: &mut Vec<bool> = &mut numbers[level];
        for edge in nodes.iter().flat_map(|&node| space.diagram.edges(node)) {
            here.resize(here.len().max(edge.value as usize + 1), false);
            here[edge.value as usize] = true;
        }
    }
    let mut common = PairMemo::default();
    let mut parts = Vec::new();
    for &event in events {
        let Event { actor, relation, .. } = &space.events[event as usize];
        // Most events lead an actor elsewhere.
        let leads_there = actor.is_none_or(|actor| {
            let here = &numbers[space.level_of[actor]];
            relation.iter().any(|way| here.get(way.to as usize).copied().unwrap_or(false))
        });
        if leads_there {
            let part = space.preimage(event, set, goal, &mut common)?;
            parts.extend((part != EMPTY).then_some(part));
        }
    }
    space.diagram.union_of(parts)
}
