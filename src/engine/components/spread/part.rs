//! One worker's part of a search: the states that it owns, those on their way to their owners, and those that wait for
//! table entries. It must not know what is asked of states, nor when anything is sent.

use super::link::{Epoch, Link};
use crate::engine::components::search::asking::HitMasks;
use crate::engine::components::search::packed::{Key, Layout};
use crate::engine::components::search::quotient::Division;
use crate::engine::components::search::store::{Piece, Store};
use crate::engine::components::tables::Miss;
use crate::engine::components::tuned;
use crate::engine::Refusal;
use std::collections::BTreeSet;

/// States to another worker that are sent together.
const BATCH: usize = tuned(8192, 8);
/// States that are gathered before they are inserted.
const FLUSH: usize = tuned(1 << 20, 64);
const SHARD_BITS: u32 = 3;

/// Which worker owns a state, and which of them this is.
#[derive(Clone, Copy)]
pub struct Owners {
    pub own: usize,
    pub workers: usize,
}

impl Owners {
    /// The owner of a state with this hash. Shards, slots and tags have all bits of the hash, so that they are mixed anew.
    #[inline(always)]
    pub fn of(self, hash: u64) -> usize {
        ((u128::from(hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)) * self.workers as u128) >> 64) as usize
    }
}

/// What was counted of the states that a worker explored.
#[derive(Clone, Copy, Default)]
pub struct Counted {
    pub generated: u64,
    pub terminals: u64,
    /// Terminal states at the depth limit.
    pub at_limit: u64,
}

/// States on their way: to other owners, and into the store of this one.
pub struct Sorter<const N: usize> {
    pub owners: Owners,
    /// Remainders of states that are not inserted yet, by shard, and how many these are.
    bins: Vec<Vec<Key<N>>>,
    binned: usize,
    division: Division<N>,
    /// States to be sent, by owner.
    out: Vec<Vec<u64>>,
}

impl<const N: usize> Sorter<N> {
    fn new(owners: Owners, division: Division<N>) -> Self {
        let out = vec![Vec::new(); owners.workers];
        Sorter { owners, bins: vec![Vec::new(); 1 << division.shard_bits()], binned: 0, division, out }
    }

    #[inline(always)]
    fn bin(&mut self, state: Key<N>) {
        let (shard, remainder) = self.division.divide(state);
        self.bins[shard].push(remainder);
        self.binned += 1;
    }

    /// Passes a state on to its owner.
    #[inline(always)]
    pub fn pass_on(&mut self, state: Key<N>, link: &mut Link) {
        let owner = self.owners.of(state.hash());
        if owner == self.owners.own {
            return self.bin(state);
        }
        self.out[owner].extend_from_slice(&state.0);
        if self.out[owner].len() >= BATCH * N {
            let room = Vec::with_capacity(BATCH * N);
            link.send(owner, std::mem::replace(&mut self.out[owner], room));
        }
    }

    /// Sends what is still to be sent.
    pub fn send_all(&mut self, link: &mut Link) {
        for (owner, words) in self.out.iter_mut().enumerate().filter(|(_, words)| !words.is_empty()) {
            link.send(owner, std::mem::take(words));
        }
    }
}

/// The states of a worker, in `N` words.
pub struct Part<const N: usize> {
    pub layout: Layout,
    /// The component ids of the initial state.
    pub initial: Vec<u32>,
    pub store: Store<N>,
    pub sorter: Sorter<N>,
    /// States of the level that found a table entry missing, and what they miss.
    pub deferred: Vec<Key<N>>,
    pub missing: BTreeSet<Miss>,
    /// Those of them whose entries are filled since.
    pub again: Vec<Key<N>>,
    /// The depth limit cut off a transition.
    pub is_cut: bool,
    /// Hits of the level.
    pub hits: HitMasks,
    pub counted: Counted,
    /// The states of all workers in each level, up to the one that is explored.
    pub levels: Vec<u64>,
}

impl<const N: usize> Part<N> {
    /// The part of a worker when a search begins.
    pub fn new(layout: Layout, initial: &[u32], lenses: usize, link: &Link) -> Self {
        let owners = Owners { own: link.index(), workers: link.workers() };
        let mut store = Store::to_restore(&layout, SHARD_BITS);
        let first: Key<N> = layout.pack(initial);
        if owners.of(first.hash()) == owners.own {
            store.restore(first);
        }
        store.restored_level();
        Part::over(store.restored(), layout, initial.to_vec(), owners, HitMasks::new(lenses))
    }

    fn over(store: Store<N>, layout: Layout, initial: Vec<u32>, owners: Owners, hits: HitMasks) -> Self {
        Part {
            layout,
            initial,
            sorter: Sorter::new(owners, store.division()),
            store,
            deferred: Vec::new(),
            missing: BTreeSet::new(),
            again: Vec::new(),
            is_cut: false,
            hits,
            counted: Counted::default(),
            levels: vec![1],
        }
    }

    /// The depth of the states that are explored now.
    pub fn level(&self) -> usize {
        self.store.level()
    }

    /// States of the level that are still to be explored, but for those that wait for table entries.
    pub fn left(&self) -> usize {
        self.again.len() + self.store.unexpanded()
    }

    /// Takes some of them.
    pub fn take(&mut self, most: usize) -> Vec<Key<N>> {
        if !self.again.is_empty() {
            return self.again.split_off(self.again.len().saturating_sub(most));
        }
        self.take_unexpanded(most)
    }

    /// Takes some of those that do not wait.
    fn take_unexpanded(&mut self, most: usize) -> Vec<Key<N>> {
        let mut pieces = Vec::new();
        self.store.take(most, &mut pieces);
        let states = |piece: &Piece| {
            let (shard, store) = (piece.shard, &self.store);
            (piece.from..piece.to).map(move |position| store.at(shard, position))
        };
        pieces.iter().flat_map(states).collect()
    }

    /// Takes states that were sent to this worker, which owns them.
    pub fn take_in(&mut self, words: &[u64]) {
        keys(words).for_each(|state| self.sorter.bin(state));
        self.insert_some();
    }

    /// Inserts what was gathered, if that is much: the more comes at once, the less the processor waits for memory.
    pub fn insert_some(&mut self) {
        if self.sorter.binned >= FLUSH {
            self.insert_all();
        }
    }

    /// Inserts what was gathered.
    pub fn insert_all(&mut self) {
        for (shard, bin) in self.store.shards.iter_mut().zip(&mut self.sorter.bins) {
            shard.insert_all(bin);
            bin.clear();
        }
        self.sorter.binned = 0;
        if self.store.wants_split() {
            self.store.split(false);
            self.sorter.bins.resize_with(self.store.shards.len(), Vec::new);
            self.sorter.division = self.store.division();
        }
    }

    /// True iff no position is left for more states.
    pub fn is_full(&self) -> bool {
        self.store.shards.iter().any(|shard| shard.is_full())
    }

    /// The same part in another layout. That has other owners, so the states move, level by level; those of the level that are
    /// still to be explored are explored here.
    ///
    /// # Errors
    /// If a process was lost.
    pub fn moved<const M: usize>(mut self, layout: Layout, link: &mut Link) -> Result<Part<M>, Refusal> {
        let rest = self.take_unexpanded(self.store.unexpanded());
        self.again.extend(rest);
        let (mut ids, owners, current) = (Vec::new(), self.sorter.owners, self.level());
        let mut repack = |key: Key<N>| -> Key<M> {
            self.layout.unpack(key, &mut ids);
            layout.pack(&ids)
        };
        let mut store: Store<M> = Store::to_restore(&layout, self.store.shard_bits());
        let mut next: Vec<Key<M>> = Vec::new();
        for level in 0..=current + 1 {
            let mut out = vec![Vec::new(); owners.workers];
            for number in 0..self.store.shards.len() {
                for position in self.store.level_range(level, number) {
                    let key = repack(self.store.at(number, position));
                    out[owners.of(key.hash())].extend_from_slice(&key.0);
                }
            }
            for (owner, words) in out.into_iter().enumerate().filter(|(_, words)| !words.is_empty()) {
                link.send(owner, words);
            }
            link.settle(Epoch::Moved, &[], &mut |_, words| match level <= current {
                true => keys(&words).for_each(|key| store.restore(key)),
                false => next.extend(keys(&words)),
            })?;
            if level <= current {
                store.restored_level();
            }
        }
        let mut store = store.restored();
        store.take(store.unexpanded(), &mut Vec::new());
        next.into_iter().for_each(|key| _ = store.insert(key));
        let deferred = self.deferred.iter().map(|&key| repack(key)).collect();
        let again = self.again.iter().map(|&key| repack(key)).collect();
        let moved = Part::over(store, layout, self.initial, owners, self.hits);
        let (missing, is_cut, counted, levels) = (self.missing, self.is_cut, self.counted, self.levels);
        Ok(Part { deferred, again, missing, is_cut, counted, levels, ..moved })
    }
}

/// The states in these words.
pub fn keys<const N: usize>(words: &[u64]) -> impl Iterator<Item = Key<N>> + '_ {
    words.chunks_exact(N).map(|words| Key(words.try_into().expect("a state has N words")))
}
