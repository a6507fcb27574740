//! The geometry of a sequence diagram, in pixels. It knows the frames and the width of a monospaced letter;
//! it draws nothing.

use crate::trace::escape::{width, wrap};
use crate::trace::frames::{Action, Frame, Frames};

/// The width of a letter of a message, which is set in 12 pixels.
const LETTER: f64 = 7.3;
/// The width of a letter of a state, which is set in 11 pixels.
const SMALL_LETTER: f64 = 6.7;
/// The most letters of a message's line, and of a state's.
const LABEL_LETTERS: usize = 24;
const STATE_LETTERS: usize = 20;
/// The distance between two lifelines.
const PITCH: std::ops::RangeInclusive<f64> = 128.0..=200.0;
/// The gutter with the steps' numbers.
const GUTTER: f64 = 44.0;
/// The minimum width: the title needs room.
const MIN_WIDTH: f64 = 480.0;
/// A diagram of more steps repeats the nodes' names below.
const FOOT_AFTER: usize = 12;
/// The margin of all text, and where reasons begin behind their labels.
pub const MARGIN: f64 = 16.0;
pub const REASON: f64 = 92.0;
/// The height of a box with a name.
pub const HEAD: f64 = 28.0;
/// The heights of a line of text.
pub const TITLE_LINE: f64 = 22.0;
pub const LINE: f64 = 15.0;
pub const SMALL_LINE: f64 = 14.0;

/// The geometry of a diagram.
pub struct Layout {
    /// The size of the whole.
    pub width: f64,
    pub height: f64,
    /// The distance between two lifelines.
    pub pitch: f64,
    /// The text above the lifelines, in lines.
    pub title: Vec<String>,
    pub model: Vec<String>,
    pub statement: Vec<String>,
    /// The boxes with the nodes' names: their top.
    pub head: f64,
    /// The same boxes again, below a long diagram.
    pub foot: Option<f64>,
    /// The row of each frame. The first one holds the initial states.
    pub rows: Vec<Row>,
    /// The reasons of the verdict, in lines with their labels, and the first baseline.
    pub reasons: Vec<(&'static str, String)>,
    pub reasons_at: f64,
    /// The messages left in flight, in lines, and the first baseline.
    pub left: Vec<String>,
    pub left_at: f64,
    /// The verdict's first baseline, below the last step.
    pub verdict_at: f64,
}

/// The place of a step.
pub struct Row {
    pub top: f64,
    pub bottom: f64,
    /// The height of the arrow, or of the mark on the lifeline.
    pub at: f64,
    /// The text over the arrow, in lines.
    pub label: Vec<String>,
    /// The states that are shown: the node, its state in lines.
    pub chips: Vec<Chip>,
}

/// A state on a lifeline.
pub struct Chip {
    pub node: usize,
    pub lines: Vec<String>,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Layout {
    /// The geometry of these frames.
    pub fn new(frames: &Frames) -> Self {
        let pitch = pitch(frames);
        let nodes = frames.nodes.len().max(1) as f64;
        let width = (GUTTER + nodes * pitch + 12.0).max(MIN_WIDTH);
        let sans = ((width - 32.0) / 7.0) as usize; // letters of the proportional text, with room to spare
        let title = wrap(&frames.name, sans * 2 / 3);
        let model = wrap(&frames.model, sans);
        let statement = wrap(&format!("{}: {}", frames.property, frames.statement), sans.saturating_sub(12));
        let head = 42.0 + TITLE_LINE * title.len() as f64 + LINE * (model.len() + statement.len()) as f64;
        let mut rows = Vec::with_capacity(frames.frames.len());
        let mut top = head + 28.0;
        for step in 0..frames.frames.len() {
            let row = Row::new(frames, step, top, pitch);
            top = row.bottom;
            rows.push(row);
        }
        let foot = (frames.steps() > FOOT_AFTER).then_some(top);
        let verdict_at = top + 22.0 + if foot.is_some() { HEAD + 4.0 } else { 0.0 };
        let room = sans.saturating_sub(((REASON - MARGIN) / 7.0) as usize);
        let reasons = frames.reasons().flat_map(|(label, reason)| {
            let lines = wrap(&reason.text, room).into_iter().enumerate();
            lines.map(move |(place, line)| (if place == 0 { label } else { "" }, line))
        });
        let reasons: Vec<_> = reasons.collect();
        let reasons_at = verdict_at + LINE * statement.len() as f64 + 6.0;
        let left_at = reasons_at + LINE * reasons.len() as f64 + 8.0;
        let left = frames.left_in_flight();
        let left = if left.is_empty() { vec![] } else { wrap(&format!("still in flight: {}", left.join(", ")), sans) };
        let height = left_at + LINE * left.len() as f64 + 6.0;
        Layout {
            width,
            height,
            pitch,
            title,
            model,
            statement,
            head,
            foot,
            rows,
            reasons,
            reasons_at,
            left,
            left_at,
            verdict_at,
        }
    }

    /// The lifeline of a node.
    pub fn lane(&self, node: usize) -> f64 {
        GUTTER + self.pitch * (node as f64 + 0.5)
    }

    /// The height at which a message leaves a node in a step: below the state that the step led to.
    pub fn departure(&self, step: usize, node: usize) -> f64 {
        let row = &self.rows[step];
        row.chips.iter().find(|chip| chip.node == node).map_or(row.at, |chip| chip.top + chip.height + 3.0)
    }
}

/// The distance between lifelines that has room for the widest message and the widest state.
fn pitch(frames: &Frames) -> f64 {
    let is_arrow = |event| matches!(event, Action::Deliver(_) | Action::Drop(_));
    let arrows = frames.frames.iter().filter(|frame| is_arrow(frame.action));
    let labels = arrows.flat_map(|frame| label(frames, frame));
    let label = labels.map(|line| width(&line)).max().unwrap_or(0) as f64 * LETTER + 46.0;
    let states = frames.frames.iter().flat_map(|frame| &frame.states).flat_map(|state| wrap(state, STATE_LETTERS));
    let state = states.map(|line| width(&line)).max().unwrap_or(0) as f64 * SMALL_LETTER + 28.0;
    label.max(state).clamp(*PITCH.start(), *PITCH.end())
}

/// The text of a step.
fn label(frames: &Frames, frame: &Frame) -> Vec<String> {
    match frame.action {
        Action::Start => Vec::new(),
        Action::Deliver(envelope) => wrap(&frames.envelopes[envelope].message, LABEL_LETTERS),
        Action::Drop(envelope) => wrap(&format!("{} lost", frames.envelopes[envelope].message), LABEL_LETTERS),
        Action::Local(..) => wrap(&frame.own_step, LABEL_LETTERS + 8),
    }
}

impl Row {
    fn new(frames: &Frames, step: usize, top: f64, pitch: f64) -> Self {
        let frame = &frames.frames[step];
        let label = label(frames, frame);
        let at = top + 10.0 + LINE * label.len() as f64;
        let shown: Vec<(usize, &String)> = match &frame.change {
            _ if step == 0 => frame.states.iter().enumerate().filter(|(_, state)| !state.is_empty()).collect(),
            Some(change) => vec![(change.node, &change.after)],
            None => Vec::new(),
        };
        let chips: Vec<Chip> = shown.into_iter().map(|(node, state)| Chip::new(node, state, at + 6.0, pitch)).collect();
        let lowest = chips.iter().map(|chip| chip.top + chip.height).fold(at + 4.0, f64::max);
        Row { top, bottom: lowest + 8.0, at, label, chips }
    }
}

impl Chip {
    fn new(node: usize, state: &str, top: f64, pitch: f64) -> Self {
        let lines = wrap(state, STATE_LETTERS);
        let letters = lines.iter().map(|line| width(line)).max().unwrap_or(0) as f64;
        let width = (letters * SMALL_LETTER + 14.0).min(pitch - 8.0);
        let height = SMALL_LINE * lines.len() as f64 + 6.0;
        Chip { node, lines, top, width, height }
    }
}
