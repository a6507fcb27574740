//! Expands one packed state: the one loop over components and moves that every search, and every reconstruction of a
//! path, goes through. It must not know how states are stored, nor what is asked of them.

use super::packed::{Key, Layout};
use crate::engine::components::tables::{Effect, Miss, Move, Tables, Taken, UNFILLED};

/// A transition out of a state.
#[derive(Clone, Copy)]
pub struct Expansion<'t, const N: usize> {
    pub taken: Taken,
    /// What the tables say of the move.
    pub step: &'t Move,
    /// The state it leads to.
    pub next: Key<N>,
}

/// Moves that are gathered before they are made.
const GATHERED: usize = 64;
/// Moves of a component that are gathered in one go.
const STRIDE: usize = 4;

/// Visits every transition out of a state, or stops at the first table entry that is not filled yet.
///
/// First the moves of all components are gathered, without a branch that depends on how many each has; then one loop
/// makes them. Loops over the few moves of each component would end at another count every time, and a processor
/// that guesses wrong loses more than a transition takes.
#[inline(always)]
pub fn expand<'t, const N: usize>(
    tables: &'t Tables,
    layout: &Layout,
    state: Key<N>,
    mut visit: impl FnMut(Expansion<'t, N>),
) -> Result<(), Miss> {
    let may_crash = if tables.max_crashes > 0 { may_crash(tables, layout, state) } else { 0 };
    let mut gathered = [0u32; GATHERED];
    let mut count = 0;
    for (field, &slot) in layout.slots[..tables.movers].iter().enumerate() {
        let component = state.get(slot);
        let entry = tables.entry(field, component);
        if !entry.is_filled() {
            return Err(Miss::Moves { field, component });
        }
        let (mut first, mut left) = (entry.first(), entry.count(may_crash));
        loop {
            if count + STRIDE > GATHERED {
                make(tables, layout, state, &gathered[..count], &mut visit)?;
                count = 0;
            }
            for (offset, number) in gathered[count..count + STRIDE].iter_mut().enumerate() {
                *number = first + offset as u32;
            }
            if left <= STRIDE {
                count += left;
                break;
            }
            count += STRIDE;
            first += STRIDE as u32;
            left -= STRIDE;
        }
    }
    make(tables, layout, state, &gathered[..count], &mut visit)
}

/// Every table entry that a state finds missing now. Filling them may make it find more.
pub fn misses<const N: usize>(tables: &Tables, layout: &Layout, state: Key<N>, mut note: impl FnMut(Miss)) {
    let may_crash = if tables.max_crashes > 0 { may_crash(tables, layout, state) } else { 0 };
    for (field, &slot) in layout.slots[..tables.movers].iter().enumerate() {
        let component = state.get(slot);
        let entry = tables.entry(field, component);
        if !entry.is_filled() {
            note(Miss::Moves { field, component });
            continue;
        }
        for number in (entry.first()..).take(entry.count(may_crash)) {
            let step = tables.step(number);
            for effect in std::iter::once(&step.effect).chain(tables.others(step)) {
                let component = state.get(layout.slots[effect.field as usize]);
                if tables.effect(effect.row, component) == UNFILLED {
                    note(Miss::Effect { row: effect.row, component });
                }
            }
        }
    }
}

/// Makes these moves in a state, each on its own.
#[inline(always)]
fn make<'t, const N: usize>(
    tables: &'t Tables,
    layout: &Layout,
    state: Key<N>,
    numbers: &[u32],
    visit: &mut impl FnMut(Expansion<'t, N>),
) -> Result<(), Miss> {
    for &number in numbers {
        let step = tables.step(number);
        let mut next = state.flipped(layout.slots[step.field as usize], step.flip);
        next = affected(tables, layout, state, next, step.effect)?;
        if step.other_count > 0 {
            for &effect in tables.others(step) {
                next = affected(tables, layout, state, next, effect)?;
            }
        }
        visit(Expansion { taken: Taken(number), step, next });
    }
    Ok(())
}

/// The state `next`, with the effect of a move out of `state` added.
#[inline(always)]
fn affected<const N: usize>(
    tables: &Tables,
    layout: &Layout,
    state: Key<N>,
    next: Key<N>,
    effect: Effect,
) -> Result<Key<N>, Miss> {
    let slot = layout.slots[effect.field as usize];
    let component = state.get(slot);
    match tables.effect(effect.row, component) {
        UNFILLED => Err(Miss::Effect { row: effect.row, component }),
        flip => Ok(next.flipped(slot, flip)),
    }
}

/// 1 if fewer actors are down than may be, else 0.
fn may_crash<const N: usize>(tables: &Tables, layout: &Layout, state: Key<N>) -> u8 {
    let movers = layout.slots[..tables.movers].iter().enumerate();
    let crashed = movers.filter(|(field, &slot)| tables.entry(*field, state.get(slot)).is_crashed()).count();
    u8::from(crashed < tables.max_crashes)
}
