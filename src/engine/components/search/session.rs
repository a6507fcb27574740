//! What the searches of one run share: the compiled model, the limits, the open questions and the hits so far.
//! It must not know packed states.

use super::asking::{Context, HitMasks, Open};
use super::keeper::Keeper;
use super::packed::{Layout, MOST_WORDS};
use super::visited::Visited;
use crate::engine::components::checkpoint::Reached;
use crate::engine::components::questions::Memo;
use crate::engine::components::system::System;
use crate::engine::components::tables::Taken;
use crate::engine::components::{Census, Handover};
use crate::engine::control::{resident_bytes, Watch};
use crate::engine::fault::guarded;
use crate::engine::threads::Workers;
use crate::engine::{Control, Fault, Goal, Limits, Refusal, Stopped};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};

/// A question: a bit of a lens, or of the questions about whole states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The lens, or `None` for a question about whole states.
    pub lens: Option<usize>,
    pub bit: u32,
}

/// The moves of a path to a hit.
pub struct Trail {
    pub taken: Vec<Taken>,
    pub shortest: bool,
}

/// Looks at how many components a search has made.
pub struct Looks {
    handover: Handover,
    /// What the last look saw.
    last: Census,
}

impl Looks {
    pub fn new(handover: Handover) -> Self {
        Looks { handover, last: Census { components: 0, states: 0 } }
    }
}

/// One run.
pub struct Session<'a> {
    pub system: &'a mut dyn System,
    pub control: &'a Arc<Control>,
    pub watch: Watch,
    pub limits: Limits,
    pub goal: Goal,
    pub threads: usize,
    workers: OnceLock<Workers>,
    /// Unless the search goes on whatever it costs.
    pub looks: Option<Looks>,
    pub open: Open,
    pub memo: Memo,
    /// All questions, in the caller's order, with the hits so far.
    pub questions: Vec<(Question, Option<Trail>)>,
    pub unique: u64,
    pub generated: u64,
    pub terminals: u64,
    /// Terminal states at the depth limit. They count if the limit cut nothing off.
    pub terminals_at_limit: u64,
    /// What writes checkpoints, if there are to be some.
    pub keeper: Option<Box<Keeper>>,
    /// Where states go that memory does not hold, if they may.
    pub disk: Option<PathBuf>,
    /// Why no more went there.
    pub failure: Option<String>,
    /// Unique, generated and terminal states when the level began.
    begun: [u64; 3],
}

impl<'a> Session<'a> {
    pub fn new(
        system: &'a mut dyn System,
        control: &'a Arc<Control>,
        limits: Limits,
        threads: usize,
        open: Open,
        questions: Vec<Question>,
    ) -> Self {
        Session {
            system,
            control,
            watch: Watch::new(control.clone(), &limits),
            limits,
            goal: Goal::default(),
            threads: threads.max(1),
            workers: OnceLock::new(),
            looks: None,
            memo: Memo::new(open.lenses.len()),
            open,
            questions: questions.into_iter().map(|question| (question, None)).collect(),
            unique: 0,
            generated: 0,
            terminals: 0,
            terminals_at_limit: 0,
            keeper: None,
            disk: None,
            failure: None,
            begun: [0; 3],
        }
    }

    /// How far the search is.
    pub fn reached(&self) -> Reached {
        let answered = |trail: &Trail| (trail.taken.clone(), trail.shortest);
        Reached {
            unique: self.unique,
            generated: self.generated,
            terminals: self.terminals,
            answered: self.questions.iter().map(|(_, trail)| trail.as_ref().map(answered)).collect(),
        }
    }

    /// Notes that a level begins.
    pub fn begin_level<const N: usize>(&mut self, layout: &Layout, states: &impl Visited<N>) {
        self.begun = [self.unique, self.generated, self.terminals];
        if let Some(mut keeper) = self.keeper.take() {
            keeper.begin_level(self.system.filled(), self.reached(), layout, states);
            self.keeper = Some(keeper);
        }
    }

    /// Forgets what was counted since the level began.
    pub fn begin_level_anew(&mut self) {
        [self.unique, self.generated, self.terminals] = self.begun;
        self.terminals_at_limit = 0;
    }

    /// Writes a checkpoint, if one is due.
    pub fn keep<const N: usize>(&mut self, layout: &Layout, states: &impl Visited<N>, stopped: Option<Stopped>) {
        if let Some(keeper) = &mut self.keeper {
            keeper.write(layout, states, stopped);
        }
    }

    /// Notes that the disk failed, which ends the search.
    pub fn disk_failed(&mut self, error: &io::Error) -> Stopped {
        let folder = self.disk.as_deref().unwrap_or(Path::new(""));
        self.failure = Some(format!("{}: {error}", folder.display()));
        Stopped::Disk
    }

    /// Has the search be as far as another was.
    pub fn go_on_from(&mut self, reached: &Reached) {
        self.begun = [reached.unique, reached.generated, reached.terminals];
        self.begin_level_anew();
        for (number, answered) in reached.answered.iter().enumerate() {
            let Some((taken, shortest)) = answered.clone() else { continue };
            self.questions[number].1 = Some(Trail { taken, shortest });
            self.close(self.questions[number].0);
        }
    }

    /// What workers read, with the questions that they are to ask.
    pub fn context<'s>(&'s self, layout: &'s Layout, open: &'s Open) -> Context<'s> {
        let (system, tables) = (&*self.system, self.system.tables());
        let (is_bounded, prunes) = (system.is_bounded(), system.prunes());
        Context {
            system,
            tables,
            layout,
            memo: &self.memo,
            open,
            changes: open.changes(),
            // A state that is not expanded, or whose successors are looked at as a whole, vouches for no other one.
            sleeps: !is_bounded && !prunes,
            may_end: !self.goal.0.is_empty() && open.judges & !system.history_only() != 0,
            history: tables.fields.history(),
            history_only: system.history_only(),
            is_bounded,
            prunes,
        }
    }

    /// Runs work on the threads of this run, or on this thread if there is just one or the work is small.
    pub fn on_threads<T: Send>(&self, is_small: bool, work: impl FnOnce(bool) -> T + Send) -> T {
        if is_small || self.threads == 1 {
            return work(false);
        }
        self.workers.get_or_init(|| Workers::new(self.threads, self.control)).run(work)
    }

    /// The threads that the search has, or would have had if there had been enough to share.
    pub fn threads_in_use(&self) -> usize {
        self.workers.get().map_or(self.threads, Workers::count)
    }

    /// Publishes how far the search is.
    pub fn publish(&self, frontier: u64, depth: u64) {
        self.control.unique_states.store(self.unique, Relaxed);
        self.control.generated_states.store(self.generated, Relaxed);
        self.control.frontier.store(frontier, Relaxed);
        self.control.depth.store(depth, Relaxed);
    }

    /// Bytes that may still be allocated, if there is a budget.
    pub fn spare_bytes(&self) -> Option<u64> {
        let budget = self.limits.memory?;
        Some(budget.saturating_sub(resident_bytes()?))
    }

    /// Why the search has to end now, if it has to.
    pub fn stop(&self) -> Option<Stopped> {
        self.watch.stop()
    }

    /// True iff enough is known.
    pub fn is_decided(&self) -> bool {
        self.goal.is_reached(|question| self.questions[question].1.is_some())
    }

    /// A refusal that says where, if it is a panic. `place` finds the path to the state; it may run code of the model.
    pub fn placed(&self, refusal: Refusal, place: impl FnOnce() -> Option<Vec<Taken>>) -> Refusal {
        let Refusal::Panicked(fault) = refusal else { return refusal };
        let told = || place().map(|path| path.into_iter().map(|taken| self.system.told(taken)).collect());
        Refusal::Panicked(Fault { path: guarded(told).ok().flatten(), ..fault })
    }

    /// The components and states, if there are too many components to go on.
    pub fn unsuited(&mut self) -> Option<Census> {
        let looks = self.looks.as_mut().filter(|looks| self.unique >= looks.handover.states)?;
        let components = self.system.tables().counts.iter().map(|&count| u64::from(count)).sum();
        let now = Census { components, states: self.unique };
        let last = std::mem::replace(&mut looks.last, now);
        looks.handover.states = self.unique * 2;
        let [components, states] = [now.components - last.components, now.states - last.states];
        (components * 100 >= looks.handover.per_cent * states && !self.system.clashes()).then_some(now)
    }

    /// Why a path is not looked for any more: the search had to end a while ago.
    pub fn lost_patience(&self) -> Option<Stopped> {
        self.watch.has_lost_patience().then(|| self.stop()).flatten()
    }

    /// The open questions that were hit: by a state, and by a step out of a state.
    pub fn newly_hit(&self, hits: &HitMasks) -> Vec<(usize, Question, bool)> {
        let mut hit = Vec::new();
        for (number, (question, trail)) in self.questions.iter().enumerate() {
            let (here, next) = match question.lens {
                Some(lens) => (hits.here[lens], hits.next[lens]),
                None => (hits.judged, 0),
            };
            if trail.is_none() && (here | next) >> question.bit & 1 == 1 {
                hit.push((number, *question, here >> question.bit & 1 == 0));
            }
        }
        hit
    }

    /// Stops asking a question that has a hit.
    pub fn close(&mut self, question: Question) {
        let bit = 1u64 << question.bit;
        match question.lens {
            Some(lens) => self.open.lenses[lens] = self.open.lenses[lens].only(!bit),
            None => self.open.judges &= !bit,
        }
    }

    /// True iff enough is known when these hits are counted as well.
    pub fn is_decided_with(&self, hits: &HitMasks) -> bool {
        !self.goal.0.is_empty() && {
            let newly = self.newly_hit(hits);
            self.goal.is_reached(|question| {
                self.questions[question].1.is_some() || newly.iter().any(|(number, ..)| *number == question)
            })
        }
    }

    /// A layout for the components so far in at least this many words, so tight (see [`Layout::new`]).
    pub fn layout(&self, words: usize, tightness: Option<u32>) -> Result<(Layout, usize), Refusal> {
        let counts = &self.system.tables().counts;
        let mut words = words;
        while words <= MOST_WORDS {
            if let Some(layout) = Layout::new(counts, words, tightness) {
                return Ok((layout, words));
            }
            words *= 2;
        }
        Err(Refusal::Unsupported(format!("its states need more than {} bits", MOST_WORDS * 64)))
    }
}
