//! Remainders of one shard in a file: sorted runs, one after the other. It must not know what the runs are for.

use crate::engine::components::search::packed::Key;
use crate::engine::components::search::quotient::Form;
use crate::engine::components::tuned;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Remainders that are read or written at once.
const PIECE: usize = tuned(8192, 32);

/// Remainders in ascending order, each once: a part of a pile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    first: u64,
    end: u64,
}

impl Run {
    pub fn len(&self) -> u64 {
        self.end - self.first
    }

    /// What follows so many of its remainders.
    pub fn after(self, count: u64) -> Self {
        Run { first: self.first + count, ..self }
    }
}

/// A file of runs.
pub struct Pile<const N: usize> {
    file: File,
    form: Form<N>,
    /// Remainders in the file.
    len: u64,
    /// What is to be appended and is not written yet.
    waiting: Vec<u8>,
}

impl<const N: usize> Pile<N> {
    /// An empty pile in a folder, in a file without a name: it is gone with the process, however that ends.
    ///
    /// # Errors
    /// As the system reports them. So it is with all that reads or writes.
    pub fn create(folder: &Path, form: Form<N>) -> io::Result<Self> {
        Ok(Pile { file: tempfile::tempfile_in(folder)?, form, len: 0, waiting: Vec::new() })
    }

    /// Appends a remainder to the run that is being written, which began at the end of the run before.
    #[inline]
    pub fn push(&mut self, remainder: Key<N>) -> io::Result<()> {
        let (at, bytes) = (self.waiting.len(), self.form.bytes());
        self.waiting.resize(at + bytes + Form::<N>::SLACK, 0);
        self.form.write(remainder, &mut self.waiting[at..]);
        self.waiting.truncate(at + bytes);
        self.len += 1;
        if self.waiting.len() >= PIECE * bytes {
            self.write_waiting()
        } else {
            Ok(())
        }
    }

    fn write_waiting(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }

    /// The run from a place, where the run before ended, to the end.
    pub fn end_run(&mut self, first: u64) -> io::Result<Run> {
        self.write_waiting()?;
        self.waiting = Vec::new();
        Ok(Run { first, end: self.len })
    }

    /// Where the next run begins.
    pub fn end(&self) -> u64 {
        self.len
    }

    /// Drops all runs.
    pub fn clear(&mut self) -> io::Result<()> {
        (self.len, self.waiting) = (0, Vec::new());
        self.file.set_len(0)
    }

    /// Takes up to `most` remainders from the front of a run.
    pub fn take(&self, run: &mut Run, most: usize, taken: &mut Vec<Key<N>>) -> io::Result<()> {
        let bytes = self.form.bytes();
        let mut buffer = Vec::new();
        let mut left = run.len().min(most as u64) as usize;
        while left > 0 {
            let now = left.min(PIECE);
            buffer.resize(now * bytes + Form::<N>::SLACK, 0);
            let mut file = &self.file;
            file.seek(SeekFrom::Start(run.first * bytes as u64))?;
            file.read_exact(&mut buffer[..now * bytes])?;
            taken.extend((0..now).map(|place| self.form.read(&buffer[place * bytes..])));
            run.first += now as u64;
            left -= now;
        }
        Ok(())
    }

    /// Passes the remainders of a run up to `last`, and leaves those that follow in it.
    pub fn take_until(&self, run: &mut Run, last: Key<N>, mut each: impl FnMut(Key<N>)) -> io::Result<()> {
        let mut piece = Vec::new();
        while run.len() > 0 {
            let (before, mut rest) = (*run, *run);
            piece.clear();
            self.take(&mut rest, PIECE, &mut piece)?;
            let within = piece.partition_point(|remainder| *remainder <= last);
            piece[..within].iter().for_each(|&remainder| each(remainder));
            run.first = before.first + within as u64;
            if within < piece.len() {
                break;
            }
        }
        Ok(())
    }

    /// True iff a run has this remainder.
    pub fn has(&self, mut run: Run, remainder: Key<N>) -> io::Result<bool> {
        let mut piece = Vec::new();
        while run.len() > PIECE as u64 / 8 {
            let middle = run.first + run.len() / 2;
            piece.clear();
            self.take(&mut Run { first: middle, end: middle + 1 }, 1, &mut piece)?;
            match remainder < piece[0] {
                true => run.end = middle,
                false => run.first = middle,
            }
        }
        piece.clear();
        self.take(&mut run, PIECE, &mut piece)?;
        Ok(piece.binary_search(&remainder).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::components::search::packed::Layout;
    use crate::engine::components::search::quotient::Division;

    #[test]
    fn runs_are_read_back_in_parts() {
        let layout = Layout::new(&[1000, 1000], 1, Some(3)).expect("these fields fit");
        let form = Division::<1>::new(&layout, 3).form();
        let mut pile = Pile::create(&std::env::temp_dir(), form).expect("it can be written");
        let mut runs = Vec::new();
        for step in [3, 5] {
            let first = pile.end();
            (0..100).try_for_each(|number| pile.push(Key([number * step]))).expect("there is room");
            runs.push(pile.end_run(first).expect("there is room"));
        }
        for (run, step) in runs.into_iter().zip([3, 5]) {
            assert_eq!(run.len(), 100);
            for number in 0..600 {
                let is_there = number % step == 0 && number < 100 * step;
                assert_eq!(pile.has(run, Key([number])).expect("it can be read"), is_there, "{number}");
            }
            let (mut left, mut found) = (run, Vec::new());
            for last in [50, 50, 51, 1000] {
                pile.take_until(&mut left, Key([last]), |remainder| found.push(remainder)).expect("it can be read");
                assert!(found.iter().all(|found| found.0[0] <= last));
            }
            assert_eq!(found, (0..100).map(|number| Key([number * step])).collect::<Vec<_>>());
        }
    }
}
