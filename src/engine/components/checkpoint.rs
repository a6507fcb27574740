//! Checkpoints as files: a search that was killed goes on from the last one, on any number of threads.
//!
//! A folder holds the manifest and the states, level by level, each written once. The tables are not written: handlers
//! are deterministic, so the list of the entries that were filled rebuilds them, and a digest of each entry tells if a
//! handler does otherwise now. A manifest replaces the one before in one step, and names only files that were whole before,
//! so a search that dies while it writes leaves the last checkpoint. Everything has a checksum.

use super::search::packed::{Layout, MOST_WORDS};
use super::system::Filled;
use super::tables::{Miss, Taken};
use crate::engine::Refusal;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// Where a search keeps checkpoints.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// The folder, which is made if it is not there.
    pub folder: PathBuf,
    /// How long it searches on after one before it writes the next.
    pub every: Duration,
    /// Whether it goes on from what the folder holds. Otherwise it holds nothing yet.
    pub resumes: bool,
    /// What is searched, in words: a search of anything else does not go on from there.
    pub model: String,
}

/// What a search found in the folder of its checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "tool", derive(serde::Serialize))]
pub struct Resumed {
    /// The states that were known already.
    pub states: u64,
    /// The level whose states had all been found, and were to be expanded next.
    pub depth: u64,
}

const MAGIC: &[u8; 8] = b"synodcp1";
const MANIFEST: &str = "checkpoint";
const LOCK: &str = "lock";
/// How often, and after which pause, a lock is tried again.
const LOCK_AGAIN: (u32, Duration) = (20, Duration::from_millis(25));

/// Some levels of states in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The first and the last level.
    pub levels: (u64, u64),
    /// How its states are packed, in so many words.
    pub layout: Layout,
    pub words: u64,
    pub checksum: u32,
}

impl Segment {
    fn file(levels: (u64, u64)) -> String {
        format!("levels-{}-{}", levels.0, levels.1)
    }
}

/// A question with its answer: the moves to a hit, and whether no path is shorter.
pub type Answered = Option<(Vec<Taken>, bool)>;

/// All that a search needs to go on, but for the states.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// What is searched, in words.
    pub model: String,
    /// The program that searched, as a checksum of its file; 0 if that cannot be read.
    pub program: u32,
    /// What the initial state made.
    pub start: u64,
    pub filled: Vec<Filled>,
    pub segments: Vec<Segment>,
    /// How many states each level has, up to the one to be expanded next.
    pub levels: Vec<u64>,
    /// How the states were packed, and in how many shards they were.
    pub layout: Layout,
    pub words: u64,
    pub shard_bits: u32,
    pub reached: Reached,
}

/// How far a search was.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    pub unique: u64,
    pub generated: u64,
    pub terminals: u64,
    pub answered: Vec<Answered>,
}

/// The folder, held by one search.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes a folder for this search.
    ///
    /// # Errors
    /// If it cannot be used, another search is using it, or it holds a checkpoint though the search is to begin, or none
    /// though it is to go on.
    pub fn take(checkpoints: &Checkpoints) -> Result<Self, Refusal> {
        let path = &checkpoints.folder;
        let refused = |what: String| Refusal::Checkpoint(format!("{}: {what}", path.display()));
        let holds = path.join(MANIFEST).exists();
        match (checkpoints.resumes, holds) {
            (true, false) => return Err(refused("there is no checkpoint in it".into())),
            (false, true) => {
                return Err(refused("there is a checkpoint in it; resume it, or name another folder".into()));
            }
            _ => {}
        }
        let unusable = |error: io::Error| refused(format!("it cannot be written: {error}"));
        std::fs::create_dir_all(path).map_err(unusable)?;
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK)).map_err(unusable)?;
        // A process that this one is about to start holds the lock for a moment, until it has its own program.
        let is_free = || lock.try_lock().is_ok();
        let (times, pause) = LOCK_AGAIN;
        if !is_free()
            && !(0..times).any(|_| {
                std::thread::sleep(pause);
                is_free()
            })
        {
            return Err(refused("another search is using it".into()));
        }
        Ok(Folder { path: path.clone(), _lock: lock })
    }

    /// The manifest.
    ///
    /// # Errors
    /// If it is not whole.
    pub fn manifest(&self) -> Result<Manifest, Refusal> {
        manifest(&self.path)
    }

    /// Writes a manifest in the place of the one before.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_manifest(&self, manifest: &Manifest) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        manifest.encode(&mut Encoder(&mut bytes));
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        self.replace(MANIFEST, |file| file.write_all(&bytes))
    }

    /// Writes the states of these levels, as words; returns their checksum.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_levels(
        &self,
        levels: (u64, u64),
        write: impl FnOnce(&mut dyn FnMut(&[u64]) -> io::Result<()>) -> io::Result<()>,
    ) -> io::Result<u32> {
        let mut checksum = crc32fast::Hasher::new();
        self.replace(&Segment::file(levels), |file| {
            write(&mut |words| {
                let mut bytes = [0; 8 * MOST_WORDS];
                for (word, bytes) in words.iter().zip(bytes.chunks_mut(8)) {
                    bytes.copy_from_slice(&word.to_le_bytes());
                }
                checksum.update(&bytes[..8 * words.len()]);
                file.write_all(&bytes[..8 * words.len()])
            })
        })?;
        Ok(checksum.finalize())
    }

    /// Writes a file under another name and then gives it its own.
    fn replace(&self, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
        let (new, path) = (self.path.join(format!("{name}.new")), self.path.join(name));
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&new)?);
        write(&mut file)?;
        file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        std::fs::rename(new, path)?;
        File::open(&self.path)?.sync_all() // the new name is on the disk as well
    }

    /// Reads the states of a segment, of so many each level, in the order in which they were written.
    ///
    /// # Errors
    /// If the file is not what was written.
    pub fn read_levels(
        &self,
        segment: &Segment,
        states: &[u64],
        mut each: impl FnMut(usize, &[u64]),
    ) -> Result<(), Refusal> {
        let name = Segment::file(segment.levels);
        let broken = |what: String| Refusal::Checkpoint(format!("{}: {what}", self.path.join(&name).display()));
        let mut file = File::open(self.path.join(&name)).map_err(|error| broken(format!("cannot be read: {error}")))?;
        let (mut checksum, words) = (crc32fast::Hasher::new(), segment.words as usize);
        let mut bytes = vec![0; 8 * words * 4096];
        let mut state = vec![0; words];
        for (level, &count) in states.iter().enumerate() {
            let mut left = count as usize;
            while left > 0 {
                let now = left.min(4096);
                let part = &mut bytes[..8 * words * now];
                file.read_exact(part).map_err(|error| broken(format!("it is not whole: {error}")))?;
                checksum.update(part);
                for packed in part.chunks_exact(8 * words) {
                    for (word, bytes) in state.iter_mut().zip(packed.chunks_exact(8)) {
                        *word = u64::from_le_bytes(bytes.try_into().expect("a word has eight bytes"));
                    }
                    each(level, &state);
                }
                left -= now;
            }
        }
        let is_more = file.read(&mut [0]).map_err(|error| broken(format!("cannot be read: {error}")))? > 0;
        match is_more || checksum.finalize() != segment.checksum {
            true => Err(broken("it was altered: its checksum is another".into())),
            false => Ok(()),
        }
    }
}

/// The manifest of a folder, which no search needs to hold for that.
///
/// # Errors
/// If it cannot be read or is not whole.
pub fn manifest(folder: &Path) -> Result<Manifest, Refusal> {
    let path = folder.join(MANIFEST);
    let broken = |what: String| Refusal::Checkpoint(format!("{}: {what}", path.display()));
    let bytes = std::fs::read(&path).map_err(|error| broken(format!("cannot be read: {error}")))?;
    let (content, checksum) = bytes.split_last_chunk::<4>().ok_or_else(|| broken("it is not whole".into()))?;
    if !content.starts_with(MAGIC) {
        return Err(broken("it is no checkpoint of this version".into()));
    }
    if crc32fast::hash(content) != u32::from_le_bytes(*checksum) {
        return Err(broken("it was altered: its checksum is another".into()));
    }
    Manifest::decode(&mut Decoder(&content[MAGIC.len()..])).ok_or_else(|| broken("it is not whole".into()))
}

/// This program, as a checksum of its file; 0 if that cannot be read.
pub fn program() -> u32 {
    static CHECKSUM: OnceLock<u32> = OnceLock::new(); // of a file of some size, which stays the same
    *CHECKSUM.get_or_init(|| std::env::current_exe().and_then(std::fs::read).map_or(0, |bytes| crc32fast::hash(&bytes)))
}

struct Encoder<'a>(&'a mut Vec<u8>);

impl Encoder<'_> {
    fn number(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u64>) {
        self.number(numbers.len() as u64);
        numbers.for_each(|number| self.number(number));
    }

    fn layout(&mut self, layout: &Layout, words: u64) {
        self.number(words);
        let parts = layout.parts();
        self.numbers(parts.iter().copied().flatten().map(u64::from).collect::<Vec<_>>().into_iter());
    }
}

struct Decoder<'a>(&'a [u8]);

impl Decoder<'_> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    fn numbers(&mut self) -> Option<Vec<u64>> {
        let count = self.number()? as usize;
        (count <= self.0.len() / 8).then(|| (0..count).filter_map(|_| self.number()).collect())
    }

    fn layout(&mut self) -> Option<(Layout, u64)> {
        let words = self.number()?;
        let parts: Vec<u32> = self.numbers()?.into_iter().map(|part| part as u32).collect();
        Some((Layout::of_parts(parts.chunks_exact(3).map(|part| [part[0], part[1], part[2]])), words))
    }

    fn text(&mut self) -> Option<String> {
        let bytes = self.numbers()?.into_iter().map(|byte| byte as u8).collect();
        String::from_utf8(bytes).ok()
    }
}

impl Manifest {
    fn encode(&self, to: &mut Encoder) {
        to.numbers(self.model.bytes().map(u64::from));
        for number in [self.program.into(), self.start, self.shard_bits.into()] {
            to.number(number);
        }
        for number in [self.reached.unique, self.reached.generated, self.reached.terminals] {
            to.number(number);
        }
        to.numbers(self.levels.iter().copied());
        to.layout(&self.layout, self.words);
        to.number(self.filled.len() as u64);
        for Filled { miss, digest } in &self.filled {
            let (kind, one, other) = match *miss {
                Miss::Moves { field, component } => (0, field as u64, component),
                Miss::Effect { row, component } => (1, row.into(), component),
            };
            [kind, one, other.into(), *digest].into_iter().for_each(|number| to.number(number));
        }
        to.number(self.segments.len() as u64);
        for segment in &self.segments {
            [segment.levels.0, segment.levels.1, segment.checksum.into()].into_iter().for_each(|n| to.number(n));
            to.layout(&segment.layout, segment.words);
        }
        to.number(self.reached.answered.len() as u64);
        for answered in &self.reached.answered {
            let (path, kind) = match answered {
                None => (&[][..], 0),
                Some((path, false)) => (&path[..], 1),
                Some((path, true)) => (&path[..], 2),
            };
            to.number(kind);
            to.numbers(path.iter().map(|taken| taken.0.into()));
        }
    }

    fn decode(from: &mut Decoder) -> Option<Self> {
        let model = from.text()?;
        let (program, start, shard_bits) = (from.number()? as u32, from.number()?, from.number()? as u32);
        let (unique, generated, terminals) = (from.number()?, from.number()?, from.number()?);
        let levels = from.numbers()?;
        let (layout, words) = from.layout()?;
        let filled = (0..from.number()?).map(|_| {
            let (kind, one, component) = (from.number()?, from.number()?, from.number()? as u32);
            let miss = match kind {
                0 => Miss::Moves { field: one as usize, component },
                _ => Miss::Effect { row: one as u32, component },
            };
            Some(Filled { miss, digest: from.number()? })
        });
        let filled = filled.collect::<Option<Vec<_>>>()?;
        let segments = (0..from.number()?).map(|_| {
            let (levels, checksum) = ((from.number()?, from.number()?), from.number()? as u32);
            let (layout, words) = from.layout()?;
            Some(Segment { levels, layout, words, checksum })
        });
        let segments = segments.collect::<Option<Vec<_>>>()?;
        let answered = (0..from.number()?).map(|_| {
            let kind = from.number()?;
            let path = from.numbers()?.into_iter().map(|number| Taken(number as u32)).collect();
            Some((kind > 0).then_some((path, kind == 2)))
        });
        let answered = answered.collect::<Option<Vec<_>>>()?;
        Some(Manifest {
            model,
            program,
            start,
            filled,
            segments,
            levels,
            layout,
            words,
            shard_bits,
            reached: Reached { unique, generated, terminals, answered },
        })
    }
}
