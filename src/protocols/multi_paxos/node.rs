//! The one adapter between the pure handlers and stateright's [`Actor`]: it alone touches `Cow`, timers and storage.

use super::local::{Acceptor, Learner, Local};
use super::message::Message;
use super::reaction::Reaction;
use super::setup::{Recovery, Setup, Timer};
use super::{acceptor, learner, proposer};
use serde::{Deserialize, Serialize};
use stateright::actor::{model_timeout, Actor, Id, Out};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A proposer, an acceptor or a learner as a stateright actor.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it shares with the other nodes.
    pub setup: Arc<Setup>,
    /// Its own id.
    pub id: Id,
}

/// A node's stable storage.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Storage {
    /// The node has been started once.
    Started,
    /// The round that a proposer has begun.
    Round(u32),
    /// An acceptor's whole state.
    Acceptor(Acceptor),
    /// A learner's whole state.
    Learner(Learner),
}

impl Node {
    fn saves(&self, local: &Local) -> Option<Storage> {
        match (self.setup.crashes?, local) {
            (Recovery::Never, _) => Some(Storage::Started),
            (Recovery::FromStorage, Local::Proposer(proposer)) => Some(Storage::Round(proposer.round)),
            (Recovery::FromStorage, Local::Acceptor(acceptor)) => Some(Storage::Acceptor(acceptor.clone())),
            (Recovery::FromStorage, Local::Learner(learner)) => Some(Storage::Learner(learner.clone())),
            (Recovery::FromStorage, Local::Gone) => None,
        }
    }

    fn timers(&self, local: &Local) -> BTreeSet<Timer> {
        match local {
            Local::Proposer(proposer) => proposer::timers(&self.setup.protocol, self.id.into(), proposer),
            Local::Acceptor(_) | Local::Learner(_) | Local::Gone => BTreeSet::new(),
        }
    }

    fn start(&self, storage: Option<&Storage>) -> Reaction {
        let (protocol, index) = (&self.setup.protocol, usize::from(self.id));
        let silent = |local| Reaction { local, sends: Vec::new() };
        match storage {
            None if index < protocol.commands.len() => proposer::start(protocol, index, 0),
            None if protocol.roster().acceptor_index(self.id).is_some() => silent(Local::Acceptor(Acceptor::default())),
            None => silent(Local::Learner(Learner::default())),
            Some(Storage::Started) => silent(Local::Gone),
            Some(Storage::Round(round)) => proposer::recover(protocol, index, *round),
            Some(Storage::Acceptor(stored)) => silent(Local::Acceptor(stored.clone())),
            Some(Storage::Learner(stored)) => silent(Local::Learner(stored.clone())),
        }
    }

    fn deliver(&self, local: &Local, from: Id, message: &Message) -> Option<Reaction> {
        let protocol = &self.setup.protocol;
        let acceptor = || protocol.roster().acceptor_index(from);
        match local {
            Local::Proposer(state) => proposer::deliver(protocol, self.id.into(), state, acceptor()?, message),
            Local::Acceptor(state) => acceptor::deliver(protocol, state, from, message),
            Local::Learner(state) => learner::deliver(protocol, state, acceptor()?, message),
            Local::Gone => None,
        }
    }

    /// Hands a step to stateright. Timers are a function of the local state, so the two states determine which to set and
    /// which to cancel; `fired` is the timer that stateright has just removed.
    fn take(&self, local: &mut Cow<Local>, step: Reaction, fired: Option<Timer>, out: &mut Out<Self>) {
        let mut before = self.timers(local);
        if let Some(fired) = fired {
            before.remove(&fired);
        }
        self.announce(&before, &step, self.saves(local), out);
        if step.local != **local {
            *local.to_mut() = step.local;
        }
    }

    fn announce(&self, before: &BTreeSet<Timer>, step: &Reaction, saved: Option<Storage>, out: &mut Out<Self>) {
        let after = self.timers(&step.local);
        before.difference(&after).for_each(|timer| out.cancel_timer(*timer));
        after.difference(before).for_each(|timer| out.set_timer(*timer, model_timeout()));
        if let Some(storage) = self.saves(&step.local).filter(|storage| saved.as_ref() != Some(storage)) {
            out.save(storage);
        }
        step.sends.iter().for_each(|(to, message)| out.send(*to, message.clone()));
    }
}

impl Actor for Node {
    type Msg = Message;
    type Timer = Timer;
    type State = Local;
    type Storage = Storage;
    type Random = ();

    fn on_start(&self, _: Id, storage: &Option<Storage>, out: &mut Out<Self>) -> Local {
        let step = self.start(storage.as_ref());
        self.announce(&BTreeSet::new(), &step, storage.clone(), out);
        step.local
    }

    fn on_msg(&self, _: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
        if let Some(step) = self.deliver(local, from, &message) {
            self.take(local, step, None, out);
        }
    }

    fn on_timeout(&self, _: Id, local: &mut Cow<Local>, timer: &Timer, out: &mut Out<Self>) {
        let Local::Proposer(proposer) = &**local else { return };
        if let Some(step) = proposer::timeout(&self.setup.protocol, self.id.into(), proposer, timer) {
            self.take(local, step, Some(*timer), out);
        }
    }

    fn name(&self) -> String {
        self.setup.protocol.roster().name(self.id)
    }
}
