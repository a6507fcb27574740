//! The slots of an index, by cache line. It must not know what is found by it.
//!
//! Lines are allocated in pages of one size, so that those that one index gives back when it grows are what the next one takes.
//! One allocation for all of them would leave holes that are too small for any other.

use crate::engine::components::tuned;

/// Bits of an index slot that hold a position; the rest hold a tag.
pub const POSITION_BITS: u32 = 20;
pub const POSITION_MASK: u32 = (1 << POSITION_BITS) - 1;
/// Index slots that are looked at together.
pub const SLOTS: usize = 16;
/// Lines of a page.
const PAGE: usize = tuned(64, 2);

/// Index slots of one cache line, filled from the front. A slot holds a position plus one and a tag; 0 is free.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Line(pub [u32; SLOTS]);

impl Line {
    /// A bit for every slot whose tag is this one. Free slots have a tag of 0.
    #[inline(always)]
    pub fn candidates(&self, tag: u32) -> u32 {
        let mut mask = 0;
        for (bit, slot) in self.0.iter().enumerate() {
            mask |= u32::from((slot ^ tag) & !POSITION_MASK == 0) << bit;
        }
        mask
    }

    /// The first free slot, if there is one.
    #[inline(always)]
    pub fn free(&self) -> Option<usize> {
        (self.0[SLOTS - 1] == 0).then(|| self.0.iter().map(|&slot| usize::from(slot != 0)).sum())
    }
}

/// Lines of slots.
#[derive(Default)]
pub struct Index {
    pages: Vec<Box<[Line]>>,
}

impl Index {
    /// At least so many lines, and at least one page.
    pub fn new(lines: usize) -> Self {
        let pages = lines.div_ceil(PAGE).max(1);
        Index { pages: (0..pages).map(|_| vec![Line([0; SLOTS]); PAGE].into()).collect() }
    }

    #[inline(always)]
    pub fn lines(&self) -> usize {
        self.pages.len() * PAGE
    }

    #[inline(always)]
    pub fn line(&self, number: usize) -> &Line {
        &self.pages[number / PAGE][number % PAGE]
    }

    #[inline(always)]
    pub fn line_mut(&mut self, number: usize) -> &mut Line {
        &mut self.pages[number / PAGE][number % PAGE]
    }
}
