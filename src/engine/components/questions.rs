//! What is asked of the states: observations as numbers, and the answers already known for tuples of them.
//! It must not know how states are packed, stored or searched.

use super::intern::{stable_map, StableMap, Values};
use crate::engine::{Ask, Canonical, Lens};
use stateright::actor::Actor;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

/// Questions of one lens at most: their answers are the bits of a word. A larger lens is taken apart.
pub const MOST_QUESTIONS: usize = 64;

/// In place of the observation of an actor that was not looked at.
pub(in crate::engine) const UNSEEN: u32 = u32::MAX;

/// When a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum AskKind {
    State,
    Terminal,
    Step,
}

/// The questions of a lens by kind, one bit for each question.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::engine) struct Kinds {
    pub(in crate::engine) state: u64,
    pub(in crate::engine) terminal: u64,
    pub(in crate::engine) step: u64,
}

impl Kinds {
    pub(in crate::engine) fn of(self, kind: AskKind) -> u64 {
        match kind {
            AskKind::State => self.state,
            AskKind::Terminal => self.terminal,
            AskKind::Step => self.step,
        }
    }

    /// Those of the questions that are in `open`.
    pub fn only(self, open: u64) -> Kinds {
        Kinds { state: self.state & open, terminal: self.terminal & open, step: self.step & open }
    }

    pub fn any(self) -> bool {
        self.state | self.terminal | self.step != 0
    }
}

/// The parts into which a lens with so many questions is taken apart: at least one.
pub(in crate::engine) fn parts(questions: usize) -> impl Iterator<Item = Range<usize>> {
    let firsts = (0..questions.max(1)).step_by(MOST_QUESTIONS);
    firsts.map(move |first| first..questions.min(first + MOST_QUESTIONS))
}

type Observe<A, O> = Arc<dyn Fn(usize, &<A as Actor>::State) -> O + Send + Sync>;

/// A lens with the observations made through it, as numbers.
pub struct Observer<A: Actor, O> {
    observe: Observe<A, O>,
    questions: Vec<Ask<O>>,
    canonical: Option<Canonical<O>>,
    values: Values<O>,
    by_state: StableMap<(usize, u32), u32>,
}

impl<A: Actor, O: Clone + Eq + Hash> Observer<A, O> {
    /// The observers for a lens: one, unless it has very many questions.
    pub fn of(lens: &Lens<A, O>) -> impl Iterator<Item = Self> + '_ {
        parts(lens.questions.len()).map(|questions| Observer {
            observe: Arc::clone(&lens.observe),
            questions: lens.questions[questions].to_vec(),
            canonical: lens.canonical.clone(),
            values: Values::new(),
            by_state: stable_map(),
        })
    }

    pub fn kinds(&self) -> Kinds {
        let mut kinds = Kinds::default();
        for (bit, question) in self.questions.iter().enumerate() {
            *match question {
                Ask::State(_) => &mut kinds.state,
                Ask::Terminal(_) => &mut kinds.terminal,
                Ask::Step(_) => &mut kinds.step,
            } |= 1 << bit;
        }
        kinds
    }

    pub fn question_count(&self) -> usize {
        self.questions.len()
    }

    /// The observation of an actor in a local state, as a number.
    pub fn observe(&mut self, actor: usize, number: u32, state: &A::State) -> u32 {
        if let Some(&seen) = self.by_state.get(&(actor, number)) {
            return seen;
        }
        let seen = self.values.intern((self.observe)(actor, state));
        self.by_state.insert((actor, number), seen);
        seen
    }

    /// The observation with this number.
    pub fn value(&self, number: u32) -> O {
        self.values[number].clone()
    }

    /// True iff some tuples of observations are known to be equal for all questions.
    pub fn has_canonical(&self) -> bool {
        self.canonical.is_some()
    }

    /// Observations that are equal to these for all questions, as far as that is known. [`UNSEEN`] ones stay so.
    pub fn canonical(&mut self, seen: &mut [u32]) {
        let Some(canonical) = &self.canonical else { return };
        let value = |&number: &u32| (number != UNSEEN).then(|| self.values[number].clone());
        let mut values: Vec<Option<O>> = seen.iter().map(value).collect();
        canonical(&mut values);
        for (number, value) in seen.iter_mut().zip(values) {
            *number = value.map_or(UNSEEN, |value| self.values.intern(value));
        }
    }

    /// The questions of a kind that are hit by these observations, before a step and after it.
    pub fn ask(&self, kind: AskKind, before: &[u32], after: &[u32]) -> u64 {
        let values = |numbers: &[u32]| -> Vec<O> { numbers.iter().map(|&seen| self.values[seen].clone()).collect() };
        let after = values(after);
        let before = if kind == AskKind::Step { values(before) } else { Vec::new() };
        let hits = |question: &Ask<O>| match question {
            Ask::State(hits) => kind == AskKind::State && hits(&after),
            Ask::Terminal(hits) => kind == AskKind::Terminal && hits(&after),
            Ask::Step(hits) => kind == AskKind::Step && hits(&before, &after),
        };
        let answers = self.questions.iter().enumerate();
        answers.filter(|(_, question)| hits(question)).fold(0, |mask, (bit, _)| mask | 1 << bit)
    }
}

/// Answers that are known, by lens and kind, for each tuple of observations (for a step: before, then after).
pub struct Memo {
    answers: Vec<[StableMap<Box<[u32]>, u64>; 3]>,
    /// By history, the questions about histories that are hit.
    pub histories: StableMap<u32, u64>,
}

impl Memo {
    pub fn new(lenses: usize) -> Self {
        Memo { answers: (0..lenses).map(|_| std::array::from_fn(|_| stable_map())).collect(), histories: stable_map() }
    }

    #[inline]
    pub fn get(&self, lens: usize, kind: AskKind, tuple: &[u32]) -> Option<u64> {
        self.answers[lens][kind as usize].get(tuple).copied()
    }

    pub fn put(&mut self, lens: usize, kind: AskKind, tuple: &[u32], answer: u64) {
        self.answers[lens][kind as usize].insert(tuple.into(), answer);
    }

    /// Takes over what another one learnt.
    pub fn absorb(&mut self, other: &mut Memo) {
        for (own, other) in self.answers.iter_mut().zip(&mut other.answers) {
            for (own, other) in own.iter_mut().zip(other) {
                own.extend(other.drain());
            }
        }
        self.histories.extend(other.histories.drain());
    }
}
