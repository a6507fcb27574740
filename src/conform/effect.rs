//! What a step does to its node: what the model says, and what a record claims.

use super::{Effect, Execution};
use crate::family::{Action, Deployable, Local, Random};
use crate::nodes::log::{Event, Record};
use stateright::actor::{is_no_op, Actor, ActorModelAction, Command, Id, Network, Out};
use std::borrow::Cow;

impl<F: Deployable> Execution<'_, F> {
    /// The effect of an action on its node; `None` if it has none.
    pub(super) fn effect(&self, action: &Action<F>) -> Option<Effect<F>> {
        let mut out = Out::new();
        let (ActorModelAction::Deliver { dst: id, .. }
        | ActorModelAction::Timeout(id, _)
        | ActorModelAction::SelectRandom { actor: id, .. }) = action
        else {
            return None;
        };
        let mut local = Cow::Borrowed(&*self.state.actor_states[usize::from(*id)]);
        match action {
            ActorModelAction::Deliver { src, msg, .. } => {
                self.actor(*id).on_msg(*id, &mut local, *src, msg.clone(), &mut out);
                let is_ordered = matches!(self.state.network, Network::Ordered(_));
                if is_no_op(&local, &out) && !is_ordered {
                    return None; // an ordered network takes it away all the same
                }
            }
            ActorModelAction::Timeout(_, timer) => self.actor(*id).on_timeout(*id, &mut local, timer, &mut out),
            ActorModelAction::SelectRandom { random, .. } => {
                self.actor(*id).on_random(*id, &mut local, random, &mut out);
            }
            _ => return None,
        }
        Some(self.outcome(*id, local.into_owned(), out))
    }

    /// True iff a random choice is open to a node.
    pub(super) fn is_open(&self, node: usize, key: &String, random: &Random<F>) -> bool {
        self.state.random_choices[node].map.get(key).is_some_and(|options| options.contains(random))
    }

    fn actor(&self, id: Id) -> &F::Node {
        &self.model.actors[usize::from(id)]
    }

    pub(super) fn start(&self, node: usize) -> Effect<F> {
        let mut out = Out::new();
        let local = self.actor(node.into()).on_start(node.into(), &None, &mut out);
        self.outcome(node.into(), local, out)
    }

    pub(super) fn recovery(&self, node: usize) -> Effect<F> {
        let mut out = Out::new();
        let local = self.actor(node.into()).on_start(node.into(), &self.state.actor_storages[node], &mut out);
        self.outcome(node.into(), local, out)
    }

    pub(super) fn nothing(&self, node: usize) -> Effect<F> {
        let stored = self.state.actor_storages[node].clone();
        Effect { local: (*self.state.actor_states[node]).clone(), stored, sent: Vec::new() }
    }

    /// The effect that a record claims.
    pub(super) fn told(&self, node: usize, record: &Record<F>) -> Effect<F> {
        let mut effect = self.nothing(node);
        effect.local = record.local.clone().unwrap_or(effect.local);
        let earlier = if record.event == Event::Start { None } else { effect.stored };
        effect.stored = record.saved.clone().or(earlier);
        effect.sent.clone_from(&record.sent);
        effect
    }

    /// The effect on the model's node.
    fn outcome(&self, id: Id, local: Local<F>, out: Out<F::Node>) -> Effect<F> {
        let mut effect = Effect { local, ..self.nothing(id.into()) };
        for command in out {
            match command {
                Command::Send(to, message) => effect.sent.push((self.roster().name(to).into(), message)),
                Command::Save(storage) => effect.stored = Some(storage),
                Command::SetTimer(..) | Command::CancelTimer(_) | Command::ChooseRandom(..) => {}
            }
        }
        effect
    }
}
