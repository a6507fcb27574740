//! Markdown for a job summary or a pull request: the verdict, a table of the models, what needs a look in full.

use super::text::{counterexample, place, visible};
use super::{thousands, Audit, Case, PropertyResult, Report, Standing, Verdict, Weight};
use std::fmt::Write;

/// A job summary takes a megabyte; beyond this much, details give way to a note.
const MAX_BYTES: usize = 512 << 10;

/// The report as Markdown.
pub fn render(report: &Report) -> String {
    let mut text = format!("## {} {}\n\n", sign(report.standing()), verdict(report));
    text += "| model | states | generated | depth | violated | vacuous | verdict |\n";
    text += "| --- | ---: | ---: | ---: | --- | --- | --- |\n";
    for case in &report.cases {
        row(&mut text, case);
    }
    let deserves_a_look = |case: &&Case| case.findings().iter().any(|finding| finding.weight <= Weight::Waived);
    let troubled: Vec<_> = report.cases.iter().filter(deserves_a_look).collect();
    let mut left_out = 0;
    for case in troubled {
        let details = details(case);
        if text.len() + details.len() > MAX_BYTES {
            left_out += 1;
        } else {
            text += &details;
        }
    }
    for case in &report.cases {
        case.audit.iter().for_each(|audit| text += &mutants(audit));
    }
    if left_out > 0 {
        add(&mut text, format_args!("\n{left_out} more in the JSON report: this one would grow too long.\n"));
    }
    text
}

fn add(text: &mut String, what: std::fmt::Arguments) {
    text.write_fmt(what).expect("a string takes every write");
}

fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Expected => "✅",
        Standing::Undecided => "⚠️",
        Standing::Unexpected => "❌",
    }
}

fn verdict(report: &Report) -> String {
    match report.cases.as_slice() {
        [case] => inline(&format!("{}: {}", case.model, described(case))),
        cases => format!("{} models: {}", cases.len(), report.summary()),
    }
}

/// The standing of a case, with what is violated and not demanded.
fn described(case: &Case) -> String {
    let unasked = case.unasked().map_or_else(String::new, |clause| format!("; {clause}"));
    format!("{}{unasked}", case.standing().described())
}

fn row(text: &mut String, case: &Case) {
    let named = |is_it: fn(&PropertyResult) -> bool| {
        let shown = case.properties.iter().filter(|result| is_it(result)).map(|result| inline(&result.with_length()));
        shown.collect::<Vec<_>>().join(", ")
    };
    let standing = case.standing();
    add(
        text,
        format_args!(
            "| {} | {} | {} | {} | {} | {} | {} {} |\n",
            inline(&case.model),
            thousands(case.counts.unique_states),
            thousands(case.counts.generated_states),
            case.counts.max_depth.map_or_else(|| "–".into(), |depth| depth.to_string()),
            named(|result| result.verdict == Verdict::Violated),
            named(|result| result.vacuous),
            sign(standing),
            inline(&described(case)),
        ),
    );
}

/// What there is to see of a case that is not plainly as expected.
fn details(case: &Case) -> String {
    let mut text = String::new();
    add(&mut text, format_args!("\n### {} {}\n\n", sign(case.standing()), inline(&case.model)));
    add(&mut text, format_args!("{}\n\n", inline(&case.description)));
    case.notes.iter().for_each(|note| add(&mut text, format_args!("Note: {}\n\n", inline(note))));
    for finding in case.findings() {
        let place = inline(&place(&case.file, finding.line));
        add(&mut text, format_args!("- {place}: **{}** {}\n", inline(finding.name), inline(&finding.what)));
        if let Some(statement) = finding.statement {
            add(&mut text, format_args!("  <br>{}\n", inline(statement)));
        }
        if let Some(trace) = finding.trace {
            let block = fenced(&counterexample(trace));
            block.lines().for_each(|line| add(&mut text, format_args!("  {line}\n")));
        }
    }
    text
}

/// The mutants, a row for each.
fn mutants(audit: &Audit) -> String {
    let columns = audit.columns();
    let heads: String = columns.iter().map(|name| format!(" {} |", inline(name))).collect();
    let mut text = format!("\n### Mutants: {}\n\n| mutant | fate |{heads} because |\n", inline(&audit.score()));
    text += &format!("| --- | --- |{} --- |\n", " ---: |".repeat(columns.len()));
    for mutant in &audit.mutants {
        let cells: String = columns.iter().map(|name| format!(" {} |", mutant.cell(name))).collect();
        let [edit, because] = [&mutant.edit, &mutant.because()].map(|text| inline(text));
        text += &format!("| {edit} | {} |{cells} {because} |\n", mutant.fate.name());
    }
    for refused in &audit.refused {
        text += &format!("\n- {} is refused: {}", inline(&refused.edit), inline(&refused.why));
    }
    text + "\n"
}

/// Text that Markdown and HTML take as it is, in a line or in the cell of a table.
fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '@' => escaped += "&#64;", // no one is to be notified
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
    }
    escaped
}

/// A block of preformatted text, with a fence longer than any row of backticks in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}
