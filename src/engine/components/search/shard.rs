//! One shard of the visited states: each remainder once, in the order in which they came, and an index that finds them.
//! It must not know what the bits mean, nor which shard it is.
//!
//! Remainders stand in blocks that never move, each in as many bytes as it has, so a level is a range of positions and the
//! frontier is no second copy. An index of 4 bytes a slot finds a remainder by its hash: position and a few bits of the
//! hash, so that hardly a look at a wrong one is taken. It grows by little at a time, as all shards fill up alike.

use super::index::{Index, POSITION_BITS, POSITION_MASK, SLOTS};
use super::packed::Key;
use super::quotient::{Division, Form};
use crate::engine::components::tuned;

/// States whose places are looked up together.
const BATCH: usize = 32;
/// States in a block.
const BLOCK: usize = tuned(1024, 16);
/// Slots of a line that are in use, on average, before the index grows, and which part of it is added then.
const FULL: usize = 14;
const GROWS_BY: usize = 6;

/// One shard of the visited states.
pub struct Shard<const N: usize> {
    form: Form<N>,
    blocks: Vec<Box<[u8]>>,
    len: usize,
    index: Index,
    /// Position of the first state of each level, the level being filled included.
    levels: Vec<u32>,
    /// Position of the first state that is not expanded yet.
    pub cursor: usize,
    /// The classes of the moves that found the states of the level before the one being filled, and of that one.
    classes: [Vec<u8>; 2],
}

impl<const N: usize> Shard<N> {
    pub fn new(form: Form<N>) -> Self {
        Shard {
            form,
            blocks: Vec::new(),
            len: 0,
            index: Index::new(0),
            levels: vec![0],
            cursor: 0,
            classes: Default::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// The remainder at a position.
    #[inline(always)]
    pub fn at(&self, position: usize) -> Key<N> {
        self.form.read(&self.blocks[position / BLOCK][position % BLOCK * self.form.bytes()..])
    }

    /// Begins another level.
    pub fn next_level(&mut self) {
        self.levels.push(self.len as u32);
        self.classes.swap(0, 1);
        self.classes[1] = Vec::new();
    }

    /// The class of the move that found a state; 0 if it is of an older level.
    #[inline(always)]
    pub fn class(&self, position: usize) -> u8 {
        let from_end = |back: usize| self.levels.len().checked_sub(back).map_or(0, |level| self.levels[level] as usize);
        let (before, filled) = (from_end(2), from_end(1));
        let class = if position < filled {
            self.classes[0].get(position.wrapping_sub(before))
        } else {
            self.classes[1].get(position - filled)
        };
        class.copied().unwrap_or(0)
    }

    /// How many levels were begun.
    pub fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// The position of the first state of this level, or the end.
    pub fn level_start(&self, level: usize) -> usize {
        self.levels.get(level).map_or(self.len, |&start| start as usize)
    }

    #[inline(always)]
    fn line(&self, hash: u64) -> usize {
        (((hash & 0xFFFF_FFFF) * self.index.lines() as u64) >> 32) as usize
    }

    #[inline(always)]
    fn tag(hash: u64) -> u32 {
        ((hash >> 12) as u32) & !POSITION_MASK
    }

    /// The position of a remainder, perhaps with a class, if it was visited.
    #[inline(always)]
    pub fn find(&self, found: Key<N>) -> Option<usize> {
        let (remainder, _) = self.form.without_class(found);
        self.probe(remainder, remainder.hash()).ok()
    }

    /// The position of a state, or else the line of the index with the free slot where it belongs.
    #[inline(always)]
    fn probe(&self, key: Key<N>, hash: u64) -> Result<usize, usize> {
        let tag = Self::tag(hash);
        let mut number = self.line(hash);
        loop {
            let line = self.index.line(number);
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
            if number == self.index.lines() {
                number = 0;
            }
        }
    }

    /// Adds a remainder with its hash. True iff it is new. False also if the shard is full, which `is_full` tells.
    #[inline(always)]
    fn insert(&mut self, key: Key<N>, class: u8, hash: u64) -> bool {
        match self.probe(key, hash) {
            Ok(_) => false,
            Err(line) => self.add(key, class, hash, line),
        }
    }

    /// Adds a remainder with a class. True iff it is new. False also if the shard is full.
    pub fn insert_one(&mut self, found: Key<N>) -> bool {
        let (remainder, class) = self.form.without_class(found);
        self.insert(remainder, class, remainder.hash())
    }

    #[inline(always)]
    fn add(&mut self, key: Key<N>, class: u8, hash: u64, line: usize) -> bool {
        if self.is_full() {
            return false;
        }
        self.push(key, class);
        let free = self.index.line(line).free().expect("a probe ends at a line with a free slot");
        self.index.line_mut(line).0[free] = self.len as u32 | Self::tag(hash);
        if self.len > self.index.lines() * FULL {
            self.grow();
        }
        true
    }

    /// Adds many remainders with their classes; returns how many of them are new.
    ///
    /// The first looks at the index, and then at the states found there, are taken for a whole batch at once: they do
    /// not depend on each other, so the processor waits for all of them together instead of for one after the other.
    pub fn insert_all(&mut self, keys: &[Key<N>]) -> usize {
        let before = self.len;
        for batch in keys.chunks(BATCH) {
            let mut hashes = [0; BATCH];
            let mut touched = 0;
            for (key, hash) in batch.iter().zip(&mut hashes) {
                *hash = self.form.without_class(*key).0.hash();
                touched ^= self.index.line(self.line(*hash)).0[0];
            }
            std::hint::black_box(touched);
            let mut found = [Key([0; N]); BATCH];
            for (hash, found) in hashes.iter().zip(&mut found).take(batch.len()) {
                let line = self.index.line(self.line(*hash));
                let candidates = line.candidates(Self::tag(*hash));
                let slot = line.0[candidates.trailing_zeros() as usize % SLOTS] & POSITION_MASK;
                let position = (slot as usize).saturating_sub(1);
                let from = position % BLOCK * self.form.bytes();
                *found = self.blocks.get(position / BLOCK).map_or(*found, |block| self.form.read(&block[from..]));
            }
            for ((key, hash), found) in batch.iter().zip(hashes).zip(found) {
                // What was looked at is a visited state or no state at all, but then all bits are 0: ask anew.
                let (key, class) = self.form.without_class(*key);
                if found != key || found == Key([0; N]) {
                    self.insert(key, class, hash);
                }
            }
        }
        self.len - before
    }

    /// True iff no position is left.
    pub fn is_full(&self) -> bool {
        self.len + 1 >= 1 << POSITION_BITS
    }

    /// Adds a remainder that is not there yet, and that the index is told of later.
    #[inline(always)]
    pub fn push(&mut self, remainder: Key<N>, class: u8) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(vec![0; BLOCK * self.form.bytes() + Form::<N>::SLACK].into());
        }
        let block = self.blocks.last_mut().expect("a block was just made");
        self.form.write(remainder, &mut block[self.len % BLOCK * self.form.bytes()..]);
        self.classes[1].push(class);
        self.len += 1;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.reindex();
    }

    /// Drops the index, which has to be made anew before anything is looked for.
    pub fn drop_index(&mut self) {
        self.index = Index::default();
    }

    /// Makes an index of all remainders, with some room.
    pub fn reindex(&mut self) {
        self.drop_index();
        let lines = self.len / FULL + self.len / FULL / GROWS_BY + 2;
        self.index = Index::new(lines);
        let lines = self.index.lines();
        for position in 0..self.len {
            let hash = self.at(position).hash();
            let mut number = self.line(hash);
            loop {
                if let Some(free) = self.index.line(number).free() {
                    self.index.line_mut(number).0[free] = (position as u32 + 1) | Self::tag(hash);
                    break;
                }
                number = (number + 1) % lines;
            }
        }
    }

    /// Bytes of index slots.
    pub fn index_bytes(&self) -> u64 {
        (self.index.lines() * SLOTS * size_of::<u32>()) as u64
    }

    /// Gives back the block before a position if all of it was moved elsewhere.
    #[inline(always)]
    pub fn moved_to(&mut self, position: usize) {
        if position.is_multiple_of(BLOCK) {
            self.blocks[position / BLOCK - 1] = Box::default();
        }
    }

    /// The same states in four shards, in order, of which this one was the one with this number.
    pub fn split(mut self, number: usize, old: &Division<N>, new: &Division<N>) -> [Self; 4] {
        self.drop_index();
        let mut parts = std::array::from_fn(|_| Shard::new(new.form()));
        for position in 0..self.len {
            self.levels_at(position, &mut parts);
            let (shard, remainder) = new.divide(old.unite(number, self.at(position)));
            parts[shard % 4].push(remainder, self.class(position));
            self.moved_to(position + 1);
        }
        self.levels_at(self.len, &mut parts);
        parts.iter_mut().for_each(Shard::reindex);
        parts
    }

    /// Begins in other shards the levels that begin here at a position, and sets their cursors if it is here.
    fn levels_at(&self, position: usize, parts: &mut [Self]) {
        for part in parts {
            if self.cursor == position {
                part.cursor = part.len;
            }
            while self.levels.get(part.levels.len()).is_some_and(|&start| start as usize == position) {
                part.next_level();
            }
        }
    }
}
