//! The messages of multi-decree Paxos.

use super::local::{listed, Report, Slot};
use crate::protocols::paxos::{Ballot, Proposal};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message between a proposer and an acceptor, or from an acceptor to a learner.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Message {
    /// Phase 1a, of all slots at once.
    Prepare {
        /// The ballot to be promised.
        ballot: Ballot,
    },
    /// Phase 1b: the acceptor promises the ballot, for all slots.
    Promise {
        /// The ballot that is promised.
        ballot: Ballot,
        /// What the promise reports, by slot.
        report: Report,
    },
    /// The acceptor refuses the ballot.
    Nack {
        /// The ballot that is refused.
        ballot: Ballot,
        /// The promised ballot, where the protocol sends it and there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        promised: Option<Ballot>,
    },
    /// Phase 2a: accept this proposal in this slot.
    Accept {
        /// The slot.
        slot: Slot,
        /// The proposal.
        proposal: Proposal,
    },
    /// Phase 2b: an acceptor reports to a learner that it accepted this proposal in this slot.
    Accepted {
        /// The slot.
        slot: Slot,
        /// The proposal.
        proposal: Proposal,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Prepare { ballot } => write!(f, "Prepare({ballot})"),
            Message::Promise { ballot, report } if report.is_empty() => write!(f, "Promise({ballot}, none)"),
            Message::Promise { ballot, report } => write!(f, "Promise({ballot}, {})", listed(report)),
            Message::Nack { ballot, promised: None } => write!(f, "Nack({ballot})"),
            Message::Nack { ballot, promised: Some(promised) } => write!(f, "Nack({ballot}, promised {promised})"),
            Message::Accept { slot, proposal } => write!(f, "Accept({}, {slot}, {})", proposal.ballot, proposal.value),
            Message::Accepted { slot, proposal } => write!(f, "Accepted({slot}, {proposal})"),
        }
    }
}

/// As displayed, but with angle quotation marks: stateright's sequence diagram writes this form into its SVG unescaped.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string().replace('<', "‹").replace('>', "›"))
    }
}
