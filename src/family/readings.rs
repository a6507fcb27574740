//! How a protocol is a reading of another: by which rules they differ, and when they do the same. Counterexamples are
//! explained with it.

use super::{Action, Deed, Family, Global, Local, Message, Reason};
use std::mem::discriminant;

/// A rule in which a protocol differs from its reference, and the reference's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The name of the rule.
    pub rule: &'static str,
    /// The name of the reference's value.
    pub value: &'static str,
}

/// The protocol that another is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name, as in `adapted + after_accept=continue`.
    pub name: String,
    /// The rules in which the other differs from it.
    pub edits: Vec<Edit>,
}

/// How protocols of a family are readings of one another.
pub trait Readings<F: Family>: Sync {
    /// What a protocol is compared with: what its model file says, else its variant without the edits, else the variant
    /// that its own is a reading of.
    fn reference(&self, setup: &F::Setup) -> Option<Reference>;

    /// The protocol with these of its edits put back.
    fn put_back(&self, setup: &F::Setup, edits: &[Edit]) -> F::Setup;

    /// True iff two states of a node, under rules that may differ, are the same to the protocol.
    fn is_alike(&self, one: &Local<F>, other: &Local<F>) -> bool {
        one == other
    }

    /// A message without what only a rule of the sender makes of it.
    fn plain(&self, message: &Message<F>) -> Message<F> {
        message.clone()
    }

    /// True iff one message takes the place of the other where rules differ.
    fn corresponds(&self, one: &Message<F>, other: &Message<F>) -> bool {
        discriminant(one) == discriminant(other)
    }

    /// What else of a path, given by its actions and its states, made what it shows possible, such as two quorums that
    /// do not meet.
    fn circumstances(&self, _: &F::Config, _: &[Action<F>], _: &[Global<F>]) -> Vec<Reason> {
        Vec::new()
    }

    /// What a node does when a message is delivered, a timer fires or it chooses, given its states before and after and
    /// what it sent.
    fn deed(
        &self,
        config: &F::Config,
        action: &Action<F>,
        before: &Local<F>,
        after: &Local<F>,
        sent: &[Message<F>],
    ) -> Deed;
}
