//! From numbers back to stateright's own values: global states for those who must see one, and the actions of a path.
//! It must not run handlers or fill tables.

use super::component::Component;
use crate::engine::components::compile::{Act, Compiler};
use crate::engine::components::tables::Taken;
use crate::engine::{Action, Refusal, State};
use stateright::actor::{Actor, ActorModelAction, ActorModelState, Envelope, Id, Network, RandomChoices, Timers};
use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

impl<A, C, H, O> Compiler<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    C: Clone,
    H: Clone + Debug + Hash,
    O: Clone + Eq + Hash,
{
    /// The global state with these component ids.
    pub fn state(&self, ids: &[u32]) -> State<A, H> {
        let actors = self.fields.actors;
        let mut state = ActorModelState {
            actor_states: Vec::with_capacity(actors),
            network: self.network(ids),
            timers_set: vec![Timers::new(); actors],
            random_choices: vec![RandomChoices::default(); actors],
            crashed: Vec::with_capacity(actors),
            history: self.histories[ids[self.fields.history()]].clone(),
            actor_storages: Vec::with_capacity(actors),
        };
        for (index, &id) in ids[..actors].iter().enumerate() {
            let component = Component::decode(&self.components[index].words[id as usize]);
            state.actor_states.push(Arc::clone(&self.states[component.state]));
            state.crashed.push(component.crashed);
            state.actor_storages.push(component.storage.map(|storage| self.storages[storage].clone()));
            for timer in component.timers {
                state.timers_set[index].set(self.timers[timer].clone());
            }
            for (key, options) in component.choices {
                let options = options.iter().map(|&option| self.options[option].clone()).collect();
                state.random_choices[index].insert(self.keys[key].clone(), options);
            }
        }
        state
    }

    /// A state of which only the history is real: it has no actors, and nothing is in flight.
    pub fn state_of_history(&self, history: u32) -> State<A, H> {
        ActorModelState {
            actor_states: Vec::new(),
            network: Network::new_unordered_nonduplicating([]),
            timers_set: Vec::new(),
            random_choices: Vec::new(),
            crashed: Vec::new(),
            history: self.histories[history].clone(),
            actor_storages: Vec::new(),
        }
    }

    fn network(&self, ids: &[u32]) -> Network<A::Msg> {
        let actors = self.fields.actors;
        let envelopes = (0..=actors).flat_map(|field| {
            let words = &self.components[field].words[ids[field] as usize];
            let inbox = if field < actors { Component::inbox_of(words) } else { words };
            inbox.iter().map(|&envelope| self.envelopes[envelope].clone())
        });
        match &self.model.init_network {
            Network::Ordered(_) => Network::new_ordered(envelopes),
            Network::UnorderedNonDuplicating(_) => Network::new_unordered_nonduplicating(envelopes),
            Network::UnorderedDuplicating(..) => {
                let last = self.lasts[ids[self.fields.last()]].map(|last| self.envelopes[last].clone());
                Network::new_unordered_duplicating_with_last_msg(envelopes, last)
            }
        }
    }

    /// The action that a transition takes.
    pub fn action(&self, taken: Taken) -> Action<A> {
        self.action_of(self.tables.step(taken.0).field as usize, self.acts[taken.0 as usize])
    }

    /// An action of an actor.
    pub fn action_of(&self, actor: usize, act: Act) -> Action<A> {
        let id = Id::from(actor);
        match act {
            Act::Drop(envelope) => ActorModelAction::Drop(self.envelopes[envelope].clone()),
            Act::Deliver(envelope) => {
                let Envelope { src, dst, msg } = self.envelopes[envelope].clone();
                ActorModelAction::Deliver { src, dst, msg }
            }
            Act::Timeout(timer) => ActorModelAction::Timeout(id, self.timers[timer].clone()),
            Act::Crash => ActorModelAction::Crash(id),
            Act::Recover => ActorModelAction::Recover(id),
            Act::Choose { key, option } => ActorModelAction::SelectRandom {
                actor: id,
                key: self.keys[key].clone(),
                random: self.options[option].clone(),
            },
        }
    }
}

/// The order of two actions in `ActorModel::actions`.
pub fn compare<M: Ord, T: Ord, R: Ord>(one: &ActorModelAction<M, T, R>, other: &ActorModelAction<M, T, R>) -> Ordering {
    use ActorModelAction::{Crash, Deliver, Drop, Recover, SelectRandom, Timeout};
    let kind = |action: &ActorModelAction<M, T, R>| match action {
        Drop(_) => 0,
        Deliver { .. } => 1,
        Timeout(..) => 2,
        Crash(_) => 3,
        Recover(_) => 4,
        SelectRandom { .. } => 5,
    };
    // Two actions of a kind compare by their parts in the order in which the kind declares them.
    kind(one).cmp(&kind(other)).then_with(|| match (one, other) {
        (Drop(a), Drop(b)) => a.cmp(b),
        (Deliver { src: s, dst: d, msg: m }, Deliver { src, dst, msg }) => (s, d, m).cmp(&(src, dst, msg)),
        (Timeout(i, t), Timeout(id, timer)) => (i, t).cmp(&(id, timer)),
        (Crash(a), Crash(b)) | (Recover(a), Recover(b)) => a.cmp(b),
        (SelectRandom { actor: a, key: k, random: r }, SelectRandom { actor, key, random }) => {
            (a, k, r).cmp(&(actor, key, random))
        }
        _ => Ordering::Equal,
    })
}

/// How the initial network delivers, unless no network could be in such a state.
pub fn check_network<M: Eq + Hash>(network: &Network<M>) -> Result<super::component::Delivery, Refusal> {
    use super::component::Delivery;
    let refuse = |what: &str| Err(Refusal::Unsupported(format!("its initial network has {what}")));
    match network {
        Network::UnorderedDuplicating(..) => Ok(Delivery::Duplicating),
        Network::UnorderedNonDuplicating(envelopes) if envelopes.values().any(|&count| count == 0) => {
            refuse("an envelope with no copy")
        }
        Network::UnorderedNonDuplicating(_) => Ok(Delivery::Unordered),
        Network::Ordered(flows) if flows.values().any(|flow| flow.is_empty()) => refuse("an empty flow"),
        Network::Ordered(_) => Ok(Delivery::Ordered),
    }
}

/// All envelopes of a network, each as often as it is in flight, those of a flow in their order.
pub fn envelopes_of<M: Clone + Eq + Hash + Ord>(network: &Network<M>) -> Vec<Envelope<M>> {
    match network {
        Network::UnorderedDuplicating(envelopes, _) => {
            let mut envelopes: Vec<_> = envelopes.iter().cloned().collect();
            envelopes.sort();
            envelopes
        }
        Network::UnorderedNonDuplicating(envelopes) => {
            let mut envelopes: Vec<_> = envelopes.iter().collect();
            envelopes.sort();
            envelopes.into_iter().flat_map(|(envelope, &count)| std::iter::repeat_n(envelope.clone(), count)).collect()
        }
        Network::Ordered(flows) => flows
            .iter()
            .flat_map(|(&(src, dst), flow)| flow.iter().map(move |msg| Envelope { src, dst, msg: msg.clone() }))
            .collect(),
    }
}
