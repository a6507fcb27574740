//! The visited states of a search on disk: for each shard a pile with a sorted run for each level, and what was found of the
//! next one. It must not know what the states mean, nor who finds them.
//!
//! Whether a state is new is not asked when it is found but once a level, for all that were found at once (delayed duplicate
//! detection): sorted, they are merged with the runs of all levels before, so everything is read and written in order.

use super::pile::{Pile, Run};
use crate::engine::components::search::packed::{Key, Layout};
use crate::engine::components::search::quotient::Division;
use crate::engine::components::tuned;
use rayon::prelude::*;
use std::io;
use std::path::Path;

/// The base-2 logarithm of the number of shards.
const SHARD_BITS: u32 = tuned(6, 2) as u32;
/// A run that has so many times as many remainders as are looked for is not read but searched.
const SEARCHED_ABOVE: u64 = tuned(16 * 1024, 8) as u64;

/// Reads the states of a level in order.
pub struct Reader {
    level: usize,
    shard: usize,
    /// Remainders of the shard that were read.
    taken: u64,
}

impl Reader {
    pub fn new(level: usize) -> Self {
        Reader { level, shard: 0, taken: 0 }
    }
}

/// One shard.
struct Part<const N: usize> {
    visited: Pile<N>,
    levels: Vec<Run>,
    found: Pile<N>,
    found_runs: Vec<Run>,
    /// What was found and is not in a run yet. Some of it may be there more than once.
    waiting: Vec<Key<N>>,
}

/// All levels, the last of which is being expanded.
pub struct Levels<const N: usize> {
    division: Division<N>,
    parts: Vec<Part<N>>,
    counts: Vec<u64>,
    /// Remainders that may be held in memory.
    room: usize,
}

impl<const N: usize> Levels<N> {
    /// No level yet, of states in this layout. About as many bytes of memory will be used as are given.
    ///
    /// # Errors
    /// As the system reports them. So it is with all that reads or writes.
    pub fn new(folder: &Path, layout: &Layout, bytes: u64) -> io::Result<Self> {
        let division = Division::new(layout, SHARD_BITS);
        let part = |_| {
            let (visited, found) = (Pile::create(folder, division.form())?, Pile::create(folder, division.form())?);
            Ok(Part { visited, levels: Vec::new(), found, found_runs: Vec::new(), waiting: Vec::new() })
        };
        let parts = (0..1 << SHARD_BITS).map(part).collect::<io::Result<_>>()?;
        let room = (bytes / (8 * N as u64)) as usize;
        Ok(Levels { division, parts, counts: Vec::new(), room })
    }

    /// Has about as many bytes of memory be used from now on.
    pub fn set_room(&mut self, bytes: u64) {
        self.room = (bytes / (8 * N as u64)) as usize;
    }

    /// Remainders that may be held in memory.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Remainders that were found and wait in memory.
    pub fn waiting(&self) -> u64 {
        self.parts.iter().map(|part| part.waiting.len() as u64).sum()
    }

    /// The number of the last level.
    pub fn last(&self) -> usize {
        self.counts.len() - 1
    }

    /// How many states each level has.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many shards there are.
    pub fn shards(&self) -> usize {
        self.parts.len()
    }

    /// The shard of a state, and the remainder that is kept there.
    #[inline(always)]
    pub fn divide(&self, key: Key<N>) -> (usize, Key<N>) {
        self.division.divide(key)
    }

    /// Takes over remainders of a shard that were found.
    pub fn found(&mut self, shard: usize, remainders: &[Key<N>]) {
        self.parts[shard].waiting.extend_from_slice(remainders);
    }

    /// Takes over a state that was found.
    pub fn found_one(&mut self, key: Key<N>) -> io::Result<()> {
        let (shard, remainder) = self.divide(key);
        self.parts[shard].waiting.push(remainder);
        match self.parts[shard].waiting.len() > 2 * (self.room / 4 / self.parts.len()).max(1) {
            true => self.parts[shard].write_waiting(),
            false => Ok(()),
        }
    }

    /// Writes down what was found if memory does not hold much more.
    pub fn make_room(&mut self, is_shared: bool) -> io::Result<()> {
        if self.waiting() > self.room as u64 / 4 {
            each(&mut self.parts, is_shared, |part| {
                part.sort();
                Ok(0)
            })?;
            if self.waiting() > self.room as u64 / 8 {
                each(&mut self.parts, is_shared, |part| part.write_waiting().map(|()| 0))?;
            }
        }
        Ok(())
    }

    /// Makes the next level, if there is one, of those that were found and, unless all are known to be new, are in no level
    /// yet. Returns how many they are.
    pub fn end_level(&mut self, is_shared: bool, are_new: bool) -> io::Result<u64> {
        let room = self.room / 8;
        let new = each(&mut self.parts, is_shared, |part| part.end_level(room, are_new))?;
        if new > 0 {
            self.counts.push(new);
        }
        Ok(new)
    }

    /// Reads the next states of a level, so many at most. False iff there are no more.
    pub fn read(&self, reader: &mut Reader, most: usize, keys: &mut Vec<Key<N>>) -> io::Result<bool> {
        keys.clear();
        while let Some(part) = self.parts.get(reader.shard).filter(|_| keys.len() < most) {
            let from = keys.len();
            let mut run = part.levels[reader.level].after(reader.taken);
            part.visited.take(&mut run, most - from, keys)?;
            keys[from..].iter_mut().for_each(|key| *key = self.division.unite(reader.shard, *key));
            match run.len() {
                0 => (reader.shard, reader.taken) = (reader.shard + 1, 0),
                _ => reader.taken += (keys.len() - from) as u64,
            }
        }
        Ok(!keys.is_empty())
    }

    /// True iff a state is of that level.
    pub fn has(&self, level: usize, key: Key<N>) -> io::Result<bool> {
        let (shard, remainder) = self.divide(key);
        let part = &self.parts[shard];
        part.visited.has(part.levels[level], remainder)
    }
}

/// Does something to all parts, and adds up what that gives.
fn each<const N: usize>(
    parts: &mut [Part<N>],
    is_shared: bool,
    of_one: impl Fn(&mut Part<N>) -> io::Result<u64> + Sync + Send,
) -> io::Result<u64> {
    match is_shared {
        true => parts.par_iter_mut().map(of_one).sum(),
        false => parts.iter_mut().map(of_one).sum(),
    }
}

impl<const N: usize> Part<N> {
    fn sort(&mut self) {
        self.waiting.sort_unstable();
        self.waiting.dedup();
    }

    /// Writes what waits as a run.
    fn write_waiting(&mut self) -> io::Result<()> {
        self.sort();
        let first = self.found.end();
        self.waiting.iter().try_for_each(|&remainder| self.found.push(remainder))?;
        self.found_runs.push(self.found.end_run(first)?);
        self.waiting = Vec::new();
        Ok(())
    }

    /// Makes a level of what was found and is new, with so many remainders in memory. Returns how many are new.
    fn end_level(&mut self, room: usize, are_new: bool) -> io::Result<u64> {
        self.sort();
        let first = self.visited.end();
        let mut old = if are_new { Vec::new() } else { self.levels.clone() };
        let mut runs = std::mem::take(&mut self.found_runs);
        let mut waiting = std::mem::take(&mut self.waiting);
        if !runs.is_empty() && !waiting.is_empty() {
            self.waiting = waiting;
            self.write_waiting()?;
            runs.append(&mut self.found_runs);
            waiting = Vec::new();
        }
        loop {
            let next = if runs.is_empty() { std::mem::take(&mut waiting) } else { self.merge(&mut runs, room)? };
            let Some(&last) = next.last() else { break };
            let mut is_old = vec![false; next.len()];
            for run in &mut old {
                self.find(run, &next, last, &mut is_old)?;
            }
            let mut new = next.iter().zip(is_old).filter(|(_, is_old)| !is_old);
            new.try_for_each(|(remainder, _)| self.visited.push(*remainder))?;
        }
        let level = self.visited.end_run(first)?;
        self.levels.push(level);
        self.found.clear()?;
        Ok(level.len())
    }

    /// Notes which of these remainders, of which this one is the last, a run has, and passes in it what is not above that.
    fn find(&self, run: &mut Run, next: &[Key<N>], last: Key<N>, is_old: &mut [bool]) -> io::Result<()> {
        if run.len() / SEARCHED_ABOVE > next.len() as u64 {
            for (remainder, is_old) in next.iter().zip(is_old) {
                *is_old |= self.visited.has(*run, *remainder)?;
            }
            return Ok(());
        }
        let mut at = 0;
        self.visited.take_until(run, last, |remainder| {
            while next[at] < remainder {
                at += 1;
            }
            is_old[at] |= next[at] == remainder;
        })
    }

    /// The least remainders of all runs, in order and each once, about as many as there is room for.
    fn merge(&self, runs: &mut [Run], room: usize) -> io::Result<Vec<Key<N>>> {
        let each = (room / runs.len()).max(1);
        let mut merged = Vec::new();
        // What is above the last one that was taken of some run may not be all that there is up to there.
        let mut most: Option<Key<N>> = None;
        let mut rest: Vec<Run> = runs.to_vec();
        for run in &mut rest {
            self.found.take(run, each, &mut merged)?;
            if run.len() > 0 {
                let last = *merged.last().expect("a run with more gave some");
                most = Some(most.map_or(last, |most| most.min(last)));
            }
        }
        match most {
            None => runs.copy_from_slice(&rest),
            Some(most) => {
                merged.retain(|remainder| *remainder <= most);
                runs.iter_mut().try_for_each(|run| self.found.take_until(run, most, |_| ()))?;
            }
        }
        merged.sort_unstable();
        merged.dedup();
        Ok(merged)
    }
}
