//! The whole-state engine: any stateright [`Model`], its states interned whole. For models that are no actor systems, and
//! for actor systems whose states are to be told apart by stateright's own measure, the hash of a whole state.
//! It must not know actors.
//!
//! # How it works
//!
//! Breadth-first search in rounds: workers expand chunks of the frontier, drop the successors that were visited before,
//! and hand the others over; one thread then interns those, in order. States are numbered in the order in which a queue
//! would have them, so the first path to a state is the least of the shortest, and nothing depends on the threads.
//!
//! Of a state that has been expanded, and whose neighbours have been, 12 bytes are kept and some 11 of index: a hash, and
//! the parent with the number of the action. Its value can be computed again from them. It is needed only if a state with the
//! same hash is found later from afar; when that happens often, all values are made again once, and kept.
//!
//! # Invariants
//!
//! * By value, states are told apart by `PartialEq`: equal hashes only propose. By hash, 64 bits decide, as in stateright.
//! * Handlers, properties and the boundary run on the workers; a panic is a refusal that names what panicked, and where.

mod round;
mod search;
mod store;

pub(super) use round::Question;
pub(super) use search::{search, Asked};
