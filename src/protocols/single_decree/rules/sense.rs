//! Which combinations of rules mean something: by themselves, at the bounds of a model, and in its environment.

use super::*;
use crate::family::{Delivery, Environment};

/// A rule at fault, and why.
type Fault = (&'static str, String);

/// The bounds of a model on which the sense of its rules depends.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The number of acceptors.
    pub acceptors: usize,
    /// The number of learners.
    pub learners: usize,
    /// The rounds that a proposer may begin.
    pub rounds: u32,
}

/// The first of these that is so, as a fault.
fn first<'a>(faults: impl IntoIterator<Item = (bool, &'static str, &'a str)>) -> Option<Fault> {
    let fault = faults.into_iter().find(|(is_so, ..)| *is_so);
    fault.map(|(_, rule, why)| (rule, why.to_string()))
}

impl Rules {
    /// The rule at fault and the reason, if this combination of rules is meaningless.
    pub fn contradiction(&self) -> Option<Fault> {
        let ballot_only = self.prepare_carries == PrepareCarries::Ballot;
        let reports_prepares = matches!(self.promise_payload, Payload::Incoming | Payload::Previous);
        let stops = self.after_accept == AfterAccept::Stop;
        let sends_zero = self.on_nack == OnNack::AcceptZero;
        let is_restamped = self.promise_payload == Payload::Restamped;
        let is_silent = self.nack == NackRule::Silent;
        let counts_duplicates = self.promises_count == PromisesCount::Duplicates;
        let takes_no_other = "with after_accept = \"stop\" an acceptor takes no second Accept";
        first([
            (
                ballot_only && self.promise_guard == Guard::ValueAtLeast,
                "promise_guard",
                "a Prepare of this variant carries no value to compare",
            ),
            (
                ballot_only && reports_prepares,
                "promise_payload",
                "a Prepare of this variant carries no proposal to report",
            ),
            (
                self.awaits != Awaits::AnyNumber && !stops,
                "after_accept",
                "a program that takes a single Accept exits after it",
            ),
            (stops && self.accept_against != AcceptAgainst::Promised, "accept_against", takes_no_other),
            (stops && self.overwrite != Overwrite::Always, "overwrite", takes_no_other),
            (
                stops && is_restamped,
                "promise_payload",
                "with after_accept = \"stop\" an acceptor that has accepted reports nothing",
            ),
            (
                self.accept_against == AcceptAgainst::Highest && self.accept_guard == Guard::ValueAtLeast,
                "accept_against",
                "accept_guard = \"value-at-least\" does not compare ballots",
            ),
            (
                is_restamped && self.accept_effect == AcceptEffect::Forget,
                "promise_payload",
                "with accept_effect = \"forget\" there is no ballot to stamp what is accepted with",
            ),
            (
                counts_duplicates && sends_zero,
                "promises_count",
                "with on_nack = \"accept-zero\" a proposer waits for one answer of each acceptor",
            ),
            (
                counts_duplicates && self.value_choice == ValueChoice::Any,
                "promises_count",
                "with value_choice = \"any\" a promise is in flight in two copies that are not two promises",
            ),
            (
                sends_zero && self.accept_targets == AcceptTargets::Promisers,
                "accept_targets",
                "with on_nack = \"accept-zero\" every acceptor is sent Accept<0,0>",
            ),
            (
                sends_zero && self.nack == NackRule::Both,
                "nack",
                "with on_nack = \"accept-zero\" a Nack makes a proposer send Accepts, and cannot end them too",
            ),
            (
                is_silent && self.nack_carries == NackCarries::Promised,
                "nack_carries",
                "no Nack is ever sent (nack = \"silent\")",
            ),
            (is_silent && self.on_nack == OnNack::Ignore, "on_nack", "no Nack is ever sent (nack = \"silent\")"),
        ])
    }

    /// The rule at fault and the reason, if these rules are meaningless at these bounds.
    pub fn misfit(&self, bounds: Bounds) -> Option<Fault> {
        let too_many = |size: QuorumSize| size.of(bounds.acceptors) > bounds.acceptors;
        let why = format!("there are {} acceptors", bounds.acceptors);
        let one_round = bounds.rounds == 1;
        first([
            (too_many(self.quorum), "quorum", why.as_str()),
            (too_many(self.accept_quorum), "accept_quorum", &why),
            (
                one_round && self.promises_count == PromisesCount::AnyRound,
                "promises_count",
                "a proposer with one round has no earlier one (protocol.rounds)",
            ),
            (
                one_round && self.nack_carries == NackCarries::Promised,
                "nack_carries",
                "a proposer with one round has no later one to go to (protocol.rounds)",
            ),
            (
                bounds.learners == 0 && self.learner_counts != LearnerCounts::Proposals,
                "learner_counts",
                "there are no learners (bounds.learners)",
            ),
        ])
    }

    /// The rule at fault and the reason, if these rules are meaningless in this environment.
    pub fn misplacement(&self, environment: &Environment) -> Option<Fault> {
        let duplicates = environment.delivery == Delivery::UnorderedDuplicating;
        let once = "no message is delivered twice where network.duplication = false";
        first([
            (
                self.value_choice == ValueChoice::Any && environment.delivery == Delivery::Ordered,
                "value_choice",
                "the choice is which of two promises in flight arrives, which takes network.delivery = \"unordered\"",
            ),
            (!duplicates && self.promises_count == PromisesCount::Duplicates, "promises_count", once),
            (!duplicates && self.learner_counts == LearnerCounts::Deliveries, "learner_counts", once),
        ])
    }
}
