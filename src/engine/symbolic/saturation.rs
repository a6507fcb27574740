//! Saturation: the reachable set, computed node by node from the lowest level up, each event fired where it begins.
//! It must not know what the numbers stand for. The module's front page says how it works.

use super::cache::Cache;
use super::diagram::{Edge, Set, EMPTY, UNIT};
use super::halt::Halt;
use super::space::Space;

/// Nodes that are not worth collecting.
const LEAST_GARBAGE: usize = 1 << 20;

/// A saturation under way. Sets that are still needed are in `frames` or `held`, or belong to one that is: anything else
/// may be collected.
struct Saturation<'s, 'h> {
    space: &'s mut Space<'h>,
    /// By event and set, what firing it and saturating the result gave.
    fired: Cache,
    /// By node, its saturated set, or [`EMPTY`] if that is not known.
    saturated: Vec<Set>,
    /// By level and number, the events that begin there.
    ready: Vec<Vec<Ready>>,
    /// The edges of nodes under construction.
    frames: Vec<Vec<Edge>>,
    /// Frames to be used again.
    spare: Vec<Vec<Edge>>,
    held: Vec<Set>,
    /// Nodes at which garbage is collected next.
    collect_at: usize,
}

/// What can begin with a number on a level.
#[derive(Clone, Default)]
struct Ready {
    /// How many of the events of the level were looked at.
    looked: usize,
    /// Events, and the number that follows.
    events: Vec<(u32, u32)>,
}

/// The states that are reachable from the initial one.
pub(super) fn reachable(space: &mut Space) -> Result<Set, Halt> {
    let initial = space.by_level(space.encoding.initial());
    let levels = initial.len();
    let mut saturation = Saturation {
        space,
        fired: Cache::new(),
        saturated: Vec::new(),
        ready: vec![Vec::new(); levels],
        frames: Vec::new(),
        spare: Vec::new(),
        held: Vec::new(),
        collect_at: LEAST_GARBAGE,
    };
    let mut set = UNIT;
    for level in (0..levels).rev() {
        saturation.begin();
        saturation.add(initial[level], set);
        set = saturation.saturate(level)?;
    }
    Ok(set)
}

impl Saturation<'_, '_> {
    /// Begins a node.
    fn begin(&mut self) {
        let frame = self.spare.pop().unwrap_or_default();
        self.frames.push(frame);
    }

    /// Adds an edge to the node under construction.
    fn add(&mut self, value: u32, rest: Set) {
        self.top().push(Edge { value, rest });
    }

    fn top(&mut self) -> &mut Vec<Edge> {
        self.frames.last_mut().expect("a node is under construction")
    }

    /// Ends the node under construction without making it.
    fn drop_frame(&mut self) {
        let mut frame = self.frames.pop().expect("a node is under construction");
        frame.clear();
        self.spare.push(frame);
    }

    /// The node under construction, as it is.
    fn node(&mut self, level: usize) -> Result<Set, Halt> {
        let frame = self.frames.last().expect("a node is under construction");
        self.space.diagram.node(level, frame)
    }

    /// Ends the node under construction and fires every event from its level down in it, until nothing is added.
    fn saturate(&mut self, level: usize) -> Result<Set, Halt> {
        self.collect_if_due()?;
        for place in 0..self.top().len() {
            let value = self.top()[place].value;
            self.space.reach(level, value)?;
        }
        let before = self.node(level)?;
        if let Some(known) = self.saturated.get(before as usize).copied().filter(|&known| known != EMPTY) {
            self.drop_frame();
            return Ok(known);
        }
        self.held.push(before);
        let mut pending: Vec<u32> = self.top().iter().map(|edge| edge.value).collect();
        while let Some(value) = pending.pop() {
            // Where there is no end of values, all that they fire may be known already.
            self.space.diagram.tick()?;
            let mut number = 0;
            while let Some((event, to)) = self.ready(level, value, number) {
                number += 1;
                let rest = self.rest(value);
                let fired = self.fire(event, 1, rest)?;
                if fired != EMPTY && self.extend(level, to, fired)? && !pending.contains(&to) {
                    pending.push(to);
                }
            }
        }
        let after = self.node(level)?;
        self.held.pop();
        self.drop_frame();
        if self.saturated.len() < self.space.diagram.bound() {
            self.saturated.resize(self.space.diagram.bound(), EMPTY);
        }
        self.saturated[before as usize] = after;
        self.saturated[after as usize] = after;
        Ok(after)
    }

    /// What follows a number in the node under construction.
    fn rest(&mut self, value: u32) -> Set {
        let frame = self.top();
        let place = frame.binary_search_by_key(&value, |edge| edge.value);
        frame[place.expect("a pending number has an edge")].rest
    }

    /// Adds states to the node under construction. True iff there is a new one among them.
    fn extend(&mut self, level: usize, value: u32, more: Set) -> Result<bool, Halt> {
        let frame = self.top();
        match frame.binary_search_by_key(&value, |edge| edge.value) {
            Ok(place) => {
                let old = frame[place].rest;
                let rest = self.space.diagram.union(old, more)?;
                self.top()[place].rest = rest;
                Ok(rest != old)
            }
            Err(place) => {
                frame.insert(place, Edge { value, rest: more });
                self.space.reach(level, value)?;
                Ok(true)
            }
        }
    }

    /// The events that begin with a number, one by one. More may be learnt on the way.
    fn ready(&mut self, level: usize, value: u32, number: usize) -> Option<(u32, u32)> {
        let ready = &mut self.ready[level];
        if ready.len() <= value as usize {
            ready.resize(value as usize + 1, Ready::default());
        }
        let ready = &mut ready[value as usize];
        while ready.looked < self.space.topped[level].len() {
            let event = self.space.topped[level][ready.looked];
            ready.looked += 1;
            let operation = self.space.events[event as usize].operations[0];
            let mut way = 0;
            while let Some((to, _)) = self.space.way(event, operation, value, way) {
                ready.events.push((event, to));
                way += 1;
            }
        }
        ready.events.get(number).copied()
    }

    /// Fires an event from its operation `at` on in a set, and saturates the result.
    fn fire(&mut self, event: u32, at: usize, set: Set) -> Result<Set, Halt> {
        let Some(&operation) = self.space.events[event as usize].operations.get(at) else { return Ok(set) };
        let key = u64::from(event) << 32 | u64::from(set);
        if let Some(known) = self.fired.get(key) {
            return Ok(known);
        }
        self.space.diagram.tick()?;
        let level = self.space.diagram.level(set);
        self.begin();
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.space.diagram.edge(set, place) {
            place += 1;
            if operation.level > level {
                let fired = self.fire(event, at, rest)?;
                if fired != EMPTY {
                    self.add(value, fired);
                }
            } else if self.space.way(event, operation, value, 0).is_some() {
                let fired = self.fire(event, at + 1, rest)?;
                let mut way = 0;
                while let Some((to, _)) = self.space.way(event, operation, value, way).filter(|_| fired != EMPTY) {
                    self.add(to, fired);
                    way += 1;
                }
            }
        }
        if self.top().is_empty() {
            self.drop_frame();
            self.fired.put(key, EMPTY);
            return Ok(EMPTY);
        }
        let frame = self.frames.last_mut().expect("a node is under construction");
        self.space.diagram.merge(frame)?;
        let result = self.saturate(level)?;
        self.fired.put(key, result);
        Ok(result)
    }

    /// Collects garbage if there may be much of it.
    fn collect_if_due(&mut self) -> Result<(), Halt> {
        let most = self.space.diagram.budget().nodes;
        if self.space.diagram.len() < self.collect_at.min(most / 4 * 3) {
            return Ok(());
        }
        self.space.diagram.budget().look()?;
        let edges = self.frames.iter().flatten().map(|edge| edge.rest);
        let live = self.space.diagram.collect(edges.chain(self.held.iter().copied()));
        let is_live = |set: u64| live[set as usize];
        self.fired.retain(|key, set| is_live(key & 0xFFFF_FFFF) && is_live(u64::from(set)));
        for (set, saturated) in self.saturated.iter_mut().enumerate() {
            if !live[set] || !live[*saturated as usize] {
                *saturated = EMPTY;
            }
        }
        let nodes = self.space.diagram.len();
        self.collect_at = (2 * nodes).max(LEAST_GARBAGE);
        match nodes > most / 2 {
            true => Err(Halt::Nodes), // so little would be free that it would be collected again and again
            false => Ok(()),
        }
    }
}
