//! Divides a packed state into the number of its shard and a remainder, and makes the state of both again.
//! It must not know where remainders are kept.
//!
//! The first word is mixed by a bijection of its bits, so that its high bits choose the shard as evenly as a hash would; and
//! since they can be had from the shard, they are not stored. No two states have equal shards and remainders.

use super::packed::{Key, Layout};

/// What a mix multiplies by, and what undoes that.
const MIX: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];
const UNMIX: [u64; 2] = [inverse(MIX[0]), inverse(MIX[1])];
/// Bits of the first word that are mixed at least, however few the states have.
const LEAST_BITS: u32 = 24;

/// Where the class of a move stands beside a remainder.
const CLASS_SHIFT: u32 = u64::BITS - u8::BITS;

/// The number that undoes a multiplication by an odd one.
const fn inverse(odd: u64) -> u64 {
    let (mut inverse, mut bits) = (odd, 3);
    while bits < u64::BITS {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse
}

/// How the states of a layout are divided among shards.
#[derive(Clone, Copy, Debug)]
pub struct Division<const N: usize> {
    /// Bits of the first word.
    bits: u32,
    shard_bits: u32,
    form: Form<N>,
}

impl<const N: usize> Division<N> {
    pub fn new(layout: &Layout, shard_bits: u32) -> Self {
        let mut used = layout.used_bits::<N>();
        used[0] = used[0].max(LEAST_BITS);
        let bits = used[0];
        used[0] -= shard_bits;
        Division { bits, shard_bits, form: Form::new(used) }
    }

    /// The same for another number of shards.
    pub fn among(mut self, shard_bits: u32) -> Self {
        let mut used = self.form.bits;
        used[0] = self.bits - shard_bits;
        (self.shard_bits, self.form) = (shard_bits, Form::new(used));
        self
    }

    pub fn form(&self) -> Form<N> {
        self.form
    }

    pub fn shard_bits(&self) -> u32 {
        self.shard_bits
    }

    /// The shard and the remainder of a state.
    #[inline(always)]
    pub fn divide(&self, mut key: Key<N>) -> (usize, Key<N>) {
        let mixed = self.mix(key.0[0] ^ self.of_others(&key));
        key.0[0] = mixed & self.form.masks[0];
        (self.high(mixed), key)
    }

    /// The state with this shard and remainder.
    #[inline(always)]
    pub fn unite(&self, shard: usize, mut remainder: Key<N>) -> Key<N> {
        let mixed = remainder.0[0] | (shard as u64) << (self.bits - self.shard_bits);
        remainder.0[0] = self.unmix(mixed) ^ self.of_others(&remainder);
        remainder
    }

    fn high(&self, mixed: u64) -> usize {
        (mixed >> (self.bits - self.shard_bits)) as usize
    }

    /// What the words after the first add to it, so that states that differ there go to other shards too.
    #[inline(always)]
    fn of_others(&self, key: &Key<N>) -> u64 {
        let mut sum = 0u64;
        for word in &key.0[1..] {
            sum = (sum ^ word).wrapping_mul(MIX[0]);
            sum ^= sum >> 32;
        }
        sum & self.mask()
    }

    #[inline(always)]
    fn mask(&self) -> u64 {
        u64::MAX >> (u64::BITS - self.bits)
    }

    #[inline(always)]
    fn mix(&self, mut word: u64) -> u64 {
        let (half, mask) = (self.bits.div_ceil(2), self.mask());
        for factor in MIX {
            word ^= word >> half;
            word = word.wrapping_mul(factor) & mask;
        }
        word ^ word >> half
    }

    #[inline(always)]
    fn unmix(&self, mut word: u64) -> u64 {
        let (half, mask) = (self.bits.div_ceil(2), self.mask());
        for factor in [UNMIX[1], UNMIX[0]] {
            word ^= word >> half;
            word = word.wrapping_mul(factor) & mask;
        }
        word ^ word >> half
    }
}

/// How remainders are written: each word in as many bytes as its bits need.
#[derive(Clone, Copy, Debug)]
pub struct Form<const N: usize> {
    bits: [u32; N],
    masks: [u64; N],
    starts: [u8; N],
    bytes: usize,
    /// The bits of the first word that carry the class of a move, if no remainder has them.
    class: u64,
}

impl<const N: usize> Form<N> {
    /// Bytes after the last remainder that may be read and written along with it.
    pub const SLACK: usize = 8;

    fn new(bits: [u32; N]) -> Self {
        let mut form = Form { bits, masks: [0; N], starts: [0; N], bytes: 0, class: 0 };
        form.class = if bits[0] <= u64::BITS - u8::BITS { 0xFF << CLASS_SHIFT } else { 0 };
        for (word, bits) in bits.into_iter().enumerate() {
            form.masks[word] = u64::MAX.checked_shr(u64::BITS - bits).unwrap_or(0);
            form.starts[word] = form.bytes as u8;
            form.bytes += bits.div_ceil(8) as usize;
        }
        form
    }

    /// Bytes of a remainder.
    #[inline(always)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A remainder with the class of a move, if it has room for that.
    #[inline(always)]
    pub fn with_class(&self, mut remainder: Key<N>, class: u8) -> Key<N> {
        remainder.0[0] |= u64::from(class) << CLASS_SHIFT & self.class;
        remainder
    }

    /// The remainder and the class of a move; 0 if there is no room for that.
    #[inline(always)]
    pub fn without_class(&self, mut key: Key<N>) -> (Key<N>, u8) {
        let class = (key.0[0] & self.class) >> CLASS_SHIFT;
        key.0[0] &= !self.class;
        (key, class as u8)
    }

    /// A remainder, given what is written from there on.
    #[inline(always)]
    pub fn read(&self, from: &[u8]) -> Key<N> {
        let mut remainder = Key([0; N]);
        for (word, (mask, start)) in remainder.0.iter_mut().zip(self.masks.iter().zip(self.starts)) {
            let bytes = from[start as usize..start as usize + 8].try_into().expect("eight bytes were taken");
            *word = u64::from_le_bytes(bytes) & mask;
        }
        remainder
    }

    /// Writes a remainder before those that follow it.
    #[inline(always)]
    pub fn write(&self, remainder: Key<N>, to: &mut [u8]) {
        for (word, start) in remainder.0.into_iter().zip(self.starts) {
            to[start as usize..start as usize + 8].copy_from_slice(&word.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states_come_back<const N: usize>(counts: &[u32]) {
        let layout = Layout::new(counts, N, None).expect("these fields fit");
        let mut number = 1u64;
        for shard_bits in [1, 3, 12] {
            let division = Division::<N>::new(&layout, shard_bits);
            let mut written = vec![0; division.form().bytes() * 200 + Form::<N>::SLACK];
            let mut keys = Vec::new();
            for place in 0..200 {
                let mut drawn = |count: &u32| {
                    number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (number >> 33) as u32 % count
                };
                let ids: Vec<u32> = counts.iter().map(&mut drawn).collect();
                let key = layout.pack::<N>(&ids);
                let (shard, remainder) = division.divide(key);
                assert!(shard < 1 << shard_bits);
                division.form().write(remainder, &mut written[place * division.form().bytes()..]);
                keys.push((shard, key));
            }
            for (place, (shard, key)) in keys.into_iter().enumerate() {
                let remainder = division.form().read(&written[place * division.form().bytes()..]);
                assert_eq!(division.unite(shard, remainder), key);
            }
        }
    }

    #[test]
    fn a_state_is_made_of_its_shard_and_remainder() {
        states_come_back::<1>(&[1, 1]);
        states_come_back::<1>(&[1, 2, 3, 1000, 70_000, 1, 17, 5]);
        states_come_back::<1>(&[1 << 20, 1 << 20, 1 << 20, 16]);
        states_come_back::<2>(&[1 << 20, 1 << 20, 1 << 20, 1 << 20]);
        states_come_back::<4>(&[1 << 30; 8]);
        states_come_back::<16>(&[1 << 30; 30]);
    }

    #[test]
    fn few_states_differing_in_low_bits_fill_all_shards_alike() {
        let layout = Layout::new(&[1 << 10, 1 << 10, 1 << 20], 1, Some(3)).expect("these fields fit");
        let division = Division::<1>::new(&layout, 3);
        let mut counts = [0; 8];
        for number in 0..8000 {
            counts[division.divide(Key([number])).0] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
