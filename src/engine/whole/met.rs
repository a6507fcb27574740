//! The states that the workers of a round come upon and that were not visited before, each once, with the least of the
//! ways to it. It must not know the store, nor the model.

use super::store::Candidate;
use crate::engine::components::intern::{stable_map, StableMap};
use crate::engine::Identity;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shards of a round that is shared among threads. A power of two.
const SHARDS: usize = 64;
/// No further state has the same hash.
const LAST: u32 = u32::MAX;

/// States by their hashes; each shard is one worker's at a time.
pub(super) struct Met<S> {
    identity: Identity,
    culprit: fn(&S, &S) -> &'static str,
    shards: Vec<Mutex<Shard<S>>>,
}

struct Shard<S> {
    /// The latest state that has a hash.
    by_hash: StableMap<u64, u32>,
    held: Vec<Held<S>>,
    /// The types of unequal values with equal hashes.
    clashes: BTreeSet<&'static str>,
}

struct Held<S> {
    hash: u64,
    /// The parent and the place of the action.
    way: (u32, u32),
    /// The state before this one that has the same hash.
    before: u32,
    /// The value, until it is taken out.
    state: Option<S>,
}

impl<S: PartialEq> Met<S> {
    pub(super) fn new(identity: Identity, culprit: fn(&S, &S) -> &'static str) -> Self {
        let shard = || Mutex::new(Shard { by_hash: stable_map(), held: Vec::new(), clashes: BTreeSet::new() });
        Met { identity, culprit, shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// Takes note of a state that was not visited before the round.
    pub(super) fn meet(&self, candidate: Candidate<S>) {
        let shard = (candidate.hash >> (u64::BITS - SHARDS.trailing_zeros())) as usize;
        let _dropped_unlocked = lock(&self.shards[shard]).meet(self.identity, self.culprit, candidate);
    }

    /// The states met, in the order of the least ways to them.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Candidate<S>> + '_ {
        let mut order = Vec::new();
        let mut shards: Vec<&mut Shard<S>> = Vec::with_capacity(SHARDS);
        for (number, shard) in self.shards.iter_mut().enumerate() {
            let shard = shard.get_mut().unwrap_or_else(PoisonError::into_inner);
            order.extend(shard.held.iter().enumerate().map(|(place, held)| (held.way, number as u32, place as u32)));
            shard.by_hash.clear();
            shards.push(shard);
        }
        order.sort_unstable();
        order.into_iter().map(move |((parent, action), shard, place)| {
            let held = &mut shards[shard as usize].held[place as usize];
            let state = held.state.take().expect("each state is taken once");
            Candidate { hash: held.hash, parent, action, state }
        })
    }

    /// The types of unequal values with equal hashes that were met so far.
    pub(super) fn clashes(&mut self) -> impl Iterator<Item = &'static str> + '_ {
        let shards = self.shards.iter_mut().map(|shard| shard.get_mut().unwrap_or_else(PoisonError::into_inner));
        shards.flat_map(|shard| std::mem::take(&mut shard.clashes))
    }

    /// Forgets the states of the round that has ended.
    pub(super) fn clear(&mut self) {
        for shard in &mut self.shards {
            shard.get_mut().unwrap_or_else(PoisonError::into_inner).held.clear();
        }
    }
}

impl<S: PartialEq> Shard<S> {
    /// Keeps a state if it is new, and its way if that is less. Returns what is not needed.
    fn meet(&mut self, identity: Identity, culprit: fn(&S, &S) -> &'static str, candidate: Candidate<S>) -> Option<S> {
        let Candidate { hash, parent, action, state } = candidate;
        let number = self.held.len() as u32;
        let latest = self.by_hash.entry(hash).or_insert(LAST);
        let mut place = *latest;
        while place != LAST {
            let held = &mut self.held[place as usize];
            let other = held.state.as_ref().expect("states are taken out between rounds");
            let is_equal = *other == state;
            if !is_equal && self.clashes.is_empty() {
                self.clashes.insert(culprit(other, &state));
            }
            if is_equal || identity == Identity::Hash {
                let is_less = (parent, action) < held.way;
                return match is_less {
                    true => {
                        held.way = (parent, action);
                        held.state.replace(state)
                    }
                    false => Some(state),
                };
            }
            place = held.before;
        }
        let before = std::mem::replace(latest, number);
        self.held.push(Held { hash, way: (parent, action), before, state: Some(state) });
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A comparison that panicked left nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
