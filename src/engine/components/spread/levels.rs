//! The breadth-first search of one worker among several: level by level, in rounds. Each worker explores the states that it
//! owns and sends what follows them to its owners. All fill the same entries of the tables in the same order, and all know
//! the same of the search when a level ends. It must not know how words get from one worker to another.

use super::link::{out_of_step, Epoch, Link};
use super::part::Part;
use super::paths;
use super::votes::{agreed, word_of};
use crate::engine::components::search::asking::HitMasks;
use crate::engine::components::search::bfs::FIRST_ROUND_AT_LIMIT;
use crate::engine::components::search::explorer::{Explorer, Task};
use crate::engine::components::search::session::Session;
use crate::engine::components::system::Filled;
use crate::engine::components::tables::Miss;
use crate::engine::components::tuned;
use crate::engine::fault::guarded;
use crate::engine::{Refusal, Stopped};

/// States of a round of a worker.
const ROUND: usize = tuned(1 << 16, 16);
/// States that are explored between two looks at what has arrived.
const STRIDE: usize = tuned(512, 4);
/// Bytes that a worker keeps free beside what it is sure to need.
const SPARE: u64 = 1 << 20;

/// How a search in states of `N` words ended.
pub enum Ended<const N: usize> {
    /// For this reason, with the states in each level that was reached.
    Stopped(Stopped, Vec<u64>),
    /// States need more words from now on.
    Wider(Box<Part<N>>),
}

/// What a round came to.
struct Round {
    stopped: Option<Stopped>,
    /// States of the level that are still to be explored by some worker.
    left: u64,
    /// Those that wait for table entries.
    deferred: u64,
    is_faulty: bool,
}

/// What is known of a level whose states are all explored, or wait for table entries.
struct Level {
    /// States of the next level so far.
    next: u64,
    /// States that wait.
    deferred: u64,
    missing: Vec<Miss>,
    hits: HitMasks,
}

/// Runs the search until it ends or its states need more words.
pub fn search<const N: usize>(session: &mut Session, link: &mut Link, mut part: Part<N>) -> Result<Ended<N>, Refusal> {
    let mut explorer = Explorer::new(session.open.lenses.len());
    loop {
        let task = Task::new(session, part.level(), part.is_cut);
        let (stopped, fault) = explore(session, link, &mut part, &mut explorer, task)?;
        let round = settle_round(session, link, &mut part, stopped, fault.is_some())?;
        if round.is_faulty {
            let at = explorer.at.map(|state| (state, explorer.asking.taking));
            return Err(paths::fault(session, link, &part, fault.zip(at))?);
        }
        let is_probe = task.probes() && round.deferred > 0;
        if round.left > 0 && round.stopped.is_none() && !is_probe {
            continue;
        }
        let level = settle_level(session, link, &mut part)?;
        if let Some(stopped) = round.stopped {
            paths::conclude(session, link, &part, &level.hits)?;
            return Ok(Ended::Stopped(stopped, part.levels));
        }
        if level.deferred > 0 {
            part.again.append(&mut part.deferred);
            fill(session, link, &part, level.missing)?;
            if !part.layout.holds(&session.system.tables().counts) {
                let (layout, words) = session.layout(N, None)?;
                if words > N {
                    return Ok(Ended::Wider(Box::new(part)));
                }
                part = part.moved(layout, link)?;
            }
            continue;
        }
        if let Some(stopped) = end_level(session, link, &mut part, level, task.is_last)? {
            return Ok(Ended::Stopped(stopped, part.levels));
        }
    }
}

/// Explores some states. Returns why the search is to end, if this worker has a reason, and what panicked, if something did.
fn explore<const N: usize>(
    session: &mut Session,
    link: &mut Link,
    part: &mut Part<N>,
    explorer: &mut Explorer<N>,
    task: Task,
) -> Result<(Option<Stopped>, Option<Refusal>), Refusal> {
    explorer.begin(task);
    let (mut stopped, mut fault) = (scarce(session, part), None);
    let most = if task.probes() { FIRST_ROUND_AT_LIMIT } else { ROUND };
    let states = if stopped.is_none() { part.take(most) } else { Vec::new() };
    let open = if task.is_last { session.open.without_steps() } else { session.open.clone() };
    let layout = part.layout.clone();
    let context = session.context(&layout, &open);
    for states in states.chunks(STRIDE) {
        let Part { store, sorter, .. } = &mut *part;
        let is_known = |key| store.find(key).is_some();
        let explored = guarded(|| {
            for &state in states {
                explorer.explore(session, context, task, (state, 0), is_known, |next, _| sorter.pass_on(next, link));
            }
        });
        link.receive(&mut |_, words| part.take_in(&words))?;
        part.insert_some();
        fault = explored.err();
        stopped = session.stop();
        if fault.is_some() || stopped.is_some() {
            break;
        }
    }
    session.memo.absorb(&mut explorer.asking.fresh);
    part.sorter.send_all(link);
    part.deferred.append(&mut explorer.deferred);
    part.missing.extend(explorer.missing.drain());
    part.hits.absorb(&explorer.hits);
    if task.is_last {
        part.counted.at_limit += explorer.terminals;
        part.is_cut |= explorer.generated > 0;
    } else {
        part.counted.terminals += explorer.terminals;
        part.counted.generated += explorer.generated;
    }
    Ok((stopped, fault))
}

/// True iff this worker has no memory to go on: its index may have to grow at once, and marks for paths take a byte
/// for each state.
fn scarce<const N: usize>(session: &Session, part: &Part<N>) -> Option<Stopped> {
    let reserve = part.store.index_bytes() / 4 + part.store.len() as u64 + SPARE;
    let is_scarce = session.spare_bytes().is_some_and(|spare| spare < reserve);
    session.stop().or_else(|| (is_scarce || part.is_full()).then_some(Stopped::Memory))
}

/// Settles a round: what was found in it has arrived at its owners.
fn settle_round<const N: usize>(
    session: &mut Session,
    link: &mut Link,
    part: &mut Part<N>,
    stopped: Option<Stopped>,
    is_faulty: bool,
) -> Result<Round, Refusal> {
    let [left, deferred, found] = [part.left(), part.deferred.len(), part.store.len()].map(|count| count as u64);
    let own = [word_of(stopped), left, is_faulty.into(), found, deferred, part.is_cut.into()];
    let said = link.settle(Epoch::Round, &own, &mut |_, words| part.take_in(&words))?;
    let sum = |place: usize| said.iter().map(|said| said[place]).sum();
    let left = sum(1);
    session.unique = sum(3);
    part.is_cut |= sum(5) > 0;
    if link.index() == 0 {
        session.publish(left, part.level() as u64);
    }
    let stopped = agreed(said.iter().map(|said| said[0]));
    Ok(Round { stopped, left, deferred: sum(4), is_faulty: sum(2) > 0 })
}

/// Brings together what all workers know of the level.
fn settle_level<const N: usize>(session: &mut Session, link: &mut Link, part: &mut Part<N>) -> Result<Level, Refusal> {
    part.insert_all();
    let next = part.store.level_len(part.level() + 1) as u64;
    let counted = part.counted;
    let mut own = vec![part.store.len() as u64, next, part.deferred.len() as u64];
    own.extend([counted.generated, counted.terminals, counted.at_limit, part.hits.judged]);
    let heads = own.len();
    own.extend(part.hits.next.iter().chain(&part.hits.here));
    let masks = own.len();
    own.extend(std::mem::take(&mut part.missing).into_iter().flat_map(words_of));
    let said = link.settle(Epoch::Level, &own, &mut |_, words| part.take_in(&words))?;
    let sum = |place: usize| said.iter().map(|said| said[place]).sum::<u64>();
    session.unique = sum(0);
    session.generated = 1 + sum(3);
    (session.terminals, session.terminals_at_limit) = (sum(4), sum(5));
    let lenses = (masks - heads) / 2;
    let mut hits = HitMasks::new(lenses);
    let mut missing = Vec::new();
    for said in &said {
        let (next, here) = said[heads..masks].split_at(lenses);
        hits.absorb(&HitMasks { next: next.to_vec(), here: here.to_vec(), judged: said[6] });
        missing.extend(said[masks..].chunks_exact(2).map(|words| miss_of([words[0], words[1]])));
    }
    missing.sort_unstable();
    missing.dedup();
    Ok(Level { next: sum(1), deferred: sum(2), missing, hits })
}

/// An entry of the tables as words.
fn words_of(miss: Miss) -> [u64; 2] {
    match miss {
        Miss::Moves { field, component } => [field as u64, component.into()],
        Miss::Effect { row, component } => [1 << 32 | u64::from(row), component.into()],
    }
}

fn miss_of([place, component]: [u64; 2]) -> Miss {
    let component = component as u32;
    match place >> 32 {
        0 => Miss::Moves { field: place as usize, component },
        _ => Miss::Effect { row: place as u32, component },
    }
}

/// Fills these entries, as all workers do, and compares what that made.
fn fill<const N: usize>(
    session: &mut Session,
    link: &mut Link,
    part: &Part<N>,
    missing: Vec<Miss>,
) -> Result<(), Refusal> {
    let known = session.system.filled().len();
    for miss in missing {
        if let Err(refusal) = session.system.fill(miss) {
            return Err(paths::unfilled(session, link, part, miss, refusal)?);
        }
    }
    let made = session.system.filled()[known..].iter();
    compare(link, made.fold(0, |made, Filled { digest, .. }| made.rotate_left(5) ^ digest))
}

/// Requires that what this number stands for is the same in all workers.
///
/// # Errors
/// If it is not.
pub fn compare(link: &mut Link, made: u64) -> Result<(), Refusal> {
    let said = link.settle(Epoch::Filled, &[made], &mut |_, _| ())?;
    let other = said.iter().position(|other| *other != said[0]);
    other.map_or(Ok(()), |worker| Err(out_of_step(worker)))
}

/// Ends a level whose states are all explored. Returns why the search has to end, if it has to.
fn end_level<const N: usize>(
    session: &mut Session,
    link: &mut Link,
    part: &mut Part<N>,
    level: Level,
    is_last: bool,
) -> Result<Option<Stopped>, Refusal> {
    part.hits.clear();
    if let Some(stopped) = paths::conclude(session, link, part, &level.hits)? {
        return Ok(Some(stopped));
    }
    if is_last || level.next == 0 {
        return Ok(Some(if part.is_cut { Stopped::MaxDepth } else { Stopped::Exhausted }));
    }
    part.store.next_level();
    part.levels.push(level.next);
    Ok(None)
}
