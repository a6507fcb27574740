//! The visited states, each interned once and numbered in the order in which a breadth-first search comes upon them,
//! with an index from their hashes. It must not know the model: who needs a value that was given up is told so.

use crate::engine::Identity;

/// Levels of which one keeps its values for good. The others give theirs up once their neighbours were expanded.
const KEPT_EVERY: usize = 8;
/// The parent of an initial state.
pub(super) const NONE: u32 = u32::MAX;
/// States at most: a number, plus one, has to fit the index.
const MOST_STATES: usize = u32::MAX as usize - 1;

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
    /// The values, unless they were given up.
    values: Option<Vec<S>>,
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
    /// Unequal values with equal hashes were met.
    pub(super) clashes: bool,
}

/// A look at a state with the same hash as another.
pub(super) enum Look<'s, S> {
    Value(&'s S),
    /// The value was given up.
    Gone(u32),
}

impl<S: PartialEq> Store<S> {
    pub(super) fn new(identity: Identity) -> Self {
        let levels = vec![Level { start: 0, values: Some(Vec::new()) }];
        Store { identity, records: Vec::new(), index: vec![0; 64], levels, keeps_all: false, clashes: false }
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.records.len() >= MOST_STATES
    }

    pub(super) fn record(&self, number: u32) -> Record {
        self.records[number as usize]
    }

    /// Ends the level that is being filled and begins the next one.
    pub(super) fn next_level(&mut self) {
        self.levels.push(Level { start: self.records.len(), values: Some(Vec::new()) });
    }

    /// The number of the first state of a level, and its values.
    pub(super) fn level(&self, level: usize) -> (usize, Option<&[S]>) {
        (self.levels[level].start, self.levels[level].values.as_deref())
    }

    pub(super) fn level_sizes(&self) -> Vec<u64> {
        let starts = self.levels.iter().map(|level| level.start);
        let ends = self.levels[1..].iter().map(|level| level.start).chain([self.records.len()]);
        starts.zip(ends).map(|(start, end)| (end - start) as u64).collect()
    }

    /// Gives up values that are hardly needed again, now that a level was expanded. States that are told apart by their
    /// hashes are never compared again; others mostly with their neighbours.
    pub(super) fn forget(&mut self, expanded: usize) {
        match self.identity {
            Identity::Hash if expanded == 0 => {}
            Identity::Hash => self.levels[expanded].values = None,
            Identity::Value if self.keeps_all => {}
            Identity::Value => {
                let forgotten = expanded.checked_sub(1).filter(|level| level % KEPT_EVERY != 0);
                forgotten.into_iter().for_each(|level| self.levels[level].values = None);
            }
        }
    }

    /// The levels whose values were given up, in order; from now on all values are kept.
    pub(super) fn keep_all(&mut self) -> Vec<usize> {
        self.keeps_all = true;
        (0..self.levels.len()).filter(|&level| self.levels[level].values.is_none()).collect()
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    pub(super) fn restore(&mut self, level: usize, values: Vec<S>) {
        self.levels[level].values = Some(values);
    }

    /// The numbers of a level.
    pub(super) fn numbers(&self, level: usize) -> std::ops::Range<usize> {
        self.levels[level].start..self.levels.get(level + 1).map_or(self.records.len(), |next| next.start)
    }

    /// The value of a state, unless it was given up.
    pub(super) fn value(&self, number: u32) -> Option<&S> {
        let level = self.levels.partition_point(|level| level.start <= number as usize) - 1;
        let level = &self.levels[level];
        level.values.as_ref().map(|values| &values[number as usize - level.start])
    }

    fn home(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.index.len() as u128) >> 64) as usize
    }

    /// Whether a state was visited. `is_same` compares it with one that has the same hash.
    pub(super) fn find(&self, hash: u64, mut is_same: impl FnMut(Look<S>) -> bool) -> Option<u32> {
        let mut place = self.home(hash);
        loop {
            let entry = self.index[place];
            if entry == 0 {
                return None;
            }
            let number = (entry as u32) - 1;
            if entry >> 32 == hash & 0xFFFF_FFFF && u64::from(self.records[number as usize].high) == hash >> 32 {
                let look = self.value(number).map_or(Look::Gone(number), Look::Value);
                if is_same(look) {
                    return Some(number);
                }
            }
            place = (place + 1) % self.index.len();
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
        level.values.as_mut().expect("the level to fill has its values").push(state);
    }

    fn place(&mut self, hash: u64, entry: u64) {
        let mut place = self.home(hash);
        while self.index[place] != 0 {
            place = (place + 1) % self.index.len();
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
