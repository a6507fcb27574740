//! Breadth-first search, level by level, on all threads: workers expand chunks of the frontier into bins by shard, then
//! insert whole shards each, so no lock guards the visited states. It must not know the model, nor how paths are found.

use super::asking::HitMasks;
use super::explorer::Task;
use super::packed::{Key, Layout};
use super::path;
use super::round::{expand, fill, take_over, Chunk, Pending, SHARED_ABOVE};
use super::session::Session;
use super::shard::Shard;
use super::share::shares;
use super::store::Store;
use crate::engine::components::{tuned, Census};
use crate::engine::{Refusal, Stopped};
use rayon::prelude::*;

/// States of the first round of the level at the depth limit, of which just one with a successor has to be found.
pub const FIRST_ROUND_AT_LIMIT: usize = tuned(64, 2);
const MOST_PER_ROUND: usize = 1 << 20;
const LEAST_PER_ROUND: usize = tuned(1 << 15, 8);
/// Words of the successors of a round at most, more or less.
const MOST_WORDS_PER_ROUND: u64 = 1 << 24;

/// States that stay in memory at most if there is a disk for them.
const IN_MEMORY_AT_MOST: usize = tuned(usize::MAX, 100);

/// A breadth-first search under way, in packed states of `N` words.
pub struct Progress<const N: usize> {
    pub layout: Layout,
    pub store: Store<N>,
    pending: Pending<N>,
    /// States that found an entry missing that is filled since.
    again: Vec<Key<N>>,
}

/// How a search in packed states of `N` words ended.
pub enum Ended<const N: usize> {
    /// For this reason.
    Stopped(Stopped, Progress<N>),
    /// States need more words from now on.
    Wider(Progress<N>),
    /// Memory does not hold more; the states go to a disk.
    Spent(Progress<N>),
    /// There are too many components to go on.
    Unsuited(Census),
}

impl<const N: usize> Progress<N> {
    pub fn new(layout: Layout, initial: &[u32], lenses: usize) -> Self {
        let store = Store::new(layout.pack(initial), &layout);
        Self::resumed(layout, store, lenses)
    }

    /// The search that goes on from these states.
    pub fn resumed(layout: Layout, store: Store<N>, lenses: usize) -> Self {
        Progress { layout, store, pending: Pending::new(lenses), again: Vec::new() }
    }

    /// The same search in another layout.
    pub fn repacked<const M: usize>(self, layout: Layout) -> Progress<M> {
        let mut ids = Vec::new();
        let mut repack = |key| {
            self.layout.unpack(key, &mut ids);
            layout.pack(&ids)
        };
        let deferred = self.pending.deferred.into_iter().map(&mut repack).collect();
        let again = self.again.into_iter().map(&mut repack).collect();
        let store = self.store.repacked(&self.layout, &layout);
        let Pending { missing, is_cut, hits, .. } = self.pending;
        Progress { store, pending: Pending { deferred, missing, is_cut, hits }, again, layout }
    }
}

/// Runs the search until it ends or its states need more words. `until_hit` ends it as soon as no question is open.
pub fn search<const N: usize>(
    session: &mut Session,
    mut progress: Progress<N>,
    until_hit: bool,
) -> Result<Ended<N>, Refusal> {
    let (mut chunks, mut pieces) = (Vec::<Chunk<N>>::new(), Vec::new());
    let lenses = session.open.lenses.len();
    let mut ramp = usize::MAX;
    let stopped = loop {
        if let Some(stopped) = session.stop() {
            break stopped;
        }
        session.keep(&progress.layout, &progress.store, None);
        if let Some(census) = session.unsuited() {
            return Ok(Ended::Unsuited(census));
        }
        if progress.store.wants_split() {
            session.on_threads(false, |is_shared| progress.store.split(is_shared));
        }
        if progress.store.wants_tighter() {
            progress = tightened(session, progress)?;
        }
        let affordable = affordable(session, &progress.store);
        if session.disk.is_some() && (affordable.is_none() || progress.store.len() >= IN_MEMORY_AT_MOST) {
            return Ok(Ended::Spent(progress));
        }
        let Some(affordable) = affordable else { break Stopped::Memory };
        let task = Task::new(session, progress.store.level(), progress.pending.is_cut);
        let is_last = task.is_last;
        let most = (progress.store.len() / 64).clamp(LEAST_PER_ROUND, MOST_PER_ROUND).min(ramp).min(affordable);
        ramp = ramp.saturating_mul(4);
        // What follows the last level is not explored, so what is numbered there does not matter.
        let is_probe = task.probes() && !progress.pending.deferred.is_empty();
        if progress.again.is_empty() && (is_probe || progress.store.unexpanded() == 0) {
            fill_missing(session, &mut progress, task)?;
            if !progress.layout.holds(&session.system.tables().counts) {
                let (layout, words) = session.layout(N, progress.store.tightness())?;
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
        expand(session, &progress.layout, &progress.store, &shares, used, task)?;
        pieces.clear();
        let room = session.limits.max_states.map_or(u64::MAX, |most| most.saturating_sub(session.unique));
        let is_full = collect(session, &mut progress, used, is_last, room);
        session.publish(progress.store.unexpanded() as u64, progress.store.level() as u64);
        if let Some(stopped) = is_full {
            break stopped;
        }
        // A terminal state is known by its expansion, so the least one only when the level has ended.
        if session.is_decided_with(&progress.pending.hits) && !progress.pending.hits.has_terminal() {
            break Stopped::Decided;
        }
    };
    session.keep(&progress.layout, &progress.store, Some(stopped));
    if !matches!(stopped, Stopped::Exhausted | Stopped::MaxDepth) {
        let hits = std::mem::replace(&mut progress.pending.hits, HitMasks::new(lenses));
        path::conclude(session, &progress.layout, &progress.store, &hits)?;
    }
    Ok(Ended::Stopped(stopped, progress))
}

/// Fills what deferred states found missing, and has them expanded again.
fn fill_missing<const N: usize>(session: &mut Session, progress: &mut Progress<N>, task: Task) -> Result<(), Refusal> {
    progress.again = std::mem::take(&mut progress.pending.deferred);
    let missing = std::mem::take(&mut progress.pending.missing);
    match task.expands {
        true => fill(session, &progress.layout, &progress.store, missing),
        false => Ok(()),
    }
}

/// The search with its states packed more tightly, if that saves a byte.
fn tightened<const N: usize>(session: &Session, progress: Progress<N>) -> Result<Progress<N>, Refusal> {
    let (layout, words) = session.layout(N, progress.store.tightness())?;
    let saves = words == N && progress.store.bytes_in(&layout) < progress.store.bytes_per_state();
    Ok(if saves { progress.repacked(layout) } else { progress })
}

/// Ends a level whose states were all expanded. Returns why the search has to end, if it has to.
fn end_level<const N: usize>(
    session: &mut Session,
    progress: &mut Progress<N>,
    is_last: bool,
    until_hit: bool,
) -> Result<Option<Stopped>, Refusal> {
    let hits = std::mem::replace(&mut progress.pending.hits, HitMasks::new(session.open.lenses.len()));
    if let Some(stopped) = path::conclude(session, &progress.layout, &progress.store, &hits)? {
        return Ok(Some(stopped));
    }
    if is_last || progress.store.level_len(progress.store.level() + 1) == 0 {
        return Ok(Some(if progress.pending.is_cut { Stopped::MaxDepth } else { Stopped::Exhausted }));
    }
    if until_hit && session.open.is_empty() {
        return Ok(Some(Stopped::Exhausted));
    }
    if session.is_decided() {
        return Ok(Some(Stopped::Decided));
    }
    progress.store.next_level();
    session.begin_level(&progress.layout, &progress.store);
    Ok(None)
}

/// How many states may be expanded in one round: as many as the memory budget lets, if any, and so that their
/// successors can be inserted between two looks at the clock.
fn affordable<const N: usize>(session: &Session, store: &Store<N>) -> Option<usize> {
    let found = store.level_len(store.level() + 1) + store.unexpanded();
    let expanded = (store.len().saturating_sub(found) as u64).max(1);
    let branching = session.generated / expanded * 2 + 4;
    let most = (MOST_WORDS_PER_ROUND / N as u64 / branching).max(64);
    let Some(spare) = session.spare_bytes() else { return Some(most as usize) };
    // All shards fill up alike, so the whole index may have to grow at once; marks for paths take a byte each.
    let reserve = store.index_bytes() / 4 + store.len() as u64 + (1 << 20);
    let bytes_per_state = branching * (N as u64 * 24 + 8);
    let states = spare.checked_sub(reserve)? / bytes_per_state / 2;
    (states >= 64).then_some(states.min(most) as usize)
}

/// Takes over what the chunks of a round found. Returns why the search has to end, if something is full.
fn collect<const N: usize>(
    session: &mut Session,
    progress: &mut Progress<N>,
    chunks: &mut [Chunk<N>],
    is_last: bool,
    room: u64,
) -> Option<Stopped> {
    let found = take_over(session, chunks, is_last, &mut progress.pending);
    let store = &mut progress.store;
    if found > room {
        return collect_within(session, store, chunks, room);
    }
    let chunks = &*chunks;
    let insert = |(number, shard): (usize, &mut Shard<N>)| {
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
    for (number, bin) in chunks.iter().flat_map(|chunk| chunk.bins.iter().enumerate()) {
        let shard = &mut store.shards[number];
        for &found in bin {
            if left == 0 && shard.find(found).is_none() {
                return Some(Stopped::MaxStates);
            }
            if shard.insert_one(found) {
                session.unique += 1;
                left -= 1;
            }
        }
    }
    None
}
