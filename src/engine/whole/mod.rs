//! The whole-state engine: any stateright [`Model`], its states interned whole. For models that are no actor systems, and
//! for actor systems whose states are to be told apart by stateright's own measure, the hash of a whole state.
//! Only `actors` knows such systems.
//!
//! # How it works
//!
//! Breadth-first search in rounds: workers expand chunks of the frontier, drop the successors that were visited before,
//! and keep each of the others once (`met`), with the least way to it. One thread then numbers those in the order of their ways,
//! which is the order in which a queue would have them. So the first path to a state is the least of the shortest, and nothing
//! depends on the threads.
//!
//! Of most states 12 bytes are kept and some 11 of index: a hash, and the parent with the number of the action. The value can
//! be computed again from them. It is needed only if a state with the same hash is found later, so the levels to which steps lead
//! back keep their values a while; when values are needed too often all the same, all are made again once, and kept.
//!
//! # Invariants
//!
//! * By value, states are told apart by `PartialEq`: equal hashes only propose. By hash, 64 bits decide, as in stateright.
//! * Handlers, properties and the boundary run on the workers; a panic is a refusal that names what panicked, and where.

mod actors;
mod met;
mod round;
mod search;
mod store;

pub use actors::run;
pub(super) use actors::{culprit, must_be_breadth_first};
pub(super) use round::{hash_of, Of, Question};
pub(super) use search::{search, Asked};

use super::report::Trace;
use stateright::Model;

/// The actions in these places, one after the other, from an initial state.
pub(super) fn actions<M: Model>(model: &M, start: u32, places: &[u32]) -> Trace<M> {
    let mut state = model.init_states().swap_remove(start as usize);
    let mut taken = Vec::new();
    for &place in places {
        let mut steps = Vec::new();
        model.actions(&state, &mut steps);
        let next = model.next_state(&state, steps.swap_remove(place as usize));
        steps.clear();
        model.actions(&state, &mut steps);
        taken.push(steps.swap_remove(place as usize));
        state = next.expect("the model is not deterministic: a state lost an action");
    }
    (start as usize, taken)
}
