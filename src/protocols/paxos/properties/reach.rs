//! What votes should reach, so that a protocol is not safe merely because it does nothing.

use super::{evidence, OfVotes, Voting};
use crate::family::{Formula, Kind, Property};
use crate::protocols::paxos::Votes;
use std::collections::BTreeSet;

impl<F: Voting> OfVotes<F> {
    /// A property of the family that something is reached, to be completed.
    pub const REACHABLE: Property<F> = Property {
        name: "",
        kind: Kind::Sometimes,
        statement: "",
        formula: "",
        source: "",
        reads: F::VOTES,
        premise: None,
        is_true: Formula::State(|_| false),
        demanded: false,
        applies: |_| true,
        precedence: 0,
        evidence: |_| Vec::new(),
    };

    /// A vote.
    pub const ACCEPTED: Property<F> = Property {
        name: "accepted",
        statement: "some acceptor accepts a proposal",
        formula: "∃ a ∈ A: a.votes ≠ ∅",
        source: "thesis 2.2.1, 4.1.2 (AAccepted)",
        is_true: Formula::State(|view| F::votes(view).votes().next().is_some()),
        evidence: evidence::a_vote::<F>,
        ..Self::REACHABLE
    };

    /// A choice.
    pub const CHOSEN: Property<F> = Property {
        name: "chosen",
        statement: "a proposal is chosen: a quorum of phase 2 has voted for it",
        formula: "∃ p, v: chosen(⟨p,v⟩)",
        source: "thesis 2.2.1 (\"consensus is achieved\")",
        demanded: true,
        is_true: Formula::State(|view| F::votes(view).chosen().next().is_some()),
        evidence: evidence::chosen::<F>,
        ..Self::REACHABLE
    };

    /// Two votes of one acceptor.
    pub const TWO_VOTES: Property<F> = Property {
        name: "two-votes",
        statement: "one acceptor has two votes",
        formula: "∃ a ∈ A: |a.votes| ≥ 2",
        source: "the case that I2 (4.1.3) is about",
        is_true: Formula::State(|view| F::votes(view).votes_by_acceptor().any(|votes| votes.len() > 1)),
        evidence: evidence::several_votes::<F>,
        ..Self::REACHABLE
    };

    /// Votes for two ballots.
    pub const TWO_BALLOTS: Property<F> = Property {
        name: "two-ballots",
        statement: "there are votes for two ballots",
        formula: "∃ ⟨p,v⟩, ⟨p',v'⟩ ∈ ⋃ votes: p ≠ p'",
        source: "the case that I2 (4.1.3) is about",
        is_true: Formula::State(|view| {
            F::votes(view).votes().map(|vote| vote.ballot).collect::<BTreeSet<_>>().len() > 1
        }),
        evidence: evidence::votes_by_ballot::<F>,
        ..Self::REACHABLE
    };

    /// An end without a choice.
    pub const BLOCKED: Property<F> = Property {
        name: "blocked",
        statement: "a terminal state in which nothing is chosen",
        formula: "∃ terminal state: ∄ p, v: chosen(⟨p,v⟩)",
        source: "thesis 4.1.1 (\"only effects the liveness\")",
        is_true: Formula::Terminal(|view| F::votes(view).chosen().next().is_none()),
        evidence: evidence::blocked::<F>,
        ..Self::REACHABLE
    };
}
