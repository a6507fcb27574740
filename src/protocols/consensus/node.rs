//! The nodes as stateright actors. Where a protocol is the service, its own actors act, and a client reads what the learner
//! in its place announces within the same step.

use super::client::Client;
use super::local::Local;
use super::message::Message;
use super::setup::Service;
use super::Setup;
use crate::protocols::paxos::Value;
use crate::protocols::single_decree::{self, local::Learner, Recovery};
use crate::protocols::specification::Register;
use serde::{Deserialize, Serialize};
use stateright::actor::{Actor, Command, Id, Out};
use std::borrow::Cow;
use std::sync::Arc;

/// The abstract service, a node of the protocol that is the service, or a client.
#[derive(Clone, Debug)]
pub struct Node {
    /// The parameters that it shares with the other nodes.
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
    /// The whole state of the abstract service or of a client.
    Whole(Local),
    /// What a node of the protocol that is the service has.
    Protocol(single_decree::Storage),
}

impl Node {
    /// The protocol's actor that this node is, or in whose place this client stands.
    fn actor(&self) -> Option<single_decree::Node> {
        match &self.setup.service {
            Service::Abstract { .. } => None,
            Service::SingleDecree(setup) => Some(single_decree::Node { setup: setup.clone(), id: self.id }),
        }
    }

    fn start(&self, out: &mut Out<Self>) -> Local {
        let mut commands = Out::new();
        let actor = self.actor().map(|actor| actor.on_start(self.id, &None, &mut commands));
        match (self.setup.client_index(self.id), actor) {
            (Some(_), learner) => Local::Client { learner, client: Client::Waiting },
            (None, None) => Local::Service(Register::default()),
            (None, Some(local)) => {
                forward(commands, true, out);
                Local::Protocol(local)
            }
        }
    }

    /// What this node has on stable storage. The protocol's actors save for themselves.
    fn saves(&self, local: &Local) -> Option<Storage> {
        match (self.setup.crashes?, local) {
            (_, Local::Gone | Local::Protocol(_)) => None,
            (Recovery::Never, _) => Some(Storage::Started),
            (Recovery::FromStorage(_), local) => Some(Storage::Whole(local.clone())),
        }
    }

    /// Hands the next state of the abstract service or of a client to stateright.
    fn take(&self, local: &mut Cow<Local>, next: Local, out: &mut Out<Self>) {
        if next == **local {
            return;
        }
        let saved = self.saves(local);
        if let Some(storage) = self.saves(&next).filter(|storage| saved.as_ref() != Some(storage)) {
            out.save(storage);
        }
        *local.to_mut() = next;
    }

    /// A client that knows what is decided acts on it, and sends a Token to the next one.
    fn decided(&self, client: Client, value: Value, out: &mut Out<Self>) -> Client {
        let Some((client, token)) = client.on_decided(value) else { return client };
        let next = self.setup.client_index(self.id).map_or(0, |index| index + 1);
        if next < self.setup.clients {
            out.send(self.setup.client(next), Message::Token(token));
        }
        client
    }

    /// A message of the protocol to the actor in one state: its next state, unless nothing changes, and what it does.
    fn at_actor(
        &self,
        local: &single_decree::Local,
        from: Id,
        message: single_decree::Message,
    ) -> (Option<single_decree::Local>, Out<single_decree::Node>) {
        let (mut next, mut commands) = (Cow::Borrowed(local), Out::new());
        if let Some(actor) = self.actor() {
            actor.on_msg(self.id, &mut next, from, message, &mut commands);
        }
        let next = match next {
            Cow::Borrowed(_) => None,
            Cow::Owned(next) => Some(next),
        };
        (next, commands)
    }
}

/// The value that a learner announces.
fn announced(learner: &single_decree::Local) -> Option<Value> {
    match learner {
        single_decree::Local::Learner(Learner::Learned(proposal)) => Some(proposal.value),
        _ => None,
    }
}

/// Hands on what an actor of the protocol does, and what it saves if that is for it to do.
fn forward(commands: Out<single_decree::Node>, saves: bool, out: &mut Out<Node>) {
    for command in commands {
        match command {
            Command::Send(to, message) => out.send(to, Message::Protocol(message)),
            Command::SetTimer(timer, duration) => out.set_timer(timer, duration),
            Command::CancelTimer(timer) => out.cancel_timer(timer),
            Command::ChooseRandom(key, choices) => out.choose_random(key, choices),
            Command::Save(storage) if saves => out.save(Storage::Protocol(storage)),
            Command::Save(_) => {}
        }
    }
}

impl Actor for Node {
    type Msg = Message;
    type Timer = single_decree::Timer;
    type State = Local;
    type Storage = Storage;
    type Random = ();

    fn on_start(&self, _: Id, storage: &Option<Storage>, out: &mut Out<Self>) -> Local {
        let local = match (storage, self.actor()) {
            (Some(Storage::Whole(local)), _) => local.clone(),
            (Some(Storage::Protocol(storage)), Some(actor)) => {
                let mut commands = Out::new();
                let local = actor.on_start(self.id, &Some(storage.clone()), &mut commands);
                forward(commands, true, out);
                Local::Protocol(local)
            }
            (Some(Storage::Started | Storage::Protocol(_)), _) => Local::Gone,
            (None, _) => self.start(out),
        };
        if let Some(saved) = self.saves(&local).filter(|saved| storage.as_ref() != Some(saved)) {
            out.save(saved);
        }
        local
    }

    fn on_msg(&self, _: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
        match (&**local, message) {
            (Local::Service(Register { decided: None }), Message::Propose(value)) => {
                self.take(local, Local::Service(Register { decided: Some(value) }), out);
                let clients = (0..self.setup.clients).map(|index| self.setup.client(index));
                clients.for_each(|client| out.send(client, Message::Decided(value)));
            }
            (Local::Protocol(inner), Message::Protocol(message)) => {
                let (next, commands) = self.at_actor(inner, from, message);
                forward(commands, true, out);
                if let Some(next) = next {
                    *local.to_mut() = Local::Protocol(next);
                }
            }
            (Local::Client { learner: Some(learner), client }, Message::Protocol(message)) => {
                let (next, commands) = self.at_actor(learner, from, message);
                forward(commands, false, out);
                let learner = next.unwrap_or_else(|| learner.clone());
                let client = announced(&learner).map_or(*client, |value| self.decided(*client, value, out));
                self.take(local, Local::Client { learner: Some(learner), client }, out);
            }
            (Local::Client { learner, client }, Message::Decided(value)) => {
                let next = Local::Client { learner: learner.clone(), client: self.decided(*client, value, out) };
                self.take(local, next, out);
            }
            (Local::Client { learner, client }, Message::Token(other)) => {
                let next = client.on_token(other).map(|client| Local::Client { learner: learner.clone(), client });
                if let Some(next) = next {
                    self.take(local, next, out);
                }
            }
            _ => {} // the message stays in flight
        }
    }

    fn on_timeout(&self, _: Id, local: &mut Cow<Local>, timer: &single_decree::Timer, out: &mut Out<Self>) {
        let (Local::Protocol(inner), Some(actor)) = (&**local, self.actor()) else { return };
        let (mut next, mut commands) = (Cow::Borrowed(inner), Out::new());
        actor.on_timeout(self.id, &mut next, timer, &mut commands);
        forward(commands, true, out);
        if let Cow::Owned(next) = next {
            *local.to_mut() = Local::Protocol(next);
        }
    }

    fn name(&self) -> String {
        match (self.setup.client_index(self.id), self.actor()) {
            (Some(index), _) => self.setup.client_name(index),
            (None, Some(actor)) => actor.name(),
            (None, None) => "S".into(),
        }
    }
}
