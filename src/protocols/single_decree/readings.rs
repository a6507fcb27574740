//! The readings of the thesis beside one another: when two of them do the same, and what a node does in a step, in the
//! words of the protocol.

use super::local::{Acceptor, Answer, Ended, Learner, Local, Phase, Program, Proposer};
use super::message::{Message, Offer};
use super::rules::{AcceptEffect, AfterAccept};
use super::setup::{Setup, Timer};
use super::{Node, Protocol, SingleDecree};
use crate::engine::Action;
use crate::family::{Deed, Edit, Readings, Reference};
use crate::protocols::paxos::Proposal;
use stateright::actor::{Actor, ActorModelAction, Command, Id, Out};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The readings of the thesis.
pub struct Thesis;

impl Readings<SingleDecree> for Thesis {
    fn reference(&self, protocol: &Protocol) -> Option<Reference> {
        protocol.reference()
    }

    fn put_back(&self, protocol: &Protocol, edits: &[Edit]) -> Protocol {
        protocol.with_put_back(edits)
    }

    /// Which program an acceptor runs is its rules', not its state.
    fn is_alike(&self, one: &Local, other: &Local) -> bool {
        match (one, other) {
            (Local::Acceptor(one), Local::Acceptor(other)) => {
                let of =
                    |acceptor: &Acceptor| (acceptor.promised, acceptor.accepted, acceptor.program == Program::Exited);
                of(one) == of(other) && one.votes == other.votes
            }
            _ => one == other,
        }
    }

    /// A promise that may be used in two ways is one promise.
    fn plain(&self, message: &Message) -> Message {
        match *message {
            Message::Promise { ballot, carried, .. } => Message::Promise { ballot, carried, offer: Offer::ByRule },
            message => message,
        }
    }

    fn deed(&self, setup: &Arc<Setup>, action: &Action<Node>, before: &Local, after: &Local, sent: &[Message]) -> Deed {
        let message = match action {
            ActorModelAction::Deliver { msg, .. } => msg,
            ActorModelAction::Timeout(_, Timer::Retry) => return Deed::new("starts", "start", "over"),
            _ => {
                let sent: Vec<_> = sent.iter().map(Message::to_string).collect();
                return Deed::new("sends", "send", sent.join(" "));
            }
        };
        match (before, after) {
            (Local::Acceptor(before), Local::Acceptor(after)) => acceptor(setup, message, before, after, sent),
            (Local::Proposer(before), Local::Proposer(after)) => proposer(message, before, after),
            (_, Local::Learner(Learner::Learned(proposal))) => Deed::new("announces", "announce", proposal.to_string()),
            (_, after) => Deed::new("becomes", "become", after.to_string()),
        }
    }
}

/// What a proposer does when a timer fires, with what it sends.
pub fn timeout(setup: &Arc<Setup>, id: Id, local: &Local, timer: &Timer) -> String {
    if *timer == Timer::Retry {
        return "gives up and starts over".into();
    }
    let mut out = Out::new();
    Node { setup: setup.clone(), id }.on_timeout(id, &mut Cow::Borrowed(local), timer, &mut out);
    let sends = out.iter().find_map(|command| match command {
        Command::Send(to, message) => Some(format!("sends {message} to {}", setup.roster().name(*to))),
        _ => None,
    });
    sends.unwrap_or_else(|| format!("{timer:?}"))
}

fn acceptor(setup: &Setup, message: &Message, before: &Acceptor, after: &Acceptor, sent: &[Message]) -> Deed {
    let exits = after.program == Program::Exited && before.program != Program::Exited;
    let exits = if exits { ", exiting" } else { "" };
    match *message {
        Message::Accept(proposal) if after.accepted == Some(proposal) => {
            let kept = after.promised.map(|held| held.ballot).filter(|held| *held != proposal.ballot);
            let (effect, instead) = match (setup.rules.after_accept, setup.rules.accept_effect, kept) {
                (AfterAccept::Stop, ..) => (String::new(), "and stop listening"),
                (_, AcceptEffect::Raise, _) => (String::new(), "and promise as much"),
                (_, AcceptEffect::Keep, Some(kept)) => (format!(", keeping its promise of {kept}"), ""),
                (_, AcceptEffect::Keep, None) if after.promised.is_some() => (String::new(), ""),
                (_, AcceptEffect::Keep, None) => (", promising nothing".into(), ""),
                (_, AcceptEffect::Forget, _) => (", forgetting its promise".into(), ""),
            };
            let deed = Deed::new("accepts", "accept", proposal.to_string());
            let deed = deed.though(though(before, proposal.ballot, |held, ballot| held > ballot));
            Deed { instead, manner: effect + exits, ..deed }
        }
        Message::Accept(proposal) => {
            Deed::new("takes", "take", format!("Accept{proposal} without accepting it{exits}"))
        }
        Message::Prepare { ballot, .. } => match sent.first() {
            Some(Message::Promise { carried, .. }) => {
                let reported = carried.map_or_else(|| "nothing".into(), |carried| carried.to_string());
                let kept_back = before.accepted.filter(|accepted| *carried != Some(*accepted));
                let doubt = kept_back.map(|accepted| format!("though it accepted {accepted}"));
                let doubt = doubt.unwrap_or_else(|| though(before, ballot, |held, ballot| held >= ballot));
                let deed = Deed::new("promises", "promise", ballot.to_string()).though(doubt);
                Deed { manner: format!(", reporting {reported}{exits}"), ..deed }
            }
            Some(Message::Nack { .. }) => Deed::new("refuses", "refuse", format!("{ballot} with a Nack{exits}")),
            _ => Deed::new("takes", "take", format!("{message} without an answer{exits}")),
        },
        _ => Deed::new("takes", "take", format!("{message}{exits}")),
    }
}

/// What the acceptor did before that makes this ballot doubtful.
fn though(before: &Acceptor, ballot: u32, is_doubtful: fn(u32, u32) -> bool) -> String {
    let promised = before.promised.map(|held| held.ballot).filter(|held| is_doubtful(*held, ballot));
    let accepted = before.accepted.filter(|accepted| is_doubtful(accepted.ballot, ballot));
    match (promised, accepted) {
        (_, Some(accepted)) => format!("though it accepted {accepted}"),
        (Some(promised), None) if promised == ballot => format!("though it promised {promised} before"),
        (Some(promised), None) => format!("though it promised {promised}"),
        (None, None) => String::new(),
    }
}

fn proposer(message: &Message, before: &Proposer, after: &Proposer) -> Deed {
    if after.round > before.round {
        return Deed::new("starts", "start", format!("over with its round {}", after.round.saturating_add(1)));
    }
    match &after.phase {
        Phase::PSentAccReq { proposal, .. } => {
            Deed::new("proposes", "propose", proposal.to_string()).though(heard(before, message))
        }
        Phase::PAbort(Ended::Refused) => Deed::new("gives", "give", "up"),
        Phase::PWaitPrepResp { .. } => Deed::new("waits", "wait", "for more answers"),
        _ => Deed::new("becomes", "become", after.to_string()),
    }
}

/// The answers on which a proposer ends phase 1.
fn heard(before: &Proposer, last: &Message) -> String {
    let Phase::PWaitPrepResp { answers } = &before.phase else { return String::new() };
    let mut reported: BTreeMap<Proposal, usize> = BTreeMap::new();
    let mut promises = 0;
    let earlier = answers.values().map(|answer| match answer {
        Answer::Promised(carried) => Some(*carried),
        Answer::Refused => None,
    });
    let last = match last {
        Message::Promise { carried, .. } => Some(*carried),
        _ => None,
    };
    for carried in earlier.chain([last]).flatten() {
        promises += 1;
        if let Some(carried) = carried {
            *reported.entry(carried).or_default() += 1;
        }
    }
    let reported: Vec<_> = reported.keys().map(Proposal::to_string).collect();
    let reported = if reported.is_empty() { String::new() } else { format!(" reporting {}", reported.join(" ")) };
    format!("after {promises} promise{}{reported}", if promises == 1 { "" } else { "s" })
}
