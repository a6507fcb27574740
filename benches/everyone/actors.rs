//! Actor systems: registers with linearizability, a last-writer-wins register, pingers with timers, one lonely actor, and
//! one whose `Hash` leaves a field out.

use stateright::actor::register::{RegisterActor, RegisterMsg};
use stateright::actor::{model_timeout, Actor, ActorModel, Id, Network, Out};
use stateright::semantics::register::Register;
use stateright::semantics::LinearizabilityTester;
use stateright::Expectation;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};

type Request = u64;
type Value = char;

/// A server that answers by what it holds. With several, each is asked alone, so that reads may be stale.
#[derive(Clone)]
pub struct Cell;

impl Actor for Cell {
    type Msg = RegisterMsg<Request, Value, ()>;
    type State = Value;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> Value {
        Value::default()
    }

    fn on_msg(&self, _: Id, value: &mut Cow<Value>, from: Id, message: Self::Msg, out: &mut Out<Self>) {
        match message {
            RegisterMsg::Put(request, new) => {
                *value.to_mut() = new;
                out.send(from, RegisterMsg::PutOk(request));
            }
            RegisterMsg::Get(request) => out.send(from, RegisterMsg::GetOk(request, **value)),
            _ => {}
        }
    }
}

type History = LinearizabilityTester<Id, Register<Value>>;

/// Clients that each write and read, on so many servers that know nothing of each other.
pub fn register(clients: usize, servers: usize) -> ActorModel<RegisterActor<Cell>, (), History> {
    let client = |_| RegisterActor::Client { put_count: 1, server_count: servers };
    ActorModel::new((), LinearizabilityTester::new(Register(Value::default())))
        .actors((0..servers).map(|_| RegisterActor::Server(Cell)))
        .actors((0..clients).map(client))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "linearizable", |_, state| state.history.serialized_history().is_some())
        .property(Expectation::Sometimes, "read", |_, state| {
            let is_read = |message: &RegisterMsg<Request, Value, ()>| matches!(message, RegisterMsg::GetOk(_, 'A'));
            state.network.iter_deliverable().any(|envelope| is_read(envelope.msg))
        })
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
}

/// A replica that sets its value, advances its clock, and tells the others.
#[derive(Clone)]
pub struct Replica {
    replicas: usize,
    clocks: u8,
}

/// When a value was written, by whom, and what.
type Stamped = (u8, usize, char);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    value: Option<Stamped>,
    clock: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    Set(char),
    Tick,
}

impl Actor for Replica {
    type Msg = Stamped;
    type State = Held;
    type Timer = ();
    type Random = Choice;
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Held {
        out.choose_random("next", vec![Choice::Set('a'), Choice::Set('b'), Choice::Tick]);
        Held { value: None, clock: 0 }
    }

    fn on_random(&self, id: Id, held: &mut Cow<Held>, choice: &Choice, out: &mut Out<Self>) {
        let held = held.to_mut();
        held.clock += 1;
        if let Choice::Set(value) = choice {
            let stamped = (held.clock, usize::from(id), *value);
            held.value = Some(stamped);
            for other in (0..self.replicas).filter(|other| *other != usize::from(id)) {
                out.send(Id::from(other), stamped);
            }
        }
        if held.clock < self.clocks {
            out.choose_random("next", vec![Choice::Set('a'), Choice::Set('b'), Choice::Tick]);
        }
    }

    fn on_msg(&self, _: Id, held: &mut Cow<Held>, _: Id, stamped: Stamped, _: &mut Out<Self>) {
        let held = held.to_mut();
        held.value = held.value.max(Some(stamped));
    }
}

/// Replicas of a last-writer-wins register, each with so many ticks of its clock.
pub fn last_writer_wins(replicas: usize, clocks: u8) -> ActorModel<Replica, (), ()> {
    ActorModel::new((), ())
        .actors((0..replicas).map(|_| Replica { replicas, clocks }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "consistent when quiet", |_, state| {
            let mut values = state.actor_states.iter().map(|held| &held.value);
            let first = values.next();
            state.network.len() > 0 || values.all(|value| Some(value) == first)
        })
}

/// Pings the next one at each timeout, and counts the answers.
#[derive(Clone)]
pub struct Pinger {
    pingers: usize,
    most: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ping {
    Ping,
    Pong,
}

impl Actor for Pinger {
    type Msg = Ping;
    type State = (u8, u8);
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> (u8, u8) {
        out.set_timer((), model_timeout());
        (0, 0)
    }

    fn on_msg(&self, _: Id, counts: &mut Cow<(u8, u8)>, from: Id, message: Ping, out: &mut Out<Self>) {
        match message {
            Ping::Ping => out.send(from, Ping::Pong),
            Ping::Pong => counts.to_mut().1 += 1,
        }
    }

    fn on_timeout(&self, id: Id, counts: &mut Cow<(u8, u8)>, (): &(), out: &mut Out<Self>) {
        if counts.0 < self.most {
            counts.to_mut().0 += 1;
            out.send(Id::from((usize::from(id) + 1) % self.pingers), Ping::Ping);
        }
        // Set for good: stateright's fingerprint takes one actor's timer for its neighbour's.
        out.set_timer((), model_timeout());
    }
}

/// So many pingers, each with so many pings.
pub fn pingers(pingers: usize, most: u8) -> ActorModel<Pinger, (), ()> {
    ActorModel::new((), ())
        .actors((0..pingers).map(|_| Pinger { pingers, most }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "no more pongs than pings", |_, state| {
            state.actor_states.iter().all(|counts| counts.1 <= counts.0)
        })
}

/// Three wheels that turn one at a time.
#[derive(Clone)]
pub struct Odometer(u8);

impl Actor for Odometer {
    type Msg = ();
    type State = [u8; 3];
    type Timer = ();
    type Random = u8;
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> [u8; 3] {
        out.choose_random("wheel", vec![0, 1, 2]);
        [0; 3]
    }

    fn on_random(&self, _: Id, wheels: &mut Cow<[u8; 3]>, wheel: &u8, out: &mut Out<Self>) {
        let wheel = usize::from(*wheel);
        if wheels[wheel] + 1 < self.0 {
            wheels.to_mut()[wheel] += 1;
        }
        out.choose_random("wheel", vec![0, 1, 2]);
    }
}

/// One actor of `digits` cubed states.
pub fn odometer(digits: u8) -> ActorModel<Odometer, (), ()> {
    ActorModel::new((), ()).actor(Odometer(digits)).init_network(Network::new_unordered_nonduplicating([])).property(
        Expectation::Always,
        "within",
        |_, state| state.actor_states[0].iter().all(|wheel| *wheel < 61),
    )
}

/// A number, and how often it was changed, which its hash leaves out.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    number: u8,
    times: u32,
}

impl Hash for Changed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

/// Adds 1 or 16, so many times.
#[derive(Clone)]
pub struct Adder(u32);

impl Actor for Adder {
    type Msg = ();
    type State = Changed;
    type Timer = ();
    type Random = u8;
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Changed {
        out.choose_random("step", vec![1, 16]);
        Changed { number: 0, times: 0 }
    }

    fn on_random(&self, _: Id, changed: &mut Cow<Changed>, step: &u8, out: &mut Out<Self>) {
        if changed.times < self.0 {
            let changed = changed.to_mut();
            *changed = Changed { number: changed.number.wrapping_add(*step), times: changed.times + 1 };
            out.choose_random("step", vec![1, 16]);
        }
    }
}

/// One actor of 256 states by hash, and 256 for each change by value.
pub fn careless(changes: u32) -> ActorModel<Adder, (), ()> {
    ActorModel::new((), ()).actor(Adder(changes)).init_network(Network::new_unordered_nonduplicating([])).property(
        Expectation::Sometimes,
        "never",
        |_, _| false,
    )
}
