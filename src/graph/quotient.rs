//! The quotient of a model's states by what a footprint sees of the nodes, such as who has voted for what: a picture of
//! a space that is too large for one of its states. Plain data, read off the decision diagram of the states.

use super::Marked;
use crate::engine::auto::Points;
use crate::engine::symbolic::{self, Class};
use crate::engine::{Ask, Control, Goal, Lens, Limits, Refusal, Search, Stopped, Strategy};
use crate::family::{Family, Footprint, Kind, Property, Question, Seen};
use crate::model_file::ModelFile;
use serde::Serialize;
use std::sync::Arc;

/// A quotient. Its JSON form has these keys:
///
/// ```json
/// { "format": "synod-quotient", "version": 1, "model": "adapted-4x4", "description": "single-decree adapted, ...",
///   "footprint": "votes", "nodes": ["P1", "A1", "A2"],
///   "properties": [ { "name": "agreement", "kind": "always", "statement": "..." } ],
///   "classes": [ { "id": 0, "depth": 0, "initial": true, "states": 97, "terminal_states": 0,
///                  "seen": ["", "voted <1,1>", ""], "violates": [], "reaches": ["accepted"] } ],
///   "steps": [ { "from": 0, "to": 1, "steps": 112, "violates": [] } ] }
/// ```
///
/// Classes are numbered by their depths, then by what is seen. Counts beyond 2^53 are decimal strings. The properties are
/// those that read what the footprint sees: `violates` names those that are false in the states of a class, in those of
/// them that are terminal or in the steps between two classes, whatever each is about; `reaches` the sometimes-properties
/// that are true there.
#[derive(Debug, Serialize)]
pub struct Quotient {
    /// `synod-quotient`.
    pub format: &'static str,
    /// The version of the format.
    pub version: u32,
    /// The name of the model.
    pub model: String,
    /// A one-line description of the model.
    pub description: String,
    /// What the nodes are seen through.
    pub footprint: String,
    /// The nodes' names, in the order of their ids.
    pub nodes: Vec<String>,
    /// The properties that are marked.
    pub properties: Vec<Marked>,
    /// The states of the model.
    #[serde(serialize_with = "crate::report::exact")]
    pub states: u128,
    /// The classes.
    pub classes: Vec<ClassNode>,
    /// The steps between classes.
    pub steps: Vec<ClassStep>,
}

/// The states that look alike.
#[derive(Debug, Serialize)]
pub struct ClassNode {
    /// Its number.
    pub id: usize,
    /// Transitions on a shortest path to the nearest of the states.
    pub depth: u64,
    /// True iff the model starts in one of them.
    pub initial: bool,
    /// How many there are.
    #[serde(serialize_with = "crate::report::exact")]
    pub states: u128,
    /// How many of them no transition leads out of.
    #[serde(serialize_with = "crate::report::exact")]
    pub terminal_states: u128,
    /// What is seen of each node, in words.
    pub seen: Vec<String>,
    /// The always-properties that are false there.
    pub violates: Vec<&'static str>,
    /// The sometimes-properties that are true there.
    pub reaches: Vec<&'static str>,
}

/// The steps from one class to another.
#[derive(Debug, Serialize)]
pub struct ClassStep {
    /// The class before.
    pub from: usize,
    /// The class after.
    pub to: usize,
    /// How many transitions lead from one to the other.
    #[serde(serialize_with = "crate::report::exact")]
    pub steps: u128,
    /// The always-properties that these steps violate.
    pub violates: Vec<&'static str>,
}

/// Why a model has no quotient.
#[derive(Debug, PartialEq, Eq)]
pub enum NoQuotient {
    /// The family has no such footprint, but these.
    NoFootprint(Vec<String>),
    /// The symbolic engine refuses the model.
    Refused(Refusal),
}

/// The quotient of a model by what the footprint with this name sees.
///
/// # Errors
/// If there is no such footprint, if the symbolic engine refuses the model, or if there are more than `most` classes.
pub fn quotient<F: Family>(
    model: &ModelFile<F>,
    footprint: &str,
    most: usize,
    gauges: &Arc<Control>,
) -> Result<Quotient, NoQuotient> {
    let footprints = F::Footprint::all();
    let named = footprints.iter().copied().find(|other| other.name() == footprint);
    let named = named.ok_or_else(|| NoQuotient::NoFootprint(footprints.iter().map(|other| other.name()).collect()))?;
    let system = Arc::new(model.spec.model());
    let observe = Arc::new(move |_: usize, local: &_| named.observe(local));
    let search = Search {
        model: system.clone(),
        boundary: F::boundary(&system.cfg),
        lenses: vec![Lens { observe, questions: Vec::new(), canonical: None }],
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads: 1,
        control: gauges.clone(),
    };
    let options = symbolic::Options { work: Points::default().work, ..Default::default() };
    let (outcome, found) = symbolic::quotient(search, options, most).map_err(NoQuotient::Refused)?;
    let (Stopped::Exhausted, Some(found)) = (outcome.stopped, found) else {
        return Err(NoQuotient::Refused(Refusal::Unsupported("its decision diagrams grow too large".into())));
    };
    let reading = model.spec.properties.iter().filter(|property| property.reads == named);
    let question = |property: &Property<F>| match property.question(&system.cfg) {
        Question::Seen(ask) => Some((*property, ask)),
        Question::Whole(_) | Question::Execution(_) => None,
    };
    let questions: Questions<F> = reading.filter_map(question).collect();
    let marked = |(property, _): &(Property<F>, Ask<Seen<F>>)| Marked {
        name: property.name,
        kind: property.kind.name(),
        statement: property.statement,
    };
    let (classes, steps) = numbered(found, &questions);
    Ok(Quotient {
        format: "synod-quotient",
        version: 1,
        model: model.name.clone(),
        description: model.spec.to_string(),
        footprint: named.name(),
        nodes: model.spec.roster().names().to_vec(),
        properties: questions.iter().map(marked).collect(),
        states: outcome.counts.unique_states,
        classes,
        steps,
    })
}

type Questions<F> = Vec<(Property<F>, Ask<Seen<F>>)>;

/// The classes and the steps in an order that is always the same.
fn numbered<F: Family>(
    found: symbolic::Quotient<Seen<F>>,
    questions: &Questions<F>,
) -> (Vec<ClassNode>, Vec<ClassStep>) {
    let words = |class: &Class<Seen<F>>| class.seen.iter().map(F::Footprint::words).collect::<Vec<_>>();
    let mut order: Vec<usize> = (0..found.classes.len()).collect();
    order.sort_by_cached_key(|&place| (found.classes[place].depth, words(&found.classes[place])));
    let mut number = vec![0; order.len()];
    order.iter().enumerate().for_each(|(id, &place)| number[place] = id);
    let node = |(id, &place): (usize, &usize)| {
        let class = &found.classes[place];
        let hits = |kind: Kind| -> Vec<&'static str> {
            let is_hit = |ask: &Ask<Seen<F>>| match ask {
                Ask::State(is_hit) => is_hit(&class.seen),
                Ask::Terminal(is_hit) => class.terminal_states > 0 && is_hit(&class.seen),
                Ask::Step(_) => false,
            };
            let hit = questions.iter().filter(|(property, ask)| property.kind == kind && is_hit(ask));
            hit.map(|(property, _)| property.name).collect()
        };
        ClassNode {
            id,
            depth: class.depth,
            initial: class.depth == 0,
            states: class.states,
            terminal_states: class.terminal_states,
            seen: words(class),
            violates: hits(Kind::Always),
            reaches: hits(Kind::Sometimes),
        }
    };
    let step = |&(from, to, steps): &(usize, usize, u128)| {
        let [before, after] = [from, to].map(|place| &found.classes[place].seen);
        let is_hit = |ask: &Ask<Seen<F>>| matches!(ask, Ask::Step(is_hit) if is_hit(before, after));
        let violated = questions.iter().filter(|(property, ask)| property.kind == Kind::Always && is_hit(ask));
        let violates = violated.map(|(property, _)| property.name).collect();
        ClassStep { from: number[from], to: number[to], steps, violates }
    };
    let mut steps: Vec<ClassStep> = found.steps.iter().map(step).collect();
    steps.sort_by_key(|step| (step.from, step.to));
    (order.iter().enumerate().map(node).collect(), steps)
}
