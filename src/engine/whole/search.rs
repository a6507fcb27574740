//! The search: level by level, in rounds whose size does not depend on the threads.

use super::round::{hash_of, step, Chunk, Question, Round};
use super::store::{trail, Candidate, Look, Store, NONE};
use crate::engine::control::{panic_message, Watch};
use crate::engine::threads::Workers;
use crate::engine::{Control, Counts, Goal, Identity, Limits, Refusal, Stopped};
use rayon::prelude::*;
use stateright::Model;
use std::hash::Hash;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;

/// States of a round at least, and at most.
const LEAST_PER_ROUND: usize = 64;
const MOST_PER_ROUND: usize = 1 << 14;
/// States of a chunk at least.
const STATES_PER_CHUNK: usize = 8;
/// Chunks of a round at most.
const MOST_CHUNKS: usize = 64;

/// What is asked of a model, and how.
pub(in crate::engine) struct Asked<'a, M: Model> {
    pub(in crate::engine) model: &'a M,
    pub(in crate::engine) questions: Vec<Question<M>>,
    /// States that are not expanded.
    pub(in crate::engine) prune: Option<fn(&M, &M::State) -> bool>,
    pub(in crate::engine) goal: Goal,
    pub(in crate::engine) identity: Identity,
    pub(in crate::engine) limits: Limits,
    pub(in crate::engine) threads: usize,
    pub(in crate::engine) control: &'a Arc<Control>,
}

/// What a search found.
pub(in crate::engine) struct Found {
    pub(in crate::engine) stopped: Stopped,
    pub(in crate::engine) counts: Counts,
    /// For each question the initial state and the actions, by their places, that lead to a hit.
    pub(in crate::engine) hits: Vec<Option<(u32, Vec<u32>)>>,
    /// Unequal states with equal hashes were met.
    pub(in crate::engine) clashes: bool,
}

/// A search under way.
struct Progress<'a, M: Model> {
    asked: &'a Asked<'a, M>,
    store: Store<M::State>,
    watch: Watch,
    workers: Workers,
    hits: Vec<Option<u32>>,
    expanded: u64,
    generated: u64,
    terminals: u64,
    terminals_at_limit: u64,
    remade: u64,
    is_cut: bool,
}

/// Explores a model.
///
/// # Errors
///
/// Gives up when the model panics.
pub(in crate::engine) fn search<M>(asked: &Asked<M>) -> Result<Found, Refusal>
where
    M: Model + Sync,
    M::State: Hash + PartialEq + Send + Sync,
{
    let mut progress = Progress {
        asked,
        store: Store::new(asked.identity),
        watch: Watch::new(asked.control.clone(), &asked.limits),
        workers: Workers::new(asked.threads, asked.control),
        hits: vec![None; asked.questions.len()],
        expanded: 0,
        generated: 0,
        terminals: 0,
        terminals_at_limit: 0,
        remade: 0,
        is_cut: false,
    };
    progress.begin()?;
    let stopped = progress.run()?;
    let levels = progress.store.level_sizes();
    let counts = Counts {
        unique_states: progress.store.len() as u128,
        generated_states: progress.generated.into(),
        terminal_states: (progress.terminals + if progress.is_cut { 0 } else { progress.terminals_at_limit }).into(),
        max_depth: Some(levels.iter().filter(|&&size| size > 0).count().saturating_sub(1) as u64),
    };
    let hits = progress.hits.iter().map(|hit| hit.map(|number| trail(&progress.store, number))).collect();
    Ok(Found { stopped, counts, hits, clashes: progress.store.clashes })
}

impl<M> Progress<'_, M>
where
    M: Model + Sync,
    M::State: Hash + PartialEq + Send + Sync,
{
    /// Interns the initial states.
    fn begin(&mut self) -> Result<(), Refusal> {
        let model = self.asked.model;
        let inside = || {
            let states = model.init_states().into_iter().enumerate();
            states.filter(|(_, state)| model.within_boundary(state)).collect::<Vec<_>>()
        };
        let states = catch_unwind(AssertUnwindSafe(inside))
            .map_err(|payload| Refusal::HandlerPanicked(panic_message(payload.as_ref())))?;
        self.generated = states.len() as u64;
        for (place, state) in states {
            self.intern(Candidate { hash: hash_of(&state), parent: NONE, action: place as u32, state });
        }
        self.store.next_level();
        Ok(())
    }

    /// Adds a state unless it was visited. True iff it is new.
    fn intern(&mut self, candidate: Candidate<M::State>) -> bool {
        let by_hash = self.asked.identity == Identity::Hash;
        let mut clashes = false;
        let known = self.store.find(candidate.hash, |look| match look {
            Look::Value(other) => {
                let is_equal = *other == candidate.state;
                clashes |= !is_equal;
                is_equal || by_hash
            }
            // What was visited before the round was compared by a worker.
            Look::Gone(_) => by_hash,
        });
        self.store.clashes |= clashes;
        if known.is_none() {
            self.store.add(candidate);
        }
        known.is_none()
    }

    fn run(&mut self) -> Result<Stopped, Refusal> {
        for level in 0.. {
            let size = self.store.numbers(level).len();
            let is_last = self.asked.limits.max_depth == Some(level as u64);
            let mut done = 0;
            while done < size {
                if self.watch.is_out_of_memory() {
                    return Ok(Stopped::Memory);
                }
                if let Some(stopped) = self.watch.stop() {
                    return Ok(stopped);
                }
                let most = (self.store.len() / 16).clamp(LEAST_PER_ROUND, MOST_PER_ROUND);
                let states = done..size.min(done + most);
                done = states.end;
                let chunks = self.round(level, states, is_last)?;
                if let Some(stopped) = self.absorb(chunks, is_last) {
                    return Ok(stopped);
                }
                self.publish(size - done, level);
            }
            self.store.forget(level);
            let is_costly = self.remade > self.store.len() as u64;
            if self.asked.identity == Identity::Value && is_costly && !self.store.keeps_all() {
                self.restore()?;
            }
            if is_last || self.store.numbers(level + 1).is_empty() {
                return Ok(if self.is_cut { Stopped::MaxDepth } else { Stopped::Exhausted });
            }
            self.store.next_level();
        }
        unreachable!("levels are counted without end")
    }

    /// Works on some states of a level.
    fn round(
        &self,
        level: usize,
        states: std::ops::Range<usize>,
        is_last: bool,
    ) -> Result<Vec<Chunk<M::State>>, Refusal> {
        let is_hit: Vec<bool> = self.hits.iter().map(Option::is_some).collect();
        let open = self.asked.questions.iter().zip(&is_hit).filter(|(_, is_hit)| !**is_hit);
        let expands_all = !is_last || open.into_iter().any(|(question, _)| question.of_terminals);
        let round = Round {
            model: self.asked.model,
            questions: &self.asked.questions,
            prune: self.asked.prune,
            goal: &self.asked.goal,
            store: &self.store,
            is_hit: &is_hit,
            watch: &self.watch,
            is_last,
            expands: expands_all || !self.is_cut,
            expands_all,
            may_compare: !self.store.clashes && self.remade < (self.store.len() / 8 + 1000) as u64,
        };
        let (start, values) = self.store.level(level);
        let values = &values.expect("a level that is expanded has its values")[states.clone()];
        let first = start + states.start;
        let each = values.len().div_ceil(MOST_CHUNKS).max(STATES_PER_CHUNK);
        let run = |(number, values): (usize, &[M::State])| round.run(first + number * each, values);
        if values.len() <= each {
            return Ok(vec![run((0, values))?]);
        }
        self.workers.run(|is_shared| match is_shared {
            true => values.par_chunks(each).enumerate().with_max_len(1).map(run).collect(),
            false => values.chunks(each).enumerate().map(run).collect(),
        })
    }

    /// Takes over what the workers found. Returns why the search has to end, if it has to.
    fn absorb(&mut self, chunks: Vec<Chunk<M::State>>, is_last: bool) -> Option<Stopped> {
        for chunk in chunks {
            for (question, number) in chunk.hits {
                self.hits[question].get_or_insert(number);
            }
            self.store.clashes |= chunk.clashes;
            self.remade += chunk.remade;
            self.expanded += chunk.expanded;
            if is_last {
                self.is_cut |= chunk.generated > 0;
                self.terminals_at_limit += chunk.terminals;
            } else {
                self.generated += chunk.generated;
                self.terminals += chunk.terminals;
            }
            for candidate in chunk.candidates {
                let most = self.asked.limits.max_states.unwrap_or(u64::MAX);
                let is_full = self.store.is_full();
                if (self.store.len() as u64 >= most || is_full) && !self.is_known(&candidate) {
                    return Some(if is_full { Stopped::Memory } else { Stopped::MaxStates });
                }
                self.intern(candidate);
            }
            if self.asked.goal.is_reached(|question| self.hits[question].is_some()) {
                return Some(Stopped::Decided);
            }
        }
        None
    }

    fn is_known(&self, candidate: &Candidate<M::State>) -> bool {
        let is_same = |look: Look<M::State>| match look {
            Look::Value(other) => self.asked.identity == Identity::Hash || *other == candidate.state,
            Look::Gone(_) => self.asked.identity == Identity::Hash,
        };
        self.store.find(candidate.hash, is_same).is_some()
    }

    /// Makes all values that were given up once more, each from its parent's.
    fn restore(&mut self) -> Result<(), Refusal> {
        for level in self.store.keep_all() {
            let store = &self.store;
            let make = |number: usize| {
                let record = store.record(number as u32);
                let parent = store.value(record.parent).expect("the level before has its values");
                step(self.asked.model, parent, record.action)
            };
            let numbers = store.numbers(level);
            let make_all = || {
                self.workers.run(|is_shared| match is_shared {
                    true => numbers.into_par_iter().map(make).collect::<Vec<_>>(),
                    false => numbers.map(make).collect(),
                })
            };
            let values = catch_unwind(AssertUnwindSafe(make_all))
                .map_err(|payload| Refusal::HandlerPanicked(panic_message(payload.as_ref())))?;
            self.store.restore(level, values);
        }
        Ok(())
    }

    /// Shows how far the search is.
    fn publish(&self, frontier: usize, level: usize) {
        let control = self.asked.control;
        control.unique_states.store(self.store.len() as u64, Relaxed);
        control.generated_states.store(self.generated, Relaxed);
        control.frontier.store(frontier as u64, Relaxed);
        control.depth.store(level as u64, Relaxed);
    }
}
