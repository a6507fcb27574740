//! The keys of a family's model files, learnt from its own reader: it reads files that lack something, and what it asks
//! for is what they may have. Editors are told so ([`schema`]), and a file to begin with is made of it ([`template`]).

use super::schema::{self, TABLES};
use crate::family::{Environment, Family, Sends};
use crate::input::{Fields, Known};
use serde_json::{json, Value};

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
    /// The keys that every family has, and that such a model may not have.
    refused: Vec<&'static str>,
}

impl Reading {
    fn of<F: Family>(given: Vec<(String, Value)>) -> Self {
        let object = given.iter().fold(json!({}), |mut object, (key, value)| {
            *at(&mut object, key) = value.clone();
            object
        });
        let mut fields = Fields::from_json(F::NAME, &object);
        let spec = schema::read::<F>(&mut fields).ok().map(|(spec, _)| spec);
        let refused = spec.as_ref().map_or(Vec::new(), |spec| refused::<F>(&spec.setup));
        let model = spec.map(|spec| spec.to_json());
        Reading { given, known: fields.known().to_vec(), model, refused }
    }

    /// The first key that is missed, with the values that it may begin with.
    fn missed(&self) -> Option<(&str, Vec<Value>)> {
        let missed = self.known.iter().filter(|known| known.is_missed && !self.has(&known.key));
        missed.filter_map(|known| Some((known.key.as_str(), beginnings(known)?))).next()
    }

    fn has(&self, key: &str) -> bool {
        self.given.iter().any(|(other, _)| other == key)
    }
}

/// The keys that every family has, and that models of this protocol may not have.
fn refused<F: Family>(setup: &F::Setup) -> Vec<&'static str> {
    let mut refused = Vec::new();
    if !F::HEEDS_COMEBACK {
        refused.extend(["faults.storage", "faults.losses", "faults.restart"]);
    }
    let stepwise = Environment { sends: Sends::Stepwise, ..Environment::DEFAULT };
    refused.extend(F::admits(setup, &stepwise).is_err().then_some("network.sends"));
    let has_invariant = !matches!(F::induction(setup, &Environment::DEFAULT), Ok(None));
    refused.extend((!has_invariant).then_some("expect.induction"));
    refused
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
    let offered = |reading: &Reading, known: &&Known| !reading.refused.contains(&known.key.as_str());
    for each in readings.iter().flat_map(|reading| reading.known.iter().filter(|known| offered(reading, known))) {
        match known.iter_mut().find(|known| known.key == each.key) {
            Some(known) => known.shape = known.shape.clone().or(each.shape.clone()),
            None => known.push(each.clone()),
        }
    }
    let mut root = object(F::SUMMARY);
    for path in TABLES {
        *table(&mut root, path) = object("");
    }
    for known in &known {
        let (path, name) = split(&known.key);
        let mut shape = known.shape.schema().clone();
        if !known.meaning.is_empty() {
            shape["description"] = known.meaning.as_str().into();
        }
        table(&mut root, path)["properties"][name] = shape;
        if readings.iter().all(|reading| reading.has(&known.key)) {
            require(table(&mut root, path), name, known.instead.map(|instead| split(instead).1));
            require(&mut root, path.split('.').next().unwrap_or(path), None);
        }
    }
    root
}

/// A table, whose keys are all known.
fn object(description: &str) -> Value {
    let mut object = json!({ "type": "object", "additionalProperties": false, "properties": {} });
    if !description.is_empty() {
        object["description"] = description.into();
    }
    object
}

/// The place of a table in the schema of a file.
fn table<'a>(root: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('.').fold(root, |object, part| &mut object["properties"][part])
}

/// Demands a key of a table, or one that may stand in its place.
fn require(table: &mut Value, name: &str, instead: Option<&str>) {
    match instead {
        Some(instead) => table["anyOf"] = json!([{ "required": [name] }, { "required": [instead] }]),
        None => {
            let required = table.as_object_mut().expect("a table is an object").entry("required");
            let names = required.or_insert_with(|| json!([])).as_array_mut().expect("a list of names");
            if !names.contains(&name.into()) {
                names.push(name.into());
            }
        }
    }
}

/// A model file to begin with: what it cannot be without, and everything else that it may have in comments.
pub fn template<F: Family>() -> String {
    let readings = readings::<F>();
    let Some(reading) = readings.first() else { return String::new() };
    let mut text = BEGINNING.to_string();
    for path in TABLES {
        let is_offered = |known: &&Known| !reading.refused.contains(&known.key.as_str());
        let keys = reading.known.iter().filter(is_offered).filter(|known| split(&known.key).0 == *path);
        let keys: Vec<_> = keys.collect();
        if keys.is_empty() {
            continue;
        }
        text += &format!("\n[{path}]\n");
        for known in keys {
            text += &line(reading, known);
        }
    }
    text
}

/// How a file begins.
const BEGINNING: &str = "# Say here why this model exists: the question that it answers.\n";

/// The columns that a line with its comment may take; beyond them the comment stands above.
const COLUMNS: usize = 110;

/// A key with a value to begin with, and what it says; it is a comment itself, unless the file cannot be without it.
fn line(reading: &Reading, known: &Known) -> String {
    let name = split(&known.key).1;
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let name = if name.chars().all(is_bare) { name.to_string() } else { format!("{name:?}") };
    let given = reading.given.iter().find(|(key, _)| *key == known.key).map(|(_, value)| value.clone());
    let is_given = given.is_some();
    let mark = if is_given { "" } else { "#" };
    let usual = || reading.model.as_ref().and_then(|model| model.pointer(&pointer(&known.key)).cloned());
    let value = given.or_else(usual).or_else(|| known.suggested.clone()).or_else(|| known.shape.first());
    let entry = format!("{mark}{name} = {}", value.map_or("..".into(), |value| value.to_string()));
    let lack = if known.is_missed && !is_given { "to be filled in" } else { "" };
    let notes = [lack.into(), known.meaning.clone(), known.shape.listing()].into_iter().filter(|note| !note.is_empty());
    let notes = notes.collect::<Vec<_>>().join(": ");
    let beside = format!("{entry:28}  # {notes}");
    match (notes.is_empty(), beside.chars().count()) {
        (true, _) => format!("{entry}\n"),
        (false, ..=COLUMNS) => format!("{beside}\n"),
        (false, _) => format!("# {notes}\n{entry}\n"),
    }
}

fn pointer(key: &str) -> String {
    let (table, name) = split(key);
    format!("/{}/{name}", table.replace('.', "/"))
}
