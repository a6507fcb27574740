//! Reports for people: a case ends with its verdict, its cause and the next command to type.

use super::{Case, PropertyResult, Report, Verdict};
use crate::trace::{render_text, Trace};
use anstyle::{AnsiColor, Style};
use comfy_table::{presets, CellAlignment, Table, TableComponent};
use std::fmt::Write;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default();
const PLAIN: Style = Style::new();

/// One case, with its counterexamples in full.
pub fn case(case: &Case, traces: &[Trace]) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &case.description);
    line(&mut text, PLAIN, "explored", &explored(case));
    for (verdict, style) in
        [(Verdict::Holds, GOOD), (Verdict::Reached, GOOD), (Verdict::Unreached, DOUBT), (Verdict::Unknown, DOUBT)]
    {
        list(&mut text, case, style, verdict);
    }
    for result in case.properties.iter().filter(|result| result.vacuous) {
        let premise = result.premise.unwrap_or_default();
        line(&mut text, DOUBT, "vacuous", &format!("{} holds for want of a case: in no state {premise}", result.name));
    }
    for result in case.properties.iter().filter(|result| result.verdict == Verdict::Violated) {
        line(&mut text, BAD, "VIOLATED", &format!("{}: {}", length(result), result.statement));
        if let Some(trace) = traces.iter().find(|trace| trace.property == result.name) {
            text.push_str(&render_text(trace));
        }
    }
    conclude(&mut text, case);
    text
}

fn explored(case: &Case) -> String {
    let counts = &case.counts;
    let depth = counts.max_depth.map_or_else(String::new, |depth| format!("depth {depth}, "));
    let end = if case.complete { "exhausted".into() } else { format!("INCOMPLETE ({})", case.stopped) };
    format!(
        "{} states, {} generated, {} terminal, {depth}{end} in {:.2} s ({}, {}, {} thread{})",
        thousands(counts.unique_states),
        thousands(counts.generated_states),
        thousands(counts.terminal_states),
        case.run.seconds,
        case.engine,
        case.strategy,
        case.run.threads,
        if case.run.threads == 1 { "" } else { "s" }
    )
}

fn list(text: &mut String, case: &Case, style: Style, verdict: Verdict) {
    let of_it = case.properties.iter().filter(|result| result.verdict == verdict && !result.vacuous);
    let names: Vec<_> = of_it.map(length).collect();
    if !names.is_empty() {
        line(text, style, verdict.name(), &names.join(", "));
    }
}

/// The name of a property and the length of its trace.
fn length(result: &PropertyResult) -> String {
    match (result.trace_length, result.shortest) {
        (Some(steps), Some(false)) => format!("{} ({steps} steps, perhaps not the fewest)", result.name),
        (Some(1), _) => format!("{} (1 step)", result.name),
        (Some(steps), _) => format!("{} ({steps} steps)", result.name),
        (None, _) => result.name.to_string(),
    }
}

/// The verdict on the case, what is not as expected, and what to type next.
fn conclude(text: &mut String, case: &Case) {
    for result in &case.properties {
        if let (Some(trace), Verdict::Violated) = (&result.trace, result.verdict) {
            line(text, PLAIN, "replay", &format!("synod replay {trace}"));
        }
    }
    let witness = case.properties.iter().find(|result| result.trace.is_some() && result.verdict == Verdict::Reached);
    if let Some(trace) = witness.and_then(|result| result.trace.as_ref()) {
        line(text, PLAIN, "witness", &format!("synod replay {trace}"));
    }
    for surprise in case.unexpected() {
        let place = surprise.line.map_or_else(|| case.file.clone(), |line| format!("{}:{line}", case.file));
        let what = format!("{place}: {} expected {}, found {}", surprise.name, surprise.expected, surprise.found);
        line(text, BAD, "UNEXPECTED", &what);
    }
    let file = &case.file;
    match (case.has_failed(), case.complete) {
        (true, _) => line(text, BAD, "verdict", &format!("{file} is not as expected")),
        (false, true) => line(text, GOOD, "verdict", &format!("{file} is as expected")),
        (false, false) => {
            line(text, DOUBT, "verdict", &format!("{file} is undecided: {}", way_on(case.stopped)));
        }
    }
}

/// What to do about an incomplete run.
fn way_on(stopped: &str) -> &'static str {
    match stopped {
        "max-states" => "the limit on states was reached; raise --max-states",
        "max-depth" => "the limit on depth cut off states; raise --max-depth",
        "timeout" => "the time was up; raise --timeout or lower the bounds",
        "memory" => "the memory budget was spent; raise --memory, try --strategy dfs, or lower the bounds",
        _ => "the run was interrupted; run it again",
    }
}

/// Every case of a suite as a table, then the surprises and the verdict.
pub fn suite(report: &Report) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .remove_style(TableComponent::HorizontalLines)
        .remove_style(TableComponent::MiddleIntersections);
    table.set_header(["model", "states", "generated", "depth", "violated", "vacuous", "as expected"]);
    for column in 1..=3 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for case in &report.cases {
        let named = |is_it: fn(&PropertyResult) -> bool| {
            let names: Vec<_> =
                case.properties.iter().filter(|result| is_it(result)).map(|result| result.name).collect();
            names.join(" ")
        };
        let verdict = match (case.has_failed(), case.complete) {
            (true, _) => "NO",
            (false, true) => "yes",
            (false, false) => "undecided",
        };
        table.add_row([
            case.model.clone(),
            thousands(case.counts.unique_states),
            thousands(case.counts.generated_states),
            case.counts.max_depth.map_or_else(|| "-".into(), |depth| depth.to_string()),
            named(|result| result.verdict == Verdict::Violated),
            named(|result| result.vacuous),
            verdict.into(),
        ]);
    }
    let mut text = format!("{table}\n");
    for case in report.cases.iter().filter(|case| !case.as_expected) {
        if case.has_failed() || !case.complete {
            conclude(&mut text, case);
        }
    }
    let count = |is_it: &dyn Fn(&Case) -> bool| report.cases.iter().filter(|case| is_it(case)).count();
    let failed = count(&|case| case.has_failed());
    let undecided = count(&|case| !case.has_failed() && !case.complete);
    let expected = report.cases.len() - failed - undecided;
    let style = if report.as_expected { GOOD } else { BAD };
    line(
        &mut text,
        style,
        "suite",
        &format!("{expected} as expected, {failed} not as expected, {undecided} undecided"),
    );
    text
}

fn line(text: &mut String, style: Style, label: &str, content: &str) {
    writeln!(text, "{style}{label:<11}{style:#}{content}").expect("a string takes every write");
}

/// A number with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
