//! What a lens shows of a set of states: the distinct tuples of observations, and the states behind some of them. It
//! must not know what is asked.

use super::diagram::{Diagram, Edge, Set, EMPTY, UNIT};
use super::distances::Distances;
use super::halt::Halt;
use super::levels::Depths;
use super::numbers::StableMap;
use super::space::Space;
use super::variable::Variable;
use std::collections::BTreeMap;

/// The tuples that a lens shows, as sets of a diagram of their own: one level for each actor, in the order in which
/// their local states stand in the space.
pub(super) struct Observations {
    lens: usize,
    /// By level of these tuples, the level in the space and the actor.
    actors: Vec<(usize, usize)>,
    pub(super) diagram: Diagram,
    seen: StableMap<(usize, u32), u32>,
    projected: StableMap<Set, Set>,
}

/// The least depth of the wanted states, and those that have it.
pub(super) type Nearest = Option<(u32, Set)>;

impl Observations {
    pub(super) fn new(space: &Space, lens: usize) -> Self {
        let actor = |(level, &variable): (usize, &usize)| match space.encoding.variables[variable] {
            Variable::Local(actor) => Some((level, actor)),
            _ => None,
        };
        let actors: Vec<_> = space.variable_at.iter().enumerate().filter_map(actor).collect();
        let diagram = Diagram::new(actors.len(), space.diagram.budget().clone());
        Observations { lens, actors, diagram, seen: StableMap::default(), projected: StableMap::default() }
    }

    /// Where an actor stands in the tuples.
    pub(super) fn place(&self, actor: usize) -> usize {
        self.actors.iter().position(|&(_, other)| other == actor).expect("every actor is observed")
    }

    /// The actor at a place of the tuples.
    pub(super) fn actor(&self, place: usize) -> usize {
        self.actors[place].1
    }

    /// The actor whose local state stands at a level of the space.
    pub(super) fn actor_at(&self, level: usize) -> Option<usize> {
        self.actors.iter().find(|&&(other, _)| other == level).map(|&(_, actor)| actor)
    }

    /// The observation of an actor in a local state.
    pub(super) fn observe(&mut self, space: &mut Space, actor: usize, local: u32) -> u32 {
        let lens = self.lens;
        *self.seen.entry((actor, local)).or_insert_with(|| space.encoding.handlers.observe(lens, actor, local))
    }

    /// The tuples that a set of states shows.
    pub(super) fn project(&mut self, space: &mut Space, set: Set) -> Result<Set, Halt> {
        self.project_from(space, 0, set)
    }

    fn project_from(&mut self, space: &mut Space, at: usize, set: Set) -> Result<Set, Halt> {
        let Some(&(actor_level, actor)) = self.actors.get(at) else { return Ok(UNIT.min(set)) };
        if set == EMPTY {
            return Ok(EMPTY);
        }
        if let Some(&known) = self.projected.get(&set) {
            return Ok(known);
        }
        space.diagram.tick()?;
        let is_actor = space.diagram.level(set) == actor_level;
        let mut by_seen: BTreeMap<u32, Vec<Set>> = BTreeMap::new();
        let mut place = 0;
        while let Some(Edge { value, rest }) = space.diagram.edge(set, place) {
            place += 1;
            let seen = if is_actor { self.observe(space, actor, value) } else { 0 };
            by_seen.entry(seen).or_default().push(self.project_from(space, at + usize::from(is_actor), rest)?);
        }
        let mut edges = Vec::with_capacity(by_seen.len());
        for (value, mut parts) in by_seen {
            parts.sort_unstable();
            parts.dedup();
            edges.push(Edge { value, rest: self.diagram.union_of(parts)? });
        }
        let projected = match is_actor {
            true => self.diagram.node(at, &edges)?,
            false => edges.first().map_or(EMPTY, |edge| edge.rest),
        };
        self.projected.insert(set, projected);
        Ok(projected)
    }

    /// The states of a set that show a tuple of `wanted` and have the least depth of all that do.
    pub(super) fn nearest(
        &mut self,
        space: &mut Space,
        depths: &Depths,
        set: Set,
        wanted: Set,
    ) -> Result<Nearest, Halt> {
        let Depths { distances, function } = depths;
        let nearest =
            self.nearest_from(space, distances, 0, (set, function.node, wanted), &mut StableMap::default())?;
        Ok(nearest.map(|(depth, set)| (depth + function.least, set)))
    }

    fn nearest_from(
        &mut self,
        space: &mut Space,
        distances: &Distances,
        at: usize,
        key: (Set, Set, Set),
        memo: &mut StableMap<(Set, Set, Set), Nearest>,
    ) -> Result<Nearest, Halt> {
        let (set, node, wanted) = key;
        if set == EMPTY || node == EMPTY || wanted == EMPTY {
            return Ok(None);
        }
        if set == UNIT {
            return Ok(Some((0, UNIT)));
        }
        if let Some(&known) = memo.get(&key) {
            return Ok(known);
        }
        let level = space.diagram.level(set);
        let actor = self.actors.get(at).filter(|(actor_level, _)| *actor_level == level).map(|&(_, actor)| actor);
        let mut least = u32::MAX;
        let mut edges = Vec::new();
        let mut place = 0;
        while let Some(Edge { value, rest }) = space.diagram.edge(set, place) {
            place += 1;
            let Some(span) = distances.diagram.edge_of(node, value) else { continue };
            let still_wanted = match actor {
                Some(actor) => {
                    let seen = self.observe(space, actor, value);
                    self.diagram.rest(wanted, seen)
                }
                None => wanted,
            };
            let next = at + usize::from(actor.is_some());
            let key = (rest, span.rest, still_wanted);
            let Some((below, rest)) = self.nearest_from(space, distances, next, key, memo)? else { continue };
            let total = below + span.length;
            if total < least {
                least = total;
                edges.clear();
            }
            if total == least {
                edges.push(Edge { value, rest });
            }
        }
        let nearest = match edges.is_empty() {
            true => None,
            false => Some((least, space.diagram.node(level, &edges)?)),
        };
        memo.insert(key, nearest);
        Ok(nearest)
    }
}
