//! The keys of a family's model files, learnt from its own reader: it reads files that lack something, and what it asks
//! for is what they may have. Editors are told so ([`schema`]), and a file to begin with is made of it ([`template`]).

use super::schema::{self, FAMILY, TABLES};
use crate::family::Family;
use crate::input::{Fields, Known};
use serde_json::{json, Map, Value};

/// The files that are read at most: one for each value of each key that none can be without.
const MOST_READINGS: usize = 200;

/// What a reader asked for.
struct Reading {
    /// The keys that the file had, each because it was missed before.
    given: Vec<(String, Value)>,
    /// The keys that its reader knows then.
    known: Vec<Known>,
    /// The model with all that it has unless said otherwise, if it is one.
    model: Option<Value>,
}

impl Reading {
    fn of<F: Family>(given: Vec<(String, Value)>) -> Self {
        let object = given.iter().fold(json!({}), |mut object, (key, value)| {
            *at(&mut object, key) = value.clone();
            object
        });
        let mut fields = Fields::from_json(F::NAME, &object);
        let model = schema::read::<F>(&mut fields).ok().map(|(spec, _)| spec.to_json());
        Reading { given, known: fields.known().to_vec(), model }
    }

    /// The first key that is missed, with the values that it may begin with.
    fn missed(&self) -> Option<(&str, Vec<Value>)> {
        let missed = self.known.iter().filter(|known| known.is_missed);
        missed.filter_map(|known| Some((known.key.as_str(), beginnings(known)?))).next()
    }

    fn has(&self, key: &str) -> bool {
        self.given.iter().any(|(other, _)| other == key)
    }
}

/// The values that a key that is missed is given: each word, if it is one of several.
fn beginnings(known: &Known) -> Option<Vec<Value>> {
    let choices = known.shape.choices().map(<[Value]>::to_vec);
    choices.or_else(|| Some(vec![known.suggested.clone().or_else(|| known.shape.first())?]))
}

/// What the family's reader asks for, of files that lack nothing, those with the first words first.
fn readings<F: Family>() -> Vec<Reading> {
    let (mut open, mut whole) = (vec![Vec::new()], Vec::new());
    for _ in 0..MOST_READINGS {
        let Some(given) = open.pop() else { break };
        let reading = Reading::of::<F>(given);
        match reading.missed() {
            None => whole.push(reading),
            Some((key, values)) => open.extend(values.into_iter().rev().map(|value| {
                let mut given = reading.given.clone();
                given.push((key.to_string(), value));
                given
            })),
        }
    }
    whole
}

/// The table and the name of a key.
fn split(key: &str) -> (&str, &str) {
    let tables = TABLES.iter().filter(|table| key.strip_prefix(**table).is_some_and(|rest| rest.starts_with('.')));
    let table = tables.max_by_key(|table| table.len()).copied().unwrap_or_default();
    (table, key[table.len()..].trim_start_matches('.'))
}

/// The place of a key in an object of tables.
fn at<'a>(object: &'a mut Value, key: &str) -> &'a mut Value {
    let (table, name) = split(key);
    let inner = table.split('.').filter(|part| !part.is_empty()).fold(object, |object, part| &mut object[part]);
    &mut inner[name]
}

/// A JSON schema (draft 7) of the model files of a family.
pub fn schema<F: Family>() -> Value {
    let readings = readings::<F>();
    let mut known: Vec<Known> = Vec::new();
    for each in readings.iter().flat_map(|reading| &reading.known) {
        match known.iter_mut().find(|known| known.key == each.key) {
            Some(known) => known.shape = known.shape.clone().or(each.shape.clone()),
            None => known.push(each.clone()),
        }
    }
    let mut root = table(F::SUMMARY);
    for path in TABLES {
        *entry(&mut root, path) = table("");
    }
    let names: Vec<Value> = known.iter().filter_map(|known| known.key.strip_prefix("expect.")).filter_map(|name| {
        let is_property = crate::family::Property::<F>::named(name).is_some();
        is_property.then(|| name.into())
    }).collect();
    for known in &known {
        let (path, name) = split(&known.key);
        let mut shape = known.shape.schema().clone();
        if known.key == "check.properties" && !names.is_empty() {
            shape = json!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": names } });
        }
        if !known.meaning.is_empty() {
            shape["description"] = known.meaning.as_str().into();
        }
        entry(&mut root, path)["properties"][name] = shape;
        let is_required = readings.iter().all(|reading| reading.has(&known.key));
        if is_required {
            require(&mut root, path, name, known.instead.map(|instead| split(instead).1));
        }
    }
    root
}
