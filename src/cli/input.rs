//! The files that commands are given. One of another kind is refused with the command that takes it, one that is missing
//! with the nearest one that is there.

use super::own::is_log;
use crate::conform::logs_in;
use crate::family::Family;
use crate::input::{did_you_mean, nearest, open_regular, InputError};
use crate::model_file::ModelFile;
use crate::report::{as_operand, command};
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a file is, as far as its beginning shows.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Folder,
    Model,
    Trace,
    Report,
    Log,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Folder => "a folder",
            Kind::Model => "a model file",
            Kind::Trace => "a trace",
            Kind::Report => "a report",
            Kind::Log => "a log",
        }
    }
}

/// How much of a file is looked at.
const BEGINNING: u64 = 4096;

/// The kind of a file, if it is one of these.
fn kind(path: &Path) -> Option<Kind> {
    if path.is_dir() {
        return Some(Kind::Folder);
    }
    if is_log(path).is_ok_and(|is_log| is_log) {
        return Some(Kind::Log);
    }
    let mut bytes = Vec::new();
    open_regular(path).ok()??.take(BEGINNING).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        let is_trace = text.contains("\"synod-trace\"");
        return is_trace.then_some(Kind::Trace).or_else(|| text.contains("\"cases\"").then_some(Kind::Report));
    }
    let is_named_so = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let is_written_so = || text.lines().any(|line| line.starts_with("[protocol]") || line.starts_with("protocol"));
    (is_named_so || is_written_so()).then_some(Kind::Model)
}

/// Refuses a file that is known to be of another kind than the one that is wanted, with the command to use instead.
pub fn require(path: &Path, wanted: Kind) -> Result<(), InputError> {
    let Some(found) = kind(path).filter(|found| *found != wanted) else { return Ok(()) };
    let typed = |words: &[&str], path: &Path| {
        let path = as_operand(&path.display().to_string());
        command(&[words, &[&path]].concat())
    };
    let hint = match (found, wanted) {
        (Kind::Folder, Kind::Trace) => first_trace(path).map(|first| ("to see one in it", typed(&["replay"], &first))),
        (Kind::Folder, _) if logs_in(path).is_ok_and(|logs| !logs.is_empty()) => {
            Some(("to follow the logs in it", typed(&["conform"], path)))
        }
        (Kind::Folder, _) => Some(("to check every model in it", typed(&["suite"], path))),
        (Kind::Model, Kind::Log) => Some(("to run it", typed(&["run"], path))),
        (Kind::Model, _) => Some(("to check it", typed(&["check"], path))),
        (Kind::Trace, _) => Some(("to see it", typed(&["replay"], path))),
        (Kind::Report, _) => Some(("to compare with it", typed(&["suite", "--baseline"], path))),
        (Kind::Log, _) => Some(("to follow it", typed(&["conform"], path))),
    };
    let hint = hint.map_or(String::new(), |(why, command)| format!("; {why}: {command}"));
    let what = format!("{}, expected {}{hint}", found.name(), wanted.name());
    Err(InputError::new(path.display().to_string(), what))
}

fn first_trace(folder: &Path) -> Option<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.into_iter().find(|file| kind(file) == Some(Kind::Trace))
}

/// Requires that a file is there.
///
/// # Errors
/// Names the file in the same folder that has nearly this name.
pub fn require_there(path: &Path) -> Result<(), InputError> {
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let siblings = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let siblings = siblings.map(|entry| PathBuf::from(entry.file_name()));
    let siblings: Vec<_> = siblings.filter(|sibling| sibling.extension() == path.extension()).collect();
    let stems: Vec<_> = siblings.iter().map(|sibling| stem(sibling)).collect();
    let near = nearest(&stem(path), stems.iter().map(String::as_str));
    let near = near.and_then(|near| siblings.iter().find(|sibling| stem(sibling) == near));
    let near = near.map(|near| folder.unwrap_or(Path::new("")).join(near).display().to_string());
    Err(InputError::new(path.display().to_string(), format!("no such file{}", did_you_mean(near))))
}

/// Reads a model file of a family, then applies `key=value` settings to it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_model_of<F: Family>(path: &Path, settings: &[String]) -> Result<ModelFile<F>, InputError> {
    require_model(path)?;
    ModelFile::read(path, settings)
}

/// Requires that a file may be a model file.
///
/// # Errors
/// What it is instead, and which command takes it.
pub fn require_model(path: &Path) -> Result<(), InputError> {
    require_there(path)?;
    require(path, Kind::Model)
}
