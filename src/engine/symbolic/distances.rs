//! Distances: a whole number for each state of a set, as a decision diagram whose edges have lengths. Owns these
//! functions and the saturation that finds shortest ones. It must not know what they are asked for.
//!
//! The number of a state is the sum of the lengths on its path from top to bottom. A node has an edge of length 0, so
//! equal functions have equal nodes, but for a number that is added to all of a function: its least value. Where the
//! distance is a sum of what the parts of a state contribute, the diagram is as large as that of the set.

use super::diagram::{Diagram, Linked, Set, EMPTY, UNIT};
use super::halt::Halt;
use super::numbers::StableMap;
use super::space::Space;

/// An edge with a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) value: u32,
    pub(super) length: u32,
    pub(super) rest: Set,
}

impl Linked for Span {
    fn rest(self) -> Set {
        self.rest
    }

    fn word(self) -> u64 {
        let length = u64::from(self.length).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (u64::from(self.value) << 32 | u64::from(self.rest)) ^ length
    }

    fn value(self) -> u32 {
        self.value
    }
}

/// A function: its least value, and a node for what each state has beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) least: u32,
    pub(super) node: Set,
}

/// The function of no state.
pub(super) const NOWHERE: Function = Function { least: u32::MAX, node: EMPTY };

/// Results kept of one operation before they are forgotten.
const MOST_RESULTS: usize = 1 << 22;

/// The nodes of functions.
pub(super) struct Distances {
    pub(super) diagram: Diagram<Span>,
    /// By two nodes and what is added to the second, the node of the lesser of both.
    minima: StableMap<(Set, Set, u32), Set>,
}

impl Distances {
    pub(super) fn new(space: &Space) -> Self {
        let diagram = Diagram::new(space.diagram.levels(), space.diagram.budget().clone());
        Distances { diagram, minima: StableMap::default() }
    }

    /// The function with these edges, which are sorted.
    pub(super) fn function(&mut self, level: usize, edges: &mut [Span]) -> Result<Function, Halt> {
        let Some(least) = edges.iter().map(|edge| edge.length).min() else { return Ok(NOWHERE) };
        edges.iter_mut().for_each(|edge| edge.length -= least);
        Ok(Function { least, node: self.diagram.node(level, edges)? })
    }

    /// The lesser of two functions wherever both are defined, and either one where the other is not.
    fn lesser(&mut self, one: Function, other: Function) -> Result<Function, Halt> {
        if one.node == EMPTY || other.node == EMPTY {
            return Ok(if one.node == EMPTY { other } else { one });
        }
        let is_sorted = (one.least, one.node) <= (other.least, other.node);
        let (one, other) = if is_sorted { (one, other) } else { (other, one) };
        let node = self.lesser_node(one.node, other.node, other.least - one.least)?;
        Ok(Function { least: one.least, node })
    }

    fn lesser_node(&mut self, one: Set, other: Set, more: u32) -> Result<Set, Halt> {
        if one == other {
            return Ok(one);
        }
        if let Some(&known) = self.minima.get(&(one, other, more)) {
            return Ok(known);
        }
        let (mut left, mut right) = (0, 0);
        let mut edges = Vec::with_capacity(self.diagram.edges(one).len());
        loop {
            let a = self.diagram.edge(one, left);
            let b = self.diagram.edge(other, right).map(|edge| Span { length: edge.length + more, ..edge });
            let edge = match (a, b) {
                (Some(a), Some(b)) if a.value == b.value => {
                    let lesser = self.lesser(a.function(), b.function())?;
                    Span { value: a.value, length: lesser.least, rest: lesser.node }
                }
                (Some(a), Some(b)) => {
                    if a.value < b.value {
                        a
                    } else {
                        b
                    }
                }
                (Some(edge), None) | (None, Some(edge)) => edge,
                (None, None) => break,
            };
            left += usize::from(a.is_some_and(|a| a.value == edge.value));
            right += usize::from(b.is_some_and(|b| b.value == edge.value));
            edges.push(edge);
        }
        let node = self.diagram.node(self.diagram.level(one), &edges)?;
        remember(&mut self.minima, (one, other, more), node);
        Ok(node)
    }

    /// The function that is 0 for every state of a set.
    fn zero(&mut self, space: &Space, set: Set, memo: &mut StableMap<Set, Set>) -> Result<Set, Halt> {
        if set == EMPTY || set == UNIT {
            return Ok(set);
        }
        if let Some(&known) = memo.get(&set) {
            return Ok(known);
        }
        let mut edges = Vec::new();
        for &edge in space.diagram.edges(set) {
            edges.push(Span { value: edge.value, length: 0, rest: self.zero(space, edge.rest, memo)? });
        }
        let node = self.diagram.node(space.diagram.level(set), &edges)?;
        memo.insert(set, node);
        Ok(node)
    }

    /// The number of a state, if it has one.
    pub(super) fn of(&self, function: Function, values: &[u32]) -> Option<u32> {
        values
            .iter()
            .try_fold(function, |function, &value| {
                let edge = self.diagram.edge_of(function.node, value)?;
                Some(Function { least: function.least + edge.length, node: edge.rest })
            })
            .map(|function| function.least)
    }

    /// How many states have each number, from 0 on.
    pub(super) fn histogram(&self, function: Function) -> Result<Vec<u128>, Halt> {
        let mut below: StableMap<Set, Vec<u128>> = StableMap::default();
        below.insert(UNIT, vec![1]);
        for nodes in self.diagram.nodes_by_level(function.node).iter().rev().skip(1) {
            let mut here = StableMap::default();
            for &node in nodes {
                let mut counts: Vec<u128> = Vec::new();
                for edge in self.diagram.edges(node) {
                    let (part, first) = (&below[&edge.rest], edge.length as usize);
                    counts.resize(counts.len().max(first + part.len()), 0);
                    for (sum, count) in counts[first..].iter_mut().zip(part) {
                        *sum = sum.checked_add(*count).ok_or(Halt::Overflow)?;
                    }
                }
                here.insert(node, counts);
            }
            self.diagram.budget().look()?;
            below = here;
        }
        let counts = below.remove(&function.node).unwrap_or_default();
        Ok(std::iter::repeat_n(0, function.least as usize * usize::from(!counts.is_empty())).chain(counts).collect())
    }
}

impl Span {
    fn function(self) -> Function {
        Function { least: self.length, node: self.rest }
    }
}

fn remember<K: Eq + std::hash::Hash, V>(memo: &mut StableMap<K, V>, key: K, result: V) {
    if memo.len() >= MOST_RESULTS {
        memo.clear();
    }
    memo.insert(key, result);
}

/// Which way events are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// In place of a set: all states.
pub(super) const ALL: Set = Set::MAX;

/// In place of an event: none, the states stay as they are.
const REST: u32 = u32::MAX;

/// A saturation with distances under way. It differs from that of sets in that an edge is looked at again not only when
/// it has new states, but also when one of them is nearer than before; and it may be kept within a set.
struct Search<'s, 'h> {
    space: &'s Space<'h>,
    distances: Distances,
    /// By event, from its highest operation down, the level and the table of the operation.
    events: Vec<Vec<(usize, u32)>>,
    /// By table and number, the numbers that follow.
    tables: Vec<Vec<Vec<u32>>>,
    /// By level and number, the events that begin there, and the number that follows.
    ready: Vec<Vec<Vec<(u32, u32)>>>,
    fired: StableMap<(u32, Set, Set), Function>,
    saturated: StableMap<(Set, Set), Set>,
}

/// For every state that is reachable from a set without leaving another, both of them sets of reachable states, the
/// least number of steps from there; or backward, to there.
pub(super) fn search(
    space: &mut Space,
    events: &[u32],
    direction: Direction,
    from: Set,
    within: Set,
) -> Result<(Distances, Function), Halt> {
    let (events, tables) = tabulate(space, events, direction);
    let mut ready: Vec<Vec<Vec<(u32, u32)>>> = vec![Vec::new(); space.diagram.levels()];
    for (event, operations) in events.iter().enumerate() {
        let (level, table) = operations[0];
        for (value, nexts) in tables[table as usize].iter().enumerate() {
            let ready = &mut ready[level];
            ready.resize(ready.len().max(value + 1), Vec::new());
            ready[value].extend(nexts.iter().map(|&next| (event as u32, next)));
        }
    }
    let distances = Distances::new(space);
    let (fired, saturated) = (StableMap::default(), StableMap::default());
    let mut search = Search { space, distances, events, tables, ready, fired, saturated };
    let zero = search.distances.zero(search.space, from, &mut StableMap::default())?;
    let function = search.fire(REST, 0, zero, within)?;
    Ok((search.distances, function))
}

type Operations = Vec<(usize, u32)>;
type Table = Vec<Vec<u32>>;

/// The operations of events as tables of the numbers that were reached.
fn tabulate(space: &mut Space, events: &[u32], direction: Direction) -> (Vec<Operations>, Vec<Table>) {
    let mut tables: Vec<Table> = Vec::new();
    let mut known: StableMap<u32, u32> = StableMap::default();
    let mut tabulated = Vec::with_capacity(events.len());
    for &event in events {
        let mut operations = Vec::new();
        for operation in space.events[event as usize].operations.clone() {
            let function = operation.function();
            let table = match function.and_then(|function| known.get(&function)) {
                Some(&table) => table,
                None => {
                    let mut table = Table::new();
                    let values: Vec<u32> = space.reached_at(operation.level).collect();
                    for from in values {
                        let mut number = 0;
                        while let Some((to, _)) = space.way(event, operation, from, number) {
                            number += 1;
                            let (key, next) = match direction {
                                Direction::Forward => (from, to),
                                Direction::Backward => (to, from),
                            };
                            table.resize(table.len().max(key as usize + 1), Vec::new());
                            table[key as usize].push(next);
                        }
                    }
                    tables.push(table);
                    let number = tables.len() as u32 - 1;
                    function.map(|function| known.insert(function, number));
                    number
                }
            };
            operations.push((operation.level, table));
        }
        tabulated.push(operations);
    }
    (tabulated, tables)
}

impl Search<'_, '_> {
    /// What a set allows below a number.
    #[inline]
    fn narrowed(&self, within: Set, value: u32) -> Set {
        if within == ALL {
            ALL
        } else {
            self.space.diagram.rest(within, value)
        }
    }

    /// The numbers that follow one in an operation.
    #[inline]
    fn next(&self, table: u32, value: u32, number: usize) -> Option<u32> {
        self.tables[table as usize].get(value as usize)?.get(number).copied()
    }

    /// Fires an event from its operation `at` on in the states of a node, and saturates the result.
    fn fire(&mut self, event: u32, at: usize, node: Set, within: Set) -> Result<Function, Halt> {
        let operation = if event == REST { None } else { self.events[event as usize].get(at).copied() };
        let event = match operation {
            // What is saturated within one set need not be so within another.
            None if event != REST && within == ALL => return Ok(Function { least: 0, node }),
            None => REST,
            Some(_) => event,
        };
        if node == UNIT {
            return Ok(Function { least: 0, node });
        }
        if let Some(&known) = self.fired.get(&(event, node, within)) {
            return Ok(known);
        }
        self.distances.diagram.tick()?;
        let level = self.distances.diagram.level(node);
        let here = operation.filter(|(operation_level, _)| *operation_level == level).map(|(_, table)| table);
        let mut edges = Vec::new();
        let mut place = 0;
        while let Some(edge) = self.distances.diagram.edge(node, place) {
            place += 1;
            let mut number = 0;
            while let Some(value) = match here {
                Some(table) => self.next(table, edge.value, number),
                None => (number == 0).then_some(edge.value),
            } {
                number += 1;
                let inner = self.narrowed(within, value);
                if inner != EMPTY {
                    let fired = self.fire(event, at + usize::from(here.is_some()), edge.rest, inner)?;
                    if fired.node != EMPTY {
                        edges.push(Span { value, length: edge.length + fired.least, rest: fired.node });
                    }
                }
            }
        }
        self.merge(&mut edges)?;
        let fired = self.saturate(level, edges, within)?;
        remember(&mut self.fired, (event, node, within), fired);
        Ok(fired)
    }

    /// Sorts edges and keeps the nearest of those with one number.
    fn merge(&mut self, edges: &mut Vec<Span>) -> Result<(), Halt> {
        edges.sort_by_key(|edge| edge.value);
        let mut kept: Vec<Span> = Vec::with_capacity(edges.len());
        for edge in edges.drain(..) {
            match kept.last_mut() {
                Some(last) if last.value == edge.value => {
                    let lesser = self.distances.lesser(last.function(), edge.function())?;
                    *last = Span { value: edge.value, length: lesser.least, rest: lesser.node };
                }
                _ => kept.push(edge),
            }
        }
        *edges = kept;
        Ok(())
    }

    /// Fires every event that begins at this level, until nothing is added and nothing is nearer than before.
    fn saturate(&mut self, level: usize, mut edges: Vec<Span>, within: Set) -> Result<Function, Halt> {
        let before = self.distances.function(level, &mut edges)?;
        if before.node == EMPTY {
            return Ok(NOWHERE);
        }
        if let Some(&node) = self.saturated.get(&(before.node, within)) {
            return Ok(Function { least: before.least, node });
        }
        let mut pending: Vec<u32> = edges.iter().map(|edge| edge.value).collect();
        while let Some(value) = take_nearest(&mut pending, &edges) {
            let mut number = 0;
            while let Some(&(event, to)) = self.ready[level].get(value as usize).and_then(|ready| ready.get(number)) {
                number += 1;
                let inner = self.narrowed(within, to);
                if inner == EMPTY {
                    continue;
                }
                let here = edges[place_of(&edges, value).expect("a pending number has an edge")];
                let fired = self.fire(event, 1, here.rest, inner)?;
                if fired.node == EMPTY {
                    continue;
                }
                let found = Function { least: here.length + fired.least + 1, node: fired.node };
                let is_nearer = match place_of(&edges, to) {
                    Ok(place) => {
                        let old = edges[place].function();
                        let new = self.distances.lesser(old, found)?;
                        edges[place] = Span { value: to, length: new.least, rest: new.node };
                        new != old
                    }
                    Err(place) => {
                        edges.insert(place, Span { value: to, length: found.least, rest: found.node });
                        true
                    }
                };
                if is_nearer && !pending.contains(&to) {
                    pending.push(to);
                }
            }
        }
        let after = self.distances.function(level, &mut edges)?;
        remember(&mut self.saturated, (before.node, within), after.node);
        remember(&mut self.saturated, (after.node, within), after.node);
        Ok(Function { least: before.least + after.least, node: after.node })
    }
}

fn place_of(edges: &[Span], value: u32) -> Result<usize, usize> {
    edges.binary_search_by_key(&value, |edge| edge.value)
}

/// Takes out the number whose edge is shortest: what is near is rarely found to be nearer.
fn take_nearest(pending: &mut Vec<u32>, edges: &[Span]) -> Option<u32> {
    let length = |value: u32| place_of(edges, value).map_or(0, |place| edges[place].length);
    let nearest = (0..pending.len()).min_by_key(|&place| length(pending[place]))?;
    Some(pending.swap_remove(nearest))
}
