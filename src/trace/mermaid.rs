//! A trace as a Mermaid `sequenceDiagram`, for pull requests and Markdown pages. Everything that is not plainly harmless is
//! written as an entity, so that no text of a trace is taken for Mermaid, Markdown or HTML.

use super::escape::wrap;
use super::frames::{Action, Frames, NodeChange};
use super::Trace;
use std::fmt::Write;

/// A note over all nodes is broken after this many characters.
const WIDE: usize = 90;
/// The same for a note over one node.
const NARROW: usize = 30;

/// The background of a step that the evidence or the cause names.
const MARKED: &str = "rgba(230, 160, 30, 0.2)";

/// The diagram, without the fence of a Markdown code block.
pub fn render(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    let mut text = String::from("sequenceDiagram\n");
    let mut say = |line: String| writeln!(text, "    {line}").expect("a string takes every write");
    for (node, name) in frames.nodes.iter().enumerate() {
        say(format!("participant n{node} as {}", entities(name)));
    }
    let everyone = match frames.nodes.len() {
        0 | 1 => "n0".to_string(),
        count => format!("n0,n{}", count - 1),
    };
    if frames.nodes.is_empty() {
        say("participant n0 as no nodes".into());
    }
    say(format!("Note over {everyone}: {}", note(WIDE, &[&frames.name, &frames.model])));
    for step in 1..=frames.steps() {
        if frames.is_repeated(step) && !frames.is_repeated(step - 1) {
            say("loop for ever".into());
        }
        let is_marked = frames.is_evidence(step) || frames.is_cause(step);
        if is_marked {
            say(format!("rect {MARKED}"));
        }
        for line in lines(&frames, step) {
            say(line);
        }
        if is_marked {
            say("end".into());
        }
    }
    if frames.repeats > 0 {
        say("end".into());
    }
    let left = frames.left_in_flight();
    if !left.is_empty() {
        say(format!("Note over {everyone}: {}", note(WIDE, &[&format!("still in flight: {}", left.join(", "))])));
    }
    let verdict = format!("{} {}", frames.verdict.to_uppercase(), frames.property);
    let colour = if frames.is_violation() { "rgba(220, 50, 50, 0.2)" } else { "rgba(40, 160, 80, 0.2)" };
    say(format!("rect {colour}"));
    say(format!("Note over {everyone}: {}", note(WIDE, &[&verdict, &frames.statement])));
    let reasons: Vec<_> = frames.reasons().collect();
    for group in reasons.chunk_by(|_, (label, _)| label.is_empty()) {
        let texts = group.iter().map(|(_, reason)| reason.text.as_str());
        let paragraphs: Vec<&str> = group.iter().map(|(label, _)| *label).take(1).chain(texts).collect();
        say(format!("Note over {everyone}: {}", note(WIDE, &paragraphs)));
    }
    say("end".into());
    text
}

/// One step: an arrow or a note for its cause, and a note for the state that it led to.
fn lines(frames: &Frames, step: usize) -> Vec<String> {
    let frame = &frames.frames[step];
    let mut lines = Vec::new();
    let mut local = None;
    match frame.action {
        Action::Start => {}
        Action::Deliver(envelope) | Action::Drop(envelope) => {
            let envelope = &frames.envelopes[envelope];
            let is_lost = matches!(frame.action, Action::Drop(_));
            let (arrow, fate) = if is_lost { ("--x", " is lost") } else { ("->>", "") };
            let words = entities(&format!("{step}. {}{fate}", envelope.message));
            lines.push(format!("n{}{arrow}n{}: {words}", envelope.from, envelope.to));
        }
        Action::Local(node, _) => local = Some((node, format!("{step}. {}", frame.own_step))),
    }
    match (&frame.change, local) {
        (Some(change), Some((node, own))) if change.node == node => {
            lines.push(format!("Note over n{node}: {}", note(NARROW, &[&own, &change.after])));
        }
        (change, local) => {
            lines.extend(local.map(|(node, own)| format!("Note over n{node}: {}", note(NARROW, &[&own]))));
            let note = |change: &NodeChange| format!("Note over n{}: {}", change.node, note(NARROW, &[&change.after]));
            let after = change.as_ref().map(note);
            lines.extend(after);
        }
    }
    lines
}

/// Paragraphs as the text of a note, in lines of at most this many columns.
fn note(columns: usize, paragraphs: &[&str]) -> String {
    let lines: Vec<String> =
        paragraphs.iter().flat_map(|text| wrap(text, columns)).map(|line| entities(&line)).collect();
    lines.join("<br/>")
}

/// The text with everything but letters, digits and a few harmless marks as Mermaid's numeric entities. Of the harmless
/// ones none starts an entity, a tag, a statement, a comment, an arrow or a directive.
fn entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut is_in_word = false;
    while let Some(c) = letters.next() {
        let is_hyphen = c == '-' && is_in_word && letters.peek().is_some_and(|next| next.is_alphanumeric());
        is_in_word = c.is_alphanumeric();
        if is_in_word || is_hyphen || matches!(c, ' ' | ',' | '.' | '(' | ')' | '=' | '_' | '→' | '×') {
            escaped.push(c);
        } else {
            write!(escaped, "#{};", u32::from(c)).expect("a string takes every write");
        }
    }
    escaped
}
