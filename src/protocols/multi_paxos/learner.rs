//! The whole learner: how it learns from the acceptors' reports what is chosen in each slot, and how it executes that.

use super::local::{Learner, Local};
use super::message::Message;
use super::reaction::Reaction;
use super::rules::{Executes, LearnerCounts};
use super::Protocol;
use crate::protocols::paxos::Proposal;
use std::collections::BTreeSet;

/// Handles a message from the acceptor with this index. Returns `None` if nothing changes. Of a slot that it has learned a
/// learner ignores every report.
pub fn deliver(protocol: &Protocol, learner: &Learner, acceptor: usize, message: &Message) -> Option<Reaction> {
    let Message::Accepted { slot, proposal } = *message else { return None };
    if learner.learned.contains_key(&slot) {
        return None;
    }
    let mut next = learner.clone();
    let reports = next.heard.entry(slot).or_default();
    let report = (acceptor, proposal);
    let (Ok(place) | Err(place)) = reports.binary_search(&report);
    let is_known = reports.get(place) == Some(&report);
    if is_known && protocol.rules.learner_counts != LearnerCounts::Deliveries {
        return None;
    }
    reports.insert(place, report);
    if count(protocol.rules.learner_counts, reports, proposal) >= protocol.votes_to_be_chosen() {
        next.heard.remove(&slot);
        next.learned.insert(slot, proposal);
        execute(protocol.rules.executes, &mut next, proposal);
    }
    Some(Reaction { local: Local::Learner(next), sends: Vec::new() })
}

/// How much there is, of what the rule counts, for the proposal that was just reported.
fn count(rule: LearnerCounts, reports: &[(usize, Proposal)], proposal: Proposal) -> usize {
    let has_its_value = |report: &&(usize, Proposal)| report.1.value == proposal.value;
    let acceptors = |is_it: &dyn Fn(&&(usize, Proposal)) -> bool| {
        reports.iter().filter(is_it).map(|(acceptor, _)| acceptor).collect::<BTreeSet<_>>().len()
    };
    match rule {
        LearnerCounts::Proposals => acceptors(&|report| report.1 == proposal),
        LearnerCounts::Values => acceptors(&has_its_value),
        LearnerCounts::Reports => reports.iter().filter(has_its_value).count(),
        LearnerCounts::Anything => acceptors(&|_| true),
        LearnerCounts::Deliveries => reports.iter().filter(|report| report.1 == proposal).count(),
    }
}

/// Extends the log by what has just been learned.
fn execute(rule: Executes, learner: &mut Learner, just_learned: Proposal) {
    match rule {
        Executes::AsLearnt => learner.log.push(just_learned.value),
        Executes::InOrder => {
            while let Some(next) = learner.learned.get(&(learner.log.len() + 1)) {
                learner.log.push(next.value);
            }
        }
    }
}
