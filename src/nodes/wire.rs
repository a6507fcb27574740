//! The faults between a node and its socket: every datagram that leaves may be lost, doubled, held back or overtaken, as
//! a seed decides.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use stateright::actor::Id;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often what goes wrong. Probabilities are of one datagram and in 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// It never leaves.
    pub loss: f64,
    /// It leaves twice.
    pub duplicate: f64,
    /// It is held back for [`HELD_BACK`] more, so that later ones overtake it.
    pub reorder: f64,
    /// Each is held back for a random time up to this.
    pub delay: Duration,
}

/// How long a datagram that is to be overtaken is held back at most, beside its delay.
pub const HELD_BACK: Duration = Duration::from_millis(3);

/// What leaves a node, through the faults.
#[derive(Debug)]
pub struct Wire {
    faults: Faults,
    rng: ChaCha8Rng,
    held: BTreeMap<(Instant, u64), (Id, Vec<u8>)>,
    count: u64,
    /// Datagrams that were lost.
    pub lost: u64,
    /// Datagrams that left twice.
    pub duplicated: u64,
}

impl Wire {
    /// A wire with these faults, decided by this generator.
    pub fn new(faults: Faults, rng: ChaCha8Rng) -> Self {
        Wire { faults, rng, held: BTreeMap::new(), count: 0, lost: 0, duplicated: 0 }
    }

    /// Takes a datagram to a node at some moment; it leaves, or not, when [`due`](Self::due) says so.
    pub fn send(&mut self, now: Instant, to: Id, bytes: &[u8]) {
        if self.rng.random_bool(self.faults.loss) {
            self.lost += 1;
            return;
        }
        self.hold(now, to, bytes);
        if self.rng.random_bool(self.faults.duplicate) {
            self.duplicated += 1;
            self.hold(now, to, bytes);
        }
    }

    fn hold(&mut self, now: Instant, to: Id, bytes: &[u8]) {
        let mut until = now + self.up_to(self.faults.delay);
        if self.rng.random_bool(self.faults.reorder) {
            until += self.up_to(HELD_BACK);
        }
        self.held.insert((until, self.count), (to, bytes.to_vec()));
        self.count += 1;
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=most.as_micros() as u64))
    }

    /// The next datagram whose time has come, and to whom it goes.
    pub fn due(&mut self, now: Instant) -> Option<(Id, Vec<u8>)> {
        let first = self.held.first_entry().filter(|held| held.key().0 <= now)?;
        Some(first.remove())
    }

    /// When the next datagram leaves, if one is held.
    pub fn next(&self) -> Option<Instant> {
        self.held.first_key_value().map(|((until, _), _)| *until)
    }
}
