//! The set of distinct states that all runs visited, by fingerprint. It knows nothing of what a state is.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Shards: enough that threads rarely want the same one.
const SHARDS: usize = 64;

/// A set that many threads add to.
pub struct Distinct(Vec<Mutex<HashSet<u128>>>);

impl Distinct {
    pub fn new() -> Self {
        Distinct((0..SHARDS).map(|_| Mutex::default()).collect())
    }

    /// Adds a state.
    pub fn insert(&self, fingerprint: u128) {
        held(&self.0[(fingerprint % SHARDS as u128) as usize]).insert(fingerprint);
    }

    /// The number of states.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|shard| held(shard).len() as u64).sum()
    }
}

/// The set stays valid if a thread panics while it holds the lock.
fn held(shard: &Mutex<HashSet<u128>>) -> MutexGuard<'_, HashSet<u128>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
