//! What proposers, learners and the wrapper should reach, so that a protocol is not safe merely because it does nothing.

use super::footprint::Footprint;
use super::{evidence, with_a_wrapper, with_learners, Formula, Property, Voted};

pub(super) const ADOPTED: Property = Property {
    name: "adopted",
    statement: "a proposer sends an Accept for a value that is not its own",
    formula: "∃ p ∈ P: p has sent Accept⟨b,v⟩ of its own ballot ∧ v ≠ p's initial value",
    source: "thesis 2.2.1, 4.1.3 (\"the crux of Paxos' correctness\")",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.adopted().next().is_some()),
    evidence: evidence::adopted,
    ..Voted::REACHABLE
};

pub(super) const LEARNED: Property = Property {
    name: "learned",
    statement: "some learner announces a proposal: what it counts of the reports on it makes a quorum of phase 2",
    formula: "∃ l ∈ L, p, v: l announces ⟨p,v⟩",
    source: "thesis 2.2.2",
    reads: Footprint::Learners,
    is_true: Formula::State(|view| view.learned().next().is_some()),
    applies: with_learners,
    evidence: evidence::learned,
    ..Voted::REACHABLE
};

pub(super) const ABORTED: Property = Property {
    name: "aborted",
    statement: "a proposer ends in PAbort after a Nack",
    formula: "∃ p ∈ P: p in PAbort ∧ p received a Nack",
    source: "thesis 4.1.2 (PAbort), 5.2",
    reads: Footprint::Proposers,
    is_true: Formula::State(|view| view.aborted().next().is_some()),
    evidence: evidence::aborted,
    ..Voted::REACHABLE
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
    ..Voted::REACHABLE
};
