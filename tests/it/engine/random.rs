//! Small actor systems drawn at random: whatever a handler does follows from a seed. Every feature of an actor model
//! occurs: timers, random choices, storage, crashes, loss, all networks, history and boundaries.

use stateright::actor::{Actor, ActorModel, ActorModelState, Envelope, Id, LossyNetwork, Network, Out};
use stateright::Expectation;
use std::borrow::Cow;
use std::time::Duration;

/// What a random system is made from.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub seed: u64,
    pub actors: usize,
    pub messages: u8,
    pub values: u8,
    pub fuel: u8,
    pub network: u8,
    pub lossy: bool,
    pub max_crashes: usize,
    pub has_timers: bool,
    pub has_choices: bool,
    pub has_history: bool,
    pub boundary: Option<usize>,
    pub saves: bool,
    pub panics: bool,
}

/// A number that follows from the recipe and these parts.
pub fn draw(seed: u64, parts: &[u64]) -> u64 {
    let mut mixed = seed ^ 0x9E37_79B9_7F4A_7C15;
    for part in parts {
        mixed = (mixed ^ part).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed ^= mixed >> 29;
        mixed = mixed.wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 32;
    }
    mixed
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Local {
    pub value: u8,
    pub fuel: u8,
}

#[derive(Clone)]
pub struct Node(pub Recipe);

impl Node {
    /// Acts as drawn: may send, set and cancel timers, offer and withdraw choices, save.
    fn act(&self, id: Id, drawn: u64, local: &Local, out: &mut Out<Self>) {
        let recipe = &self.0;
        let bits = |from: u32, modulus: u64| (drawn >> from) % modulus;
        // Some destinations do not exist, some are the actor itself.
        for number in 0..[0, 1, 1, 2][bits(0, 4) as usize] {
            let dst = Id::from((bits(8 + number, 7) as usize) % (recipe.actors + usize::from(bits(30, 5) == 0)));
            out.send(dst, (bits(12 + number, 16) as u8) % recipe.messages);
        }
        if recipe.has_timers {
            match bits(20, 5) {
                0 => out.set_timer(bits(24, 2) as u8, Duration::ZERO..Duration::ZERO),
                1 => out.cancel_timer(bits(24, 2) as u8),
                _ => {}
            }
        }
        if recipe.has_choices {
            let key = ["one", "two"][bits(36, 2) as usize];
            match bits(33, 6) {
                0 => out.choose_random(key, vec![bits(38, 3) as u8, bits(40, 3) as u8]),
                1 => out.remove_random(key),
                _ => {}
            }
        }
        if recipe.saves && bits(44, 3) == 0 {
            out.save(local.value);
        }
        let _ = id;
    }

    fn handle(&self, id: Id, state: &mut Cow<Local>, event: &[u64], out: &mut Out<Self>) {
        if state.fuel == 0 {
            return;
        }
        let mut parts = vec![usize::from(id) as u64 % 2, u64::from(state.value)];
        parts.extend(event);
        let drawn = draw(self.0.seed, &parts);
        match drawn % 6 {
            0 => {}
            // A write that changes nothing is a transition all the same.
            1 => {
                state.to_mut();
            }
            _ => {
                let next = Local { value: (drawn >> 50) as u8 % self.0.values, fuel: state.fuel - 1 };
                self.act(id, drawn >> 3, &next, out);
                *state = Cow::Owned(next);
            }
        }
    }
}

/// Whether an actor panics at a message, if it may.
pub fn is_fatal(seed: u64, local: &Local, message: u8) -> bool {
    draw(seed, &[40, u64::from(local.value), u64::from(local.fuel), u64::from(message)]).is_multiple_of(7)
}

/// What it says then.
pub fn fatal(local: &Local, message: u8) -> String {
    format!("message {message} in {local:?}")
}

impl Actor for Node {
    type Msg = u8;
    type State = Local;
    type Timer = u8;
    type Random = u8;
    type Storage = u8;

    fn on_start(&self, id: Id, storage: &Option<u8>, out: &mut Out<Self>) -> Local {
        let parts = [usize::from(id) as u64, storage.map_or(99, u64::from)];
        let drawn = draw(self.0.seed, &parts);
        let local = Local { value: storage.unwrap_or((drawn >> 50) as u8 % self.0.values), fuel: self.0.fuel };
        if storage.is_none() || drawn.is_multiple_of(4) {
            self.act(id, drawn >> 2, &local, out);
        }
        local
    }

    fn on_msg(&self, id: Id, state: &mut Cow<Local>, src: Id, msg: u8, out: &mut Out<Self>) {
        assert!(!self.0.panics || !is_fatal(self.0.seed, state, msg), "{}", fatal(state, msg));
        self.handle(id, state, &[1, u64::from(msg), usize::from(src) as u64 % 2], out);
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<Local>, timer: &u8, out: &mut Out<Self>) {
        if draw(self.0.seed, &[7, u64::from(*timer), u64::from(state.value)]).is_multiple_of(4) {
            // Renewing just the timer that fired is no transition.
            out.set_timer(*timer, Duration::ZERO..Duration::ZERO);
            return;
        }
        self.handle(id, state, &[2, u64::from(*timer)], out);
    }

    fn on_random(&self, id: Id, state: &mut Cow<Local>, random: &u8, out: &mut Out<Self>) {
        self.handle(id, state, &[3, u64::from(*random)], out);
    }
}

pub type History = Vec<u8>;
pub type Model = ActorModel<Node, Recipe, History>;

fn record(recipe: &Recipe, history: &History, kind: u64, envelope: Envelope<&u8>) -> Option<History> {
    let parts = [kind, u64::from(*envelope.msg), usize::from(envelope.src) as u64, history.len() as u64];
    draw(recipe.seed, &parts).is_multiple_of(3).then(|| {
        let mut next = history.clone();
        next.push(*envelope.msg);
        next.truncate(3);
        next
    })
}

/// A number that follows from all that a state holds.
fn digest(recipe: &Recipe, state: &ActorModelState<Node, History>) -> u64 {
    let mut parts: Vec<u64> = state.actor_states.iter().map(|local| u64::from(local.value)).collect();
    parts.extend(state.history.iter().map(|&part| u64::from(part)));
    parts.push(state.network.len() as u64);
    parts.extend(state.crashed.iter().map(|&crashed| u64::from(crashed)));
    parts.extend(state.timers_set.iter().map(|timers| timers.iter().count() as u64));
    draw(recipe.seed, &parts)
}

/// The system that follows from a recipe, with nothing that looks at whole states, and nothing recorded.
pub fn system<H: Clone + std::fmt::Debug + std::hash::Hash>(
    recipe: &Recipe,
    history: H,
) -> ActorModel<Node, Recipe, H> {
    let first = |number: u64| Envelope {
        src: Id::from((draw(recipe.seed, &[20, number]) % (recipe.actors as u64 + 1)) as usize),
        dst: Id::from((draw(recipe.seed, &[21, number]) % (recipe.actors as u64 + 1)) as usize),
        msg: (draw(recipe.seed, &[22, number]) % u64::from(recipe.messages)) as u8,
    };
    let envelopes: Vec<_> = (0..draw(recipe.seed, &[23]) % 3).map(first).collect();
    let network = match recipe.network {
        0 => Network::new_ordered(envelopes),
        1 => Network::new_unordered_nonduplicating(envelopes),
        2 => Network::new_unordered_duplicating(envelopes),
        _ => Network::new_unordered_duplicating_with_last_msg(envelopes, Some(first(9))),
    };
    ActorModel::new(recipe.clone(), history)
        .actors((0..recipe.actors).map(|_| Node(recipe.clone())))
        .init_network(network)
        .lossy_network(if recipe.lossy { LossyNetwork::Yes } else { LossyNetwork::No })
        .max_crashes(recipe.max_crashes)
}

/// The system that follows from a recipe.
pub fn model(recipe: &Recipe) -> Model {
    let mut model = system(recipe, Vec::new())
        .property(Expectation::Always, "always", |model, state| !digest(&model.cfg, state).is_multiple_of(41))
        .property(Expectation::Sometimes, "sometimes", |model, state| digest(&model.cfg, state) % 97 == 1)
        .property(Expectation::Sometimes, "never", |_, _| false)
        .property(Expectation::Eventually, "eventually", |model, state| digest(&model.cfg, state).is_multiple_of(5));
    if recipe.has_history {
        model = model
            .record_msg_in(|recipe, history, envelope| record(recipe, history, 30, envelope))
            .record_msg_out(|recipe, history, envelope| record(recipe, history, 31, envelope));
    }
    if recipe.boundary.is_some() {
        model = model.within_boundary(|recipe, state| {
            state.network.len() <= recipe.boundary.unwrap_or(usize::MAX) && !digest(recipe, state).is_multiple_of(19)
        });
    }
    model
}
