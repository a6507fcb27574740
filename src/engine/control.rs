//! How a search is watched and ended from outside: limits, the interrupt flag, and the gauges that progress reads.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// When a search gives up. A limit that is not set does not limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Unique states to explore at most.
    pub max_states: Option<u64>,
    /// Transitions from the initial state at most; deeper states are not explored.
    pub max_depth: Option<u64>,
    /// Wall-clock time at most.
    pub timeout: Option<Duration>,
    /// Resident bytes of the process at most.
    pub memory: Option<u64>,
}

/// Why a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every reachable state was explored.
    Exhausted,
    /// The limit on unique states was reached.
    MaxStates,
    /// The limit on depth cut off at least one transition.
    MaxDepth,
    /// The time was up.
    Timeout,
    /// The memory budget was spent.
    Memory,
    /// The disk did not take the states that memory does not hold, or not give them back.
    Disk,
    /// The caller interrupted the search.
    Interrupted,
    /// The goal was reached: hits answer everything that the caller has to know.
    Decided,
}

impl Stopped {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Stopped::Exhausted => "exhausted",
            Stopped::MaxStates => "max-states",
            Stopped::MaxDepth => "max-depth",
            Stopped::Timeout => "timeout",
            Stopped::Memory => "memory",
            Stopped::Disk => "disk",
            Stopped::Interrupted => "interrupted",
            Stopped::Decided => "decided",
        }
    }
}

/// Shared between a running search and its caller. The search writes the gauges, the caller reads them; the caller
/// may interrupt at any time.
#[derive(Debug, Default)]
pub struct Control {
    interrupted: OnceLock<Instant>,
    denied_threads: OnceLock<String>,
    /// Unique states found so far.
    pub unique_states: AtomicU64,
    /// Generated states so far.
    pub generated_states: AtomicU64,
    /// States found but not yet expanded.
    pub frontier: AtomicU64,
    /// Depth reached.
    pub depth: AtomicU64,
    /// Nodes of decision diagrams, where the search has such.
    pub nodes: AtomicU64,
    phase: AtomicU8,
}

/// What a search is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// States are explored, one after another.
    Exploring,
    /// All states are looked for at once.
    Saturating,
    /// All states are known, and questions are answered.
    Answering,
}

impl Control {
    /// What the search is at.
    pub fn phase(&self) -> Phase {
        let phases = [Phase::Exploring, Phase::Saturating, Phase::Answering];
        phases[usize::from(self.phase.load(Ordering::Relaxed))]
    }

    /// Begins a phase. The gauges begin anew with a search, that is with any phase but the last one.
    pub(crate) fn begin(&self, phase: Phase) {
        if phase != Phase::Answering {
            let gauges = [&self.unique_states, &self.generated_states, &self.frontier, &self.depth, &self.nodes];
            gauges.into_iter().for_each(|gauge| gauge.store(0, Ordering::Relaxed));
        }
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// Ends the search at its next opportunity, well within a second.
    pub fn interrupt(&self) {
        self.interrupted.get_or_init(Instant::now);
    }

    /// True iff [`interrupt`](Self::interrupt) was called.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.get().is_some()
    }

    /// Why the work goes on with one thread, if it should have had more.
    pub fn denied_threads(&self) -> Option<&str> {
        self.denied_threads.get().map(String::as_str)
    }

    pub(crate) fn deny_threads(&self, threads: usize, why: &dyn Display) {
        self.denied_threads.get_or_init(|| format!("the system gives no {threads} threads ({why})"));
    }
}

/// How long a search that has to end goes on looking for the paths to what it has found. A path takes about as long as
/// exploring the levels up to it once more, so on a large model there may be no end to that.
const PATHS_WITHIN: Duration = Duration::from_secs(1);

/// A [`Control`] and the limits of time and memory, to be asked now and then by the search.
#[derive(Clone)]
pub(crate) struct Watch {
    control: Arc<Control>,
    deadline: Option<Instant>,
    memory: Option<u64>,
}

impl Watch {
    pub(crate) fn new(control: Arc<Control>, limits: &Limits) -> Self {
        Watch { control, deadline: limits.timeout.and_then(|t| Instant::now().checked_add(t)), memory: limits.memory }
    }

    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// Why the search has to end now, if it has to. Costs a clock reading.
    pub(crate) fn stop(&self) -> Option<Stopped> {
        if self.control.is_interrupted() {
            Some(Stopped::Interrupted)
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some(Stopped::Timeout)
        } else {
            None
        }
    }

    /// True iff the search had to end so long ago that a path to what it has found is not looked for any more.
    pub(crate) fn has_lost_patience(&self) -> bool {
        let interrupted = self.control.interrupted.get().is_some_and(|at| at.elapsed() > PATHS_WITHIN);
        interrupted || self.deadline.is_some_and(|deadline| deadline.elapsed() > PATHS_WITHIN)
    }

    /// True iff the process holds more than its budget. Costs a system call.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        self.memory.is_some_and(|budget| resident_bytes().is_some_and(|held| held > budget))
    }
}

/// Resident memory of this process, in bytes, where the system tells.
pub fn resident_bytes() -> Option<u64> {
    memory_stats::memory_stats().map(|held| held.physical_mem as u64)
}

/// The most resident memory this process ever held, in bytes, where the system tells: on Linux, as `VmHWM`.
pub fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
