//! The whole proposer, a would-be leader: how it starts a round, handles an answer, proposes and gives up, under any
//! [`Rules`](super::Rules).

use super::local::{Ended, Local, Phase, Proposer, Report};
use super::message::Message;
use super::plan::{next_command, plan};
use super::reaction::Reaction;
use super::rules::{AcceptTargets, NackRule, OnNack, PromisesCount, Proposes};
use super::setup::Timer;
use super::Protocol;
use crate::protocols::paxos::{Ballot, Proposal};
use std::collections::{BTreeMap, BTreeSet};

/// Starts a round. Every Prepare leaves at once.
pub fn start(protocol: &Protocol, index: usize, round: u32) -> Reaction {
    let prepare = Message::Prepare { ballot: protocol.ballot(index, round) };
    let sends = (0..protocol.acceptors).map(|acceptor| (acceptor, prepare.clone())).collect();
    step(protocol, round, Phase::PWaitPrepResp { promises: Vec::new() }, sends)
}

/// Handles a message from the acceptor with this index. Returns `None` if nothing changes and nothing is sent.
pub fn deliver(
    protocol: &Protocol,
    index: usize,
    proposer: &Proposer,
    acceptor: usize,
    message: &Message,
) -> Option<Reaction> {
    match (&proposer.phase, message) {
        (Phase::PWaitPrepResp { promises }, Message::Promise { ballot, report }) => {
            let is_heard = promises.iter().any(|(heard, _)| *heard == acceptor);
            let is_own = |round| protocol.ballot(index, round) == *ballot;
            let counts = match protocol.rules.promises_count {
                PromisesCount::OwnRound => is_own(proposer.round) && !is_heard,
                PromisesCount::AnyRound => (0..=proposer.round).any(is_own) && !is_heard,
                PromisesCount::Duplicates => is_own(proposer.round),
            };
            counts.then(|| on_promise(protocol, index, proposer, promises, (acceptor, report.clone())))
        }
        (phase, Message::Nack { ballot, promised }) => {
            let gives_up = match phase {
                Phase::PWaitPrepResp { promises } => match protocol.rules.on_nack {
                    OnNack::Abort => !promises.iter().any(|(heard, _)| *heard == acceptor),
                    OnNack::AbortAny => true,
                    OnNack::Ignore => false,
                },
                Phase::PSentAccReq { .. } => {
                    protocol.rules.nack == NackRule::Both && protocol.rules.on_nack != OnNack::Ignore
                }
                Phase::PAbort(_) => false,
            };
            let is_own = protocol.ballot(index, proposer.round) == *ballot;
            (gives_up && is_own).then(|| give_up(protocol, index, proposer.round, *promised))
        }
        _ => None,
    }
}

/// Counts a promise, and leads once there are enough.
fn on_promise(
    protocol: &Protocol,
    index: usize,
    proposer: &Proposer,
    promises: &[(usize, Report)],
    promise: (usize, Report),
) -> Reaction {
    let mut promises = promises.to_vec();
    let (Ok(place) | Err(place)) = promises.binary_search(&promise);
    promises.insert(place, promise);
    if promises.len() < protocol.promises_to_lead() {
        return step(protocol, proposer.round, Phase::PWaitPrepResp { promises }, Vec::new());
    }
    let plan = plan(protocol, index, promises.iter().map(|(_, report)| report));
    let promisers: BTreeSet<usize> = promises.iter().map(|(acceptor, _)| *acceptor).collect();
    let targets = |acceptor: &usize| match protocol.rules.accept_targets {
        AcceptTargets::All => true,
        AcceptTargets::Promisers => promisers.contains(acceptor),
    };
    let ballot = protocol.ballot(index, proposer.round);
    let accepts = plan.proposed.iter().flat_map(|slot| {
        let accept = Message::Accept { slot: *slot, proposal: Proposal::new(ballot, plan.slots[slot]) };
        (0..protocol.acceptors).filter(targets).map(move |acceptor| (acceptor, accept.clone()))
    });
    let accepts = accepts.collect();
    step(protocol, proposer.round, Phase::PSentAccReq { slots: plan.slots }, accepts)
}

/// Starts the next round, or the first above a ballot that others promised; ends in PAbort if there is none.
fn give_up(protocol: &Protocol, index: usize, round: u32, promised: Option<Ballot>) -> Reaction {
    let is_above = |round: &u32| promised.is_none_or(|promised| protocol.ballot(index, *round) > promised);
    match (round + 1..protocol.rounds).find(is_above) {
        Some(next) => start(protocol, index, next),
        None => step(protocol, round, Phase::PAbort(Ended::Refused), Vec::new()),
    }
}

/// Restarts a proposer after a crash. It never uses a ballot twice, so it starts the round after the one it had begun; if
/// that was its last, it is done.
pub fn recover(protocol: &Protocol, index: usize, round: u32) -> Reaction {
    if round + 1 < protocol.rounds {
        start(protocol, index, round + 1)
    } else {
        step(protocol, round, Phase::PAbort(Ended::Crashed), Vec::new())
    }
}

/// The internal steps open to the proposer with this index. They depend on its state alone.
pub fn timers(protocol: &Protocol, index: usize, proposer: &Proposer) -> BTreeSet<Timer> {
    let proposes = match &proposer.phase {
        Phase::PSentAccReq { slots } if protocol.rules.proposes == Proposes::OneByOne => {
            next_command(protocol, index, slots).map(|_| Timer::Propose)
        }
        _ => None,
    };
    let is_over = matches!(proposer.phase, Phase::PAbort(_));
    let retries = (!is_over && proposer.round + 1 < protocol.rounds).then_some(Timer::Retry);
    proposes.into_iter().chain(retries).collect()
}

/// Takes an internal step.
pub fn timeout(protocol: &Protocol, index: usize, proposer: &Proposer, timer: &Timer) -> Option<Reaction> {
    match (timer, &proposer.phase) {
        (Timer::Retry, _) => Some(start(protocol, index, proposer.round + 1)),
        (Timer::Propose, Phase::PSentAccReq { slots }) => {
            let (slot, command) = next_command(protocol, index, slots)?;
            let mut slots: BTreeMap<_, _> = slots.clone();
            slots.insert(slot, command);
            let ballot = protocol.ballot(index, proposer.round);
            let accept = Message::Accept { slot, proposal: Proposal::new(ballot, command) };
            let sends = (0..protocol.acceptors).map(|acceptor| (acceptor, accept.clone())).collect();
            Some(step(protocol, proposer.round, Phase::PSentAccReq { slots }, sends))
        }
        (Timer::Propose, _) => None,
    }
}

/// The step into this phase. Messages are addressed by acceptor index.
fn step(protocol: &Protocol, round: u32, phase: Phase, sends: Vec<(usize, Message)>) -> Reaction {
    let roster = protocol.roster();
    let sends = sends.into_iter().map(|(acceptor, message)| (roster.acceptor(acceptor), message)).collect();
    Reaction { local: Local::Proposer(Proposer { round, phase }), sends }
}
