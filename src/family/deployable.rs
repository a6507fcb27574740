//! What a family needs beside its actors so that they run on real sockets and their logs are followed along a model:
//! messages, states, timers and storage that are written and read, and words for what a run comes to.

use super::{Family, Local, Timer};
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::Value;
use stateright::actor::Actor;

/// How soon a timer fires that the model lets fire at any moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Within a moment: it is a step that the node is about to take. A run is not over before.
    Soon,
    /// When the node loses patience. A run that has decided does not wait for it.
    Patient,
}

/// Something that a run has decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What tells it from others, such as a proposal: of decisions with one key the last counts.
    pub key: String,
    /// In words: `value 5, ballot 1, accepted by A1 A2`.
    pub text: String,
    /// What was decided. Two decisions about the same subject with different values disagree.
    pub value: Value,
    /// For programs.
    pub json: Value,
}

/// A family whose nodes run on real sockets.
pub trait Deployable:
    Family<
    Node: Actor<
        Msg: Serialize + DeserializeOwned,
        State: Serialize + DeserializeOwned,
        Timer: Serialize + DeserializeOwned,
        Random: Serialize + DeserializeOwned,
        Storage: Serialize + DeserializeOwned,
    >,
>
{
    /// How soon a timer fires.
    fn pace(timer: &Timer<Self>) -> Pace;

    /// What is decided in these states, in the order of ids.
    fn decisions(config: &Self::Config, locals: &[Local<Self>]) -> Vec<Decision>;

    /// What a decision is about, if a run decides several things: a slot of a log, for one.
    fn subject(_: &Decision) -> String {
        String::new()
    }

    /// The subjects that a node in this state has put to the others. A run measures how long each takes from there.
    fn proposed(_: &Local<Self>) -> Vec<String> {
        Vec::new()
    }

    /// True iff nothing is left to decide once this is: nodes that may start over are then not waited for.
    fn is_complete(_: &Self::Config, decisions: &[Decision]) -> bool {
        !decisions.is_empty()
    }

    /// What a node in this state announces, if it announces something.
    fn announced(_: &Local<Self>) -> Option<Value> {
        None
    }

    /// Why nothing is decided in these states, a clause for each node that has to do with it.
    fn reasons(_: &Self::Config, _: &[Local<Self>]) -> Vec<String> {
        Vec::new()
    }

    /// True iff nothing is decided in these states because every node that could has given up.
    fn has_given_up(_: &[Local<Self>]) -> bool {
        false
    }
}
