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

/// What an acceptor has when it comes back from a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retention {
    /// All that it had.
    Everything,
    /// Nothing: it begins as at the start.
    Nothing,
    /// All but its last change of what it promised or accepted: that was not yet written.
    Late,
    /// Only what it promised.
    Promise,
    /// Only what it accepted.
    Accepted,
}

impl Retention {
    /// Each value with its name in model files.
    pub const ALL: [(&'static str, Retention); 5] = [
        ("kept", Retention::Everything),
        ("nothing", Retention::Nothing),
        ("late", Retention::Late),
        ("promise", Retention::Promise),
        ("accepted", Retention::Accepted),
    ];

    /// The name in model files.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What a proposer does when it comes back from a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restart {
    /// It goes on to its next ballot: it uses none twice.
    NextBallot,
    /// The first time it begins its round again, with the same ballot and another value.
    SameBallot,
}

impl Restart {
    /// Each value with its name in model files.
    pub const ALL: [(&'static str, Restart); 2] =
        [("next-ballot", Restart::NextBallot), ("same-ballot", Restart::SameBallot)];

    /// The name in model files.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What is left of a node that comes back from a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Comeback {
    /// What an acceptor has.
    pub storage: Retention,
    /// How many times each acceptor may lose something; any number of times if `None`.
    pub losses: Option<u32>,
    /// What a proposer does.
    pub restart: Restart,
}

impl Comeback {
    /// Stable storage is kept, and no ballot is used twice.
    pub const WITH_ALL: Comeback =
        Comeback { storage: Retention::Everything, losses: None, restart: Restart::NextBallot };

    /// The keys of a model file that say otherwise, each with its value.
    pub fn harms(&self) -> Vec<(&'static str, Value)> {
        let storage = (self.storage != Retention::Everything).then(|| ("faults.storage", self.storage.name().into()));
        let losses = self.losses.map(|most| ("faults.losses", most.into()));
        let restart = (self.restart != Restart::NextBallot).then(|| ("faults.restart", self.restart.name().into()));
        [storage, losses, restart].into_iter().flatten().collect()
    }
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
    /// Whether a crashed node may come back.
    pub recovery: bool,
    /// What is left of it then.
    pub comeback: Comeback,
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
        comeback: Comeback::WITH_ALL,
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
    /// What is left of a node that comes back is there if one may.
    pub fn to_json(&self) -> Value {
        let mut faults = json!({ "crashes": self.max_crashes, "recovery": self.recovery });
        if self.may_recover() {
            faults["storage"] = self.comeback.storage.name().into();
            faults["restart"] = self.comeback.restart.name().into();
        }
        if let Some(losses) = self.comeback.losses {
            faults["losses"] = losses.into();
        }
        json!({
            "network": {
                "delivery": if self.delivery == Delivery::Ordered { "ordered" } else { "unordered" },
                "duplication": self.delivery == Delivery::UnorderedDuplicating,
                "loss": self.loss,
                "sends": if self.sends == Sends::Atomic { "atomic" } else { "stepwise" },
            },
            "faults": faults,
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
            (most, true) => {
                write!(f, ", up to {most} down at once, with recovery")?;
                let harms = self.comeback.harms();
                harms.iter().try_for_each(|(key, value)| write!(f, ", {key} = {value}"))
            }
            (most, false) => write!(f, ", up to {most} crash{}", if most == 1 { "" } else { "es" }),
        }
    }
}
