//! The handlers as tables: every type-correct local state, every message, and what each event makes of each local state.
//! It calls the model's own actors, and knows no invariant.

use super::Refusal;
use crate::family::{envelopes, Family, Induction, Local, Message, System, Timer};
use stateright::actor::{is_no_op, is_no_op_with_timer, Actor, Command, Envelope, Id, Out};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// More transitions than these are not tabulated.
const MOST_TRANSITIONS: usize = 5_000_000;
/// More local states of one node than these are not tabulated.
const MOST_LOCALS: usize = 200_000;

/// What may happen to a node.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event<T> {
    /// This message is delivered, an index of [`Tables::messages`].
    Deliver(u32),
    /// This timer of this node fires.
    Timeout(usize, T),
}

/// What an event makes of a local state.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Transition {
    /// The local state before, an index of [`Tables::locals`] of its node.
    pub from: u32,
    /// The local state after.
    pub to: u32,
    /// The messages sent, indices of [`Tables::messages`], in ascending order.
    pub sends: Vec<u32>,
    /// The facts made, indices of [`Tables::facts`], in ascending order.
    pub facts: Vec<u32>,
}

/// A local state, as one that equals itself: stateright does not ask actors to say so.
#[derive(Clone, PartialEq, Hash)]
pub struct Exact<T>(pub T);

impl<T: PartialEq> Eq for Exact<T> {}

/// A local state without its facts, and the timers that are set.
pub type Timed<F> = (Exact<Local<F>>, BTreeSet<Timer<F>>);

/// The handlers of a model as tables.
pub struct Tables<F: Family> {
    /// The local states of each node; the first is its initial one.
    pub locals: Vec<Vec<Timed<F>>>,
    /// The messages.
    pub messages: Vec<Envelope<Message<F>>>,
    /// The node of each fact.
    pub facts: Vec<usize>,
    /// Of each fact, the local states that it may be found in: handlers make it on some way there.
    pub may_have: Vec<BTreeSet<usize>>,
    /// Of each fact, the local states that it must be found in: handlers make it on every way there.
    pub must_have: Vec<BTreeSet<usize>>,
    /// What each event makes of the local states of its node that it changes; without the events that others stand for
    /// because their nodes are alike.
    pub events: BTreeMap<Event<Timer<F>>, Vec<Transition>>,
    /// The messages sent at first.
    pub first: BTreeSet<u32>,
    index: HashMap<Envelope<Message<F>>, u32>,
}

impl<F: Family> Tables<F> {
    /// The tables of a model.
    ///
    /// # Errors
    /// If the actors do what induction does not take, or there are too many local states.
    pub fn new(model: &System<F>, induction: &Induction<F>) -> Result<Self, Refusal> {
        let mut builder = Builder::new(model, induction);
        for seed in &induction.seeds {
            builder.message(seed.clone());
        }
        builder.start()?;
        builder.close()?;
        builder.follow_facts();
        Ok(builder.tables)
    }

    /// The number of a message, if there is such a message.
    pub fn message(&self, envelope: &Envelope<Message<F>>) -> Option<u32> {
        self.index.get(envelope).copied()
    }

    /// The node that an event happens to.
    pub fn node(&self, event: &Event<Timer<F>>) -> usize {
        match event {
            Event::Deliver(message) => self.messages[*message as usize].dst.into(),
            Event::Timeout(node, _) => *node,
        }
    }
}

/// What a handler did: the local state, its timers, what was sent.
struct Outcome<F: Family> {
    local: Local<F>,
    timers: BTreeSet<Timer<F>>,
    sends: Vec<Envelope<Message<F>>>,
}

struct Builder<'a, F: Family> {
    model: &'a System<F>,
    induction: &'a Induction<F>,
    tables: Tables<F>,
    numbers: Vec<HashMap<Timed<F>, u32>>,
    inboxes: Vec<Vec<u32>>,
    /// Of each node, the numbers of its facts.
    facts: Vec<Vec<u32>>,
    /// Of each node that has facts, which local state leads to which, and which facts are made on the way.
    paths: Vec<Vec<(u32, u32, Vec<u32>)>>,
    transitions: usize,
}

impl<'a, F: Family> Builder<'a, F> {
    fn new(model: &'a System<F>, induction: &'a Induction<F>) -> Self {
        let nodes = model.actors.len();
        let tables = Tables {
            locals: vec![Vec::new(); nodes],
            messages: Vec::new(),
            facts: induction.facts.iter().map(|fact| fact.node.into()).collect(),
            may_have: vec![BTreeSet::new(); induction.facts.len()],
            must_have: vec![BTreeSet::new(); induction.facts.len()],
            events: BTreeMap::new(),
            first: BTreeSet::new(),
            index: HashMap::new(),
        };
        let numbers = (0..nodes).map(|_| HashMap::new()).collect();
        let mut facts = vec![Vec::new(); nodes];
        (0..).zip(&tables.facts).for_each(|(number, node)| facts[*node].push(number));
        let (inboxes, paths) = (vec![Vec::new(); nodes], vec![Vec::new(); nodes]);
        Builder { model, induction, tables, numbers, inboxes, facts, paths, transitions: 0 }
    }

    fn message(&mut self, envelope: Envelope<Message<F>>) -> u32 {
        if let Some(number) = self.tables.index.get(&envelope) {
            return *number;
        }
        let number = self.tables.messages.len() as u32;
        if let Some(inbox) = self.inboxes.get_mut(usize::from(envelope.dst)) {
            inbox.push(number);
        }
        self.tables.messages.push(envelope.clone());
        self.tables.index.insert(envelope, number);
        number
    }

    fn start(&mut self) -> Result<(), Refusal> {
        let mut first: BTreeSet<u32> = BTreeSet::new();
        for envelope in envelopes::<F>(&self.model.init_network).into_keys() {
            first.insert(self.message(envelope));
        }
        for (node, actor) in self.model.actors.iter().enumerate() {
            let mut out = Out::new();
            let local = actor.on_start(node.into(), &None, &mut out);
            let outcome = outcome::<F>(node, local, BTreeSet::new(), &out)?;
            let (_, sends, facts) = self.record(node, outcome)?;
            if !facts.is_empty() {
                return Err(Refusal::Unsupported("a node has a fact at first".into()));
            }
            first.extend(sends);
        }
        self.tables.first = first;
        Ok(())
    }

    /// Numbers what a handler did: the local state without its facts, what was sent, the facts.
    fn record(&mut self, node: usize, outcome: Outcome<F>) -> Result<(u32, Vec<u32>, Vec<u32>), Refusal> {
        let stripped = (self.induction.strip)(&outcome.local);
        let fact = |number: &u32| &self.induction.facts[*number as usize];
        let is_made = |number: &u32| (fact(number).is_in)(&outcome.local);
        let facts: Vec<u32> = self.facts[node].iter().copied().filter(is_made).collect();
        let mut again = stripped.clone();
        facts.iter().for_each(|number| (fact(number).add_to)(&mut again));
        if again != outcome.local {
            let what = format!("a node remembers what is not among the facts: {:?}", outcome.local);
            return Err(Refusal::Unsupported(what));
        }
        let sends: BTreeSet<u32> = outcome.sends.into_iter().map(|envelope| self.message(envelope)).collect();
        let (locals, numbers) = (&mut self.tables.locals[node], &mut self.numbers[node]);
        let number = *numbers.entry((Exact(stripped), outcome.timers)).or_insert_with_key(|key| {
            locals.push(key.clone());
            (locals.len() - 1) as u32
        });
        Ok((number, sends.into_iter().collect(), facts))
    }

    /// Calls every handler on every local state with every message, until neither becomes more.
    fn close(&mut self) -> Result<(), Refusal> {
        let nodes = self.model.actors.len();
        let mut done = vec![(0, 0); nodes];
        loop {
            let mut is_closed = true;
            for (node, done) in done.iter_mut().enumerate() {
                let (locals, messages) = (self.tables.locals[node].len(), self.inboxes[node].len());
                let (old_locals, old_messages) = *done;
                is_closed &= (locals, messages) == *done;
                for from in 0..locals {
                    let is_old = from < old_locals;
                    let local = self.tables.locals[node][from].clone();
                    for place in (if is_old { old_messages } else { 0 })..messages {
                        self.take(node, from, &local, Event::Deliver(self.inboxes[node][place]))?;
                    }
                    for timer in local.1.iter().filter(|_| !is_old) {
                        self.take(node, from, &local, Event::Timeout(node, timer.clone()))?;
                    }
                }
                *done = (locals, messages);
            }
            if is_closed {
                return Ok(());
            }
        }
    }

    /// Tabulates what an event makes of a local state.
    fn take(&mut self, node: usize, from: usize, local: &Timed<F>, event: Event<Timer<F>>) -> Result<(), Refusal> {
        let (Exact(local), timers) = local;
        let Some(outcome) = self.call(node, local, timers, &event)? else {
            return Ok(());
        };
        if !self.facts[node].is_empty() {
            self.require_blind(node, local, timers, &event, &outcome)?;
        }
        let (to, sends, facts) = self.record(node, outcome)?;
        if to as usize == from && sends.is_empty() && facts.is_empty() {
            return Ok(());
        }
        let from = from as u32;
        if !self.facts[node].is_empty() {
            self.paths[node].push((from, to, facts.clone()));
        }
        if !self.is_like_another(&event) {
            self.transitions += 1;
            self.tables.events.entry(event).or_default().push(Transition { from, to, sends, facts });
        }
        let locals = self.tables.locals[node].len();
        if self.transitions > MOST_TRANSITIONS || locals > MOST_LOCALS {
            return Err(Refusal::TooLarge);
        }
        Ok(())
    }

    /// True iff an event is that of a node, or with a node, for which the first node that is alike stands.
    fn is_like_another(&self, event: &Event<Timer<F>>) -> bool {
        let alike = &self.induction.alike;
        let is_other = |node: Id| alike.iter().skip(1).any(|other| *other == node);
        match event {
            Event::Timeout(node, _) => is_other((*node).into()),
            Event::Deliver(message) => {
                let Envelope { src, dst, .. } = self.tables.messages[*message as usize];
                (is_other(src) || is_other(dst)) && !(alike.contains(&src) && alike.contains(&dst))
            }
        }
    }

    /// Finds the local states that may, and that must, have each fact: those on some way, and not on any other, from a
    /// handler that makes it.
    fn follow_facts(&mut self) {
        for fact in 0..self.tables.facts.len() {
            let node = self.tables.facts[fact];
            let (mut all, mut without) = (Ways::new(), Ways::new());
            let mut makers = Vec::new();
            for (from, to, made) in &self.paths[node] {
                let (from, to) = (*from as usize, *to as usize);
                all.entry(from).or_default().push(to);
                if made.contains(&(fact as u32)) {
                    makers.push(to);
                } else {
                    without.entry(from).or_default().push(to);
                }
            }
            let (may_have, may_lack) = (after(makers, &all), after(vec![0], &without));
            let locals = 0..self.tables.locals[node].len();
            self.tables.must_have[fact] = locals.filter(|local| !may_lack.contains(local)).collect();
            self.tables.may_have[fact] = may_have;
        }
    }

    /// What a handler makes of an event; `None` if nothing.
    fn call(
        &self,
        node: usize,
        local: &Local<F>,
        timers: &BTreeSet<Timer<F>>,
        event: &Event<Timer<F>>,
    ) -> Result<Option<Outcome<F>>, Refusal> {
        let (actor, id) = (&self.model.actors[node], Id::from(node));
        let (mut cow, mut out, mut timers) = (Cow::Borrowed(local), Out::new(), timers.clone());
        match event {
            Event::Deliver(message) => {
                let envelope = &self.tables.messages[*message as usize];
                actor.on_msg(id, &mut cow, envelope.src, envelope.msg.clone(), &mut out);
                if is_no_op(&cow, &out) {
                    return Ok(None);
                }
            }
            Event::Timeout(_, timer) => {
                actor.on_timeout(id, &mut cow, timer, &mut out);
                if is_no_op_with_timer(&cow, &out, timer) {
                    return Ok(None);
                }
                timers.remove(timer);
            }
        }
        outcome::<F>(node, cow.into_owned(), timers, &out).map(Some)
    }

    /// Makes sure that the handler does the same in a node that remembers every fact.
    fn require_blind(
        &self,
        node: usize,
        local: &Local<F>,
        timers: &BTreeSet<Timer<F>>,
        event: &Event<Timer<F>>,
        outcome: &Outcome<F>,
    ) -> Result<(), Refusal> {
        let mut laden = local.clone();
        let facts = self.facts[node].iter().map(|number| &self.induction.facts[*number as usize]);
        facts.for_each(|fact| (fact.add_to)(&mut laden));
        let seen = self.call(node, &laden, timers, event)?;
        let is_same = seen.is_none_or(|seen| {
            let strip = self.induction.strip;
            let is_same = strip(&seen.local) == strip(&outcome.local) && seen.timers == outcome.timers;
            is_same && seen.sends == outcome.sends
        });
        let what = || Refusal::Unsupported(format!("a handler reads the facts of its node: {local:?}"));
        is_same.then_some(()).ok_or_else(what)
    }
}

/// Where each local state leads.
type Ways = HashMap<usize, Vec<usize>>;

/// These local states and all that come after them.
fn after(mut frontier: Vec<usize>, ways: &Ways) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    while let Some(local) = frontier.pop() {
        if found.insert(local) {
            frontier.extend(ways.get(&local).into_iter().flatten());
        }
    }
    found
}

/// What a handler did, from the state it left and its commands.
fn outcome<F: Family>(
    node: usize,
    local: Local<F>,
    mut timers: BTreeSet<Timer<F>>,
    out: &Out<F::Node>,
) -> Result<Outcome<F>, Refusal> {
    let mut sends = Vec::new();
    for command in out.iter() {
        match command {
            Command::Send(dst, msg) => sends.push(Envelope { src: node.into(), dst: *dst, msg: msg.clone() }),
            Command::SetTimer(timer, _) => drop(timers.insert(timer.clone())),
            Command::CancelTimer(timer) => drop(timers.remove(timer)),
            Command::Save(_) => {} // read only by a node that comes back from a crash
            Command::ChooseRandom(..) => return Err(Refusal::Unsupported("a node makes a random choice".into())),
        }
    }
    Ok(Outcome { local, timers, sends })
}
