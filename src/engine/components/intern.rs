//! Gives equal values equal small numbers. It must not know what the values are for.

use ahash::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// A hasher whose results are the same in every run.
pub fn stable_hasher() -> RandomState {
    RandomState::with_seeds(0x517C_C1B7_2722_0A95, 0x6C62_272E_07BB_0142, 0x27D4_EB2F_1656_67C5, 0x1656_67B1_9E37_79F9)
}

/// A map with a hasher of its own, the same in every run.
pub type StableMap<K, V> = HashMap<K, V, RandomState>;

pub fn stable_map<K, V>() -> StableMap<K, V> {
    HashMap::with_hasher(stable_hasher())
}

/// A set likewise.
pub type StableSet<T> = HashSet<T, RandomState>;

pub fn stable_set<T>() -> StableSet<T> {
    HashSet::with_hasher(stable_hasher())
}

/// Values that hash and compare, each once. Exact: a hash only finds candidates, equality decides.
pub struct Values<T> {
    values: Vec<T>,
    by_hash: StableMap<u64, Vec<u32>>,
    hasher: RandomState,
    /// Unequal values with equal hashes were met.
    pub clashes: bool,
}

impl<T: Hash + PartialEq> Values<T> {
    pub fn new() -> Self {
        Values { values: Vec::new(), by_hash: stable_map(), hasher: stable_hasher(), clashes: false }
    }

    /// The number of a value.
    pub fn intern(&mut self, value: T) -> u32 {
        let same_hash = self.by_hash.entry(self.hasher.hash_one(&value)).or_default();
        if let Some(&known) = same_hash.iter().rev().find(|&&known| self.values[known as usize] == value) {
            return known;
        }
        let number = u32::try_from(self.values.len()).expect("components run out long before values do");
        self.clashes |= !same_hash.is_empty();
        same_hash.push(number);
        self.values.push(value);
        number
    }

    /// The values from this number on.
    pub fn since(&self, number: usize) -> &[T] {
        &self.values[number..]
    }
}

impl<T> std::ops::Index<u32> for Values<T> {
    type Output = T;
    fn index(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}

/// Values that hash but do not compare: told apart by 128 bits of hash. For histories, which have nothing else.
pub struct Hashed<T> {
    values: Vec<T>,
    by_hash: StableMap<(u64, u64), u32>,
    hashers: (RandomState, RandomState),
}

impl<T: Hash> Hashed<T> {
    pub fn new() -> Self {
        let second = RandomState::with_seeds(11, 400_714_785_074_694_791, 29, 1_181_783_497_276_652_981);
        Hashed { values: Vec::new(), by_hash: stable_map(), hashers: (stable_hasher(), second) }
    }

    /// The number of a value.
    pub fn intern(&mut self, value: T) -> u32 {
        let wide = (self.hashers.0.hash_one(&value), self.hashers.1.hash_one(&value));
        if let Some(&known) = self.by_hash.get(&wide) {
            return known;
        }
        let number = u32::try_from(self.values.len()).expect("components run out long before values do");
        self.by_hash.insert(wide, number);
        self.values.push(value);
        number
    }

    /// The values from this number on.
    pub fn since(&self, number: usize) -> &[T] {
        &self.values[number..]
    }
}

impl<T> std::ops::Index<u32> for Hashed<T> {
    type Output = T;
    fn index(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}
