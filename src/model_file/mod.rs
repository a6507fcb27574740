//! Model files: which protocol, at which bounds, under which faults, checked for what, with which result. The only
//! reader of TOML; it knows no search.

mod demand;
mod expectation;
mod fields;
mod key;
mod reference;
mod schema;
mod spec;

pub use demand::{demand, refuted, Demand, Found, Wanted};
pub use expectation::{Expectation, Expected, Pinned};
pub use fields::{did_you_mean, nearest, InputError};
pub use key::{clash, name_below, name_files};
pub use schema::MAX_NODES;
pub use spec::{Reference, Spec};

use crate::properties::{self, Property};
use fields::Fields;
use serde_json::{json, Value};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A model file, read and validated.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Its key: what traces, tables and reports call the model.
    pub name: String,
    /// The file, as it was given.
    pub file: String,
    /// The model.
    pub spec: Spec,
    /// The edits that were applied to it, as `key=value`, in the order of their keys.
    pub edits: Vec<String>,
    /// What is expected of it, in the order of the file.
    pub expect: Vec<Expectation>,
}

/// Model files are small; anything larger than this is not one.
const MAX_BYTES: u64 = 1 << 20;

impl ModelFile {
    /// Reads a model file, then applies `key=value` settings to it.
    ///
    /// # Errors
    /// Says where the input is wrong, what was found and what is allowed.
    pub fn read(path: &Path, settings: &[String]) -> Result<Self, InputError> {
        let file = path.display().to_string();
        let text = read_text(path, MAX_BYTES)?;
        let name = key::key(Path::new(path.file_name().unwrap_or(path.as_os_str())), &key::edits(settings));
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
        let (spec, expect) = schema::read(fields)?;
        Ok(ModelFile { name, file, spec, edits: key::edits(settings), expect })
    }
}

/// A model with what is checked and expected of it, as an object with the keys of a model file.
pub fn to_json(spec: &Spec, expect: &[Expectation]) -> Value {
    let mut object = spec.to_json();
    let names = |properties: &mut dyn Iterator<Item = &'static Property>| -> Vec<&str> {
        properties.map(|property| property.name).collect()
    };
    let checked = names(&mut spec.properties.iter().copied());
    if checked != names(&mut properties::registered(&spec.setup())) {
        object["check"] = json!({ "properties": checked });
    }
    if !expect.is_empty() {
        object["expect"] = expect.iter().map(Expectation::to_json).collect();
    }
    object
}

/// Reads a model, and what is expected of it, from an object with the keys of a model file.
///
/// # Errors
/// As for a model file; `place` says where the object was found.
pub fn from_json(place: &str, object: &Value) -> Result<(Spec, Vec<Expectation>), InputError> {
    schema::read(Fields::from_json(place, object))
}

impl Spec {
    /// The model written as a JSON object, with the keys of a model file.
    ///
    /// # Errors
    /// As for a model file; `place` says where the object was found.
    pub fn from_json(place: &str, object: &Value) -> Result<Self, InputError> {
        from_json(place, object).map(|(spec, _)| spec)
    }
}

/// Reads a text file of at most this many bytes.
///
/// # Errors
/// If it cannot be read, is larger, or is not UTF-8.
pub fn read_text(path: &Path, max_bytes: u64) -> Result<String, InputError> {
    let bytes = read_bytes(path, max_bytes)?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| InputError::new(path.display().to_string(), "not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text)) // a byte order mark, as some editors write it
}

/// Opens a regular file for reading; `None` if it is anything else. It is opened without waiting and looked at
/// afterwards, so that a pipe that takes its place meanwhile hangs nothing.
///
/// # Errors
/// As the system reports them.
pub fn open_regular(path: &Path) -> std::io::Result<Option<File>> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let is_file = |file: &File| Ok(file.metadata()?.is_file());
    match options.open(path) {
        Ok(file) => is_file(&file).map(|is_file| is_file.then_some(file)),
        // A folder that cannot be opened, or a socket, is no file either.
        Err(_) if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a file of at most this many bytes.
///
/// # Errors
/// If it cannot be read, or is larger.
pub fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, InputError> {
    let place = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".into(),
            _ => format!("cannot be read: {error}"),
        };
        InputError::new(&place, what)
    };
    let Some(file) = open_regular(path).map_err(unreadable)? else {
        return Err(InputError::new(&place, "not a file"));
    };
    // The size that is stated may be wrong: files of /proc have none, and others grow.
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        return Err(InputError::new(&place, format!("more than {max_bytes} bytes, expected at most so many")));
    }
    Ok(bytes)
}
