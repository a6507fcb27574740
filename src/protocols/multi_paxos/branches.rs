//! The branches of the handlers, each recognised from outside: from a delivery and the receiver's states before and after
//! it.

use super::local::{Acceptor, Ended, Learner, Local, Phase, Proposer, Slot, NO_OP};
use super::rules::*;
use super::{acceptor, Message, MultiPaxos, Protocol, Timer};
use crate::family::{self, Action, Delivery, Environment, Taken};
use crate::protocols::paxos::Value;
use stateright::actor::ActorModelAction;
use std::collections::BTreeMap;

type Branch = family::Branch<MultiPaxos>;
type StepKind = family::StepKind<MultiPaxos>;

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
        is_it: |action| delivers(action, |message| matches!(message, Message::Accept { .. })),
    },
    StepKind {
        name: "Accepted delivered",
        applies: |protocol, _| protocol.learners > 0,
        is_it: |action| delivers(action, |message| matches!(message, Message::Accepted { .. })),
    },
    StepKind {
        name: "command proposed by itself",
        applies: |protocol, _| protocol.rules.proposes == Proposes::OneByOne,
        is_it: |action| matches!(action, ActorModelAction::Timeout(_, Timer::Propose)),
    },
    StepKind {
        name: "round started over",
        applies: |protocol, _| protocol.rounds > 1,
        is_it: |action| matches!(action, ActorModelAction::Timeout(_, Timer::Retry)),
    },
];

fn delivers(action: &Action<MultiPaxos>, is_it: fn(&Message) -> bool) -> bool {
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
        applies: |protocol, _| protocol.rules.promise_guard != PromiseGuard::Always,
        is_taken: |delivery| delivery.prepares().is_some() && !delivery.promises(),
    },
    Branch {
        name: "an acceptor that has accepted promises",
        applies: |_, _| true,
        is_taken: |delivery| delivery.prepares().is_some_and(|before| !before.votes.is_empty()) && delivery.promises(),
    },
    Branch {
        name: "a Promise that reports something arrives",
        applies: reports,
        is_taken: |delivery| {
            matches!(delivery.message, Message::Promise { report, .. } if !report.is_empty()) && !delivery.ignored
        },
    },
    Branch {
        name: "a proposer becomes the leader",
        applies: |_, _| true,
        is_taken: |delivery| delivery.leads().is_some(),
    },
    Branch {
        name: "a leader plans its own commands",
        applies: |protocol, _| protocol.rules.proposes == Proposes::AtOnce,
        is_taken: |delivery| delivery.plans(|own, value| own.contains(&value)),
    },
    Branch {
        name: "a leader adopts another's command",
        applies: |protocol, environment| reports(protocol, environment) && protocol.commands.len() > 1,
        is_taken: |delivery| delivery.plans(|own, value| value != NO_OP && !own.contains(&value)),
    },
    Branch {
        name: "a leader plans a no-op",
        applies: |protocol, environment| {
            reports(protocol, environment) && protocol.slots > 1 && protocol.rules.gaps == Gaps::NoOp
        },
        is_taken: |delivery| delivery.plans(|_, value| value == NO_OP),
    },
    Branch {
        name: "a Nack ends a round",
        applies: gives_up,
        is_taken: |delivery| delivery.gives_up(|phase| matches!(phase, Phase::PWaitPrepResp { .. })),
    },
    Branch {
        name: "a Nack preempts a leader",
        applies: |protocol, environment| gives_up(protocol, environment) && protocol.rules.nack == NackRule::Both,
        is_taken: |delivery| delivery.gives_up(|phase| matches!(phase, Phase::PSentAccReq { .. })),
    },
    Branch {
        name: "a proposer ignores a late answer",
        applies: has_late_answers,
        is_taken: |delivery| delivery.ignored && delivery.proposers().is_some(),
    },
    Branch { name: "an acceptor accepts", applies: |_, _| true, is_taken: |delivery| delivery.votes(|_, _| true) },
    Branch {
        name: "an acceptor accepts in a further slot",
        applies: |protocol, _| protocol.slots > 1,
        is_taken: |delivery| {
            delivery.votes(|before, slot| before.votes.iter().all(|vote| vote.0 != slot) && !before.votes.is_empty())
        },
    },
    Branch {
        name: "an acceptor accepts a second proposal in a slot",
        applies: |_, _| true,
        is_taken: |delivery| delivery.votes(|before, slot| before.votes.iter().any(|vote| vote.0 == slot)),
    },
    Branch {
        name: "an acceptor refuses an Accept",
        applies: |protocol, _| protocol.rules.accept_guard != AcceptGuard::Always,
        is_taken: |delivery| delivery.refuses_an_accept(),
    },
    Branch {
        name: "a learner hears of a proposal and waits on",
        applies: |protocol, _| protocol.learners > 0 && protocol.votes_to_be_chosen() > 1,
        is_taken: |delivery| delivery.learns(|before, after| before.learned.len() == after.learned.len()),
    },
    Branch {
        name: "a learner learns what it cannot execute yet",
        applies: |protocol, _| {
            protocol.learners > 0 && protocol.slots > 1 && protocol.rules.executes == Executes::InOrder
        },
        is_taken: |delivery| {
            delivery.learns(|before, after| {
                before.learned.len() < after.learned.len() && before.log.len() == after.log.len()
            })
        },
    },
    Branch {
        name: "a learner learns and executes",
        applies: |protocol, _| protocol.learners > 0,
        is_taken: |delivery| delivery.learns(|before, after| before.log.len() < after.log.len()),
    },
    Branch {
        name: "a learner ignores what it already knows",
        applies: |protocol, _| protocol.learners > 0,
        is_taken: |delivery| delivery.ignored && matches!(delivery.before, Local::Learner(_)),
    },
];

fn reports(protocol: &Protocol, _: &Environment) -> bool {
    protocol.rules.promise_payload != Payload::Nothing && protocol.rules.value_choice != ValueChoice::Own
}

/// True iff answers may arrive that a proposer does not wait for any more.
fn has_late_answers(protocol: &Protocol, environment: &Environment) -> bool {
    protocol.promises_to_lead() < protocol.acceptors
        || protocol.rounds > 1
        || sends_nacks(protocol, environment)
        || environment.delivery == Delivery::UnorderedDuplicating
}

/// True iff acceptors send Nacks.
fn sends_nacks(protocol: &Protocol, _: &Environment) -> bool {
    match protocol.rules.nack {
        NackRule::Silent => false,
        NackRule::Sent => protocol.rules.promise_guard != PromiseGuard::Always,
        NackRule::Both => true,
    }
}

/// True iff proposers give up because of them.
fn gives_up(protocol: &Protocol, environment: &Environment) -> bool {
    sends_nacks(protocol, environment) && protocol.rules.on_nack != OnNack::Ignore
}

impl Taken<'_, MultiPaxos> {
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

    /// The acceptor before it decides about a Prepare.
    fn prepares(&self) -> Option<&Acceptor> {
        Some(self.acceptors().filter(|_| matches!(self.message, Message::Prepare { .. }))?.0)
    }

    /// What the acceptor sends.
    fn sends(&self, is_it: fn(&Message) -> bool) -> bool {
        let Some((before, _)) = self.acceptors() else { return false };
        let reaction = acceptor::deliver(&self.config.protocol, before, self.sender, self.message);
        reaction.is_some_and(|reaction| reaction.sends.iter().any(|(_, message)| is_it(message)))
    }

    fn promises(&self) -> bool {
        self.sends(|message| matches!(message, Message::Promise { .. }))
    }

    /// The slots of a leader that has just drawn up its plan.
    fn leads(&self) -> Option<&BTreeMap<Slot, Value>> {
        match self.proposers().map(|(before, after)| (&before.phase, &after.phase)) {
            Some((Phase::PWaitPrepResp { .. }, Phase::PSentAccReq { slots })) => Some(slots),
            _ => None,
        }
    }

    /// True iff a plan is drawn up with such a value, given the leader's own commands.
    fn plans(&self, is_it: fn(&[Value], Value) -> bool) -> bool {
        let own = |index: usize| &self.config.protocol.commands[index];
        self.leads().is_some_and(|slots| slots.values().any(|value| is_it(own(self.receiver.into()), *value)))
    }

    /// True iff a Nack ends a round in such a phase.
    fn gives_up(&self, is_it: fn(&Phase) -> bool) -> bool {
        matches!(self.message, Message::Nack { .. })
            && self.proposers().is_some_and(|(before, after)| {
                let ends = after.round > before.round || after.phase == Phase::PAbort(Ended::Refused);
                ends && !self.ignored && is_it(&before.phase)
            })
    }

    /// True iff an acceptor casts a vote that it had not cast, given its state before and the slot.
    fn votes(&self, is_it: fn(&Acceptor, Slot) -> bool) -> bool {
        let Message::Accept { slot, proposal } = *self.message else { return false };
        let vote = (slot, proposal);
        let is_new = |(before, after): (&Acceptor, &Acceptor)| {
            !before.votes.contains(&vote) && after.votes.contains(&vote) && is_it(before, slot)
        };
        self.acceptors().is_some_and(is_new)
    }

    /// True iff an acceptor does not take an Accept. One with a vote that it has already may be taken without a trace.
    fn refuses_an_accept(&self) -> bool {
        let Message::Accept { slot, proposal } = *self.message else { return false };
        let has_no_vote = |(_, after): (&Acceptor, &Acceptor)| !after.votes.contains(&(slot, proposal));
        self.acceptors().is_some_and(has_no_vote)
    }

    /// True iff a learner knows more than before, in such a way.
    fn learns(&self, is_it: fn(&Learner, &Learner) -> bool) -> bool {
        match (self.before, self.after) {
            (Local::Learner(before), Local::Learner(after)) => !self.ignored && is_it(before, after),
            _ => false,
        }
    }
}
