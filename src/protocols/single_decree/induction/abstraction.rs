//! How states at bounds are structures of the proofs: which relations a node's state, a message and a vote make hold.

use super::super::local::{Acceptor, Phase, Proposer};
use super::super::rules::AfterAccept;
use super::super::{Local, Message, Setup, SingleDecree};
use super::atoms::{number, Atoms, Owned};
use crate::family::{self, Atom};
use crate::protocols::paxos::{Ballot, Proposal, Value};
use stateright::actor::{Envelope, Id};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The elements of a structure: acceptors by index, ballots and values by rank.
struct Elements {
    setup: Arc<Setup>,
    is_simple: bool,
    owned: Vec<Owned>,
    ballots: Vec<Ballot>,
    values: Vec<Value>,
}

/// The abstraction of a model into the theory of simple Paxos, or into that of the adapted protocol.
pub fn abstraction(setup: &Arc<Setup>, is_simple: bool) -> family::Abstraction<SingleDecree> {
    let atoms = Atoms::new(setup);
    let ballots: BTreeSet<Ballot> = atoms.proposals.iter().map(|proposal| proposal.ballot).collect();
    let values: BTreeSet<Value> = atoms.proposals.iter().map(|proposal| proposal.value).collect();
    let elements = Arc::new(Elements {
        setup: setup.clone(),
        is_simple,
        owned: atoms.owned.clone(),
        ballots: ballots.into_iter().collect(),
        values: values.into_iter().collect(),
    });
    let quorums = elements.quorums();
    let mut sorts = vec![("A", setup.acceptors), ("B", elements.ballots.len()), ("V", elements.values.len())];
    if is_simple {
        sorts.push(("Q", quorums.len()));
    }
    let votes = atoms.acceptors().flat_map(|a| atoms.proposals.iter().map(move |p| (a, *p)));
    let facts = votes.map(|(a, p)| vec![elements.of_proposal("vote", &[a], p)]).collect();
    let (local, message) = (elements.clone(), elements.clone());
    family::Abstraction {
        sorts,
        fixed: elements.fixed(&quorums),
        local: Arc::new(move |id, state| local.local(id, state)),
        message: Arc::new(move |envelope| message.message(envelope)),
        facts,
    }
}

impl Elements {
    fn ballot(&self, ballot: Ballot) -> usize {
        self.ballots.iter().position(|other| *other == ballot).expect("a ballot of a proposer")
    }

    fn value(&self, value: Value) -> usize {
        self.values.iter().position(|other| *other == value).expect("an initial value")
    }

    /// `(relation first.. ballot value)`.
    fn of_proposal(&self, relation: &'static str, first: &[usize], proposal: Proposal) -> Atom {
        Atom(relation, [first, &[self.ballot(proposal.ballot), self.value(proposal.value)]].concat())
    }

    /// Every set of acceptors that is a quorum, as bits. The text's quorums are at least majorities: under a rule that asks
    /// for less no step of it speaks of them.
    fn quorums(&self) -> Vec<u32> {
        let all = self.setup.acceptors;
        let size = self.setup.rules.quorum.of(all).max(all / 2 + 1);
        (0..1u32 << all).filter(|set| set.count_ones() as usize >= size).collect()
    }

    fn fixed(&self, quorums: &[u32]) -> Vec<Atom> {
        let ballots = self.ballots.len();
        let pairs = (0..ballots).flat_map(|b| (b..ballots).map(move |c| Atom("le", vec![b, c])));
        let mut fixed: Vec<Atom> = pairs.collect();
        if self.is_simple {
            for (quorum, set) in quorums.iter().enumerate() {
                let members = (0..self.setup.acceptors).filter(|a| set >> a & 1 == 1);
                fixed.extend(members.map(|a| Atom("in", vec![a, quorum])));
            }
            let own = |owned: &Owned| {
                let value = self.value(self.setup.proposals[owned.proposer].value);
                Atom("own", vec![self.ballot(owned.ballot), value])
            };
            fixed.extend(self.owned.iter().map(own));
        }
        fixed
    }

    fn local(&self, id: Id, local: &Local) -> Vec<Atom> {
        match local {
            Local::Proposer(proposer) => self.proposer(id.into(), proposer),
            Local::Acceptor(acceptor) => {
                let index = self.setup.roster().acceptor_index(id).expect("an acceptor has the id of one");
                self.acceptor(index, acceptor)
            }
            Local::Learner(_) | Local::Gone => Vec::new(),
        }
    }

    fn acceptor(&self, a: usize, acceptor: &Acceptor) -> Vec<Atom> {
        // The number that the guards compare with. One that has stopped compares nothing, and keeps that of its vote.
        let has_stopped = self.setup.rules.after_accept == AfterAccept::Stop && acceptor.accepted.is_some();
        let held = acceptor.promised.map_or(0, |held| held.ballot);
        let number = if has_stopped { number(acceptor) } else { held };
        let ballots = self.ballots.iter().enumerate();
        let mut atoms: Vec<Atom> = Vec::new();
        for (place, ballot) in ballots {
            atoms.extend((number >= *ballot).then_some(Atom("ge", vec![a, place])));
            atoms.extend((number > *ballot).then_some(Atom("gt", vec![a, place])));
        }
        match (self.is_simple, acceptor.accepted) {
            (true, Some(last)) => atoms.push(self.of_proposal("last", &[a], last)),
            (true, None) => atoms.push(Atom("fresh", vec![a])),
            (false, Some(_)) => atoms.push(Atom("stopped", vec![a])),
            (false, None) => {}
        }
        atoms
    }

    fn proposer(&self, index: usize, proposer: &Proposer) -> Vec<Atom> {
        let mut atoms = Vec::new();
        for owned in self.owned.iter().filter(|owned| owned.proposer == index) {
            let b = self.ballot(owned.ballot);
            let waiting = Atom("waiting", vec![b]);
            match &proposer.phase {
                _ if proposer.round < owned.round => atoms.push(waiting),
                _ if proposer.round > owned.round => {}
                Phase::PInit | Phase::PSentPrep { .. } => atoms.push(waiting),
                Phase::PWaitPrepResp { answers } => {
                    atoms.push(waiting);
                    for a in 0..self.setup.acceptors {
                        atoms.extend(answers.reports_of(a).flat_map(|last| self.heard(b, a, last)));
                    }
                }
                // Where it sends step by step, it has said what it proposes before it sends it.
                Phase::PSentAccReq { sent_to: Some(_), proposal, .. } => {
                    atoms.push(self.of_proposal("accept", &[], *proposal));
                }
                Phase::PSentAccReq { sent_to: None, .. } | Phase::PAbort(_) => {}
            }
        }
        atoms
    }

    fn heard(&self, b: usize, a: usize, last: Option<Proposal>) -> Vec<Atom> {
        let mut atoms = vec![Atom("heardof", vec![b, a])];
        if let Some(last) = last.filter(|_| self.is_simple) {
            atoms.push(self.of_proposal("heard", &[b, a], last));
            let below = (0..=self.ballot(last.ballot)).map(|c| Atom("heardge", vec![b, a, c]));
            atoms.extend(below);
        }
        atoms
    }

    fn message(&self, envelope: &Envelope<Message>) -> Vec<Atom> {
        match envelope.msg {
            Message::Promise { ballot, carried, .. } => {
                let a = self.setup.roster().acceptor_index(envelope.src).expect("an acceptor promises");
                let b = self.ballot(ballot);
                vec![match (self.is_simple, carried) {
                    (true, Some(last)) => self.of_proposal("promise", &[a, b], last),
                    (true, None) => Atom("promise0", vec![a, b]),
                    (false, _) => Atom("promise", vec![a, b]),
                }]
            }
            Message::Accept(proposal) => vec![self.of_proposal("accept", &[], proposal)],
            Message::Prepare { .. } | Message::Nack { .. } | Message::Accepted(_) | Message::Learned(_) => Vec::new(),
        }
    }
}
