//! Depths: from ranks where the system has them, else from the sets of states at each depth. It must not know questions.

use super::diagram::{PairMemo, Set, EMPTY};
use super::halt::Halt;
use super::ranks::{self, Potentials};
use super::space::Space;

/// How far each state is from the initial one.
pub(super) enum Depths {
    /// The rank of a state, less this one of the initial state, is its depth.
    Ranked { reachable: Set, potentials: Potentials, first: i64 },
    /// The states at each depth.
    Listed(Vec<Set>),
}

impl Depths {
    /// The depths of the reachable states, with the events that can happen somewhere.
    pub(super) fn of(space: &mut Space, reachable: Set, events: &[u32]) -> Result<Self, Halt> {
        if let Some(potentials) = ranks::grade(space, events) {
            let initial = space.by_level(space.encoding.initial());
            let first = initial.iter().enumerate().map(|(level, &value)| potentials.of(level, value)).sum();
            return Ok(Depths::Ranked { reachable, potentials, first });
        }
        Ok(Depths::Listed(list(space, reachable, events)?))
    }

    /// How many states are at each depth.
    pub(super) fn sizes(&self, space: &Space) -> Result<Vec<u128>, Halt> {
        match self {
            Depths::Ranked { reachable, potentials, .. } => Ok(ranks::histogram(space, *reachable, potentials)?.1),
            Depths::Listed(levels) => levels.iter().map(|&level| space.diagram.size(level)).collect(),
        }
    }

    /// A set that has the states at a depth, and of the others only such as no transition leads to from there.
    pub(super) fn around(&self, depth: usize) -> Set {
        match self {
            Depths::Ranked { reachable, .. } => *reachable,
            Depths::Listed(levels) => levels[depth],
        }
    }

    /// The sets that have to be kept.
    pub(super) fn sets(&self) -> &[Set] {
        match self {
            Depths::Ranked { reachable, .. } => std::slice::from_ref(reachable),
            Depths::Listed(levels) => levels,
        }
    }
}

/// The states at each depth, breadth-first.
fn list(space: &mut Space, reachable: Set, events: &[u32]) -> Result<Vec<Set>, Halt> {
    let initial = space.by_level(space.encoding.initial());
    let mut level = space.diagram.tuple(&initial)?;
    let mut levels = Vec::new();
    let mut rest = reachable;
    while level != EMPTY {
        levels.push(level);
        rest = space.diagram.minus(rest, level, &mut PairMemo::default())?;
        let mut images = Vec::new();
        for &event in events {
            let image = space.image(event, level)?;
            images.extend((image != EMPTY).then_some(image));
        }
        let image = space.diagram.union_of(images)?;
        level = space.diagram.intersection(image, rest, &mut PairMemo::default())?;
    }
    Ok(levels)
}
