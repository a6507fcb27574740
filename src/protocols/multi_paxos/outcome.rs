//! What a run has come to: what is chosen in each slot and the acceptors that make it so, or why there is nothing. It reads
//! the nodes' states and nothing else: what is chosen is what the properties call so.

use super::local::{listed, Ended, Local, Phase, Proposer, Vote};
use super::properties::{Footprint, Observation};
use super::{MultiPaxos, Setup, Timer};
use crate::family::{Decision, Deployable, Footprint as _, Pace};
use crate::protocols::paxos::Proposal;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Deployable for MultiPaxos {
    /// Nodes that start over at the same time would only refuse each other.
    fn pace(timer: &Timer) -> Pace {
        match timer {
            Timer::Propose => Pace::Soon,
            Timer::Retry => Pace::Patient,
        }
    }

    /// Every chosen proposal, slot by slot.
    fn decisions(setup: &Arc<Setup>, locals: &[Local]) -> Vec<Decision> {
        let observed: Vec<Observation> = locals.iter().map(|local| Footprint::Votes.observe(local)).collect();
        let decision = |vote: Vote| {
            let (slot, Proposal { ballot, value }) = vote;
            let voters = voters(setup, locals, vote);
            Decision {
                key: format!("{slot}:{}", vote.1),
                text: format!("slot {slot}: value {value}, ballot {ballot}, accepted by {}", voters.join(" ")),
                value: value.into(),
                json: json!({ "slot": slot, "value": value, "ballot": ballot, "voters": voters }),
            }
        };
        Footprint::view(setup, &observed).chosen().map(decision).collect()
    }

    /// The slot.
    fn subject(decision: &Decision) -> String {
        decision.json["slot"].to_string()
    }

    /// The slots that a leader uses.
    fn proposed(local: &Local) -> Vec<String> {
        match local {
            Local::Proposer(Proposer { phase: Phase::PSentAccReq { slots }, .. }) => {
                slots.keys().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The log is full.
    fn is_complete(setup: &Arc<Setup>, decisions: &[Decision]) -> bool {
        decisions.iter().map(Self::subject).collect::<BTreeSet<_>>().len() == setup.protocol.slots
    }

    /// A learner announces its log.
    fn announced(local: &Local) -> Option<Value> {
        match local {
            Local::Learner(learner) if !learner.log.is_empty() => Some(json!(learner.log)),
            _ => None,
        }
    }

    /// Where each proposer stands.
    fn reasons(setup: &Arc<Setup>, locals: &[Local]) -> Vec<String> {
        let proposers = (0..).zip(locals).filter_map(|(index, local): (usize, _)| match local {
            Local::Proposer(proposer) => Some((setup.protocol.roster().name(index.into()), proposer)),
            _ => None,
        });
        proposers.map(|(name, proposer)| format!("{name} {}", reason(setup, proposer))).collect()
    }

    /// Every proposer has given up after a refusal.
    fn has_given_up(locals: &[Local]) -> bool {
        let mut proposers = locals.iter().filter_map(|local| match local {
            Local::Proposer(proposer) => Some(&proposer.phase),
            _ => None,
        });
        proposers.all(|phase| matches!(phase, Phase::PAbort(Ended::Refused)))
    }
}

/// The acceptors with a vote.
fn voters(setup: &Setup, locals: &[Local], vote: Vote) -> Vec<String> {
    let has_it = |local: &Local| matches!(local, Local::Acceptor(acceptor) if acceptor.votes.contains(&vote));
    let voters = (0..).zip(locals).filter(|(_, local)| has_it(local));
    voters.map(|(index, _): (usize, _)| setup.protocol.roster().name(index.into())).collect()
}

fn reason(setup: &Setup, proposer: &Proposer) -> String {
    match &proposer.phase {
        Phase::PWaitPrepResp { promises } => {
            let roster = setup.protocol.roster();
            let heard: Vec<_> = promises.iter().map(|(index, _)| roster.name(roster.acceptor(*index))).collect();
            let heard = if heard.is_empty() { "no one".into() } else { heard.join(" ") };
            format!("waits for {} promises and has heard {heard}", setup.protocol.promises_to_lead())
        }
        Phase::PSentAccReq { slots } if slots.is_empty() => "leads and has proposed nothing".into(),
        Phase::PSentAccReq { slots } => format!("leads and has proposed {}", listed(slots)),
        Phase::PAbort(Ended::Refused) => "was refused and gave up".into(),
        Phase::PAbort(Ended::Crashed) => "crashed in its last round".into(),
    }
}
