//! A state graph in the language of graphviz.

use super::{Graph, StateNode, Transition};
use crate::trace::visible;
use std::fmt::Write;

/// The graph in the DOT language: the initial state drawn twice, terminal states with a heavy border, violations red.
/// The messages in flight appear as a tooltip where the picture format supports it.
pub fn render(graph: &Graph) -> String {
    let mut dot = String::new();
    let mut line = |text: String| writeln!(dot, "{text}").expect("a string takes every write");
    line(format!("digraph {} {{", quoted(&graph.model)));
    line(format!("  label={}; labelloc=t; fontname=\"DejaVu Sans\"; fontsize=14;", quoted(&title(graph))));
    line(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"DejaVu Sans Mono\", fontsize=10];"
            .into(),
    );
    line("  edge [fontname=\"DejaVu Sans Mono\", fontsize=9, color=\"#555555\", fontcolor=\"#333333\"];".into());
    graph.states.iter().for_each(|state| line(node(graph, state)));
    graph.transitions.iter().for_each(|transition| line(edge(transition)));
    line("}".into());
    dot
}

fn title(graph: &Graph) -> String {
    let violating = graph.states.iter().filter(|state| !state.violates.is_empty()).count();
    let steps = graph.transitions.iter().filter(|transition| !transition.violates.is_empty()).count();
    format!(
        "{}\n{}\n{} states, {} transitions; violating states: {violating}, violating transitions: {steps}\n\
         double border: initial; heavy border: terminal; red: violation",
        graph.model,
        graph.description,
        graph.states.len(),
        graph.transitions.len(),
    )
}

fn node(graph: &Graph, state: &StateNode) -> String {
    let mut label = String::new();
    for (name, local) in graph.nodes.iter().zip(&state.locals) {
        label.push_str(&format!("{}\\l", escaped(&format!("{name} {local}"))));
    }
    if !state.violates.is_empty() {
        label.push_str(&format!("violates {}\\l", escaped(&state.violates.join(", "))));
    }
    let mut attributes = format!("label=\"{label}\", tooltip={}", quoted(&tooltip(state)));
    if state.initial {
        attributes.push_str(", peripheries=2");
    }
    if state.terminal {
        attributes.push_str(", penwidth=2.5");
    }
    if !state.violates.is_empty() {
        attributes.push_str(", fillcolor=\"#ffd6d6\", color=\"#b00020\", fontcolor=\"#8c0018\"");
    } else if state.terminal {
        attributes.push_str(", fillcolor=\"#eeeeee\"");
    }
    format!("  s{} [{attributes}];", state.id)
}

fn tooltip(state: &StateNode) -> String {
    let in_flight = match state.in_flight.as_slice() {
        [] => "nothing in flight".into(),
        messages => format!("in flight:\n{}", messages.join("\n")),
    };
    let reaches = match state.reaches.as_slice() {
        [] => String::new(),
        names => format!("\nreaches {}", names.join(", ")),
    };
    format!("state {}, depth {}, {in_flight}{reaches}", state.id, state.depth)
}

fn edge(transition: &Transition) -> String {
    let (mut label, mut marks) = (transition.action.clone(), "");
    if !transition.violates.is_empty() {
        label.push_str(&format!("\nviolates {}", transition.violates.join(", ")));
        marks = ", color=\"#b00020\", fontcolor=\"#b00020\", penwidth=2";
    }
    format!("  s{} -> s{} [label={}{marks}];", transition.from, transition.to, quoted(&spaced(&label)))
}

/// Graphviz puts the label of an edge right beside the line.
fn spaced(label: &str) -> String {
    label.split('\n').map(|line| format!(" {line} ")).collect::<Vec<_>>().join("\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// The text inside a quoted string of the DOT language. Backslashes begin escapes there, also before line ends, and
/// `&` begins an entity, so both are written out.
fn escaped(text: &str) -> String {
    let line = |line| visible(line).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;");
    text.split('\n').map(line).collect::<Vec<_>>().join("\\n")
}
