//! Why a computation on diagrams is given up, and when: the caller's limits, and the nodes that an attempt may have. It
//! must not know what is computed.

use crate::engine::control::Watch;
use crate::engine::Stopped;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;

/// Why a computation was given up. What it has found by then proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// A limit of the caller, or the caller.
    Stopped(Stopped),
    /// The diagrams have more nodes than there may be.
    Nodes,
    /// More nodes were made than this attempt may make; another order of the variables may do with fewer.
    Work,
    /// An attempt under another order has ended first.
    Overtaken,
    /// An envelope was sent through a channel that has no variable yet.
    Channel,
    /// Questions would have to be asked about too many tuples of observations.
    Tuples,
    /// A number is larger than its type.
    Overflow,
}

/// Node constructions between two looks at the clock.
const LOOK_EVERY: u32 = 1 << 12;
/// Looks at the clock between two looks at the memory, which cost a system call.
const WEIGH_EVERY: u32 = 1 << 4;

/// A place in a race. The first racer to win goes on alone.
#[derive(Clone)]
pub(super) struct Race {
    winner: Arc<AtomicUsize>,
    racer: usize,
}

/// No racer has won yet.
const NONE: usize = usize::MAX;

impl Race {
    /// A race of this many attempts.
    pub(super) fn of(racers: usize) -> Vec<Race> {
        let winner = Arc::new(AtomicUsize::new(NONE));
        (0..racers).map(|racer| Race { winner: winner.clone(), racer }).collect()
    }

    /// Ends the race, unless it has ended.
    pub(super) fn win(&self) -> Result<(), Halt> {
        match self.winner.compare_exchange(NONE, self.racer, Ordering::Relaxed, Ordering::Relaxed) {
            Err(winner) if winner != self.racer => Err(Halt::Overtaken),
            _ => Ok(()),
        }
    }

    fn is_lost(&self) -> bool {
        ![NONE, self.racer].contains(&self.winner.load(Ordering::Relaxed))
    }
}

/// A point at which a search stops, counted in nodes constructed or looked for.
#[derive(Clone)]
pub(super) struct Fuse {
    left: Arc<AtomicU64>,
    stopped: Stopped,
}

impl Fuse {
    pub(super) fn new(nodes: u64, stopped: Stopped) -> Self {
        Fuse { left: Arc::new(AtomicU64::new(nodes)), stopped }
    }

    fn burn(&self) -> Result<(), Halt> {
        let less = |left: u64| left.checked_sub(1);
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        left.map(|_| ()).map_err(|_| Halt::Stopped(self.stopped))
    }
}

/// What an attempt may use up.
#[derive(Clone)]
pub(super) struct Budget {
    watch: Watch,
    race: Race,
    /// Nodes in use at most.
    pub(super) nodes: usize,
    /// Nodes made at most.
    pub(super) work: usize,
    fuse: Option<Fuse>,
    ticks: u32,
}

impl Budget {
    pub(super) fn new(watch: Watch, race: Race, nodes: usize, work: usize, fuse: Option<Fuse>) -> Self {
        Budget { watch, race, nodes, work, fuse, ticks: 0 }
    }

    /// To be called for every node.
    #[inline]
    pub(super) fn tick(&mut self, nodes: usize, made: usize) -> Result<(), Halt> {
        if nodes > self.nodes {
            return Err(Halt::Nodes);
        }
        if made > self.work {
            return Err(Halt::Work);
        }
        if let Some(fuse) = &self.fuse {
            fuse.burn()?;
        }
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(LOOK_EVERY) {
            self.watch.control().nodes.store(nodes as u64, Ordering::Relaxed);
            self.look()?;
        }
        Ok(())
    }

    /// Looks at the limits now.
    #[cold]
    pub(super) fn look(&self) -> Result<(), Halt> {
        if self.race.is_lost() {
            return Err(Halt::Overtaken);
        }
        let is_heavy = self.ticks.is_multiple_of(LOOK_EVERY * WEIGH_EVERY) && self.watch.is_out_of_memory();
        let stopped = self.watch.stop().or(is_heavy.then_some(Stopped::Memory));
        stopped.map_or(Ok(()), |stopped| Err(Halt::Stopped(stopped)))
    }
}
