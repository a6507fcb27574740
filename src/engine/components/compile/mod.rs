//! Compiles an actor model to component automata: runs the handlers, once per component and action, and fills the
//! tables. Reproduces stateright's `ActorModel::actions` and `next_state`, including what they treat as a no-op.
//! It must not know how states are packed, stored or searched.

pub mod component;
pub mod decode;
pub mod digest;
mod fill;
pub mod handlers;
mod initial;
pub mod rebuilt;

use crate::engine::components::intern::{stable_map, Hashed, StableMap, Values};
use crate::engine::components::questions::Observer;
use crate::engine::components::tables::{Effect, Fields, Tables, MOST_COMPONENTS};
use crate::engine::fault::blame;
use crate::engine::{clash_note, Identity, LocalBoundary, Refusal};
use component::{Component, Delivery};
use decode::check_network;
use stateright::actor::{is_no_op, is_no_op_with_timer, Actor, ActorModel, Command, Envelope, Id, LossyNetwork, Out};
use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// One action of a component, by numbers; which actor acts is the component's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    Drop(u32),
    Deliver(u32),
    Timeout(u32),
    Crash,
    Recover,
    Choose { key: u32, option: u32 },
}

/// What an effect does to a component of its field.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Doing {
    /// Envelopes arrive, in this order.
    Arrive(Vec<u32>),
    /// The history sees envelopes received (`true`) and sent (`false`), in this order.
    Record(Vec<(bool, u32)>),
    /// The last delivered envelope becomes this one.
    Last(u32),
}

/// Components of one field, by their encodings.
pub struct Encoded {
    pub words: Vec<Arc<[u32]>>,
    numbers: StableMap<Arc<[u32]>, u32>,
}

/// A model with the tables compiled from it so far.
pub struct Compiler<A: Actor, C, H, O>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    pub model: Arc<ActorModel<A, C, H>>,
    pub tables: Tables,
    pub fields: Fields,
    pub delivery: Delivery,
    /// The boundary, if it looks at each actor by itself: then moves out of it are no moves.
    boundary: Option<LocalBoundary<A>>,
    /// False only if it need not be asked about whole states: it is declared, or the one that holds everywhere.
    pub is_bounded: bool,
    pub lenses: Vec<Observer<A, O>>,
    records: bool,
    pub states: Values<Arc<A::State>>,
    pub storages: Values<A::Storage>,
    pub timers: Values<A::Timer>,
    pub keys: Values<String>,
    pub options: Values<A::Random>,
    pub envelopes: Values<Envelope<A::Msg>>,
    pub histories: Hashed<H>,
    /// The components of the actors and the orphans.
    pub components: Vec<Encoded>,
    /// The component of the field `last` for each envelope, plus one for none at 0.
    pub lasts: Values<Option<u32>>,
    doings: StableMap<(u32, Doing), u32>,
    rows: Vec<(u32, Doing)>,
    pub acts: Vec<Act>,
}

/// Where the effects of a handler are gathered until they become rows.
#[derive(Default)]
pub struct Gathered {
    pub arrivals: Vec<(usize, Vec<u32>)>,
    pub records: Vec<(bool, u32)>,
    pub last: Option<u32>,
}

impl<A, C, H, O> Compiler<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    C: Clone,
    H: Clone + Debug + Hash,
    O: Clone + Eq + Hash,
{
    /// A compiler without any component yet.
    pub fn new(
        model: Arc<ActorModel<A, C, H>>,
        boundary: Option<LocalBoundary<A>>,
        lenses: Vec<Observer<A, O>>,
    ) -> Result<Self, Refusal> {
        let delivery = check_network(&model.init_network)?;
        let fields = Fields { actors: model.actors.len() };
        // Nothing happens to envelopes without a destination unless they can be lost.
        let movers = fields.actors + usize::from(model.lossy_network == LossyNetwork::Yes);
        let fresh: ActorModel<A, C, H> = ActorModel::new(model.cfg.clone(), model.init_history.clone());
        Ok(Compiler {
            tables: Tables::new(fields, movers, model.max_crashes, lenses.len()),
            fields,
            delivery,
            lenses,
            // Equal addresses prove that it is the function that holds everywhere. Others prove nothing: a program may have
            // that function more than once.
            is_bounded: boundary.is_none() && !std::ptr::fn_addr_eq(model.within_boundary, fresh.within_boundary),
            boundary,
            // A history without any value to tell apart is not recorded.
            records: std::mem::size_of::<H>() > 0,
            states: Values::new(),
            storages: Values::new(),
            timers: Values::new(),
            keys: Values::new(),
            options: Values::new(),
            envelopes: Values::new(),
            histories: Hashed::new(),
            components: (0..=fields.actors).map(|_| Encoded { words: Vec::new(), numbers: stable_map() }).collect(),
            lasts: Values::new(),
            doings: stable_map(),
            // The row of the effect that never changes anything comes with the tables.
            rows: vec![(fields.nothing() as u32, Doing::Arrive(Vec::new()))],
            acts: Vec::new(),
            model,
        })
    }

    /// What else the author of the model should know.
    pub fn notes(&self) -> Vec<String> {
        use std::any::type_name;
        let met = [
            (self.states.clashes, type_name::<A::State>()),
            (self.envelopes.clashes, type_name::<A::Msg>()),
            (self.storages.clashes, type_name::<A::Storage>()),
            (self.timers.clashes, type_name::<A::Timer>()),
            (self.options.clashes, type_name::<A::Random>()),
        ];
        let named = met.iter().filter(|(clashes, _)| *clashes);
        named.map(|(_, name)| clash_note(name, Identity::Value)).collect()
    }

    pub fn channel(&self, envelope: u32) -> (usize, usize) {
        let envelope = &self.envelopes[envelope];
        (envelope.src.into(), envelope.dst.into())
    }

    /// What could happen to a component; a crash comes last.
    pub fn possible(&self, component: &Component) -> Vec<Act> {
        let mut acts = Vec::new();
        for envelope in component.inbox.deliverable(self.delivery, |envelope| self.channel(envelope)) {
            if self.model.lossy_network == LossyNetwork::Yes {
                acts.push(Act::Drop(envelope));
            }
            if !component.crashed {
                acts.push(Act::Deliver(envelope));
            }
        }
        acts.extend(component.timers.iter().map(|&timer| Act::Timeout(timer)));
        for (key, options) in &component.choices {
            acts.extend(options.iter().map(|&option| Act::Choose { key: *key, option }));
        }
        if component.crashed {
            acts.push(Act::Recover);
        } else if self.model.max_crashes > 0 {
            acts.push(Act::Crash);
        }
        acts
    }

    /// What an action makes of a component, or `None` if it is no transition.
    pub fn act(&mut self, field: usize, before: &Component, act: Act) -> Option<(Component, Gathered)> {
        let model = Arc::clone(&self.model);
        let (id, actor) = (Id::from(field), &model.actors[field]);
        let local = Arc::clone(&self.states[before.state]);
        let mut state = Cow::Borrowed(&*local);
        let mut out = Out::new();
        let mut after = before.clone();
        let mut gathered = Gathered::default();
        match act {
            Act::Drop(envelope) => after.inbox.remove(envelope),
            Act::Deliver(number) => {
                let Envelope { src, msg, .. } = self.envelopes[number].clone();
                blame(|| format!("on_msg of actor {field}"), || actor.on_msg(id, &mut state, src, msg, &mut out));
                if is_no_op(&state, &out) && self.delivery != Delivery::Ordered {
                    return None;
                }
                if self.records {
                    gathered.records.push((true, number));
                }
                match self.delivery {
                    Delivery::Duplicating => gathered.last = Some(number),
                    Delivery::Unordered | Delivery::Ordered => after.inbox.remove(number),
                }
            }
            Act::Timeout(number) => {
                let timer = &self.timers[number];
                blame(|| format!("on_timeout of actor {field}"), || actor.on_timeout(id, &mut state, timer, &mut out));
                if is_no_op_with_timer(&state, &out, timer) {
                    return None;
                }
                after.cancel_timer(number);
            }
            Act::Choose { key, option } => {
                let option = &self.options[option];
                blame(|| format!("on_random of actor {field}"), || actor.on_random(id, &mut state, option, &mut out));
                after.remove_choice(key);
            }
            Act::Crash => {
                after.timers.clear();
                after.choices.clear();
                after.crashed = true;
            }
            Act::Recover => {
                let storage = before.storage.map(|storage| self.storages[storage].clone());
                let start = || actor.on_start(id, &storage, &mut out);
                state = Cow::Owned(blame(|| format!("on_start of actor {field}"), start));
                after.crashed = false;
            }
        }
        if let Cow::Owned(next) = state {
            after.state = self.states.intern(Arc::new(next));
        }
        self.obey(field, out, &mut after, &mut gathered);
        Some((after, gathered))
    }

    /// Carries out a handler's commands: on its own component at once, on others as gathered effects.
    pub fn obey(&mut self, field: usize, out: Out<A>, component: &mut Component, gathered: &mut Gathered) {
        for command in out {
            match command {
                Command::Send(dst, msg) => {
                    let envelope = self.envelopes.intern(Envelope { src: Id::from(field), dst, msg });
                    if self.records {
                        gathered.records.push((false, envelope));
                    }
                    let target = usize::from(dst).min(self.fields.actors);
                    if target == field {
                        component.inbox.send(self.delivery, envelope, |envelope| self.channel(envelope));
                    } else if let Some((_, bundle)) = gathered.arrivals.iter_mut().find(|(other, _)| *other == target) {
                        bundle.push(envelope);
                    } else {
                        gathered.arrivals.push((target, vec![envelope]));
                    }
                }
                Command::SetTimer(timer, _) => component.set_timer(self.timers.intern(timer)),
                Command::CancelTimer(timer) => component.cancel_timer(self.timers.intern(timer)),
                Command::ChooseRandom(key, options) => {
                    let key = self.keys.intern(key);
                    if options.is_empty() {
                        component.remove_choice(key);
                    } else {
                        let options = options.into_iter().map(|option| self.options.intern(option)).collect();
                        component.set_choice(key, options);
                    }
                }
                Command::Save(storage) => component.storage = Some(self.storages.intern(storage)),
            }
        }
    }

    fn effects_of(&mut self, gathered: Gathered) -> Vec<Effect> {
        let mut doings: Vec<(usize, Doing)> = Vec::new();
        for (field, mut envelopes) in gathered.arrivals {
            if self.delivery != Delivery::Ordered {
                envelopes.sort_unstable();
            }
            doings.push((field, Doing::Arrive(envelopes)));
        }
        doings.extend(gathered.last.map(|envelope| (self.fields.last(), Doing::Last(envelope))));
        if !gathered.records.is_empty() {
            doings.push((self.fields.history(), Doing::Record(gathered.records)));
        }
        let row =
            |(field, doing): (usize, Doing)| Effect { field: field as u32, row: self.row_of(field as u32, doing) };
        doings.into_iter().map(row).collect()
    }

    fn row_of(&mut self, field: u32, doing: Doing) -> u32 {
        let key = (field, doing);
        if let Some(&row) = self.doings.get(&key) {
            return row;
        }
        let row = self.tables.add_row();
        self.rows.push(key.clone());
        self.doings.insert(key, row);
        row
    }

    pub fn recorded(&self, mut history: H, records: &[(bool, u32)]) -> H {
        for &(received, number) in records {
            let Envelope { src, dst, msg } = &self.envelopes[number];
            let envelope = Envelope { src: *src, dst: *dst, msg };
            let (record, name) = match received {
                true => (self.model.record_msg_in, "record_msg_in"),
                false => (self.model.record_msg_out, "record_msg_out"),
            };
            if let Some(next) = blame(|| name.into(), || record(&self.model.cfg, &history, envelope)) {
                history = next;
            }
        }
        history
    }

    pub fn intern_last(&mut self, last: Option<u32>) -> u32 {
        let number = self.lasts.intern(last);
        if number == self.tables.counts[self.fields.last()] {
            self.tables.add_component(self.fields.last(), false);
        }
        number
    }

    pub fn intern_history(&mut self, history: H) -> u32 {
        let number = self.histories.intern(history);
        if number == self.tables.counts[self.fields.history()] {
            self.tables.add_component(self.fields.history(), false);
        }
        number
    }

    pub fn intern_component(&mut self, field: usize, component: &Component) -> Result<u32, Refusal> {
        self.intern_words(field, component.encode(), component.crashed)
    }

    pub fn intern_words(&mut self, field: usize, words: Vec<u32>, crashed: bool) -> Result<u32, Refusal> {
        let encoded = &mut self.components[field];
        if let Some(&number) = encoded.numbers.get(words.as_slice()) {
            return Ok(number);
        }
        let number = encoded.words.len() as u32;
        if field < self.fields.actors {
            let state = words[0];
            for (lens, observer) in self.lenses.iter_mut().enumerate() {
                let seen = observer.observe(field, state, &self.states[state]);
                self.tables.observations[lens][field].push(seen);
            }
        }
        if number >= MOST_COMPONENTS {
            return Err(Refusal::Unsupported(format!("actor {field} has more than {MOST_COMPONENTS} components")));
        }
        let words: Arc<[u32]> = words.into();
        encoded.words.push(Arc::clone(&words));
        encoded.numbers.insert(words, number);
        self.tables.add_component(field, crashed);
        Ok(number)
    }
}
