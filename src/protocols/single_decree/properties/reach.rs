//! What should be reachable, so that a protocol is not safe merely because it does nothing.

use super::view::Footprint;
use super::{everywhere, evidence, with_a_wrapper, with_learners, Formula, Property};
use crate::family::Kind;
use std::collections::BTreeSet;

const REACHABLE: Property = Property {
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
    formula: "∃ a ∈ A: a.votes ≠ ∅",
    source: "thesis 2.2.1, 4.1.2 (AAccepted)",
    is_true: Formula::State(|view| view.votes().next().is_some()),
    evidence: evidence::a_vote,
    ..REACHABLE
};

pub(super) const ADOPTED: Property = Property {
    name: "adopted",
    statement: "a proposer sends an Accept for a value that is not its own",
    formula: "∃ p ∈ P: p has sent Accept⟨b,v⟩ of its own ballot ∧ v ≠ p's initial value",
    source: "thesis 2.2.1, 4.1.3 (\"the crux of Paxos' correctness\")",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.adopted().next().is_some()),
    evidence: evidence::adopted,
    ..REACHABLE
};

pub(super) const CHOSEN: Property = Property {
    name: "chosen",
    statement: "a proposal is chosen: a quorum of phase 2, which is a majority of the acceptors, has voted for it",
    formula: "∃ p, v: chosen(⟨p,v⟩)",
    source: "thesis 2.2.1 (\"consensus is achieved\")",
    demanded: true,
    is_true: Formula::State(|view| view.chosen().next().is_some()),
    evidence: evidence::chosen,
    ..REACHABLE
};

pub(super) const LEARNED: Property = Property {
    name: "learned",
    statement: "some learner announces a proposal: it knows that a majority of the acceptors has accepted it",
    formula: "∃ l ∈ L, p, v: l announces ⟨p,v⟩",
    source: "thesis 2.2.2",
    reads: Footprint::Learners,
    is_true: Formula::State(|view| view.learned().next().is_some()),
    applies: with_learners,
    evidence: evidence::learned,
    ..REACHABLE
};

pub(super) const ABORTED: Property = Property {
    name: "aborted",
    statement: "a proposer ends in PAbort after a Nack",
    formula: "∃ p ∈ P: p in PAbort ∧ p received a Nack",
    source: "thesis 4.1.2 (PAbort), 5.2",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.aborted().next().is_some()),
    evidence: evidence::aborted,
    ..REACHABLE
};

pub(super) const TWO_VOTES: Property = Property {
    name: "two-votes",
    statement: "one acceptor has two votes",
    formula: "∃ a ∈ A: |a.votes| ≥ 2",
    source: "the case that I2 (4.1.3) is about",
    is_true: Formula::State(|view| view.votes_by_acceptor().any(|votes| votes.len() > 1)),
    evidence: evidence::several_votes,
    ..REACHABLE
};

pub(super) const TWO_BALLOTS: Property = Property {
    name: "two-ballots",
    statement: "there are votes for two ballots",
    formula: "∃ ⟨p,v⟩, ⟨p',v'⟩ ∈ ⋃ votes: p ≠ p'",
    source: "the case that I2 (4.1.3) is about",
    is_true: Formula::State(|view| view.votes().map(|vote| vote.ballot).collect::<BTreeSet<_>>().len() > 1),
    evidence: evidence::votes_by_ballot,
    ..REACHABLE
};

pub(super) const BLOCKED: Property = Property {
    name: "blocked",
    statement: "a terminal state in which nothing is chosen",
    formula: "∃ terminal state: ∄ p, v: chosen(⟨p,v⟩)",
    source: "thesis 4.1.1 (\"only effects the liveness\")",
    is_true: Formula::Terminal(|view| view.chosen().next().is_none()),
    evidence: evidence::blocked,
    ..REACHABLE
};

pub(super) const ANNOUNCED: Property = Property {
    name: "announced",
    statement: "the wrapper announces consensus: every acceptor has exited and the last received values are equal",
    formula: "∃ v: announced(v)",
    source: "thesis 5.4",
    reads: Footprint::Wrapper,
    is_true: Formula::State(|view| view.announced().is_some()),
    applies: with_a_wrapper,
    evidence: evidence::announced,
    ..REACHABLE
};
