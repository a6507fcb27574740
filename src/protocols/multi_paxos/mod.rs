//! Multi-decree Paxos: a log of commands, agreed on slot by slot. A leader runs phase 1 once for all slots; then a command
//! costs a phase 2 only, for as long as it leads (thesis 2.1.3, 2.4; "Paxos Made Simple", 3; "Paxos Made Moderately
//! Complex").
//!
//! [`rules`] has a field for each point at which implementations differ, or err. [`proposer`], [`acceptor`] and [`learner`]
//! are the handlers; [`plan`] is what a leader proposes once phase 1 is over; [`node`] turns them into stateright actors;
//! [`properties`] says what is to be true of them. At one slot the models are those of simple Paxos.

pub mod acceptor;
mod branches;
pub mod learner;
pub mod local;
mod message;
pub mod node;
mod outcome;
pub mod plan;
pub mod properties;
pub mod proposer;
pub mod protocol;
pub mod reaction;
mod readings;
mod refusals;
pub mod rules;
mod schema;
pub mod setup;
mod tables;

pub use local::Local;
pub use message::Message;
pub use node::{Node, Storage};
pub use protocol::Protocol;
pub use rules::Rules;
pub use setup::{Recovery, Setup, Timer};

use crate::engine::LocalBoundary;
use crate::engine::State;
use crate::family::{Branch, Environment, Family, Objection, Property, Readings, Refinement, Rule, StepKind, Table};
use crate::input::Fields;
use serde_json::Value;
use stateright::actor::{ActorModel, Id};
use std::sync::Arc;

/// The name of the family in model files.
pub const FAMILY: &str = "multi-paxos";

/// The family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiPaxos {}

/// A stateright actor system of the family.
pub type Model = ActorModel<Node, Arc<Setup>, ()>;

impl Family for MultiPaxos {
    const NAME: &'static str = FAMILY;
    const KEEPS_DOWN: bool = true;
    const SUMMARY: &'static str = "a leader gets acceptors to agree on a log of commands, and learners execute it";

    type Node = Node;
    type Config = Arc<Setup>;
    type History = ();
    type Setup = Protocol;
    type Footprint = properties::Footprint;

    fn read(fields: &mut Fields) -> Option<Protocol> {
        schema::read(fields)
    }

    fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
        refusals::admits(protocol, environment)
    }

    fn write(protocol: &Protocol) -> Value {
        protocol.to_json()
    }

    fn model(protocol: &Protocol, environment: &Environment) -> Model {
        let recovery = if environment.recovery { Recovery::FromStorage } else { Recovery::Never };
        let crashes = (environment.max_crashes > 0).then_some(recovery);
        let setup = Arc::new(Setup { protocol: protocol.clone(), crashes });
        let nodes = (0..protocol.roster().len()).map(|index| Node { setup: setup.clone(), id: Id::from(index) });
        let model = environment.surround::<Self>(ActorModel::new(setup.clone(), ()).actors(nodes));
        if crashes == Some(Recovery::Never) {
            model.within_boundary(no_node_came_back)
        } else {
            model
        }
    }

    fn bounds(protocol: &Protocol) -> Value {
        protocol.bounds()
    }

    fn notes(protocol: &Protocol) -> Vec<String> {
        protocol.notes()
    }

    fn boundary(setup: &Arc<Setup>) -> Option<LocalBoundary<Node>> {
        let is_bounded = setup.crashes == Some(Recovery::Never);
        Some(Arc::new(move |_, local| !is_bounded || has_not_come_back(local)))
    }

    fn properties() -> &'static [Property<Self>] {
        properties::PROPERTIES
    }

    fn branches() -> &'static [Branch<Self>] {
        branches::BRANCHES
    }

    fn kinds() -> &'static [StepKind<Self>] {
        branches::KINDS
    }

    fn tables() -> Vec<Table> {
        tables::tables()
    }

    fn refinement(_: &Protocol) -> Option<Refinement<Self>> {
        Some(Refinement {
            specification: "array of registers, one for each slot: here the values that are chosen in it; and log, to which only \
                            values are appended: here those from slot 1 up to the first without one, and what each learner has",
            property: "refines",
            carried: &[],
            abstractly: None,
        })
    }

    fn rules(protocol: &Protocol) -> Vec<Rule> {
        protocol.editable()
    }

    fn larger(protocol: &Protocol) -> Vec<Protocol> {
        protocol.larger()
    }

    fn readings() -> Option<&'static dyn Readings<Self>> {
        Some(&readings::Edited)
    }

    fn local(local: &Local) -> String {
        local.to_string()
    }

    fn message(message: &Message) -> String {
        message.to_string()
    }

    fn timeout(setup: &Arc<Setup>, id: Id, local: &Local, timer: &Timer) -> String {
        readings::timeout(&setup.protocol, id, local, timer)
    }
}

/// True iff stateright has restarted no node that crashed for good.
fn no_node_came_back(_: &Arc<Setup>, state: &State<Node, ()>) -> bool {
    state.actor_states.iter().all(|local| has_not_come_back(local))
}

/// True iff this is not the local state of a restarted node that had crashed for good.
fn has_not_come_back(local: &Local) -> bool {
    *local != Local::Gone
}
