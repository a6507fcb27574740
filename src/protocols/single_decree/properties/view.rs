//! What a property sees: observations of the nodes, cut down to what it declares to read. Reading more panics, so a
//! footprint cannot lie.

use super::super::local::{Ended, Learner, Phase, Program, Proposer};
use super::super::{Local, Setup, SingleDecree};
use super::canonical;
use crate::family;
use crate::protocols::paxos::properties::Voting;
use crate::protocols::paxos::{Proposal, Value, Votes};
use std::collections::BTreeSet;
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

/// The part of one node's local state that a footprint covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Observation {
    votes: Option<BTreeSet<Proposal>>,
    pub(super) proposer: Option<Proposing>,
    wrapper: Option<Wrapped>,
    learner: Option<Learning>,
}

/// What a proposer is seen to have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Proposing {
    sent: Option<Proposal>,
    aborted: bool,
    has_restarted: bool,
}

impl Proposing {
    /// True iff it ended in PAbort after a Nack. The Disel proposer, which sends `<0,0>` first, ends so too.
    pub(super) fn has_aborted(&self) -> bool {
        self.aborted || self.sent == Some(Proposal::ZERO)
    }

    /// The value that the proposer with this index has of its own.
    fn own_value(&self, setup: &Setup, index: usize) -> Value {
        setup.own_value(index, self.has_restarted)
    }

    /// What the proposer with this index sent, if that is an Accept for its own ballot with a value that is not its own.
    pub(super) fn adopted(&self, setup: &Setup, index: usize) -> Option<Proposal> {
        self.sent.filter(|sent| sent.ballot > 0 && sent.value != self.own_value(setup, index))
    }
}

/// What the wrapper sees of an acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Wrapped {
    exited: bool,
    received: Option<Value>,
}

/// What a learner is seen to announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Learning {
    learned: Option<Proposal>,
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

/// A state as a property sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    setup: &'a Setup,
    observed: &'a [Observation],
}

impl<'a> View<'a> {
    /// The view of these observations, one per node in the order of ids.
    pub fn new(setup: &'a Setup, observed: &'a [Observation]) -> Self {
        View { setup, observed }
    }

    fn acceptors(self) -> &'a [Observation] {
        let first = self.setup.proposals.len();
        &self.observed[first..first + self.setup.acceptors]
    }

    /// What the learners announce: the proposal of each that has learned one.
    pub fn learned(self) -> impl Iterator<Item = Proposal> + use<'a> {
        self.learned_by_learner().map(|(_, learned)| learned)
    }

    /// The same with the index of each learner.
    pub fn learned_by_learner(self) -> impl Iterator<Item = (usize, Proposal)> + use<'a> {
        let learners = &self.observed[self.setup.proposals.len() + self.setup.acceptors..];
        let learned =
            |seen: &Observation| seen.learner.as_ref().expect("the property declares that it reads learners").learned;
        learners.iter().enumerate().filter_map(move |(index, seen)| Some((index, learned(seen)?)))
    }

    /// The name of the proposer with this index.
    pub fn proposer_name(self, index: usize) -> String {
        let roster = self.setup.roster();
        roster.name(roster.proposer(index))
    }

    /// The name of the learner with this index.
    pub fn learner_name(self, index: usize) -> String {
        let roster = self.setup.roster();
        roster.name(roster.learner(index))
    }

    /// The indices of the proposers that ended in PAbort after a Nack.
    pub fn aborted(self) -> impl Iterator<Item = usize> + use<'a> {
        self.proposers().enumerate().filter(|(_, seen)| seen.has_aborted()).map(|(index, _)| index)
    }

    /// The proposers that have sent an Accept for their own ballot with a value that is not their own: the index of
    /// each, its own value, what it sent.
    pub fn adopted(self) -> impl Iterator<Item = (usize, Value, Proposal)> + use<'a> {
        self.proposers().enumerate().filter_map(move |(index, seen)| {
            Some((index, seen.own_value(self.setup, index), seen.adopted(self.setup, index)?))
        })
    }

    fn proposers(self) -> impl Iterator<Item = &'a Proposing> + use<'a> {
        let proposers = &self.observed[..self.setup.proposals.len()];
        proposers.iter().map(|seen| seen.proposer.as_ref().expect("the property declares that it reads the proposers"))
    }

    /// The value that the wrapper announces: every acceptor has exited and the last received values are equal (5.4).
    pub fn announced(self) -> Option<Value> {
        let mut acceptors = self
            .acceptors()
            .iter()
            .map(|seen| seen.wrapper.as_ref().expect("the property declares that it reads what the wrapper reads"));
        let first = acceptors.next().filter(|seen| seen.exited)?.received?;
        acceptors.all(|seen| seen.exited && seen.received == Some(first)).then_some(first)
    }
}

impl<'a> Votes<'a> for View<'a> {
    fn votes_by_acceptor(self) -> impl Iterator<Item = &'a BTreeSet<Proposal>> {
        let votes = |seen: &'a Observation| seen.votes.as_ref().expect("the property declares that it reads votes");
        self.acceptors().iter().map(votes)
    }

    fn votes_to_be_chosen(self) -> usize {
        self.setup.votes_to_be_chosen()
    }

    fn initial_values(self) -> BTreeSet<Value> {
        self.setup.initial_values()
    }

    fn acceptor_name(self, index: usize) -> String {
        let roster = self.setup.roster();
        roster.name(roster.acceptor(index))
    }
}

impl Voting for SingleDecree {
    const VOTES: Footprint = Footprint::Votes;

    fn votes<'a>(view: family::View<'a, Self>) -> impl Votes<'a> {
        view
    }
}
