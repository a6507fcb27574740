//! Depths: how far each reachable state is from the initial one. It must not know questions.

use super::diagram::{Set, EMPTY, UNIT};
use super::distances::{self, Direction, Distances, Function, Span, ALL};
use super::halt::Halt;
use super::numbers::StableMap;
use super::ranks::{self, Potentials};
use super::space::Space;

/// How far each reachable state is from the initial one.
pub(super) struct Depths {
    pub(super) distances: Distances,
    pub(super) function: Function,
}

impl Depths {
    /// The depths of the reachable states, with the events that can happen somewhere: from ranks where the system has
    /// them, else by a second saturation.
    pub(super) fn of(space: &mut Space, reachable: Set, events: &[u32]) -> Result<Self, Halt> {
        if let Some(potentials) = ranks::grade(space, events) {
            let mut distances = Distances::new(space);
            let (_, node) = ranked(space, &mut distances, reachable, &potentials, &mut StableMap::default())?;
            // The initial state has the least rank.
            return Ok(Depths { distances, function: Function { least: 0, node } });
        }
        let initial = space.by_level(space.encoding.initial());
        let initial = space.diagram.tuple(&initial)?;
        let (distances, function) = distances::search(space, events, Direction::Forward, initial, ALL)?;
        Ok(Depths { distances, function })
    }

    /// How many states are at each depth.
    pub(super) fn sizes(&self) -> Result<Vec<u128>, Halt> {
        self.distances.histogram(self.function)
    }
}

/// The ranks of the states of a set: the least, and a node for what each has beyond that.
fn ranked(
    space: &Space,
    distances: &mut Distances,
    set: Set,
    potentials: &Potentials,
    memo: &mut StableMap<Set, (i64, Set)>,
) -> Result<(i64, Set), Halt> {
    debug_assert_ne!(set, EMPTY);
    if set == UNIT {
        return Ok((0, UNIT));
    }
    if let Some(&known) = memo.get(&set) {
        return Ok(known);
    }
    let level = space.diagram.level(set);
    let mut ranks = Vec::new();
    for edge in space.diagram.edges(set) {
        let (least, rest) = ranked(space, distances, edge.rest, potentials, memo)?;
        ranks.push((edge.value, least + potentials.of(level, edge.value), rest));
    }
    let least = ranks.iter().map(|&(_, rank, _)| rank).min().unwrap_or(0);
    let mut edges = Vec::with_capacity(ranks.len());
    for (value, rank, rest) in ranks {
        let length = u32::try_from(rank - least).map_err(|_| Halt::Overflow)?;
        edges.push(Span { value, length, rest });
    }
    let node = distances.function(level, &mut edges)?.node;
    memo.insert(set, (least, node));
    Ok((least, node))
}
