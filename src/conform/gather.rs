//! Logs that belong together: read, and refused if they are not of one run of one model.

use crate::family::{Deployable, Message, Property, Roster, Spec};
use crate::input::InputError;
use crate::model_file::{demand, family_of, from_json, Demand, Expectation};
use crate::nodes::log::{self, Log, Record, Sending};
use crate::trace::visible;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The most bytes of a model's name.
const MAX_NAME: usize = 200;

/// The logs of one run.
#[derive(Clone, Debug)]
pub struct Gathered<F: Deployable> {
    /// The name of the model.
    pub name: String,
    /// The model.
    pub spec: Spec<F>,
    /// What is expected of it.
    pub expect: Vec<Expectation>,
    /// The number of the run.
    pub run: u64,
    /// The log of each node, in the order of ids; `None` for a node without one, which did nothing then.
    logs: Vec<Option<Log<F>>>,
    roster: Roster,
    /// The logs that are still being written.
    live: Vec<PathBuf>,
}

/// The files of logs, where folders stand for the logs in them.
fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>, InputError> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(logs_in(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// The family of the model that logs are of, and the log that says so.
///
/// # Errors
/// If no log has a whole first line.
pub fn family_of_logs(paths: &[PathBuf]) -> Result<(String, String), InputError> {
    for file in files_of(paths)? {
        if let Some(header) = log::header(&file)? {
            return Ok((file.display().to_string(), family_of(&header.model).unwrap_or_default()));
        }
    }
    Err(no_log(paths))
}

fn no_log(paths: &[PathBuf]) -> InputError {
    let place = paths.first().map_or_else(String::new, |path| path.display().to_string());
    InputError::new(place, "there is no log with a whole first line")
}

/// Reads logs, and every log (`*.log`) of a folder.
///
/// # Errors
/// If one cannot be read or is corrupt, if they are not of one run of one model, or if a node has two.
pub fn gather<F: Deployable>(paths: &[PathBuf]) -> Result<Gathered<F>, InputError> {
    let files = files_of(paths)?;
    let live: Vec<_> = files.iter().filter(|file| log::is_held(file)).cloned().collect(); // before they are read
    let mut read: Vec<Log<F>> = Vec::new();
    for file in &files {
        read.extend(log::read(file)?);
    }
    let place = paths.first().map_or_else(String::new, |path| path.display().to_string());
    let Some(first) = read.first() else { return Err(no_log(paths)) };
    let (name, run) = (first.header.name.clone(), first.header.run);
    if read.iter().all(|log| log.records.is_empty()) {
        return Err(InputError::new(place, "the logs have no record: no node did anything"));
    }
    let (spec, expect) = from_json(&format!("{}: model", first.file), &first.header.model)?;
    let roster = spec.roster();
    let mut logs: Vec<Option<Log<F>>> = vec![None; roster.len()];
    require_name(&first.file, &name)?;
    let model = first.header.model.clone();
    let first = first.file.clone();
    for log in read {
        if (log.header.run, &log.header.model, &log.header.name) != (run, &model, &name) {
            let differs = match log.header.run == run {
                false => "run",
                true if log.header.model != model => "model",
                true => "model's name",
            };
            return Err(InputError::new(log.file, format!("a log of another {differs} than {first}")));
        }
        require_order(&log)?;
        require_nodes(&log, &roster)?;
        let node = roster.id(&log.header.node).map(usize::from);
        let node = node.ok_or_else(|| InputError::new(&log.file, format!("there is no node {:?}", log.header.node)))?;
        if let Some(other) = &logs[node] {
            return Err(InputError::new(log.file, format!("a log of {}, as {} is", log.header.node, other.file)));
        }
        logs[node] = Some(log);
    }
    Ok(Gathered { name, spec, expect, run, logs, roster, live })
}

/// A model's name is part of the names of files.
///
/// # Errors
/// If it is none that a file has, or not one that can be printed as it is.
pub fn require_name(place: &str, name: &str) -> Result<(), InputError> {
    let is_one = !["", ".", ".."].contains(&name)
        && name.len() <= MAX_NAME
        && !name.contains(['/', '\\'])
        && visible(name) == name;
    let what = || format!("its name {name:?} is no name for logs: expected 1 to {MAX_NAME} bytes that print");
    is_one.then_some(()).ok_or_else(|| InputError::new(place, what()))
}

/// A log records one instance after the other.
fn require_order<F: Deployable>(log: &Log<F>) -> Result<(), InputError> {
    match log.records.windows(2).find(|pair| pair[1].instance < pair[0].instance) {
        None => Ok(()),
        Some(pair) => {
            let what = format!("instance {} after instance {}", pair[1].instance, pair[0].instance);
            Err(InputError::new(format!("{}: record {}", log.file, pair[1].n), what))
        }
    }
}

/// A log mentions only nodes of the model, and ids that no node has: a message may be sent to one.
fn require_nodes<F: Deployable>(log: &Log<F>, roster: &Roster) -> Result<(), InputError> {
    let is_nobody = |name: &str| name.parse().is_ok_and(|id: usize| id >= roster.len());
    for record in &log.records {
        let from = super::received(&record.event).map(|(from, ..)| from);
        let to = record.sent.iter().map(|(to, _)| to.as_str()).filter(|name| !is_nobody(name));
        if let Some(name) = from.into_iter().chain(to).find(|name| roster.id(name).is_none()) {
            return Err(InputError::new(
                format!("{}: record {}", log.file, record.n),
                format!("there is no node {name:?}"),
            ));
        }
    }
    Ok(())
}

/// The logs (`*.log`) of a folder, in the order of their names.
///
/// # Errors
/// If the folder cannot be read.
pub fn logs_in(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let unreadable = |error| InputError::new(folder.display().to_string(), format!("cannot be read: {error}"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl<F: Deployable> Gathered<F> {
    /// What is demanded of a property.
    pub fn demand(&self, property: &Property<F>) -> Demand {
        demand(&self.expect, property)
    }

    /// Every instance that some log mentions.
    pub fn instances(&self) -> BTreeSet<u32> {
        self.logs.iter().flatten().flat_map(|log| &log.records).map(|record| record.instance).collect()
    }

    /// The files of the logs.
    pub fn files(&self) -> Vec<PathBuf> {
        self.logs.iter().flatten().map(|log| PathBuf::from(&log.file)).collect()
    }

    /// The logs that were still being written when they were read: the run goes on.
    pub fn live(&self) -> &[PathBuf] {
        &self.live
    }

    /// True iff the run still went on.
    pub fn is_live(&self) -> bool {
        !self.live.is_empty()
    }

    fn is_being_written(&self, log: &Log<F>) -> bool {
        self.live.iter().any(|file| file.as_os_str() == log.file.as_str())
    }

    /// The number of logs.
    pub fn logs(&self) -> usize {
        self.logs.iter().flatten().count()
    }

    /// The nodes without a log.
    pub fn missing(&self) -> Vec<String> {
        let missing = self.logs.iter().enumerate().filter(|(_, log)| log.is_none());
        missing.map(|(node, _)| self.roster.name(node.into()).to_string()).collect()
    }

    /// The number of records, of every instance.
    pub fn len(&self) -> usize {
        self.logs.iter().flatten().map(|log| log.records.len()).sum()
    }

    /// True iff no node did anything.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The logs whose last line was cut off: the file, at which byte, how long it is, and the whole records before it.
    pub fn torn(&self) -> impl Iterator<Item = (&str, u64, u64, usize)> {
        let torn = self.logs.iter().flatten().filter(|log| log.torn > 0 && !self.is_being_written(log));
        torn.map(|log| (log.file.as_str(), log.intact, log.torn, log.records.len()))
    }

    /// The file of a node's log.
    pub(super) fn file(&self, node: usize) -> &str {
        self.logs[node].as_ref().map_or("", |log| &log.file)
    }

    /// The records of an instance, node by node. A log records one instance after the other.
    pub(super) fn records(&self, instance: u32) -> Vec<&[Record<F>]> {
        let of = |log: &'_ Option<Log<F>>| {
            log.as_ref().map_or(0..0, |log| {
                let from = log.records.partition_point(|record| record.instance < instance);
                from..log.records.partition_point(|record| record.instance <= instance)
            })
        };
        self.logs.iter().map(|log| log.as_ref().map_or(&[][..], |whole| &whole.records[of(log)])).collect()
    }

    /// When a record was written, by its node's clock: microseconds since 1970.
    pub(super) fn time(&self, node: usize, record: &Record<F>) -> u64 {
        self.logs[node].as_ref().map_or(0, |log| log.header.began).saturating_add(record.at)
    }

    /// What a sending of an instance sent, and to whom.
    pub(super) fn sending(&self, instance: u32, from: &str, (n, place): Sending) -> Option<&(String, Message<F>)> {
        let record = self.record(from, n).filter(|record| record.instance == instance)?;
        record.sent.get(place)
    }

    /// True iff what a record names as its sending is a record of another instance.
    pub(super) fn is_elsewhere(&self, record: &Record<F>, from: &str, cause: Sending) -> bool {
        self.record(from, cause.0).is_some_and(|sending| sending.instance != record.instance)
    }

    fn record(&self, node: &str, n: u64) -> Option<&Record<F>> {
        let node = self.roster.id(node).map(usize::from)?;
        self.logs[node].as_ref()?.records.get(usize::try_from(n).ok()?)
    }

    /// Requires that the sender's log of what a record received goes far enough.
    ///
    /// # Errors
    /// If it is missing or ends before: then the logs cannot tell what the run was.
    pub(super) fn require_sender(&self, node: usize, record: &Record<F>) -> Result<(), InputError> {
        let Some((from, cause, message)) = super::received(&record.event) else { return Ok(()) };
        let sender = self.roster.id(from).map(usize::from).and_then(|sender| self.logs[sender].as_ref());
        let place = format!("{}: record {}", self.file(node), record.n);
        match sender {
            None if self.is_live() => Ok(()),
            None => {
                let message = F::message(message);
                Err(InputError::new(place, format!("{message} was received from {from}, of which there is no log")))
            }
            Some(log) if self.is_being_written(log) => Ok(()),
            Some(log) if log.records.len() as u64 <= cause.0 => {
                let what = format!(
                    "{} was received from {from}, sent by its record {}; {} ends at byte {}, after {} records: \
                     the rest of it is missing",
                    F::message(message),
                    cause.0,
                    log.file,
                    log.intact,
                    log.records.len()
                );
                Err(InputError::new(place, what))
            }
            Some(_) => Ok(()),
        }
    }
}
