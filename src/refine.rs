//! Whether every step of a model is a step of the specification, or none of its, and whether what its users rely on holds on
//! both. It checks models, and evaluates nothing itself.

use crate::check::{check, CheckError, Checked, Options};
use crate::engine::Control;
use crate::family::{Environment, Family, Refinement};
use crate::model_file::ModelFile;
use crate::report::{thousands, Case, PropertyResult, Verdict};
use crate::terminal::{line, BAD, DOUBT, GOOD, PLAIN};
use crate::trace;
use std::fmt;
use std::sync::Arc;

/// What was found of a refinement.
pub struct Refined {
    /// The specification in words.
    pub specification: &'static str,
    /// The property that says that the model refines it.
    pub property: &'static str,
    /// The properties that carry over.
    pub carried: &'static [&'static str],
    /// What was found of the model.
    pub concrete: Checked,
    /// What was found of the same users on the specification itself, if it has users.
    pub abstractly: Option<Checked>,
}

/// Why a refinement is not decided.
#[derive(Debug)]
pub enum RefineError {
    /// The family of this name has no specification for the protocol.
    NoSpecification(&'static str),
    /// The model does not check the property of this name that says it.
    Unchecked(&'static str),
    /// A model could not be explored.
    Check(CheckError),
}

impl fmt::Display for RefineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RefineError::NoSpecification(family) => write!(f, "the family {family} has no specification to refine"),
            RefineError::Unchecked(property) => write!(f, "check.properties lacks {property:?}, which says it"),
            RefineError::Check(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RefineError {}

/// Decides whether a model refines the specification of its family.
///
/// # Errors
/// If there is no specification, or the engine refuses a model or fails.
pub fn refine<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
) -> Result<Refined, RefineError> {
    let refinement = F::refinement(&model.spec.setup).ok_or(RefineError::NoSpecification(F::NAME))?;
    let Refinement { specification, property, carried, abstractly } = refinement;
    let restricted = |mut model: ModelFile<F>| {
        model.spec.properties.retain(|checked| checked.name == property || carried.contains(&checked.name));
        model
    };
    let concrete = restricted(model.clone());
    if concrete.spec.properties.iter().all(|checked| checked.name != property) {
        return Err(RefineError::Unchecked(property));
    }
    let checked = |model: &ModelFile<F>| check(model, options, control).map_err(RefineError::Check);
    let users = abstractly.map(|setup| {
        let environment = Some(model.spec.environment).filter(|surroundings| F::admits(&setup, surroundings).is_ok());
        let mut users = restricted(ModelFile { spec: model.spec.with(setup), expect: Vec::new(), ..model.clone() });
        users.spec.environment = environment.unwrap_or(Environment::DEFAULT);
        users.name += " on the specification";
        users
    });
    let concrete = checked(&concrete)?;
    let abstractly = users.map(|users| checked(&users)).transpose()?;
    Ok(Refined { specification, property, carried, concrete, abstractly })
}

impl Refined {
    /// Each property that carries over, with what was found of it on the protocol and on the specification.
    fn pairs(&self) -> Vec<(&PropertyResult, &PropertyResult)> {
        let Some(abstractly) = &self.abstractly else { return Vec::new() };
        let of = |checked: &'_ Checked, name: &str| checked.case.properties.iter().position(|one| one.name == name);
        let both = self.carried.iter().filter_map(|name| Some((of(&self.concrete, name)?, of(abstractly, name)?)));
        let (concrete, abstractly) = (&self.concrete.case.properties, &abstractly.case.properties);
        both.map(|(one, other)| (&concrete[one], &abstractly[other])).collect()
    }
}

/// A refinement in at most this many columns: the verdict, the first step that is no step of the specification, and what
/// carries over.
pub fn render(refined: &Refined, width: usize) -> String {
    let case = &refined.concrete.case;
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &case.description);
    line(&mut text, PLAIN, "refines?", refined.specification);
    for result in case.properties.iter().filter(|result| result.name == refined.property) {
        let steps = format!("{} states, {}", thousands(case.counts.unique_states), explored(case));
        let (style, label) = match result.verdict {
            Verdict::Violated => (BAD, "BROKEN"),
            Verdict::Holds => (GOOD, "refines"),
            _ => (DOUBT, "unknown"),
        };
        let vacuous = if result.vacuous { "; vacuously, as nothing is ever decided" } else { "" };
        line(&mut text, style, label, &format!("{} ({steps}){vacuous}", result.with_length()));
    }
    let broken = refined.concrete.traces.iter().find(|trace| trace.property == refined.property);
    if let Some(trace) = broken {
        text += &trace::render_diagram(trace, width);
        text += &trace::render_reasons(trace);
    }
    for (own, other) in refined.pairs() {
        let (style, label) = if own.verdict == other.verdict { (GOOD, "carries") } else { (BAD, "DIFFERS") };
        let what =
            format!("{}: {} on the protocol, {} on the specification", own.name, own.described(), other.described());
        line(&mut text, style, label, &what);
    }
    for surprise in case.unexpected() {
        let what = format!("{} expected {}, found {}", surprise.name, surprise.expected, surprise.found);
        line(&mut text, BAD, "UNEXPECTED", &what);
    }
    text
}

fn explored(case: &Case) -> String {
    if case.complete {
        "exhausted".into()
    } else {
        format!("INCOMPLETE ({})", case.stopped)
    }
}
