//! What ends a command from outside: Ctrl-C, a termination, a hang-up, or that no one reads its standard output any more.
//! This is the one place that listens for them.

use super::{progress, warn, INCOMPLETE};
use crate::engine::Control;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long a command may go on that no one reads: one that is about to end keeps its exit code.
const UNREAD_FOR: Duration = Duration::from_secs(1);

/// A control that is interrupted from outside. `prints` says whether the command writes to standard output.
pub fn control(prints: bool) -> Arc<Control> {
    let control = Arc::new(Control::default());
    let interrupted = control.clone();
    on_end(prints, move || interrupted.interrupt());
    control
}

/// Ends the process at once when it is to end, and takes the progress line away first: for what has nothing to report
/// before it is done.
pub fn at_once(prints: bool) {
    on_end(prints, || {
        progress::wipe();
        std::process::exit(INCOMPLETE.into());
    });
}

/// Calls `end` when the command is to end, maybe more than once. `prints` says whether it writes to standard output.
pub fn on_end(prints: bool, end: impl Fn() + Clone + Send + 'static) {
    // A handler without a thread to run it would only make the process deaf.
    if let Err(error) = thread::Builder::new().spawn(|| ()) {
        return warn(&format!("the system gives no threads ({error}): Ctrl-C ends the process without a report"));
    }
    let interrupted = end.clone();
    if let Err(error) = ctrlc::set_handler(interrupted) {
        warn(&format!("Ctrl-C ends the process without a report: {error}"));
    }
    if prints {
        let watched = thread::Builder::new().spawn(move || {
            if waits_until_unread() {
                thread::sleep(UNREAD_FOR);
                end();
            }
        });
        drop(watched); // without it the command ends late, and no worse
    }
}

/// Waits until no one reads standard output; false if that cannot be known.
#[cfg(unix)]
fn waits_until_unread() -> bool {
    use rustix::event::{poll, PollFd, PollFlags};
    let stdout = std::io::stdout();
    loop {
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) => return watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(not(unix))]
fn waits_until_unread() -> bool {
    false
}
