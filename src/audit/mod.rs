//! What the properties of a model are worth: every mutation of a single rule is checked, and what no property notices is
//! named. A mutant is a model like any other; it is judged by what is demanded of the model that it was made of.

mod graphs;

pub use graphs::{compare, Compared};

use crate::check::{self, check, CheckError, Checked, MUTANTS_ARE};
use crate::engine::{Control, Limits};
use crate::family::{Family, Kind, Rule, Spec};
use crate::input::{did_you_mean, nearest};
use crate::model_file::{demand, Expected, Fate, ModelFile, Wanted};
use crate::report::{command_for, Audit, Broken, Case, Demanded, Larger, Mutant, Pin, PropertyResult};
use crate::report::{Refused, Standing, Verdict};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How an audit is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// How each mutant is checked.
    pub check: check::Options,
    /// The rules that are mutated, or single edits of them as in `accept_guard=always`; all of them if none is named.
    pub rules: Vec<String>,
    /// How long the survivors are checked at each larger size, if they are.
    pub grow: Option<Duration>,
}

/// Why there is no audit.
#[derive(Debug)]
pub enum AuditError {
    /// The protocol has no rules: those of this family, or in this model.
    NoRules,
    /// It has no rule of the name that was asked for, or the rule has no such other value.
    NoSuchRule {
        /// The name, with the value if one was asked for.
        asked: String,
        /// What there is instead.
        known: Vec<String>,
    },
    /// A model could not be explored: the model itself, or the mutant with this edit.
    Check(String, CheckError),
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuditError::NoRules => f.write_str("its protocol has no rules, so it has no mutants"),
            AuditError::NoSuchRule { asked, known } => {
                let near = did_you_mean(nearest(asked, known.iter().map(String::as_str)));
                write!(f, "--rule {asked}, expected one of {}{near}", known.join(", "))
            }
            AuditError::Check(edit, error) if edit.is_empty() => error.fmt(f),
            AuditError::Check(edit, error) => write!(f, "{edit}: {error}"),
        }
    }
}

impl std::error::Error for AuditError {}

/// Checks a model and its mutants, and says beforehand which. A model that is not as expected has no audit: what kills
/// nothing in it would mean nothing.
///
/// # Errors
/// If there are no mutants, or the engine refuses a model or fails.
pub fn audit<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
    begin: &mut dyn FnMut(&str),
) -> Result<Checked, AuditError> {
    let edits = edits(model, &options.rules)?;
    begin("the model itself");
    let mut checked = check(model, &options.check, control).map_err(|error| AuditError::Check(String::new(), error))?;
    if checked.case.standing() != Standing::Expected {
        return Ok(checked);
    }
    let demanded = demanded(model);
    let auditor = Auditor { model, options, control, case: &checked.case, demanded: &demanded };
    let (mut mutants, mut refused) = (Vec::new(), Vec::new());
    for (number, (rule, value)) in (1..).zip(&edits) {
        let edit = format!("{}={value}", rule.name);
        begin(&format!("{number} of {}: {edit}", edits.len()));
        match model.mutant(rule.name, value) {
            Err(error) => {
                let said = format!("protocol.rules.{} = {value:?} makes no sense: ", rule.name);
                let why = error.what.strip_prefix(&said).unwrap_or(&error.what).to_string();
                refused.push(Refused { edit, why });
            }
            Ok(mutant) => mutants.push(auditor.judge(edit, rule.value, &mutant)?),
        }
    }
    if let Some(limit) = options.grow {
        auditor.grow(limit, &mut mutants, begin)?;
    }
    let audit = Audit::new(demanded, mutants, refused);
    let of_mutants = pins(model, &audit);
    checked.case.notes.retain(|note| !note.starts_with(MUTANTS_ARE));
    if options.rules.is_empty() {
        checked.case.pins.extend(of_mutants);
    } else if !of_mutants.is_empty() {
        checked.case.notes.push("the demanded numbers of mutants are those of all rules, and not compared".into());
    }
    checked.case.audit = Some(audit);
    checked.case.as_expected = checked.case.standing() == Standing::Expected;
    Ok(checked)
}

/// An edit: the rule, and the value that it gets.
type Edit = (Rule, &'static str);

/// The edits that are made: every value of every rule but the one that it has, or those of them that are asked for.
fn edits<F: Family>(model: &ModelFile<F>, asked: &[String]) -> Result<Vec<Edit>, AuditError> {
    let rules = F::rules(&model.spec.setup);
    if rules.is_empty() {
        return Err(AuditError::NoRules);
    }
    let other_values = |rule: &Rule| -> Vec<&'static str> {
        rule.values.iter().copied().filter(|value| *value != rule.value).collect()
    };
    for asked in asked {
        let (name, value) = asked.split_once('=').map_or((asked.as_str(), None), |(name, value)| (name, Some(value)));
        let rule = rules.iter().find(|rule| rule.name == name);
        let is_known = rule.is_some_and(|rule| value.is_none_or(|value| other_values(rule).contains(&value)));
        if !is_known {
            let names = || rules.iter().map(|rule| rule.name.to_string()).collect();
            let values = |rule: &Rule| other_values(rule).iter().map(|value| format!("{name}={value}")).collect();
            return Err(AuditError::NoSuchRule { asked: asked.clone(), known: rule.map_or_else(names, values) });
        }
    }
    let all = rules.iter().flat_map(|rule| other_values(rule).into_iter().map(|value| (rule.clone(), value)));
    let is_asked =
        |(rule, value): &Edit| asked.iter().any(|it| it == rule.name || *it == format!("{}={value}", rule.name));
    Ok(all.filter(|edit| asked.is_empty() || is_asked(edit)).collect())
}

/// What a mutant is to break if it is to be noticed: what must hold, and of what must be reached what the protocol is for.
/// That something is to be violated or never reached records what the model does, and demands nothing of a mutant.
fn demanded<F: Family>(model: &ModelFile<F>) -> Vec<Demanded> {
    let demanded = model.spec.properties.iter().filter_map(|property| {
        let verdict = match (demand(&model.expect, property).wanted()?, property.kind) {
            (Wanted::Holds | Wanted::Vacuous | Wanted::NonVacuous, Kind::Always) => Verdict::Holds,
            (Wanted::Reached, Kind::Sometimes) if property.demanded => Verdict::Reached,
            _ => return None,
        };
        Some(Demanded { name: property.name, verdict })
    });
    demanded.collect()
}

/// The pinned numbers of mutants. One that is not final is certainly wrong only if it is too large already.
fn pins<F: Family>(model: &ModelFile<F>, audit: &Audit) -> Vec<Pin> {
    let pin = |fate: Fate, expected: u64, expected_line| {
        let (expected, found) = (u128::from(expected), audit.fates.of(fate) as u128);
        let found = Some(found).filter(|found| audit.fates.unknown == 0 || *found > expected);
        Pin { name: fate.key(), expected, expected_line, found, as_expected: found == Some(expected) }
    };
    let pins = model.expect.iter().filter_map(|expectation| match expectation.of {
        Expected::Mutants(fate, expected) => Some(pin(fate, expected, expectation.line)),
        Expected::Verdict(..) | Expected::Count(..) | Expected::Induction(_) => None,
    });
    pins.collect()
}

/// What the mutants of a model are judged by.
struct Auditor<'a, F: Family> {
    model: &'a ModelFile<F>,
    options: &'a Options,
    control: &'a Arc<Control>,
    /// What was found of the model.
    case: &'a Case,
    demanded: &'a [Demanded],
}

impl<F: Family> Auditor<'_, F> {
    /// Checks a mutant.
    fn judge(&self, edit: String, instead_of: &'static str, mutant: &ModelFile<F>) -> Result<Mutant, AuditError> {
        let case = self.check(mutant, &self.options.check)?;
        let properties = found(&case, self.demanded);
        let breaks = broken(&properties);
        let is_killed = breaks.iter().any(|one| one.verdict == Verdict::Violated);
        let (fate, parts) = match (is_killed, case.complete) {
            (true, _) => (Fate::Killed, None),
            (false, false) => (Fate::Unknown, None),
            (false, true) => match self.compare(mutant, &case) {
                Compared::Equal => (Fate::Equivalent, None),
                Compared::Unknown => (Fate::Unknown, None),
                Compared::Parts(parts) if breaks.is_empty() => (Fate::Safe, Some(parts)),
                Compared::Parts(parts) => (Fate::Suspicious, Some(parts)),
            },
        };
        let command = command_for(&mutant.file, &mutant.edits);
        let Case { counts, stopped, .. } = case;
        let unique_states = counts.unique_states;
        let larger = Vec::new();
        Ok(Mutant { edit, instead_of, fate, breaks, parts, unique_states, stopped, properties, larger, command })
    }

    /// Compares the graph of a mutant that was explored to the end with the model's. Where they are too large to be walked
    /// through, other counts still tell them apart.
    fn compare(&self, mutant: &ModelFile<F>, case: &Case) -> Compared {
        let limits = &self.options.check.limits;
        let limits = Limits { max_states: limits.max_states.or(Some(MOST_COMPARED)), ..*limits };
        let compared = compare::<F>(&self.model.spec.model(), &mutant.spec.model(), &limits, self.control);
        let counts = |case: &Case| {
            let counts = &case.counts;
            (counts.unique_states, counts.generated_states, counts.terminal_states)
        };
        match compared {
            Compared::Unknown if counts(case) != counts(self.case) => {
                Compared::Parts("has other numbers of states and transitions than the model".into())
            }
            Compared::Equal => self.answers(case).map_or(Compared::Equal, Compared::Parts),
            compared => compared,
        }
    }

    /// How the answers about a mutant with the graph of the model differ from those about the model. They may: a rule can be
    /// part of what a property says, such as how many votes choose.
    fn answers(&self, case: &Case) -> Option<String> {
        let answer = |result: &PropertyResult| {
            let steps = result.trace_length.filter(|_| result.shortest == Some(true));
            let steps = steps.map_or_else(String::new, |steps| format!(" ({steps} steps)"));
            format!("{}{steps}", result.described())
        };
        case.properties.iter().find_map(|result| {
            let own = self.case.properties.iter().find(|own| own.name == result.name)?;
            let (own, other) = (answer(own), answer(result));
            (own != other).then(|| format!("has the model's graph, but {} {other} instead of {own}", result.name))
        })
    }

    /// Checks the mutants that are left at the next larger sizes, as far as the limit goes at each. A mutant falls there if
    /// it violates what the model itself does not.
    fn grow(&self, limit: Duration, mutants: &mut [Mutant], begin: &mut dyn FnMut(&str)) -> Result<(), AuditError> {
        let limits = Limits { timeout: Some(limit), ..self.options.check.limits };
        let options = check::Options { limits, ..self.options.check.clone() };
        let environment = &self.model.spec.environment;
        let larger = F::larger(&self.model.spec.setup).into_iter();
        for setup in larger.filter(|setup| F::admits(setup, environment).is_ok()) {
            let description = setup.to_string();
            let spec: Spec<F> = self.model.spec.with(setup);
            let model = ModelFile { spec, expect: Vec::new(), ..self.model.clone() };
            begin(&description);
            let case = self.check(&model, &options)?;
            let holding = found(&case, self.demanded).into_iter().filter(|one| one.verdict == Verdict::Holds);
            let holding: Vec<_> = holding.map(|one| Demanded { name: one.name, verdict: one.verdict }).collect();
            for mutant in mutants.iter_mut().filter(|mutant| mutant.fate != Fate::Killed) {
                begin(&format!("{description} + {}", mutant.edit));
                let (rule, value) = mutant.edit.split_once('=').expect("an edit is a rule and its value");
                let Ok(edited) = model.mutant(rule, value) else { continue };
                let edited = self.check(&edited, &options)?;
                let breaks = broken(&found(&edited, &holding));
                let complete = case.complete && edited.complete;
                mutant.larger.push(Larger { description: description.clone(), breaks, complete });
            }
        }
        Ok(())
    }

    fn check(&self, model: &ModelFile<F>, options: &check::Options) -> Result<Case, AuditError> {
        let checked = check(model, options, self.control);
        checked.map(|checked| checked.case).map_err(|error| AuditError::Check(model.name.clone(), error))
    }
}

/// Graphs with more states than this are not compared, unless another limit is set.
const MOST_COMPARED: u64 = 2_000_000;

/// What was found of each demanded property that a model has.
fn found(case: &Case, demanded: &[Demanded]) -> Vec<Broken> {
    let result = |demanded: &Demanded| case.properties.iter().find(|result| result.name == demanded.name);
    let found = demanded.iter().filter_map(result);
    let found = found.map(|result| Broken {
        name: result.name,
        verdict: result.verdict,
        trace_length: result.trace_length.filter(|_| result.verdict == Verdict::Violated),
    });
    found.collect()
}

/// Of these what is violated or never reached, the shortest counterexample first.
fn broken(found: &[Broken]) -> Vec<Broken> {
    let is_broken = |one: &&Broken| matches!(one.verdict, Verdict::Violated | Verdict::Unreached);
    let mut broken: Vec<_> = found.iter().filter(is_broken).cloned().collect();
    broken.sort_by_key(|one| one.trace_length.unwrap_or(usize::MAX));
    broken
}
