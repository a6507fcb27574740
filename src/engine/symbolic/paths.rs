//! The least of the shortest paths to a goal: how far it is from every reachable state, then forwards by the least
//! action that leads nearer. It must not know what the goal is.

use super::diagram::Set;
use super::distances::{self, Direction};
use super::halt::Halt;
use super::space::Space;

/// The least path to one of these reachable states, to which there is one of this length and none that is shorter: the
/// state that it leads to, and its actions.
pub(super) fn least(
    space: &mut Space,
    states: Set,
    events: &[u32],
    length: usize,
    goal: Set,
) -> Result<(Vec<u32>, Vec<u32>), Halt> {
    let (distances, function) = distances::search(space, events, Direction::Backward, goal, states)?;
    let mut state = space.encoding.initial().to_vec();
    let mut actions = Vec::with_capacity(length);
    for left in (0..length as u32).rev() {
        let mut steps = space.encoding.steps(&state);
        steps.retain(|(_, next)| distances.of(function, &space.by_level(next)) == Some(left));
        let handlers = &space.encoding.handlers;
        let step = steps.into_iter().min_by(|(one, _), (other, _)| handlers.compare(*one, *other));
        let (action, next) = step.expect("a state before the goal leads to it");
        actions.push(action);
        state = next;
    }
    Ok((state, actions))
}
