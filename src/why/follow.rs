//! A path followed beside another reading of its protocol: step by step, whether that reading takes the step, takes it
//! otherwise, or does not take it. It executes stateright's models and knows no rules.

use crate::engine::{Action, State};
use crate::protocols::single_decree::deed::{corresponds, is_alike, on_message, plain, Deed};
use crate::protocols::single_decree::{Model, Node, Timer};
use crate::vocabulary::Message;
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::BTreeMap;

/// What another reading makes of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It takes it: what the node does there, and whether that has the same effect.
    Taken(Deed, bool),
    /// The message arrives and nothing comes of it.
    Ignored,
    /// There is no such message in flight, or the node cannot do this.
    Impossible,
}

impl Fate {
    /// True iff the step is taken with the same effect.
    pub fn is_alike(&self) -> bool {
        matches!(self, Fate::Taken(_, true))
    }
}

/// A path beside another reading.
pub struct Followed {
    /// The other reading.
    pub model: Model,
    /// What became of each step.
    pub fates: Vec<Fate>,
    /// The other reading's states: at first, and after each step.
    pub states: Vec<State<Node, ()>>,
}

impl Followed {
    /// The first step, counted from 1, that is not taken or taken otherwise.
    pub fn first_difference(&self) -> Option<usize> {
        self.fates.iter().position(|fate| !fate.is_alike()).map(|place| place + 1)
    }
}

/// Follows a path, given by its actions and its states, along a model of the same nodes. A step that is not possible
/// there is left out.
pub fn follow(model: Model, states: &[State<Node, ()>], actions: &[Action<Node>]) -> Followed {
    let mut others = vec![model.init_states().swap_remove(0)];
    let mut fates = Vec::with_capacity(actions.len());
    for (action, pair) in actions.iter().zip(states.windows(2)) {
        let other = others.last().expect("there is an initial state");
        let (fate, next) = fate(&model, other, action, &pair[0], &pair[1]);
        let next = next.unwrap_or_else(|| other.clone());
        fates.push(fate);
        others.push(next);
    }
    Followed { model, fates, states: others }
}

fn fate(
    model: &Model,
    other: &State<Node, ()>,
    action: &Action<Node>,
    before: &State<Node, ()>,
    after: &State<Node, ()>,
) -> (Fate, Option<State<Node, ()>>) {
    let Some(own) = corresponding(model, other, action) else { return (Fate::Impossible, None) };
    let Some(next) = model.next_state(other, own.clone()) else { return (Fate::Ignored, None) };
    if !model.within_boundary(&next) {
        return (Fate::Impossible, None);
    }
    let node = usize::from(node(action));
    let is_same = is_alike(&after.actor_states[node], &next.actor_states[node])
        && after.crashed[node] == next.crashed[node]
        && sent(action, before, after) == sent(&own, other, &next);
    let fate = Fate::Taken(deed(model, &own, other, &next), is_same);
    (fate, Some(next))
}

/// The action of a state that is this one, or that takes its place: what carries a message of the same kind the same way.
fn corresponding(model: &Model, state: &State<Node, ()>, action: &Action<Node>) -> Option<Action<Node>> {
    let mut enabled = Vec::new();
    model.actions(state, &mut enabled);
    if enabled.contains(action) {
        return Some(action.clone());
    }
    let (from, to, message) = carried(action)?;
    let takes_its_place = |other: &Action<Node>, is_it: &dyn Fn(&Message) -> bool| {
        std::mem::discriminant(other) == std::mem::discriminant(action)
            && carried(other).is_some_and(|other| (other.0, other.1) == (from, to) && is_it(other.2))
    };
    let find = |is_it: &dyn Fn(&Message) -> bool| enabled.iter().find(|other| takes_its_place(other, is_it)).cloned();
    find(&|other| plain(other) == plain(message)).or_else(|| find(&|other| corresponds(other, message)))
}

/// The message of a delivery or a loss, and its way.
fn carried(action: &Action<Node>) -> Option<(Id, Id, &Message)> {
    match action {
        ActorModelAction::Deliver { src, dst, msg } => Some((*src, *dst, msg)),
        ActorModelAction::Drop(Envelope { src, dst, msg }) => Some((*src, *dst, msg)),
        _ => None,
    }
}

/// The node in which an action happens.
pub fn node(action: &Action<Node>) -> Id {
    match action {
        ActorModelAction::Deliver { dst, .. } | ActorModelAction::Drop(Envelope { dst, .. }) => *dst,
        ActorModelAction::Timeout(id, _) | ActorModelAction::Crash(id) | ActorModelAction::Recover(id) => *id,
        ActorModelAction::SelectRandom { actor, .. } => *actor,
    }
}

/// What a node does in a step.
pub fn deed(model: &Model, action: &Action<Node>, before: &State<Node, ()>, after: &State<Node, ()>) -> Deed {
    let node = usize::from(node(action));
    let sent: Vec<Message> = sent(action, before, after).into_keys().map(|(_, message)| message).collect();
    match action {
        ActorModelAction::Deliver { msg, .. } => {
            on_message(&model.cfg, msg, &before.actor_states[node], &after.actor_states[node], &sent)
        }
        ActorModelAction::Drop(Envelope { msg, .. }) => Deed::new("loses", "lose", msg.to_string()),
        ActorModelAction::Timeout(_, Timer::Send(_)) => {
            let sent: Vec<_> = sent.iter().map(Message::to_string).collect();
            Deed::new("sends", "send", sent.join(" "))
        }
        ActorModelAction::Timeout(_, Timer::Retry) => Deed::new("starts", "start", "over"),
        ActorModelAction::Crash(_) => Deed::new("crashes", "crash", ""),
        ActorModelAction::Recover(_) => Deed::new("comes", "come", format!("back as {}", after.actor_states[node])),
        ActorModelAction::SelectRandom { .. } => Deed::new("chooses", "choose", ""),
    }
}

/// What a step put in flight, by addressee. Messages that are one and the same but for their use count once.
fn sent(action: &Action<Node>, before: &State<Node, ()>, after: &State<Node, ()>) -> BTreeMap<(Id, Message), usize> {
    let mut earlier = envelopes(before);
    let stays = matches!(after.network, Network::UnorderedDuplicating(..));
    let consumed = match action {
        ActorModelAction::Deliver { src, dst, msg } if !stays => Some((*src, *dst, *msg)),
        ActorModelAction::Drop(Envelope { src, dst, msg }) => Some((*src, *dst, *msg)),
        _ => None,
    };
    if let Some(count) = consumed.and_then(|envelope| earlier.get_mut(&envelope)) {
        *count = count.saturating_sub(1);
    }
    let mut sent = BTreeMap::new();
    for ((src, dst, message), count) in envelopes(after) {
        let more = count.saturating_sub(earlier.get(&(src, dst, message)).copied().unwrap_or(0));
        if more > 0 {
            sent.insert((dst, plain(&message)), more);
        }
    }
    sent
}

/// The envelopes in flight, with how often each is. (stateright's own iterator over them does not end on an ordered
/// network and miscounts repeated envelopes on an unordered one.)
pub fn envelopes(state: &State<Node, ()>) -> BTreeMap<(Id, Id, Message), usize> {
    let mut envelopes = BTreeMap::new();
    let mut add = |src, dst, message: &Message, count| {
        *envelopes.entry((src, dst, *message)).or_default() += count;
    };
    match &state.network {
        Network::UnorderedDuplicating(set, _) => set.iter().for_each(|e| add(e.src, e.dst, &e.msg, 1)),
        Network::UnorderedNonDuplicating(bag) => bag.iter().for_each(|(e, count)| add(e.src, e.dst, &e.msg, *count)),
        Network::Ordered(flows) => {
            flows.iter().for_each(|((src, dst), flow)| flow.iter().for_each(|message| add(*src, *dst, message, 1)));
        }
    }
    envelopes
}
