//! The map of a model's faults: what becomes of safety and of termination as nodes crash, come back and forget, and as the
//! network loses, repeats or orders messages. Plain data, from one check for each cell; it explores nothing itself.

mod html;
mod mapping;
mod markdown;
mod svg;
mod text;

pub use html::render as render_html;
pub use mapping::map;
pub use markdown::render as render_markdown;
pub use svg::render as render_svg;
pub use text::render as render_text;

use crate::check::CheckError;
use crate::report::Verdict;
use crate::trace::Trace;
use serde::Serialize;

/// The colours of what cells come to, for light and dark.
const PALETTE: &str = include_str!("palette.css");

/// States of a cell at most, unless told otherwise. A network that loses and repeats has many, and few have anything new.
pub const DEFAULT_MAX_STATES: u64 = 300_000;

/// The most nodes that are down at once, unless told otherwise.
pub const DEFAULT_CRASHES: usize = 1;

/// A map. Its JSON form has these keys:
///
/// ```json
/// { "format": "synod-faults", "version": 1, "model": "simple-2x3", "file": "..", "description": "..",
///   "safety": ["i1", ".."], "possible": ["can-decide", ".."], "inevitable": ["decides", ".."],
///   "networks": ["unordered", ".."], "rows": [ { "nodes": "no crash", "cells": [
///     { "network": "unordered", "set": ["faults.crashes=1"], "refused": null, "complete": true, "stopped": "exhausted",
///       "unique_states": 4624, "terminal_states": 312, "at_rest": 312, "at_rest_undecided": 0,
///       "safe": { "verdict": "holds", "only": null }, "possible": {}, "inevitable": {},
///       "witnesses": [ { "property": "decides", "steps": 1, "repeats": 0, "trace": null, "command": ".." } ] } ] } ] }
/// ```
#[derive(Debug, Serialize)]
pub struct Map {
    /// `synod-faults`.
    pub format: &'static str,
    /// The version of the format.
    pub version: u32,
    /// The model's key.
    pub model: String,
    /// Its file.
    pub file: String,
    /// The edits that were applied to it.
    pub set: Vec<String>,
    /// The model in a line.
    pub description: String,
    /// The properties that safety consists of: those that must always hold.
    pub safety: Vec<&'static str>,
    /// Those that say what is always possible, the least conditional one first.
    pub possible: Vec<&'static str>,
    /// Those that say what is inevitable, likewise.
    pub inevitable: Vec<&'static str>,
    /// The networks, in the order of the cells of each row.
    pub networks: Vec<&'static str>,
    /// What the nodes do, row by row.
    pub rows: Vec<Row>,
}

/// The cells in which nodes do the same.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What they do.
    pub nodes: String,
    /// The cells, in the order of the networks.
    pub cells: Vec<Cell>,
}

/// A model in one environment.
#[derive(Debug, Serialize)]
pub struct Cell {
    /// The network.
    pub network: &'static str,
    /// The edits that make the environment, on top of those of the map.
    pub set: Vec<String>,
    /// Why there is no such model.
    pub refused: Option<String>,
    /// True iff every state was explored.
    pub complete: bool,
    /// Why the exploration ended.
    pub stopped: &'static str,
    /// How many states were found.
    #[serde(serialize_with = "crate::report::exact")]
    pub unique_states: u128,
    /// How many of them have no transition.
    #[serde(serialize_with = "crate::report::exact")]
    pub terminal_states: u128,
    /// How many states there are in which nothing is due: only faults are possible, or nothing is. Without faults these are
    /// the terminal states. Unknown unless every state was explored.
    pub at_rest: Option<u64>,
    /// In how many of these what should be inevitable has not happened.
    pub at_rest_undecided: Option<u64>,
    /// Whether the safety properties hold. What is violated in an environment is violated in each that includes it.
    pub safe: Grade,
    /// Whether what should be possible always is.
    pub possible: Grade,
    /// Whether what should be inevitable is.
    pub inevitable: Grade,
    /// A path for each property that fails.
    pub witnesses: Vec<Witness>,
    /// The paths themselves.
    #[serde(skip)]
    pub traces: Vec<Trace>,
}

/// What a cell comes to, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Refused,
    Unknown,
    Unsafe,
    Stuck,
    Partly,
    Decides,
}

impl Tone {
    /// Its class in the style sheets.
    fn class(self) -> &'static str {
        match self {
            Tone::Refused => "refused",
            Tone::Unknown => "unknown",
            Tone::Unsafe => "unsafe",
            Tone::Stuck => "stuck",
            Tone::Partly => "partly",
            Tone::Decides => "decides",
        }
    }
}

/// What a cell says of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// The verdict.
    pub verdict: Verdict,
    /// The property that holds, if only a conditional one does.
    pub only: Option<&'static str>,
}

/// A path that shows that a property fails.
#[derive(Clone, Debug, Serialize)]
pub struct Witness {
    /// The property.
    pub property: &'static str,
    /// Its steps.
    pub steps: usize,
    /// How many of the last of them repeat for ever.
    pub repeats: usize,
    /// The file of its trace, if it was written.
    pub trace: Option<String>,
    /// The command that finds it again.
    pub command: String,
}

/// Why there is no map.
#[derive(Debug)]
pub enum FaultsError {
    /// The model has no property that says what should be possible or inevitable.
    NoEnds,
    /// A check failed.
    Check(CheckError),
}

impl std::fmt::Display for FaultsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FaultsError::NoEnds => f.write_str(
                "its family has no property that says what is inevitable or always possible, so there is nothing to map",
            ),
            FaultsError::Check(error) => error.fmt(f),
        }
    }
}

impl Map {
    /// Every cell, with what its nodes do.
    pub fn cells(&self) -> impl Iterator<Item = (&Row, &Cell)> {
        self.rows.iter().flat_map(|row| row.cells.iter().map(move |cell| (row, cell)))
    }

    /// The three questions: what each is called, its properties, and what a cell says of it.
    fn questions(&self) -> [(&'static str, &[&'static str], fn(&Cell) -> Grade); 3] {
        [
            ("safe", &self.safety, |cell| cell.safe),
            ("can decide", &self.possible, |cell| cell.possible),
            ("decides", &self.inevitable, |cell| cell.inevitable),
        ]
    }

    /// Why cells are refused, each reason once, with how many cells it has.
    fn refusals(&self) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for why in self.cells().filter_map(|(_, cell)| cell.refused.as_deref()) {
            match reasons.iter_mut().find(|(other, _)| *other == why) {
                Some((_, count)) => *count += 1,
                None => reasons.push((why, 1)),
            }
        }
        reasons
    }
}

impl Grade {
    /// In a letter: it holds, only a conditional property does, it fails, it is not known.
    fn mark(self) -> char {
        match (self.verdict, self.only) {
            (Verdict::Holds, _) => '✓',
            (_, Some(_)) => '◐',
            (Verdict::Unknown, None) => '?',
            _ => '✗',
        }
    }
}

impl Cell {
    /// The marks of the three questions and the share of the states at rest without a decision.
    fn marks(&self) -> String {
        let marks: String = [self.safe, self.possible, self.inevitable].into_iter().map(Grade::mark).collect();
        format!("{marks} {}", self.share()).trim_end().to_string()
    }

    /// The share of the states at rest in which nothing is decided.
    fn share(&self) -> String {
        match self.undecided_percent() {
            None if self.complete => "–".into(),
            None => String::new(),
            Some(share) if share > 0.0 && share < 1.0 => "<1%".into(),
            Some(share) => format!("{}%", share.floor()),
        }
    }

    /// What it comes to, worst first: nothing is known, it is unsafe, it may never decide, it decides as long as something
    /// stays up, it decides.
    fn tone(&self) -> Tone {
        match (self.refused.is_some(), self.safe.mark(), self.possible.mark(), self.inevitable.mark()) {
            (true, ..) => Tone::Refused,
            (_, '✗', ..) => Tone::Unsafe,
            (_, '?', ..) | (_, _, '?', _) | (_, _, _, '?') => Tone::Unknown,
            (_, _, '✓', '✓') => Tone::Decides,
            (_, _, '✗', _) => Tone::Stuck,
            _ => Tone::Partly,
        }
    }

    fn refused(network: &'static str, set: Vec<String>, why: String) -> Self {
        let unknown = Grade { verdict: Verdict::Unknown, only: None };
        Cell {
            network,
            set,
            refused: Some(why),
            complete: false,
            stopped: "refused",
            unique_states: 0,
            terminal_states: 0,
            at_rest: None,
            at_rest_undecided: None,
            safe: unknown,
            possible: unknown,
            inevitable: unknown,
            witnesses: Vec::new(),
            traces: Vec::new(),
        }
    }

    /// The share of the states at rest in which nothing is decided, in percent.
    pub fn undecided_percent(&self) -> Option<f64> {
        let (all, undecided) = (self.at_rest?, self.at_rest_undecided?);
        (all > 0).then(|| 100.0 * undecided as f64 / all as f64)
    }

    /// The shortest witness of one of these properties.
    pub fn shortest(&self, among: &[&'static str]) -> Option<&Witness> {
        let witnesses = self.witnesses.iter().filter(|witness| among.contains(&witness.property));
        witnesses.min_by_key(|witness| witness.steps)
    }
}
