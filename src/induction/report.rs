//! What was found of an invariant, as plain data.

use super::Reachable;
use crate::trace::Trace;
use serde::Serialize;

/// The version of the report.
pub const SCHEMA: u32 = 1;

pub use crate::model_file::InductionVerdict as Verdict;

/// What was found of an invariant of a model.
#[derive(Clone, Debug, Serialize)]
pub struct Inducted {
    /// The version of this report.
    pub schema: u32,
    /// The name of the model.
    pub model: String,
    /// Its file, as it was given.
    pub file: String,
    /// The edits that were applied to it.
    pub set: Vec<String>,
    /// The protocol at its bounds, in a line. What the network does makes no difference.
    pub description: String,
    /// The name of the invariant.
    pub invariant: &'static str,
    /// The invariant in a line.
    pub summary: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict that is demanded.
    pub expected: Verdict,
    /// True iff they are the same.
    pub as_expected: bool,
    /// The conjuncts.
    pub conjuncts: Vec<ConjunctResult>,
    /// What is to follow from it.
    pub claims: Vec<ClaimResult>,
    /// A smallest counterexample to induction, if a step breaks the invariant.
    pub counterexample: Option<Counterexample>,
    /// How much was asked.
    pub figures: Figures,
    /// What differs from run to run.
    pub run: Measured,
}

/// What was found of a conjunct.
#[derive(Clone, Debug, Serialize)]
pub struct ConjunctResult {
    /// Its name.
    pub name: &'static str,
    /// In words.
    pub statement: &'static str,
    /// In symbols.
    pub formula: &'static str,
    /// How many instances it has at the bounds.
    pub instances: usize,
    /// Whether it is true at first.
    pub initially: bool,
    /// Whether the invariant is less without it; `None` where it is no invariant anyway.
    pub needed: Option<Needed>,
}

/// Whether a conjunct is needed.
#[derive(Clone, Debug, Serialize)]
pub struct Needed {
    /// Whether it is.
    pub needed: bool,
    /// What goes wrong without it.
    pub without_it: Option<String>,
}

/// Whether a claim follows from the invariant.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimResult {
    /// The property.
    pub name: &'static str,
    /// In words.
    pub statement: &'static str,
    /// Whether it is to follow.
    pub demanded: bool,
    /// Whether it does.
    pub implied: bool,
}

/// A step from a state where the invariant is true to one where it is not.
#[derive(Clone, Debug, Serialize)]
pub struct Counterexample {
    /// How many messages beyond those sent at first, nodes that are not as at first, and facts that do not fit their
    /// node's state there are before the step. No counterexample has fewer.
    pub weight: usize,
    /// The conjuncts that are false after it.
    pub broken: Vec<&'static str>,
    /// Whether the model can be in the state before it.
    pub reachable: Reachable,
    /// The step, as stateright takes it.
    pub step: Trace,
}

/// How much was asked.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// The type-correct local states of all nodes, facts apart.
    pub local_states: usize,
    /// How many of them differ to the invariant.
    pub merged: usize,
    /// The messages that may have been sent.
    pub messages: usize,
    /// The facts that nodes may remember.
    pub facts: usize,
    /// The events that were asked about; others are like one of them.
    pub events: usize,
    /// The questions to the solver.
    pub questions: usize,
}

/// What differs from run to run.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measured {
    /// The time that it took.
    pub seconds: f64,
}
