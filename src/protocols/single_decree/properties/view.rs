//! What a property sees: observations of the nodes, cut down to what it declares to read. Reading more panics, so a
//! footprint cannot lie.

use super::super::Setup;
use crate::protocols::paxos::{Proposal, Value, Votes};
use std::collections::BTreeSet;

/// The part of one node's local state that a footprint covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Observation {
    pub(super) votes: Option<BTreeSet<Proposal>>,
    pub(super) proposer: Option<Proposing>,
    pub(super) wrapper: Option<Wrapped>,
    pub(super) learner: Option<Learning>,
}

/// What a proposer is seen to have done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Proposing {
    pub(super) sent: Option<Proposal>,
    pub(super) aborted: bool,
    pub(super) has_restarted: bool,
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
pub(super) struct Wrapped {
    pub(super) exited: bool,
    pub(super) received: Option<Value>,
}

/// What a learner is seen to announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Learning {
    pub(super) learned: Option<Proposal>,
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
