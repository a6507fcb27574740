//! A trace as text: one line a step, with its cause and the state change that matters.

use super::Trace;
use std::fmt::Write;

/// The steps of a trace, one a line, in columns: number, cause, change.
pub fn render(trace: &Trace) -> String {
    let causes: Vec<String> = trace.steps.iter().map(|step| step.action.to_string()).collect();
    let width = causes.iter().map(|cause| cause.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (number, (step, cause)) in (1..).zip(trace.steps.iter().zip(&causes)) {
        let change = match &step.change {
            Some(change) => format!("{}: {} ⇒ {}", change.node, change.before, change.after),
            None => String::new(),
        };
        let line = format!("{number:>4}  {cause:<width$}  {change}");
        writeln!(text, "{}", line.trim_end()).expect("a string takes every write");
    }
    text
}
