//! What is asked of the visited states, wherever they are kept.

use super::packed::Key;
use super::share::Share;
use super::store::Store;
use std::io;

/// The visited states by level.
pub trait Visited<const N: usize>: Sync {
    /// The level that is being expanded, or was the last one to be.
    fn level(&self) -> usize;
    /// How many states there are.
    fn len(&self) -> usize;
    /// How many states a level has.
    fn size_of(&self, level: usize) -> u64;
    /// The base-2 logarithm of the number of shards that so many states are in when they are in memory.
    fn shard_bits(&self) -> u32;
    /// Passes the states of a level.
    ///
    /// # Errors
    /// What `put` has, or the disk that they are on.
    fn pass(&self, level: usize, put: &mut dyn FnMut(Key<N>) -> io::Result<()>) -> io::Result<()>;
    /// In how many bins new states are gathered.
    fn bins(&self) -> usize;
    /// The bin of a state that a move of this class found, and what goes there.
    fn divide(&self, state: Key<N>, class: u8) -> (usize, Key<N>);
    /// Passes the states of a share of a round, with the classes of the moves that found them.
    fn each_of(&self, share: &Share<N>, each: impl FnMut(Key<N>, u8));
    /// The initial state.
    fn initial(&self) -> Key<N>;
    /// True iff a state is of that level.
    fn is_of(&self, level: usize, state: Key<N>) -> bool;
    /// True only if a state is one of them.
    fn knows(&self, state: Key<N>) -> bool;
}

impl<const N: usize> Visited<N> for Store<N> {
    fn level(&self) -> usize {
        Store::level(self)
    }

    fn len(&self) -> usize {
        Store::len(self)
    }

    fn size_of(&self, level: usize) -> u64 {
        self.level_len(level) as u64
    }

    fn shard_bits(&self) -> u32 {
        Store::shard_bits(self)
    }

    fn pass(&self, level: usize, put: &mut dyn FnMut(Key<N>) -> io::Result<()>) -> io::Result<()> {
        let mut of_shard = |shard| self.level_range(level, shard).try_for_each(|place| put(self.at(shard, place)));
        (0..self.shards.len()).try_for_each(&mut of_shard)
    }

    fn bins(&self) -> usize {
        self.shards.len()
    }

    #[inline(always)]
    fn divide(&self, state: Key<N>, class: u8) -> (usize, Key<N>) {
        self.divide_found(state, class)
    }

    #[inline(always)]
    fn each_of(&self, share: &Share<N>, mut each: impl FnMut(Key<N>, u8)) {
        match share {
            Share::Keys(keys) => keys.iter().for_each(|&state| each(state, 0)),
            Share::Pieces(pieces) => {
                for piece in pieces {
                    let class = |position| self.shards[piece.shard].class(position);
                    (piece.from..piece.to).for_each(|place| each(self.at(piece.shard, place), class(place)));
                }
            }
        }
    }

    fn initial(&self) -> Key<N> {
        let first = (0..self.shards.len()).find(|&shard| !self.level_range(0, shard).is_empty());
        self.at(first.expect("a search starts with a state"), 0)
    }

    fn is_of(&self, level: usize, state: Key<N>) -> bool {
        let place = self.find(state);
        place.is_some_and(|(shard, position)| self.level_range(level, shard).contains(&position))
    }

    fn knows(&self, state: Key<N>) -> bool {
        self.find(state).is_some()
    }
}
