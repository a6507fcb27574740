//! `check` and `suite`: read every model, explore them one after another, report.

use super::args::{Check, Shared, Spread, Suite};
use super::input::{require, Kind};
use super::progress::{searching, Progress};
use super::reports::Destinations;
use super::spread::{self, Duty, Started};
use super::Program;
use super::{complain, interrupt, note, warn_of_threads, Failure};
use crate::check::{CheckError, Keeping, Options};
use crate::engine::components::checkpoint;
use crate::engine::Refusal;
use crate::input::InputError;
use crate::report::{self, Case, Report};
use crate::subject::{differing, name_below, name_files, Subject};
use crate::terminal;
use crate::trace::Trace;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `synod check`.
pub fn check(program: &Program, arguments: &Check) -> Result<u8, Failure> {
    let shared = &arguments.shared;
    let destinations = Destinations::new(&shared.reports, shared.quiet, Some(&arguments.traces))?;
    let keeping = arguments.keeping.of(arguments.files.len(), &shared.search)?;
    let spread = arguments.spreading.of(arguments.files.len(), keeping.is_some(), shared)?;
    let disk = arguments.keeping.disk(&shared.search)?;
    let asked = Asked { folder: None, files: &arguments.files, keeping, spread, disk };
    run(program, asked, shared, destinations, report::render_case, |_| String::new())
}

/// `synod suite`.
pub fn suite(program: &Program, arguments: &Suite) -> Result<u8, Failure> {
    let shared = &arguments.shared;
    let destinations = Destinations::new(&shared.reports, shared.quiet, arguments.traces.as_deref())?.with(
        arguments.reports.as_deref(),
        arguments.front.as_deref(),
        arguments.baseline.as_deref(),
    )?;
    let files = model_files(&arguments.folder)?;
    run(
        program,
        Asked { folder: Some(&arguments.folder), files: &files, keeping: None, spread: None, disk: None },
        shared,
        destinations,
        |_, _| String::new(),
        |report| report::render_suite(report, terminal::width()),
    )
}

/// Every model file below a folder, in the order of their paths.
fn model_files(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let place = folder.display().to_string();
    if folder.symlink_metadata().is_err() {
        let what =
            "no such folder; name the one with your model files (*.toml), or check one of them: synod check FILE";
        return Err(InputError::new(place, what));
    }
    require(folder, Kind::Folder)?;
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    let mut visited = BTreeSet::new(); // links may lead to a folder twice, or in a circle
    while let Some(folder) = folders.pop() {
        if !visited.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
            continue;
        }
        let unreadable = |error| InputError::new(folder.display().to_string(), format!("cannot be read: {error}"));
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        let what =
            "no model file (*.toml) in it or below it; to check a single file: synod check FILE; what one may name: \
                    synod list";
        Err(InputError::new(place, what))
    } else {
        Ok(files)
    }
}

/// Reads every model file. An argument that is wrong for several of them is reported once.
fn read_all(program: &Program, files: &[PathBuf], settings: &[String]) -> Result<Vec<Box<dyn Subject>>, InputError> {
    let (mut models, mut refused): (Vec<_>, Option<InputError>) = (Vec::new(), None);
    for file in files {
        match program.read(file, settings) {
            Ok(model) => models.push(model),
            Err(error) => refused = Some(refused.map_or(error.clone(), |earlier| earlier.and(error))),
        }
    }
    refused.map_or(Ok(models), Err)
}

/// Requires that a checkpoint that is to be resumed is one of this model.
fn require_same(keeping: Option<&Keeping>, models: &[Box<dyn Subject>]) -> Result<(), InputError> {
    let (Some(keeping), [model]) = (keeping.filter(|keeping| keeping.resumes), models) else { return Ok(()) };
    let place = keeping.folder.display().to_string();
    let manifest =
        checkpoint::manifest(&keeping.folder).map_err(|error| InputError::new("--resume", error.to_string()))?;
    let (was, is) = (manifest.model, model.searched());
    if was == is {
        return Ok(());
    }
    let differing = differing(&was, &is, |was, is| format!("was {was}, is {is}"));
    Err(InputError::new(place, format!("it holds the checkpoint of another model: {}", differing.join("; "))))
}

/// The files that were asked for, by a folder or one by one, where checkpoints are kept, and over which processes the search
/// is spread.
struct Asked<'a> {
    folder: Option<&'a Path>,
    files: &'a [PathBuf],
    keeping: Option<Keeping>,
    spread: Option<Spread>,
    disk: Option<PathBuf>,
}

/// Checks the models of these files.
fn run(
    program: &Program,
    asked: Asked,
    shared: &Shared,
    destinations: Destinations,
    each: impl Fn(&Case, &[Trace]) -> String,
    all: impl Fn(&Report) -> String,
) -> Result<u8, Failure> {
    let mut models = read_all(program, asked.files, &shared.search.settings.set)?;
    match asked.folder {
        Some(folder) => name_below(folder, &mut models),
        None => name_files(&mut models),
    }
    destinations.require_distinct(&models)?;
    require_same(asked.keeping.as_ref(), &models)?;
    let (checkpoints, disk) = (asked.keeping, asked.disk);
    let options = Options { until_decided: shared.until_decided, checkpoints, disk, ..shared.search.options()? };
    shared.search.means.require_measurable()?;
    let control = interrupt::control(!shared.quiet || shared.reports.use_stdout());
    let joined = |spread| spread::join(spread, &asked.files[0], &shared.search, &*models[0], &control);
    let (mut crew, _started) = match asked.spread.map(joined).transpose()? {
        None => (None, Started::default()),
        Some(Duty::Reports(crew, started)) => (Some(crew), started),
        Some(Duty::Helps(crew)) => return spread::help(&*models[0], &options, &control, crew),
    };
    let mut denied = false;
    let mut cases = Vec::new();
    let mut failed = 0;
    let mut attempt =
        |done: Result<(), Failure>| failed = failed.max(done.map_or_else(|failure| complain(&failure), |()| 0));
    let total = models.len();
    for (number, model) in (1..).zip(&models) {
        let header = model.header();
        let place = if total > 1 { format!("{number} of {total}: ") } else { String::new() };
        let progress = Progress::start(!shared.quiet, searching(&(place.clone() + &header.name), control.clone()));
        let checked = match crew.take() {
            Some(crew) => model.check_together(&options, &control, crew),
            None => model.check(&options, &control),
        };
        progress.stop();
        warn_of_threads(&control, &mut denied);
        match checked {
            Err(error @ CheckError::Refused(Refusal::Lost(_))) => return Err(spread::failure(&**model, &error)),
            Err(error) => attempt(Err(spread::failure(&**model, &error))),
            Ok(mut checked) => {
                if asked.folder.is_some() && !shared.quiet {
                    note(&format!("{place}{}", report::render_line(&checked.case)));
                }
                attempt(destinations.remove_stale(&header, &checked.case.properties));
                attempt(destinations.write_traces(&checked.traces, &mut checked.case.properties));
                let gap = if cases.is_empty() { "" } else { "\n" };
                let text = each(&checked.case, &checked.traces);
                attempt(destinations.tell(&if text.is_empty() { text } else { format!("{gap}{text}") }));
                cases.push(checked.into_case());
            }
        }
    }
    let report = Report::new(cases);
    attempt(destinations.tell(&all(&report)));
    attempt(destinations.deliver(&report));
    destinations.remark(report.unasked_line());
    // What is certain and wrong is said even if something could not be written or explored.
    let code = report.exit_code();
    Ok(if code == 1 || failed == 0 { code } else { failed })
}
