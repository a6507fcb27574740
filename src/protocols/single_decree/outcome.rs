//! What a run has come to: the proposal that is chosen and the acceptors that make it so, or why there is none. It reads
//! the nodes' states and nothing else: what is chosen is what the properties call so.

use super::local::{Ended, Learner, Local, Phase, Proposer};
use super::properties::{Footprint, Observation, View};
use super::{Setup, SingleDecree, Timer};
use crate::family::{Decision, Deployable, Footprint as _, Pace};
use crate::protocols::paxos::{Proposal, Votes};
use serde_json::{json, Value};
use std::sync::Arc;

impl Deployable for SingleDecree {
    /// Nodes that start over at the same time would only refuse each other.
    fn pace(timer: &Timer) -> Pace {
        match timer {
            Timer::Send(_) => Pace::Soon,
            Timer::Retry => Pace::Patient,
        }
    }

    /// Every chosen proposal.
    fn decisions(setup: &Arc<Setup>, locals: &[Local]) -> Vec<Decision> {
        let observed: Vec<Observation> = locals.iter().map(|local| Footprint::Votes.observe(local)).collect();
        let decision = |proposal: &Proposal| {
            let Proposal { ballot, value } = *proposal;
            let majority = voters(setup, locals, *proposal);
            Decision {
                key: proposal.to_string(),
                text: format!("value {value}, ballot {ballot}, accepted by {}", majority.join(" ")),
                value: value.into(),
                json: json!({ "value": value, "ballot": ballot, "majority": majority }),
            }
        };
        View::new(setup, &observed).chosen().map(decision).collect()
    }

    fn announced(local: &Local) -> Option<Value> {
        match local {
            Local::Learner(Learner::Learned(proposal)) => Some(proposal.value.into()),
            _ => None,
        }
    }

    /// Where each proposer stands.
    fn reasons(setup: &Arc<Setup>, locals: &[Local]) -> Vec<String> {
        let proposers = (0..).zip(locals).filter_map(|(index, local): (usize, _)| match local {
            Local::Proposer(proposer) => Some((setup.roster().name(index.into()), proposer)),
            _ => None,
        });
        proposers.map(|(name, proposer)| format!("{name} {}", reason(setup, locals, proposer))).collect()
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

/// The acceptors with a vote for a proposal.
fn voters(setup: &Setup, locals: &[Local], proposal: Proposal) -> Vec<String> {
    let has_voted = |local: &Local| matches!(local, Local::Acceptor(acceptor) if acceptor.votes.contains(&proposal));
    let voters = (0..).zip(locals).filter(|(_, local)| has_voted(local));
    voters.map(|(index, _): (usize, _)| setup.roster().name(index.into())).collect()
}

fn reason(setup: &Setup, locals: &[Local], proposer: &Proposer) -> String {
    match &proposer.phase {
        Phase::PInit | Phase::PSentPrep { .. } => "has not sent every Prepare".into(),
        Phase::PWaitPrepResp { answers } => {
            let heard = (0..setup.acceptors).filter(|index| answers.has_heard(*index));
            let heard: Vec<_> = heard.map(|index| setup.roster().name(setup.roster().acceptor(index))).collect();
            let heard = if heard.is_empty() { "no one".into() } else { heard.join(" ") };
            let quorum = setup.promises_awaited();
            format!("waits for {quorum} promises and has heard {heard}")
        }
        Phase::PSentAccReq { proposal, .. } | Phase::PAbort(Ended::Sent(proposal)) => {
            let voters = voters(setup, locals, *proposal);
            let who = if voters.is_empty() { String::new() } else { format!(" ({})", voters.join(" ")) };
            format!("proposed {proposal}, which {} of {} acceptors accepted{who}", voters.len(), setup.acceptors)
        }
        Phase::PAbort(Ended::Refused) => "was refused and gave up".into(),
        Phase::PAbort(Ended::Crashed) => "crashed in its last round".into(),
    }
}
