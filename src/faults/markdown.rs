//! A map as Markdown: the table, then a line for each witness.

use super::text::legend;
use super::{Cell, Map};
use crate::report::{replay, steps, visible};
use std::fmt::Write;

/// The map.
pub fn render(map: &Map) -> String {
    let mut text = format!("# Faults of {}\n\n{}\n\n", escaped(&map.model), escaped(&map.description));
    let mut say = |line: String| writeln!(text, "{line}").expect("a string takes every write");
    say(format!("In each cell: {}.\n", legend(map)));
    say(format!("| nodes | {} |", map.networks.join(" | ")));
    say(format!("| --- |{}", " --- |".repeat(map.networks.len())));
    for row in &map.rows {
        let cells: Vec<String> = row.cells.iter().map(marks).collect();
        say(format!("| {} | {} |", escaped(&row.nodes), cells.join(" | ")));
    }
    say(String::new());
    for (why, count) in map.refusals() {
        say(format!("* refused in {count} cells: {}", escaped(why)));
    }
    for (row, cell) in map.cells() {
        for witness in &cell.witnesses {
            let show = witness.trace.as_deref().map_or_else(|| witness.command.clone(), replay);
            let place = format!("{}, {}", row.nodes, cell.network);
            let what = format!("{} fails in {}", witness.property, steps(witness.steps));
            say(format!("* {}: {}: `{}`", escaped(&place), escaped(&what), show.replace('`', "'")));
        }
    }
    text
}

fn marks(cell: &Cell) -> String {
    match cell.refused {
        Some(_) => "refused".into(),
        None => cell.marks(),
    }
}

/// A text that is no markup, and stays in its cell.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        if "\\`*_[]<>|&".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
