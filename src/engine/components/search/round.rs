//! A round of a breadth-first search: workers expand chunks of the level into bins. It must not know where the visited states
//! are kept, nor what becomes of the bins.

use super::asking::{Context, HitMasks};
use super::expand::misses;
use super::explorer::{Explorer, Task};
use super::marks::Marked;
use super::packed::{Key, Layout};
use super::path;
use super::session::Session;
use super::share::Share;
use super::visited::Visited;
use crate::engine::components::tables::Miss;
use crate::engine::components::tuned;
use crate::engine::fault::guarded;
use crate::engine::Refusal;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// States of a round that is worth sharing among threads.
pub const SHARED_ABOVE: usize = tuned(2048, 8);
/// The same if whole states have to be looked at.
const SHARED_ABOVE_WHOLE: usize = tuned(64, 4);

/// What is pending of a level.
pub struct Pending<const N: usize> {
    /// States of the level that found a table entry missing. What all of them miss is filled when the rest of the level
    /// is expanded: what is numbered then, and how, is no matter of how the level was divided.
    pub deferred: Vec<Key<N>>,
    pub missing: BTreeSet<Miss>,
    /// The depth limit cut off a transition.
    pub is_cut: bool,
    /// Hits of the current level.
    pub hits: HitMasks,
}

impl<const N: usize> Pending<N> {
    pub fn new(lenses: usize) -> Self {
        Pending { deferred: Vec::new(), missing: BTreeSet::new(), is_cut: false, hits: HitMasks::new(lenses) }
    }
}

/// One worker's share of a round, and its results.
pub struct Chunk<const N: usize> {
    /// Successors by bin, as the visited states have them.
    pub bins: Vec<Vec<Key<N>>>,
    pub explorer: Explorer<N>,
    was_stopped: bool,
    fault: Option<Refusal>,
}

impl<const N: usize> Chunk<N> {
    pub fn new(lenses: usize) -> Self {
        Chunk { bins: Vec::new(), explorer: Explorer::new(lenses), was_stopped: false, fault: None }
    }

    fn clear(&mut self, shards: usize) {
        self.bins.iter_mut().for_each(Vec::clear);
        self.bins.resize_with(shards, Vec::new);
        self.was_stopped = false;
    }

    fn run(&mut self, session: &Session, context: Context, store: &impl Visited<N>, share: &Share<N>, task: Task) {
        self.explorer.begin(task);
        let interval: usize = if context.looks_at_whole_states() { 64 } else { 8192 };
        let mut done = interval; // a round has many chunks: each looks whether it is to be run at all
        let is_known = |key| store.knows(key);
        let each = |state: Key<N>, class: u8| {
            if done >= interval {
                done = 0;
                self.was_stopped |= session.stop().is_some();
            }
            if !self.was_stopped && !self.explorer.was_decided {
                let bin = |next: Key<N>, class: u8| {
                    let (bin, found) = store.divide(next, class);
                    self.bins[bin].push(found);
                };
                done += 1 + self.explorer.explore(session, context, task, (state, class), is_known, bin);
            }
        };
        store.each_of(share, each);
    }
}

/// Expands the states of a round, each chunk on its own.
pub fn expand<const N: usize>(
    session: &Session,
    layout: &Layout,
    store: &impl Marked<N>,
    shares: &[Share<N>],
    chunks: &mut [Chunk<N>],
    task: Task,
) -> Result<(), Refusal> {
    let open = if task.is_last { session.open.without_steps() } else { session.open.clone() };
    let context = session.context(layout, &open);
    let whole = context.looks_at_whole_states();
    let total: usize = shares.iter().map(Share::len).sum();
    let is_small = total < if whole { SHARED_ABOVE_WHOLE } else { SHARED_ABOVE };
    let run = |(chunk, share): (&mut Chunk<N>, &Share<N>)| {
        chunk.clear(store.bins());
        chunk.fault = guarded(|| chunk.run(session, context, store, share, task)).err();
    };
    session.on_threads(is_small, |is_shared| {
        if is_shared {
            chunks.par_iter_mut().zip(shares.par_iter()).with_max_len(1).for_each(run);
        } else {
            chunks.iter_mut().zip(shares).for_each(run);
        }
    });
    // The first in the order of the states, whichever worker was faster.
    let faulty = chunks
        .iter_mut()
        .find_map(|chunk| Some((chunk.fault.take()?, chunk.explorer.at?, chunk.explorer.asking.taking)));
    faulty.map_or(Ok(()), |(refusal, state, taking)| {
        let path = || path::path_to(session, layout, store, |other| other == state);
        Err(session.placed(refusal, || Some(path()?.into_iter().chain(taking).collect())))
    })
}

/// Takes over what the chunks of a round learnt. Returns how many successors they found that are to be explored.
pub fn take_over<const N: usize>(
    session: &mut Session,
    chunks: &mut [Chunk<N>],
    is_last: bool,
    pending: &mut Pending<N>,
) -> u64 {
    let mut found = 0;
    for explorer in chunks.iter_mut().map(|chunk| &mut chunk.explorer) {
        pending.deferred.append(&mut explorer.deferred);
        pending.missing.extend(explorer.missing.drain());
        pending.hits.absorb(&explorer.hits);
        session.memo.absorb(&mut explorer.asking.fresh);
        if is_last {
            session.terminals_at_limit += explorer.terminals;
            pending.is_cut |= explorer.generated > 0;
        } else {
            session.terminals += explorer.terminals;
            session.generated += explorer.generated;
            found += explorer.generated;
        }
    }
    found
}

/// Fills whatever states of the level found missing in the tables, in the order of the entries. Not all of it if the search has
/// to end, or memory is spent.
pub fn fill<const N: usize>(
    session: &mut Session,
    layout: &Layout,
    store: &impl Marked<N>,
    missing: BTreeSet<Miss>,
) -> Result<(), Refusal> {
    for (number, miss) in missing.into_iter().enumerate() {
        let is_spent = number % 16 == 0 && session.disk.is_none() && session.spare_bytes() == Some(0);
        if is_spent || session.stop().is_some() {
            break; // the search is about to end; what is missing stays missing
        }
        let filled = session.system.fill(miss);
        filled.map_err(|refusal| {
            session.placed(refusal, || {
                let finds = |state| {
                    let mut is_found = false;
                    misses(session.system.tables(), layout, state, |other| is_found |= other == miss);
                    is_found
                };
                path::path_to(session, layout, store, finds)
            })
        })?;
    }
    Ok(())
}
