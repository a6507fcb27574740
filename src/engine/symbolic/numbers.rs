//! Equal values get equal small numbers, in the order in which they come. It must not know what the values are for.

use ahash::RandomState;
use std::collections::HashMap;
use std::hash::Hash;

/// A hasher whose results are the same in every run.
#[derive(Clone)]
pub(super) struct Stable(RandomState);

impl Default for Stable {
    fn default() -> Self {
        Stable(RandomState::with_seeds(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344))
    }
}

impl std::hash::BuildHasher for Stable {
    type Hasher = ahash::AHasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

/// A map that is the same in every run, the order of its entries included.
pub(super) type StableMap<K, V> = HashMap<K, V, Stable>;

/// A set that is the same in every run.
pub(super) type StableSet<K> = std::collections::HashSet<K, Stable>;

/// Values and their numbers.
pub(super) struct Numbers<T> {
    values: Vec<T>,
    numbers: StableMap<T, u32>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Numbers { values: Vec::new(), numbers: StableMap::default() }
    }
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    /// The number of a value.
    pub(super) fn of(&mut self, value: T) -> u32 {
        if let Some(&known) = self.numbers.get(&value) {
            return known;
        }
        let number = u32::try_from(self.values.len()).expect("nodes run out long before values do");
        self.values.push(value.clone());
        self.numbers.insert(value, number);
        number
    }
}

impl<T> std::ops::Index<u32> for Numbers<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}
