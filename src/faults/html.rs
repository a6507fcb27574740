//! A map as a page: the cells of a table in the colours of what they come to, for light and dark, with what is behind each.

use super::text::legend;
use super::{Cell, Map, PALETTE};
use crate::report::{replay, steps, thousands, visible};
use maud::{html, Markup, PreEscaped, DOCTYPE};

const STYLE: &str = include_str!("map.css");

/// The page.
pub fn render(map: &Map) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Faults of " (visible(&map.model)) }
                style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Faults of " (visible(&map.model)) }
                    p { (visible(&map.description)) }
                    (grid(map))
                    p.legend { "In each cell: " (legend(map)) "." }
                    @for (why, count) in map.refusals() { p.legend { "Refused in " (count) " cells: " (visible(why)) } }
                    (witnesses(map))
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn grid(map: &Map) -> Markup {
    html! {
        div.wide {
            table {
                thead { tr { th {} @for network in &map.networks { th scope="col" { (network) } } } }
                tbody {
                    @for row in &map.rows {
                        tr { th scope="row" { (row.nodes) } @for cell in &row.cells { (square(map, cell)) } }
                    }
                }
            }
        }
    }
}

fn square(map: &Map, cell: &Cell) -> Markup {
    let behind = match &cell.refused {
        Some(why) => visible(why),
        None => format!("{} states, {}", thousands(cell.unique_states), cell.stopped),
    };
    html! {
        td class=(cell.tone().class()) title=(behind) {
            @if cell.refused.is_some() { "refused" } @else {
                span.marks {
                    @for (question, properties, of) in map.questions() {
                        @let grade = of(cell);
                        @let only = grade.only.map_or(String::new(), |only| format!(": only {only}"));
                        @let length = cell.shortest(properties).map_or(String::new(), |witness| format!(", {}", steps(witness.steps)));
                        span title={ (question) (only) (length) } { (grade.mark()) }
                    }
                }
                small { (cell.share()) }
            }
        }
    }
}

fn witnesses(map: &Map) -> Markup {
    html! {
        h2 { "Witnesses" }
        ul {
            @for (row, cell) in map.cells() {
                @for witness in &cell.witnesses {
                    li {
                        (row.nodes) ", " (cell.network) ": " b { (witness.property) } " fails in " (steps(witness.steps)) " "
                        code { (visible(&witness.trace.as_deref().map_or_else(|| witness.command.clone(), replay))) }
                    }
                }
            }
        }
    }
}
