//! A worker's global state, turned into the next one that it must see instead of being built anew: only what differs
//! between the two is touched. It must not run handlers or fill tables.

use super::component::Component;
use crate::engine::components::compile::Compiler;
use crate::engine::State;
use stateright::actor::{Actor, Network};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// Histories that were seen lately are kept, as a clone of one may take longer than the rest of a state.
const KEPT_HISTORIES: usize = 256;

/// A global state with the component ids that it was built from.
pub struct Rebuilt<A: Actor, H> {
    ids: Vec<u32>,
    pub state: State<A, H>,
    histories: Vec<Option<(u32, H)>>,
}

impl<A: Actor, H: Clone> Rebuilt<A, H> {
    /// The state that has these component ids.
    pub fn new<C, O>(compiler: &Compiler<A, C, H, O>, ids: &[u32]) -> Self
    where
        A::Msg: Ord,
        A::Timer: Ord,
        C: Clone,
        H: Debug + Hash,
        O: Clone + Eq + Hash,
    {
        let histories = (0..KEPT_HISTORIES).map(|_| None).collect();
        Rebuilt { ids: ids.to_vec(), state: compiler.state(ids), histories }
    }

    /// Turns to the state that has these component ids.
    pub fn turn<C, O>(&mut self, compiler: &Compiler<A, C, H, O>, ids: &[u32])
    where
        A::Msg: Ord,
        A::Timer: Ord,
        C: Clone,
        H: Debug + Hash,
        O: Clone + Eq + Hash,
    {
        let fields = compiler.fields;
        for (field, &id) in ids[..=fields.actors].iter().enumerate() {
            let before = std::mem::replace(&mut self.ids[field], id);
            if before != id {
                let encoded = &compiler.components[field];
                let (old, new) = (&*encoded.words[before as usize], &*encoded.words[id as usize]);
                let (old, new) = match field < fields.actors {
                    true => (self.turn_actor(compiler, field, old, new), Component::inbox_of(new)),
                    false => (old, new),
                };
                turn_inbox(compiler, &mut self.state.network, old, new);
            }
        }
        let last = fields.last();
        if std::mem::replace(&mut self.ids[last], ids[last]) != ids[last] {
            if let Network::UnorderedDuplicating(_, delivered) = &mut self.state.network {
                *delivered = compiler.lasts[ids[last]].map(|envelope| compiler.envelopes[envelope].clone());
            }
        }
        self.turn_history(compiler, ids[fields.history()]);
    }

    /// Changes all of an actor but its inbox; returns the inbox as it was.
    fn turn_actor<'w, C, O>(
        &mut self,
        compiler: &Compiler<A, C, H, O>,
        actor: usize,
        old: &'w [u32],
        new: &[u32],
    ) -> &'w [u32]
    where
        A::Msg: Ord,
        A::Timer: Ord,
        C: Clone,
        H: Debug + Hash,
        O: Clone + Eq + Hash,
    {
        if old[0] != new[0] {
            self.state.actor_states[actor] = Arc::clone(&compiler.states[new[0]]);
        }
        if old[1] != new[1] {
            self.state.actor_storages[actor] = new[1].checked_sub(1).map(|storage| compiler.storages[storage].clone());
        }
        self.state.crashed[actor] = new[2] == 1;
        let (inbox_before, inbox) = (Component::inbox_of(old), Component::inbox_of(new));
        let (rest_before, rest) = (&old[3..old.len() - inbox_before.len()], &new[3..new.len() - inbox.len()]);
        if rest_before != rest {
            let (before, after) = (Component::decode(old), Component::decode(new));
            for timer in before.timers.iter().filter(|timer| !after.timers.contains(timer)) {
                self.state.timers_set[actor].cancel(&compiler.timers[*timer]);
            }
            for timer in after.timers.iter().filter(|timer| !before.timers.contains(timer)) {
                self.state.timers_set[actor].set(compiler.timers[*timer].clone());
            }
            let choices = &mut self.state.random_choices[actor];
            for choice in before.choices.iter().filter(|choice| !after.choices.contains(choice)) {
                choices.remove(&compiler.keys[choice.0]);
            }
            for (key, options) in after.choices.iter().filter(|choice| !before.choices.contains(choice)) {
                let options = options.iter().map(|&option| compiler.options[option].clone()).collect();
                choices.insert(compiler.keys[*key].clone(), options);
            }
        }
        inbox_before
    }

    fn turn_history<C, O>(&mut self, compiler: &Compiler<A, C, H, O>, history: u32)
    where
        A::Msg: Ord,
        A::Timer: Ord,
        C: Clone,
        H: Debug + Hash,
        O: Clone + Eq + Hash,
    {
        let field = compiler.fields.history();
        let before = std::mem::replace(&mut self.ids[field], history);
        if before == history {
            return;
        }
        let kept = self.histories[history as usize % KEPT_HISTORIES].take_if(|(kept, _)| *kept == history);
        let next = kept.map_or_else(|| compiler.histories[history].clone(), |(_, kept)| kept);
        let past = std::mem::replace(&mut self.state.history, next);
        self.histories[before as usize % KEPT_HISTORIES] = Some((before, past));
    }
}

/// Takes the envelopes of one inbox out of a network and puts those of another in; what both have stays.
fn turn_inbox<A, C, H, O>(compiler: &Compiler<A, C, H, O>, network: &mut Network<A::Msg>, old: &[u32], new: &[u32])
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    C: Clone,
    H: Clone + Debug + Hash,
    O: Clone + Eq + Hash,
{
    let envelope = |number: u32| &compiler.envelopes[number];
    match network {
        Network::UnorderedDuplicating(envelopes, _) => changes(old, new, |number, arrives| match arrives {
            true => _ = envelopes.insert(envelope(number).clone()),
            false => _ = envelopes.remove(envelope(number)),
        }),
        Network::UnorderedNonDuplicating(copies) => {
            changes(old, new, |number, arrives| match (copies.get_mut(envelope(number)), arrives) {
                (Some(count), true) => *count += 1,
                (None, true) => _ = copies.insert(envelope(number).clone(), 1),
                (Some(count), false) if *count > 1 => *count -= 1,
                (_, false) => _ = copies.remove(envelope(number)),
            })
        }
        Network::Ordered(flows) => {
            let channel = |one: &u32, other: &u32| compiler.channel(*one) == compiler.channel(*other);
            let pair = |queue: &[u32]| (envelope(queue[0]).src, envelope(queue[0]).dst);
            let has = |inbox: &[u32], queue: &[u32]| inbox.chunk_by(channel).any(|other| other == queue);
            for queue in old.chunk_by(channel).filter(|queue| !has(new, queue)) {
                flows.remove(&pair(queue));
            }
            for queue in new.chunk_by(channel).filter(|queue| !has(old, queue)) {
                let messages = queue.iter().map(|&number| envelope(number).msg.clone());
                flows.insert(pair(queue), messages.collect());
            }
        }
    }
}

/// Calls with each number that one of two sorted lists has more often: `true` if it is the second.
fn changes(mut old: &[u32], mut new: &[u32], mut change: impl FnMut(u32, bool)) {
    loop {
        match (old.split_first(), new.split_first()) {
            (Some((one, rest)), Some((other, others))) if one == other => (old, new) = (rest, others),
            (Some((one, rest)), Some((other, _))) if one < other => {
                change(*one, false);
                old = rest;
            }
            (Some((one, rest)), None) => {
                change(*one, false);
                old = rest;
            }
            (_, Some((other, others))) => {
                change(*other, true);
                new = others;
            }
            (None, None) => return,
        }
    }
}

/// A place for a worker's state. It is left alone by work that a worker takes up while it is in the middle of other.
pub type Place<A, H> = std::sync::Mutex<Option<Rebuilt<A, H>>>;

/// Shows the state that has these component ids, built in a worker's own place if that is free.
pub fn with_state<A, C, H, O, T>(
    compiler: &Compiler<A, C, H, O>,
    places: &[Place<A, H>],
    ids: &[u32],
    look: impl FnOnce(&State<A, H>) -> T,
) -> T
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    C: Clone,
    H: Clone + Debug + Hash,
    O: Clone + Eq + Hash,
{
    let worker = rayon::current_thread_index().unwrap_or(0) % places.len();
    let Ok(mut place) = places[worker].try_lock() else { return look(&compiler.state(ids)) };
    match place.as_mut() {
        Some(rebuilt) => rebuilt.turn(compiler, ids),
        None => *place = Some(Rebuilt::new(compiler, ids)),
    }
    look(&place.as_ref().expect("it was just turned or made").state)
}
