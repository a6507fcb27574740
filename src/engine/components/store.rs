//! The visited states: each packed state once, by BFS level, in shards that are searched and grown one by one.
//! It must not know what the packed bits mean.
//!
//! A shard keeps its states in the order in which they came, in blocks that never move, so a level is a range of
//! positions and the frontier is no second copy. An index of 4 bytes a slot finds a state by its hash: position and a
//! few bits of the hash, so that most misses cost no look at the state. Together some 14 bytes for a state of 64 bits.

use super::packed::{Key, Layout};

/// States whose places are looked up together.
const BATCH: usize = 32;
/// States in a block.
const BLOCK: usize = 4096;
/// Bits of an index slot that hold a position; the rest hold a tag.
const POSITION_BITS: u32 = 24;
const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;
/// States in a shard on average, above which shards are split: a shard then still fits a core's cache.
const SPLIT_ABOVE: usize = 64 * 1024;
const FIRST_SHARD_BITS: u32 = 3;
const LAST_SHARD_BITS: u32 = 12;

/// One shard of the visited states.
pub(super) struct Shard<const N: usize> {
    blocks: Vec<Vec<Key<N>>>,
    len: usize,
    index: Vec<u32>,
    /// Position of the first state of each level, the level being filled included.
    levels: Vec<u32>,
    /// Position of the first state that is not expanded yet.
    cursor: usize,
}

impl<const N: usize> Shard<N> {
    fn new() -> Self {
        Shard { blocks: Vec::new(), len: 0, index: vec![0; 64], levels: vec![0], cursor: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn at(&self, position: usize) -> Key<N> {
        self.blocks[position / BLOCK][position % BLOCK]
    }

    /// The position of the first state of this level, or the end.
    pub(super) fn level_start(&self, level: usize) -> usize {
        self.levels.get(level).map_or(self.len, |&start| start as usize)
    }

    #[inline(always)]
    fn slot(&self, hash: u64) -> usize {
        (((hash & 0xFFFF_FFFF) * self.index.len() as u64) >> 32) as usize
    }

    #[inline(always)]
    fn tag(hash: u64) -> u32 {
        ((hash >> 8) as u32) & !POSITION_MASK
    }

    /// The position of a state, if it was visited.
    #[inline(always)]
    pub(super) fn find(&self, key: Key<N>, hash: u64) -> Option<usize> {
        self.probe(key, hash).ok()
    }

    /// The position of a state, or else the free slot of the index where it belongs.
    #[inline(always)]
    fn probe(&self, key: Key<N>, hash: u64) -> Result<usize, usize> {
        let tag = Self::tag(hash);
        let mut slot = self.slot(hash);
        loop {
            let entry = self.index[slot];
            if entry == 0 {
                return Err(slot);
            }
            if (entry ^ tag) & !POSITION_MASK == 0 {
                let position = (entry & POSITION_MASK) as usize - 1;
                if self.at(position) == key {
                    return Ok(position);
                }
            }
            slot += 1;
            if slot == self.index.len() {
                slot = 0;
            }
        }
    }

    /// Adds a state. True iff it is new. False also if the shard is full, which `is_full` tells.
    #[inline(always)]
    pub(super) fn insert(&mut self, key: Key<N>, hash: u64) -> bool {
        match self.probe(key, hash) {
            Ok(_) => false,
            Err(slot) => {
                if self.is_full() {
                    return false;
                }
                self.push(key);
                self.index[slot] = self.len as u32 | Self::tag(hash);
                if self.len * 4 > self.index.len() * 3 {
                    self.grow();
                }
                true
            }
        }
    }

    /// Adds many states; returns how many of them are new.
    ///
    /// The first looks at the index, and then at the states found there, are taken for a whole batch at once: they do
    /// not depend on each other, so the processor waits for all of them together instead of for one after the other.
    pub(super) fn insert_all(&mut self, keys: &[Key<N>]) -> usize {
        let before = self.len;
        for batch in keys.chunks(BATCH) {
            let mut hashes = [0; BATCH];
            let mut entries = [0; BATCH];
            for ((key, hash), entry) in batch.iter().zip(&mut hashes).zip(&mut entries) {
                *hash = key.hash();
                *entry = self.index[self.slot(*hash)];
            }
            let mut touched = 0;
            for (hash, entry) in hashes.iter().zip(&entries) {
                let is_candidate = (entry ^ Self::tag(*hash)) & !POSITION_MASK == 0 && *entry != 0;
                let position = if is_candidate { (entry & POSITION_MASK) as usize - 1 } else { 0 };
                touched ^= self.blocks.get(position / BLOCK).map_or(0, |block| block[position % BLOCK].0[0]);
            }
            std::hint::black_box(touched);
            for (key, hash) in batch.iter().zip(hashes) {
                self.insert(*key, hash);
            }
        }
        self.len - before
    }

    /// True iff no position is left.
    pub(super) fn is_full(&self) -> bool {
        self.len + 1 >= 1 << POSITION_BITS
    }

    fn push(&mut self, key: Key<N>) {
        if self.len % BLOCK == 0 {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        self.blocks.last_mut().expect("a block was just made").push(key);
        self.len += 1;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let slots = (self.index.len() + self.index.len() / 2).next_multiple_of(16);
        self.index = Vec::new();
        self.reindex(slots);
    }

    fn reindex(&mut self, slots: usize) {
        self.index = vec![0; slots];
        for position in 0..self.len {
            let hash = self.at(position).hash();
            let mut slot = self.slot(hash);
            while self.index[slot] != 0 {
                slot += 1;
                if slot == slots {
                    slot = 0;
                }
            }
            self.index[slot] = (position as u32 + 1) | Self::tag(hash);
        }
    }
}

/// Some states of the current level that are not expanded yet: a range of positions of a shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) shard: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// All visited states.
pub(super) struct Store<const N: usize> {
    pub(super) shards: Vec<Shard<N>>,
    shard_bits: u32,
    /// The level that is being expanded; the states found go to the next one.
    level: usize,
}

impl<const N: usize> Store<N> {
    /// A store with one state, the level 0.
    pub(super) fn new(initial: Key<N>) -> Self {
        let mut store = Self::empty(FIRST_SHARD_BITS, 0);
        store.insert(initial);
        store.next_level();
        store.level = 0;
        store
    }

    fn empty(shard_bits: u32, level: usize) -> Self {
        Store { shards: (0..1 << shard_bits).map(|_| Shard::new()).collect(), shard_bits, level }
    }

    pub(super) fn shard_bits(&self) -> u32 {
        self.shard_bits
    }

    #[inline(always)]
    pub(super) fn shard_of(&self, hash: u64) -> usize {
        (hash >> (u64::BITS - self.shard_bits)) as usize
    }

    /// Adds a state to the next level. True iff it is new.
    pub(super) fn insert(&mut self, key: Key<N>) -> bool {
        let hash = key.hash();
        let shard = self.shard_of(hash);
        self.shards[shard].insert(key, hash)
    }

    /// The shard and position of a visited state.
    #[inline(always)]
    pub(super) fn find(&self, key: Key<N>) -> Option<(usize, usize)> {
        let hash = key.hash();
        let shard = self.shard_of(hash);
        self.shards[shard].find(key, hash).map(|position| (shard, position))
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(Shard::len).sum()
    }

    pub(super) fn level(&self) -> usize {
        self.level
    }

    /// The range of positions of a level in a shard.
    pub(super) fn level_range(&self, level: usize, shard: usize) -> std::ops::Range<usize> {
        let shard = &self.shards[shard];
        shard.level_start(level)..shard.level_start(level + 1)
    }

    pub(super) fn level_len(&self, level: usize) -> usize {
        (0..self.shards.len()).map(|shard| self.level_range(level, shard).len()).sum()
    }

    /// States of the current level that are not expanded yet.
    pub(super) fn unexpanded(&self) -> usize {
        self.shards.iter().map(|shard| shard.level_start(self.level + 1) - shard.cursor).sum()
    }

    /// Takes up to `most` states of the current level to be expanded now.
    pub(super) fn take(&mut self, most: usize, pieces: &mut Vec<Piece>) {
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
    pub(super) fn next_level(&mut self) {
        for shard in &mut self.shards {
            let end = shard.len as u32;
            shard.levels.push(end);
        }
        self.level += 1;
    }

    /// True iff the shards have outgrown a core's cache and can be split.
    pub(super) fn wants_split(&self) -> bool {
        self.shard_bits < LAST_SHARD_BITS && self.len() > SPLIT_ABOVE << self.shard_bits
    }

    /// Bytes of index slots, the part that grows by copying.
    pub(super) fn index_bytes(&self) -> u64 {
        self.shards.iter().map(|shard| shard.index.len() as u64 * 4).sum()
    }

    /// The same states in four times as many shards.
    pub(super) fn split(self) -> Self {
        let bits = (self.shard_bits + 2).min(LAST_SHARD_BITS);
        self.moved(bits, |key| key)
    }

    /// The same states in another layout, perhaps of another width.
    pub(super) fn repacked<const M: usize>(self, old: &Layout, new: &Layout) -> Store<M> {
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
            let slots = (shard.len * 8 / 5).max(64).next_multiple_of(16);
            shard.reindex(slots);
        }
        target
    }
}
