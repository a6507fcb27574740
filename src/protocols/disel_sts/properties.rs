//! What is to be true of the system, and what should be reachable: the properties of votes that all families share, and
//! those of its proposers.

use super::local::{Local, Proposer, Role};
use super::message::Peer;
use super::rules::Senders;
use super::setup::Setup;
use super::DiselSts;
use crate::family::{self, Reason};
use crate::protocols::paxos::properties::{OfVotes, Voting};
use crate::protocols::paxos::{Proposal, Value, Votes};
use stateright::actor::ActorModelAction;
use std::collections::BTreeSet;
use std::sync::Arc;

type Property = family::Property<DiselSts>;
type Formula = family::Formula<DiselSts>;
type Voted = OfVotes<DiselSts>;

/// Every property of the family, in the order of reports.
pub const PROPERTIES: &[Property] = &[
    Voted::I1,
    Voted::I2,
    Voted::I2_FORMULA,
    Voted::AGREEMENT,
    Voted::ONE_VALUE,
    Voted::VALIDITY,
    Voted::STABILITY,
    Voted::REFINES,
    Voted::ACCEPTED,
    ADOPTED,
    Voted::CHOSEN,
    ABORTED,
    Voted::TWO_VOTES,
    Voted::TWO_BALLOTS,
    Voted::BLOCKED,
    Voted::CAN_DECIDE,
    Voted::CAN_DECIDE_WITH_PROPOSERS,
    Voted::DECIDES,
    Voted::DECIDES_WITH_PROPOSERS,
];

/// PSentAccReq remembers what is proposed, and is left, for another list, by sends alone.
const ADOPTED: Property = Property {
    name: "adopted",
    statement: "a proposer sends an Accept for a value that is not its own",
    formula: "∃ p ∈ P: p in PSentAccReq⟨b,v⟩ ∧ ○ p has sent it to one more ∧ v ≠ p's initial value",
    source: "thesis 4.1.3 (\"the crux of Paxos' correctness\")",
    reads: Footprint::Proposers,
    is_true: Formula::Step(|before, after| before.adopted(after).next().is_some()),
    applies: |setup| setup.rules.senders == Senders::Honest, // elsewhere what is sent is not what is held
    evidence: |story| {
        let (before, last) = (story.before_the_last_step().last(), story.last());
        let reason = |(proposer, proposal): (usize, Proposal)| {
            let own = last.setup.proposals[proposer].value;
            let (name, step) = (Peer::Proposer(proposer), story.steps());
            Reason::new(format!("{name} proposed {proposal} in step {step}; its own value is {own}"), [step])
        };
        before.adopted(last).map(reason).collect()
    },
    ..Voted::REACHABLE
};

/// PAbort remembers nothing; only a Nack leads to it from PWaitPrepResp.
const ABORTED: Property = Property {
    name: "aborted",
    statement: "a proposer ends in PAbort after a Nack",
    formula: "∃ p ∈ P: p in PWaitPrepResp ∧ ○ p in PAbort",
    source: "thesis 4.1.2 (PAbort)",
    reads: Footprint::Proposers,
    is_true: Formula::Step(|before, after| before.aborted(after).next().is_some()),
    evidence: |story| {
        let (before, last) = (story.before_the_last_step().last(), story.last());
        let gave_up = |proposer| {
            let (name, step) = (Peer::Proposer(proposer), story.steps());
            Reason::new(format!("{name} gave up after a Nack in step {step}"), [step])
        };
        before.aborted(last).map(gave_up).collect()
    },
    ..Voted::REACHABLE
};

/// What a property reads of the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Footprint {
    /// The acceptors' votes.
    Votes,
    /// The proposers' states.
    Proposers,
}

/// The part of one node's local state that a footprint covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// Nothing.
    Unseen,
    /// An acceptor's votes; there is at most one.
    Votes(BTreeSet<Proposal>),
    /// A proposer that waits for answers.
    Waiting,
    /// A proposer that may send this proposal, after this many Accepts.
    Accepting(Proposal, Option<usize>),
    /// A proposer in PAbort.
    Aborted,
}

impl family::Footprint<DiselSts> for Footprint {
    type Seen = Observation;
    type View<'a> = View<'a>;

    fn all() -> &'static [Self] {
        &[Footprint::Votes, Footprint::Proposers]
    }

    fn observe(self, local: &Local) -> Observation {
        match (self, local) {
            (Footprint::Votes, Local::Acceptor(acceptor)) => Observation::Votes(match acceptor.role {
                Role::AAccepted(vote) => BTreeSet::from([vote]),
                Role::AInit | Role::APromised(_) => BTreeSet::new(),
            }),
            (Footprint::Proposers, Local::Proposer(proposer)) => match proposer {
                Proposer::PWaitPrepResp(_) => Observation::Waiting,
                Proposer::PSentAccReq { sent_to, proposal } => Observation::Accepting(*proposal, sent_to.count()),
                Proposer::PAbort => Observation::Aborted,
                Proposer::PInit | Proposer::PSentPrep(_) | Proposer::Crashed => Observation::Unseen,
            },
            _ => Observation::Unseen,
        }
    }

    fn view<'a>(setup: &'a Arc<Setup>, seen: &'a [Observation]) -> View<'a> {
        View { setup, seen }
    }
}

/// A state as a property sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    setup: &'a Setup,
    seen: &'a [Observation],
}

impl<'a> View<'a> {
    /// Each proposer here and after a step.
    fn proposers(self, after: View<'a>) -> impl Iterator<Item = (usize, &'a Observation, &'a Observation)> {
        let pairs = self.seen.iter().zip(after.seen).take(self.setup.proposals.len());
        pairs.enumerate().map(|(index, (before, after))| (index, before, after))
    }

    /// The proposers that a step to a state makes end after a Nack.
    fn aborted(self, after: View<'a>) -> impl Iterator<Item = usize> + use<'a> {
        let aborts = |(index, before, after): (usize, &Observation, &Observation)| {
            (*before == Observation::Waiting && *after == Observation::Aborted).then_some(index)
        };
        self.proposers(after).filter_map(aborts)
    }

    /// The proposers that in a step send an Accept with another's value, and that proposal.
    fn adopted(self, after: View<'a>) -> impl Iterator<Item = (usize, Proposal)> + use<'a> {
        self.proposers(after).filter_map(move |(index, before, after)| {
            let Observation::Accepting(proposal, _) = before else { return None };
            let sends = before != after && !matches!(after, Observation::Unseen);
            (sends && proposal.value != self.setup.proposals[index].value).then_some((index, *proposal))
        })
    }
}

impl<'a> Votes<'a> for View<'a> {
    fn votes_by_acceptor(self) -> impl Iterator<Item = &'a BTreeSet<Proposal>> {
        self.seen[self.setup.proposals.len()..].iter().map(|seen| match seen {
            Observation::Votes(votes) => votes,
            _ => unreachable!("the property declares that it reads votes"),
        })
    }

    fn votes_to_be_chosen(self) -> usize {
        self.setup.acceptors / 2 + 1
    }

    fn initial_values(self) -> BTreeSet<Value> {
        self.setup.proposals.iter().map(|proposal| proposal.value).collect()
    }

    fn acceptor_name(self, index: usize) -> String {
        Peer::Acceptor(index).to_string()
    }
}

impl Voting for DiselSts {
    const VOTES: Footprint = Footprint::Votes;

    fn votes<'a>(view: family::View<'a, Self>) -> impl Votes<'a> {
        view
    }

    fn is_crash_of_proposer(setup: &Arc<Setup>, action: &family::Action<Self>) -> bool {
        matches!(action, ActorModelAction::Crash(id) if usize::from(*id) < setup.proposals.len())
    }
}
