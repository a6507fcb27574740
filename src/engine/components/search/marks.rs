//! The marks that the search for paths leaves on the visited states.

use super::packed::Key;
use super::session::Session;
use super::store::Store;
use super::visited::Visited;
use crate::engine::components::intern::StableMap;
use crate::engine::components::tuned;
use rayon::prelude::*;

/// States of a level that is worth sharing among threads.
const SHARED_ABOVE: usize = tuned(4096, 8);

/// Expansions between two looks at the clock.
pub const POLL_EVERY: usize = 16;

/// Visited states that can be marked.
pub trait Marked<const N: usize>: Visited<N> {
    /// Marks every state of a level by a worker's own function; not all of them if the search lost its patience.
    fn mark<F: FnMut(Key<N>) -> u8>(&self, session: &Session, level: usize, worker: impl Fn() -> F + Sync) -> Marks<N>;
    /// The mark of a state, if it is of that level.
    fn mark_of(&self, marks: &Marks<N>, level: usize, state: Key<N>) -> u8;
}

/// The marks of one level.
pub enum Marks<const N: usize> {
    Placed(Placed),
    /// Those that are not 0, by state.
    Listed(StableMap<[u64; N], u8>),
}

/// Marks by the places of states.
pub struct Placed {
    /// For every shard and state the targets that are reachable in time.
    by_shard: Vec<Vec<u8>>,
    /// A bit for the hash of every marked state. Most levels have few, and most states then need no search.
    filter: Vec<u64>,
}

impl Placed {
    fn new<const N: usize>(store: &Store<N>, level: usize, by_shard: Vec<Vec<u8>>) -> Self {
        let count: usize = by_shard.iter().map(|marks| marks.iter().filter(|&&mark| mark != 0).count()).sum();
        let mut filter = vec![0u64; (count / 8).next_power_of_two().clamp(4, 1 << 20)];
        for (shard, marks) in by_shard.iter().enumerate() {
            let start = store.level_range(level, shard).start;
            for (offset, _) in marks.iter().enumerate().filter(|(_, mark)| **mark != 0) {
                let hash = store.at(shard, start + offset).hash();
                let words = filter.len();
                filter[(hash >> 6) as usize % words] |= 1 << (hash % 64);
            }
        }
        Placed { by_shard, filter }
    }

    /// False only if the state is not marked.
    #[inline(always)]
    fn may_have<const N: usize>(&self, state: Key<N>) -> bool {
        let hash = state.hash();
        self.filter[(hash >> 6) as usize & (self.filter.len() - 1)] >> (hash % 64) & 1 == 1
    }
}

impl<const N: usize> Marked<N> for Store<N> {
    fn mark<F: FnMut(Key<N>) -> u8>(&self, session: &Session, level: usize, worker: impl Fn() -> F + Sync) -> Marks<N> {
        let of_shard = |shard: usize| {
            let mut mark = worker();
            let mut is_over = session.lost_patience().is_some();
            let mut of_state = |position: usize| {
                is_over |= position.is_multiple_of(POLL_EVERY) && session.lost_patience().is_some();
                if is_over {
                    0
                } else {
                    mark(self.at(shard, position))
                }
            };
            self.level_range(level, shard).map(&mut of_state).collect()
        };
        let by_shard = session.on_threads(self.level_len(level) < SHARED_ABOVE, |is_shared| {
            if is_shared {
                (0..self.shards.len()).into_par_iter().map(of_shard).collect()
            } else {
                (0..self.shards.len()).map(of_shard).collect()
            }
        });
        Marks::Placed(Placed::new(self, level, by_shard))
    }

    #[inline(always)]
    fn mark_of(&self, marks: &Marks<N>, level: usize, state: Key<N>) -> u8 {
        let placed = match marks {
            Marks::Placed(placed) => placed,
            Marks::Listed(listed) => return listed.get(&state.0).copied().unwrap_or(0),
        };
        if !placed.may_have(state) {
            return 0;
        }
        let Some((shard, position)) = self.find(state) else { return 0 };
        let range = self.level_range(level, shard);
        if range.contains(&position) {
            placed.by_shard[shard][position - range.start]
        } else {
            0
        }
    }
}
