//! The state-transition system of thesis 4.2, as `PaxosProtocol.v` writes it. There are no programs here: a node may send
//! whatever its state's precondition allows, what it receives changes its state, and nothing ties an answer to what it
//! answers.
//!
//! [`rules`] has a field for each point that the text leaves open; [`transitions`] are the system, and [`node`] turns them
//! into stateright actors: every send that is allowed is a timer.

mod branches;
pub mod local;
mod message;
pub mod node;
pub mod properties;
pub mod protocol;
mod readings;
pub mod rules;
mod schema;
pub mod setup;
pub mod transitions;

pub use local::Local;
pub use message::{Message, Peer, Send};
pub use node::{Node, Storage};
pub use protocol::Protocol;
pub use setup::Setup;

use crate::engine::LocalBoundary;
use crate::engine::State;
use crate::family::{
    Branch, Environment, Family, Objection, Property, Readings, Refinement, Rule, StepKind, System, Table,
};
use crate::input::Fields;
use rules::{Variant, RULES, VARIANTS};
use serde_json::Value;
use setup::Recovery;
use stateright::actor::{ActorModel, Id};
use std::sync::Arc;

/// The name of the family in model files.
pub const FAMILY: &str = "disel-sts";

/// The family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiselSts {}

impl Family for DiselSts {
    const NAME: &'static str = FAMILY;
    const KEEPS_DOWN: bool = true;
    const SUMMARY: &'static str = "the state-transition system of thesis 4.2: transitions without programs";

    type Node = Node;
    type Config = Arc<Setup>;
    /// How many messages were sent, where that is bounded.
    type History = u32;
    type Setup = Protocol;
    type Footprint = properties::Footprint;

    fn read(fields: &mut Fields) -> Option<Protocol> {
        schema::read(fields)
    }

    fn admits(_: &Protocol, environment: &Environment) -> Result<(), Objection> {
        schema::admits(environment)
    }

    fn write(protocol: &Protocol) -> Value {
        protocol.to_json()
    }

    fn model(protocol: &Protocol, environment: &Environment) -> System<Self> {
        let setup = protocol.setup(environment);
        let nodes: Vec<_> = setup.peers().map(|me| Node { setup: setup.clone(), me }).collect();
        let mut model = ActorModel::new(setup.clone(), 0).actors(nodes);
        if setup.sends.is_some() {
            model = model.record_msg_out(|_, sent, _| Some(sent + 1));
        }
        if setup.sends.is_some() || setup.crashes == Some(Recovery::Never) {
            model = model.within_boundary(is_within_bounds);
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
        setup.sends.is_none().then(|| -> LocalBoundary<Node> { Arc::new(|_, local| has_not_come_back(local)) })
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
        let variants = VARIANTS.iter().map(|variant| vec![variant.name, variant.summary, variant.source]);
        let names: Vec<_> = std::iter::once("rule").chain(VARIANTS.iter().map(|variant| variant.name)).collect();
        let by_variant = RULES.iter().map(|rule| {
            let value = |variant: &Variant| (rule.value)(&variant.rules);
            std::iter::once(rule.name).chain(VARIANTS.iter().map(value)).collect()
        });
        let allowed: Vec<_> = RULES.iter().map(|rule| (rule.values)().join(", ")).collect();
        let values = RULES.iter().zip(&allowed).map(|(rule, allowed)| vec![rule.name, rule.decides, allowed]);
        vec![
            Table::new("", &["variant", "what it is", "source"], variants),
            Table::new("Rules by variant; a model file edits them under [protocol] rules", &names, by_variant),
            Table::new("", &["rule", "what it decides", "values"], values),
        ]
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

    fn local(local: &Local) -> String {
        local.to_string()
    }

    fn message(message: &Message) -> String {
        message.to_string()
    }

    fn timeout(_: &Arc<Setup>, _: Id, _: &Local, send: &Send) -> String {
        format!("sends {} to {}", send.message, send.to)
    }
}

/// True iff no more was sent than may be, and stateright has restarted no node that crashed for good.
fn is_within_bounds(setup: &Arc<Setup>, state: &State<Node, u32>) -> bool {
    setup.sends.is_none_or(|most| state.history <= most)
        && state.actor_states.iter().all(|local| has_not_come_back(local))
}

/// True iff this is not the local state of a restarted node that had crashed for good.
fn has_not_come_back(local: &Local) -> bool {
    *local != Local::Gone
}
