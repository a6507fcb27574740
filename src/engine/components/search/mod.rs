//! Searches packed states: one loop that expands a state, two orders in which states are visited, and the way back from a
//! hit to a shortest path. It sees a [`System`](super::system::System) and its tables, never an actor, so it is compiled
//! once for all models.

pub mod asking;
pub mod bfs;
pub mod dfs;
pub mod expand;
pub mod keeper;
pub mod packed;
pub mod path;
pub mod session;
mod share;
pub mod store;
mod visit;
