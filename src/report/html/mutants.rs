//! The mutants of a model on the page.

use super::super::{Audit, Mutant};
use crate::model_file::Fate;
use maud::{html, Markup};

/// The mutants, a row for each.
pub fn section(audit: &Audit) -> Markup {
    let columns = audit.columns();
    html! {
        h2 { "Mutants: " (audit.score()) }
        div.wide {
            table.properties {
                thead { tr {
                    th scope="col" { "Mutant" } th scope="col" { "Fate" }
                    @for name in &columns { th scope="col" { (name) } }
                    th scope="col" { "Because" }
                } }
                tbody {
                    @for mutant in &audit.mutants { (row(mutant, &columns)) }
                    @for refused in &audit.refused {
                        tr {
                            th scope="row" { (refused.edit) }
                            td { span.chip.vacuous { "refused" } }
                            td colspan=(columns.len() + 1) { small { (refused.why) } }
                        }
                    }
                }
            }
        }
    }
}

fn row(mutant: &Mutant, columns: &[&str]) -> Markup {
    let colours = match mutant.fate {
        Fate::Killed => "holds expected",
        Fate::Suspicious => "violated waived",
        Fate::Safe | Fate::Equivalent => "vacuous",
        Fate::Unknown => "unknown undecided",
    };
    html! {
        tr {
            th scope="row" { (mutant.edit) small { "instead of " (mutant.instead_of) } }
            td { span class={ "chip " (colours) } { (mutant.fate.name()) } }
            @for name in columns { td { (mutant.cell(name)) } }
            td { small { (mutant.because()) } }
        }
    }
}
