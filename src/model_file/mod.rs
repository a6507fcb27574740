//! Model files: which protocol, at which bounds, under which faults, checked for what, with which result. The only
//! reader of TOML; it knows no search.

mod demand;
mod expectation;
mod key;
mod keys;
mod schema;
mod wanted;

pub use demand::{demand, refuted, Demand};
pub use expectation::{Expectation, Expected, Fate, InductionVerdict, Pinned};
pub use key::{edits, key};
pub use keys::{schema, template};
pub use schema::FAMILY;
pub use wanted::{Found, Wanted};

use crate::family::{Family, Property, Spec};
use crate::input::{read_text, Field, Fields, InputError};
use serde_json::{json, Value};
use std::path::Path;

/// A model file, read and validated.
#[derive(Clone, Debug)]
pub struct ModelFile<F: Family> {
    /// Its key: what traces, tables and reports call the model.
    pub name: String,
    /// The file, as it was given.
    pub file: String,
    /// The model.
    pub spec: Spec<F>,
    /// The edits that were applied to it, as `key=value`, in the order of their keys.
    pub edits: Vec<String>,
    /// What is expected of it, in the order of the file.
    pub expect: Vec<Expectation>,
}

/// Model files are small; anything larger than this is not one.
const MAX_BYTES: u64 = 1 << 20;

/// A model file, with settings applied to it, before its family reads it.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    file: String,
    fields: Fields,
    edits: Vec<String>,
}

impl Source {
    /// Reads a model file, then applies `key=value` settings to it.
    ///
    /// # Errors
    /// Says where the input is wrong, what was found and what is allowed.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, InputError> {
        let file = path.display().to_string();
        let text = read_text(path, MAX_BYTES)?;
        let name = key(Path::new(path.file_name().unwrap_or(path.as_os_str())), &edits(settings));
        Self::parse(name, file, &text, settings)
    }

    /// Parses the text of a model file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(name: String, file: String, text: &str, settings: &[String]) -> Result<Self, InputError> {
        let mut fields = Fields::from_toml(&file, text)?;
        for setting in settings {
            let replaced = match setting.split('=').next().map(str::trim) {
                Some("bounds.proposals") => "bounds.proposers", // the two say the same, and the later one wins
                Some("bounds.proposers") => "bounds.proposals",
                _ => "",
            };
            fields.forget(replaced);
            if let Err(error) = fields.set(setting) {
                fields.report(error);
            }
        }
        Ok(Source { name, file, fields, edits: edits(settings) })
    }

    /// Where its family is named, and how; `None` if it names none.
    pub fn family(&self) -> Option<&Field> {
        self.fields.peek(FAMILY)
    }
}

impl<F: Family> ModelFile<F> {
    /// Reads a model file of the family, then applies `key=value` settings to it.
    ///
    /// # Errors
    /// Says where the input is wrong, what was found and what is allowed.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, InputError> {
        Self::of(Source::read(path, settings)?)
    }

    /// Parses the text of a model file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(name: String, file: String, text: &str, settings: &[String]) -> Result<Self, InputError> {
        Self::of(Source::parse(name, file, text, settings)?)
    }

    /// Reads a model of the family from its source.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn of(source: Source) -> Result<Self, InputError> {
        let Source { name, file, mut fields, edits } = source;
        let (spec, expect) = schema::read(&mut fields)?;
        Ok(ModelFile { name, file, spec, edits, expect })
    }

    /// The verdict that is demanded of induction, if one is.
    pub fn induction(&self) -> Option<InductionVerdict> {
        self.expect.iter().find_map(|expectation| match expectation.of {
            Expected::Induction(verdict) => Some(verdict),
            Expected::Verdict(..) | Expected::Count(..) | Expected::Mutants(..) => None,
        })
    }

    /// The model with another value of a rule, as if `--set` had given it. The same properties are checked, those of them
    /// that it has; nothing is expected of it.
    ///
    /// # Errors
    /// Why the model has no such edit.
    pub fn mutant(&self, rule: &str, value: &str) -> Result<Self, InputError> {
        let edit = format!("protocol.rules.{rule}={value}");
        let spec = schema::edited(&self.file, &self.spec, &edit)?;
        let name = format!("{}+{edit}", self.name);
        Ok(ModelFile { name, spec, edits: [&self.edits[..], &[edit]].concat(), expect: Vec::new(), ..self.clone() })
    }
}

/// A model with what is checked and expected of it, as an object with the keys of a model file.
pub fn to_json<F: Family>(spec: &Spec<F>, expect: &[Expectation]) -> Value {
    let mut object = spec.to_json();
    let names = |properties: &[Property<F>]| -> Vec<&str> { properties.iter().map(|property| property.name).collect() };
    let checked = names(&spec.properties);
    let mut unasked = Property::of(&spec.model());
    unasked.retain(Property::is_checked_unasked);
    if checked != names(&unasked) {
        object["check"] = json!({ "properties": checked });
    }
    if !expect.is_empty() {
        expect.iter().for_each(|expectation| expectation.write(&mut object["expect"]));
    }
    object
}

/// The family that a model names, given as an object with the keys of a model file.
pub fn family_of(model: &Value) -> Option<String> {
    model["protocol"]["family"].as_str().map(String::from)
}

/// Reads a model, and what is expected of it, from an object with the keys of a model file.
///
/// # Errors
/// As for a model file; `place` says where the object was found.
pub fn from_json<F: Family>(place: &str, object: &Value) -> Result<(Spec<F>, Vec<Expectation>), InputError> {
    schema::read(&mut Fields::from_json(place, object))
}

impl<F: Family> Spec<F> {
    /// The model written as a JSON object, with the keys of a model file.
    ///
    /// # Errors
    /// As for a model file; `place` says where the object was found.
    pub fn from_json(place: &str, object: &Value) -> Result<Self, InputError> {
        from_json(place, object).map(|(spec, _)| spec)
    }
}
