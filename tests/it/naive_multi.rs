//! An independent, deliberately naive model checker of the multi-paxos family: the oracle for the real one. It shares no
//! code with anything, uses std only, and follows the description of the protocol word by word.
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

macro_rules! plain {
    ($($item:item)+) => { $(#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)] $item)+ };
}
plain! {
    #[derive(Copy)] pub enum Guard { Greater, AtLeast, Always, Equal }
    #[derive(Copy)] pub enum Effect { Raise, Keep, Forget }
    #[derive(Copy)] pub enum Quorum { Majority, All, Half, One, Just(usize) }
    #[derive(Copy)] pub enum Nack { Silent, Sent, Both }
    #[derive(Copy)] pub enum OnNack { Abort, AbortAny, Ignore }
    #[derive(Copy)] pub enum NackCarries { Refused, Promised }
    #[derive(Copy)] pub enum Targets { All, Promisers }
    #[derive(Copy)] pub enum Against { Promised, Highest }
    #[derive(Copy)] pub enum Overwrite { Always, NeverLower }
    #[derive(Copy)] pub enum Count { OwnRound, AnyRound, Duplicates }
    #[derive(Copy)] pub enum Payload { All, Last, Nothing, Restamped }
    #[derive(Copy)] pub enum Store { PerSlot, One }
    #[derive(Copy)] pub enum Choice { Highest, Lowest, Own }
    #[derive(Copy)] pub enum Adopted { ReProposed, Left }
    #[derive(Copy)] pub enum Gaps { NoOp, Own, Skip }
    #[derive(Copy)] pub enum Proposes { AtOnce, OneByOne }
    #[derive(Copy)] pub enum LearnerCounts { Proposals, Values, Reports, Anything, Deliveries }
    #[derive(Copy)] pub enum Executes { InOrder, AsLearnt }
    #[derive(Copy)] pub struct Rules { pub promise_guard: Guard, pub accept_guard: Guard, pub accept_effect: Effect,
        pub quorum: Quorum, pub accept_quorum: Quorum, pub nack: Nack, pub on_nack: OnNack, pub nack_carries: NackCarries,
        pub accept_targets: Targets, pub accept_against: Against, pub overwrite: Overwrite, pub promises_count: Count,
        pub promise_payload: Payload, pub store: Store, pub value_choice: Choice, pub adopted: Adopted, pub gaps: Gaps,
        pub proposes: Proposes, pub learner_counts: LearnerCounts, pub executes: Executes }
}
pub const DEFAULT: Rules = Rules {
    promise_guard: Guard::Greater,
    accept_guard: Guard::AtLeast,
    accept_effect: Effect::Raise,
    quorum: Quorum::Majority,
    accept_quorum: Quorum::Majority,
    nack: Nack::Silent,
    on_nack: OnNack::Abort,
    nack_carries: NackCarries::Refused,
    accept_targets: Targets::All,
    accept_against: Against::Promised,
    overwrite: Overwrite::Always,
    promises_count: Count::OwnRound,
    promise_payload: Payload::All,
    store: Store::PerSlot,
    value_choice: Choice::Highest,
    adopted: Adopted::ReProposed,
    gaps: Gaps::NoOp,
    proposes: Proposes::AtOnce,
    learner_counts: LearnerCounts::Proposals,
    executes: Executes::InOrder,
};
type Proposal = (u64, u64); // <ballot, value>; ballots are at least 1, and the value 0 is the no-op
type Report = BTreeMap<usize, Proposal>; // by slot, from 1
plain! {
    pub struct Setup { pub rules: Rules, pub commands: Vec<Vec<u64>>, pub acceptors: usize, pub slots: usize,
        pub learners: usize, pub rounds: u64, pub duplicating: bool }
    #[derive(Default)] pub struct Findings { pub unique: usize, pub transitions: usize, pub terminal: usize,
        pub max_depth: usize, pub hits: BTreeMap<&'static str, usize> } // the lengths of shortest paths, by name
    enum Message { Prepare(u64), Promise(u64, Report), Nack(u64, Option<u64>), Accept(usize, Proposal),
        Accepted(usize, Proposal) }
    enum Node { Proposer(usize), Acceptor(usize), Learner(usize) }
    enum Phase { Waiting(Vec<(usize, Report)>), Leading(BTreeMap<usize, u64>), Aborted } // promises sorted
    struct Proposer { round: u64, phase: Phase }
    #[derive(Default)] struct Acceptor { promised: Option<u64>, accepted: Report, votes: BTreeSet<(usize, Proposal)> }
    #[derive(Default)] struct Learner { // how often each acceptor reported what, by slot; nothing of slots learned
        heard: BTreeMap<usize, BTreeMap<(usize, Proposal), usize>>, learned: Report, log: Vec<u64> }
    struct State { proposers: Vec<Proposer>, acceptors: Vec<Acceptor>, learners: Vec<Learner>,
        // a sorted multiset; or a sorted set if envelopes stay in flight, and then stateright's network remembers the last
        // one delivered, and states do differ by that
        network: Vec<(Node, Node, Message)>, last: Option<(Node, Node, Message)> }
}
fn quorum(of: Quorum, acceptors: usize) -> usize {
    match of {
        Quorum::Majority => acceptors / 2 + 1,
        Quorum::All => acceptors,
        Quorum::Half => 1.max(acceptors / 2),
        Quorum::One => 1,
        Quorum::Just(count) => count,
    }
}
fn passes(guard: Guard, ballot: u64, held: Option<u64>) -> bool {
    match (guard, held) {
        (Guard::Equal, held) => held == Some(ballot),
        (_, None) | (Guard::Always, _) => true,
        (Guard::Greater, Some(held)) => ballot > held,
        (Guard::AtLeast, Some(held)) => ballot >= held,
    }
}
impl Setup {
    fn ballot(&self, i: usize, round: u64) -> u64 {
        i as u64 + 1 + round * self.commands.len() as u64
    }
    fn chosen(&self, s: &State) -> BTreeSet<(usize, Proposal)> {
        let voters = |vote: &(usize, Proposal)| s.acceptors.iter().filter(|x| x.votes.contains(vote)).count();
        let enough = quorum(self.rules.accept_quorum, self.acceptors);
        s.acceptors.iter().flat_map(|x| x.votes.clone()).filter(|vote| voters(vote) >= enough).collect()
    }
    /// The one value chosen in each slot; none if there are two in some.
    fn array(&self, s: &State) -> Option<BTreeMap<usize, u64>> {
        let values: BTreeSet<(usize, u64)> = self.chosen(s).iter().map(|(slot, p)| (*slot, p.1)).collect();
        let array: BTreeMap<usize, u64> = values.iter().copied().collect();
        (array.len() == values.len()).then_some(array)
    }
    /// True iff at most one slot more is decided, for a command; and logs only grow, and are what is decided from slot 1 on.
    fn refines(&self, s: &State, t: &State) -> bool {
        let (Some(was), Some(is)) = (self.array(s), self.array(t)) else { return false };
        let new: Vec<_> = is.iter().filter(|(slot, v)| was.get(slot) != Some(v)).collect();
        let kept = was.iter().all(|(slot, v)| is.get(slot) == Some(v));
        let known = |v: &u64| *v == 0 || self.commands.iter().flatten().any(|c| c == v);
        let logs = s.learners.iter().zip(&t.learners).all(|(x, y)| {
            y.log.starts_with(&x.log)
                && (1..).zip(&y.log).all(|(slot, v)| is.get(&slot) == Some(v))
                && y.log.iter().all(known)
        });
        kept && new.len() <= 1 && new.iter().all(|(_, v)| known(v)) && logs
    }
    fn send(&self, s: &mut State, from: Node, to: Node, message: Message) {
        let envelope = (from, to, message);
        if !(self.duplicating && s.network.contains(&envelope)) {
            s.network.push(envelope);
            s.network.sort();
        }
    }
    fn begin(&self, s: &mut State, i: usize, round: u64) {
        s.proposers[i] = Proposer { round, phase: Phase::Waiting(vec![]) };
        for a in 0..self.acceptors {
            self.send(s, Node::Proposer(i), Node::Acceptor(a), Message::Prepare(self.ballot(i, round)));
        }
    }
    /// A proposer gives up for a Nack that may name a promised ballot.
    fn give_up(&self, s: &mut State, i: usize, above: Option<u64>) {
        let round = s.proposers[i].round;
        let next = (round + 1..self.rounds).find(|r| above.is_none_or(|above| self.ballot(i, *r) > above));
        match next {
            Some(next) => self.begin(s, i, next),
            None => s.proposers[i].phase = Phase::Aborted,
        }
    }
    fn next_command(&self, i: usize, used: &BTreeMap<usize, u64>) -> Option<u64> {
        self.commands[i].iter().find(|c| !used.values().any(|v| v == *c)).copied()
    }
    fn initial(&self) -> State {
        let blank = Proposer { round: 0, phase: Phase::Aborted };
        let proposers = vec![blank; self.commands.len()];
        let (acceptors, learners) =
            (vec![Acceptor::default(); self.acceptors], vec![Learner::default(); self.learners]);
        let mut s = State { proposers, acceptors, learners, network: vec![], last: None };
        (0..self.commands.len()).for_each(|i| self.begin(&mut s, i, 0));
        s
    }
    fn successors(&self, s: &State) -> Vec<State> {
        let mut next = vec![];
        for (i, p) in s.proposers.iter().enumerate() {
            if p.phase != Phase::Aborted && p.round + 1 < self.rounds {
                let mut t = s.clone();
                self.begin(&mut t, i, p.round + 1);
                next.push(t);
            }
            let Phase::Leading(used) = &p.phase else { continue };
            let slot = used.keys().max().unwrap_or(&0) + 1;
            if let (Proposes::OneByOne, true, Some(command)) =
                (self.rules.proposes, slot <= self.slots, self.next_command(i, used))
            {
                let (mut t, mut used) = (s.clone(), used.clone());
                used.insert(slot, command);
                t.proposers[i].phase = Phase::Leading(used);
                self.propose(&mut t, i, slot, command, 0..self.acceptors);
                next.push(t);
            }
        }
        for (k, (from, to, message)) in s.network.iter().enumerate() {
            if k > 0 && s.network[k] == s.network[k - 1] {
                continue; // the same envelope
            }
            let mut t = s.clone();
            if self.duplicating {
                t.last = Some(s.network[k].clone());
            } else {
                t.network.remove(k);
            }
            let has_effect = match (from, to) {
                (Node::Proposer(i), Node::Acceptor(a)) => self.at_acceptor(&mut t, *i, *a, message),
                (Node::Acceptor(a), Node::Proposer(i)) => self.at_proposer(&mut t, *a, *i, message),
                (Node::Acceptor(a), Node::Learner(l)) => self.at_learner(&mut t, *a, *l, message),
                other => panic!("{other:?}"),
            };
            next.extend(has_effect.then_some(t));
        }
        next
    }
    fn propose(&self, s: &mut State, i: usize, slot: usize, value: u64, targets: impl Iterator<Item = usize>) {
        let proposal = (self.ballot(i, s.proposers[i].round), value);
        targets.for_each(|a| self.send(s, Node::Proposer(i), Node::Acceptor(a), Message::Accept(slot, proposal)));
    }
    /// True iff something changed or was sent; so for the other two.
    fn at_acceptor(&self, s: &mut State, i: usize, a: usize, message: &Message) -> bool {
        let (rules, x) = (self.rules, &mut s.acceptors[a]);
        let (me, they, before) = (Node::Acceptor(a), Node::Proposer(i), x.promised);
        let carried = before.filter(|_| rules.nack_carries == NackCarries::Promised);
        match *message {
            Message::Prepare(b) if passes(rules.promise_guard, b, x.promised) => {
                x.promised = Some(b);
                let stamp = |(slot, p): (&usize, &Proposal)| (*slot, (before.unwrap_or(p.0), p.1));
                let report: Report = match rules.promise_payload {
                    Payload::All => x.accepted.clone(),
                    Payload::Last => x.accepted.iter().last().into_iter().map(|(slot, p)| (*slot, *p)).collect(),
                    Payload::Nothing => Report::new(),
                    Payload::Restamped => x.accepted.iter().map(stamp).collect(),
                };
                self.send(s, me, they, Message::Promise(b, report));
                true
            }
            Message::Prepare(b) if rules.nack != Nack::Silent => {
                self.send(s, me, they, Message::Nack(b, carried));
                true
            }
            Message::Accept(slot, (b, v)) => {
                let lower = x.accepted.get(&slot).is_some_and(|p| b < p.0);
                let known = x.accepted.get(&slot).map(|p| p.0);
                let held = if rules.accept_against == Against::Highest { before.max(known) } else { before };
                if !passes(rules.accept_guard, b, held) {
                    if rules.nack == Nack::Both {
                        self.send(s, me, they, Message::Nack(b, carried));
                    }
                    return rules.nack == Nack::Both;
                }
                let was = x.clone();
                if !(lower && rules.overwrite == Overwrite::NeverLower) {
                    if rules.store == Store::One {
                        x.accepted.clear();
                    }
                    x.accepted.insert(slot, (b, v));
                }
                x.votes.insert((slot, (b, v)));
                x.promised = match rules.accept_effect {
                    Effect::Raise => Some(b),
                    Effect::Keep => before,
                    Effect::Forget => None,
                };
                let changed = *x != was;
                for l in 0..self.learners {
                    self.send(s, Node::Acceptor(a), Node::Learner(l), Message::Accepted(slot, (b, v)));
                }
                changed || self.learners > 0
            }
            _ => false,
        }
    }
    fn at_proposer(&self, s: &mut State, a: usize, i: usize, message: &Message) -> bool {
        let (rules, Proposer { round, phase }) = (self.rules, s.proposers[i].clone());
        let own = self.ballot(i, round);
        match (phase, message) {
            (Phase::Waiting(mut heard), Message::Promise(b, report)) => {
                let mine = (0..=round).any(|r| self.ballot(i, r) == *b);
                let is_heard = heard.iter().any(|(other, _)| *other == a);
                let counts = match rules.promises_count {
                    Count::OwnRound => *b == own && !is_heard,
                    Count::AnyRound => mine && !is_heard,
                    Count::Duplicates => *b == own,
                };
                if counts {
                    heard.push((a, report.clone()));
                    heard.sort();
                    if heard.len() < quorum(rules.quorum, self.acceptors) {
                        s.proposers[i].phase = Phase::Waiting(heard);
                    } else {
                        self.lead(s, i, &heard);
                    }
                }
                counts
            }
            (Phase::Waiting(heard), Message::Nack(b, above)) => {
                let is_heard = heard.iter().any(|(other, _)| *other == a);
                let gives_up = match rules.on_nack {
                    OnNack::Abort => !is_heard,
                    OnNack::AbortAny => true,
                    OnNack::Ignore => false,
                };
                if *b == own && gives_up {
                    self.give_up(s, i, *above);
                }
                *b == own && gives_up
            }
            (Phase::Leading(_), Message::Nack(b, above)) => {
                let preempted = rules.nack == Nack::Both && rules.on_nack != OnNack::Ignore && *b == own;
                if preempted {
                    self.give_up(s, i, *above);
                }
                preempted
            }
            _ => false,
        }
    }
    /// Phase 1 is over: the plan.
    fn lead(&self, s: &mut State, i: usize, heard: &[(usize, Report)]) {
        let rules = self.rules;
        let mut reported: BTreeMap<usize, u64> = BTreeMap::new(); // the value to take for each slot with reports
        for slot in 1..=self.slots {
            let of_slot: Vec<Proposal> = heard.iter().filter_map(|(_, report)| report.get(&slot).copied()).collect();
            let taken = match rules.value_choice {
                Choice::Highest => of_slot.iter().max(),
                Choice::Lowest => of_slot.iter().min(),
                Choice::Own => None,
            };
            reported.extend(taken.map(|p| (slot, p.1)));
        }
        let top = reported.keys().max().copied().unwrap_or(0);
        let adopted: BTreeSet<u64> = reported.values().copied().collect();
        let mut own: VecDeque<u64> = self.commands[i].iter().copied().filter(|c| !adopted.contains(c)).collect();
        let (mut used, mut sent) = (BTreeMap::new(), BTreeMap::new());
        for slot in 1..=self.slots {
            let value = match (reported.get(&slot), rules.gaps) {
                (Some(value), _) => Some(*value),
                (None, _) if slot > top && rules.proposes == Proposes::OneByOne => None,
                (None, _) if slot > top => own.pop_front(),
                (None, Gaps::NoOp) => Some(0),
                (None, Gaps::Own) => Some(own.pop_front().unwrap_or(0)),
                (None, Gaps::Skip) => None,
            };
            used.extend(value.map(|value| (slot, value)));
            let left = reported.contains_key(&slot) && rules.adopted == Adopted::Left;
            sent.extend(value.filter(|_| !left).map(|value| (slot, value)));
        }
        s.proposers[i].phase = Phase::Leading(used);
        let promisers: BTreeSet<usize> = heard.iter().map(|(a, _)| *a).collect();
        for (slot, value) in sent {
            let is_target = |a: &usize| rules.accept_targets == Targets::All || promisers.contains(a);
            self.propose(s, i, slot, value, (0..self.acceptors).filter(is_target));
        }
    }
    fn at_learner(&self, s: &mut State, a: usize, l: usize, message: &Message) -> bool {
        let (x, Message::Accepted(slot, p)) = (&mut s.learners[l], message) else { panic!("{message:?}") };
        if x.learned.contains_key(slot) {
            return false;
        }
        let heard = x.heard.entry(*slot).or_default();
        let times = heard.entry((a, *p)).or_default();
        if *times > 0 && self.rules.learner_counts != LearnerCounts::Deliveries {
            return false;
        }
        *times += 1;
        let those = |is_it: &dyn Fn(&Proposal) -> bool| -> BTreeSet<usize> {
            heard.keys().filter(|(_, q)| is_it(q)).map(|(a, _)| *a).collect()
        };
        let count = match self.rules.learner_counts {
            LearnerCounts::Proposals => those(&|q| q == p).len(),
            LearnerCounts::Values => those(&|q| q.1 == p.1).len(),
            LearnerCounts::Reports => heard.keys().filter(|(_, q)| q.1 == p.1).count(),
            LearnerCounts::Anything => those(&|_| true).len(),
            LearnerCounts::Deliveries => heard.iter().filter(|((_, q), _)| q == p).map(|(_, times)| times).sum(),
        };
        if count >= quorum(self.rules.accept_quorum, self.acceptors) {
            x.heard.remove(slot);
            x.learned.insert(*slot, *p);
            match self.rules.executes {
                Executes::InOrder => x.log = (1..).map_while(|slot| x.learned.get(&slot)).map(|p| p.1).collect(),
                Executes::AsLearnt => x.log.push(p.1),
            }
        }
        true
    }
    /// What a state reaches, the premises that it meets, and the properties that it violates.
    fn observe(&self, s: &State, terminal: bool) -> BTreeSet<&'static str> {
        let (mut seen, chosen) = (BTreeSet::new(), self.chosen(s));
        let mut see = |name: &'static str, holds: bool| seen.extend(holds.then_some(name));
        let votes = || s.acceptors.iter().enumerate().flat_map(|(a, x)| x.votes.iter().map(move |vote| (a, vote)));
        for ((a, x), (b, y)) in votes().flat_map(|x| votes().map(move |y| (x, y))) {
            let ((slot, p), (other, q)) = (*x, *y);
            let is = chosen.contains(x);
            see("accepted", true);
            see("chosen", is);
            see("second-chosen", is && slot > 1);
            see("noop-chosen", is && p.1 == 0);
            see("hole", is && (1..slot).any(|lower| !chosen.iter().any(|(slot, _)| *slot == lower)));
            see("two-votes", slot == other && a == b && p != q);
            see("handed-over", is && chosen.contains(y) && slot != other && p.0 != q.0);
            see("premise:i1", slot == other && a != b && p.0 == q.0);
            see("i1", slot == other && p.0 == q.0 && p.1 != q.1);
            see("premise:i2", slot == other && is && p.0 < q.0);
            see("i2", slot == other && is && p.0 < q.0 && p.1 != q.1);
            see("premise:agreement", is);
            see("agreement", slot == other && is && chosen.contains(y) && p.1 != q.1);
            see("premise:stability", is); // its conclusion is about steps
            see("premise:refines", is); // likewise
            see("premise:validity", true);
            see("validity", p.1 != 0 && !self.commands.iter().flatten().any(|c| *c == p.1));
        }
        let slots: BTreeSet<usize> = chosen.iter().map(|(slot, _)| *slot).collect();
        let hole = slots.last().is_some_and(|last| *last > slots.len());
        see("all-chosen", slots.len() == self.slots);
        see("hole-for-ever", terminal && hole);
        see("incomplete", terminal && slots.len() < self.slots);
        see("blocked", terminal && chosen.is_empty());
        for (i, p) in s.proposers.iter().enumerate() {
            let foreign = |v: &u64| *v != 0 && !self.commands[i].contains(v);
            see("adopted", matches!(&p.phase, Phase::Leading(used) if used.values().any(foreign)));
            see("aborted", p.phase == Phase::Aborted);
        }
        for x in &s.learners {
            let is_chosen = |slot: usize, v: u64| chosen.iter().any(|(other, p)| *other == slot && p.1 == v);
            let wrong = |test: &dyn Fn(usize, u64) -> bool| (1..).zip(&x.log).any(|(slot, v)| !test(slot, *v));
            see("executed", !x.log.is_empty());
            see("full-log", x.log.len() == self.slots);
            see("premise:learned-chosen", !x.learned.is_empty());
            see("learned-chosen", x.learned.iter().any(|(slot, p)| !chosen.contains(&(*slot, *p))));
            see("premise:executed-chosen", !x.log.is_empty());
            see("executed-chosen", wrong(&is_chosen));
            see("premise:executed-in-order", !x.log.is_empty());
            see("executed-in-order", wrong(&|slot, v| x.learned.get(&slot).is_some_and(|p| p.1 == v)));
        }
        for (l, x) in s.learners.iter().enumerate() {
            for y in &s.learners[..l] {
                see("premise:log-agreement", !x.log.is_empty() && !y.log.is_empty());
                see("log-agreement", x.log.iter().zip(&y.log).any(|(v, w)| v != w));
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
        let (next, before) = (setup.successors(&s), setup.chosen(&s));
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += next.len();
        found.terminal += next.is_empty() as usize;
        setup.observe(&s, next.is_empty()).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in next {
            if !before.is_subset(&setup.chosen(&t)) {
                found.hits.entry("stability").or_insert(depth + 1);
            }
            if !setup.refines(&s, &t) {
                found.hits.entry("refines").or_insert(depth + 1);
            }
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
