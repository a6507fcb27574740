//! A run for people: a line for each step of a node, who sent what to whom with which effect, and a summary.

use super::log::{Event, Record};
use super::orders::Traffic;
use super::plan::{Ended, Instance, Plan, Ran};
use crate::family::{Deployable, Family, Message};
use crate::report::{line, DOUBT, GOOD, PLAIN};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// A step of a node, in a line.
pub fn step<F: Deployable>(node: &str, record: &Record<F>, elapsed: Duration) -> String {
    let cause = match &record.event {
        Event::Start => format!("{node} starts"),
        Event::Recover => format!("{node} recovers"),
        Event::Fire(timer) => format!("{node} {timer:?}"),
        Event::Choose { random, .. } => format!("{node} {}", F::choice(random)),
        Event::Unrecorded(times) => format!("{node} ignores {times} more, and records none of them"),
        Event::Deliver { from, message, .. } | Event::Ignore { from, message, .. } => {
            format!("{from} → {node}  {}", F::message(message))
        }
    };
    let mut effects = Vec::new();
    if let Some(local) = &record.local {
        effects.push(format!("{node} ⇒ {}", F::local(local)));
    }
    effects.extend(sent::<F>(&record.sent));
    if matches!(record.event, Event::Ignore { .. }) {
        effects.push("no effect yet".into());
    }
    moment(elapsed, &format!("{cause:<30}  {}", effects.join("; ")))
}

/// A line of a run: when, and what.
pub fn moment(elapsed: Duration, what: &str) -> String {
    format!("{:>7.1} ms  {}\n", elapsed.as_secs_f64() * 1e3, what.trim_end())
}

/// What was sent, each message once with everybody it went to.
fn sent<F: Family>(sent: &[(String, Message<F>)]) -> Vec<String> {
    let mut messages: Vec<(&Message<F>, Vec<&str>)> = Vec::new();
    for (to, message) in sent {
        match messages.iter_mut().find(|(other, _)| *other == message) {
            Some((_, receivers)) => receivers.push(to),
            None => messages.push((message, vec![to.as_str()])),
        }
    }
    messages.iter().map(|(message, to)| format!("{} to {}", F::message(message), to.join(" "))).collect()
}

/// What the model has beyond its file, so that the run can be one of it.
pub fn implied(settings: &[String]) -> String {
    let mut text = String::new();
    let what = format!("{}, beyond the model file, for what may go wrong in this run", settings.join(", "));
    line(&mut text, PLAIN, "with", &what);
    text
}

/// True iff two values were decided about one subject.
pub fn has_two_values<F: Deployable>(instance: &Instance<F>) -> bool {
    let values = instance.decisions.iter().map(|decision| (F::subject(decision), decision.value.to_string()));
    values.collect::<BTreeSet<_>>().len() > subjects(instance)
}

/// The number of subjects that something was decided about.
fn subjects<F: Deployable>(instance: &Instance<F>) -> usize {
    instance.decisions.iter().map(F::subject).collect::<BTreeSet<_>>().len()
}

/// The result of an instance, in a line.
pub fn outcome<F: Deployable>(instance: &Instance<F>) -> String {
    let crashes = match instance.crashes {
        0 => String::new(),
        1 => " (1 crash)".into(),
        more => format!(" ({more} crashes)"),
    };
    let took = instance.decided.map_or_else(String::new, |took| format!(", {}", milliseconds(took)));
    match instance.decisions.first() {
        Some(decision) => {
            let more = match subjects(instance) {
                0 | 1 => String::new(),
                several => format!(", and {} more", several - 1),
            };
            format!("consensus: {}{took}{more}{crashes}", decision.text)
        }
        None => format!("{}: {}{crashes}", undecided(instance), instance.reasons.join("; ")),
    }
}

fn undecided<F: Deployable>(instance: &Instance<F>) -> &'static str {
    if instance.aborted {
        "no consensus, aborted"
    } else if instance.cut_off {
        "no consensus yet when it was cut off"
    } else {
        "no consensus, blocked"
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

/// A run that is over, ending with what was decided.
pub fn summary<F: Deployable>(plan: &Plan<F>, ran: &Ran<F>) -> String {
    let mut text = String::new();
    let mut say = |style, label, content: String| line(&mut text, style, label, &content);
    let ended = match ran.ended {
        Ended::Quiet => "until nothing was under way any more",
        Ended::Deadline => "until the deadline",
        Ended::Interrupted => "until it was interrupted",
    };
    let crashes: u32 = ran.instances.iter().map(|instance| instance.crashes).sum();
    let mut killed = match crashes {
        0 => String::new(),
        1 => ", a node was killed once".into(),
        more => format!(", nodes were killed {more} times"),
    };
    if ran.too_late > 0 {
        killed += &format!(", {} planned crashes came too late", ran.too_late);
    }
    say(PLAIN, "ran", format!("{:.3} s, {ended}{killed}", ran.elapsed.as_secs_f64()));
    say(PLAIN, "datagrams", datagrams(&ran.traffic));
    if let ([instance], 1) = (ran.instances.as_slice(), plan.instances) {
        match instance.decisions.as_slice() {
            [] => {
                say(DOUBT, "undecided", undecided(instance).into());
                instance.reasons.iter().for_each(|reason| say(DOUBT, "", reason.clone()));
            }
            decisions => decisions.iter().for_each(|decision| say(GOOD, "decided", decision.text.clone())),
        }
        if !instance.announced.is_empty() {
            let told = |(node, value): &(String, Value)| format!("{node} value {value}");
            say(GOOD, "announced", instance.announced.iter().map(told).collect::<Vec<_>>().join(", "));
        }
        if let Some(what) = stream(ran) {
            say(PLAIN, "latency", what);
        }
    } else {
        let instances = ran.instances.len();
        let mut latencies: Vec<_> = ran.instances.iter().filter_map(|instance| instance.decided).collect();
        latencies.sort();
        let decided = latencies.len();
        let aborted = ran.instances.iter().filter(|instance| instance.aborted).count();
        let is_open = |instance: &&Instance<F>| instance.cut_off && !instance.aborted && instance.decided.is_none();
        let open = ran.instances.iter().filter(is_open).count();
        let blocked = instances - decided - aborted - open;
        let share = 100.0 * decided as f64 / instances.max(1) as f64;
        let of = if instances == plan.instances as usize {
            String::new()
        } else {
            format!(" of {} planned", plan.instances)
        };
        let mut what =
            format!("{decided} of {instances} instances{of} ({share:.1} %); {aborted} aborted, {blocked} blocked");
        if open > 0 {
            what += &format!(", {open} cut off");
        }
        say(GOOD, "decided", what);
        if !latencies.is_empty() {
            let what = percentiles(&latencies);
            say(PLAIN, "latency", format!("{what}, from the order to begin to the report of the last vote"));
            if let Some(what) = stream(ran) {
                say(PLAIN, "", what);
            }
            let rate = ran.instances.iter().map(subjects).sum::<usize>() as f64 / ran.elapsed.as_secs_f64();
            say(PLAIN, "throughput", format!("{rate:.1} decisions a second, one instance after another"));
        }
    }
    text
}

/// How long decisions took, where an instance decides several things one after the other.
fn stream<F: Deployable>(ran: &Ran<F>) -> Option<String> {
    let mut latencies: Vec<_> = ran.instances.iter().flat_map(|instance| &instance.latencies).copied().collect();
    latencies.sort();
    let what = "from the report that it is proposed to that of the last vote";
    (!latencies.is_empty()).then(|| format!("{}, of {} decisions, {what}", percentiles(&latencies), latencies.len()))
}

/// What share of these durations, in ascending order, is no longer than what.
fn percentiles(durations: &[Duration]) -> String {
    let at = |percent: usize| milliseconds(durations[(durations.len() * percent).div_ceil(100).max(1) - 1]);
    format!("p50 {}, p90 {}, p99 {}, most {}", at(50), at(90), at(99), at(100))
}

/// Datagrams by their fate.
pub fn datagrams(traffic: &Traffic) -> String {
    let Traffic { sent, lost, duplicated, received, stale, oversized, malformed, foreign } = traffic;
    let mut what = format!("{sent} sent, {received} received");
    for (count, of) in [(lost, "lost on purpose"), (duplicated, "sent twice on purpose"), (stale, "too late")] {
        if *count > 0 {
            what += &format!(", {count} {of}");
        }
    }
    let dropped = oversized + malformed + foreign;
    if dropped > 0 {
        what += &format!("; dropped {malformed} malformed, {oversized} oversized, {foreign} foreign");
    }
    what
}
