//! Single-decree Paxos as the thesis has it: rules, handlers, and the actor system that they make up.
//!
//! [`rules`] has a field for each point at which the sources differ, and [`variants`] gives each source its values.
//! [`proposer`], [`acceptor`] and [`learner`] are the handlers; [`node`] turns them into stateright actors; [`properties`]
//! says what is to be true of them. A new variant is a constant in `variants` and a model file; a new message flow is a
//! new family.

pub mod acceptor;
mod branches;
mod earlier;
pub mod induction;
pub mod learner;
pub mod local;
mod message;
pub mod node;
mod outcome;
pub mod properties;
pub mod proposer;
pub mod protocol;
mod readings;
mod reference;
pub mod rules;
mod schema;
pub mod setup;
mod tables;
pub mod variants;

pub use local::Local;
pub use message::{Message, Offer};
pub use node::{Node, Storage};
pub use protocol::Protocol;
pub use rules::Rules;
pub use setup::{Recovery, Setup, Timer};
pub use variants::{variant, Variant, VARIANTS};

pub use crate::protocols::paxos::Roster;

use crate::engine::LocalBoundary;
use crate::engine::{Action, State};
use crate::family::{
    Abstraction, Branch, Environment, Family, Induction, Objection, Proof, Property, Provable, Readings, Refinement,
    Rule, StepKind, Table,
};
use crate::input::Fields;
use serde_json::Value;
use stateright::actor::{ActorModel, Id};
use std::sync::Arc;

/// The name of the family in model files.
pub const FAMILY: &str = "single-decree";

/// The family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SingleDecree {}

/// A stateright actor system of the family.
pub type Model = ActorModel<Node, Arc<Setup>, ()>;

impl Family for SingleDecree {
    const NAME: &'static str = FAMILY;
    const KEEPS_DOWN: bool = true;
    const SUMMARY: &'static str = "proposers and acceptors agree on one value, and learners come to know it";

    const HEEDS_COMEBACK: bool = true;

    type Node = Node;
    type Config = Arc<Setup>;
    type History = ();
    type Setup = Protocol;
    type Footprint = properties::Footprint;

    fn read(fields: &mut Fields) -> Option<Protocol> {
        Protocol::read(fields, "bounds.learners")
    }

    fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
        schema::admits(protocol, environment)
    }

    fn write(protocol: &Protocol) -> Value {
        protocol.to_json()
    }

    fn model(protocol: &Protocol, environment: &Environment) -> Model {
        model(&protocol.setup(environment), environment)
    }

    fn bounds(protocol: &Protocol) -> Value {
        protocol.bounds()
    }

    fn notes(protocol: &Protocol) -> Vec<String> {
        protocol.notes()
    }

    fn boundary(setup: &Arc<Setup>) -> Option<LocalBoundary<Node>> {
        Some(local_boundary(setup))
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
            specification:
                "register: undecided at first, then decided, once, on an initial value; here the values that are chosen",
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
        Some(&readings::Thesis)
    }

    fn induction(protocol: &Protocol, environment: &Environment) -> Result<Option<Induction<Self>>, Objection> {
        induction::induction(protocol, environment)
    }

    fn provable() -> &'static [Provable] {
        induction::PROVABLE
    }

    fn proof(protocol: &Protocol, environment: &Environment) -> Result<(Proof, Abstraction<Self>), Objection> {
        induction::proof(protocol, environment)
    }

    fn local(local: &Local) -> String {
        local.to_string()
    }

    fn message(message: &Message) -> String {
        message.to_string()
    }

    fn timeout(setup: &Arc<Setup>, id: Id, local: &Local, timer: &Timer) -> String {
        readings::timeout(setup, id, local, timer)
    }

    fn earlier_action(setup: &Arc<Setup>, saved: &Value) -> Result<Action<Node>, String> {
        earlier::action(setup, saved)
    }
}

/// The stateright model of these nodes in this environment.
pub fn model(setup: &Arc<Setup>, environment: &Environment) -> Model {
    let nodes = (0..setup.roster().len()).map(|index| Node { setup: setup.clone(), id: Id::from(index) });
    let model = environment.surround::<SingleDecree>(ActorModel::new(setup.clone(), ()).actors(nodes));
    if setup.crashes == Some(Recovery::Never) {
        model.within_boundary(no_node_came_back)
    } else {
        model
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

/// The boundary of the models with this setup, node by node.
pub fn local_boundary(setup: &Setup) -> LocalBoundary<Node> {
    let is_bounded = setup.crashes == Some(Recovery::Never);
    Arc::new(move |_, local| !is_bounded || has_not_come_back(local))
}
