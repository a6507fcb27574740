//! How far a long command is, on stderr: on a terminal a line that is redrawn and taken away again, elsewhere a plain line
//! now and then.

use crate::engine::control::{self, Phase};
use crate::engine::Control;
use crate::report::thousands;
use crate::trace::visible;
use console::{measure_text_width, truncate_str, Term};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What there is to say: the first part gives way where the terminal is narrow.
pub struct Message {
    /// What is worked at.
    pub what: String,
    /// How far it is.
    pub figures: String,
}

/// Where it is said, and how often.
pub struct Output {
    /// Where to.
    pub writer: Box<dyn Write + Send>,
    /// The columns of the terminal, asked before each line is drawn; `None` if it is no terminal.
    pub columns: Option<fn() -> usize>,
    /// When the first line is due.
    pub first: Duration,
    /// How long until the next one.
    pub every: Duration,
}

impl Output {
    /// Standard error: redrawn on a terminal, a line each half minute elsewhere.
    pub fn stderr() -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let writer = Box::new(io::stderr());
        if io::stderr().is_terminal() && !is_dumb {
            let columns = || Term::stderr().size_checked().map_or(80, |(_, columns)| columns.into());
            let (first, every) = (Duration::from_secs(1), Duration::from_millis(250));
            Output { writer, columns: Some(columns), first, every }
        } else {
            let every = Duration::from_secs(30);
            Output { writer, columns: None, first: every, every }
        }
    }
}

/// True iff a line is on the terminal of this process.
static IS_DRAWN: AtomicBool = AtomicBool::new(false);

/// Clears everything from the cursor on, which is at the start of the line whenever one is drawn: that way nothing stays
/// of a line that a narrower terminal has broken in two.
const WIPE: &str = "\r\x1b[J";

/// Between these two a line that is too long is cut off: the terminal may be narrower already than it says.
const UNWRAPPED: &str = "\x1b[?7l";
const WRAPPED: &str = "\x1b[?7h";

/// Takes the line away before the process ends.
pub(super) fn wipe() {
    if IS_DRAWN.swap(false, Ordering::SeqCst) {
        let _ = write!(io::stderr(), "{WIPE}"); // there may be no terminal any more
    }
}

/// A thread that says how far a command is. Stopping it does not wait for its next line.
pub struct Progress(Option<Speaker>);

struct Speaker {
    stop: Sender<()>,
    thread: JoinHandle<()>,
    /// Held while something is written.
    line: Arc<Mutex<Line>>,
}

/// An output, and whether it shows a line that must be cleared.
struct Line {
    output: Output,
    is_drawn: bool,
}

impl Progress {
    /// Starts saying on stderr what `message` says of the time so far, if that is wanted.
    pub fn start(wanted: bool, message: impl Fn(Duration) -> Message + Send + 'static) -> Self {
        if wanted {
            Self::on(Output::stderr(), message)
        } else {
            Progress(None)
        }
    }

    /// The same on any output. Without a thread to say it there is nothing said.
    pub fn on(output: Output, message: impl Fn(Duration) -> Message + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        let (mut pause, every) = (output.first, output.every);
        let line = Arc::new(Mutex::new(Line { output, is_drawn: false }));
        let own = line.clone();
        let thread = std::thread::Builder::new().spawn(move || {
            let started = Instant::now();
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = every;
                let message = message(started.elapsed());
                own.lock().unwrap_or_else(PoisonError::into_inner).say(&message);
            }
        });
        Progress(thread.ok().map(|thread| Speaker { stop, thread, line }))
    }

    /// Does something that writes to the terminal, without the line in its way.
    pub fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(Speaker { line, .. }) = &self.0 else { return work() };
        let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
        line.clear();
        work()
    }

    /// Takes the line away.
    pub fn stop(self) {}
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Speaker { stop, thread, line }) = self.0.take() {
            drop(stop);
            let _ = thread.join(); // the thread only writes
            line.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

impl Line {
    fn say(&mut self, message: &Message) {
        let line = match self.output.columns {
            None => format!("{}: {}\n", visible(&message.what), message.figures),
            Some(columns) => {
                self.is_drawn = true;
                IS_DRAWN.store(true, Ordering::SeqCst);
                format!("{UNWRAPPED}\r{}\x1b[J\r{WRAPPED}", fitted(message, columns()))
            }
        };
        self.write(&line);
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            IS_DRAWN.store(false, Ordering::SeqCst);
            self.write(WIPE);
        }
    }

    fn write(&mut self, text: &str) {
        let writer = &mut self.output.writer;
        let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
        // there may be no one who reads it
    }
}

/// The columns that a name keeps if it is cut.
const LEAST_NAME: usize = 8;

/// A message in fewer than this many columns: a line that fills the last one may wrap.
fn fitted(message: &Message, columns: usize) -> String {
    let room = columns.saturating_sub(1);
    if room == 0 {
        return String::new();
    }
    let figures = measure_text_width(&message.figures) + 2;
    let what = visible(&message.what);
    let what = truncate_str(&what, room.saturating_sub(figures).max(LEAST_NAME), "…");
    truncate_str(&format!("{what}: {}", message.figures), room, "…").into_owned()
}

/// How far a search of a model is.
pub fn searching(name: &str, control: Arc<Control>) -> impl Fn(Duration) -> Message + Send + 'static {
    let name = name.to_string();
    move |elapsed| Message { what: name.clone(), figures: figures(&control, elapsed) }
}

fn figures(control: &Control, elapsed: Duration) -> String {
    let states = control.unique_states.load(Ordering::Relaxed);
    let nodes = thousands(control.nodes.load(Ordering::Relaxed));
    let symbolic = match control.phase() {
        Phase::Exploring => None,
        Phase::Saturating => Some(format!("looking for all states at once, {nodes} nodes")),
        Phase::Answering => Some(format!("{} states, answering, {nodes} nodes", thousands(states))),
    };
    if let Some(figures) = symbolic {
        return format!("{figures}{}, {}", memory(), seconds(elapsed));
    }
    let rate = (states as f64 / elapsed.as_secs_f64()) as u64;
    let frontier = match control.frontier.load(Ordering::Relaxed) {
        0 => String::new(),
        frontier => format!(", frontier {}", thousands(frontier)),
    };
    format!(
        "{} states, {}/s, depth {}{frontier}{}, {}",
        thousands(states),
        thousands(rate),
        control.depth.load(Ordering::Relaxed),
        memory(),
        seconds(elapsed)
    )
}

/// The memory that the process holds, where the system tells.
pub fn memory() -> String {
    control::resident_bytes().map_or_else(String::new, |bytes| format!(", {}", bytesize::ByteSize(bytes)))
}

/// A time so far.
pub fn seconds(elapsed: Duration) -> String {
    format!("{} s", elapsed.as_secs())
}
