//! The log of a node: one record for each step, with what it received, its new state, what it saved and what
//! it sent. The log is the node's stable storage as well: a record is appended, whole, before anything that it mentions
//! leaves the node, so no crash can come between what a node remembers and what it says that it did. (The record is in
//! the hands of the operating system then: it survives the death of the process, not that of the machine.)
//!
//! The first line is the header, every other line a record; each is a checksum, a space and a JSON value. A state that grows
//! is not repeated in each record: where that is shorter, a record holds what changed in it, as a JSON patch (RFC 6902).

use super::sealed::{open, seal};
use crate::family::{Deployable, Local, Message, Random, Storage, Timer};
use crate::input::{open_regular, read_bytes, InputError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the `format` field of a log's header says.
pub const FORMAT: &str = "synod-log";

/// The version of the format that is written. Version 1, which holds whole states only, is read as well.
pub const VERSION: u32 = 2;

/// Larger files are no logs of a bounded model's runs.
const MAX_BYTES: u64 = 1 << 30;

/// The first line of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The number of the run: logs of different runs do not belong together.
    pub run: u64,
    /// The name of the model.
    pub name: String,
    /// The node, such as `A2`.
    pub node: String,
    /// When the log was begun, by the node's clock: microseconds since 1970.
    pub began: u64,
    /// The model, with the keys of a model file.
    pub model: serde_json::Value,
}

/// Where a message comes from: the number of the sender's record that holds the sending, and its place among what was
/// sent there.
pub type Sending = (u64, usize);

/// What happened to a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, bound = "F: Deployable")]
pub enum Event<F: Deployable> {
    /// It started.
    Start,
    /// It came back after a crash.
    Recover,
    /// It took a message.
    Deliver {
        /// The sender.
        from: String,
        /// The sending.
        cause: Sending,
        /// The message.
        message: Message<F>,
    },
    /// A message arrived and had no effect. It may be taken later.
    Ignore {
        /// The sender.
        from: String,
        /// The sending.
        cause: Sending,
        /// The message.
        message: Message<F>,
    },
    /// This many more messages arrived without an effect and have no record of their own: a flood must not fill the
    /// log.
    Unrecorded(u64),
    /// A timer fired.
    Fire(Timer<F>),
    /// It made a random choice.
    Choose {
        /// Which of those that were open.
        key: String,
        /// What was chosen.
        random: Random<F>,
    },
}

/// One step of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "F: Deployable")]
pub struct Record<F: Deployable> {
    /// Its number in this log, counted from 0.
    pub n: u64,
    /// The instance of the protocol, counted from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub instance: u32,
    /// Microseconds since the log was begun, by the node's clock.
    pub at: u64,
    /// What happened.
    pub event: Event<F>,
    /// The node's state after it, where it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<Local<F>>,
    /// What it saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Storage<F>>,
    /// What it sent, and to whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<(String, Message<F>)>,
}

fn is_first(instance: &u32) -> bool {
    *instance == 0
}

/// A log as it was read.
#[derive(Clone, Debug)]
pub struct Log<F: Deployable> {
    /// The file.
    pub file: String,
    /// Its first line.
    pub header: Header,
    /// Every whole record.
    pub records: Vec<Record<F>>,
    /// The bytes of the file up to the end of the last whole line.
    pub intact: u64,
    /// The bytes after that: a line that was cut off, as when its writer was killed.
    pub torn: u64,
}

/// True iff a file that begins with these bytes may be a log: they are, as far as they go, the beginning of a header.
pub fn is_begun(bytes: &[u8]) -> bool {
    let (digits, rest) = bytes.split_at(bytes.len().min(8));
    let start = format!(" {{\"format\":\"{FORMAT}\"");
    digits.iter().all(u8::is_ascii_hexdigit)
        && rest.iter().zip(start.as_bytes()).all(|(found, expected)| found == expected)
}

/// True iff a file that begins with these bytes is a log, whole or not: no other file is ever replaced or removed.
pub fn is_marked(bytes: &[u8]) -> bool {
    is_begun(bytes) && bytes.len() >= 8 + format!(" {{\"format\":\"{FORMAT}\"").len()
}

/// The first line of a log, which is not read further. `None` if there is no whole one.
///
/// # Errors
/// As [`read`].
pub fn header(path: &Path) -> Result<Option<Header>, InputError> {
    Ok(opened(&path.display().to_string(), &read_bytes(path, MAX_BYTES)?)?.map(|(header, _)| header))
}

/// The first line of a log, and where the second one begins.
fn opened(file: &str, bytes: &[u8]) -> Result<Option<(Header, usize)>, InputError> {
    let not_a_log = |what: String| InputError::new(format!("{file}: byte 0"), format!("not a {FORMAT} file: {what}"));
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
        return is_begun(bytes).then_some(None).ok_or_else(|| not_a_log("it does not begin like one".into()));
    };
    let header: Header = open(&bytes[..end]).map_err(|broken| not_a_log(broken.to_string()))?;
    if header.format != FORMAT || !(1..=VERSION).contains(&header.version) {
        return Err(not_a_log(format!(
            "format {:?} version {}, expected a version up to {VERSION}",
            header.format, header.version
        )));
    }
    Ok(Some((header, end + 1)))
}

/// Reads a log. A last line without an end was never written whole: it is counted as torn and left out. A file with less
/// than a whole header is the log of a node that never came to do anything, `None`.
///
/// # Errors
/// If the file cannot be read, or a line of it is not what was written: the error says at which byte, and how much
/// before it is intact.
pub fn read<F: Deployable>(path: &Path) -> Result<Option<Log<F>>, InputError> {
    let file = path.display().to_string();
    let bytes = read_bytes(path, MAX_BYTES)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let Some((header, mut offset)) = opened(&file, &bytes)? else { return Ok(None) };
    let lines = bytes[offset..whole].split_inclusive(|byte| *byte == b'\n').map(|line| {
        let start = offset;
        offset += line.len();
        (start, &line[..line.len() - 1])
    });
    let mut records: Vec<Record<F>> = Vec::new();
    let mut states = States::default();
    for (start, line) in lines {
        let intact = records.len();
        let corrupt = |what: String| {
            let kept = format!("the {intact} records before it are intact and are left as they are");
            InputError::new(format!("{file}: byte {start}"), format!("record {intact} is corrupt: {what}; {kept}"))
        };
        let written: Value = open(line).map_err(|broken| corrupt(broken.to_string()))?;
        if let Some(number) = written["n"].as_u64().filter(|number| *number != intact as u64) {
            return Err(corrupt(format!("it says that it is record {number}")));
        }
        let record: Record<F> = states.whole(written).map_err(corrupt)?;
        records.push(record);
    }
    Ok(Some(Log { file, header, records, intact: whole as u64, torn: (bytes.len() - whole) as u64 }))
}

/// The key of a record's state, and of what changed in the one before.
const STATE: (&str, &str) = ("local", "changed");

/// The state that a log last told, for the records that tell what changed in it.
#[derive(Debug, Default)]
struct States {
    last: Value,
}

impl States {
    /// A record as it is written. Where a node starts or comes back, its state is written whole, so that whoever goes on with
    /// a log need not know the state before.
    fn brief<F: Deployable>(&mut self, record: &Record<F>) -> serde_json::Result<Value> {
        let mut written = serde_json::to_value(record)?;
        let Some(local) = written.get(STATE.0).cloned() else { return Ok(written) };
        let last = std::mem::replace(&mut self.last, local);
        if matches!(record.event, Event::Start | Event::Recover) || last.is_null() {
            return Ok(written);
        }
        let changed = serde_json::to_value(json_patch::diff(&last, &self.last))?;
        if changed.to_string().len() < self.last.to_string().len() {
            written[STATE.1] = changed;
            written.as_object_mut().map(|fields| fields.remove(STATE.0));
        }
        Ok(written)
    }

    /// The record that was written so.
    ///
    /// # Errors
    /// What is wrong with it.
    fn whole<F: Deployable>(&mut self, mut written: Value) -> Result<Record<F>, String> {
        if let Some(changed) = written.as_object_mut().and_then(|fields| fields.remove(STATE.1)) {
            let patch: json_patch::Patch = serde_json::from_value(changed).map_err(|error| error.to_string())?;
            json_patch::patch(&mut self.last, &patch).map_err(|error| error.to_string())?;
            written[STATE.0] = self.last.clone();
        } else if let Some(local) = written.get(STATE.0) {
            self.last.clone_from(local);
        }
        serde_json::from_value(written).map_err(|error| error.to_string())
    }
}

/// A log that is being written.
#[derive(Debug)]
pub struct Writer {
    file: File,
    began: u64,
    next: u64,
    states: States,
}

impl Writer {
    /// Begins a log, in place of an earlier one or of an empty file.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn begin(path: &Path, header: &Header) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path)?;
        take(&file)?;
        let mut start = Vec::new();
        (&file).take(64).read_to_end(&mut start)?;
        if !start.is_empty() && !is_marked(&start) {
            return Err(io::Error::other("not a log of an earlier run; it is left as it is"));
        }
        io::Seek::rewind(&mut file)?;
        file.set_len(0)?;
        file.write_all((seal(header)? + "\n").as_bytes())?;
        Ok(Writer { file, began: header.began, next: 0, states: States::default() })
    }

    /// Continues a log that was read. A line that was cut off is removed: nothing that it records left the node.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn resume<F: Deployable>(path: &Path, log: &Log<F>) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        take(&file)?;
        if file.metadata()?.len() != log.intact + log.torn {
            return Err(io::Error::other("another node has appended to it"));
        }
        file.set_len(log.intact)?;
        io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
        let states = States::default(); // a node that goes on with a log comes back first
        Ok(Writer { file, began: log.header.began, next: log.records.len() as u64, states })
    }

    /// The number that the next record gets, and the time that it is stamped with: microseconds since the log began.
    pub fn next(&self) -> (u64, u64) {
        (self.next, now().saturating_sub(self.began))
    }

    /// Appends a record.
    ///
    /// # Errors
    /// As the system reports them. Nothing that the record mentions may leave the node then.
    pub fn append<F: Deployable>(&mut self, record: &Record<F>) -> io::Result<()> {
        self.file.write_all((seal(&self.states.brief(record)?)? + "\n").as_bytes())?;
        self.next = record.n + 1;
        Ok(())
    }
}

/// How often a lock is tried, and after how long again: a process that was killed may not be gone yet.
const TAKE_AGAIN: (u32, Duration) = (20, Duration::from_millis(50));

/// Takes a log, or the folder of a run's logs, until it is closed: no one else writes there meanwhile.
///
/// # Errors
/// If another run or node has it, or as the system reports them.
pub fn take(file: &File) -> io::Result<()> {
    let (times, pause) = TAKE_AGAIN;
    for _ in 0..times {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(io::Error::other("another run or node is using it"))
}

/// True iff a run or a node is using a log.
pub fn is_held(path: &Path) -> bool {
    let file = open_regular(path).ok().flatten();
    file.is_some_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The clock: microseconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}
