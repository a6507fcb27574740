//! What a reader has to look at: everything that is not as expected, not decided, or otherwise not what a green line
//! says, the same for every format.

use super::text::{counterexample, steps};
use super::{Case, Mutant, Pin, PropertyResult, Standing, Unexpected, Verdict};
use crate::model_file::{Fate, Wanted};
use crate::trace::Trace;

/// The name of the exploration itself, among those of properties and counts.
pub const COMPLETE: &str = "complete";

/// How much a finding weighs, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It is certain, and not as expected.
    Unexpected,
    /// It is demanded, and not certain.
    Undecided,
    /// It is violated or not certain, and nothing is demanded of it.
    Waived,
    /// It holds vacuously, and that is not what is demanded.
    Vacuous,
}

/// A finding.
pub struct Finding<'a> {
    /// The property, the count, [`COMPLETE`], or the edit of a mutant.
    pub name: &'a str,
    /// How much it weighs.
    pub weight: Weight,
    /// True iff it is worth a line of its own where an undecided model already gets one.
    pub is_prominent: bool,
    /// The finding in a sentence.
    pub what: String,
    /// The line of the model file that demands otherwise.
    pub line: Option<usize>,
    /// The property in words.
    pub statement: Option<&'static str>,
    /// The counterexample or witness.
    pub trace: Option<&'a Trace>,
}

impl Finding<'_> {
    /// The finding as text of several lines: the sentence, the property in words, the trace.
    pub fn message(&self) -> String {
        let mut text = self.what.clone();
        if let Some(statement) = self.statement {
            text += &format!("\n{}: {statement}", self.name);
        }
        if let Some(trace) = self.trace {
            text += &format!("\n{}", counterexample(trace).trim_end());
        }
        text
    }
}

impl Case {
    /// The findings, the heaviest first; those of one weight in the order of the lines that demand otherwise, then in
    /// that of the report.
    pub fn findings(&self) -> Vec<Finding<'_>> {
        let mut findings: Vec<_> = self.unexpected().map(|surprise| self.unexpected_one(surprise)).collect();
        findings.extend(self.properties.iter().filter_map(|result| self.other(result)));
        findings.extend(self.pins.iter().filter_map(|pin| self.undecided_pin(pin)));
        findings.extend(self.cut_off());
        findings.extend(self.audit.iter().flat_map(|audit| &audit.mutants).filter_map(survivor));
        findings.sort_by_key(|finding| (finding.weight, finding.line.unwrap_or(usize::MAX)));
        findings
    }

    fn unexpected_one(&self, surprise: Unexpected) -> Finding<'_> {
        let result = self.properties.iter().find(|result| result.name == surprise.name);
        let length = result.map_or_else(String::new, length);
        Finding {
            name: surprise.name,
            weight: Weight::Unexpected,
            is_prominent: true,
            what: format!("expected {}, found {}{length}", surprise.expected, surprise.found),
            line: surprise.line,
            statement: result.map(|result| result.statement),
            trace: self.trace(surprise.name),
        }
    }

    /// What is to be said of a property that is not certainly unexpected.
    fn other<'a>(&'a self, result: &PropertyResult) -> Option<Finding<'a>> {
        let (weight, is_prominent, what) = match (result.standing, result.verdict, result.demand.waived()) {
            (Standing::Unexpected, ..) => return None,
            (Standing::Undecided, ..) => {
                let expected = result.expected().unwrap_or_default();
                (Weight::Undecided, false, format!("expected {expected}, undecided ({})", self.stopped))
            }
            (Standing::Expected, Verdict::Violated, Some(why)) => {
                (Weight::Waived, true, format!("violated{}, but {why}", length(result)))
            }
            (Standing::Expected, Verdict::Unknown, Some(why)) => {
                (Weight::Waived, false, format!("undecided ({}), but {why}", self.stopped))
            }
            (Standing::Expected, ..) if result.vacuous && result.demand.wanted() != Some(Wanted::Vacuous) => {
                let premise = result.premise.unwrap_or_default();
                (Weight::Vacuous, true, format!("holds vacuously: no reachable state has {premise}"))
            }
            (Standing::Expected, ..) => return None,
        };
        let (line, statement) = (result.demand.line(), Some(result.statement));
        Some(Finding { name: result.name, weight, is_prominent, what, line, statement, trace: None })
    }

    fn undecided_pin(&self, pin: &Pin) -> Option<Finding<'_>> {
        let what = match self.stopped {
            "exhausted" => format!("expected {}, undecided: {}", pin.expected, self.way_on()),
            stopped => format!("expected {}, undecided ({stopped})", pin.expected),
        };
        (pin.standing() == Standing::Undecided).then_some(Finding {
            name: pin.name,
            weight: Weight::Undecided,
            is_prominent: self.complete,
            what,
            line: pin.expected_line,
            statement: None,
            trace: None,
        })
    }

    fn cut_off(&self) -> Option<Finding<'_>> {
        let what = "not every reachable state was explored";
        let (weight, what) = match self.standing() {
            Standing::Expected => (Weight::Waived, format!("{what} ({}): {CERTAIN}", self.stopped)),
            Standing::Undecided | Standing::Unexpected => (Weight::Undecided, format!("{what}: {}", self.way_on())),
        };
        let is_prominent = true;
        let found = Finding { name: COMPLETE, weight, is_prominent, what, line: None, statement: None, trace: None };
        (!self.complete).then_some(found)
    }
}

/// What is to be said of a mutant that no demanded property kills, unless it is the model in other words.
fn survivor(mutant: &Mutant) -> Option<Finding<'_>> {
    let weight = match mutant.fate {
        Fate::Killed | Fate::Equivalent => return None,
        Fate::Suspicious | Fate::Safe => Weight::Waived,
        Fate::Unknown => Weight::Undecided,
    };
    Some(Finding {
        name: &mutant.edit,
        weight,
        is_prominent: true,
        what: format!("a mutant that is {}: {}", mutant.fate.name(), mutant.because()),
        line: None,
        statement: None,
        trace: None,
    })
}

/// Why a case is as expected though it is incomplete.
const CERTAIN: &str = "everything demanded was certain before";

fn length(result: &PropertyResult) -> String {
    result.trace_length.map_or_else(String::new, |length| format!(" ({})", steps(length)))
}
