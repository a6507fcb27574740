//! One breadth-first search on several processes, on one host or many, and on several threads of each. It knows nothing of
//! model files, reports or terminals.
//!
//! # How it works
//!
//! Every worker, a thread of a process, compiles the model by itself and owns the states that a hash gives it. It explores
//! those of the current level (`levels`) and sends what follows them to its owners, in batches (`part`). Tables are not
//! sent: handlers are deterministic, so workers that fill the same entries in the same order have the same tables. When the
//! states of a level are explored or wait for entries, the workers bring together what is missing, and all fill all of it,
//! sorted; what that made is compared. So a packed state means the same everywhere, and since what is missing is no matter
//! of who explored what, it is packed as one process would have packed it.
//!
//! The link between workers (`link`) is a dataflow of the `timely` crate, driven from outside: an epoch ends when everything
//! that was sent in it has arrived, and carries what each worker has to say of it. All decisions follow from that, so all
//! workers take them alike, and each comes to the same outcome. Paths are found together as well (`paths`).
//!
//! Processes find each other by themselves (`join`): they show that they have a common secret, the same version, and the
//! same model (`greeting`). A line between two of them (`line`) has a pulse, so that a process that is gone, or frozen, is
//! found out; whatever is lost, all end (`alarm`). The lines are not encrypted.
//!
//! # Invariants
//!
//! * Verdicts, counts, states by depth and paths are those of one process.
//! * No worker waits for ever: a process that is not heard of within the patience of the search ends it.
//! * Nothing is written to standard output.

mod alarm;
mod greeting;
mod join;
mod joining;
mod levels;
mod line;
mod link;
mod part;
mod paths;
mod votes;

pub use joining::{Joining, NotJoined};
pub(super) use link::Link;

use super::search::session::Session;
use super::search::with_words;
use super::{ask_initial, run_pruned, Ran, Reached, Way};
use crate::engine::fault::guarded;
use crate::engine::{Checkable, Control, Outcome, Refusal, Search, Stopped, Strategy};
use alarm::Alarm;
use line::Line;
use part::Part;
use std::fmt::Debug;
use std::hash::Hash;
use std::mem::ManuallyDrop;
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use timely::communication::allocator::zero_copy::allocator::TcpBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::allocator::ProcessBuilder;
use timely::communication::{Allocator, Hooks};

/// What a worker's end of the link is made of, in the thread of that worker.
enum Builder {
    Threads(ProcessBuilder),
    Processes(TcpBuilder),
}

impl Builder {
    fn build(self) -> Allocator {
        match self {
            Builder::Threads(builder) => Allocator::Process(builder.build()),
            Builder::Processes(builder) => Allocator::Tcp(builder.build()),
        }
    }
}

/// The workers of a search in this process, connected to those in the others.
pub struct Crew {
    unused: Unused,
    builders: Vec<Builder>,
    lines: Lines,
    processes: usize,
}

/// Tells the other processes of a crew that never searched. It is dropped before the lines are.
struct Unused(Option<Arc<Alarm>>);

impl Drop for Unused {
    fn drop(&mut self) {
        self.0.iter().for_each(|alarm| alarm.raise(|| "this process has not searched".into()));
    }
}

/// The lines to the other processes, which end with it.
struct Lines {
    alarm: Arc<Alarm>,
    patience: Duration,
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.alarm.end(self.patience);
    }
}

impl Crew {
    /// So many workers, all of them threads of this process.
    pub fn of_threads(threads: usize) -> Self {
        let hooks = Hooks::default();
        let builders = ProcessBuilder::new_typed_vector(threads.max(1), hooks.refill, hooks.spill);
        let builders = builders.into_iter().map(Builder::Threads).collect();
        let lines = Lines { alarm: Arc::default(), patience: Duration::ZERO };
        Crew { unused: Unused(None), builders, lines, processes: 1 }
    }

    /// The workers of this process, once all processes of the search have found each other. Others call at `listener`.
    ///
    /// # Errors
    /// If one does not come in time, or is not one to search with.
    pub fn join(listener: &TcpListener, joining: Joining, control: &Control) -> Result<Self, NotJoined> {
        let joining = Arc::new(joining);
        let sockets = join::connect(listener, &joining, &|| control.is_interrupted())?;
        let Joining { index, threads, patience, .. } = *joining;
        let lines = Lines { alarm: Arc::default(), patience };
        let mut ends = Vec::new();
        let unusable = |error| NotJoined::System(format!("the system does not let processes be connected: {error}"));
        for (process, socket) in sockets.into_iter().enumerate() {
            let end = socket.map(|socket| Line::new(socket, process, &lines.alarm, patience)).transpose();
            ends.push(end.map_err(unusable)?);
        }
        let (processes, hooks) = (ends.len(), Hooks::default());
        let within = ProcessBuilder::new_typed_vector(threads, hooks.refill.clone(), hooks.spill.clone());
        let networking = initialize_networking_from_sockets(within, ends, index, threads, hooks);
        let (builders, guard) = networking.map_err(unusable)?;
        // It would join the threads of the lines, and panic if one of them was lost; `Alarm::end` waits for them.
        let _never_joined = ManuallyDrop::new(guard);
        let builders = builders.into_iter().map(Builder::Processes).collect();
        Ok(Crew { unused: Unused(Some(Arc::clone(&lines.alarm))), builders, lines, processes })
    }

    /// How many processes search.
    pub fn processes(&self) -> usize {
        self.processes
    }
}

/// Runs a search together with the other processes, breadth-first. Each comes to the same outcome; `search.threads` is no
/// matter here, a process has the workers of its crew.
///
/// # Errors
///
/// As [`run`](super::run), or [`Refusal::Lost`] if a process is lost before the end.
pub fn run<A, C, H, O>(search: Search<A, C, H, O>, crew: Crew) -> Result<Outcome<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let search = &Search { strategy: Strategy::Bfs, threads: 1, ..search };
    let Crew { mut unused, builders, lines, processes } = crew;
    unused.0 = None;
    let workers = processes * builders.len();
    let found = thread::scope(|scope| {
        let mut builders = builders.into_iter();
        let first = builders.next().expect("a crew has a worker");
        let mut waiting = Vec::new();
        for builder in builders {
            let (begin, begun) = channel::<Builder>();
            let alarm = &lines.alarm;
            let spawned = thread::Builder::new().spawn_scoped(scope, move || {
                if let Ok(builder) = begun.recv() {
                    let _same_as_the_first = work(search, builder, alarm);
                }
            });
            // Ends of the link wait for each other, so none is made before all have their threads.
            if let Err(error) = spawned {
                return Err(Refusal::NoThread(error.to_string()));
            }
            waiting.push((begin, builder));
        }
        for (begin, builder) in waiting {
            let _ = begin.send(builder); // the thread waits for it
        }
        work(search, first, &lines.alarm)
    });
    drop(lines);
    Ok(Outcome { threads: workers, ..found? })
}

/// What one worker does, on its own thread.
fn work<A, C, H, O>(search: &Search<A, C, H, O>, builder: Builder, alarm: &Arc<Alarm>) -> Result<Outcome<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let mut link = Link::new(builder.build(), alarm);
    let ran = guarded(|| run_pruned(search.clone(), None, Way::Spread(&mut link)));
    // What all workers find out alike ends them all; the others are told of anything else.
    match &ran {
        Err(refusal) | Ok(Err(refusal @ Refusal::Lost(_))) => alarm.raise(|| refusal.to_string()),
        Ok(_) => {}
    }
    match ran?? {
        Ran::Ended(outcome, _) => Ok(outcome),
        Ran::Unsuited(_) => unreachable!("a search without a handover does not hand over"),
    }
}

/// Runs one worker's part of a search. `start` tells what the initial state made.
pub(super) fn explore(session: &mut Session, initial: &[u32], start: u64, link: &mut Link) -> Result<Reached, Refusal> {
    levels::compare(link, start)?;
    if !guarded(|| session.system.is_within(initial))? {
        return Ok(Reached::Ended(Stopped::Exhausted, Some(vec![0])));
    }
    (session.unique, session.generated) = (1, 1);
    ask_initial(session, initial)?;
    let (layout, words) = session.layout(1, None)?;
    let lenses = session.open.lenses.len();
    with_words!(words, N => {
        let part = Part::<N>::new(layout, initial, lenses, link);
        explore_in::<N>(session, link, part)
    })
}

fn explore_in<const N: usize>(session: &mut Session, link: &mut Link, part: Part<N>) -> Result<Reached, Refusal> {
    match levels::search(session, link, part)? {
        levels::Ended::Stopped(stopped, levels) => Ok(Reached::Ended(stopped, Some(levels))),
        levels::Ended::Wider(part) => {
            let (layout, words) = session.layout(2 * N, None)?;
            with_words!(words, M => {
                let part = part.moved::<M>(layout, link)?;
                explore_in::<M>(session, link, part)
            })
        }
    }
}
