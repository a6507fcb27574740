//! What a family says for a proof at every size: an SMT-LIB text, what each of its questions is for, and how the states of
//! a model at bounds are structures of it.

use super::{Family, Local, Message};
use stateright::actor::{Envelope, Id};
use std::sync::Arc;

/// A question of a proof, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// What it is for, in words.
    pub name: String,
    /// True iff the answer is to be `sat`: that something is possible, so that the others do not hold for want of a case.
    pub is_possible: bool,
}

/// A proof that an invariant is inductive at every size, as far as it can be written down: solvers answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The SMT-LIB text.
    pub text: String,
    /// Its questions.
    pub obligations: Vec<Obligation>,
}

/// A relation of a proof and what it holds of, each an index of its sort.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Atom(pub &'static str, pub Vec<usize>);

/// How the states of a model are structures of a proof.
///
/// The nodes' states and the messages each make some relations hold; whatever none of them makes hold is false.
pub struct Abstraction<F: Family> {
    /// How many elements each sort has at the bounds.
    pub sorts: Vec<(&'static str, usize)>,
    /// What holds in every state.
    pub fixed: Vec<Atom>,
    /// What a node's local state makes hold. Facts are taken out of it.
    pub local: Arc<dyn Fn(Id, &Local<F>) -> Vec<Atom> + Send + Sync>,
    /// What holds as soon as a message was sent.
    pub message: Arc<dyn Fn(&Envelope<Message<F>>) -> Vec<Atom> + Send + Sync>,
    /// What each fact makes hold, in the order of [`Induction::facts`](super::Induction::facts).
    pub facts: Vec<Vec<Atom>>,
}

/// A variant that has a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provable {
    /// The name of the variant.
    pub name: &'static str,
    /// Models of it, as the text of model files: at these bounds every step of its handlers is compared with the proof.
    pub models: &'static [&'static str],
}
