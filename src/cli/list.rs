//! `list`: what there is to check, and where it comes from.

use super::{print, Failure};
use crate::properties::PROPERTIES;
use crate::protocols::single_decree::rules::RULES;
use crate::protocols::single_decree::{FAMILY, VARIANTS};
use comfy_table::{presets, ContentArrangement, Table, TableComponent};

/// `synod list`.
pub fn list() -> Result<u8, Failure> {
    let mut variants = table(&["variant", "what it is", "source"]);
    for variant in VARIANTS {
        variants.add_row([variant.name, variant.summary, variant.source]);
    }
    let mut rules = table(&[&["rule"][..], &VARIANTS.iter().map(|variant| variant.name).collect::<Vec<_>>()].concat());
    for (rule, ..) in RULES {
        let values = VARIANTS.iter().map(|variant| variant.rules.value(rule).unwrap_or_default());
        rules.add_row(std::iter::once(*rule).chain(values));
    }
    let mut values = table(&["rule", "what it decides", "values"]);
    for (rule, allowed, decides) in RULES {
        values.add_row([*rule, *decides, &allowed.join(", ")]);
    }
    let mut properties = table(&["property", "kind", "demanded", "statement", "source"]);
    for property in PROPERTIES {
        let demanded = if property.demanded { "yes" } else { "" };
        properties.add_row([property.name, property.kind.name(), demanded, property.statement, property.source]);
    }
    print(&format!(
        "family {FAMILY}: proposers and acceptors agree on one value, and learners come to know it\n\n{variants}\n\n\
         Rules by variant; a model file edits them under [protocol] rules\n\n{rules}\n\n{values}\n\n\
         Properties; announced and announced-chosen belong to disel-shim, those of learners to models that have some.\n\
         Those demanded gate where a model file has no [expect] of its own\n\n\
         {properties}\n"
    ))?;
    Ok(0)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .remove_style(TableComponent::HorizontalLines)
        .remove_style(TableComponent::MiddleIntersections)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header);
    table
}
