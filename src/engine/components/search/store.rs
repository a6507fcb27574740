//! The visited states: each packed state once, by BFS level, in shards that are searched and grown one by one.
//! It must not know what the packed bits mean.
//!
//! A shard keeps its states in the order in which they came, in blocks that never move, so a level is a range of
//! positions and the frontier is no second copy. An index of 4 bytes a slot finds a state by its hash: position and a
//! few bits of the hash, so that hardly a look at a wrong state is taken. Together some 14 bytes for a state of 64 bits.

use super::packed::{Key, Layout};
use crate::engine::components::tuned;

/// States whose places are looked up together.
const BATCH: usize = 32;
/// States in a block.
const BLOCK: usize = tuned(4096, 16);
/// Bits of an index slot that hold a position; the rest hold a tag.
const POSITION_BITS: u32 = 20;
const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;
/// Index slots that are looked at together.
const SLOTS: usize = 16;
/// Slots of a line that are in use, on average, before the index grows.
const FULL: usize = 13;
/// States in a shard on average, above which shards are split: a shard then still fits a core's cache.
const SPLIT_ABOVE: usize = tuned(64 * 1024, 16);
const FIRST_SHARD_BITS: u32 = 3;
const LAST_SHARD_BITS: u32 = 12;

/// Index slots of one cache line, filled from the front. A slot holds a position plus one and a tag; 0 is free.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u32; SLOTS]);

impl Line {
    /// A bit for every slot whose tag is this one. Free slots have a tag of 0.
    #[inline(always)]
    fn candidates(&self, tag: u32) -> u32 {
        let mut mask = 0;
        for (bit, slot) in self.0.iter().enumerate() {
            mask |= u32::from((slot ^ tag) & !POSITION_MASK == 0) << bit;
        }
        mask
    }

    /// The first free slot, if there is one.
    #[inline(always)]
    fn free(&self) -> Option<usize> {
        (self.0[SLOTS - 1] == 0).then(|| self.0.iter().map(|&slot| usize::from(slot != 0)).sum())
    }
}

/// One shard of the visited states.
pub struct Shard<const N: usize> {
    blocks: Vec<Vec<Key<N>>>,
    len: usize,
    index: Vec<Line>,
    /// Position of the first state of each level, the level being filled included.
    levels: Vec<u32>,
    /// Position of the first state that is not expanded yet.
    cursor: usize,
}

impl<const N: usize> Shard<N> {
    fn new() -> Self {
        Shard { blocks: Vec::new(), len: 0, index: vec![Line([0; SLOTS]); 4], levels: vec![0], cursor: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn at(&self, position: usize) -> Key<N> {
        self.blocks[position / BLOCK][position % BLOCK]
    }

    /// The position of the first state of this level, or the end.
    pub fn level_start(&self, level: usize) -> usize {
        self.levels.get(level).map_or(self.len, |&start| start as usize)
    }

    #[inline(always)]
    fn line(&self, hash: u64) -> usize {
        (((hash & 0xFFFF_FFFF) * self.index.len() as u64) >> 32) as usize
    }

    #[inline(always)]
    fn tag(hash: u64) -> u32 {
        ((hash >> 12) as u32) & !POSITION_MASK
    }

    /// The position of a state, if it was visited.
    #[inline(always)]
    pub fn find(&self, key: Key<N>, hash: u64) -> Option<usize> {
        self.probe(key, hash).ok()
    }

    /// The position of a state, or else the line of the index with the free slot where it belongs.
    #[inline(always)]
    fn probe(&self, key: Key<N>, hash: u64) -> Result<usize, usize> {
        let tag = Self::tag(hash);
        let mut number = self.line(hash);
        loop {
            let line = &self.index[number];
            let mut candidates = line.candidates(tag);
            while candidates != 0 {
                let slot = line.0[candidates.trailing_zeros() as usize] & POSITION_MASK;
                if slot != 0 && self.at(slot as usize - 1) == key {
                    return Ok(slot as usize - 1);
                }
                candidates &= candidates - 1;
            }
            if line.0[SLOTS - 1] == 0 {
                return Err(number);
            }
            number += 1;
            if number == self.index.len() {
                number = 0;
            }
        }
    }

    /// Adds a state. True iff it is new. False also if the shard is full, which `is_full` tells.
    #[inline(always)]
    pub fn insert(&mut self, key: Key<N>, hash: u64) -> bool {
        match self.probe(key, hash) {
            Ok(_) => false,
            Err(line) => self.add(key, hash, line),
        }
    }

    #[inline(always)]
    fn add(&mut self, key: Key<N>, hash: u64, line: usize) -> bool {
        if self.is_full() {
            return false;
        }
        self.push(key);
        let free = self.index[line].free().expect("a probe ends at a line with a free slot");
        self.index[line].0[free] = self.len as u32 | Self::tag(hash);
        if self.len > self.index.len() * FULL {
            self.grow();
        }
        true
    }

    /// Adds many states; returns how many of them are new.
    ///
    /// The first looks at the index, and then at the states found there, are taken for a whole batch at once: they do
    /// not depend on each other, so the processor waits for all of them together instead of for one after the other.
    pub fn insert_all(&mut self, keys: &[Key<N>]) -> usize {
        let before = self.len;
        for batch in keys.chunks(BATCH) {
            let mut hashes = [0; BATCH];
            let mut touched = 0;
            for (key, hash) in batch.iter().zip(&mut hashes) {
                *hash = key.hash();
                touched ^= self.index[self.line(*hash)].0[0];
            }
            std::hint::black_box(touched);
            let mut found = [Key([0; N]); BATCH];
            for (hash, found) in hashes.iter().zip(&mut found).take(batch.len()) {
                let line = &self.index[self.line(*hash)];
                let candidates = line.candidates(Self::tag(*hash));
                let slot = line.0[candidates.trailing_zeros() as usize % SLOTS] & POSITION_MASK;
                let position = (slot as usize).saturating_sub(1);
                *found = self.blocks.get(position / BLOCK).map_or(*found, |block| block[position % BLOCK]);
            }
            for ((key, hash), found) in batch.iter().zip(hashes).zip(found) {
                // What was looked at is a visited state or no state at all, but then all bits are 0: ask anew.
                if found != *key || found == Key([0; N]) {
                    self.insert(*key, hash);
                }
            }
        }
        self.len - before
    }

    /// True iff no position is left.
    pub fn is_full(&self) -> bool {
        self.len + 1 >= 1 << POSITION_BITS
    }

    fn push(&mut self, key: Key<N>) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        self.blocks.last_mut().expect("a block was just made").push(key);
        self.len += 1;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let lines = self.index.len() + (self.index.len() / 3).max(2);
        self.index = Vec::new();
        self.reindex(lines);
    }

    fn reindex(&mut self, lines: usize) {
        self.index = vec![Line([0; SLOTS]); lines];
        for position in 0..self.len {
            let hash = self.at(position).hash();
            let mut number = self.line(hash);
            loop {
                if let Some(free) = self.index[number].free() {
                    self.index[number].0[free] = (position as u32 + 1) | Self::tag(hash);
                    break;
                }
                number = (number + 1) % lines;
            }
        }
    }
}

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
    shard_bits: u32,
    /// The level that is being expanded; the states found go to the next one.
    level: usize,
}

impl<const N: usize> Store<N> {
    /// A store with one state, the level 0.
    pub fn new(initial: Key<N>) -> Self {
        let mut store = Self::empty(FIRST_SHARD_BITS, 0);
        store.insert(initial);
        store.next_level();
        store.level = 0;
        store
    }

    /// A store without states, into which the levels of another come one after the other.
    pub fn to_restore(shard_bits: u32) -> Self {
        Self::empty(shard_bits, 0)
    }

    /// Adds a state to the level that is being restored. It is none that the store has.
    pub fn restore(&mut self, key: Key<N>) {
        let shard = self.shard_of(key.hash());
        self.shards[shard].push(key);
    }

    /// Ends the level that is being restored.
    pub fn restored_level(&mut self) {
        self.shards.iter_mut().for_each(|shard| shard.levels.push(shard.len as u32));
    }

    /// The store with these levels, the last of which is to be expanded next.
    pub fn restored(mut self) -> Self {
        self.level = self.shards[0].levels.len() - 2;
        for shard in &mut self.shards {
            shard.cursor = shard.levels[self.level] as usize;
            let lines = (shard.len / (FULL * 3 / 4)).max(4);
            shard.reindex(lines);
        }
        self
    }

    fn empty(shard_bits: u32, level: usize) -> Self {
        Store { shards: (0..1 << shard_bits).map(|_| Shard::new()).collect(), shard_bits, level }
    }

    pub fn shard_bits(&self) -> u32 {
        self.shard_bits
    }

    #[inline(always)]
    pub fn shard_of(&self, hash: u64) -> usize {
        (hash >> (u64::BITS - self.shard_bits)) as usize
    }

    /// Adds a state to the next level. True iff it is new.
    pub fn insert(&mut self, key: Key<N>) -> bool {
        let hash = key.hash();
        let shard = self.shard_of(hash);
        self.shards[shard].insert(key, hash)
    }

    /// The shard and position of a visited state.
    #[inline(always)]
    pub fn find(&self, key: Key<N>) -> Option<(usize, usize)> {
        let hash = key.hash();
        let shard = self.shard_of(hash);
        self.shards[shard].find(key, hash).map(|position| (shard, position))
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
        for shard in &mut self.shards {
            let end = shard.len as u32;
            shard.levels.push(end);
        }
        self.level += 1;
    }

    /// True iff the shards have outgrown a core's cache and can be split.
    pub fn wants_split(&self) -> bool {
        self.shard_bits < LAST_SHARD_BITS && self.len() > SPLIT_ABOVE << self.shard_bits
    }

    /// Bytes of index slots, the part that grows by copying.
    pub fn index_bytes(&self) -> u64 {
        self.shards.iter().map(|shard| (shard.index.len() * SLOTS) as u64 * 4).sum()
    }

    /// The same states in four times as many shards.
    pub fn split(self) -> Self {
        let bits = (self.shard_bits + 2).min(LAST_SHARD_BITS);
        self.moved(bits, |key| key)
    }

    /// The same states in another layout, perhaps of another width.
    pub fn repacked<const M: usize>(self, old: &Layout, new: &Layout) -> Store<M> {
        let mut components = Vec::new();
        let bits = self.shard_bits;
        self.moved(bits, |key| {
            old.unpack(key, &mut components);
            new.pack(&components)
        })
    }

    /// Rebuilds the store with every state mapped, level by level, giving back blocks as they are emptied.
    fn moved<const M: usize>(mut self, shard_bits: u32, mut map: impl FnMut(Key<N>) -> Key<M>) -> Store<M> {
        let mut target: Store<M> = Store::empty(shard_bits, self.level);
        for shard in &mut self.shards {
            shard.index = Vec::new();
        }
        for level in 0..=self.level + 1 {
            for expanded in [true, false] {
                for shard in &mut self.shards {
                    let (start, end) = (shard.level_start(level), shard.level_start(level + 1));
                    let split = shard.cursor.clamp(start, end);
                    let range = if expanded { start..split } else { split..end };
                    for position in range {
                        let key = map(shard.at(position));
                        let home = target.shard_of(key.hash());
                        target.shards[home].push(key);
                        if (position + 1) % BLOCK == 0 {
                            shard.blocks[position / BLOCK] = Vec::new();
                        }
                    }
                }
                if level == self.level && expanded {
                    target.shards.iter_mut().for_each(|shard| shard.cursor = shard.len);
                }
            }
            if level <= self.level {
                target.shards.iter_mut().for_each(|shard| shard.levels.push(shard.len as u32));
            }
        }
        for shard in &mut target.shards {
            let lines = (shard.len / (FULL * 3 / 4)).max(4);
            shard.reindex(lines);
        }
        target
    }
}
