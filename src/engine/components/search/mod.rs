//! Searches packed states: one loop that expands a state, two orders in which states are visited, and the way back from a
//! hit to a shortest path. It sees a [`System`](super::system::System) and its tables, never an actor, so it is compiled
//! once for all models.

pub mod asking;
pub mod bfs;
pub mod dfs;
pub mod disk;
pub mod expand;
pub mod explorer;
mod index;
pub mod keeper;
mod marks;
pub mod packed;
pub mod path;
pub mod quotient;
mod round;
pub mod session;
mod shard;
mod share;
pub mod store;
mod visit;
mod visited;

/// Runs code with a constant that says how many words a packed state has.
macro_rules! with_words {
    ($words:expr, $constant:ident => $run:expr) => {
        match $words {
            1 => with_words!(@ 1, $constant => $run),
            2 => with_words!(@ 2, $constant => $run),
            4 => with_words!(@ 4, $constant => $run),
            8 => with_words!(@ 8, $constant => $run),
            _ => with_words!(@ $crate::engine::components::search::packed::MOST_WORDS, $constant => $run),
        }
    };
    (@ $words:expr, $constant:ident => $run:expr) => {{
        const $constant: usize = $words;
        $run
    }};
}
pub(super) use with_words;
