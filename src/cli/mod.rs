//! The command line: arguments, progress, exit codes. What the commands do is done elsewhere.

mod args;
mod check;
mod conform;
mod explore;
mod interrupt;
mod list;
mod look;
mod node;
pub mod progress;
mod replay;
mod reports;
mod run;
mod simulate;
mod traces;

use crate::engine::Control;
use crate::model_file::InputError;
use crate::terminal;
use args::{Arguments, Command};
use clap::Parser;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit code for unusable input.
const UNUSABLE: u8 = 2;

/// The exit code for a run that a limit or an interrupt ended.
const INCOMPLETE: u8 = 3;

/// Why a command ended without an exit code of its own.
enum Failure {
    /// Unusable input.
    Input(InputError),
    /// Standard output or a report could not be written.
    Output(String),
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Failure::Input(error)
    }
}

/// Runs the command line and returns the exit code: 0 as expected, 1 not as expected, 2 unusable input, 3 incomplete.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print(); // a closed pipe is all that can go wrong here
            return ExitCode::from(if error.use_stderr() { UNUSABLE } else { 0 });
        }
    };
    let done = match &arguments.command {
        Command::Check(check) => check::check(check),
        Command::Suite(suite) => check::suite(suite),
        Command::Replay(replay) => replay::replay(replay),
        Command::Run(run) => run::run(run),
        Command::Node(node) => node::node(node),
        Command::Conform(conform) => conform::conform(conform),
        Command::Explore(explore) => explore::explore(explore),
        Command::Simulate(simulate) => simulate::simulate(simulate),
        Command::Graph(graph) => look::graph(graph),
        Command::Stats(stats) => look::stats(stats),
        Command::List => list::list(),
    };
    ExitCode::from(done.unwrap_or_else(|failure| complain(&failure)))
}

/// Says what went wrong; returns the exit code for it.
fn complain(failure: &Failure) -> u8 {
    let _ = match failure {
        Failure::Input(error) => writeln!(io::stderr(), "error: {error}"),
        Failure::Output(what) => writeln!(io::stderr(), "error: {what}"),
    }; // nobody is left to tell
    UNUSABLE
}

/// Says once that there are fewer threads than asked for.
fn warn_of_threads(control: &Control, is_said: &mut bool) {
    if let Some(why) = control.denied_threads().filter(|_| !*is_said) {
        *is_said = true;
        warn(&format!("{why}; the work goes on with one"));
    }
}

/// Says what may surprise and is no failure.
fn warn(what: &str) {
    let _ = writeln!(io::stderr(), "warning: {what}"); // there may be no one who reads it
}

/// Tells people something: its lines fit the terminal.
fn say(text: &str) -> Result<(), Failure> {
    print(&terminal::fold(text, terminal::window()))
}

/// Writes a command's result to standard output, with its colours where the terminal has them. A reader that is gone
/// is no failure, and no reason to forget the exit code.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
