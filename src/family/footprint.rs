//! What a family's properties read of the nodes, so that a search may ask them once for each distinct tuple of
//! observations instead of once for each state.

use super::{Family, Local};
#[cfg(doc)]
use crate::engine::Canonical;
use std::fmt::Debug;
use std::hash::Hash;

/// What a property reads of the nodes. A family lists its footprints; one whose properties read whole states, or its
/// history, has [`Unread`].
pub trait Footprint<F: Family>: Copy + Eq + Debug + Send + Sync + 'static {
    /// What is seen of one node.
    type Seen: Clone + Eq + Hash + Debug + Send + Sync + 'static;
    /// A state as a property sees it.
    type View<'a>: Copy;

    /// Every footprint; at least one.
    fn all() -> &'static [Self];

    /// Its name.
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// What is seen of a node, in words; nothing if it is nothing to speak of.
    fn words(seen: &Self::Seen) -> String {
        format!("{seen:?}")
    }

    /// What this footprint sees of a node in a local state.
    fn observe(self, local: &Local<F>) -> Self::Seen;

    /// What makes tuples of observations equal for every property with this footprint, if something is known to: it
    /// replaces what is seen of some nodes by what no such property tells from it, whatever is seen of the others
    /// (`None`). See [`Canonical`].
    fn canonical(self) -> Option<fn(&F::Config, &mut [Option<Self::Seen>])> {
        None
    }

    /// The view of what is seen of each node, in the order of ids.
    fn view<'a>(config: &'a F::Config, seen: &'a [Self::Seen]) -> Self::View<'a>;
}

/// What is seen of one node of a family.
pub type Seen<F> = <<F as Family>::Footprint as Footprint<F>>::Seen;

/// A state of a family as its properties see it.
pub type View<'a, F> = <<F as Family>::Footprint as Footprint<F>>::View<'a>;

/// The footprint of a family whose properties read whole states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unread;

impl<F: Family> Footprint<F> for Unread {
    type Seen = ();
    type View<'a> = ();

    fn all() -> &'static [Self] {
        &[Unread]
    }

    fn observe(self, _: &Local<F>) {}

    fn view<'a>(_: &'a F::Config, _: &'a [()]) {}
}
