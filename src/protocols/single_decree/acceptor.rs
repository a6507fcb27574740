//! The whole acceptor: how it handles a Prepare and an Accept under any [`Rules`], and what it reports to the learners.

use super::local::{Acceptor, Held, Local, Program, Reaction, Written};
use super::message::{Message, Offer};
use super::rules::*;
use super::setup::Setup;
use crate::family::{Comeback, Retention};
use crate::protocols::paxos::{Ballot, Proposal, Value};
use stateright::actor::Id;
use std::collections::BTreeSet;

/// The initial state of an acceptor: AInit (4.1.2).
pub fn initial(setup: &Setup) -> Acceptor {
    let program = match setup.rules.awaits {
        Awaits::AnyNumber => Program::Listening,
        Awaits::OneEach | Awaits::OneEachAnyTag => Program::AwaitsPrepare,
    };
    let earlier = (setup.comeback().storage == Retention::Late).then(Written::default);
    let votes = BTreeSet::new();
    Acceptor { promised: None, accepted: None, program, votes, received: None, earlier, comebacks: 0 }
}

/// The acceptor that comes back from a crash: what is left of it, with its ghosts. One that stopped listening after it
/// accepted holds no promise.
pub fn recover(setup: &Setup, acceptor: &Acceptor) -> Acceptor {
    let Comeback { storage, losses, .. } = setup.comeback();
    if storage == Retention::Everything || losses.is_some_and(|most| acceptor.comebacks >= most) {
        return acceptor.clone();
    }
    let held = match storage {
        Retention::Everything => acceptor.written(),
        Retention::Nothing => Written::default(),
        Retention::Late => acceptor.earlier.unwrap_or_default(),
        Retention::Promise => Written { accepted: None, ..acceptor.written() },
        Retention::Accepted => Written { promised: None, ..acceptor.written() },
    };
    let program = if storage == Retention::Late { acceptor.program } else { initial(setup).program };
    let comebacks = acceptor.comebacks + u32::from(losses.is_some());
    Acceptor { promised: held.promised, accepted: held.accepted, program, comebacks, ..acceptor.clone() }
}

/// Handles a message. Returns `None` if nothing changes and nothing is sent.
pub fn deliver(setup: &Setup, acceptor: &Acceptor, from: Id, message: &Message) -> Option<Reaction> {
    let rules = &setup.rules;
    if !takes(rules, acceptor.program, message) {
        return None;
    }
    let mut next = acceptor.clone();
    let sends = match *message {
        Message::Prepare { ballot, value } => {
            let answers = acceptor.program != Program::AwaitsAccept; // a Prepare that arrives there is consumed without an answer
            let replies = on_prepare(rules, &mut next, ballot, value);
            replies.into_iter().filter(|_| answers).map(|reply| (from, reply)).collect()
        }
        Message::Accept(proposal) => {
            let roster = setup.roster();
            match on_accept(rules, &mut next, proposal) {
                Accepting::Accepts => (0..setup.distinguished)
                    .map(|learner| (roster.learner(learner), Message::Accepted(proposal)))
                    .collect(),
                Accepting::Refuses if rules.nack == NackRule::Both => {
                    vec![(from, nack(rules, acceptor, proposal.ballot))]
                }
                Accepting::Refuses | Accepting::Ignores => Vec::new(),
            }
        }
        Message::Promise { .. } | Message::Nack { .. } => return None, // addressed to proposers
        Message::Accepted(_) | Message::Learned(_) => return None,     // addressed to learners
    };
    if rules.awaits == Awaits::OneEachAnyTag {
        next.received = received(message);
    }
    next.program = match acceptor.program {
        Program::Listening => Program::Listening,
        Program::AwaitsPrepare => Program::AwaitsAccept,
        Program::AwaitsAccept | Program::Exited => Program::Exited,
    };
    if acceptor.earlier.is_some() && next.written() != acceptor.written() {
        next.earlier = Some(acceptor.written());
    }
    let step = Reaction { local: Local::Acceptor(next), sends };
    let unchanged = step.local == Local::Acceptor(acceptor.clone()) && step.sends.is_empty();
    (!unchanged).then_some(step)
}

/// True iff the acceptor's program consumes this message now.
fn takes(rules: &Rules, program: Program, message: &Message) -> bool {
    match (program, message) {
        (Program::Listening, _) => true,
        (Program::Exited, _) => false,
        (Program::AwaitsPrepare | Program::AwaitsAccept, _) if rules.awaits == Awaits::OneEachAnyTag => true,
        (Program::AwaitsPrepare, message) => matches!(message, Message::Prepare { .. }),
        (Program::AwaitsAccept, message) => matches!(message, Message::Accept(_)),
    }
}

/// Phase 1b: promises or refuses. Returns the answer.
fn on_prepare(rules: &Rules, acceptor: &mut Acceptor, ballot: Ballot, value: Option<Value>) -> Vec<Message> {
    if acceptor.accepted.is_some() {
        if rules.after_accept == AfterAccept::Stop {
            return Vec::new();
        }
        if rules.prepare_once_accepted == PrepareOnceAccepted::Refused {
            return refusal(rules, acceptor, ballot);
        }
    }
    if !rules.promise_guard.passes(ballot, value, number_held(rules, acceptor)) {
        return refusal(rules, acceptor, ballot);
    }
    let previous = acceptor.promised;
    acceptor.promised = Some(Held { ballot, value });
    let proposal = |held: Held| held.value.map(|value| Proposal::new(held.ballot, value));
    let carried = match rules.promise_payload {
        Payload::Accepted => acceptor.accepted,
        Payload::Previous => previous.and_then(proposal),
        Payload::Incoming => acceptor.promised.and_then(proposal),
        Payload::Nothing => None,
        Payload::Restamped => acceptor.accepted.map(|accepted| {
            let ballot = previous.map_or(accepted.ballot, |held| held.ballot);
            Proposal::new(ballot, accepted.value)
        }),
    };
    promises(rules, ballot, carried)
}

/// The promise, one copy for each use that the proposer may make of it.
fn promises(rules: &Rules, ballot: Ballot, carried: Option<Proposal>) -> Vec<Message> {
    let mut promises = vec![Message::Promise { ballot, carried, offer: Offer::ByRule }];
    if rules.value_choice == ValueChoice::Any && carried.is_some() {
        promises.push(Message::Promise { ballot, carried, offer: Offer::Own });
    }
    promises
}

/// The answer to a Prepare that is refused.
fn refusal(rules: &Rules, acceptor: &Acceptor, ballot: Ballot) -> Vec<Message> {
    match rules.nack {
        NackRule::Sent | NackRule::Both => vec![nack(rules, acceptor, ballot)],
        NackRule::Silent => Vec::new(),
    }
}

fn nack(rules: &Rules, acceptor: &Acceptor, ballot: Ballot) -> Message {
    let promised = match rules.nack_carries {
        NackCarries::Refused => None,
        NackCarries::Promised => acceptor.promised.map(|held| held.ballot),
    };
    Message::Nack { ballot, promised }
}

/// What an acceptor makes of an Accept.
enum Accepting {
    /// It accepts, perhaps a proposal that it had accepted before: learners are informed "whenever an acceptor accepts a
    /// value" (2.2.2).
    Accepts,
    /// Its guard refuses.
    Refuses,
    /// It listens no more.
    Ignores,
}

/// Phase 2b: accepts the proposal or changes nothing.
fn on_accept(rules: &Rules, acceptor: &mut Acceptor, proposal: Proposal) -> Accepting {
    if acceptor.accepted.is_some() && rules.after_accept == AfterAccept::Stop {
        return Accepting::Ignores;
    }
    if !rules.accept_guard.passes(proposal.ballot, Some(proposal.value), number_compared(rules, acceptor)) {
        return Accepting::Refuses;
    }
    let is_lower = acceptor.accepted.is_some_and(|accepted| proposal.ballot < accepted.ballot);
    if !is_lower || rules.overwrite == Overwrite::Always {
        acceptor.accepted = Some(proposal);
    }
    acceptor.votes.insert(proposal);
    let value = (rules.prepare_carries == PrepareCarries::Proposal).then_some(proposal.value);
    acceptor.promised = match (rules.after_accept, rules.accept_effect) {
        (AfterAccept::Stop, _) | (_, AcceptEffect::Forget) => None, // a stopped acceptor never reads it again
        (AfterAccept::Continue, AcceptEffect::Raise) => Some(Held { ballot: proposal.ballot, value }),
        (AfterAccept::Continue, AcceptEffect::Keep) => acceptor.promised,
    };
    Accepting::Accepts
}

/// The number that the accept guard compares with.
fn number_compared(rules: &Rules, acceptor: &Acceptor) -> Option<Ballot> {
    let held = number_held(rules, acceptor);
    match rules.accept_against {
        AcceptAgainst::Promised => held,
        AcceptAgainst::Highest => held.max(acceptor.accepted.map(|accepted| accepted.ballot)),
    }
}

/// The number promised, which the guards compare with. In AInit the Disel programs hold 0 (5.2).
fn number_held(rules: &Rules, acceptor: &Acceptor) -> Option<Ballot> {
    let initial = if rules.awaits == Awaits::AnyNumber { None } else { Some(0) };
    acceptor.promised.map(|held| held.ballot).or(initial)
}

/// The proposal that the log line for this message shows (5.3).
fn received(message: &Message) -> Option<Proposal> {
    match *message {
        Message::Prepare { ballot, value } => value.map(|value| Proposal::new(ballot, value)),
        Message::Accept(proposal) => Some(proposal),
        Message::Promise { .. } | Message::Nack { .. } | Message::Accepted(_) | Message::Learned(_) => None,
    }
}
