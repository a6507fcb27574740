//! Two small Paxos protocols to measure engines by: every proposer's Prepare is in flight at the start, a handler's
//! sends happen with it.

use stateright::actor::{majority, Actor, ActorModel, Envelope, Id, Network, Out};
use stateright::Expectation;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub type Proposal = (u8, u8);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Message {
    Prepare(Proposal),
    Promise(Option<Proposal>),
    Nack,
    Accept(Proposal),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Local {
    Waiting(BTreeMap<Id, Option<Proposal>>),
    Sent(Proposal),
    Aborted,
    Acceptor { promised: Option<Proposal>, accepted: Option<Proposal>, votes: Vec<Proposal> },
}

/// What sets the two protocols apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Waits for all acceptors; an acceptor stops once it has accepted; refusals are sent and abort.
    Adapted,
    /// Waits for a majority; an acceptor goes on; refusals are silent.
    Simple,
}

#[derive(Clone)]
pub enum Node {
    Proposer { rules: Rules, own: Proposal, acceptors: Vec<Id> },
    Acceptor { rules: Rules },
}

impl Actor for Node {
    type Msg = Message;
    type State = Local;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, _out: &mut Out<Self>) -> Local {
        match self {
            Node::Proposer { .. } => Local::Waiting(BTreeMap::new()),
            Node::Acceptor { .. } => Local::Acceptor { promised: None, accepted: None, votes: Vec::new() },
        }
    }

    fn on_msg(&self, _id: Id, state: &mut Cow<Local>, src: Id, msg: Message, out: &mut Out<Self>) {
        let next = match (self, &**state) {
            (Node::Proposer { rules, own, acceptors }, Local::Waiting(heard)) if !heard.contains_key(&src) => {
                let Message::Promise(carried) = msg else {
                    *state = Cow::Owned(Local::Aborted);
                    return;
                };
                let mut heard = heard.clone();
                heard.insert(src, carried);
                let quorum = if *rules == Rules::Simple { majority(acceptors.len()) } else { acceptors.len() };
                if heard.len() < quorum {
                    Some(Local::Waiting(heard))
                } else {
                    let value = heard.values().flatten().max().map_or(own.1, |proposal| proposal.1);
                    out.broadcast(acceptors, &Message::Accept((own.0, value)));
                    Some(Local::Sent((own.0, value)))
                }
            }
            (Node::Acceptor { rules }, Local::Acceptor { promised, accepted, votes }) => {
                if *rules == Rules::Adapted && accepted.is_some() {
                    return;
                }
                let promised_ballot = promised.map(|proposal| proposal.0);
                match msg {
                    Message::Prepare(proposal) if Some(proposal.0) > promised_ballot => {
                        out.send(src, Message::Promise(*accepted));
                        let promised = if *rules == Rules::Simple { (proposal.0, 0) } else { proposal };
                        Some(Local::Acceptor { promised: Some(promised), accepted: *accepted, votes: votes.clone() })
                    }
                    Message::Prepare(_) if *rules == Rules::Adapted => {
                        out.send(src, Message::Nack);
                        None
                    }
                    Message::Accept(proposal) if Some(proposal.0) >= promised_ballot => {
                        let promised = if *rules == Rules::Simple { (proposal.0, 0) } else { proposal };
                        let mut votes = votes.clone();
                        votes.push(proposal);
                        votes.sort_unstable();
                        votes.dedup();
                        Some(Local::Acceptor { promised: Some(promised), accepted: Some(proposal), votes })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(next) = next {
            *state = Cow::Owned(next);
        }
    }
}

/// The votes of an acceptor, none of a proposer.
pub fn votes(_actor: usize, local: &Local) -> Vec<Proposal> {
    match local {
        Local::Acceptor { votes, .. } => votes.clone(),
        _ => Vec::new(),
    }
}

/// The proposals that a majority of these acceptors voted for.
pub fn chosen(votes: &[Vec<Proposal>], proposers: usize) -> Vec<Proposal> {
    let mut all: Vec<Proposal> = votes.iter().flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    let quorum = majority(votes.len() - proposers);
    all.retain(|proposal| votes.iter().filter(|own| own.contains(proposal)).count() >= quorum);
    all
}

/// True iff two proposals with different values are chosen.
pub fn disagree(votes: &[Vec<Proposal>], proposers: usize) -> bool {
    let chosen = chosen(votes, proposers);
    chosen.iter().any(|one| chosen.iter().any(|other| one.1 != other.1))
}

pub type Model = ActorModel<Node, usize, ()>;

pub fn model(rules: Rules, proposers: usize, acceptors: usize) -> Model {
    let ids: Vec<Id> = (proposers..proposers + acceptors).map(Id::from).collect();
    let own = |index: usize| (index as u8 + 1, index as u8 + 1);
    let prepares = (0..proposers).flat_map(|index| {
        let envelope = move |&dst: &Id| Envelope { src: Id::from(index), dst, msg: Message::Prepare(own(index)) };
        ids.iter().map(envelope).collect::<Vec<_>>()
    });
    ActorModel::new(proposers, ())
        .actors((0..proposers).map(|index| Node::Proposer { rules, own: own(index), acceptors: ids.clone() }))
        .actors((0..acceptors).map(|_| Node::Acceptor { rules }))
        .init_network(Network::new_unordered_nonduplicating(prepares.collect::<Vec<_>>()))
        .property(Expectation::Always, "agreement", |model, state| {
            let votes: Vec<_> = state.actor_states.iter().map(|local| votes(0, local)).collect();
            !disagree(&votes, model.cfg)
        })
        .property(Expectation::Sometimes, "chosen", |model, state| {
            let votes: Vec<_> = state.actor_states.iter().map(|local| votes(0, local)).collect();
            !chosen(&votes, model.cfg).is_empty()
        })
}
