//! States, actions and steps of a model in words: the only place that turns them into text.

use super::{ActionRecord, Change, EnvelopeRecord, Step};
use crate::family::{envelopes, Action, Family, Global, Message, Roster, System};
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::BTreeMap;

/// How a model is put into words.
pub struct Wording<F: Family> {
    config: F::Config,
    /// The nodes.
    pub roster: Roster,
}

impl<F: Family> Wording<F> {
    /// The wording of a model.
    pub fn new(model: &System<F>) -> Self {
        Wording { config: model.cfg.clone(), roster: Roster::new(&model.actors) }
    }

    /// An action that is enabled in a state.
    pub fn action(&self, state: &Global<F>, action: &Action<F>) -> ActionRecord {
        let name = |id: &Id| self.roster.name(*id).to_string();
        match action {
            ActorModelAction::Deliver { src, dst, msg } => {
                ActionRecord::Deliver { from: name(src), to: name(dst), message: F::message(msg) }
            }
            ActorModelAction::Drop(Envelope { src, dst, msg }) => {
                ActionRecord::Drop { from: name(src), to: name(dst), message: F::message(msg) }
            }
            ActorModelAction::Timeout(id, timer) => {
                let local = &state.actor_states[usize::from(*id)];
                ActionRecord::Timeout { node: name(id), what: F::timeout(&self.config, *id, local, timer) }
            }
            ActorModelAction::SelectRandom { actor, random, .. } => {
                ActionRecord::Choose { node: name(actor), what: F::choice(random) }
            }
            ActorModelAction::Crash(id) => ActionRecord::Crash { node: name(id) },
            ActorModelAction::Recover(id) => ActionRecord::Recover { node: name(id) },
        }
    }

    /// Which of the enabled actions that read the same as this one it is.
    pub fn alike(&self, model: &System<F>, state: &Global<F>, action: &Action<F>) -> usize {
        let record = self.action(state, action);
        let mut enabled = Vec::new();
        model.actions(state, &mut enabled);
        let before = enabled.iter().take_while(|other| *other != action);
        before.filter(|other| self.action(state, other) == record).count()
    }

    /// The local state of a node.
    pub fn local(&self, state: &Global<F>, index: usize) -> String {
        let crashed = if state.crashed[index] { " (crashed)" } else { "" };
        format!("{}{crashed}", F::local(&state.actor_states[index]))
    }

    /// The local state of every node, in the order of ids.
    pub fn locals(&self, state: &Global<F>) -> Vec<String> {
        (0..self.roster.len()).map(|index| self.local(state, index)).collect()
    }

    /// The messages in flight, with how often each is.
    pub fn in_flight(&self, state: &Global<F>) -> BTreeMap<EnvelopeRecord, usize> {
        let mut in_flight = BTreeMap::new();
        for (Envelope { src, dst, msg }, count) in envelopes::<F>(&state.network) {
            *in_flight.entry(self.envelope(src, dst, &msg)).or_default() += count;
        }
        in_flight
    }

    /// The same, each as often as it is in flight.
    pub fn each_in_flight(&self, state: &Global<F>) -> Vec<EnvelopeRecord> {
        let in_flight = self.in_flight(state).into_iter();
        in_flight.flat_map(|(envelope, count)| std::iter::repeat_n(envelope, count)).collect()
    }

    /// A step.
    pub fn step(&self, action: &Action<F>, before: &Global<F>, after: &Global<F>) -> Step {
        let change = (0..self.roster.len()).find_map(|index| {
            let (before, after) = (self.local(before, index), self.local(after, index));
            (before != after).then(|| Change { node: self.roster.name(index.into()).into(), before, after })
        });
        Step { action: self.action(before, action), alike: 0, change, sent: self.sent(action, before, after) }
    }

    /// The messages that a step put in flight. On a duplicating network one that was in flight already does not show.
    fn sent(&self, action: &Action<F>, before: &Global<F>, after: &Global<F>) -> Vec<EnvelopeRecord> {
        let mut before = self.in_flight(before);
        let stays = matches!(after.network, Network::UnorderedDuplicating(..));
        let consumed = match action {
            ActorModelAction::Deliver { src, dst, msg } if !stays => Some(self.envelope(*src, *dst, msg)),
            ActorModelAction::Drop(Envelope { src, dst, msg }) => Some(self.envelope(*src, *dst, msg)),
            _ => None,
        };
        if let Some(count) = consumed.and_then(|envelope| before.get_mut(&envelope)) {
            *count -= 1;
        }
        let more = |(envelope, count): (EnvelopeRecord, usize)| {
            let earlier = before.get(&envelope).copied().unwrap_or(0);
            std::iter::repeat_n(envelope, count.saturating_sub(earlier))
        };
        self.in_flight(after).into_iter().flat_map(more).collect()
    }

    fn envelope(&self, src: Id, dst: Id, message: &Message<F>) -> EnvelopeRecord {
        let name = |id| self.roster.name(id).to_string();
        EnvelopeRecord { from: name(src), to: name(dst), message: F::message(message) }
    }
}
