//! The state graph of a model that is small enough to look at: every state, every transition, and where properties are
//! violated; and the [`quotient`](mod@quotient) of one that is not. Plain data; [`dot`] renders it for graphviz.

pub mod dot;
pub mod quotient;

use crate::engine::{Ask, Control};
use crate::family::{Family, Kind, Property, Question, System};
use crate::model_file::ModelFile;
use crate::trace::Wording;
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
pub fn graph<F: Family>(model: &ModelFile<F>, max_states: usize, gauges: &Control) -> Result<Graph, TooManyStates> {
    let system = model.spec.model();
    let wording = Wording::new(&system);
    let marked = |property: &Property<F>| Marked {
        name: property.name,
        kind: property.kind.name(),
        statement: property.statement,
    };
    let mut graph = Graph {
        format: "synod-graph",
        version: 1,
        model: model.name.clone(),
        description: model.spec.to_string(),
        nodes: wording.roster.names().to_vec(),
        properties: of_states(model).map(marked).collect(),
        states: Vec::new(),
        transitions: Vec::new(),
    };
    let questions: Vec<_> = of_states(model).map(|property| (*property, property.question(&system.cfg))).collect();
    let end = walk::walk(&system, max_states, gauges, |visit| graph.add(visit, &system, &questions, &wording));
    match end {
        End::Exhausted => Ok(graph),
        End::TooMany => Err(TooManyStates { max_states }),
    }
}

/// The properties that a state or a step can violate or reach.
fn of_states<F: Family>(model: &ModelFile<F>) -> impl Iterator<Item = &Property<F>> {
    model.spec.properties.iter().filter(|property| property.kind.temporal().is_none())
}

impl Graph {
    fn add<F: Family>(
        &mut self,
        visit: &Visit<F>,
        model: &System<F>,
        questions: &[(Property<F>, Question<F>)],
        wording: &Wording<F>,
    ) {
        let terminal = visit.options.iter().all(|choice| choice.next.is_none());
        let hits = |kind: Kind| -> Vec<&'static str> {
            let of_kind = questions.iter().filter(|(property, _)| property.kind == kind);
            // Steps are marked on the transitions.
            let hit =
                of_kind.filter(|(property, question)| property.is_hit(question, model, None, visit.state, || terminal));
            hit.map(|(property, _)| property.name).collect()
        };
        let in_flight = wording.each_in_flight(visit.state).into_iter();
        self.states.push(StateNode {
            id: visit.number,
            depth: visit.depth,
            initial: visit.depth == 0,
            terminal,
            locals: wording.locals(visit.state),
            in_flight: in_flight.map(|envelope| envelope.to_string()).collect(),
            violates: hits(Kind::Always),
            reaches: hits(Kind::Sometimes),
        });
        for choice in visit.options {
            let Some((to, next)) = &choice.next else { continue };
            let of_steps = questions.iter().filter(|(_, asked)| matches!(asked, Question::Seen(Ask::Step(_))));
            let violated = of_steps
                .filter(|(property, question)| property.is_hit(question, model, Some(visit.state), next, || false));
            self.transitions.push(Transition {
                from: visit.number,
                to: *to,
                action: wording.action(visit.state, &choice.action).to_string(),
                violates: violated.map(|(property, _)| property.name).collect(),
            });
        }
    }
}
