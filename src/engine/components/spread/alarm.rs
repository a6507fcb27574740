//! What ends a search in all workers of a process when a process of it is lost, and lets the threads of its lines end. It
//! must not know what is searched.

use std::net::{Shutdown, TcpStream};
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a process that has lost another stays: the others are to find out which one was lost first.
const GRACE: Duration = Duration::from_millis(250);

/// Shared by the workers of a process and the threads of its lines.
#[derive(Default)]
pub struct Alarm {
    why: OnceLock<String>,
    ending: Mutex<Ending>,
    changed: Condvar,
}

/// How far the end is.
#[derive(Default)]
struct Ending {
    /// No worker of this process works any more.
    is_over: bool,
    /// Ends of lines that threads still hold.
    held: usize,
    sockets: Vec<TcpStream>,
}

impl Alarm {
    /// Ends the search. The first reason is the one that is told.
    pub fn raise(&self, why: impl FnOnce() -> String) {
        self.why.get_or_init(why);
    }

    /// Why the search has to end, if it has to.
    pub fn why(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    fn ending(&self) -> MutexGuard<'_, Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a thread holds an end of a line.
    pub fn hold(&self) {
        self.ending().held += 1;
    }

    /// Notes that it does no more.
    pub fn let_go(&self) {
        self.ending().held -= 1;
        self.changed.notify_all();
    }

    /// Notes a socket that is to be shut if the search ends before its time.
    pub fn guard(&self, socket: TcpStream) {
        self.ending().sockets.push(socket);
    }

    /// True once no worker works any more; waits for that so long.
    pub fn is_over_within(&self, most: Duration) -> bool {
        let waits = |ending: &mut Ending| !ending.is_over;
        let waited = self.changed.wait_timeout_while(self.ending(), most, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_over
    }

    /// Ends the thread of a line that is lost, once no worker of this process works any more: a worker that finds the
    /// thread gone would take that for a fault of its own. Nothing is printed.
    pub fn leave(&self) -> ! {
        while !self.is_over_within(Duration::from_secs(1)) {}
        resume_unwind(Box::new("a line was lost"))
    }

    /// Waits for the threads of the lines, once no worker of this process works any more: each sends what it still has to
    /// send, and hears the other side out. Not so if the search ended before its time.
    pub fn end(&self, patience: Duration) {
        if self.why().is_some() {
            thread::sleep(GRACE);
        }
        let mut ending = self.ending();
        ending.is_over = true;
        self.changed.notify_all();
        if self.why().is_some() {
            ending.sockets.iter().for_each(|socket| _ = socket.shutdown(Shutdown::Both));
            // it may be shut already
        }
        let until = Instant::now() + patience;
        while ending.held > 0 && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            ending = self.changed.wait_timeout(ending, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
