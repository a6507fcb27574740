//! The keys of a model file that are the family's: its own, and those of the protocol that is the service.

use super::protocol::{Protocol, Service, ABSTRACT};
use crate::family::{Delivery, Environment, Family, Objection, Sends};
use crate::input::Fields;
use crate::protocols::paxos::bounds::{range, NODES};
use crate::protocols::single_decree::{self, SingleDecree};

/// The keys that are there for one service or another.
const KEYS: [&str; 9] = [
    "protocol.variant",
    "protocol.rounds",
    "protocol.reference",
    "bounds.proposers",
    "bounds.proposals",
    "bounds.acceptors",
    "bounds.distinguished",
    "bounds.values",
    "bounds.clients",
];

/// Reads a service and its clients.
pub fn read(fields: &mut Fields) -> Option<Protocol> {
    let services = [ABSTRACT, single_decree::FAMILY];
    let service = fields.one_of("protocol.service", &services);
    fields.explain("protocol.service", "what decides: the specification itself, or a protocol");
    if service.is_none() {
        fields.missing("protocol.service", &format!("one of {}", services.join(", ")));
    }
    let Some(service) = service else {
        KEYS.iter().for_each(|key| _ = fields.take(key));
        fields.take_below("protocol.rules");
        return None; // what may be there depends on the service
    };
    match service {
        ABSTRACT => {
            let clients = required(fields, "bounds.clients");
            let values = required(fields, "bounds.values");
            fields.explain("bounds.clients", "how many act upon the decision");
            fields.explain("bounds.values", "how many values may be proposed");
            fields.suggest("bounds.values", 2);
            fields.suggest("bounds.clients", 2);
            Some(Protocol { service: Service::Abstract { values: values? as u32 }, clients: clients? as usize })
        }
        _ => {
            let protocol = single_decree::Protocol::read(fields, "bounds.clients");
            fields.explain("bounds.clients", "how many learn the decision and act upon it");
            if !fields.is_taken("bounds.clients") {
                fields.missing("bounds.clients", &range(&NODES));
            }
            let protocol = protocol?;
            let clients = protocol.learners;
            if clients == 0 {
                let what = format!("bounds.clients = 0, expected {}", range(&NODES));
                fields.refuse("bounds.clients", what);
            }
            Some(Protocol { service: Service::SingleDecree(Box::new(protocol)), clients })
        }
    }
}

fn required(fields: &mut Fields, key: &str) -> Option<u64> {
    let number = fields.number(key, NODES);
    if number.is_none() {
        fields.missing(key, &range(&NODES));
    }
    number
}

/// Whether the protocol makes sense in an environment.
///
/// # Errors
/// What makes no sense.
pub fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
    match &protocol.service {
        Service::SingleDecree(protocol) => SingleDecree::admits(protocol, environment),
        Service::Abstract { .. } if environment.sends == Sends::Stepwise => {
            let what = "network.sends = \"stepwise\", expected \"atomic\" where protocol.service = \"abstract\"";
            Err(Objection { key: "network.sends", what: what.into() })
        }
        Service::Abstract { .. } if environment.delivery == Delivery::Ordered => {
            let what = "network.delivery = \"ordered\", expected \"unordered\" where protocol.service = \"abstract\": \
                        what is proposed to it has no order";
            Err(Objection { key: "network.delivery", what: what.into() })
        }
        Service::Abstract { .. } => Ok(()),
    }
}
