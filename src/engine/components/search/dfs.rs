//! Depth-first search over the same packed states, on one thread with an explicit stack. It must not know the model.

use super::asking::{Asking, Context, HitMasks};
use super::packed::{Key, Layout};
use super::path::least;
use super::session::{Question, Session, Trail};
use super::store::Store;
use super::visit::{visit, Successors};
use crate::engine::components::tables::Taken;
use crate::engine::fault::guarded;
use crate::engine::{Refusal, Stopped};

/// States between two looks at the limits.
const POLL_EVERY: u64 = 32;
/// States between two looks at the memory.
const WEIGH_EVERY: u64 = 16 * 1024;

/// A state on the stack, and where its successors that are still to be visited start.
struct Frame<const N: usize> {
    state: Key<N>,
    first: usize,
}

/// A depth-first search under way.
pub struct Descent<const N: usize> {
    pub layout: Layout,
    store: Store<N>,
    stack: Vec<Frame<N>>,
    /// Successors to be visited, of all states on the stack.
    waiting: Vec<Key<N>>,
    /// A state that was found but not expanded yet.
    fresh: Option<Key<N>>,
    is_cut: bool,
}

/// How a descent ended.
pub enum Ended<const N: usize> {
    Stopped(Stopped),
    Wider(Descent<N>),
}

impl<const N: usize> Descent<N> {
    pub fn new(layout: Layout, initial: &[u32]) -> Self {
        let initial = layout.pack(initial);
        let store = Store::new(initial, &layout);
        Descent { layout, store, stack: Vec::new(), waiting: Vec::new(), fresh: Some(initial), is_cut: false }
    }

    /// The states on the stack, from the initial one on.
    fn states(&self) -> impl Iterator<Item = Key<N>> + '_ {
        self.stack.iter().map(|frame| frame.state)
    }

    /// The same search in another layout.
    pub fn repacked<const M: usize>(self, layout: Layout) -> Descent<M> {
        let mut ids = Vec::new();
        let old = self.layout;
        let mut repack = |key: Key<N>| -> Key<M> {
            old.unpack(key, &mut ids);
            layout.pack(&ids)
        };
        let fresh = self.fresh.map(&mut repack);
        let waiting = self.waiting.into_iter().map(&mut repack).collect();
        let frame = |frame: Frame<N>| Frame { state: repack(frame.state), first: frame.first };
        let stack = self.stack.into_iter().map(frame).collect();
        Descent { store: self.store.repacked(&old, &layout), layout, stack, waiting, fresh, is_cut: self.is_cut }
    }
}

/// Runs the descent until it ends or its states need more words.
pub fn search<const N: usize>(session: &mut Session, mut descent: Descent<N>) -> Result<Ended<N>, Refusal> {
    let lenses = session.open.lenses.len();
    let mut asking = Asking::new(lenses);
    let mut hits = HitMasks::new(lenses);
    let mut successors = Successors::default();
    let mut expanded: u64 = 0;
    let stopped = loop {
        if expanded.is_multiple_of(POLL_EVERY) {
            if let Some(stopped) = limit(session, &mut descent, expanded.is_multiple_of(WEIGH_EVERY)) {
                break stopped;
            }
        }
        expanded += 1;
        if let Some(state) = descent.fresh {
            if !fill(session, &mut descent, state)? {
                return Ok(Ended::Wider(descent));
            }
            let state = descent.fresh.take().expect("filling the tables leaves the fresh state");
            expand(session, &mut descent, state, &mut asking, &mut hits, &mut successors)?;
            if session.is_decided() {
                break Stopped::Decided;
            }
        }
        let Some(frame) = descent.stack.last() else {
            break if descent.is_cut { Stopped::MaxDepth } else { Stopped::Exhausted };
        };
        if descent.waiting.len() == frame.first {
            descent.stack.pop();
            continue;
        }
        let next = descent.waiting.pop().expect("a frame's successors lie above its start");
        let is_full = session.limits.max_states.is_some_and(|most| session.unique >= most);
        if is_full && descent.store.find(next).is_none() {
            break Stopped::MaxStates;
        }
        if descent.store.insert(next) {
            session.unique += 1;
            descent.fresh = Some(next);
        }
    };
    session.publish(descent.stack.len() as u64, descent.stack.len() as u64);
    Ok(Ended::Stopped(stopped))
}

/// Fills the tables for a state. False iff states need more words from now on.
fn fill<const N: usize>(session: &mut Session, descent: &mut Descent<N>, state: Key<N>) -> Result<bool, Refusal> {
    let mut filled = false;
    while let Err(miss) = super::expand::expand(session.system.tables(), &descent.layout, state, |_| ()) {
        let filled_in = session.system.fill(miss);
        filled_in.map_err(|refusal| {
            let context = session.context(&descent.layout, &session.open);
            session.placed(refusal, || Some(along(context, descent.states().chain([state]))))
        })?;
        filled = true;
    }
    if filled && !descent.layout.holds(&session.system.tables().counts) {
        let (layout, words) = session.layout(N, None)?;
        if words > N {
            return Ok(false);
        }
        let empty = Descent { layout: layout.clone(), ..Descent::new(layout.clone(), &[]) };
        *descent = std::mem::replace(descent, empty).repacked(layout);
    }
    Ok(true)
}

/// Expands a state, pushes its frame, and notes the first path to every hit.
fn expand<const N: usize>(
    session: &mut Session,
    descent: &mut Descent<N>,
    state: Key<N>,
    asking: &mut Asking,
    hits: &mut HitMasks,
    successors: &mut Successors<N>,
) -> Result<(), Refusal> {
    let is_last = session.limits.max_depth == Some(descent.stack.len() as u64);
    let open = if is_last { session.open.without_steps() } else { session.open.clone() };
    let context = session.context(&descent.layout, &open);
    hits.clear();
    let visited =
        guarded(|| visit(context, (state, 0), |key| descent.store.find(key).is_some(), asking, hits, successors));
    let place = || Some(along(context, descent.states().chain([state])).into_iter().chain(asking.taking).collect());
    visited.map_err(|refusal| session.placed(refusal, place))?.expect("the tables were filled for this state");
    descent.stack.push(Frame { state, first: descent.waiting.len() });
    if is_last {
        session.terminals_at_limit += u64::from(successors.count == 0);
        descent.is_cut |= successors.count > 0;
    } else {
        session.terminals += u64::from(successors.count == 0);
        session.generated += successors.count;
        descent.waiting.extend(successors.awake.iter().rev().map(|(next, _)| *next));
    }
    session.memo.absorb(&mut asking.fresh);
    for (number, question, by_step) in session.newly_hit(hits) {
        let taken = guarded(|| trail(session, descent, question, by_step))?;
        session.questions[number].1 = Some(Trail { taken, shortest: false });
        session.close(question);
    }
    Ok(())
}

/// The moves from each of these states to the next one.
fn along<const N: usize>(context: Context, states: impl Iterator<Item = Key<N>>) -> Vec<Taken> {
    let states: Vec<Key<N>> = states.collect();
    let to = |pair: &[Key<N>]| {
        let (taken, _) = least(context, pair[0], |step| step.next == pair[1])
            .expect("a frame's state is a successor of the one below");
        taken
    };
    states.windows(2).map(to).collect()
}

/// The moves along the stack, and for a hit by a step that step.
fn trail<const N: usize>(session: &Session, descent: &Descent<N>, question: Question, by_step: bool) -> Vec<Taken> {
    let context = session.context(&descent.layout, &session.open);
    let mut path = along(context, descent.states());
    if by_step {
        let lens = question.lens.expect("only questions of a lens ask about steps");
        let mut asking = Asking::new(session.open.lenses.len());
        let mut hits = HitMasks::new(session.open.lenses.len());
        let state = descent.stack.last().expect("the state was just pushed").state;
        let last = least(context, state, |step| {
            if context.system.is_bounded() && !asking.is_within(context, step) {
                return false; // a state outside of the model is not asked about
            }
            hits.clear();
            asking.begin();
            asking.step(context, state, step, &mut hits);
            hits.next[lens] >> question.bit & 1 == 1
        });
        path.push(last.expect("the hit was by a step of this state").0);
    }
    path
}

/// Why the descent has to end now, if it has to; also splits shards and publishes the gauges.
fn limit<const N: usize>(session: &Session, descent: &mut Descent<N>, weigh: bool) -> Option<Stopped> {
    session.publish(descent.stack.len() as u64, descent.stack.len() as u64);
    if let Some(stopped) = session.stop() {
        return Some(stopped);
    }
    if descent.store.wants_split() {
        descent.store.split(false);
    }
    if weigh {
        // The vectors of the stack double when they grow; so may the index, by half.
        let vectors = descent.waiting.capacity() * N * 8 + descent.stack.capacity() * (N * 8 + 8);
        let reserve = descent.store.index_bytes() / 4 + 2 * vectors as u64 + WEIGH_EVERY * 64 * N as u64;
        if session.spare_bytes().is_some_and(|spare| spare < reserve) {
            return Some(Stopped::Memory);
        }
    }
    None
}
