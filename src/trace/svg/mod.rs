//! A trace as an SVG sequence diagram: a lifeline per node, an arrow per delivery from where the message was sent,
//! states on the lifelines, the last step marked with the property that it settles. Colours and type are in its style
//! sheet, places in its layout.

mod layout;

use super::frames::{Action, Envelope, Frames, OwnStep};
use super::names::shortened;
use super::Trace;
use layout::{Chip, Layout, Row, HEAD, LINE, MARGIN, REASON, SMALL_LINE, TITLE_LINE};
use maud::{html, Markup, PreEscaped};

/// The style sheet of the diagrams, for a page that holds some of them.
pub const STYLE: &str = include_str!("../assets/diagram.css");

/// The letters of a node's name that its box has room for.
const NAME: usize = 8;

/// The number of colours for messages.
const HUES: usize = 6;

/// The diagram as a file of its own.
pub fn render(trace: &Trace) -> String {
    let frames = Frames::new(trace);
    let style = html! { style { (PreEscaped(STYLE)) } };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", diagram(&frames, &style).into_string())
}

/// The diagram as part of a page that has [`STYLE`].
pub(super) fn fragment(frames: &Frames) -> Markup {
    diagram(frames, &html! {})
}

fn diagram(frames: &Frames, style: &Markup) -> Markup {
    let layout = Layout::new(frames);
    let (width, height) = (layout.width, layout.height);
    let verdict = if frames.is_violation() { "violated" } else { "reached" };
    let summary = format!("{}: {} after {} steps", frames.name, frames.claim(), frames.steps());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="synod-diagram" role="img" aria-label=(summary)
            width=(px(width)) height=(px(height)) viewBox={ "0 0 " (px(width)) " " (px(height)) } {
            (style)
            rect.ground width="100%" height="100%" {}
            g class=(verdict) {
                (heading(frames, &layout))
                @for (step, row) in layout.rows.iter().enumerate() { (band(&layout, row, &marks(frames, step), step)) }
                (lifelines(frames, &layout))
                @for step in 1..=frames.steps() { (trail(frames, &layout, step)) }
                @for step in 0..=frames.steps() { (row(frames, &layout, step)) }
                (repetition(frames, &layout))
                (conclusion(frames, &layout))
                @if let Some(foot) = layout.foot { (names(frames, &layout, "foot", foot)) }
                (names(frames, &layout, "heads", layout.head))
            }
        }
    }
}

fn heading(frames: &Frames, layout: &Layout) -> Markup {
    let model = 26.0 + TITLE_LINE * layout.title.len() as f64;
    let verdict = model + LINE * layout.model.len() as f64 + 4.0;
    html! {
        @for (line, y) in layout.title.iter().zip(lines_from(28.0, TITLE_LINE)) { (text("title", "start", MARGIN, y, line)) }
        @for (line, y) in layout.model.iter().zip(lines_from(model, LINE)) { (text("model", "start", MARGIN, y, line)) }
        (verdict_text(frames, layout, verdict))
    }
}

/// The verdict, and beside it the property in words.
fn verdict_text(frames: &Frames, layout: &Layout, y: f64) -> Markup {
    let beside = REASON.max(MARGIN + 12.0 + 8.0 * frames.verdict.chars().count() as f64);
    html! {
        (text("verdict", "start", MARGIN, y, &frames.verdict))
        @for (line, y) in layout.statement.iter().zip(lines_from(y, LINE)) {
            (text("statement", "start", beside, y, line))
        }
    }
}

/// The nodes' lifelines, broken while a node is down.
fn lifelines(frames: &Frames, layout: &Layout) -> Markup {
    html! {
        @for node in 0..frames.nodes.len() {
            @let x = layout.lane(node);
            line.life x1=(px(x)) x2=(px(x)) y1=(px(layout.head + HEAD)) y2=(px(layout.rows[0].top)) {}
            @for (row, frame) in layout.rows.iter().zip(&frames.frames) {
                @let class = if frame.down[node] { "life down" } else { "life" };
                line class=(class) x1=(px(x)) x2=(px(x)) y1=(px(row.top)) y2=(px(row.bottom)) {}
            }
        }
    }
}

/// The boxes with the nodes' names, on a ground of their own so that a page may keep them in sight.
fn names(frames: &Frames, layout: &Layout, class: &str, y: f64) -> Markup {
    html! {
        g class=(class) {
            rect.ground x="0" y=(px(y - 6.0)) width=(px(layout.width)) height=(px(HEAD + 6.0)) {}
            @for (node, (name, short)) in frames.nodes.iter().zip(shortened(&frames.nodes, NAME)).enumerate() {
                @let x = layout.lane(node);
                @let source = frames.envelopes.iter().any(|envelope| envelope.from.min(envelope.to) == node);
                @let class = if source { format!("head source h{}", node % HUES) } else { "head".into() };
                g {
                    title { (name) }
                    rect class=(class) x=(px(x - 34.0)) y=(px(y)) width="68" height=(px(HEAD)) rx="7" {}
                    (text("node-name", "middle", x, y + 19.0, &short))
                }
            }
        }
    }
}

/// The classes of everything that belongs to a step.
fn marks(frames: &Frames, step: usize) -> String {
    let mut classes = String::from("step");
    let named = [("evidence", frames.is_evidence(step)), ("blamed", frames.is_cause(step))];
    for (class, has_it) in named.into_iter().chain([("final", step == frames.steps())]) {
        if has_it {
            classes += " ";
            classes += class;
        }
    }
    classes
}

/// The background of a step: the last one is washed with the colour of the verdict.
fn band(layout: &Layout, row: &Row, class: &str, step: usize) -> Markup {
    let (y, height) = (px(row.top), px(row.bottom - row.top));
    html! {
        g class=(class) data-step=(step) {
            rect.band x="0" y=(y) width=(px(layout.width)) height=(height) {}
            rect.edge x="0" y=(y) width="4" height=(height) {}
        }
    }
}

/// A step: its number, its arrow or mark, and the states that it led to.
fn row(frames: &Frames, layout: &Layout, step: usize) -> Markup {
    let (row, frame) = (&layout.rows[step], &frames.frames[step]);
    html! {
        g class={ (marks(frames, step)) " row" } data-step=(step) {
            (number(row, step))
            @match frame.action {
                Action::Start => {},
                Action::Deliver(envelope) => (arrow(layout, row, &frames.envelopes[envelope], false)),
                Action::Drop(envelope) => (arrow(layout, row, &frames.envelopes[envelope], true)),
                Action::Local(node, own) => (mark(layout, row, node, own)),
            }
            @for chip in &row.chips { (state(layout, chip)) }
        }
    }
}

/// An arrow in the gutter from the last step back to the first one that repeats for ever.
fn repetition(frames: &Frames, layout: &Layout) -> Markup {
    let Some(first) = (1..=frames.steps()).find(|step| frames.is_repeated(*step)) else { return html! {} };
    let (top, bottom) = (layout.rows[first].top + 5.0, layout.rows[frames.steps()].bottom - 5.0);
    let back = format!("M15 {} H9 V{} H13", px(bottom), px(top));
    html! {
        g.repetition style="--hue: var(--tone)" {
            title { "these steps repeat for ever" }
            path.arrow d=(back) {}
            path.tip d={ "M18 " (px(top)) " l-7 -4 v8 z" } {}
        }
    }
}

/// The number of a step, on a pill that has a colour where the step matters.
fn number(row: &Row, step: usize) -> Markup {
    let digits = step.to_string();
    let width = 10.0 + 7.3 * digits.len() as f64;
    html! {
        rect.pill x=(px(37.0 - width)) y=(px(row.at - 9.0)) width=(px(width)) height="17" rx="8" {}
        (text("number", "end", 32.0, row.at + 4.0, &digits))
    }
}

/// Where a message turns into the arrow proper: the place just beyond the last lifeline before the receiver's.
struct Way {
    from: f64,
    to: f64,
    /// 1 to the right, -1 to the left.
    side: f64,
    elbow: f64,
    class: String,
}

/// How far the arrow proper begins behind the elbow.
const BEND: f64 = 18.0;

impl Way {
    fn new(layout: &Layout, envelope: &Envelope, is_lost: bool) -> Self {
        let (from, to) = (layout.lane(envelope.from), layout.lane(envelope.to));
        let side = if from < to { 1.0 } else { -1.0 };
        let hue = envelope.from.min(envelope.to) % HUES;
        let class = if is_lost { format!("lost h{hue}") } else { format!("h{hue}") };
        Way { from, to, side, elbow: to - side * (layout.pitch - 8.0), class }
    }
}

/// The thin trail of a message from where it was sent, slanting through the steps it was in flight. Trails are drawn
/// below all text.
fn trail(frames: &Frames, layout: &Layout, step: usize) -> Markup {
    let (index, is_lost) = match frames.frames[step].action {
        Action::Deliver(envelope) => (envelope, false),
        Action::Drop(envelope) => (envelope, true),
        Action::Start | Action::Local(..) => return html! {},
    };
    let (envelope, y) = (&frames.envelopes[index], layout.rows[step].at);
    let Some(sent_at) = envelope.sent_at.filter(|_| envelope.from != envelope.to) else { return html! {} };
    let way = Way::new(layout, envelope, is_lost);
    let (departure, bend) = (layout.departure(sent_at, envelope.from), way.elbow + way.side * BEND);
    let path = format!("M{} {} Q{} {} {} {}", px(way.from), px(departure), px(way.elbow), px(y), px(bend), px(y));
    html! {
        g class={ (marks(frames, step)) " " (way.class) } data-step=(step) {
            path.trail d=(path) {}
            circle.sent cx=(px(way.from)) cy=(px(departure)) r="2.5" {}
        }
    }
}

/// The arrow proper of a message, in the last gap before the receiver, and the message's text over it.
fn arrow(layout: &Layout, row: &Row, envelope: &Envelope, is_lost: bool) -> Markup {
    let (way, y) = (Way::new(layout, envelope, is_lost), row.at);
    if envelope.from == envelope.to {
        return html! { g class=(way.class) { (aside(layout, row, envelope.to)) circle.dot cx=(px(way.to)) cy=(px(y)) r="4" {} } };
    }
    let end = way.to - way.side * if is_lost { 16.0 } else { 2.0 };
    let start = if envelope.sent_at.is_some() { way.elbow + way.side * BEND } else { way.from };
    html! {
        g class=(way.class) {
            @for (line, y) in row.label.iter().zip(label_lines(row)) {
                (text("label", "middle", end - way.side * (layout.pitch / 2.0 - 8.0), y, line))
            }
            path.arrow d={ "M" (px(start)) " " (px(y)) " H" (px(end - way.side * 6.0)) } {}
            @if is_lost {
                path.cross d={ "M" (px(end - 4.0)) " " (px(y - 4.0)) " l8 8 m0 -8 l-8 8" } {}
            } @else {
                path.tip d={ "M" (px(end)) " " (px(y)) " l" (px(-way.side * 9.0)) " -4.5 v9 z" } {}
            }
        }
    }
}

/// A step that a node takes by itself: a dot, or a cross for a crash, and what it does.
fn mark(layout: &Layout, row: &Row, node: usize, own: OwnStep) -> Markup {
    let (x, y) = (layout.lane(node), row.at - 2.0);
    html! {
        @if own == OwnStep::Crash {
            path.cross d={ "M" (px(x - 5.0)) " " (px(y - 5.0)) " l10 10 m0 -10 l-10 10" } {}
        } @else {
            circle.dot cx=(px(x)) cy=(px(y)) r="4" {}
        }
        (aside(layout, row, node))
    }
}

/// The text of a step that is no arrow: beside its lifeline, on the side that has room.
fn aside(layout: &Layout, row: &Row, node: usize) -> Markup {
    let x = layout.lane(node);
    let (anchor, x) = if x + layout.pitch > layout.width { ("end", x - 10.0) } else { ("start", x + 10.0) };
    html! {
        @for (line, y) in row.label.iter().zip(label_lines(row)) { (text("label", anchor, x, y + 3.0, line)) }
    }
}

fn label_lines(row: &Row) -> impl Iterator<Item = f64> {
    lines_from(row.at - 5.0 - LINE * (row.label.len().max(1) - 1) as f64, LINE)
}

fn state(layout: &Layout, chip: &Chip) -> Markup {
    let x = layout.lane(chip.node);
    html! {
        g.chip {
            rect x=(px(x - chip.width / 2.0)) y=(px(chip.top)) width=(px(chip.width)) height=(px(chip.height)) rx="5" {}
            @for (line, y) in chip.lines.iter().zip(lines_from(chip.top + 13.5, SMALL_LINE)) {
                (text("state", "middle", x, y, line))
            }
        }
    }
}

/// The verdict below the last step, its reasons, and what never arrived.
fn conclusion(frames: &Frames, layout: &Layout) -> Markup {
    html! {
        (verdict_text(frames, layout, layout.verdict_at))
        @for ((label, line), y) in layout.reasons.iter().zip(lines_from(layout.reasons_at, LINE)) {
            @if !label.is_empty() { (text(&format!("reason of-{label}"), "start", MARGIN, y, label)) }
            (text("reason", "start", REASON, y, line))
        }
        @for (line, y) in layout.left.iter().zip(lines_from(layout.left_at, LINE)) {
            (text("left", "start", MARGIN, y, line))
        }
    }
}

fn text(class: &str, anchor: &str, x: f64, y: f64, words: &str) -> Markup {
    html! { text class=(class) x=(px(x)) y=(px(y)) text-anchor=(anchor) { (words) } }
}

fn lines_from(first: f64, distance: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first), move |y| Some(y + distance))
}

/// A length with at most one digit after the point.
fn px(length: f64) -> String {
    let tenths = (length * 10.0).round() / 10.0;
    format!("{tenths}")
}
