//! Multi-valued decision diagrams: sets of tuples of numbers, each part stored once. Owns the nodes, the operations on
//! whole sets and the collection of garbage. It must not know what the numbers stand for.
//!
//! A tuple has one number per level. A node of a level is a list of edges, sorted by number; an edge leads to the set of
//! what may follow its number on the levels below. No level is skipped, no edge leads to the empty set, and no two
//! nodes are equal, so two sets are equal iff their nodes are the same.

use super::cache::Cache;
use super::halt::{Budget, Halt};
use super::numbers::StableMap;

/// A set of tuples: the number of its node.
pub(super) type Set = u32;

/// The empty set.
pub(super) const EMPTY: Set = 0;
/// The set of the empty tuple, below the last level.
pub(super) const UNIT: Set = 1;

/// A number that a tuple may have on a level, and what may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) value: u32,
    pub(super) rest: Set,
}

/// An edge of a node of some kind of diagram.
pub(super) trait Linked: Copy + Eq {
    /// What the edge leads to.
    fn rest(self) -> Set;
    /// The edge as bits, for hashing.
    fn word(self) -> u64;
    /// The number of the edge, by which the edges of a node are sorted.
    fn value(self) -> u32;
}

impl Linked for Edge {
    fn rest(self) -> Set {
        self.rest
    }

    fn word(self) -> u64 {
        u64::from(self.value) << 32 | u64::from(self.rest)
    }

    fn value(self) -> u32 {
        self.value
    }
}

#[derive(Clone, Copy)]
struct Node {
    start: u32,
    len: u32,
    level: u32,
}

/// A level that marks a number without a node.
const FREE: u32 = u32::MAX;

/// Results of one operation on pairs of sets.
pub(super) type PairMemo = StableMap<(Set, Set), Set>;

/// The nodes of all sets, or of whatever else has edges of this kind.
pub(super) struct Diagram<E = Edge> {
    levels: usize,
    nodes: Vec<Node>,
    edges: Vec<E>,
    /// Numbers of nodes that were collected.
    free: Vec<Set>,
    /// An open hash table of the nodes; 0 is an empty place.
    places: Vec<Set>,
    unions: Cache,
    /// Nodes that were ever made.
    made: usize,
    budget: Budget,
}

impl<E: Linked> Diagram<E> {
    pub(super) fn new(levels: usize, budget: Budget) -> Self {
        let terminal = Node { start: 0, len: 0, level: levels as u32 };
        Diagram {
            levels,
            nodes: vec![terminal; 2],
            edges: Vec::new(),
            free: Vec::new(),
            places: vec![0; 1 << 10],
            unions: Cache::new(),
            made: 0,
            budget,
        }
    }

    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// Nodes in use.
    pub(super) fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// More than any number of a node.
    pub(super) fn bound(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Allows this many more nodes to be made.
    pub(super) fn work_on(&mut self, more: usize) {
        self.budget.work = self.made.saturating_add(more);
    }

    /// Looks at the limits now and then; for loops that may find every node already there.
    #[inline]
    pub(super) fn tick(&mut self) -> Result<(), Halt> {
        self.budget.tick(self.len(), self.made)
    }

    #[inline]
    pub(super) fn level(&self, set: Set) -> usize {
        self.nodes[set as usize].level as usize
    }

    #[inline]
    pub(super) fn edges(&self, set: Set) -> &[E] {
        let node = self.nodes[set as usize];
        &self.edges[node.start as usize..(node.start + node.len) as usize]
    }

    /// The edge at this place of a node, for loops that construct nodes on their way.
    #[inline]
    pub(super) fn edge(&self, set: Set, place: usize) -> Option<E> {
        let node = self.nodes[set as usize];
        (place < node.len as usize).then(|| self.edges[node.start as usize + place])
    }

    /// The edge with a number.
    #[inline]
    pub(super) fn edge_of(&self, set: Set, value: u32) -> Option<E> {
        let edges = self.edges(set);
        edges.binary_search_by_key(&value, |edge| edge.value()).ok().map(|place| edges[place])
    }

    fn hash(level: usize, edges: &[E]) -> usize {
        let mut hash = (level as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for edge in edges {
            let product = u128::from(hash ^ edge.word()) * u128::from(0xD6E8_FEB8_6659_FD93u64);
            hash = product as u64 ^ (product >> 64) as u64;
        }
        hash as usize
    }

    /// The node with these edges, which are sorted and lead to sets of the next level.
    pub(super) fn node(&mut self, level: usize, edges: &[E]) -> Result<Set, Halt> {
        if edges.is_empty() {
            return Ok(EMPTY);
        }
        debug_assert!(edges.windows(2).all(|pair| pair[0].value() < pair[1].value()));
        debug_assert!(edges.iter().all(|edge| edge.rest() != EMPTY && self.level(edge.rest()) == level + 1));
        let mask = self.places.len() - 1;
        let mut place = Self::hash(level, edges) & mask;
        while self.places[place] != 0 {
            let known = self.places[place];
            if self.level(known) == level && self.edges(known) == edges {
                return Ok(known);
            }
            place = (place + 1) & mask;
        }
        self.made += 1;
        self.budget.tick(self.len(), self.made)?;
        let start = u32::try_from(self.edges.len()).map_err(|_| Halt::Nodes)?;
        let node = Node { start, len: edges.len() as u32, level: level as u32 };
        self.edges.extend_from_slice(edges);
        let set = match self.free.pop() {
            Some(set) => {
                self.nodes[set as usize] = node;
                set
            }
            None => {
                self.nodes.push(node);
                u32::try_from(self.nodes.len() - 1).map_err(|_| Halt::Nodes)?
            }
        };
        self.places[place] = set;
        if self.len() * 2 > self.places.len() {
            self.rehash(self.places.len() * 2);
        }
        Ok(set)
    }

    fn rehash(&mut self, size: usize) {
        let mut places = vec![0; size];
        for set in 2..self.nodes.len() as Set {
            let level = self.nodes[set as usize].level;
            if level != FREE {
                let mut place = Self::hash(level as usize, self.edges(set)) & (size - 1);
                while places[place] != 0 {
                    place = (place + 1) & (size - 1);
                }
                places[place] = set;
            }
        }
        self.places = places;
    }

    /// The nodes of a set by their level, each once; the level below the last has [`UNIT`].
    pub(super) fn nodes_by_level(&self, set: Set) -> Vec<Vec<Set>> {
        let mut found = vec![Vec::new(); self.levels + 1];
        let mut seen = vec![false; self.bound()];
        let mut stack = vec![set];
        while let Some(set) = stack.pop() {
            if set != EMPTY && !std::mem::replace(&mut seen[set as usize], true) {
                found[self.level(set)].push(set);
                stack.extend(self.edges(set).iter().map(|edge| edge.rest()));
            }
        }
        found
    }

    /// Forgets every node that none of these sets needs, and returns which numbers are still in use. The others may be
    /// given to new nodes.
    pub(super) fn collect(&mut self, roots: impl Iterator<Item = Set>) -> Vec<bool> {
        let mut live = vec![false; self.bound()];
        (live[EMPTY as usize], live[UNIT as usize]) = (true, true);
        let mut stack: Vec<Set> = roots.collect();
        while let Some(set) = stack.pop() {
            if !std::mem::replace(&mut live[set as usize], true) {
                stack.extend(self.edges(set).iter().map(|edge| edge.rest()));
            }
        }
        let kept = (2..self.nodes.len()).filter(|&set| live[set]).map(|set| self.nodes[set].len as usize).sum();
        let mut edges = Vec::with_capacity(kept);
        self.free.clear();
        for set in (2..self.nodes.len()).rev() {
            let node = self.nodes[set];
            if live[set] {
                self.nodes[set].start = edges.len() as u32;
                edges.extend_from_slice(&self.edges[node.start as usize..(node.start + node.len) as usize]);
            } else {
                self.nodes[set].level = FREE;
                self.free.push(set as Set);
            }
        }
        self.edges = edges;
        self.rehash((self.len() * 4).next_power_of_two().max(1 << 10));
        let is_live = |set: u64| live[set as usize];
        let is_kept = |key: u64, set: u32| is_live(key >> 32) && is_live(key & 0xFFFF_FFFF) && is_live(u64::from(set));
        self.unions.retain(is_kept);
        live
    }
}

impl Diagram {
    /// What may follow a number.
    #[inline]
    pub(super) fn rest(&self, set: Set, value: u32) -> Set {
        self.edge_of(set, value).map_or(EMPTY, |edge| edge.rest)
    }

    /// The set of one tuple.
    pub(super) fn tuple(&mut self, values: &[u32]) -> Result<Set, Halt> {
        let mut set = UNIT;
        for (level, &value) in values.iter().enumerate().rev() {
            set = self.node(level, &[Edge { value, rest: set }])?;
        }
        Ok(set)
    }

    pub(super) fn union(&mut self, one: Set, other: Set) -> Result<Set, Halt> {
        if one == other || other == EMPTY {
            return Ok(one);
        }
        if one == EMPTY {
            return Ok(other);
        }
        let (one, other) = (one.min(other), one.max(other));
        let key = u64::from(one) << 32 | u64::from(other);
        if let Some(known) = self.unions.get(key) {
            return Ok(known);
        }
        let (mut left, mut right) = (0, 0);
        let mut edges = Vec::with_capacity(self.edges(one).len().max(self.edges(other).len()));
        loop {
            let (a, b) = (self.edge(one, left), self.edge(other, right));
            let edge = match (a, b) {
                (Some(a), Some(b)) if a.value == b.value => Edge { value: a.value, rest: self.union(a.rest, b.rest)? },
                (Some(a), Some(b)) => a.min(b),
                (Some(edge), None) | (None, Some(edge)) => edge,
                (None, None) => break,
            };
            left += usize::from(a.is_some_and(|a| a.value == edge.value));
            right += usize::from(b.is_some_and(|b| b.value == edge.value));
            edges.push(edge);
        }
        let union = self.node(self.level(one), &edges)?;
        self.unions.put(key, union);
        Ok(union)
    }

    /// The union of many sets, in pairs, so that small ones meet first.
    pub(super) fn union_of(&mut self, mut sets: Vec<Set>) -> Result<Set, Halt> {
        while sets.len() > 1 {
            let mut half = Vec::with_capacity(sets.len().div_ceil(2));
            for pair in sets.chunks(2) {
                half.push(self.union(pair[0], pair.get(1).copied().unwrap_or(EMPTY))?);
            }
            sets = half;
        }
        Ok(sets.pop().unwrap_or(EMPTY))
    }

    /// Sorts edges and unites those of one number, so that they can become a node.
    pub(super) fn merge(&mut self, edges: &mut Vec<Edge>) -> Result<(), Halt> {
        if edges.windows(2).all(|pair| pair[0].value < pair[1].value) {
            return Ok(());
        }
        edges.sort_unstable();
        let mut kept = 0;
        for next in 1..edges.len() {
            if edges[next].value == edges[kept].value {
                edges[kept].rest = self.union(edges[kept].rest, edges[next].rest)?;
            } else {
                kept += 1;
                edges[kept] = edges[next];
            }
        }
        edges.truncate(kept + 1);
        Ok(())
    }

    /// The tuples of one set that another does not have.
    pub(super) fn minus(&mut self, one: Set, other: Set, memo: &mut PairMemo) -> Result<Set, Halt> {
        if one == other || one == EMPTY {
            return Ok(EMPTY);
        }
        if other == EMPTY {
            return Ok(one);
        }
        if let Some(&known) = memo.get(&(one, other)) {
            return Ok(known);
        }
        let mut edges = Vec::with_capacity(self.edges(one).len());
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.edge(one, place) {
            place += 1;
            let rest = self.minus(rest, self.rest(other, value), memo)?;
            if rest != EMPTY {
                edges.push(Edge { value, rest });
            }
        }
        let difference = self.node(self.level(one), &edges)?;
        memo.insert((one, other), difference);
        Ok(difference)
    }

    /// The tuples of a set whose number on a level satisfies a predicate.
    pub(super) fn restrict(
        &mut self,
        set: Set,
        level: usize,
        keep: &dyn Fn(u32) -> bool,
        memo: &mut StableMap<Set, Set>,
    ) -> Result<Set, Halt> {
        if set == EMPTY {
            return Ok(EMPTY);
        }
        if let Some(&known) = memo.get(&set) {
            return Ok(known);
        }
        let here = self.level(set);
        let mut edges = Vec::new();
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.edge(set, place) {
            place += 1;
            let rest = match here < level {
                true => self.restrict(rest, level, keep, memo)?,
                false if keep(value) => rest,
                false => EMPTY,
            };
            edges.extend((rest != EMPTY).then_some(Edge { value, rest }));
        }
        let kept = self.node(here, &edges)?;
        memo.insert(set, kept);
        Ok(kept)
    }

    /// For every node of a set, by number, how many tuples it has.
    pub(super) fn sizes(&self, set: Set) -> Result<Vec<u128>, Halt> {
        let mut sizes = vec![0u128; self.bound()];
        sizes[UNIT as usize] = 1;
        for set in self.nodes_by_level(set).into_iter().rev().flatten().filter(|set| *set != UNIT) {
            let add = |sum: u128, edge: &Edge| sum.checked_add(sizes[edge.rest as usize]);
            sizes[set as usize] = self.edges(set).iter().try_fold(0, add).ok_or(Halt::Overflow)?;
        }
        Ok(sizes)
    }

    /// For every node of a set, by number, how many paths lead to it from the top; `nodes` are those of the set by level.
    pub(super) fn paths(&self, set: Set, nodes: &[Vec<Set>]) -> Result<Vec<u128>, Halt> {
        let mut paths = vec![0u128; self.bound()];
        paths[set as usize] = 1;
        for &node in nodes.iter().flatten().filter(|node| **node != UNIT) {
            for edge in self.edges(node) {
                let sum = paths[edge.rest as usize].checked_add(paths[node as usize]);
                paths[edge.rest as usize] = sum.ok_or(Halt::Overflow)?;
            }
        }
        Ok(paths)
    }

    /// How many tuples a set has.
    pub(super) fn size(&self, set: Set) -> Result<u128, Halt> {
        Ok(self.sizes(set)?[set as usize])
    }
}
