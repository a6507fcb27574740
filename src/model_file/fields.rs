//! The keys and values of a model, wherever they were written: each with the place to name when it is wrong. It knows
//! TOML and JSON syntax and no key's meaning.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use toml::de::{DeTable, DeValue};

/// Why some input cannot be used: where, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file, with the line where that is known; or the argument.
    pub place: String,
    /// What was found there and what is allowed.
    pub what: String,
}

impl InputError {
    /// An error at a place.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        InputError { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for InputError {}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Field {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub place: String,
    /// The line in its file, counted from 1.
    pub line: Option<usize>,
}

/// The leaves of a model by their dotted keys. They are taken out as they are understood; what is left is unknown.
#[derive(Clone, Debug)]
pub struct Fields {
    file: String,
    leaves: BTreeMap<String, Field>,
    /// Every table that was written, empty ones included, and where.
    tables: BTreeMap<String, String>,
    known: Vec<&'static str>,
}

impl Fields {
    fn new(file: &str) -> Self {
        Fields { file: file.into(), leaves: BTreeMap::new(), tables: BTreeMap::new(), known: Vec::new() }
    }

    /// The leaves of a TOML text.
    ///
    /// # Errors
    /// If the text is not TOML.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, InputError> {
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let line_at = |offset: usize| starts.partition_point(|&start| start <= offset);
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(span.start));
            InputError::new(format!("{file}:{line}"), format!("not TOML: {}", error.message().replace('\n', ", ")))
        })?;
        let mut fields = Fields::new(file);
        fields.add_table("", table.get_ref(), &|offset| {
            let line = line_at(offset);
            (format!("{file}:{line}"), Some(line))
        });
        Ok(fields)
    }

    fn add_table(&mut self, path: &str, table: &DeTable, place_of: &dyn Fn(usize) -> (String, Option<usize>)) {
        for (key, value) in table.iter() {
            let (place, line) = place_of(key.span().start);
            let path = join(path, key.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) => {
                    self.tables.insert(path.clone(), place);
                    self.add_table(&path, inner, place_of);
                }
                leaf => {
                    self.leaves.insert(path, Field { value: to_json(leaf), place, line });
                }
            }
        }
    }

    /// The leaves of a JSON object.
    pub fn from_json(place: &str, object: &Value) -> Self {
        let mut fields = Fields::new(place);
        fields.add_json("", object);
        fields
    }

    fn add_json(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(object) => object.iter().for_each(|(key, inner)| self.add_json(&join(path, key), inner)),
            leaf => {
                let field = Field { value: leaf.clone(), place: self.file.clone(), line: None };
                self.leaves.insert(path.into(), field);
            }
        }
    }

    /// Sets a key from a `key=value` argument. The value is TOML; anything else is taken as a string.
    ///
    /// # Errors
    /// If there is no `=` or no key.
    pub fn set(&mut self, argument: &str) -> Result<(), InputError> {
        let place = format!("--set {argument}");
        let (key, text) = argument
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .ok_or_else(|| InputError::new(&place, "expected KEY=VALUE, as in bounds.acceptors=5"))?;
        let (key, text) = (key.trim(), text.trim());
        let below = format!("{key}.");
        self.leaves.retain(|other, _| other != key && !other.starts_with(&below));
        match DeValue::parse(text).as_ref().map(|value| value.get_ref()) {
            Ok(DeValue::Table(inner)) => {
                self.tables.insert(key.into(), place.clone());
                self.add_table(key, inner, &|_| (place.clone(), None));
            }
            parsed => {
                let value = parsed.map_or_else(|_| Value::String(text.to_string()), to_json);
                self.leaves.insert(key.into(), Field { value, place, line: None });
            }
        }
        Ok(())
    }

    /// Drops a key that another one replaces.
    pub fn forget(&mut self, key: &str) {
        self.leaves.remove(key);
    }

    /// Removes and returns the value of a key, which thereby is known.
    pub fn take(&mut self, key: &'static str) -> Option<Field> {
        self.known.push(key);
        self.leaves.remove(key)
    }

    /// Removes and returns every leaf below a key, with the rest of its path.
    pub fn take_below(&mut self, key: &'static str) -> Vec<(String, Field)> {
        let prefix = format!("{key}.");
        let below: Vec<_> = self.leaves.keys().filter(|path| path.starts_with(&prefix)).cloned().collect();
        let taken = below.into_iter().filter_map(|path| self.leaves.remove_entry(&path));
        taken.map(|(path, field)| (path[prefix.len()..].to_string(), field)).collect()
    }

    /// An error about the model as a whole.
    pub fn error(&self, what: impl Into<String>) -> InputError {
        InputError::new(&self.file, what)
    }

    /// Requires that every leaf was taken and every table is one of these.
    ///
    /// # Errors
    /// Names the first one that is unknown, and the nearest known key or table.
    pub fn finish(&self, tables: &[&str]) -> Result<(), InputError> {
        if let Some((path, field)) = self.leaves.iter().min_by_key(|(_, field)| field.line) {
            if tables.contains(&path.as_str()) {
                return Err(InputError::new(&field.place, format!("{path} = {}, expected a table", field.value)));
            }
            let table = path.rsplit_once('.').map_or(path.as_str(), |(table, _)| table);
            let near_table = || nearest(table, tables.iter().copied()).filter(|near| *near != table);
            let near = nearest(path, self.known.iter().copied()).or_else(near_table);
            return Err(unknown(&field.place, "key", path, near));
        }
        match self.tables.iter().find(|(path, _)| !tables.contains(&path.as_str())) {
            Some((path, place)) if self.known.contains(&path.as_str()) => {
                Err(InputError::new(place, format!("{path} is a table, expected a value")))
            }
            Some((path, place)) => Err(unknown(place, "table", path, nearest(path, tables.iter().copied()))),
            None => Ok(()),
        }
    }
}

fn unknown(place: &str, what: &str, path: &str, near: Option<&str>) -> InputError {
    let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    InputError::new(place, format!("unknown {what} {path}{hint}"))
}

/// The candidate most like a word, if any is like it.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate));
    scored.filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3).min().map(|(_, candidate)| candidate)
}

/// The path of a key in a table. A key that has a dot of its own, or nothing, is quoted: it is no path.
fn join(prefix: &str, key: &str) -> String {
    let key = if key.is_empty() || key.contains('.') { format!("{key:?}") } else { key.to_string() };
    if prefix.is_empty() {
        key
    } else {
        format!("{prefix}.{key}")
    }
}

fn to_json(value: &DeValue) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            parsed.map_or_else(|_| Value::String(number.as_str().to_string()), Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| to_json(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Object(table.iter().map(|(k, v)| (k.get_ref().to_string(), to_json(v.get_ref()))).collect())
        }
    }
}
