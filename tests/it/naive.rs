//! An independent, deliberately naive model checker of the single-decree family: the oracle for the real one.
//! It shares no code with anything, uses std only, and follows the description of the protocols word by word.
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

macro_rules! plain {
    ($($item:item)+) => { $(#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)] $item)+ };
}
macro_rules! rules { // an enum of the values of each rule, the rules as one value of each, and those of a variant
    ($($rule:ident: $of:ident $({ $($value:ident)+ })? = $($in_variant:ident)+;)+) => {
        plain! { $($(#[derive(Copy)] pub enum $of { $($value),+ })?)+ }
        plain! { #[derive(Copy)] pub struct Rules { $(pub $rule: $of),+ } }
        pub fn variant(name: &str) -> Rules {
            let column = VARIANTS.iter().position(|variant| *variant == name).expect("a variant");
            Rules { $($rule: [$($of::$in_variant),+][column]),+ }
        }
    };
}
pub const VARIANTS: [&str; 6] = ["adapted", "as-written", "simulator", "disel", "disel-shim", "simple"];
rules! { // the code below lists what the values do in this order of them
    family: Family { Adapted Simulator Disel Simple } = Adapted Adapted Simulator Disel Disel Simple; // what is no rule
    promise_guard: Guard { Greater AtLeast Always ValueAtLeast Equal } = Greater Greater ValueAtLeast Greater Greater Greater;
    accept_guard: Guard = AtLeast Greater ValueAtLeast Greater Greater AtLeast;
    accept_against: Against { Promised Highest } = Promised Promised Promised Promised Promised Promised;
    overwrite: Overwrite { Always NeverLower } = Always Always Always Always Always Always;
    promise_payload: Payload { Accepted Previous Incoming Nothing Restamped } =
        Accepted Accepted Incoming Previous Previous Accepted;
    value_choice: Choice { Highest Lowest Own Any } = Highest Highest Lowest Highest Highest Highest;
    quorum: Quorum { All Majority Half One N1 N2 N3 N4 N5 } = All All All All All Majority;
    accept_quorum: Quorum = Majority Majority Majority Majority Majority Majority;
    promises_count: Counts { OwnRound AnyRound } = OwnRound OwnRound OwnRound OwnRound OwnRound OwnRound;
    accept_targets: Targets { All Promisers } = All All All All All All;
    after_accept: AfterAccept { Stop Continue } = Stop Stop Continue Stop Stop Continue;
    nack: Nack { Sent Silent Both } = Sent Sent Sent Sent Sent Silent;
    nack_carries: Carries { Refused Promised } = Refused Refused Refused Refused Refused Refused;
    on_nack: OnNack { Abort AbortAny AcceptZero Ignore } = Abort Abort AbortAny AcceptZero AcceptZero Abort;
    accept_effect: Effect { Raise Keep Forget } = Raise Raise Raise Raise Raise Raise;
    awaits: Awaits { AnyNumber OneEach AnyTag } = AnyNumber AnyNumber AnyNumber OneEach AnyTag AnyNumber;
}
pub type Proposal = (u64, u64); // <ballot, value>; ballots are at least 1
type Envelope = (usize, usize, Tag, Proposal, Option<Proposal>); // proposer, acceptor, message; what an answer carries
plain! {
    pub struct Setup {
        pub rules: Rules, pub proposals: Vec<Proposal>, pub acceptors: usize, pub rounds: Vec<u64>,
        pub stepwise: bool } // how many rounds each proposer has
    #[derive(Default)] pub struct Findings { pub unique: usize, pub transitions: usize, pub terminal: usize,
        pub max_depth: usize, pub hits: BTreeMap<&'static str, usize> } // the lengths of shortest paths, by name
    #[derive(Copy, Default)] enum Tag { #[default] Prepare, Promise, Nack, Accept }
    #[derive(Default)] struct Proposer { // it sends its proposal to all that are left, and then waits (Prepare) or is
        round: u64, phase: Tag, proposal: Proposal, left: BTreeSet<usize>, // done (Accept). Nack: the PAbort after one
        targets: BTreeSet<usize>, answers: BTreeMap<usize, (Tag, Option<Proposal>)> } // all to send to, until none is left
    #[derive(Default)] struct Acceptor { // AInit: nothing promised, nothing accepted
        promised: Option<Proposal>, accepted: Option<Proposal>, votes: BTreeSet<Proposal>,
        taken: u8, received: Option<Proposal> } // the messages its program took (disel), the last of them (disel-shim)
    struct State { proposers: Vec<Proposer>, acceptors: Vec<Acceptor>, network: Vec<Envelope> } // a sorted multiset
}
/// The state after a change.
fn with(s: &State, change: impl FnOnce(&mut State)) -> State {
    let mut changed = s.clone();
    change(&mut changed);
    changed.network.sort();
    changed
}
fn size(quorum: Quorum, m: usize) -> usize {
    [m, m / 2 + 1, (m / 2).max(1), 1, 1, 2, 3, 4, 5][quorum as usize]
}
fn send(s: &mut State, i: usize, a: usize) {
    s.proposers[i].left.remove(&a);
    if s.proposers[i].left.is_empty() {
        s.proposers[i].targets.clear();
    }
    s.network.push((i, a, s.proposers[i].phase, s.proposers[i].proposal, None));
}
impl Setup {
    fn chosen(&self, s: &State) -> BTreeSet<Proposal> {
        let votes = |p: &Proposal| s.acceptors.iter().filter(|x| x.votes.contains(p)).count();
        let enough = size(self.rules.accept_quorum, s.acceptors.len());
        s.acceptors.iter().flat_map(|x| x.votes.clone()).filter(|p| votes(p) >= enough).collect()
    }
    fn ballot(&self, i: usize, round: u64) -> u64 {
        self.proposals[i].0 + round * self.proposals.iter().map(|p| p.0).max().unwrap()
    }
    /// Proposer `i` comes to send Prepares, or Accepts of a proposal, to these; with atomic sends it does so at once.
    fn begin(&self, s: &mut State, i: usize, round: u64, accept: Option<Proposal>, to: BTreeSet<usize>) {
        let ballot = self.ballot(i, round);
        let value = if self.rules.family == Family::Simple { 0 } else { self.proposals[i].1 }; // a mere Prepare(b)
        let (phase, proposal) = accept.map_or((Tag::Prepare, (ballot, value)), |p| (Tag::Accept, p));
        let (left, targets) = (to.clone(), to.clone());
        s.proposers[i] = Proposer { round, phase, proposal, left, targets, answers: BTreeMap::new() };
        to.into_iter().filter(|_| !self.stepwise).for_each(|a| send(s, i, a));
    }
    fn all(&self) -> BTreeSet<usize> {
        (0..self.acceptors).collect()
    }
    /// Proposer `i` is refused, perhaps by one that told what it has promised.
    fn give_up(&self, s: &mut State, i: usize, told: Option<Proposal>) {
        let mut later = s.proposers[i].round + 1..self.rounds[i];
        match later.find(|round| self.ballot(i, *round) > told.map_or(0, |p| p.0)) {
            Some(round) => self.begin(s, i, round, None, self.all()),
            None => {
                let round = s.proposers[i].round;
                s.proposers[i] = Proposer { round, phase: Tag::Nack, ..Default::default() };
            }
        }
    }
    fn successors(&self, s: &State) -> Vec<State> {
        let mut next = vec![];
        for (i, p) in s.proposers.iter().enumerate() {
            next.extend(p.left.iter().map(|&a| with(s, |t| send(t, i, a)))); // stepwise
            if p.phase != Tag::Nack && p.round + 1 < self.rounds[i] {
                next.push(with(s, |t| self.begin(t, i, p.round + 1, None, self.all())));
                // at any moment it gives up
            }
        }
        for (k, envelope) in s.network.iter().enumerate().filter(|(k, e)| !s.network[..*k].contains(e)) {
            let taken = with(s, |t| _ = t.network.remove(k));
            let outcomes = match envelope.2 {
                Tag::Prepare | Tag::Accept => vec![with(&taken, |t| self.at_acceptor(t, *envelope))],
                Tag::Promise | Tag::Nack => self.at_proposer(&taken, *envelope),
            };
            next.extend(outcomes.into_iter().filter(|t| *t != taken)); // equal: nothing changed, nothing sent
        }
        next
    }
    fn at_acceptor(&self, s: &mut State, (i, a, tag, (ballot, value), _): Envelope) {
        let (rules, x, is_prepare) = (self.rules, &mut s.acceptors[a], tag == Tag::Prepare);
        if x.taken == 2 || rules.awaits == Awaits::OneEach && is_prepare != (x.taken == 0) {
            return; // it stays in flight
        }
        x.taken += (rules.awaits != Awaits::AnyNumber) as u8;
        x.received = (rules.awaits == Awaits::AnyTag).then_some((ballot, value));
        let nacks_all = rules.family == Family::Simulator && is_prepare && x.accepted.is_some(); // whatever the rules
        let stops = rules.after_accept == AfterAccept::Stop;
        let highest = !is_prepare && rules.accept_against == Against::Highest;
        let held = x.promised.into_iter().chain(x.accepted.filter(|_| highest)).map(|p| p.0).max();
        let guard = if is_prepare { rules.promise_guard } else { rules.accept_guard };
        let free = held.is_none() && rules.family != Family::Disel; // for which AInit holds the number 0
        let held = held.unwrap_or(0);
        let compared = [ballot > held, ballot >= held, true, value >= held, ballot == held][guard as usize];
        let passes = !nacks_all && (free && guard != Guard::Equal || compared);
        let told = x.promised.filter(|_| rules.nack_carries == Carries::Promised).map(|p| (p.0, 0));
        let incoming = Some((ballot, if rules.family == Family::Simple { 0 } else { value })); // a mere number
        if stops && x.accepted.is_some() && !nacks_all {
            // It hears nothing more, and remembers only what it accepted.
        } else if !is_prepare && passes {
            let keeps = rules.overwrite == Overwrite::NeverLower && x.accepted.is_some_and(|p| p.0 > ballot);
            x.accepted = if keeps { x.accepted } else { Some((ballot, value)) };
            x.votes.insert((ballot, value));
            x.promised = if stops { None } else { [incoming, x.promised, None][rules.accept_effect as usize] };
        } else if is_prepare {
            let restamped = x.accepted.map(|p| (x.promised.map_or(p.0, |q| q.0), p.1));
            let carried = [x.accepted, x.promised, incoming, None, restamped][rules.promise_payload as usize];
            x.promised = if passes { incoming } else { x.promised };
            let answers = (passes || nacks_all || rules.nack != Nack::Silent) && x.taken < 2; // the second has no answer
            let (tag, carried) = if passes { (Tag::Promise, carried) } else { (Tag::Nack, told) };
            s.network.extend(answers.then_some((i, a, tag, (ballot, 0), carried)));
        } else if rules.nack == Nack::Both {
            s.network.push((i, a, Tag::Nack, (ballot, 0), told));
        }
    }
    fn at_proposer(&self, s: &State, (i, a, tag, (answered, _), carried): Envelope) -> Vec<State> {
        let (rules, m) = (self.rules, self.acceptors);
        let mut p = s.proposers[i].clone();
        let sends = p.phase == Tag::Accept && !(self.stepwise && p.left.is_empty()); // PSentAccReq
        let ballot = self.ballot(i, p.round);
        let (is_nack, is_own) = (tag == Tag::Nack, answered == ballot);
        if is_nack && rules.on_nack == OnNack::Ignore {
            return vec![];
        } else if sends && is_nack && is_own && rules.nack == Nack::Both {
            return vec![with(s, |t| self.give_up(t, i, carried))];
        }
        let earlier = !is_nack && rules.promises_count == Counts::AnyRound && answered < ballot;
        let waiting = p.phase == Tag::Prepare && p.left.is_empty() && (is_own || earlier);
        let heard = p.answers.insert(a, (tag, carried.filter(|_| !is_nack))).is_some();
        if !waiting || heard && !(is_nack && rules.on_nack == OnNack::AbortAny) {
            return vec![];
        }
        let nacked = p.answers.values().any(|x| x.0 == Tag::Nack);
        let quorum = if nacked { m } else { size(rules.quorum, m) };
        if nacked && rules.on_nack != OnNack::AcceptZero {
            return vec![with(s, |t| self.give_up(t, i, carried))];
        } else if p.answers.len() < quorum {
            return vec![with(s, |t| t.proposers[i] = p)];
        }
        let carried: BTreeSet<Proposal> = p.answers.values().filter_map(|x| x.1).collect();
        let own = (ballot, self.proposals[i].1);
        let any: BTreeSet<u64> = carried.iter().map(|p| p.1).chain([own.1]).collect();
        let (lowest, highest) = (carried.first().unwrap_or(&own).1, carried.last().unwrap_or(&own).1);
        let values = [[highest].into(), [lowest].into(), [own.1].into(), any][rules.value_choice as usize].clone();
        let (ballot, values) = if nacked { (0, [0].into()) } else { (ballot, values) };
        let promisers = || p.answers.keys().copied().collect();
        let to = if rules.accept_targets == Targets::Promisers { promisers() } else { self.all() };
        let begin = |t: &mut State, value| self.begin(t, i, p.round, Some((ballot, value)), to.clone());
        values.into_iter().map(|value| with(s, |t| begin(t, value))).collect()
    }
    /// What a state reaches, and the premises that it meets: if the conclusion is false, the property is violated.
    fn observe(&self, s: &State, terminal: bool) -> BTreeSet<&'static str> {
        let (mut seen, chosen) = (BTreeSet::new(), self.chosen(s));
        let votes = || s.acceptors.iter().enumerate().flat_map(|(a, x)| x.votes.iter().map(move |p| (a, p)));
        let mut see = |name: &'static str, holds: bool, conclusion: bool| {
            seen.extend(holds.then_some(name));
            seen.extend((holds && !conclusion).then(|| name.trim_start_matches("premise:")));
        };
        for ((a, p), (b, q)) in votes().flat_map(|x| votes().map(move |y| (x, y))) {
            see("accepted", true, true);
            see("chosen", chosen.contains(p), true);
            see("two-votes", a == b && p != q, true);
            see("two-ballots", p.0 != q.0, true);
            see("i1", p.0 == q.0 && p.1 != q.1, true);
            see("premise:i1", p.0 == q.0 && a != b, p.1 == q.1);
            see("premise:i2", chosen.contains(p) && p.0 < q.0, p.1 == q.1);
            see("premise:i2-formula", a == b && p.0 < q.0, p.1 == q.1);
            see("premise:agreement", chosen.contains(p), !chosen.contains(q) || p.1 == q.1);
            see("premise:stability", chosen.contains(p), true); // its conclusion is about steps
            see("premise:refines", chosen.contains(p), true); // likewise
            see("premise:one-value", true, p.1 == q.1);
            see("premise:validity", true, self.proposals.iter().any(|own| own.1 == p.1));
        }
        for (p, own) in s.proposers.iter().zip(&self.proposals) {
            let (accepts, (ballot, value)) = (p.phase == Tag::Accept, p.proposal); // ballot 0: after a nack
            see("adopted", accepts && ballot > 0 && value != own.1 && (p.left.is_empty() || p.left != p.targets), true);
            see("aborted", p.phase == Tag::Nack || accepts && ballot == 0 && p.left.is_empty(), true);
        }
        see("blocked", terminal && chosen.is_empty(), true);
        let last: BTreeSet<Option<u64>> = s.acceptors.iter().map(|x| x.received.map(|p| p.1)).collect();
        let announced = s.acceptors.iter().all(|x| x.taken == 2 && x.received.is_some()) && last.len() == 1;
        see("announced", announced, true);
        see("premise:announced-chosen", announced, chosen.iter().any(|p| last.contains(&Some(p.1))));
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
    let (n, acceptors) = (setup.proposals.len(), vec![Acceptor::default(); setup.acceptors]);
    let blank = State { proposers: vec![Proposer::default(); n], acceptors, network: vec![] };
    let initial = with(&blank, |s| (0..n).for_each(|i| setup.begin(s, i, 0, None, setup.all())));
    let (mut visited, mut queue) = (HashSet::from([initial.clone()]), VecDeque::from([(initial, 0)]));
    let mut found = Findings::default();
    while let Some((s, depth)) = queue.pop_front() {
        let next = setup.successors(&s);
        (found.unique, found.max_depth) = (found.unique + 1, depth);
        found.transitions += next.len();
        found.terminal += next.is_empty() as usize;
        setup.observe(&s, next.is_empty()).iter().for_each(|name| _ = found.hits.entry(name).or_insert(depth));
        for t in next {
            if !setup.chosen(&s).is_subset(&setup.chosen(&t)) {
                found.hits.entry("stability").or_insert(depth + 1);
            }
            if has_no_such_step(&setup.proposals, &setup.chosen(&s), &setup.chosen(&t)) {
                found.hits.entry("refines").or_insert(depth + 1);
            }
            queue.extend(visited.insert(t.clone()).then_some((t, depth + 1)));
        }
    }
    found
}
