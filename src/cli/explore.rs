//! `explore`: find the discoveries with an engine, then serve stateright's Explorer with a link straight to each.

use super::args::Explore;
use super::progress::{searching, Progress};
use super::Program;
use super::{interrupt, say, warn, warn_of_threads, Failure, INCOMPLETE};
use crate::check::Checked;
use crate::engine::{Control, Stopped};
use crate::explore::Address;
use crate::input::InputError;
use crate::report::{thousands, Case, PropertyResult, Verdict};
use crate::subject::{Serving, Subject};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

/// How long the search before serving takes at most, unless a limit is given: a large model is to open soon.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// `synod explore`. Returns only if nothing is served: an interrupt ends the process with exit code 0.
pub fn explore(program: &Program, arguments: &Explore) -> Result<u8, Failure> {
    let place = format!("--address {}", arguments.address);
    let address = Address::take(&arguments.address, arguments.public);
    let address = address.map_err(|error| InputError::new(&place, error.to_string()))?;
    let model = program.read(&arguments.file, &arguments.search.settings.set)?;
    let (control, serving) = (Arc::new(Control::default()), Arc::new(AtomicBool::new(false)));
    on_end(control.clone(), serving.clone());
    let checked = search(arguments, &*model, &control)?;
    if checked.case.stopped == Stopped::Interrupted.name() {
        warn("interrupted during the search; nothing was served");
        return Ok(INCOMPLETE);
    }
    let (url, is_public) = (address.url(), address.is_public());
    let no_thread = |error| InputError::new(&place, format!("the system gives no thread to serve with: {error}"));
    let Serving { server, links } = model.explore(address, &checked).map_err(no_thread)?;
    serving.store(true, Ordering::SeqCst);
    if is_public {
        warn(&format!("other machines can reach {}; the Explorer asks no one for a password", arguments.address));
    }
    say(&announcement(&checked.case, &links, &url))?;
    let _ = server.join(); // it has said why on stderr, if it ever ends
    Err(Failure::Output("the Explorer has stopped".into()))
}

fn on_end(control: Arc<Control>, serving: Arc<AtomicBool>) {
    interrupt::on_end(true, move || match serving.load(Ordering::SeqCst) {
        true => std::process::exit(0),
        false => control.interrupt(),
    });
}

fn search(arguments: &Explore, model: &dyn Subject, control: &Arc<Control>) -> Result<Checked, Failure> {
    let header = model.header();
    let mut options = arguments.search.options()?;
    let limits = &mut options.limits;
    if (limits.timeout, limits.max_states, limits.max_depth, limits.memory) == (None, None, None, None) {
        limits.timeout = Some(DEFAULT_TIMEOUT);
    }
    let progress = Progress::start(true, searching(&header.name, control.clone()));
    let checked = model.check(&options, control);
    progress.stop();
    warn_of_threads(control, &mut false);
    checked.map_err(|error| InputError::new(&header.file, error.to_string()).into())
}

/// What was found, where to look at it, and how to end.
fn announcement(case: &Case, links: &[(&'static str, String)], url: &str) -> String {
    let mut text = String::new();
    line(&mut text, "model", &case.description);
    let states = thousands(case.counts.unique_states);
    let end = if case.complete { "exhausted".into() } else { format!("INCOMPLETE ({})", case.stopped) };
    let time = case.run.as_ref().map_or_else(String::new, |run| format!(" in {:.2} s", run.seconds));
    line(&mut text, "explored", &format!("{states} states, {end}{time}"));
    let of = |verdict| case.properties.iter().filter(move |result| result.verdict == verdict);
    for verdict in [Verdict::Violated, Verdict::Reached] {
        for result in of(verdict) {
            let steps = result.trace_length.map_or(String::new(), |steps| format!(" ({steps} steps)"));
            let path = links.iter().find(|(name, _)| *name == result.name).map_or("", |(_, path)| path.as_str());
            let label = if verdict == Verdict::Violated { "VIOLATED" } else { verdict.name() };
            line(&mut text, label, &format!("{:<28} {url}/#/steps/{path}", format!("{}{steps}", result.name)));
        }
    }
    for verdict in [Verdict::Holds, Verdict::Unreached, Verdict::Unknown] {
        let described = |result: &PropertyResult| match result.vacuous {
            true => format!("{} (vacuous)", result.name),
            false => result.name.to_string(),
        };
        let names: Vec<_> = of(verdict).map(described).collect();
        if !names.is_empty() {
            line(&mut text, verdict.name(), &names.join(", "));
        }
    }
    if !case.complete {
        line(
            &mut text,
            "",
            "the search was cut short, so the Explorer goes on saying \"Searching\" of what is unknown",
        );
    }
    line(&mut text, "serving", &format!("{url}/  until Ctrl-C"));
    text
}

fn line(text: &mut String, label: &str, content: &str) {
    let style = match label {
        "VIOLATED" => AnsiColor::Red.on_default().bold(),
        "holds" | "reached" => AnsiColor::Green.on_default(),
        "unknown" | "unreached" => AnsiColor::Yellow.on_default(),
        _ => Style::new(),
    };
    writeln!(text, "{style}{label:<11}{style:#}{content}").expect("a string takes every write");
}
