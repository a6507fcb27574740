//! Compiles the initial state: every actor starts, and what it sends meets what the network holds already.
//! It must not know how states are packed, stored or searched.

use super::component::{Component, Inbox};
use super::decode::envelopes_of;
use crate::engine::components::compile::{Compiler, Gathered};
use crate::engine::fault::blame;
use crate::engine::Refusal;
use stateright::actor::{Actor, Id, Network, Out};
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
    /// The component ids of the initial state.
    pub fn initial(&mut self) -> Result<Vec<u32>, Refusal> {
        let model = Arc::clone(&self.model);
        let actors = self.fields.actors;
        let mut inboxes = vec![Inbox::default(); actors + 1];
        for envelope in envelopes_of(&model.init_network) {
            let envelope = self.envelopes.intern(envelope);
            self.send(&mut inboxes, envelope);
        }
        let last = match &model.init_network {
            Network::UnorderedDuplicating(_, Some(last)) => Some(self.envelopes.intern(last.clone())),
            _ => None,
        };
        let mut history = model.init_history.clone();
        let mut started = Vec::new();
        for (index, actor) in model.actors.iter().enumerate() {
            let mut out = Out::new();
            let start = || actor.on_start(Id::from(index), &None, &mut out);
            let state = blame(|| format!("on_start of actor {index}"), start);
            let mut component = self.component_of(state);
            let mut gathered = Gathered::default();
            self.obey(index, out, &mut component, &mut gathered);
            let arrivals = gathered.arrivals.iter().flat_map(|(_, envelopes)| envelopes);
            for &envelope in component.inbox.0.iter().chain(arrivals) {
                self.send(&mut inboxes, envelope);
            }
            component.inbox = Inbox::default();
            history = self.recorded(history, &gathered.records);
            started.push(component);
        }
        let mut ids = Vec::with_capacity(self.fields.count());
        for (index, mut component) in started.into_iter().enumerate() {
            component.inbox = std::mem::take(&mut inboxes[index]);
            ids.push(self.intern_component(index, &component)?);
        }
        let orphans = inboxes.pop().expect("the orphans' inbox is the last");
        ids.push(self.intern_words(actors, orphans.0, false)?);
        ids.push(self.intern_last(last));
        ids.push(self.intern_history(history));
        ids.push(0);
        Ok(ids)
    }

    fn component_of(&mut self, state: A::State) -> Component {
        let state = self.states.intern(Arc::new(state));
        let inbox = Inbox::default();
        Component { state, storage: None, crashed: false, timers: Vec::new(), choices: Vec::new(), inbox }
    }

    fn send(&self, inboxes: &mut [Inbox], envelope: u32) {
        let field = usize::from(self.envelopes[envelope].dst).min(self.fields.actors);
        inboxes[field].send(self.delivery, envelope, |envelope| self.channel(envelope));
    }
}
