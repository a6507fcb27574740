//! What a run has come to: the proposal that is chosen and the acceptors that make it so, or why there is none. It reads
//! the nodes' states and nothing else: what is chosen is what the properties call so.

use crate::properties::{observe, Footprint, Observation, View};
use crate::protocols::single_decree::local::{Ended, Learner, Local, Phase, Proposer};
use crate::protocols::single_decree::Setup;
use crate::vocabulary::Proposal;

/// A chosen proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consensus {
    /// It.
    pub proposal: Proposal,
    /// The acceptors that accepted it, a majority.
    pub majority: Vec<String>,
}

/// Every chosen proposal, of these states in the order of ids.
pub fn chosen(setup: &Setup, locals: &[Local]) -> Vec<Consensus> {
    let observed: Vec<Observation> = locals.iter().map(|local| observe(Footprint::Votes, local)).collect();
    let consensus = |proposal: &Proposal| Consensus { proposal: *proposal, majority: voters(setup, locals, *proposal) };
    View::new(setup, &observed).chosen().map(consensus).collect()
}

/// What the learners have learned.
pub fn learned(setup: &Setup, locals: &[Local]) -> Vec<(String, Proposal)> {
    let learned = (0..).zip(locals).filter_map(|(index, local): (usize, _)| match local {
        Local::Learner(Learner::Learned(proposal)) => Some((setup.roster().name(index.into()), *proposal)),
        _ => None,
    });
    learned.collect()
}

/// The acceptors with a vote for a proposal.
fn voters(setup: &Setup, locals: &[Local], proposal: Proposal) -> Vec<String> {
    let has_voted = |local: &Local| matches!(local, Local::Acceptor(acceptor) if acceptor.votes.contains(&proposal));
    let voters = (0..).zip(locals).filter(|(_, local)| has_voted(local));
    voters.map(|(index, _): (usize, _)| setup.roster().name(index.into())).collect()
}

/// Where each proposer stands, when nothing is chosen.
pub fn reasons(setup: &Setup, locals: &[Local]) -> Vec<String> {
    let proposers = (0..).zip(locals).filter_map(|(index, local): (usize, _)| match local {
        Local::Proposer(proposer) => Some((setup.roster().name(index.into()), proposer)),
        _ => None,
    });
    proposers.map(|(name, proposer)| format!("{name} {}", reason(setup, locals, proposer))).collect()
}

/// True iff every proposer has given up after a refusal.
pub fn have_all_aborted(locals: &[Local]) -> bool {
    let mut proposers = locals.iter().filter_map(|local| match local {
        Local::Proposer(proposer) => Some(&proposer.phase),
        _ => None,
    });
    proposers.all(|phase| matches!(phase, Phase::PAbort(Ended::Refused)))
}

fn reason(setup: &Setup, locals: &[Local], proposer: &Proposer) -> String {
    match &proposer.phase {
        Phase::PInit | Phase::PSentPrep { .. } => "has not sent every Prepare".into(),
        Phase::PWaitPrepResp { answers } => {
            let heard: Vec<_> =
                answers.keys().map(|index| setup.roster().name(setup.roster().acceptor(*index))).collect();
            let heard = if heard.is_empty() { "no one".into() } else { heard.join(" ") };
            let quorum = setup.rules.quorum_size(setup.acceptors);
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
