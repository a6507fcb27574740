//! `protocol.reference`: the reading of a protocol with which another is compared, written as reports write it: a variant
//! and its edits, as in `adapted + after_accept=continue`.

use super::protocol::Given;
use super::rules::{listed, RuleError, RULES};
use super::{variant, VARIANTS};
use crate::input::{did_you_mean, nearest, Field, InputError};

/// Reads the field. The reference has the bounds and the network of the model, and has to make sense by itself.
///
/// # Errors
/// If it is no reading of the protocol.
pub fn read(field: &Field) -> Result<Given, InputError> {
    let error = |what: String| field.error(format!("protocol.reference = {}{what}", field.value));
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
                error(format!(": {rule} is one of {}{hint}", listed(values)))
            }
        })?;
    }
    match rules.contradiction() {
        Some((_, why)) => Err(error(format!(" makes no sense here: {why}"))),
        None => {
            let edits: Vec<_> = parts_of(text).collect();
            Ok(Given { name: edits.join(" + "), rules })
        }
    }
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
