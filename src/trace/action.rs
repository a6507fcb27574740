//! Actions as a trace records them, and as stateright takes them.

use crate::engine::Action;
use crate::protocols::single_decree::{Node, Timer};
use crate::vocabulary::{Message, Roster};
use serde::{Deserialize, Serialize};
use stateright::actor::{ActorModelAction, Envelope, Id};
use std::fmt;

/// What happened in a step, with nodes by name.
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
        message: Message,
    },
    /// A message was lost.
    Drop {
        /// The sender.
        from: String,
        /// The addressee.
        to: String,
        /// The message.
        message: Message,
    },
    /// A proposer sent its next message, to this acceptor.
    Send {
        /// The proposer.
        node: String,
        /// The acceptor.
        to: String,
    },
    /// A proposer gave up its round and began the next.
    Retry {
        /// The proposer.
        node: String,
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
    /// The record of an action.
    pub fn new(action: &Action<Node>, roster: &Roster) -> Self {
        let name = |id: &Id| roster.name(*id);
        match action {
            ActorModelAction::Deliver { src, dst, msg } => {
                ActionRecord::Deliver { from: name(src), to: name(dst), message: *msg }
            }
            ActorModelAction::Drop(Envelope { src, dst, msg }) => {
                ActionRecord::Drop { from: name(src), to: name(dst), message: *msg }
            }
            ActorModelAction::Timeout(id, Timer::Send(acceptor)) => {
                ActionRecord::Send { node: name(id), to: name(&roster.acceptor(*acceptor)) }
            }
            ActorModelAction::Timeout(id, Timer::Retry) => ActionRecord::Retry { node: name(id) },
            ActorModelAction::Crash(id) => ActionRecord::Crash { node: name(id) },
            ActorModelAction::Recover(id) => ActionRecord::Recover { node: name(id) },
            ActorModelAction::SelectRandom { .. } => unreachable!("nodes never ask for a random choice"),
        }
    }

    /// The action of a record.
    ///
    /// # Errors
    /// The name that is no node's.
    pub fn action(&self, roster: &Roster) -> Result<Action<Node>, String> {
        let id = |name: &String| roster.id(name).ok_or_else(|| format!("there is no node {name:?}"));
        Ok(match self {
            ActionRecord::Deliver { from, to, message } => {
                ActorModelAction::Deliver { src: id(from)?, dst: id(to)?, msg: *message }
            }
            ActionRecord::Drop { from, to, message } => {
                ActorModelAction::Drop(Envelope { src: id(from)?, dst: id(to)?, msg: *message })
            }
            ActionRecord::Send { node, to } => {
                let acceptor = roster.acceptor_index(id(to)?).ok_or_else(|| format!("{to:?} is not an acceptor"))?;
                ActorModelAction::Timeout(id(node)?, Timer::Send(acceptor))
            }
            ActionRecord::Retry { node } => ActorModelAction::Timeout(id(node)?, Timer::Retry),
            ActionRecord::Crash { node } => ActorModelAction::Crash(id(node)?),
            ActionRecord::Recover { node } => ActorModelAction::Recover(id(node)?),
        })
    }

    /// The node in which it happened.
    pub fn node(&self) -> &str {
        match self {
            ActionRecord::Deliver { to, .. } | ActionRecord::Drop { to, .. } => to,
            ActionRecord::Send { node, .. }
            | ActionRecord::Retry { node }
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
            ActionRecord::Send { node, to } => write!(f, "{node} sends to {to}"),
            ActionRecord::Retry { node } => write!(f, "{node} gives up and starts over"),
            ActionRecord::Crash { node } => write!(f, "{node} crashes"),
            ActionRecord::Recover { node } => write!(f, "{node} recovers"),
        }
    }
}
