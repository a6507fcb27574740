//! The whole learner: how it handles a report from an acceptor or from a distinguished learner. The three schemes for
//! informing learners (2.2.2) differ, for a learner, only in whether it passes on what it learns.

use super::local::{Learner, Local, Reaction};
use super::message::Message;
use super::rules::LearnerCounts;
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
            let counts = setup.rules.learner_counts;
            let reported = heard.entry(roster.acceptor_index(from)?).or_default();
            if reported.contains(&proposal) && counts != LearnerCounts::Deliveries {
                return None;
            }
            reported.insert(reported.partition_point(|other| *other <= proposal), proposal);
            if counted(counts, &heard, proposal) >= setup.votes_to_be_chosen() {
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

/// What counts towards a quorum now that a proposal has been reported.
fn counted(counts: LearnerCounts, heard: &BTreeMap<usize, Vec<Proposal>>, proposal: Proposal) -> usize {
    let acceptors = |is_it: &dyn Fn(&Proposal) -> bool| heard.values().filter(|those| those.iter().any(is_it)).count();
    let reports = |is_it: &dyn Fn(&Proposal) -> bool| heard.values().flatten().filter(|other| is_it(other)).count();
    match counts {
        LearnerCounts::Proposals => acceptors(&|other| *other == proposal),
        LearnerCounts::Values => acceptors(&|other| other.value == proposal.value),
        LearnerCounts::Reports => reports(&|other| other.value == proposal.value),
        LearnerCounts::Anything => heard.len(),
        LearnerCounts::Deliveries => reports(&|other| *other == proposal),
    }
}

/// Learns a proposal that, for all it knows, a quorum of the acceptors has accepted. A distinguished learner passes it on to the others.
fn learn(setup: &Setup, index: usize, proposal: Proposal) -> Reaction {
    let roster = setup.roster();
    let others = if index < setup.distinguished { setup.distinguished..setup.learners } else { 0..0 };
    let sends = others.map(|other| (roster.learner(other), Message::Learned(proposal))).collect();
    Reaction { local: Local::Learner(Learner::Learned(proposal)), sends }
}
