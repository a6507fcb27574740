//! The local states.

use super::client::Client;
use crate::protocols::single_decree;
use crate::protocols::specification::Register;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The local state of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Local {
    /// The abstract service.
    Service(Register),
    /// A proposer or an acceptor of the protocol that is the service.
    Protocol(single_decree::Local),
    /// A client.
    Client {
        /// The learner in whose place it stands; `None` where the service is abstract.
        learner: Option<single_decree::Local>,
        /// The client itself, which sees of the learner only the value that it announces.
        client: Client,
    },
    /// A node that crashed for good but that stateright restarts all the same. The model's boundary excludes every state
    /// with such a node.
    Gone,
}

impl Local {
    /// True iff this is the state of a restarted node that had crashed for good.
    pub fn is_gone(&self) -> bool {
        matches!(self, Local::Gone | Local::Protocol(single_decree::Local::Gone))
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Local::Service(Register { decided: None }) => write!(f, "undecided"),
            Local::Service(Register { decided: Some(value) }) => write!(f, "decided({value})"),
            Local::Protocol(local) => local.fmt(f),
            Local::Client { learner: Some(learner), client: Client::Waiting } => write!(f, "Waiting, {learner}"),
            Local::Client { client, .. } => client.fmt(f),
            Local::Gone => write!(f, "gone"),
        }
    }
}
