//! A map as a picture: a square for each cell in the colour of what it comes to, in one look, for a README or a slide.

use super::text::legend;
use super::{Cell, Map, Tone, PALETTE};
use crate::report::{as_operand, command, visible};
use crate::trace::wrap;
use maud::{html, Markup, PreEscaped};

const STYLE: &str = include_str!("picture.css");

const MARGIN: usize = 16;
/// Room for what the nodes do.
const NAMES: usize = 176;
const CELL: (usize, usize) = (116, 46);
const GAP: usize = 3;
/// Where the first row begins: below the title and the networks' names.
const TOP: usize = 96;
const LEGEND_LINE: usize = 18;
/// The width of a small letter, on average, in tenths.
const LETTER: usize = 64;

/// What each colour means, in the order of the legend.
const TONES: [(Tone, &str); 6] = [
    (Tone::Decides, "safe, and decides"),
    (Tone::Partly, "can decide, need not"),
    (Tone::Stuck, "can get stuck"),
    (Tone::Unsafe, "unsafe"),
    (Tone::Unknown, "not known"),
    (Tone::Refused, "no such model"),
];

/// The picture.
pub fn render(map: &Map) -> String {
    let width = 2 * MARGIN + NAMES + map.networks.len() * (CELL.0 + GAP);
    let rows = TOP + map.rows.len() * (CELL.1 + GAP) + 14;
    let shown: Vec<_> = TONES.iter().filter(|(tone, _)| map.cells().any(|(_, cell)| cell.tone() == *tone)).collect();
    let words = wrap(&format!("In each square: {}.", legend(map)), 10 * (width - 2 * MARGIN) / LETTER);
    let height = rows + LEGEND_LINE * (words.len() + 1) + MARGIN;
    let title = format!("Faults of {}", visible(&map.description));
    let file = as_operand(&map.file);
    let settings = map.set.iter().flat_map(|setting| ["--set", setting]);
    let again = command(&["faults", &file].into_iter().chain(settings).collect::<Vec<_>>());
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="synod-map" role="img" aria-label=(title) width=(width) height=(height)
            viewBox={ "0 0 " (width) " " (height) } {
            style { (PreEscaped(PALETTE)) (PreEscaped(STYLE)) }
            rect.page width="100%" height="100%" {}
            text.title x=(MARGIN) y="30" { (title) }
            text.soft x=(MARGIN) y="50" { (visible(&again)) }
            @for (column, network) in map.networks.iter().enumerate() {
                text.name.middle x=(left(column) + CELL.0 / 2) y=(TOP - 10) { (network) }
            }
            @for (number, row) in map.rows.iter().enumerate() {
                @let top = TOP + number * (CELL.1 + GAP);
                text.name x=(MARGIN) y=(top + CELL.1 / 2 + 5) { (row.nodes) }
                @for (column, cell) in row.cells.iter().enumerate() { (square(cell, left(column), top)) }
            }
            @for (number, (tone, what)) in shown.iter().enumerate() {
                @let x = MARGIN + shown[..number].iter().map(|(_, before)| 44 + before.len() * LETTER / 10).sum::<usize>();
                rect.(tone.class()) x=(x) y=(rows - 6) width="12" height="12" rx="3" {}
                text.soft x=(x + 17) y=(rows + 4) { (what) }
            }
            @for (number, line) in words.iter().enumerate() {
                text.soft x=(MARGIN) y=(rows + 8 + LEGEND_LINE * (number + 1)) { (line) }
            }
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", picture.into_string())
}

fn left(column: usize) -> usize {
    MARGIN + NAMES + column * (CELL.0 + GAP)
}

/// A cell: its marks, and under them the share of the states at rest without a decision.
fn square(cell: &Cell, x: usize, y: usize) -> Markup {
    let (marks, share) = match cell.refused {
        Some(_) => ("refused".to_string(), String::new()),
        None => {
            ([cell.safe, cell.possible, cell.inevitable].map(|grade| grade.mark().to_string()).join(" "), cell.share())
        }
    };
    let middle = x + CELL.0 / 2;
    html! {
        g.(cell.tone().class()) {
            rect x=(x) y=(y) width=(CELL.0) height=(CELL.1) rx="6" {}
            text.marks.middle x=(middle) y=(y + if share.is_empty() { 28 } else { 20 }) { (marks) }
            @if !share.is_empty() { text.share.middle x=(middle) y=(y + 37) { (share) } }
        }
    }
}
