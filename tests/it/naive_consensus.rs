//! An independent, deliberately naive model checker of clients on a service, abstract or simple Paxos with one round: the
//! oracle for the family `consensus`. It shares no code with anything, uses std only, and follows the description word by
//! word.
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

type Proposal = (u64, u64); // <ballot, value>
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Message {
    Propose(u64),
    Decided(u64),
    Token(u64),
    Prepare(u64),
    Promise(u64, Option<Proposal>),
    Nack(u64),
    Accept(Proposal),
    Accepted(Proposal),
}
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum At {
    Service,
    Proposer(usize),
    Acceptor(usize),
    Client(usize),
}
type Envelope = (At, At, Message); // from, to
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Guard {
    Greater,
    AtLeast,
    Always,
    ValueAtLeast,
}
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    Highest,
    Lowest,
    Own,
}
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    Raise,
    Keep,
    Forget,
}
/// What is edited of simple Paxos.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub promise_guard: Guard,
    pub accept_guard: Guard,
    pub reports: bool,
    pub choice: Choice,
    pub quorum: fn(usize) -> usize,
    pub goes_on: bool,
    pub nacks: bool,
    pub effect: Effect,
    pub counts_values: bool, // a learner counts the acceptors that reported the value, under any ballots
}
pub const SIMPLE: Rules = Rules {
    promise_guard: Guard::Greater,
    accept_guard: Guard::AtLeast,
    reports: true,
    choice: Choice::Highest,
    quorum: |m| m / 2 + 1,
    goes_on: true,
    nacks: false,
    effect: Effect::Raise,
    counts_values: false,
};
#[derive(Clone, Debug)]
pub enum Service {
    Abstract(u64),
    Simple(Rules, Vec<Proposal>, usize), // the proposals, the acceptors
}
#[derive(Clone, Debug)]
pub struct Setup {
    pub service: Service,
    pub clients: usize,
}
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Proposer {
    Waits(BTreeMap<usize, Option<Proposal>>),
    Sent(Proposal),
    Aborted,
}
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Acceptor {
    promised: Option<u64>,
    accepted: Option<Proposal>,
    votes: BTreeSet<Proposal>,
}
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Client {
    heard: BTreeMap<usize, BTreeSet<Proposal>>, // what the learner in its place has heard, until it learns
    learned: Option<Proposal>,                  // with ballot 0 where the service is abstract
    met: Option<u64>,
}
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    decided: Option<u64>,
    proposers: Vec<Proposer>,
    acceptors: Vec<Acceptor>,
    clients: Vec<Client>,
    network: Vec<Envelope>, // a sorted multiset
}
#[derive(Default)]
pub struct Findings {
    pub unique: usize,
    pub transitions: usize,
    pub terminal: usize,
    pub max_depth: usize,
    pub hits: BTreeMap<&'static str, usize>, // the lengths of shortest paths, by name
}

impl Guard {
    fn passes(self, (ballot, value): Proposal, held: Option<u64>) -> bool {
        held.is_none_or(|held| match self {
            Guard::Greater => ballot > held,
            Guard::AtLeast => ballot >= held,
            Guard::Always => true,
            Guard::ValueAtLeast => value >= held,
        })
    }
}

impl Setup {
    fn initial(&self) -> State {
        let clients = vec![Client::default(); self.clients];
        let mut s = State { decided: None, proposers: vec![], acceptors: vec![], clients, network: vec![] };
        match &self.service {
            Service::Abstract(values) => {
                s.network.extend((1..=*values).map(|v| (At::Service, At::Service, Message::Propose(v))));
            }
            Service::Simple(_, proposals, acceptors) => {
                s.acceptors = vec![Acceptor::default(); *acceptors];
                for (i, own) in proposals.iter().enumerate() {
                    s.proposers.push(Proposer::Waits(BTreeMap::new()));
                    let to_all = (0..*acceptors).map(|a| (At::Proposer(i), At::Acceptor(a), Message::Prepare(own.0)));
                    s.network.extend(to_all);
                }
            }
        }
        s.network.sort();
        s
    }

    fn successors(&self, s: &State) -> Vec<State> {
        let mut next = vec![];
        for (k, envelope) in s.network.iter().enumerate().filter(|(k, e)| !s.network[..*k].contains(e)) {
            let mut taken = s.clone();
            taken.network.remove(k);
            let mut t = taken.clone();
            self.deliver(&mut t, *envelope);
            if t != taken {
                t.network.sort();
                next.push(t);
            }
        }
        next
    }

    fn deliver(&self, s: &mut State, (from, to, message): Envelope) {
        match (to, message) {
            (At::Service, Message::Propose(v)) if s.decided.is_none() => {
                s.decided = Some(v);
                s.network.extend((0..self.clients).map(|c| (to, At::Client(c), Message::Decided(v))));
            }
            (At::Client(c), Message::Decided(v)) => self.learn(s, c, (0, v)),
            (At::Client(c), Message::Token(v)) => {
                let client = &mut s.clients[c];
                if client.learned.is_some() && client.met.is_none() {
                    client.met = Some(v);
                }
            }
            (At::Client(c), Message::Accepted(p)) => self.hear(s, c, from, p),
            (At::Acceptor(a), Message::Prepare(b)) => self.prepare(s, a, from, b),
            (At::Acceptor(a), Message::Accept(p)) => self.accept(s, a, p),
            (At::Proposer(i), Message::Promise(..) | Message::Nack(_)) => self.answer(s, i, from, message),
            _ => {}
        }
    }

    fn learn(&self, s: &mut State, c: usize, p: Proposal) {
        if s.clients[c].learned.is_none() {
            s.clients[c] = Client { heard: BTreeMap::new(), learned: Some(p), met: None };
            if c + 1 < self.clients {
                s.network.push((At::Client(c), At::Client(c + 1), Message::Token(p.1)));
            }
        }
    }

    fn hear(&self, s: &mut State, c: usize, from: At, p: Proposal) {
        let (Service::Simple(rules, _, m), At::Acceptor(a)) = (&self.service, from) else { return };
        if s.clients[c].learned.is_some() {
            return;
        }
        s.clients[c].heard.entry(a).or_default().insert(p);
        let counts = |q: &Proposal| if rules.counts_values { q.1 == p.1 } else { *q == p };
        let reporters = s.clients[c].heard.values().filter(|reported| reported.iter().any(counts)).count();
        if 2 * reporters > *m {
            self.learn(s, c, p);
        }
    }

    fn prepare(&self, s: &mut State, a: usize, from: At, b: u64) {
        let Service::Simple(rules, ..) = &self.service else { return };
        let acceptor = &mut s.acceptors[a];
        if acceptor.accepted.is_some() && !rules.goes_on {
            return;
        }
        if rules.promise_guard.passes((b, 0), acceptor.promised) {
            acceptor.promised = Some(b);
            let reported = acceptor.accepted.filter(|_| rules.reports);
            s.network.push((At::Acceptor(a), from, Message::Promise(b, reported)));
        } else if rules.nacks {
            s.network.push((At::Acceptor(a), from, Message::Nack(b)));
        }
    }

    fn accept(&self, s: &mut State, a: usize, p: Proposal) {
        let Service::Simple(rules, ..) = &self.service else { return };
        let acceptor = &mut s.acceptors[a];
        let has_stopped = acceptor.accepted.is_some() && !rules.goes_on;
        if has_stopped || !rules.accept_guard.passes(p, acceptor.promised) {
            return;
        }
        acceptor.accepted = Some(p);
        acceptor.votes.insert(p);
        acceptor.promised = match rules.effect {
            Effect::Forget => None,
            _ if !rules.goes_on => None, // it never asks again
            Effect::Raise => Some(p.0),
            Effect::Keep => acceptor.promised,
        };
        s.network.extend((0..self.clients).map(|c| (At::Acceptor(a), At::Client(c), Message::Accepted(p))));
    }

    fn answer(&self, s: &mut State, i: usize, from: At, message: Message) {
        let (Service::Simple(rules, proposals, m), At::Acceptor(a)) = (&self.service, from) else { return };
        let Proposer::Waits(answers) = &mut s.proposers[i] else { return };
        if answers.contains_key(&a) {
            return;
        }
        let Message::Promise(_, reported) = message else {
            s.proposers[i] = Proposer::Aborted;
            return;
        };
        answers.insert(a, reported);
        if answers.len() < (rules.quorum)(*m) {
            return;
        }
        let reported = answers.values().flatten();
        let chosen = match rules.choice {
            Choice::Highest => reported.max(),
            Choice::Lowest => reported.min(),
            Choice::Own => None,
        };
        let own = proposals[i];
        let sent = (own.0, chosen.unwrap_or(&own).1);
        s.proposers[i] = Proposer::Sent(sent);
        s.network.extend((0..*m).map(|a| (At::Proposer(i), At::Acceptor(a), Message::Accept(sent))));
    }

    fn decided(&self, s: &State) -> BTreeSet<u64> {
        let votes = |p: &Proposal| s.acceptors.iter().filter(|acceptor| acceptor.votes.contains(p)).count();
        let chosen = s.acceptors.iter().flat_map(|acceptor| acceptor.votes.iter());
        let chosen = chosen.filter(|p| 2 * votes(p) > s.acceptors.len()).map(|p| p.1);
        chosen.chain(s.decided).collect()
    }

    fn is_proposed(&self, value: u64) -> bool {
        match &self.service {
            Service::Abstract(values) => value >= 1 && value <= *values,
            Service::Simple(_, proposals, _) => proposals.iter().any(|p| p.1 == value),
        }
    }

    /// What a state reaches, and the premises that it meets: if the conclusion is false, the property is violated.
    fn observe(&self, s: &State) -> BTreeSet<&'static str> {
        let (mut seen, decided) = (BTreeSet::new(), self.decided(s));
        let mut see = |name: &'static str, holds: bool, conclusion: bool| {
            seen.extend(holds.then_some(name));
            seen.extend((holds && !conclusion).then(|| name.trim_start_matches("premise:")));
        };
        let acted: Vec<u64> = s.clients.iter().filter_map(|client| Some(client.learned?.1)).collect();
        see("premise:refines", !decided.is_empty(), true); // its conclusion is about steps
        see("acted", !acted.is_empty(), true);
        see("all-acted", acted.len() == self.clients, true);
        see("premise:acted-chosen", !acted.is_empty(), acted.iter().all(|value| decided.contains(value)));
        see("premise:clients-agree", acted.len() > 1, acted.iter().all(|value| *value == acted[0]));
        for client in &s.clients {
            if let (Some((_, own)), Some(other)) = (client.learned, client.met) {
                see("met", true, true);
                see("premise:tokens-match", true, own == other);
            }
        }
        seen
    }
}

/// Visits every reachable state, nearest first.
pub fn check(setup: &Setup) -> Findings {
    let initial = setup.initial();
    let (mut visited, mut queue) = (HashSet::from([initial.clone()]), VecDeque::from([(initial, 0)]));
    let mut found = Findings::default();
    while let Some((s, depth)) = queue.pop_front() {
        let (next, before) = (setup.successors(&s), setup.decided(&s));
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += next.len();
        found.terminal += next.is_empty() as usize;
        setup.observe(&s).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in next {
            let after = setup.decided(&t);
            let decides = before.is_empty() && after.iter().all(|value| setup.is_proposed(*value));
            if after.len() > 1 || before != after && !decides {
                found.hits.entry("refines").or_insert(depth + 1);
            }
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
