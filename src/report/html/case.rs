//! One model on the page: what it is, its counts, its properties, its traces. It knows nothing of the other models.

use super::super::text::{place, replay, steps, visible};
use super::super::{thousands, Case, Finding, Pin, PropertyResult, Standing, Weight};
use super::{badge, fact, mutants, standing, Links};
use crate::trace::html::stepper;
use maud::{html, Markup, PreEscaped};

/// The section of a case.
pub fn render(case: &Case, slug: &str, links: &Links) -> Markup {
    let counts = &case.counts;
    let end = if case.complete { "exhausted".into() } else { format!("incomplete ({})", case.stopped) };
    html! {
        details.case id={ "case-" (slug) } open[case.standing() != Standing::Expected] {
            summary { h2 { (visible(&case.model)) } (badge(case.standing())) }
            p.about { (visible(&case.description)) br; a href=(links.model(&case.file)) { code { (visible(&case.file)) } } }
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
            @if let Some(by_depth) = &counts.states_by_depth { (depths(by_depth)) }
            (properties(case, slug))
            @if let Some(audit) = &case.audit { (mutants::section(audit)) }
            (traces(case, slug, links))
        }
    }
}

/// States by depth; the script draws them.
fn depths(states_by_depth: &[u128]) -> Markup {
    let most = states_by_depth.iter().copied().max().unwrap_or(0);
    let peak = states_by_depth.iter().position(|states| *states == most).unwrap_or(0);
    let states: Vec<_> = states_by_depth.iter().map(u128::to_string).collect();
    html! {
        figure.depths data-states=(states.join(" ")) {
            figcaption { "States by depth: at most " (thousands(most)) ", " (peak) " steps from the start" }
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
                        code { (place(&case.file, finding.line)) } " " strong { (finding.name) } " " (finding.what)
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
        tr.surprise[result.standing == Standing::Unexpected] {
            th scope="row" { (result.name) }
            td {
                span.chip.(found).(standing(result)) {
                    @if case.trace(result.name).is_some() {
                        a href={ "#steps-" (slug) "-" (result.name) } { (found) (length) }
                    } @else { (found) (length) }
                }
            }
            td { (result.expected().or(result.demand.waived()).unwrap_or("–")) }
            td.statement {
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

fn traces(case: &Case, slug: &str, links: &Links) -> Markup {
    html! {
        @for result in &case.properties {
            @if let Some(trace) = case.trace(result.name) {
                @let id = format!("{slug}-{}", result.name);
                details.trace.(result.verdict.name()).(standing(result)) {
                    summary {
                        strong { (result.name) } " "
                        span.chip.(result.verdict.name()).(standing(result)) {
                            (trace.verdict) " in " (steps(trace.steps.len()))
                        }
                    }
                    (PreEscaped(stepper(trace, &format!("steps-{id}"))))
                    @if let Some(file) = &result.trace {
                        p.replay { code { (replay(file)) } " " a href=(links.trace(file)) { (visible(file)) } }
                    }
                }
            }
        }
    }
}
