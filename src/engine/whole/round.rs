//! One worker's share of a round: asks about states, expands them, and keeps the successors that may be new. It must not
//! change the store.

use super::store::{trail, Candidate, Look, Store};
use crate::engine::control::Watch;
use crate::engine::{Goal, Identity, Refusal};
use stateright::Model;
use std::hash::Hash;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// States between two looks at the clock.
const POLL_EVERY: usize = 64;

/// A question about a state: a hit is one for which the condition says so.
pub(in crate::engine) struct Question<M: Model> {
    pub(in crate::engine) name: &'static str,
    pub(in crate::engine) condition: fn(&M, &M::State) -> bool,
    pub(in crate::engine) hit_when: bool,
    /// Only states without a transition are asked about.
    pub(in crate::engine) of_terminals: bool,
}

/// What all workers of a round read.
pub(super) struct Round<'a, M: Model> {
    pub(super) model: &'a M,
    pub(super) questions: &'a [Question<M>],
    pub(super) prune: Option<fn(&M, &M::State) -> bool>,
    pub(super) goal: &'a Goal,
    pub(super) store: &'a Store<M::State>,
    /// For each question whether it has a hit already.
    pub(super) is_hit: &'a [bool],
    pub(super) watch: &'a Watch,
    /// The states lie at the depth limit: they are asked about, but what follows them is not explored.
    pub(super) is_last: bool,
    /// It is not known yet, or a question depends on it, whether they have successors.
    pub(super) expands: bool,
    /// By hash, whether states are still compared, to find out whether equal hashes mean equal values.
    pub(super) may_compare: bool,
    /// Even if one with a successor is found.
    pub(super) expands_all: bool,
}

/// What a worker found.
pub(super) struct Chunk<S> {
    /// Successors that were not visited when the round began, in order.
    pub(super) candidates: Vec<Candidate<S>>,
    pub(super) expanded: u64,
    pub(super) generated: u64,
    pub(super) terminals: u64,
    /// Questions with the first state that hits them.
    pub(super) hits: Vec<(usize, u32)>,
    /// Steps that were taken anew to have values again that had been given up.
    pub(super) remade: u64,
    pub(super) clashes: bool,
}

/// What is being run of a model.
#[derive(Clone, Copy)]
enum Running {
    Property(&'static str),
    Steps,
    Boundary,
}

/// The hash by which states are found.
pub(super) fn hash_of<S: Hash>(state: &S) -> u64 {
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

impl<M> Round<'_, M>
where
    M: Model,
    M::State: Hash + PartialEq,
{
    /// Works on the states of a level that have these numbers, from the first one on.
    pub(super) fn run(&self, first: usize, states: &[M::State]) -> Result<Chunk<M::State>, Refusal> {
        let mut chunk = Chunk {
            candidates: Vec::new(),
            expanded: 0,
            generated: 0,
            terminals: 0,
            hits: Vec::new(),
            remade: 0,
            clashes: false,
        };
        let mut running = Running::Steps;
        let mut at = first as u32;
        let done = catch_unwind(AssertUnwindSafe(|| self.work(first, states, &mut chunk, &mut running, &mut at)));
        match done {
            Ok(()) => Ok(chunk),
            Err(payload) => {
                let message = crate::engine::control::panic_message(payload.as_ref());
                let what = match running {
                    Running::Property(name) => format!("the property {name:?}"),
                    Running::Steps => "the model's actions or next_state".to_owned(),
                    Running::Boundary => "the boundary".to_owned(),
                };
                let (start, path) = trail(self.store, at);
                Err(Refusal::HandlerPanicked(format!(
                    "{message} ({what}, in the state to which the actions {path:?}, by their places, lead from initial state {start})"
                )))
            }
        }
    }

    fn work(
        &self,
        first: usize,
        states: &[M::State],
        chunk: &mut Chunk<M::State>,
        running: &mut Running,
        at: &mut u32,
    ) {
        let mut actions = Vec::new();
        let mut expands = self.expands;
        for (offset, state) in states.iter().enumerate() {
            *at = (first + offset) as u32;
            if offset % POLL_EVERY == POLL_EVERY - 1 && self.watch.stop().is_some() {
                return;
            }
            self.ask(*at, state, false, chunk, running);
            if self.goal.is_reached(|question| self.is_hit[question] || is_in(&chunk.hits, question)) {
                return;
            }
            if !expands {
                continue;
            }
            chunk.expanded += 1;
            let before = chunk.generated;
            if !self.prune.is_some_and(|prune| prune(self.model, state)) {
                *running = Running::Steps;
                self.model.actions(state, &mut actions);
                for (place, action) in actions.drain(..).enumerate() {
                    *running = Running::Steps;
                    if let Some(next) = self.model.next_state(state, action) {
                        self.meet(next, *at, place as u32, chunk, running);
                    }
                }
                if chunk.generated == before {
                    self.ask(*at, state, true, chunk, running);
                }
            }
            chunk.terminals += u64::from(chunk.generated == before);
            expands = self.expands_all || chunk.generated == before;
        }
    }

    /// Asks the open questions about a state.
    fn ask(
        &self,
        number: u32,
        state: &M::State,
        is_terminal: bool,
        chunk: &mut Chunk<M::State>,
        running: &mut Running,
    ) {
        for (place, question) in self.questions.iter().enumerate() {
            let is_due = question.of_terminals == is_terminal && !self.is_hit[place];
            if is_due && !is_in(&chunk.hits, place) {
                *running = Running::Property(question.name);
                if (question.condition)(self.model, state) == question.hit_when {
                    chunk.hits.push((place, number));
                }
            }
        }
    }

    /// Takes a successor, if it is within the boundary.
    fn meet(&self, next: M::State, parent: u32, action: u32, chunk: &mut Chunk<M::State>, running: &mut Running) {
        let by_hash = self.store.identity == Identity::Hash;
        // A state that is known is within the boundary, unless it is merely taken for the one that is.
        *running = Running::Boundary;
        if by_hash && !self.model.within_boundary(&next) {
            return;
        }
        let hash = hash_of(&next);
        let is_known = self.store.find(hash, |look| self.is_same(look, &next, chunk)).is_some();
        if !is_known {
            if !by_hash && !self.model.within_boundary(&next) {
                return;
            }
            if !self.is_last {
                chunk.candidates.push(Candidate { hash, parent, action, state: next });
            }
        }
        chunk.generated += 1;
    }

    /// Whether a state with the same hash is the same one.
    fn is_same(&self, look: Look<M::State>, state: &M::State, chunk: &mut Chunk<M::State>) -> bool {
        let is_equal = match (look, self.store.identity) {
            (Look::Value(other), _) => other == state,
            (Look::Gone(_), Identity::Hash) if !self.may_compare || chunk.remade > 0 => true,
            (Look::Gone(number), _) => {
                let (other, steps) = remade(self.model, self.store, number);
                chunk.remade += steps;
                other == *state
            }
        };
        chunk.clashes |= !is_equal;
        is_equal || self.store.identity == Identity::Hash
    }
}

fn is_in(hits: &[(usize, u32)], question: usize) -> bool {
    hits.iter().any(|(other, _)| *other == question)
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
