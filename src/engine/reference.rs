//! The reference engine: stateright's own breadth-first and depth-first checkers, driven so that a truncated run is
//! known to be truncated and a reported path is a shortest one. It adds no search of its own.
//!
//! stateright visits, stores and orders the states; this module wraps the model so that every state it expands passes
//! by here once. Five of stateright's habits (version 0.31) make that necessary: limits and timeouts end a run that
//! still reports itself done, a timeout is not looked at by a single thread, a limit on states is exceeded by all that is
//! pending, a later discovery replaces an earlier, shorter one, and its hash of a state does not tell whose timer is set,
//! so that states that differ are taken for one. With more than one thread its breadth-first search is not level by level, so depths and shortest paths
//! would depend on timing: this engine always runs it with one.

use super::control::Watch;
use super::fault::SOMETHING;
use super::{
    hash_apart, whole_levels, Action, Ask, Checkable, Counts, Fault, Hit, Lens, Outcome, Refusal, Search, State,
    Stopped, Strategy,
};
use ahash::RandomState;
use stateright::actor::{Actor, ActorModel};
use stateright::{Checker, Expectation, Model, Property};
use std::any::Any;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{BuildHasher, Hash, Hasher};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// An actor that stateright's checkers can take to their threads.
pub trait Threadable:
    Checkable + Actor<Msg: 'static, Timer: 'static, Random: 'static, State: 'static, Storage: 'static> + 'static
{
}

impl<A> Threadable for A where
    A: Checkable + Actor<Msg: 'static, Timer: 'static, Random: 'static, State: 'static, Storage: 'static> + 'static
{
}

/// Runs a search on stateright's checkers.
///
/// # Errors
/// [`Refusal::Unsupported`] for a model whose initial state is outside its boundary, [`Refusal::Panicked`] if a
/// handler panics, [`Refusal::NoThread`] if stateright's checker cannot have the thread that it works on.
pub fn run<A, C, H, O>(search: Search<A, C, H, O>) -> Result<Outcome<A>, Refusal>
where
    A: Threadable,
    C: Send + Sync + 'static,
    H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let search = Arc::new(search);
    let watch = Watch::new(search.control.clone(), &search.limits);
    let mut outcome = pass(&search, search.strategy, None, &watch)?;
    if search.strategy == Strategy::Dfs {
        shorten(&search, &mut outcome, &watch)?;
    }
    Ok(outcome)
}

/// Replaces the hits of a depth-first search by shortest ones, as far as the limits allow.
fn shorten<A, C, H, O>(search: &Arc<Search<A, C, H, O>>, outcome: &mut Outcome<A>, watch: &Watch) -> Result<(), Refusal>
where
    A: Threadable,
    C: Send + Sync + 'static,
    H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    let wanted: Vec<bool> = outcome.hits.iter().map(Option::is_some).collect();
    if wanted.contains(&true) {
        let shortest = pass(search, Strategy::Bfs, Some(wanted), watch)?;
        for (hit, shorter) in outcome.hits.iter_mut().zip(shortest.hits) {
            if hit.is_some() && shorter.is_some() {
                *hit = shorter;
            }
        }
    }
    Ok(())
}

/// One pass of a stateright checker. With `wanted`, it ends as soon as every wanted question has its hit.
fn pass<A, C, H, O>(
    search: &Arc<Search<A, C, H, O>>,
    strategy: Strategy,
    wanted: Option<Vec<bool>>,
    watch: &Watch,
) -> Result<Outcome<A>, Refusal>
where
    A: Threadable,
    C: Send + Sync + 'static,
    H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    O: Send + Sync + 'static,
{
    require_thread()?;
    let watched = Watched::new(search.clone(), wanted, watch.clone())?;
    let findings = watched.findings.clone();
    let builder = watched.checker().threads(1);
    let unique_states = match strategy {
        Strategy::Bfs => join(builder.spawn_bfs())?,
        Strategy::Dfs => join(builder.spawn_dfs())?,
    };
    let mut findings = lock(&findings);
    let counts = Counts {
        unique_states: unique_states.into(),
        generated_states: 1 + u128::from(findings.transitions),
        terminal_states: (findings.terminal + if findings.is_cut { 0 } else { findings.terminal_at_limit }).into(),
        max_depth: (strategy == Strategy::Bfs).then(|| findings.by_depth.len().saturating_sub(1) as u64),
    };
    let trails = std::mem::take(&mut findings.hits);
    let hits = trails.into_iter().map(|trail| trail.map(|trail| hit(&search.model, &trail, strategy))).collect();
    let depth_cut = findings.is_cut.then_some(Stopped::MaxDepth);
    let stopped = findings.stopped.or(depth_cut).unwrap_or(Stopped::Exhausted);
    let by_depth = std::mem::take(&mut findings.by_depth);
    let states_by_depth = (strategy == Strategy::Bfs).then_some(by_depth).and_then(|by| whole_levels(by, stopped));
    Ok(Outcome { stopped, counts, states_by_depth, hits, threads: 1, notes: Vec::new() })
}

/// stateright panics if it cannot have a thread, so this asks for one first.
fn require_thread() -> Result<(), Refusal> {
    let spawned = std::thread::Builder::new().spawn(|| ());
    spawned.map(|thread| _ = thread.join()).map_err(|error| Refusal::NoThread(error.to_string()))
}

/// Waits for a checker and counts what it found.
fn join<M: Model<State: Hash>>(mut checker: impl Checker<M>) -> Result<u64, Refusal> {
    for handle in checker.handles() {
        handle.join().map_err(panicked)?;
    }
    Ok(checker.unique_state_count() as u64)
}

fn panicked(payload: Box<dyn Any + Send>) -> Refusal {
    Refusal::Panicked(Fault::caught(payload, SOMETHING))
}

/// The actions along a trail of action indices.
fn hit<A, C, H>(model: &ActorModel<A, C, H>, trail: &[usize], strategy: Strategy) -> Hit<A>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    let mut state = model.init_states().remove(0);
    let mut path = Vec::with_capacity(trail.len());
    for index in trail {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        let action = actions.swap_remove(*index);
        state = model.next_state(&state, action.clone()).expect("a trail holds only indices of enabled actions");
        path.push(action);
    }
    Hit { actions: path, shortest: strategy == Strategy::Bfs }
}

/// What is tallied while stateright expands states.
#[derive(Default)]
struct Findings {
    expanded: u64,
    transitions: u64,
    terminal: u64,
    /// Terminal states at the depth limit. They count if the limit cut nothing off.
    terminal_at_limit: u64,
    /// Expanded states by the depth at which they were found, which is their own if the search is breadth-first.
    by_depth: Vec<u64>,
    hits: Vec<Option<Vec<usize>>>,
    /// Fingerprints of the states found, if there may not be any number of them.
    found: HashSet<u64>,
    /// Why no further state is expanded.
    stopped: Option<Stopped>,
    /// True iff the depth limit cut off a transition.
    is_cut: bool,
}

fn lock(findings: &Mutex<Findings>) -> MutexGuard<'_, Findings> {
    findings.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A state and how it was reached. Only the state counts for equality and for its fingerprint.
struct Reached<S> {
    state: S,
    trail: Option<Arc<Trail>>,
}

/// The indices of the actions that led here, last first.
struct Trail {
    action: usize,
    before: Option<Arc<Trail>>,
    depth: u64,
}

impl<S> Reached<S> {
    fn depth(&self) -> u64 {
        self.trail.as_ref().map_or(0, |trail| trail.depth)
    }

    fn indices(&self) -> Vec<usize> {
        let mut indices = Vec::new();
        let mut trail = self.trail.as_ref();
        while let Some(step) = trail {
            indices.push(step.action);
            trail = step.before.as_ref();
        }
        indices.reverse();
        indices
    }
}

impl<S: Clone> Clone for Reached<S> {
    fn clone(&self) -> Self {
        Reached { state: self.state.clone(), trail: self.trail.clone() }
    }
}

impl<S: PartialEq> PartialEq for Reached<S> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

/// Not stateright's own hash of a state, by which it takes some for others.
impl<A, H> Hash for Reached<State<A, H>>
where
    A: Actor,
    A::Msg: Ord,
    H: Hash,
{
    fn hash<K: Hasher>(&self, hasher: &mut K) {
        hash_apart(&self.state, hasher);
    }
}

/// An enabled transition: the index of its action and where it leads.
struct Transition<S> {
    index: usize,
    next: Reached<S>,
}

impl<S: Clone> Clone for Transition<S> {
    fn clone(&self) -> Self {
        Transition { index: self.index, next: self.next.clone() }
    }
}

impl<S> PartialEq for Transition<S> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

/// The model as stateright's checkers see it: its actions are the enabled transitions, so that each state is expanded,
/// questioned and counted in one place.
struct Watched<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    search: Arc<Search<A, C, H, O>>,
    initial: State<A, H>,
    wanted: Option<Vec<bool>>,
    findings: Arc<Mutex<Findings>>,
    watch: Watch,
    hasher: RandomState,
    /// True iff no further state is expanded: then stateright is to leave all that is pending.
    is_over: AtomicBool,
}

impl<A, C, H, O> Watched<A, C, H, O>
where
    A: Threadable,
    H: Clone + Debug + Hash,
{
    fn new(search: Arc<Search<A, C, H, O>>, wanted: Option<Vec<bool>>, watch: Watch) -> Result<Self, Refusal> {
        let model = &search.model;
        let initial = catch_unwind(AssertUnwindSafe(|| model.init_states().remove(0))).map_err(panicked)?;
        if !(model.within_boundary)(&model.cfg, &initial) {
            return Err(Refusal::Unsupported("the initial state is outside the boundary".into()));
        }
        let questions = search.lenses.iter().map(|lens| lens.questions.len()).sum::<usize>() + search.judges.len();
        let hasher = RandomState::with_seeds(123_456_789_987_654_321, 98_765_432_123_456_789, 0, 0); // stateright's
        let found = HashSet::from([fingerprint(&hasher, &initial)]);
        let findings = Arc::new(Mutex::new(Findings { hits: vec![None; questions], found, ..Findings::default() }));
        Ok(Watched { search, initial, wanted, findings, watch, hasher, is_over: AtomicBool::new(false) })
    }

    /// Why no further state is to be expanded, if so.
    fn stop(&self, findings: &Findings) -> Option<Stopped> {
        let is_satisfied = self.wanted.as_ref().is_some_and(|wanted| {
            wanted.iter().zip(&findings.hits).all(|(is_wanted, hit)| !is_wanted || hit.is_some())
        });
        let out_of_memory =
            || (findings.expanded.is_multiple_of(1024) && self.watch.is_out_of_memory()).then_some(Stopped::Memory);
        if is_satisfied {
            return Some(Stopped::Interrupted);
        }
        if self.wanted.is_none() && self.search.goal.is_reached(|question| findings.hits[question].is_some()) {
            return Some(Stopped::Decided);
        }
        out_of_memory().or_else(|| self.watch.stop())
    }

    fn successors(&self, reached: &Reached<State<A, H>>) -> Vec<(usize, State<A, H>)> {
        let model = &self.search.model;
        let mut actions = Vec::new();
        model.actions(&reached.state, &mut actions);
        let next = |(index, action): (usize, Action<A>)| Some((index, model.next_state(&reached.state, action)?));
        let is_inside = |(_, state): &(usize, State<A, H>)| (model.within_boundary)(&model.cfg, state);
        actions.into_iter().enumerate().filter_map(next).filter(is_inside).collect()
    }

    /// Asks every question that has no hit yet.
    fn question(&self, findings: &mut Findings, reached: &Reached<State<A, H>>, successors: &[(usize, State<A, H>)]) {
        let mut hits = findings.hits.iter_mut();
        for lens in &self.search.lenses {
            let seen = observe(lens, &reached.state);
            for ask in &lens.questions {
                let hit = hits.by_ref().next().expect("there is a place for the hit of every question");
                if hit.is_none() {
                    *hit = answer(lens, ask, &seen, successors).map(|step| {
                        let mut trail = reached.indices();
                        trail.extend(step);
                        trail
                    });
                }
            }
        }
        for (hit, judge) in hits.zip(&self.search.judges).filter(|(hit, _)| hit.is_none()) {
            *hit = judge.is_hit(&self.search.model, &reached.state).then(|| reached.indices());
        }
    }

    /// Expands a state unless the search is over: asks, counts, and returns its successors.
    fn expand(&self, reached: &Reached<State<A, H>>) -> Vec<(usize, State<A, H>)> {
        let mut findings = lock(&self.findings);
        findings.stopped = findings.stopped.or_else(|| self.stop(&findings));
        if findings.stopped.is_some() {
            self.is_over.store(true, Ordering::Relaxed);
            return Vec::new();
        }
        let mut successors = self.successors(reached);
        self.question(&mut findings, reached, &successors);
        findings.expanded += 1;
        findings.transitions += successors.len() as u64;
        let is_at_limit = self.search.limits.max_depth.is_some_and(|most| reached.depth() >= most);
        *(if is_at_limit { &mut findings.terminal_at_limit } else { &mut findings.terminal }) +=
            u64::from(successors.is_empty());
        let depth = reached.depth() as usize;
        if findings.by_depth.len() <= depth {
            findings.by_depth.resize(depth + 1, 0);
        }
        findings.by_depth[depth] += 1;
        let control = &self.search.control;
        control.unique_states.store(findings.expanded, Ordering::Relaxed);
        control.generated_states.store(1 + findings.transitions, Ordering::Relaxed);
        control.depth.store(reached.depth(), Ordering::Relaxed);
        if is_at_limit {
            findings.is_cut |= !successors.is_empty();
            return Vec::new();
        }
        if let Some(most) = self.search.limits.max_states {
            successors.retain(|(_, state)| self.has_room(&mut findings, state, most));
        }
        successors
    }

    /// True iff a state was found before, or is one more that may be. If not, the search is over.
    fn has_room(&self, findings: &mut Findings, state: &State<A, H>, most: u64) -> bool {
        let fingerprint = fingerprint(&self.hasher, state); // what is counted here is what stateright counts
        let is_known = findings.found.contains(&fingerprint);
        if !is_known && findings.found.len() as u64 >= most {
            findings.stopped = Some(Stopped::MaxStates);
            self.is_over.store(true, Ordering::Relaxed);
            return false;
        }
        is_known || findings.found.insert(fingerprint)
    }
}

/// The fingerprint that stateright has of a state.
fn fingerprint<A, H>(hasher: &RandomState, state: &State<A, H>) -> u64
where
    A: Actor,
    A::Msg: Ord,
    H: Hash,
{
    let mut hasher = hasher.build_hasher();
    hash_apart(state, &mut hasher);
    hasher.finish()
}

fn observe<A, H, O>(lens: &Lens<A, O>, state: &State<A, H>) -> Vec<O>
where
    A: Actor,
{
    state.actor_states.iter().enumerate().map(|(index, local)| (lens.observe)(index, local)).collect()
}

/// Whether a state is a hit, or one of its steps: the actions that lead on from the state to the hit.
fn answer<A, H, O>(
    lens: &Lens<A, O>,
    ask: &Ask<O>,
    seen: &[O],
    successors: &[(usize, State<A, H>)],
) -> Option<Option<usize>>
where
    A: Actor,
{
    match ask {
        Ask::State(is_hit) => is_hit(seen).then_some(None),
        Ask::Terminal(is_hit) => (successors.is_empty() && is_hit(seen)).then_some(None),
        Ask::Step(is_hit) => {
            successors.iter().find(|(_, next)| is_hit(seen, &observe(lens, next))).map(|(i, _)| Some(*i))
        }
    }
}

impl<A, C, H, O> Model for Watched<A, C, H, O>
where
    A: Threadable,
    H: Clone + Debug + Hash,
{
    type State = Reached<State<A, H>>;
    type Action = Transition<State<A, H>>;

    fn init_states(&self) -> Vec<Self::State> {
        vec![Reached { state: self.initial.clone(), trail: None }]
    }

    fn actions(&self, reached: &Self::State, actions: &mut Vec<Self::Action>) {
        for (index, state) in self.expand(reached) {
            let trail = Trail { action: index, before: reached.trail.clone(), depth: reached.depth() + 1 };
            actions.push(Transition { index, next: Reached { state, trail: Some(Arc::new(trail)) } });
        }
    }

    fn next_state(&self, _: &Self::State, transition: Self::Action) -> Option<Self::State> {
        Some(transition.next)
    }

    /// One property that fails when the search is over: without a property left to decide, stateright stops.
    fn properties(&self) -> Vec<Property<Self>> {
        let condition = |watched: &Self, _: &Self::State| !watched.is_over.load(Ordering::Relaxed);
        vec![Property { expectation: Expectation::Always, name: "every state is visited", condition }]
    }
}
