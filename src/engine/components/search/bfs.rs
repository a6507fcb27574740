//! Breadth-first search, level by level, on all threads: workers expand chunks of the frontier into bins by shard, then
//! insert whole shards each, so no lock guards the visited states. It must not know the model, nor how paths are found.

use super::asking::{Context, HitMasks};
use super::expand::misses;
use super::explorer::{Explorer, Task};
use super::packed::{Key, Layout};
use super::path;
use super::session::Session;
use super::share::{shares, Share};
use super::store::Store;
use crate::engine::components::tables::Miss;
use crate::engine::components::{tuned, Census};
use crate::engine::fault::guarded;
use crate::engine::{Refusal, Stopped};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// States of a round that is worth sharing among threads.
const SHARED_ABOVE: usize = tuned(2048, 8);
/// The same if whole states have to be looked at.
const SHARED_ABOVE_WHOLE: usize = tuned(64, 4);
/// States of the first round of the level at the depth limit, of which just one with a successor has to be found.
pub const FIRST_ROUND_AT_LIMIT: usize = tuned(64, 2);
const MOST_PER_ROUND: usize = 1 << 20;
const LEAST_PER_ROUND: usize = tuned(1 << 15, 8);
/// Words of the successors of a round at most, more or less.
const MOST_WORDS_PER_ROUND: u64 = 1 << 24;

/// A breadth-first search under way, in packed states of `N` words.
pub struct Progress<const N: usize> {
    pub layout: Layout,
    pub store: Store<N>,
    /// States of the level that found a table entry missing. What all of them miss is filled when the rest of the level
    /// is expanded: what is numbered then, and how, is no matter of how the level was divided.
    deferred: Vec<Key<N>>,
    missing: BTreeSet<Miss>,
    /// Those of them whose entries are filled since.
    again: Vec<Key<N>>,
    /// The depth limit cut off a transition.
    is_cut: bool,
    /// Hits of the current level.
    hits: HitMasks,
}

/// How a search in packed states of `N` words ended.
pub enum Ended<const N: usize> {
    /// For this reason.
    Stopped(Stopped, Progress<N>),
    /// States need more words from now on.
    Wider(Progress<N>),
    /// There are too many components to go on.
    Unsuited(Census),
}

impl<const N: usize> Progress<N> {
    pub fn new(layout: Layout, initial: &[u32], lenses: usize) -> Self {
        let store = Store::new(layout.pack(initial));
        Self::resumed(layout, store, lenses)
    }

    /// The search that goes on from these states.
    pub fn resumed(layout: Layout, store: Store<N>, lenses: usize) -> Self {
        let (deferred, missing, again) = (Vec::new(), BTreeSet::new(), Vec::new());
        Progress { layout, store, deferred, missing, again, is_cut: false, hits: HitMasks::new(lenses) }
    }

    /// The same search in another layout.
    pub fn repacked<const M: usize>(self, layout: Layout) -> Progress<M> {
        let mut ids = Vec::new();
        let mut repack = |key| {
            self.layout.unpack(key, &mut ids);
            layout.pack(&ids)
        };
        let deferred = self.deferred.into_iter().map(&mut repack).collect();
        let again = self.again.into_iter().map(&mut repack).collect();
        let store = self.store.repacked(&self.layout, &layout);
        Progress { store, deferred, missing: self.missing, again, is_cut: self.is_cut, hits: self.hits, layout }
    }
}

/// One worker's share of a round, and its results.
struct Chunk<const N: usize> {
    /// Successors by shard.
    bins: Vec<Vec<Key<N>>>,
    explorer: Explorer<N>,
    was_stopped: bool,
    fault: Option<Refusal>,
}

impl<const N: usize> Chunk<N> {
    fn new(lenses: usize) -> Self {
        Chunk { bins: Vec::new(), explorer: Explorer::new(lenses), was_stopped: false, fault: None }
    }

    fn clear(&mut self, shards: usize) {
        self.bins.iter_mut().for_each(Vec::clear);
        self.bins.resize_with(shards, Vec::new);
        self.was_stopped = false;
    }

    fn run(&mut self, session: &Session, context: Context, store: &Store<N>, share: &Share<N>, task: Task) {
        self.explorer.begin(task);
        let shift = u64::BITS - store.shard_bits();
        let interval: usize = if context.looks_at_whole_states() { 64 } else { 8192 };
        let mut done = interval; // a round has many chunks: each looks whether it is to be run at all
        let is_known = |key| store.find(key).is_some();
        let mut each = |state: Key<N>| {
            if done >= interval {
                done = 0;
                self.was_stopped |= session.stop().is_some();
            }
            if !self.was_stopped && !self.explorer.was_decided {
                let bin = |next: Key<N>| self.bins[(next.hash() >> shift) as usize].push(next);
                done += 1 + self.explorer.explore(session, context, task, state, is_known, bin);
            }
        };
        match share {
            Share::Keys(keys) => keys.iter().for_each(|&state| each(state)),
            Share::Pieces(pieces) => {
                for piece in pieces {
                    let shard = &store.shards[piece.shard];
                    (piece.from..piece.to).for_each(|position| each(shard.at(position)));
                }
            }
        }
    }
}

/// Runs the search until it ends or its states need more words. `until_hit` ends it as soon as no question is open.
pub fn search<const N: usize>(
    session: &mut Session,
    mut progress: Progress<N>,
    until_hit: bool,
) -> Result<Ended<N>, Refusal> {
    let lenses = session.open.lenses.len();
    let mut chunks: Vec<Chunk<N>> = Vec::new();
    let mut pieces = Vec::new();
    let mut ramp = usize::MAX;
    let stopped = loop {
        if let Some(stopped) = session.stop() {
            break stopped;
        }
        keep(session, &progress, None);
        if let Some(census) = session.unsuited() {
            return Ok(Ended::Unsuited(census));
        }
        if progress.store.wants_split() {
            progress.store = progress.store.split();
        }
        let Some(affordable) = affordable(session, &progress.store) else { break Stopped::Memory };
        let task = Task::new(session, progress.store.level(), progress.is_cut);
        let is_last = task.is_last;
        let most = (progress.store.len() / 64).clamp(LEAST_PER_ROUND, MOST_PER_ROUND).min(ramp).min(affordable);
        ramp = ramp.saturating_mul(4);
        // What follows the last level is not explored, so what is numbered there does not matter.
        let is_probe = task.probes() && !progress.deferred.is_empty();
        if progress.again.is_empty() && (is_probe || progress.store.unexpanded() == 0) {
            fill(session, &mut progress, task)?;
            if !progress.layout.holds(&session.system.tables().counts) {
                let (layout, words) = session.layout(N)?;
                if words > N {
                    return Ok(Ended::Wider(progress));
                }
                progress = progress.repacked(layout);
            }
        }
        let again = progress.again.split_off(progress.again.len().saturating_sub(most));
        if again.is_empty() {
            progress.store.take(most, &mut pieces);
        }
        if again.is_empty() && pieces.is_empty() {
            if let Some(stopped) = end_level(session, &mut progress, is_last, until_hit)? {
                break stopped;
            }
            let is_next_last = session.limits.max_depth == Some(progress.store.level() as u64);
            ramp = if is_next_last { FIRST_ROUND_AT_LIMIT } else { usize::MAX };
            continue;
        }
        let shares = shares(&again, &pieces);
        while chunks.len() < shares.len() {
            chunks.push(Chunk::new(lenses));
        }
        let used = &mut chunks[..shares.len()];
        expand(session, &progress, &shares, used, task)?;
        pieces.clear();
        let room = session.limits.max_states.map_or(u64::MAX, |most| most.saturating_sub(session.unique));
        let is_full = collect(session, &mut progress, used, is_last, room);
        session.publish(progress.store.unexpanded() as u64, progress.store.level() as u64);
        if let Some(stopped) = is_full {
            break stopped;
        }
        // A terminal state is known by its expansion, so the least one only when the level has ended.
        if session.is_decided_with(&progress.hits) && !progress.hits.has_terminal() {
            break Stopped::Decided;
        }
    };
    keep(session, &progress, Some(stopped));
    if !matches!(stopped, Stopped::Exhausted | Stopped::MaxDepth) {
        let hits = std::mem::replace(&mut progress.hits, HitMasks::new(lenses));
        path::conclude(session, &progress.layout, &progress.store, &hits)?;
    }
    Ok(Ended::Stopped(stopped, progress))
}

/// Ends a level whose states were all expanded. Returns why the search has to end, if it has to.
fn end_level<const N: usize>(
    session: &mut Session,
    progress: &mut Progress<N>,
    is_last: bool,
    until_hit: bool,
) -> Result<Option<Stopped>, Refusal> {
    let hits = std::mem::replace(&mut progress.hits, HitMasks::new(session.open.lenses.len()));
    if let Some(stopped) = path::conclude(session, &progress.layout, &progress.store, &hits)? {
        return Ok(Some(stopped));
    }
    if is_last || progress.store.level_len(progress.store.level() + 1) == 0 {
        return Ok(Some(if progress.is_cut { Stopped::MaxDepth } else { Stopped::Exhausted }));
    }
    if until_hit && session.open.is_empty() {
        return Ok(Some(Stopped::Exhausted));
    }
    if session.is_decided() {
        return Ok(Some(Stopped::Decided));
    }
    progress.store.next_level();
    begin_level(session, progress);
    Ok(None)
}

/// Notes for checkpoints that a level begins.
pub fn begin_level<const N: usize>(session: &mut Session, progress: &Progress<N>) {
    if let Some(mut keeper) = session.keeper.take() {
        keeper.begin_level(session.system.filled(), session.reached(), &progress.layout, &progress.store);
        session.keeper = Some(keeper);
    }
}

/// Writes a checkpoint, if one is due.
fn keep<const N: usize>(session: &mut Session, progress: &Progress<N>, stopped: Option<Stopped>) {
    if let Some(keeper) = &mut session.keeper {
        keeper.write(&progress.layout, &progress.store, stopped);
    }
}

/// How many states may be expanded in one round: as many as the memory budget lets, if any, and so that their
/// successors can be inserted between two looks at the clock.
fn affordable<const N: usize>(session: &Session, store: &Store<N>) -> Option<usize> {
    let found = store.level_len(store.level() + 1) + store.unexpanded();
    let expanded = (store.len().saturating_sub(found) as u64).max(1);
    let branching = session.generated / expanded * 2 + 4;
    let most = (MOST_WORDS_PER_ROUND / N as u64 / branching).max(64);
    let Some(spare) = session.spare_bytes() else { return Some(most as usize) };
    // All shards fill up alike, so the whole index may have to grow by half at once; marks for paths take a byte each.
    let reserve = store.index_bytes() * 5 / 8 + store.len() as u64 + (1 << 20);
    let bytes_per_state = branching * (N as u64 * 24 + 8);
    let states = spare.checked_sub(reserve)? / bytes_per_state / 2;
    (states >= 64).then_some(states.min(most) as usize)
}

/// Fills whatever states of the level found missing in the tables, in the order of the entries.
fn fill<const N: usize>(session: &mut Session, progress: &mut Progress<N>, task: Task) -> Result<(), Refusal> {
    progress.again = std::mem::take(&mut progress.deferred);
    let missing = std::mem::take(&mut progress.missing);
    let Progress { layout, store, .. } = &*progress;
    for (number, miss) in missing.into_iter().enumerate().filter(|_| task.expands) {
        let is_spent = number % 16 == 0 && session.spare_bytes() == Some(0);
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

/// Expands the states of a round, each chunk on its own.
fn expand<const N: usize>(
    session: &Session,
    progress: &Progress<N>,
    shares: &[Share<N>],
    chunks: &mut [Chunk<N>],
    task: Task,
) -> Result<(), Refusal> {
    let open = if task.is_last { session.open.without_steps() } else { session.open.clone() };
    let context = session.context(&progress.layout, &open);
    let store = &progress.store;
    let whole = context.looks_at_whole_states();
    let total: usize = shares.iter().map(Share::len).sum();
    let is_small = total < if whole { SHARED_ABOVE_WHOLE } else { SHARED_ABOVE };
    let run = |(chunk, share): (&mut Chunk<N>, &Share<N>)| {
        chunk.clear(store.shards.len());
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
        let path = || path::path_to(session, &progress.layout, store, |other| other == state);
        Err(session.placed(refusal, || Some(path()?.into_iter().chain(taking).collect())))
    })
}

/// Takes over what the chunks of a round found. Returns why the search has to end, if something is full.
fn collect<const N: usize>(
    session: &mut Session,
    progress: &mut Progress<N>,
    chunks: &mut [Chunk<N>],
    is_last: bool,
    room: u64,
) -> Option<Stopped> {
    let mut found = 0;
    for explorer in chunks.iter_mut().map(|chunk| &mut chunk.explorer) {
        progress.deferred.append(&mut explorer.deferred);
        progress.missing.extend(explorer.missing.drain());
        progress.hits.absorb(&explorer.hits);
        session.memo.absorb(&mut explorer.asking.fresh);
        if is_last {
            session.terminals_at_limit += explorer.terminals;
            progress.is_cut |= explorer.generated > 0;
        } else {
            session.terminals += explorer.terminals;
            session.generated += explorer.generated;
            found += explorer.generated;
        }
    }
    let store = &mut progress.store;
    if found > room {
        return collect_within(session, store, chunks, room);
    }
    let chunks = &*chunks;
    let insert = |(number, shard): (usize, &mut super::store::Shard<N>)| {
        chunks.iter().map(|chunk| shard.insert_all(&chunk.bins[number])).sum::<usize>()
    };
    let new: usize = session.on_threads(found < SHARED_ABOVE as u64, |is_shared| {
        if is_shared {
            store.shards.par_iter_mut().enumerate().map(insert).sum()
        } else {
            store.shards.iter_mut().enumerate().map(insert).sum()
        }
    });
    session.unique += new as u64;
    store.shards.iter().any(|shard| shard.is_full()).then_some(Stopped::Memory)
}

/// Takes over at most `room` new states.
fn collect_within<const N: usize>(
    session: &mut Session,
    store: &mut Store<N>,
    chunks: &[Chunk<N>],
    room: u64,
) -> Option<Stopped> {
    let mut left = room;
    for &key in chunks.iter().flat_map(|chunk| &chunk.bins).flatten() {
        if left == 0 && store.find(key).is_none() {
            return Some(Stopped::MaxStates);
        }
        if store.insert(key) {
            session.unique += 1;
            left -= 1;
        }
    }
    None
}
