//! What stateright's Explorer shows of states and steps, in the thesis's words.

use crate::engine::{Action, State};
use crate::protocols::single_decree::{Local, Node};
use crate::trace::{self, ActionRecord, EnvelopeRecord};
use crate::vocabulary::{Proposal, Roster};
use stateright::actor::Network;
use std::fmt::Write;

/// A state: a line for each node, then what is in flight.
pub fn state(state: &State<Node, ()>, roster: &Roster) -> String {
    let mut text = String::new();
    for (index, local) in state.actor_states.iter().enumerate() {
        let name = roster.name(index.into());
        let crashed = if state.crashed[index] { "  (crashed)" } else { "" };
        line(&mut text, &format!("{name} {local}{}{crashed}", earlier_votes(local)));
    }
    let in_flight = trace::in_flight(state, roster);
    line(&mut text, if in_flight.is_empty() { "\nnothing in flight" } else { "\nin flight" });
    for (envelope, count) in &in_flight {
        let times = if *count > 1 { format!("  ({count} times)") } else { String::new() };
        line(&mut text, &format!("  {}{times}", in_words(envelope)));
    }
    if let Network::UnorderedDuplicating(_, Some(last)) = &state.network {
        let (from, to) = (roster.name(last.src), roster.name(last.dst));
        line(&mut text, &format!("last delivered\n  {from} → {to}  {}", last.msg));
    }
    text
}

/// A step: what happens, what it changes, what is sent, and the state after it.
pub fn step(action: &Action<Node>, before: &State<Node, ()>, after: &State<Node, ()>, roster: &Roster) -> String {
    let step = trace::step(action, before, after, roster);
    let mut text = String::new();
    line(&mut text, &format!("{}\n", ActionRecord::new(action, roster)));
    match &step.change {
        Some(change) => {
            line(&mut text, &format!("{} {}\n{} {}", change.node, change.before, " ⇒", change.after));
        }
        None => line(&mut text, "no node's state changes"),
    }
    for envelope in &step.sent {
        line(&mut text, &format!("sends  {}", in_words(envelope)));
    }
    line(&mut text, "");
    text.push_str(&state(after, roster));
    text
}

/// stateright's sequence diagram, with the nodes' names alone over the lifelines (it numbers them), and no wider than its
/// place: else the page puts a wide one below everything.
pub fn diagram(svg: &str, roster: &Roster) -> String {
    let fitting = svg.replacen("<svg ", "<svg style='max-width:100%;height:auto' ", 1);
    (0..roster.len()).fold(fitting, |svg, index| {
        let name = roster.name(index.into());
        svg.replace(&format!("'svg-actor-label'>{index} {name}<"), &format!("'svg-actor-label'>{name}<"))
    })
}

/// The votes that an acceptor cast before its last one.
fn earlier_votes(local: &Local) -> String {
    match local {
        Local::Acceptor(acceptor) if acceptor.votes.len() > 1 => {
            let votes: Vec<_> = acceptor.votes.iter().map(Proposal::to_string).collect();
            format!(" voted={{{}}}", votes.join(" "))
        }
        _ => String::new(),
    }
}

fn in_words(envelope: &EnvelopeRecord) -> String {
    format!("{} → {}  {}", envelope.from, envelope.to, envelope.message)
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a string takes every write");
}
