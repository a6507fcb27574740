//! A table of results that forgets: where two keys want one place, the later one gets it. It grows with its use up to a
//! fixed size. It must not know what the numbers are.

/// Places at first and at most. A place takes 16 bytes.
const FIRST_BITS: u32 = 12;
const MOST_BITS: u32 = 23;

/// A key that stands for an empty place.
const NO_KEY: u64 = u64::MAX;

/// Results by key, as many as there is room for.
pub(super) struct Cache {
    places: Vec<(u64, u32)>,
    bits: u32,
    puts: usize,
}

impl Cache {
    pub(super) fn new() -> Self {
        Cache { places: vec![(NO_KEY, 0); 1 << FIRST_BITS], bits: FIRST_BITS, puts: 0 }
    }

    #[inline]
    fn place(&self, key: u64) -> usize {
        let mixed = (key ^ (key >> 29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - self.bits)) as usize
    }

    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let (held, result) = self.places[self.place(key)];
        (held == key).then_some(result)
    }

    pub(super) fn put(&mut self, key: u64, result: u32) {
        self.puts += 1;
        if self.puts * 2 > self.places.len() && self.bits < MOST_BITS {
            self.grow();
        }
        let place = self.place(key);
        self.places[place] = (key, result);
    }

    fn grow(&mut self) {
        self.bits += 1;
        self.puts = 0;
        let old = std::mem::replace(&mut self.places, vec![(NO_KEY, 0); 1 << self.bits]);
        for (key, result) in old.into_iter().filter(|(key, _)| *key != NO_KEY) {
            let place = self.place(key);
            self.places[place] = (key, result);
        }
    }

    /// Forgets the results that do not satisfy a predicate.
    pub(super) fn retain(&mut self, keep: impl Fn(u64, u32) -> bool) {
        for place in &mut self.places {
            if place.0 != NO_KEY && !keep(place.0, place.1) {
                *place = (NO_KEY, 0);
            }
        }
    }
}
