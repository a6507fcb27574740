//! Least paths in a search that is spread over workers, without any stored parent: the states from which a hit is reachable
//! in time are marked level by level backwards, each by its owner, then all workers walk forwards together, by the least
//! action to a marked state. It must not know how levels are explored.

use super::link::{Epoch, Link};
use super::part::{keys, Part};
use super::votes::{agreed, word_of};
use crate::engine::components::search::asking::{Context, HitMasks};
use crate::engine::components::search::expand::{expand, misses};
use crate::engine::components::search::packed::Key;
use crate::engine::components::search::path::{completed, open_for, targets, Own, Target, GOALS};
use crate::engine::components::search::session::{Session, Trail};
use crate::engine::components::tables::{Miss, Taken};
use crate::engine::components::tuned;
use crate::engine::{Fault, Refusal, Stopped};

/// States of a level whose successors are asked about together.
const WINDOW: usize = tuned(4096, 8);

/// For every shard and state of a level, a bit for each goal that is reachable in time.
type Marks = Vec<Vec<u8>>;

/// Something that all workers came to alike, or why they gave it up: the search had to end a while ago.
type Joint<T> = Result<Result<T, Stopped>, Refusal>;

/// Finds the paths of all questions that the level hit, and closes these questions. Returns why the search has to end if it
/// has to, and had so long ago that some of the paths were given up: those questions have no answer.
///
/// # Errors
/// If a process was lost.
pub fn conclude<const N: usize>(
    session: &mut Session,
    link: &mut Link,
    part: &Part<N>,
    hits: &HitMasks,
) -> Result<Option<Stopped>, Refusal> {
    let targets = targets(session, hits);
    let mut given_up = None;
    for targets in targets.chunks(GOALS) {
        match trails(session, link, part, targets)? {
            Ok(trails) => {
                for (target, taken) in targets.iter().zip(trails) {
                    session.questions[target.number].1 = Some(Trail { taken, shortest: true });
                }
            }
            Err(stopped) => given_up = Some(stopped),
        }
    }
    targets.iter().for_each(|target| session.close(target.question));
    Ok(given_up)
}

fn trails<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    targets: &[Target],
) -> Joint<Vec<Vec<Taken>>> {
    let open = open_for(session, targets);
    let context = session.context(&part.layout, &open);
    let mut own = Own::new(open.lenses.len());
    let last = |state| own.mark(context, &part.store, targets, state);
    let marks = match backwards(session, link, part, context, last)? {
        Ok(marks) => marks,
        Err(stopped) => return Ok(Err(stopped)),
    };
    let walked = walk(link, part, context, &marks, targets.len())?;
    let trail = |((state, taken), target)| completed(context, &part.store, state, target, taken);
    Ok(Ok(walked.into_iter().zip(targets).map(trail).collect()))
}

/// The refusal to fill an entry, with the least path to a state that finds it missing.
///
/// # Errors
/// If a process was lost.
pub fn unfilled<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    miss: Miss,
    refusal: Refusal,
) -> Result<Refusal, Refusal> {
    let finds = |state| {
        let mut is_found = false;
        misses(session.system.tables(), &part.layout, state, |other| is_found |= other == miss);
        is_found
    };
    let path = path_to(session, link, part, finds)?;
    Ok(session.placed(refusal, || path))
}

/// The least path to such a state of the level, unless the search had to end long before it is found. There is one.
fn path_to<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    is_target: impl Fn(Key<N>) -> bool,
) -> Result<Option<Vec<Taken>>, Refusal> {
    let open = open_for(session, &[]);
    let context = session.context(&part.layout, &open);
    match backwards(session, link, part, context, |state| u8::from(is_target(state)))? {
        Ok(marks) => Ok(walk(link, part, context, &marks, 1)?.pop().map(|(_, taken)| taken)),
        Err(_) => Ok(None),
    }
}

/// What panicked at the first worker where something did, with the least path to the state that it looked at. `own` is what
/// panicked here: why, at which state, and at which transition out of it, if at one.
///
/// # Errors
/// If a process was lost.
pub fn fault<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    own: Option<(Refusal, (Key<N>, Option<Taken>))>,
) -> Result<Refusal, Refusal> {
    let mut say = Vec::new();
    if let Some((Refusal::Panicked(Fault { by, message, .. }), (state, taking))) = own {
        say.extend(state.0);
        say.extend(taking.map_or([0, 0], |taken| [1, taken.0.into()]));
        say.push(by.len() as u64);
        say.extend(by.bytes().chain(message.bytes()).map(u64::from));
    }
    let said = link.settle(Epoch::Fault, &say, &mut |_, _| ())?;
    let said = said.into_iter().find(|said| !said.is_empty());
    let said = said.ok_or_else(|| Refusal::Lost("a worker does not say what panicked".into()))?;
    let (state, rest) = said.split_at(N);
    let target = keys::<N>(state).next();
    let taking = (rest[0] == 1).then_some(Taken(rest[1] as u32));
    let text = |words: &[u64]| {
        let bytes: Vec<u8> = words.iter().map(|&word| word as u8).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (by, message) = rest[3..].split_at(rest[2] as usize);
    let fault = Fault { by: text(by), message: text(message), path: None };
    let path = path_to(session, link, part, |state| Some(state) == target)?;
    let path = path.map(|path| path.into_iter().chain(taking).collect());
    Ok(session.placed(Refusal::Panicked(fault), || path))
}

/// The marks of all levels, where those of the last one are given by a function.
fn backwards<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    context: Context,
    mut last: impl FnMut(Key<N>) -> u8,
) -> Joint<Vec<Marks>> {
    let (store, level) = (&part.store, part.level());
    let of_shard = |shard: usize| {
        let states = store.level_range(level, shard).map(|position| store.at(shard, position));
        states.map(&mut last).collect()
    };
    let mut marks: Vec<Marks> = vec![(0..store.shards.len()).map(of_shard).collect()];
    for level in (0..level).rev() {
        let after = marks.last().expect("the last level was marked");
        match mark(session, link, part, context, level, after)? {
            Ok(marked) => marks.push(marked),
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    marks.reverse();
    Ok(Ok(marks))
}

/// Marks the states of a level: each owner asks the others for the marks of what follows its states.
fn mark<const N: usize>(
    session: &Session,
    link: &mut Link,
    part: &Part<N>,
    context: Context,
    level: usize,
    after: &Marks,
) -> Joint<Marks> {
    let (store, owners) = (&part.store, part.sorter.owners);
    let ranges: Vec<_> = (0..store.shards.len()).map(|shard| store.level_range(level, shard)).collect();
    let mut marks: Marks = ranges.iter().map(|range| vec![0; range.len()]).collect();
    let mut left = store.level_len(level);
    let mut states = ranges.iter().enumerate().flat_map(|(shard, range)| (0..range.len()).map(move |at| (shard, at)));
    loop {
        let mut asks = vec![Vec::new(); owners.workers];
        let mut asked = vec![Vec::new(); owners.workers];
        for (shard, at) in states.by_ref().take(WINDOW) {
            left -= 1;
            let state = store.at(shard, ranges[shard].start + at);
            // A state that was never expanded may find an entry missing; it has no successors yet.
            let _unexpanded = expand(context.tables, context.layout, state, |step| {
                let owner = owners.of(step.next.hash());
                if owner == owners.own {
                    marks[shard][at] |= mark_of(part, after, level + 1, step.next);
                } else {
                    asks[owner].extend(step.next.0);
                    asked[owner].push((shard, at));
                }
            });
        }
        for (owner, words) in asks.into_iter().enumerate().filter(|(_, words)| !words.is_empty()) {
            link.send(owner, words);
        }
        let mut questions = Vec::new();
        let say = [left as u64, word_of(session.lost_patience())];
        let said = link.settle(Epoch::Asked, &say, &mut |from, words| questions.push((from, words)))?;
        for (from, words) in questions {
            let marks: Vec<u8> = keys(&words).map(|state| mark_of(part, after, level + 1, state)).collect();
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            link.send(from, marks.chunks(8).map(word).collect());
        }
        link.settle(Epoch::Answered, &[], &mut |from, words| {
            let answers = words.iter().flat_map(|word| word.to_le_bytes());
            asked[from].iter().zip(answers).for_each(|(&(shard, at), mark)| marks[shard][at] |= mark);
        })?;
        if let Some(stopped) = agreed(said.iter().map(|said| said[1])) {
            return Ok(Err(stopped));
        }
        if said.iter().all(|said| said[0] == 0) {
            return Ok(Ok(marks));
        }
    }
}

/// The mark of a state of this worker, if it is of that level.
fn mark_of<const N: usize>(part: &Part<N>, marks: &Marks, level: usize, state: Key<N>) -> u8 {
    let Some((shard, position)) = part.store.find(state) else { return 0 };
    let range = part.store.level_range(level, shard);
    if range.contains(&position) {
        marks[shard][position - range.start]
    } else {
        0
    }
}

/// For each goal the least of the shortest paths to a state with its mark, and the state. All workers walk together: each
/// knows the ways on, and tells which of those that it owns are marked.
fn walk<const N: usize>(
    link: &mut Link,
    part: &Part<N>,
    context: Context,
    marks: &[Marks],
    goals: usize,
) -> Result<Vec<(Key<N>, Vec<Taken>)>, Refusal> {
    let initial: Key<N> = part.layout.pack(&part.initial);
    let mut walked = vec![(initial, Vec::new()); goals];
    for (level, marks) in marks.iter().enumerate().skip(1) {
        let ways: Vec<Vec<(Taken, Key<N>)>> = walked.iter().map(|(state, _)| ways_on(context, *state)).collect();
        let mut say = Vec::new();
        for (goal, ways) in ways.iter().enumerate() {
            let owned =
                ways.iter().enumerate().filter(|(_, (_, next))| mark_of(part, marks, level, *next) >> goal & 1 == 1);
            say.extend(owned.map(|(number, _)| (goal << 32 | number) as u64));
        }
        let said = link.settle(Epoch::Step, &say, &mut |_, _| ())?;
        for (goal, (state, path)) in walked.iter_mut().enumerate() {
            let marked = said.iter().flatten().filter(|&&word| (word >> 32) as usize == goal);
            let least = marked.map(|&word| word as u32 as usize).min();
            let (taken, next) = ways[goal][least.expect("a marked state has a marked successor")];
            path.push(taken);
            *state = next;
        }
    }
    Ok(walked)
}

/// The transitions out of a state, the one with the least action first.
fn ways_on<const N: usize>(context: Context, state: Key<N>) -> Vec<(Taken, Key<N>)> {
    let mut ways = Vec::new();
    let _unexpanded = expand(context.tables, context.layout, state, |step| ways.push((step.taken, step.next)));
    ways.sort_by(|(one, _), (other, _)| context.system.order(*one, *other));
    ways
}
