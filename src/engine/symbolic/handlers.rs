//! What the symbolic engine sees of a model: calls of its handlers, and all of its values as numbers. Everything else of
//! the engine is compiled once for all models.

use crate::engine::components::compile::component::Delivery;
#[cfg(doc)]
use crate::engine::components::questions::UNSEEN;
use crate::engine::components::questions::{AskKind, Kinds};
use crate::engine::{Fault, Refusal};
use std::cmp::Ordering;

/// The initial state, part by part.
pub(in crate::engine) struct Start {
    /// The local state of each actor.
    pub(in crate::engine) locals: Vec<u32>,
    /// The envelopes in flight, those of a channel in their order.
    pub(in crate::engine) envelopes: Vec<u32>,
    /// The last delivery of a duplicating network.
    pub(in crate::engine) last: Option<u32>,
    pub(in crate::engine) history: u32,
}

/// What one action makes of the rest of the state, if it is a transition.
pub(in crate::engine) struct Effect {
    /// The actor's local state after it.
    pub(in crate::engine) local: u32,
    /// The envelopes sent, in order.
    pub(in crate::engine) sent: Vec<u32>,
    /// What the history sees: envelopes received (`true`) and sent (`false`), in order.
    pub(in crate::engine) recorded: Vec<(bool, u32)>,
    /// The envelope that becomes the last delivery of a duplicating network.
    pub(in crate::engine) last: Option<u32>,
    /// How many more actors are down.
    pub(in crate::engine) down: i8,
}

/// What an action is in a local state.
pub(in crate::engine) enum Reaction {
    /// A transition.
    Step(Effect),
    /// No transition: it changes nothing.
    Ignored,
    /// No action of the model: the actor is down, or the step leaves the model's boundary.
    Barred,
}

/// A model. A *local state* is an actor's state with its timers, choices, storage and whether it is down.
pub(in crate::engine) trait Handlers: Send {
    fn actors(&self) -> usize;
    fn delivery(&self) -> Delivery;
    fn is_lossy(&self) -> bool;
    /// How many actors may be down at once.
    fn most_crashes(&self) -> usize;
    /// Starts every actor.
    fn start(&mut self) -> Result<Start, Refusal>;
    /// The source and the destination of an envelope. Either may be an actor that does not
    /// exist.
    fn channel(&self, envelope: u32) -> (usize, usize);
    /// The actions that an actor in this local state may take without an envelope.
    fn internal(&mut self, actor: usize, local: u32) -> Vec<u32>;
    /// The action that delivers an envelope.
    fn deliver(&mut self, envelope: u32) -> u32;
    /// The action that loses an envelope.
    fn lose(&mut self, envelope: u32) -> u32;
    /// Lets an actor take an action, the envelope that it delivers being in flight. `Err` is the message of a handler
    /// that panicked.
    fn call(&mut self, actor: usize, local: u32, action: u32) -> Result<Reaction, Fault>;
    /// The history after it has seen these envelopes.
    fn record(&mut self, history: u32, recorded: &[(bool, u32)]) -> u32;
    /// The order of two actions in `ActorModel::actions`.
    fn compare(&self, one: u32, other: u32) -> Ordering;
    /// The questions of each lens by kind.
    fn kinds(&self) -> Vec<Kinds>;
    /// The observation of an actor in this local state through a lens.
    fn observe(&mut self, lens: usize, actor: usize, local: u32) -> u32;
    /// True iff some tuples of observations are known to be equal for all questions of a lens.
    fn has_canonical(&self, lens: usize) -> bool;
    /// Replaces observations, one for each actor or [`UNSEEN`], by such as are equal to them for all questions of a lens.
    fn canonical(&mut self, lens: usize, seen: &mut [u32]);
    /// The questions of a lens that observations hit, one for each actor, before a step and after it.
    fn ask(&self, lens: usize, kind: AskKind, before: &[u32], after: &[u32]) -> u64;
}
