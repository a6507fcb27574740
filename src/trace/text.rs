//! A trace as text for a terminal: one line a step, or a column per node. Styles are written as they are; whoever
//! prints them strips what the terminal cannot show.

use super::escape::{width, wrap};
use super::frames::{Deed, Event, Frame, Frames};
use super::Trace;
use anstyle::{AnsiColor, Style};
use std::fmt::Write;

/// The columns that a label takes.
const LABEL: usize = 11;
/// What stands beside a step that the evidence names, and beside one that the cause names.
const EVIDENCE: char = '•';
const CAUSE: char = '!';
/// The columns that a node's lifeline takes.
const LANE: usize = 5;
/// More columns than this, and the lifelines give way to one line a step.
const MAX_WIDTH: usize = 120;

const FAINT: Style = Style::new().dimmed();
const VIOLATED: Style = AnsiColor::Red.on_default().bold();
const REACHED: Style = AnsiColor::Green.on_default().bold();
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
    steps(&frames) + &reasons(&frames, usize::MAX)
}

/// A trace from its model to its verdict, a column per node where that fits.
pub fn render_columns(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    let verdict = verdict_style(&frames);
    let mut text = String::new();
    line(&mut text, &format!("{:<LABEL$}{}", "model", frames.model));
    let claim = format!("{verdict}{:<LABEL$}{verdict:#}{}: {}", frames.verdict, frames.property, frames.statement);
    line(&mut text, &claim);
    let rows: Vec<Row> = (0..frames.frames.len()).map(|step| row(&frames, step)).collect();
    let causes = rows.iter().map(|row| width(&row.cause)).max().unwrap_or(0);
    let changes = rows.iter().map(|row| width(&row.change)).max().unwrap_or(0);
    if lanes_width(&frames) + causes + 2 + changes > MAX_WIDTH {
        text.push_str(&steps(&frames));
    } else {
        text.push_str(&header(&frames));
        for row in &rows {
            line(&mut text, &format!("{}{}{}  {}", row.lifelines, row.cause, pad(&row.cause, causes), row.change));
        }
    }
    for (number, flight) in frames.left_in_flight().iter().enumerate() {
        let label = if number == 0 { "in flight" } else { "" };
        line(&mut text, &format!("{FAINT}{label:<LABEL$}{flight}{FAINT:#}"));
    }
    text + &reasons(&frames, MAX_WIDTH)
}

/// What makes the verdict so: the reasons, in lines of so many columns.
fn reasons(frames: &Frames, columns: usize) -> String {
    let mut text = String::new();
    for (label, reason) in frames.reasons() {
        for (number, part) in wrap(&reason.text, columns - LABEL).iter().enumerate() {
            line(&mut text, &format!("{:<LABEL$}{part}", if number == 0 { label } else { "" }));
        }
    }
    text
}

/// What stands between a step's number and the step.
fn mark(frames: &Frames, step: usize) -> char {
    if frames.is_cause(step) {
        CAUSE
    } else if frames.is_evidence(step) {
        EVIDENCE
    } else {
        ' '
    }
}

fn verdict_style(frames: &Frames) -> Style {
    if frames.is_violation() {
        VIOLATED
    } else {
        REACHED
    }
}

fn steps(frames: &Frames) -> String {
    let causes: Vec<String> = frames.frames.iter().map(|frame| frames.cause(frame)).collect();
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

/// One step in columns: the lifelines with an arrow across them, the cause, and the state that it led to.
struct Row {
    lifelines: String,
    cause: String,
    change: String,
}

fn row(frames: &Frames, step: usize) -> Row {
    let frame = &frames.frames[step];
    let cause = match frame.event {
        Event::Start => String::new(),
        Event::Deliver(parcel) => frames.parcels[parcel].message.clone(),
        Event::Drop(parcel) => format!("{} is lost", frames.parcels[parcel].message),
        Event::Local(..) => frames.deed(frame),
    };
    let change = match (&frame.change, frame.event) {
        (_, Event::Start) => initial(frames),
        (Some(change), _) => format!("{} ⇒ {}", frames.nodes[change.node], change.after),
        (None, _) => String::new(),
    };
    let style = if step == frames.steps() { verdict_style(frames) } else { FAINT };
    let mark = mark(frames, step);
    Row { lifelines: format!("{style}{step:>4}{mark}{style:#} {}  ", lifelines(frames, frame)), cause, change }
}

/// The states at first: nodes that share one are named together.
fn initial(frames: &Frames) -> String {
    let mut groups: Vec<(&String, Vec<&str>)> = Vec::new();
    for (node, state) in frames.nodes.iter().zip(&frames.frames[0].states) {
        match groups.iter_mut().find(|(other, _)| *other == state) {
            Some((_, nodes)) => nodes.push(node),
            None => groups.push((state, vec![node])),
        }
    }
    let told: Vec<String> = groups.iter().map(|(state, nodes)| format!("{} {state}", nodes.join(" "))).collect();
    told.join(", ")
}

fn header(frames: &Frames) -> String {
    let mut text = String::from("      ");
    for (node, name) in frames.nodes.iter().enumerate() {
        let style = COLOURS[node % COLOURS.len()];
        let style = if is_source(frames, node) { style } else { Style::new() };
        let short: String = name.chars().take(LANE - 1).collect();
        write!(text, "{style}{short}{style:#}{}", pad(&short, LANE)).expect("a string takes every write");
    }
    text.truncate(text.trim_end().len());
    text + "\n"
}

/// True iff messages take their colour from this node.
fn is_source(frames: &Frames, node: usize) -> bool {
    frames.parcels.iter().any(|parcel| parcel.from.min(parcel.to) == node)
}

/// The lifelines of a step: `│` for a node, `╎` for one that is down, and the arrow from sender to receiver.
fn lifelines(frames: &Frames, frame: &Frame) -> String {
    let arrow = match frame.event {
        Event::Deliver(parcel) | Event::Drop(parcel) => Some(&frames.parcels[parcel]),
        _ => None,
    };
    let is_lost = matches!(frame.event, Event::Drop(_));
    let (from, to) = arrow.map_or((0, 0), |parcel| (parcel.from, parcel.to));
    let (left, right) = (from.min(to), from.max(to));
    let style = if arrow.is_some() { COLOURS[left % COLOURS.len()] } else { Style::new() };
    let mut text = String::new();
    for node in 0..frames.nodes.len() {
        let is_ahead = node >= left && node < right;
        let (mark, on_arrow) = match frame.event {
            Event::Local(own, deed) if own == node => (if deed == Deed::Crash { '╳' } else { '●' }, true),
            _ if node == from && from == to && arrow.is_some() => ('●', true),
            _ if node == from && from != to => (if from < to { '├' } else { '┤' }, true),
            _ if node > left && node < right => ('┼', true),
            _ if frame.down[node] => ('╎', false),
            _ => ('│', false),
        };
        let gap = match (is_ahead, is_lost) {
            (false, _) => "    ",
            (true, true) if from < to && node + 1 == right => "──╳ ",
            (true, true) if from > to && node == left => " ╳──",
            (true, false) if from < to && node + 1 == right => "───▶",
            (true, false) if from > to && node == left => "◀───",
            (true, _) => "────",
        };
        let of = |is_coloured: bool| if is_coloured { style } else { FAINT };
        let (mark_style, gap_style) = (of(on_arrow), of(is_ahead));
        write!(text, "{mark_style}{mark}{mark_style:#}{gap_style}{gap}{gap_style:#}").expect("a string takes it");
    }
    text
}

fn lanes_width(frames: &Frames) -> usize {
    4 + 2 + frames.nodes.len() * LANE + 2
}

fn pad(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{}", content.trim_end()).expect("a string takes every write");
}
