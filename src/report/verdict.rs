//! What can be said of a property.

use serde::Serialize;

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
