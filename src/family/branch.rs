//! What should happen in a model of a family, for statistics: kinds of steps, and branches of the handlers. Each is
//! recognised from outside.

use super::{Action, Environment, Family, Local, Message};
use stateright::actor::Id;

/// A kind of step.
pub struct StepKind<F: Family> {
    /// Its name, in words.
    pub name: &'static str,
    /// True iff the model can have such steps.
    pub applies: fn(&F::Setup, &Environment) -> bool,
    /// True iff the action is such a step.
    pub is_it: fn(&Action<F>) -> bool,
}

impl<F: Family> Clone for StepKind<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Copy for StepKind<F> {}

/// A delivery to a node that is up: the message, and the receiver before and after.
pub struct Taken<'a, F: Family> {
    /// What the model carries.
    pub config: &'a F::Config,
    /// The receiver.
    pub receiver: Id,
    /// The sender.
    pub sender: Id,
    /// The message.
    pub message: &'a Message<F>,
    /// The receiver before it.
    pub before: &'a Local<F>,
    /// The receiver after it.
    pub after: &'a Local<F>,
    /// True iff the message has no effect and is no step.
    pub ignored: bool,
}

/// A branch of a family's handlers.
pub struct Branch<F: Family> {
    /// Its name, in words.
    pub name: &'static str,
    /// True iff the model's rules have such a branch.
    pub applies: fn(&F::Setup, &Environment) -> bool,
    /// True iff the delivery takes it.
    pub is_taken: fn(&Taken<F>) -> bool,
}
