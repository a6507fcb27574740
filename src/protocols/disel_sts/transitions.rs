//! The transitions of 4.2: which sends a state allows, what a send makes of the sender (`step_send`), and what a message
//! makes of its receiver (`step_recv`). They are pure, and they are all that there is: no program says what is sent when.

use super::local::{Acceptor, Answer, Answered, Local, Proposer, Role, SentTo};
use super::message::{Message, Peer, Send};
use super::rules::{AcceptGuard, AcceptTargets, Answers, Rules, Senders};
use super::setup::Setup;
use crate::protocols::paxos::Proposal;
use std::collections::{BTreeMap, BTreeSet};

/// The initial state of a node.
pub fn initial(me: Peer) -> Local {
    match me {
        Peer::Proposer(_) => Local::Proposer(Proposer::PInit),
        Peer::Acceptor(_) => {
            Local::Acceptor(Acceptor { role: Role::AInit, answered: BTreeSet::new(), prepared: BTreeSet::new() })
        }
    }
}

/// The sends that a state allows.
pub fn sends(setup: &Setup, me: Peer, local: &Local) -> BTreeSet<Send> {
    match setup.rules.senders {
        Senders::Literal => literal_sends(setup, local),
        Senders::Honest => honest_sends(setup, me, local),
    }
}

/// The tags that a state allows to send, each as what makes a message of a payload.
fn tags(rules: &Rules, local: &Local) -> &'static [fn(Proposal) -> Message] {
    match local {
        Local::Proposer(Proposer::PInit | Proposer::PSentPrep(_)) => &[Message::Prepare],
        Local::Proposer(Proposer::PSentAccReq { sent_to, .. })
            if rules.accept_targets == AcceptTargets::All || *sent_to == SentTo::none() =>
        {
            &[Message::Accept]
        }
        Local::Acceptor(Acceptor { role: Role::AInit, .. }) => &[Message::Promise],
        Local::Acceptor(Acceptor { role: Role::APromised(_), .. }) => &[Message::Promise, |_| Message::Nack],
        _ => &[],
    }
}

/// Whatever the tag: any payload, to any node.
fn literal_sends(setup: &Setup, local: &Local) -> BTreeSet<Send> {
    let tags = tags(&setup.rules, local).iter();
    let messages: BTreeSet<_> = tags.flat_map(|tag| setup.payloads.iter().map(|payload| tag(*payload))).collect();
    messages.into_iter().flat_map(|message| setup.peers().map(move |to| Send { to, message })).collect()
}

/// A Prepare or an Accept carries the proposal held, to an acceptor that has not been sent one. An acceptor answers a
/// proposer once: with a Promise of nothing or of what it holds, or with a Nack.
fn honest_sends(setup: &Setup, me: Peer, local: &Local) -> BTreeSet<Send> {
    let tags = tags(&setup.rules, local);
    let to_acceptors = |sent_to: SentTo, payload: Proposal| -> BTreeSet<Send> {
        let left = (0..setup.acceptors).map(Peer::Acceptor).filter(|to| sent_to.with(*to) != SentTo::Spoilt);
        left.flat_map(|to| tags.iter().map(move |tag| Send { to, message: tag(payload) })).collect()
    };
    match local {
        Local::Proposer(Proposer::PInit) => to_acceptors(SentTo::none(), setup.own(me)),
        Local::Proposer(Proposer::PSentPrep(sent_to)) => to_acceptors(*sent_to, setup.own(me)),
        Local::Proposer(Proposer::PSentAccReq { sent_to, proposal }) => to_acceptors(*sent_to, *proposal),
        Local::Acceptor(acceptor) => {
            let held = match acceptor.role {
                Role::APromised(held) => Some(held),
                Role::AInit | Role::AAccepted(_) => None,
            };
            let payloads = [Some(Proposal::ZERO), held].into_iter().flatten();
            let messages: BTreeSet<_> = payloads.flat_map(|payload| tags.iter().map(move |tag| tag(payload))).collect();
            let may_answer = |index: &usize| {
                let is_asked = setup.rules.answers == Answers::AnyTime || acceptor.prepared.contains(index);
                is_asked && !acceptor.answered.contains(index)
            };
            let proposers = (0..setup.proposals.len()).filter(may_answer).map(Peer::Proposer);
            proposers.flat_map(|to| messages.iter().map(move |message| Send { to, message: *message })).collect()
        }
        _ => BTreeSet::new(),
    }
}

/// The sender after a send to a node (`step_send`).
pub fn after_send(setup: &Setup, local: &Local, to: Peer) -> Local {
    match local {
        Local::Proposer(Proposer::PInit) => Local::Proposer(after_prepare(setup, SentTo::none().with(to))),
        Local::Proposer(Proposer::PSentPrep(sent_to)) => Local::Proposer(after_prepare(setup, sent_to.with(to))),
        Local::Proposer(Proposer::PSentAccReq { sent_to, proposal }) => {
            let (sent_to, proposal) = (sent_to.with(to), *proposal);
            let is_last = sent_to.is_complete(setup.acceptors);
            Local::Proposer(if is_last { Proposer::PAbort } else { Proposer::PSentAccReq { sent_to, proposal } })
        }
        Local::Acceptor(acceptor) => {
            let mut acceptor = acceptor.clone();
            if let (Senders::Honest, Peer::Proposer(index)) = (setup.rules.senders, to) {
                acceptor.answered.insert(index);
            }
            Local::Acceptor(acceptor)
        }
        other => other.clone(),
    }
}

fn after_prepare(setup: &Setup, sent_to: SentTo) -> Proposer {
    if sent_to.is_complete(setup.acceptors) {
        Proposer::PWaitPrepResp(Answered::default())
    } else {
        Proposer::PSentPrep(sent_to)
    }
}

/// The receiver after a message (`step_recv`).
pub fn after_receipt(setup: &Setup, me: Peer, local: &Local, from: Peer, message: Message) -> Local {
    match local {
        Local::Proposer(Proposer::PWaitPrepResp(answered)) => {
            Local::Proposer(after_answer(setup, me, answered, from, message))
        }
        Local::Acceptor(acceptor) => Local::Acceptor(at_acceptor(&setup.rules, acceptor, from, message)),
        other => other.clone(),
    }
}

/// A waiting proposer takes one message of each node for its answer, of any tag. A Nack ends it.
fn after_answer(setup: &Setup, me: Peer, answered: &Answered, from: Peer, message: Message) -> Proposer {
    let mut answered = answered.clone();
    let has_answered = match from {
        Peer::Proposer(index) => !answered.by_proposers.insert(index),
        Peer::Acceptor(index) => {
            let answer = match message {
                Message::Promise(payload) => Answer::Yes(payload),
                _ => Answer::No,
            };
            let is_first = !answered.by_acceptor.contains_key(&index);
            answered.by_acceptor.entry(index).or_insert(answer);
            !is_first
        }
    };
    if has_answered {
        return Proposer::PWaitPrepResp(answered);
    }
    if message == Message::Nack {
        return Proposer::PAbort;
    }
    if !answered.by_proposers.is_empty() || answered.by_acceptor.len() < setup.acceptors {
        return Proposer::PWaitPrepResp(answered);
    }
    let proposal = proposed(setup.own(me), &answered.by_acceptor);
    Proposer::PSentAccReq { sent_to: SentTo::none(), proposal }
}

/// What the answers of all acceptors lead to: the value of the reported proposal with the highest ballot, that of the first
/// acceptor if there are several; its own if none is reported; `<0,0>` if not all say yes.
fn proposed(own: Proposal, answers: &BTreeMap<usize, Answer>) -> Proposal {
    let mut highest = Proposal::new(0, own.value);
    for answer in answers.values() {
        match answer {
            Answer::Yes(payload) if payload.ballot > highest.ballot => highest = *payload,
            Answer::Yes(_) => {}
            Answer::No => return Proposal::ZERO,
        }
    }
    Proposal::new(own.ballot, highest.value)
}

/// An acceptor tells a Prepare from everything else, and takes everything else for an Accept.
fn at_acceptor(rules: &Rules, acceptor: &Acceptor, from: Peer, message: Message) -> Acceptor {
    let mut next = acceptor.clone();
    let payload = message.payload();
    let is_prepare = matches!(message, Message::Prepare(_));
    let passes = match (acceptor.role, rules.accept_guard) {
        (Role::AInit, _) => true,
        (Role::APromised(held), AcceptGuard::AtLeast) if !is_prepare => payload.ballot >= held.ballot,
        (Role::APromised(held), _) => payload.ballot > held.ballot,
        (Role::AAccepted(_), _) => false,
    };
    if passes && is_prepare {
        next.role = Role::APromised(payload);
    } else if passes {
        next.role = Role::AAccepted(payload);
        next.answered.clear();
    }
    if let (Answers::AfterPrepare, true, Peer::Proposer(index)) = (rules.answers, is_prepare, from) {
        next.prepared.insert(index);
    }
    next
}
