//! The quotient of the reachable states by what a lens shows of them: a class for each tuple of observations, and how
//! many steps lead from one to another. It must not know what is observed.

use super::diagram::{Diagram, Edge, Linked, Set, EMPTY, UNIT};
use super::distances::Span;
use super::halt::Halt;
use super::numbers::{Numbers, StableMap};
use super::observations::Observations;
use super::properties::Reached;
use super::space::Space;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The states that show one tuple of observations.
pub(super) struct Class {
    /// One for each actor.
    pub(super) seen: Vec<u32>,
    pub(super) states: u128,
    pub(super) terminals: u128,
    /// That of the nearest state.
    pub(super) depth: u32,
}

/// Classes, by their places, and the steps between them.
pub(super) struct Quotient {
    pub(super) classes: Vec<Class>,
    pub(super) steps: BTreeMap<(usize, usize), u128>,
}

/// There are more classes than may be, so many.
pub(super) struct TooMany(pub(super) u128);

/// By the end of a tuple, what is known of the states that show it.
type Ends<V> = Rc<BTreeMap<u32, V>>;

/// Puts together what is known of the ends of tuples.
struct Folding<'a, 'h> {
    space: &'a mut Space<'h>,
    observations: &'a mut Observations,
    /// Ends of tuples: the first observation and the number of the rest, counted from 1; 0 is the empty end.
    ends: Numbers<(u32, u32)>,
}

/// The quotient by what the first lens shows, if it has no more classes than `most`.
pub(super) fn quotient(reached: &mut Reached, most: u128) -> Result<Result<Quotient, TooMany>, Halt> {
    let mut observations = Observations::new(reached.space, 0);
    let shown = observations.project(reached.space, reached.states)?;
    let classes = observations.diagram.size(shown)?;
    if classes > most {
        return Ok(Err(TooMany(classes)));
    }
    let changes = reached.changes(&mut observations)?;
    let (states, terminals, depths, space) = (reached.states, reached.terminals, reached.depths, &mut *reached.space);
    let mut folding = Folding { space, observations: &mut observations, ends: Numbers::default() };
    let mut counted = StableMap::default();
    let sizes = folding.counts(states, &mut counted)?;
    let ended = folding.counts(terminals, &mut counted)?;
    let nearest = folding.depths(&depths.distances.diagram, depths.function.node)?;
    let mut place_of: BTreeMap<u32, usize> = BTreeMap::new();
    let mut classes = Vec::with_capacity(sizes.len());
    for (&end, &states) in sizes.iter() {
        place_of.insert(end, classes.len());
        let terminals = ended.get(&end).copied().unwrap_or(0);
        classes.push(Class {
            seen: folding.tuple(end),
            states,
            terminals,
            depth: nearest[&end] + depths.function.least,
        });
    }
    let by_tuple: BTreeMap<Vec<u32>, usize> =
        classes.iter().enumerate().map(|(place, class)| (class.seen.clone(), place)).collect();
    let mut steps: BTreeMap<(usize, usize), u128> = BTreeMap::new();
    for ((actor, before, after), events) in changes {
        for event in events {
            let ways = folding.ways(event, actor, (before, after));
            let fired = folding.fired((event, 0), &ways, states, &mut StableMap::default(), &mut counted)?;
            for (end, &times) in fired.iter() {
                let from = place_of[end];
                let mut next = classes[from].seen.clone();
                next[actor] = after;
                let sum = steps.entry((from, by_tuple[&next])).or_default();
                *sum = sum.checked_add(times).ok_or(Halt::Overflow)?;
            }
        }
    }
    Ok(Ok(Quotient { classes, steps }))
}

impl Folding<'_, '_> {
    /// The tuple with this end that is all of it, by actor.
    fn tuple(&self, mut end: u32) -> Vec<u32> {
        let mut tuple = vec![0; self.observations.diagram.levels()];
        for place in 0..tuple.len() {
            let (seen, rest) = self.ends[end - 1];
            tuple[self.observations.actor(place)] = seen;
            end = rest;
        }
        tuple
    }

    /// How many states of a set show each tuple.
    fn counts(&mut self, set: Set, known: &mut StableMap<Set, Ends<u128>>) -> Result<Ends<u128>, Halt> {
        if let Some(known) = known.get(&set) {
            return Ok(known.clone());
        }
        let mut sums = BTreeMap::new();
        if set == UNIT {
            sums.insert(0, 1);
        } else if set != EMPTY {
            let level = self.space.diagram.level(set);
            let mut place = 0;
            while let Some(Edge { value, rest }) = self.space.diagram.edge(set, place) {
                place += 1;
                let below = self.counts(rest, known)?;
                self.add(&mut sums, level, value, &below, |count| Some(*count), u128::checked_add)?;
            }
        }
        let sums = Rc::new(sums);
        known.insert(set, sums.clone());
        Ok(sums)
    }

    /// The least depth of the states that show each tuple.
    fn depths(&mut self, diagram: &Diagram<Span>, node: Set) -> Result<BTreeMap<u32, u32>, Halt> {
        let mut known: StableMap<Set, BTreeMap<u32, u32>> = StableMap::default();
        known.insert(UNIT, BTreeMap::from([(0, 0)]));
        for &node in diagram.nodes_by_level(node).iter().rev().skip(1).flatten() {
            let mut least = BTreeMap::new();
            for edge in diagram.edges(node) {
                let further = |depth: &u32| depth.checked_add(edge.length);
                let below = &known[&edge.rest];
                self.add(&mut least, diagram.level(node), edge.value(), below, further, |one, other| {
                    Some(one.min(other))
                })?;
            }
            diagram.budget().look()?;
            known.insert(node, least);
        }
        Ok(known.remove(&node).unwrap_or_default())
    }

    /// Adds to the sums of a node what is known below one of its edges.
    fn add<V: Copy>(
        &mut self,
        sums: &mut BTreeMap<u32, V>,
        level: usize,
        value: u32,
        below: &BTreeMap<u32, V>,
        along: impl Fn(&V) -> Option<V>,
        join: impl Fn(V, V) -> Option<V>,
    ) -> Result<(), Halt> {
        self.space.diagram.tick()?;
        let actor = self.observations.actor_at(level);
        let seen = actor.map(|actor| self.observations.observe(self.space, actor, value));
        for (&rest, below) in below {
            let end = seen.map_or(rest, |seen| self.ends.of((seen, rest)) + 1);
            let more = along(below).ok_or(Halt::Overflow)?;
            let sum = match sums.get(&end) {
                Some(&sum) => join(sum, more).ok_or(Halt::Overflow)?,
                None => more,
            };
            sums.insert(end, sum);
        }
        Ok(())
    }

    /// How many actions of an event lead an actor from each of its local states to one that is seen otherwise, as given.
    fn ways(&mut self, event: u32, actor: usize, change: (u32, u32)) -> StableMap<u32, u128> {
        let level = self.space.level_of[actor];
        let mut ways: StableMap<u32, u128> = StableMap::default();
        for way in self.space.events[event as usize].relation.clone() {
            // What is never reached is never left either, and may be nothing that can be observed.
            if self.space.is_reached(level, way.from) && self.space.is_reached(level, way.to) {
                let seen = [way.from, way.to].map(|local| self.observations.observe(self.space, actor, local));
                if seen == [change.0, change.1] {
                    *ways.entry(way.from).or_default() += u128::from(way.actions);
                }
            }
        }
        ways
    }

    /// How many transitions an event makes from its operation `at` on, by what is seen before it; where it changes the
    /// actor's local state, only in these ways.
    fn fired(
        &mut self,
        (event, at): (u32, usize),
        ways: &StableMap<u32, u128>,
        set: Set,
        known: &mut StableMap<Set, Ends<u128>>,
        counted: &mut StableMap<Set, Ends<u128>>,
    ) -> Result<Ends<u128>, Halt> {
        let Some(&operation) = self.space.events[event as usize].operations.get(at) else {
            return self.counts(set, counted);
        };
        if let Some(known) = known.get(&set) {
            return Ok(known.clone());
        }
        let level = self.space.diagram.level(set);
        let mut sums = BTreeMap::new();
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.space.diagram.edge(set, place) {
            place += 1;
            let is_here = operation.level == level;
            let actions = match operation.function() {
                _ if !is_here => 1,
                None => ways.get(&value).copied().unwrap_or(0),
                Some(_) => u128::from(self.space.way(event, operation, value, 0).is_some()),
            };
            if actions > 0 {
                let below = self.fired((event, at + usize::from(is_here)), ways, rest, known, counted)?;
                self.add(&mut sums, level, value, &below, |times| times.checked_mul(actions), u128::checked_add)?;
            }
        }
        let sums = Rc::new(sums);
        known.insert(set, sums.clone());
        Ok(sums)
    }
}
