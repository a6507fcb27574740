//! The branches of the handlers, each recognised from outside: from a delivery and the receiver's states before and after
//! it.

use crate::engine::{Action, State};
use crate::model_file::Spec;
use crate::protocols::single_decree::local::{Acceptor, Ended, Learner, Local, Phase, Program, Proposer};
use crate::protocols::single_decree::proposer::own_proposal;
use crate::protocols::single_decree::rules::*;
use crate::protocols::single_decree::{acceptor, Node, Setup};
use crate::vocabulary::{Message, Proposal};
use stateright::actor::ActorModelAction;

/// A delivery: the message, and the receiver before and after.
pub struct Delivery<'a> {
    setup: &'a Setup,
    receiver: usize,
    message: &'a Message,
    before: &'a Local,
    after: &'a Local,
    ignored: bool,
    promises: bool,
}

/// A branch of the protocol.
pub struct Branch {
    /// Its name, in words.
    pub name: &'static str,
    /// True iff the model's rules have such a branch.
    pub applies: fn(&Spec) -> bool,
    /// True iff the delivery takes it.
    pub is_taken: fn(&Delivery) -> bool,
}

/// The branches, in the order of the phases.
pub const BRANCHES: &[Branch] = &[
    Branch {
        name: "an acceptor promises",
        applies: |_| true,
        is_taken: |delivery| delivery.prepares().is_some() && delivery.promises,
    },
    Branch {
        name: "an acceptor refuses a Prepare",
        applies: refuses_prepares,
        is_taken: |delivery| delivery.prepares().is_some() && !delivery.promises,
    },
    Branch {
        name: "an acceptor in AAccepted promises",
        applies: |spec| {
            spec.rules.after_accept == AfterAccept::Continue
                && spec.rules.prepare_once_accepted == PrepareOnceAccepted::Guarded
        },
        is_taken: |delivery| delivery.prepares().is_some_and(|before| before.accepted.is_some()) && delivery.promises,
    },
    Branch {
        name: "a Promise that reports a proposal arrives",
        applies: |spec| spec.rules.promise_payload != Payload::Nothing,
        is_taken: |delivery| !delivery.ignored && matches!(delivery.message, Message::Promise { carried: Some(_), .. }),
    },
    Branch {
        name: "a proposer proposes its own value",
        applies: |_| true,
        is_taken: |delivery| {
            delivery.proposed().is_some_and(|(own, sent)| own.value == sent.value && sent != Proposal::ZERO)
        },
    },
    Branch {
        name: "a proposer adopts a reported value",
        applies: |spec| spec.rules.value_choice != ValueChoice::Own && spec.rules.promise_payload != Payload::Nothing,
        is_taken: |delivery| {
            delivery.proposed().is_some_and(|(own, sent)| own.value != sent.value && sent != Proposal::ZERO)
        },
    },
    Branch {
        name: "a proposer sends Accept<0,0>",
        applies: |spec| sends_nacks(spec) && spec.rules.on_nack == OnNack::AcceptZero,
        is_taken: |delivery| delivery.proposed().is_some_and(|(_, sent)| sent == Proposal::ZERO),
    },
    Branch {
        name: "a Nack ends a round",
        applies: |spec| sends_nacks(spec) && spec.rules.on_nack != OnNack::AcceptZero,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Nack { .. })
                && delivery.proposers().is_some_and(|(before, after)| {
                    after.round > before.round || after.phase == Phase::PAbort(Ended::Refused)
                })
                && !delivery.ignored
        },
    },
    Branch {
        name: "a proposer ignores a late answer",
        applies: |_| true,
        is_taken: |delivery| delivery.ignored && delivery.proposers().is_some(),
    },
    Branch {
        name: "an acceptor accepts",
        applies: |_| true,
        is_taken: |delivery| {
            delivery.accepts().is_some_and(|(proposal, before, after)| {
                !before.votes.contains(&proposal) && after.votes.contains(&proposal)
            })
        },
    },
    Branch {
        name: "an acceptor accepts a second proposal",
        applies: |spec| spec.rules.after_accept == AfterAccept::Continue,
        is_taken: |delivery| {
            delivery
                .accepts()
                .is_some_and(|(_, before, after)| !before.votes.is_empty() && after.votes.len() > before.votes.len())
        },
    },
    Branch {
        name: "an acceptor refuses an Accept",
        applies: |spec| spec.rules.accept_guard != Guard::Always,
        is_taken: |delivery| {
            delivery.accepts().is_some_and(|(proposal, before, after)| {
                delivery.listens(before) && before.accepted == after.accepted && !before.votes.contains(&proposal)
            })
        },
    },
    Branch {
        name: "an acceptor that has accepted leaves the message undelivered",
        applies: |spec| spec.rules.after_accept == AfterAccept::Stop,
        is_taken: |delivery| {
            delivery.ignored && delivery.acceptors().is_some_and(|(before, _)| before.accepted.is_some())
        },
    },
    Branch {
        name: "a learner hears of a proposal and waits on",
        applies: |spec| spec.learners > 0 && spec.acceptors > 1,
        is_taken: |delivery| matches!(delivery.learns(), Some(Learner::Listening { .. })),
    },
    Branch {
        name: "a learner learns from a majority",
        applies: |spec| spec.learners > 0,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Accepted(_)) && matches!(delivery.learns(), Some(Learner::Learned(_)))
        },
    },
    Branch {
        name: "a learner is informed by a distinguished one",
        applies: |spec| spec.distinguished < spec.learners,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Learned(_)) && matches!(delivery.learns(), Some(Learner::Learned(_)))
        },
    },
    Branch {
        name: "a learner ignores what it already knows",
        applies: |spec| spec.learners > 0,
        is_taken: |delivery| delivery.ignored && matches!(delivery.before, Local::Learner(_)),
    },
];

fn refuses_prepares(spec: &Spec) -> bool {
    spec.rules.promise_guard != Guard::Always || spec.rules.prepare_once_accepted == PrepareOnceAccepted::Refused
}

/// True iff acceptors send Nacks.
pub fn sends_nacks(spec: &Spec) -> bool {
    spec.rules.nack == NackRule::Sent && refuses_prepares(spec)
}

impl<'a> Delivery<'a> {
    /// The delivery of an action; `None` for anything but a delivery to a node that is up. `next` is the state after it,
    /// or `None` if the message is ignored.
    pub fn new(
        setup: &'a Setup,
        state: &'a State<Node, ()>,
        action: &'a Action<Node>,
        next: Option<&'a State<Node, ()>>,
    ) -> Option<Self> {
        let ActorModelAction::Deliver { src, dst, msg } = action else { return None };
        let receiver = usize::from(*dst);
        if state.crashed[receiver] {
            return None;
        }
        let before = &*state.actor_states[receiver];
        let after = next.map_or(before, |next| &*next.actor_states[receiver]);
        let promises = match before {
            Local::Acceptor(acceptor) => acceptor::deliver(setup, acceptor, *src, msg)
                .is_some_and(|step| step.sends.iter().any(|(_, sent)| matches!(sent, Message::Promise { .. }))),
            Local::Proposer(_) | Local::Learner(_) | Local::Gone => false,
        };
        Some(Delivery { setup, receiver, message: msg, before, after, ignored: next.is_none(), promises })
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

    /// True iff the acceptor handles such a message at all.
    fn listens(&self, before: &Acceptor) -> bool {
        let has_stopped = before.accepted.is_some() && self.setup.rules.after_accept == AfterAccept::Stop;
        let any_tag = self.setup.rules.awaits == Awaits::OneEachAnyTag;
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
                Some((own_proposal(self.setup, self.receiver, before.round), *proposal))
            }
            _ => None,
        }
    }
}
