//! A counterexample to induction beside the model: executed on stateright's own, recorded, and looked for among the
//! reachable states.

use super::formula::State;
use super::questions::Step;
use super::tables::{Event, Exact, Tables};
use crate::engine::{self, Ask, Goal, Lens, Limits, Search, Stopped, Strategy};
use crate::family::{envelopes, Action, Delivery, Environment, Family, Global, Induction, Local, Message, Spec};
use crate::trace::{Reason, Trace, Wording, FORMAT, VERSION};
use serde::Serialize;
use stateright::actor::{ActorModel, ActorModelAction, Envelope, Network, Timers};
use stateright::{Expectation, Model as _};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whether a state is reachable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reachable {
    /// Some path leads to it.
    Yes,
    /// No path leads to it: every reachable state was explored.
    No,
    /// There are too many states to say.
    Unknown,
}

/// The model whose states the ones here are: its network loses nothing and repeats everything.
pub fn growing<F: Family>(spec: &Spec<F>) -> Spec<F> {
    let environment =
        Environment { delivery: Delivery::UnorderedDuplicating, sends: spec.environment.sends, ..Environment::DEFAULT };
    Spec { environment, ..spec.clone() }
}

/// A step as stateright takes it.
pub struct Executed<F: Family> {
    before: Global<F>,
    action: Action<F>,
    after: Global<F>,
}

/// Takes a step on stateright's model.
///
/// # Errors
/// If stateright takes another step, or none: a fault of this program and no verdict.
pub fn execute<F: Family>(
    spec: &Spec<F>,
    tables: &Tables<F>,
    induction: &Induction<F>,
    step: &Step<F>,
) -> Result<Executed<F>, String> {
    let model = spec.model();
    let first = model.init_states().swap_remove(0);
    let [before, wanted] = [&step.before, &step.after].map(|state| global(&first, tables, induction, state));
    let action = match &step.event {
        Event::Deliver(message) => {
            let Envelope { src, dst, msg } = tables.messages[*message as usize].clone();
            ActorModelAction::Deliver { src, dst, msg }
        }
        Event::Timeout(node, timer) => ActorModelAction::Timeout((*node).into(), timer.clone()),
    };
    let mut enabled = Vec::new();
    model.actions(&before, &mut enabled);
    if !enabled.contains(&action) {
        return Err("the step is not enabled".into());
    }
    let after = model.next_state(&before, action.clone()).ok_or("the step changes nothing")?;
    let is_same = after.actor_states == wanted.actor_states
        && after.timers_set == wanted.timers_set
        && envelopes::<F>(&after.network) == envelopes::<F>(&wanted.network);
    is_same.then_some(Executed { before, action, after }).ok_or_else(|| "the step leads to another state".into())
}

/// A state as stateright has it.
fn global<F: Family>(first: &Global<F>, tables: &Tables<F>, induction: &Induction<F>, state: &State) -> Global<F> {
    let mut global = first.clone();
    for (node, number) in state.locals.iter().enumerate() {
        let (Exact(local), timers) = &tables.locals[node][*number as usize];
        let mut local = local.clone();
        let facts = state.facts.iter().map(|fact| &induction.facts[*fact as usize]);
        facts.filter(|fact| usize::from(fact.node) == node).for_each(|fact| (fact.add_to)(&mut local));
        global.actor_states[node] = Arc::new(local);
        let mut set = Timers::new();
        for timer in timers {
            set.set(timer.clone());
        }
        global.timers_set[node] = set;
    }
    let sent = state.sent.iter().map(|message| tables.messages[*message as usize].clone());
    global.network = Network::new_unordered_duplicating(sent);
    global
}

/// What a counterexample shows.
pub struct Shown<'a> {
    /// The name of the model.
    pub model: &'a str,
    /// The conjunct that it breaks.
    pub conjunct: &'a str,
    /// The conjunct in words.
    pub statement: &'a str,
    /// What else there is to say.
    pub evidence: Vec<String>,
}

impl<F: Family> Executed<F> {
    /// The step in the form of a trace, from its state on: one that does not begin where runs do.
    pub fn record(&self, spec: &Spec<F>, shown: Shown) -> Trace {
        let wording: Wording<F> = Wording::new(&spec.model());
        let step = wording.step(&self.action, &self.before, &self.after);
        Trace {
            format: FORMAT.into(),
            version: VERSION,
            name: shown.model.into(),
            description: spec.to_string(),
            model: spec.to_json(),
            property: shown.conjunct.into(),
            verdict: "violated".into(),
            statement: shown.statement.into(),
            shortest: true,
            evidence: shown.evidence.into_iter().map(|text| Reason::new(text, [1])).collect(),
            cause: None,
            found_by: None,
            shrunk_from: None,
            nodes: wording.roster.names().to_vec(),
            initial: wording.locals(&self.before),
            in_flight: wording.each_in_flight(&self.before),
            steps: vec![step],
            repeats: 0,
        }
    }

    /// Whether the state before the step is reachable in the model. First its local states are looked for, then the
    /// whole of it where the network repeats everything.
    pub fn reachable(&self, spec: &Spec<F>) -> Reachable {
        let locals: Vec<Local<F>> = self.before.actor_states.iter().map(|local| (**local).clone()).collect();
        match locals_reachable(spec, locals.clone()) {
            Reachable::No => Reachable::No,
            Reachable::Yes | Reachable::Unknown => {
                let sent = envelopes::<F>(&self.before.network).into_keys().collect();
                whole_reachable(spec, Target { locals, sent })
            }
        }
    }
}

/// A state is looked for among this many at most.
const MOST_STATES: u64 = 300_000;

fn limits() -> Limits {
    Limits { max_states: Some(MOST_STATES), ..Limits::default() }
}

fn locals_reachable<F: Family>(spec: &Spec<F>, locals: Vec<Local<F>>) -> Reachable {
    let locals: Vec<_> = locals.into_iter().map(Exact).collect();
    let question = Ask::State(Arc::new(move |seen: &[Exact<Local<F>>]| seen == locals));
    let model = spec.model();
    let outcome = engine::components::run(Search {
        boundary: F::boundary(&model.cfg),
        model: Arc::new(model),
        judges: Vec::new(),
        lenses: vec![Lens {
            observe: Arc::new(|_, local: &Local<F>| Exact(local.clone())),
            questions: vec![question],
            canonical: None,
        }],
        strategy: Strategy::Bfs,
        limits: limits(),
        goal: Goal(vec![vec![0]]),
        threads: 1,
        control: Arc::default(),
    });
    match outcome {
        Ok(outcome) if outcome.hits[0].is_some() => Reachable::Yes,
        Ok(outcome) if outcome.stopped == Stopped::Exhausted => Reachable::No,
        _ => Reachable::Unknown,
    }
}

/// A state to look for.
struct Target<F: Family> {
    locals: Vec<Local<F>>,
    sent: BTreeSet<Envelope<Message<F>>>,
}

fn whole_reachable<F: Family>(spec: &Spec<F>, target: Target<F>) -> Reachable {
    let model = growing(spec).model();
    let model = ActorModel::new(Arc::new(target), ()).actors(model.actors).init_network(model.init_network).property(
        Expectation::Sometimes,
        "target",
        |model: &ActorModel<F::Node, Arc<Target<F>>>, state| {
            let target = &model.cfg;
            let is_there = target.locals.iter().zip(&state.actor_states).all(|(wanted, local)| *wanted == **local);
            is_there && envelopes::<F>(&state.network).into_keys().eq(target.sent.iter().cloned())
        },
    );
    match engine::check(model).limits(limits()).run().ok().and_then(|report| report.verdict("target")) {
        Some(engine::Verdict::Reached) => Reachable::Yes,
        Some(engine::Verdict::Unreached) => Reachable::No,
        _ => Reachable::Unknown,
    }
}
