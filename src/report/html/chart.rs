//! A picture of states by depth: a bar for each depth, as inline SVG.

use super::super::thousands;
use maud::{html, Markup};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 96.0;

/// Room for the labels, below.
const AXIS: f64 = 18.0;

/// The picture; the first number is that of the initial states.
pub fn render(states_by_depth: &[u64]) -> Markup {
    let most = states_by_depth.iter().copied().max().unwrap_or(0).max(1);
    let deepest = states_by_depth.len().saturating_sub(1);
    let peak = states_by_depth.iter().position(|states| *states == most).unwrap_or(0);
    let step = WIDTH / states_by_depth.len().max(1) as f64;
    let caption = format!("States by depth: at most {}, {peak} steps from the start", thousands(most));
    html! {
        figure.depths {
            figcaption { (caption) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT + AXIS) } role="img" aria-label=(caption) {
                @for (depth, states) in states_by_depth.iter().enumerate() {
                    @let height = (*states as f64 / most as f64 * HEIGHT).max(if *states > 0 { 1.0 } else { 0.0 });
                    rect.bar x=(rounded(depth as f64 * step)) y=(rounded(HEIGHT - height))
                        width=(rounded(step * gap(step))) height=(rounded(height)) {
                        title { "depth " (depth) ": " (thousands(*states)) " states" }
                    }
                }
                line.axis x1="0" x2=(WIDTH) y1=(HEIGHT) y2=(HEIGHT) {}
                text x="0" y=(HEIGHT + AXIS - 4.0) { "0" }
                text x=(WIDTH) y=(HEIGHT + AXIS - 4.0) text-anchor="end" { "depth " (deepest) }
            }
        }
    }
}

/// The part of its place that a bar fills: wide bars stand apart, narrow ones touch.
fn gap(step: f64) -> f64 {
    if step > 4.0 {
        0.86
    } else {
        1.0
    }
}

/// Two decimals are finer than any screen.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
