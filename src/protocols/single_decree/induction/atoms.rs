//! What the invariants speak of, as assertions at the bounds of a model: votes, messages, numbers, what proposers wait for.

use super::super::local::{Acceptor, Phase, Proposer};
use super::super::proposer::ballot;
use super::super::rules::{OnNack, ValueChoice};
use super::super::{Local, Message, Offer, Setup, SingleDecree};
use crate::family::{self, Fact};
use crate::protocols::paxos::{Ballot, Proposal, Value};
use stateright::actor::{Envelope, Id};
use std::collections::BTreeSet;
use std::sync::Arc;

pub type Assertion = family::Assertion<SingleDecree>;

/// A ballot, its proposer, and the round of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    pub ballot: Ballot,
    pub proposer: usize,
    pub round: u32,
}

/// What there is at the bounds of a model.
pub struct Atoms {
    setup: Arc<Setup>,
    /// Every ballot, with its proposer.
    pub owned: Vec<Owned>,
    /// Every ballot of a proposer with every initial value.
    pub proposals: Vec<Proposal>,
}

impl Atoms {
    pub fn new(setup: &Arc<Setup>) -> Self {
        let of = |proposer: usize| {
            (0..setup.rounds).map(move |round| Owned { ballot: ballot(setup, proposer, round), proposer, round })
        };
        let owned: BTreeSet<Owned> = (0..setup.proposals.len()).flat_map(of).collect();
        let ballots: BTreeSet<Ballot> = owned.iter().map(|owned| owned.ballot).collect();
        let values: BTreeSet<Value> = setup.initial_values();
        let with = |ballot: &Ballot| values.iter().map(|value| Proposal::new(*ballot, *value)).collect::<Vec<_>>();
        let proposals = ballots.iter().flat_map(with).collect();
        Atoms { setup: setup.clone(), owned: owned.into_iter().collect(), proposals }
    }

    pub fn acceptors(&self) -> std::ops::Range<usize> {
        0..self.setup.acceptors
    }

    /// The proposals of one ballot.
    pub fn of_ballot(&self, ballot: Ballot) -> impl Iterator<Item = Proposal> + '_ {
        self.proposals.iter().copied().filter(move |proposal| proposal.ballot == ballot)
    }

    /// What a promise may report: any proposal, or none.
    pub fn reports(&self) -> impl Iterator<Item = Option<Proposal>> + '_ {
        std::iter::once(None).chain(self.proposals.iter().copied().map(Some))
    }

    /// What may be voted for: any proposal, and `<0,0>` where proposers send it.
    fn votable(&self) -> Vec<Proposal> {
        let zero = (self.setup.rules.on_nack == OnNack::AcceptZero).then_some(Proposal::ZERO);
        self.proposals.iter().copied().chain(zero).collect()
    }

    /// Every vote that an acceptor may remember, in an order that [`vote`](Self::vote) knows.
    pub fn votes(&self) -> Vec<Fact<SingleDecree>> {
        let mut votes = Vec::new();
        for acceptor in self.acceptors() {
            for proposal in self.votable() {
                votes.push(Fact {
                    node: self.setup.roster().acceptor(acceptor),
                    name: format!("vote {proposal}"),
                    is_in: Arc::new(move |local| of_acceptor(local, |acceptor| acceptor.votes.contains(&proposal))),
                    add_to: Arc::new(move |local| {
                        if let Local::Acceptor(acceptor) = local {
                            acceptor.votes.insert(proposal);
                        }
                    }),
                });
            }
        }
        votes
    }

    /// Every Promise and every Accept between a proposer and an acceptor: any ballot, any report.
    pub fn seeds(&self) -> Vec<Envelope<Message>> {
        let roster = self.setup.roster();
        let mut seeds = BTreeSet::new();
        for Owned { ballot, proposer, .. } in &self.owned {
            for acceptor in self.acceptors().map(|acceptor| roster.acceptor(acceptor)) {
                let (src, dst) = (acceptor, roster.proposer(*proposer));
                for message in self.reports().flat_map(|carried| self.promises(*ballot, carried)) {
                    seeds.insert(Envelope { src, dst, msg: message });
                }
                for proposal in self.of_ballot(*ballot) {
                    seeds.insert(Envelope { src: dst, dst: src, msg: Message::Accept(proposal) });
                }
            }
        }
        seeds.into_iter().collect()
    }

    /// The messages that are this promise: the value may be left to the one that a proposer picks.
    fn promises(&self, ballot: Ballot, carried: Option<Proposal>) -> Vec<Message> {
        let is_free = self.setup.rules.value_choice == ValueChoice::Any && carried.is_some();
        let offers = if is_free { &[Offer::ByRule, Offer::Own][..] } else { &[Offer::ByRule] };
        offers.iter().map(|offer| Message::Promise { ballot, carried, offer: *offer }).collect()
    }

    /// The acceptor voted for the proposal.
    pub fn vote(&self, acceptor: usize, proposal: Proposal) -> Assertion {
        let votable = self.votable();
        let place = votable.iter().position(|other| *other == proposal).expect("a proposal that may be voted for");
        Assertion::Fact(acceptor * votable.len() + place)
    }

    /// The proposer sent an Accept for the proposal; where its messages leave one at a time, or is about to.
    pub fn accept(&self, proposer: usize, proposal: Proposal) -> Assertion {
        let roster = self.setup.roster();
        let to =
            |acceptor| Assertion::sent(roster.proposer(proposer), roster.acceptor(acceptor), Message::Accept(proposal));
        let is_about_to = self.proposer(proposer, move |proposer| match proposer.phase {
            Phase::PSentAccReq { sent_to, proposal: decided, .. } => sent_to.is_some() && decided == proposal,
            _ => false,
        });
        Assertion::any(self.acceptors().map(to).chain([is_about_to]))
    }

    /// Some proposer of its ballot did.
    pub fn accept_by_any(&self, proposal: Proposal) -> Assertion {
        let owners = self.owned.iter().filter(|owned| owned.ballot == proposal.ballot);
        Assertion::any(owners.map(|owned| self.accept(owned.proposer, proposal)))
    }

    /// The acceptor sent a promise for the ballot, with this report.
    pub fn promise(&self, acceptor: usize, owned: Owned, last: Option<Proposal>) -> Assertion {
        let roster = self.setup.roster();
        let (src, dst) = (roster.acceptor(acceptor), roster.proposer(owned.proposer));
        let messages = self.promises(owned.ballot, last).into_iter();
        Assertion::any(messages.map(|message| Assertion::sent(src, dst, message)))
    }

    /// The same, with some report.
    pub fn promised(&self, acceptor: usize, owned: Owned) -> Assertion {
        Assertion::any(self.reports().map(|last| self.promise(acceptor, owned, last)))
    }

    /// The acceptor's state is so.
    pub fn acceptor(&self, acceptor: usize, is_so: impl Fn(&Acceptor) -> bool + Send + Sync + 'static) -> Assertion {
        let node = self.setup.roster().acceptor(acceptor);
        Assertion::local(node, move |local| of_acceptor(local, &is_so))
    }

    /// The proposer has not begun the ballot's round, or still collects promises for it.
    pub fn waits(&self, owned: Owned) -> Assertion {
        self.proposer(owned.proposer, move |proposer| {
            let is_collecting =
                matches!(proposer.phase, Phase::PInit | Phase::PSentPrep { .. } | Phase::PWaitPrepResp { .. });
            proposer.round < owned.round || proposer.round == owned.round && is_collecting
        })
    }

    /// The proposer collects promises for the ballot, and the one that it recorded of the acceptor is so.
    pub fn heard(
        &self,
        owned: Owned,
        acceptor: usize,
        is_so: impl Fn(Option<Proposal>) -> bool + Send + Sync + 'static,
    ) -> Assertion {
        self.proposer(owned.proposer, move |proposer| match &proposer.phase {
            Phase::PWaitPrepResp { answers } if proposer.round == owned.round => {
                answers.reports_of(acceptor).any(&is_so)
            }
            _ => false,
        })
    }

    fn proposer(&self, proposer: usize, is_so: impl Fn(&Proposer) -> bool + Send + Sync + 'static) -> Assertion {
        let node: Id = self.setup.roster().proposer(proposer);
        Assertion::local(node, move |local| matches!(local, Local::Proposer(proposer) if is_so(proposer)))
    }

    /// Every smallest quorum of phase 2.
    pub fn quorums(&self) -> Vec<Vec<usize>> {
        let size = self.setup.votes_to_be_chosen();
        let mut quorums = vec![Vec::new()];
        for acceptor in self.acceptors() {
            let with = |some: &Vec<usize>| some.iter().copied().chain([acceptor]).collect();
            let more: Vec<Vec<usize>> = quorums.iter().filter(|some| some.len() < size).map(with).collect();
            quorums.extend(more);
        }
        quorums.retain(|some| some.len() == size);
        quorums
    }

    /// A quorum of phase 2 voted for the proposal.
    pub fn chosen(&self, proposal: Proposal) -> Assertion {
        let by = |quorum: Vec<usize>| Assertion::all(quorum.into_iter().map(|a| self.vote(a, proposal)));
        Assertion::any(self.quorums().into_iter().map(by))
    }
}

/// True iff this is an acceptor that is so.
fn of_acceptor(local: &Local, is_so: impl Fn(&Acceptor) -> bool) -> bool {
    matches!(local, Local::Acceptor(acceptor) if is_so(acceptor))
}

/// The ballot that an acceptor promised, else that of what it accepted, else below every ballot.
pub fn number(acceptor: &Acceptor) -> Ballot {
    let promised = acceptor.promised.map(|held| held.ballot);
    promised.or(acceptor.accepted.map(|proposal| proposal.ballot)).unwrap_or(0)
}
