//! The invariants at every size, as SMT-LIB: any number of acceptors, ballots and values, and for simple Paxos any quorums
//! of which each two meet. Each ballot is its own proposer, so any number of rounds is covered. The text is made of the
//! rules and the sentences; nothing in it is of one size.
//!
//! The number that an acceptor holds is two relations, `ge` and `gt`: functions from acceptors to ballots would make
//! solvers build ever new elements.

mod adapted;
mod simple;
mod text;

pub use adapted::adapted;
pub use simple::simple;
pub use text::proof;

use super::super::rules::{
    AcceptAgainst, AfterAccept, Awaits, Guard, NackCarries, NackRule, OnNack, Overwrite, Payload, PromisesCount,
    QuorumSize,
};
use super::super::Rules;

/// A relation of the state: its name and the sorts of what it holds of.
pub type Relation = (&'static str, &'static [&'static str]);

/// A kind of step: its name, its parameters with their sorts, its guard, and what it makes of the relations that it
/// changes, over `x0`, `x1`, ..
pub struct Step {
    pub name: &'static str,
    pub parameters: &'static [(&'static str, &'static str)],
    pub guard: String,
    pub updates: Vec<(&'static str, String)>,
}

/// Everything that a proof is made of.
pub struct Theory {
    pub name: &'static str,
    pub has_quorums: bool,
    pub relations: Vec<Relation>,
    /// The relations that hold of everything at first; the others hold of nothing.
    pub at_first: &'static [&'static str],
    pub steps: Vec<Step>,
    /// The conjuncts: name, sentence, formula.
    pub invariant: Vec<(&'static str, String, String)>,
    /// What is to follow: name and formula.
    pub claims: Vec<(&'static str, &'static str)>,
}

pub const I1: &str = "(forall ((a A) (c A) (b B) (v V) (w V)) (=> (and (vote a b v) (vote c b w)) (= v w)))";

/// That the two relations are one number.
pub const NUMBER: (&str, &str, &str) = (
    "N",
    "the number that an acceptor holds is one: >= and > agree",
    "(forall ((a A) (c B) (d B)) (and (=> (gt a c) (ge a c)) (=> (and (ge a d) (lt c d)) (gt a c))))",
);

/// What a guard asks of a ballot, and how the number becomes it.
pub fn guard(guard: Guard) -> Option<(&'static str, [(&'static str, &'static str); 2])> {
    let raised =
        [("ge", "(or (ge x0 x1) (and (= x0 a0) (le x1 b0)))"), ("gt", "(or (gt x0 x1) (and (= x0 a0) (lt x1 b0)))")];
    let set = [("ge", "(ite (= x0 a0) (le x1 b0) (ge x0 x1))"), ("gt", "(ite (= x0 a0) (lt x1 b0) (gt x0 x1))")];
    match guard {
        Guard::Greater => Some(("(not (ge a0 b0))", raised)),
        Guard::AtLeast => Some(("(not (gt a0 b0))", raised)),
        Guard::Always => Some(("true", set)),
        Guard::ValueAtLeast | Guard::Equal => None,
    }
}

/// The rule that no proof is written for, if there is one.
pub fn unproved(rules: &Rules, is_simple: bool) -> Option<&'static str> {
    if guard(rules.promise_guard).is_none() {
        Some("promise_guard")
    } else if guard(rules.accept_guard).is_none() {
        Some("accept_guard")
    } else if rules.accept_against != AcceptAgainst::Promised {
        Some("accept_against")
    } else if rules.overwrite != Overwrite::Always {
        Some("overwrite")
    } else if rules.promises_count != PromisesCount::OwnRound {
        Some("promises_count")
    } else if rules.awaits != Awaits::AnyNumber {
        Some("awaits")
    } else if rules.nack != NackRule::Silent && rules.on_nack == OnNack::AcceptZero {
        Some("on_nack")
    } else if rules.nack != NackRule::Silent && rules.nack_carries != NackCarries::Refused {
        Some("nack_carries")
    } else if is_simple && rules.accept_quorum != QuorumSize::Majority {
        Some("accept_quorum")
    } else if is_simple && matches!(rules.quorum, QuorumSize::Exactly(_)) {
        Some("quorum")
    } else if is_simple && rules.after_accept == AfterAccept::Stop {
        Some("after_accept")
    } else if is_simple && !matches!(rules.promise_payload, Payload::Accepted | Payload::Nothing) {
        Some("promise_payload")
    } else {
        None
    }
}

pub fn updates(these: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    these.iter().map(|(relation, to)| (*relation, to.to_string())).collect()
}
