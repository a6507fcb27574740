//! What surrounds the nodes of a model: how the network delivers, what it may lose, how many nodes may crash.

use super::{Family, System};
use serde_json::{json, Value};
use stateright::actor::{LossyNetwork, Network};
use std::fmt;

/// How the network delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Any envelope in flight may be delivered next.
    Unordered,
    /// As above, and an envelope stays in flight when it is delivered.
    UnorderedDuplicating,
    /// First in, first out between each two nodes.
    Ordered,
}

/// How a handler's messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sends {
    /// All at once, in the step of the handler.
    Atomic,
    /// One per step, in any order (PSentPrep and PSentAccReq, thesis 4.1.2).
    Stepwise,
}

/// What the network may do to messages, and which nodes may crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// How the network delivers.
    pub delivery: Delivery,
    /// Whether an envelope in flight may be lost.
    pub loss: bool,
    /// How messages leave.
    pub sends: Sends,
    /// How many nodes may be down at once.
    pub max_crashes: usize,
    /// Whether a crashed node may come back with what it had on stable storage.
    pub recovery: bool,
}

/// Why a protocol makes no sense in an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The key of the model file that is at fault.
    pub key: &'static str,
    /// What is wrong with it, and what is allowed.
    pub what: String,
}

impl Environment {
    /// An unordered network without faults.
    pub const DEFAULT: Environment = Environment {
        delivery: Delivery::Unordered,
        loss: false,
        sends: Sends::Atomic,
        max_crashes: 0,
        recovery: false,
    };

    /// True iff a crashed node may come back.
    pub fn may_recover(&self) -> bool {
        self.max_crashes > 0 && self.recovery
    }

    /// A model in this environment. What is in flight at first stays so.
    pub fn surround<F: Family>(&self, model: System<F>) -> System<F> {
        let initial = super::envelopes::<F>(&model.init_network);
        let initial = initial.into_iter().flat_map(|(envelope, count)| std::iter::repeat_n(envelope, count));
        let network = match self.delivery {
            Delivery::Unordered => Network::new_unordered_nonduplicating(initial),
            Delivery::UnorderedDuplicating => Network::new_unordered_duplicating(initial),
            Delivery::Ordered => Network::new_ordered(initial),
        };
        model
            .init_network(network)
            .lossy_network(if self.loss { LossyNetwork::Yes } else { LossyNetwork::No })
            .max_crashes(self.max_crashes)
    }

    /// The tables `network` and `faults` of a model file, every default written out.
    pub fn to_json(&self) -> Value {
        json!({
            "network": {
                "delivery": if self.delivery == Delivery::Ordered { "ordered" } else { "unordered" },
                "duplication": self.delivery == Delivery::UnorderedDuplicating,
                "loss": self.loss,
                "sends": if self.sends == Sends::Atomic { "atomic" } else { "stepwise" },
            },
            "faults": { "crashes": self.max_crashes, "recovery": self.recovery },
        })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let network = match self.delivery {
            Delivery::Unordered => "unordered network",
            Delivery::UnorderedDuplicating => "unordered duplicating network",
            Delivery::Ordered => "ordered network",
        };
        write!(f, "{network}{}", if self.loss { " with loss" } else { "" })?;
        if self.sends == Sends::Stepwise {
            write!(f, ", stepwise sends")?;
        }
        match (self.max_crashes, self.recovery) {
            (0, _) => Ok(()),
            (most, true) => write!(f, ", up to {most} down at once, with recovery"),
            (most, false) => write!(f, ", up to {most} crash{}", if most == 1 { "" } else { "es" }),
        }
    }
}
