//! Asks the open questions about the states and steps that a worker comes by, each distinct tuple of observations
//! once. It must not know which states are new, nor how hits become paths.

use super::expand::Expansion;
use super::packed::{Key, Layout};
use crate::engine::components::questions::{AskKind, Kinds, Memo};
use crate::engine::components::system::System;
use crate::engine::components::tables::{Tables, Taken};

/// The questions that have no hit yet.
#[derive(Clone, Debug, Default)]
pub struct Open {
    pub lenses: Vec<Kinds>,
    pub judges: u64,
}

impl Open {
    /// The changes (see [`crate::engine::components::tables::Move::changes`]) at which some question has to be asked.
    pub fn changes(&self) -> u32 {
        let asked = |kinds: &Kinds| kinds.state | kinds.step != 0;
        let lenses = self.lenses.iter().enumerate().filter(|(_, kinds)| asked(kinds));
        lenses.fold(0, |mask, (lens, _)| mask | 1 << lens.min(31))
    }

    /// Without the questions about steps and about the states they lead to.
    pub fn without_steps(&self) -> Open {
        let kinds = |kinds: &Kinds| Kinds { terminal: kinds.terminal, ..Kinds::default() };
        Open { lenses: self.lenses.iter().map(kinds).collect(), judges: self.judges }
    }

    pub fn is_empty(&self) -> bool {
        self.judges == 0 && !self.lenses.iter().any(|kinds| kinds.any())
    }
}

/// Questions that were hit: by a state, or by what follows it in one step.
#[derive(Clone, Debug, Default)]
pub struct HitMasks {
    /// For each lens, those hit by a step out of the state or by the state it leads to.
    pub next: Vec<u64>,
    /// For each lens, those hit by the state itself.
    pub here: Vec<u64>,
    /// Questions about whole states hit by the state itself.
    pub judged: u64,
}

impl HitMasks {
    pub fn new(lenses: usize) -> Self {
        HitMasks { next: vec![0; lenses], here: vec![0; lenses], judged: 0 }
    }

    /// True iff a question about terminal states was hit.
    pub fn has_terminal(&self) -> bool {
        self.here.iter().any(|&here| here != 0)
    }

    pub fn clear(&mut self) {
        self.next.fill(0);
        self.here.fill(0);
        self.judged = 0;
    }

    pub fn absorb(&mut self, other: &HitMasks) {
        self.next.iter_mut().zip(&other.next).for_each(|(own, other)| *own |= other);
        self.here.iter_mut().zip(&other.here).for_each(|(own, other)| *own |= other);
        self.judged |= other.judged;
    }
}

/// What every worker reads.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub system: &'a dyn System,
    pub tables: &'a Tables,
    pub layout: &'a Layout,
    pub memo: &'a Memo,
    pub open: &'a Open,
    /// The field of the history, and the questions about whole states that read nothing else.
    pub history: usize,
    pub history_only: u64,
    pub is_bounded: bool,
    pub prunes: bool,
    /// A question about whole states may end the search.
    pub may_end: bool,
    /// What [`Open::changes`] says.
    pub changes: u32,
    /// Some successors need not be found, see [`Tables::asleep`].
    pub sleeps: bool,
}

impl Context<'_> {
    /// True iff whole states have to be rebuilt, which takes far longer than anything else.
    pub fn looks_at_whole_states(&self) -> bool {
        self.open.judges & !self.history_only != 0 || self.is_bounded || self.prunes
    }
}

/// Answers that a worker came by lately, by tuples of small numbers: a look here costs less than hashing a tuple.
#[derive(Default)]
struct Recent(Vec<(u128, u64)>);

impl Recent {
    const PLACES_BITS: u32 = 10;

    /// A tuple, its lens and its kind in one number, which is not 0; `None` if they do not fit.
    fn key(lens: usize, kind: AskKind, tuple: &[u32]) -> Option<u128> {
        if tuple.len() > 15 || lens > 62 {
            return None;
        }
        let asked = ((lens as u128) << 2 | kind as u128) + 1;
        tuple.iter().try_fold(asked, |key, &seen| (seen < 256).then_some(key << 8 | u128::from(seen)))
    }

    /// Where a key may be.
    fn place(key: u128) -> usize {
        let mixed = ((key >> 64) as u64 ^ key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - Self::PLACES_BITS)) as usize
    }

    fn get(&self, key: u128) -> Option<u64> {
        self.0.get(Self::place(key)).filter(|(held, _)| *held == key).map(|(_, answer)| *answer)
    }

    fn put(&mut self, key: u128, answer: u64) {
        self.0.resize(1 << Self::PLACES_BITS, (0, 0));
        self.0[Self::place(key)] = (key, answer);
    }
}

/// One worker's side of the asking.
pub struct Asking {
    recent: Recent,
    /// Answers that are not in the common memo yet.
    pub fresh: Memo,
    /// For each lens, the observations of the state that is being expanded, once they were needed.
    seen: Vec<Vec<u32>>,
    tuple: Vec<u32>,
    ids: Vec<u32>,
    /// The transition whose end is looked at, if it is not the state that is being expanded.
    pub taking: Option<Taken>,
}

impl Asking {
    pub fn new(lenses: usize) -> Self {
        Asking {
            recent: Recent::default(),
            fresh: Memo::new(lenses),
            seen: vec![Vec::new(); lenses],
            tuple: Vec::new(),
            ids: Vec::new(),
            taking: None,
        }
    }

    /// Turns to another state.
    #[inline]
    pub fn begin(&mut self) {
        self.seen.iter_mut().for_each(Vec::clear);
    }

    fn observe<const N: usize>(&mut self, context: Context, lens: usize, state: Key<N>) {
        if self.seen[lens].is_empty() {
            let observations = context.tables.observations[lens].iter();
            let slots = observations.zip(&context.layout.slots);
            self.seen[lens].extend(slots.map(|(numbers, &slot)| numbers[state.get(slot) as usize]));
        }
    }

    /// Asks about a step out of a state and about the state it leads to.
    #[inline(never)]
    pub fn step<const N: usize>(&mut self, context: Context, state: Key<N>, step: &Expansion<N>, hits: &mut HitMasks) {
        let field = step.step.field as usize;
        let after = state.get(context.layout.slots[field]) ^ step.step.flip;
        for (lens, kinds) in context.open.lenses.iter().enumerate() {
            if kinds.state | kinds.step == 0 || step.step.changes >> lens.min(31) & 1 == 0 {
                continue;
            }
            self.observe(context, lens, state);
            let seen = context.tables.observations[lens][field][after as usize];
            if self.seen[lens][field] == seen {
                continue;
            }
            if kinds.step != 0 {
                self.tuple.clear();
                self.tuple.extend_from_slice(&self.seen[lens]);
                self.tuple.extend_from_slice(&self.seen[lens]);
                let actors = self.seen[lens].len();
                self.tuple[actors + field] = seen;
                hits.next[lens] |= kinds.step & self.answer(context, lens, AskKind::Step);
            }
            if kinds.state != 0 {
                self.tuple.clear();
                self.tuple.extend_from_slice(&self.seen[lens]);
                self.tuple[field] = seen;
                hits.next[lens] |= kinds.state & self.answer(context, lens, AskKind::State);
            }
        }
    }

    /// Asks all questions of a kind, but for steps, about a state.
    pub fn state<const N: usize>(&mut self, context: Context, kind: AskKind, state: Key<N>, hits: &mut HitMasks) {
        for (lens, kinds) in context.open.lenses.iter().enumerate() {
            if kinds.of(kind) != 0 {
                self.observe(context, lens, state);
                self.tuple.clear();
                self.tuple.extend_from_slice(&self.seen[lens]);
                hits.here[lens] |= kinds.of(kind) & self.answer(context, lens, kind);
            }
        }
    }

    /// Asks the questions about whole states.
    pub fn judge<const N: usize>(&mut self, context: Context, state: Key<N>, hits: &mut HitMasks) {
        let whole = context.open.judges & !context.history_only;
        if whole != 0 {
            context.layout.unpack(state, &mut self.ids);
            hits.judged |= context.system.judge(&self.ids, whole);
        }
        let of_history = context.open.judges & context.history_only;
        if of_history != 0 {
            let history = state.get(context.layout.slots[context.history]);
            let known = context.memo.histories.get(&history).or_else(|| self.fresh.histories.get(&history)).copied();
            let answer = known.unwrap_or_else(|| {
                // All are asked, also those that are not open now: the answer is kept.
                let answer = context.system.judge_history(history, context.history_only);
                context.layout.unpack(state, &mut self.ids);
                let whole = context.system.judge(&self.ids, context.history_only);
                context.system.compare_footprints(answer, whole);
                self.fresh.histories.insert(history, answer);
                answer
            });
            hits.judged |= answer & of_history;
        }
    }

    /// True iff a transition leads to a state within the boundary.
    pub fn is_within<const N: usize>(&mut self, context: Context, step: &Expansion<N>) -> bool {
        context.layout.unpack(step.next, &mut self.ids);
        self.taking = Some(step.taken);
        let is_within = context.system.is_within(&self.ids);
        self.taking = None;
        is_within
    }

    /// True iff a state is not to be expanded.
    pub fn is_pruned<const N: usize>(&mut self, context: Context, state: Key<N>) -> bool {
        context.layout.unpack(state, &mut self.ids);
        context.system.is_pruned(&self.ids)
    }

    fn answer(&mut self, context: Context, lens: usize, kind: AskKind) -> u64 {
        let key = Recent::key(lens, kind, &self.tuple);
        if let Some(answer) = key.and_then(|key| self.recent.get(key)) {
            return answer;
        }
        let answer = self.remembered(context, lens, kind);
        if let Some(key) = key {
            self.recent.put(key, answer);
        }
        answer
    }

    fn remembered(&mut self, context: Context, lens: usize, kind: AskKind) -> u64 {
        let known = context.memo.get(lens, kind, &self.tuple).or_else(|| self.fresh.get(lens, kind, &self.tuple));
        known.unwrap_or_else(|| {
            let (before, after) = match kind {
                AskKind::Step => self.tuple.split_at(self.tuple.len() / 2),
                AskKind::State | AskKind::Terminal => (&[][..], &self.tuple[..]),
            };
            let answer = context.system.ask(lens, kind, before, after);
            self.fresh.put(lens, kind, &self.tuple, answer);
            answer
        })
    }
}
