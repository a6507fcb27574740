//! One worker's share of a round: asks about states, expands them, and hands over the successors that were not visited
//! before. It must not change the store.

use super::met::Met;
use super::store::{Candidate, Store};
use crate::engine::control::Watch;
use crate::engine::{Fault, Goal, Identity};
use stateright::Model;
use std::collections::BTreeSet;
use std::hash::Hash;
use std::ops::Range;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Steps that are looked up together.
const TOGETHER: usize = 16;
/// States between two looks at the clock.
const POLL_EVERY: usize = 64;

/// What a hit is.
pub(in crate::engine) enum Of<'a, S> {
    /// A state.
    State(Box<dyn Fn(&S) -> bool + Send + Sync + 'a>),
    /// A state without a transition.
    Terminal(Box<dyn Fn(&S) -> bool + Send + Sync + 'a>),
    /// A transition.
    Step(Box<dyn Fn(&S, &S) -> bool + Send + Sync + 'a>),
}

/// A question that is asked of states or transitions.
pub(in crate::engine) struct Question<'a, S> {
    /// What a panic in it is blamed on.
    pub(in crate::engine) name: String,
    pub(in crate::engine) of: Of<'a, S>,
}

impl<S> Question<'_, S> {
    /// True iff only states without a transition are asked about.
    pub(super) fn is_of_terminals(&self) -> bool {
        matches!(self.of, Of::Terminal(_))
    }
}

/// What all workers of a round read, and where they put what they come upon.
pub(super) struct Round<'a, M: Model> {
    pub(super) model: &'a M,
    pub(super) questions: &'a [Question<'a, M::State>],
    pub(super) prune: Option<fn(&M, &M::State) -> bool>,
    pub(super) goal: &'a Goal,
    pub(super) store: &'a Store<M::State>,
    pub(super) met: &'a Met<M::State>,
    /// The level whose states are worked on.
    pub(super) level: usize,
    /// For each question whether it has a hit already.
    pub(super) is_hit: &'a [bool],
    pub(super) watch: &'a Watch,
    /// The states lie at the depth limit: they are asked about, but what follows them is not explored.
    pub(super) is_last: bool,
    /// It is not known yet, or a question depends on it, whether they have successors.
    pub(super) expands: bool,
    /// Even if one with a successor is found.
    pub(super) expands_all: bool,
    /// The type whose values are to blame for unequal states with equal hashes.
    pub(super) culprit: fn(&M::State, &M::State) -> &'static str,
    /// By hash, whether states are still compared, to find out whether equal hashes mean equal values.
    pub(super) may_compare: bool,
}

/// A hit: the question, the state, and the place of the action that hits it if a step does.
pub(super) type HitAt = (usize, u32, Option<u32>);

/// What a worker found.
#[derive(Default)]
pub(super) struct Chunk {
    /// The first state that was not expanded; what later ones lead to does not count.
    pub(super) until: u32,
    pub(super) generated: u64,
    pub(super) terminals: u64,
    /// Questions with the first state that hits them.
    pub(super) hits: Vec<HitAt>,
    /// Looks at states of the same level, and of the one before.
    pub(super) looks: [u64; 2],
    /// Steps that were taken anew to have values again that had been given up.
    pub(super) remade: u64,
    /// The types of unequal values with equal hashes.
    pub(super) clashes: BTreeSet<&'static str>,
    /// What panicked, and what it said. It was at work on the state `until`.
    pub(super) fault: Option<(Running, String)>,
}

/// What is being run of a model.
#[derive(Clone, Copy)]
pub(super) enum Running {
    /// The question with this number.
    Question(usize),
    Prune,
    Steps,
    Boundary,
}

/// The hash by which states are found.
pub(in crate::engine) fn hash_of<S: Hash>(state: &S) -> u64 {
    // The keys are fixed, so that runs are alike.
    ahash::RandomState::with_seeds(
        0x243F_6A88_85A3_08D3,
        0x1319_8A2E_0370_7344,
        0xA409_3822_299F_31D0,
        0x082E_FA98_EC4E_6C89,
    )
    .hash_one(state)
}

/// The state to which the action in this place leads.
pub(super) fn step<M: Model>(model: &M, from: &M::State, action: u32) -> M::State {
    let mut actions = Vec::new();
    model.actions(from, &mut actions);
    let is_there = (action as usize) < actions.len();
    let next = is_there.then(|| model.next_state(from, actions.swap_remove(action as usize))).flatten();
    next.expect("the model is not deterministic: a state has other actions than it had before")
}

/// A step out of the state that is worked on.
struct Step<S> {
    action: u32,
    /// Of the state that it leads to.
    hash: u64,
    next: S,
}

/// A worker and the state that it works on.
struct Worker<'r, 'a, M: Model> {
    round: &'r Round<'a, M>,
    chunk: Chunk,
    running: Running,
}

impl<M> Round<'_, M>
where
    M: Model,
    M::State: Hash + PartialEq,
{
    /// Works on the states of the level that have these numbers.
    pub(super) fn run(&self, numbers: Range<u32>) -> Chunk {
        let chunk = Chunk { until: numbers.start, ..Chunk::default() };
        let mut worker = Worker { round: self, chunk, running: Running::Steps };
        let done = catch_unwind(AssertUnwindSafe(|| worker.work(numbers)));
        if let Err(payload) = done {
            worker.chunk.fault = Some((worker.running, Fault::caught(payload, "").message));
        }
        worker.chunk
    }
}

impl<M> Worker<'_, '_, M>
where
    M: Model,
    M::State: Hash + PartialEq,
{
    fn work(&mut self, numbers: Range<u32>) {
        let round = self.round;
        let (mut actions, mut steps) = (Vec::new(), Vec::new());
        let mut expands = round.expands;
        for (done, number) in numbers.enumerate() {
            self.chunk.until = number;
            if done % POLL_EVERY == POLL_EVERY - 1 && round.watch.stop().is_some() {
                return;
            }
            let state = round.store.value_in(round.level, number).expect("a level that is expanded has its values");
            self.ask(number, state, false);
            if self.is_decided() {
                return;
            }
            if expands {
                let before = self.chunk.generated;
                self.expand(number, state, &mut actions, &mut steps);
                let is_terminal = self.chunk.generated == before;
                self.chunk.terminals += u64::from(is_terminal);
                expands = round.expands_all || is_terminal;
            }
            self.chunk.until = number + 1;
            if self.is_decided() {
                return;
            }
        }
    }

    fn is_decided(&self) -> bool {
        let is_hit = |question: usize| self.round.is_hit[question] || is_in(&self.chunk.hits, question);
        self.round.goal.is_reached(is_hit)
    }

    /// Takes all steps out of a state.
    fn expand(&mut self, number: u32, state: &M::State, actions: &mut Vec<M::Action>, steps: &mut Vec<Step<M::State>>) {
        self.running = Running::Prune;
        let model = self.round.model;
        if self.round.prune.is_some_and(|prune| prune(model, state)) {
            return;
        }
        let before = self.chunk.generated;
        self.running = Running::Steps;
        model.actions(state, actions);
        for (place, action) in actions.drain(..).enumerate() {
            if let Some(next) = model.next_state(state, action) {
                steps.push(Step { action: place as u32, hash: hash_of(&next), next });
            }
            if steps.len() == TOGETHER {
                self.take_all(state, steps, number);
                self.running = Running::Steps;
            }
        }
        self.take_all(state, steps, number);
        if self.chunk.generated == before {
            self.ask(number, state, true);
        }
    }

    /// Takes several steps. All are looked for at once, so that the processor waits for all of the index together.
    fn take_all(&mut self, state: &M::State, steps: &mut Vec<Step<M::State>>, number: u32) {
        let touched = steps.iter().fold(0, |touched, step| touched ^ self.round.store.touch(step.hash));
        std::hint::black_box(touched);
        steps.drain(..).for_each(|step| self.take(state, step, number));
    }

    /// True iff a question has no hit yet.
    fn is_open(&self, question: usize) -> bool {
        !self.round.is_hit[question] && !is_in(&self.chunk.hits, question)
    }

    /// Asks the open questions about a state.
    fn ask(&mut self, number: u32, state: &M::State, is_terminal: bool) {
        for (place, question) in self.round.questions.iter().enumerate() {
            let condition = match &question.of {
                Of::State(condition) if !is_terminal => condition,
                Of::Terminal(condition) if is_terminal => condition,
                Of::State(_) | Of::Terminal(_) | Of::Step(_) => continue,
            };
            if self.is_open(place) {
                self.running = Running::Question(place);
                if condition(state) {
                    self.chunk.hits.push((place, number, None));
                }
            }
        }
    }

    /// Asks the open questions about a step.
    fn ask_step(&mut self, number: u32, state: &M::State, action: u32, next: &M::State) {
        for (place, question) in self.round.questions.iter().enumerate() {
            if let Of::Step(condition) = &question.of {
                if self.is_open(place) {
                    self.running = Running::Question(place);
                    if condition(state, next) {
                        self.chunk.hits.push((place, number, Some(action)));
                    }
                }
            }
        }
    }

    /// Takes a step, if it stays within the boundary.
    fn take(&mut self, state: &M::State, step: Step<M::State>, parent: u32) {
        let Step { action, hash, next } = step;
        let round = self.round;
        let by_hash = round.store.identity == Identity::Hash;
        // A state that is known is within the boundary, unless it is merely taken for the one that is.
        self.running = Running::Boundary;
        if by_hash && !round.model.within_boundary(&next) {
            return;
        }
        let is_known = round.store.find(hash, |number| self.is_same(number, hash, &next)).is_some();
        if !is_known && !by_hash && !round.model.within_boundary(&next) {
            return;
        }
        self.chunk.generated += 1;
        if !round.is_last {
            self.ask_step(parent, state, action, &next);
            if !is_known {
                self.running = Running::Steps;
                round.met.meet(Candidate { hash, parent, action, state: next });
            }
        }
    }

    /// Whether a visited state with the same low half of a hash is the same one.
    fn is_same(&mut self, number: u32, hash: u64, state: &M::State) -> bool {
        let store = self.round.store;
        let by_hash = store.identity == Identity::Hash;
        if by_hash && !store.has_hash(number, hash) {
            return false;
        }
        let value = match self.near(number) {
            Some(level) => store.value_in(level, number),
            None => store.value(number),
        };
        let is_equal = match value {
            Some(other) => self.compare(other, hash, state),
            None if !store.has_hash(number, hash) => false,
            None if by_hash && (!self.round.may_compare || self.chunk.remade > 0) => true,
            None => {
                let (other, steps) = remade(self.round.model, store, number);
                self.chunk.remade += steps;
                self.compare(&other, hash, state)
            }
        };
        is_equal || by_hash
    }

    /// The level of a state, if it is close to the one that is worked on.
    fn near(&mut self, number: u32) -> Option<usize> {
        let (store, level) = (self.round.store, self.round.level);
        let numbers = store.numbers(level);
        if number as usize >= numbers.end {
            return Some(level + 1);
        }
        for back in 0..self.chunk.looks.len().min(level + 1) {
            if number as usize >= store.numbers(level - back).start {
                self.chunk.looks[back] += 1;
                return Some(level - back);
            }
        }
        None
    }

    fn compare(&mut self, visited: &M::State, hash: u64, state: &M::State) -> bool {
        let is_equal = visited == state;
        if !is_equal && self.chunk.clashes.is_empty() && hash_of(visited) == hash {
            self.chunk.clashes.insert((self.round.culprit)(visited, state));
        }
        is_equal
    }
}

fn is_in(hits: &[HitAt], question: usize) -> bool {
    hits.iter().any(|(other, ..)| *other == question)
}

/// A value that was given up, and how many steps it took to have it again.
fn remade<M: Model>(model: &M, store: &Store<M::State>, number: u32) -> (M::State, u64)
where
    M::State: PartialEq,
{
    let mut actions = Vec::new();
    let mut at = number;
    let start = loop {
        match store.value(at) {
            Some(value) => break value,
            None => {
                let record = store.record(at);
                actions.push(record.action);
                at = record.parent;
            }
        }
    };
    let first = actions.pop().expect("the value itself is gone");
    let steps = actions.len() as u64 + 1;
    let state = actions.iter().rev().fold(step(model, start, first), |state, &action| step(model, &state, action));
    (state, steps)
}
