//! The parameters that determine how the nodes behave. It decides nothing itself.

use crate::protocols::paxos::Value;
use crate::protocols::single_decree::{self, Recovery};
use stateright::actor::Id;
use std::sync::Arc;

/// Everything that determines how the nodes behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// What decides.
    pub service: Service,
    /// The number of clients. Their ids are the last ones.
    pub clients: usize,
    /// Whether a crashed node comes back; `None` if no node can crash.
    pub crashes: Option<Recovery>,
}

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// The specification itself, as one node, which is asked to decide each of the values from 1 to this one.
    Abstract {
        /// The greatest value.
        values: Value,
    },
    /// Single-decree Paxos. Clients stand where its learners would.
    SingleDecree(Arc<single_decree::Setup>),
}

impl Setup {
    /// The number of nodes.
    pub fn nodes(&self) -> usize {
        usize::from(self.client(self.clients))
    }

    /// The id of the client with this index, counted from 0.
    pub fn client(&self, index: usize) -> Id {
        match &self.service {
            Service::Abstract { .. } => Id::from(1 + index),
            Service::SingleDecree(setup) => setup.roster().learner(index),
        }
    }

    /// The index of this client; `None` for any other node.
    pub fn client_index(&self, id: Id) -> Option<usize> {
        usize::from(id).checked_sub(usize::from(self.client(0)))
    }

    /// The name of a client, by its index.
    pub fn client_name(&self, index: usize) -> String {
        format!("C{}", index + 1)
    }
}
