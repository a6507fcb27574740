//! A protocol with edited rules beside the one without: what a node does in a step, in the words of the protocol.

use super::local::{listed, Acceptor, Learner, Local, Phase, Proposer, Report, Slot, NO_OP};
use super::message::Message;
use super::plan::next_command;
use super::rules::AcceptEffect;
use super::setup::{Setup, Timer};
use super::{MultiPaxos, Node, Protocol};
use crate::engine::Action;
use crate::family::{Deed, Edit, Readings, Reference};
use crate::protocols::paxos::{Ballot, Proposal, Value};
use stateright::actor::{ActorModelAction, Id};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Protocols whose rules are edited, beside the one whose rules are not.
pub struct Edited;

impl Readings<MultiPaxos> for Edited {
    fn reference(&self, protocol: &Protocol) -> Option<Reference> {
        protocol.reference()
    }

    fn put_back(&self, protocol: &Protocol, edits: &[Edit]) -> Protocol {
        protocol.with_put_back(edits)
    }

    fn deed(&self, setup: &Arc<Setup>, action: &Action<Node>, before: &Local, after: &Local, sent: &[Message]) -> Deed {
        let message = match action {
            ActorModelAction::Deliver { msg, .. } => msg,
            ActorModelAction::Timeout(_, Timer::Retry) => return Deed::new("starts", "start", "over"),
            _ => return Deed::new("sends", "send", in_words(sent)),
        };
        match (before, after) {
            (Local::Acceptor(before), Local::Acceptor(after)) => {
                acceptor(&setup.protocol, message, before, after, sent)
            }
            (Local::Proposer(before), Local::Proposer(after)) => proposer(message, before, after, sent),
            (Local::Learner(before), Local::Learner(after)) => learner(before, after),
            (_, after) => Deed::new("becomes", "become", after.to_string()),
        }
    }
}

/// What the proposer with this id does when a timer fires.
pub fn timeout(protocol: &Protocol, id: Id, local: &Local, timer: &Timer) -> String {
    match (timer, local) {
        (Timer::Propose, Local::Proposer(Proposer { phase: Phase::PSentAccReq { slots }, .. })) => {
            match next_command(protocol, id.into(), slots) {
                Some((slot, command)) => format!("proposes {command} for slot {slot}"),
                None => format!("{timer:?}"),
            }
        }
        (Timer::Retry, _) => "gives up and starts over".into(),
        _ => format!("{timer:?}"),
    }
}

/// Messages, each of them once.
fn in_words(messages: &[Message]) -> String {
    let mut words: Vec<String> = Vec::new();
    for message in messages.iter().map(Message::to_string) {
        if !words.contains(&message) {
            words.push(message);
        }
    }
    words.join(" ")
}

fn acceptor(protocol: &Protocol, message: &Message, before: &Acceptor, after: &Acceptor, sent: &[Message]) -> Deed {
    match message {
        Message::Accept { slot, proposal } if after.votes.contains(&(*slot, *proposal)) => {
            accepts(protocol, (*slot, *proposal), before, after)
        }
        Message::Accept { .. } => Deed::new("refuses", "refuse", message.to_string()),
        Message::Prepare { ballot } => match sent.first() {
            Some(Message::Promise { report, .. }) => {
                let reported = if report.is_empty() { "nothing".into() } else { listed(report) };
                let kept_back: Report =
                    before.accepted.iter().filter(|(slot, held)| report.get(slot) != Some(held)).map(owned).collect();
                let doubt = match kept_back.is_empty() {
                    true => though(before, *ballot, |held, ballot| held >= ballot),
                    false => format!("though it accepted {}", listed(&kept_back)),
                };
                let deed = Deed::new("promises", "promise", ballot.to_string()).though(doubt);
                Deed { manner: format!(", reporting {reported}"), ..deed }
            }
            Some(Message::Nack { .. }) => Deed::new("refuses", "refuse", format!("{ballot} with a Nack")),
            _ => Deed::new("takes", "take", message.to_string()),
        },
        _ => Deed::new("takes", "take", message.to_string()),
    }
}

fn owned((slot, held): (&Slot, &Proposal)) -> (Slot, Proposal) {
    (*slot, *held)
}

fn accepts(protocol: &Protocol, (slot, proposal): (Slot, Proposal), before: &Acceptor, after: &Acceptor) -> Deed {
    let kept = after.promised.filter(|held| *held != proposal.ballot);
    let effect = match (protocol.rules.accept_effect, kept) {
        (AcceptEffect::Keep, Some(kept)) => format!(", keeping its promise of {kept}"),
        (AcceptEffect::Keep, None) if after.promised.is_none() => ", promising nothing".into(),
        (AcceptEffect::Forget, _) => ", forgetting its promise".into(),
        (AcceptEffect::Raise | AcceptEffect::Keep, _) => String::new(),
    };
    let dropped: Report =
        before.accepted.iter().filter(|(other, _)| !after.accepted.contains_key(other)).map(owned).collect();
    let forgets = if dropped.is_empty() { String::new() } else { format!(", forgetting {}", listed(&dropped)) };
    let holds_on = after.accepted.get(&slot).filter(|held| **held != proposal);
    let holds_on = holds_on.map_or_else(String::new, |held| format!(", holding on to {held}"));
    let instead = match protocol.rules.accept_effect {
        AcceptEffect::Raise => "and promise as much",
        AcceptEffect::Keep | AcceptEffect::Forget => "",
    };
    let deed = Deed::new("accepts", "accept", format!("{proposal} in slot {slot}"));
    let deed = deed.though(though(before, proposal.ballot, |held, ballot| held > ballot));
    Deed { instead, manner: effect + &forgets + &holds_on, ..deed }
}

/// What the acceptor did before that makes this ballot doubtful.
fn though(before: &Acceptor, ballot: Ballot, is_doubtful: fn(Ballot, Ballot) -> bool) -> String {
    match before.promised.filter(|held| is_doubtful(*held, ballot)) {
        Some(promised) if promised == ballot => format!("though it promised {promised} before"),
        Some(promised) => format!("though it promised {promised}"),
        None => {
            let above: Report =
                before.accepted.iter().filter(|(_, held)| is_doubtful(held.ballot, ballot)).map(owned).collect();
            if above.is_empty() {
                String::new()
            } else {
                format!("though it accepted {}", listed(&above))
            }
        }
    }
}

fn proposer(message: &Message, before: &Proposer, after: &Proposer, sent: &[Message]) -> Deed {
    if after.round > before.round {
        return Deed::new("starts", "start", format!("over with its round {}", after.round.saturating_add(1)));
    }
    match &after.phase {
        Phase::PSentAccReq { slots } => {
            let proposed: BTreeMap<Slot, Value> = sent.iter().filter_map(proposal).collect();
            let settled: BTreeMap<Slot, Value> =
                slots.iter().filter(|(slot, _)| !proposed.contains_key(slot)).map(|(slot, of)| (*slot, *of)).collect();
            let what = if proposed.is_empty() { "nothing".into() } else { named(&proposed) };
            let left =
                if settled.is_empty() { String::new() } else { format!(", taking {} for settled", named(&settled)) };
            let deed = Deed::new("proposes", "propose", what).though(heard(before, message));
            Deed { manner: left, ..deed }
        }
        Phase::PAbort(_) => Deed::new("gives", "give", "up"),
        Phase::PWaitPrepResp { .. } => Deed::new("waits", "wait", "for more answers"),
    }
}

fn proposal(message: &Message) -> Option<(Slot, Value)> {
    match message {
        Message::Accept { slot, proposal } => Some((*slot, proposal.value)),
        _ => None,
    }
}

/// Values by slot, in words.
fn named(slots: &BTreeMap<Slot, Value>) -> String {
    let value = |value: Value| if value == NO_OP { "a no-op".into() } else { value.to_string() };
    slots.iter().map(|(slot, of)| format!("{} in slot {slot}", value(*of))).collect::<Vec<_>>().join(", ")
}

/// The promises on which a proposer ends phase 1.
fn heard(before: &Proposer, last: &Message) -> String {
    let (Phase::PWaitPrepResp { promises }, Message::Promise { report, .. }) = (&before.phase, last) else {
        return String::new();
    };
    let reports: Vec<&Report> = promises.iter().map(|(_, report)| report).chain([report]).collect();
    let mut reported: Vec<String> =
        reports.iter().flat_map(|report| report.iter()).map(|(slot, held)| format!("{slot}:{held}")).collect();
    reported.sort();
    reported.dedup();
    let reported = if reported.is_empty() { String::new() } else { format!(" reporting {}", reported.join(" ")) };
    format!("after {} promise{}{reported}", reports.len(), if reports.len() == 1 { "" } else { "s" })
}

fn learner(before: &Learner, after: &Learner) -> Deed {
    let learned = after.learned.iter().find(|(slot, _)| !before.learned.contains_key(slot));
    let Some((slot, proposal)) = learned else { return Deed::new("waits", "wait", "for more reports") };
    let executed: Vec<_> = after.log[before.log.len().min(after.log.len())..].iter().map(Value::to_string).collect();
    let executes = if executed.is_empty() { String::new() } else { format!(", executing {}", executed.join(" ")) };
    Deed { manner: executes, ..Deed::new("learns", "learn", format!("{proposal} for slot {slot}")) }
}
