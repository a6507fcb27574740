//! The visited states, each interned once and numbered in the order in which a breadth-first search comes upon them,
//! with an index from their hashes. It must not know the model: who needs a value that was given up is told so.

use crate::engine::Identity;

/// Levels of which one keeps its values for good. The others give theirs up when they are hardly needed again.
const KEPT_EVERY: usize = 64;
/// Values in a block.
const BLOCK: usize = 64;
/// The parent of an initial state.
pub(super) const NONE: u32 = u32::MAX;
/// States at most: a number, plus one, has to fit the index.
pub(super) const MOST_STATES: usize = u32::MAX as usize - 1;

/// What is kept of every state.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// The high half of the hash; the index has the low half.
    high: u32,
    /// The state from which it was found first.
    pub(super) parent: u32,
    /// The place of the action that led here among the actions of the parent; of an initial state its own place.
    pub(super) action: u32,
}

/// The states that have the same distance from the initial ones.
struct Level<S> {
    start: usize,
    /// Their values; a block that was given up is empty.
    blocks: Vec<Vec<S>>,
}

/// A state that may be new.
pub(super) struct Candidate<S> {
    pub(super) hash: u64,
    pub(super) parent: u32,
    pub(super) action: u32,
    pub(super) state: S,
}

/// All visited states.
pub(super) struct Store<S> {
    pub(super) identity: Identity,
    records: Vec<Record>,
    /// Open addressing: the low half of a hash and a number plus one, or 0.
    index: Vec<u64>,
    levels: Vec<Level<S>>,
    /// No further values are given up.
    keeps_all: bool,
}

impl<S: PartialEq> Store<S> {
    pub(super) fn new(identity: Identity) -> Self {
        let levels = vec![Level { start: 0, blocks: Vec::new() }];
        Store { identity, records: Vec::new(), index: vec![0; 64], levels, keeps_all: false }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn record(&self, number: u32) -> Record {
        self.records[number as usize]
    }

    /// Ends the level that is being filled and begins the next one.
    pub(super) fn next_level(&mut self) {
        self.levels.push(Level { start: self.records.len(), blocks: Vec::new() });
    }

    pub(super) fn level_sizes(&self) -> Vec<u64> {
        (0..self.levels.len()).map(|level| self.numbers(level).len() as u64).collect()
    }

    /// The numbers of a level.
    pub(super) fn numbers(&self, level: usize) -> std::ops::Range<usize> {
        self.levels[level].start..self.levels.get(level + 1).map_or(self.records.len(), |next| next.start)
    }

    /// Takes the values of a level out, as far as they belong to states before this number, unless they are kept for good.
    pub(super) fn give_up(&mut self, level: usize, before: usize) -> Vec<Vec<S>> {
        let is_kept = match self.identity {
            Identity::Value => self.keeps_all || level.is_multiple_of(KEPT_EVERY),
            Identity::Hash => level == 0,
        };
        let is_whole = before >= self.numbers(level).end;
        let level = &mut self.levels[level];
        let blocks = if is_whole { level.blocks.len() } else { (before - level.start) / BLOCK };
        let given_up = if is_kept { 0 } else { blocks };
        let taken = level.blocks[..given_up].iter_mut().map(std::mem::take);
        taken.filter(|block| !block.is_empty()).collect()
    }

    /// From now on all values are kept.
    pub(super) fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    pub(super) fn level_count(&self) -> usize {
        self.levels.len()
    }

    /// The states of a level whose values were given up.
    pub(super) fn given_up(&self, level: usize) -> Vec<std::ops::Range<usize>> {
        let numbers = self.numbers(level);
        let blocks = self.levels[level].blocks.iter().enumerate().filter(|(_, block)| block.is_empty());
        let range = |place: usize| numbers.start + place * BLOCK..numbers.end.min(numbers.start + (place + 1) * BLOCK);
        blocks.map(|(place, _)| range(place)).collect()
    }

    /// Puts values back in the place of those that were given up.
    pub(super) fn restore(&mut self, level: usize, first: usize, values: Vec<S>) {
        let level = &mut self.levels[level];
        level.blocks[(first - level.start) / BLOCK] = values;
    }

    fn level_of(&self, number: u32) -> usize {
        self.levels.partition_point(|level| level.start <= number as usize) - 1
    }

    /// The value of a state, unless it was given up.
    pub(super) fn value(&self, number: u32) -> Option<&S> {
        self.value_in(self.level_of(number), number)
    }

    /// The value of a state of a level, unless it was given up.
    pub(super) fn value_in(&self, level: usize, number: u32) -> Option<&S> {
        let level = &self.levels[level];
        let place = number as usize - level.start;
        level.blocks[place / BLOCK].get(place % BLOCK)
    }

    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.index.len() as u128) >> 64) as usize
    }

    /// True iff a state has this hash, if it has the low half of it.
    pub(super) fn has_hash(&self, number: u32, hash: u64) -> bool {
        u64::from(self.records[number as usize].high) == hash >> 32
    }

    /// Looks at where a state with this hash would be found, so that it is found sooner.
    pub(super) fn touch(&self, hash: u64) -> u64 {
        self.index[self.home(hash)]
    }

    /// The number of a visited state. `is_same` looks at each that has the low half of the hash, by its number.
    pub(super) fn find(&self, hash: u64, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut place = self.home(hash);
        loop {
            let entry = self.index[place];
            if entry == 0 {
                return None;
            }
            let number = (entry as u32) - 1;
            if entry >> 32 == hash & 0xFFFF_FFFF && is_same(number) {
                return Some(number);
            }
            place += 1;
            if place == self.index.len() {
                place = 0;
            }
        }
    }

    /// Adds a state that was not visited to the level that is being filled.
    pub(super) fn add(&mut self, candidate: Candidate<S>) {
        let Candidate { hash, parent, action, state } = candidate;
        if (self.records.len() + 1) * 8 > self.index.len() * 7 {
            self.grow();
        }
        self.records.push(Record { high: (hash >> 32) as u32, parent, action });
        let entry = (hash << 32) | self.records.len() as u64;
        self.place(hash, entry);
        let level = self.levels.last_mut().expect("there is always a level to fill");
        match level.blocks.last_mut().filter(|block| block.len() < BLOCK) {
            Some(block) => block.push(state),
            None => level.blocks.push(vec![state]),
        }
    }

    fn place(&mut self, hash: u64, entry: u64) {
        let mut place = self.home(hash);
        while self.index[place] != 0 {
            place += 1;
            if place == self.index.len() {
                place = 0;
            }
        }
        self.index[place] = entry;
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![0; self.index.len() + self.index.len() / 2];
        for entry in std::mem::replace(&mut self.index, larger) {
            if entry != 0 {
                let high = self.records[(entry as u32 - 1) as usize].high;
                self.place(u64::from(high) << 32 | entry >> 32, entry);
            }
        }
    }
}

/// The initial state and the actions, by their places, that lead to a state.
pub(super) fn trail<S: PartialEq>(store: &Store<S>, number: u32) -> (u32, Vec<u32>) {
    let mut actions = Vec::new();
    let mut record = store.record(number);
    while record.parent != NONE {
        actions.push(record.action);
        record = store.record(record.parent);
    }
    actions.reverse();
    (record.action, actions)
}
