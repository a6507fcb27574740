//! What events do in whole sets: where they are enabled, and how often they happen. It must not know what the events
//! stand for.

use super::diagram::{Edge, PairMemo, Set, EMPTY};
use super::halt::Halt;
use super::numbers::StableMap;
use super::space::Space;

type Memo = StableMap<Set, Set>;

impl Space<'_> {
    /// The states of a set in which an event can happen.
    pub(super) fn enabled(&mut self, event: u32, set: Set) -> Result<Set, Halt> {
        self.enabled_from(event, 0, set, &mut Memo::default())
    }

    fn enabled_from(&mut self, event: u32, at: usize, set: Set, memo: &mut Memo) -> Result<Set, Halt> {
        let Some(&operation) = self.events[event as usize].operations.get(at) else { return Ok(set) };
        if let Some(&known) = memo.get(&set) {
            return Ok(known);
        }
        let level = self.diagram.level(set);
        let mut edges = Vec::new();
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.diagram.edge(set, place) {
            place += 1;
            let next = match operation.level == level {
                true if self.way(event, operation, value, 0).is_none() => continue,
                is_here => at + usize::from(is_here),
            };
            let rest = self.enabled_from(event, next, rest, memo)?;
            if rest != EMPTY {
                edges.push(Edge { value, rest });
            }
        }
        let enabled = self.diagram.node(level, &edges)?;
        memo.insert(set, enabled);
        Ok(enabled)
    }

    /// How many transitions out of a set each event makes.
    pub(super) fn firings(&mut self, set: Set) -> Result<Vec<u128>, Halt> {
        let below = self.diagram.sizes(set)?;
        let nodes = self.diagram.nodes_by_level(set);
        let above = self.diagram.paths(set, &nodes)?;
        let mut firings = Vec::with_capacity(self.events.len());
        for event in 0..self.events.len() as u32 {
            let first = self.events[event as usize].operations[0].level;
            let mut memo = StableMap::default();
            let mut sum = 0u128;
            self.diagram.budget().look()?;
            for &node in &nodes[first] {
                let below = self.firings_from(event, 0, node, &below, &mut memo)?;
                let product = above[node as usize].checked_mul(below);
                sum = product.and_then(|product| sum.checked_add(product)).ok_or(Halt::Overflow)?;
            }
            firings.push(sum);
        }
        Ok(firings)
    }

    /// How many transitions out of a set an event makes from its operation `at` on; `sizes` are those of all nodes.
    pub(super) fn firings_from(
        &mut self,
        event: u32,
        at: usize,
        set: Set,
        sizes: &[u128],
        memo: &mut StableMap<Set, u128>,
    ) -> Result<u128, Halt> {
        let Some(&operation) = self.events[event as usize].operations.get(at) else { return Ok(sizes[set as usize]) };
        if let Some(&known) = memo.get(&set) {
            return Ok(known);
        }
        let level = self.diagram.level(set);
        let mut sum = 0u128;
        let mut place = 0;
        while let Some(Edge { value, rest }) = self.diagram.edge(set, place) {
            place += 1;
            let (mut actions, mut next) = (1u128, at);
            if operation.level == level {
                (actions, next) = (0, at + 1);
                let mut way = 0;
                while let Some((_, times)) = self.way(event, operation, value, way) {
                    actions += u128::from(times);
                    way += 1;
                }
            }
            if actions > 0 {
                let product = self.firings_from(event, next, rest, sizes, memo)?.checked_mul(actions);
                sum = product.and_then(|product| sum.checked_add(product)).ok_or(Halt::Overflow)?;
            }
        }
        memo.insert(set, sum);
        Ok(sum)
    }

    /// The states of a set in which none of these events can happen.
    pub(super) fn terminals(&mut self, set: Set, events: &[u32]) -> Result<Set, Halt> {
        // Those with the largest relations rule out most.
        let mut events = events.to_vec();
        events.sort_by_key(|&event| std::cmp::Reverse(self.events[event as usize].relation.len()));
        let mut terminals = set;
        for event in events {
            let enabled = self.enabled(event, terminals)?;
            terminals = self.diagram.minus(terminals, enabled, &mut PairMemo::default())?;
        }
        Ok(terminals)
    }
}
