//! What the family has, in tables: its variants, their rules, and the values that rules take.

use super::rules::{listed, RULES};
use super::{Variant, VARIANTS};
use crate::family::Table;

/// The variants, the rules by variant, the values of the rules.
pub fn tables() -> Vec<Table> {
    let variants = VARIANTS.iter().map(|variant| vec![variant.name, variant.summary, variant.source]);
    let value = |rule, variant: &Variant| variant.rules.value(rule).unwrap_or_default();
    let by_variant = RULES
        .iter()
        .map(|(rule, ..)| std::iter::once(*rule).chain(VARIANTS.iter().map(|variant| value(rule, variant))).collect());
    let names: Vec<_> = std::iter::once("rule").chain(VARIANTS.iter().map(|variant| variant.name)).collect();
    let allowed: Vec<_> = RULES.iter().map(|(_, allowed, _)| listed(allowed)).collect();
    let values = RULES.iter().zip(&allowed).map(|((rule, _, decides), allowed)| vec![*rule, *decides, allowed]);
    vec![
        Table::new("", &["variant", "what it is", "source"], variants),
        Table::new("Rules by variant; a model file edits them under [protocol] rules", &names, by_variant),
        Table::new("", &["rule", "what it decides", "values"], values),
    ]
}
