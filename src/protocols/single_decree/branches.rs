//! The branches of the handlers, each recognised from outside: from a delivery and the receiver's states before and after
//! it.

use super::local::{Acceptor, Ended, Learner, Local, Phase, Program, Proposer};
use super::proposer::{self, own_proposal, Round};
use super::rules::*;
use super::{acceptor, Message, Protocol, SingleDecree, Timer};
use crate::family::{self, Action, Environment, Sends, Taken};
use crate::protocols::paxos::{Ballot, Proposal};
use stateright::actor::ActorModelAction;

type Branch = family::Branch<SingleDecree>;
type StepKind = family::StepKind<SingleDecree>;

/// The kinds of steps.
pub const KINDS: &[StepKind] = &[
    StepKind {
        name: "Prepare delivered",
        applies: |_, _| true,
        is_it: |action| delivers(action, |message| matches!(message, Message::Prepare { .. })),
    },
    StepKind {
        name: "Promise delivered",
        applies: |_, _| true,
        is_it: |action| delivers(action, |message| matches!(message, Message::Promise { .. })),
    },
    StepKind {
        name: "Nack delivered",
        applies: sends_nacks,
        is_it: |action| delivers(action, |message| matches!(message, Message::Nack { .. })),
    },
    StepKind {
        name: "Accept delivered",
        applies: |_, _| true,
        is_it: |action| delivers(action, |message| matches!(message, Message::Accept(_))),
    },
    StepKind {
        name: "Accepted delivered",
        applies: |protocol, _| protocol.learners > 0,
        is_it: |action| delivers(action, |message| matches!(message, Message::Accepted(_))),
    },
    StepKind {
        name: "Learned delivered",
        applies: |protocol, _| protocol.distinguished < protocol.learners,
        is_it: |action| delivers(action, |message| matches!(message, Message::Learned(_))),
    },
    StepKind {
        name: "message sent by itself",
        applies: |_, environment| environment.sends == Sends::Stepwise,
        is_it: |action| matches!(action, ActorModelAction::Timeout(_, Timer::Send(_))),
    },
    StepKind {
        name: "round started over",
        applies: |protocol, _| protocol.rounds > 1,
        is_it: |action| matches!(action, ActorModelAction::Timeout(_, Timer::Retry)),
    },
];

fn delivers(action: &Action<SingleDecree>, is_it: fn(&Message) -> bool) -> bool {
    matches!(action, ActorModelAction::Deliver { msg, .. } if is_it(msg))
}

/// The branches, in the order of the phases.
pub const BRANCHES: &[Branch] = &[
    Branch {
        name: "an acceptor promises",
        applies: |_, _| true,
        is_taken: |delivery| delivery.prepares().is_some() && delivery.promises(),
    },
    Branch {
        name: "an acceptor refuses a Prepare",
        applies: refuses_prepares,
        is_taken: |delivery| delivery.prepares().is_some() && !delivery.promises(),
    },
    Branch {
        name: "an acceptor in AAccepted promises",
        applies: |protocol, _| {
            protocol.rules.after_accept == AfterAccept::Continue
                && protocol.rules.prepare_once_accepted == PrepareOnceAccepted::Guarded
        },
        is_taken: |delivery| delivery.prepares().is_some_and(|before| before.accepted.is_some()) && delivery.promises(),
    },
    Branch {
        name: "a Promise that reports a proposal arrives",
        applies: |protocol, _| protocol.rules.promise_payload != Payload::Nothing,
        is_taken: |delivery| !delivery.ignored && matches!(delivery.message, Message::Promise { carried: Some(_), .. }),
    },
    Branch {
        name: "a proposer proposes its own value",
        applies: |_, _| true,
        is_taken: |delivery| {
            delivery.proposed().is_some_and(|(own, sent)| own.value == sent.value && sent != Proposal::ZERO)
        },
    },
    Branch {
        name: "a proposer adopts a reported value",
        applies: |protocol, _| {
            protocol.rules.value_choice != ValueChoice::Own && protocol.rules.promise_payload != Payload::Nothing
        },
        is_taken: |delivery| {
            delivery.proposed().is_some_and(|(own, sent)| own.value != sent.value && sent != Proposal::ZERO)
        },
    },
    Branch {
        name: "a proposer sends Accept<0,0>",
        applies: |protocol, environment| {
            sends_nacks(protocol, environment) && protocol.rules.on_nack == OnNack::AcceptZero
        },
        is_taken: |delivery| delivery.proposed().is_some_and(|(_, sent)| sent == Proposal::ZERO),
    },
    Branch {
        name: "a Nack ends a round",
        applies: |protocol, environment| {
            sends_nacks(protocol, environment) && !matches!(protocol.rules.on_nack, OnNack::AcceptZero | OnNack::Ignore)
        },
        is_taken: |delivery| {
            matches!(delivery.message, Message::Nack { .. })
                && delivery.proposers().is_some_and(|(before, after)| {
                    after.round > before.round || after.phase == Phase::PAbort(Ended::Refused)
                })
                && !delivery.ignored
        },
    },
    Branch {
        name: "a Nack ends a round whose Accepts are sent",
        applies: |protocol, environment| {
            sends_nacks(protocol, environment)
                && protocol.rules.nack == NackRule::Both
                && protocol.rules.on_nack != OnNack::Ignore
        },
        is_taken: |delivery| {
            matches!(delivery.message, Message::Nack { .. })
                && !delivery.ignored
                && delivery.proposers().is_some_and(|(before, _)| matches!(before.phase, Phase::PSentAccReq { .. }))
        },
    },
    Branch {
        name: "a Promise of an earlier round counts",
        applies: |protocol, _| protocol.rules.promises_count == PromisesCount::AnyRound,
        is_taken: |delivery| {
            delivery.promised().is_some_and(|(ballot, before)| {
                ballot != proposer::ballot(delivery.config, delivery.receiver.into(), before.round)
            })
        },
    },
    Branch {
        name: "another Promise of an acceptor counts",
        applies: |protocol, _| protocol.rules.promises_count == PromisesCount::Duplicates,
        is_taken: |delivery| {
            let acceptor = delivery.config.roster().acceptor_index(delivery.sender);
            delivery.promised().zip(acceptor).is_some_and(|((_, before), acceptor)| match &before.phase {
                Phase::PWaitPrepResp { answers } => answers.has_heard(acceptor),
                _ => false,
            })
        },
    },
    Branch {
        name: "a proposer ignores a late answer",
        applies: |_, _| true,
        is_taken: |delivery| delivery.ignored && delivery.proposers().is_some(),
    },
    Branch {
        name: "an acceptor accepts",
        applies: |_, _| true,
        is_taken: |delivery| {
            delivery.accepts().is_some_and(|(proposal, before, after)| {
                !before.votes.contains(&proposal) && after.votes.contains(&proposal)
            })
        },
    },
    Branch {
        name: "an acceptor accepts a second proposal",
        applies: |protocol, _| protocol.rules.after_accept == AfterAccept::Continue,
        is_taken: |delivery| {
            delivery
                .accepts()
                .is_some_and(|(_, before, after)| !before.votes.is_empty() && after.votes.len() > before.votes.len())
        },
    },
    Branch {
        name: "an acceptor refuses an Accept",
        applies: |protocol, _| protocol.rules.accept_guard != Guard::Always,
        is_taken: |delivery| {
            delivery.accepts().is_some_and(|(proposal, before, after)| {
                delivery.listens(before) && before.accepted == after.accepted && !after.votes.contains(&proposal)
            })
        },
    },
    Branch {
        name: "an acceptor accepts and keeps what it accepted before",
        applies: |protocol, _| protocol.rules.overwrite == Overwrite::NeverLower,
        is_taken: |delivery| {
            delivery.accepts().is_some_and(|(proposal, before, after)| {
                after.accepted != Some(proposal) && after.votes.len() > before.votes.len()
            })
        },
    },
    Branch {
        name: "an acceptor that has accepted leaves the message undelivered",
        applies: |protocol, _| protocol.rules.after_accept == AfterAccept::Stop,
        is_taken: |delivery| {
            delivery.ignored && delivery.acceptors().is_some_and(|(before, _)| before.accepted.is_some())
        },
    },
    Branch {
        name: "a learner hears of a proposal and waits on",
        applies: |protocol, _| protocol.learners > 0 && protocol.rules.accept_quorum.of(protocol.acceptors) > 1,
        is_taken: |delivery| matches!(delivery.learns(), Some(Learner::Listening { .. })),
    },
    Branch {
        name: "a learner learns from a quorum",
        applies: |protocol, _| protocol.learners > 0,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Accepted(_)) && matches!(delivery.learns(), Some(Learner::Learned(_)))
        },
    },
    Branch {
        name: "a learner is informed by a distinguished one",
        applies: |protocol, _| protocol.distinguished < protocol.learners,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Learned(_)) && matches!(delivery.learns(), Some(Learner::Learned(_)))
        },
    },
    Branch {
        name: "a learner ignores what it already knows",
        applies: |protocol, _| protocol.learners > 0,
        is_taken: |delivery| delivery.ignored && matches!(delivery.before, Local::Learner(_)),
    },
];

fn refuses_prepares(protocol: &Protocol, _: &Environment) -> bool {
    protocol.rules.promise_guard != Guard::Always
        || protocol.rules.prepare_once_accepted == PrepareOnceAccepted::Refused
}

/// True iff acceptors send Nacks.
fn sends_nacks(protocol: &Protocol, environment: &Environment) -> bool {
    let of_accepts = protocol.rules.nack == NackRule::Both && protocol.rules.accept_guard != Guard::Always;
    of_accepts || protocol.rules.nack != NackRule::Silent && refuses_prepares(protocol, environment)
}

impl Taken<'_, SingleDecree> {
    /// True iff the receiver is an acceptor that answers with a promise.
    fn promises(&self) -> bool {
        let Local::Acceptor(before) = self.before else { return false };
        let reaction = acceptor::deliver(self.config, before, self.sender, self.message);
        let is_promise = |sent: &Message| matches!(sent, Message::Promise { .. });
        reaction.is_some_and(|reaction| reaction.sends.iter().any(|(_, sent)| is_promise(sent)))
    }

    fn acceptors(&self) -> Option<(&Acceptor, &Acceptor)> {
        match (self.before, self.after) {
            (Local::Acceptor(before), Local::Acceptor(after)) => Some((before, after)),
            _ => None,
        }
    }

    fn proposers(&self) -> Option<(&Proposer, &Proposer)> {
        match (self.before, self.after) {
            (Local::Proposer(before), Local::Proposer(after)) => Some((before, after)),
            _ => None,
        }
    }

    /// The learner after the delivery, if it knows more than before.
    fn learns(&self) -> Option<&Learner> {
        match self.after {
            Local::Learner(learner) if !self.ignored => Some(learner),
            _ => None,
        }
    }

    /// The acceptor before it decides about a Prepare.
    fn prepares(&self) -> Option<&Acceptor> {
        let acceptor = self.acceptors().filter(|_| matches!(self.message, Message::Prepare { .. }))?.0;
        (self.listens(acceptor) && acceptor.program != Program::AwaitsAccept).then_some(acceptor)
    }

    /// An acceptor and the Accept that arrives.
    fn accepts(&self) -> Option<(Proposal, &Acceptor, &Acceptor)> {
        let Message::Accept(proposal) = *self.message else { return None };
        self.acceptors().map(|(before, after)| (proposal, before, after))
    }

    /// The ballot of a Promise that counts, and the proposer before.
    fn promised(&self) -> Option<(Ballot, &Proposer)> {
        let Message::Promise { ballot, .. } = *self.message else { return None };
        self.proposers().filter(|_| !self.ignored).map(|(before, _)| (ballot, before))
    }

    /// True iff the acceptor handles such a message at all.
    fn listens(&self, before: &Acceptor) -> bool {
        let has_stopped = before.accepted.is_some() && self.config.rules.after_accept == AfterAccept::Stop;
        let any_tag = self.config.rules.awaits == Awaits::OneEachAnyTag;
        let awaited = match before.program {
            Program::Listening => true,
            Program::AwaitsPrepare => any_tag || matches!(self.message, Message::Prepare { .. }),
            Program::AwaitsAccept => any_tag || matches!(self.message, Message::Accept(_)),
            Program::Exited => false,
        };
        awaited && !has_stopped
    }

    /// The proposer's own proposal and the one that this delivery makes it propose.
    fn proposed(&self) -> Option<(Proposal, Proposal)> {
        let (before, after) = self.proposers()?;
        match (&before.phase, &after.phase) {
            (Phase::PWaitPrepResp { .. }, Phase::PSentAccReq { proposal, .. }) => {
                Some((own_proposal(self.config, self.receiver.into(), Round::of(before)), *proposal))
            }
            _ => None,
        }
    }
}
