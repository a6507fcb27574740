//! Writes the checkpoints of a breadth-first search, and has it go on from one.
//!
//! A checkpoint is the search as it was when its level began, whatever it has found of the next one since. So it may be
//! written at any time, and a search that goes on from it does all that the first one would have done.

use super::packed::{Key, Layout, MOST_WORDS};
use super::store::Store;
use super::visited::Visited;
use crate::engine::components::checkpoint::{program, Checkpoints, Folder, Manifest, Reached, Resumed, Segment};
use crate::engine::components::system::{Filled, System};
use crate::engine::{Refusal, Stopped};
use std::io;
use std::time::{Duration, Instant};

/// What writes the checkpoints of a search.
pub struct Keeper {
    folder: Folder,
    every: Duration,
    written: Instant,
    /// The search when its level began.
    begun: Manifest,
    /// The level that `begun` is of, if it is not written yet.
    is_pending: bool,
    /// What it went on from.
    pub resumed: Option<Resumed>,
    /// Why the last attempt to write failed.
    pub failed: Option<String>,
}

impl Keeper {
    /// Takes the folder of the checkpoints. `start` tells what the initial state made.
    ///
    /// # Errors
    /// If the folder cannot be used, or holds the checkpoint of another search.
    pub fn new(checkpoints: &Checkpoints, start: u64) -> Result<Self, Refusal> {
        let folder = Folder::take(checkpoints)?;
        let refused = |what: &str| Err(Refusal::Checkpoint(format!("{}: {what}", checkpoints.folder.display())));
        let fresh = Manifest {
            model: checkpoints.model.clone(),
            program: program(),
            start,
            filled: Vec::new(),
            segments: Vec::new(),
            levels: Vec::new(),
            layout: Layout { slots: Vec::new() },
            words: 1,
            shard_bits: 0,
            reached: Reached::default(),
        };
        let begun = if checkpoints.resumes { folder.manifest()? } else { fresh };
        if begun.model != checkpoints.model {
            return refused("it is of another model");
        }
        if begun.start != start {
            return refused("the initial state is another now: a handler was changed");
        }
        let known = begun.levels.iter().sum();
        let depth = (begun.levels.len() as u64).saturating_sub(1);
        let resumed = checkpoints.resumes.then_some(Resumed { states: known, depth });
        let keeper = Keeper {
            folder,
            every: checkpoints.every,
            written: Instant::now(),
            begun,
            is_pending: false,
            resumed,
            failed: None,
        };
        Ok(keeper)
    }

    /// Fills the tables as they were.
    ///
    /// # Errors
    /// If a handler does otherwise now.
    pub fn rebuild(&self, system: &mut dyn System) -> Result<(), Refusal> {
        for (number, filled) in self.begun.filled.iter().enumerate() {
            system.fill(filled.miss)?;
            if system.filled().get(number) != Some(filled) {
                let place = system.place_of(filled.miss);
                return Err(self.refused(format!("{place} does otherwise now: a handler was changed")));
            }
        }
        Ok(())
    }

    /// How far the search was, of so many questions.
    ///
    /// # Errors
    /// If it had others.
    pub fn reached(&self, questions: usize) -> Result<&Reached, Refusal> {
        match self.begun.reached.answered.len() == questions {
            true => Ok(&self.begun.reached),
            false => Err(self.refused("it has the answers of other questions".into())),
        }
    }

    fn refused(&self, what: String) -> Refusal {
        Refusal::Checkpoint(format!("the checkpoint cannot be resumed: {what}"))
    }

    /// How many words a state takes, and how it is packed.
    pub fn layout(&self) -> (Layout, usize) {
        (self.begun.layout.clone(), self.begun.words as usize)
    }

    /// How many states each level had.
    pub fn sizes(&self) -> &[u64] {
        &self.begun.levels
    }

    /// Passes the states as they were, and `None` at the end of each level.
    ///
    /// # Errors
    /// If a file is not what was written, or the program is another, whose properties may be.
    pub fn pass_states<const N: usize>(&self, mut put: impl FnMut(Option<Key<N>>)) -> Result<(), Refusal> {
        let begun = &self.begun;
        for segment in &begun.segments {
            let (from, to) = (segment.levels.0 as usize, segment.levels.1 as usize);
            let counts =
                begun.levels.get(from..=to).ok_or_else(|| self.refused("a file has levels too many".into()))?;
            let (mut wide, mut ids, mut at) = (Key([0; MOST_WORDS]), Vec::new(), 0);
            self.folder.read_levels(segment, counts, |level, words| {
                (at..level).for_each(|_| put(None));
                at = level;
                wide.0[..words.len()].copy_from_slice(words);
                segment.layout.unpack(wide, &mut ids);
                put(Some(begun.layout.pack(&ids)));
            })?;
            (at..counts.len()).for_each(|_| put(None));
        }
        if begun.program != program() || begun.program == 0 {
            let what = "it was written by another build of this program, whose properties may be others";
            return Err(self.refused(what.into()));
        }
        Ok(())
    }

    /// The states as they were, in memory.
    ///
    /// # Errors
    /// As [`pass_states`](Self::pass_states).
    pub fn states<const N: usize>(&self) -> Result<Store<N>, Refusal> {
        let mut store = Store::to_restore(&self.begun.layout, self.begun.shard_bits);
        self.pass_states(|state| match state {
            Some(state) => store.restore(state),
            None => store.restored_level(),
        })?;
        Ok(store.restored())
    }

    /// Notes the search as it is now that a level begins.
    pub fn begin_level<const N: usize>(
        &mut self,
        filled: &[Filled],
        reached: Reached,
        layout: &Layout,
        states: &impl Visited<N>,
    ) {
        let begun = &mut self.begun;
        begun.filled.extend_from_slice(&filled[begun.filled.len()..]);
        begun.levels.extend((begun.levels.len()..=states.level()).map(|level| states.size_of(level)));
        (begun.layout, begun.words, begun.shard_bits) = (layout.clone(), N as u64, states.shard_bits());
        begun.reached = reached;
        self.is_pending = true;
    }

    /// Writes a checkpoint if one is due, or the search ends before it has explored everything.
    pub fn write<const N: usize>(&mut self, layout: &Layout, states: &impl Visited<N>, stopped: Option<Stopped>) {
        let is_due = match stopped {
            None => self.written.elapsed() >= self.every,
            Some(stopped) => stopped != Stopped::Exhausted,
        };
        if !is_due || !self.is_pending {
            return;
        }
        let written = self.write_now(layout, states);
        self.failed = written.err().map(|error| error.to_string());
        self.is_pending = self.failed.is_some();
        self.written = Instant::now();
    }

    fn write_now<const N: usize>(&mut self, layout: &Layout, states: &impl Visited<N>) -> io::Result<()> {
        let first = self.begun.segments.last().map_or(0, |segment| segment.levels.1 + 1);
        let levels = (first, self.begun.levels.len() as u64 - 1);
        let checksum = self.folder.write_levels(levels, |put| {
            (levels.0..=levels.1).try_for_each(|level| states.pass(level as usize, &mut |state| put(&state.0)))
        })?;
        let mut manifest = self.begun.clone();
        manifest.segments.push(Segment { levels, layout: layout.clone(), words: N as u64, checksum });
        self.folder.write_manifest(&manifest)?;
        self.begun.segments = manifest.segments;
        Ok(())
    }
}
