//! Single-decree Paxos as the thesis has it: rules, handlers, and the actor system that they make up.
//!
//! [`rules`] has a field for each point at which the sources differ, and [`variants`] gives each source its values.
//! [`proposer`], [`acceptor`] and [`learner`] are the handlers; [`node`] turns them into stateright actors. A new variant
//! is a constant in `variants` and a model file; a new message flow is a new family.

pub mod acceptor;
pub mod deed;
pub mod learner;
pub mod local;
pub mod node;
pub mod proposer;
pub mod rules;
pub mod setup;
pub mod variants;

pub use local::Local;
pub use node::{Node, Storage};
pub use rules::Rules;
pub use setup::{Recovery, Sends, Setup, Timer};
pub use variants::{variant, Variant, VARIANTS};

use crate::engine::symbolic::LocalBoundary;
use crate::engine::State;
use stateright::actor::{ActorModel, Id, LossyNetwork, Network};
use std::sync::Arc;

/// The name of the family in model files.
pub const FAMILY: &str = "single-decree";

/// A stateright actor system of the family.
pub type Model = ActorModel<Node, Arc<Setup>, ()>;

/// How the network delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Any envelope in flight may be delivered next.
    Unordered,
    /// As above, and an envelope stays in flight when it is delivered.
    UnorderedDuplicating,
    /// First in, first out between each two nodes.
    Ordered,
}

/// What the network may do to messages, and how many nodes may crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// How the network delivers.
    pub delivery: Delivery,
    /// Whether an envelope in flight may be lost.
    pub loss: bool,
    /// How many nodes may be down at once.
    pub max_crashes: usize,
}

/// The stateright model of these nodes in this environment, without properties.
pub fn model(setup: &Arc<Setup>, environment: Environment) -> Model {
    let network = match environment.delivery {
        Delivery::Unordered => Network::new_unordered_nonduplicating([]),
        Delivery::UnorderedDuplicating => Network::new_unordered_duplicating([]),
        Delivery::Ordered => Network::new_ordered([]),
    };
    let nodes = (0..setup.roster().len()).map(|index| Node { setup: setup.clone(), id: Id::from(index) });
    let mut model = ActorModel::new(setup.clone(), ())
        .actors(nodes)
        .init_network(network)
        .lossy_network(if environment.loss { LossyNetwork::Yes } else { LossyNetwork::No })
        .max_crashes(environment.max_crashes);
    if setup.crashes == Some(Recovery::Never) {
        model = model.within_boundary(no_node_came_back);
    }
    model
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
