//! One self-contained HTML page: the verdict, a table of the models, and for each its properties, its states by depth
//! and its traces. Every value is escaped by the markup; the page loads nothing and sends nothing.

mod case;
mod links;
mod mutants;
mod packed;

pub use links::Links;

use super::text::visible;
use super::{thousands, Case, PropertyResult, Report, Standing, Verdict};
use crate::trace;
use maud::{html, Markup, PreEscaped, DOCTYPE};
use std::collections::BTreeSet;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The policy of the page: it loads nothing and sends nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'";

/// The report as a page.
pub fn render(report: &Report, links: &Links) -> String {
    let script = [trace::html::SCRIPT, SCRIPT].concat();
    let below = html! { (cases(report, links)) script { (PreEscaped(script)) } };
    page(report, &html! {}, &below)
}

/// The report as a page that holds everything below the table of models compressed: it shows that only in a browser, and
/// takes a tenth of the room. `front` is what stands above the table, as HTML.
pub fn render_packed(report: &Report, links: &Links, front: Option<&str>) -> String {
    let front = html! { @if let Some(front) = front { section #front { (PreEscaped(front)) } } };
    let below = packed::pack(&cases(report, links), &[trace::html::SCRIPT, SCRIPT].concat());
    page(report, &front, &below)
}

/// Everything below the table of models.
fn cases(report: &Report, links: &Links) -> Markup {
    html! {
        section #cases aria-label="Each model" {
            @for (case, slug) in report.cases.iter().zip(&slugs(&report.cases)) { (case::render(case, slug, links)) }
        }
        (glossary(report))
    }
}

fn page(report: &Report, front: &Markup, below: &Markup) -> String {
    let slugs = slugs(&report.cases);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Synod: " (report.summary()) }
                style { (PreEscaped(STYLE)) (PreEscaped(trace::html::STYLE)) }
            }
            body {
                (header(report))
                main {
                    (front)
                    section #overview aria-label="All models" { (filters(report)) (models(report, &slugs)) }
                    (below)
                }
                footer { "Synod " (env!("CARGO_PKG_VERSION")) ", report schema " (report.schema) }
            }
        }
    };
    page.into_string() + "\n"
}

fn header(report: &Report) -> Markup {
    let standing = report.standing();
    let headline = match (standing, report.cases.len()) {
        (Standing::Expected, 1) => "The model is as expected".into(),
        (Standing::Expected, models) => format!("All {models} models are as expected"),
        (Standing::Unexpected, models) => format!("{} of {models} not as expected", report.count(standing)),
        (Standing::Undecided, models) => format!("{} of {models} undecided", report.count(standing)),
    };
    let states: u128 = report.cases.iter().map(|case| case.counts.unique_states).sum();
    let properties: usize = report.cases.iter().map(|case| case.properties.len()).sum();
    let seconds = report.cases.iter().map(|case| Some(case.run.as_ref()?.seconds)).sum::<Option<f64>>();
    html! {
        header class=(class(standing)) {
            p.brand { "Synod" }
            h1 #verdict { (headline) }
            @if let Some(unasked) = report.unasked() { p.note { (unasked) } }
            dl.facts {
                (fact("models", &report.cases.len().to_string()))
                (fact("properties", &thousands(properties as u64)))
                (fact("states", &thousands(states)))
                @if let Some(seconds) = seconds { (fact("seconds", &format!("{seconds:.1}"))) }
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// The buttons and the text that narrow the page down.
fn filters(report: &Report) -> Markup {
    let count = |tag: &str| report.cases.iter().filter(|case| tags(case).contains(&tag)).count();
    let all = [
        ("all", "All"),
        ("unexpected", "Not as expected"),
        ("undecided", "Undecided"),
        ("expected", "As expected"),
        ("violated", "Violated"),
        ("waived", "Violated, not demanded"),
        ("vacuous", "Vacuous"),
    ];
    html! {
        form #filters role="search" {
            div.buttons role="group" aria-label="Filter by verdict" {
                @for (tag, label) in all {
                    button type="button" id={ "filter-" (tag) } data-filter=(tag) aria-pressed=(tag == "all")
                        disabled[tag != "all" && count(tag) == 0] {
                        (label) " " span.count { (count(tag)) }
                    }
                }
            }
            input #filter-text type="search" placeholder="model, protocol or property" aria-label="Filter by text"
                autocomplete="off" spellcheck="false";
            output #shown for="filter-text" { (report.cases.len()) " of " (report.cases.len()) }
            p.legend {
                span { span.chip.violated.unexpected { "violated" } " not as expected" }
                span { span.chip.violated.expected { "violated" } " as expected" }
                span { span.chip.violated.waived { "violated" } " not demanded" }
                span { span.chip.vacuous { "vacuous" } " no reachable state puts it to the test" }
            }
        }
    }
}

/// The tags that the buttons filter by.
fn tags(case: &Case) -> Vec<&'static str> {
    let mut tags = vec!["all", class(case.standing())];
    let has = |is_it: fn(&PropertyResult) -> bool| case.properties.iter().any(is_it);
    tags.extend(has(|result| result.verdict == Verdict::Violated).then_some("violated"));
    tags.extend(has(|r| r.verdict == Verdict::Violated && r.demand.waived().is_some()).then_some("waived"));
    tags.extend(has(|result| result.vacuous).then_some("vacuous"));
    tags
}

/// The columns of the table of models: what they are sorted by in the address, their class, their heading.
const COLUMNS: [(&str, &str, &str); 8] = [
    ("model", "name", "Model"),
    ("verdict", "verdict", "Verdict"),
    ("violated", "chips", "Violated"),
    ("vacuous", "chips", "Vacuous"),
    ("holding", "number", "Holding"),
    ("states", "number", "States"),
    ("generated", "number", "Generated"),
    ("depth", "number", "Depth"),
];

fn models(report: &Report, slugs: &[String]) -> Markup {
    html! {
        table #models {
            thead { tr {
                @for (key, class, label) in COLUMNS {
                    th.(class) scope="col" { button type="button" data-sort=(key) { (label) } }
                }
            } }
            tbody {
                @for (case, slug) in report.cases.iter().zip(slugs) { (model(case, slug)) }
            }
        }
        p #none hidden { "No model fits the filter." }
    }
}

fn model(case: &Case, slug: &str) -> Markup {
    let named = |is_it: fn(&PropertyResult) -> bool| case.properties.iter().filter(move |result| is_it(result));
    let unknown = named(|r| r.verdict == Verdict::Unknown).count();
    let depth = case.counts.max_depth.map_or_else(|| "–".into(), |depth| depth.to_string());
    html! {
        tr.model id={ "model-" (slug) } data-tags=(tags(case).join(" ")) {
            th scope="row" {
                a href={ "#case-" (slug) } { (visible(&case.model)) }
                small { (visible(&case.description)) }
            }
            td.verdict { (badge(case.standing())) }
            td.chips data-label="violated" {
                @for result in named(|r| r.verdict == Verdict::Violated) {
                    span.chip.violated.(standing(result)) { (result.name) } " "
                }
            }
            td.chips data-label="vacuous" {
                @for result in named(|r| r.vacuous) { span.chip.vacuous.(standing(result)) { (result.name) } " " }
            }
            td.number {
                (named(|r| r.verdict == Verdict::Holds && !r.vacuous).count())
                @if unknown > 0 { small { (unknown) " undecided" } }
            }
            td.number { (thousands(case.counts.unique_states)) }
            td.number { (thousands(case.counts.generated_states)) }
            td.number { (depth) }
        }
    }
}

/// Every property in words, once for all models; the script puts the words where the property is.
fn glossary(report: &Report) -> Markup {
    let mut seen = BTreeSet::new();
    let all = report.cases.iter().flat_map(|case| &case.properties);
    let distinct: Vec<_> = all.filter(|result| seen.insert(result.name)).collect();
    html! {
        @if !distinct.is_empty() {
            section #glossary aria-label="Properties in words" {
                h2 { "Properties" }
                dl {
                    @for result in distinct {
                        dt { (result.name) }
                        dd { (result.statement) }
                    }
                }
            }
        }
    }
}

/// How a result stands to what is demanded, as a class: an expected violation must not look like an unexpected one.
fn standing(result: &PropertyResult) -> &'static str {
    result.demand.waived().map_or_else(|| class(result.standing), |_| "waived")
}

fn badge(standing: Standing) -> Markup {
    html! { span.badge.(class(standing)) { (standing.described()) } }
}

fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Expected => "expected",
        Standing::Undecided => "undecided",
        Standing::Unexpected => "unexpected",
    }
}

/// The id of each case: its name as far as an id can hold it, unique on the page.
fn slugs(cases: &[Case]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut slugs = Vec::new();
    for case in cases {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let slug: String = case.model.chars().map(plain).collect();
        let others = (2..).map(|number| format!("{slug}-{number}"));
        let distinct = std::iter::once(slug.clone()).chain(others).find(|slug| !taken.contains(slug));
        let distinct = distinct.expect("there is always a larger number");
        taken.insert(distinct.clone());
        slugs.push(distinct);
    }
    slugs
}
