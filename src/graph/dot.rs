//! A state graph in the language of graphviz.

use super::quotient::{ClassNode, ClassStep, Quotient};
use super::{Graph, StateNode, Transition};
use crate::report::thousands;
use crate::trace::visible;
use std::fmt::Write;

/// The graph in the DOT language: the initial state drawn twice, terminal states with a heavy border, violations red.
/// The messages in flight appear as a tooltip where the picture format supports it.
pub fn render(graph: &Graph) -> String {
    let lines = graph.states.iter().map(|state| node(graph, state)).chain(graph.transitions.iter().map(edge));
    document(&graph.model, &title(graph), lines)
}

/// A quotient in the DOT language, drawn likewise; a border is heavy where some state is terminal, and grey where all are.
pub fn render_quotient(quotient: &Quotient) -> String {
    let classes = quotient.classes.iter().map(|class| class_node(quotient, class));
    document(&quotient.model, &quotient_title(quotient), classes.chain(quotient.steps.iter().map(class_edge)))
}

fn document(name: &str, title: &str, lines: impl Iterator<Item = String>) -> String {
    let mut dot = String::new();
    let mut line = |text: String| writeln!(dot, "{text}").expect("a string takes every write");
    line(format!("digraph {} {{", quoted(name)));
    line(format!("  label={}; labelloc=t; fontname=\"DejaVu Sans\"; fontsize=14;", quoted(title)));
    line(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"DejaVu Sans Mono\", fontsize=10];"
            .into(),
    );
    line("  edge [fontname=\"DejaVu Sans Mono\", fontsize=9, color=\"#555555\", fontcolor=\"#333333\"];".into());
    lines.for_each(&mut line);
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
    let attributes = format!("label=\"{label}\", tooltip={}", quoted(&tooltip(state)));
    let marks = marks(state.initial, state.terminal, state.terminal, !state.violates.is_empty());
    format!("  s{} [{attributes}{marks}];", state.id)
}

/// How a node is drawn that the model starts in, where something or everything ends, or that violates a property.
fn marks(initial: bool, ends: bool, only_ends: bool, violates: bool) -> String {
    let marks = [
        (initial, ", peripheries=2"),
        (ends, ", penwidth=2.5"),
        (violates, ", fillcolor=\"#ffd6d6\", color=\"#b00020\", fontcolor=\"#8c0018\""),
        (only_ends && !violates, ", fillcolor=\"#eeeeee\""),
    ];
    marks.into_iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| mark).collect()
}

fn quotient_title(quotient: &Quotient) -> String {
    let violating = quotient.classes.iter().filter(|class| !class.violates.is_empty()).count();
    format!(
        "{}\n{}\n{} states in {} classes by {}; violating classes: {violating}\n\
         double border: initial; heavy border: terminal states; red: violation",
        quotient.model,
        quotient.description,
        thousands(quotient.states),
        quotient.classes.len(),
        quotient.footprint,
    )
}

fn class_node(quotient: &Quotient, class: &ClassNode) -> String {
    let seen = quotient.nodes.iter().zip(&class.seen).filter(|(_, seen)| !seen.is_empty());
    let mut lines: Vec<String> = seen.map(|(name, seen)| format!("{name} {seen}")).collect();
    lines.push(format!("{} state{}", thousands(class.states), if class.states == 1 { "" } else { "s" }));
    if class.terminal_states > 0 {
        lines.push(format!("{} terminal", thousands(class.terminal_states)));
    }
    let named = |what: &str, names: &[&str]| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    lines.extend(named("violates", &class.violates));
    let label: String = lines.iter().map(|line| format!("{}\\l", escaped(line))).collect();
    let tooltip: Vec<String> =
        [Some(format!("class {}, depth {}", class.id, class.depth)), named("reaches", &class.reaches)]
            .into_iter()
            .flatten()
            .collect();
    let only_ends = class.terminal_states == class.states;
    let marks = marks(class.initial, class.terminal_states > 0, only_ends, !class.violates.is_empty());
    format!("  c{} [label=\"{label}\", tooltip={}{marks}];", class.id, quoted(&tooltip.join("\n")))
}

fn class_edge(step: &ClassStep) -> String {
    arrow(&format!("c{} -> c{}", step.from, step.to), thousands(step.steps), &step.violates)
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
    let ends = format!("s{} -> s{}", transition.from, transition.to);
    arrow(&ends, transition.action.clone(), &transition.violates)
}

fn arrow(ends: &str, mut label: String, violates: &[&str]) -> String {
    let mut marks = "";
    if !violates.is_empty() {
        label.push_str(&format!("\nviolates {}", violates.join(", ")));
        marks = ", color=\"#b00020\", fontcolor=\"#b00020\", penwidth=2";
    }
    format!("  {ends} [label={}{marks}];", quoted(&spaced(&label)))
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
