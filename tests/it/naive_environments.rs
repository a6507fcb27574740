//! An independent, deliberately naive model checker of `adapted` and `simple` in bad company: duplication, order, loss,
//! crashes, recovery, lost storage, promises counted twice. It shares no code with anything and uses std only; the network, losing, crashing and coming back
//! mean what they mean in stateright 0.31. Sends are atomic.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

macro_rules! data {
    ($($item:item)+) => { $(#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)] $item)+ };
}
pub type Proposal = (u64, u64); // <ballot, value>
type Envelope = (usize, usize, Message); // from, to: proposers are numbered first, then acceptors
data! {
    #[derive(Copy)] pub enum Variant { Adapted, Simple }
    #[derive(Copy)] pub enum Net { Unordered, Duplicating, Ordered } // a multiset, a set, a queue from each to each
    #[derive(Copy)] pub enum Storage { Kept, Nothing, Late, Promise, Accepted } // what an acceptor comes back with
    pub struct Setup { // up to `crashes` nodes are down at once, and with `recovery` they may come back
        pub variant: Variant, pub proposals: Vec<Proposal>, pub acceptors: usize, pub rounds: u64, pub network: Net,
        pub loss: bool, pub crashes: usize, pub recovery: bool, pub storage: Storage, pub losses: Option<u64>,
        pub same_ballot: bool, pub duplicates: bool } // a proposer begins again; every delivery of a promise counts
    #[derive(Default)] pub struct Findings { pub unique: usize, pub transitions: usize, pub terminal: usize,
        pub max_depth: usize, pub hits: BTreeMap<&'static str, usize> } // the lengths of shortest paths, by name
    #[derive(Copy)] enum Message { Prepare(Proposal), Promise(u64, Option<Proposal>), Nack, Accept(Proposal) }
    enum Proposer { // what each acceptor promised, what it sent, the end after a nack, the end after a crash
        Waiting(u64, Vec<(usize, Option<Proposal>)>), Sent(u64, Proposal), Aborted, Spent }
    #[derive(Default)] struct Acceptor {
        promised: Option<Proposal>, accepted: Option<Proposal>, votes: BTreeSet<Proposal>,
        before: (Option<Proposal>, Option<Proposal>), comebacks: u64 } // where these matter
    // A node that is down keeps its state. Its stable storage is a function of that (an acceptor saves every change, a
    // proposer its round), so that no two states differ by it. But a duplicating network of stateright remembers the
    // last message that it delivered, and states do differ by that.
    struct State { proposers: Vec<Proposer>, acceptors: Vec<Acceptor>, down: Vec<bool>, network: Vec<Envelope>,
        last: Option<Envelope>, again: Vec<bool> } // the proposers that began a round again
}
fn chosen(s: &State) -> BTreeSet<Proposal> {
    let votes = || s.acceptors.iter().flat_map(|x| &x.votes).copied();
    votes().filter(|p| 2 * votes().filter(|q| q == p).count() > s.acceptors.len()).collect()
}
impl Setup {
    fn ballot(&self, i: usize, round: u64) -> u64 {
        self.proposals[i].0 + round * self.proposals.iter().map(|p| p.0).max().unwrap()
    }
    fn send_to_all(&self, s: &mut State, i: usize, message: Message) {
        s.network.extend((0..self.acceptors).map(|a| (i, self.proposals.len() + a, message)));
    }
    /// The first proposals, and the same with what a proposer proposes instead once it began again.
    fn owned(&self) -> Vec<Proposal> {
        let greatest = self.proposals.iter().map(|p| p.1).max().unwrap();
        let second = (1..).zip(&self.proposals).map(|(i, p)| (p.0, greatest + i)).filter(|_| self.same_ballot);
        self.proposals.iter().copied().chain(second).collect()
    }
    fn own(&self, s: &State, i: usize) -> u64 {
        self.owned()[if s.again[i] { self.proposals.len() + i } else { i }].1
    }
    fn begin(&self, s: &mut State, i: usize, round: u64) {
        s.proposers[i] = Proposer::Waiting(round, vec![]);
        let value = if self.variant == Variant::Simple { 0 } else { self.own(s, i) }; // 0: a mere Prepare(b)
        self.send_to_all(s, i, Message::Prepare((self.ballot(i, round), value)));
    }
    /// The state after a change. What is equal but for the order of what has none becomes the same.
    fn with(&self, mut s: State, change: impl FnOnce(&mut State)) -> State {
        change(&mut s);
        match self.network {
            Net::Ordered => s.network.sort_by_key(|e| (e.0, e.1)), // which is stable
            Net::Unordered | Net::Duplicating => s.network.sort(),
        }
        if self.network == Net::Duplicating {
            s.network.dedup();
        }
        s
    }
    fn initial(&self) -> State {
        let (n, acceptors) = (self.proposals.len(), vec![Acceptor::default(); self.acceptors]);
        let (proposers, down) = (vec![Proposer::Spent; n], vec![false; n + self.acceptors]);
        let blank = State { proposers, acceptors, down, network: vec![], last: None, again: vec![false; n] };
        self.with(blank, |s| (0..n).for_each(|i| self.begin(s, i, 0)))
    }
    /// The transitions out of a state, some of which may lead back to it.
    fn steps(&self, s: &State) -> Vec<State> {
        let (mut steps, ordered) = (vec![], self.network == Net::Ordered);
        for (k, &e) in s.network.iter().enumerate() {
            let behind = |other: &Envelope| if ordered { (other.0, other.1) == (e.0, e.1) } else { *other == e };
            if k > 0 && behind(&s.network[k - 1]) {
                continue; // behind another in its queue, or a copy of one that was looked at
            }
            if self.loss {
                steps.push(self.with(s.clone(), |t| _ = t.network.remove(k))); // out of a set, too
            }
            let mut heard = s.clone();
            self.hear(&mut heard, e);
            // Only a queue parts with what is ignored. An answer that is on its way already is an answer, though.
            if !s.down[e.1] && (ordered || heard != *s) {
                steps.push(self.with(heard, |t| match self.network {
                    Net::Duplicating => t.last = Some(e),
                    Net::Unordered | Net::Ordered => _ = t.network.remove(k), // what was sent stands behind it
                }));
            }
        }
        let room = s.down.iter().filter(|down| **down).count() < self.crashes;
        for (node, down) in s.down.iter().enumerate() {
            let next_round = s.proposers.get(node).and_then(|p| self.next_round(p));
            steps.extend(next_round.filter(|_| !down).map(|r| self.with(s.clone(), |t| self.begin(t, node, r))));
            steps.extend((!down && room).then(|| self.with(s.clone(), |t| t.down[node] = true)));
            steps.extend((*down && self.recovery).then(|| {
                self.with(s.clone(), |t| {
                    t.down[node] = false;
                    match (s.proposers.get(node), next_round) {
                        (Some(p), _) if self.same_ballot && !s.again[node] => {
                            t.again[node] = true;
                            let (Proposer::Waiting(round, _) | Proposer::Sent(round, _)) = p else {
                                return self.begin(t, node, 0); // refused, in its only round
                            };
                            self.begin(t, node, *round);
                        }
                        (Some(_), Some(round)) => self.begin(t, node, round), // so that it uses no ballot twice
                        (Some(_), None) => t.proposers[node] = Proposer::Spent,
                        (None, _) => self.come_back(&mut t.acceptors[node - s.proposers.len()]),
                    }
                })
            }));
        }
        steps
    }
    /// An acceptor comes back with what is left.
    fn come_back(&self, x: &mut Acceptor) {
        if self.storage == Storage::Kept || self.losses.is_some_and(|most| x.comebacks == most) {
            return;
        }
        x.comebacks += self.losses.map_or(0, |_| 1);
        (x.promised, x.accepted) = match self.storage {
            Storage::Kept => (x.promised, x.accepted),
            Storage::Nothing => (None, None),
            Storage::Late => x.before,
            Storage::Promise => (x.promised, None),
            Storage::Accepted => (None, x.accepted),
        };
    }
    /// Unless it came to an end, a proposer may give up at any moment.
    fn next_round(&self, p: &Proposer) -> Option<u64> {
        match p {
            Proposer::Waiting(round, _) | Proposer::Sent(round, _) => Some(round + 1).filter(|r| *r < self.rounds),
            Proposer::Aborted | Proposer::Spent => None,
        }
    }
    /// A node handles a message. What it sends is added at the end.
    fn hear(&self, s: &mut State, (from, to, message): Envelope) {
        let own = if to < self.proposals.len() { self.own(s, to) } else { 0 };
        let Some(p) = s.proposers.get_mut(to) else {
            let x = &mut s.acceptors[to - self.proposals.len()];
            let held = (x.promised, x.accepted);
            let answer = self.at_acceptor(x, message);
            if self.storage == Storage::Late && held != (x.promised, x.accepted) {
                x.before = held;
            }
            return s.network.extend(answer.map(|answer| (to, from, answer)));
        };
        let Proposer::Waiting(round, promises) = p else { return };
        let (round, ballot, m) = (*round, self.ballot(to, *round), self.acceptors);
        match message {
            Message::Nack if promises.iter().all(|promise| promise.0 != from) => *p = Proposer::Aborted,
            Message::Promise(answered, carried)
                if answered == ballot && (self.duplicates || promises.iter().all(|promise| promise.0 != from)) =>
            {
                promises.push((from, carried));
                promises.sort();
                if promises.len() == if self.variant == Variant::Simple { m / 2 + 1 } else { m } {
                    let highest = promises.iter().filter_map(|promise| promise.1).max();
                    let proposal = (ballot, highest.map_or(own, |p| p.1));
                    *p = Proposer::Sent(round, proposal);
                    self.send_to_all(s, to, Message::Accept(proposal));
                }
            }
            _ => {} // a promise of an earlier round
        }
    }
    fn at_acceptor(&self, x: &mut Acceptor, message: Message) -> Option<Message> {
        let (stops, held) = (self.variant == Variant::Adapted, x.promised.map_or(0, |p| p.0)); // ballots are at least 1
        match message {
            _ if stops && x.accepted.is_some() => return None, // it listens no more
            Message::Prepare(p) if p.0 > held => {
                x.promised = Some(p);
                return Some(Message::Promise(p.0, x.accepted));
            }
            Message::Prepare(_) => return stops.then_some(Message::Nack), // `simple` refuses in silence
            Message::Accept(p) if p.0 >= held => {
                x.promised = if stops { None } else { Some((p.0, 0)) };
                x.accepted = Some(p);
                x.votes.insert(p);
            }
            _ => {}
        }
        None
    }
    /// What a state reaches, and the premises that it meets: if the conclusion is false, the property is violated.
    fn observe(&self, s: &State, terminal: bool) -> BTreeSet<&'static str> {
        let (mut seen, chosen) = (BTreeSet::new(), chosen(s));
        let votes: Vec<_> =
            s.acceptors.iter().enumerate().flat_map(|(a, x)| x.votes.iter().map(move |p| (a, p))).collect();
        let mut see = |name: &'static str, met: bool, conclusion: bool| {
            seen.extend(met.then_some(name));
            seen.extend((met && !conclusion).then(|| name.trim_start_matches("premise:")));
        };
        for ((a, p), (b, q)) in votes.iter().flat_map(|x| votes.iter().map(move |y| (x, y))) {
            see("accepted", true, true);
            see("chosen", chosen.contains(p), true);
            see("two-votes", a == b && p != q, true);
            see("two-ballots", p.0 != q.0, true);
            see("i1", p.0 == q.0 && p.1 != q.1, true); // one acceptor's votes, too
            see("premise:i1", p.0 == q.0 && a != b, p.1 == q.1);
            see("premise:i2", chosen.contains(p) && p.0 < q.0, p.1 == q.1);
            see("premise:i2-formula", a == b && p.0 < q.0, p.1 == q.1);
            see("premise:agreement", chosen.contains(p), !chosen.contains(q) || p.1 == q.1);
            see("premise:stability", chosen.contains(p), true); // a property of steps
            see("premise:refines", chosen.contains(p), true); // likewise
            see("premise:one-value", true, p.1 == q.1);
            see("premise:validity", true, self.owned().iter().any(|own| own.1 == p.1));
        }
        for (i, p) in s.proposers.iter().enumerate() {
            see("adopted", matches!(p, Proposer::Sent(_, sent) if sent.1 != self.own(s, i)), true);
            see("aborted", *p == Proposer::Aborted, true);
        }
        see("blocked", terminal && chosen.is_empty(), true);
        seen
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
    assert!(setup.rounds == 1 || setup.variant == Variant::Simple, "a refusal ends a proposer here");
    let initial = Rc::new(setup.initial());
    let (mut visited, mut queue) = (HashSet::from([initial.clone()]), VecDeque::from([(initial, 0)]));
    let mut found = Findings::default();
    while let Some((s, depth)) = queue.pop_front() {
        let (steps, before) = (setup.steps(&s), chosen(&s));
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += steps.len();
        found.terminal += steps.is_empty() as usize;
        setup.observe(&s, steps.is_empty()).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in steps.into_iter().map(Rc::new) {
            if before.iter().any(|p| !chosen(&t).contains(p)) {
                found.hits.entry("stability").or_insert(depth + 1);
            }
            if has_no_such_step(&setup.owned(), &before, &chosen(&t)) {
                found.hits.entry("refines").or_insert(depth + 1);
            }
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
/// The lengths of a shortest path to a state from which nothing can be chosen any more, and of one by way of states where
/// nothing is chosen to one where nothing happens by itself; where proposers may crash, or may not. On an unordered network,
/// where without a crash no state follows itself, an execution is fair iff it does not end before that.
pub fn ends(setup: &Setup, proposers_crash: bool) -> (Option<usize>, Option<usize>) {
    assert!(setup.network == Net::Unordered);
    let first = setup.initial();
    let (mut numbers, mut states, mut depths) = (HashMap::from([(first.clone(), 0)]), vec![first], vec![0]);
    let mut edges: Vec<Vec<(usize, bool)>> = vec![]; // to which state, and whether a fault leads there
    while let Some(s) = states.get(edges.len()).cloned() {
        let depth = depths[edges.len()];
        let mut out = vec![];
        for t in setup.steps(&s) {
            let n = s.proposers.len();
            if !proposers_crash && (0..n).any(|i| t.down[i] && !s.down[i]) {
                continue;
            }
            let is_lost =
                t.network.len() + 1 == s.network.len() && State { network: s.network.clone(), ..t.clone() } == s;
            let is_fault = is_lost || s.down != t.down;
            let next = *numbers.entry(t.clone()).or_insert_with(|| {
                states.push(t);
                depths.push(depth + 1);
                states.len() - 1
            });
            out.push((next, is_fault));
        }
        edges.push(out);
    }
    let decided: Vec<bool> = states.iter().map(|s| !chosen(s).is_empty()).collect();
    let mut can = decided.clone();
    while let Some(state) = (0..states.len()).rev().find(|s| !can[*s] && edges[*s].iter().any(|(t, _)| can[*t])) {
        can[state] = true;
        // Those that are nearer by are likely to follow.
        (0..state).rev().for_each(|s| can[s] |= edges[s].iter().any(|(t, _)| can[*t]));
    }
    let lost = (0..states.len()).filter(|s| !can[*s]).map(|s| depths[s]).min();
    let (mut distance, mut queue) = (vec![None; states.len()], VecDeque::new());
    if !decided[0] {
        (distance[0], queue) = (Some(0), VecDeque::from([0]));
    }
    while let Some(s) = queue.pop_front() {
        if edges[s].iter().all(|(_, is_fault)| *is_fault) {
            return (lost, distance[s]);
        }
        for &(t, _) in &edges[s] {
            if !decided[t] && distance[t].is_none() {
                distance[t] = distance[s].map(|d: usize| d + 1);
                queue.push_back(t);
            }
        }
    }
    (lost, None)
}
