//! Which rules make no sense together, or at some bounds, or in some environment: the rule at fault, and why.

use super::rules::*;
use super::{Protocol, FAMILY};
use crate::family::{Delivery, Environment, Objection, Sends};

/// A rule at fault, and the reason.
pub type Refusal = (&'static str, String);

const NO_NACKS: &str = "no Nack is ever sent (nack = \"silent\")";
const NO_LEARNERS: &str = "there are no learners (bounds.learners = 0)";
const ONE_ROUND: &str = "a proposer has one round (protocol.rounds = 1)";

/// Why the rules make no sense at the bounds of this protocol.
pub fn refusal(protocol: &Protocol) -> Option<Refusal> {
    let rules = &protocol.rules;
    let is_silent = rules.nack == NackRule::Silent;
    let has_learners = protocol.learners > 0;
    let carries = rules.nack_carries != NackCarries::default();
    let refusals = [
        ("on_nack", is_silent && rules.on_nack != OnNack::default(), NO_NACKS),
        ("nack_carries", is_silent && carries, NO_NACKS),
        ("nack_carries", protocol.rounds == 1 && carries, ONE_ROUND),
        ("promises_count", protocol.rounds == 1 && rules.promises_count == PromisesCount::AnyRound, ONE_ROUND),
        ("learner_counts", !has_learners && rules.learner_counts != LearnerCounts::default(), NO_LEARNERS),
        ("executes", !has_learners && rules.executes != Executes::default(), NO_LEARNERS),
        (
            "promise_payload",
            rules.promise_payload == Payload::Restamped && rules.accept_effect == AcceptEffect::Forget,
            "an acceptor that forgets its promise (accept_effect = \"forget\") has no ballot to stamp a value with",
        ),
        (
            "store",
            rules.store == Store::One && rules.promise_payload == Payload::Last,
            "promise_payload = \"last\" reports the same of either",
        ),
        (
            "accept_targets",
            rules.accept_targets == AcceptTargets::Promisers && rules.proposes == Proposes::OneByOne,
            "a leader that proposes one command after the other has forgotten who promised (proposes = \"one-by-one\")",
        ),
    ];
    let of_quorum = |rule, quorum| match quorum {
        Quorum::Count(count) if count > protocol.acceptors => {
            Some((rule, format!("there are no more than {} acceptors", protocol.acceptors)))
        }
        _ => None,
    };
    let found = refusals.into_iter().find(|(_, makes_none, _)| *makes_none);
    let found = found.map(|(rule, _, why)| (rule, why.to_string()));
    of_quorum("quorum", rules.quorum).or_else(|| of_quorum("accept_quorum", rules.accept_quorum)).or(found)
}

/// Whether models of the protocol make sense in an environment.
///
/// # Errors
/// What makes no sense.
pub fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
    let rules = &protocol.rules;
    let refused =
        |key, found: &str, why: &str| Err(Objection { key, what: format!("{key} = {found:?} makes no sense: {why}") });
    if environment.sends == Sends::Stepwise {
        let what = format!("network.sends = \"stepwise\", expected \"atomic\" for the family {FAMILY}");
        return Err(Objection { key: "network.sends", what });
    }
    let once = "no message is delivered twice (network.duplication = false)";
    match environment.delivery {
        Delivery::UnorderedDuplicating => Ok(()),
        _ if rules.promises_count == PromisesCount::Duplicates => {
            refused("protocol.rules.promises_count", rules.promises_count.name(), once)
        }
        _ if rules.learner_counts == LearnerCounts::Deliveries => {
            refused("protocol.rules.learner_counts", rules.learner_counts.name(), once)
        }
        _ => Ok(()),
    }
}
