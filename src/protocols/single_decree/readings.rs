//! The readings of the thesis beside one another: when two of them do the same, and what a node does in a step, in the
//! words of the protocol.

use super::local::{Acceptor, Ended, Learner, Local, Phase, Program, Proposer};
use super::message::{Message, Offer};
use super::properties::{Footprint, View};
use super::rules::{AcceptEffect, AfterAccept, Overwrite};
use super::setup::{Setup, Timer};
use super::{Node, Protocol, SingleDecree};
use crate::engine::Action;
use crate::family::{Deed, Edit, Footprint as _, Global, Readings, Reason, Reference};
use crate::protocols::paxos::{Proposal, Votes};
use stateright::actor::{Actor, ActorModelAction, Command, Id, Out};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;
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

    /// A proposer that proposes another value than a chosen one, none of whose promises is of an acceptor that votes for
    /// that.
    fn circumstances(
        &self,
        setup: &Arc<Setup>,
        actions: &[Action<Node>],
        states: &[Global<SingleDecree>],
    ) -> Vec<Reason> {
        let steps = (1..).zip(actions).zip(states.windows(2));
        steps.flat_map(|((step, action), pair)| missed_quorums(setup, step, action, pair, states)).collect()
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

/// The quorums of phase 2 that the quorum of phase 1 misses with which a proposer comes to propose in a step.
fn missed_quorums(
    setup: &Arc<Setup>,
    step: usize,
    action: &Action<Node>,
    pair: &[Global<SingleDecree>],
    states: &[Global<SingleDecree>],
) -> Vec<Reason> {
    let (ActorModelAction::Deliver { src, dst, .. }, Some(last)) = (action, states.last()) else { return Vec::new() };
    let [before, after] = [0, 1].map(|place: usize| &*pair[place].actor_states[usize::from(*dst)]);
    let (Local::Proposer(before), Local::Proposer(after)) = (before, after) else { return Vec::new() };
    let (Phase::PWaitPrepResp { answers }, Phase::PSentAccReq { proposal, .. }) = (&before.phase, &after.phase) else {
        return Vec::new();
    };
    let roster = setup.roster();
    let promisers: Vec<Id> = (0..setup.acceptors)
        .filter(|index| answers.has_heard(*index) || roster.acceptor(*index) == *src)
        .map(|index| roster.acceptor(index))
        .collect();
    let seen: Vec<_> = last.actor_states.iter().map(|local| Footprint::Votes.observe(local)).collect();
    let names = |ids: &[Id]| ids.iter().map(|id| roster.name(*id)).collect::<Vec<_>>().join(" ");
    let view = View::new(setup, &seen);
    let contradicted = view.chosen().filter(|chosen| chosen.ballot < proposal.ballot && chosen.value != proposal.value);
    let voters = |chosen: &Proposal| -> Vec<Id> {
        let votes = view.votes_by_acceptor().enumerate().filter(|(_, votes)| votes.contains(chosen));
        votes.map(|(index, _)| roster.acceptor(index)).collect()
    };
    let missed = contradicted.map(|chosen| (chosen, voters(chosen)));
    let missed = missed.filter(|(_, voters)| voters.iter().all(|voter| !promisers.contains(voter)));
    let reason = |(chosen, voters): (&Proposal, Vec<Id>)| {
        let (who, asked, others) = (roster.name(*dst), names(&promisers), names(&voters));
        let what = "a quorum of phase 1 and one of phase 2 that miss each other";
        Reason::new(format!("step {step}: {who} has promises of {asked}, and {others} choose {chosen}: {what}"), [step])
    };
    missed.map(reason).collect()
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
    let nack = match sent.first() {
        Some(Message::Nack { promised: None, .. }) => Some("a Nack".to_string()),
        Some(Message::Nack { promised: Some(promised), .. }) => {
            Some(format!("a Nack that tells its promise of {promised}"))
        }
        _ => None,
    };
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
        Message::Accept(proposal) if setup.rules.overwrite == Overwrite::NeverLower && nack.is_none() => {
            let kept = after.accepted.map_or_else(String::new, |kept| format!(", keeping {kept}"));
            Deed { manner: kept, ..Deed::new("accepts", "accept", proposal.to_string()) }
        }
        Message::Accept(proposal) if nack.is_some() => refuses(&proposal, nack, exits),
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
            Some(Message::Nack { .. }) => refuses(&ballot, nack, exits),
            _ => Deed::new("takes", "take", format!("{message} without an answer{exits}")),
        },
        _ => Deed::new("takes", "take", format!("{message}{exits}")),
    }
}

fn refuses(what: &dyn Display, nack: Option<String>, exits: &str) -> Deed {
    Deed::new("refuses", "refuse", format!("{what} with {}{exits}", nack.unwrap_or_default()))
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
    let last = match last {
        Message::Promise { carried, .. } => Some(*carried),
        _ => None,
    };
    let reports: Vec<_> = answers.reports().chain(last).collect();
    let promises = reports.len();
    let reported: BTreeSet<Proposal> = reports.into_iter().flatten().collect();
    let reported: Vec<_> = reported.iter().map(Proposal::to_string).collect();
    let reported = if reported.is_empty() { String::new() } else { format!(" reporting {}", reported.join(" ")) };
    format!("after {promises} promise{}{reported}", if promises == 1 { "" } else { "s" })
}
