//! What the family has, in tables: its rules, and the values that rules take.

use super::rules::RULES;
use crate::family::Table;

/// The rules, with the values of each.
pub fn tables() -> Vec<Table> {
    let values = |rule: &super::rules::Rule| {
        let numbers = if rule.takes_numbers { ", or a number of acceptors" } else { "" };
        rule.values.join(", ") + numbers
    };
    let values: Vec<_> = RULES.iter().map(values).collect();
    let rows = RULES.iter().zip(&values).map(|(rule, values)| vec![rule.name, rule.decides, values]);
    let title = "Rules, the protocol's own value first; a model file edits them under [protocol] rules";
    vec![Table::new(title, &["rule", "what it decides", "values"], rows)]
}
