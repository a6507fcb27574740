//! stateright's own Explorer on a model: [`DiscoveredPaths`] is the model as it is browsed, [`serve`] serves it. The
//! paths were found by an engine before; nothing here searches.
//!
//! The Explorer browses the whole model, one state at a time, but lists as discoveries only what its own checker has
//! found. That checker visits depth first in batches, keeps a state and a path for each one it has yet to visit, and
//! replaces short counterexamples by later ones. So it is led along the paths that the engine found and nowhere else: it
//! finds the same discoveries, in memory that does not depend on the size of the model.

mod browsed;
mod server;
mod shown;

pub use browsed::{DiscoveredPaths, NOT_EXHAUSTED};
pub use server::{serve, Address, AddressError, ServeError};
