//! The visited states: each packed state once, by BFS level, in shards that are searched and grown one by one.
//! It must not know what the packed bits mean.

use super::packed::{Key, Layout};
use super::quotient::Division;
use super::shard::Shard;
use crate::engine::components::tuned;
use rayon::prelude::*;

/// States in a shard on average, above which shards are split: a shard then still fits a core's cache.
const SPLIT_ABOVE: usize = tuned(64 * 1024, 16);
const FIRST_SHARD_BITS: u32 = 3;
const LAST_SHARD_BITS: u32 = 13;
/// States from which on they are packed as tightly as can be.
const TIGHT_FROM: usize = tuned(256 * 1024, 64);

/// Some states of the current level that are not expanded yet: a range of positions of a shard.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    pub shard: usize,
    pub from: usize,
    pub to: usize,
}

/// All visited states.
pub struct Store<const N: usize> {
    pub shards: Vec<Shard<N>>,
    division: Division<N>,
    /// The level that is being expanded; the states found go to the next one.
    level: usize,
    /// States from which on it is worth while to look whether they can be packed more tightly.
    tight_from: usize,
}

impl<const N: usize> Store<N> {
    /// A store with one state in this layout, the level 0.
    pub fn new(initial: Key<N>, layout: &Layout) -> Self {
        let mut store = Self::empty(layout, FIRST_SHARD_BITS, 0);
        store.insert(initial);
        store.next_level();
        store.level = 0;
        store
    }

    /// A store without states, into which the levels of another come one after the other.
    pub fn to_restore(layout: &Layout, shard_bits: u32) -> Self {
        Self::empty(layout, shard_bits, 0)
    }

    /// Adds a state to the level that is being restored. It is none that the store has.
    pub fn restore(&mut self, key: Key<N>) {
        let (shard, remainder) = self.divide(key);
        self.shards[shard].push(remainder, 0);
    }

    /// Ends the level that is being restored.
    pub fn restored_level(&mut self) {
        self.shards.iter_mut().for_each(Shard::next_level);
    }

    /// The store with these levels, the last of which is to be expanded next.
    pub fn restored(mut self) -> Self {
        self.level = self.shards[0].level_count() - 2;
        for shard in &mut self.shards {
            shard.cursor = shard.level_start(self.level);
            shard.reindex();
        }
        self
    }

    fn empty(layout: &Layout, shard_bits: u32, level: usize) -> Self {
        let division = Division::new(layout, shard_bits);
        let shards = (0..1 << shard_bits).map(|_| Shard::new(division.form())).collect();
        Store { shards, division, level, tight_from: TIGHT_FROM }
    }

    /// How states are divided among the shards.
    #[cfg(feature = "hosts")]
    pub fn division(&self) -> Division<N> {
        self.division
    }

    /// The base-2 logarithm of the number of shards.
    pub fn shard_bits(&self) -> u32 {
        self.division.shard_bits()
    }

    /// The shard of a state, and the remainder that is kept there.
    #[inline(always)]
    pub fn divide(&self, key: Key<N>) -> (usize, Key<N>) {
        self.division.divide(key)
    }

    /// The same with the class of the move that found the state.
    #[inline(always)]
    pub fn divide_found(&self, key: Key<N>, class: u8) -> (usize, Key<N>) {
        let (shard, remainder) = self.divide(key);
        (shard, self.division.form().with_class(remainder, class))
    }

    /// The state with this remainder in a shard.
    #[inline(always)]
    pub fn unite(&self, shard: usize, remainder: Key<N>) -> Key<N> {
        self.division.unite(shard, remainder)
    }

    /// The state at a position of a shard.
    #[inline(always)]
    pub fn at(&self, shard: usize, position: usize) -> Key<N> {
        self.unite(shard, self.shards[shard].at(position))
    }

    /// Adds a state to the next level. True iff it is new.
    pub fn insert(&mut self, key: Key<N>) -> bool {
        let (shard, remainder) = self.divide(key);
        self.shards[shard].insert_one(remainder)
    }

    /// The shard and position of a visited state.
    #[inline(always)]
    pub fn find(&self, key: Key<N>) -> Option<(usize, usize)> {
        let (shard, remainder) = self.divide(key);
        self.shards[shard].find(remainder).map(|position| (shard, position))
    }

    pub fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub fn level(&self) -> usize {
        self.level
    }

    /// The range of positions of a level in a shard.
    pub fn level_range(&self, level: usize, shard: usize) -> std::ops::Range<usize> {
        let shard = &self.shards[shard];
        shard.level_start(level)..shard.level_start(level + 1)
    }

    pub fn level_len(&self, level: usize) -> usize {
        (0..self.shards.len()).map(|shard| self.level_range(level, shard).len()).sum()
    }

    /// States of the current level that are not expanded yet.
    pub fn unexpanded(&self) -> usize {
        self.shards.iter().map(|shard| shard.level_start(self.level + 1) - shard.cursor).sum()
    }

    /// Takes up to `most` states of the current level to be expanded now.
    pub fn take(&mut self, most: usize, pieces: &mut Vec<Piece>) {
        pieces.clear();
        let mut left = most;
        for (number, shard) in self.shards.iter_mut().enumerate() {
            let end = shard.level_start(self.level + 1);
            let to = end.min(shard.cursor + left);
            if to > shard.cursor {
                pieces.push(Piece { shard: number, from: shard.cursor, to });
                left -= to - shard.cursor;
                shard.cursor = to;
            }
            if left == 0 {
                break;
            }
        }
    }

    /// Ends the current level: what was found becomes the level to be expanded.
    pub fn next_level(&mut self) {
        self.shards.iter_mut().for_each(Shard::next_level);
        self.level += 1;
    }

    /// True iff the shards have outgrown a core's cache and can be split.
    pub fn wants_split(&self) -> bool {
        self.shard_bits() < LAST_SHARD_BITS && self.len() > SPLIT_ABOVE << self.shard_bits()
    }

    /// The base-2 logarithm of the number of shards that so many states are split into.
    pub fn shard_bits_for(states: usize) -> u32 {
        let splits = (FIRST_SHARD_BITS..LAST_SHARD_BITS).step_by(2);
        splits.into_iter().find(|bits| states <= SPLIT_ABOVE << bits).unwrap_or(LAST_SHARD_BITS)
    }

    /// Bytes of index slots, the part that grows by copying.
    pub fn index_bytes(&self) -> u64 {
        self.shards.iter().map(Shard::index_bytes).sum()
    }

    /// Bytes of all states and the index.
    pub fn bytes(&self) -> u64 {
        self.index_bytes() + (self.len() * self.bytes_per_state()) as u64
    }

    /// Bytes of a state, but for the index.
    pub fn bytes_per_state(&self) -> usize {
        self.division.form().bytes()
    }

    /// How tightly states should be packed anew, if they have to be: see [`Layout::new`].
    pub fn tightness(&self) -> Option<u32> {
        (self.len() >= TIGHT_FROM).then_some(self.shard_bits())
    }

    /// True iff it is worth while to look whether states can be packed more tightly: twice as many have come since the
    /// last time.
    pub fn wants_tighter(&mut self) -> bool {
        let len = self.len();
        let wants = len >= self.tight_from;
        if wants {
            self.tight_from = 2 * len;
        }
        wants
    }

    /// Bytes of a state in another layout.
    pub fn bytes_in(&self, layout: &Layout) -> usize {
        Division::<N>::new(layout, self.shard_bits()).form().bytes()
    }

    /// Splits each shard into four, several at a time if that is shared among threads.
    pub fn split(&mut self, is_shared: bool) {
        let (old, new) = (self.division, self.division.among(self.shard_bits() + 2));
        let shards = std::mem::take(&mut self.shards);
        let split = |(number, shard): (usize, Shard<N>)| shard.split(number, &old, &new);
        let parts: Vec<[Shard<N>; 4]> = if is_shared {
            shards.into_par_iter().enumerate().map(split).collect()
        } else {
            shards.into_iter().enumerate().map(split).collect()
        };
        self.shards = parts.into_iter().flatten().collect();
        self.division = new;
    }

    /// The same states in another layout, perhaps of another width. They are moved level by level, giving back blocks as they
    /// are emptied.
    pub fn repacked<const M: usize>(mut self, old: &Layout, new: &Layout) -> Store<M> {
        let mut components = Vec::new();
        let mut target: Store<M> = Store::empty(new, self.shard_bits(), self.level);
        target.tight_from = self.tight_from;
        self.shards.iter_mut().for_each(Shard::drop_index);
        for level in 0..=self.level + 1 {
            for expanded in [true, false] {
                for number in 0..self.shards.len() {
                    let range = self.level_range(level, number);
                    let split = self.shards[number].cursor.clamp(range.start, range.end);
                    for position in if expanded { range.start..split } else { split..range.end } {
                        old.unpack(self.at(number, position), &mut components);
                        let (home, remainder) = target.divide(new.pack(&components));
                        target.shards[home].push(remainder, self.shards[number].class(position));
                        self.shards[number].moved_to(position + 1);
                    }
                }
                if level == self.level && expanded {
                    target.shards.iter_mut().for_each(|shard| shard.cursor = shard.len());
                }
            }
            if level <= self.level {
                target.shards.iter_mut().for_each(Shard::next_level);
            }
        }
        target.shards.iter_mut().for_each(Shard::reindex);
        target
    }
}
