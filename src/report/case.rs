//! A case: what was found of one model, as plain data, and how that compares with what is demanded of it.

use super::exact::{exact, exact_each_or_none, exact_or_null};
use super::{is_expected, text, Audit, Standing, Verdict};
use crate::engine::components::checkpoint::Resumed;
use crate::engine::Identity;
use crate::model_file::{Demand, Wanted};
use crate::trace::{Reason, Trace};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The result of one model.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// The key of the model: the path of its file relative to what was asked for, and the edits in use.
    pub model: String,
    /// Its file.
    pub file: String,
    /// The edits that were applied to the file, as `key=value`.
    pub set: Vec<String>,
    /// The model in a line.
    pub description: String,
    /// What a reader of the results should know about the model.
    pub notes: Vec<String>,
    /// The protocol, with the keys of a model file and every default filled in.
    pub protocol: Value,
    /// The bounds, likewise.
    pub bounds: Value,
    /// The network, likewise.
    pub network: Value,
    /// The faults, likewise.
    pub faults: Value,
    /// Which engine answered.
    pub engine: &'static str,
    /// What made two states one, if it was not their values.
    #[serde(serialize_with = "by_name", skip_serializing_if = "is_by_value")]
    pub identity: Identity,
    /// In which order it searched.
    pub strategy: &'static str,
    /// True iff every reachable state was explored.
    pub complete: bool,
    /// Why the search ended.
    pub stopped: &'static str,
    /// How much was explored.
    pub counts: Counts,
    /// True iff everything demanded is certain and as expected.
    pub as_expected: bool,
    /// The pinned counts.
    pub pins: Vec<Pin>,
    /// The properties.
    pub properties: Vec<PropertyResult>,
    /// What became of its mutants, if they were checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// What differs from run to run; `None` in the stable form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Measured>,
    /// The counterexamples and witnesses, for the renderers that show them.
    #[serde(skip)]
    pub traces: Vec<Trace>,
}

fn is_by_value(identity: &Identity) -> bool {
    *identity == Identity::Value
}

fn by_name<S: Serializer>(identity: &Identity, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(identity.name())
}

/// How much was explored.
#[derive(Clone, Debug, Serialize)]
pub struct Counts {
    /// Distinct states.
    #[serde(serialize_with = "exact")]
    pub unique_states: u128,
    /// The initial state plus every enabled transition out of every state.
    #[serde(serialize_with = "exact")]
    pub generated_states: u128,
    /// States without a transition.
    #[serde(serialize_with = "exact")]
    pub terminal_states: u128,
    /// Transitions on a shortest path to the farthest state; `None` after a depth-first search.
    pub max_depth: Option<u64>,
    /// Distinct states by the length of a shortest path to them, from the initial state on; `None` if not counted.
    #[serde(serialize_with = "exact_each_or_none", skip_serializing_if = "Option::is_none")]
    pub states_by_depth: Option<Vec<u128>>,
}

/// A pinned count and what was found.
#[derive(Clone, Debug, Serialize)]
pub struct Pin {
    /// The name of the count.
    pub name: &'static str,
    /// What the model file demands.
    #[serde(serialize_with = "exact")]
    pub expected: u128,
    /// The line that demands it.
    #[serde(skip)]
    pub expected_line: Option<usize>,
    /// What was found; `None` if the run cannot tell.
    #[serde(serialize_with = "exact_or_null")]
    pub found: Option<u128>,
    /// True iff they are equal.
    pub as_expected: bool,
}

/// The result of a property.
#[derive(Clone, Debug, Serialize)]
pub struct PropertyResult {
    /// Its name.
    pub name: &'static str,
    /// `always` or `sometimes`.
    pub kind: &'static str,
    /// The property in words.
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
    pub standing: Standing,
    /// The evidence for the verdict, in the property's own terms, with steps: a line each.
    pub evidence: Vec<String>,
    /// Where the path leaves the protocol that the model was edited from, and by which rule, with steps: a line each.
    pub cause: Vec<String>,
    /// How much its violation explains; the one that explains most comes first.
    #[serde(skip)]
    pub precedence: u8,
    /// The file of the trace, if one was written.
    pub trace: Option<String>,
    /// The transitions of the trace.
    pub trace_length: Option<usize>,
    /// True iff no trace is shorter.
    #[serde(skip)]
    pub shortest: Option<bool>,
}

/// What differs from run to run.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Worker threads.
    pub threads: usize,
    /// Wall-clock seconds of the search.
    pub seconds: f64,
    /// The peak memory of the process so far, where the system reports it.
    pub peak_memory_bytes: Option<u64>,
    /// Why it was this engine that answered, if that was left open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_because: Option<String>,
    /// What the search went on from, if it did not begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumed>,
    /// How many processes searched together, if more than one could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<usize>,
}

impl Case {
    /// True iff something certain is not as expected.
    pub fn has_failed(&self) -> bool {
        self.unexpected().next().is_some()
    }

    /// The worst outcome of what is demanded. A run that was cut off after all of it was certain is as good as another.
    pub fn standing(&self) -> Standing {
        let demanded = self.properties.iter().filter(|result| result.demand.wanted().is_some());
        let outcomes = demanded.map(|result| result.standing).chain(self.pins.iter().map(Pin::standing));
        // Where nothing is demanded, every question must be answered.
        let unasked = if self.complete { Standing::Expected } else { Standing::Undecided };
        outcomes.max().unwrap_or(unasked).max(self.audit.as_ref().map_or(Standing::Expected, Audit::standing))
    }

    /// True iff no verdict is demanded, and no number.
    pub fn demands_nothing(&self) -> bool {
        let is_free = |result: &PropertyResult| result.demand.wanted().is_none();
        self.properties.iter().all(is_free) && self.pins.is_empty() && self.audit.is_none()
    }

    /// The violated properties, in the order in which to look at them.
    pub fn violated(&self) -> Vec<&PropertyResult> {
        violated(self.properties.iter())
    }

    /// What is violated and not demanded, in a clause, if something is.
    pub fn unasked(&self) -> Option<String> {
        unasked(&self.properties)
    }

    /// The trace of a property.
    pub fn trace(&self, property: &str) -> Option<&Trace> {
        self.traces.iter().find(|trace| trace.property == property)
    }

    /// What to do about an incomplete run.
    pub fn way_on(&self) -> &'static str {
        match self.stopped {
            "exhausted" if self.audit.is_some() => "some mutants are unknown; raise the limits on their search",
            "exhausted" => "a depth-first search does not know the depth that is pinned; take --strategy bfs",
            "decided" => "everything demanded was certain",
            "max-states" => "the limit on states was reached; raise --max-states",
            "max-depth" => "the limit on depth cut off states; raise --max-depth",
            "timeout" => "the time was up; raise --timeout or lower the bounds",
            "memory" => {
                "the memory budget was spent; raise --memory, try --disk or --strategy dfs, or lower the bounds"
            }
            "disk" => "the disk failed or was full; give --disk another one, or raise --memory",
            _ => "the run was interrupted; run it again",
        }
    }

    /// What is certain and not as expected, in the order of the lines that demand it.
    pub fn unexpected(&self) -> impl Iterator<Item = Unexpected> + '_ {
        let properties = self.properties.iter().filter_map(PropertyResult::unexpected);
        let pins = self.pins.iter().filter(|pin| pin.standing() == Standing::Unexpected).filter_map(|pin| {
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
    pub fn standing(&self) -> Standing {
        Standing::of(self.found.map(|found| found == self.expected))
    }
}

/// Of these the violated ones: what is not as expected first, then what is demanded, and of that what explains most.
pub fn violated<'a>(results: impl Iterator<Item = &'a PropertyResult>) -> Vec<&'a PropertyResult> {
    let mut violated: Vec<_> = results.filter(|result| result.verdict == Verdict::Violated).collect();
    let is_demanded = |result: &PropertyResult| result.demand.wanted().is_some();
    violated.sort_by_key(|result| Reverse((result.standing, is_demanded(result), result.precedence)));
    violated
}

impl PropertyResult {
    /// Takes the evidence and the cause from its trace.
    pub fn explain(&mut self, trace: &Trace) {
        let texts = |reasons: &[Reason]| reasons.iter().map(|reason| reason.text.clone()).collect();
        self.evidence = texts(&trace.evidence);
        self.cause = trace.cause.as_ref().map_or_else(Vec::new, |cause| texts(&cause.reasons));
    }

    /// What is certain and not as expected, if it is.
    pub fn unexpected(&self) -> Option<Unexpected> {
        let wanted = self.demand.wanted().filter(|_| self.standing == Standing::Unexpected)?;
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

/// What is violated and not demanded, in a clause, a reason after the other; `None` if nothing is.
pub fn unasked<'a>(results: impl IntoIterator<Item = &'a PropertyResult>) -> Option<String> {
    let violated = results.into_iter().filter(|result| result.verdict == Verdict::Violated);
    violated_unasked(violated.map(|result| (result.name, result.demand)))
}

/// The same of properties that are violated.
pub fn violated_unasked<'a>(violated: impl Iterator<Item = (&'a str, Demand)>) -> Option<String> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, demand) in violated {
        demand.waived().into_iter().for_each(|why| reasons.entry(why).or_default().push(name));
    }
    let clause = |(why, names): (&&str, &Vec<&str>)| format!("violated, but {why}: {}", names.join(", "));
    let clauses: Vec<_> = reasons.iter().map(clause).collect();
    (!clauses.is_empty()).then(|| clauses.join("; "))
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
