//! Recording a path by executing it on stateright's `ActorModel`, and reading a saved trace by executing it again.

use super::{Change, Step, Trace, Wording, FORMAT, MAX_STEPS, VERSION};
use crate::family::{Action, Family, Global, Kind, Property, Reason, Spec, System};
use crate::input::{nearest, InputError};
use crate::model_file::from_json;
use crate::why;
use serde::Deserialize;
use serde_json::Value;
use stateright::Model as _;
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
pub enum Claim<F: Family> {
    /// It settles this property at its end.
    Settles(Property<F>),
    /// It is a counterexample to this property of executions, when this many of its last steps repeat for ever.
    Repeats(Property<F>, usize),
    /// It is a path of the model: what a run on real sockets is, once its logs conform.
    Conforms,
}

/// The name and the verdict of a trace that settles no property.
const RUN: (&str, &str) = ("run", "conforms");

impl<F: Family> Claim<F> {
    fn name(&self) -> &'static str {
        match self {
            Claim::Settles(property) | Claim::Repeats(property, _) => property.name,
            Claim::Conforms => RUN.0,
        }
    }

    fn verdict(&self) -> &'static str {
        match self {
            Claim::Settles(property) | Claim::Repeats(property, _) => property.kind.settled(),
            Claim::Conforms => RUN.1,
        }
    }

    fn statement(&self) -> &'static str {
        match self {
            Claim::Settles(property) | Claim::Repeats(property, _) => property.statement,
            Claim::Conforms => "every logged event is a step of the model",
        }
    }

    /// What is wrong with the claim, as the end of a sentence; `None` if the path is what it is claimed to be.
    fn excuse(&self, model: &System<F>, actions: &[Action<F>], states: &[Global<F>]) -> Option<String> {
        match self {
            Claim::Repeats(property, repeats) => {
                property.excuse(model, actions, states, *repeats).map(|excuse| format!(": {excuse}"))
            }
            Claim::Settles(property) => (!property.is_settled_by(model, states)).then(String::new),
            Claim::Conforms => None,
        }
    }
}

/// Why nothing more happens than a path of this many steps shows.
fn endless<F: Family>(property: &Property<F>, steps: usize, repeats: usize) -> Option<Reason> {
    let begin = steps.checked_sub(repeats)?;
    Some(match (property.kind, repeats) {
        (Kind::AlwaysPossibly, _) => {
            Reason::new(format!("nothing that can follow step {steps} leads to such a state"), [steps])
        }
        (_, 0) => Reason::new(format!("after step {steps} nothing is due: no delivery, timer or choice is possible"), [steps]),
        (_, 1) => Reason::new(
            format!("step {steps} leaves the state as it is and may repeat for ever: nothing that stays possible is put off"),
            [steps],
        ),
        _ => Reason::new(
            format!(
                "steps {} to {steps} lead back to the state after step {begin} and may repeat for ever: nothing that stays possible is put off",
                begin + 1
            ),
            begin + 1..=steps,
        ),
    })
}

/// Executes a path on stateright's model of the spec, step by step, and records it.
///
/// # Errors
/// If a step is not enabled where it is taken, or if the path is not what it is claimed to be at the end.
pub fn record<F: Family>(
    name: &str,
    spec: &Spec<F>,
    claim: Claim<F>,
    actions: &[Action<F>],
    shortest: bool,
) -> Result<Trace, Misfit> {
    let recorder = Recorder::new(spec);
    let pick = |place: usize, state: &Global<F>| {
        let action = &actions[place];
        let not_enabled = || format!("\"{}\" is not enabled here", recorder.wording.action(state, action));
        recorder.enabled(state).contains(action).then(|| action.clone()).ok_or_else(not_enabled)
    };
    recorder.record(name, claim, actions.len(), pick, shortest)
}

/// Records paths of a model.
struct Recorder<'a, F: Family> {
    spec: &'a Spec<F>,
    model: System<F>,
    wording: Wording<F>,
}

impl<'a, F: Family> Recorder<'a, F> {
    fn new(spec: &'a Spec<F>) -> Self {
        let model = spec.model();
        Recorder { spec, wording: Wording::new(&model), model }
    }

    fn enabled(&self, state: &Global<F>) -> Vec<Action<F>> {
        let mut enabled = Vec::new();
        self.model.actions(state, &mut enabled);
        enabled
    }

    /// The enabled action that a trace names.
    fn named(&self, state: &Global<F>, step: &Step) -> Result<Action<F>, String> {
        let mut alike =
            self.enabled(state).into_iter().filter(|action| self.wording.action(state, action) == step.action);
        alike.nth(step.alike).ok_or_else(|| format!("\"{}\" is not enabled here", step.action))
    }

    /// Executes as many steps, each picked in the state before it.
    fn record(
        &self,
        name: &str,
        claim: Claim<F>,
        length: usize,
        mut pick: impl FnMut(usize, &Global<F>) -> Result<Action<F>, String>,
        shortest: bool,
    ) -> Result<Trace, Misfit> {
        let (spec, model) = (self.spec, &self.model);
        let mut states = model.init_states();
        states.truncate(1);
        let (mut steps, mut actions) = (Vec::with_capacity(length), Vec::with_capacity(length));
        for place in 0..length {
            let last = states.last().expect("there is an initial state");
            let misfit = |what| Misfit { step: Some(place + 1), what };
            let action = pick(place, last).map_err(misfit)?;
            let next = model.next_state(last, action.clone()).filter(|next| model.within_boundary(next));
            let no_step = || misfit(format!("\"{}\" is not enabled here", self.wording.action(last, &action)));
            let next = next.ok_or_else(no_step)?;
            let alike = self.wording.alike(model, last, &action);
            steps.push(Step { alike, ..self.wording.step(&action, last, &next) });
            states.push(next);
            actions.push(action);
        }
        if let Some(excuse) = claim.excuse(model, &actions, &states) {
            let what = format!("the path does not show that {} is {}{excuse}", claim.name(), claim.verdict());
            return Err(Misfit { step: None, what });
        }
        let (evidence, cause, repeats) = match &claim {
            Claim::Repeats(property, repeats) => {
                let evidence = endless(property, actions.len(), *repeats).into_iter();
                (evidence.chain(property.evidence_of(&model.cfg, &states)).collect(), None, *repeats)
            }
            Claim::Settles(property) => {
                (property.evidence_of(&model.cfg, &states), why::cause(spec, property, &actions, &states), 0)
            }
            Claim::Conforms => (Vec::new(), None, 0),
        };
        Ok(Trace {
            format: FORMAT.into(),
            version: VERSION,
            name: name.into(),
            description: spec.to_string(),
            model: spec.to_json(),
            property: claim.name().into(),
            verdict: claim.verdict().into(),
            statement: claim.statement().into(),
            shortest,
            evidence,
            cause,
            found_by: None,
            shrunk_from: None,
            nodes: self.wording.roster.names().to_vec(),
            initial: self.wording.locals(&states[0]),
            in_flight: self.wording.each_in_flight(&states[0]),
            steps,
            repeats,
        })
    }
}

/// The parts of a trace of any version that say what it is.
#[derive(Deserialize)]
struct Saved {
    format: String,
    version: u32,
}

/// The model of a text that is a trace, of whatever version; `None` if it is none.
pub fn carried_model(text: &str) -> Option<Value> {
    #[derive(Deserialize)]
    struct Marked {
        format: String,
        model: Value,
    }
    let Marked { format, model } = serde_json::from_str(text).ok()?;
    (format == FORMAT).then_some(model)
}

/// A trace of version 1 or 2, as far as it is read: its texts are made anew.
#[derive(Deserialize)]
struct Earlier {
    name: String,
    model: Value,
    property: String,
    verdict: String,
    shortest: bool,
    found_by: Option<String>,
    shrunk_from: Option<usize>,
    steps: Vec<EarlierStep>,
}

#[derive(Deserialize)]
struct EarlierStep {
    action: Value,
}

/// Reads a saved trace and executes it again, on the model that it carries. Its reasons are not read but
/// derived again, and so is every text of a trace of an earlier version, which may be worded differently.
///
/// # Errors
/// If the text is no trace, or the trace does not fit its model: a step is not enabled, a recorded state differs, the
/// property is not settled.
pub fn read<F: Family>(place: &str, text: &str) -> Result<(Trace, Spec<F>), InputError> {
    let error = |what: String| InputError::new(place, what);
    let unreadable = |e: serde_json::Error| {
        InputError::new(format!("{place}:{}", e.line().max(1)), format!("not a {FORMAT} file: {e}"))
    };
    let Saved { format, version } = serde_json::from_str(text).map_err(unreadable)?;
    if format != FORMAT || !(1..=VERSION).contains(&version) {
        let what = format!("format {format:?} version {version}, expected {FORMAT:?} version 1 to {VERSION}");
        return Err(error(what));
    }
    if version < VERSION {
        return read_earlier(place, serde_json::from_str(text).map_err(unreadable)?);
    }
    let trace: Trace = serde_json::from_str(text).map_err(unreadable)?;
    require_length(place, trace.steps.len())?;
    let (spec, _) = from_json(&format!("{place}: model"), &trace.model)?;
    let recorder = Recorder::new(&spec);
    let claim = claim(place, &recorder, &trace.property, trace.repeats)?;
    let pick = |step: usize, state: &Global<F>| recorder.named(state, &trace.steps[step]);
    let mut again = recorder
        .record(&trace.name, claim, trace.steps.len(), pick, trace.shortest)
        .map_err(|misfit| error(format!("the trace does not fit its model: {misfit}")))?;
    again.found_by.clone_from(&trace.found_by);
    again.shrunk_from = trace.shrunk_from;
    match difference(&trace, &again) {
        Some(what) => Err(error(format!("the trace does not fit its model: {what}"))),
        None => Ok((again, spec)),
    }
}

fn read_earlier<F: Family>(place: &str, trace: Earlier) -> Result<(Trace, Spec<F>), InputError> {
    let error = |what: String| InputError::new(place, what);
    require_length(place, trace.steps.len())?;
    let (spec, _) = from_json(&format!("{place}: model"), &trace.model)?;
    let recorder = Recorder::new(&spec);
    let claim = claim(place, &recorder, &trace.property, 0)?;
    let action = |(number, step): (usize, &EarlierStep)| {
        F::earlier_action(&recorder.model.cfg, &step.action).map_err(|what| error(format!("step {number}: {what}")))
    };
    let actions = (1..).zip(&trace.steps).map(action).collect::<Result<Vec<_>, _>>()?;
    let again = record(&trace.name, &spec, claim, &actions, trace.shortest)
        .map_err(|misfit| error(format!("the trace does not fit its model: {misfit}")))?;
    if trace.verdict != again.verdict {
        return Err(error("the trace does not fit its model: its verdict is not the model's".into()));
    }
    let again = Trace { found_by: trace.found_by, shrunk_from: trace.shrunk_from, ..again };
    drop(recorder);
    Ok((again, spec))
}

fn require_length(place: &str, steps: usize) -> Result<(), InputError> {
    if steps > MAX_STEPS {
        return Err(InputError::new(place, format!("{steps} steps, expected at most {MAX_STEPS}")));
    }
    Ok(())
}

/// What a trace of this property claims.
fn claim<F: Family>(place: &str, recorder: &Recorder<F>, name: &str, repeats: usize) -> Result<Claim<F>, InputError> {
    if name == RUN.0 {
        return Ok(Claim::Conforms);
    }
    let known = Property::of(&recorder.model);
    let property = known.iter().find(|property| property.name == name);
    let of = |property: &Property<F>| match property.kind.temporal() {
        Some(_) => Claim::Repeats(*property, repeats),
        None => Claim::Settles(*property),
    };
    property.map(of).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|property| property.name).collect();
        let near = nearest(name, names.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        let what = format!("property {name:?} is not one of the model's: {}{hint}", names.join(", "));
        InputError::new(place, what)
    })
}

/// The first place at which a saved trace says something else than its re-execution.
fn difference(saved: &Trace, again: &Trace) -> Option<String> {
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
