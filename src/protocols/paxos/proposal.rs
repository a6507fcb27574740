//! A proposal: a ballot and a value.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a proposal (thesis 2.2.1: "proposal number"). At least 1; 0 stands for "none yet" in the Disel
/// programs, whose `<0,0>` no acceptor ever accepts (5.2).
pub type Ballot = u32;

/// What the acceptors are to agree on.
pub type Value = u32;

/// A proposal `<ballot, value>` (thesis 2.2.1). Ordered by ballot, then by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(Ballot, Value)", into = "(Ballot, Value)")]
pub struct Proposal {
    /// The ballot.
    pub ballot: Ballot,
    /// The value.
    pub value: Value,
}

impl Proposal {
    /// `<0,0>`: what a Disel proposer sends after a nack (5.2).
    pub const ZERO: Proposal = Proposal { ballot: 0, value: 0 };

    /// The proposal `<ballot, value>`.
    pub const fn new(ballot: Ballot, value: Value) -> Self {
        Proposal { ballot, value }
    }
}

impl From<(Ballot, Value)> for Proposal {
    fn from((ballot, value): (Ballot, Value)) -> Self {
        Proposal { ballot, value }
    }
}

impl From<Proposal> for (Ballot, Value) {
    fn from(proposal: Proposal) -> Self {
        (proposal.ballot, proposal.value)
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{},{}>", self.ballot, self.value)
    }
}
