//! Abstract specifications: what a third party may rely on who knows no ballots, votes or quorums. They are values with
//! steps; whoever refines one maps its own states to them. It knows no family.

use super::paxos::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A state of a specification.
pub trait Specification: PartialEq {
    /// True iff one step leads from this state to another, where these values have been proposed.
    fn may_become(&self, next: &Self, is_proposed: impl Fn(Value) -> bool) -> bool;
}

/// True iff a step whose ends have these images is a step of the specification, or none of its. An end without an image is
/// of no such step.
pub fn is_refined<S: Specification>(before: Option<S>, after: Option<S>, is_proposed: impl Fn(Value) -> bool) -> bool {
    before.zip(after).is_some_and(|(before, after)| before == after || before.may_become(&after, is_proposed))
}

/// A register that is written once: undecided at first, then decided. One step decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Register {
    /// The value.
    pub decided: Option<Value>,
}

impl Specification for Register {
    fn may_become(&self, next: &Self, is_proposed: impl Fn(Value) -> bool) -> bool {
        self.decided.is_none() && next.decided.is_some_and(is_proposed)
    }
}

/// Registers by slot. One step decides one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Array {
    /// The value of each slot that is decided.
    pub decided: BTreeMap<usize, Value>,
}

impl Specification for Array {
    fn may_become(&self, next: &Self, is_proposed: impl Fn(Value) -> bool) -> bool {
        let is_kept = self.decided.iter().all(|(slot, value)| next.decided.get(slot) == Some(value));
        let mut added = next.decided.iter().filter(|(slot, _)| !self.decided.contains_key(slot));
        let first = added.next().is_some_and(|(_, value)| is_proposed(*value));
        is_kept && first && added.next().is_none()
    }
}

/// A sequence of values, empty at first. One step appends one or several: filling a hole may complete more than it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The values, oldest first.
    pub values: Vec<Value>,
}

impl Specification for Log {
    fn may_become(&self, next: &Self, is_proposed: impl Fn(Value) -> bool) -> bool {
        let appended = next.values.strip_prefix(self.values.as_slice());
        appended.is_some_and(|appended| !appended.is_empty() && appended.iter().copied().all(is_proposed))
    }
}
