//! Attempts under one order after another, each with more nodes than the one before, until one has the reachable set and
//! answers from it; several threads race. It must not know how a set is computed.

use super::diagram::Set;
use super::encoding::Encoding;
use super::halt::{Budget, Halt, Race};
use super::handlers::Handlers;
use super::levels::Depths;
use super::numbers::StableSet;
use super::order;
use super::properties::Reached;
use super::saturation;
use super::sketch::Sketch;
use super::space::Space;
use crate::engine::control::Watch;
use crate::engine::{Counts, Refusal, Stopped};

/// Nodes of the first attempt, and how many times as many each further one has.
const FIRST_NODES: usize = 1 << 20;
const MORE_NODES: usize = 4;

/// What a search found.
pub(super) struct Found {
    pub(super) stopped: Stopped,
    pub(super) counts: Counts,
    pub(super) states_by_depth: Option<Vec<u128>>,
    /// By lens and bit, the actions of a shortest path to a hit.
    pub(super) hits: Vec<((usize, u32), Vec<u32>)>,
}

impl Found {
    fn nothing(stopped: Stopped) -> Self {
        // The initial state is all that is certain.
        let counts = Counts { unique_states: 1, generated_states: 1, terminal_states: 0, max_depth: None };
        Found { stopped, counts, states_by_depth: None, hits: Vec::new() }
    }
}

/// How a racer ended.
pub(super) enum Ended {
    Found(Found),
    /// Another racer has the reachable set.
    Overtaken,
}

/// One racer: its place among the racers, and what all of them may use up.
pub(super) struct Racer {
    pub(super) race: Race,
    pub(super) watch: Watch,
    /// Nodes at most.
    pub(super) nodes: usize,
    /// The first of its orders, and how far apart they are.
    pub(super) seed: u64,
    pub(super) stride: u64,
}

impl Racer {
    /// Runs attempts until one succeeds or a limit is reached.
    pub(super) fn run(mut self, handlers: &mut dyn Handlers) -> Result<Ended, Refusal> {
        let mut sketch = Sketch::draw(handlers)?;
        let mut nodes = FIRST_NODES.min(self.nodes);
        loop {
            match self.attempt(handlers, &mut sketch, nodes)? {
                Ok(found) => return Ok(Ended::Found(found)),
                Err(Halt::Overtaken) => return Ok(Ended::Overtaken),
                Err(Halt::Stopped(stopped)) => return Ok(Ended::Found(Found::nothing(stopped))),
                Err(Halt::Nodes) if nodes >= self.nodes => {
                    return Ok(Ended::Found(Found::nothing(Stopped::Memory)));
                }
                Err(Halt::Nodes) => {
                    nodes = nodes.saturating_mul(MORE_NODES).min(self.nodes);
                    self.seed += self.stride;
                }
                Err(Halt::Channel) => {} // the sketch has it now
                Err(Halt::Overflow) => return Err(Refusal::Unsupported("it has more than 2^128 states".into())),
                Err(Halt::Tuples) => {
                    let what = "its states show more than 2^24 different tuples of what one property reads";
                    return Err(Refusal::Unsupported(what.into()));
                }
            }
        }
    }

    fn attempt(
        &self,
        handlers: &mut dyn Handlers,
        sketch: &mut Sketch,
        nodes: usize,
    ) -> Result<Result<Found, Halt>, Refusal> {
        let encoding = Encoding::new(handlers, sketch)?;
        let places = |group: &Vec<_>| group.iter().filter_map(|&variable| encoding.place(variable)).collect();
        let together: StableSet<Vec<usize>> = sketch.together.iter().map(places).collect();
        let order = order::order(&encoding.variables, &together, self.seed);
        let budget = Budget::new(self.watch.clone(), self.race.clone(), nodes);
        let mut space = Space::new(encoding, order, budget);
        let reached = saturation::reachable(&mut space).and_then(|states| self.race.win().map(|()| states));
        let states = match reached {
            Ok(states) => states,
            Err(halt) => {
                let variables = |group: Vec<usize>| group.into_iter().map(|place| space.encoding.variables[place]);
                if space.events.len() > sketch.together.len() {
                    sketch.together = space.together().map(|group| variables(group).collect()).collect();
                }
                sketch.channels.extend(space.encoding.missing);
                return Ok(Err(halt));
            }
        };
        space.diagram.set_budget(self.nodes);
        let mut found = Found::nothing(Stopped::Exhausted);
        match answers(&mut space, states, &mut found) {
            Ok(Some(refusal)) => Err(refusal),
            Ok(None) => Ok(Ok(found)),
            Err(Halt::Stopped(stopped)) => Ok(Ok(Found { stopped, ..found })),
            Err(Halt::Nodes) => Ok(Ok(Found { stopped: Stopped::Memory, ..found })),
            Err(halt) => Ok(Err(halt)),
        }
    }
}

/// Counts the reachable states and answers the questions. What was found before it is halted is certain.
fn answers(space: &mut Space, states: Set, found: &mut Found) -> Result<Option<Refusal>, Halt> {
    found.counts.unique_states = space.diagram.size(states)?;
    if let Some(message) = panicked(space, states)? {
        return Ok(Some(Refusal::HandlerPanicked(message)));
    }
    let firings = space.firings(states)?;
    let add = |sum: u128, firings: &u128| sum.checked_add(*firings);
    found.counts.generated_states = firings.iter().try_fold(1, add).ok_or(Halt::Overflow)?;
    let events: Vec<u32> = (0..firings.len() as u32).filter(|&event| firings[event as usize] > 0).collect();
    let terminals = space.terminals(states, &events)?;
    found.counts.terminal_states = space.diagram.size(terminals)?;
    let depths = Depths::of(space, states, &events)?;
    let sizes = depths.sizes(space)?;
    found.counts.max_depth = Some(sizes.len() as u64 - 1);
    found.states_by_depth = Some(sizes);
    let kinds = space.encoding.handlers.kinds();
    let mut reached = Reached { space, states, terminals, depths: &depths, events: &events };
    for (lens, kinds) in kinds.into_iter().enumerate() {
        let hits = &mut found.hits;
        reached.answer(lens, kinds, &mut |bit, actions| hits.push(((lens, bit), actions)))?;
    }
    Ok(None)
}

/// The message of a handler that panics in a reachable state, the least if there are several.
fn panicked(space: &mut Space, states: Set) -> Result<Option<String>, Halt> {
    let mut messages = Vec::new();
    for panicked in std::mem::take(&mut space.encoding.panicked) {
        if space.meeting(states, panicked.actor, panicked.local, panicked.taking)? != super::diagram::EMPTY {
            messages.push(panicked.message);
        }
    }
    Ok(messages.into_iter().min())
}
