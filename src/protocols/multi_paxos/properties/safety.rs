//! The safety properties of each slot: what must be true of every state, or of every step.

use super::view::{contradict, overrules, Footprint, View};
use super::{everywhere, evidence, Formula, Premise, Property};
use crate::family::Kind;
use std::collections::BTreeSet;

const SOMETHING_CHOSEN: Premise =
    Premise { statement: "a chosen proposal", is_met: |view| view.chosen().next().is_some() };

pub(super) const I1: Property = Property {
    name: "i1",
    kind: Kind::Always,
    statement: "two votes in one slot with the same ballot have the same value",
    formula: "∀ s, ∀ a, a' ∈ A: ⟨p,v⟩ ∈ a.votes[s] ∧ ⟨p,v'⟩ ∈ a'.votes[s] → v = v'",
    source: "thesis 4.1.3, I1, for each slot",
    reads: Footprint::Votes,
    premise: Some(Premise {
        statement: "votes of two acceptors in one slot with one ballot",
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
    statement:
        "once some <p,v> is chosen in a slot, every vote there with a ballot greater than p has the value v: no \
                value is lost once chosen",
    formula: "∀ s: chosen(s,⟨p,v⟩) → ∀ a ∈ A, ⟨p',v'⟩ ∈ a.votes[s]: p' > p → v' = v",
    source: "thesis 4.1.3, the prose of I2, for each slot",
    reads: Footprint::Votes,
    premise: Some(Premise {
        statement: "a chosen proposal and a vote in its slot with a higher ballot",
        is_met: is_there_a_vote_above_a_chosen,
    }),
    is_true: Formula::State(have_votes_above_a_chosen_its_value),
    demanded: true,
    applies: everywhere,
    precedence: 2,
    evidence: evidence::votes_above_a_chosen,
};

pub(super) const AGREEMENT: Property = Property {
    name: "agreement",
    kind: Kind::Always,
    statement: "no two proposals chosen in one slot differ in value",
    formula: "∀ s: chosen(s,⟨p,v⟩) ∧ chosen(s,⟨p',v'⟩) → v = v'",
    source: "thesis 2.2, 4.1.3, for each slot",
    reads: Footprint::Votes,
    premise: Some(SOMETHING_CHOSEN),
    is_true: Formula::State(has_every_slot_one_chosen_value),
    demanded: true,
    applies: everywhere,
    precedence: 5,
    evidence: evidence::chosen_twice,
};

pub(super) const VALIDITY: Property = Property {
    name: "validity",
    kind: Kind::Always,
    statement: "every vote's value is some proposer's command or the no-op",
    formula: "∀ s, ∀ a ∈ A, ⟨p,v⟩ ∈ a.votes[s]: v ∈ commands ∪ {no-op}",
    source: "the usual requirement on consensus (\"Paxos Made Simple\", 2.1), for each slot",
    reads: Footprint::Votes,
    premise: Some(Premise { statement: "a vote", is_met: |view| view.votes().next().is_some() }),
    is_true: Formula::State(|view| view.votes().all(|(_, vote)| view.is_command(vote.value))),
    demanded: true,
    applies: everywhere,
    precedence: 0,
    evidence: evidence::votes_out_of_nothing,
};

pub(super) const STABILITY: Property = Property {
    name: "stability",
    kind: Kind::Always,
    statement: "what is chosen in a slot stays chosen there",
    formula: "∀ s: chosen(s,⟨p,v⟩) → ○ chosen(s,⟨p,v⟩)",
    source: "thesis 4.1.3: \"further rounds of the protocol don't change this value\"",
    reads: Footprint::Votes,
    premise: Some(SOMETHING_CHOSEN),
    is_true: Formula::Step(stays_chosen),
    demanded: true,
    applies: everywhere,
    precedence: 1,
    evidence: evidence::no_longer_chosen,
};

fn have_two_acceptors_votes_with_one_ballot(view: View) -> bool {
    let mut seen = BTreeSet::new();
    view.votes_by_acceptor().any(|votes| {
        let ballots: BTreeSet<_> = votes.iter().map(|(slot, vote)| (*slot, vote.ballot)).collect();
        let met = !seen.is_disjoint(&ballots);
        seen.extend(ballots);
        met
    })
}

fn have_equal_ballots_equal_values(view: View) -> bool {
    view.votes().all(|vote| !view.votes().any(|other| contradict(vote, other)))
}

fn is_there_a_vote_above_a_chosen(view: View) -> bool {
    view.chosen().any(|chosen| view.votes().any(|vote| vote.0 == chosen.0 && vote.1.ballot > chosen.1.ballot))
}

fn have_votes_above_a_chosen_its_value(view: View) -> bool {
    view.chosen().all(|chosen| !view.votes().any(|vote| overrules(&chosen, vote)))
}

fn has_every_slot_one_chosen_value(view: View) -> bool {
    let values: BTreeSet<_> = view.chosen().map(|(slot, chosen)| (slot, chosen.value)).collect();
    values.len() == view.chosen_slots().len()
}

fn stays_chosen(before: View, after: View) -> bool {
    before.chosen().all(|chosen| after.is_chosen(chosen))
}
