//! The properties of learners and of their logs: the replicated log as its client sees it.

use super::view::{Footprint, View};
use super::{evidence, with_learners, Formula, Premise, Property};
use crate::family::Kind;

const SOMETHING_EXECUTED: Premise = Premise { statement: "a log that is not empty", is_met: has_executed };

pub(super) const LEARNED_CHOSEN: Property = Property {
    name: "learned-chosen",
    kind: Kind::Always,
    statement: "what a learner has learned for a slot is chosen there",
    formula: "∀ l ∈ L, s: l.learned[s] = ⟨p,v⟩ → chosen(s,⟨p,v⟩)",
    source: "thesis 2.2.2: a learner is informed \"that a majority of acceptors have agreed on a value\"",
    reads: Footprint::Learners,
    premise: Some(Premise {
        statement: "a learner that has learned something",
        is_met: |view| view.learned().next().is_some(),
    }),
    is_true: Formula::State(|view| view.learned().all(|(_, slot, proposal)| view.is_chosen((slot, proposal)))),
    demanded: true,
    applies: with_learners,
    precedence: 0,
    evidence: evidence::learned_and_not_chosen,
};

pub(super) const LOG_AGREEMENT: Property = Property {
    name: "log-agreement",
    statement: "of two learners' logs one is a prefix of the other",
    formula: "∀ l, l' ∈ L: l.log ⊑ l'.log ∨ l'.log ⊑ l.log",
    source: "thesis 2.1.3: replicas that execute the same commands in the same order stay the same",
    premise: Some(Premise {
        statement: "two logs that are not empty",
        is_met: |view| view.learners().filter(|learner| !learner.log.is_empty()).count() > 1,
    }),
    is_true: Formula::State(|view| view.disagreement().is_none()),
    precedence: 6,
    evidence: evidence::logs_differ,
    ..LEARNED_CHOSEN
};

pub(super) const EXECUTED_CHOSEN: Property = Property {
    name: "executed-chosen",
    statement: "the k-th value of a log is chosen in slot k",
    formula: "∀ l ∈ L, k ≤ |l.log|: ∃ p: chosen(k,⟨p,l.log[k]⟩)",
    source: "\"Paxos Made Simple\", 3: the i-th command is the value chosen by the i-th instance",
    premise: Some(SOMETHING_EXECUTED),
    is_true: Formula::State(|view| view.executed_and_not_chosen().next().is_none()),
    precedence: 4,
    evidence: evidence::executed_and_not_chosen,
    ..LEARNED_CHOSEN
};

pub(super) const EXECUTED_IN_ORDER: Property = Property {
    name: "executed-in-order",
    statement: "the k-th value of a log was learned for slot k",
    formula: "∀ l ∈ L, k ≤ |l.log|: ∃ p: l.learned[k] = ⟨p,l.log[k]⟩",
    source: "\"Paxos Made Simple\", 3: commands are executed in the order of their numbers",
    premise: Some(SOMETHING_EXECUTED),
    is_true: Formula::State(|view| view.executed_out_of_order().next().is_none()),
    precedence: 3,
    evidence: evidence::executed_out_of_order,
    ..LEARNED_CHOSEN
};

pub(super) const EXECUTED: Property = Property {
    name: "executed",
    kind: Kind::Sometimes,
    statement: "a learner has executed a command: its log is not empty",
    formula: "∃ l ∈ L: l.log ≠ ⟨⟩",
    source: "thesis 2.1.3",
    premise: None,
    is_true: Formula::State(has_executed),
    demanded: false,
    evidence: evidence::executed,
    ..LEARNED_CHOSEN
};

pub(super) const FULL_LOG: Property = Property {
    name: "full-log",
    statement: "a learner has executed a value for every slot",
    formula: "∃ l ∈ L: |l.log| = S",
    is_true: Formula::State(|view| view.learners().any(|learner| learner.log.len() == view.protocol().slots)),
    evidence: evidence::full_log,
    ..EXECUTED
};

fn has_executed(view: View) -> bool {
    view.executed().next().is_some()
}
