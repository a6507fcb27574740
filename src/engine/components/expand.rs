//! Expands one packed state: the one loop over components and moves that every search, and every reconstruction of a
//! path, goes through. It must not know how states are stored, nor what is asked of them.

use super::packed::{Key, Layout};
use super::tables::{Miss, Move, Tables, UNFILLED};

/// The move that a transition takes: the position among the moves of the component of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) field: usize,
    pub(super) component: u32,
    pub(super) number: usize,
}

/// A transition out of a state.
#[derive(Clone, Copy)]
pub(super) struct Step<'t, const N: usize> {
    /// Which component moves, and how.
    pub(super) taken: Taken,
    /// What the tables say of the move.
    pub(super) step: &'t Move,
    /// The state it leads to.
    pub(super) next: Key<N>,
}

/// Visits every transition out of a state, or stops at the first table entry that is not filled yet.
#[inline(always)]
pub(super) fn expand<'t, const N: usize>(
    tables: &'t Tables,
    layout: &Layout,
    state: Key<N>,
    mut visit: impl FnMut(Step<'t, N>),
) -> Result<(), Miss> {
    let may_crash = tables.max_crashes > 0 && crashed(tables, layout, state) < tables.max_crashes;
    for (field, &slot) in layout.slots[..tables.movers].iter().enumerate() {
        let component = state.get(slot);
        let entry = tables.entry(field, component);
        let Some(moves) = tables.moves(entry, may_crash) else { return Err(Miss::Moves { field, component }) };
        for (number, step) in moves.iter().enumerate() {
            let mut next = state.flipped(slot, step.flip);
            for effect in tables.effects(step) {
                let slot = layout.slots[effect.field as usize];
                let component = state.get(slot);
                let flip = tables.effect(effect.row, component);
                if flip == UNFILLED {
                    return Err(Miss::Effect { row: effect.row, component });
                }
                next = next.flipped(slot, flip);
            }
            visit(Step { taken: Taken { field, component, number }, step, next });
        }
    }
    Ok(())
}

/// How many actors are down.
fn crashed<const N: usize>(tables: &Tables, layout: &Layout, state: Key<N>) -> usize {
    let movers = layout.slots[..tables.movers].iter().enumerate();
    movers.filter(|(field, &slot)| tables.entry(*field, state.get(slot)).is_crashed).count()
}
