//! A trace as a page: the diagram beside a stepper that shows every node's state and the messages in flight at each
//! step. One file, no server, no network. The stepper can also be had by itself, for a page that holds several.

use super::escape::json;
use super::frames::Frames;
use super::{svg, Reason, Trace};
use maud::{html, Markup, PreEscaped, DOCTYPE};
use serde_json::json;

/// The style sheet for any number of [`stepper`]s.
pub const STYLE: &str = concat!(include_str!("assets/diagram.css"), include_str!("assets/stepper.css"));

/// The script for any number of [`stepper`]s. It belongs after the last of them.
pub const SCRIPT: &str = include_str!("assets/stepper.js");

const PAGE_STYLE: &str =
    "body { margin: 0; padding: 1.25rem; background: var(--synod-ground); color: var(--synod-ink); \
    font: 14px/1.45 system-ui, \"Segoe UI\", \"Noto Sans\", \"DejaVu Sans\", sans-serif; }\n\
    main { max-width: 100rem; margin: 0 auto; }\n";

/// No page of ours loads anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// The page of a trace. Its controls have the ids `first`, `prev`, `next`, `last`, `slider` and `step`.
pub fn page(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                link rel="icon" href="data:,";
                title { (frames.name) ": " (frames.claim()) }
                style { (PreEscaped(STYLE)) (PreEscaped(PAGE_STYLE)) }
            }
            body {
                main { (section(&frames, "stepper", "")) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The diagram and the stepper of a trace as one `<section class="synod-stepper" id="ID">`, for a page that has
/// [`STYLE`] once and, after the last of them, [`SCRIPT`] once. The ids of its controls start with `ID-`, as in
/// `ID-next`; their classes are `first`, `prev`, `next`, `last`, `slider` and `step-number`.
pub fn stepper(trace: &Trace, id: &str) -> String {
    section(&Frames::new(trace), id, &format!("{id}-")).into_string()
}

fn section(frames: &Frames, id: &str, prefix: &str) -> Markup {
    let verdict = if frames.is_violation() { "violated" } else { "reached" };
    let label = format!("{}: {}", frames.name, frames.claim());
    html! {
        section.synod-stepper id=(id) aria-label=(label) {
            div.picture tabindex="0" role="group" aria-label="Sequence diagram" { (svg::fragment(frames)) }
            div class={ "panel " (verdict) } {
                (controls(frames, prefix))
                div.cause role="status" aria-live="polite" aria-atomic="true" {
                    span.cause-text { (frames.cause(&frames.frames[0])) }
                    span.settled { (frames.claim()) ": " (frames.statement) }
                }
                (reasons(frames))
                div { h3 { "Nodes" } (nodes(frames)) }
                div {
                    h3 { "In flight: " span.flight-count { (frames.frames[0].in_flight.len()) } }
                    ul.flights {}
                }
                p.keys { "Arrow keys step, Home and End jump, a click in the diagram goes there." }
                noscript { p { "Stepping needs JavaScript; the diagram shows every step." } }
            }
            (beside(frames))
            script.frames type="application/json" { (PreEscaped(data(frames))) }
        }
    }
}

fn controls(frames: &Frames, prefix: &str) -> Markup {
    let button = |name: &str, sign: &str, label: &str| {
        html! { button type="button" class=(name) id={ (prefix) (name) } aria-label=(label) title=(label) { (sign) } }
    };
    html! {
        div {
            div.controls {
                (button("first", "⇤", "First step"))
                (button("prev", "←", "Previous step"))
                (button("next", "→", "Next step"))
                (button("last", "⇥", "Last step"))
                span.place { "step " span.step-number id={ (prefix) "step" } { "0" } " of " (frames.steps()) }
            }
            input.slider type="range" id={ (prefix) "slider" } min="0" max=(frames.steps()) value="0" aria-label="Step";
        }
    }
}

/// What makes the verdict so. Each step that it names is a button that goes there.
fn reasons(frames: &Frames) -> Markup {
    html! {
        @if !frames.evidence.is_empty() {
            div.why {
                h3 { "Evidence" }
                ul.evidence { @for reason in &frames.evidence { li { (reason.text) (links(reason)) } } }
            }
        }
        @if let Some(cause) = &frames.cause {
            div.why {
                h3 { "Cause" }
                ul.causes { @for reason in &cause.reasons { li { (reason.text) (links(reason)) } } }
            }
        }
    }
}

/// The schedule beside the reference, from the first step on that it does not take or takes otherwise.
fn beside(frames: &Frames) -> Markup {
    let cause = frames.cause.as_ref().filter(|cause| !cause.beside.is_empty());
    html! {
        @if let Some(cause) = cause {
            div.beside {
                h3 { "The same schedule in " (cause.reference) }
                table {
                    thead { tr { th scope="col" { "Step" } th scope="col" { "Here" } th scope="col" { (cause.reference) } } }
                    tbody {
                        @for row in &cause.beside {
                            tr.alike[row.is_alike] data-step=(row.step) {
                                th scope="row" { button.to-step type="button" data-step=(row.step) { (row.step) } }
                                td { (row.here) }
                                td { (row.there) @if !row.is_alike { span.state { (row.state) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn links(reason: &Reason) -> Markup {
    html! {
        @for step in &reason.steps {
            " " button.to-step type="button" data-step=(step) aria-label={ "Go to step " (step) } { (step) }
        }
    }
}

fn nodes(frames: &Frames) -> Markup {
    html! {
        table.nodes {
            tbody {
                @for (name, state) in frames.nodes.iter().zip(&frames.frames[0].states) {
                    tr.node { th scope="row" { (name) } td.node-state { (state) } }
                }
            }
        }
    }
}

/// What the script steps through, as JSON that no text in it can break out of.
fn data(frames: &Frames) -> String {
    let parcels: Vec<_> = frames
        .parcels
        .iter()
        .map(|parcel| {
            json!({ "from": parcel.from, "to": parcel.to, "message": parcel.message, "sent_at": parcel.sent_at })
        })
        .collect();
    let steps: Vec<_> = frames
        .frames
        .iter()
        .map(|frame| {
            json!({
                "cause": frames.cause(frame),
                "changed": frame.change.as_ref().map(|change| change.node),
                "before": frame.change.as_ref().map(|change| &change.before),
                "states": frame.states,
                "down": frame.down,
                "in_flight": frame.in_flight,
                "sent": frame.sent,
            })
        })
        .collect();
    json(&json!({ "nodes": frames.nodes, "parcels": parcels, "frames": steps }), false)
}
