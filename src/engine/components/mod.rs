//! The component engine: any actor model, compiled to component automata and searched in packed states.
//! It knows nothing of Paxos, nor of model files, reports or terminals.
//!
//! # How it works
//!
//! A *component* is an actor's local state with its timers, choices and storage and all envelopes in flight to it.
//! Whatever happens, happens to one component and at most adds envelopes to others, so components are numbered, and
//! what each can do becomes a table: a handler runs once per component and action (`compile`), not once per
//! transition. A global state is a tuple of component numbers, packed into one or more words (`search::packed`), and a
//! transition is a few table lookups and exclusive ors (`search::expand`). Envelopes to actors that do not exist, the last
//! delivery of a duplicating network and the history are three more fields of the tuple.
//!
//! Breadth-first search (`search::bfs`) goes level by level in rounds: workers expand chunks of the frontier into bins by
//! shard, then each inserts whole shards (`search::store`). A state that finds a table entry missing is put aside until the
//! rest of its level is expanded; then one thread fills what all of them miss, sorted. So nothing is ever locked, components are
//! numbered alike with any number of threads, and so is everything that is counted or reported. The same holds for a search
//! that is spread over processes (`spread`). Parents are not stored: `search::path` finds a shortest path from the
//! levels alone.
//!
//! Moves of different actors mostly commute, so a state need not try them in every order: with the move that found it, it has
//! a set of fields whose moves sleep (`tables::Tables::asleep`). They are counted, and no state is missed.
//!
//! A state is stored as the remainder of a division by the number of shards (`search::quotient`), in as few bytes as that has,
//! in the order in which it came; an index of 4 bytes a slot finds it (`search::shard`). Where memory ends the search may go
//! on with sorted levels on a disk (`search::disk`).
//!
//! # Invariants
//!
//! * A visited state is stored as its packed tuple: no two states are ever taken for one. Only histories, which cannot
//!   be compared, are told apart by 128 bits of hash; local states and storages by their own `PartialEq`.
//! * The searches see `system::System`, never an actor. They are compiled once for all models.
//! * A table that is full, or a state of more than 1024 bits, is a refusal; spent memory is an incomplete outcome.
//!
//! # What bounds its speed
//!
//! On adapted Paxos with 3 proposers and 4 acceptors (11.7 million states, 75 million transitions, some 65 ns a
//! transition on two threads), of the time of one thread (`perf record`), 43 % goes to inserting states, most of it
//! spent waiting for a line of the index and then for the state found there; 30 % to expanding and binning, 12 % to
//! asking about observations, 5 % to rebuilding a grown index, 2 % to finding paths. So it is bound by the latency of
//! memory, which batches (`search::store`) hide in part. Where hits are rare, marking their paths backwards takes as long as
//! expanding the levels up to them once more (`search::path`).

pub mod checkpoint;
pub(super) mod compile;
pub(super) mod graph;
pub(super) mod intern;
pub(super) mod questions;
mod search;
#[cfg(feature = "hosts")]
pub mod spread;
pub(super) mod system;
pub(super) mod tables;

use super::{whole_levels, Action, Checkable, Counts, Goal, Hit, Judge, Outcome, Refusal, Search, Stopped, Strategy};
use crate::engine::fault::guarded;
use checkpoint::{Checkpoints, Resumed};
use compile::Compiler;
use questions::{AskKind, Observer};
use search::asking::{Asking, HitMasks, Open};
use search::keeper::Keeper;
use search::packed::MOST_WORDS;
use search::session::{Looks, Question, Session, Trail};
use search::{bfs, dfs, disk, with_words};
use stateright::actor::Actor;
use std::fmt::Debug;
use std::hash::Hash;
use std::path::Path;
use system::Compiled;

/// A number that fits real models, or in debug builds one so small that tests of small models get everywhere: to full
/// blocks, split shards, shared rounds and states that have to be packed anew.
const fn tuned(real: usize, tested: usize) -> usize {
    if cfg!(debug_assertions) {
        tested
    } else {
        real
    }
}

/// Explores the reachable states of an actor model and answers the questions of a search.
///
/// # Errors
///
/// Refuses a model that it cannot explore exactly, and gives up when a handler of an actor panics.
pub fn run<A, C, H, O>(search: Search<A, C, H, O>) -> Result<Outcome<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    run_to_the_end(search, Way::Plain).map(|(outcome, _)| outcome)
}

/// The same breadth-first, with checkpoints or with states on disk.
///
/// # Errors
///
/// As [`run`], or if the folder of the checkpoints cannot be used, or holds one that this search cannot go on from.
pub fn run_kept<A, C, H, O>(search: Search<A, C, H, O>, keeping: Keeping) -> Result<(Outcome<A>, Kept), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let search = Search { strategy: Strategy::Bfs, ..search };
    run_to_the_end(search, Way::Kept(keeping))
}

/// What a search keeps outside of memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeping<'a> {
    /// Where checkpoints are written, if they are.
    pub checkpoints: Option<&'a Checkpoints>,
    /// The folder for the states that the limit on memory leaves no room for, if they are to go to a disk. Files there have no
    /// name, and are gone when the search has ended, however that was.
    pub disk: Option<&'a Path>,
}

/// What became of what a search kept.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// What it went on from.
    pub resumed: Option<Resumed>,
    /// Why the last checkpoint was not written, if it was not.
    pub failed: Option<String>,
    /// Why the disk did not take more states, or not give them, if that ended the search.
    pub disk: Option<String>,
}

/// Runs a search that does not give up.
fn run_to_the_end<A, C, H, O>(search: Search<A, C, H, O>, way: Way) -> Result<(Outcome<A>, Kept), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    match run_pruned(search, None, way)? {
        Ran::Ended(outcome, kept) => Ok((outcome, *kept)),
        Ran::Unsuited(_) => unreachable!("a search without a handover does not hand over"),
    }
}

/// When a breadth-first search of components is given up for one of whole states: where there are about as many components
/// as states, making them costs more than it saves.
#[derive(Clone, Copy, Debug)]
pub struct Handover {
    /// Distinct states at which the components are counted first. They are counted again whenever there are twice as
    /// many states, and each time it is what was found since the last time that counts.
    pub states: u64,
    /// Components for 100 states that are too many. If unequal components with equal hashes were met there are never too
    /// many: whole states would be compared in vain even more often.
    pub per_cent: u64,
}

impl Default for Handover {
    fn default() -> Self {
        Handover { states: 4096, per_cent: 90 }
    }
}

/// How many components and states had been found when a search was given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Census {
    pub(super) components: u64,
    pub(super) states: u64,
}

/// What a search does besides searching.
pub(super) enum Way<'a> {
    /// Nothing.
    Plain,
    /// It may give up.
    Handover(Handover),
    /// It keeps something outside of memory.
    Kept(Keeping<'a>),
    /// It is one worker's part of a search.
    #[cfg(feature = "hosts")]
    Spread(&'a mut spread::Link),
}

/// What became of a search.
pub(super) enum Ran<A: Actor> {
    /// What it found, and what became of its checkpoints.
    Ended(Outcome<A>, Box<Kept>),
    /// It was given up.
    Unsuited(Census),
}

/// A search in which the states that are hits of `prune` are not expanded, and count as having no transition.
pub(super) fn run_pruned<A, C, H, O>(
    search: Search<A, C, H, O>,
    prune: Option<Judge<A, C, H>>,
    way: Way,
) -> Result<Ran<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let judges = search.judges;
    if judges.len() > questions::MOST_QUESTIONS {
        return Err(Refusal::Unsupported("more than 64 properties of whole states".into()));
    }
    let lenses: Vec<_> = search.lenses.iter().flat_map(Observer::of).collect();
    let mut questions = Vec::new();
    for (lens, observer) in lenses.iter().enumerate() {
        questions.extend((0..observer.question_count() as u32).map(|bit| Question { lens: Some(lens), bit }));
    }
    questions.extend((0..judges.len() as u32).map(|bit| Question { lens: None, bit }));
    let kinds = lenses.iter().map(Observer::kinds).collect();
    let judged = u64::MAX.checked_shr(64 - judges.len() as u32).unwrap_or(0);
    let open = Open { lenses: kinds, judges: judged };
    let compiler = Compiler::new(search.model, search.boundary, lenses)?;
    let mut compiled = Compiled::new(compiler, judges, prune, search.threads);
    let before = compiled.compiler.extent();
    let initial = guarded(|| compiled.compiler.initial())??;
    let start = compiled.compiler.digest(&before, None);
    let keeping = match way {
        Way::Kept(keeping) => keeping,
        _ => Keeping::default(),
    };
    let keeper = keeping.checkpoints.map(|checkpoints| Keeper::new(checkpoints, start)).transpose()?;
    let is_noted = keeper.is_some() || !matches!(way, Way::Plain | Way::Handover(_) | Way::Kept(_));
    compiled.filled = is_noted.then(Vec::new);
    let mut session = Session::new(&mut compiled, &search.control, search.limits, search.threads, open, questions);
    session.goal = search.goal;
    session.keeper = keeper.map(Box::new);
    session.disk = keeping.disk.map(Path::to_path_buf);
    session.looks = match way {
        Way::Handover(handover) if search.strategy == Strategy::Bfs => Some(Looks::new(handover)),
        _ => None,
    };
    let explored = match way {
        #[cfg(feature = "hosts")]
        Way::Spread(link) => spread::explore(&mut session, &initial, start, link),
        _ => explore(&mut session, &initial, search.strategy),
    };
    let (stopped, levels) = match explored? {
        Reached::Ended(stopped, levels) => (stopped, levels),
        Reached::Unsuited(census) => return Ok(Ran::Unsuited(census)),
    };
    let keeper = session.keeper.take();
    let (resumed, failed) = keeper.map(|keeper| (keeper.resumed, keeper.failed)).unwrap_or_default();
    let kept = Kept { resumed, failed, disk: session.failure.take() };
    if stopped == Stopped::Exhausted {
        session.terminals += session.terminals_at_limit;
    }
    let counts = Counts {
        unique_states: session.unique.into(),
        generated_states: session.generated.into(),
        terminal_states: session.terminals.into(),
        max_depth: levels.as_ref().map(|levels| levels.len() as u64 - 1),
    };
    let threads = session.threads_in_use();
    let trails: Vec<Option<Trail>> = session.questions.into_iter().map(|(_, trail)| trail).collect();
    let actions = |trail: &Trail| -> Vec<Action<A>> {
        trail.taken.iter().map(|&taken| compiled.compiler.action(taken)).collect()
    };
    let hit = |trail: Option<Trail>| trail.map(|trail| Hit { actions: actions(&trail), shortest: trail.shortest });
    let hits = trails.into_iter().map(hit).collect();
    let states_by_depth = levels.and_then(|levels| whole_levels(levels, stopped));
    let notes = compiled.compiler.notes();
    let outcome = Outcome { stopped, counts, states_by_depth, hits, threads, notes };
    Ok(Ran::Ended(outcome, Box::new(kept)))
}

/// How a search came to an end.
enum Reached {
    /// For this reason, with the sizes of the levels that were reached, the first one included, if they are known.
    Ended(Stopped, Option<Vec<u64>>),
    Unsuited(Census),
}

/// Runs a whole search.
fn explore(session: &mut Session, initial: &[u32], strategy: Strategy) -> Result<Reached, Refusal> {
    if !guarded(|| session.system.is_within(initial))? {
        return Ok(Reached::Ended(Stopped::Exhausted, (strategy == Strategy::Bfs).then(|| vec![0])));
    }
    if session.keeper.as_ref().is_some_and(|keeper| keeper.resumed.is_some()) {
        return resume(session);
    }
    (session.unique, session.generated) = (1, 1);
    ask_initial(session, initial)?;
    match strategy {
        Strategy::Bfs => breadth_first(session, initial, false),
        Strategy::Dfs => {
            let kinds = session.open.clone();
            let stopped = depth_first(session, initial)?;
            shorten(session, initial, &kinds)?;
            Ok(Reached::Ended(stopped, None))
        }
    }
}

/// Goes on from a checkpoint.
fn resume(session: &mut Session) -> Result<Reached, Refusal> {
    let keeper = session.keeper.take().expect("there is a checkpoint");
    keeper.rebuild(session.system)?;
    session.go_on_from(keeper.reached(session.questions.len())?);
    let (layout, words) = keeper.layout();
    let lenses = session.open.lenses.len();
    with_words!(words, N => {
        if disk::is_needed::<N>(session, &keeper) {
            let on = disk::resumed::<N>(session, layout, &keeper)?;
            session.keeper = Some(keeper);
            return on_disk(session, on);
        }
        let progress = bfs::Progress::resumed(layout, keeper.states::<N>()?, lenses);
        session.keeper = Some(keeper);
        breadth_first_in::<N>(session, progress, false)
    })
}

/// Asks the questions about single states of the initial one.
fn ask_initial(session: &mut Session, initial: &[u32]) -> Result<(), Refusal> {
    let (layout, _) = session.layout(MOST_WORDS, None)?;
    let mut hits = HitMasks::new(session.open.lenses.len());
    let mut asking = Asking::new(session.open.lenses.len());
    let key = layout.pack::<{ MOST_WORDS }>(initial);
    let context = session.context(&layout, &session.open);
    guarded(|| asking.state(context, AskKind::State, key, &mut hits))?;
    session.memo.absorb(&mut asking.fresh);
    for (number, question, _) in session.newly_hit(&hits) {
        session.questions[number].1 = Some(Trail { taken: Vec::new(), shortest: true });
        session.close(question);
    }
    Ok(())
}

/// Searches breadth-first; `until_hit` only until no question is open.
fn breadth_first(session: &mut Session, initial: &[u32], until_hit: bool) -> Result<Reached, Refusal> {
    let (layout, words) = session.layout(1, None)?;
    let lenses = session.open.lenses.len();
    with_words!(words, N => {
        let progress = bfs::Progress::new(layout, initial, lenses);
        session.begin_level(&progress.layout, &progress.store);
        breadth_first_in::<N>(session, progress, until_hit)
    })
}

fn breadth_first_in<const N: usize>(
    session: &mut Session,
    progress: bfs::Progress<N>,
    until_hit: bool,
) -> Result<Reached, Refusal> {
    match bfs::search(session, progress, until_hit)? {
        bfs::Ended::Stopped(stopped, progress) => {
            let store = progress.store;
            let levels = (0..=store.level()).map(|level| store.level_len(level) as u64).collect();
            Ok(Reached::Ended(stopped, Some(levels)))
        }
        bfs::Ended::Unsuited(census) => Ok(Reached::Unsuited(census)),
        bfs::Ended::Spent(progress) => {
            let on = disk::moved(session, progress);
            on_disk::<N>(session, on)
        }
        bfs::Ended::Wider(progress) => {
            let (layout, words) = session.layout(2 * N, progress.store.tightness())?;
            with_words!(words, M => breadth_first_in::<M>(session, progress.repacked(layout), until_hit))
        }
    }
}

/// Goes on with the visited states on disk, if they went there.
fn on_disk<const N: usize>(
    session: &mut Session,
    on: Result<disk::OnDisk<N>, disk::Unmoved>,
) -> Result<Reached, Refusal> {
    let ended = match on {
        Ok(on) => disk::search(session, on)?,
        Err((stopped, levels)) => disk::Ended::Stopped(stopped, levels),
    };
    match ended {
        disk::Ended::Stopped(stopped, levels) => Ok(Reached::Ended(stopped, Some(levels))),
        disk::Ended::Wider(on) => {
            let (layout, words) = session.layout(2 * N, None)?;
            with_words!(words, M => {
                let on = on.repacked::<M>(session, layout);
                on_disk::<M>(session, on)
            })
        }
    }
}

fn depth_first(session: &mut Session, initial: &[u32]) -> Result<Stopped, Refusal> {
    let (layout, words) = session.layout(1, None)?;
    with_words!(words, N => depth_first_in::<N>(session, dfs::Descent::new(layout, initial)))
}

fn depth_first_in<const N: usize>(session: &mut Session, descent: dfs::Descent<N>) -> Result<Stopped, Refusal> {
    match dfs::search(session, descent)? {
        dfs::Ended::Stopped(stopped) => Ok(stopped),
        dfs::Ended::Wider(descent) => {
            let (layout, words) = session.layout(2 * N, None)?;
            with_words!(words, M => depth_first_in::<M>(session, descent.repacked(layout)))
        }
    }
}

/// Replaces the paths of a depth-first search by shortest ones, as far as the limits let a breadth-first search go.
fn shorten(session: &mut Session, initial: &[u32], kinds: &Open) -> Result<(), Refusal> {
    let is_long = |(_, trail): &(Question, Option<Trail>)| trail.as_ref().is_some_and(|trail| !trail.shortest);
    let long: Vec<usize> = (0..session.questions.len()).filter(|&at| is_long(&session.questions[at])).collect();
    let lengths = long.iter().filter_map(|&at| session.questions[at].1.as_ref()).map(|trail| trail.taken.len());
    let Some(longest) = lengths.max() else { return Ok(()) };
    let counts = (session.unique, session.generated, session.terminals);
    let max_depth = session.limits.max_depth.replace(longest as u64);
    session.goal = Goal::default(); // every path is to be shortened
    (session.unique, session.generated, session.terminals) = (1, 1, 0);
    let at_limit = std::mem::take(&mut session.terminals_at_limit);
    session.open = kinds.clone();
    let mut kept = Vec::new();
    for at in 0..session.questions.len() {
        match long.contains(&at) {
            true => kept.push((at, session.questions[at].1.take())),
            false => session.close(session.questions[at].0),
        }
    }
    breadth_first(session, initial, true)?;
    for (at, trail) in kept {
        let shortest = &mut session.questions[at].1;
        *shortest = shortest.take().or(trail);
    }
    (session.unique, session.generated, session.terminals) = counts;
    session.terminals_at_limit = at_limit;
    session.limits.max_depth = max_depth;
    Ok(())
}
