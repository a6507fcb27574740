//! The progress line on stderr, for runs of more than a second on a terminal.

use crate::engine::{control, Control};
use crate::report::thousands;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A thread that draws while a command works. Stopping it does not wait for its next look.
pub struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Starts showing what `message` says of the time so far, unless nobody would see it.
    pub fn start(wanted: bool, message: impl Fn(Duration) -> String + Send + 'static) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Progress(None);
        }
        let (stop, stopped) = channel();
        let thread = std::thread::spawn(move || {
            let started = Instant::now();
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
            bar.set_style(ProgressStyle::with_template("{spinner} {msg}").expect("the template is well formed"));
            let mut pause = Duration::from_secs(1);
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = Duration::from_millis(250);
                bar.set_message(message(started.elapsed()));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        Progress(Some((stop, thread)))
    }

    /// Takes the line away.
    pub fn stop(self) {
        if let Some((stop, thread)) = self.0 {
            drop(stop);
            let _ = thread.join(); // the thread only draws
        }
    }
}

/// How far a search of a model is.
pub fn searching(name: &str, control: Arc<Control>) -> impl Fn(Duration) -> String + Send + 'static {
    let name = name.to_string();
    move |elapsed| message(&name, &control, elapsed)
}

fn message(name: &str, control: &Control, elapsed: Duration) -> String {
    let states = control.unique_states.load(Ordering::Relaxed);
    let rate = (states as f64 / elapsed.as_secs_f64()) as u64;
    let memory = control::resident_bytes().map_or_else(String::new, |b| format!(", {}", bytesize::ByteSize(b)));
    let frontier = match control.frontier.load(Ordering::Relaxed) {
        0 => String::new(),
        frontier => format!(", frontier {}", thousands(frontier)),
    };
    format!(
        "{name}: {} states, {}/s, depth {}{frontier}{memory}, {} s",
        thousands(states),
        thousands(rate),
        control.depth.load(Ordering::Relaxed),
        elapsed.as_secs()
    )
}
