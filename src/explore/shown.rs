//! What stateright's Explorer shows of states and steps, in the words of their family.

use crate::family::{Action, Family, Global, Roster};
use crate::trace::Wording;
use stateright::actor::Network;
use std::fmt::Write;

/// A state: a line for each node, then what is in flight.
pub fn state<F: Family>(state: &Global<F>, wording: &Wording<F>) -> String {
    let mut text = String::new();
    for (name, local) in wording.roster.names().iter().zip(wording.locals(state)) {
        line(&mut text, &format!("{name} {local}"));
    }
    let in_flight = wording.in_flight(state);
    line(&mut text, if in_flight.is_empty() { "\nnothing in flight" } else { "\nin flight" });
    for (envelope, count) in &in_flight {
        let times = if *count > 1 { format!("  ({count} times)") } else { String::new() };
        line(&mut text, &format!("  {envelope}{times}"));
    }
    if let Network::UnorderedDuplicating(_, Some(last)) = &state.network {
        let (from, to) = (wording.roster.name(last.src), wording.roster.name(last.dst));
        line(&mut text, &format!("last delivered\n  {from} → {to}  {}", F::message(&last.msg)));
    }
    text
}

/// A step: what happens, what it changes, what is sent, and the state after it.
pub fn step<F: Family>(action: &Action<F>, before: &Global<F>, after: &Global<F>, wording: &Wording<F>) -> String {
    let step = wording.step(action, before, after);
    let mut text = String::new();
    line(&mut text, &format!("{}\n", step.action));
    match &step.change {
        Some(change) => {
            line(&mut text, &format!("{} {}\n{} {}", change.node, change.before, " ⇒", change.after));
        }
        None => line(&mut text, "no node's state changes"),
    }
    for envelope in &step.sent {
        line(&mut text, &format!("sends  {envelope}"));
    }
    line(&mut text, "");
    text.push_str(&state(after, wording));
    text
}

/// stateright's sequence diagram, with the nodes' names alone over the lifelines (it numbers them), and no wider than its
/// place: else the page puts a wide one below everything.
pub fn diagram(svg: &str, roster: &Roster) -> String {
    let fitting = svg.replacen("<svg ", "<svg style='max-width:100%;height:auto' ", 1);
    roster.names().iter().enumerate().fold(fitting, |svg, (index, name)| {
        svg.replace(&format!("'svg-actor-label'>{index} {name}<"), &format!("'svg-actor-label'>{name}<"))
    })
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a string takes every write");
}
