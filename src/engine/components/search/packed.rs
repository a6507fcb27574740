//! Packs a tuple of component ids into a few machine words, and back. Owns the layout: which bits hold which field.
//! It must not know what a component is, nor where packed states are kept.

use crate::engine::components::tuned;

/// Words of the widest packed state.
pub const MOST_WORDS: usize = 16;

/// A packed global state: one component id per field, in `N` words. `N` is a power of two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key<const N: usize>(pub [u64; N]);

impl<const N: usize> Key<N> {
    /// A hash of all bits. Of a remainder its low 32 bits choose the line of an index, the bits above them are the tag.
    #[inline(always)]
    pub fn hash(&self) -> u64 {
        let mut hash = 0x9E37_79B9_7F4A_7C15u64;
        for word in self.0 {
            let wide = u128::from(hash ^ word) * u128::from(0xD6E8_FEB8_6659_FD93u64);
            hash = (wide as u64) ^ ((wide >> 64) as u64);
        }
        hash
    }

    /// The component id in this slot.
    #[inline(always)]
    pub fn get(&self, slot: Slot) -> u32 {
        ((self.0[slot.word as usize & (N - 1)] >> slot.shift) as u32) & slot.mask
    }

    /// The state whose component in this slot differs by `flip`, the exclusive or of the old and the new id.
    #[inline(always)]
    pub fn flipped(mut self, slot: Slot, flip: u32) -> Self {
        self.0[slot.word as usize & (N - 1)] ^= u64::from(flip) << slot.shift;
        self
    }
}

/// Where a field lies: bits `shift..` of a word, as many as `mask` has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    word: u8,
    shift: u8,
    mask: u32,
}

/// The bits of every field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub slots: Vec<Slot>,
}

/// Bits needed to tell `count` ids apart.
fn bits_for(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}

impl Layout {
    /// A layout in `words` words for fields with this many components each, or `None` if they do not fit.
    ///
    /// Bits to spare go one by one to the field that is the nearest to being full. There are as many as the words have, so
    /// that most models never have to be packed anew; or if the states are in so many shards that it matters, no more than
    /// to the next byte, when `shard_bits` of the first word are not stored.
    pub fn new(counts: &[u32], words: usize, shard_bits: Option<u32>) -> Option<Layout> {
        let mut fields: Vec<usize> = (0..counts.len()).collect();
        let mut widths: Vec<u32> = counts.iter().map(|&count| bits_for(count)).collect();
        fields.sort_by_key(|&field| std::cmp::Reverse(widths[field]));
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); words];
        let mut free: Vec<u32> = vec![u64::BITS; words];
        for &field in &fields {
            // The word with the most room, so that the spare bits are spread as well.
            let word = (0..words).max_by_key(|&word| (free[word], std::cmp::Reverse(word)))?;
            free[word] = free[word].checked_sub(widths[field])?;
            members[word].push(field);
        }
        let mut slots = vec![Slot::default(); counts.len()];
        for (word, members) in members.iter().enumerate() {
            let spare = match shard_bits {
                Some(shard_bits) => (free[word] + if word == 0 { shard_bits } else { 0 }) % 8,
                None => tuned(free[word] as usize, 0) as u32,
            };
            for _ in 0..spare.min(free[word]) {
                // A field with one component hardly gets more if there are that many states already.
                let fills = |&&field: &&usize| (counts[field] > 1 || shard_bits.is_none()) && widths[field] < 31;
                let fullness =
                    |field: &&usize| (u64::from(counts[**field]) << 31 >> widths[**field], usize::MAX - **field);
                let Some(&field) = members.iter().filter(fills).max_by_key(fullness) else { break };
                widths[field] += 1;
            }
            let mut shift = 0;
            for &field in members {
                let mask = ((1u64 << widths[field]) - 1) as u32;
                slots[field] = Slot { word: word as u8, shift: shift.min(63) as u8, mask };
                shift += widths[field];
            }
        }
        Some(Layout { slots })
    }

    /// The bits of each word from the lowest to the highest that a field lies in.
    pub fn used_bits<const N: usize>(&self) -> [u32; N] {
        let mut bits = [0; N];
        for slot in self.slots.iter().filter(|slot| slot.mask != 0) {
            let used = &mut bits[usize::from(slot.word)];
            *used = (*used).max(u32::from(slot.shift) + slot.mask.count_ones());
        }
        bits
    }

    /// The word, the shift and the mask of each field.
    pub fn parts(&self) -> Vec<[u32; 3]> {
        self.slots.iter().map(|slot| [slot.word.into(), slot.shift.into(), slot.mask]).collect()
    }

    /// The layout with these words, shifts and masks.
    pub fn of_parts(parts: impl Iterator<Item = [u32; 3]>) -> Self {
        let slots = parts.map(|[word, shift, mask]| Slot { word: word as u8, shift: shift as u8, mask });
        Layout { slots: slots.collect() }
    }

    /// True iff every field can hold all of its components.
    pub fn holds(&self, counts: &[u32]) -> bool {
        self.slots.iter().zip(counts).all(|(slot, &count)| u64::from(count) <= u64::from(slot.mask) + 1)
    }

    /// The packed form of these component ids, one per field.
    pub fn pack<const N: usize>(&self, components: &[u32]) -> Key<N> {
        let mut key = Key([0; N]);
        for (&slot, &component) in self.slots.iter().zip(components) {
            debug_assert!(component <= slot.mask, "a component id overflows its field");
            key = key.flipped(slot, component);
        }
        key
    }

    /// The component ids of a packed state, one per field.
    pub fn unpack<const N: usize>(&self, key: Key<N>, components: &mut Vec<u32>) {
        components.clear();
        components.extend(self.slots.iter().map(|&slot| key.get(slot)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_undone_by_unpacking_at_any_width() {
        let counts = [1, 2, 3, 1000, 70_000, 1, 17, 5];
        for words in [1, 2, 4] {
            let layout = Layout::new(&counts, words, None).expect("these fields need 44 bits");
            assert!(layout.holds(&counts));
            let components: Vec<u32> = counts.iter().map(|count| count - 1).collect();
            let mut unpacked = Vec::new();
            match words {
                1 => layout.unpack(layout.pack::<1>(&components), &mut unpacked),
                2 => layout.unpack(layout.pack::<2>(&components), &mut unpacked),
                _ => layout.unpack(layout.pack::<4>(&components), &mut unpacked),
            }
            assert_eq!(unpacked, components);
        }
    }

    #[test]
    fn fields_that_do_not_fit_have_no_layout() {
        assert!(Layout::new(&[1 << 30, 1 << 30, 1 << 30], 1, None).is_none());
        assert!(Layout::new(&[1 << 30, 1 << 30, 1 << 30], 2, None).is_some());
    }
}
