//! The variables of a diagram: the parts that a global state is split into.

use super::handlers::Handlers;

/// A part of the global state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Variable {
    /// The local state of an actor.
    Local(usize),
    /// What is in flight between two actors, both ways. The number of actors stands for all that do not exist.
    Channel(usize, usize),
    /// The last delivery of a duplicating network, counted from 1; 0 before the first.
    Last,
    /// The history.
    History,
    /// How many actors are down.
    Down,
}

impl Variable {
    /// The actors that a channel is between.
    pub(super) fn channel(self) -> Option<(usize, usize)> {
        match self {
            Variable::Channel(one, other) => Some((one, other)),
            _ => None,
        }
    }
}

/// The variable of an envelope.
pub(super) fn channel(handlers: &dyn Handlers, envelope: u32) -> Variable {
    let actors = handlers.actors();
    let (src, dst) = handlers.channel(envelope);
    if dst >= actors {
        return Variable::Channel(actors, actors);
    }
    let src = src.min(actors);
    Variable::Channel(src.min(dst), src.max(dst))
}
