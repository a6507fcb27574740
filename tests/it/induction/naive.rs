//! Induction by enumeration: every type-correct state, every step of stateright's own model, sentences written once more.
//! It shares no code with the solver's side, and says the same of verdicts, needs, claims and weights wherever it can run.

use super::model;
use crate::support::ModelFile;
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use synod::family::Environment;
use synod::induction::{induct_with, induction_of, Verdict};
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::local::{Acceptor, Answers, Phase};
use synod::protocols::single_decree::{Local, Message, Model, Offer};

type Sent = (usize, usize, Message);

/// What a delivery makes of a local state: the next one, the messages sent, the votes made, as bits.
type Steps = BTreeMap<(usize, usize, usize), (usize, u64, u64)>;

/// The nodes of a model with one round, and everything that is type-correct.
struct World {
    proposers: usize,
    acceptors: usize,
    own: Vec<Proposal>,
    proposals: Vec<Proposal>,
    messages: Vec<Sent>,
    locals: Vec<Vec<Local>>,
    steps: Steps,
    first: u64,
}

/// A type-correct state. Messages and votes are bits; vote v of acceptor a is bit `a * proposals + v`.
#[derive(Clone)]
struct State {
    locals: Vec<usize>,
    sent: u64,
    votes: u64,
}

fn split(local: &Local) -> (Local, Vec<Proposal>) {
    let mut local = local.clone();
    let mut votes = Vec::new();
    if let Local::Acceptor(acceptor) = &mut local {
        votes = std::mem::take(&mut acceptor.votes).into_iter().collect();
    }
    (local, votes)
}

impl World {
    fn new(file: &ModelFile, is_seed: fn(&Message) -> bool) -> World {
        let growing: Environment =
            Environment { delivery: synod::family::Delivery::UnorderedDuplicating, ..file.spec.environment };
        let setup = file.spec.setup.setup(&growing);
        let system = synod::protocols::single_decree::model(&setup, &growing);
        let own = setup.proposals.clone();
        let (proposers, acceptors) = (own.len(), setup.acceptors);
        let values: BTreeSet<u32> = own.iter().map(|proposal| proposal.value).collect();
        let ballots: BTreeSet<u32> = own.iter().map(|proposal| proposal.ballot).collect();
        let proposals: Vec<_> = ballots.iter().flat_map(|b| values.iter().map(|v| Proposal::new(*b, *v))).collect();
        let mut messages: BTreeSet<Sent> = BTreeSet::new();
        for (p, Proposal { ballot, .. }) in own.iter().enumerate() {
            for a in proposers..proposers + acceptors {
                let promise = |carried| Message::Promise { ballot: *ballot, carried, offer: Offer::ByRule };
                messages.insert((a, p, promise(None)));
                messages.extend(proposals.iter().map(|carried| (a, p, promise(Some(*carried)))));
                messages.extend(values.iter().map(|v| (p, a, Message::Accept(Proposal::new(*ballot, *v)))));
            }
        }
        messages.retain(|(.., message)| is_seed(message));
        let mut world = World {
            proposers,
            acceptors,
            own,
            proposals,
            messages: messages.into_iter().collect(),
            locals: Vec::new(),
            steps: Steps::new(),
            first: 0,
        };
        world.close(&system);
        world
    }

    fn close(&mut self, system: &Model) {
        let initial = system.init_states().remove(0);
        let flying = |network: &Network<Message>| match network {
            Network::UnorderedDuplicating(set, _) => {
                set.iter().map(|e| (usize::from(e.src), usize::from(e.dst), e.msg)).collect::<BTreeSet<Sent>>()
            }
            _ => panic!("the network repeats everything"),
        };
        self.locals = initial.actor_states.iter().map(|local| vec![split(local).0]).collect();
        for message in flying(&initial.network) {
            self.first |= 1 << self.number(message);
        }
        loop {
            let before = (self.messages.len(), self.locals.iter().map(Vec::len).sum::<usize>());
            for message in 0..self.messages.len() {
                let (src, dst, msg) = self.messages[message];
                for local in 0..self.locals[dst].len() {
                    let mut state = initial.clone();
                    state.actor_states[dst] = Arc::new(self.locals[dst][local].clone());
                    let envelope = Envelope { src: Id::from(src), dst: Id::from(dst), msg };
                    state.network = Network::new_unordered_duplicating([envelope]);
                    let action = ActorModelAction::Deliver { src: Id::from(src), dst: Id::from(dst), msg };
                    let Some(next) = system.next_state(&state, action) else { continue };
                    let (after, made) = split(&next.actor_states[dst]);
                    let place = self.locals[dst].iter().position(|other| *other == after);
                    let place = place.unwrap_or_else(|| {
                        self.locals[dst].push(after);
                        self.locals[dst].len() - 1
                    });
                    let sends = flying(&next.network).into_iter().fold(0, |bits, sent| bits | 1 << self.number(sent));
                    let votes = made.iter().fold(0, |bits, vote| bits | self.vote(dst - self.proposers, *vote));
                    self.steps.insert((dst, local, message), (place, sends, votes));
                }
            }
            if before == (self.messages.len(), self.locals.iter().map(Vec::len).sum()) {
                return;
            }
        }
    }

    fn number(&mut self, message: Sent) -> usize {
        self.messages.iter().position(|other| *other == message).unwrap_or_else(|| {
            self.messages.push(message);
            self.messages.len() - 1
        })
    }

    fn vote(&self, acceptor: usize, vote: Proposal) -> u64 {
        let place = self.proposals.iter().position(|other| *other == vote).unwrap();
        1 << (acceptor * self.proposals.len() + place)
    }

    fn after(&self, state: &State, message: usize) -> Option<State> {
        let dst = self.messages[message].1;
        let (local, sends, votes) = self.steps.get(&(dst, state.locals[dst], message))?;
        let mut after = State { sent: state.sent | sends, votes: state.votes | votes, ..state.clone() };
        after.locals[dst] = *local;
        Some(after)
    }

    /// Each vote bit with its acceptor, and the local states that some way through it, and that every way there, makes it.
    fn fitting(&self) -> Vec<(u64, usize, BTreeSet<usize>, BTreeSet<usize>)> {
        let mut all = Vec::new();
        for a in 0..self.acceptors {
            for vote in &self.proposals {
                let (bit, node) = (self.vote(a, *vote), self.proposers + a);
                let of_node = || self.steps.iter().filter(|((dst, ..), _)| *dst == node);
                let after = |mut found: BTreeSet<usize>, makes_it_too: bool| loop {
                    let next = of_node()
                        .filter(|((_, from, _), to)| found.contains(from) && (makes_it_too || to.2 & bit == 0));
                    let more: BTreeSet<usize> = next.map(|(_, to)| to.0).filter(|to| !found.contains(to)).collect();
                    if more.is_empty() {
                        return found;
                    }
                    found.extend(more);
                };
                let makers = of_node().filter(|(_, to)| to.2 & bit != 0).map(|(_, to)| to.0).collect();
                let (may, lacking) = (after(makers, true), after(BTreeSet::from([0]), false));
                let must = (0..self.locals[node].len()).filter(|local| !lacking.contains(local)).collect();
                all.push((bit, node, may, must));
            }
        }
        all
    }
}

/// A state with what sentences ask of it.
struct Seen<'a> {
    world: &'a World,
    state: &'a State,
}

impl<'a> Seen<'a> {
    fn sent(&self) -> impl Iterator<Item = &'a Sent> + '_ {
        let sent = self.state.sent;
        self.world.messages.iter().enumerate().filter(move |(k, _)| sent >> k & 1 == 1).map(|(_, message)| message)
    }
    fn votes(&self) -> impl Iterator<Item = (usize, Proposal)> + '_ {
        let each = (0..self.world.acceptors).flat_map(|a| self.world.proposals.iter().map(move |p| (a, *p)));
        each.filter(|(a, p)| self.state.votes & self.world.vote(*a, *p) != 0)
    }
    fn acceptor(&self, a: usize) -> &'a Acceptor {
        let node = self.world.proposers + a;
        let Local::Acceptor(acceptor) = &self.world.locals[node][self.state.locals[node]] else { panic!() };
        acceptor
    }
    fn number(&self, a: usize) -> u32 {
        let acceptor = self.acceptor(a);
        acceptor.promised.map_or(acceptor.accepted.map_or(0, |accepted| accepted.ballot), |held| held.ballot)
    }
    fn answers(&self, p: usize) -> Option<&'a Answers> {
        match &self.world.locals[p][self.state.locals[p]] {
            Local::Proposer(proposer) => match &proposer.phase {
                Phase::PWaitPrepResp { answers } => Some(answers),
                _ => None,
            },
            _ => None,
        }
    }
    fn accepts(&self) -> impl Iterator<Item = (usize, Proposal)> + '_ {
        self.sent().filter_map(|(src, _, message)| match message {
            Message::Accept(proposal) => Some((*src, *proposal)),
            _ => None,
        })
    }
    fn promises(&self) -> impl Iterator<Item = (usize, u32, Option<Proposal>)> + '_ {
        self.sent().filter_map(|(src, _, message)| match message {
            Message::Promise { ballot, carried, .. } => Some((src - self.world.proposers, *ballot, *carried)),
            _ => None,
        })
    }
    fn is_heard_sent(&self, exactly: bool) -> bool {
        (0..self.world.proposers).all(|p| {
            let ballot = self.world.own[p].ballot;
            let is_sent = |a: usize, last: Option<Proposal>| {
                self.promises().any(|(b, c, sent)| (b, c) == (a, ballot) && (!exactly || sent == last))
            };
            let heard = |a: usize| self.answers(p).into_iter().flat_map(move |answers| answers.reports_of(a));
            (0..self.world.acceptors).all(|a| heard(a).all(|last| is_sent(a, last)))
        })
    }
    fn chosen(&self) -> BTreeSet<Proposal> {
        let most = |p: &Proposal| self.votes().filter(|(_, q)| q == p).count() > self.world.acceptors / 2;
        self.world.proposals.iter().copied().filter(most).collect()
    }

    /// The truth of the conjuncts of an invariant.
    fn conjuncts(&self, invariant: &str) -> Vec<bool> {
        let asked_for = self.votes().all(|(_, p)| self.accepts().any(|(_, q)| p == q));
        let one_value = self.accepts().all(|(_, p)| self.accepts().all(|(_, q)| p.ballot != q.ballot || p == q));
        let silent = self.accepts().all(|(src, _)| self.answers(src).is_none());
        let kept = self.promises().all(|(a, b, _)| self.number(a) >= b);
        match invariant {
            "adapted" => {
                let accepted = self.votes().all(|(a, p)| self.acceptor(a).accepted == Some(p));
                let by_all = self.accepts().all(|(_, p)| {
                    (0..self.world.acceptors).all(|a| self.promises().any(|(c, b, _)| (c, b) == (a, p.ballot)))
                });
                vec![asked_for, one_value, silent, accepted, kept, self.is_heard_sent(false), by_all]
            }
            "simple" => {
                let is_vote = |a: usize, p: Proposal| self.votes().any(|vote| vote == (a, p));
                let held = (0..self.world.acceptors).all(|a| self.acceptor(a).accepted.is_none_or(|p| is_vote(a, p)));
                let highest = self.votes().all(|(a, p)| {
                    self.acceptor(a).accepted.is_some_and(|last| last.ballot >= p.ballot) && self.number(a) >= p.ballot
                });
                let reports = self.promises().all(|(a, _, last)| last.is_none_or(|p| is_vote(a, p)));
                let nothing_above = self.promises().all(|(a, b, last)| {
                    let mut below = self.votes().filter(|(c, p)| *c == a && p.ballot < b);
                    below.all(|(_, p)| last.is_some_and(|last| last.ballot >= p.ballot))
                });
                let safe = self.accepts().all(|(_, p)| {
                    self.world.proposals.iter().filter(|q| q.ballot < p.ballot && q.value != p.value).all(|q| {
                        let may = |a: &usize| self.number(*a) <= q.ballot || is_vote(*a, *q);
                        (0..self.world.acceptors).filter(may).count() <= self.world.acceptors / 2
                    })
                });
                let heard = self.is_heard_sent(true);
                vec![asked_for, one_value, silent, held && highest, kept, reports, nothing_above, heard, safe]
            }
            "i1-i2" => self.claims()[..2].to_vec(),
            "i1-i2-formula" => vec![self.claims()[0], self.claims()[2]],
            other => panic!("{other}"),
        }
    }

    /// The truth of i1, i2, i2-formula, agreement, one-value.
    fn claims(&self) -> [bool; 5] {
        let pairs = |is_fine: &dyn Fn((usize, Proposal), (usize, Proposal)) -> bool| {
            self.votes().all(|one| self.votes().all(|other| is_fine(one, other)))
        };
        let chosen = self.chosen();
        [
            pairs(&|(_, p), (_, q)| p.ballot != q.ballot || p.value == q.value),
            chosen.iter().all(|p| self.votes().all(|(_, q)| q.ballot <= p.ballot || q.value == p.value)),
            pairs(&|(a, p), (c, q)| a != c || p.ballot >= q.ballot || p.value == q.value),
            chosen.iter().map(|p| p.value).collect::<BTreeSet<_>>().len() <= 1,
            pairs(&|(_, p), (_, q)| p.value == q.value),
        ]
    }
}

/// What enumeration finds of an invariant.
#[derive(Debug, PartialEq)]
struct Found {
    verdict: Verdict,
    weight: Option<usize>,
    implied: Vec<bool>,
    needed: Option<Vec<bool>>,
    states: usize,
}

/// Which of the claims are demanded: i1, i2, agreement.
const DEMANDED: [bool; 5] = [true, true, false, true, false];

fn enumerate(world: &World, invariant: &str) -> Found {
    let bits = |truths: &[bool]| truths.iter().enumerate().fold(0u32, |bits, (k, truth)| bits | u32::from(*truth) << k);
    let conjuncts = |state: &State| bits(&Seen { world, state }.conjuncts(invariant));
    let initial = State { locals: vec![0; world.locals.len()], sent: world.first, votes: 0 };
    let count = Seen { world, state: &initial }.conjuncts(invariant).len();
    let all = (1u32 << count) - 1;
    let fitting = world.fitting();
    let weigh = |state: &State| {
        let sent = (state.sent & !world.first).count_ones() as usize;
        let has = |vote: u64| state.votes & vote != 0;
        let is_off = |node: &usize| state.locals[*node] != 0 || fitting.iter().any(|v| v.1 == *node && has(v.0));
        let off = (0..world.locals.len()).filter(is_off).count();
        let is_misfit = |vote: &&(u64, usize, BTreeSet<usize>, BTreeSet<usize>)| {
            let local = &state.locals[vote.1];
            if has(vote.0) {
                !vote.2.contains(local)
            } else {
                vote.3.contains(local)
            }
        };
        sent + off + fitting.iter().filter(is_misfit).count()
    };
    let (mut weight, mut implied, mut needed, mut states) = (None, vec![true; 5], vec![false; count], 0);
    let free: Vec<u64> = (0..world.messages.len()).map(|k| 1 << k).filter(|bit| world.first & bit == 0).collect();
    let mut locals = vec![0; world.locals.len()];
    'locals: loop {
        for chosen in 0u64..1 << free.len() {
            let some = free.iter().enumerate().filter(|(k, _)| chosen >> k & 1 == 1);
            let sent = some.fold(world.first, |sent, (_, bit)| sent | bit);
            for votes in 0u64..1 << (world.acceptors * world.proposals.len()) {
                let state = State { locals: locals.clone(), sent, votes };
                let before = conjuncts(&state);
                let missing = all & !before;
                if missing.count_ones() > 1 {
                    continue;
                }
                states += usize::from(missing == 0);
                let claims = Seen { world, state: &state }.claims();
                for k in (0..5).filter(|k| !claims[*k]) {
                    implied[k] &= missing != 0;
                    (0..count).filter(|c| missing & !(1 << c) == 0 && DEMANDED[k]).for_each(|c| needed[c] = true);
                }
                for message in (0..world.messages.len()).filter(|k| sent >> k & 1 == 1) {
                    let Some(next) = world.after(&state, message) else { continue };
                    let broken = all & !conjuncts(&next);
                    if missing == 0 && broken != 0 {
                        let found = weigh(&state);
                        weight = Some(weight.map_or(found, |least: usize| least.min(found)));
                    }
                    let is_needed = |c: &usize| missing & !(1 << c) == 0 && broken & !(1 << c) != 0;
                    (0..count).filter(is_needed).for_each(|c| needed[c] = true);
                }
            }
        }
        let mut node = 0;
        loop {
            if node == locals.len() {
                break 'locals;
            }
            locals[node] += 1;
            if locals[node] < world.locals[node].len() {
                break;
            }
            locals[node] = 0;
            node += 1;
        }
    }
    let is_unsafe = (0..5).any(|k| DEMANDED[k] && !implied[k]);
    let verdict = match weight {
        _ if conjuncts(&initial) != all => Verdict::NotInitial,
        Some(_) => Verdict::NotPreserved,
        None if is_unsafe => Verdict::SafetyNotImplied,
        None => Verdict::Inductive,
    };
    Found { verdict, weight, implied, needed: weight.is_none().then_some(needed), states }
}

fn compare(variant: &str, settings: &[&str], invariant: &str, is_seed: fn(&Message) -> bool) -> Verdict {
    let model = model(variant, settings);
    let mut induction = induction_of(&model.spec).unwrap();
    induction.seeds.retain(|seed| is_seed(&seed.msg));
    let solved = induct_with(&model, induction, Some(invariant)).unwrap();
    let found = enumerate(&World::new(&model, is_seed), invariant);
    assert!(found.states > 0);
    let solved = Found {
        verdict: solved.verdict,
        weight: solved.counterexample.as_ref().map(|it| it.weight),
        implied: solved.claims.iter().map(|claim| claim.implied).collect(),
        needed: solved.conjuncts.iter().map(|conjunct| Some(conjunct.needed.as_ref()?.needed)).collect(),
        states: found.states,
    };
    assert_eq!(solved, found, "{variant} {settings:?} {invariant}");
    found.verdict
}

const ONE: &str = "bounds.proposers=1";
const A1: &str = "bounds.acceptors=1";

#[test]
fn enumeration_agrees_with_the_solver_at_1x1_and_1x2() {
    let everything: fn(&Message) -> bool = |_| true;
    for invariant in ["adapted", "simple", "i1-i2", "i1-i2-formula"] {
        for variant in ["adapted", "simple", "as-written", "disel"] {
            compare(variant, &[ONE, A1], invariant, everything);
        }
    }
    for quorum in ["all", "majority", "one"] {
        let quorum = format!("protocol.rules.quorum={quorum}");
        compare("adapted", &[ONE, "bounds.acceptors=2", &quorum], "adapted", everything);
    }
}

#[test]
fn enumeration_agrees_with_the_solver_at_2x1() {
    // Two ballots of one value; then two values, where nothing but what an acceptor sends is seeded.
    let one_value = "bounds.proposals=[[1, 1], [2, 1]]";
    let mutations = ["accept_guard=always", "accept_guard=at-least", "promise_guard=always", "after_accept=continue"];
    let mut verdicts = BTreeSet::new();
    for mutation in mutations.map(|mutation| format!("protocol.rules.{mutation}")) {
        verdicts.insert(compare("adapted", &[one_value, A1, &mutation], "adapted", |_| true).name());
        let is_plain: fn(&Message) -> bool =
            |message| matches!(message, Message::Promise { carried: None, .. } | Message::Accept(_));
        verdicts.insert(compare("adapted", &["bounds.proposers=2", A1, &mutation], "i1-i2", is_plain).name());
    }
    assert!(verdicts.len() > 1, "{verdicts:?}");
}
