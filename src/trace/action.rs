//! Actions as a trace records them: text alone, so that it is read by any build, with nodes by name.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What happened in a step, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ActionRecord {
    /// A message was delivered.
    Deliver {
        /// The sender.
        from: String,
        /// The receiver.
        to: String,
        /// The message.
        message: String,
    },
    /// A message was lost.
    Drop {
        /// The sender.
        from: String,
        /// The addressee.
        to: String,
        /// The message.
        message: String,
    },
    /// A timer of a node fired.
    Timeout {
        /// The node.
        node: String,
        /// What it did, in the third person.
        what: String,
    },
    /// A node made a random choice.
    Choose {
        /// The node.
        node: String,
        /// What it did, in the third person.
        what: String,
    },
    /// A node crashed.
    Crash {
        /// The node.
        node: String,
    },
    /// A crashed node came back.
    Recover {
        /// The node.
        node: String,
    },
}

impl ActionRecord {
    /// The node in which it happened.
    pub fn node(&self) -> &str {
        match self {
            ActionRecord::Deliver { to, .. } | ActionRecord::Drop { to, .. } => to,
            ActionRecord::Timeout { node, .. }
            | ActionRecord::Choose { node, .. }
            | ActionRecord::Crash { node }
            | ActionRecord::Recover { node } => node,
        }
    }
}

impl fmt::Display for ActionRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionRecord::Deliver { from, to, message } => write!(f, "{from} → {to}  {message}"),
            ActionRecord::Drop { from, to, message } => write!(f, "{from} ⇥ {to}  {message} is lost"),
            ActionRecord::Timeout { node, what } | ActionRecord::Choose { node, what } => write!(f, "{node} {what}"),
            ActionRecord::Crash { node } => write!(f, "{node} crashes"),
            ActionRecord::Recover { node } => write!(f, "{node} recovers"),
        }
    }
}
