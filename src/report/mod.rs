//! Reports: what came of a run as plain data, and its renderers. They know no protocol and no search.

mod baseline;
mod finding;
mod folder;
mod github;
mod html;
mod junit;
mod markdown;
mod sarif;
mod terminal;
mod text;
mod write;

pub use baseline::Baseline;
pub use finding::{Finding, COMPLETE};
pub use folder::{files as folder_files, TRACES as FOLDER_TRACES};
pub use github::render as render_github;
pub use terminal::{case as render_case, suite as render_suite, thousands};
pub(crate) use terminal::{line, unasked, BAD, DOUBT, GOOD, PLAIN};
pub(crate) use text::{as_operand, command, replay, steps, visible};
pub use write::{write_whole, Sink};

use crate::model_file::{Demand, Wanted};
use crate::trace::Trace;
use crate::vocabulary::Proposal;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The version of the JSON report.
pub const SCHEMA: u32 = 1;

/// The report of a run: one case for each model.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// True iff every case was explored completely and came out as expected.
    pub as_expected: bool,
    /// The cases, in the order in which the models were given.
    pub cases: Vec<Case>,
}

/// What came of one model.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// The name of the model.
    pub model: String,
    /// Its file.
    pub file: String,
    /// The model in a line.
    pub description: String,
    /// The protocol.
    pub protocol: Protocol,
    /// Its bounds.
    pub bounds: Bounds,
    /// The network, with the keys of a model file.
    pub network: serde_json::Value,
    /// The faults, with the keys of a model file.
    pub faults: serde_json::Value,
    /// Which engine answered.
    pub engine: &'static str,
    /// In which order it searched.
    pub strategy: &'static str,
    /// True iff every reachable state was explored.
    pub complete: bool,
    /// Why the search ended.
    pub stopped: &'static str,
    /// How much was explored.
    pub counts: Counts,
    /// True iff the case is complete and everything demanded of it came out.
    pub as_expected: bool,
    /// The pinned counts.
    pub pins: Vec<Pin>,
    /// The properties.
    pub properties: Vec<PropertyResult>,
    /// What differs from run to run; `None` in the stable form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// The counterexamples and witnesses, for the renderers that show them.
    #[serde(skip)]
    pub traces: Vec<Trace>,
}

/// The protocol of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Protocol {
    /// The family.
    pub family: &'static str,
    /// The variant.
    pub variant: &'static str,
    /// The rules that were edited.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<&'static str, &'static str>,
    /// The rounds that a proposer may begin.
    pub rounds: u32,
}

/// The bounds of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Bounds {
    /// The number of proposers.
    pub proposers: usize,
    /// The number of acceptors.
    pub acceptors: usize,
    /// The learners, where there are any.
    #[serde(flatten)]
    pub learners: Option<Learners>,
    /// The proposals, where they are not the default ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposals: Option<Vec<Proposal>>,
}

/// The learners of a case.
#[derive(Clone, Debug, Serialize)]
pub struct Learners {
    /// Their number.
    pub learners: usize,
    /// How many of them the acceptors inform.
    pub distinguished: usize,
}

/// How much was explored.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// Distinct states.
    pub unique_states: u64,
    /// The initial state plus every enabled transition out of every state.
    pub generated_states: u64,
    /// States without a transition.
    pub terminal_states: u64,
    /// Transitions on a shortest path to the farthest state; `None` after a depth-first search.
    pub max_depth: Option<u64>,
    /// Distinct states by the length of a shortest path to them, from the initial state on; `None` if not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub states_by_depth: Option<Vec<u64>>,
}

/// A pinned count and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Pin {
    /// The name of the count.
    pub name: &'static str,
    /// What the model file demands.
    pub expected: u64,
    /// The line that demands it.
    #[serde(skip)]
    pub expected_line: Option<usize>,
    /// What was found; `None` if the run cannot tell.
    pub found: Option<u64>,
    /// True iff they do not differ.
    pub as_expected: bool,
}

/// What came of a property.
#[derive(Clone, Debug, Serialize)]
pub struct PropertyResult {
    /// Its name.
    pub name: &'static str,
    /// `always` or `sometimes`.
    pub kind: &'static str,
    /// It in words.
    #[serde(skip)]
    pub statement: &'static str,
    /// Where it comes from.
    #[serde(skip)]
    pub source: &'static str,
    /// Its premise in words.
    #[serde(skip)]
    pub premise: Option<&'static str>,
    /// The verdict.
    pub verdict: Verdict,
    /// True iff it holds because its premise was met in no state.
    pub vacuous: bool,
    /// What is demanded: `demanded` and `expected` in JSON.
    #[serde(flatten)]
    pub demand: Demand,
    /// Whether that is met: `as_expected` in JSON. It is if nothing is demanded.
    #[serde(rename = "as_expected", serialize_with = "is_expected")]
    pub outcome: Outcome,
    /// What makes the verdict so, in the property's own terms, with steps: a line each.
    pub evidence: Vec<String>,
    /// The file of the trace, if one was written.
    pub trace: Option<String>,
    /// The transitions of the trace.
    pub trace_length: Option<usize>,
    /// True iff no trace is shorter.
    #[serde(skip)]
    pub shortest: Option<bool>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// True in every reachable state.
    Holds,
    /// False in some reachable state.
    Violated,
    /// True in some reachable state.
    Reached,
    /// True in no reachable state.
    Unreached,
    /// The search ended before it was certain.
    Unknown,
}

impl Verdict {
    /// The name in reports and model files.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Reached => "reached",
            Verdict::Unreached => "unreached",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What differs from run to run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Worker threads.
    pub threads: usize,
    /// Wall-clock seconds of the search.
    pub seconds: f64,
    /// The most memory that the process held so far, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

impl Report {
    /// The report of these cases.
    pub fn new(cases: Vec<Case>) -> Self {
        Report { schema: SCHEMA, as_expected: cases.iter().all(|case| case.as_expected), cases }
    }

    /// The exit code: 1 if something is certain and not as expected, else 3 if a case is incomplete, else 0.
    pub fn exit_code(&self) -> u8 {
        match self.outcome() {
            Outcome::Unexpected => 1,
            Outcome::Undecided => 3,
            Outcome::Expected => 0,
        }
    }

    /// What came of all cases together: the worst that came of one.
    pub fn outcome(&self) -> Outcome {
        self.cases.iter().map(Case::outcome).max().unwrap_or(Outcome::Expected)
    }

    /// How many cases came to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cases.iter().filter(|case| case.outcome() == outcome).count()
    }

    /// The verdict in a line.
    pub fn summary(&self) -> String {
        let [expected, failed, undecided] =
            [Outcome::Expected, Outcome::Unexpected, Outcome::Undecided].map(|outcome| self.count(outcome));
        format!("{expected} as expected, {failed} not as expected, {undecided} undecided")
    }

    /// The report without what differs from run to run.
    pub fn stable(mut self) -> Self {
        self.cases.iter_mut().for_each(|case| case.run = None);
        self
    }

    /// The report in a format for other programs.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Json => serde_json::to_string_pretty(self).expect("a report is plain data") + "\n",
            Format::Junit => junit::render(self),
            Format::Sarif => sarif::render(self),
            Format::Markdown => markdown::render(self),
            Format::Html => html::render(self),
        }
    }
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The report itself.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Markdown, for job summaries.
    Markdown,
    /// One self-contained page.
    Html,
}

/// How what was found compares with what is demanded, of a property, a case or a whole report, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything demanded is certain and as expected.
    Expected,
    /// Something demanded is not certain, mostly because a limit ended the run; and nothing certain is unexpected.
    Undecided,
    /// Something certain is not as expected.
    Unexpected,
}

fn is_expected<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(*outcome == Outcome::Expected)
}

impl Outcome {
    /// The outcome of a demand that is met, is not met, or that nothing certain is known of.
    pub fn of(is_met: Option<bool>) -> Self {
        match is_met {
            Some(true) => Outcome::Expected,
            None => Outcome::Undecided,
            Some(false) => Outcome::Unexpected,
        }
    }

    /// In words.
    pub fn described(self) -> &'static str {
        match self {
            Outcome::Expected => "as expected",
            Outcome::Undecided => "undecided",
            Outcome::Unexpected => "not as expected",
        }
    }
}

impl Case {
    /// True iff something certain is not as expected.
    pub fn has_failed(&self) -> bool {
        self.unexpected().next().is_some()
    }

    /// The worst outcome of what is demanded. A run that was cut off after all of it was certain is as good as another.
    pub fn outcome(&self) -> Outcome {
        let demanded = self.properties.iter().filter(|result| result.demand.wanted().is_some());
        let outcomes = demanded.map(|result| result.outcome).chain(self.pins.iter().map(Pin::outcome));
        // Where nothing is demanded every question is to be answered.
        let unasked = if self.complete { Outcome::Expected } else { Outcome::Undecided };
        outcomes.max().unwrap_or(unasked)
    }

    /// The trace of a property.
    pub fn trace(&self, property: &str) -> Option<&Trace> {
        self.traces.iter().find(|trace| trace.property == property)
    }

    /// What to do about an incomplete run.
    pub fn way_on(&self) -> &'static str {
        match self.stopped {
            "exhausted" => "a depth-first search does not know the depth that is pinned; take --strategy bfs",
            "max-states" => "the limit on states was reached; raise --max-states",
            "max-depth" => "the limit on depth cut off states; raise --max-depth",
            "timeout" => "the time was up; raise --timeout or lower the bounds",
            "memory" => "the memory budget was spent; raise --memory, try --strategy dfs, or lower the bounds",
            _ => "the run was interrupted; run it again",
        }
    }

    /// What is certain and not as expected, in the order of the lines that demand it.
    pub fn unexpected(&self) -> impl Iterator<Item = Unexpected> + '_ {
        let properties = self.properties.iter().filter_map(PropertyResult::unexpected);
        let pins = self.pins.iter().filter(|pin| pin.outcome() == Outcome::Unexpected).filter_map(|pin| {
            let (expected, found) = (pin.expected.to_string(), pin.found?.to_string());
            Some(Unexpected { name: pin.name, expected, found, line: pin.expected_line })
        });
        let mut unexpected: Vec<_> = properties.chain(pins).collect();
        unexpected.sort_by_key(|one| one.line.unwrap_or(usize::MAX));
        unexpected.into_iter()
    }
}

impl Pin {
    /// Whether the count is the pinned one.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(self.found.map(|found| found == self.expected))
    }
}

impl PropertyResult {
    /// What is certain and not as expected, if it is.
    pub fn unexpected(&self) -> Option<Unexpected> {
        let wanted = self.demand.wanted().filter(|_| self.outcome == Outcome::Unexpected)?;
        // A run that was cut off knows that a premise was met, and no more.
        let is_open = self.verdict == Verdict::Unknown;
        let found = if is_open { "a state that meets the premise" } else { self.described() };
        let (expected, found) = (wanted.name().into(), found.into());
        Some(Unexpected { name: self.name, expected, found, line: self.demand.line() })
    }

    /// What is demanded, by name.
    pub fn expected(&self) -> Option<&'static str> {
        self.demand.wanted().map(Wanted::name)
    }

    /// True iff the property is violated, and nothing is demanded of it.
    pub fn is_violated_unasked(&self) -> bool {
        self.verdict == Verdict::Violated && self.demand.waived().is_some()
    }

    /// The verdict, with `vacuous` for what holds vacuously.
    pub fn described(&self) -> &'static str {
        if self.vacuous {
            "vacuous"
        } else {
            self.verdict.name()
        }
    }

    /// The name, with the length of the trace if there is one.
    pub fn with_length(&self) -> String {
        match (self.trace_length, self.shortest) {
            (Some(steps), Some(false)) => format!("{} ({}, perhaps not the fewest)", self.name, text::steps(steps)),
            (Some(steps), _) => format!("{} ({})", self.name, text::steps(steps)),
            (None, _) => self.name.to_string(),
        }
    }
}

/// Something that did not come out as expected.
pub struct Unexpected {
    /// The property or the count.
    pub name: &'static str,
    /// What the model file demands.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The line that demands it.
    pub line: Option<usize>,
}
