//! What the search for paths asks of states on disk. A state that cannot be read is none, and the failure is noted.

use super::levels::Reader;
use super::OnDisk;
use crate::engine::components::intern::stable_map;
use crate::engine::components::search::marks::{Marked, Marks};
use crate::engine::components::search::packed::Key;
use crate::engine::components::search::session::Session;
use crate::engine::components::search::share::Share;
use crate::engine::components::search::store::Store;
use crate::engine::components::search::visited::Visited;
use crate::engine::components::tuned;
use rayon::prelude::*;
use std::io;

/// States that are marked at once, and by each worker.
const PIECE: usize = tuned(64 * 1024, 16);
const EACH: usize = tuned(1024, 4);
/// States of a level that may be marked, however little memory there is.
const MARKED_AT_LEAST: usize = 1 << 16;

impl<const N: usize> OnDisk<N> {
    fn or_failed<T>(&self, read: io::Result<T>, otherwise: T) -> T {
        read.unwrap_or_else(|error| {
            self.failed.get_or_init(|| error);
            otherwise
        })
    }
}

impl<const N: usize> Visited<N> for OnDisk<N> {
    fn level(&self) -> usize {
        self.levels.last()
    }

    fn len(&self) -> usize {
        self.levels.counts().iter().sum::<u64>() as usize
    }

    fn size_of(&self, level: usize) -> u64 {
        self.levels.counts()[level]
    }

    fn shard_bits(&self) -> u32 {
        Store::<N>::shard_bits_for(self.len())
    }

    fn pass(&self, level: usize, put: &mut dyn FnMut(Key<N>) -> io::Result<()>) -> io::Result<()> {
        let (mut reader, mut states) = (Reader::new(level), Vec::new());
        while self.levels.read(&mut reader, PIECE, &mut states)? {
            states.iter().try_for_each(|&state| put(state))?;
        }
        Ok(())
    }

    fn bins(&self) -> usize {
        self.levels.shards()
    }

    #[inline(always)]
    fn divide(&self, state: Key<N>, _class: u8) -> (usize, Key<N>) {
        self.levels.divide(state)
    }

    fn each_of(&self, share: &Share<N>, mut each: impl FnMut(Key<N>, u8)) {
        match share {
            Share::Keys(keys) => keys.iter().for_each(|&state| each(state, 0)),
            Share::Pieces(_) => unreachable!("only states in memory are shared by their places"),
        }
    }

    fn initial(&self) -> Key<N> {
        let mut states = Vec::new();
        let read = self.levels.read(&mut Reader::new(0), 1, &mut states);
        self.or_failed(read, false);
        states.first().copied().unwrap_or(Key([0; N]))
    }

    fn is_of(&self, level: usize, state: Key<N>) -> bool {
        level <= self.levels.last() && self.or_failed(self.levels.has(level, state), false)
    }

    fn knows(&self, _state: Key<N>) -> bool {
        false
    }
}

impl<const N: usize> Marked<N> for OnDisk<N> {
    fn mark<F: FnMut(Key<N>) -> u8>(&self, session: &Session, level: usize, worker: impl Fn() -> F + Sync) -> Marks<N> {
        let (mut marks, mut reader, mut states) = (stable_map(), Reader::new(level), Vec::new());
        let of_some = |states: &[Key<N>]| -> Vec<([u64; N], u8)> {
            let mut mark = worker();
            states.iter().map(|&state| (state.0, mark(state))).filter(|(_, mark)| *mark != 0).collect()
        };
        while session.lost_patience().is_none()
            && self.or_failed(self.levels.read(&mut reader, PIECE, &mut states), false)
        {
            let found: Vec<_> = session.on_threads(states.len() < PIECE, |is_shared| match is_shared {
                true => states.par_chunks(EACH).flat_map_iter(of_some).collect(),
                false => of_some(&states),
            });
            marks.extend(found);
            if marks.len() > self.levels.room() / 16 && marks.len() > MARKED_AT_LEAST {
                let what = "memory does not hold all the states that lead to a hit; raise --memory";
                self.failed.get_or_init(|| io::Error::new(io::ErrorKind::OutOfMemory, what));
                break;
            }
        }
        Marks::Listed(marks)
    }

    fn mark_of(&self, marks: &Marks<N>, _level: usize, state: Key<N>) -> u8 {
        match marks {
            Marks::Listed(listed) => listed.get(&state.0).copied().unwrap_or(0),
            Marks::Placed(_) => unreachable!("states on disk have no places"),
        }
    }
}
