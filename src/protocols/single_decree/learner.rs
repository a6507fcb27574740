//! The whole learner: how it handles a report from an acceptor or from a distinguished learner. The three schemes for
//! informing learners (2.2.2) differ, for a learner, only in whether it passes on what it learns.

use super::local::{Learner, Local, Reaction};
use super::message::Message;
use super::setup::Setup;
use crate::protocols::paxos::Proposal;
use stateright::actor::Id;
use std::collections::BTreeMap;

/// The initial state of a learner: it has heard nothing.
pub fn initial() -> Learner {
    Learner::Listening { heard: BTreeMap::new() }
}

/// Handles a message to the learner with this index. Returns `None` if nothing changes and nothing is sent. A learner that
/// has learned ignores every message.
pub fn deliver(setup: &Setup, index: usize, learner: &Learner, from: Id, message: &Message) -> Option<Reaction> {
    let Learner::Listening { heard } = learner else { return None };
    let roster = setup.roster();
    match *message {
        Message::Accepted(proposal) => {
            let mut heard = heard.clone();
            if !heard.entry(roster.acceptor_index(from)?).or_default().insert(proposal) {
                return None;
            }
            let reporters = heard.values().filter(|reported| reported.contains(&proposal)).count();
            if reporters > setup.acceptors / 2 {
                Some(learn(setup, index, proposal))
            } else {
                Some(Reaction { local: Local::Learner(Learner::Listening { heard }), sends: Vec::new() })
            }
        }
        Message::Learned(proposal) => {
            roster.learner_index(from)?;
            Some(Reaction { local: Local::Learner(Learner::Learned(proposal)), sends: Vec::new() })
        }
        Message::Prepare { .. } | Message::Promise { .. } | Message::Nack { .. } | Message::Accept(_) => None,
    }
}

/// Learns a proposal that a majority of the acceptors has accepted. A distinguished learner passes it on to the others.
fn learn(setup: &Setup, index: usize, proposal: Proposal) -> Reaction {
    let roster = setup.roster();
    let others = if index < setup.distinguished { setup.distinguished..setup.learners } else { 0..0 };
    let sends = others.map(|other| (roster.learner(other), Message::Learned(proposal))).collect();
    Reaction { local: Local::Learner(Learner::Learned(proposal)), sends }
}
