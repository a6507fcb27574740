//! The whole proposer: how it starts a round, handles an answer, sends step by step and starts over, under any
//! [`Rules`].

use super::local::{Answer, Ended, Local, Phase, Proposer, Reaction};
use super::message::{Message, Offer};
use super::rules::*;
use super::setup::{Setup, Timer};
use crate::family::Sends;
use crate::protocols::paxos::{AcceptorSet, Ballot, Proposal};
use std::collections::{BTreeMap, BTreeSet};

/// The proposal of the proposer with this index in this round. Each round adds the highest first ballot,
/// so proposers whose first ballots differ never share a ballot.
pub fn own_proposal(setup: &Setup, index: usize, round: u32) -> Proposal {
    let first = setup.proposals[index];
    let stride = setup.proposals.iter().map(|proposal| proposal.ballot).max().unwrap_or(1);
    Proposal::new(first.ballot + round * stride, first.value)
}

/// Starts a round. With atomic sends, every Prepare leaves at once.
pub fn start(setup: &Setup, index: usize, round: u32) -> Reaction {
    match setup.sends {
        Sends::Stepwise => step(setup, round, Phase::PInit, Vec::new()),
        Sends::Atomic => {
            let waiting = Phase::PWaitPrepResp { answers: BTreeMap::new() };
            step(setup, round, waiting, to_all(setup, prepare(setup, index, round)))
        }
    }
}

/// Handles a message. Returns `None` if nothing changes and nothing is sent.
pub fn deliver(setup: &Setup, index: usize, proposer: &Proposer, from: usize, message: &Message) -> Option<Reaction> {
    let Phase::PWaitPrepResp { answers } = &proposer.phase else { return None };
    let own = own_proposal(setup, index, proposer.round);
    let heard = answers.contains_key(&from);
    let is_current = |ballot: Ballot| ballot == own.ballot;
    match *message {
        Message::Promise { ballot, carried, offer } if is_current(ballot) && !heard => {
            on_promise(setup, proposer, own, answers, (from, carried, offer))
        }
        Message::Nack { ballot } if is_current(ballot) => match setup.rules.on_nack {
            OnNack::Abort if heard => None,
            OnNack::AcceptZero if heard => None,
            OnNack::Abort | OnNack::AbortAny => Some(give_up(setup, index, proposer)),
            OnNack::AcceptZero => {
                let mut answers = answers.clone();
                answers.insert(from, Answer::Refused);
                Some(await_or_propose(setup, proposer, own, answers))
            }
        },
        _ => None,
    }
}

/// Handles a promise from an acceptor that has not answered yet.
fn on_promise(
    setup: &Setup,
    proposer: &Proposer,
    own: Proposal,
    answers: &BTreeMap<usize, Answer>,
    (from, carried, offer): (usize, Option<Proposal>, Offer),
) -> Option<Reaction> {
    let mut answers = answers.clone();
    answers.insert(from, Answer::Promised(carried));
    let completes = answers.len() >= setup.rules.quorum_size(setup.acceptors);
    if setup.rules.value_choice != ValueChoice::Any {
        return Some(await_or_propose(setup, proposer, own, answers));
    }
    match (completes, offer) {
        (false, Offer::Own) => None, // only the promise that completes the quorum decides the value
        (true, Offer::ByRule) if !answers.values().any(|answer| *answer == Answer::Refused) => {
            let value = carried.map_or(own.value, |proposal| proposal.value);
            Some(propose(setup, proposer, Proposal::new(own.ballot, value)))
        }
        _ => Some(await_or_propose(setup, proposer, own, answers)),
    }
}

/// Proposes once enough acceptors have answered, and waits otherwise. Enough is a quorum of promises or, after a refusal,
/// an answer from every acceptor.
fn await_or_propose(setup: &Setup, proposer: &Proposer, own: Proposal, answers: BTreeMap<usize, Answer>) -> Reaction {
    let is_refused = answers.values().any(|answer| *answer == Answer::Refused);
    let awaited = if is_refused { setup.acceptors } else { setup.rules.quorum_size(setup.acceptors) };
    if answers.len() < awaited {
        return step(setup, proposer.round, Phase::PWaitPrepResp { answers }, Vec::new());
    }
    let chosen = Proposal::new(own.ballot, choose(setup.rules.value_choice, own, &answers));
    propose(setup, proposer, if is_refused { Proposal::ZERO } else { chosen })
}

/// The value to propose. Between two carried proposals with the same ballot, `highest` takes the greater value and
/// `lowest` the lesser.
fn choose(choice: ValueChoice, own: Proposal, answers: &BTreeMap<usize, Answer>) -> u32 {
    let carried = answers.values().filter_map(|answer| match answer {
        Answer::Promised(carried) => *carried,
        Answer::Refused => None,
    });
    let chosen = match choice {
        ValueChoice::Highest => carried.max(),
        ValueChoice::Lowest => carried.min(),
        ValueChoice::Own | ValueChoice::Any => None,
    };
    chosen.unwrap_or(own).value
}

/// Phase 2a. With atomic sends, every Accept leaves at once.
fn propose(setup: &Setup, proposer: &Proposer, proposal: Proposal) -> Reaction {
    let (sent_to, sends) = match setup.sends {
        Sends::Stepwise => (Some(AcceptorSet::default()), Vec::new()),
        Sends::Atomic => (None, to_all(setup, Message::Accept(proposal))),
    };
    step(setup, proposer.round, Phase::PSentAccReq { sent_to, proposal }, sends)
}

/// Starts the next round if one is left; ends in PAbort otherwise.
fn give_up(setup: &Setup, index: usize, proposer: &Proposer) -> Reaction {
    if proposer.round + 1 < setup.rounds {
        start(setup, index, proposer.round + 1)
    } else {
        step(setup, proposer.round, Phase::PAbort(Ended::Refused), Vec::new())
    }
}

/// Restarts a proposer after a crash. It never uses a ballot twice, so it starts the round after the one it had begun;
/// if that was its last, it is done.
pub fn recover(setup: &Setup, index: usize, round: u32) -> Reaction {
    if round + 1 < setup.rounds {
        start(setup, index, round + 1)
    } else {
        step(setup, round, Phase::PAbort(Ended::Crashed), Vec::new())
    }
}

/// The internal steps open to a proposer: the sends it has still to make, and starting over. They depend on its state
/// alone.
pub fn timers(setup: &Setup, proposer: &Proposer) -> BTreeSet<Timer> {
    let sent_to = match &proposer.phase {
        Phase::PInit => Some(AcceptorSet::default()),
        Phase::PSentPrep { sent_to } => Some(*sent_to),
        Phase::PSentAccReq { sent_to, .. } => *sent_to,
        Phase::PWaitPrepResp { .. } | Phase::PAbort(_) => None,
    };
    let unsent = sent_to
        .into_iter()
        .flat_map(|sent_to| (0..setup.acceptors).filter(move |index| !sent_to.contains(*index)))
        .map(Timer::Send);
    let retry = (proposer.round + 1 < setup.rounds).then_some(Timer::Retry);
    unsent.chain(retry).collect()
}

/// Takes an internal step.
pub fn timeout(setup: &Setup, index: usize, proposer: &Proposer, timer: &Timer) -> Option<Reaction> {
    let acceptor = match timer {
        Timer::Retry => return Some(start(setup, index, proposer.round + 1)),
        Timer::Send(acceptor) => *acceptor,
    };
    let (phase, message) = match &proposer.phase {
        Phase::PInit => {
            (after_prepare(setup, AcceptorSet::default().with(acceptor)), prepare(setup, index, proposer.round))
        }
        Phase::PSentPrep { sent_to } => {
            (after_prepare(setup, sent_to.with(acceptor)), prepare(setup, index, proposer.round))
        }
        Phase::PSentAccReq { sent_to: Some(sent_to), proposal } => {
            let sent_to = sent_to.with(acceptor);
            let is_last = sent_to.len() == setup.acceptors;
            let sending = Phase::PSentAccReq { sent_to: Some(sent_to), proposal: *proposal };
            (if is_last { Phase::PAbort(Ended::Sent(*proposal)) } else { sending }, Message::Accept(*proposal))
        }
        Phase::PSentAccReq { sent_to: None, .. } | Phase::PWaitPrepResp { .. } | Phase::PAbort(_) => return None,
    };
    Some(step(setup, proposer.round, phase, vec![(acceptor, message)]))
}

fn after_prepare(setup: &Setup, sent_to: AcceptorSet) -> Phase {
    if sent_to.len() == setup.acceptors {
        Phase::PWaitPrepResp { answers: BTreeMap::new() }
    } else {
        Phase::PSentPrep { sent_to }
    }
}

fn prepare(setup: &Setup, index: usize, round: u32) -> Message {
    let own = own_proposal(setup, index, round);
    let value = (setup.rules.prepare_carries == PrepareCarries::Proposal).then_some(own.value);
    Message::Prepare { ballot: own.ballot, value }
}

/// The step into this phase. Messages are addressed by acceptor index.
fn step(setup: &Setup, round: u32, phase: Phase, sends: Vec<(usize, Message)>) -> Reaction {
    let roster = setup.roster();
    let sends = sends.into_iter().map(|(acceptor, message)| (roster.acceptor(acceptor), message)).collect();
    Reaction { local: Local::Proposer(Proposer { round, phase }), sends }
}

fn to_all(setup: &Setup, message: Message) -> Vec<(usize, Message)> {
    (0..setup.acceptors).map(|acceptor| (acceptor, message)).collect()
}
