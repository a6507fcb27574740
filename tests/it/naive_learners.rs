//! An independent, deliberately naive model checker of single-decree variants with learners: an oracle for a real one.
//! It shares no code with anything and uses std only. Sends are atomic, there is one round, and the network is a
//! multiset of envelopes that neither loses nor duplicates, or a set from which none goes. Without learners it checks the
//! bare variants.
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

macro_rules! data {
    ($($item:item)+) => { $(#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)] $item)+ };
}
pub type Proposal = (u64, u64); // <ballot, value>
type Envelope = (usize, usize, Message); // from and to: each message tells which kinds of node these are
data! {
    #[derive(Copy, Default)] pub enum Family { #[default] Adapted, Simulator, Simple } // what is no rule
    #[derive(Copy, Default)] pub enum Guard { #[default] Greater, AtLeast, Always, ValueAtLeast }
    #[derive(Copy, Default)] pub enum Choice { #[default] Highest, Lowest, Own }
    #[derive(Copy, Default)] pub enum Quorum { #[default] All, Majority, Half, One }
    #[derive(Copy, Default)] pub enum AfterAccept { #[default] Stop, Continue }
    #[derive(Copy, Default)] pub enum Counts { #[default] Proposals, Values, Reports, Anything, Deliveries }
    #[derive(Copy, Default)] pub struct Rules { // the default is as-written
        pub family: Family, pub promise_guard: Guard, pub accept_guard: Guard, pub value_choice: Choice,
        pub quorum: Quorum, pub accept_quorum: Quorum, pub after_accept: AfterAccept, pub learner_counts: Counts }
    pub struct Setup { // proposer i proposes proposals[i]; only learners below `distinguished` hear the acceptors
        pub rules: Rules, pub proposals: Vec<Proposal>, pub acceptors: usize, pub learners: usize,
        pub distinguished: usize, pub duplicating: bool }
    #[derive(Default)] pub struct Findings { // `hits`: the length of a shortest path to each thing, by name
        pub unique: usize, pub transitions: usize, pub terminal: usize, pub max_depth: usize,
        pub hits: BTreeMap<&'static str, usize> }
    #[derive(Copy)] enum Message { Prepare(Proposal), Promise(Option<Proposal>), Nack, Accept(Proposal), // P and A
        Accepted(Proposal), Learned(Proposal) } // from an acceptor to a learner, from a learner to a learner
    enum Proposer { Waiting(BTreeMap<usize, Option<Proposal>>), Done(Proposal), Aborted } // Waiting: who promised what
    #[derive(Default)] struct Acceptor {
        promised: Option<Proposal>, accepted: Option<Proposal>, votes: BTreeSet<Proposal> }
    #[derive(Default)] struct Learner { reports: Vec<(usize, Proposal)>, learned: Option<Proposal> } // sorted
    struct State { proposers: Vec<Proposer>, acceptors: Vec<Acceptor>, learners: Vec<Learner>,
        network: Vec<Envelope>, last: Option<Envelope> } // sorted; what a network that duplicates delivered last
}
/// The rules of a variant. An edited one is for example `Rules { quorum: Quorum::One, ..variant("adapted") }`.
pub fn variant(name: &str) -> Rules {
    let as_written = Rules { accept_quorum: Quorum::Majority, ..Rules::default() };
    let by_value = Guard::ValueAtLeast;
    let adapted = Rules { accept_guard: Guard::AtLeast, ..as_written };
    let goes_on = Rules { after_accept: AfterAccept::Continue, ..adapted };
    let valued = Rules { promise_guard: by_value, accept_guard: by_value, value_choice: Choice::Lowest, ..goes_on };
    match name {
        "adapted" => adapted,
        "as-written" => as_written,
        "simulator" => Rules { family: Family::Simulator, ..valued },
        "simple" => Rules { family: Family::Simple, quorum: Quorum::Majority, ..goes_on },
        _ => panic!("no variant is called {name}"),
    }
}
fn size(quorum: Quorum, m: usize) -> usize {
    [m, m / 2 + 1, (m / 2).max(1), 1][quorum as usize] // in the order of the values
}
/// An acceptor that holds no number passes everything.
fn passes(guard: Guard, promised: Option<Proposal>, (ballot, value): Proposal) -> bool {
    let Some((held, _)) = promised else { return true };
    [ballot > held, ballot >= held, true, value >= held][guard as usize] // in the order of the guards
}
impl Setup {
    /// The proposals that enough acceptors voted for.
    fn chosen(&self, s: &State) -> BTreeSet<Proposal> {
        let votes = || s.acceptors.iter().flat_map(|x| &x.votes).copied();
        let enough = size(self.rules.accept_quorum, self.acceptors);
        votes().filter(|p| votes().filter(|q| q == p).count() >= enough).collect()
    }
    fn initial(&self) -> State {
        let prepare = |i: usize| Message::Prepare(self.promised(self.proposals[i]));
        let prepares = |i| (0..self.acceptors).map(move |a| (i, a, prepare(i)));
        let network = (0..self.proposals.len()).flat_map(prepares).collect(); // in order
        let proposers = vec![Proposer::Waiting(BTreeMap::new()); self.proposals.len()];
        let acceptors = vec![Acceptor::default(); self.acceptors];
        State { proposers, acceptors, learners: vec![Learner::default(); self.learners], network, last: None }
    }
    fn successors(&self, s: &State) -> Vec<State> {
        let mut next = vec![];
        for envelope in s.network.iter().collect::<BTreeSet<_>>() {
            let mut taken = s.clone();
            if !self.duplicating {
                taken.network.remove(s.network.iter().position(|e| e == envelope).expect("it is in flight"));
            }
            let mut after = taken.clone();
            self.deliver(&mut after, *envelope);
            after.network.sort();
            let is_step = after != taken; // equal: nothing changed and nothing was sent
            if self.duplicating {
                after.network.dedup();
                after.last = Some(*envelope);
            }
            next.extend(is_step.then_some(after));
        }
        next
    }
    fn deliver(&self, s: &mut State, (from, to, message): Envelope) {
        let State { proposers, acceptors, learners, network, .. } = s;
        match message {
            Message::Prepare(p) => network.extend(self.prepare(&mut acceptors[to], p).map(|answer| (to, from, answer))),
            Message::Accept(p) => {
                let told = if self.accept(&mut acceptors[to], p) { self.distinguished } else { 0 };
                network.extend((0..told).map(|l| (to, l, Message::Accepted(p))));
            }
            Message::Promise(_) | Message::Nack => {
                let proposal = self.answer(&mut proposers[to], self.proposals[to], from, message);
                let accepts = |p| (0..self.acceptors).map(move |a| (to, a, Message::Accept(p)));
                network.extend(proposal.into_iter().flat_map(accepts));
            }
            Message::Accepted(_) | Message::Learned(_) if learners[to].learned.is_some() => {}
            Message::Accepted(p) => {
                let (reports, counts) = (&mut learners[to].reports, self.rules.learner_counts);
                if reports.contains(&(from, p)) && counts != Counts::Deliveries {
                    return;
                }
                reports.push((from, p));
                reports.sort();
                let alike = reports.iter().filter(|(_, q)| match counts {
                    Counts::Proposals | Counts::Deliveries => *q == p,
                    Counts::Values | Counts::Reports => q.1 == p.1,
                    Counts::Anything => true,
                });
                let each = matches!(counts, Counts::Reports | Counts::Deliveries);
                let acceptors = || alike.clone().map(|report| report.0).collect::<BTreeSet<_>>().len();
                if (if each { alike.clone().count() } else { acceptors() })
                    >= size(self.rules.accept_quorum, self.acceptors)
                {
                    learners[to] = Learner { reports: vec![], learned: Some(p) };
                    network.extend((self.distinguished..self.learners).map(|l| (to, l, Message::Learned(p))));
                }
            }
            Message::Learned(p) => learners[to] = Learner { reports: vec![], learned: Some(p) },
        }
    }
    /// In simple Paxos a promise is asked for and given of a mere ballot.
    fn promised(&self, (ballot, value): Proposal) -> Proposal {
        (ballot, if self.rules.family == Family::Simple { 0 } else { value })
    }
    /// An acceptor gets a Prepare, and may answer it.
    fn prepare(&self, x: &mut Acceptor, p: Proposal) -> Option<Message> {
        let (family, accepted) = (self.rules.family, x.accepted.is_some());
        if family != Family::Simulator && accepted && self.rules.after_accept == AfterAccept::Stop {
            return None;
        }
        let nacks = family == Family::Simulator && accepted; // whatever the rules
        if nacks || !passes(self.rules.promise_guard, x.promised, p) {
            return (family != Family::Simple).then_some(Message::Nack);
        }
        x.promised = Some(p);
        Some(Message::Promise(if family == Family::Simulator { Some(p) } else { x.accepted }))
    }
    /// An acceptor gets an Accept, and may take it. If it stops then, it remembers only what it accepted.
    fn accept(&self, x: &mut Acceptor, p: Proposal) -> bool {
        let stops = self.rules.after_accept == AfterAccept::Stop;
        let takes = !(stops && x.accepted.is_some()) && passes(self.rules.accept_guard, x.promised, p);
        if takes {
            (x.accepted, x.promised) = (Some(p), (!stops).then(|| self.promised(p)));
            x.votes.insert(p);
        }
        takes
    }
    /// A proposer gets a Promise or a Nack, and may come to send Accepts of a proposal.
    fn answer(&self, x: &mut Proposer, own: Proposal, acceptor: usize, message: Message) -> Option<Proposal> {
        let Proposer::Waiting(promises) = x else { return None };
        let is_nack = message == Message::Nack;
        if promises.contains_key(&acceptor) && !(is_nack && self.rules.family == Family::Simulator) {
            return None;
        }
        let Message::Promise(carried) = message else {
            *x = Proposer::Aborted;
            return None;
        };
        promises.insert(acceptor, carried);
        let (needed, all) = (size(self.rules.quorum, self.acceptors), || promises.values().flatten());
        let choice = [all().max(), all().min(), None][self.rules.value_choice as usize];
        let p = (promises.len() >= needed).then_some((own.0, choice.unwrap_or(&own).1))?;
        *x = Proposer::Done(p);
        Some(p)
    }
    /// What a state reaches, the premises that it meets, and the properties that it violates.
    fn observe(&self, s: &State, terminal: bool) -> Vec<&'static str> {
        let (chosen, acceptors) = (self.chosen(s), s.acceptors.iter().enumerate());
        let (is, some_chosen) = (|p: &Proposal| chosen.contains(p), !chosen.is_empty());
        let votes: Vec<_> = acceptors.flat_map(|(a, x)| x.votes.iter().map(move |p| (a, *p))).collect();
        let learned: Vec<Proposal> = s.learners.iter().filter_map(|x| x.learned).collect();
        let two = |test: &dyn Fn(usize, Proposal, usize, Proposal) -> bool| {
            votes.iter().any(|(a, p)| votes.iter().any(|(b, q)| test(*a, *p, *b, *q)))
        };
        let invalid = votes.iter().any(|(_, p)| self.proposals.iter().all(|own| own.1 != p.1));
        let foreign = |(x, own): (&Proposer, &Proposal)| matches!(x, Proposer::Done(p) if p.1 != own.1);
        let lost = |p: Proposal, q: Proposal| p.0 < q.0 && p.1 != q.1;
        let i1 = two(&|_, p, _, q| p.0 == q.0 && p.1 != q.1);
        let formula = two(&|a, p, b, q| a == b && lost(p, q));
        let disagree = learned.iter().any(|p| p.1 != learned[0].1);
        let entries = [
            [("accepted", !votes.is_empty()), ("chosen", some_chosen)],
            [("two-votes", two(&|a, p, b, q| a == b && p != q)), ("two-ballots", two(&|_, p, _, q| p.0 != q.0))],
            [("adopted", s.proposers.iter().zip(&self.proposals).any(foreign)), ("learned", !learned.is_empty())],
            [("aborted", s.proposers.contains(&Proposer::Aborted)), ("blocked", terminal && !some_chosen)],
            [("premise:i1", two(&|a, p, b, q| a != b && p.0 == q.0)), ("i1", i1)],
            [("premise:i2", two(&|_, p, _, q| is(&p) && p.0 < q.0)), ("i2", two(&|_, p, _, q| is(&p) && lost(p, q)))],
            [("premise:i2-formula", two(&|a, p, b, q| a == b && p.0 < q.0)), ("i2-formula", formula)],
            [("premise:agreement", some_chosen), ("agreement", two(&|_, p, _, q| is(&p) && is(&q) && p.1 != q.1))],
            [("premise:stability", some_chosen), ("stability", false)], // its conclusion is about steps
            [("premise:refines", some_chosen), ("refines", false)],     // likewise
            [("premise:one-value", !votes.is_empty()), ("one-value", two(&|_, p, _, q| p.1 != q.1))],
            [("premise:validity", !votes.is_empty()), ("validity", invalid)],
            [("premise:learned-chosen", !learned.is_empty()), ("learned-chosen", !learned.iter().all(is))],
            [("premise:learners-agree", learned.len() > 1), ("learners-agree", disagree)],
        ];
        entries.into_iter().flatten().filter(|entry| entry.1).map(|entry| entry.0).collect()
    }
}
/// True iff the register has no such step: it decides once, for an initial value.
fn has_no_such_step(own: &[Proposal], before: &BTreeSet<Proposal>, after: &BTreeSet<Proposal>) -> bool {
    let values = |chosen: &BTreeSet<Proposal>| chosen.iter().map(|p| p.1).collect::<BTreeSet<_>>();
    let (before, after) = (values(before), values(after));
    let decides = before.is_empty() && after.iter().all(|value| own.iter().any(|p| p.1 == *value));
    after.len() > 1 || before != after && !decides
}
/// Visits every reachable state, nearest first.
pub fn check(setup: &Setup) -> Findings {
    assert!(setup.distinguished <= setup.learners && (setup.distinguished > 0 || setup.learners == 0));
    let (mut found, mut queue) = (Findings::default(), VecDeque::from([(setup.initial(), 0)]));
    let mut visited = HashSet::from([setup.initial()]);
    while let Some((s, depth)) = queue.pop_front() {
        let (next, before) = (setup.successors(&s), setup.chosen(&s));
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += next.len();
        found.terminal += next.is_empty() as usize;
        setup.observe(&s, next.is_empty()).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in next {
            if !before.is_subset(&setup.chosen(&t)) {
                found.hits.entry("stability").or_insert(depth + 1);
            }
            if has_no_such_step(&setup.proposals, &before, &setup.chosen(&t)) {
                found.hits.entry("refines").or_insert(depth + 1);
            }
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
