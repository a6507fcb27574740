//! Reports for people: a case ends with its verdict, its cause and the next command to type.

use super::text::{place, replay, thousands, visible};
use super::{Case, Mutant, PropertyResult, Report, Standing, Verdict};
use crate::engine::Identity;
use crate::model_file::Fate;
use crate::terminal::{line, table, Cell, BAD, DOUBT, GOOD, PLAIN};
use crate::trace::{render_text, Trace};
use anstyle::Style;

/// One case, with one counterexample in full; for each other one, the command that shows it.
pub fn case(case: &Case, traces: &[Trace]) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &case.description);
    case.notes.iter().for_each(|note| line(&mut text, DOUBT, "note", note));
    line(&mut text, PLAIN, "explored", &explored(case));
    if let Some(resumed) = case.run.as_ref().and_then(|run| run.resumed) {
        let states = thousands(resumed.states);
        line(&mut text, PLAIN, "resumed", &format!("from depth {}: {states} states were found before", resumed.depth));
    }
    for (verdict, style) in
        [(Verdict::Holds, GOOD), (Verdict::Reached, GOOD), (Verdict::Unreached, DOUBT), (Verdict::Unknown, DOUBT)]
    {
        list(&mut text, case, style, verdict);
    }
    for result in case.properties.iter().filter(|result| result.vacuous) {
        let premise = result.premise.unwrap_or_default();
        line(
            &mut text,
            DOUBT,
            "vacuous",
            &format!("{} holds vacuously: no reachable state has {premise}", result.name),
        );
    }
    let because = case.run.as_ref().and_then(|run| run.engine_because.as_ref());
    if let Some(because) = because {
        line(&mut text, PLAIN, "engine", &format!("{}: {because}", case.engine));
    }
    let violated = case.violated();
    for (place, result) in violated.iter().enumerate() {
        let replay = result.trace.as_ref().filter(|_| place > 0).map(|trace| replay(trace));
        let what = replay.unwrap_or_else(|| result.statement.into());
        line(&mut text, BAD, "VIOLATED", &format!("{}: {what}", result.with_length()));
        if let Some(trace) = traces.iter().find(|trace| place == 0 && trace.property == result.name) {
            text.push_str(&render_text(trace));
        }
    }
    conclude(&mut text, case, 1);
    text
}

/// One case in a line without colours: what it is called, its verdict, how much was explored in which time.
pub fn in_a_line(case: &Case) -> String {
    let verdict = match case.standing() {
        Standing::Expected => "as expected",
        Standing::Unexpected => "NOT AS EXPECTED",
        Standing::Undecided => "undecided",
    };
    let time = case.run.as_ref().map_or_else(String::new, |run| format!(", {:.2} s", run.seconds));
    format!("{}: {verdict}, {} states{time}", case.model, thousands(case.counts.unique_states))
}

fn explored(case: &Case) -> String {
    let counts = &case.counts;
    let depth = counts.max_depth.map_or_else(String::new, |depth| format!("depth {depth}, "));
    let end = if case.complete { "exhausted".into() } else { format!("INCOMPLETE ({})", case.stopped) };
    let (time, threads) = match &case.run {
        Some(run) if run.threads == 1 => (format!(" in {:.2} s", run.seconds), ", 1 thread".into()),
        Some(run) => (format!(" in {:.2} s", run.seconds), format!(", {} threads", run.threads)),
        None => (String::new(), String::new()),
    };
    let identity = if case.identity == Identity::Hash { ", by hash" } else { "" };
    format!(
        "{} states, {} generated, {} terminal, {depth}{end}{time} ({}, {}{identity}{threads})",
        thousands(counts.unique_states),
        thousands(counts.generated_states),
        thousands(counts.terminal_states),
        case.engine,
        case.strategy,
    )
}

fn list(text: &mut String, case: &Case, style: Style, verdict: Verdict) {
    let of_it = case.properties.iter().filter(|result| result.verdict == verdict && !result.vacuous);
    let names: Vec<_> = of_it.map(PropertyResult::with_length).collect();
    if !names.is_empty() {
        line(text, style, verdict.name(), &names.join(", "));
    }
}

/// The verdict on the case, what is not as expected, and what to type next, for at most this many counterexamples.
fn conclude(text: &mut String, case: &Case, most: usize) {
    for trace in case.violated().into_iter().take(most).filter_map(|result| result.trace.as_ref()) {
        line(text, PLAIN, "replay", &replay(trace));
    }
    if let Some(clause) = case.unasked() {
        line(text, DOUBT, "note", &clause);
    }
    let witness = case.properties.iter().find(|result| result.trace.is_some() && result.verdict == Verdict::Reached);
    if let Some(trace) = witness.and_then(|result| result.trace.as_ref()) {
        line(text, PLAIN, "witness", &replay(trace));
    }
    for surprise in case.unexpected() {
        let place = place(&case.file, surprise.line);
        let what = format!("{place}: {} expected {}, found {}", surprise.name, surprise.expected, surprise.found);
        line(text, BAD, "UNEXPECTED", &what);
    }
    let file = visible(&case.file);
    match case.standing() {
        Standing::Unexpected => line(text, BAD, "verdict", &format!("{file} is not as expected")),
        Standing::Expected => {
            let certain = if case.complete { "" } else { ": everything demanded was certain before the search ended" };
            match case.demands_nothing() {
                true => line(text, DOUBT, "verdict", &format!("nothing is demanded of {file}{certain}")),
                false => line(text, GOOD, "verdict", &format!("{file} is as expected{certain}")),
            }
        }
        Standing::Undecided => {
            line(text, DOUBT, "verdict", &format!("{file} is undecided: {}", case.way_on()));
        }
    }
}

/// Below this width, a table of a suite leaves out what is generated and what is vacuous.
const FULL_WIDTH: usize = 110;

/// Every case of a suite as a table of at most this many columns, then the surprises and the verdict.
pub fn suite(report: &Report, width: usize) -> String {
    let is_full = width >= FULL_WIDTH;
    let keep = |cells: Vec<Cell>| -> Vec<Cell> {
        let wanted = |place: &usize| is_full || !matches!(place, 2 | 5);
        cells.into_iter().enumerate().filter(|(place, _)| wanted(place)).map(|(_, cell)| cell).collect()
    };
    let header: &[&str] = if is_full {
        &["model", "states", "generated", "depth", "violated", "vacuous", "as expected"]
    } else {
        &["model", "states", "depth", "violated", "as expected"]
    };
    let rows: Vec<_> = report.cases.iter().map(|case| keep(row(case))).collect();
    let mut text = table(header, &rows, width) + "\n";
    for case in report.cases.iter().filter(|case| !case.as_expected || case.unasked().is_some()) {
        conclude(&mut text, case, usize::MAX);
    }
    let style = match report.standing() {
        Standing::Expected => GOOD,
        Standing::Undecided => DOUBT,
        Standing::Unexpected => BAD,
    };
    line(&mut text, style, "suite", &report.summary());
    text
}

fn row(case: &Case) -> Vec<Cell> {
    let named = |is_it: &dyn Fn(&PropertyResult) -> bool| {
        let names: Vec<_> = case.properties.iter().filter(|result| is_it(result)).map(|result| result.name).collect();
        names.join(" ")
    };
    let is_violated = |result: &PropertyResult| result.verdict == Verdict::Violated;
    let surprises = case.properties.iter().any(|r| is_violated(r) && r.standing == Standing::Unexpected);
    let (style, verdict) = match case.standing() {
        Standing::Unexpected => (BAD, "NO"),
        Standing::Expected => (GOOD, "yes"),
        Standing::Undecided => (DOUBT, "undecided"),
    };
    vec![
        Cell::new(visible(&case.model)),
        Cell::number(thousands(case.counts.unique_states)),
        Cell::number(thousands(case.counts.generated_states)),
        Cell::number(case.counts.max_depth.map_or_else(|| "-".into(), |depth| depth.to_string())),
        Cell::styled(if surprises { BAD } else { PLAIN }, named(&is_violated)),
        Cell::new(named(&|result| result.vacuous)),
        Cell::styled(style, verdict),
    ]
}

/// The mutants of a model in at most this many columns.
pub fn audit(case: &Case, width: usize) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &case.description);
    let Some(audit) = &case.audit else { return text };
    let demanded: Vec<_> = audit.demanded.iter().map(|one| format!("{} {}", one.name, one.verdict.name())).collect();
    let demanded = if demanded.is_empty() { "nothing, so nothing kills".into() } else { demanded.join(", ") };
    line(&mut text, PLAIN, "demanded", &demanded);
    let columns = audit.columns();
    let header: Vec<&str> = ["mutant", "fate"].iter().chain(&columns).copied().collect();
    let rows: Vec<_> = audit.mutants.iter().map(|mutant| mutant_row(mutant, &columns)).collect();
    if !rows.is_empty() {
        text += &table(&header, &rows, width);
    }
    for mutant in audit.mutants.iter().filter(|mutant| deserves_a_line(mutant)) {
        line(&mut text, fate_style(mutant.fate), mutant.fate.name(), &format!("{}: {}", mutant.edit, mutant.because()));
        line(&mut text, PLAIN, "", &visible(&mutant.command));
    }
    let same = audit.mutants.iter().filter(|mutant| mutant.fate == Fate::Equivalent && !deserves_a_line(mutant));
    let same: Vec<_> = same.map(|mutant| mutant.edit.as_str()).collect();
    if !same.is_empty() {
        let states = thousands(case.counts.unique_states);
        let what = format!("{}: the {states} states and their transitions are the model's", same.join(", "));
        line(&mut text, PLAIN, Fate::Equivalent.name(), &what);
    }
    for refused in audit.refused.chunk_by(|one, other| one.why == other.why) {
        let edits: Vec<_> = refused.iter().map(|refused| refused.edit.as_str()).collect();
        line(&mut text, PLAIN, "refused", &format!("{}: {}", edits.join(", "), visible(&refused[0].why)));
    }
    line(&mut text, if audit.standing() == Standing::Expected { GOOD } else { DOUBT }, "mutants", &audit.score());
    conclude(&mut text, case, 0);
    text
}

/// True iff the table does not say all of it.
fn deserves_a_line(mutant: &Mutant) -> bool {
    let falls_later = mutant.larger.iter().any(|larger| !larger.breaks.is_empty());
    falls_later || !matches!(mutant.fate, Fate::Killed | Fate::Equivalent)
}

fn mutant_row(mutant: &Mutant, columns: &[&str]) -> Vec<Cell> {
    let fate = Cell::styled(fate_style(mutant.fate), mutant.fate.name());
    let cells = columns.iter().map(|name| Cell::number(mutant.cell(name)));
    [Cell::new(&mutant.edit), fate].into_iter().chain(cells).collect()
}

fn fate_style(fate: Fate) -> Style {
    match fate {
        Fate::Killed => GOOD,
        Fate::Suspicious => BAD,
        Fate::Unknown => DOUBT,
        Fate::Safe | Fate::Equivalent => PLAIN,
    }
}

/// The reasons of a verdict, a line for each.
pub(crate) fn reasons(text: &mut String, result: &PropertyResult) {
    for (label, reasons) in [("evidence", &result.evidence), ("cause", &result.cause)] {
        for (place, reason) in reasons.iter().enumerate() {
            line(text, PLAIN, if place == 0 { label } else { "" }, reason);
        }
    }
}
