//! What an instance of a run has decided so far, and how long that took. It knows no nodes.

use crate::family::{Decision, Deployable};
use std::collections::BTreeMap;
use std::time::Duration;

/// The decisions of an instance, timed since it began.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// Everything that was decided.
    pub decisions: Vec<Decision>,
    /// When the first was.
    pub first: Option<Duration>,
    /// How long each subject took that was decided, from the moment that it was proposed.
    pub latencies: Vec<Duration>,
    /// When each subject was proposed first.
    proposed: BTreeMap<String, Duration>,
}

impl Decided {
    /// Notes what is proposed.
    pub fn propose(&mut self, subjects: Vec<String>, elapsed: Duration) {
        for subject in subjects {
            self.proposed.entry(subject).or_insert(elapsed);
        }
    }

    /// Notes what is decided. True iff it was not before.
    pub fn decide<F: Deployable>(&mut self, decision: &Decision, elapsed: Duration) -> bool {
        if let Some(known) = self.decisions.iter_mut().find(|known| known.key == decision.key) {
            *known = decision.clone();
            return false;
        }
        let subject = F::subject(decision);
        if !self.decisions.iter().any(|known| F::subject(known) == subject) {
            self.latencies.extend(self.proposed.get(&subject).map(|since| elapsed.saturating_sub(*since)));
        }
        self.first.get_or_insert(elapsed);
        self.decisions.push(decision.clone());
        true
    }
}
