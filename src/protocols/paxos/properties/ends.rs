//! What executions come to: whether a choice is always possible, and whether it is inevitable. Asked for by name, since the
//! whole state graph is needed for an answer.

use super::{OfVotes, Voting};
use crate::family::{Formula, Kind, Property, View};
use crate::protocols::paxos::Votes;

fn is_decided<F: Voting>(view: View<'_, F>) -> bool {
    F::votes(view).chosen().next().is_some()
}

impl<F: Voting> OfVotes<F> {
    /// A choice that every fair execution comes to.
    pub const DECIDES: Property<F> = Property {
        name: "decides",
        kind: Kind::Inevitably,
        statement: "every fair execution comes to a state in which a proposal is chosen",
        formula: "fair ⇒ ◇ ∃ p, v: chosen(⟨p,v⟩)",
        source: "thesis 2.2.1 (\"consensus is achieved\"), as termination",
        is_true: Formula::State(is_decided::<F>),
        ..Self::REACHABLE
    };

    /// The same, of executions in which every proposer stays up.
    pub const DECIDES_WITH_PROPOSERS: Property<F> = Property {
        name: "decides-with-proposers",
        statement: "every fair execution in which no proposer crashes comes to a state in which a proposal is chosen",
        formula: "fair ∧ □ no p ∈ P crashes ⇒ ◇ ∃ p, v: chosen(⟨p,v⟩)",
        is_true: Formula::Without(is_decided::<F>, F::is_crash_of_proposer),
        ..Self::DECIDES
    };

    /// A choice that can still be made, whatever has happened.
    pub const CAN_DECIDE: Property<F> = Property {
        name: "can-decide",
        kind: Kind::AlwaysPossibly,
        statement: "from every reachable state one can be reached in which a proposal is chosen",
        formula: "∀ reachable state: ∃ path: ◇ ∃ p, v: chosen(⟨p,v⟩)",
        source: "thesis 4.1.1 (\"only effects the liveness\")",
        ..Self::DECIDES
    };

    /// The same, as long as every proposer stays up.
    pub const CAN_DECIDE_WITH_PROPOSERS: Property<F> = Property {
        name: "can-decide-with-proposers",
        statement: "from every state reachable without the crash of a proposer one can be reached so in which a proposal is chosen",
        formula: "∀ state reachable while no p ∈ P crashes: ∃ such path: ◇ ∃ p, v: chosen(⟨p,v⟩)",
        is_true: Formula::Without(is_decided::<F>, F::is_crash_of_proposer),
        ..Self::CAN_DECIDE
    };
}
