//! How the processes of a search find each other: each listens, calls those before it, and lets those after it call. It must
//! not know what they say to each other, nor how the search goes on.

use super::greeting::{greet, Turned};
use super::joining::{Joining, NotJoined};
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How long after a call that no one takes the next one follows.
const CALL_AGAIN: Duration = Duration::from_millis(50);
/// How long a call is made at most.
const CALL_WITHIN: Duration = Duration::from_secs(2);
/// How long to wait for a caller between two looks at the clock.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Callers that are heard at once.
const MOST_CALLERS: usize = 64;
/// Callers that were turned away, of which is told.
const MOST_TOLD: usize = 5;

/// What a thread that calls, or hears a caller, comes back with.
type Met = (String, Result<(usize, TcpStream), Turned>);

/// Connects this process to all others: a socket for each, and none for itself.
///
/// # Errors
/// If one does not come in time, or is not one to search with.
pub fn connect(
    listener: &TcpListener,
    joining: &Arc<Joining>,
    is_interrupted: &dyn Fn() -> bool,
) -> Result<Vec<Option<TcpStream>>, NotJoined> {
    let is_over = Arc::new(AtomicBool::new(false));
    let found = meet(listener, joining, is_interrupted, &is_over);
    is_over.store(true, Ordering::Relaxed);
    found
}

fn meet(
    listener: &TcpListener,
    joining: &Arc<Joining>,
    is_interrupted: &dyn Fn() -> bool,
    is_over: &Arc<AtomicBool>,
) -> Result<Vec<Option<TcpStream>>, NotJoined> {
    let until = Instant::now() + joining.patience;
    listener.set_nonblocking(true).map_err(|error| NotJoined::System(format!("cannot listen: {error}")))?;
    let (says, heard) = channel();
    for process in 0..joining.index {
        let (joining, says, is_over) = (Arc::clone(joining), says.clone(), Arc::clone(is_over));
        aside(move || call(&joining, process, &says, &is_over))?;
    }
    let mut sockets: Vec<Option<TcpStream>> = joining.hosts.iter().map(|_| None).collect();
    let (mut turned_away, callers) = (Vec::new(), Arc::new(()));
    loop {
        let is_missing = |process: &usize| *process != joining.index && sockets[*process].is_none();
        let missing: Vec<usize> = (0..sockets.len()).filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(sockets);
        }
        if is_interrupted() {
            return Err(NotJoined::Interrupted);
        }
        if Instant::now() >= until {
            return Err(NotJoined::Missing { processes: missing, turned_away, patience: joining.patience });
        }
        if let Ok((socket, place)) = listener.accept() {
            let (joining, says, caller) = (Arc::clone(joining), says.clone(), Arc::clone(&callers));
            if Arc::strong_count(&callers) <= MOST_CALLERS {
                aside(move || {
                    let expected = joining.index + 1..joining.hosts.len();
                    let greeted = greet(&socket, &joining, |process| expected.contains(&process));
                    drop(caller);
                    let _ = says.send((place.to_string(), greeted.map(|process| (process, socket))));
                    // it may be too late
                })?;
            }
        }
        match heard.recv_timeout(LOOK_EVERY) {
            Ok((_, Ok((process, socket)))) if sockets[process].is_none() => sockets[process] = Some(socket),
            Ok((_, Ok((process, _)))) => return Err(NotJoined::Unfit { process, why: "is there twice".into() }),
            Ok((_, Err(Turned::Failed(why)))) => return Err(why),
            Ok((place, Err(Turned::Stranger(what)))) => {
                let one = format!("{place} ({what})");
                if turned_away.len() < MOST_TOLD && !turned_away.contains(&one) {
                    turned_away.push(one);
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

/// Runs something on a thread of its own, which ends by itself.
fn aside(run: impl FnOnce() + Send + 'static) -> Result<(), NotJoined> {
    let spawned = thread::Builder::new().spawn(run);
    spawned.map(|_| ()).map_err(|error| NotJoined::System(format!("the system gives no thread: {error}")))
}

/// Calls a process until it is there. What answers in its place is told of each time.
fn call(joining: &Joining, process: usize, says: &Sender<Met>, is_over: &AtomicBool) {
    let place = &joining.hosts[process];
    while !is_over.load(Ordering::Relaxed) {
        if let Ok(socket) = called(place) {
            let greeted = greet(&socket, joining, |answers| answers == process);
            let is_settled = !matches!(greeted, Err(Turned::Stranger(_)));
            let is_heard = says.send((place.clone(), greeted.map(|process| (process, socket)))).is_ok();
            if is_settled || !is_heard {
                return;
            }
        }
        thread::sleep(CALL_AGAIN);
    }
}

fn called(place: &str) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CALL_WITHIN) {
            // A call to a port of this host that no one listens at may reach the caller itself.
            Ok(socket) if socket.local_addr().ok() != socket.peer_addr().ok() => return Ok(socket),
            Ok(_) => {}
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
