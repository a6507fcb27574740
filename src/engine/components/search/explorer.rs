//! Explores states one by one: asks what is open about each, counts, and passes its successors on. It must not know where
//! the states come from, nor where their successors go.

use super::asking::{Asking, Context, HitMasks};
use super::expand::misses;
use super::packed::Key;
use super::session::Session;
use super::visit::{visit, Successors};
use crate::engine::components::intern::{stable_set, StableSet};
use crate::engine::components::tables::Miss;

/// What is still to be learnt of a level.
#[derive(Clone, Copy)]
pub struct Task {
    /// It lies at the depth limit: its states are asked about, but what follows them is not explored.
    pub is_last: bool,
    /// Whether its states have successors. At the depth limit that is so until one with a successor is found, unless a
    /// question is about terminal states.
    pub expands: bool,
    /// Not even one state with a successor settles that.
    expands_all: bool,
}

impl Task {
    pub fn new(session: &Session, level: usize, is_cut: bool) -> Self {
        let is_last = session.limits.max_depth == Some(level as u64);
        let expands_all = !is_last || session.open.lenses.iter().any(|kinds| kinds.terminal != 0);
        Task { is_last, expands: expands_all || !is_cut, expands_all }
    }

    /// True iff states are expanded only until one is found that has a successor.
    pub fn probes(self) -> bool {
        self.expands && !self.expands_all
    }
}

/// What exploring some states found.
pub struct Explorer<const N: usize> {
    /// States that found a table entry missing, and all that they found missing.
    pub deferred: Vec<Key<N>>,
    pub missing: StableSet<Miss>,
    pub generated: u64,
    pub terminals: u64,
    pub hits: HitMasks,
    pub asking: Asking,
    /// The state that is being explored.
    pub at: Option<Key<N>>,
    pub was_decided: bool,
    expands: bool,
    successors: Successors<N>,
}

impl<const N: usize> Explorer<N> {
    pub fn new(lenses: usize) -> Self {
        Explorer {
            deferred: Vec::new(),
            missing: stable_set(),
            generated: 0,
            terminals: 0,
            hits: HitMasks::new(lenses),
            asking: Asking::new(lenses),
            at: None,
            was_decided: false,
            expands: true,
            successors: Successors::default(),
        }
    }

    /// Turns to other states, once what was found has been taken over.
    pub fn begin(&mut self, task: Task) {
        self.hits.clear();
        (self.generated, self.terminals) = (0, 0);
        (self.was_decided, self.expands) = (false, task.expands);
    }

    /// Explores a state that a move of this class found (see
    /// [`Tables::asleep`](crate::engine::components::tables::Tables::asleep)); returns how many successors it passes on, each with
    /// the class of the move to it. `is_known` may vouch for states to be within the boundary.
    #[inline(always)]
    pub fn explore(
        &mut self,
        session: &Session,
        context: Context,
        task: Task,
        (state, class): (Key<N>, u8),
        is_known: impl Fn(Key<N>) -> bool,
        mut pass_on: impl FnMut(Key<N>, u8),
    ) -> usize {
        self.at = Some(state);
        if !self.expands {
            self.asking.begin();
            self.asking.judge(context, state, &mut self.hits);
            return 0;
        }
        if visit(context, (state, class), is_known, &mut self.asking, &mut self.hits, &mut self.successors).is_err() {
            self.deferred.push(state);
            misses(context.tables, context.layout, state, |miss| _ = self.missing.insert(miss));
            return 0;
        }
        if context.may_end && self.hits.judged != 0 && session.is_decided_with(&self.hits) {
            self.was_decided = true;
            return 0; // what follows is not needed
        }
        let count = self.successors.count;
        self.expands = task.expands_all || count == 0;
        self.generated += count;
        self.terminals += u64::from(count == 0);
        if !task.is_last {
            self.successors.awake.iter().for_each(|&(next, class)| pass_on(next, class));
        }
        self.successors.awake.len()
    }
}
