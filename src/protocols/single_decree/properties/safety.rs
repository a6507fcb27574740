//! The safety properties of learners and of the wrapper: what must be true of every state.

use super::footprint::Footprint;
use super::view::View;
use super::{evidence, with_a_wrapper, with_learners, Formula, Premise, Property};
use crate::family::Kind;
use crate::protocols::paxos::Votes;
use std::collections::BTreeSet;

pub(super) const LEARNED_CHOSEN: Property = Property {
    name: "learned-chosen",
    kind: Kind::Always,
    statement: "what a learner announces is chosen",
    formula: "∀ l ∈ L: l announces ⟨p,v⟩ → chosen(⟨p,v⟩)",
    source: "thesis 2.2.2: a learner is informed \"that a majority of acceptors have agreed on a value\"",
    reads: Footprint::Learners,
    premise: Some(Premise {
        statement: "a learner that has announced",
        is_met: |view| view.learned().next().is_some(),
    }),
    is_true: Formula::State(is_all_that_is_learned_chosen),
    demanded: true,
    applies: with_learners,
    precedence: 0,
    evidence: evidence::learned_and_not_chosen,
};

pub(super) const LEARNERS_AGREE: Property = Property {
    name: "learners-agree",
    kind: Kind::Always,
    statement: "no two learners announce different values",
    formula: "∀ l, l' ∈ L: l announces ⟨p,v⟩ ∧ l' announces ⟨p',v'⟩ → v = v'",
    source: "thesis 2.2.2; agreement as the learners see it",
    reads: Footprint::Learners,
    premise: Some(Premise { statement: "two learners that have announced", is_met: |view| view.learned().count() > 1 }),
    is_true: Formula::State(have_learners_one_value),
    demanded: true,
    applies: with_learners,
    precedence: 4,
    evidence: evidence::learned,
};

pub(super) const ANNOUNCED_CHOSEN: Property = Property {
    name: "announced-chosen",
    kind: Kind::Always,
    statement: "what the wrapper announces is chosen",
    formula: "announced(v) → ∃ p: chosen(⟨p,v⟩)",
    source: "thesis 5.4",
    reads: Footprint::Wrapper,
    premise: Some(Premise { statement: "an announcement of the wrapper", is_met: has_announced }),
    is_true: Formula::State(is_the_announced_chosen),
    demanded: true,
    applies: with_a_wrapper,
    precedence: 0,
    evidence: evidence::announced_and_not_chosen,
};

fn has_announced(view: View) -> bool {
    view.announced().is_some()
}

fn is_all_that_is_learned_chosen(view: View) -> bool {
    view.learned().all(|learned| view.chosen().any(|chosen| *chosen == learned))
}

fn have_learners_one_value(view: View) -> bool {
    view.learned().map(|learned| learned.value).collect::<BTreeSet<_>>().len() <= 1
}

fn is_the_announced_chosen(view: View) -> bool {
    view.announced().is_none_or(|value| view.chosen().any(|chosen| chosen.value == value))
}
