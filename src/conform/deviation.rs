//! The first event that no enabled step explains: what the log tells, what the model does instead, and the steps that
//! were enabled there.

use super::{received, Effect, Execution};
use crate::family::{Action, Deployable, Message};
use crate::nodes::log::{Event, Record};
use serde::Serialize;
use stateright::actor::ActorModelAction;
use stateright::Model as _;

/// How many enabled steps are shown.
const NEAREST: usize = 3;

/// An event that is no step of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// The node.
    pub node: String,
    /// Its log.
    pub file: String,
    /// The number of the record.
    pub record: u64,
    /// What the log tells.
    pub event: String,
    /// Why that is no step of the model.
    pub why: String,
    /// The node's state in the model before it.
    pub before: String,
    /// The enabled steps of the node that are nearest to it, the nearest first.
    pub nearest: Vec<String>,
}

impl<F: Deployable> Execution<'_, F> {
    /// The deviation that a record is, for this reason.
    pub(super) fn deviates(&self, node: usize, record: &Record<F>, why: &str) -> Box<Deviation> {
        let name = self.roster().name(node.into());
        let told = self.told(node, record);
        let happened = match &record.event {
            Event::Start => format!("{name} starts"),
            Event::Recover => format!("{name} recovers"),
            Event::Fire(timer) => format!("{name} fires \"{timer:?}\""),
            Event::Choose { random, .. } => format!("{name} {}", F::choice(random)),
            Event::Unrecorded(times) => format!("{name} ignores {times} more"),
            Event::Deliver { from, message, .. } | Event::Ignore { from, message, .. } => {
                format!("{from} → {name}  {}", F::message(message))
            }
        };
        Box::new(Deviation {
            file: self.gathered.file(node).into(),
            record: record.n,
            event: format!("{happened}: {}", self.shown(node, &told)),
            why: why.into(),
            before: F::local(&self.state.actor_states[node]),
            nearest: self.nearest(node, record, &told),
            node: name.into(),
        })
    }

    /// An effect in words.
    fn shown(&self, node: usize, effect: &Effect<F>) -> String {
        let local = effect.local != *self.state.actor_states[node];
        let mut parts = Vec::new();
        if local {
            parts.push(format!("becomes {}", F::local(&effect.local)));
        }
        if !effect.sent.is_empty() {
            let sent = |(to, message): &(String, Message<F>)| format!("{} to {to}", F::message(message));
            parts.push(format!("sends {}", effect.sent.iter().map(sent).collect::<Vec<_>>().join(", ")));
        }
        if effect.stored != self.state.actor_storages[node] {
            parts.push("saves".into());
        }
        if parts.is_empty() {
            parts.push("no effect".into());
        }
        parts.join(", ")
    }

    /// The enabled steps of a node, those first that are most like what a record tells.
    fn nearest(&self, node: usize, record: &Record<F>, told: &Effect<F>) -> Vec<String> {
        let mut actions = Vec::new();
        self.model.actions(&self.state, &mut actions);
        let here = |action: &Action<F>| match action {
            ActorModelAction::Deliver { dst, .. } => usize::from(*dst) == node,
            ActorModelAction::Timeout(id, _) | ActorModelAction::SelectRandom { actor: id, .. } => {
                usize::from(*id) == node
            }
            _ => false,
        };
        let mut steps: Vec<_> = actions.iter().filter(|action| here(action)).collect();
        steps.sort_by_key(|action| self.distance(action, record, told));
        let shown = steps.into_iter().take(NEAREST).map(|action| {
            let effect = self.effect(action);
            let effect = effect.map_or_else(|| "no effect".into(), |effect| self.shown(node, &effect));
            format!("{}: {effect}", self.wording.action(&self.state, action))
        });
        let recovery = (record.event == Event::Recover).then(|| {
            let effect = self.recovery(node);
            format!("{} recovers: becomes {}", self.roster().name(node.into()), F::local(&effect.local))
        });
        recovery.into_iter().chain(shown).collect()
    }

    /// How unlike an action is what a record tells: in its cause, then in its effect.
    fn distance(&self, action: &Action<F>, record: &Record<F>, told: &Effect<F>) -> (u8, u8) {
        let cause = match (action, received(&record.event), &record.event) {
            (ActorModelAction::Deliver { src, msg, .. }, Some((from, _, message)), _) => {
                u8::from(self.roster().name(*src) != from) + u8::from(msg != message)
            }
            (ActorModelAction::Timeout(_, timer), _, Event::Fire(fired)) if timer == fired => 0,
            (ActorModelAction::SelectRandom { random, .. }, _, Event::Choose { random: chosen, .. }) => {
                u8::from(random != chosen)
            }
            _ => 3,
        };
        let effect = self
            .effect(action)
            .map_or(2, |effect| u8::from(effect.local != told.local) + u8::from(effect.sent != told.sent));
        (cause, effect)
    }
}
