//! A path followed beside another reading of its protocol: step by step, whether that reading takes the step, takes it
//! otherwise, or does not take it. It executes stateright's models and knows no rules.

use crate::family::{envelopes, Action, Deed, Family, Global, Message, Readings, System};
use stateright::actor::{ActorModelAction, Envelope, Id, Network};
use stateright::Model as _;
use std::collections::BTreeMap;

/// What another reading makes of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It takes it: what the node does there, and whether that has the same effect.
    Taken(Deed, bool),
    /// The message arrives and has no effect.
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
pub struct Followed<F: Family> {
    /// The other reading.
    pub model: System<F>,
    /// The fate of each step.
    pub fates: Vec<Fate>,
    /// The other reading's states: at first, and after each step.
    pub states: Vec<Global<F>>,
}

impl<F: Family> Followed<F> {
    /// The first step, counted from 1, that is not taken or taken otherwise.
    pub fn first_difference(&self) -> Option<usize> {
        self.fates.iter().position(|fate| !fate.is_alike()).map(|place| place + 1)
    }
}

/// Follows a path, given by its actions and its states, along a model of the same nodes. A step that is not possible
/// there is left out.
pub fn follow<F: Family>(
    readings: &dyn Readings<F>,
    model: System<F>,
    states: &[Global<F>],
    actions: &[Action<F>],
) -> Followed<F> {
    let mut others = vec![model.init_states().swap_remove(0)];
    let mut fates = Vec::with_capacity(actions.len());
    for (action, pair) in actions.iter().zip(states.windows(2)) {
        let other = others.last().expect("there is an initial state");
        let (fate, next) = fate(readings, &model, other, action, &pair[0], &pair[1]);
        let next = next.unwrap_or_else(|| other.clone());
        fates.push(fate);
        others.push(next);
    }
    Followed { model, fates, states: others }
}

fn fate<F: Family>(
    readings: &dyn Readings<F>,
    model: &System<F>,
    other: &Global<F>,
    action: &Action<F>,
    before: &Global<F>,
    after: &Global<F>,
) -> (Fate, Option<Global<F>>) {
    let Some(own) = corresponding(readings, model, other, action) else { return (Fate::Impossible, None) };
    let Some(next) = model.next_state(other, own.clone()) else { return (Fate::Ignored, None) };
    if !model.within_boundary(&next) {
        return (Fate::Impossible, None);
    }
    let node = usize::from(node::<F>(action));
    let is_same = readings.is_alike(&after.actor_states[node], &next.actor_states[node])
        && after.crashed[node] == next.crashed[node]
        && sent(readings, action, before, after) == sent(readings, &own, other, &next);
    let fate = Fate::Taken(deed(readings, model, &own, other, &next), is_same);
    (fate, Some(next))
}

/// The action of a state that is this one, or that takes its place: what carries a message of the same kind the same way.
fn corresponding<F: Family>(
    readings: &dyn Readings<F>,
    model: &System<F>,
    state: &Global<F>,
    action: &Action<F>,
) -> Option<Action<F>> {
    let mut enabled = Vec::new();
    model.actions(state, &mut enabled);
    if enabled.contains(action) {
        return Some(action.clone());
    }
    let (from, to, message) = carried::<F>(action)?;
    let takes_its_place = |other: &Action<F>, is_it: &dyn Fn(&Message<F>) -> bool| {
        std::mem::discriminant(other) == std::mem::discriminant(action)
            && carried::<F>(other).is_some_and(|other| (other.0, other.1) == (from, to) && is_it(other.2))
    };
    let find =
        |is_it: &dyn Fn(&Message<F>) -> bool| enabled.iter().find(|other| takes_its_place(other, is_it)).cloned();
    find(&|other| readings.plain(other) == readings.plain(message))
        .or_else(|| find(&|other| readings.corresponds(other, message)))
}

/// The message of a delivery or a loss, and its way.
fn carried<F: Family>(action: &Action<F>) -> Option<(Id, Id, &Message<F>)> {
    match action {
        ActorModelAction::Deliver { src, dst, msg } => Some((*src, *dst, msg)),
        ActorModelAction::Drop(Envelope { src, dst, msg }) => Some((*src, *dst, msg)),
        _ => None,
    }
}

/// The node in which an action happens.
pub fn node<F: Family>(action: &Action<F>) -> Id {
    match action {
        ActorModelAction::Deliver { dst, .. } | ActorModelAction::Drop(Envelope { dst, .. }) => *dst,
        ActorModelAction::Timeout(id, _) | ActorModelAction::Crash(id) | ActorModelAction::Recover(id) => *id,
        ActorModelAction::SelectRandom { actor, .. } => *actor,
    }
}

/// What a node does in a step.
pub fn deed<F: Family>(
    readings: &dyn Readings<F>,
    model: &System<F>,
    action: &Action<F>,
    before: &Global<F>,
    after: &Global<F>,
) -> Deed {
    let node = usize::from(node::<F>(action));
    match action {
        ActorModelAction::Deliver { .. } | ActorModelAction::Timeout(..) | ActorModelAction::SelectRandom { .. } => {
            let sent: Vec<_> = sent(readings, action, before, after).into_keys().map(|(_, message)| message).collect();
            readings.deed(&model.cfg, action, &before.actor_states[node], &after.actor_states[node], &sent)
        }
        ActorModelAction::Drop(Envelope { msg, .. }) => Deed::new("loses", "lose", F::message(msg)),
        ActorModelAction::Crash(_) => Deed::new("crashes", "crash", ""),
        ActorModelAction::Recover(_) => {
            Deed::new("comes", "come", format!("back as {}", F::local(&after.actor_states[node])))
        }
    }
}

/// What a step put in flight, by addressee. Messages that are one and the same but for their use count once.
fn sent<F: Family>(
    readings: &dyn Readings<F>,
    action: &Action<F>,
    before: &Global<F>,
    after: &Global<F>,
) -> BTreeMap<(Id, Message<F>), usize> {
    let mut earlier = envelopes::<F>(&before.network);
    let stays = matches!(after.network, Network::UnorderedDuplicating(..));
    let consumed = match action {
        ActorModelAction::Deliver { src, dst, msg } if !stays => {
            Some(Envelope { src: *src, dst: *dst, msg: msg.clone() })
        }
        ActorModelAction::Drop(envelope) => Some(envelope.clone()),
        _ => None,
    };
    if let Some(count) = consumed.and_then(|envelope| earlier.get_mut(&envelope)) {
        *count = count.saturating_sub(1);
    }
    let mut sent = BTreeMap::new();
    for (envelope, count) in envelopes::<F>(&after.network) {
        let more = count.saturating_sub(earlier.get(&envelope).copied().unwrap_or(0));
        if more > 0 {
            sent.insert((envelope.dst, readings.plain(&envelope.msg)), more);
        }
    }
    sent
}
