//! Answers the questions about a finished reachable set: which are hit, how soon, and by which path. It must not know
//! how the set was computed.
//!
//! A question reads one observation of each actor, and however many states there are, they show few tuples of
//! observations. So each question is asked once for each tuple, and the states that show one that hits are found again
//! in the diagram. `folding` asks.

use super::diagram::{Set, EMPTY};
use super::folding::{Asking, Change, Wanted};
use super::halt::Halt;
use super::levels::Depths;
use super::numbers::StableMap;
use super::observations::{Nearest, Observations};
use super::paths;
use super::space::Space;
use crate::engine::components::questions::{AskKind, Kinds};
use std::collections::BTreeMap;

/// What is known of the reachable states.
pub(super) struct Reached<'r, 'h> {
    pub(super) space: &'r mut Space<'h>,
    pub(super) states: Set,
    pub(super) terminals: Set,
    pub(super) depths: &'r Depths,
    /// The events that can happen somewhere.
    pub(super) events: &'r [u32],
}

/// Takes the actions of a path to a hit of the question with this bit.
type Found<'f> = &'f mut dyn FnMut(u32, Vec<u32>) -> Result<(), Halt>;

impl Reached<'_, '_> {
    /// The actions of the least of the shortest paths to a hit, for each question of a lens that is hit. The answers are
    /// given one by one, so that none is lost if a later one takes too long.
    pub(super) fn answer(&mut self, lens: usize, kinds: Kinds, found: Found) -> Result<(), Halt> {
        let mut observations = Observations::new(self.space, lens);
        for (kind, states) in [(AskKind::State, self.states), (AskKind::Terminal, self.terminals)] {
            if kinds.of(kind) == 0 || states == EMPTY {
                continue;
            }
            for (bit, wanted) in self.wanted(&mut observations, lens, kind, states)? {
                let goal = observations.nearest(self.space, self.depths, states, wanted)?;
                let (_, actions) = self.path(goal.expect("a state shows what is wanted"))?;
                found(bit, actions)?;
                self.forget();
            }
        }
        if kinds.step != 0 {
            self.steps(&mut observations, lens, found)?;
        }
        Ok(())
    }

    /// Forgets what was needed for one answer only.
    fn forget(&mut self) {
        self.space.diagram.collect([self.states, self.terminals].into_iter());
    }

    /// The tuples that a set of states shows and that hit a question of this kind.
    fn wanted(
        &mut self,
        observations: &mut Observations,
        lens: usize,
        kind: AskKind,
        states: Set,
    ) -> Result<Wanted, Halt> {
        let shown = observations.project(self.space, states)?;
        Asking::new(self.space, observations, lens, kind, None).wanted(shown)
    }

    /// The least path to one of these states at this depth, the state it leads to first.
    fn path(&mut self, (depth, goal): (u32, Set)) -> Result<(Vec<u32>, Vec<u32>), Halt> {
        paths::least(self.space, self.states, self.events, depth as usize, goal)
    }

    fn steps(&mut self, observations: &mut Observations, lens: usize, found: Found) -> Result<(), Halt> {
        let changes = self.changes(observations)?;
        let shown = observations.project(self.space, self.states)?;
        let mut hits: BTreeMap<u32, Vec<(Change, Set)>> = BTreeMap::new();
        for &(actor, before, after) in changes.keys() {
            let place = observations.place(actor);
            let keep = |seen| seen == before;
            let shown = observations.diagram.restrict(shown, place, &keep, &mut StableMap::default())?;
            let change = (actor, before, after);
            let mut asking = Asking::new(self.space, observations, lens, AskKind::Step, Some(change));
            for (bit, wanted) in asking.wanted(shown)? {
                hits.entry(bit).or_default().push((change, wanted));
            }
        }
        for (bit, hits) in hits {
            let mut nearest: Nearest = None;
            for (change, wanted) in hits {
                for &event in &changes[&change] {
                    let before = self.before(observations, event, change)?;
                    let found = observations.nearest(self.space, self.depths, before, wanted)?;
                    let Some((depth, set)) = found else { continue };
                    nearest = match nearest {
                        Some((least, _)) if least < depth => nearest,
                        Some((least, others)) if least == depth => {
                            Some((least, self.space.diagram.union(others, set)?))
                        }
                        _ => found,
                    };
                }
            }
            if let Some(goal) = nearest {
                let (state, mut actions) = self.path(goal)?;
                actions.push(self.last_step(observations, lens, bit, &state));
                found(bit, actions)?;
                self.forget();
            }
        }
        Ok(())
    }

    /// How events change what is seen of an actor.
    pub(super) fn changes(&mut self, observations: &mut Observations) -> Result<BTreeMap<Change, Vec<u32>>, Halt> {
        let mut changes: BTreeMap<Change, Vec<u32>> = BTreeMap::new();
        for &event in self.events {
            let Some(actor) = self.space.events[event as usize].actor else { continue };
            let level = self.space.level_of[actor];
            for way in self.space.events[event as usize].relation.clone() {
                if self.space.is_reached(level, way.to) {
                    let before = observations.observe(self.space, actor, way.from);
                    let after = observations.observe(self.space, actor, way.to);
                    if before != after {
                        let events = changes.entry((actor, before, after)).or_default();
                        events.extend((events.last() != Some(&event)).then_some(event));
                    }
                }
            }
        }
        Ok(changes)
    }

    /// The states out of which an event makes a change.
    fn before(&mut self, observations: &mut Observations, event: u32, change: Change) -> Result<Set, Halt> {
        let (actor, before, after) = change;
        let mut from = Vec::new();
        for way in self.space.events[event as usize].relation.clone() {
            let seen =
                (observations.observe(self.space, actor, way.from), observations.observe(self.space, actor, way.to));
            from.extend((seen == (before, after)).then_some(way.from));
        }
        let level = self.space.level_of[actor];
        let enabled = self.space.enabled(event, self.states)?;
        let keep = |local| from.contains(&local);
        self.space.diagram.restrict(enabled, level, &keep, &mut StableMap::default())
    }

    /// The least action out of a state that hits a question about steps.
    fn last_step(&mut self, observations: &mut Observations, lens: usize, bit: u32, state: &[u32]) -> u32 {
        let mut observe = |space: &mut Space, state: &[u32]| -> Vec<u32> {
            let actors = space.encoding.handlers.actors();
            (0..actors).map(|actor| observations.observe(space, actor, state[actor])).collect()
        };
        let before = observe(self.space, state);
        let mut hits = Vec::new();
        for (action, next) in self.space.encoding.steps(state) {
            let after = observe(self.space, &next);
            let is_hit = before != after
                && self.space.encoding.handlers.ask(lens, AskKind::Step, &before, &after) >> bit & 1 == 1;
            hits.extend(is_hit.then_some(action));
        }
        let handlers = &self.space.encoding.handlers;
        hits.into_iter().min_by(|one, other| handlers.compare(*one, *other)).expect("the state has the step")
    }
}
