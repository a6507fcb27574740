//! One model on the page: what it is, its counts, its properties, its traces. It knows nothing of the other models.

use super::super::text::{place, replay, steps, visible};
use super::super::{thousands, Case, Finding, Outcome, Pin, PropertyResult, Weight};
use super::{badge, chart, fact, haystack, tags};
use crate::trace::html::stepper;
use maud::{html, Markup, PreEscaped};

/// The section of a case.
pub fn render(case: &Case, slug: &str) -> Markup {
    let counts = &case.counts;
    let end = if case.complete { "exhausted".into() } else { format!("incomplete ({})", case.stopped) };
    html! {
        details.case id={ "case-" (slug) } data-tags=(tags(case).join(" ")) data-text=(haystack(case))
            open[case.outcome() != Outcome::Expected] {
            summary { h2 { (visible(&case.model)) } (badge(case.outcome())) }
            p.about { (visible(&case.description)) br; code { (visible(&case.file)) } }
            @for note in &case.notes { p.note { "Note: " (visible(note)) } }
            (findings(case))
            dl.facts {
                (fact("states", &thousands(counts.unique_states)))
                (fact("generated", &thousands(counts.generated_states)))
                (fact("terminal", &thousands(counts.terminal_states)))
                @if let Some(depth) = counts.max_depth { (fact("depth", &thousands(depth))) }
                (fact("search", &format!("{}, {}", case.engine, case.strategy)))
                (fact("space", &end))
                @if let Some(run) = &case.run { (fact("seconds", &format!("{:.2}", run.seconds))) }
            }
            @if let Some(by_depth) = &counts.states_by_depth { (chart::render(by_depth)) }
            (properties(case, slug))
            (traces(case, slug))
        }
    }
}

fn class(weight: Weight) -> &'static str {
    match weight {
        Weight::Unexpected => "unexpected",
        Weight::Undecided => "undecided",
        Weight::Waived | Weight::Vacuous => "waived",
    }
}

fn findings(case: &Case) -> Markup {
    let is_shown = |finding: &Finding| finding.is_prominent && finding.weight != Weight::Vacuous;
    let findings: Vec<_> = case.findings().into_iter().filter(is_shown).collect();
    html! {
        @if !findings.is_empty() {
            ul.findings {
                @for finding in &findings {
                    li.(class(finding.weight)) {
                        code { (place(case, finding.line)) } " " strong { (finding.name) } " " (finding.what)
                    }
                }
            }
        }
    }
}

fn properties(case: &Case, slug: &str) -> Markup {
    html! {
        div.wide {
            table.properties {
                thead { tr {
                    th scope="col" { "Property" } th scope="col" { "Found" } th scope="col" { "Expected" }
                    th scope="col" { "In words" }
                } }
                tbody {
                    @for result in &case.properties { (property(case, result, slug)) }
                    @for pin in &case.pins { (pinned(pin)) }
                }
            }
        }
    }
}

fn property(case: &Case, result: &PropertyResult, slug: &str) -> Markup {
    let found = result.described();
    let length = result.trace_length.map_or_else(String::new, |length| format!(" in {}", steps(length)));
    html! {
        tr.surprise[result.outcome == Outcome::Unexpected] {
            th scope="row" { (result.name) }
            td {
                span.chip.(found) {
                    @if case.trace(result.name).is_some() {
                        a href={ "#trace-" (slug) "-" (result.name) } { (found) (length) }
                    } @else { (found) (length) }
                }
            }
            td { (result.expected().or(result.demand.waived()).unwrap_or("–")) }
            td.statement {
                (result.statement)
                @if let (true, Some(premise)) = (result.vacuous, result.premise) {
                    small { "It holds vacuously: no reachable state has " (premise) "." }
                }
            }
        }
    }
}

fn pinned(pin: &Pin) -> Markup {
    html! {
        tr.pin.surprise[!pin.as_expected] {
            th scope="row" { (pin.name) }
            td { (pin.found.map_or_else(|| "–".into(), thousands)) }
            td { (thousands(pin.expected)) }
            td {}
        }
    }
}

fn traces(case: &Case, slug: &str) -> Markup {
    html! {
        @for result in &case.properties {
            @if let Some(trace) = case.trace(result.name) {
                @let id = format!("{slug}-{}", result.name);
                details.trace.(result.verdict.name()) id={ "trace-" (id) } {
                    summary {
                        strong { (result.name) } " " (trace.verdict) " in " (steps(trace.steps.len()))
                        small { (visible(&trace.statement)) }
                    }
                    (PreEscaped(stepper(trace, &format!("steps-{id}"))))
                    @if let Some(file) = &result.trace { p.replay { code { (replay(file)) } } }
                }
            }
        }
    }
}
