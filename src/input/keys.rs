//! The keys and values of a model, wherever they were written: each with the place to name when it is wrong. It knows
//! TOML and JSON syntax and no key's meaning.

use super::{did_you_mean, nearest, InputError, Shape};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use toml::de::{DeTable, DeValue};

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

impl Field {
    /// An error about the value.
    pub fn error(&self, what: impl Into<String>) -> InputError {
        InputError { line: self.line, ..InputError::new(&self.place, what) }
    }

    /// The error that the value of this key is another than it may be.
    pub fn wrong(&self, key: &str, expected: &str) -> InputError {
        self.error(format!("{key} = {}, expected {expected}", self.value))
    }

    /// The error that the value of this key is none of a closed list; it suggests the one that is most like it.
    pub fn none_of(&self, key: &str, allowed: &[&str]) -> InputError {
        let expected = match allowed {
            [only] => format!("{only:?}"),
            allowed => format!("one of {}", allowed.join(", ")),
        };
        self.none_like(key, allowed, &expected)
    }

    /// As [`none_of`](Self::none_of), where what is allowed is said otherwise than as a list.
    pub fn none_like(&self, key: &str, allowed: &[&str], expected: &str) -> InputError {
        let near = self.value.as_str().and_then(|found| nearest(&found.to_lowercase(), allowed.iter().copied()));
        self.wrong(key, &format!("{expected}{}", did_you_mean(near)))
    }

    /// The value as a whole number in a range. What is one but for how it is written, as `3.0` or `"3"`, is suggested as
    /// such.
    ///
    /// # Errors
    /// If it is none.
    pub fn number(&self, key: &str, allowed: RangeInclusive<u64>) -> Result<u64, InputError> {
        let found = self.value.as_u64().filter(|number| allowed.contains(number));
        found.ok_or_else(|| {
            let range = format!("{}..={}", allowed.start(), allowed.end());
            if self.value.is_i64() || self.value.is_u64() {
                return self.wrong(key, &range);
            }
            let meant = match &self.value {
                Value::String(text) => text.trim().parse().ok(),
                value => value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as u64),
            };
            let hint = did_you_mean(meant.filter(|meant| allowed.contains(meant)));
            self.wrong(key, &format!("a whole number in {range}{hint}"))
        })
    }

    /// The value as true or false.
    ///
    /// # Errors
    /// If it is neither.
    pub fn truth(&self, key: &str) -> Result<bool, InputError> {
        self.value.as_bool().ok_or_else(|| {
            let meant = self.value.as_str().and_then(|text| text.trim().to_lowercase().parse::<bool>().ok());
            self.wrong(key, &format!("true or false{}", did_you_mean(meant)))
        })
    }
}

/// A key that a reader knows, whether it is there or not.
#[derive(Clone, Debug)]
pub struct Known {
    /// The dotted key.
    pub key: String,
    /// What its value may be.
    pub shape: Shape,
    /// What it says, in a few words; empty if its reader does not tell.
    pub meaning: String,
    /// A value to begin with, where its reader has one.
    pub suggested: Option<Value>,
    /// True iff nothing can be made of an input without it, or without the key that may stand in its place.
    pub is_missed: bool,
    /// The key that may stand in its place.
    pub instead: Option<&'static str>,
}

/// The errors of one input that are listed at most: beyond them it is another kind of file.
const MOST_ERRORS: usize = 100;

/// The lines that are no TOML that are listed at most: what follows the first ones mostly follows from them.
const MOST_BROKEN: usize = 3;

/// The leaves of a model by their dotted keys. They are taken out as they are understood; what is left is unknown.
#[derive(Clone, Debug)]
pub struct Fields {
    file: String,
    leaves: BTreeMap<String, Field>,
    /// Every table that was written, empty ones included, and where.
    tables: BTreeMap<String, Field>,
    known: Vec<Known>,
    /// The keys that were taken.
    taken: BTreeMap<String, Field>,
    errors: Vec<InputError>,
    /// The keys that are missing.
    missing: Vec<(String, InputError)>,
}

impl Fields {
    fn new(file: &str) -> Self {
        Fields {
            file: file.into(),
            leaves: BTreeMap::new(),
            tables: BTreeMap::new(),
            known: Vec::new(),
            taken: BTreeMap::new(),
            errors: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The leaves of a TOML text.
    ///
    /// # Errors
    /// If the text is not TOML.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, InputError> {
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let line_at = |offset: usize| starts.partition_point(|&start| start <= offset);
        let mut fields = Fields::new(file);
        let (table, broken) = DeTable::parse_recoverable(text);
        let mut lines = BTreeSet::new();
        for error in broken {
            if lines.len() == MOST_BROKEN {
                break;
            }
            let line = error.span().map_or(1, |span| line_at(span.start));
            if lines.insert(line) {
                let what = format!("not TOML: {}", error.message().replace('\n', ", "));
                let error = InputError::new(format!("{file}:{line}"), what);
                fields.report(InputError { line: Some(line), ..error });
            }
        }
        fields.outcome()?; // what was read of the rest may not be what is meant
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
                    self.tables.insert(path.clone(), Field { value: Value::Null, place, line });
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
                self.tables.insert(key.into(), Field { value: Value::Null, place: place.clone(), line: None });
                self.add_table(key, inner, &|_| (place.clone(), None));
            }
            parsed => {
                let value = parsed.map_or_else(|_| Value::String(text.to_string()), to_json);
                self.leaves.insert(key.into(), Field { value, place, line: None });
            }
        }
        Ok(())
    }

    /// The value of a key, which stays where it is.
    pub fn peek(&self, key: &str) -> Option<&Field> {
        self.leaves.get(key)
    }

    /// Drops a key that another one replaces.
    pub fn forget(&mut self, key: &str) {
        self.leaves.remove(key);
    }

    /// Removes and returns the value of a key, which thereby is known.
    pub fn take(&mut self, key: &str) -> Option<Field> {
        self.know(key);
        let field = self.leaves.remove(key)?;
        self.taken.insert(key.into(), field.clone());
        Some(field)
    }

    /// True iff a key is there.
    pub fn is_taken(&self, key: &str) -> bool {
        self.taken.contains_key(key)
    }

    /// Takes a whole number in a range.
    pub fn number(&mut self, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
        self.know_as(key, Shape::number(&allowed));
        let field = self.take(key)?;
        self.note(field.number(key, allowed))
    }

    /// Takes a truth value.
    pub fn truth(&mut self, key: &str) -> Option<bool> {
        self.know_as(key, Shape::truth());
        let field = self.take(key)?;
        self.note(field.truth(key))
    }

    /// Takes one of several words.
    pub fn one_of<'a>(&mut self, key: &str, allowed: &[&'a str]) -> Option<&'a str> {
        self.know_as(key, Shape::words(allowed));
        let field = self.take(key)?;
        let found = field.value.as_str().and_then(|name| allowed.iter().find(|known| **known == name));
        self.note(found.copied().ok_or_else(|| field.none_of(key, allowed)))
    }

    /// Removes and returns every leaf below a key, with the rest of its path.
    pub fn take_below(&mut self, key: &str) -> Vec<(String, Field)> {
        let prefix = format!("{key}.");
        let below: Vec<_> = self.leaves.keys().filter(|path| path.starts_with(&prefix)).cloned().collect();
        let taken: Vec<_> = below.into_iter().filter_map(|path| self.leaves.remove_entry(&path)).collect();
        self.taken.extend(taken.iter().cloned());
        taken.into_iter().map(|(path, field)| (path[prefix.len()..].to_string(), field)).collect()
    }

    /// Notes that there is such a key, for hints.
    pub fn know(&mut self, key: impl Into<String>) {
        self.entry(key.into());
    }

    /// Notes that there is such a key, and what its value may be.
    pub fn know_as(&mut self, key: impl Into<String>, shape: Shape) {
        let known = self.entry(key.into());
        known.shape = std::mem::replace(&mut known.shape, Shape::any()).or(shape);
    }

    /// Notes what a key says, in a few words, for those who write one.
    pub fn explain(&mut self, key: &str, meaning: &str) {
        self.entry(key.into()).meaning = meaning.into();
    }

    /// Notes a value of a key to begin with.
    pub fn suggest(&mut self, key: &str, value: impl Into<Value>) {
        self.entry(key.into()).suggested = Some(value.into());
    }

    /// Notes that another key may stand in the place of one that is missing.
    pub fn replaceable(&mut self, key: &str, instead: &'static str) {
        self.entry(key.into()).instead = Some(instead);
    }

    /// The keys that are known so far.
    pub fn known(&self) -> &[Known] {
        &self.known
    }

    fn entry(&mut self, key: String) -> &mut Known {
        let place = self.known.iter().position(|known| known.key == key).unwrap_or_else(|| {
            let (meaning, shape) = (String::new(), Shape::any());
            self.known.push(Known { key, shape, meaning, suggested: None, is_missed: false, instead: None });
            self.known.len() - 1
        });
        &mut self.known[place]
    }

    /// Puts an error on the list.
    pub fn report(&mut self, error: InputError) {
        self.errors.push(error);
    }

    /// What was read, or nothing with the error on the list.
    pub fn note<T>(&mut self, read: Result<T, InputError>) -> Option<T> {
        read.map_err(|error| self.report(error)).ok()
    }

    /// Reports that a key is missing, unless it is there and wrong, or may be one that is misspelt.
    pub fn missing(&mut self, key: &str, expected: &str) {
        self.entry(key.into()).is_missed = true;
        let error = InputError::new(&self.file, format!("{key} is missing, expected {expected}"));
        self.missing.push((key.into(), error));
    }

    /// Reports what is wrong with a key, at the place where it was written.
    pub fn refuse(&mut self, key: &str, what: String) {
        let error = match self.taken.get(key) {
            Some(field) => field.error(what),
            None => InputError::new(&self.file, what),
        };
        self.report(error);
    }

    /// True iff something was reported.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Requires that nothing was reported.
    ///
    /// # Errors
    /// What was, in the order of the lines; what has none comes last.
    pub fn outcome(&mut self) -> Result<(), InputError> {
        let mut errors = std::mem::take(&mut self.errors);
        errors.sort_by_key(|error| error.line.unwrap_or(usize::MAX));
        errors.dedup();
        if let Some(beyond) = errors.len().checked_sub(MOST_ERRORS).filter(|beyond| *beyond > 0) {
            errors.truncate(MOST_ERRORS);
            errors.push(InputError::new(&self.file, format!("{beyond} more errors")));
        }
        if errors.is_empty() {
            return Ok(());
        }
        let first = errors.remove(0);
        Err(InputError { more: errors, ..first })
    }

    /// Reports every leaf that was not taken and every table that is none of these, each with the nearest known name; and what
    /// is missing, if nothing is unknown.
    pub fn finish(&mut self, tables: &[&str]) {
        let mut errors = Vec::new();
        for (path, field) in &self.leaves {
            if tables.contains(&path.as_str()) {
                errors.push(field.error(format!("{path} = {}, expected a table", field.value)));
            } else {
                errors.push(field.error(format!("unknown key {path}{}", self.hint(path, tables))));
            }
        }
        for (path, field) in self.tables.iter().filter(|(path, _)| !tables.contains(&path.as_str())) {
            let inner = format!("{path}.");
            if self.known.iter().any(|known| known.key == *path)
                && !self.leaves.keys().any(|leaf| leaf.starts_with(&inner))
            {
                errors.push(field.error(format!("{path} is a table, expected a value")));
            } else if !self.leaves.keys().chain(self.tables.keys()).any(|other| other.starts_with(&inner)) {
                let hint = did_you_mean(nearest(path, tables.iter().copied()));
                errors.push(field.error(format!("unknown table {path}{hint}")));
            }
        }
        let missing = std::mem::take(&mut self.missing).into_iter();
        let is_there = |key: &str| self.taken.contains_key(key);
        if errors.is_empty() {
            self.errors.extend(missing.filter(|(key, _)| !is_there(key)).map(|(_, error)| error));
        }
        self.errors.extend(errors);
    }

    /// A hint for an unknown key: the key that it is nested under, the key with the nearest name in any table, or the
    /// nearest table; failing that, the keys of its table.
    fn hint(&self, path: &str, tables: &[&str]) -> String {
        let (table, name) = split(path);
        let known = || self.known.iter().map(|known| known.key.as_str());
        let named_nearly = || {
            let near = known().filter(|known| nearest(name, std::iter::once(split(known).1)).is_some());
            let distance = strsim::damerau_levenshtein;
            near.min_by_key(|known| (distance(name, split(known).1), distance(path, known)))
        };
        let near_table = || nearest(if table.is_empty() { path } else { table }, tables.iter().copied());
        let near = known().find(|known| *known == table).or_else(named_nearly);
        match near.or_else(|| near_table().filter(|near| *near != table)) {
            Some(near) => did_you_mean(Some(near)),
            None if tables.contains(&table) => {
                let keys = known().map(split).filter(|(other, _)| *other == table);
                let keys: Vec<_> = keys.map(|(_, name)| name).collect();
                format!(", expected one of {}", keys.join(", "))
            }
            None => format!(", expected one of the tables {}", tables.join(", ")),
        }
    }
}

/// The table and the name of a key.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
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
