//! Errors about input, and what may have been meant.

use std::fmt;

/// Why some input cannot be used: where, and what. One input may have several errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file, with the line where that is known; or the argument.
    pub place: String,
    /// What was found there and what is allowed.
    pub what: String,
    /// The line in its file, counted from 1.
    pub(super) line: Option<usize>,
    /// The other errors of the same input, in the order of their lines.
    pub(super) more: Vec<InputError>,
}

impl InputError {
    /// An error at a place.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        InputError { place: place.into(), what: what.into(), line: None, more: Vec::new() }
    }

    /// These errors, and those of another input that are not among them.
    pub fn and(mut self, other: InputError) -> Self {
        let InputError { more, .. } = &other;
        let others = std::iter::once(InputError { more: Vec::new(), ..other.clone() }).chain(more.iter().cloned());
        let is_new = |new: &InputError| !self.lines().any(|line| line == format!("{}: {}", new.place, new.what));
        let others: Vec<_> = others.filter(is_new).collect();
        self.more.extend(others);
        self
    }

    /// Every error of the input, each in a line of its own, in the order of their lines.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(self).chain(&self.more).map(|error| format!("{}: {}", error.place, error.what))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for InputError {}

/// The end of an error that has a suggestion.
pub fn did_you_mean(near: Option<impl fmt::Display>) -> String {
    near.map_or(String::new(), |near| format!("; did you mean {near}?"))
}

/// The candidate most like a word, if any is like it.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    scored.filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3).min().map(|(_, candidate)| candidate)
}
