//! A trace as a page: its diagram, drawn for the width there is, and a stepper that shows every node's state and the
//! messages in flight at each step. One file, no server, no network. The stepper is also available by itself, for a page
//! that holds several: each carries its trace once, as compact data, and is built when it is first seen.

use super::escape::json;
use super::frames::{Action, Frame, Frames, OwnStep};
use super::{svg, Trace};
use maud::{html, Markup, PreEscaped, DOCTYPE};
use serde_json::{json, Value};

/// The style sheet for any number of [`stepper`]s.
pub const STYLE: &str = concat!(include_str!("assets/diagram.css"), include_str!("assets/stepper.css"));

/// The script for any number of [`stepper`]s. It belongs after the last of them.
pub const SCRIPT: &str =
    concat!(include_str!("assets/address.js"), include_str!("assets/diagram.js"), include_str!("assets/stepper.js"));

const PAGE_STYLE: &str = include_str!("assets/page.css");

/// No page of ours loads anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// The page of a trace. Its controls have the ids `first`, `prev`, `play`, `next`, `last`, `slider` and `step`; its
/// address holds the step, as in `#step=12`.
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
                main {
                    (header(&frames))
                    (section(&frames, "stepper", "", None))
                    noscript { p { "Stepping needs JavaScript. This is the whole trace:" } (svg::fragment(&frames)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// The diagram and the stepper of a trace as one `<section class="synod-stepper" id="ID">`, for a page that has
/// [`STYLE`] once and, after the last of them, [`SCRIPT`] once. The ids of its controls start with `ID-`, as in
/// `ID-next`; their classes are `first`, `prev`, `play`, `next`, `last`, `slider` and `step-number`. The page's address
/// names it with its step, as in `#ID&step=12`.
pub fn stepper(trace: &Trace, id: &str) -> String {
    section(&Frames::new(trace), id, &format!("{id}-"), Some(id)).into_string()
}

fn header(frames: &Frames) -> Markup {
    html! {
        header class=(verdict(frames)) {
            h1 { (frames.name) }
            p.claim { strong { (frames.verdict) } " " b { (frames.property) } ": " (frames.statement) }
            p.model { (frames.model) }
        }
    }
}

/// The class of everything that has the verdict's colour.
fn verdict(frames: &Frames) -> &'static str {
    if frames.is_violation() {
        "violated"
    } else {
        "reached"
    }
}

fn section(frames: &Frames, id: &str, prefix: &str, target: Option<&str>) -> Markup {
    let label = format!("{}: {}", frames.name, frames.claim());
    html! {
        section.synod-stepper id=(id) aria-label=(label) data-prefix=(prefix) data-target=[target] {
            script.frames type="application/json" { (PreEscaped(json(&data(frames), false))) }
        }
    }
}

/// What the script steps through: what every step changed, with each message's text once.
fn data(frames: &Frames) -> Value {
    let mut messages: Vec<&str> = Vec::new();
    let mut envelopes = Vec::new();
    for envelope in &frames.envelopes {
        let known = messages.iter().position(|message| *message == envelope.message);
        let index = known.unwrap_or_else(|| {
            messages.push(&envelope.message);
            messages.len() - 1
        });
        envelopes.push(json!([envelope.from, envelope.to, index, envelope.sent_at]));
    }
    let is_settled = frames.verdict != "conforms";
    json!({
        "claim": frames.claim(),
        "verdict": verdict(frames),
        "statement": frames.statement,
        "nodes": frames.nodes,
        "initial": frames.frames[0].states,
        "messages": messages,
        "ballots": messages.iter().map(|message| ballot(message)).collect::<Vec<_>>(),
        "envelopes": envelopes,
        "steps": frames.frames[1..].iter().map(step).collect::<Vec<_>>(),
        "start": if is_settled { frames.steps() } else { 0 },
        "reasons": frames.evidence,
        "causes": frames.cause.as_ref().map_or(&[][..], |cause| &cause.reasons),
        "reference": frames.cause.as_ref().map(|cause| &cause.reference),
        "beside": frames.cause.as_ref().map_or(&[][..], |cause| &cause.beside),
    })
}

fn step(frame: &Frame) -> Value {
    let mut step = match frame.action {
        Action::Start => json!({}),
        Action::Deliver(envelope) if frame.in_flight.contains(&envelope) => {
            json!({ "deliver": envelope, "stays": true })
        }
        Action::Deliver(envelope) => json!({ "deliver": envelope }),
        Action::Drop(envelope) => json!({ "drop": envelope }),
        Action::Local(node, own @ (OwnStep::Crash | OwnStep::Recover)) => {
            json!({ "node": node, "does": frame.own_step, "down": own == OwnStep::Crash })
        }
        Action::Local(node, _) => json!({ "node": node, "does": frame.own_step }),
    };
    if let Some(change) = &frame.change {
        step["change"] = json!([change.node, change.after]);
    }
    step
}

/// The ballot of a message, which is the first number in it.
fn ballot(message: &str) -> Option<u64> {
    let digits = message.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?;
    digits.parse().ok()
}
