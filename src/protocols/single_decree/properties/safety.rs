//! The safety properties: what must be true of every state, or of every step.

use super::view::{Footprint, View};
use super::{everywhere, evidence, with_a_wrapper, with_learners, Formula, Premise, Property};
use crate::family::Kind;
use std::collections::BTreeSet;

const SOMETHING_CHOSEN: Premise = Premise { statement: "a chosen proposal", is_met: is_something_chosen };
const SOME_VOTE: Premise = Premise { statement: "a vote", is_met: is_there_a_vote };

pub(super) const I1: Property = Property {
    name: "i1",
    kind: Kind::Always,
    statement: "two votes with the same ballot have the same value",
    formula: "∀ a, a' ∈ A: ⟨p,v⟩ ∈ a.votes ∧ ⟨p,v'⟩ ∈ a'.votes → v = v'",
    source: "thesis 4.1.3, I1",
    reads: Footprint::Votes,
    premise: Some(Premise {
        statement: "votes of two acceptors with one ballot",
        is_met: have_two_acceptors_votes_with_one_ballot,
    }),
    is_true: Formula::State(have_equal_ballots_equal_values),
    demanded: true,
    applies: everywhere,
    precedence: 3,
    evidence: evidence::votes_with_one_ballot,
};

pub(super) const I2: Property = Property {
    name: "i2",
    kind: Kind::Always,
    statement: "once some <p,v> is chosen, every vote with a ballot greater than p has the value v",
    formula: "chosen(⟨p,v⟩) → ∀ a ∈ A, ⟨p',v'⟩ ∈ a.votes: p' > p → v' = v",
    source: "thesis 4.1.3, the prose of I2",
    reads: Footprint::Votes,
    premise: Some(Premise {
        statement: "a chosen proposal and a vote with a higher ballot",
        is_met: is_there_a_vote_above_a_chosen,
    }),
    is_true: Formula::State(have_votes_above_a_chosen_its_value),
    demanded: true,
    applies: everywhere,
    precedence: 2,
    evidence: evidence::votes_above_a_chosen,
};

pub(super) const I2_FORMULA: Property = Property {
    name: "i2-formula",
    kind: Kind::Always,
    statement: "of two votes of one acceptor, the one with the higher ballot has the same value",
    formula: "∀ a ∈ A, ⟨p,v⟩ ∈ a.votes, ⟨p',v'⟩ ∈ a.votes: p' > p → v' = v",
    source: "thesis 4.1.3, I2 as printed",
    reads: Footprint::Votes,
    premise: Some(Premise {
        statement: "an acceptor with votes for two ballots",
        is_met: has_one_acceptor_votes_with_two_ballots,
    }),
    is_true: Formula::State(have_votes_of_one_acceptor_one_value),
    demanded: false,
    applies: everywhere,
    precedence: 0,
    evidence: evidence::votes_of_one_acceptor,
};

pub(super) const AGREEMENT: Property = Property {
    name: "agreement",
    kind: Kind::Always,
    statement: "no two chosen proposals differ in value",
    formula: "chosen(⟨p,v⟩) ∧ chosen(⟨p',v'⟩) → v = v'",
    source: "thesis 2.2, 4.1.3",
    reads: Footprint::Votes,
    premise: Some(SOMETHING_CHOSEN),
    is_true: Formula::State(have_chosen_one_value),
    demanded: true,
    applies: everywhere,
    precedence: 5,
    evidence: evidence::chosen,
};

pub(super) const ONE_VALUE: Property = Property {
    name: "one-value",
    kind: Kind::Always,
    statement: "no two votes, anywhere, differ in value",
    formula: "∀ a, a' ∈ A: ⟨p,v⟩ ∈ a.votes ∧ ⟨p',v'⟩ ∈ a'.votes → v = v'",
    source: "stronger than agreement; what the adapted protocol of 4.1.2 happens to give",
    reads: Footprint::Votes,
    premise: Some(SOME_VOTE),
    is_true: Formula::State(have_all_votes_one_value),
    demanded: false,
    applies: everywhere,
    precedence: 0,
    evidence: evidence::votes_by_value,
};

pub(super) const VALIDITY: Property = Property {
    name: "validity",
    kind: Kind::Always,
    statement: "every vote's value was some proposer's initial value",
    formula: "∀ a ∈ A, ⟨p,v⟩ ∈ a.votes: v ∈ initial values",
    source: "the usual requirement on consensus (\"Paxos Made Simple\", 2.1)",
    reads: Footprint::Votes,
    premise: Some(SOME_VOTE),
    is_true: Formula::State(are_all_votes_for_initial_values),
    demanded: true,
    applies: everywhere,
    precedence: 0,
    evidence: evidence::votes_out_of_nothing,
};

pub(super) const STABILITY: Property = Property {
    name: "stability",
    kind: Kind::Always,
    statement: "what is chosen stays chosen",
    formula: "chosen(⟨p,v⟩) → ○ chosen(⟨p,v⟩)",
    source: "thesis 4.1.3: \"further rounds of the protocol don't change this value\"",
    reads: Footprint::Votes,
    premise: Some(SOMETHING_CHOSEN),
    is_true: Formula::Step(stays_chosen),
    demanded: true,
    applies: everywhere,
    precedence: 1,
    evidence: evidence::no_longer_chosen,
};

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

fn is_something_chosen(view: View) -> bool {
    view.chosen().next().is_some()
}

fn is_there_a_vote(view: View) -> bool {
    view.votes().next().is_some()
}

fn has_announced(view: View) -> bool {
    view.announced().is_some()
}

fn have_two_acceptors_votes_with_one_ballot(view: View) -> bool {
    let mut seen = BTreeSet::new();
    view.votes_by_acceptor().any(|votes| {
        let ballots: BTreeSet<_> = votes.iter().map(|vote| vote.ballot).collect();
        let met = !seen.is_disjoint(&ballots);
        seen.extend(ballots);
        met
    })
}

fn have_equal_ballots_equal_values(view: View) -> bool {
    view.votes().all(|vote| view.votes().all(|other| vote.ballot != other.ballot || vote.value == other.value))
}

fn is_there_a_vote_above_a_chosen(view: View) -> bool {
    view.chosen().any(|chosen| view.votes().any(|vote| vote.ballot > chosen.ballot))
}

fn have_votes_above_a_chosen_its_value(view: View) -> bool {
    view.chosen().all(|chosen| view.votes().all(|vote| vote.ballot <= chosen.ballot || vote.value == chosen.value))
}

fn has_one_acceptor_votes_with_two_ballots(view: View) -> bool {
    view.votes_by_acceptor().any(|votes| votes.iter().map(|vote| vote.ballot).collect::<BTreeSet<_>>().len() > 1)
}

fn have_votes_of_one_acceptor_one_value(view: View) -> bool {
    view.votes_by_acceptor().all(|votes| {
        votes.iter().all(|vote| votes.iter().all(|other| other.ballot <= vote.ballot || other.value == vote.value))
    })
}

fn have_chosen_one_value(view: View) -> bool {
    view.chosen().map(|chosen| chosen.value).collect::<BTreeSet<_>>().len() <= 1
}

fn have_all_votes_one_value(view: View) -> bool {
    view.votes().map(|vote| vote.value).collect::<BTreeSet<_>>().len() <= 1
}

fn are_all_votes_for_initial_values(view: View) -> bool {
    view.votes().all(|vote| view.is_initial_value(vote.value))
}

fn stays_chosen(before: View, after: View) -> bool {
    let still: BTreeSet<_> = after.chosen().collect();
    before.chosen().all(|chosen| still.contains(chosen))
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
