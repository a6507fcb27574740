//! Visits one state: its successors within the boundary, and all that is asked on the way. It must not know in which
//! order states are visited.

use super::asking::{Asking, Context, HitMasks};
use super::expand::expand;
use super::packed::Key;
use crate::engine::components::questions::AskKind;
use crate::engine::components::tables::Miss;

/// Successors of a state.
#[derive(Default)]
pub struct Successors<const N: usize> {
    /// Those that do not sleep, each with the class of the move to it.
    pub awake: Vec<(Key<N>, u8)>,
    /// How many there are in all.
    pub count: u64,
}

/// Finds the successors of a state, and asks the open questions about it and its steps. A move of this class found the state,
/// so some successors may sleep (see [`Tables::asleep`](crate::engine::components::tables::Tables::asleep)): they are asked
/// about and counted, and left to others to find. `is_known` may vouch for states to be within the boundary. Stops at the first
/// table entry that is not filled; what was found until then is real.
#[inline(always)]
pub fn visit<const N: usize>(
    context: Context,
    (state, class): (Key<N>, u8),
    is_known: impl Fn(Key<N>) -> bool,
    asking: &mut Asking,
    hits: &mut HitMasks,
    successors: &mut Successors<N>,
) -> Result<(), Miss> {
    successors.awake.clear();
    successors.count = 0;
    asking.begin();
    if context.prunes && asking.is_pruned(context, state) {
        return Ok(());
    }
    let is_bounded = context.is_bounded;
    let changes = context.changes;
    let asleep = if context.sleeps { context.tables.asleep(class) } else { 0 };
    expand(context.tables, context.layout, state, |step| {
        if is_bounded && !is_known(step.next) && !asking.is_within(context, &step) {
            return;
        }
        successors.count += 1;
        if asleep >> step.step.field.min(63) & 1 == 0 {
            successors.awake.push((step.next, step.step.class));
        }
        if step.step.changes & changes != 0 {
            asking.step(context, state, &step, hits);
        }
    })?;
    if successors.count == 0 {
        asking.state(context, AskKind::Terminal, state, hits);
    }
    asking.judge(context, state, hits);
    Ok(())
}
