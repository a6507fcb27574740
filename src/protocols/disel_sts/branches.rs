//! The kinds of steps and the branches of `step_recv`, each recognised from outside: from a delivery and the receiver's
//! states before and after it.

use super::local::{Local, Proposer, Role};
use super::rules::{Answers, Senders};
use super::{DiselSts, Message};
use crate::family::{self, Action, Taken};
use stateright::actor::ActorModelAction;

type Branch = family::Branch<DiselSts>;
type StepKind = family::StepKind<DiselSts>;

/// The kinds of steps.
pub const KINDS: &[StepKind] = &[
    sent("Prepare sent", |action| sends(action, |message| matches!(message, Message::Prepare(_)))),
    sent("Promise sent", |action| sends(action, |message| matches!(message, Message::Promise(_)))),
    sent("Nack sent", |action| sends(action, |message| *message == Message::Nack)),
    sent("Accept sent", |action| sends(action, |message| matches!(message, Message::Accept(_)))),
];

const fn sent(name: &'static str, is_it: fn(&Action<DiselSts>) -> bool) -> StepKind {
    StepKind { name, applies: |_, _| true, is_it }
}

fn sends(action: &Action<DiselSts>, is_it: fn(&Message) -> bool) -> bool {
    matches!(action, ActorModelAction::Timeout(_, send) if is_it(&send.message))
}

/// The branches, in the order of the phases.
pub const BRANCHES: &[Branch] = &[
    Branch {
        name: "an acceptor in AInit promises",
        applies: |_, _| true,
        is_taken: |taken| matches!(roles(taken), Some((Role::AInit, Role::APromised(_)))),
    },
    Branch {
        name: "an acceptor raises its promise",
        applies: |protocol, _| protocol.proposals.len() > 1 || protocol.rules.senders == Senders::Literal,
        is_taken: |taken| matches!(roles(taken), Some((Role::APromised(was), Role::APromised(is))) if was != is),
    },
    Branch {
        name: "an acceptor in AInit accepts",
        applies: |protocol, _| protocol.rules.answers == Answers::AnyTime,
        is_taken: |taken| matches!(roles(taken), Some((Role::AInit, Role::AAccepted(_)))),
    },
    Branch {
        name: "an acceptor that has promised accepts",
        applies: |_, _| true,
        is_taken: |taken| matches!(roles(taken), Some((Role::APromised(_), Role::AAccepted(_)))),
    },
    Branch {
        name: "an acceptor takes what is neither a Prepare nor an Accept for an Accept",
        applies: |protocol, _| protocol.rules.senders == Senders::Literal,
        is_taken: |taken| {
            let is_answer = matches!(taken.message, Message::Promise(_) | Message::Nack);
            is_answer && !taken.ignored && matches!(taken.after, Local::Acceptor(_))
        },
    },
    Branch {
        name: "an acceptor ignores a message",
        applies: |_, _| true,
        is_taken: |taken| taken.ignored && matches!(taken.before, Local::Acceptor(_)),
    },
    Branch {
        name: "a proposer ignores a message",
        applies: |_, _| true,
        is_taken: |taken| taken.ignored && matches!(taken.before, Local::Proposer(_)),
    },
    Branch {
        name: "a proposer hears every acceptor",
        applies: |_, _| true,
        is_taken: |taken| matches!(taken.after, Local::Proposer(Proposer::PSentAccReq { .. })) && !taken.ignored,
    },
    Branch {
        name: "a Nack ends a proposer",
        applies: |_, _| true,
        is_taken: |taken| matches!(taken.after, Local::Proposer(Proposer::PAbort)) && !taken.ignored,
    },
];

/// An acceptor's states before and after.
fn roles(taken: &Taken<DiselSts>) -> Option<(Role, Role)> {
    match (taken.before, taken.after) {
        (Local::Acceptor(before), Local::Acceptor(after)) => Some((before.role, after.role)),
        _ => None,
    }
}
