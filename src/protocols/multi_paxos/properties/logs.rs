//! The properties of logs: what a client may rely on who knows no ballots, votes or quorums.

use super::view::{follows, Footprint, View};
use super::{evidence, with_learners, Formula, Premise, Property};
use crate::family::Kind;
use crate::protocols::specification::is_refined;

const SOMETHING_EXECUTED: Premise = Premise { statement: "a log that is not empty", is_met: has_executed };

pub(super) const REFINES: Property = Property {
    name: "refines",
    kind: Kind::Always,
    statement:
        "every step is one of an array of registers, and one of a log, or none: a slot is decided by the first value \
                chosen in it, for good, and the log grows at its end; so does each learner's, which is a prefix of it",
    formula:
        "array = {s ↦ v: ∃ p: chosen(s,⟨p,v⟩)}; log = array[1..] up to the first slot without; step → array' = array \
              ∨ array' = array ∪ {s ↦ v}, v ∈ commands ∪ {no-op}; log ⊑ log'; ∀ l ∈ L: l.log ⊑ l.log' ⊑ log'",
    source: "thesis 1.2.2, goal 7; M. Abadi, L. Lamport, \"The Existence of Refinement Mappings\" (1991)",
    reads: Footprint::Learners,
    premise: Some(Premise { statement: "a chosen proposal", is_met: |view| view.chosen().next().is_some() }),
    is_true: Formula::Step(refines_the_specifications),
    demanded: true,
    applies: |_| true,
    precedence: 0,
    evidence: evidence::no_step_of_the_specifications,
};

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
    precedence: 4,
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
    precedence: 3,
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
    precedence: 2,
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
    precedence: 0,
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

/// True iff a step is one of the array and of the log, or none of theirs, and so for the log of each learner.
fn refines_the_specifications(before: View, after: View) -> bool {
    let is_proposed = |value| after.is_command(value);
    is_refined(before.array(), after.array(), is_proposed)
        && is_refined(before.log(), after.log(), is_proposed)
        && before.learners().zip(after.learners()).all(|(was, is)| follows(was, is, after))
}
