//! Consensus as its clients see it: an abstract service that decides one value, clients that act on what is decided and tell
//! each other, and the same clients on the real thing.
//!
//! The client's own properties are checked once over the abstract service. They carry over to every protocol that refines
//! it, and whose learners announce only what is chosen; here that is checked as well.

pub mod client;
mod induction;
pub mod local;
mod message;
pub mod node;
pub mod properties;
pub mod protocol;
mod readings;
mod schema;
pub mod setup;

pub use local::Local;
pub use message::Message;
pub use node::{Node, Storage};
pub use protocol::Protocol;
pub use setup::Setup;

use crate::engine::LocalBoundary;
use crate::engine::State;
use crate::family::{Environment, Family, Induction, Objection, Property, Readings, Refinement, Rule, System, Table};
use crate::input::Fields;
use crate::protocols::single_decree::{self, Recovery, SingleDecree};
use serde_json::Value;
use setup::Service;
use stateright::actor::{ActorModel, Envelope, Id, Network};
use std::sync::Arc;

/// The name of the family in model files.
pub const FAMILY: &str = "consensus";

/// The family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consensus {}

impl Family for Consensus {
    const NAME: &'static str = FAMILY;
    const KEEPS_DOWN: bool = true;
    const SUMMARY: &'static str = "clients act on what a service decides: an abstract register, or single-decree Paxos";

    type Node = Node;
    type Config = Arc<Setup>;
    type History = ();
    type Setup = Protocol;
    type Footprint = properties::Footprint;

    fn read(fields: &mut Fields) -> Option<Protocol> {
        schema::read(fields)
    }

    fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
        schema::admits(protocol, environment)
    }

    fn write(protocol: &Protocol) -> Value {
        protocol.to_json()
    }

    fn model(protocol: &Protocol, environment: &Environment) -> System<Self> {
        let setup = protocol.setup(environment);
        let nodes = (0..setup.nodes()).map(|index| Node { setup: setup.clone(), id: Id::from(index) });
        let mut model = ActorModel::new(setup.clone(), ()).actors(nodes);
        if let Service::Abstract { values } = setup.service {
            let service = Id::from(0);
            let asks = (1..=values).map(|value| Envelope { src: service, dst: service, msg: Message::Propose(value) });
            model = model.init_network(Network::new_unordered_nonduplicating(asks));
        }
        if setup.crashes == Some(Recovery::Never) {
            model = model.within_boundary(no_node_came_back);
        }
        environment.surround::<Self>(model)
    }

    fn bounds(protocol: &Protocol) -> Value {
        protocol.bounds()
    }

    fn notes(protocol: &Protocol) -> Vec<String> {
        protocol.notes()
    }

    fn boundary(setup: &Arc<Setup>) -> Option<LocalBoundary<Node>> {
        let is_bounded = setup.crashes == Some(Recovery::Never);
        Some(Arc::new(move |_, local: &Local| !is_bounded || !local.is_gone()))
    }

    fn properties() -> &'static [Property<Self>] {
        properties::PROPERTIES
    }

    fn tables() -> Vec<Table> {
        let services = [
            vec![protocol::ABSTRACT, "the specification itself: a register that decides one of the values proposed"],
            vec![
                single_decree::FAMILY,
                "any variant of the family, with its rules; clients stand where its learners would",
            ],
        ];
        vec![Table::new("", &["service", "what it is"], services)]
    }

    fn refinement(protocol: &Protocol) -> Option<Refinement<Self>> {
        Some(Refinement {
            specification:
                "register: undecided at first, then decided, once, on an initial value; here what the service decides",
            property: "refines",
            carried: &["acted-chosen", "clients-agree", "tokens-match"],
            abstractly: protocol.on_the_specification(),
        })
    }

    fn rules(protocol: &Protocol) -> Vec<Rule> {
        protocol.editable()
    }

    fn larger(protocol: &Protocol) -> Vec<Protocol> {
        protocol.larger()
    }

    fn readings() -> Option<&'static dyn Readings<Self>> {
        Some(&readings::OfService)
    }

    fn induction(protocol: &Protocol, environment: &Environment) -> Result<Option<Induction<Self>>, Objection> {
        induction::induction(protocol, environment)
    }

    fn local(local: &Local) -> String {
        local.to_string()
    }

    fn message(message: &Message) -> String {
        message.to_string()
    }

    fn timeout(setup: &Arc<Setup>, id: Id, local: &Local, timer: &single_decree::Timer) -> String {
        match (&setup.service, local) {
            (Service::SingleDecree(setup), Local::Protocol(local)) => SingleDecree::timeout(setup, id, local, timer),
            _ => format!("{timer:?}"),
        }
    }
}

/// True iff stateright has restarted no node that crashed for good.
fn no_node_came_back(_: &Arc<Setup>, state: &State<Node, ()>) -> bool {
    !state.actor_states.iter().any(|local| local.is_gone())
}
