//! `list`: the protocols, rules and properties, each with its source.

use super::{say, Failure};
use crate::properties::PROPERTIES;
use crate::protocols::single_decree::rules::RULES;
use crate::protocols::single_decree::{Variant, FAMILY, VARIANTS};
use crate::terminal::{self, Cell};

/// `synod list`.
pub fn list() -> Result<u8, Failure> {
    let variants = VARIANTS.iter().map(|variant| vec![variant.name, variant.summary, variant.source]);
    let variants = table(&["variant", "what it is", "source"], variants);
    let value = |rule, variant: &Variant| variant.rules.value(rule).unwrap_or_default();
    let rules = RULES.iter().map(|(rule, ..)| {
        std::iter::once(*rule).chain(VARIANTS.iter().map(move |variant| value(rule, variant))).collect()
    });
    let names: Vec<_> = std::iter::once("rule").chain(VARIANTS.iter().map(|variant| variant.name)).collect();
    let rules = table(&names, rules);
    let values: Vec<_> = RULES.iter().map(|(rule, allowed, decides)| (*rule, *decides, allowed.join(", "))).collect();
    let values = table(
        &["rule", "what it decides", "values"],
        values.iter().map(|(rule, decides, allowed)| vec![*rule, *decides, allowed.as_str()]),
    );
    let properties = PROPERTIES.iter().map(|property| {
        let demanded = if property.demanded { "yes" } else { "" };
        vec![property.name, property.kind.name(), demanded, property.statement, property.source]
    });
    let properties = table(&["property", "kind", "demanded", "statement", "source"], properties);
    say(&format!(
        "family {FAMILY}: proposers and acceptors agree on one value, and learners come to know it\n\n{variants}\n\
         Rules by variant; a model file edits them under [protocol] rules\n\n{rules}\n{values}\n\
         Properties; announced and announced-chosen belong to disel-shim, those of learners to models that have some.\n\
         Those demanded gate where a model file has no [expect] of its own\n\n\
         {properties}"
    ))?;
    Ok(0)
}

fn table<'a>(header: &[&str], rows: impl Iterator<Item = Vec<&'a str>>) -> String {
    let rows: Vec<Vec<Cell>> = rows.map(|row| row.into_iter().map(Cell::new).collect()).collect();
    terminal::table(header, &rows, terminal::width())
}
