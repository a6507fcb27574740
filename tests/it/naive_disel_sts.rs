//! An independent, deliberately naive model checker of the system of thesis 4.2: the oracle for `disel-sts`. It shares no
//! code with anything, uses std only, and follows the description of the system word by word.
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

pub type Proposal = (u64, u64); // <ballot, value>
type Envelope = (usize, usize, Tag, Proposal); // from, to
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tag {
    Prepare,
    Promise,
    Nack,
    Accept,
}
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Local {
    PInit,
    PSentPrep(List),
    PWaitPrepResp(BTreeMap<usize, Option<(bool, Proposal)>>), // nothing but that a proposer has answered
    PSentAccReq(List, Proposal),
    PAbort,
    AInit,
    APromised(Proposal),
    AAccepted(Proposal),
}
type List = Option<BTreeSet<usize>>; // none: it is spoilt
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct State {
    locals: Vec<Local>,
    prepared: Vec<BTreeSet<usize>>, // whose Prepares an acceptor has received, where that counts
    answered: Vec<BTreeSet<usize>>, // whom an acceptor has answered, where that counts
    network: Vec<Envelope>,         // a sorted multiset
    sends: usize,                   // so far, where they are limited
}
#[derive(Clone, Debug)]
pub struct Setup {
    pub proposals: Vec<Proposal>,
    pub acceptors: usize,
    pub literal: Option<(usize, Vec<Proposal>)>, // the most sends, the payloads
    pub accepts_to_all: bool,
    pub answers_after_prepare: bool,
    pub accepts_at_least: bool,
}
#[derive(Default)]
pub struct Findings {
    pub unique: usize,
    pub transitions: usize,
    pub terminal: usize,
    pub max_depth: usize,
    pub hits: BTreeMap<&'static str, usize>, // the lengths of shortest paths, by name
}

impl Setup {
    fn is_acceptor(&self, node: usize) -> bool {
        node >= self.proposals.len()
    }

    fn all(&self) -> List {
        Some((self.proposals.len()..self.proposals.len() + self.acceptors).collect())
    }

    fn put(&self, list: &List, to: usize) -> List {
        let mut list = list.clone().filter(|list| self.is_acceptor(to) && !list.contains(&to))?;
        list.insert(to);
        Some(list)
    }

    /// The tags that a node may send now; in an honest system with the addressees and payloads.
    fn sends(&self, s: &State, node: usize) -> Vec<(Tag, usize, Proposal)> {
        let nodes = 0..self.proposals.len() + self.acceptors;
        let tags = match &s.locals[node] {
            Local::PInit | Local::PSentPrep(_) => vec![Tag::Prepare],
            Local::PSentAccReq(Some(list), _) if self.accepts_to_all || list.is_empty() => vec![Tag::Accept],
            Local::PSentAccReq(None, _) if self.accepts_to_all => vec![Tag::Accept],
            Local::AInit => vec![Tag::Promise],
            Local::APromised(_) => vec![Tag::Promise, Tag::Nack],
            _ => vec![],
        };
        let mut sends = vec![];
        if let Some((most, payloads)) = &self.literal {
            for tag in tags.into_iter().filter(|_| s.sends < *most) {
                for to in nodes.clone() {
                    let payloads = if tag == Tag::Nack { vec![(0, 0)] } else { payloads.clone() };
                    sends.extend(payloads.into_iter().map(|payload| (tag, to, payload)));
                }
            }
            return sends;
        }
        for (tag, to) in tags.iter().flat_map(|tag| nodes.clone().map(move |to| (*tag, to))) {
            let fresh = |list: &List| self.is_acceptor(to) && !list.as_ref().unwrap().contains(&to);
            let answers = |s: &State| {
                let asked = !self.answers_after_prepare || s.prepared[node].contains(&to);
                !self.is_acceptor(to) && asked && !s.answered[node].contains(&to)
            };
            match (&s.locals[node], tag) {
                (Local::PInit, _) if self.is_acceptor(to) => sends.push((tag, to, self.proposals[node])),
                (Local::PSentPrep(list), _) if fresh(list) => sends.push((tag, to, self.proposals[node])),
                (Local::PSentAccReq(list, new), _) if fresh(list) => sends.push((tag, to, *new)),
                (Local::AInit, _) if answers(s) => sends.push((tag, to, (0, 0))),
                (Local::APromised(_), Tag::Nack) if answers(s) => sends.push((tag, to, (0, 0))),
                (Local::APromised(held), _) if answers(s) => {
                    sends.extend([(0, 0), *held].map(|payload| (tag, to, payload)));
                }
                _ => {}
            }
        }
        sends
    }

    fn send(&self, s: &State, node: usize, (tag, to, payload): (Tag, usize, Proposal)) -> State {
        let mut t = s.clone();
        t.network.push((node, to, tag, payload));
        t.network.sort();
        t.sends += self.literal.is_some() as usize;
        let prepare = |list: &List| match self.put(list, to) {
            list if list == self.all() => Local::PWaitPrepResp(BTreeMap::new()),
            list => Local::PSentPrep(list),
        };
        match &s.locals[node] {
            Local::PInit => t.locals[node] = prepare(&Some(BTreeSet::new())),
            Local::PSentPrep(list) => t.locals[node] = prepare(list),
            Local::PSentAccReq(list, new) => {
                t.locals[node] = match self.put(list, to) {
                    list if list == self.all() => Local::PAbort,
                    list => Local::PSentAccReq(list, *new),
                }
            }
            _ if self.literal.is_none() => _ = t.answered[node].insert(to),
            _ => {}
        }
        t
    }

    fn receive(&self, s: &State, (from, to, tag, payload): Envelope) -> State {
        let mut t = s.clone();
        let passes = |held: &Proposal| payload.0 > held.0;
        let accepts = |held: &Proposal| passes(held) || self.accepts_at_least && payload.0 == held.0;
        match &s.locals[to] {
            Local::PWaitPrepResp(answers) if !answers.contains_key(&from) => {
                t.locals[to] = if tag == Tag::Nack {
                    Local::PAbort
                } else {
                    let mut answers = answers.clone();
                    answers.insert(from, self.is_acceptor(from).then_some((tag == Tag::Promise, payload)));
                    self.answered_by(&answers, self.proposals[to])
                }
            }
            Local::AInit if tag == Tag::Prepare => t.locals[to] = Local::APromised(payload),
            Local::AInit => t.locals[to] = Local::AAccepted(payload),
            Local::APromised(held) if tag == Tag::Prepare && passes(held) => t.locals[to] = Local::APromised(payload),
            Local::APromised(held) if tag != Tag::Prepare && accepts(held) => t.locals[to] = Local::AAccepted(payload),
            _ => {}
        }
        if let Local::AAccepted(_) = t.locals[to] {
            t.answered[to].clear();
        }
        if self.answers_after_prepare && self.is_acceptor(to) && tag == Tag::Prepare {
            t.prepared[to].insert(from);
        }
        t
    }

    fn answered_by(&self, answers: &BTreeMap<usize, Option<(bool, Proposal)>>, own: Proposal) -> Local {
        if self.all() != Some(answers.keys().copied().collect()) {
            return Local::PWaitPrepResp(answers.clone());
        }
        let mut highest = (0, own.1);
        for answer in answers.values() {
            match answer {
                Some((true, payload)) if payload.0 > highest.0 => highest = *payload,
                Some((true, _)) => {}
                _ => return Local::PSentAccReq(Some(BTreeSet::new()), (0, 0)),
            }
        }
        Local::PSentAccReq(Some(BTreeSet::new()), (own.0, highest.1))
    }

    fn successors(&self, s: &State) -> Vec<State> {
        let mut next = vec![];
        for node in 0..s.locals.len() {
            next.extend(self.sends(s, node).into_iter().map(|send| self.send(s, node, send)));
        }
        for (k, envelope) in s.network.iter().enumerate().filter(|(k, e)| !s.network[..*k].contains(e)) {
            let mut t = self.receive(s, *envelope);
            if t != *s {
                t.network.remove(k);
                next.push(t);
            }
        }
        next
    }

    fn votes(&self, s: &State) -> Vec<Option<Proposal>> {
        let vote = |local: &Local| match local {
            Local::AAccepted(vote) => Some(*vote),
            _ => None,
        };
        s.locals[self.proposals.len()..].iter().map(vote).collect()
    }

    fn chosen(&self, s: &State) -> BTreeSet<Proposal> {
        let votes = self.votes(s);
        let count = |p: &Proposal| votes.iter().filter(|vote| **vote == Some(*p)).count();
        votes.iter().flatten().filter(|p| 2 * count(p) > self.acceptors).copied().collect()
    }

    /// What a state reaches, and the premises that it meets: if the conclusion is false, the property is violated.
    fn observe(&self, s: &State, terminal: bool) -> BTreeSet<&'static str> {
        let (mut seen, chosen, votes) = (BTreeSet::new(), self.chosen(s), self.votes(s));
        let mut see = |name: &'static str, holds: bool, conclusion: bool| {
            seen.extend(holds.then_some(name));
            seen.extend((holds && !conclusion).then(|| name.trim_start_matches("premise:")));
        };
        let initial = |value: u64| self.proposals.iter().any(|own| own.1 == value);
        for (a, p) in votes.iter().enumerate().filter_map(|(a, vote)| Some((a, (*vote)?))) {
            see("accepted", true, true);
            see("chosen", chosen.contains(&p), true);
            see("premise:validity", true, initial(p.1));
            see("premise:stability", chosen.contains(&p), true); // its conclusion is about steps
            see("premise:refines", chosen.contains(&p), true); // likewise
            for (b, q) in votes.iter().enumerate().filter_map(|(b, vote)| Some((b, (*vote)?))) {
                see("two-ballots", p.0 != q.0, true);
                see("premise:i1", p.0 == q.0 && a != b, p.1 == q.1);
                see("premise:i2", chosen.contains(&p) && p.0 < q.0, p.1 == q.1);
                see("premise:agreement", chosen.contains(&p), !chosen.contains(&q) || p.1 == q.1);
                see("premise:one-value", true, p.1 == q.1);
            }
        }
        see("blocked", terminal && chosen.is_empty(), true);
        seen
    }

    /// What a step reaches or violates.
    fn observe_step(&self, s: &State, t: &State) -> BTreeSet<&'static str> {
        let mut seen = BTreeSet::new();
        let (before, after) = (self.chosen(s), self.chosen(t));
        seen.extend((!before.is_subset(&after)).then_some("stability"));
        let values = |chosen: &BTreeSet<Proposal>| chosen.iter().map(|p| p.1).collect::<BTreeSet<_>>();
        let (before, after) = (values(&before), values(&after));
        let decides = before.is_empty() && after.iter().all(|v| self.proposals.iter().any(|own| own.1 == *v));
        seen.extend((after.len() > 1 || before != after && !decides).then_some("refines"));
        for (i, own) in self.proposals.iter().enumerate() {
            let waits = matches!(s.locals[i], Local::PWaitPrepResp(_));
            seen.extend((waits && t.locals[i] == Local::PAbort).then_some("aborted"));
            let Local::PSentAccReq(_, new) = s.locals[i] else { continue };
            let sends = s.locals[i] != t.locals[i] && new.1 != own.1;
            seen.extend((sends && self.literal.is_none()).then_some("adopted"));
        }
        seen
    }
}

/// Visits every reachable state, nearest first.
pub fn check(setup: &Setup) -> Findings {
    let (n, m) = (setup.proposals.len(), setup.acceptors);
    let locals = [vec![Local::PInit; n], vec![Local::AInit; m]].concat();
    let none = vec![BTreeSet::new(); n + m];
    let initial = State { locals, prepared: none.clone(), answered: none, network: vec![], sends: 0 };
    let (mut visited, mut queue) = (HashSet::from([initial.clone()]), VecDeque::from([(initial, 0)]));
    let mut found = Findings::default();
    while let Some((s, depth)) = queue.pop_front() {
        let next = setup.successors(&s);
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += next.len();
        found.terminal += next.is_empty() as usize;
        setup.observe(&s, next.is_empty()).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in next {
            setup.observe_step(&s, &t).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth + 1));
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
