//! The system beside its variant, and what a node does in a step, in the words of the protocol.

use super::local::{Local, Proposer, Role};
use super::message::Message;
use super::node::Node;
use super::protocol::Protocol;
use super::setup::Setup;
use super::DiselSts;
use crate::engine::Action;
use crate::family::{Deed, Edit, Readings, Reference};
use stateright::actor::ActorModelAction;
use std::sync::Arc;

/// The readings of 4.2.
pub struct Thesis;

impl Readings<DiselSts> for Thesis {
    fn reference(&self, protocol: &Protocol) -> Option<Reference> {
        protocol.reference()
    }

    fn put_back(&self, protocol: &Protocol, edits: &[Edit]) -> Protocol {
        protocol.with_put_back(edits)
    }

    /// Whose Prepares an acceptor has received is kept by one rule only, for its answers.
    fn is_alike(&self, one: &Local, other: &Local) -> bool {
        match (one, other) {
            (Local::Acceptor(one), Local::Acceptor(other)) => {
                (one.role, &one.answered) == (other.role, &other.answered)
            }
            _ => one == other,
        }
    }

    fn deed(&self, _: &Arc<Setup>, action: &Action<Node>, before: &Local, after: &Local, _: &[Message]) -> Deed {
        let message = match action {
            ActorModelAction::Deliver { msg, .. } => msg,
            ActorModelAction::Timeout(_, send) => {
                return Deed::new("sends", "send", format!("{} to {}", send.message, send.to));
            }
            _ => return Deed::new("becomes", "become", after.to_string()),
        };
        let held = match before {
            Local::Acceptor(acceptor) => match acceptor.role {
                Role::APromised(held) if held.ballot >= message.payload().ballot => {
                    format!("though it promised {}", held.ballot)
                }
                _ => String::new(),
            },
            _ => String::new(),
        };
        match after {
            Local::Acceptor(acceptor) => match acceptor.role {
                Role::AAccepted(vote) if !is_accepted(before) => {
                    Deed::new("accepts", "accept", vote.to_string()).though(held)
                }
                Role::APromised(promised) if matches!(message, Message::Prepare(_)) => {
                    Deed::new("promises", "promise", promised.ballot.to_string())
                }
                _ => Deed::new("takes", "take", message.to_string()),
            },
            Local::Proposer(Proposer::PSentAccReq { proposal, .. }) => {
                Deed::new("comes", "come", format!("to propose {proposal}"))
            }
            Local::Proposer(Proposer::PAbort) => Deed::new("gives", "give", "up"),
            Local::Proposer(Proposer::PWaitPrepResp(_)) => Deed::new("waits", "wait", "for more answers"),
            _ => Deed::new("becomes", "become", after.to_string()),
        }
    }
}

fn is_accepted(local: &Local) -> bool {
    matches!(local, Local::Acceptor(acceptor) if matches!(acceptor.role, Role::AAccepted(_)))
}
