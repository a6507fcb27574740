//! A trace: the path to a violation or to a witness, self-contained and versioned, its re-execution on stateright's
//! `ActorModel`, and its renderings. It knows nothing of how the path was found.

mod action;
mod escape;
pub mod frames;
pub mod html;
mod itf;
mod mermaid;
mod names;
mod record;
pub mod svg;
mod text;
mod wording;

pub use action::ActionRecord;
pub use escape::{json, visible, visible_lines, wrap};
pub use itf::render as render_itf;
pub use mermaid::render as render_mermaid;
pub use names::shortened;
pub use record::{carried_model, read, record, Claim, Misfit};
pub use svg::render as render_svg;
pub use text::{render as render_text, render_columns, render_diagram, render_reasons};
pub use wording::Wording;

pub use crate::family::Reason;
pub use crate::why::Cause;

use percent_encoding::{utf8_percent_encode, AsciiSet, CONTROLS};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The value of the `format` field of a trace file.
pub const FORMAT: &str = "synod-trace";

/// The version of the format that is written. Every earlier one is read.
pub const VERSION: u32 = 3;

/// The most steps of a trace: as many as a walk may take. Executing them again takes minutes on the largest models.
pub const MAX_STEPS: usize = 100_000;

/// A path from the initial state to a state (or step) that settles a property, or that a run logged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The name of the model.
    pub name: String,
    /// The model in a line.
    pub description: String,
    /// The model itself, with the keys of a model file.
    pub model: serde_json::Value,
    /// The property that the path settles; `run` if it settles none and is the path of a run.
    pub property: String,
    /// `violated` or `reached`; `conforms` for the path of a run.
    pub verdict: String,
    /// The property in words.
    pub statement: String,
    /// True iff no shorter path settles the property.
    pub shortest: bool,
    /// The evidence for the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Reason>,
    /// Where the path leaves the protocol that the model was edited from, and by which rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The command that reproduces this path, if a random walk found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_by: Option<String>,
    /// The steps of the path that this command finds, if it was made shorter afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrunk_from: Option<usize>,
    /// The nodes' names, in the order of their ids.
    pub nodes: Vec<String>,
    /// The nodes' initial states, in the same order.
    pub initial: Vec<String>,
    /// The messages in flight initially.
    pub in_flight: Vec<EnvelopeRecord>,
    /// The steps.
    pub steps: Vec<Step>,
    /// How many of the last steps lead back to where they begin, and repeat for ever.
    #[serde(default, skip_serializing_if = "is_first")]
    pub repeats: usize,
}

impl Trace {
    /// The trace as its file holds it. A character that would hide or reorder others is written as an escape, so that
    /// the file reads as what it is.
    pub fn to_json(&self) -> String {
        escape::json(self, true) + "\n"
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        file_name(&self.name, &self.property)
    }
}

/// The name of the file of a trace for a property of a model.
pub fn file_name(model: &str, property: &str) -> String {
    format!("{model}.{}.json", utf8_percent_encode(property, NOT_IN_A_NAME))
}

/// What a file's name may not have on every system, so that any name of a property gives one.
const NOT_IN_A_NAME: &AsciiSet =
    &CONTROLS.add(b'%').add(b'/').add(b'\\').add(b':').add(b'*').add(b'?').add(b'"').add(b'<').add(b'>').add(b'|');

/// One step of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What happened.
    pub action: ActionRecord,
    /// Which of several enabled actions it is that read the same, counted from 0 in the order in which stateright offers
    /// them.
    #[serde(default, skip_serializing_if = "is_first")]
    pub alike: usize,
    /// The node whose state changed, if one did.
    pub change: Option<Change>,
    /// What was sent.
    pub sent: Vec<EnvelopeRecord>,
}

fn is_first(place: &usize) -> bool {
    *place == 0
}

/// A change of one node's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The node.
    pub node: String,
    /// Its state before.
    pub before: String,
    /// Its state after.
    pub after: String,
}

/// A message in flight.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeRecord {
    /// The sender.
    pub from: String,
    /// The addressee.
    pub to: String,
    /// The message, in words.
    pub message: String,
}

impl fmt::Display for EnvelopeRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}  {}", self.from, self.to, self.message)
    }
}
