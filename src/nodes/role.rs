//! What a node is: its part in a run, and what its log says that it had done before a crash.

use super::log::{self, Event, Header, Log, Record, Sending, FORMAT, VERSION};
use super::wire::Faults;
use crate::family::{Deployable, Pace, Roster, Spec, Storage, Timer};
use crate::input::InputError;
use crate::model_file::{to_json, Expectation};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use stateright::actor::Id;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How long a node takes for an internal step at most.
const SOON: Duration = Duration::from_millis(1);

/// All that fixes what a node is.
#[derive(Clone, Debug)]
pub struct Role<F: Deployable> {
    /// The name of the model.
    pub name: String,
    /// The model that the run is one of.
    pub spec: Spec<F>,
    /// What is expected of it.
    pub expect: Vec<Expectation>,
    /// The model that the node follows: the same one unless it is tampered with or made to forget.
    pub behaves: Spec<F>,
    /// Which node it is.
    pub id: Id,
    /// The number of the run.
    pub run: u64,
    /// What decides about faults and timers.
    pub seed: u64,
    /// What goes wrong between the node and its socket.
    pub faults: Faults,
    /// A node that loses patience does so after this time, or up to twice as long.
    pub patience: Duration,
    /// Its log.
    pub log: PathBuf,
}

/// What a node had done of an instance before it crashed.
#[derive(Debug)]
pub(super) struct Past<F: Deployable> {
    /// The instance.
    pub instance: u32,
    /// What it saved last.
    pub saved: Option<Storage<F>>,
    /// The last sending heard of each node.
    pub heard: BTreeMap<Id, Sending>,
}

impl<F: Deployable> Role<F> {
    /// How long a timer runs. The model lets it fire at any moment.
    pub(super) fn patience(&self, timer: &Timer<F>, rng: &mut ChaCha8Rng) -> Duration {
        let (least, most) = match F::pace(timer) {
            Pace::Soon => (Duration::ZERO, SOON),
            Pace::Patient => (self.patience, self.patience * 2),
        };
        Duration::from_micros(rng.random_range(least.as_micros() as u64..=most.as_micros() as u64))
    }

    /// The first line of a log that the node begins now.
    pub(super) fn header(&self) -> Header {
        Header {
            format: FORMAT.into(),
            version: VERSION,
            run: self.run,
            name: self.name.clone(),
            node: self.spec.roster().name(self.id).into(),
            began: log::now(),
            model: to_json(&self.spec, &self.expect),
        }
    }

    /// The log that the node left behind, if it did.
    ///
    /// # Errors
    /// If what is there is not a whole log of this node in this run of this model.
    pub(super) fn earlier(&self) -> Result<Option<Log<F>>, InputError> {
        let earlier = if self.log.exists() { log::read(&self.log)? } else { None };
        if let Some(log) = &earlier {
            require_same(&log.header, &self.header(), &log.file)?;
        }
        Ok(earlier)
    }
}

/// What the records say about the last instance.
pub(super) fn past<F: Deployable>(records: &[Record<F>], roster: &Roster) -> Option<Past<F>> {
    let instance = records.last()?.instance;
    let mut past = Past { instance, saved: None, heard: BTreeMap::new() };
    for record in records.iter().filter(|record| record.instance == instance) {
        if record.saved.is_some() {
            past.saved.clone_from(&record.saved);
        }
        if let Event::Deliver { from, cause, .. } | Event::Ignore { from, cause, .. } = &record.event {
            past.heard.extend(roster.id(from).map(|from| (from, *cause)));
        }
    }
    Some(past)
}

/// A node goes on with a log only if it is its own.
fn require_same(found: &Header, own: &Header, file: &str) -> Result<(), InputError> {
    let differs = |what: &str, found: &dyn std::fmt::Display, own: &dyn std::fmt::Display| {
        Err(InputError::new(file, format!("the log of {what} {found}, expected {own}; it is left as it is")))
    };
    if found.node != own.node {
        return differs("node", &found.node, &own.node);
    }
    if found.run != own.run {
        return differs("run", &found.run, &own.run);
    }
    if found.model != own.model {
        return differs("a run of another model:", &found.model, &own.model);
    }
    Ok(())
}
