//! What a family says for induction: assertions over single states, invariants made of them, and the type-correct states.

use super::{Family, Local, Message};
use stateright::actor::{Envelope, Id};
use std::sync::Arc;

/// An assertion about a state of a model whose network only grows: the local states, the messages ever sent, and the facts
/// that nodes remember for invariants alone. It cannot read what is in flight: an invariant that does holds by accident
/// of how many copies there are.
pub enum Assertion<F: Family> {
    /// The local state of this node is so. Facts are taken out of it.
    Local(Id, Arc<dyn Fn(&Local<F>) -> bool + Send + Sync>),
    /// The message was sent, at any time in the past.
    Sent(Envelope<Message<F>>),
    /// The fact with this index in [`Induction::facts`] is one.
    Fact(usize),
    /// It is not so.
    Not(Box<Assertion<F>>),
    /// All of them are so.
    All(Vec<Assertion<F>>),
    /// Some of them is so.
    Any(Vec<Assertion<F>>),
}

impl<F: Family> Assertion<F> {
    /// The local state of a node is so.
    pub fn local(node: Id, is_so: impl Fn(&Local<F>) -> bool + Send + Sync + 'static) -> Self {
        Assertion::Local(node, Arc::new(is_so))
    }

    /// A message was sent, at any time in the past.
    pub fn sent(src: Id, dst: Id, msg: Message<F>) -> Self {
        Assertion::Sent(Envelope { src, dst, msg })
    }

    /// All of these are so.
    pub fn all(these: impl IntoIterator<Item = Self>) -> Self {
        Assertion::All(these.into_iter().collect())
    }

    /// Some of these is so.
    pub fn any(these: impl IntoIterator<Item = Self>) -> Self {
        Assertion::Any(these.into_iter().collect())
    }

    /// If this is so, then that is.
    pub fn implies(self, that: Self) -> Self {
        Assertion::Any(vec![!self, that])
    }
}

impl<F: Family> std::ops::Not for Assertion<F> {
    type Output = Self;

    fn not(self) -> Self {
        Assertion::Not(Box::new(self))
    }
}

impl<F: Family> std::ops::BitAnd for Assertion<F> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Assertion::All(vec![self, other])
    }
}

impl<F: Family> std::ops::BitOr for Assertion<F> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Assertion::Any(vec![self, other])
    }
}

/// A conjunct of an invariant, or a claim that an invariant is to imply: a universally quantified sentence, given as its
/// instances.
pub struct Conjunct<F: Family> {
    /// Its name. A claim has the name of the property that it is.
    pub name: &'static str,
    /// In words.
    pub statement: &'static str,
    /// In symbols.
    pub formula: &'static str,
    /// Its instances; it is true of a state iff all of them are.
    pub instances: Vec<Assertion<F>>,
}

/// A candidate for an inductive invariant.
pub struct Invariant<F: Family> {
    /// The name on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// Its conjuncts.
    pub conjuncts: Vec<Conjunct<F>>,
}

/// A fact that a node remembers for invariants alone: a ghost, which no handler reads and none forgets.
pub struct Fact<F: Family> {
    /// The node.
    pub node: Id,
    /// In words.
    pub name: String,
    /// True iff a local state of the node has it.
    pub is_in: Arc<dyn Fn(&Local<F>) -> bool + Send + Sync>,
    /// Gives it to a local state of the node.
    pub add_to: Arc<dyn Fn(&mut Local<F>) + Send + Sync>,
}

/// What induction needs to know of a protocol at its bounds.
///
/// A type-correct state has, in each node, any local state that the node's handlers give when any of the messages arrive
/// in any order; as messages sent, any set of the seeds and of what the handlers send in these states that contains what
/// is sent at first; and any facts. An invariant is asked about steps from all of these.
pub struct Induction<F: Family> {
    /// Messages that may have been sent though the handlers alone might never send them. Be generous: what is left out
    /// makes an invariant inductive that is not.
    pub seeds: Vec<Envelope<Message<F>>>,
    /// Every fact that a node may remember.
    pub facts: Vec<Fact<F>>,
    /// A local state without its facts.
    pub strip: fn(&Local<F>) -> Local<F>,
    /// Nodes that are alike: with two of them exchanged throughout, handlers, messages and invariants are the same. Of
    /// their steps with nodes that are not alike only those of the first are asked about.
    pub alike: Vec<Id>,
    /// The invariants; the first is the one that a model is asked about unless it is told otherwise.
    pub invariants: Vec<Invariant<F>>,
    /// What an invariant is for: claims that it is to imply. Those that are properties of the family must be implied if
    /// the family demands them; others always.
    pub claims: Vec<Conjunct<F>>,
}
