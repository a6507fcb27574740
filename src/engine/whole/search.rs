//! The search: level by level, in rounds whose size does not depend on the threads.

use super::met::Met;
use super::round::{hash_of, step, Chunk, Question, Round, Running};
use super::store::{trail, Candidate, Store, MOST_STATES, NONE};
use crate::engine::control::Watch;
use crate::engine::fault::guarded;
use crate::engine::threads::Workers;
use crate::engine::{Control, Counts, Fault, Goal, Identity, Limits, Refusal, Stopped};
use rayon::prelude::*;
use stateright::Model;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

/// States of a round at least, and at most.
const LEAST_PER_ROUND: usize = 64;
const MOST_PER_ROUND: usize = 1 << 14;
/// States of a chunk at least.
const STATES_PER_CHUNK: usize = 8;
/// Chunks of a round at most.
const MOST_CHUNKS: usize = 64;
/// Blocks of values that are worth dropping by several threads.
const SHARED_ABOVE: usize = 4;
/// A look back at a level is rare if so many of its states have none.
const RARE: u64 = 256;

/// What is asked of a model, and how.
pub(in crate::engine) struct Asked<'a, M: Model> {
    pub(in crate::engine) model: &'a M,
    pub(in crate::engine) questions: Vec<Question<'a, M::State>>,
    /// States that are not expanded.
    pub(in crate::engine) prune: Option<fn(&M, &M::State) -> bool>,
    pub(in crate::engine) goal: Goal,
    pub(in crate::engine) identity: Identity,
    /// The type whose values are to blame for unequal states with equal hashes.
    pub(in crate::engine) culprit: fn(&M::State, &M::State) -> &'static str,
    pub(in crate::engine) limits: Limits,
    pub(in crate::engine) threads: usize,
    pub(in crate::engine) control: &'a Arc<Control>,
}

/// A path to a hit: an initial state and the actions from there, by their places.
pub(in crate::engine) type Places = (u32, Vec<u32>);

/// What a search found.
pub(in crate::engine) struct Found {
    pub(in crate::engine) stopped: Stopped,
    pub(in crate::engine) counts: Counts,
    pub(in crate::engine) states_by_depth: Vec<u64>,
    /// For each question the way to a hit.
    pub(in crate::engine) hits: Vec<Option<Places>>,
    /// The types of unequal values with equal hashes.
    pub(in crate::engine) clashes: BTreeSet<&'static str>,
    /// The threads that searched.
    pub(in crate::engine) threads: usize,
}

/// A search under way.
struct Progress<'a, M: Model> {
    asked: &'a Asked<'a, M>,
    store: Store<M::State>,
    met: Met<M::State>,
    watch: Watch,
    workers: OnceLock<Workers>,
    /// For each question the state that hits it, and the place of the action if a step does.
    hits: Vec<Option<(u32, Option<u32>)>>,
    generated: u64,
    terminals: u64,
    terminals_at_limit: u64,
    remade: u64,
    clashes: BTreeSet<&'static str>,
    /// How many levels are looked back at: 0 not even the one that is being expanded, 2 also the one before.
    window: usize,
    /// Looks at states of the level that is being expanded, and of the one before.
    looks: [u64; 2],
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
    M::Action: Debug,
{
    let mut progress = Progress {
        asked,
        store: Store::new(asked.identity),
        met: Met::new(asked.identity, asked.culprit),
        watch: Watch::new(asked.control.clone(), &asked.limits),
        workers: OnceLock::new(),
        hits: vec![None; asked.questions.len()],
        generated: 0,
        terminals: 0,
        terminals_at_limit: 0,
        remade: 0,
        clashes: BTreeSet::new(),
        window: if asked.identity == Identity::Hash { 0 } else { 2 },
        looks: [0; 2],
        is_cut: false,
    };
    progress.begin()?;
    let stopped = progress.run()?;
    let mut levels = progress.store.level_sizes();
    levels.truncate(levels.iter().position(|&size| size == 0).unwrap_or(levels.len()).max(1));
    let counts = Counts {
        unique_states: progress.store.len() as u128,
        generated_states: progress.generated.into(),
        terminal_states: (progress.terminals + if progress.is_cut { 0 } else { progress.terminals_at_limit }).into(),
        max_depth: Some(levels.len() as u64 - 1),
    };
    let way = |(number, last): (u32, Option<u32>)| {
        let (start, mut places) = trail(&progress.store, number);
        places.extend(last);
        (start, places)
    };
    let hits = progress.hits.iter().map(|hit| hit.map(way)).collect();
    let threads = progress.workers.get().map_or(asked.threads.max(1), Workers::count);
    Ok(Found { stopped, counts, states_by_depth: levels, hits, clashes: progress.clashes, threads })
}

impl<M> Progress<'_, M>
where
    M: Model + Sync,
    M::State: Hash + PartialEq + Send + Sync,
    M::Action: Debug,
{
    /// Interns the initial states.
    fn begin(&mut self) -> Result<(), Refusal> {
        let model = self.asked.model;
        let inside = || {
            let states = model.init_states().into_iter().enumerate();
            states.filter(|(_, state)| model.within_boundary(state)).collect::<Vec<_>>()
        };
        let states = guarded(inside)?;
        self.generated = states.len() as u64;
        let meet = |(place, state): (usize, M::State)| {
            self.met.meet(Candidate { hash: hash_of(&state), parent: NONE, action: place as u32, state });
        };
        guarded(|| states.into_iter().for_each(meet))?;
        self.intern(NONE);
        self.store.next_level();
        Ok(())
    }

    /// Numbers the states that were met, as far as their parents lie before `until`. Returns why the search has to end, if
    /// it has to.
    fn intern(&mut self, until: u32) -> Option<Stopped> {
        let most = self.asked.limits.max_states.unwrap_or(u64::MAX).min(MOST_STATES as u64);
        let mut full = None;
        for candidate in self.met.take().filter(|candidate| candidate.parent == NONE || candidate.parent < until) {
            if self.store.len() as u64 >= most {
                full = Some(if most == MOST_STATES as u64 { Stopped::Memory } else { Stopped::MaxStates });
                break;
            }
            self.store.add(candidate);
        }
        self.met.clear();
        self.clashes.extend(self.met.clashes());
        full
    }

    fn run(&mut self) -> Result<Stopped, Refusal> {
        for level in 0.. {
            let numbers = self.store.numbers(level);
            let is_last = self.asked.limits.max_depth == Some(level as u64);
            let mut done = numbers.start;
            while done < numbers.end {
                if self.watch.is_out_of_memory() {
                    return Ok(Stopped::Memory);
                }
                if let Some(stopped) = self.watch.stop() {
                    return Ok(stopped);
                }
                let most = (self.store.len() / 16).clamp(LEAST_PER_ROUND, MOST_PER_ROUND);
                let states = done..numbers.end.min(done + most);
                done = states.end;
                let chunks = self.round(level, states, is_last);
                if let Some(stopped) = self.absorb(level, chunks, is_last)? {
                    return Ok(stopped);
                }
                if self.window == 0 {
                    self.give_up(level, done);
                }
                self.publish(numbers.end - done, level);
            }
            self.slide(level);
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

    /// The threads, had from the system when there is first something to share.
    fn workers(&self) -> &Workers {
        self.workers.get_or_init(|| Workers::new(self.asked.threads, self.asked.control))
    }

    /// Works on some states of a level.
    fn round(&self, level: usize, states: Range<usize>, is_last: bool) -> Vec<Chunk> {
        let is_hit: Vec<bool> = self.hits.iter().map(Option::is_some).collect();
        let mut open = self.asked.questions.iter().zip(&is_hit).filter(|(_, is_hit)| !**is_hit);
        let expands_all = !is_last || open.any(|(question, _)| question.is_of_terminals());
        let round = Round {
            model: self.asked.model,
            questions: &self.asked.questions,
            prune: self.asked.prune,
            goal: &self.asked.goal,
            store: &self.store,
            met: &self.met,
            level,
            is_hit: &is_hit,
            watch: &self.watch,
            is_last,
            expands: expands_all || !self.is_cut,
            expands_all,
            culprit: self.asked.culprit,
            may_compare: self.clashes.is_empty() && self.remade < (self.store.len() / 8 + 1000) as u64,
        };
        let each = states.len().div_ceil(MOST_CHUNKS).max(STATES_PER_CHUNK);
        let chunks = states.len().div_ceil(each);
        let run = |chunk: usize| {
            let start = states.start + chunk * each;
            round.run(start as u32..states.end.min(start + each) as u32)
        };
        if chunks == 1 {
            return vec![run(0)];
        }
        self.workers().run(|is_shared| match is_shared {
            true => (0..chunks).into_par_iter().with_max_len(1).map(run).collect(),
            false => (0..chunks).map(run).collect(),
        })
    }

    /// Takes over what the workers found. Returns why the search has to end, if it has to.
    fn absorb(&mut self, level: usize, chunks: Vec<Chunk>, is_last: bool) -> Result<Option<Stopped>, Refusal> {
        let mut until = 0;
        let mut decided = None;
        for chunk in chunks {
            until = chunk.until;
            if let Some((running, message)) = chunk.fault {
                return Err(self.fault(running, message, until));
            }
            for (question, number, last) in chunk.hits {
                self.hits[question].get_or_insert((number, last));
            }
            self.clashes.extend(chunk.clashes);
            self.remade += chunk.remade;
            self.looks.iter_mut().zip(chunk.looks).for_each(|(looks, more)| *looks += more);
            if is_last {
                self.is_cut |= chunk.generated > 0;
                self.terminals_at_limit += chunk.terminals;
            } else {
                self.generated += chunk.generated;
                self.terminals += chunk.terminals;
            }
            if self.asked.goal.is_reached(|question| self.hits[question].is_some()) {
                decided = Some(Stopped::Decided);
                break;
            }
        }
        debug_assert!(until as usize <= self.store.numbers(level).end);
        Ok(self.intern(until).or(decided))
    }

    /// Says whose code panicked, and where.
    fn fault(&self, running: Running, message: String, number: u32) -> Refusal {
        let by = match running {
            Running::Question(place) => self.asked.questions[place].name.clone(),
            Running::Prune => "a property".to_owned(),
            Running::Steps => "an action of the model".to_owned(),
            Running::Boundary => "the boundary, or a comparison of states".to_owned(),
        };
        let (start, places) = trail(&self.store, number);
        let model = self.asked.model;
        let told = || {
            let (_, actions) = super::actions(model, start, &places);
            actions.iter().map(|action| model.format_action(action)).collect()
        };
        Refusal::Panicked(Fault { by, message, path: guarded(told).ok() })
    }

    /// Gives up values that are hardly needed again, now that a level was expanded. States that are told apart by their
    /// hashes are never compared again; others mostly with their neighbours.
    fn slide(&mut self, level: usize) {
        let size = self.store.numbers(level).len() as u64;
        if self.asked.identity == Identity::Value {
            let [same, before] = std::mem::take(&mut self.looks).map(|looks| looks * RARE > size);
            self.window = if before { 2 } else { usize::from(same) };
        }
        for back in self.window.saturating_sub(1)..2.min(level + 1) {
            self.give_up(level - back, usize::MAX);
        }
    }

    fn give_up(&mut self, level: usize, before: usize) {
        let values = self.store.give_up(level, before);
        if values.len() < SHARED_ABOVE {
            return drop(values);
        }
        self.workers().run(|is_shared| match is_shared {
            true => values.into_par_iter().for_each(drop),
            false => drop(values),
        });
    }

    /// Makes all values that were given up once more, each from its parent's.
    fn restore(&mut self) -> Result<(), Refusal> {
        self.store.keep_all();
        for level in 0..self.store.level_count() {
            let missing = self.store.given_up(level);
            let store = &self.store;
            let make = |numbers: &Range<usize>| -> Vec<M::State> {
                let parents = numbers.clone().map(|number| store.record(number as u32));
                let value = |parent| store.value(parent).expect("the level before has its values");
                parents.map(|record| step(self.asked.model, value(record.parent), record.action)).collect()
            };
            let make_all = || {
                self.workers().run(|is_shared| match is_shared {
                    true => missing.par_iter().map(make).collect::<Vec<_>>(),
                    false => missing.iter().map(make).collect(),
                })
            };
            let values = guarded(make_all)?;
            for (numbers, values) in missing.iter().zip(values) {
                self.store.restore(level, numbers.start, values);
            }
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
