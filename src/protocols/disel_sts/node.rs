//! The one adapter between the pure transitions and stateright's [`Actor`]: it alone touches `Cow`, timers and storage.

use super::local::{Acceptor, Local, Proposer};
use super::message::{Message, Peer, Send};
use super::setup::{Recovery, Setup};
use super::transitions;
use serde::{Deserialize, Serialize};
use stateright::actor::{model_timeout, Actor, Id, Out};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A proposer or an acceptor as a stateright actor. Every send that its state allows is a timer.
#[derive(Clone, Debug)]
pub struct Node {
    /// The parameters that it shares with the other nodes.
    pub setup: Arc<Setup>,
    /// Itself.
    pub me: Peer,
}

/// A node's stable storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Storage {
    /// The node has been started once.
    Started,
    /// An acceptor's whole state.
    Acceptor(Acceptor),
}

impl Node {
    fn saves(&self, local: &Local) -> Option<Storage> {
        match (self.setup.crashes?, local) {
            (_, Local::Gone) => None,
            (Recovery::FromStorage, Local::Acceptor(acceptor)) => Some(Storage::Acceptor(acceptor.clone())),
            (Recovery::Never, _) | (Recovery::FromStorage, Local::Proposer(_)) => Some(Storage::Started),
        }
    }

    fn start(&self, storage: Option<&Storage>) -> Local {
        match (storage, self.setup.crashes) {
            (None, _) => transitions::initial(self.me),
            (Some(Storage::Acceptor(acceptor)), _) => Local::Acceptor(acceptor.clone()),
            (Some(Storage::Started), Some(Recovery::FromStorage)) => Local::Proposer(Proposer::Crashed),
            (Some(Storage::Started), _) => Local::Gone,
        }
    }

    /// Hands a step to stateright. The sends that are allowed are a function of the local state; stateright has just removed
    /// the one that was taken.
    fn take(&self, local: &mut Cow<Local>, next: Local, taken: Option<Send>, out: &mut Out<Self>) {
        let (mut before, after) = (self.sends(local), self.sends(&next));
        if let Some(taken) = taken {
            before.remove(&taken);
        }
        before.difference(&after).for_each(|send| out.cancel_timer(*send));
        after.difference(&before).for_each(|send| out.set_timer(*send, model_timeout()));
        if let Some(storage) = self.saves(&next).filter(|storage| self.saves(local).as_ref() != Some(storage)) {
            out.save(storage);
        }
        if next != **local {
            *local.to_mut() = next;
        }
    }

    fn sends(&self, local: &Local) -> BTreeSet<Send> {
        transitions::sends(&self.setup, self.me, local)
    }
}

impl Actor for Node {
    type Msg = Message;
    type Timer = Send;
    type State = Local;
    type Storage = Storage;
    type Random = ();

    fn on_start(&self, _: Id, storage: &Option<Storage>, out: &mut Out<Self>) -> Local {
        let local = self.start(storage.as_ref());
        self.sends(&local).into_iter().for_each(|send| out.set_timer(send, model_timeout()));
        if let Some(saved) = self.saves(&local).filter(|saved| storage.as_ref() != Some(saved)) {
            out.save(saved);
        }
        local
    }

    fn on_msg(&self, _: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
        let next = transitions::after_receipt(&self.setup, self.me, local, self.setup.peer(from), message);
        if next != **local {
            self.take(local, next, None, out);
        }
    }

    fn on_timeout(&self, _: Id, local: &mut Cow<Local>, send: &Send, out: &mut Out<Self>) {
        let next = transitions::after_send(&self.setup, local, send.to);
        self.take(local, next, Some(*send), out);
        out.send(self.setup.id(send.to), send.message);
    }

    fn name(&self) -> String {
        self.me.to_string()
    }
}
