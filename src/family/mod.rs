//! What a protocol family is: the one trait by which everything else knows a protocol. A family is typed, with actors,
//! properties and words of its own; whatever explores, traces, draws, simulates or runs it asks here.
//!
//! The least that a family has is its name, five types, and how a model of it is read, written and made. All else has a
//! default: states and messages are shown as their `Debug` form, and the properties that the model itself has are checked.

mod branch;
mod deed;
mod deployable;
mod environment;
mod execution;
mod footprint;
mod induction;
mod proof;
mod property;
mod readings;
mod refinement;
mod roster;
mod rule;
mod spec;
mod story;
mod table;

pub use branch::{Branch, StepKind, Taken};
pub use deed::Deed;
pub use deployable::{Decision, Deployable, Pace};
pub use environment::{Comeback, Delivery, Environment, Objection, Restart, Retention, Sends};
pub use footprint::{Footprint, Seen, Unread, View};
pub use induction::{Assertion, Conjunct, Fact, Induction, Invariant};
pub use proof::{Abstraction, Atom, Obligation, Proof, Provable};
pub use property::{eventually, successors, Formula, Kind, Premise, Property, Question};
pub use readings::{Edit, Readings, Reference};
pub use refinement::Refinement;
pub use roster::Roster;
pub use rule::Rule;
pub use spec::Spec;
pub use story::{Reason, Story};
pub use table::Table;

use crate::engine::LocalBoundary;
use crate::engine::{Checkable, State};
use crate::input::Fields;
use serde_json::Value;
use stateright::actor::{Actor, ActorModel, Envelope, Id, Network};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;

/// The local state of a family's node.
pub type Local<F> = <<F as Family>::Node as Actor>::State;

/// The message of a family's node.
pub type Message<F> = <<F as Family>::Node as Actor>::Msg;

/// The timer of a family's node.
pub type Timer<F> = <<F as Family>::Node as Actor>::Timer;

/// The random choice of a family's node.
pub type Random<F> = <<F as Family>::Node as Actor>::Random;

/// What a family's node has on stable storage.
pub type Storage<F> = <<F as Family>::Node as Actor>::Storage;

/// A global state of a family's models.
pub type Global<F> = State<<F as Family>::Node, <F as Family>::History>;

/// An action of a family's models.
pub type Action<F> = crate::engine::Action<<F as Family>::Node>;

/// A stateright model of a family.
pub type System<F> = ActorModel<<F as Family>::Node, <F as Family>::Config, <F as Family>::History>;

/// A protocol family: its actors, its properties, and how its models are read, written and shown.
pub trait Family: Copy + Debug + PartialEq + Send + Sync + 'static {
    /// The name in model files.
    const NAME: &'static str;

    /// What it is, in a line.
    const SUMMARY: &'static str = "";

    /// True iff its models heed what is left of a node that comes back ([`Comeback`]). Those of a family that does not say
    /// so come back with all that they have saved, and a model file that asks for less is refused.
    const HEEDS_COMEBACK: bool = false;

    /// True iff its models keep nodes that crash down where the environment has no recovery. stateright always offers to
    /// bring a node back, so a family that does not say so has no crashes without recovery: a model file that asks for
    /// them is refused.
    const KEEPS_DOWN: bool = false;

    /// The actor: one type for nodes of every kind.
    type Node: Checkable;

    /// What stateright's model carries for its properties: the `cfg` of the [`ActorModel`].
    type Config: Clone + Send + Sync + 'static;

    /// The history of the model; `()` if it records none.
    type History: Clone + Debug + Hash + PartialEq + Send + Sync + 'static;

    /// A protocol at its bounds: the tables `protocol` and `bounds` of a model file, understood. It is displayed in a
    /// clause, such as `single-decree adapted, 2 proposers, 3 acceptors`.
    type Setup: Clone + Debug + PartialEq + Display + Send + Sync + 'static;

    /// What the properties read of the nodes; [`Unread`] if they read whole states.
    type Footprint: Footprint<Self>;

    /// Reads the tables `protocol` and `bounds` of a model file. What is wrong is noted in the fields; it is `None` if the
    /// protocol cannot be understood for it.
    fn read(fields: &mut Fields) -> Option<Self::Setup>;

    /// The tables `protocol` and `bounds` of a model file, every default written out.
    fn write(setup: &Self::Setup) -> Value;

    /// The stateright model, in this environment.
    fn model(setup: &Self::Setup, environment: &Environment) -> System<Self>;

    /// Whether models of the protocol make sense in an environment. Unless a family says otherwise, its messages leave all
    /// at once.
    ///
    /// # Errors
    /// What makes no sense.
    fn admits(_: &Self::Setup, environment: &Environment) -> Result<(), Objection> {
        if environment.sends == Sends::Stepwise {
            let what = format!("network.sends = \"stepwise\", expected \"atomic\" for the family {}", Self::NAME);
            return Err(Objection { key: "network.sends", what });
        }
        Ok(())
    }

    /// The bounds as reports have them.
    fn bounds(setup: &Self::Setup) -> Value {
        Self::write(setup)["bounds"].clone()
    }

    /// What a reader of the results should know about a model.
    fn notes(_: &Self::Setup) -> Vec<String> {
        Vec::new()
    }

    /// The boundary of the models, node by node, if they have one that can be told so.
    fn boundary(_: &Self::Config) -> Option<LocalBoundary<Self::Node>> {
        None
    }

    /// The properties, in the order of reports. A model checks those that apply to it.
    fn properties() -> &'static [Property<Self>] {
        &[]
    }

    /// What should happen in a model, for statistics.
    fn branches() -> &'static [Branch<Self>] {
        &[]
    }

    /// The kinds of steps of the family's own, for statistics; every other step is of one of the kinds that all have.
    fn kinds() -> &'static [StepKind<Self>] {
        &[]
    }

    /// What there is to check beside the properties, such as variants and rules.
    fn tables() -> Vec<Table> {
        Vec::new()
    }

    /// The rules of a protocol, each with the values that a mutation may give it.
    fn rules(_: &Self::Setup) -> Vec<Rule> {
        Vec::new()
    }

    /// The protocol at the next larger sizes: one more node of a kind, one more round, and so on, one at a time.
    fn larger(_: &Self::Setup) -> Vec<Self::Setup> {
        Vec::new()
    }

    /// How protocols of the family are readings of one another, if they are.
    fn readings() -> Option<&'static dyn Readings<Self>> {
        None
    }

    /// The specification that a protocol refines, if it has one.
    fn refinement(_: &Self::Setup) -> Option<Refinement<Self>> {
        None
    }

    /// Invariants of a protocol in an environment, and the states that they are asked about; `None` if it has none.
    ///
    /// # Errors
    /// Why there are none for this protocol, where others of the family have some.
    fn induction(_: &Self::Setup, _: &Environment) -> Result<Option<Induction<Self>>, Objection> {
        Ok(None)
    }

    /// The variants that have a proof at every size.
    fn provable() -> &'static [Provable] {
        &[]
    }

    /// The proof of a protocol under its rules, and how the states of its models are structures of it.
    ///
    /// # Errors
    /// Why there is none.
    fn proof(_: &Self::Setup, _: &Environment) -> Result<(Proof, Abstraction<Self>), Objection> {
        let what = format!("the family {} has no proofs", Self::NAME);
        Err(Objection { key: "protocol.family", what })
    }

    /// A local state in words.
    fn local(local: &Local<Self>) -> String {
        format!("{local:?}")
    }

    /// A message in words.
    fn message(message: &Message<Self>) -> String {
        format!("{message:?}")
    }

    /// What a node does when a timer fires, in the third person: `sends Prepare<1,1> to A1`.
    fn timeout(_: &Self::Config, _: Id, _: &Local<Self>, timer: &Timer<Self>) -> String {
        format!("fires {timer:?}")
    }

    /// What a node does when it makes a random choice, likewise.
    fn choice(random: &Random<Self>) -> String {
        format!("chooses {random:?}")
    }

    /// The action that a trace of version 1 or 2 holds: those had actions as data of their family.
    ///
    /// # Errors
    /// Why it is no action.
    fn earlier_action(_: &Self::Config, _: &Value) -> Result<Action<Self>, String> {
        Err(format!("the family {} has no traces of that version", Self::NAME))
    }
}

/// The envelopes of a network, with how often each is in flight. (stateright's own iterator over them does not end on an
/// ordered network and miscounts repeated envelopes on an unordered one.)
pub fn envelopes<F: Family>(network: &Network<Message<F>>) -> BTreeMap<Envelope<Message<F>>, usize> {
    let mut envelopes = BTreeMap::new();
    let mut add = |src, dst, msg: &Message<F>, count| {
        *envelopes.entry(Envelope { src, dst, msg: msg.clone() }).or_default() += count;
    };
    match network {
        Network::UnorderedDuplicating(set, _) => set.iter().for_each(|e| add(e.src, e.dst, &e.msg, 1)),
        Network::UnorderedNonDuplicating(bag) => bag.iter().for_each(|(e, count)| add(e.src, e.dst, &e.msg, *count)),
        Network::Ordered(flows) => {
            flows.iter().for_each(|((src, dst), flow)| flow.iter().for_each(|msg| add(*src, *dst, msg, 1)));
        }
    }
    envelopes
}
