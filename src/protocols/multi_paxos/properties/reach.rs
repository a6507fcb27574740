//! What should be reachable, so that a protocol is not safe merely because it does nothing; and what may happen to a log.

use super::super::local::NO_OP;
use super::view::{Footprint, View};
use super::{everywhere, evidence, with_several_slots, Formula, Property};
use crate::family::Kind;

pub(super) const REACHABLE: Property = Property {
    name: "",
    kind: Kind::Sometimes,
    statement: "",
    formula: "",
    source: "",
    reads: Footprint::Votes,
    premise: None,
    is_true: Formula::State(|_| false),
    demanded: false,
    applies: everywhere,
    precedence: 0,
    evidence: |_| Vec::new(),
};

pub(super) const ACCEPTED: Property = Property {
    name: "accepted",
    statement: "some acceptor accepts a proposal",
    formula: "∃ a ∈ A, s: a.votes[s] ≠ ∅",
    source: "thesis 2.2.1, 4.1.2 (AAccepted)",
    is_true: Formula::State(|view| view.votes().next().is_some()),
    evidence: evidence::a_vote,
    ..REACHABLE
};

pub(super) const ADOPTED: Property = Property {
    name: "adopted",
    statement: "a leader's plan has another's command, sent or taken for settled",
    formula: "∃ p ∈ P, s: p.plan[s] ∉ p.commands ∪ {no-op}",
    source: "thesis 2.2.1, 4.1.3 (\"the crux of Paxos' correctness\")",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.adopted().next().is_some()),
    evidence: evidence::adopted,
    ..REACHABLE
};

pub(super) const CHOSEN: Property = Property {
    name: "chosen",
    statement: "a proposal is chosen in some slot: a quorum of phase 2 has voted for it there",
    formula: "∃ s, p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 2.2.1 (\"consensus is achieved\")",
    demanded: true,
    is_true: Formula::State(|view| view.chosen().next().is_some()),
    evidence: evidence::chosen,
    ..REACHABLE
};

pub(super) const SECOND_CHOSEN: Property = Property {
    name: "second-chosen",
    statement: "a proposal is chosen in a slot after the first",
    formula: "∃ s > 1, p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 2.1.3",
    is_true: Formula::State(|view| view.chosen().any(|(slot, _)| slot > 1)),
    applies: with_several_slots,
    ..CHOSEN_IN_A_LOG
};

pub(super) const ALL_CHOSEN: Property = Property {
    name: "all-chosen",
    statement: "in every slot something is chosen",
    formula: "∀ s: ∃ p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 2.1.3",
    is_true: Formula::State(|view| view.chosen_slots().len() == view.protocol().slots),
    ..CHOSEN_IN_A_LOG
};

const CHOSEN_IN_A_LOG: Property = Property { demanded: false, ..CHOSEN };

pub(super) const HANDED_OVER: Property = Property {
    name: "handed-over",
    statement: "proposals are chosen in two slots under different ballots: another leader continues the log",
    formula: "∃ s ≠ s', p ≠ p', v, v': chosen(s,⟨p,v⟩) ∧ chosen(s',⟨p',v'⟩)",
    source: "\"Paxos Made Simple\", 3: a new leader takes over",
    is_true: Formula::State(is_handed_over),
    applies: with_several_slots,
    ..CHOSEN_IN_A_LOG
};

pub(super) const HOLE: Property = Property {
    name: "hole",
    statement: "something is chosen in a slot and nothing in a lower one",
    formula: "∃ s < s': chosen(s') ∧ ¬chosen(s)",
    source: "\"Paxos Made Simple\", 3: gaps in the sequence of commands",
    is_true: Formula::State(|view| !view.holes().is_empty()),
    applies: with_several_slots,
    evidence: evidence::hole,
    ..REACHABLE
};

pub(super) const NOOP_CHOSEN: Property = Property {
    name: "noop-chosen",
    statement: "a no-op is chosen",
    formula: "∃ s, p: chosen(s,⟨p,no-op⟩)",
    source: "\"Paxos Made Simple\", 3: gaps are filled with no-ops",
    is_true: Formula::State(|view| view.chosen().any(|(_, chosen)| chosen.value == NO_OP)),
    applies: with_several_slots,
    ..CHOSEN_IN_A_LOG
};

pub(super) const ABORTED: Property = Property {
    name: "aborted",
    statement: "a proposer ends in PAbort after a Nack",
    formula: "∃ p ∈ P: p in PAbort ∧ p received a Nack",
    source: "thesis 4.1.2 (PAbort)",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.aborted().next().is_some()),
    evidence: evidence::aborted,
    ..REACHABLE
};

pub(super) const TWO_VOTES: Property = Property {
    name: "two-votes",
    statement: "one acceptor has two votes in one slot",
    formula: "∃ a ∈ A, s: |a.votes[s]| ≥ 2",
    source: "the case that I2 (4.1.3) is about",
    is_true: Formula::State(has_an_acceptor_two_votes_in_a_slot),
    evidence: evidence::two_votes,
    ..REACHABLE
};

pub(super) const BLOCKED: Property = Property {
    name: "blocked",
    statement: "a terminal state in which nothing is chosen",
    formula: "∃ terminal state: ∄ s, p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 4.1.1 (\"only effects the liveness\")",
    is_true: Formula::Terminal(|view| view.chosen().next().is_none()),
    evidence: evidence::stuck,
    ..REACHABLE
};

pub(super) const HOLE_FOR_EVER: Property = Property {
    name: "hole-for-ever",
    statement: "a terminal state in which something is chosen in a slot and nothing in a lower one",
    formula: "∃ terminal state, s < s': chosen(s') ∧ ¬chosen(s)",
    source: "\"Paxos Made Simple\", 3: what the no-op is for",
    is_true: Formula::Terminal(|view| !view.holes().is_empty()),
    applies: with_several_slots,
    evidence: evidence::stuck,
    ..REACHABLE
};

pub(super) const INCOMPLETE: Property = Property {
    name: "incomplete",
    statement: "a terminal state in which nothing is chosen in some slot",
    formula: "∃ terminal state, s: ¬chosen(s)",
    source: "the log is as long as there are commands, and has no more slots",
    is_true: Formula::Terminal(|view| view.chosen_slots().len() < view.protocol().slots),
    evidence: evidence::stuck,
    ..REACHABLE
};

fn is_handed_over(view: View) -> bool {
    let differ = |one: &super::super::local::Vote, other: &super::super::local::Vote| {
        one.0 != other.0 && one.1.ballot != other.1.ballot
    };
    view.chosen().any(|one| view.chosen().any(|other| differ(&one, &other)))
}

fn has_an_acceptor_two_votes_in_a_slot(view: View) -> bool {
    view.votes_by_acceptor().any(|votes| votes.iter().zip(votes.iter().skip(1)).any(|(one, next)| one.0 == next.0))
}
