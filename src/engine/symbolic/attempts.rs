//! Attempts under one order after another, each with more nodes than the one before, until one has the reachable set and
//! answers from it; several threads race. It must not know how a set is computed.

use super::diagram::Set;
use super::encoding::Encoding;
use super::halt::{Budget, Fuse, Halt, Race};
use super::handlers::Handlers;
use super::levels::Depths;
use super::numbers::StableSet;
use super::order;
use super::properties::Reached;
use super::saturation;
use super::sketch::Sketch;
use super::space::Space;
use crate::engine::control::{Phase, Watch};
use crate::engine::{Counts, Fault, Refusal, Stopped};
use std::sync::atomic::Ordering;

/// Nodes that an attempt of the first round may make, and how many times as many in each further round.
const FIRST_WORK: usize = 1 << 17;
const MORE_WORK: usize = 4;
/// Nodes that are made for each one in use, at most, before an attempt is as good as lost.
const WORK_PER_NODE: usize = 16;
/// How many times the work of an attempt may be spent on answers.
const WORK_ON: usize = 4;
/// Attempts of a round: the orders in which the actors are taken as they come, both of them, and as many others.
const ROUND: u64 = 4;

/// What a search found.
pub(super) struct Found<T> {
    pub(super) stopped: Stopped,
    pub(super) counts: Counts,
    pub(super) states_by_depth: Option<Vec<u128>>,
    pub(super) hits: Vec<Answer>,
    /// What else was asked for, if the search came that far.
    pub(super) more: Option<T>,
}

/// A question that is hit, by its lens and bit there, and the actions of the least path to a hit.
pub(super) type Answer = ((usize, u32), Vec<u32>);

impl<T> Found<T> {
    fn nothing(stopped: Stopped) -> Self {
        // The initial state is all that is certain.
        let counts = Counts { unique_states: 1, generated_states: 1, terminal_states: 0, max_depth: None };
        Found { stopped, counts, states_by_depth: None, hits: Vec::new(), more: None }
    }
}

/// How a racer ended.
pub(super) enum Ended<T> {
    Found(Found<T>),
    /// Another racer has the reachable set.
    Overtaken,
}

/// One racer: its place among the racers, and what all of them may use up.
pub(super) struct Racer<'r, T> {
    pub(super) race: Race,
    pub(super) watch: Watch,
    /// Nodes in use at most.
    pub(super) nodes: usize,
    /// Nodes made at most in one attempt.
    pub(super) work: usize,
    /// Whether these hits are enough.
    pub(super) is_enough: &'r dyn Fn(&[Answer]) -> bool,
    /// What else is asked of the reachable set.
    pub(super) more: &'r dyn Fn(&mut Reached) -> Result<T, Halt>,
    pub(super) fuse: Option<Fuse>,
    /// The number of the only order of the variables, if one is named.
    pub(super) order: Option<u64>,
    /// The first of its attempts, and how far apart they are.
    pub(super) first: u64,
    pub(super) stride: u64,
}

/// The seed of the order of an attempt, and the nodes that it may make.
fn plan(attempt: u64) -> (u64, usize) {
    let (round, turn) = (attempt / ROUND, attempt % ROUND);
    let is_natural = turn < ROUND / 2;
    let seed = if is_natural { turn } else { turn + round * ROUND / 2 };
    let more = u32::try_from(round).ok().and_then(|round| MORE_WORK.checked_pow(round)).unwrap_or(usize::MAX);
    (seed, FIRST_WORK.saturating_mul(more))
}

impl<T> Racer<'_, T> {
    /// Runs attempts until one succeeds or a limit is reached.
    pub(super) fn run(self, handlers: &mut dyn Handlers) -> Result<Ended<T>, Refusal> {
        let mut sketch = Sketch::draw(handlers)?;
        let mut attempt = self.first;
        // More work is no help where so few nodes may be in use.
        let most = self.work.min(self.nodes.saturating_mul(WORK_PER_NODE));
        let last = (0..).find(|&attempt| plan(attempt).1 >= most).unwrap_or(0) + ROUND - 1;
        // Of one order alone an attempt each round is enough.
        let stride = if self.order.is_some() { ROUND } else { self.stride };
        loop {
            let (seed, work) = plan(attempt);
            let seed = self.order.unwrap_or(seed);
            match self.attempt(handlers, &mut sketch, seed, work.min(self.work))? {
                Ok(found) => return Ok(Ended::Found(found)),
                Err(Halt::Overtaken) => return Ok(Ended::Overtaken),
                Err(Halt::Stopped(stopped)) => return Ok(Ended::Found(Found::nothing(stopped))),
                Err(Halt::Nodes | Halt::Work) if attempt + stride > last => {
                    return Ok(Ended::Found(Found::nothing(Stopped::Memory)));
                }
                Err(Halt::Nodes | Halt::Work) => attempt += stride,
                Err(Halt::Channel) => {} // the sketch has it now
                Err(Halt::Overflow) => return Err(Refusal::Unsupported("it has more than 2^128 states".into())),
                Err(Halt::Tuples) => {
                    let what =
                        "its states show too many different tuples of what one property reads: more than 2^24, or \
                                more than 2^20 beginnings of such that no canonical form makes equal";
                    return Err(Refusal::Unsupported(what.into()));
                }
            }
        }
    }

    fn attempt(
        &self,
        handlers: &mut dyn Handlers,
        sketch: &mut Sketch,
        seed: u64,
        work: usize,
    ) -> Result<Result<Found<T>, Halt>, Refusal> {
        let encoding = Encoding::new(handlers, sketch)?;
        let places = |group: &Vec<_>| group.iter().filter_map(|&variable| encoding.place(variable)).collect();
        let together: StableSet<Vec<usize>> = sketch.together.iter().map(places).collect();
        let order = order::order(&encoding.variables, &together, seed);
        let budget = Budget::new(self.watch.clone(), self.race.clone(), self.nodes, work, self.fuse.clone());
        let mut space = Space::new(encoding, order, budget);
        let reached = saturation::reachable(&mut space).and_then(|states| self.race.win().map(|()| states));
        let states = match reached {
            Ok(states) => states,
            Err(halt) => {
                sketch.channels.extend(space.encoding.missing);
                return Ok(Err(halt));
            }
        };
        space.diagram.work_on(self.work.saturating_mul(WORK_ON));
        self.watch.control().begin(Phase::Answering);
        let mut found = Found::nothing(Stopped::Exhausted);
        match self.answers(&mut space, states, &mut found) {
            Ok(Some(refusal)) => Err(refusal),
            Ok(None) => Ok(Ok(found)),
            Err(Halt::Stopped(stopped)) => Ok(Ok(Found { stopped, ..found })),
            Err(Halt::Nodes | Halt::Work) => Ok(Ok(Found { stopped: Stopped::Memory, ..found })),
            Err(halt) => Ok(Err(halt)),
        }
    }

    /// Counts the reachable states and answers the questions. What was found before it is halted is certain.
    fn answers(&self, space: &mut Space, states: Set, found: &mut Found<T>) -> Result<Option<Refusal>, Halt> {
        found.counts.unique_states = space.diagram.size(states)?;
        let shown = u64::try_from(found.counts.unique_states).unwrap_or(u64::MAX);
        self.watch.control().unique_states.store(shown, Ordering::Relaxed);
        if let Some(fault) = panicked(space, states)? {
            return Ok(Some(Refusal::Panicked(fault)));
        }
        let firings = space.firings(states)?;
        let add = |sum: u128, firings: &u128| sum.checked_add(*firings);
        found.counts.generated_states = firings.iter().try_fold(1, add).ok_or(Halt::Overflow)?;
        let events: Vec<u32> = (0..firings.len() as u32).filter(|&event| firings[event as usize] > 0).collect();
        let terminals = space.terminals(states, &events)?;
        found.counts.terminal_states = space.diagram.size(terminals)?;
        let depths = Depths::of(space, states, &events)?;
        let sizes = depths.sizes()?;
        found.counts.max_depth = Some(sizes.len() as u64 - 1);
        found.states_by_depth = Some(sizes);
        let kinds = space.encoding.handlers.kinds();
        let mut reached = Reached { space, states, terminals, depths: &depths, events: &events };
        for (lens, kinds) in kinds.into_iter().enumerate() {
            let hits = &mut found.hits;
            reached.answer(lens, kinds, &mut |bit, actions| {
                hits.push(((lens, bit), actions));
                // Enough is known for the caller, though not for the other questions.
                if (self.is_enough)(hits) {
                    Err(Halt::Stopped(Stopped::Decided))
                } else {
                    Ok(())
                }
            })?;
        }
        found.more = Some((self.more)(&mut reached)?);
        Ok(None)
    }
}

/// The message of a handler that panics in a reachable state, the least if there are several.
fn panicked(space: &mut Space, states: Set) -> Result<Option<Fault>, Halt> {
    let mut faults = Vec::new();
    for panicked in std::mem::take(&mut space.encoding.panicked) {
        if space.meeting(states, panicked.actor, panicked.local, panicked.taking)? != super::diagram::EMPTY {
            faults.push(panicked.fault);
        }
    }
    Ok(faults.into_iter().min())
}
