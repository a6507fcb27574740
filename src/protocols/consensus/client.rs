//! The whole client: what it does when the service says what is decided, and when another client does. It knows neither
//! ballots nor votes, nor which service it has.

use crate::protocols::paxos::Value;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The state of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// It does not know what is decided.
    Waiting,
    /// It acted on this value, and has sent a Token to the next client.
    Acted(Value),
    /// It acted on one value and has received a Token for another, which should be the same.
    Met {
        /// What it acted on.
        own: Value,
        /// What the client before it acted on.
        other: Value,
    },
}

impl Client {
    /// The client once it knows that a value is decided. Returns the value that its Token to the next client carries as
    /// well; `None` if it knew before.
    pub fn on_decided(self, value: Value) -> Option<(Client, Value)> {
        (self == Client::Waiting).then_some((Client::Acted(value), value))
    }

    /// The client once it has received a Token. `None` if it waits still, or has had one: the Token stays in flight.
    pub fn on_token(self, other: Value) -> Option<Client> {
        match self {
            Client::Acted(own) => Some(Client::Met { own, other }),
            Client::Waiting | Client::Met { .. } => None,
        }
    }

    /// The value that it acted on.
    pub fn acted_on(self) -> Option<Value> {
        match self {
            Client::Waiting => None,
            Client::Acted(own) | Client::Met { own, .. } => Some(own),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Client::Waiting => write!(f, "Waiting"),
            Client::Acted(own) => write!(f, "Acted({own})"),
            Client::Met { own, other } => write!(f, "Met({own}, {other})"),
        }
    }
}
