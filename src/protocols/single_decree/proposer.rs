//! The whole proposer: how it starts a round, handles an answer, sends step by step and starts over, under any
//! [`Rules`].

use super::local::{Answer, Answers, Ended, Local, Phase, Proposer, Reaction};
use super::message::{Message, Offer};
use super::rules::*;
use super::setup::{Setup, Timer};
use crate::family::{Restart, Sends};
use crate::protocols::paxos::{AcceptorSet, Ballot, Proposal};
use std::collections::BTreeSet;

/// A round of a proposer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its number, counted from 0.
    pub number: u32,
    /// True iff the proposer has begun this or an earlier round again.
    pub has_restarted: bool,
}

impl Round {
    /// The first.
    pub const FIRST: Round = Round { number: 0, has_restarted: false };

    /// The round that a proposer is in.
    pub fn of(proposer: &Proposer) -> Self {
        Round { number: proposer.round, has_restarted: proposer.has_restarted }
    }
}

/// The ballot of the proposer with this index in the round with this number. Each round adds the highest first ballot, so
/// proposers whose first ballots differ never share a ballot.
pub fn ballot(setup: &Setup, index: usize, round: u32) -> Ballot {
    let stride = setup.proposals.iter().map(|proposal| proposal.ballot).max().unwrap_or(1);
    setup.proposals[index].ballot + round * stride
}

/// The proposal of the proposer with this index in this round, unless it adopts another's value.
pub fn own_proposal(setup: &Setup, index: usize, round: Round) -> Proposal {
    Proposal::new(ballot(setup, index, round.number), setup.own_value(index, round.has_restarted))
}

/// Starts a round. With atomic sends, every Prepare leaves at once.
pub fn start(setup: &Setup, index: usize, round: Round) -> Reaction {
    match setup.sends {
        Sends::Stepwise => step(setup, round, Phase::PInit, Vec::new()),
        Sends::Atomic => {
            let prepare = prepare(setup, index, round);
            let sends = (0..setup.acceptors).map(|acceptor| (acceptor, prepare)).collect();
            step(setup, round, Phase::PWaitPrepResp { answers: Answers::default() }, sends)
        }
    }
}

/// Handles a message. Returns `None` if nothing changes and nothing is sent.
pub fn deliver(setup: &Setup, index: usize, proposer: &Proposer, from: usize, message: &Message) -> Option<Reaction> {
    let own = own_proposal(setup, index, Round::of(proposer));
    match (&proposer.phase, *message) {
        (Phase::PWaitPrepResp { answers }, Message::Promise { ballot, carried, offer }) => {
            let counts = match setup.rules.promises_count {
                PromisesCount::OwnRound => ballot == own.ballot && !answers.has_heard(from),
                PromisesCount::AnyRound => {
                    let is_own = |round| self::ballot(setup, index, round) == ballot;
                    (0..=proposer.round).any(is_own) && !answers.has_heard(from)
                }
                PromisesCount::Duplicates => ballot == own.ballot,
            };
            counts.then(|| on_promise(setup, proposer, own, answers, (from, carried, offer)))?
        }
        (Phase::PWaitPrepResp { answers }, Message::Nack { ballot, promised }) if ballot == own.ballot => {
            match setup.rules.on_nack {
                OnNack::Ignore => None,
                OnNack::Abort | OnNack::AcceptZero if answers.has_heard(from) => None,
                OnNack::Abort | OnNack::AbortAny => Some(give_up(setup, index, proposer, promised)),
                OnNack::AcceptZero => Some(await_or_propose(setup, proposer, own, answers.with(from, Answer::Refused))),
            }
        }
        (Phase::PSentAccReq { .. }, Message::Nack { ballot, promised }) if ballot == own.ballot => {
            let ends = setup.rules.nack == NackRule::Both && setup.rules.on_nack != OnNack::Ignore;
            ends.then(|| give_up(setup, index, proposer, promised))
        }
        _ => None,
    }
}

/// Handles a promise that counts.
fn on_promise(
    setup: &Setup,
    proposer: &Proposer,
    own: Proposal,
    answers: &Answers,
    (from, carried, offer): (usize, Option<Proposal>, Offer),
) -> Option<Reaction> {
    let answers = answers.with(from, Answer::Promised(carried));
    let completes = answers.count() >= setup.promises_awaited();
    if setup.rules.value_choice != ValueChoice::Any {
        return Some(await_or_propose(setup, proposer, own, answers));
    }
    match (completes, offer) {
        (false, Offer::Own) => None, // only the promise that completes the quorum decides the value
        (true, Offer::ByRule) if !answers.has_refusal() => {
            let value = carried.map_or(own.value, |proposal| proposal.value);
            Some(propose(setup, proposer, &answers, Proposal::new(own.ballot, value)))
        }
        _ => Some(await_or_propose(setup, proposer, own, answers)),
    }
}

/// Proposes once enough acceptors have answered, and waits otherwise. Enough is a quorum of promises or, after a refusal,
/// an answer from every acceptor.
fn await_or_propose(setup: &Setup, proposer: &Proposer, own: Proposal, answers: Answers) -> Reaction {
    let is_refused = answers.has_refusal();
    let awaited = if is_refused { setup.acceptors } else { setup.promises_awaited() };
    if answers.count() < awaited {
        return step(setup, Round::of(proposer), Phase::PWaitPrepResp { answers }, Vec::new());
    }
    let chosen = Proposal::new(own.ballot, choose(setup.rules.value_choice, own, &answers));
    propose(setup, proposer, &answers, if is_refused { Proposal::ZERO } else { chosen })
}

/// The value to propose. Between two carried proposals with the same ballot, `highest` takes the greater value and
/// `lowest` the lesser.
fn choose(choice: ValueChoice, own: Proposal, answers: &Answers) -> u32 {
    let carried = answers.reports().flatten();
    let chosen = match choice {
        ValueChoice::Highest => carried.max(),
        ValueChoice::Lowest => carried.min(),
        ValueChoice::Own | ValueChoice::Any => None,
    };
    chosen.unwrap_or(own).value
}

/// Phase 2a. With atomic sends, every Accept leaves at once.
fn propose(setup: &Setup, proposer: &Proposer, answers: &Answers, proposal: Proposal) -> Reaction {
    let targets = match setup.rules.accept_targets {
        AcceptTargets::All => None,
        AcceptTargets::Promisers => Some(answers.acceptors()),
    };
    let phase = |sent_to, targets| Phase::PSentAccReq { sent_to, targets, proposal };
    match setup.sends {
        Sends::Stepwise => step(setup, Round::of(proposer), phase(Some(AcceptorSet::default()), targets), Vec::new()),
        Sends::Atomic => {
            let sends = addressed(setup, targets).map(|acceptor| (acceptor, Message::Accept(proposal))).collect();
            step(setup, Round::of(proposer), phase(None, None), sends)
        }
    }
}

/// The acceptors that an Accept goes to: all, or those of a set.
fn addressed(setup: &Setup, targets: Option<AcceptorSet>) -> impl Iterator<Item = usize> {
    (0..setup.acceptors).filter(move |acceptor| targets.is_none_or(|targets| targets.contains(*acceptor)))
}

/// Starts a later round if one is left, above the ballot that a Nack told, if it told one; ends in PAbort otherwise.
fn give_up(setup: &Setup, index: usize, proposer: &Proposer, promised: Option<Ballot>) -> Reaction {
    let is_above = |round: &u32| promised.is_none_or(|promised| ballot(setup, index, *round) > promised);
    match (proposer.round + 1..setup.rounds).find(is_above) {
        Some(number) => start(setup, index, Round { number, ..Round::of(proposer) }),
        None => step(setup, Round::of(proposer), Phase::PAbort(Ended::Refused), Vec::new()),
    }
}

/// Restarts a proposer after a crash, in this round. It never uses a ballot twice, so it starts the round after the one it
/// had begun; if that was its last, it is done. But where proposers restart with the same ballot, one that comes back for
/// the first time begins its round again, for another value.
pub fn recover(setup: &Setup, index: usize, round: Round) -> Reaction {
    if setup.comeback().restart == Restart::SameBallot && !round.has_restarted {
        start(setup, index, Round { has_restarted: true, ..round })
    } else if round.number + 1 < setup.rounds {
        start(setup, index, Round { number: round.number + 1, ..round })
    } else {
        step(setup, round, Phase::PAbort(Ended::Crashed), Vec::new())
    }
}

/// The internal steps open to a proposer: the sends it has still to make, and starting over. They depend on its state
/// alone.
pub fn timers(setup: &Setup, proposer: &Proposer) -> BTreeSet<Timer> {
    let (sent_to, targets) = match &proposer.phase {
        Phase::PInit => (Some(AcceptorSet::default()), None),
        Phase::PSentPrep { sent_to } => (Some(*sent_to), None),
        Phase::PSentAccReq { sent_to, targets, .. } => (*sent_to, *targets),
        Phase::PWaitPrepResp { .. } | Phase::PAbort(_) => (None, None),
    };
    let unsent = sent_to
        .into_iter()
        .flat_map(|sent_to| addressed(setup, targets).filter(move |index| !sent_to.contains(*index)))
        .map(Timer::Send);
    let has_ended = matches!(proposer.phase, Phase::PAbort(Ended::Refused | Ended::Crashed));
    let retry = (!has_ended && proposer.round + 1 < setup.rounds).then_some(Timer::Retry);
    unsent.chain(retry).collect()
}

/// Takes an internal step.
pub fn timeout(setup: &Setup, index: usize, proposer: &Proposer, timer: &Timer) -> Option<Reaction> {
    let acceptor = match timer {
        Timer::Retry => {
            return Some(start(setup, index, Round { number: proposer.round + 1, ..Round::of(proposer) }));
        }
        Timer::Send(acceptor) => *acceptor,
    };
    let (phase, message) = match &proposer.phase {
        Phase::PInit => {
            (after_prepare(setup, AcceptorSet::default().with(acceptor)), prepare(setup, index, Round::of(proposer)))
        }
        Phase::PSentPrep { sent_to } => {
            (after_prepare(setup, sent_to.with(acceptor)), prepare(setup, index, Round::of(proposer)))
        }
        Phase::PSentAccReq { sent_to: Some(sent_to), targets, proposal } => {
            let sent_to = sent_to.with(acceptor);
            let is_last = addressed(setup, *targets).all(|acceptor| sent_to.contains(acceptor));
            let sending = Phase::PSentAccReq { sent_to: Some(sent_to), targets: *targets, proposal: *proposal };
            (if is_last { Phase::PAbort(Ended::Sent(*proposal)) } else { sending }, Message::Accept(*proposal))
        }
        Phase::PSentAccReq { sent_to: None, .. } | Phase::PWaitPrepResp { .. } | Phase::PAbort(_) => return None,
    };
    Some(step(setup, Round::of(proposer), phase, vec![(acceptor, message)]))
}

fn after_prepare(setup: &Setup, sent_to: AcceptorSet) -> Phase {
    if sent_to.len() == setup.acceptors {
        Phase::PWaitPrepResp { answers: Answers::default() }
    } else {
        Phase::PSentPrep { sent_to }
    }
}

fn prepare(setup: &Setup, index: usize, round: Round) -> Message {
    let own = own_proposal(setup, index, round);
    let value = (setup.rules.prepare_carries == PrepareCarries::Proposal).then_some(own.value);
    Message::Prepare { ballot: own.ballot, value }
}

/// The step into this phase. Messages are addressed by acceptor index.
fn step(setup: &Setup, round: Round, phase: Phase, sends: Vec<(usize, Message)>) -> Reaction {
    let roster = setup.roster();
    let sends = sends.into_iter().map(|(acceptor, message)| (roster.acceptor(acceptor), message)).collect();
    let proposer = Proposer { round: round.number, phase, has_restarted: round.has_restarted };
    Reaction { local: Local::Proposer(proposer), sends }
}
