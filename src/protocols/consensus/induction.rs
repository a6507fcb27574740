//! The composite invariant: what a client acted on, and what a Token says, is decided. It stands on the invariant of the
//! protocol that is the service, and together they are inductive.

use super::client::Client;
use super::local::Local;
use super::message::Message;
use super::setup::Service;
use super::{protocol, Consensus, Protocol, Setup};
use crate::family::{self, Conjunct, Environment, Fact, Family, Invariant, Objection};
use crate::protocols::paxos::{Proposal, Value, Votes};
use crate::protocols::single_decree::{self, acceptor::initial, local::Learner, properties::View, SingleDecree};
use crate::protocols::specification::Register;
use stateright::actor::{Envelope, Id};
use std::collections::BTreeSet;
use std::sync::Arc;

type Assertion = family::Assertion<Consensus>;
type Induction = family::Induction<Consensus>;
type Inner = family::Induction<SingleDecree>;

/// The invariants of a service and its clients, and the states that they are asked about.
///
/// # Errors
/// If the protocol that is the service has none at these bounds.
pub fn induction(protocol: &Protocol, environment: &Environment) -> Result<Option<Induction>, Objection> {
    let inner = match &protocol.service {
        protocol::Service::Abstract { .. } => None,
        protocol::Service::SingleDecree(service) => {
            let alone = single_decree::Protocol { learners: 0, distinguished: 0, ..(**service).clone() };
            SingleDecree::induction(&alone, environment)?
        }
    };
    let setup = protocol.setup(environment);
    let atoms = match (&setup.service, &inner) {
        (Service::Abstract { values }, _) => Atoms::of_register(&setup, *values),
        (Service::SingleDecree(service), Some(inner)) => Atoms::of_protocol(&setup, service, inner),
        (Service::SingleDecree(_), None) => return Ok(None),
    };
    let lifted = |conjuncts: Vec<Conjunct<SingleDecree>>| conjuncts.into_iter().map(conjunct).collect::<Vec<_>>();
    let (seeds, claims) = (atoms.seeds(), atoms.claims());
    let composite = |service: Vec<Conjunct<Consensus>>| atoms.conjuncts().into_iter().chain(service).collect();
    let summary = "what clients acted on, and what their Tokens say, is decided; with what makes the service safe";
    let invariant = |service| Invariant { name: "composite", summary, conjuncts: composite(service) };
    let Some(inner) = inner else {
        let (facts, alike) = (Vec::new(), Vec::new());
        return Ok(Some(Induction { seeds, facts, strip, alike, invariants: vec![invariant(Vec::new())], claims }));
    };
    let own = inner.invariants.into_iter().next().map(|own| lifted(own.conjuncts)).unwrap_or_default();
    let of_service = inner.seeds.into_iter().map(|Envelope { src, dst, msg }| sent(src, dst, msg));
    Ok(Some(Induction {
        seeds: seeds.into_iter().chain(of_service).collect(),
        facts: inner.facts.into_iter().map(fact).collect(),
        strip,
        alike: inner.alike,
        invariants: vec![invariant(own)],
        claims,
    }))
}

/// What the invariant speaks of, at the bounds of a model.
struct Atoms {
    setup: Arc<Setup>,
    /// Every value that may be decided.
    values: BTreeSet<Value>,
    /// Every vote that may be cast in the protocol that is the service: the acceptor, and the proposal. The place of a vote
    /// is that of its fact.
    votes: Vec<(Id, Proposal)>,
}

impl Atoms {
    fn of_register(setup: &Arc<Setup>, values: Value) -> Self {
        Atoms { setup: setup.clone(), values: (1..=values).collect(), votes: Vec::new() }
    }

    fn of_protocol(setup: &Arc<Setup>, service: &single_decree::Setup, inner: &Inner) -> Self {
        let vote = |fact: &Fact<SingleDecree>| {
            let mut local = single_decree::Local::Acceptor(initial(service));
            (fact.add_to)(&mut local);
            let single_decree::Local::Acceptor(acceptor) = local else { return None };
            acceptor.votes.first().map(|vote| (fact.node, *vote))
        };
        let votes: Vec<_> = inner.facts.iter().filter_map(vote).collect();
        assert_eq!(votes.len(), inner.facts.len(), "every fact of single-decree Paxos is a vote");
        Atoms { setup: setup.clone(), values: votes.iter().map(|(_, vote)| vote.value).collect(), votes }
    }

    fn clients(&self) -> impl Iterator<Item = Id> + '_ {
        (0..self.setup.clients).map(|index| self.setup.client(index))
    }

    fn proposals(&self) -> BTreeSet<Proposal> {
        self.votes.iter().map(|(_, proposal)| *proposal).collect()
    }

    fn acceptors(&self) -> BTreeSet<Id> {
        self.votes.iter().map(|(acceptor, _)| *acceptor).collect()
    }

    fn vote(&self, acceptor: Id, proposal: Proposal) -> Assertion {
        let place = self.votes.iter().position(|vote| *vote == (acceptor, proposal));
        Assertion::Fact(place.expect("a vote that may be cast"))
    }

    fn chosen(&self, proposal: Proposal) -> Assertion {
        let Service::SingleDecree(service) = &self.setup.service else { return Assertion::any([]) };
        let acceptors: Vec<Id> = self.acceptors().into_iter().collect();
        let quorums = subsets(&acceptors, View::new(service, &[]).votes_to_be_chosen());
        let has_voted = |quorum: Vec<Id>| Assertion::all(quorum.into_iter().map(|id| self.vote(id, proposal)));
        Assertion::any(quorums.into_iter().map(has_voted))
    }

    fn decided(&self, value: Value) -> Assertion {
        match self.setup.service {
            Service::Abstract { .. } => {
                let register = Register { decided: Some(value) };
                Assertion::local(Id::from(0), move |local| *local == Local::Service(register))
            }
            Service::SingleDecree(_) => {
                let proposals = self.proposals().into_iter().filter(|proposal| proposal.value == value);
                Assertion::any(proposals.map(|proposal| self.chosen(proposal)))
            }
        }
    }

    /// The Token for a value from this client to the next, if there is a next one.
    fn token(&self, client: Id, value: Value) -> Option<Envelope<Message>> {
        let next = self.setup.client_index(client)? + 1;
        let dst = (next < self.setup.clients).then(|| self.setup.client(next))?;
        Some(Envelope { src: client, dst, msg: Message::Token(value) })
    }

    /// What acceptors and distinguished learners tell a client of a proposal.
    fn reports(&self, client: Id, proposal: Proposal) -> Vec<(Envelope<Message>, Assertion)> {
        let accepted = single_decree::Message::Accepted(proposal);
        let learned = single_decree::Message::Learned(proposal);
        let of_acceptors = self.acceptors().into_iter().map(|id| (sent(id, client, accepted), self.vote(id, proposal)));
        let others = self.clients().filter(|other| *other != client);
        let of_learners = others.map(|other| (sent(other, client, learned), self.chosen(proposal)));
        of_acceptors.chain(of_learners).collect()
    }

    /// Every message that tells a client something, with what is so if it is true.
    fn tells(&self) -> Vec<(Envelope<Message>, Assertion)> {
        let mut tells = Vec::new();
        for client in self.clients() {
            tells.extend(self.proposals().into_iter().flat_map(|proposal| self.reports(client, proposal)));
            for value in &self.values {
                let token = self.token(client, *value);
                tells.extend(token.map(|token| (token, self.decided(*value))));
                if let Service::Abstract { .. } = self.setup.service {
                    let decided = Envelope { src: Id::from(0), dst: client, msg: Message::Decided(*value) };
                    tells.push((decided, self.decided(*value)));
                }
            }
        }
        tells
    }

    /// Messages to clients that may have been sent, whatever the service is in.
    fn seeds(&self) -> Vec<Envelope<Message>> {
        self.tells().into_iter().map(|(envelope, _)| envelope).collect()
    }

    fn conjuncts(&self) -> Vec<Conjunct<Consensus>> {
        let told = self.tells().into_iter().map(|(envelope, is_so)| Assertion::Sent(envelope).implies(is_so));
        let (mut heard, mut acted, mut met) = (Vec::new(), Vec::new(), Vec::new());
        for client in self.clients() {
            for (index, acceptor) in self.acceptors().into_iter().enumerate() {
                for proposal in self.proposals() {
                    let has_heard = Assertion::local(client, move |local| hears(local, index, proposal));
                    heard.push(has_heard.implies(self.vote(acceptor, proposal)));
                }
            }
            for proposal in self.proposals() {
                heard.push(
                    Assertion::local(client, move |local| learned(local) == Some(proposal))
                        .implies(self.chosen(proposal)),
                );
            }
            for value in &self.values {
                let (value, decided) = (*value, || self.decided(*value));
                acted.push(Assertion::local(client, move |local| acted_on(local) == Some(value)).implies(decided()));
                met.push(Assertion::local(client, move |local| met_by(local) == Some(value)).implies(decided()));
            }
        }
        let mut conjuncts = vec![
            Conjunct {
                name: "told",
                statement:
                    "what a client is told is so: a report is of a vote, what is announced or in a Token is decided",
                formula: "Accepted⟨p,v⟩ sent by a → ⟨p,v⟩ ∈ a.votes; Token(v) sent → decided(v)",
                instances: told.collect(),
            },
            Conjunct {
                name: "acted",
                statement: "what a client acted on is decided",
                formula: "∀ c: acted(c, v) → decided(v)",
                instances: acted,
            },
            Conjunct {
                name: "met",
                statement: "what a client is met by is decided",
                formula: "∀ c: Met(v, w) → decided(w)",
                instances: met,
            },
        ];
        if !heard.is_empty() {
            conjuncts.push(Conjunct {
                name: "heard",
                statement: "what a learner has heard is a vote, and what it has learned is chosen",
                formula: "∀ l: a ∈ l.heard⟨p,v⟩ → ⟨p,v⟩ ∈ a.votes; l announces ⟨p,v⟩ → chosen(⟨p,v⟩)",
                instances: heard,
            });
        }
        conjuncts
    }

    /// What clients rely on.
    fn claims(&self) -> Vec<Conjunct<Consensus>> {
        let pairs = || self.values.iter().flat_map(|one| self.values.iter().map(move |other| (*one, *other)));
        let differ = || pairs().filter(|(one, other)| one != other);
        let acted = |client, value| Assertion::local(client, move |local| acted_on(local) == Some(value));
        let (mut chosen, mut agree, mut matches) = (Vec::new(), Vec::new(), Vec::new());
        for client in self.clients() {
            chosen.extend(self.values.iter().map(|value| acted(client, *value).implies(self.decided(*value))));
            for other in self.clients().filter(|other| client < *other) {
                agree.extend(differ().map(|(one, two)| !(acted(client, one) & acted(other, two))));
            }
            let met = |(own, other)| {
                Assertion::local(client, move |local| acted_on(local) == Some(own) && met_by(local) == Some(other))
            };
            matches.extend(differ().map(|pair| !met(pair)));
        }
        let named = [("acted-chosen", chosen), ("clients-agree", agree), ("tokens-match", matches)];
        let claim = |(name, instances): (&'static str, Vec<Assertion>)| {
            let property = family::Property::<Consensus>::named(name).expect("a property of the family");
            Conjunct { name, statement: property.statement, formula: property.formula, instances }
        };
        named.into_iter().map(claim).collect()
    }
}

fn subsets(of: &[Id], size: usize) -> Vec<Vec<Id>> {
    match (size, of) {
        (0, _) => vec![Vec::new()],
        (_, []) => Vec::new(),
        (_, [first, rest @ ..]) => {
            let with = subsets(rest, size - 1).into_iter().map(|subset| [vec![*first], subset].concat());
            with.chain(subsets(rest, size)).collect()
        }
    }
}

fn client(local: &Local) -> Option<Client> {
    match local {
        Local::Client { client, .. } => Some(*client),
        _ => None,
    }
}

fn acted_on(local: &Local) -> Option<Value> {
    client(local)?.acted_on()
}

fn met_by(local: &Local) -> Option<Value> {
    match client(local)? {
        Client::Met { other, .. } => Some(other),
        Client::Waiting | Client::Acted(_) => None,
    }
}

fn learner(local: &Local) -> Option<&Learner> {
    match local {
        Local::Client { learner: Some(single_decree::Local::Learner(learner)), .. } => Some(learner),
        _ => None,
    }
}

fn learned(local: &Local) -> Option<Proposal> {
    match learner(local)? {
        Learner::Learned(proposal) => Some(*proposal),
        Learner::Listening { .. } => None,
    }
}

/// True iff the learner in a client's place has heard from this acceptor of this proposal.
fn hears(local: &Local, acceptor: usize, proposal: Proposal) -> bool {
    match learner(local) {
        Some(Learner::Listening { heard }) => heard.get(&acceptor).is_some_and(|reported| reported.contains(&proposal)),
        _ => false,
    }
}

fn sent(src: Id, dst: Id, message: single_decree::Message) -> Envelope<Message> {
    Envelope { src, dst, msg: Message::Protocol(message) }
}

/// A local state without its votes.
fn strip(local: &Local) -> Local {
    let mut local = local.clone();
    if let Local::Protocol(single_decree::Local::Acceptor(acceptor)) = &mut local {
        acceptor.votes = BTreeSet::new();
    }
    local
}

fn fact(fact: Fact<SingleDecree>) -> Fact<Consensus> {
    let Fact { node, name, is_in, add_to } = fact;
    Fact {
        node,
        name,
        is_in: Arc::new(move |local| matches!(local, Local::Protocol(local) if is_in(local))),
        add_to: Arc::new(move |local| {
            if let Local::Protocol(local) = local {
                add_to(local);
            }
        }),
    }
}

fn conjunct(conjunct: Conjunct<SingleDecree>) -> Conjunct<Consensus> {
    let Conjunct { name, statement, formula, instances } = conjunct;
    Conjunct { name, statement, formula, instances: instances.into_iter().map(assertion).collect() }
}

/// What is said of the protocol, said of the protocol that is the service.
fn assertion(inner: family::Assertion<SingleDecree>) -> Assertion {
    use family::Assertion::{All, Any, Fact, Local as At, Not, Sent};
    match inner {
        At(node, is_so) => Assertion::local(node, move |local| matches!(local, Local::Protocol(local) if is_so(local))),
        Sent(Envelope { src, dst, msg }) => Assertion::Sent(sent(src, dst, msg)),
        Fact(place) => Assertion::Fact(place),
        Not(inner) => !assertion(*inner),
        All(all) => Assertion::all(all.into_iter().map(assertion)),
        Any(any) => Assertion::any(any.into_iter().map(assertion)),
    }
}
