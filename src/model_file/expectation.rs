//! What a model file demands under `[expect]`: verdicts of properties, exact counts, the verdict of induction, the fates
//! of mutants.

use super::wanted::Wanted;
use serde::Serialize;
use serde_json::Value;

/// Something that `[expect]` demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What of.
    pub of: Expected,
    /// The line of the model file, counted from 1; `None` if it came from elsewhere.
    pub line: Option<usize>,
}

impl Expectation {
    /// Writes it into the table `expect`, as a model file has it.
    pub(super) fn write(&self, expect: &mut Value) {
        match self.of {
            Expected::Verdict(name, wanted) => expect[name] = wanted.name().into(),
            Expected::Count(pinned, count) => expect[pinned.name()] = count.into(),
            Expected::Induction(verdict) => expect[INDUCTION] = verdict.name().into(),
            Expected::Mutants(fate, count) => expect[MUTANTS][fate.name()] = count.into(),
        }
    }
}

/// A verdict or a count that is demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This property (its name) comes out like this.
    Verdict(&'static str, Wanted),
    /// This count has exactly this value.
    Count(Pinned, u64),
    /// Induction on the model's own invariant comes out like this.
    Induction(InductionVerdict),
    /// So many mutants have this fate.
    Mutants(Fate, u64),
}

/// The key of what is demanded of induction.
pub const INDUCTION: &str = "induction";

/// The table of what is demanded of an audit.
pub const MUTANTS: &str = "mutants";

/// What becomes of a mutant: a model whose protocol differs in the value of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It violates something that is demanded to hold.
    Killed,
    /// It violates nothing, but something that the protocol is for, and that is demanded, is no longer reached.
    Suspicious,
    /// It breaks nothing that is demanded, though its state graph is another one.
    Safe,
    /// Its state graph is that of the model, and so is the answer to every question.
    Equivalent,
    /// A limit ended its search, or the comparison of its graph, before that was certain.
    Unknown,
}

impl Fate {
    /// The fates that are certain.
    pub const CERTAIN: [Fate; 4] = [Fate::Killed, Fate::Suspicious, Fate::Safe, Fate::Equivalent];

    /// The name in model files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Fate::Killed => "killed",
            Fate::Suspicious => "suspicious",
            Fate::Safe => "safe",
            Fate::Equivalent => "equivalent",
            Fate::Unknown => "unknown",
        }
    }

    /// The key under `[expect]` that demands how many mutants have it.
    pub fn key(self) -> &'static str {
        match self {
            Fate::Killed => "mutants.killed",
            Fate::Suspicious => "mutants.suspicious",
            Fate::Safe => "mutants.safe",
            Fate::Equivalent => "mutants.equivalent",
            Fate::Unknown => "mutants.unknown",
        }
    }
}

/// What induction says of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InductionVerdict {
    /// It is true at first, every step keeps it, and what is demanded follows from it.
    Inductive,
    /// It is false at first.
    NotInitial,
    /// Some step from a type-correct state where it is true leads to one where it is not.
    NotPreserved,
    /// Every step keeps it, but something that is demanded does not follow from it.
    SafetyNotImplied,
}

impl InductionVerdict {
    /// Every verdict.
    pub const ALL: [InductionVerdict; 4] = [
        InductionVerdict::Inductive,
        InductionVerdict::NotInitial,
        InductionVerdict::NotPreserved,
        InductionVerdict::SafetyNotImplied,
    ];

    /// The name in model files and reports.
    pub fn name(self) -> &'static str {
        match self {
            InductionVerdict::Inductive => "inductive",
            InductionVerdict::NotInitial => "not-initial",
            InductionVerdict::NotPreserved => "not-preserved",
            InductionVerdict::SafetyNotImplied => "safety-not-implied",
        }
    }
}

/// A count that can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// `unique_states`
    UniqueStates,
    /// `generated_states`
    GeneratedStates,
    /// `terminal_states`
    TerminalStates,
    /// `max_depth`
    MaxDepth,
}

impl Pinned {
    /// Every count that can be pinned.
    pub const ALL: [Pinned; 4] =
        [Pinned::UniqueStates, Pinned::GeneratedStates, Pinned::TerminalStates, Pinned::MaxDepth];

    /// The name in model files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Pinned::UniqueStates => "unique_states",
            Pinned::GeneratedStates => "generated_states",
            Pinned::TerminalStates => "terminal_states",
            Pinned::MaxDepth => "max_depth",
        }
    }
}
