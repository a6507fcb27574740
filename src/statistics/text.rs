//! Statistics for people: bars, counts, and warnings about what never fires.

use super::{Fired, Statistics};
use crate::report::{line, thousands, DOUBT, PLAIN};
use std::fmt::Write;

/// The widest bar, in characters.
const WIDEST: u128 = 50;

/// Statistics as text for a terminal.
pub fn render(statistics: &Statistics) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &statistics.description);
    let counted = format!(
        "{} states, {} transitions, {} terminal, depth {}, {} ({})",
        thousands(statistics.states),
        thousands(statistics.transitions),
        thousands(statistics.terminal_states),
        statistics.states_by_depth.len().saturating_sub(1),
        if statistics.complete { "exhausted" } else { "INCOMPLETE: raise --max-states" },
        statistics.engine
    );
    line(&mut text, PLAIN, "explored", &counted);
    depths(&mut text, &statistics.states_by_depth);
    table(&mut text, "steps by kind", &statistics.kinds);
    table(&mut text, "branches of the protocol", &statistics.branches);
    match statistics.dead() {
        None => line(&mut text, DOUBT, "unknown", "what never fires: not every state was visited"),
        Some(dead) => dead.iter().for_each(|name| line(&mut text, DOUBT, "warning", &format!("never fires: {name}"))),
    }
    text
}

fn depths(text: &mut String, states_by_depth: &[u128]) {
    text.push_str("\nstates by depth\n");
    let most = states_by_depth.iter().copied().max().unwrap_or(1).max(1);
    let width = thousands(most).len();
    for (depth, states) in states_by_depth.iter().enumerate() {
        let bar = "█".repeat(states.saturating_mul(WIDEST).div_ceil(most) as usize);
        writeln!(text, "{depth:>4}  {:>width$}  {bar}", thousands(*states)).expect("a string takes every write");
    }
}

fn table(text: &mut String, title: &str, rows: &[Fired]) {
    if rows.is_empty() {
        return;
    }
    let most = rows.iter().map(|row| row.times).max().unwrap_or(0);
    let width = thousands(most).len();
    writeln!(text, "\n{title}").expect("a string takes every write");
    for row in rows {
        writeln!(text, "  {:>width$}  {}", thousands(row.times), row.name).expect("a string takes every write");
    }
    if title.starts_with("branches") {
        text.push('\n');
    }
}
