//! What a property sees: observations of the nodes, cut down to what it declares to read. Reading more panics, so a
//! footprint cannot lie.

use super::super::local::{Ended, Phase, Report, Slot, Vote, NO_OP};
use super::super::{Local, MultiPaxos, Protocol, Setup};
use crate::family;
use crate::protocols::paxos::{Proposal, Value};
use crate::protocols::specification::{is_refined, Array, Log};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a property reads of the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Footprint {
    /// The acceptors' votes.
    Votes,
    /// What the proposers plan, and how they ended.
    Proposers,
    /// What the learners have learned and executed, and the acceptors' votes.
    Learners,
}

/// The part of one node's local state that a footprint covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// Nothing.
    Unread,
    /// The votes of an acceptor.
    Votes(BTreeSet<Vote>),
    /// A proposer.
    Proposer {
        /// The slots that it uses, with their values; none unless it leads.
        slots: BTreeMap<Slot, Value>,
        /// Whether a Nack has ended it.
        aborted: bool,
    },
    /// A learner.
    Learner {
        /// What it has learned.
        learned: Report,
        /// What it has executed.
        log: Vec<Value>,
    },
}

impl family::Footprint<MultiPaxos> for Footprint {
    type Seen = Observation;
    type View<'a> = View<'a>;

    fn all() -> &'static [Self] {
        &[Footprint::Votes, Footprint::Proposers, Footprint::Learners]
    }

    fn observe(self, local: &Local) -> Observation {
        match (self, local) {
            (Footprint::Votes | Footprint::Learners, Local::Acceptor(acceptor)) => {
                Observation::Votes(acceptor.votes.clone())
            }
            (Footprint::Proposers, Local::Proposer(proposer)) => match &proposer.phase {
                Phase::PSentAccReq { slots } => Observation::Proposer { slots: slots.clone(), aborted: false },
                phase => {
                    let aborted = *phase == Phase::PAbort(Ended::Refused);
                    Observation::Proposer { slots: BTreeMap::new(), aborted }
                }
            },
            (Footprint::Learners, Local::Learner(learner)) => {
                Observation::Learner { learned: learner.learned.clone(), log: learner.log.clone() }
            }
            _ => Observation::Unread,
        }
    }

    fn view<'a>(setup: &'a Arc<Setup>, seen: &'a [Observation]) -> View<'a> {
        View { protocol: &setup.protocol, seen }
    }
}

/// A learner as a property sees it.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a> {
    /// Its index.
    pub index: usize,
    /// What it has learned.
    pub learned: &'a Report,
    /// What it has executed: the k-th value, counted from 1, belongs in slot k.
    pub log: &'a [Value],
}

impl<'a> Learning<'a> {
    /// The log, each value with the slot that it belongs in.
    pub fn executed(self) -> impl Iterator<Item = (Slot, Value)> + use<'a> {
        (1..).zip(self.log.iter().copied())
    }
}

/// A state as a property sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    protocol: &'a Protocol,
    seen: &'a [Observation],
}

impl<'a> View<'a> {
    /// The protocol.
    pub fn protocol(self) -> &'a Protocol {
        self.protocol
    }

    /// The votes of each acceptor: every proposal that it ever accepted, with its slot.
    pub fn votes_by_acceptor(self) -> impl Iterator<Item = &'a BTreeSet<Vote>> {
        let first = self.protocol.commands.len();
        self.seen[first..first + self.protocol.acceptors].iter().map(|seen| match seen {
            Observation::Votes(votes) => votes,
            _ => panic!("the property does not declare that it reads votes"),
        })
    }

    /// Every vote of every acceptor.
    pub fn votes(self) -> impl Iterator<Item = &'a Vote> {
        self.votes_by_acceptor().flatten()
    }

    /// What is chosen: the votes that a quorum of phase 2 has.
    pub fn chosen(self) -> impl Iterator<Item = Vote> + use<'a> {
        let distinct: BTreeSet<Vote> = self.votes().copied().collect();
        distinct.into_iter().filter(move |vote| self.is_chosen(*vote))
    }

    /// True iff enough acceptors have this vote.
    pub fn is_chosen(self, vote: Vote) -> bool {
        self.votes_by_acceptor().filter(|votes| votes.contains(&vote)).count() >= self.protocol.votes_to_be_chosen()
    }

    /// The slots in which something is chosen.
    pub fn chosen_slots(self) -> BTreeSet<Slot> {
        self.chosen().map(|(slot, _)| slot).collect()
    }

    /// The state of the array that a state stands for: each slot decided once something is chosen there. None if two values
    /// are chosen in one slot.
    pub fn array(self) -> Option<Array> {
        let values: BTreeSet<_> = self.chosen().map(|(slot, chosen)| (slot, chosen.value)).collect();
        let decided: BTreeMap<Slot, Value> = values.iter().copied().collect();
        (decided.len() == values.len()).then_some(Array { decided })
    }

    /// The state of the log that a state stands for: the values chosen from the first slot on, up to the first slot without.
    pub fn log(self) -> Option<Log> {
        let Array { decided } = self.array()?;
        Some(Log { values: (1..).map_while(|slot| decided.get(&slot)).copied().collect() })
    }

    /// The slots in which nothing is chosen, below one in which something is.
    pub fn holes(self) -> Vec<Slot> {
        let chosen = self.chosen_slots();
        let last = chosen.last().copied().unwrap_or(0);
        (1..last).filter(|slot| !chosen.contains(slot)).collect()
    }

    /// The names of the acceptors with this vote.
    pub fn names_of_voters(self, vote: Vote) -> String {
        let voters = self.votes_by_acceptor().enumerate().filter(|(_, votes)| votes.contains(&vote));
        voters.map(|(acceptor, _)| self.acceptor_name(acceptor)).collect::<Vec<_>>().join(" ")
    }

    /// The name of the acceptor with this index.
    pub fn acceptor_name(self, index: usize) -> String {
        let roster = self.protocol.roster();
        roster.name(roster.acceptor(index))
    }

    /// The name of the proposer with this index.
    pub fn proposer_name(self, index: usize) -> String {
        let roster = self.protocol.roster();
        roster.name(roster.proposer(index))
    }

    /// The name of the learner with this index.
    pub fn learner_name(self, index: usize) -> String {
        let roster = self.protocol.roster();
        roster.name(roster.learner(index))
    }

    /// True iff this value is somebody's command, or the no-op.
    pub fn is_command(self, value: Value) -> bool {
        value == NO_OP || self.protocol.commands.iter().flatten().any(|command| *command == value)
    }

    /// The indices of the proposers that a Nack has ended.
    pub fn aborted(self) -> impl Iterator<Item = usize> + use<'a> {
        self.proposers().filter(|(_, (_, aborted))| *aborted).map(|(index, _)| index)
    }

    /// The commands of others in the leaders' plans: the index of a proposer, the slot, the command.
    pub fn adopted(self) -> impl Iterator<Item = (usize, Slot, Value)> + use<'a> {
        self.proposers().flat_map(move |(index, (slots, _))| {
            let own = &self.protocol.commands[index];
            let foreign = slots.iter().filter(move |(_, value)| **value != NO_OP && !own.contains(value));
            foreign.map(move |(slot, value)| (index, *slot, *value))
        })
    }

    fn proposers(self) -> impl Iterator<Item = (usize, (&'a BTreeMap<Slot, Value>, bool))> {
        let proposers = &self.seen[..self.protocol.commands.len()];
        proposers.iter().enumerate().map(|(index, seen)| match seen {
            Observation::Proposer { slots, aborted } => (index, (slots, *aborted)),
            _ => panic!("the property does not declare that it reads the proposers"),
        })
    }

    /// The learners.
    pub fn learners(self) -> impl Iterator<Item = Learning<'a>> + use<'a> {
        let learners = &self.seen[self.protocol.commands.len() + self.protocol.acceptors..];
        learners.iter().enumerate().map(|(index, seen)| match seen {
            Observation::Learner { learned, log } => Learning { index, learned, log },
            _ => panic!("the property does not declare that it reads learners"),
        })
    }

    /// What learners have learned: the index of a learner, the slot, the proposal.
    pub fn learned(self) -> impl Iterator<Item = (usize, Slot, Proposal)> + use<'a> {
        let of =
            |learner: Learning<'a>| learner.learned.iter().map(move |(slot, learned)| (learner.index, *slot, *learned));
        self.learners().flat_map(of)
    }

    /// What learners have executed: the index of a learner, the slot that it belongs in, the value.
    pub fn executed(self) -> impl Iterator<Item = (usize, Slot, Value)> + use<'a> {
        self.learners().flat_map(|learner| learner.executed().map(move |(slot, value)| (learner.index, slot, value)))
    }

    /// What learners have executed that is no value chosen in its slot.
    pub fn executed_and_not_chosen(self) -> impl Iterator<Item = (usize, Slot, Value)> + use<'a> {
        let chosen: BTreeSet<(Slot, Value)> = self.chosen().map(|(slot, proposal)| (slot, proposal.value)).collect();
        self.executed().filter(move |(_, slot, value)| !chosen.contains(&(*slot, *value)))
    }

    /// What learners have executed that is not what they learned for its slot.
    pub fn executed_out_of_order(self) -> impl Iterator<Item = (usize, Slot, Value)> + use<'a> {
        let wrong = |learner: Learning<'a>| {
            let is_wrong = move |(slot, value): &(Slot, Value)| {
                learner.learned.get(slot).is_none_or(|learned| learned.value != *value)
            };
            learner.executed().filter(is_wrong).map(move |(slot, value)| (learner.index, slot, value))
        };
        self.learners().flat_map(wrong)
    }

    /// The first slot in which the logs of two learners differ, with the indices of the two.
    pub fn disagreement(self) -> Option<(usize, usize, Slot)> {
        let pairs = self.learners().flat_map(|one| self.learners().take(one.index).map(move |other| (other, one)));
        let differ = |(one, other): (Learning, Learning)| {
            let place = one.log.iter().zip(other.log).position(|(value, others)| value != others)?;
            Some((one.index, other.index, place + 1))
        };
        pairs.into_iter().find_map(differ)
    }
}

/// True iff these are votes in one slot with one ballot and different values.
pub(super) fn contradict(one: &Vote, other: &Vote) -> bool {
    one.0 == other.0 && one.1.ballot == other.1.ballot && one.1.value != other.1.value
}

/// True iff the second is a vote for another value in the slot of the first, with a higher ballot.
pub(super) fn overrules(chosen: &Vote, vote: &Vote) -> bool {
    vote.0 == chosen.0 && vote.1.ballot > chosen.1.ballot && vote.1.value != chosen.1.value
}

/// True iff the log of a learner grows at its end, if at all, and is a prefix of what is chosen.
pub(super) fn follows(was: Learning, is: Learning, after: View) -> bool {
    let log = |learner: Learning| Some(Log { values: learner.log.to_vec() });
    let is_prefix = after.log().is_some_and(|log| log.values.starts_with(is.log));
    is_prefix && is_refined(log(was), log(is), |value| after.is_command(value))
}
