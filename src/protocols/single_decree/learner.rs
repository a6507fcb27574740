//! The learner, whole: what it does about an acceptor's report, and about the word of a distinguished learner. Of the three
//! ways of informing learners (2.2.2) it needs to know only whether it passes on what it learns.

use super::local::{Learner, Local, Step};
use super::setup::Setup;
use crate::vocabulary::{Message, Proposal};
use stateright::actor::Id;
use std::collections::BTreeMap;

/// How a learner starts: it has heard of nothing.
pub fn initial() -> Learner {
    Learner::Listening { heard: BTreeMap::new() }
}

/// What the learner with this index makes of a message; `None` when nothing changes and nothing is sent. Once it has
/// learned it listens no more.
pub fn deliver(setup: &Setup, index: usize, learner: &Learner, from: Id, message: &Message) -> Option<Step> {
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
                Some(Step { local: Local::Learner(Learner::Listening { heard }), sends: Vec::new() })
            }
        }
        Message::Learned(proposal) => {
            roster.learner_index(from)?;
            Some(Step { local: Local::Learner(Learner::Learned(proposal)), sends: Vec::new() })
        }
        Message::Prepare { .. } | Message::Promise { .. } | Message::Nack { .. } | Message::Accept(_) => None,
    }
}

/// A majority of the acceptors has accepted the proposal. A distinguished learner tells those that are not.
fn learn(setup: &Setup, index: usize, proposal: Proposal) -> Step {
    let roster = setup.roster();
    let others = if index < setup.distinguished { setup.distinguished..setup.learners } else { 0..0 };
    let sends = others.map(|other| (roster.learner(other), Message::Learned(proposal))).collect();
    Step { local: Local::Learner(Learner::Learned(proposal)), sends }
}
