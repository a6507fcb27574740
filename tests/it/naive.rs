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
/// A ballot, at least 1, and a value.
pub type Proposal = (u64, u64);

/// Proposers and acceptors are numbered, each from 0.
type Proposer = usize;
type Acceptor = usize;

plain! {
    /// A protocol at its bounds.
    pub struct Setup {
        pub rules: Rules,
        pub proposals: Vec<Proposal>,
        pub acceptors: usize,
        /// How many rounds each proposer has.
        pub rounds: Vec<u64>,
        pub stepwise: bool,
    }

    /// What there is in all reachable states.
    #[derive(Default)]
    pub struct Findings {
        pub unique: usize,
        pub transitions: usize,
        pub terminal: usize,
        pub max_depth: usize,
        /// The lengths of shortest paths, by the names of what they lead to.
        pub hits: BTreeMap<&'static str, usize>,
    }

    #[derive(Copy)]
    enum Kind { Prepare, Promise, Nack, Accept }

    /// A message between a proposer and an acceptor; the kind tells which way it goes.
    #[derive(Copy)]
    struct Message {
        proposer: Proposer,
        acceptor: Acceptor,
        kind: Kind,
        /// What is asked, or the ballot that is answered, with the value 0.
        proposal: Proposal,
        /// What an answer carries.
        carried: Option<Proposal>,
    }

    #[derive(Copy, Default)]
    enum Phase { #[default] Preparing, Accepting, Aborted }

    /// A proposer sends its proposal to all that are left. Then it waits for promises, or is done.
    #[derive(Default)]
    struct Proposing {
        round: u64,
        phase: Phase,
        proposal: Proposal,
        left: BTreeSet<Acceptor>,
        /// All that it sends to, until none is left.
        targets: BTreeSet<Acceptor>,
        /// Who answered, whether with a promise, and what that carried.
        answers: BTreeMap<Acceptor, (bool, Option<Proposal>)>,
    }

    /// An acceptor that has promised and accepted nothing is in AInit.
    #[derive(Default)]
    struct Accepting {
        promised: Option<Proposal>,
        accepted: Option<Proposal>,
        votes: BTreeSet<Proposal>,
        /// How many messages its program took (disel), and the last of them (disel-shim).
        taken: u8,
        received: Option<Proposal>,
    }

    struct State {
        proposers: Vec<Proposing>,
        acceptors: Vec<Accepting>,
        /// A multiset, sorted.
        network: Vec<Message>,
    }
}

/// The state after a change.
fn with(state: &State, change: impl FnOnce(&mut State)) -> State {
    let mut changed = state.clone();
    change(&mut changed);
    changed.network.sort();
    changed
}

fn size(quorum: Quorum, acceptors: usize) -> usize {
    match quorum {
        Quorum::All => acceptors,
        Quorum::Majority => acceptors / 2 + 1,
        Quorum::Half => (acceptors / 2).max(1),
        Quorum::One | Quorum::N1 => 1,
        Quorum::N2 => 2,
        Quorum::N3 => 3,
        Quorum::N4 => 4,
        Quorum::N5 => 5,
    }
}

fn send(state: &mut State, proposer: Proposer, acceptor: Acceptor) {
    let own = &mut state.proposers[proposer];
    own.left.remove(&acceptor);
    if own.left.is_empty() {
        own.targets.clear();
    }
    let kind = if own.phase == Phase::Accepting { Kind::Accept } else { Kind::Prepare };
    let proposal = own.proposal;
    state.network.push(Message { proposer, acceptor, kind, proposal, carried: None });
}

impl Setup {
    fn chosen(&self, state: &State) -> BTreeSet<Proposal> {
        let votes = |proposal: &Proposal| state.acceptors.iter().filter(|each| each.votes.contains(proposal)).count();
        let enough = size(self.rules.accept_quorum, self.acceptors);
        let all = state.acceptors.iter().flat_map(|acceptor| acceptor.votes.clone());
        all.filter(|proposal| votes(proposal) >= enough).collect()
    }

    /// The ballot of a round: the first one, and for each round the greatest of all first ones more.
    fn ballot(&self, proposer: Proposer, round: u64) -> u64 {
        let greatest = self.proposals.iter().map(|proposal| proposal.0).max().expect("a proposer");
        self.proposals[proposer].0 + round * greatest
    }

    fn all(&self) -> BTreeSet<Acceptor> {
        (0..self.acceptors).collect()
    }

    /// A proposer comes to send Prepares to all.
    fn prepare(&self, state: &mut State, proposer: Proposer, round: u64) {
        let is_mere = self.rules.family == Family::Simple; // a mere Prepare(b)
        let value = if is_mere { 0 } else { self.proposals[proposer].1 };
        self.begin(state, proposer, round, Phase::Preparing, (self.ballot(proposer, round), value), self.all());
    }

    /// A proposer comes to send a proposal to these; with atomic sends it does so at once.
    fn begin(
        &self,
        state: &mut State,
        proposer: Proposer,
        round: u64,
        phase: Phase,
        proposal: Proposal,
        to: BTreeSet<Acceptor>,
    ) {
        let (left, targets) = (to.clone(), to.clone());
        state.proposers[proposer] = Proposing { round, phase, proposal, left, targets, answers: BTreeMap::new() };
        if !self.stepwise {
            to.into_iter().for_each(|acceptor| send(state, proposer, acceptor));
        }
    }

    /// A proposer is refused, perhaps by one that told what it has promised.
    fn give_up(&self, state: &mut State, proposer: Proposer, told: Option<Proposal>) {
        let round = state.proposers[proposer].round;
        let least = told.map_or(0, |promised| promised.0);
        let mut later = round + 1..self.rounds[proposer];
        match later.find(|round| self.ballot(proposer, *round) > least) {
            Some(round) => self.prepare(state, proposer, round),
            None => state.proposers[proposer] = Proposing { round, phase: Phase::Aborted, ..Proposing::default() },
        }
    }

    /// Every state that one step leads to.
    fn successors(&self, state: &State) -> Vec<State> {
        let mut next = Vec::new();
        for (proposer, own) in state.proposers.iter().enumerate() {
            // With stepwise sends: one more.
            next.extend(own.left.iter().map(|&acceptor| with(state, |next| send(next, proposer, acceptor))));
            // At any moment it gives up and begins its next round.
            if own.phase != Phase::Aborted && own.round + 1 < self.rounds[proposer] {
                next.push(with(state, |next| self.prepare(next, proposer, own.round + 1)));
            }
        }
        for (place, message) in state.network.iter().enumerate() {
            if state.network[..place].contains(message) {
                continue; // an equal one was delivered
            }
            let taken = with(state, |next| _ = next.network.remove(place));
            let outcomes = match message.kind {
                Kind::Prepare | Kind::Accept => vec![with(&taken, |next| self.at_acceptor(next, message))],
                Kind::Promise | Kind::Nack => self.at_proposer(&taken, message),
            };
            next.extend(outcomes.into_iter().filter(|next| *next != taken)); // equal: nothing changed, nothing sent
        }
        next
    }

    /// Whether a guard lets a proposal pass, where this ballot is held; none in AInit.
    fn passes(&self, guard: Guard, (ballot, value): Proposal, held: Option<u64>) -> bool {
        // For the Disel programs AInit holds the number 0.
        let is_free = held.is_none() && self.rules.family != Family::Disel;
        let held = held.unwrap_or(0);
        match guard {
            Guard::Greater => is_free || ballot > held,
            Guard::AtLeast => is_free || ballot >= held,
            Guard::Always => true,
            Guard::ValueAtLeast => is_free || value >= held,
            Guard::Equal => ballot == held,
        }
    }

    fn at_acceptor(&self, state: &mut State, message: &Message) {
        let rules = self.rules;
        let own = &mut state.acceptors[message.acceptor];
        let is_prepare = message.kind == Kind::Prepare;
        let is_out_of_turn = rules.awaits == Awaits::OneEach && is_prepare != (own.taken == 0);
        if own.taken == 2 || is_out_of_turn {
            return; // it stays in flight
        }
        if rules.awaits != Awaits::AnyNumber {
            own.taken += 1;
        }
        own.received = (rules.awaits == Awaits::AnyTag).then_some(message.proposal);
        // The simulator refuses every Prepare once it has accepted, whatever the rules.
        let refuses = rules.family == Family::Simulator && is_prepare && own.accepted.is_some();
        if rules.after_accept == AfterAccept::Stop && own.accepted.is_some() && !refuses {
            return; // it hears nothing more, and remembers only what it accepted
        }
        let answer = if is_prepare { self.take_prepare(own, message, refuses) } else { self.take_accept(own, message) };
        state.network.extend(answer);
    }

    /// The answer to a request.
    fn answer(&self, kind: Kind, to: &Message, carried: Option<Proposal>) -> Message {
        Message { kind, proposal: (to.proposal.0, 0), carried, ..*to }
    }

    /// What a Nack tells of what is promised.
    fn told(&self, promised: Option<Proposal>) -> Option<Proposal> {
        promised.filter(|_| self.rules.nack_carries == Carries::Promised).map(|promised| (promised.0, 0))
    }

    /// What an acceptor keeps of a request as promised.
    fn number(&self, (ballot, value): Proposal) -> Option<Proposal> {
        Some((ballot, if self.rules.family == Family::Simple { 0 } else { value }))
        // a mere number
    }

    fn take_prepare(&self, own: &mut Accepting, message: &Message, refuses: bool) -> Option<Message> {
        let rules = self.rules;
        let held = own.promised.map(|promised| promised.0);
        let passes = !refuses && self.passes(rules.promise_guard, message.proposal, held);
        let carried = match rules.promise_payload {
            Payload::Accepted => own.accepted,
            Payload::Previous => own.promised,
            Payload::Incoming => self.number(message.proposal),
            Payload::Nothing => None,
            Payload::Restamped => own.accepted.map(|(ballot, value)| (held.unwrap_or(ballot), value)),
        };
        let answer = if passes {
            self.answer(Kind::Promise, message, carried)
        } else {
            self.answer(Kind::Nack, message, self.told(own.promised))
        };
        if passes {
            own.promised = self.number(message.proposal);
        }
        let is_answered = passes || refuses || rules.nack != Nack::Silent;
        (is_answered && own.taken < 2).then_some(answer) // the second message of a program has no answer
    }

    fn take_accept(&self, own: &mut Accepting, message: &Message) -> Option<Message> {
        let rules = self.rules;
        let accepted = own.accepted.filter(|_| rules.accept_against == Against::Highest);
        let held = own.promised.into_iter().chain(accepted).map(|proposal| proposal.0).max();
        if !self.passes(rules.accept_guard, message.proposal, held) {
            let nack = self.answer(Kind::Nack, message, self.told(own.promised));
            return (rules.nack == Nack::Both).then_some(nack);
        }
        let is_above = own.accepted.is_some_and(|accepted| accepted.0 > message.proposal.0);
        if !(is_above && rules.overwrite == Overwrite::NeverLower) {
            own.accepted = Some(message.proposal);
        }
        own.votes.insert(message.proposal);
        own.promised = match (rules.after_accept, rules.accept_effect) {
            (AfterAccept::Stop, _) | (AfterAccept::Continue, Effect::Forget) => None,
            (AfterAccept::Continue, Effect::Raise) => self.number(message.proposal),
            (AfterAccept::Continue, Effect::Keep) => own.promised,
        };
        None
    }

    /// What an answer may lead to: nothing, one state, or one for each value that may be chosen.
    fn at_proposer(&self, state: &State, message: &Message) -> Vec<State> {
        let (rules, proposer) = (self.rules, message.proposer);
        let mut own = state.proposers[proposer].clone();
        let ballot = self.ballot(proposer, own.round);
        let (is_nack, is_own) = (message.kind == Kind::Nack, message.proposal.0 == ballot);
        let is_sending = !(self.stepwise && own.left.is_empty()); // PSentAccReq, which the last of stepwise sends ends
        if is_nack && rules.on_nack == OnNack::Ignore {
            return vec![];
        }
        if own.phase == Phase::Accepting && is_sending && is_nack && is_own && rules.nack == Nack::Both {
            return vec![with(state, |next| self.give_up(next, proposer, message.carried))];
        }
        let is_earlier = !is_nack && rules.promises_count == Counts::AnyRound && message.proposal.0 < ballot;
        let is_waiting = own.phase == Phase::Preparing && own.left.is_empty();
        let carried = message.carried.filter(|_| !is_nack);
        let was_heard = own.answers.insert(message.acceptor, (!is_nack, carried)).is_some();
        let counts = !was_heard || is_nack && rules.on_nack == OnNack::AbortAny;
        if !(is_waiting && (is_own || is_earlier) && counts) {
            return vec![];
        }
        let is_nacked = own.answers.values().any(|(is_promise, _)| !is_promise);
        if is_nacked && rules.on_nack != OnNack::AcceptZero {
            return vec![with(state, |next| self.give_up(next, proposer, message.carried))];
        }
        let quorum = if is_nacked { self.acceptors } else { size(rules.quorum, self.acceptors) };
        if own.answers.len() < quorum {
            return vec![with(state, |next| next.proposers[proposer] = own)];
        }
        let promisers: BTreeSet<Acceptor> = own.answers.keys().copied().collect();
        let to = if rules.accept_targets == Targets::Promisers { promisers } else { self.all() };
        let proposals =
            if is_nacked { [(0, 0)].into() } else { self.proposed(&own, (ballot, self.proposals[proposer].1)) };
        let begun = |proposal| {
            with(state, |next| self.begin(next, proposer, own.round, Phase::Accepting, proposal, to.clone()))
        };
        proposals.into_iter().map(begun).collect()
    }

    /// What may be proposed after these answers; the second is its own proposal.
    fn proposed(&self, own: &Proposing, (ballot, value): Proposal) -> BTreeSet<Proposal> {
        let carried: BTreeSet<Proposal> = own.answers.values().filter_map(|(_, carried)| *carried).collect();
        let of = |proposal: Option<&Proposal>| proposal.map_or(value, |proposal| proposal.1);
        let values: BTreeSet<u64> = match self.rules.value_choice {
            Choice::Highest => [of(carried.last())].into(),
            Choice::Lowest => [of(carried.first())].into(),
            Choice::Own => [value].into(),
            Choice::Any => carried.iter().map(|proposal| proposal.1).chain([value]).collect(),
        };
        values.into_iter().map(|value| (ballot, value)).collect()
    }

    /// What a state reaches, and the premises that it meets: if the conclusion is false, the property is violated.
    fn observe(&self, s: &State, terminal: bool) -> BTreeSet<&'static str> {
        let (mut seen, chosen) = (BTreeSet::new(), self.chosen(s));
        let votes = || s.acceptors.iter().enumerate().flat_map(|(a, own)| own.votes.iter().map(move |p| (a, p)));
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
            let (accepts, (ballot, value)) = (p.phase == Phase::Accepting, p.proposal); // ballot 0: after a nack
            see("adopted", accepts && ballot > 0 && value != own.1 && (p.left.is_empty() || p.left != p.targets), true);
            see("aborted", p.phase == Phase::Aborted || accepts && ballot == 0 && p.left.is_empty(), true);
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
    let (n, acceptors) = (setup.proposals.len(), vec![Accepting::default(); setup.acceptors]);
    let blank = State { proposers: vec![Proposing::default(); n], acceptors, network: vec![] };
    let initial = with(&blank, |s| (0..n).for_each(|i| setup.prepare(s, i, 0)));
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
