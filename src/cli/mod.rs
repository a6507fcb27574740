//! The command line: arguments, progress, exit codes. What the commands do is done elsewhere.

mod aids;
mod args;
mod audit;
mod check;
mod conform;
mod controlled;
mod deployed;
mod explore;
mod faults;
mod induct;
mod input;
mod interrupt;
mod list;
mod look;
mod node;
mod own;
mod program;
pub mod progress;
mod prove;
mod refine;
mod replay;
mod reports;
mod run;
mod simulate;
mod spread;
mod traces;

pub use program::Program;

use crate::engine::Control;
use crate::input::InputError;
use crate::terminal;
use crate::trace::{visible, visible_lines};
use args::{Arguments, Command};
use clap::{CommandFactory, FromArgMatches};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// What the exit codes mean.
const EXIT_CODES: &str =
    "Exit codes: 0 everything demanded is certain and as expected, 1 something demanded is certainly \
                          not, 2 unusable input or output, 3 incomplete (a limit or an interrupt ended the run before \
                          that was certain).";

/// The exit code for unusable input.
const UNUSABLE: u8 = 2;

/// The exit code for a run that a limit or an interrupt ended.
const INCOMPLETE: u8 = 3;

/// Why a command ended without an exit code of its own.
pub enum Failure {
    /// Unusable input.
    Input(InputError),
    /// Standard output or a report could not be written.
    Output(String),
    /// What was needed is not there any more, or never was.
    Incomplete(String),
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Failure::Input(error)
    }
}

impl Program {
    /// Runs the command line and returns the exit code: 0 as expected, 1 not as expected, 2 unusable input, 3 incomplete.
    pub fn run(&self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        run(self, arguments)
    }
}

fn run(program: &Program, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let name = arguments.first().and_then(|called| Path::new(called).file_stem());
    name.iter().for_each(|name| terminal::call(&name.to_string_lossy()));
    let arguments = match parse(program, arguments) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            let text = visible_lines(&error.render().ansi().to_string());
            let _ = anstream::stderr().write_all(text.as_bytes()); // there may be no one who reads it
            return ExitCode::from(UNUSABLE);
        }
        Err(help) => {
            let _ = help.print(); // a closed pipe is all that can go wrong here
            return ExitCode::SUCCESS;
        }
    };
    let done = match &arguments.command {
        Command::Check(check) => check::check(program, check),
        Command::Suite(suite) => check::suite(program, suite),
        Command::Replay(replay) => replay::replay(program, replay),
        Command::Run(run) => {
            let family = program.deployed(&run.file, &run.working.settings.set);
            family.map_err(Failure::Input).and_then(|family| family.run(run))
        }
        Command::Node(node) if node.controlled => controlled::controlled(program),
        Command::Node(node) => {
            let family = program.deployed(&node.file, &node.working.settings.set);
            family.map_err(Failure::Input).and_then(|family| family.node(node))
        }
        Command::Conform(conform) => {
            let family = program.deployed_by_logs(&conform.logs);
            family.map_err(Failure::Input).and_then(|family| family.conform(conform))
        }
        Command::Explore(explore) => explore::explore(program, explore),
        Command::Simulate(simulate) => simulate::simulate(program, simulate),
        Command::Faults(arguments) => faults::faults(program, arguments),
        Command::Graph(graph) => look::graph(program, graph),
        Command::Stats(stats) => look::stats(program, stats),
        Command::Audit(arguments) => audit::audit(program, arguments),
        Command::Refine(arguments) => refine::refine(program, arguments),
        Command::Induct(arguments) => induct::induct(program, arguments),
        Command::Prove(arguments) => prove::prove(program, arguments),
        Command::List(arguments) => list::list(program, arguments),
        Command::New(arguments) => aids::new(program, arguments),
        Command::Schema(arguments) => aids::schema(program, arguments),
        Command::Completions(arguments) => aids::completions(program, arguments),
        Command::Man(arguments) => aids::man(program, arguments),
    };
    ExitCode::from(done.unwrap_or_else(|failure| complain(&failure)))
}

/// The command line itself, as help, completions and manual pages tell it.
fn command(program: &Program) -> clap::Command {
    let start = format!("Start with: {} {}", terminal::program(), program.first_command());
    let (about, version) = program.introduction();
    Arguments::command()
        .name(terminal::program())
        .about(about)
        .version(version)
        .after_help(format!("{EXIT_CODES}\n\n{start}"))
}

/// Parses the arguments. An error repeats some of them: it is the one that they have as they can be shown.
fn parse(program: &Program, arguments: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let command = command(program);
    let parsed = |arguments: Vec<OsString>| {
        let mut matches = command.clone().try_get_matches_from(arguments)?;
        Arguments::from_arg_matches_mut(&mut matches)
    };
    parsed(arguments.clone()).map_err(|error| {
        let shown = arguments.iter().map(|argument| visible(&argument.to_string_lossy()).into());
        parsed(shown.collect()).err().unwrap_or(error)
    })
}

/// An error loses its middle beyond this many characters: what it repeats may be as long as a file, and the reason comes
/// last.
const MAX_ERROR: usize = 4000;

/// Says what went wrong, a line for each thing; returns the exit code for it.
fn complain(failure: &Failure) -> u8 {
    match failure {
        Failure::Input(error) => error.lines().for_each(|what| complain_of(&what)),
        Failure::Output(what) => complain_of(what),
        Failure::Incomplete(what) => {
            complain_of(what);
            return INCOMPLETE;
        }
    }
    UNUSABLE
}

fn complain_of(what: &str) {
    let shown = visible(what);
    let letters: Vec<char> = shown.chars().collect();
    let half = |part: &[char]| part.iter().collect::<String>();
    let shown = match letters.len() {
        0..=MAX_ERROR => shown,
        length => format!("{} … {}", half(&letters[..MAX_ERROR / 2]), half(&letters[length - MAX_ERROR / 2..])),
    };
    let _ = writeln!(io::stderr(), "error: {shown}"); // there may be no one who reads it
}

/// Says once that there are fewer threads than asked for.
fn warn_of_threads(control: &Control, is_said: &mut bool) {
    if let Some(why) = control.denied_threads().filter(|_| !*is_said) {
        *is_said = true;
        warn(&format!("{why}; the work goes on with one"));
    }
}

/// Says in a line how far a command is.
fn note(what: &str) {
    let _ = writeln!(io::stderr(), "{}", visible(what)); // there may be no one who reads it
}

/// Says what may surprise and is no failure.
fn warn(what: &str) {
    let _ = writeln!(io::stderr(), "warning: {}", visible(what)); // there may be no one who reads it
}

/// Tells people something: its lines fit the terminal.
fn say(text: &str) -> Result<(), Failure> {
    print(&terminal::fold(text, terminal::window()))
}

/// Writes text for people to standard output, with its colours where the terminal has them. Nothing in it acts on the
/// terminal or on a CI server, wherever it came from.
fn print(text: &str) -> Result<(), Failure> {
    put(&visible_lines(text))
}

/// Writes a result to standard output as it is. A reader that is gone is no failure, and no reason to forget the exit
/// code.
fn put(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Output(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}
