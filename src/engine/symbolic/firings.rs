//! How often each action of each actor happens in the reachable states. It must not know what the actions are.

use super::diagram::{Edge, Set, UNIT};
use super::encoding::{Ignored, Move};
use super::halt::Halt;
use super::numbers::StableMap;
use super::properties::Reached;
use super::space::Space;
use std::collections::BTreeMap;

/// An action in a local state, and the number of states in which it is taken.
pub(super) struct Firing {
    pub(super) action: u32,
    /// The actor that takes it, and its local state before and after; `None` for the loss of a message.
    pub(super) local: Option<(usize, u32, u32)>,
    /// True iff it changes nothing and is no transition.
    pub(super) is_ignored: bool,
    pub(super) times: u128,
}

/// How many states lie above each node of a set, by number, and how many below.
struct Weights {
    nodes: Vec<Vec<Set>>,
    above: Vec<u128>,
    below: Vec<u128>,
}

/// Every action that happens in a reachable state, or is ignored there.
pub(super) fn each(reached: &mut Reached) -> Result<Vec<Firing>, Halt> {
    let space = &mut *reached.space;
    let weights = Weights::of(space, reached.states)?;
    let mut firings = Vec::new();
    let mut add = |action, local, is_ignored, times| {
        firings.extend((times > 0).then_some(Firing { action, local, is_ignored, times }));
    };
    let mut by_local: Vec<Option<StableMap<u32, u128>>> = space.events.iter().map(|_| None).collect();
    for actor in 0..space.encoding.moves.len() {
        for from in 0..space.encoding.moves[actor].len() {
            for at in 0..space.encoding.moves[actor][from].len() {
                let Move { action, to, functions } = &space.encoding.moves[actor][from][at];
                let (action, to) = (*action, *to);
                let event = space.event_of(Some(actor), functions).expect("every move is learnt");
                let counts = match &mut by_local[event as usize] {
                    Some(counts) => counts,
                    unknown => unknown.insert(weights.by_local(space, event, space.level_of[actor])?),
                };
                let times = counts.get(&(from as u32)).copied().unwrap_or(0);
                add(action, Some((actor, from as u32, to)), false, times);
            }
        }
    }
    for (action, function) in space.encoding.losses.clone() {
        let event = space.event_of(None, &[function]).expect("every loss is learnt");
        let counts = weights.by_local(space, event, space.events[event as usize].operations[0].level)?;
        add(action, None, false, counts.values().sum());
    }
    let mut ignored: BTreeMap<(usize, Option<u32>), Vec<(u32, u32)>> = BTreeMap::new();
    for Ignored { actor, local, action, envelope } in std::mem::take(&mut space.encoding.ignored) {
        ignored.entry((actor, envelope)).or_default().push((local, action));
    }
    for ((actor, envelope), actions) in ignored {
        let function = envelope.map(|envelope| space.encoding.taking(envelope)).transpose()?;
        let locals = actions.iter().map(|&(local, _)| local);
        let counts = space.with_meeting(actor, locals, function, |space, event| {
            weights.by_local(space, event, space.level_of[actor])
        })?;
        for (local, action) in actions {
            let times = counts.get(&local).copied().unwrap_or(0);
            add(action, Some((actor, local, local)), true, times);
        }
    }
    Ok(firings)
}

impl Weights {
    fn of(space: &Space, set: Set) -> Result<Self, Halt> {
        let (nodes, below) = (space.diagram.nodes_by_level(set), space.diagram.sizes(set)?);
        Ok(Weights { above: space.diagram.paths(set, &nodes)?, nodes, below })
    }

    /// In how many states an event can happen, by the number that they have on a level.
    fn by_local(&self, space: &mut Space, event: u32, level: usize) -> Result<StableMap<u32, u128>, Halt> {
        let operations = space.events[event as usize].operations.clone();
        let first = operations[0].level;
        let mut nodes: StableMap<Set, u128> =
            self.nodes[first].iter().map(|&node| (node, self.above[node as usize])).collect();
        let mut at = 0;
        for here in first..level {
            let operation = operations.get(at).copied().filter(|operation| operation.level == here);
            at += usize::from(operation.is_some());
            let mut next: StableMap<Set, u128> = StableMap::default();
            for (node, weight) in nodes {
                let mut place = 0;
                while let Some(Edge { value, rest }) = space.diagram.edge(node, place) {
                    place += 1;
                    if operation.is_none_or(|operation| space.way(event, operation, value, 0).is_some()) {
                        let sum = next.entry(rest).or_default();
                        *sum = sum.checked_add(weight).ok_or(Halt::Overflow)?;
                    }
                }
            }
            space.diagram.budget().look()?;
            nodes = next;
        }
        let mut counts: StableMap<u32, u128> = StableMap::default();
        let mut memo = StableMap::default();
        let operation = operations[at];
        for (node, weight) in nodes.into_iter().filter(|(node, _)| *node != UNIT) {
            let mut place = 0;
            while let Some(Edge { value, rest }) = space.diagram.edge(node, place) {
                place += 1;
                if space.way(event, operation, value, 0).is_some() {
                    let below = space.firings_from(event, at + 1, rest, &self.below, &mut memo)?;
                    let product = weight.checked_mul(below).ok_or(Halt::Overflow)?;
                    let sum = counts.entry(value).or_default();
                    *sum = sum.checked_add(product).ok_or(Halt::Overflow)?;
                }
            }
        }
        Ok(counts)
    }
}
