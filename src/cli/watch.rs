//! A run as it goes on: a line for each step of a node, who sent what to whom and what came of it.

use crate::nodes::log::{Event, Record};
use crate::vocabulary::Message;
use std::time::Duration;

/// A step of a node, in a line.
pub fn step(node: &str, record: &Record, elapsed: Duration) -> String {
    let cause = match &record.event {
        Event::Start => format!("{node} starts"),
        Event::Recover => format!("{node} recovers"),
        Event::Fire(timer) => format!("{node} {timer:?}"),
        Event::Deliver { from, message, .. } => format!("{from} → {node}  {message}"),
        Event::Ignore { from, message, .. } => format!("{from} → {node}  {message}"),
    };
    let mut effects = Vec::new();
    if let Some(local) = &record.local {
        effects.push(format!("{node} ⇒ {local}"));
    }
    effects.extend(sent(&record.sent));
    if matches!(record.event, Event::Ignore { .. }) {
        effects.push("nothing comes of it yet".into());
    }
    line(elapsed, &format!("{cause:<30}  {}", effects.join("; ")))
}

/// A line of a run: when, and what.
pub fn line(elapsed: Duration, what: &str) -> String {
    format!("{:>7.1} ms  {}\n", elapsed.as_secs_f64() * 1e3, what.trim_end())
}

/// What was sent, each message once with everybody it went to.
fn sent(sent: &[(String, Message)]) -> Vec<String> {
    let mut messages: Vec<(Message, Vec<&str>)> = Vec::new();
    for (to, message) in sent {
        match messages.iter_mut().find(|(other, _)| other == message) {
            Some((_, receivers)) => receivers.push(to),
            None => messages.push((*message, vec![to])),
        }
    }
    messages.iter().map(|(message, to)| format!("{message} to {}", to.join(" "))).collect()
}
