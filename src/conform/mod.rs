//! Whether a run on real sockets was a behaviour of the model. The logs of its nodes are merged into one path, and every
//! step of it is executed on stateright's `ActorModel`: the run conforms if each is enabled and has the effect that the
//! log tells.
//!
//! # How events that the logs leave unordered are treated
//!
//! A log orders the events of its node, and each message that was received names the record of the same instance that
//! sent it; unless the network duplicates, no two deliveries name the same sending, and on an ordered network a flow's
//! messages arrive in the order in which they were sent. (A log that breaks one of these deviates.) Events that these
//! relations leave unordered are at different nodes. In the model such events commute: each reads and changes one node's
//! state, takes an envelope that only that node can take, and adds envelopes. (A crash is not logged by the one who
//! crashed; it is placed just before the recovery, so that no two nodes are down at once. On an ordered network the
//! envelopes lost before one that arrived are dropped just before its delivery.) So all orders that respect the relations
//! lead through enabled steps to the same state, or none does, and one of them is enough: there is nothing to search. Of
//! the events that may come next the one with the least time is taken; the nodes' clocks need not agree, they decide how
//! the path reads, which of several deviations is named, and nothing else. What a path settles does not depend on the
//! order either: votes and what learners have learned only grow, and the other properties look at one node each.

mod deviation;
mod effect;
mod gather;
mod report;
mod text;

pub use deviation::Deviation;
pub use gather::{family_of_logs, gather, logs_in, require_name, Gathered};
pub use report::{is_as_expected, Conformance, Instance, Settled};
pub use text::{render, render_deviation};

use crate::engine::Ask;
use crate::family::{
    successors, Action, Deployable, Global, Kind, Local, Message, Property, Question, Roster, Storage, System,
};
use crate::input::InputError;
use crate::nodes::log::{Event, Record, Sending};
use crate::trace::Wording;
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// One instance of the protocol in a run.
#[derive(Clone)]
pub struct Path<F: Deployable> {
    /// The instance.
    pub instance: u32,
    /// The path of the model that the logs tell, up to the first event that deviates.
    pub actions: Vec<Action<F>>,
    /// Messages that arrived and had no effect.
    pub ignored: usize,
    /// Further ones, which have no record of their own.
    pub unrecorded: u64,
    /// Nodes that came back from a crash.
    pub recoveries: usize,
    /// Each property that the path settles, with the length of the path then, in the order of reports.
    pub settled: Vec<(Property<F>, usize)>,
    /// Each property whose premise some state of the path meets.
    pub premises: Vec<Property<F>>,
    /// The nodes' states at the end.
    pub locals: Vec<Local<F>>,
    /// The first event that no enabled step explains.
    pub deviation: Option<Box<Deviation>>,
}

impl<F: Deployable> Path<F> {
    /// The always-properties that the path violates.
    pub fn violated(&self) -> impl Iterator<Item = (Property<F>, usize)> + '_ {
        self.settled.iter().copied().filter(|(property, _)| property.kind == Kind::Always)
    }
}

/// A node after an event, and what it sent.
#[derive(Clone, Debug, PartialEq)]
struct Effect<F: Deployable> {
    local: Local<F>,
    /// What it has on stable storage.
    stored: Option<Storage<F>>,
    sent: Vec<(String, Message<F>)>,
}

/// The state of the model that the logs have led to so far.
struct Execution<'a, F: Deployable> {
    model: System<F>,
    wording: Wording<F>,
    gathered: &'a Gathered<F>,
    properties: Vec<(Property<F>, Question<F>)>,
    /// The premises that no state has met yet.
    premises: Vec<(Property<F>, Question<F>)>,
    state: Global<F>,
    path: Path<F>,
    /// For each node the number of the last record that was executed.
    done: Vec<Option<u64>>,
    /// For each sending that was received, by receiver and sender, whether it was taken then.
    heard: BTreeMap<(usize, String, Sending), bool>,
}

/// Follows the logs of one instance along the model.
///
/// # Errors
/// If the logs cannot tell: one that another refers to is missing or ends too early.
pub fn follow<F: Deployable>(gathered: &Gathered<F>, instance: u32) -> Result<Path<F>, InputError> {
    follow_counting(gathered, instance, &AtomicU64::default())
}

/// The same, with each record that it has followed added to a gauge.
///
/// # Errors
/// Likewise.
pub fn follow_counting<F: Deployable>(
    gathered: &Gathered<F>,
    instance: u32,
    followed: &AtomicU64,
) -> Result<Path<F>, InputError> {
    let model = gathered.spec.model();
    let wording = Wording::new(&model);
    let state = model.init_states().swap_remove(0);
    let nodes = model.actors.len();
    let path = Path {
        instance,
        actions: Vec::new(),
        ignored: 0,
        unrecorded: 0,
        recoveries: 0,
        settled: Vec::new(),
        premises: Vec::new(),
        locals: Vec::new(),
        deviation: None,
    };
    let properties =
        gathered.spec.properties.iter().map(|property| (*property, property.question(&model.cfg))).collect();
    let premises = gathered.spec.properties.iter();
    let premises = premises
        .filter_map(|property| Some((*property, Question::Seen(property.premise_question(&model.cfg)?))))
        .collect();
    let mut execution = Execution {
        model,
        wording,
        gathered,
        properties,
        premises,
        state,
        path,
        done: vec![None; nodes],
        heard: BTreeMap::new(),
    };
    execution.look(None);
    let mut pending: Vec<_> = gathered.records(instance);
    loop {
        let heads = pending.iter().enumerate().filter_map(|(node, records)| Some((node, records.first()?)));
        let ready = heads.filter(|(_, record)| execution.is_ready(record));
        let Some((node, record)) = ready.min_by_key(|(node, record)| (gathered.time(*node, record), *node)) else {
            break;
        };
        if let Err(deviation) = execution.execute(node, record) {
            execution.path.deviation = Some(deviation);
            return Ok(execution.finish(false));
        }
        execution.done[node] = Some(record.n);
        followed.fetch_add(1, Ordering::Relaxed);
        pending[node] = &pending[node][1..];
    }
    for (node, records) in pending.iter().enumerate() {
        records.first().map_or(Ok(()), |record| gathered.require_sender(node, record))?;
    }
    let mut starts = 0..pending.len();
    let stuck = starts.find_map(|node| execution.waits_for_itself(node, &pending));
    if let Some((node, record)) = stuck {
        execution.path.deviation = Some(execution.deviates(node, record, "it was received before it was sent"));
    }
    Ok(execution.finish(stuck.is_none() && !gathered.is_live()))
}

/// A message that was received: from whom, the sending, the message.
fn received<F: Deployable>(event: &Event<F>) -> Option<(&str, Sending, &Message<F>)> {
    match event {
        Event::Deliver { from, cause, message } | Event::Ignore { from, cause, message } => {
            Some((from, *cause, message))
        }
        Event::Start | Event::Recover | Event::Fire(_) | Event::Choose { .. } | Event::Unrecorded(_) => None,
    }
}

impl<F: Deployable> Execution<'_, F> {
    fn roster(&self) -> &Roster {
        &self.wording.roster
    }

    /// True iff everything that must come before the record has, or never will: what it names as its sending is of
    /// another instance.
    fn is_ready(&self, record: &Record<F>) -> bool {
        received(&record.event).is_none_or(|(from, cause, _)| {
            let sender = usize::from(self.sender(from));
            self.done[sender].is_some_and(|done| done >= cause.0) || self.gathered.is_elsewhere(record, from, cause)
        })
    }

    fn sender(&self, name: &str) -> Id {
        self.roster().id(name).expect("logs that name another node are refused when they are gathered")
    }

    /// A record on a cycle of records that wait for each other, found from the next one of a node.
    fn waits_for_itself<'r>(&self, mut node: usize, pending: &[&'r [Record<F>]]) -> Option<(usize, &'r Record<F>)> {
        let mut seen = BTreeSet::new();
        while seen.insert(node) {
            let (from, cause, _) = received(&pending[node].first()?.event)?;
            node = self.sender(from).into();
            // A log that is still being written may end before the record that is waited for.
            pending[node].last().filter(|last| last.n >= cause.0)?;
        }
        Some((node, pending[node].first()?))
    }

    /// Notes that a sending was received.
    ///
    /// # Errors
    /// If it was before, and the network does not duplicate; or if the network is ordered and a later one was.
    fn hear(&mut self, node: usize, event: &Event<F>) -> Result<(), &'static str> {
        let Some((from, cause, _)) = received(event) else { return Ok(()) };
        let is_taken = matches!(event, Event::Deliver { .. });
        let flow = (node, from.to_string());
        let earlier = self.heard.insert((flow.0, flow.1.clone(), cause), is_taken);
        match (&self.state.network, earlier) {
            (Network::UnorderedDuplicating(..), _) | (Network::UnorderedNonDuplicating(_), None) => Ok(()),
            (Network::UnorderedNonDuplicating(_), Some(false)) if is_taken => Ok(()), // it was kept
            (Network::Ordered(_), None) => {
                let last = self.heard.range((flow.0, flow.1.clone(), cause)..).nth(1);
                let is_last = last.is_none_or(|((receiver, sender, _), _)| (*receiver, sender) != (flow.0, &flow.1));
                is_last.then_some(()).ok_or("something that was sent later has arrived before")
            }
            (_, Some(_)) => Err("it has arrived before"),
        }
    }

    /// Executes what a record tells.
    fn execute(&mut self, node: usize, record: &Record<F>) -> Result<(), Box<Deviation>> {
        let id = Id::from(node);
        if let Some((from, cause, message)) = received(&record.event) {
            let sent = self.gathered.sending(record.instance, from, cause);
            if !sent.is_some_and(|(to, sent)| *to == self.roster().name(id) && sent == message) {
                let what = format!("record {} of {from} mentions no such message in this instance", cause.0);
                return Err(self.deviates(node, record, &what));
            }
            if let Err(what) = self.hear(node, &record.event) {
                return Err(self.deviates(node, record, what));
            }
        }
        match (&record.event, self.done[node]) {
            (Event::Start, Some(_)) => return Err(self.deviates(node, record, "it started before")),
            (event, None) if *event != Event::Start => {
                return Err(self.deviates(node, record, "it did not start before"));
            }
            _ => {}
        }
        if matches!(&record.event, Event::Fire(timer) if !self.state.timers_set[node].iter().any(|set| set == timer)) {
            return Err(self.deviates(node, record, "that timer is not set"));
        }
        if matches!(&record.event, Event::Choose { key, random } if !self.is_open(node, key, random)) {
            return Err(self.deviates(node, record, "that choice is not open"));
        }
        let actions = match &record.event {
            Event::Unrecorded(_) => Vec::new(),
            Event::Start => Vec::new(), // the model starts with every node started
            Event::Recover => vec![ActorModelAction::Crash(id), ActorModelAction::Recover(id)],
            Event::Fire(timer) => vec![ActorModelAction::Timeout(id, timer.clone())],
            Event::Choose { key, random } => {
                vec![ActorModelAction::SelectRandom { actor: id, key: key.clone(), random: random.clone() }]
            }
            Event::Ignore { message, from, .. } | Event::Deliver { from, message, .. } => {
                let src = self.sender(from);
                let mut actions = self.drops_before(src, id, message);
                actions.push(ActorModelAction::Deliver { src, dst: id, msg: message.clone() });
                actions
            }
        };
        let told = self.told(node, record);
        let expected = match &record.event {
            Event::Start => Some(self.start(node)),
            Event::Recover => Some(self.recovery(node)),
            Event::Unrecorded(_) => None,
            Event::Ignore { .. } | Event::Deliver { .. } | Event::Fire(_) | Event::Choose { .. } => {
                actions.last().and_then(|action| self.effect(action))
            }
        };
        let is_ignored = matches!(record.event, Event::Ignore { .. } | Event::Unrecorded(_));
        if is_ignored {
            if told != self.nothing(node) {
                return Err(self.deviates(node, record, "a message that is ignored has no effect"));
            }
            match record.event {
                Event::Unrecorded(times) => self.path.unrecorded = self.path.unrecorded.saturating_add(times),
                _ => self.path.ignored += 1,
            }
            if expected.is_none() {
                return Ok(());
            }
        }
        let is_ordered = matches!(self.state.network, Network::Ordered(_));
        match &expected {
            _ if is_ignored && is_ordered && expected == Some(self.nothing(node)) => {}
            Some(expected) if *expected == told => {}
            Some(_) => return Err(self.deviates(node, record, "the model's node does something else")),
            None => return Err(self.deviates(node, record, "the model's node does nothing then")),
        }
        self.path.recoveries += usize::from(record.event == Event::Recover);
        for action in actions {
            if let Err(what) = self.take(&action) {
                return Err(self.deviates(node, record, &what));
            }
        }
        Ok(())
    }

    /// Takes a step of the model.
    fn take(&mut self, action: &Action<F>) -> Result<(), String> {
        let mut enabled = Vec::new();
        self.model.actions(&self.state, &mut enabled);
        let next = enabled.contains(action).then(|| self.model.next_state(&self.state, action.clone())).flatten();
        let next =
            next.filter(|next| stateright::Model::within_boundary(&self.model, next)).ok_or_else(|| match action {
                ActorModelAction::Deliver { .. } => "no such message is in flight".to_string(),
                ActorModelAction::Crash(_) | ActorModelAction::Recover(_) => {
                    "the model lets no node come back".to_string()
                }
                _ => "the model has no such step there".to_string(),
            })?;
        let before = std::mem::replace(&mut self.state, next);
        self.path.actions.push(action.clone());
        self.look(Some(&before));
        Ok(())
    }

    /// Asks every property that is open about the state, and about the step that led to it.
    fn look(&mut self, before: Option<&Global<F>>) {
        let length = self.path.actions.len();
        let (model, state) = (&self.model, &self.state);
        let settled = &mut self.path.settled;
        self.properties.retain(|(property, question)| {
            let is_hit = property.is_hit(question, model, before, state, || false); // terminal states are asked about at the end
            if is_hit {
                settled.push((*property, length));
            }
            !is_hit
        });
        let met = &mut self.path.premises;
        self.premises.retain(|(property, question)| {
            let is_met = property.is_hit(question, model, None, state, || false);
            if is_met {
                met.push(*property);
            }
            !is_met
        });
    }

    fn finish(mut self, is_whole: bool) -> Path<F> {
        let is_over = is_whole && successors::<F>(&self.model, &self.state).is_empty();
        let at_the_end = |(_, question): &&(_, Question<F>)| matches!(question, Question::Seen(Ask::Terminal(_)));
        for (property, question) in self.properties.iter().filter(at_the_end) {
            if property.is_hit(question, &self.model, None, &self.state, || is_over) {
                self.path.settled.push((*property, self.path.actions.len()));
            }
        }
        let order = &self.gathered.spec.properties;
        self.path.settled.sort_by_key(|(property, _)| order.iter().position(|other| other.name == property.name));
        self.path.locals = self.state.actor_states.iter().map(|local| (**local).clone()).collect();
        self.path
    }

    /// On an ordered network, the envelopes that must have been lost for this message to arrive. None if it is not there
    /// at all.
    fn drops_before(&self, src: Id, dst: Id, message: &Message<F>) -> Vec<Action<F>> {
        let Network::Ordered(flows) = &self.state.network else { return Vec::new() };
        let flow = flows.get(&(src, dst)).into_iter().flatten();
        let before: Vec<_> = flow.clone().take_while(|other| *other != message).collect();
        if before.len() == flow.count() {
            return Vec::new();
        }
        before.into_iter().map(|msg| ActorModelAction::Drop(Envelope { src, dst, msg: msg.clone() })).collect()
    }
}
