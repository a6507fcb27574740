//! What became of the mutants of a model, as plain data. It knows no case and no format.

use super::text::{as_operand, command, steps};
use super::{thousands, Standing, Verdict};
use crate::model_file::Fate;
use serde::Serialize;

/// The mutants of a model, each of which has another value of one rule, and what is demanded of them.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The properties that a mutant is to break if it is to be noticed: those that the model is demanded to satisfy.
    pub demanded: Vec<Demanded>,
    /// How many mutants have which fate.
    pub fates: Fates,
    /// The mutants, in the order of the rules and of their values.
    pub mutants: Vec<Mutant>,
    /// The edits that make no model.
    pub refused: Vec<Refused>,
}

/// A property that the model is demanded to satisfy.
#[derive(Clone, Debug, Serialize)]
pub struct Demanded {
    /// Its name.
    pub name: &'static str,
    /// What it is to be: holds, or reached.
    pub verdict: Verdict,
}

/// How many mutants have which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// See [`Fate::Killed`].
    pub killed: usize,
    /// See [`Fate::Suspicious`].
    pub suspicious: usize,
    /// See [`Fate::Safe`].
    pub safe: usize,
    /// See [`Fate::Equivalent`].
    pub equivalent: usize,
    /// See [`Fate::Unknown`].
    pub unknown: usize,
}

/// A mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Mutant {
    /// The rule and its value, as in `accept_guard=always`.
    pub edit: String,
    /// The value that the model has.
    pub instead_of: &'static str,
    /// What became of it.
    pub fate: Fate,
    /// What it breaks of what is demanded, the shortest counterexample first.
    pub breaks: Vec<Broken>,
    /// Where its state graph parts from the model's, if it does and that was found; `None` also if no one looked.
    pub parts: Option<String>,
    /// The states that it has, as far as they were explored.
    #[serde(serialize_with = "super::exact")]
    pub unique_states: u128,
    /// Why its search ended.
    pub stopped: &'static str,
    /// What was found of each property that is demanded and that it has.
    pub properties: Vec<Broken>,
    /// What became of it at larger sizes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub larger: Vec<Larger>,
    /// The command that checks it alone.
    #[serde(skip)]
    pub command: String,
}

/// What was found of a property of a mutant.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// Its name.
    pub name: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// The transitions of the shortest trace that was found.
    pub trace_length: Option<usize>,
}

/// A mutant at a larger size.
#[derive(Clone, Debug, Serialize)]
pub struct Larger {
    /// The model, unedited, in a clause.
    pub description: String,
    /// What it violates that the model itself does not violate there, the shortest counterexample first.
    pub breaks: Vec<Broken>,
    /// True iff both were explored to the end.
    pub complete: bool,
}

/// An edit that makes no model.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// The rule and its value.
    pub edit: String,
    /// Why.
    pub why: String,
}

impl Audit {
    /// The audit of these mutants.
    pub fn new(demanded: Vec<Demanded>, mutants: Vec<Mutant>, refused: Vec<Refused>) -> Self {
        let count = |fate| mutants.iter().filter(|mutant| mutant.fate == fate).count();
        let fates = Fates {
            killed: count(Fate::Killed),
            suspicious: count(Fate::Suspicious),
            safe: count(Fate::Safe),
            equivalent: count(Fate::Equivalent),
            unknown: count(Fate::Unknown),
        };
        Audit { demanded, fates, mutants, refused }
    }

    /// Whether every mutant has a certain fate.
    pub fn standing(&self) -> Standing {
        if self.fates.unknown == 0 {
            Standing::Expected
        } else {
            Standing::Undecided
        }
    }

    /// The score in words: of the mutants that are not the model, those that are killed.
    pub fn score(&self) -> String {
        let Fates { killed, suspicious, safe, equivalent, unknown } = self.fates;
        let counted = [(suspicious, "suspicious"), (safe, "safe"), (equivalent, "equivalent"), (unknown, "unknown")];
        let others = counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
        format!("{killed} of {} killed{}", killed + suspicious + safe, others.collect::<String>())
    }

    /// The demanded properties that some mutant breaks: the columns of a table.
    pub(super) fn columns(&self) -> Vec<&'static str> {
        let is_broken = |name: &str| self.mutants.iter().any(|mutant| mutant.breaks.iter().any(|one| one.name == name));
        self.demanded.iter().map(|demanded| demanded.name).filter(|name| is_broken(name)).collect()
    }
}

impl Fates {
    /// How many have this one.
    pub fn of(&self, fate: Fate) -> usize {
        match fate {
            Fate::Killed => self.killed,
            Fate::Suspicious => self.suspicious,
            Fate::Safe => self.safe,
            Fate::Equivalent => self.equivalent,
            Fate::Unknown => self.unknown,
        }
    }
}

impl Mutant {
    /// Why it has its fate.
    pub fn because(&self) -> String {
        let broken = listed(&self.breaks);
        let parts = self.parts.as_ref().map_or_else(String::new, |parts| format!("; {parts}"));
        let because = match self.fate {
            Fate::Killed => broken,
            Fate::Suspicious => format!("{broken}{parts}"),
            Fate::Safe => format!("nothing demanded breaks{parts}"),
            Fate::Equivalent => {
                format!("its {} states and their transitions are the model's", thousands(self.unique_states))
            }
            Fate::Unknown if self.stopped == "exhausted" => {
                "nothing demanded breaks, and it has as many states as the model; whether they are the same was not found out"
                    .into()
            }
            Fate::Unknown => format!("its search ended early ({})", self.stopped),
        };
        let larger = self.larger.iter().filter(|larger| !larger.breaks.is_empty());
        let larger = larger.map(|larger| format!("; with {}: {}", larger.description, listed(&larger.breaks)));
        because + &larger.collect::<String>()
    }

    /// What a table says of it about a property.
    pub(super) fn cell(&self, property: &str) -> String {
        match self.properties.iter().find(|one| one.name == property) {
            None => "–".into(),
            Some(Broken { verdict: Verdict::Unknown, .. }) => "?".into(),
            Some(Broken { verdict: Verdict::Unreached, .. }) => "never".into(),
            Some(Broken { verdict: Verdict::Violated, trace_length: Some(length), .. }) => length.to_string(),
            Some(_) => String::new(),
        }
    }
}

/// What is broken, in a clause.
fn listed(broken: &[Broken]) -> String {
    let each = broken.iter().map(|one| match one.trace_length {
        Some(length) => format!("{} {} ({})", one.name, one.verdict.name(), steps(length)),
        None => format!("{} {}", one.name, one.verdict.name()),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// The command that checks a mutant of a model file under these edits.
pub fn command_for(file: &str, edits: &[String]) -> String {
    let file = as_operand(file);
    let settings = edits.iter().flat_map(|edit| ["--set", edit.as_str()]);
    command(&["check", &file].into_iter().chain(settings).collect::<Vec<_>>())
}
