//! One instance of the protocol, from the side of a node that takes part in it.

use super::arrivals::Arrivals;
use super::datagram::Envelope;
use super::log::Sending;
use super::wire::Wire;
use crate::family::{Deployable, Local, Random, Timer};
use rand_chacha::ChaCha8Rng;
use stateright::actor::Id;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// The most messages without an effect that a node keeps. Beyond it the oldest is lost.
const MAX_KEPT: usize = 4096;

/// One instance of the protocol, from this node's side.
#[derive(Debug)]
pub(super) struct Session<F: Deployable> {
    pub(super) instance: u32,
    pub(super) local: Local<F>,
    pub(super) timers: BTreeMap<Timer<F>, Instant>,
    /// Random choices that are open, by their keys.
    pub(super) choices: BTreeMap<String, Vec<Random<F>>>,
    /// Messages that have had no effect yet.
    pub(super) kept: VecDeque<Envelope<F>>,
    pub(super) arrivals: Arrivals,
    /// The last sending heard of each node, where the network is ordered.
    pub(super) heard: BTreeMap<Id, Sending>,
    pub(super) wire: Wire,
    pub(super) rng: ChaCha8Rng,
    /// Datagrams sent to each node, and received from each, in the order of ids.
    pub(super) sent: Vec<u64>,
    pub(super) received: Vec<u64>,
}

impl<F: Deployable> Session<F> {
    /// True iff nothing that was sent later, to this node by the same one, has arrived before.
    pub(super) fn is_next_of_its_flow(&mut self, envelope: &Envelope<F>) -> bool {
        let is_next = self.heard.get(&envelope.from).is_none_or(|last| envelope.cause > *last);
        if is_next {
            self.heard.insert(envelope.from, envelope.cause);
        }
        is_next
    }

    /// Keeps a message that has had no effect yet.
    pub(super) fn keep(&mut self, envelope: Envelope<F>) {
        if self.kept.len() == MAX_KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(envelope);
    }
}
