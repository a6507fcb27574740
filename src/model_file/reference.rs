//! `protocol.reference`: the reading of a protocol with which another is compared, written as reports write it: a variant
//! and its edits, as in `adapted + after_accept=continue`.

use super::fields::{did_you_mean, nearest, Field, InputError};
use super::spec::Reference;
use crate::protocols::single_decree::rules::{Awaits, RuleError, ValueChoice, RULES};
use crate::protocols::single_decree::{variant, Delivery, VARIANTS};

/// Reads the field. The reference has the bounds and the network of the model, and has to make sense with them.
pub(super) fn read(field: &Field, rounds: u32, delivery: Delivery) -> Result<Reference, InputError> {
    let error = |what: String| InputError::at(field, format!("protocol.reference = {}{what}", field.value));
    let shape = ", expected a variant and perhaps edits, as in \"adapted + after_accept=continue\"";
    let text = field.value.as_str().ok_or_else(|| error(shape.into()))?;
    let mut parts = text.split('+').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let variant = variant(name).ok_or_else(|| error(format!(": {}", unknown("variant", name, variants()))))?;
    let mut rules = variant.rules;
    for edit in parts {
        let (rule, value) = edit.split_once('=').ok_or_else(|| error(shape.into()))?;
        let (rule, value) = (rule.trim(), value.trim());
        rules.edit(rule, value).map_err(|reason| match reason {
            RuleError::UnknownRule => error(format!(": {}", unknown("rule", rule, RULES.iter().map(|rule| rule.0)))),
            RuleError::UnknownValue(values) => {
                let hint = did_you_mean(nearest(value, values.iter().copied()));
                error(format!(": {rule} is one of {}{hint}", values.join(", ")))
            }
        })?;
    }
    let runs_once = rounds > 1 && rules.awaits != Awaits::AnyNumber;
    let chooses = rules.value_choice == ValueChoice::Any && delivery == Delivery::Ordered;
    let why = match rules.contradiction() {
        Some((_, why)) => why,
        None if runs_once => "its programs run once, and the model has several rounds",
        None if chooses => "value_choice = any needs an unordered network",
        None => {
            let edits: Vec<_> = parts_of(text).collect();
            return Ok(Reference { name: edits.join(" + "), rules });
        }
    };
    Err(error(format!(" makes no sense here: {why}")))
}

/// The variant and the edits, each without the spaces in it.
fn parts_of(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('+').map(|part| part.split_whitespace().collect())
}

fn variants() -> impl Iterator<Item = &'static str> + Clone {
    VARIANTS.iter().map(|variant| variant.name)
}

fn unknown(what: &str, found: &str, known: impl Iterator<Item = &'static str> + Clone) -> String {
    match nearest(found, known.clone()) {
        Some(near) => format!("there is no {what} {found:?}; did you mean {near}?"),
        None => format!("there is no {what} {found:?}, expected one of {}", known.collect::<Vec<_>>().join(", ")),
    }
}
