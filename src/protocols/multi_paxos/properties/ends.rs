//! What executions come to: whether a choice in some slot is always possible, and whether it is inevitable. Asked for by
//! name, since the whole state graph is needed for an answer.

use super::reach::REACHABLE;
use super::{Formula, Property, Setup, View};
use crate::family::{Action, Kind};
use crate::protocols::multi_paxos::MultiPaxos;
use stateright::actor::ActorModelAction;
use std::sync::Arc;

fn is_decided(view: View<'_>) -> bool {
    view.chosen().next().is_some()
}

fn is_crash_of_proposer(setup: &Arc<Setup>, action: &Action<MultiPaxos>) -> bool {
    matches!(action, ActorModelAction::Crash(id) if usize::from(*id) < setup.protocol.roster().proposers)
}

pub(super) const DECIDES: Property = Property {
    name: "decides",
    kind: Kind::Inevitably,
    statement: "every fair execution comes to a state in which a proposal is chosen in some slot",
    formula: "fair ⇒ ◇ ∃ s, p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 2.2.1 (\"consensus is achieved\"), as termination",
    is_true: Formula::State(is_decided),
    ..REACHABLE
};

pub(super) const DECIDES_WITH_PROPOSERS: Property = Property {
    name: "decides-with-proposers",
    statement:
        "every fair execution in which no proposer crashes comes to a state in which a proposal is chosen in some slot",
    formula: "fair ∧ □ no p ∈ P crashes ⇒ ◇ ∃ s, p, v: chosen(s,⟨p,v⟩)",
    is_true: Formula::Without(is_decided, is_crash_of_proposer),
    ..DECIDES
};

pub(super) const CAN_DECIDE: Property = Property {
    name: "can-decide",
    kind: Kind::AlwaysPossibly,
    statement: "from every reachable state one can be reached in which a proposal is chosen in some slot",
    formula: "∀ reachable state: ∃ path: ◇ ∃ s, p, v: chosen(s,⟨p,v⟩)",
    source: "thesis 4.1.1 (\"only effects the liveness\")",
    ..DECIDES
};

pub(super) const CAN_DECIDE_WITH_PROPOSERS: Property = Property {
    name: "can-decide-with-proposers",
    statement: "from every state reachable without the crash of a proposer one can be reached so in which a proposal is chosen in some slot",
    formula: "∀ state reachable while no p ∈ P crashes: ∃ such path: ◇ ∃ s, p, v: chosen(s,⟨p,v⟩)",
    is_true: Formula::Without(is_decided, is_crash_of_proposer),
    ..CAN_DECIDE
};
