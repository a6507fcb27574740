//! The messages of single-decree Paxos.

use crate::protocols::paxos::{Ballot, Proposal, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message between a proposer and an acceptor (thesis 2.2.1; the tags of 5.3), or to a learner (2.2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Message {
    /// Phase 1a. The thesis sends the whole proposal (4.1.2), simple Paxos only its ballot (2.2.1): `value` is then `None`.
    Prepare {
        /// The ballot to be promised.
        ballot: Ballot,
        /// The proposer's own value, where the protocol sends it.
        value: Option<Value>,
    },
    /// Phase 1b: the acceptor promises the ballot.
    Promise {
        /// The ballot that is promised.
        ballot: Ballot,
        /// The proposal that the promise reports, if any.
        carried: Option<Proposal>,
        /// How the proposer may use it.
        #[serde(default, skip_serializing_if = "Offer::is_by_rule")]
        offer: Offer,
    },
    /// Phase 1b or 2b: the acceptor refuses the ballot.
    Nack {
        /// The ballot that is refused.
        ballot: Ballot,
        /// The promised ballot, where the acceptor tells it and has promised one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised: Option<Ballot>,
    },
    /// Phase 2a: accept this proposal.
    Accept(Proposal),
    /// Phase 2b: an acceptor reports to a learner that it accepted this proposal (the `accepted` response of 2.2.1).
    Accepted(Proposal),
    /// A distinguished learner informs another learner that this proposal is chosen (2.2.2).
    Learned(Proposal),
}

/// Which value a proposer takes when this promise completes its quorum. Only the nondeterministic choice (`value_choice =
/// "any"`) distinguishes the two: there, a promise that carries a proposal is in flight in two copies, and delivering one
/// or the other is the choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offer {
    /// The proposer's rule decides; under `any`, the value carried by this promise.
    #[default]
    ByRule,
    /// The proposer's own value, whatever is carried.
    Own,
}

impl Offer {
    fn is_by_rule(&self) -> bool {
        *self == Offer::ByRule
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Prepare { ballot, value: Some(value) } => write!(f, "Prepare{}", Proposal::new(*ballot, *value)),
            Message::Prepare { ballot, value: None } => write!(f, "Prepare({ballot})"),
            Message::Promise { ballot, carried, offer } => {
                match carried {
                    Some(proposal) => write!(f, "Promise({ballot}, {proposal})")?,
                    None => write!(f, "Promise({ballot}, none)")?,
                }
                if *offer == Offer::Own {
                    write!(f, " to keep its own")
                } else {
                    Ok(())
                }
            }
            Message::Nack { ballot, promised: None } => write!(f, "Nack({ballot})"),
            Message::Nack { ballot, promised: Some(promised) } => write!(f, "Nack({ballot}, promised {promised})"),
            Message::Accept(proposal) => write!(f, "Accept{proposal}"),
            Message::Accepted(proposal) => write!(f, "Accepted{proposal}"),
            Message::Learned(proposal) => write!(f, "Learned{proposal}"),
        }
    }
}

/// As displayed, but with angle quotation marks: stateright's sequence diagram writes this form into its SVG unescaped.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string().replace('<', "‹").replace('>', "›"))
    }
}
