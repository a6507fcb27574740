//! The state graph of a model that is small enough to look at: every state, every transition, and where properties are
//! violated. Plain data; [`dot`] renders it for graphviz. It knows no engine.

pub mod dot;

use crate::engine::{Ask, Control, State};
use crate::model_file::ModelFile;
use crate::properties::{observe, Kind, Observation, Property};
use crate::protocols::single_decree::Node;
use crate::trace::{in_flight, ActionRecord};
use crate::vocabulary::Roster;
use crate::walk::{self, End, Visit};
use serde::Serialize;

/// The default limit on states. Beyond it, graphviz takes minutes and the picture is unreadable.
pub const DEFAULT_MAX_STATES: usize = 2_000;

/// The highest limit on states.
pub const HARD_MAX_STATES: usize = 100_000;

/// A state graph. Its JSON form has these keys:
///
/// ```json
/// { "format": "synod-graph", "version": 1, "model": "adapted-1x3", "description": "single-decree adapted, ...",
///   "nodes": ["P1", "A1", "A2", "A3"],
///   "properties": [ { "name": "agreement", "kind": "always", "statement": "..." } ],
///   "states": [ { "id": 0, "depth": 0, "initial": true, "terminal": false, "locals": ["PWaitPrepResp", "AInit", ...],
///                 "in_flight": ["P1 → A1  Prepare<1,1>", ...], "violates": [], "reaches": ["accepted"] } ],
///   "transitions": [ { "from": 0, "to": 1, "action": "P1 → A1  Prepare<1,1>", "violates": [] } ] }
/// ```
///
/// States are numbered in breadth-first order. `violates` names the always-properties that are false in a state or step;
/// `reaches` names the sometimes-properties that are true in a state.
#[derive(Debug, Serialize)]
pub struct Graph {
    /// `synod-graph`.
    pub format: &'static str,
    /// The version of the format.
    pub version: u32,
    /// The name of the model.
    pub model: String,
    /// A one-line description of the model.
    pub description: String,
    /// The nodes' names, in the order of their ids.
    pub nodes: Vec<String>,
    /// The properties that are marked.
    pub properties: Vec<Marked>,
    /// The states.
    pub states: Vec<StateNode>,
    /// The transitions.
    pub transitions: Vec<Transition>,
}

/// A property that a graph marks.
#[derive(Debug, Serialize)]
pub struct Marked {
    /// Its name.
    pub name: &'static str,
    /// `always` or `sometimes`.
    pub kind: &'static str,
    /// The property in words.
    pub statement: &'static str,
}

/// A state of the graph.
#[derive(Debug, Serialize)]
pub struct StateNode {
    /// Its number.
    pub id: usize,
    /// Transitions on a shortest path to it.
    pub depth: usize,
    /// True iff the model starts here.
    pub initial: bool,
    /// True iff no transition leads out of it.
    pub terminal: bool,
    /// The nodes' states, in the order of their ids.
    pub locals: Vec<String>,
    /// The messages in flight; a message that is in flight twice is listed twice.
    pub in_flight: Vec<String>,
    /// The always-properties that are false here.
    pub violates: Vec<&'static str>,
    /// The sometimes-properties that are true here.
    pub reaches: Vec<&'static str>,
}

/// A transition of the graph.
#[derive(Debug, Serialize)]
pub struct Transition {
    /// The state before.
    pub from: usize,
    /// The state after.
    pub to: usize,
    /// The action.
    pub action: String,
    /// The always-properties that this step violates.
    pub violates: Vec<&'static str>,
}

/// The model has more states than the limit on its graph.
#[derive(Debug, PartialEq, Eq)]
pub struct TooManyStates {
    /// The limit on states.
    pub max_states: usize,
}

/// The state graph of a model.
///
/// # Errors
/// If the model has more than `max_states` states.
pub fn graph(model: &ModelFile, max_states: usize, gauges: &Control) -> Result<Graph, TooManyStates> {
    let system = model.spec.model();
    let roster = model.spec.setup().roster();
    let marked = |property: &&'static Property| Marked {
        name: property.name,
        kind: property.kind.name(),
        statement: property.statement,
    };
    let mut graph = Graph {
        format: "synod-graph",
        version: 1,
        model: model.name.clone(),
        description: model.spec.to_string(),
        nodes: (0..roster.len()).map(|index| roster.name(index.into())).collect(),
        properties: model.spec.properties.iter().map(marked).collect(),
        states: Vec::new(),
        transitions: Vec::new(),
    };
    let questions: Vec<_> =
        model.spec.properties.iter().map(|property| (*property, property.question(&system.cfg))).collect();
    let end = walk::walk(&system, max_states, gauges, |visit| graph.add(visit, &questions, &roster));
    match end {
        End::Exhausted => Ok(graph),
        End::TooMany => Err(TooManyStates { max_states }),
    }
}

impl Graph {
    fn add(&mut self, visit: &Visit, questions: &[(&'static Property, Ask<Observation>)], roster: &Roster) {
        let terminal = visit.options.iter().all(|choice| choice.next.is_none());
        let hits = |kind: Kind| -> Vec<&'static str> {
            let of_kind = questions.iter().filter(|(property, _)| property.kind == kind);
            let hit = of_kind.filter(|(property, ask)| is_hit(property, ask, visit, terminal));
            hit.map(|(property, _)| property.name).collect()
        };
        let in_flight = in_flight(visit.state, roster).into_iter().flat_map(|(envelope, count)| {
            std::iter::repeat_n(format!("{} → {}  {}", envelope.from, envelope.to, envelope.message), count)
        });
        let locals = visit.state.actor_states.iter().zip(&visit.state.crashed);
        self.states.push(StateNode {
            id: visit.number,
            depth: visit.depth,
            initial: visit.depth == 0,
            terminal,
            locals: locals
                .map(|(local, crashed)| format!("{local}{}", if *crashed { " (crashed)" } else { "" }))
                .collect(),
            in_flight: in_flight.collect(),
            violates: hits(Kind::Always),
            reaches: hits(Kind::Sometimes),
        });
        for choice in visit.options {
            let Some((to, next)) = &choice.next else { continue };
            let violated = questions.iter().filter(|(property, ask)| match ask {
                Ask::Step(is_hit) => is_hit(&seen(property, visit.state), &seen(property, next)),
                Ask::State(_) | Ask::Terminal(_) => false,
            });
            self.transitions.push(Transition {
                from: visit.number,
                to: *to,
                action: ActionRecord::new(&choice.action, roster).to_string(),
                violates: violated.map(|(property, _)| property.name).collect(),
            });
        }
    }
}

fn seen(property: &Property, state: &State<Node, ()>) -> Vec<Observation> {
    state.actor_states.iter().map(|local| observe(property.reads, local)).collect()
}

/// True iff a state settles a property: it violates an always-property, or witnesses a sometimes-property.
fn is_hit(property: &Property, ask: &Ask<Observation>, visit: &Visit, terminal: bool) -> bool {
    match ask {
        Ask::State(is_hit) => is_hit(&seen(property, visit.state)),
        Ask::Terminal(is_hit) => terminal && is_hit(&seen(property, visit.state)),
        Ask::Step(_) => false, // marked on the transitions
    }
}
