//! A trace as text for a terminal: one line a step, or a column per node. Styles are written as they are; the
//! printing strips what the terminal cannot show.

use super::escape::{width, wrap};
use super::frames::{Action, Frame, Frames, OwnStep};
use super::names::shortened;
use super::Trace;
use crate::terminal::{self, fold, BAD, FAINT, GOOD, PLAIN};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The marks of a step that repeats for ever, of one that the evidence names, and of one that the cause names.
const REPEATED: char = '↻';
const EVIDENCE: char = '•';
const CAUSE: char = '!';
/// The letters of a node's name that its lane shows: so many if there is little room, and if there is enough.
const NAMES: [usize; 2] = [4, 8];
/// With less room than this for the states, the lanes become narrower, and finally give way to one line a step.
const LEAST_CHANGE: usize = 22;
/// A message's colour is that of the earlier of its two nodes: one for each proposer, and for what goes to learners one
/// for each sender.
const COLOURS: [Style; 4] = [
    AnsiColor::Blue.on_default(),
    AnsiColor::Yellow.on_default(),
    AnsiColor::Cyan.on_default(),
    AnsiColor::Magenta.on_default(),
];

/// The steps of a trace, one a line, in columns: number, cause, change; then the reasons of its verdict. Without colours.
pub fn render(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    steps(&frames) + &reasons(&frames)
}

/// The reasons of a trace's verdict, a line for each.
pub fn render_reasons(trace: &Trace) -> String {
    reasons(&Frames::new(trace))
}

/// A trace from its model to its verdict in at most this many columns: a lifeline per node where that fits. Only what
/// has a label may be longer; the printing folds it.
pub fn render_columns(trace: &Trace, width: usize) -> String {
    let frames = Frames::new(trace);
    let (style, verdict) = (verdict_style(&frames), frames.verdict.replace("violated", "VIOLATED"));
    let mut text = String::new();
    terminal::line(&mut text, PLAIN, "model", &frames.model);
    terminal::line(&mut text, style, &verdict, &format!("{}: {}", frames.property, frames.statement));
    text + &diagram(&frames, width) + &reasons(&frames)
}

/// The steps of a trace alone, drawn as above, and what is in flight after them.
pub fn render_diagram(trace: &Trace, width: usize) -> String {
    diagram(&Frames::new(trace), width)
}

fn diagram(frames: &Frames, width: usize) -> String {
    let mut text = String::new();
    match lane(frames, width) {
        Some(lane) => columns(&mut text, frames, lane, width),
        None => text.push_str(&fold(&steps(frames), Some(width))),
    }
    for (number, flight) in frames.left_in_flight().iter().enumerate() {
        let label = if number == 0 { "in flight" } else { "" };
        terminal::line(&mut text, FAINT, label, &format!("{FAINT}{flight}{FAINT:#}"));
    }
    text
}

/// The reasons of the verdict, a line for each.
fn reasons(frames: &Frames) -> String {
    let mut text = String::new();
    for (label, reason) in frames.reasons() {
        terminal::line(&mut text, PLAIN, label, &reason.text);
    }
    text
}

/// The mark between a step's number and the step.
fn mark(frames: &Frames, step: usize) -> char {
    if frames.is_repeated(step) {
        REPEATED
    } else if frames.is_cause(step) {
        CAUSE
    } else if frames.is_evidence(step) {
        EVIDENCE
    } else {
        ' '
    }
}

fn verdict_style(frames: &Frames) -> Style {
    if frames.is_violation() {
        BAD
    } else {
        GOOD
    }
}

/// The widest lane that leaves room for the causes and the states; `None` if none does.
fn lane(frames: &Frames, width: usize) -> Option<usize> {
    let names = frames.nodes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let [few, many] = NAMES;
    let (narrowest, widest) = (names.clamp(2, few) + 1, names.clamp(few, many) + 1);
    let fits = |lane: &usize| before_change(frames, *lane) + LEAST_CHANGE.min(widest_change(frames)) <= width;
    (narrowest..=widest).rev().find(fits)
}

/// The columns before the state of a step: its number, the lifelines, its cause, and the gaps.
fn before_change(frames: &Frames, lane: usize) -> usize {
    6 + frames.nodes.len() * lane + 2 + widest_cause(frames) + 2
}

fn widest_cause(frames: &Frames) -> usize {
    frames.frames.iter().map(|frame| width(&words(frames, frame))).max().unwrap_or(0)
}

fn widest_change(frames: &Frames) -> usize {
    (1..frames.frames.len()).map(|step| width(&change(frames, step))).max().unwrap_or(0)
}

/// A row per step. A state that is longer than the room for it goes on below, beside the lifelines.
fn columns(text: &mut String, frames: &Frames, lane: usize, total: usize) {
    text.push_str(&header(frames, lane));
    let causes = widest_cause(frames);
    let room = total.saturating_sub(before_change(frames, lane)).max(LEAST_CHANGE.min(widest_change(frames)));
    for (step, frame) in frames.frames.iter().enumerate() {
        let style = if step == frames.steps() { verdict_style(frames) } else { FAINT };
        let cause = words(frames, frame);
        let drawn = format!(
            "{style}{step:>4}{}{style:#} {}  {cause}{}",
            mark(frames, step),
            lifelines(frames, frame, lane),
            pad(&cause, causes)
        );
        let below = format!(
            "      {}  {:causes$}",
            lifelines(frames, &Frame { action: Action::Start, ..frame.clone() }, lane),
            ""
        );
        for (number, part) in wrap(&change(frames, step), room).iter().enumerate() {
            line(text, &format!("{}  {part}", if number == 0 { &drawn } else { &below }));
        }
    }
}

fn steps(frames: &Frames) -> String {
    let causes: Vec<String> = frames.frames.iter().map(|frame| frames.describe(frame)).collect();
    let widest = causes.iter().skip(1).map(|cause| width(cause)).max().unwrap_or(0);
    let mut text = String::new();
    for (number, (frame, cause)) in frames.frames.iter().zip(&causes).enumerate().skip(1) {
        let change = frame.change.as_ref().map_or_else(String::new, |change| {
            format!("{}: {} ⇒ {}", frames.nodes[change.node], change.before, change.after)
        });
        line(&mut text, &format!("{number:>4}{} {cause}{}  {change}", mark(frames, number), pad(cause, widest)));
    }
    text
}

/// What led to a step, without the nodes that its arrow joins.
fn words(frames: &Frames, frame: &Frame) -> String {
    match frame.action {
        Action::Start => String::new(),
        Action::Deliver(envelope) => frames.envelopes[envelope].message.clone(),
        Action::Drop(envelope) => format!("{} is lost", frames.envelopes[envelope].message),
        Action::Local(..) => frame.own_step.clone(),
    }
}

/// The state that a step led to.
fn change(frames: &Frames, step: usize) -> String {
    match &frames.frames[step].change {
        _ if step == 0 => initial(frames),
        Some(change) => format!("{} ⇒ {}", frames.nodes[change.node], change.after),
        None => String::new(),
    }
}

/// The initial states: nodes that share one are named together.
fn initial(frames: &Frames) -> String {
    let mut groups: Vec<(&String, Vec<&str>)> = Vec::new();
    for (node, state) in frames.nodes.iter().zip(&frames.frames[0].states) {
        match groups.iter_mut().find(|(other, _)| *other == state) {
            Some((_, nodes)) => nodes.push(node),
            None => groups.push((state, vec![node])),
        }
    }
    let shown: Vec<String> = groups.iter().map(|(state, nodes)| format!("{} {state}", nodes.join(" "))).collect();
    shown.join(", ")
}

fn header(frames: &Frames, lane: usize) -> String {
    let mut text = String::from("      ");
    for (node, short) in shortened(&frames.nodes, lane - 1).iter().enumerate() {
        let style = COLOURS[node % COLOURS.len()];
        let style = if is_source(frames, node) { style } else { Style::new() };
        write!(text, "{style}{short}{style:#}{}", pad(short, lane)).expect("a string takes every write");
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// True iff messages take their colour from this node.
fn is_source(frames: &Frames, node: usize) -> bool {
    frames.envelopes.iter().any(|envelope| envelope.from.min(envelope.to) == node)
}

/// The lifelines of a step: `│` for a node, `╎` for one that is down, and the arrow from sender to receiver.
fn lifelines(frames: &Frames, frame: &Frame, lane: usize) -> String {
    let arrow = match frame.action {
        Action::Deliver(envelope) | Action::Drop(envelope) => Some(&frames.envelopes[envelope]),
        _ => None,
    };
    let is_lost = matches!(frame.action, Action::Drop(_));
    let (from, to) = arrow.map_or((0, 0), |envelope| (envelope.from, envelope.to));
    let (left, right) = (from.min(to), from.max(to));
    let style = if arrow.is_some() { COLOURS[left % COLOURS.len()] } else { Style::new() };
    let mut text = String::new();
    for node in 0..frames.nodes.len() {
        let is_ahead = node >= left && node < right;
        let (mark, on_arrow) = match frame.action {
            Action::Local(actor, own) if actor == node => (if own == OwnStep::Crash { '╳' } else { '●' }, true),
            _ if node == from && from == to && arrow.is_some() => ('●', true),
            _ if node == from && from != to => (if from < to { '├' } else { '┤' }, true),
            _ if node > left && node < right => ('┼', true),
            _ if frame.down[node] => ('╎', false),
            _ => ('│', false),
        };
        let gap = match (is_ahead, is_lost) {
            (false, _) => " ".repeat(lane - 1),
            (true, true) if from < to && node + 1 == right => format!("{}╳ ", "─".repeat(lane - 3)),
            (true, true) if from > to && node == left => format!(" ╳{}", "─".repeat(lane - 3)),
            (true, false) if from < to && node + 1 == right => format!("{}▶", "─".repeat(lane - 2)),
            (true, false) if from > to && node == left => format!("◀{}", "─".repeat(lane - 2)),
            (true, _) => "─".repeat(lane - 1),
        };
        let of = |is_coloured: bool| if is_coloured { style } else { FAINT };
        let (mark_style, gap_style) = (of(on_arrow), of(is_ahead));
        write!(text, "{mark_style}{mark}{mark_style:#}{gap_style}{gap}{gap_style:#}").expect("a string takes it");
    }
    text
}

fn pad(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{}", content.trim_end()).expect("a string takes every write");
}
