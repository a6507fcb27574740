//! One component: an actor's local state with everything in flight to it, all values as numbers. Owns the rules of the
//! three networks and the canonical encoding of a component. It must not know what the numbers stand for.

use std::sync::Arc;

/// How a network keeps what is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Delivery {
    /// A multiset; a delivery takes one out.
    Unordered,
    /// A set; a delivery leaves it.
    Duplicating,
    /// A queue for each pair of actors; its head is delivered first.
    Ordered,
}

/// Envelopes in flight to one actor (or to those that do not exist), in canonical order: sorted by number, or for
/// ordered networks the queues one after the other, sorted by the pair of actors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Inbox(pub Vec<u32>);

impl Inbox {
    /// Adds an envelope. `channel` tells the pair of actors of an envelope.
    pub(in crate::engine) fn send(
        &mut self,
        delivery: Delivery,
        envelope: u32,
        channel: impl Fn(u32) -> (usize, usize),
    ) {
        let place = match delivery {
            Delivery::Ordered => {
                let own = channel(envelope);
                self.0.partition_point(|&other| channel(other) <= own)
            }
            Delivery::Unordered | Delivery::Duplicating => self.0.partition_point(|&other| other < envelope),
        };
        if delivery != Delivery::Duplicating || self.0.get(place) != Some(&envelope) {
            self.0.insert(place, envelope);
        }
    }

    /// The envelopes that may be delivered or lost now, each once.
    pub(in crate::engine) fn deliverable(
        &self,
        delivery: Delivery,
        channel: impl Fn(u32) -> (usize, usize),
    ) -> Vec<u32> {
        let mut envelopes = self.0.clone();
        match delivery {
            Delivery::Ordered => envelopes.dedup_by_key(|envelope| channel(*envelope)),
            Delivery::Unordered | Delivery::Duplicating => envelopes.dedup(),
        }
        envelopes
    }

    /// Takes one copy of a deliverable envelope out.
    pub(in crate::engine) fn remove(&mut self, envelope: u32) {
        // In an ordered queue an equal envelope may wait behind; the first one is the head.
        let place = self.0.iter().position(|&other| other == envelope).expect("only envelopes in flight are removed");
        self.0.remove(place);
    }
}

/// A component of an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub state: u32,
    pub storage: Option<u32>,
    pub crashed: bool,
    /// Timers that are set, sorted.
    pub timers: Vec<u32>,
    /// Choices to be made: key and options, sorted by key.
    pub choices: Vec<(u32, Arc<[u32]>)>,
    pub inbox: Inbox,
}

impl Component {
    pub fn encode(&self) -> Vec<u32> {
        let mut words = vec![self.state, self.storage.map_or(0, |storage| storage + 1), u32::from(self.crashed)];
        words.push(self.timers.len() as u32);
        words.extend(&self.timers);
        words.push(self.choices.len() as u32);
        for (key, options) in &self.choices {
            words.extend([*key, options.len() as u32]);
            words.extend(options.iter());
        }
        words.extend(&self.inbox.0);
        words
    }

    pub fn decode(words: &[u32]) -> Self {
        let mut rest = words.iter().copied();
        let mut word = || rest.next().expect("a component is decoded as it was encoded");
        let (state, storage, crashed) = (word(), word().checked_sub(1), word() == 1);
        let timers = (0..word()).map(|_| word()).collect();
        let mut choices = Vec::new();
        for _ in 0..word() {
            let (key, count) = (word(), word());
            choices.push((key, (0..count).map(|_| word()).collect()));
        }
        Component { state, storage, crashed, timers, choices, inbox: Inbox(rest.collect()) }
    }

    /// The envelopes in flight, in the encoding of a component.
    pub fn inbox_of(words: &[u32]) -> &[u32] {
        let timers = words[3] as usize;
        let mut rest = &words[4 + timers..];
        let choices = rest[0];
        rest = &rest[1..];
        for _ in 0..choices {
            rest = &rest[2 + rest[1] as usize..];
        }
        rest
    }

    pub fn set_timer(&mut self, timer: u32) {
        if let Err(place) = self.timers.binary_search(&timer) {
            self.timers.insert(place, timer);
        }
    }

    pub fn cancel_timer(&mut self, timer: u32) {
        self.timers.retain(|&other| other != timer);
    }

    pub fn set_choice(&mut self, key: u32, options: Arc<[u32]>) {
        self.remove_choice(key);
        let place = self.choices.partition_point(|(other, _)| *other < key);
        self.choices.insert(place, (key, options));
    }

    pub fn remove_choice(&mut self, key: u32) {
        self.choices.retain(|(other, _)| *other != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_decoded_as_it_was_encoded() {
        let component = Component {
            state: 7,
            storage: Some(0),
            crashed: true,
            timers: vec![1, 4],
            choices: vec![(0, [3, 3].into()), (2, [].into())],
            inbox: Inbox(vec![5, 5, 9]),
        };
        assert_eq!(Component::decode(&component.encode()), component);
        assert_eq!(Component::inbox_of(&component.encode()), [5, 5, 9]);
    }

    #[test]
    fn an_ordered_inbox_keeps_each_queue_in_order() {
        let channel = |envelope: u32| (envelope as usize / 10, 0);
        let mut inbox = Inbox::default();
        for envelope in [21, 11, 20, 11, 10] {
            inbox.send(Delivery::Ordered, envelope, channel);
        }
        assert_eq!(inbox.0, [11, 11, 10, 21, 20]);
        assert_eq!(inbox.deliverable(Delivery::Ordered, channel), [11, 21]);
        inbox.remove(11);
        assert_eq!(inbox.0, [11, 10, 21, 20]);
    }
}
