//! A map as text for a terminal: a row for what the nodes do, a column for each network, then a line for each question
//! with its shortest witness.

use super::{Cell, Map, Tone};
use crate::report::{replay, steps, thousands};
use crate::terminal::{self, line, BAD, DOUBT, FAINT, GOOD, PLAIN};
use anstyle::Style;

/// What the marks of a cell mean.
const LEGEND: &str =
    "safe, can still decide from every state, decides in every fair execution; then the share of the states at \
                      rest without a decision. ✓ yes, ◐ as long as proposers stay up, ✗ no, ? not known";

/// The map, in at most this many columns.
pub fn render(map: &Map, width: usize) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &map.description);
    line(&mut text, FAINT, "a cell", &legend(map));
    let header: Vec<&str> = std::iter::once("nodes").chain(map.networks.iter().copied()).collect();
    let row = |row: &super::Row| {
        let first = terminal::Cell::new(row.nodes.clone());
        std::iter::once(first).chain(row.cells.iter().map(cell)).collect::<Vec<_>>()
    };
    text += &terminal::table(&header, &map.rows.iter().map(row).collect::<Vec<_>>(), width);
    for (question, properties, of) in map.questions() {
        let asked = || map.cells().filter(|(_, cell)| cell.refused.is_none());
        let fails = asked().filter(|(_, cell)| of(cell).mark() == '✗').count();
        let partly = asked().filter(|(_, cell)| of(cell).mark() == '◐').count();
        let unknown = asked().filter(|(_, cell)| of(cell).mark() == '?').count();
        let style = if fails > 0 {
            BAD
        } else if partly + unknown > 0 {
            DOUBT
        } else {
            GOOD
        };
        let mut counts = vec![format!("{} of {} cells", asked().count() - fails - partly - unknown, asked().count())];
        let some = [(partly, "with proposers up"), (fails, "not"), (unknown, "unknown")];
        counts.extend(some.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        line(&mut text, style, question, &counts.join(", "));
        let shortest = asked().filter_map(|(row, cell)| Some((row, cell, cell.shortest(properties)?)));
        if let Some((row, cell, witness)) = shortest.min_by_key(|(.., witness)| witness.steps) {
            let again =
                if witness.repeats > 0 { format!(", the last {} for ever", witness.repeats) } else { String::new() };
            let show = witness.trace.as_deref().map_or_else(|| witness.command.clone(), replay);
            let place = format!(
                "{}, {}: {} fails in {}{again}",
                row.nodes,
                cell.network,
                witness.property,
                steps(witness.steps)
            );
            line(&mut text, PLAIN, "", &format!("{place}: {show}"));
        }
    }
    for (why, count) in map.refusals() {
        line(&mut text, FAINT, "refused", &format!("{count} cell{}: {why}", if count == 1 { "" } else { "s" }));
    }
    let most =
        map.cells().filter(|(_, cell)| !cell.complete && cell.refused.is_none()).map(|(_, cell)| cell.unique_states);
    if let Some(most) = most.max() {
        line(
            &mut text,
            DOUBT,
            "cut off",
            &format!("after {} states or less: raise --max-states, --timeout or --memory", thousands(most)),
        );
    }
    text
}

/// The legend, in the words of the conditional properties that there are.
pub(super) fn legend(map: &Map) -> String {
    let conditional = map.possible.iter().skip(1).chain(map.inevitable.iter().skip(1)).copied().collect::<Vec<_>>();
    match conditional.is_empty() {
        true => LEGEND.replace(" ◐ as long as proposers stay up,", ""),
        false => LEGEND.replace("as long as proposers stay up", &format!("only {}", conditional.join(", "))),
    }
}

fn cell(cell: &Cell) -> terminal::Cell {
    let style: Style = match cell.tone() {
        Tone::Refused | Tone::Unknown => FAINT,
        Tone::Unsafe | Tone::Stuck => BAD,
        Tone::Partly => DOUBT,
        Tone::Decides => GOOD,
    };
    let text = if cell.refused.is_some() { "refused".into() } else { cell.marks() };
    terminal::Cell::styled(style, text)
}
