//! Asks the questions of a lens about the tuples of observations that a set of states shows. It must not know states.
//!
//! The actors are taken one after the other, and what was seen of those before is put in its canonical form. Tuples that
//! begin in equal forms and go on alike are asked about once. So of the votes of many acceptors that are alike, it matters
//! only how many have each, and the tuples are folded rather than listed.

use super::diagram::{Edge, Set, EMPTY, UNIT};
use super::halt::Halt;
use super::numbers::StableMap;
use super::observations::Observations;
use super::space::Space;
use crate::engine::components::questions::{AskKind, UNSEEN};
use std::collections::BTreeMap;

/// Tuples of observations that are asked about one by one, at most.
const MOST_TUPLES: u128 = 1 << 24;
/// Beginnings of tuples that are kept, at most, where they have a canonical form.
const MOST_BEGINNINGS: usize = 1 << 20;

/// The tuples that hit a question, by its bit.
pub(super) type Wanted = BTreeMap<u32, Set>;

/// A change of what is seen of an actor.
pub(super) type Change = (usize, u32, u32);

/// Questions of one kind.
pub(super) struct Asking<'a, 'h> {
    space: &'a mut Space<'h>,
    observations: &'a mut Observations,
    lens: usize,
    kind: AskKind,
    /// The step that is asked about, which changes what is seen of one actor.
    change: Option<Change>,
    folds: bool,
    known: StableMap<(Set, Vec<u32>), Wanted>,
}

impl<'a, 'h> Asking<'a, 'h> {
    pub(super) fn new(
        space: &'a mut Space<'h>,
        observations: &'a mut Observations,
        lens: usize,
        kind: AskKind,
        change: Option<Change>,
    ) -> Self {
        let folds = space.encoding.handlers.has_canonical(lens);
        Asking { space, observations, lens, kind, change, folds, known: StableMap::default() }
    }

    /// The tuples of a set that hit. With a change, the set is that of the tuples before it.
    pub(super) fn wanted(&mut self, shown: Set) -> Result<Wanted, Halt> {
        if !self.folds && self.observations.diagram.size(shown)? > MOST_TUPLES {
            return Err(Halt::Tuples);
        }
        self.from(shown, 0, vec![UNSEEN; self.observations.diagram.levels()])
    }

    /// The same of the rest of the tuples that began like this, actor by actor.
    fn from(&mut self, set: Set, level: usize, seen: Vec<u32>) -> Result<Wanted, Halt> {
        if set == EMPTY {
            return Ok(Wanted::new());
        }
        self.observations.diagram.tick()?;
        if set == UNIT {
            let answer = self.ask(&seen);
            return Ok((0..u64::BITS).filter(|bit| answer >> bit & 1 == 1).map(|bit| (bit, UNIT)).collect());
        }
        let key = (set, seen);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let actor = self.observations.actor(level);
        // What changes is seen in two ways: it is left open until the end.
        let is_open = self.change.is_some_and(|(changed, ..)| changed == actor);
        let mut edges: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
        let mut place = 0;
        while let Some(edge) = self.observations.diagram.edge(set, place) {
            place += 1;
            let mut next = key.1.clone();
            if !is_open {
                next[actor] = edge.value;
                self.space.encoding.handlers.canonical(self.lens, &mut next);
            }
            for (bit, rest) in self.from(edge.rest, level + 1, next)? {
                edges.entry(bit).or_default().push(Edge { rest, ..edge });
            }
        }
        let diagram = &mut self.observations.diagram;
        let wanted = edges.into_iter().map(|(bit, edges)| Ok((bit, diagram.node(level, &edges)?)));
        let wanted = wanted.collect::<Result<Wanted, Halt>>()?;
        if self.folds {
            if self.known.len() >= MOST_BEGINNINGS {
                return Err(Halt::Tuples);
            }
            self.known.insert(key, wanted.clone());
        }
        Ok(wanted)
    }

    fn ask(&self, seen: &[u32]) -> u64 {
        let handlers = &self.space.encoding.handlers;
        let Some((actor, before, after)) = self.change else { return handlers.ask(self.lens, self.kind, &[], seen) };
        let with = |changed: u32| {
            let mut all = seen.to_vec();
            all[actor] = changed;
            all
        };
        handlers.ask(self.lens, self.kind, &with(before), &with(after))
    }
}
