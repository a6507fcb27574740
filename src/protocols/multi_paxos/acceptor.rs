//! The whole acceptor: how it handles a Prepare and an Accept under any [`Rules`], and what it reports to the learners.

use super::local::{Acceptor, Local, Report, Slot};
use super::message::Message;
use super::reaction::Reaction;
use super::rules::{AcceptAgainst, AcceptEffect, NackCarries, NackRule, Overwrite, Payload, Rules, Store};
use super::Protocol;
use crate::protocols::paxos::{Ballot, Proposal};
use stateright::actor::Id;

/// Handles a message. Returns `None` if nothing changes and nothing is sent.
pub fn deliver(protocol: &Protocol, acceptor: &Acceptor, from: Id, message: &Message) -> Option<Reaction> {
    let rules = &protocol.rules;
    let mut next = acceptor.clone();
    let sends: Vec<_> = match *message {
        Message::Prepare { ballot } => {
            on_prepare(rules, &mut next, ballot).map(|answer| (from, answer)).into_iter().collect()
        }
        Message::Accept { slot, proposal } if is_acceptable(rules, acceptor, slot, proposal) => {
            accept(rules, &mut next, slot, proposal);
            let roster = protocol.roster();
            let report = |learner| (roster.learner(learner), Message::Accepted { slot, proposal });
            (0..protocol.learners).map(report).collect()
        }
        Message::Accept { proposal, .. } if rules.nack == NackRule::Both => {
            vec![(from, refusal(rules, acceptor, proposal.ballot))]
        }
        Message::Accept { .. } => return None,
        Message::Promise { .. } | Message::Nack { .. } => return None, // addressed to proposers
        Message::Accepted { .. } => return None,                       // addressed to learners
    };
    let has_effect = next != *acceptor || !sends.is_empty();
    has_effect.then_some(Reaction { local: Local::Acceptor(next), sends })
}

/// Phase 1b: promises or refuses. Returns the answer, if there is one.
fn on_prepare(rules: &Rules, acceptor: &mut Acceptor, ballot: Ballot) -> Option<Message> {
    if !rules.promise_guard.passes(ballot, acceptor.promised) {
        return (rules.nack != NackRule::Silent).then(|| refusal(rules, acceptor, ballot));
    }
    let report = report(rules, acceptor);
    acceptor.promised = Some(ballot);
    Some(Message::Promise { ballot, report })
}

/// What the acceptor reports before it promises another ballot. If it has promised nothing, it has no other number for a
/// proposal than the proposal's own.
fn report(rules: &Rules, acceptor: &Acceptor) -> Report {
    let accepted = &acceptor.accepted;
    let restamped =
        |(slot, held): (&Slot, &Proposal)| (*slot, Proposal::new(acceptor.promised.unwrap_or(held.ballot), held.value));
    match rules.promise_payload {
        Payload::All => accepted.clone(),
        Payload::Last => accepted.last_key_value().map(|(slot, held)| (*slot, *held)).into_iter().collect(),
        Payload::Nothing => Report::new(),
        Payload::Restamped => accepted.iter().map(restamped).collect(),
    }
}

fn refusal(rules: &Rules, acceptor: &Acceptor, ballot: Ballot) -> Message {
    let promised = match rules.nack_carries {
        NackCarries::Refused => None,
        NackCarries::Promised => acceptor.promised,
    };
    Message::Nack { ballot, promised }
}

/// True iff the acceptor accepts the proposal in the slot.
fn is_acceptable(rules: &Rules, acceptor: &Acceptor, slot: Slot, proposal: Proposal) -> bool {
    let held = match rules.accept_against {
        AcceptAgainst::Promised => acceptor.promised,
        AcceptAgainst::Highest => acceptor.promised.max(acceptor.accepted.get(&slot).map(|accepted| accepted.ballot)),
    };
    rules.accept_guard.passes(proposal.ballot, held)
}

/// Phase 2b: accepts the proposal in the slot.
fn accept(rules: &Rules, acceptor: &mut Acceptor, slot: Slot, proposal: Proposal) {
    let is_lower = acceptor.accepted.get(&slot).is_some_and(|accepted| proposal.ballot < accepted.ballot);
    if !(is_lower && rules.overwrite == Overwrite::NeverLower) {
        if rules.store == Store::One {
            acceptor.accepted.clear();
        }
        acceptor.accepted.insert(slot, proposal);
    }
    acceptor.votes.insert((slot, proposal));
    acceptor.promised = match rules.accept_effect {
        AcceptEffect::Raise => Some(proposal.ballot),
        AcceptEffect::Keep => acceptor.promised,
        AcceptEffect::Forget => None,
    };
}
