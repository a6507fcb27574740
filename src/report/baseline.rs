//! What changed against an older JSON report: verdicts, counts, lengths of traces, models. It reads the part of the
//! format that it compares and ignores the rest, so that an older report stays readable.

use super::text::visible;
use super::{thousands, Case, Report, SCHEMA};
use crate::terminal::{table, Cell};
use serde::Deserialize;

/// The oldest schema that is read.
const OLDEST: u32 = 1;

/// An older report.
#[derive(Clone, Debug, Deserialize)]
pub struct Baseline {
    schema: u32,
    cases: Vec<OldCase>,
}

#[derive(Clone, Debug, Deserialize)]
struct OldCase {
    model: String,
    file: String,
    complete: bool,
    counts: OldCounts,
    properties: Vec<OldProperty>,
}

#[derive(Clone, Debug, Deserialize)]
struct OldCounts {
    unique_states: OldCount,
    generated_states: OldCount,
    terminal_states: OldCount,
    max_depth: Option<OldCount>,
}

/// A count, or the digits of one that not every reader of JSON takes exactly.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OldCount {
    Number(u64),
    Digits(String),
}

impl OldCount {
    fn shown(&self) -> String {
        match self {
            OldCount::Number(number) => thousands(*number),
            OldCount::Digits(digits) => digits.parse::<u128>().map_or_else(|_| digits.clone(), thousands),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
struct OldProperty {
    name: String,
    verdict: String,
    vacuous: bool,
    trace_length: Option<usize>,
}

/// What is compared of a case: what it is called, and its value in words, in the order of the report.
type Facts = Vec<(String, String)>;

/// A difference: the model, what differs, before, now.
type Change = [String; 4];

const ABSENT: &str = "–";

impl Baseline {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// Where and why the text is not one: the line, if there is one, and what is wrong.
    pub fn parse(text: &str) -> Result<Self, (Option<usize>, String)> {
        let baseline: Baseline = serde_json::from_str(text)
            .map_err(|error| (Some(error.line().max(1)), format!("not a JSON report of synod: {error}")))?;
        if !(OLDEST..=SCHEMA).contains(&baseline.schema) {
            return Err((None, format!("a report of schema {}, expected {OLDEST} to {SCHEMA}", baseline.schema)));
        }
        Ok(baseline)
    }

    /// What changed since, as a table of at most this many columns, or a sentence that nothing did. `name` is what the
    /// baseline is called.
    pub fn compare(&self, report: &Report, name: &str, width: usize) -> String {
        let changes = self.changes(report);
        if changes.is_empty() {
            return format!("no change against {}\n", visible(name));
        }
        let rows: Vec<Vec<Cell>> = changes.iter().map(|change| change.iter().map(Cell::new).collect()).collect();
        let table = table(&["model", "changed", "before", "now"], &rows, width);
        let plural = if changes.len() == 1 { "" } else { "s" };
        format!("{table}\n{} change{plural} against {}\n", changes.len(), visible(name))
    }

    /// The differences, in the order of the new report, then the models that are gone.
    fn changes(&self, report: &Report) -> Vec<Change> {
        let old: Vec<_> = self.cases.iter().map(|case| (self.key(case, report), case.facts())).collect();
        let new: Vec<_> = report.cases.iter().map(|case| (&*case.model, facts(case))).collect();
        let mut changes = Vec::new();
        for (key, facts) in &new {
            match old.iter().find(|(old, _)| old == key) {
                Some((_, before)) => differences(key, before, facts, &mut changes),
                None => changes.push([visible(key), "model".into(), ABSENT.into(), "added".into()]),
            }
        }
        let gone = old.iter().filter(|(key, _)| !new.iter().any(|(new, _)| new == key));
        changes.extend(gone.map(|(key, _)| [visible(key), "model".into(), "present".into(), "removed".into()]));
        changes
    }

    /// The key of an old case. Schema 1 had only the name of the file: the case of the new report is meant that has the
    /// same file, or else the only one with a file of that name.
    fn key<'a>(&'a self, old: &'a OldCase, report: &'a Report) -> &'a str {
        if self.schema > 1 {
            return &old.model;
        }
        let is_named_so = |case: &&Case| case.model.rsplit('/').next() == Some(&old.model);
        let same_file = report.cases.iter().find(|case| case.file == old.file && case.set.is_empty());
        let named_so: Vec<_> = report.cases.iter().filter(is_named_so).collect();
        match (same_file, named_so.as_slice()) {
            (Some(case), _) => &case.model,
            (None, [case]) => &case.model,
            (None, _) if self.cases.iter().filter(|other| other.model == old.model).count() > 1 => &old.file,
            (None, _) => &old.model,
        }
    }
}

fn differences(key: &str, before: &Facts, now: &Facts, changes: &mut Vec<Change>) {
    let value = |facts: &Facts, name: &str| {
        let found = facts.iter().find(|(of, _)| of == name);
        found.map_or_else(|| ABSENT.to_string(), |(_, value)| visible(value))
    };
    let gone = before.iter().filter(|(name, _)| !now.iter().any(|(other, _)| other == name));
    for (name, _) in now.iter().chain(gone) {
        let (was, is) = (value(before, name), value(now, name));
        if was != is {
            changes.push([visible(key), visible(name), was, is]);
        }
    }
}

impl OldCase {
    fn facts(&self) -> Facts {
        let counts = &self.counts;
        let counts = [&counts.unique_states, &counts.generated_states, &counts.terminal_states].map(OldCount::shown);
        let max_depth = self.counts.max_depth.as_ref().map(OldCount::shown);
        let properties = self.properties.iter();
        let verdicts = properties.map(|old| (old.name.as_str(), old.verdict.as_str(), old.vacuous, old.trace_length));
        collect(self.complete, counts, max_depth, verdicts)
    }
}

fn facts(case: &Case) -> Facts {
    let counts = &case.counts;
    let counts = [counts.unique_states, counts.generated_states, counts.terminal_states].map(thousands);
    let properties = case.properties.iter();
    let verdicts = properties.map(|new| (new.name, new.verdict.name(), new.vacuous, new.trace_length));
    collect(case.complete, counts, case.counts.max_depth.map(thousands), verdicts)
}

fn collect<'a>(
    complete: bool,
    counts: [String; 3],
    max_depth: Option<String>,
    properties: impl Iterator<Item = (&'a str, &'a str, bool, Option<usize>)>,
) -> Facts {
    let mut facts = vec![("explored".to_string(), if complete { "exhausted" } else { "incomplete" }.to_string())];
    for (name, count) in ["unique_states", "generated_states", "terminal_states"].into_iter().zip(counts) {
        facts.push((name.into(), count));
    }
    facts.push(("max_depth".into(), max_depth.unwrap_or_else(|| ABSENT.into())));
    for (name, verdict, vacuous, length) in properties {
        facts.push((name.into(), if vacuous { format!("{verdict} (vacuous)") } else { verdict.into() }));
        if let Some(length) = length {
            facts.push((format!("{name} steps"), length.to_string()));
        }
    }
    facts
}
