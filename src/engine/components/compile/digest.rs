//! What filling an entry of the tables made, as one number: handlers that do otherwise now are found out by it.

use super::Compiler;
use crate::engine::components::tables::Miss;
use stateright::actor::Actor;
use std::fmt::{self, Debug, Write};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How much was interned at some time.
pub struct Extent {
    values: [usize; 7],
    components: Vec<usize>,
    rows: usize,
}

/// Takes text to be hashed.
struct Hashing(DefaultHasher);

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Hashing {
    /// Values are told apart by what they show: their hashes may leave something out.
    fn all(&mut self, values: &[impl Debug]) {
        self.0.write_usize(values.len());
        for value in values {
            let _ = write!(self, "{value:?}\0"); // a `Debug` that fails writes what it wrote so far
        }
    }
}

impl<A, C, H, O> Compiler<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// How much is interned now.
    pub fn extent(&self) -> Extent {
        Extent {
            values: [
                self.states.since(0).len(),
                self.storages.since(0).len(),
                self.timers.since(0).len(),
                self.keys.since(0).len(),
                self.options.since(0).len(),
                self.envelopes.since(0).len(),
                self.histories.since(0).len(),
            ],
            components: self.components.iter().map(|encoded| encoded.words.len()).collect(),
            rows: self.rows.len(),
        }
    }

    /// What was interned since then, and what this entry says now.
    pub fn digest(&self, before: &Extent, filled: Option<Miss>) -> u64 {
        let mut made = Hashing(DefaultHasher::new());
        let [states, storages, timers, keys, options, envelopes, histories] = before.values;
        made.all(self.states.since(states));
        made.all(self.storages.since(storages));
        made.all(self.timers.since(timers));
        made.all(self.keys.since(keys));
        made.all(self.options.since(options));
        made.all(self.envelopes.since(envelopes));
        made.all(self.histories.since(histories));
        made.all(&self.rows[before.rows..]);
        for (encoded, from) in self.components.iter().zip(&before.components) {
            encoded.words[*from..].hash(&mut made.0);
        }
        match filled {
            None => {}
            Some(Miss::Effect { row, component }) => made.0.write_u32(self.tables.effect(row, component)),
            Some(Miss::Moves { field, component }) => {
                let entry = self.tables.entry(field, component);
                for number in 0..entry.count(1) as u32 {
                    let step = self.tables.step(entry.first() + number);
                    (step.flip, step.effect.field, step.effect.row).hash(&mut made.0);
                    self.tables.others(step).iter().for_each(|other| (other.field, other.row).hash(&mut made.0));
                }
            }
        }
        made.0.finish()
    }

    /// What an entry is of, for a message about it.
    pub fn place_of(&self, miss: Miss) -> String {
        let (field, component) = match miss {
            Miss::Moves { field, component } => (field, component),
            Miss::Effect { row, component } => (self.rows[row as usize].0 as usize, component),
        };
        match self.components.get(field).filter(|_| field < self.fields.actors) {
            None => "what no actor does".into(),
            Some(encoded) => {
                let component = super::Component::decode(&encoded.words[component as usize]);
                format!("actor {field} in the local state {:?}", self.states[component.state])
            }
        }
    }
}
