//! What a reader has to look at: everything that is not as expected or not decided, the same for every format.

use super::text::{counterexample, steps};
use super::{Case, PropertyResult, Verdict};
use crate::trace::Trace;

/// What the exploration itself is called where properties and counts have their names.
pub const COMPLETE: &str = "complete";

/// One of them.
pub struct Finding<'a> {
    /// The property, the count, or [`COMPLETE`].
    pub name: &'static str,
    /// True iff it is certain and not as expected; otherwise it is undecided.
    pub is_certain: bool,
    /// It in a sentence.
    pub what: String,
    /// The line of the model file that demands otherwise.
    pub line: Option<usize>,
    /// The property in words.
    pub statement: Option<&'static str>,
    /// The counterexample or witness.
    pub trace: Option<&'a Trace>,
}

impl Finding<'_> {
    /// True iff it is worth a line of its own where an undecided model already gets one.
    pub fn is_prominent(&self) -> bool {
        self.is_certain || self.name == COMPLETE
    }

    /// It as text of several lines: the sentence, the property in words, the trace.
    pub fn told(&self) -> String {
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
    /// The findings: unexpected verdicts, unexpected counts, undecided properties, and an incomplete exploration.
    pub fn findings(&self) -> Vec<Finding<'_>> {
        let mut findings: Vec<_> = self.unexpected().map(|surprise| self.unexpected_one(surprise)).collect();
        let undecided = self.properties.iter().filter(|result| result.verdict == Verdict::Unknown);
        findings.extend(undecided.map(|result| self.undecided_one(result)));
        if !self.complete {
            findings.push(Finding {
                name: COMPLETE,
                is_certain: false,
                what: format!("not every reachable state was explored: {}", self.way_on()),
                line: None,
                statement: None,
                trace: None,
            });
        }
        findings
    }

    fn unexpected_one(&self, surprise: super::Unexpected) -> Finding<'_> {
        let result = self.properties.iter().find(|result| result.name == surprise.name);
        let length = result.and_then(|result| result.trace_length);
        let length = length.map_or_else(String::new, |length| format!(" ({})", steps(length)));
        Finding {
            name: surprise.name,
            is_certain: true,
            what: format!("expected {}, found {}{length}", surprise.expected, surprise.found),
            line: surprise.line,
            statement: result.map(|result| result.statement),
            trace: self.trace(surprise.name),
        }
    }

    fn undecided_one(&self, result: &PropertyResult) -> Finding<'_> {
        let expected = result.expected().map_or_else(String::new, |wanted| format!("expected {wanted}, "));
        Finding {
            name: result.name,
            is_certain: false,
            what: format!("{expected}undecided ({})", self.stopped),
            line: result.demand.line(),
            statement: Some(result.statement),
            trace: None,
        }
    }
}
