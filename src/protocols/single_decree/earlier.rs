//! Actions as traces of versions 1 and 2 hold them: as data of this family.

use super::{Message, Node, Setup, Timer};
use crate::engine::Action;
use serde::Deserialize;
use serde_json::Value;
use stateright::actor::{ActorModelAction, Envelope, Id};

/// What happened in a step.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Earlier {
    Deliver { from: String, to: String, message: Message },
    Drop { from: String, to: String, message: Message },
    Send { node: String, to: String },
    Retry { node: String },
    Crash { node: String },
    Recover { node: String },
}

/// The action that a trace of an earlier version names so.
///
/// # Errors
/// What is no action, or the name that is no node's.
pub fn action(setup: &Setup, saved: &Value) -> Result<Action<Node>, String> {
    let roster = setup.roster();
    let id =
        |name: &String| -> Result<Id, String> { roster.id(name).ok_or_else(|| format!("there is no node {name:?}")) };
    let saved = Earlier::deserialize(saved).map_err(|error| error.to_string())?;
    Ok(match &saved {
        Earlier::Deliver { from, to, message } => {
            ActorModelAction::Deliver { src: id(from)?, dst: id(to)?, msg: *message }
        }
        Earlier::Drop { from, to, message } => {
            ActorModelAction::Drop(Envelope { src: id(from)?, dst: id(to)?, msg: *message })
        }
        Earlier::Send { node, to } => {
            let acceptor = roster.acceptor_index(id(to)?).ok_or_else(|| format!("{to:?} is not an acceptor"))?;
            ActorModelAction::Timeout(id(node)?, Timer::Send(acceptor))
        }
        Earlier::Retry { node } => ActorModelAction::Timeout(id(node)?, Timer::Retry),
        Earlier::Crash { node } => ActorModelAction::Crash(id(node)?),
        Earlier::Recover { node } => ActorModelAction::Recover(id(node)?),
    })
}
