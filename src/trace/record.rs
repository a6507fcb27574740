//! Recording a path by executing it on stateright's `ActorModel`, and reading a saved trace by executing it again.

use super::action::ActionRecord;
use super::{Change, EnvelopeRecord, Step, Trace, FORMAT, MAX_STEPS, VERSION};
use crate::engine::{Action, State};
use crate::model_file::{nearest, InputError, Spec};
use crate::properties::{self, Kind, Property};
use crate::protocols::single_decree::{Model, Node};
use crate::vocabulary::{Message, Roster};
use crate::why;
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::BTreeMap;
use std::fmt;

/// Why a path is not one of the model, or does not settle the property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The step, counted from 1; `None` if it is about the path as a whole.
    pub step: Option<usize>,
    /// What does not fit.
    pub what: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What a path is recorded for.
#[derive(Clone, Copy)]
pub enum Claim<'a> {
    /// It settles this property at its end.
    Settles(&'a Property),
    /// It is a path of the model: what a run on real sockets is, once its logs conform.
    Conforms,
}

/// The name and the verdict of a trace that settles no property.
const RUN: (&str, &str) = ("run", "conforms");

impl Claim<'_> {
    fn name(self) -> &'static str {
        match self {
            Claim::Settles(property) => property.name,
            Claim::Conforms => RUN.0,
        }
    }

    fn verdict(self) -> &'static str {
        match self {
            Claim::Settles(Property { kind: Kind::Always, .. }) => "violated",
            Claim::Settles(Property { kind: Kind::Sometimes, .. }) => "reached",
            Claim::Conforms => RUN.1,
        }
    }

    fn statement(self) -> &'static str {
        match self {
            Claim::Settles(property) => property.statement,
            Claim::Conforms => "every logged event is a step of the model",
        }
    }
}

/// Executes a path on stateright's model of the spec, step by step, and records it.
///
/// # Errors
/// If a step is not enabled where it is taken, or if the path is not what it is claimed to be at the end.
pub fn record(
    name: &str,
    spec: &Spec,
    claim: Claim,
    actions: &[Action<Node>],
    shortest: bool,
) -> Result<Trace, Misfit> {
    let model = spec.model();
    let roster = spec.setup().roster();
    let mut states = model.init_states();
    let mut steps = Vec::with_capacity(actions.len());
    for (index, action) in actions.iter().enumerate() {
        let last = states.last().expect("there is an initial state");
        let next = take(&model, last, action).ok_or_else(|| Misfit {
            step: Some(index + 1),
            what: format!("\"{}\" is not enabled here", ActionRecord::new(action, &roster)),
        })?;
        steps.push(step(action, last, &next, &roster));
        states.push(next);
    }
    let is_so = match claim {
        Claim::Settles(property) => property.is_settled_by(&model, &states),
        Claim::Conforms => true,
    };
    if !is_so {
        let what = format!("the path does not show that {} is {}", claim.name(), claim.verdict());
        return Err(Misfit { step: None, what });
    }
    let (evidence, cause) = match claim {
        Claim::Settles(property) => {
            (property.evidence_of(&model.cfg, &states), why::cause(spec, property, actions, &states))
        }
        Claim::Conforms => (Vec::new(), None),
    };
    Ok(Trace {
        format: FORMAT.into(),
        version: VERSION,
        name: name.into(),
        model: spec.to_json(),
        property: claim.name().into(),
        verdict: claim.verdict().into(),
        statement: claim.statement().into(),
        shortest,
        evidence,
        cause,
        found_by: None,
        shrunk_from: None,
        nodes: (0..roster.len()).map(|index| roster.name(index.into())).collect(),
        initial: states[0].actor_states.iter().map(|local| local.to_string()).collect(),
        in_flight: sent_at_first(&states[0], &roster),
        steps,
    })
}

/// Reads a saved trace and executes it again, on the model that it carries. Its reasons are not read but
/// derived again, and so is every text of a trace of an earlier version, which may be worded differently.
///
/// # Errors
/// If the text is no trace, or the trace does not fit its model: a step is not enabled, a recorded state differs, the
/// property is not settled.
pub fn read(place: &str, text: &str) -> Result<(Trace, Spec), InputError> {
    let error = |what: String| InputError::new(place, what);
    let trace: Trace = serde_json::from_str(text)
        .map_err(|e| InputError::new(format!("{place}:{}", e.line().max(1)), format!("not a {FORMAT} file: {e}")))?;
    if trace.format != FORMAT || !(1..=VERSION).contains(&trace.version) {
        let (format, version) = (&trace.format, trace.version);
        let what = format!("format {format:?} version {version}, expected {FORMAT:?} version 1 to {VERSION}");
        return Err(error(what));
    }
    if trace.steps.len() > MAX_STEPS {
        return Err(error(format!("{} steps, expected at most {MAX_STEPS}", trace.steps.len())));
    }
    let spec = Spec::from_json(&format!("{place}: model"), &trace.model)?;
    let property = properties::registered(&spec.setup()).find(|property| property.name == trace.property);
    let claim = if trace.property == RUN.0 { Some(Claim::Conforms) } else { property.map(Claim::Settles) };
    let claim = claim.ok_or_else(|| {
        let names: Vec<_> = properties::registered(&spec.setup()).map(|property| property.name).collect();
        let near = nearest(&trace.property, names.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        error(format!("property {:?} is not one of the model's: {}{hint}", trace.property, names.join(", ")))
    })?;
    let roster = spec.setup().roster();
    let actions: Vec<_> = (1..)
        .zip(&trace.steps)
        .map(|(number, step)| step.action.action(&roster).map_err(|what| error(format!("step {number}: {what}"))))
        .collect::<Result<_, _>>()?;
    let mut again = record(&trace.name, &spec, claim, &actions, trace.shortest)
        .map_err(|misfit| error(format!("the trace does not fit its model: {misfit}")))?;
    again.found_by.clone_from(&trace.found_by);
    again.shrunk_from = trace.shrunk_from;
    match difference(&trace, &again) {
        Some(what) => Err(error(format!("the trace does not fit its model: {what}"))),
        None => Ok((again, spec)),
    }
}

/// The first place at which a saved trace differs from its re-execution.
fn difference(saved: &Trace, again: &Trace) -> Option<String> {
    if saved.version < VERSION {
        return (saved.verdict != again.verdict).then(|| "its verdict is not the model's".into());
    }
    for (number, (saved, again)) in (1..).zip(saved.steps.iter().zip(&again.steps)) {
        if saved.change != again.change {
            let shown = |change: &Option<Change>| match change {
                Some(change) => format!("{} becomes {}", change.node, change.after),
                None => "no state changes".into(),
            };
            return Some(format!("step {number}: {}, the trace says {}", shown(&again.change), shown(&saved.change)));
        }
        if saved.sent != again.sent {
            return Some(format!("step {number}: the messages sent differ"));
        }
    }
    // The statement may have been reworded since the trace was saved; the reasons are derived again.
    let rest = |trace: &Trace| Trace {
        steps: Vec::new(),
        model: serde_json::Value::Null,
        statement: String::new(),
        evidence: Vec::new(),
        cause: None,
        ..trace.clone()
    };
    (rest(saved) != rest(again)).then(|| "its initial state, property or verdict is not the model's".into())
}

/// The state after an action, if the action is enabled.
fn take(model: &Model, state: &State<Node, ()>, action: &Action<Node>) -> Option<State<Node, ()>> {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let enabled = actions.into_iter().find(|enabled| enabled == action)?;
    model.next_state(state, enabled).filter(|next| model.within_boundary(next))
}

fn sent_at_first(state: &State<Node, ()>, roster: &Roster) -> Vec<EnvelopeRecord> {
    in_flight(state, roster).into_iter().flat_map(|(envelope, count)| std::iter::repeat_n(envelope, count)).collect()
}

/// The record of a step.
pub(crate) fn step(action: &Action<Node>, before: &State<Node, ()>, after: &State<Node, ()>, roster: &Roster) -> Step {
    let shown = |state: &State<Node, ()>, index: usize| {
        let crashed = if state.crashed[index] { " (crashed)" } else { "" };
        format!("{}{crashed}", state.actor_states[index])
    };
    let change = (0..roster.len()).find_map(|index| {
        let (before, after) = (shown(before, index), shown(after, index));
        (before != after).then(|| Change { node: roster.name(index.into()), before, after })
    });
    Step { action: ActionRecord::new(action, roster), change, sent: sent(action, before, after, roster) }
}

/// The messages that a step put in flight. On a duplicating network, one already in flight does not count.
fn sent(
    action: &Action<Node>,
    before: &State<Node, ()>,
    after: &State<Node, ()>,
    roster: &Roster,
) -> Vec<EnvelopeRecord> {
    let mut before = in_flight(before, roster);
    let stays = matches!(after.network, Network::UnorderedDuplicating(..));
    let consumed = match action {
        ActorModelAction::Deliver { src, dst, msg } if !stays => Some(envelope_record(*src, *dst, msg, roster)),
        ActorModelAction::Drop(Envelope { src, dst, msg }) => Some(envelope_record(*src, *dst, msg, roster)),
        _ => None,
    };
    if let Some(count) = consumed.and_then(|envelope| before.get_mut(&envelope)) {
        *count -= 1;
    }
    let more = |(envelope, count): (EnvelopeRecord, usize)| {
        let earlier = before.get(&envelope).copied().unwrap_or(0);
        std::iter::repeat_n(envelope, count.saturating_sub(earlier))
    };
    in_flight(after, roster).into_iter().flat_map(more).collect()
}

/// The messages in flight, with how often each is.
pub(crate) fn in_flight(state: &State<Node, ()>, roster: &Roster) -> BTreeMap<EnvelopeRecord, usize> {
    let envelopes = why::envelopes(state).into_iter();
    envelopes.map(|((src, dst, message), count)| (envelope_record(src, dst, &message, roster), count)).collect()
}

fn envelope_record(src: Id, dst: Id, message: &Message, roster: &Roster) -> EnvelopeRecord {
    EnvelopeRecord { from: roster.name(src), to: roster.name(dst), message: message.to_string() }
}
