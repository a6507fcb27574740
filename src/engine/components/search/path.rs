//! Turns hits into shortest paths without any stored parent. It must not know actors or messages.
//!
//! First it descends level by level, always by the least action that was not tried yet, which finds the least path soon
//! where hits are many. Where they are few it marks, level by level backwards, the states from which a hit is still
//! reachable in time, then walks forwards by the least action to a marked state. Both find the same path.

use super::asking::{Asking, Context, HitMasks, Open};
use super::expand::{expand, Expansion};
use super::marks::{Marked, Marks, POLL_EVERY};
use super::packed::{Key, Layout};
use super::session::{Question, Session, Trail};
use super::visit::{visit, Successors};
use crate::engine::components::tables::Taken;
use crate::engine::components::tuned;
use crate::engine::fault::guarded;
use crate::engine::{Refusal, Stopped};
use std::collections::HashSet;

/// Questions whose paths are found in one pass: the bits of a mark.
pub const GOALS: usize = 8;
/// Expansions that a descent may take at least, and one more for every so many visited states.
const LEAST_PATIENCE: usize = tuned(4096, 12);
const STATES_PER_PATIENCE: usize = 64;
/// A question that was hit while the current level was expanded.
pub struct Target {
    pub number: usize,
    pub question: Question,
    /// A step out of a state of the level hit it, not the state itself.
    pub by_step: bool,
}

/// The questions that these hits of the current level answer.
pub fn targets(session: &Session, hits: &HitMasks) -> Vec<Target> {
    let newly = session.newly_hit(hits).into_iter();
    newly.map(|(number, question, by_step)| Target { number, question, by_step }).collect()
}

/// Finds the paths of all questions that the current level hit, and closes these questions. Returns why the search has to
/// end if it has to, and had so long ago that some of the paths were given up: those questions have no answer.
pub fn conclude<const N: usize>(
    session: &mut Session,
    layout: &Layout,
    store: &impl Marked<N>,
    hits: &HitMasks,
) -> Result<Option<Stopped>, Refusal> {
    let targets = targets(session, hits);
    let descend = |target: &Target| descend(session, layout, store, target);
    let found = guarded(|| targets.iter().map(descend).collect::<Vec<_>>())?;
    let mut hidden = Vec::new();
    for (target, taken) in targets.into_iter().zip(found) {
        session.questions[target.number].1 = taken.map(|taken| Trail { taken, shortest: true });
        if session.questions[target.number].1.is_none() {
            hidden.push(target);
        } else {
            session.close(target.question);
        }
    }
    for targets in hidden.chunks(GOALS) {
        let trails = guarded(|| trails(session, layout, store, targets))?;
        for (target, taken) in targets.iter().zip(trails.into_iter().flatten()) {
            session.questions[target.number].1 = Some(Trail { taken, shortest: true });
        }
    }
    hidden.iter().for_each(|target| session.close(target.question));
    let is_missing = |target: &Target| session.questions[target.number].1.is_none();
    Ok(if hidden.iter().any(is_missing) { session.lost_patience() } else { None })
}

/// The least path to a target, unless it is not found within that many expansions.
fn descend<const N: usize>(
    session: &Session,
    layout: &Layout,
    store: &impl Marked<N>,
    target: &Target,
) -> Option<Vec<Taken>> {
    let open = open_for(session, std::slice::from_ref(target));
    let context = session.context(layout, &open);
    let mut own = Own::<N>::new(open.lenses.len());
    let mut patience = LEAST_PATIENCE.max(store.len() / STATES_PER_PATIENCE);
    let mut seen = HashSet::new();
    let mut path: Vec<(Option<Taken>, Key<N>, Vec<(Taken, Key<N>)>)> = vec![(None, store.initial(), Vec::new())];
    let mut is_new = true;
    while let Some((_, state, ways)) = path.last_mut() {
        let state = *state;
        if is_new {
            patience = patience.checked_sub(1)?;
            if patience.is_multiple_of(POLL_EVERY) && session.lost_patience().is_some() {
                return None;
            }
            if path.len() > store.level() {
                if own.mark(context, store, std::slice::from_ref(target), state) != 0 {
                    let taken = path.into_iter().filter_map(|(taken, ..)| taken).collect();
                    return Some(completed(context, store, state, target, taken));
                }
            } else {
                let level = path.len();
                let found = ways_on(context, store, state, level, &mut own);
                path.last_mut().expect("the path is not empty").2 = found;
            }
            is_new = false;
            continue;
        }
        match ways.pop() {
            Some((taken, next)) => {
                if seen.insert(next.0) {
                    path.push((Some(taken), next, Vec::new()));
                    is_new = true;
                }
            }
            None => {
                path.pop();
            }
        }
    }
    None
}

/// The transitions from a state to states of a level, the one with the least action last.
fn ways_on<const N: usize>(
    context: Context,
    store: &impl Marked<N>,
    state: Key<N>,
    level: usize,
    own: &mut Own<N>,
) -> Vec<(Taken, Key<N>)> {
    let mut ways = Vec::new();
    if context.prunes && own.asking.is_pruned(context, state) {
        return ways;
    }
    let _unexpanded = expand(context.tables, context.layout, state, |step| {
        if store.is_of(level, step.next) {
            ways.push((step.taken, step.next));
        }
    });
    ways.sort_by(|(one, _), (other, _)| context.system.order(*other, *one));
    ways
}

/// The least paths to the targets, unless the search had to end long before they are found.
fn trails<const N: usize>(
    session: &Session,
    layout: &Layout,
    store: &impl Marked<N>,
    targets: &[Target],
) -> Option<Vec<Vec<Taken>>> {
    let open = open_for(session, targets);
    let context = session.context(layout, &open);
    let last = store.mark(session, store.level(), || {
        let mut own = Own::new(open.lenses.len());
        move |state| own.mark(context, store, targets, state)
    });
    let marks = backwards(session, context, store, last, u8::MAX >> (GOALS - targets.len()))?;
    let trail = |(bit, target)| {
        let (state, taken) = walk(context, store, &marks, bit);
        completed(context, store, state, target, taken)
    };
    Some(targets.iter().enumerate().map(trail).collect())
}

/// The least path to such a state of the current level, unless the search had to end long before it is found. There is one.
pub fn path_to<const N: usize>(
    session: &Session,
    layout: &Layout,
    store: &impl Marked<N>,
    is_target: impl Fn(Key<N>) -> bool + Sync,
) -> Option<Vec<Taken>> {
    let open = open_for(session, &[]);
    let last = store.mark(session, store.level(), || |state| u8::from(is_target(state)));
    let context = session.context(layout, &open);
    let marks = backwards(session, context, store, last, 1)?;
    Some(walk(context, store, &marks, 0).1)
}

/// The marks of all levels, given those of the last one, unless the search had to end long before. `all` is the mark of a
/// state from which everything is reachable.
fn backwards<const N: usize>(
    session: &Session,
    context: Context,
    store: &impl Marked<N>,
    last: Marks<N>,
    all: u8,
) -> Option<Vec<Marks<N>>> {
    let mut marks = vec![last];
    for level in (0..store.level()).rev() {
        let after = marks.last().expect("the last level was marked");
        let marked = store.mark(session, level, || {
            let mut own = Own::<N>::new(context.open.lenses.len());
            move |state| {
                let mut bits = 0;
                if context.prunes && own.asking.is_pruned(context, state) {
                    return bits;
                }
                // A state that was never expanded may find an entry missing; it has no successors yet.
                let _unexpanded = expand(context.tables, context.layout, state, |step| {
                    if bits != all {
                        bits |= store.mark_of(after, level + 1, step.next);
                    }
                });
                bits
            }
        });
        marks.push(marked);
    }
    if session.lost_patience().is_some() {
        return None; // the marks may not be whole
    }
    marks.reverse();
    Some(marks)
}

/// The open questions cut down to the targets.
pub fn open_for(session: &Session, targets: &[Target]) -> Open {
    let mut open = Open { lenses: vec![Default::default(); session.open.lenses.len()], judges: 0 };
    for target in targets {
        let bit = 1u64 << target.question.bit;
        match target.question.lens {
            None => open.judges |= bit,
            Some(lens) => {
                let kinds = session.open.lenses[lens].only(bit);
                open.lenses[lens].state |= kinds.state;
                open.lenses[lens].terminal |= kinds.terminal;
                open.lenses[lens].step |= kinds.step;
            }
        }
    }
    open
}

/// What a worker needs to ask again.
pub struct Own<const N: usize> {
    asking: Asking,
    hits: HitMasks,
    successors: Successors<N>,
}

impl<const N: usize> Own<N> {
    pub fn new(lenses: usize) -> Self {
        Own { asking: Asking::new(lenses), hits: HitMasks::new(lenses), successors: Successors::default() }
    }

    /// The targets that a state of the last level hits.
    pub fn mark(&mut self, context: Context, store: &impl Marked<N>, targets: &[Target], state: Key<N>) -> u8 {
        self.hits.clear();
        let is_known = |key| store.knows(key);
        if visit(context, (state, 0), is_known, &mut self.asking, &mut self.hits, &mut self.successors).is_err() {
            // A state at the depth limit is asked about and not expanded; the search may also have ended before it came
            // back to one that found an entry missing. The steps that were found until then are real.
            self.asking.judge(context, state, &mut self.hits);
        }
        let hit = |target: &Target| hit_by(&self.hits, target);
        targets.iter().enumerate().filter(|(_, target)| hit(target)).fold(0, |mask, (bit, _)| mask | 1 << bit)
    }
}

fn hit_by(hits: &HitMasks, target: &Target) -> bool {
    let mask = match (target.question.lens, target.by_step) {
        (None, _) => hits.judged,
        (Some(lens), true) => hits.next[lens],
        (Some(lens), false) => hits.here[lens],
    };
    mask >> target.question.bit & 1 == 1
}

/// The least of the shortest paths to a state with this mark, and the state.
fn walk<const N: usize>(
    context: Context,
    store: &impl Marked<N>,
    marks: &[Marks<N>],
    bit: usize,
) -> (Key<N>, Vec<Taken>) {
    let mut state = store.initial();
    let mut path = Vec::new();
    for (level, marks) in marks.iter().enumerate().skip(1) {
        let is_marked = |step: &Expansion<N>| store.mark_of(marks, level, step.next) >> bit & 1 == 1;
        let (taken, next) = least(context, state, is_marked).expect("a marked state has a marked successor");
        path.push(taken);
        state = next;
    }
    (state, path)
}

/// The path, with the least step that hits the target if a step has to.
pub fn completed<const N: usize>(
    context: Context,
    store: &impl Marked<N>,
    state: Key<N>,
    target: &Target,
    mut path: Vec<Taken>,
) -> Vec<Taken> {
    if target.by_step {
        let mut own = Own::<N>::new(context.open.lenses.len());
        let hits = |step: &Expansion<N>| {
            let is_known = !context.system.is_bounded() || store.knows(step.next);
            if !is_known && !own.asking.is_within(context, step) {
                return false; // a state outside of the model is not asked about
            }
            own.hits.clear();
            own.asking.begin();
            own.asking.step(context, state, step, &mut own.hits);
            hit_by(&own.hits, target)
        };
        let (taken, _) = least(context, state, hits).expect("a state marked for a step has it");
        path.push(taken);
    }
    path
}

/// The transition with the least action among those that satisfy a predicate.
pub fn least<const N: usize>(
    context: Context,
    state: Key<N>,
    mut is_wanted: impl FnMut(&Expansion<N>) -> bool,
) -> Option<(Taken, Key<N>)> {
    let mut wanted: Option<(Taken, Key<N>)> = None;
    let _unexpanded = expand(context.tables, context.layout, state, |step| {
        let is_less = |(other, _): &(Taken, Key<N>)| context.system.order(step.taken, *other).is_lt();
        if wanted.as_ref().is_none_or(is_less) && is_wanted(&step) {
            wanted = Some((step.taken, step.next));
        }
    });
    wanted
}
