//! What a property declares to read of the nodes, and what is seen of them then.

use super::super::local::{Ended, Learner, Phase, Program, Proposer};
use super::super::{Local, Setup, SingleDecree};
use super::canonical;
use super::view::{Learning, Observation, Proposing, View, Wrapped};
use crate::family;
use crate::protocols::paxos::properties::Voting;
use crate::protocols::paxos::{Proposal, Votes};
use stateright::actor::ActorModelAction;
use std::sync::Arc;

/// What a property reads of the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Footprint {
    /// The acceptors' votes.
    Votes,
    /// What the proposers propose and how they ended.
    Proposers,
    /// What the wrapper script reads of the acceptors (5.4), and their votes.
    Wrapper,
    /// What the learners announce, and the acceptors' votes.
    Learners,
}

impl family::Footprint<SingleDecree> for Footprint {
    type Seen = Observation;
    type View<'a> = View<'a>;

    fn all() -> &'static [Self] {
        &[Footprint::Votes, Footprint::Proposers, Footprint::Wrapper, Footprint::Learners]
    }

    fn observe(self, local: &Local) -> Observation {
        match (self, local) {
            (Footprint::Votes | Footprint::Learners, Local::Acceptor(acceptor)) => {
                Observation { votes: Some(acceptor.votes.clone()), ..Observation::default() }
            }
            (Footprint::Wrapper, Local::Acceptor(acceptor)) => {
                let exited = acceptor.program == Program::Exited;
                let received = acceptor.received.map(|proposal| proposal.value);
                Observation {
                    votes: Some(acceptor.votes.clone()),
                    wrapper: Some(Wrapped { exited, received }),
                    ..Observation::default()
                }
            }
            (Footprint::Proposers, Local::Proposer(proposer)) => {
                Observation { proposer: Some(proposing(proposer)), ..Observation::default() }
            }
            (Footprint::Learners, Local::Learner(learner)) => {
                let learned = match learner {
                    Learner::Listening { .. } => None,
                    Learner::Learned(proposal) => Some(*proposal),
                };
                Observation { learner: Some(Learning { learned }), ..Observation::default() }
            }
            _ => Observation::default(),
        }
    }

    fn words(seen: &Observation) -> String {
        let mut words = Vec::new();
        let votes = seen.votes.iter().flatten().map(Proposal::to_string).collect::<Vec<_>>();
        words.extend((!votes.is_empty()).then(|| format!("voted {}", votes.join(" "))));
        if let Some(Proposing { sent, aborted, .. }) = seen.proposer {
            words.extend(sent.map(|sent| format!("sent {sent}")));
            words.extend(aborted.then(|| "aborted".into()));
        }
        if let Some(Wrapped { exited, received }) = seen.wrapper {
            words.extend(received.map(|value| format!("received {value}")));
            words.extend(exited.then(|| "exited".into()));
        }
        words.extend(seen.learner.and_then(|seen| seen.learned).map(|learned| format!("learned {learned}")));
        words.join(", ")
    }

    fn canonical(self) -> Option<fn(&Arc<Setup>, &mut [Option<Observation>])> {
        Some(match self {
            Footprint::Votes | Footprint::Wrapper | Footprint::Learners => canonical::sorted,
            Footprint::Proposers => canonical::first_of_each,
        })
    }

    fn view<'a>(setup: &'a Arc<Setup>, seen: &'a [Observation]) -> View<'a> {
        View::new(setup, seen)
    }
}

fn proposing(proposer: &Proposer) -> Proposing {
    let sent = match &proposer.phase {
        Phase::PInit | Phase::PSentPrep { .. } | Phase::PWaitPrepResp { .. } => None,
        Phase::PSentAccReq { sent_to, proposal, .. } => {
            sent_to.is_none_or(|sent_to| !sent_to.is_empty()).then_some(*proposal)
        }
        Phase::PAbort(Ended::Sent(proposal)) => Some(*proposal),
        Phase::PAbort(Ended::Refused | Ended::Crashed) => None,
    };
    let aborted = proposer.phase == Phase::PAbort(Ended::Refused);
    Proposing { sent, aborted, has_restarted: proposer.has_restarted }
}

impl Voting for SingleDecree {
    const VOTES: Footprint = Footprint::Votes;

    fn votes<'a>(view: family::View<'a, Self>) -> impl Votes<'a> {
        view
    }

    fn is_crash_of_proposer(setup: &Arc<Setup>, action: &family::Action<Self>) -> bool {
        matches!(action, ActorModelAction::Crash(id) if usize::from(*id) < setup.proposals.len())
    }
}
