//! The safety properties of votes: what must be true of every state, or of every step.

use super::{evidence, image, OfVotes, Voting};
use crate::family::{Formula, Kind, Premise, Property};
use crate::protocols::paxos::Votes;
use crate::protocols::specification::is_refined;
use std::collections::BTreeSet;

impl<F: Voting> OfVotes<F> {
    const SOMETHING_CHOSEN: Premise<F> =
        Premise { statement: "a chosen proposal", is_met: |view| is_something_chosen(F::votes(view)) };
    const SOME_VOTE: Premise<F> = Premise { statement: "a vote", is_met: |view| is_there_a_vote(F::votes(view)) };

    /// I1.
    pub const I1: Property<F> = Property {
        name: "i1",
        kind: Kind::Always,
        statement: "two votes with the same ballot have the same value",
        formula: "∀ a, a' ∈ A: ⟨p,v⟩ ∈ a.votes ∧ ⟨p,v'⟩ ∈ a'.votes → v = v'",
        source: "thesis 4.1.3, I1",
        reads: F::VOTES,
        premise: Some(Premise {
            statement: "votes of two acceptors with one ballot",
            is_met: |view| have_two_acceptors_votes_with_one_ballot(F::votes(view)),
        }),
        is_true: Formula::State(|view| have_equal_ballots_equal_values(F::votes(view))),
        demanded: true,
        applies: |_| true,
        precedence: 3,
        evidence: evidence::votes_with_one_ballot::<F>,
    };

    /// I2 as worded.
    pub const I2: Property<F> = Property {
        name: "i2",
        kind: Kind::Always,
        statement: "once some <p,v> is chosen, every vote with a ballot greater than p has the value v",
        formula: "chosen(⟨p,v⟩) → ∀ a ∈ A, ⟨p',v'⟩ ∈ a.votes: p' > p → v' = v",
        source: "thesis 4.1.3, the prose of I2",
        reads: F::VOTES,
        premise: Some(Premise {
            statement: "a chosen proposal and a vote with a higher ballot",
            is_met: |view| is_there_a_vote_above_a_chosen(F::votes(view)),
        }),
        is_true: Formula::State(|view| have_votes_above_a_chosen_its_value(F::votes(view))),
        demanded: true,
        applies: |_| true,
        precedence: 2,
        evidence: evidence::votes_above_a_chosen::<F>,
    };

    /// I2 as printed.
    pub const I2_FORMULA: Property<F> = Property {
        name: "i2-formula",
        kind: Kind::Always,
        statement: "of two votes of one acceptor, the one with the higher ballot has the same value",
        formula: "∀ a ∈ A, ⟨p,v⟩ ∈ a.votes, ⟨p',v'⟩ ∈ a.votes: p' > p → v' = v",
        source: "thesis 4.1.3, I2 as printed",
        reads: F::VOTES,
        premise: Some(Premise {
            statement: "an acceptor with votes for two ballots",
            is_met: |view| has_one_acceptor_votes_with_two_ballots(F::votes(view)),
        }),
        is_true: Formula::State(|view| have_votes_of_one_acceptor_one_value(F::votes(view))),
        demanded: false,
        applies: |_| true,
        precedence: 0,
        evidence: evidence::votes_of_one_acceptor::<F>,
    };

    /// Agreement.
    pub const AGREEMENT: Property<F> = Property {
        name: "agreement",
        kind: Kind::Always,
        statement: "no two chosen proposals differ in value",
        formula: "chosen(⟨p,v⟩) ∧ chosen(⟨p',v'⟩) → v = v'",
        source: "thesis 2.2, 4.1.3",
        reads: F::VOTES,
        premise: Some(Self::SOMETHING_CHOSEN),
        is_true: Formula::State(|view| have_chosen_one_value(F::votes(view))),
        demanded: true,
        applies: |_| true,
        precedence: 5,
        evidence: evidence::chosen::<F>,
    };

    /// More than agreement: one value for all votes.
    pub const ONE_VALUE: Property<F> = Property {
        name: "one-value",
        kind: Kind::Always,
        statement: "no two votes, anywhere, differ in value",
        formula: "∀ a, a' ∈ A: ⟨p,v⟩ ∈ a.votes ∧ ⟨p',v'⟩ ∈ a'.votes → v = v'",
        source: "stronger than agreement; what the adapted protocol of 4.1.2 happens to give",
        reads: F::VOTES,
        premise: Some(Self::SOME_VOTE),
        is_true: Formula::State(|view| have_all_votes_one_value(F::votes(view))),
        demanded: false,
        applies: |_| true,
        precedence: 0,
        evidence: evidence::votes_by_value::<F>,
    };

    /// Validity.
    pub const VALIDITY: Property<F> = Property {
        name: "validity",
        kind: Kind::Always,
        statement: "every vote's value was some proposer's initial value",
        formula: "∀ a ∈ A, ⟨p,v⟩ ∈ a.votes: v ∈ initial values",
        source: "the usual requirement on consensus (\"Paxos Made Simple\", 2.1)",
        reads: F::VOTES,
        premise: Some(Self::SOME_VOTE),
        is_true: Formula::State(|view| are_all_votes_for_initial_values(F::votes(view))),
        demanded: true,
        applies: |_| true,
        precedence: 0,
        evidence: evidence::votes_out_of_nothing::<F>,
    };

    /// Stability of what is chosen.
    pub const STABILITY: Property<F> = Property {
        name: "stability",
        kind: Kind::Always,
        statement: "what is chosen stays chosen",
        formula: "chosen(⟨p,v⟩) → ○ chosen(⟨p,v⟩)",
        source: "thesis 4.1.3: \"further rounds of the protocol don't change this value\"",
        reads: F::VOTES,
        premise: Some(Self::SOMETHING_CHOSEN),
        is_true: Formula::Step(|before, after| stays_chosen(F::votes(before), F::votes(after))),
        demanded: true,
        applies: |_| true,
        precedence: 1,
        evidence: evidence::no_longer_chosen::<F>,
    };

    /// The refinement of the register.
    pub const REFINES: Property<F> = Property {
        name: "refines",
        kind: Kind::Always,
        statement: "every step is one of the register, or none: the first value that is chosen is decided, for good",
        formula:
            "image = {v: ∃ p: chosen(⟨p,v⟩)}; step → image' = image ∨ (image = ∅ ∧ image' = {v}, v ∈ initial values)",
        source: "thesis 1.2.2, goal 7; M. Abadi, L. Lamport, \"The Existence of Refinement Mappings\" (1991)",
        reads: F::VOTES,
        premise: Some(Self::SOMETHING_CHOSEN),
        is_true: Formula::Step(|before, after| refines_the_register(F::votes(before), F::votes(after))),
        demanded: true,
        applies: |_| true,
        precedence: 0,
        evidence: evidence::no_step_of_the_register::<F>,
    };
}

fn refines_the_register<'a, 'b>(before: impl Votes<'a>, after: impl Votes<'b>) -> bool {
    let initial = after.initial_values();
    is_refined(image(before), image(after), |value| initial.contains(&value))
}

fn is_something_chosen<'a>(view: impl Votes<'a>) -> bool {
    view.chosen().next().is_some()
}

fn is_there_a_vote<'a>(view: impl Votes<'a>) -> bool {
    view.votes().next().is_some()
}

fn have_two_acceptors_votes_with_one_ballot<'a>(view: impl Votes<'a>) -> bool {
    let mut seen = BTreeSet::new();
    view.votes_by_acceptor().any(|votes| {
        let ballots: BTreeSet<_> = votes.iter().map(|vote| vote.ballot).collect();
        let met = !seen.is_disjoint(&ballots);
        seen.extend(ballots);
        met
    })
}

fn have_equal_ballots_equal_values<'a>(view: impl Votes<'a>) -> bool {
    view.votes().all(|vote| view.votes().all(|other| vote.ballot != other.ballot || vote.value == other.value))
}

fn is_there_a_vote_above_a_chosen<'a>(view: impl Votes<'a>) -> bool {
    view.chosen().any(|chosen| view.votes().any(|vote| vote.ballot > chosen.ballot))
}

fn have_votes_above_a_chosen_its_value<'a>(view: impl Votes<'a>) -> bool {
    view.chosen().all(|chosen| view.votes().all(|vote| vote.ballot <= chosen.ballot || vote.value == chosen.value))
}

fn has_one_acceptor_votes_with_two_ballots<'a>(view: impl Votes<'a>) -> bool {
    view.votes_by_acceptor().any(|votes| votes.iter().map(|vote| vote.ballot).collect::<BTreeSet<_>>().len() > 1)
}

fn have_votes_of_one_acceptor_one_value<'a>(view: impl Votes<'a>) -> bool {
    view.votes_by_acceptor().all(|votes| {
        votes.iter().all(|vote| votes.iter().all(|other| other.ballot <= vote.ballot || other.value == vote.value))
    })
}

fn have_chosen_one_value<'a>(view: impl Votes<'a>) -> bool {
    view.chosen().map(|chosen| chosen.value).collect::<BTreeSet<_>>().len() <= 1
}

fn have_all_votes_one_value<'a>(view: impl Votes<'a>) -> bool {
    view.votes().map(|vote| vote.value).collect::<BTreeSet<_>>().len() <= 1
}

fn are_all_votes_for_initial_values<'a>(view: impl Votes<'a>) -> bool {
    let initial = view.initial_values();
    view.votes().all(|vote| initial.contains(&vote.value))
}

fn stays_chosen<'a, 'b>(before: impl Votes<'a>, after: impl Votes<'b>) -> bool {
    let still: BTreeSet<_> = after.chosen().collect();
    before.chosen().all(|chosen| still.contains(chosen))
}
