//! Visits one state: its successors within the boundary, and all that is asked on the way. It must not know in which
//! order states are visited.

use super::asking::{Asking, Context, HitMasks};
use super::expand::expand;
use super::packed::Key;
use crate::engine::components::questions::AskKind;
use crate::engine::components::tables::Miss;

/// Finds the successors of a state and asks the open questions about it and its steps. `is_known` may vouch for states
/// to be within the boundary. Stops at the first table entry that is not filled; what was found until then is real.
#[inline(always)]
pub fn visit<const N: usize>(
    context: Context,
    state: Key<N>,
    is_known: impl Fn(Key<N>) -> bool,
    asking: &mut Asking,
    hits: &mut HitMasks,
    successors: &mut Vec<Key<N>>,
) -> Result<(), Miss> {
    successors.clear();
    asking.begin();
    if context.prunes && asking.is_pruned(context, state) {
        return Ok(());
    }
    let is_bounded = context.is_bounded;
    let changes = context.changes;
    expand(context.tables, context.layout, state, |step| {
        if is_bounded && !is_known(step.next) && !asking.is_within(context, &step) {
            return;
        }
        successors.push(step.next);
        if step.step.changes & changes != 0 {
            asking.step(context, state, &step, hits);
        }
    })?;
    if successors.is_empty() {
        asking.state(context, AskKind::Terminal, state, hits);
    }
    asking.judge(context, state, hits);
    Ok(())
}
