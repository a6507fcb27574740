//! Breadth-first search that goes on where memory ends: the visited states are on disk, in order, and what is found is told
//! from them once a level. It begins with the level that memory did not hold, anew.
//!
//! As long as the states fit into memory, the search is there ([`bfs`](super::bfs)), which is faster: here each level costs one
//! more pass over all visited states. Counts, hits and paths are the same.

mod levels;
mod paths;
mod pile;

use super::asking::HitMasks;
use super::bfs::Progress;
use super::explorer::Task;
use super::keeper::Keeper;
use super::packed::{Key, Layout};
use super::path;
use super::round::{self, expand, take_over, Chunk, Pending};
use super::session::Session;
use super::share::shares;
use crate::engine::components::tuned;
use crate::engine::{Refusal, Stopped};
use levels::{Levels, Reader};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

/// Bytes of memory without which it does not begin, and that there always are.
const LEAST_BYTES: u64 = tuned(8 << 20, 2048) as u64;
const ASSUMED_BYTES: u64 = tuned(0, 2048) as u64;
/// States of a round at most.
const MOST_PER_ROUND: u64 = tuned(1 << 18, 16) as u64;
/// Remainders that are worth sorting on all threads.
const SHARED_ABOVE: u64 = tuned(64 * 1024, 8) as u64;

/// A search under way whose visited states are on disk.
pub struct OnDisk<const N: usize> {
    layout: Layout,
    levels: Levels<N>,
    pending: Pending<N>,
    /// Why states could not be read when a path was looked for.
    failed: OnceLock<io::Error>,
}

/// How a search on disk ended.
pub enum Ended<const N: usize> {
    /// For this reason, with the sizes of the levels.
    Stopped(Stopped, Vec<u64>),
    /// States need more words from now on.
    Wider(Box<OnDisk<N>>),
}

/// Why a level was not explored to its end.
enum Broken {
    Stopped(Stopped),
    /// The states are to be packed anew.
    Outgrown,
    Refused(Refusal),
    Failed(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Broken::Failed(error)
    }
}

impl From<Refusal> for Broken {
    fn from(refusal: Refusal) -> Self {
        Broken::Refused(refusal)
    }
}

/// Why a search did not go on on disk, and the sizes of the levels that it had reached.
pub type Unmoved = (Stopped, Vec<u64>);

/// Bytes that the search on disk may use, if they are enough to begin. The process may keep what it gave back of so many
/// bytes, and then uses that again.
fn room(session: &Session, given_back: u64) -> Option<u64> {
    let spare = session.spare_bytes().unwrap_or(u64::MAX).min(1 << 32).max(given_back / 2).max(ASSUMED_BYTES);
    (spare >= LEAST_BYTES).then_some(spare)
}

/// Goes on from a search in memory, with the level that it could not finish.
///
/// # Errors
/// If the folder does not take the states, or there is no memory to begin with.
pub fn moved<const N: usize>(session: &mut Session, progress: Progress<N>) -> Result<OnDisk<N>, Unmoved> {
    session.begin_level_anew();
    let lenses = session.open.lenses.len();
    let Progress { layout, mut store, .. } = progress;
    session.keep(&layout, &store, Some(Stopped::Memory)); // as long as they can be read
    let held = store.bytes();
    let sizes: Vec<u64> = (0..=store.level()).map(|level| store.level_len(level) as u64).collect();
    store.shards.iter_mut().for_each(|shard| shard.drop_index());
    let written = (|| {
        let mut levels = Levels::new(folder(session), &layout, room(session, held / 4).unwrap_or(LEAST_BYTES))?;
        for level in 0..=store.level() {
            for shard in 0..store.shards.len() {
                for position in store.level_range(level, shard) {
                    levels.found_one(store.at(shard, position))?;
                    store.shards[shard].moved_to(position + 1);
                }
            }
            levels.end_level(false, true)?;
        }
        Ok(levels)
    })();
    drop(store);
    let mut levels = written.map_err(|error| (session.disk_failed(&error), sizes.clone()))?;
    levels.set_room(room(session, held).ok_or((Stopped::Memory, sizes))?);
    Ok(OnDisk { layout, levels, pending: Pending::new(lenses), failed: OnceLock::new() })
}

/// Bytes of memory that a state takes in memory, more or less, beside its words.
const BESIDE_WORDS: u64 = 8;

/// True iff a search that goes on from a checkpoint does so on disk.
pub fn is_needed<const N: usize>(session: &Session, keeper: &Keeper) -> bool {
    let bytes = keeper.sizes().iter().sum::<u64>() * (8 * N as u64 + BESIDE_WORDS);
    session.disk.is_some() && session.spare_bytes().is_some_and(|spare| spare / 2 < bytes)
}

/// Goes on from a checkpoint.
///
/// # Errors
/// As [`moved`], or if the checkpoint is not whole.
pub fn resumed<const N: usize>(
    session: &mut Session,
    layout: Layout,
    keeper: &Keeper,
) -> Result<Result<OnDisk<N>, Unmoved>, Refusal> {
    let Some(bytes) = room(session, 0) else { return Ok(Err((Stopped::Memory, keeper.sizes().to_vec()))) };
    let mut levels = Levels::new(folder(session), &layout, bytes);
    keeper.pass_states(|state| {
        let Ok(whole) = &mut levels else { return };
        let put = match state {
            Some(state) => whole.found_one(state),
            None => whole.end_level(false, true).map(|_| ()),
        };
        if let Err(error) = put {
            levels = Err(error);
        }
    })?;
    let pending = Pending::new(session.open.lenses.len());
    Ok(match levels {
        Ok(levels) => Ok(OnDisk { layout, levels, pending, failed: OnceLock::new() }),
        Err(error) => Err((session.disk_failed(&error), keeper.sizes().to_vec())),
    })
}

fn folder<'s>(session: &'s Session) -> &'s Path {
    session.disk.as_deref().expect("a search on disk has a folder")
}

impl<const N: usize> OnDisk<N> {
    /// The same search, at the beginning of its level, in another layout.
    ///
    /// # Errors
    /// As [`moved`].
    pub fn repacked<const M: usize>(self, session: &mut Session, layout: Layout) -> Result<OnDisk<M>, Unmoved> {
        session.begin_level_anew();
        let bytes = self.levels.room() as u64 * 8 * N as u64;
        let mut ids = Vec::new();
        let written = (|| {
            let mut levels = Levels::new(folder(session), &layout, bytes / 2)?;
            for level in 0..=self.levels.last() {
                let (mut reader, mut keys) = (Reader::new(level), Vec::new());
                while self.levels.read(&mut reader, MOST_PER_ROUND as usize, &mut keys)? {
                    for &key in &keys {
                        self.layout.unpack(key, &mut ids);
                        levels.found_one(layout.pack(&ids))?;
                    }
                }
                levels.end_level(false, true)?;
            }
            Ok(levels)
        })();
        let mut levels = written.map_err(|error| (session.disk_failed(&error), self.levels.counts().to_vec()))?;
        drop(self.levels);
        levels.set_room(bytes);
        let pending = Pending::new(session.open.lenses.len());
        Ok(OnDisk { layout, levels, pending, failed: OnceLock::new() })
    }

    /// Expands the last level, and makes the next one. Returns how many states are new.
    fn level(&mut self, session: &mut Session, chunks: &mut Vec<Chunk<N>>) -> Result<u64, Broken> {
        let (mut reader, mut keys) = (Reader::new(self.levels.last()), Vec::new());
        let mut task = Task::new(session, self.levels.last(), self.pending.is_cut);
        loop {
            if let Some(stopped) = session.stop() {
                return Err(Broken::Stopped(stopped));
            }
            let most = self.affordable(session);
            let deferred = std::mem::take(&mut self.pending.deferred);
            let is_read = deferred.len() < most && self.levels.read(&mut reader, most, &mut keys)?;
            if is_read {
                self.pending.deferred = deferred;
            } else if deferred.is_empty() || !task.expands {
                break;
            } else {
                self.fill(session)?;
                keys = deferred;
            }
            self.round(session, chunks, &keys, task)?;
            task = Task::new(session, self.levels.last(), self.pending.is_cut);
            if session.is_decided_with(&self.pending.hits) && !self.pending.hits.has_terminal() {
                return Err(Broken::Stopped(Stopped::Decided));
            }
        }
        let hits = std::mem::replace(&mut self.pending.hits, HitMasks::new(session.open.lenses.len()));
        self.conclude(session, &hits)?;
        if task.is_last {
            return Ok(0);
        }
        let is_large = self.levels.waiting() >= SHARED_ABOVE;
        Ok(session.on_threads(!is_large, |is_shared| self.levels.end_level(is_shared, false))?)
    }

    /// States of a round.
    fn affordable(&self, session: &Session) -> usize {
        let known: u64 = self.levels.counts().iter().sum();
        let branching = session.generated / known.max(1) * 2 + 4;
        (self.levels.room() as u64 / 8 / branching).clamp(16, MOST_PER_ROUND) as usize
    }

    fn round(
        &mut self,
        session: &mut Session,
        chunks: &mut Vec<Chunk<N>>,
        keys: &[Key<N>],
        task: Task,
    ) -> Result<(), Broken> {
        let shares = shares(keys, &[]);
        let lenses = session.open.lenses.len();
        while chunks.len() < shares.len() {
            chunks.push(Chunk::new(lenses));
        }
        let used = &mut chunks[..shares.len()];
        expand(session, &self.layout, self, &shares, used, task)?;
        take_over(session, used, task.is_last, &mut self.pending);
        if !task.is_last {
            for (shard, bin) in used.iter().flat_map(|chunk| chunk.bins.iter().enumerate()) {
                self.levels.found(shard, bin);
            }
        }
        session.publish(0, self.levels.last() as u64);
        let is_large = self.levels.waiting() >= SHARED_ABOVE;
        session.on_threads(!is_large, |is_shared| self.levels.make_room(is_shared))?;
        Ok(())
    }

    /// Fills whatever states found missing in the tables.
    fn fill(&mut self, session: &mut Session) -> Result<(), Broken> {
        let missing = std::mem::take(&mut self.pending.missing);
        round::fill(session, &self.layout, self, missing)?;
        match self.layout.holds(&session.system.tables().counts) {
            true => Ok(()),
            false => Err(Broken::Outgrown),
        }
    }

    /// Finds the paths to what the level hit.
    fn conclude(&mut self, session: &mut Session, hits: &HitMasks) -> Result<(), Broken> {
        let stopped = path::conclude(session, &self.layout, self, hits)?;
        match (self.failed.take(), stopped) {
            (Some(error), _) => Err(Broken::Failed(error)),
            (None, Some(stopped)) => Err(Broken::Stopped(stopped)),
            (None, None) => Ok(()),
        }
    }
}

/// Runs the search until it ends or its states need more words.
pub fn search<const N: usize>(session: &mut Session, mut on: OnDisk<N>) -> Result<Ended<N>, Refusal> {
    let mut chunks = Vec::new();
    let mut level;
    let stopped = loop {
        level = on.levels.last();
        session.keep(&on.layout, &on, None);
        match on.level(session, &mut chunks) {
            Ok(0) if on.pending.is_cut => break Stopped::MaxDepth,
            Ok(0) => break Stopped::Exhausted,
            Ok(new) => {
                let most = session.limits.max_states.unwrap_or(u64::MAX);
                session.unique += new;
                if session.unique > most {
                    session.unique = most;
                    break Stopped::MaxStates;
                }
                if session.is_decided() {
                    break Stopped::Decided;
                }
                session.begin_level(&on.layout, &on);
            }
            Err(Broken::Outgrown) => {
                let (layout, words) = session.layout(N, None)?;
                if words > N {
                    return Ok(Ended::Wider(Box::new(on)));
                }
                match on.repacked(session, layout) {
                    Ok(repacked) => on = repacked,
                    Err((stopped, sizes)) => return Ok(Ended::Stopped(stopped, sizes)),
                }
            }
            Err(Broken::Stopped(stopped)) => break stopped,
            Err(Broken::Failed(error)) => break session.disk_failed(&error),
            Err(Broken::Refused(refusal)) => return Err(refusal),
        }
    };
    session.keep(&on.layout, &on, Some(stopped));
    if !matches!(stopped, Stopped::Exhausted | Stopped::MaxDepth | Stopped::Disk) {
        let hits = std::mem::replace(&mut on.pending.hits, HitMasks::new(session.open.lenses.len()));
        match on.conclude(session, &hits) {
            Err(Broken::Refused(refusal)) => return Err(refusal),
            Err(Broken::Failed(error)) => _ = session.disk_failed(&error),
            Err(Broken::Stopped(_) | Broken::Outgrown) | Ok(()) => {}
        }
    }
    Ok(Ended::Stopped(stopped, on.levels.counts()[..=level].to_vec()))
}
