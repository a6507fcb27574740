//! What a node does in a step, in words, and the readings of the protocol that is the service: its own family knows them.

use super::client::Client;
use super::local::Local;
use super::message::Message;
use super::protocol::{Protocol, Service};
use super::{setup, Consensus, Node, Setup};
use crate::engine::Action;
use crate::family::{Deed, Edit, Family, Readings, Reference};
use crate::protocols::single_decree::{self, SingleDecree};
use stateright::actor::ActorModelAction;
use std::mem::discriminant;
use std::sync::Arc;

/// The readings of the protocol that is the service.
pub struct OfService;

fn inner() -> &'static dyn Readings<SingleDecree> {
    SingleDecree::readings().expect("single-decree Paxos has readings")
}

impl Readings<Consensus> for OfService {
    fn reference(&self, protocol: &Protocol) -> Option<Reference> {
        match &protocol.service {
            Service::Abstract { .. } => None,
            Service::SingleDecree(protocol) => inner().reference(protocol),
        }
    }

    fn put_back(&self, protocol: &Protocol, edits: &[Edit]) -> Protocol {
        let service = match &protocol.service {
            Service::Abstract { values } => Service::Abstract { values: *values },
            Service::SingleDecree(protocol) => Service::SingleDecree(Box::new(inner().put_back(protocol, edits))),
        };
        Protocol { service, ..*protocol }
    }

    fn is_alike(&self, one: &Local, other: &Local) -> bool {
        match (one, other) {
            (Local::Protocol(one), Local::Protocol(other)) => inner().is_alike(one, other),
            _ => one == other,
        }
    }

    fn plain(&self, message: &Message) -> Message {
        match message {
            Message::Protocol(message) => Message::Protocol(inner().plain(message)),
            message => *message,
        }
    }

    fn corresponds(&self, one: &Message, other: &Message) -> bool {
        match (one, other) {
            (Message::Protocol(one), Message::Protocol(other)) => inner().corresponds(one, other),
            _ => discriminant(one) == discriminant(other),
        }
    }

    fn deed(&self, setup: &Arc<Setup>, action: &Action<Node>, before: &Local, after: &Local, sent: &[Message]) -> Deed {
        match (&setup.service, before, after) {
            (setup::Service::SingleDecree(setup), Local::Protocol(before), Local::Protocol(after)) => {
                let sent = sent.iter().filter_map(|message| match message {
                    Message::Protocol(message) => Some(*message),
                    _ => None,
                });
                let sent: Vec<_> = sent.collect();
                match of_protocol(action) {
                    Some(action) => inner().deed(setup, &action, before, after, &sent),
                    None => Deed::new("becomes", "become", after.to_string()),
                }
            }
            (_, Local::Client { client: Client::Waiting, .. }, Local::Client { client: Client::Acted(value), .. }) => {
                Deed::new("acts", "act", format!("on {value}"))
            }
            (_, _, Local::Client { client: Client::Met { other, .. }, .. }) => {
                Deed::new("is met", "be met", format!("by a Token for {other}"))
            }
            (_, _, after) => Deed::new("becomes", "become", after.to_string()),
        }
    }
}

/// The action as one of the protocol's, if it is one.
fn of_protocol(action: &Action<Node>) -> Option<Action<single_decree::Node>> {
    match action {
        ActorModelAction::Deliver { src, dst, msg: Message::Protocol(msg) } => {
            Some(ActorModelAction::Deliver { src: *src, dst: *dst, msg: *msg })
        }
        ActorModelAction::Timeout(id, timer) => Some(ActorModelAction::Timeout(*id, *timer)),
        _ => None,
    }
}
