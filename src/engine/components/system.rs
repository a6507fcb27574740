//! The narrow waist between a compiled model and the searches: tables to read, entries to fill, predicates to ask.
//! Searches see only this, so they are compiled once for all models.

use super::compile::decode::compare;
use super::compile::rebuilt::{with_state, Place};
use super::compile::Compiler;
use super::questions::AskKind;
use super::tables::{Miss, Tables, Taken};
use crate::engine::fault::{blame, guarded};
use crate::engine::{Checkable, Judge, Refusal, State};
use stateright::actor::Actor;
use stateright::Model;
use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::Hash;

/// A compiled model, as the searches see it. Component ids come one per field, in the order of the fields.
pub trait System: Sync {
    /// The tables as far as they are filled.
    fn tables(&self) -> &Tables;
    /// Fills one entry of the tables. A handler that panics is a refusal.
    fn fill(&mut self, miss: Miss) -> Result<(), Refusal>;
    /// The entries that were filled, in their order, if that is noted.
    fn filled(&self) -> &[Filled];
    /// What an entry is of, for a message about it.
    fn place_of(&self, miss: Miss) -> String;
    /// True iff unequal values with equal hashes were met.
    fn clashes(&self) -> bool;
    /// True unless every state is known to be within the model's boundary.
    fn is_bounded(&self) -> bool;
    /// True iff the state with these component ids is within the boundary.
    fn is_within(&self, ids: &[u32]) -> bool;
    /// True iff some states may not have to be expanded.
    fn prunes(&self) -> bool;
    /// True iff the state with these component ids is not to be expanded.
    fn is_pruned(&self, ids: &[u32]) -> bool;
    /// The questions of a lens that these observations hit.
    fn ask(&self, lens: usize, kind: AskKind, before: &[u32], after: &[u32]) -> u64;
    /// The questions about whole states that read only the history.
    fn history_only(&self) -> u64;
    /// Which of these questions, all about histories only, are hit by this history.
    fn judge_history(&self, history: u32, open: u64) -> u64;
    /// Panics if a question that is said to read only the history is answered otherwise for the whole state.
    fn compare_footprints(&self, by_history: u64, by_state: u64);
    /// Which of these questions about whole states are hit by the state with these component ids.
    fn judge(&self, ids: &[u32], open: u64) -> u64;
    /// The order of the actions that two transitions of one state take.
    fn order(&self, one: Taken, other: Taken) -> Ordering;
    /// The action that a transition takes, as the model writes it.
    fn told(&self, taken: Taken) -> String;
}

/// What a panic of a property is blamed on.
fn name<A: Actor, C, H>(judge: &Judge<A, C, H>) -> String
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    format!("the property {:?}", judge.name)
}

/// A compiler with the questions that need whole states.
pub struct Compiled<A: Actor, C, H, O>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    pub compiler: Compiler<A, C, H, O>,
    pub judges: Vec<Judge<A, C, H>>,
    pub prune: Option<Judge<A, C, H>>,
    /// For each worker the global state that it looked at last.
    places: Vec<Place<A, H>>,
    /// The entries that were filled, if they are to be noted.
    pub filled: Option<Vec<Filled>>,
}

/// An entry of the tables that was filled, and what that made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
    pub miss: Miss,
    pub digest: u64,
}

impl<A, C, H, O> Compiled<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    pub fn new(
        compiler: Compiler<A, C, H, O>,
        judges: Vec<Judge<A, C, H>>,
        prune: Option<Judge<A, C, H>>,
        threads: usize,
    ) -> Self {
        let places = (0..threads.max(1)).map(|_| Place::default()).collect();
        Compiled { compiler, judges, prune, places, filled: None }
    }

    /// Which of these questions are hit by a state.
    fn judged(&self, state: &State<A, H>, open: u64) -> u64 {
        let asked = self.judges.iter().enumerate().filter(|(bit, _)| open >> bit & 1 == 1);
        let is_hit = |judge: &Judge<A, C, H>| judge.is_hit(&self.compiler.model, state);
        let hit = asked.filter(|(_, judge)| blame(|| name(judge), || is_hit(judge)));
        hit.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }
}

impl<A, C, H, O> System for Compiled<A, C, H, O>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    fn tables(&self) -> &Tables {
        &self.compiler.tables
    }

    fn fill(&mut self, miss: Miss) -> Result<(), Refusal> {
        let before = self.filled.is_some().then(|| self.compiler.extent());
        guarded(|| self.compiler.fill(miss))??;
        if let (Some(filled), Some(before)) = (&mut self.filled, before) {
            filled.push(Filled { miss, digest: self.compiler.digest(&before, Some(miss)) });
        }
        Ok(())
    }

    fn filled(&self) -> &[Filled] {
        self.filled.as_deref().unwrap_or_default()
    }

    fn place_of(&self, miss: Miss) -> String {
        self.compiler.place_of(miss)
    }

    fn clashes(&self) -> bool {
        !self.compiler.notes().is_empty()
    }

    fn is_bounded(&self) -> bool {
        self.compiler.is_bounded
    }

    fn is_within(&self, ids: &[u32]) -> bool {
        let model = &self.compiler.model;
        with_state(&self.compiler, &self.places, ids, |state| {
            blame(|| "the boundary".into(), || (model.within_boundary)(&model.cfg, state))
        })
    }

    fn prunes(&self) -> bool {
        self.prune.is_some()
    }

    fn is_pruned(&self, ids: &[u32]) -> bool {
        let is_hit = |prune: &Judge<A, C, H>| {
            with_state(&self.compiler, &self.places, ids, |state| {
                blame(|| name(prune), || prune.is_hit(&self.compiler.model, state))
            })
        };
        self.prune.as_ref().is_some_and(is_hit)
    }

    fn ask(&self, lens: usize, kind: AskKind, before: &[u32], after: &[u32]) -> u64 {
        blame(|| "a question about observations".into(), || self.compiler.lenses[lens].ask(kind, before, after))
    }

    fn judge(&self, ids: &[u32], open: u64) -> u64 {
        with_state(&self.compiler, &self.places, ids, |state| self.judged(state, open))
    }

    fn history_only(&self) -> u64 {
        let judges = self.judges.iter().enumerate().filter(|(_, judge)| judge.is_of_history());
        judges.fold(0, |mask, (bit, _)| mask | 1 << bit)
    }

    fn judge_history(&self, history: u32, open: u64) -> u64 {
        self.judged(&self.compiler.state_of_history(history), open)
    }

    fn compare_footprints(&self, by_history: u64, by_state: u64) {
        if by_history != by_state {
            let name = self.judges[(by_history ^ by_state).trailing_zeros() as usize].name;
            panic!("property {name:?} reads more than the history: it answers otherwise for a whole state");
        }
    }

    fn order(&self, one: Taken, other: Taken) -> Ordering {
        compare(&self.compiler.action(one), &self.compiler.action(other))
    }

    fn told(&self, taken: Taken) -> String {
        self.compiler.model.format_action(&self.compiler.action(taken))
    }
}
