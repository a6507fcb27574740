//! A trace in the Informal Trace Format (Apalache's ADR-015), for the tools that read TLA+ and Quint counterexamples.
//! Text is made visible as in every other rendering; the saved trace has it as it is.

use super::escape::json;
use super::frames::{Frame, Frames};
use super::{Reason, Trace};
use serde_json::{json, Value};
use std::collections::BTreeMap;

const DESCRIPTION: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";

/// The trace: the variables are every node's state, the bag of messages in flight, and the number of the step.
pub fn render(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    let states: Vec<Value> = (0..).zip(&frames.frames).map(|(index, frame)| state(&frames, index, frame)).collect();
    let of = format!("{}: {}: {}", frames.name, frames.claim(), frames.statement);
    let mut itf = json!({
        "#meta": {
            "format": "ITF",
            "format-description": DESCRIPTION,
            "description": format!("{of} ({})", frames.model),
            "source": frames.name,
            "status": frames.verdict,
            "evidence": joined(&frames.evidence),
            "cause": frames.cause.as_ref().map_or_else(String::new, |cause| joined(&cause.reasons)),
            "varTypes": {
                "node_states": "Str -> Str",
                "in_flight": "{ from: Str, message: Str, to: Str } -> Int",
                "step": "Int",
            },
        },
        "params": [],
        "vars": ["node_states", "in_flight", "step"],
        "states": states,
    });
    if frames.repeats > 0 {
        // The state that comes after the last one, again and again.
        itf["loop"] = json!(frames.steps() - frames.repeats + 1);
    }
    json(&itf, true) + "\n"
}

/// Reasons in one text: readers take no other metadata.
fn joined(reasons: &[Reason]) -> String {
    reasons.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>().join("; ")
}

fn state(frames: &Frames, index: usize, frame: &Frame) -> Value {
    let states: Vec<Value> = frames.nodes.iter().zip(&frame.states).map(|(node, state)| json!([node, state])).collect();
    let mut bag: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for envelope in frame.in_flight.iter().map(|envelope| &frames.envelopes[*envelope]) {
        *bag.entry((&frames.nodes[envelope.from], &frames.nodes[envelope.to], &envelope.message)).or_default() += 1;
    }
    let counted = |((from, to, message), count)| json!([{ "from": from, "to": to, "message": message }, count]);
    json!({
        "#meta": { "index": index, "action": frames.describe(frame) },
        "node_states": { "#map": states },
        "in_flight": { "#map": bag.into_iter().map(counted).collect::<Vec<_>>() },
        "step": index,
    })
}
