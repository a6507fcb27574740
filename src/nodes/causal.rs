//! The order in which a run is told. Each node reports through a pipe of its own, so a delivery may be reported here
//! before its sending; it is held until its sending was told.

use super::log::{Event, Record};
use crate::family::Deployable;
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Happenings that are held at most, and for how long: a sending that was never reported must not stop the telling.
const MOST_HELD: usize = 1024;
const HELD_FOR: Duration = Duration::from_secs(1);

/// What happens at a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening<F: Deployable> {
    /// It takes a step.
    Step(Box<Record<F>>),
    /// It crashes.
    Crash,
}

/// What was reported and not passed on yet.
#[derive(Debug)]
pub struct Causal<F: Deployable> {
    /// For each node the number of the record that follows the last one told.
    told: Vec<u64>,
    /// In the order in which it was reported.
    held: VecDeque<(usize, Happening<F>, Instant)>,
}

impl<F: Deployable> Causal<F> {
    /// The initial state for this many nodes.
    pub fn new(nodes: usize) -> Self {
        Causal { told: vec![0; nodes], held: VecDeque::new() }
    }

    /// Something is reported of a node.
    pub fn hold(&mut self, node: usize, what: Happening<F>) {
        self.held.push_back((node, what, Instant::now()));
    }

    /// What to pass on next: each node's reports in order, and no effect before its cause.
    /// `is_end` says that nothing more will be reported. `sender` is the node of a name.
    pub fn next(&mut self, is_end: bool, sender: impl Fn(&str) -> Option<usize>) -> Option<(usize, Happening<F>)> {
        let mut waiting = BTreeSet::new();
        let ready = self.held.iter().position(|(node, what, _)| waiting.insert(*node) && self.is_caused(what, &sender));
        let is_overdue = |(.., since): &(_, _, Instant)| since.elapsed() > HELD_FOR;
        let gives_up = is_end || self.held.len() > MOST_HELD || self.held.front().is_some_and(is_overdue);
        let (node, what, _) = self.held.remove(ready.or_else(|| gives_up.then_some(0))?)?;
        if let Happening::Step(record) = &what {
            self.told[node] = self.told[node].max(record.n + 1);
        }
        Some((node, what))
    }

    /// True iff its cause, if it has one, was passed on.
    fn is_caused(&self, what: &Happening<F>, sender: impl Fn(&str) -> Option<usize>) -> bool {
        let Happening::Step(record) = what else { return true };
        match &record.event {
            Event::Deliver { from, cause, .. } | Event::Ignore { from, cause, .. } => {
                sender(from).is_none_or(|from| self.told[from] > cause.0)
            }
            Event::Start | Event::Recover | Event::Fire(_) | Event::Choose { .. } | Event::Unrecorded(_) => true,
        }
    }
}
