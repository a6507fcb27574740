//! Where the reports of a run go: validated before anything is explored, delivered at its end. It knows the paths and
//! the formats, and nothing of what is in a report.

use super::args::Reports;
use super::input::{require, require_there, Kind};
use super::own::{is_log, is_trace, unwritable, write};
use super::traces::{self, require_writable};
use super::{put, say, Failure};
use crate::input::{read_text, InputError};
use crate::report::{self, is_named_pipe, Baseline, Format, PropertyResult, Report, Sink};
use crate::subject::{Header, Subject};
use crate::terminal;
use crate::trace::{self, Trace};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// What stands above a table is read before it.
const MAX_FRONT_BYTES: u64 = 1 << 20;

/// No report of a suite is larger.
const MAX_BASELINE_BYTES: u64 = 256 << 20;

/// Where everything goes.
pub struct Destinations<'a> {
    sinks: Vec<(Format, &'a Sink)>,
    github: bool,
    traces: Option<&'a Path>,
    folder: Option<&'a Path>,
    front: Option<String>,
    baseline: Option<(String, Baseline)>,
    to_people: bool,
}

impl<'a> Destinations<'a> {
    /// Validates the destinations.
    ///
    /// # Errors
    /// If two things want standard output or the same file, or a folder to write in does not exist.
    pub fn new(reports: &'a Reports, quiet: bool, traces: Option<&'a Path>) -> Result<Self, InputError> {
        let sinks = reports.sinks();
        require_one_on_stdout(&sinks, reports.github)?;
        require_distinct_files(&sinks)?;
        traces.map_or(Ok(()), require_writable)?;
        let has_stdout = sinks.iter().any(|(.., sink)| **sink == Sink::Stdout);
        Ok(Destinations {
            sinks: sinks.into_iter().map(|(_, format, sink)| (format, sink)).collect(),
            github: reports.github || (!has_stdout && is_github_workflow()),
            traces,
            folder: None,
            front: None,
            baseline: None,
            to_people: !quiet && !has_stdout,
        })
    }

    /// Adds what only a suite has: a folder of reports, what its page says first, and a report to compare with.
    ///
    /// # Errors
    /// If the folder's parent does not exist, the front cannot be read, or the baseline is no report.
    pub fn with(
        mut self,
        folder: Option<&'a Path>,
        front: Option<&Path>,
        baseline: Option<&Path>,
    ) -> Result<Self, InputError> {
        if let Some(folder) = folder {
            require_folder(folder)?;
            require_writable(folder)?;
        }
        self.folder = folder;
        if let Some(path) = front {
            require_there(path)?;
            self.front = Some(read_text(path, MAX_FRONT_BYTES)?);
        }
        if let Some(path) = baseline {
            let name = path.display().to_string();
            require_there(path)?;
            require(path, Kind::Report)?;
            let text = read_text(path, MAX_BASELINE_BYTES)?;
            let baseline = Baseline::parse(&text).map_err(|(line, what)| {
                InputError::new(line.map_or_else(|| name.clone(), |line| format!("{name}:{line}")), what)
            })?;
            self.baseline = Some((name, baseline));
        }
        Ok(self)
    }

    /// Requires that no report goes where something else is or goes, a model file or a trace, and that no two models
    /// share a name if files are named after them. The baseline was read already and may be renewed.
    ///
    /// # Errors
    /// The path of the report, or the file of the second such model.
    pub fn require_distinct(&self, models: &[Box<dyn Subject>]) -> Result<(), InputError> {
        let models: Vec<Header> = models.iter().map(|model| model.header()).collect();
        let mut taken = taken(models.iter().map(|model| Path::new(&model.file)), IS_A_MODEL);
        for (traces, model) in self.traces.iter().flat_map(|traces| models.iter().map(move |model| (traces, model))) {
            let names = model.properties.iter().map(|property| trace::file_name(&model.name, property));
            taken.extend(names.map(|name| (identity(&traces.join(name)), IS_FOR_A_TRACE)));
        }
        for (_, sink) in &self.sinks {
            require_place(sink, &taken)?;
        }
        for model in &models {
            let traces = self.traces.iter().flat_map(|folder| traces::files_of(folder, &model.name, &model.known));
            traces.into_iter().try_for_each(|path| traces::require_own(&path))?;
        }
        self.folder.map_or(Ok(()), |folder| require_own_folder(folder, &models))?;
        if self.traces.is_none() && self.folder.is_none() {
            return Ok(());
        }
        clash(&models).map_or(Ok(()), |(first, second)| {
            let (other, name) = (&first.file, &second.name);
            let what = format!("its traces would overwrite those of {other}: both models are called {name}");
            Err(InputError::new(&second.file, what))
        })
    }

    /// Tells people something, unless a report has standard output.
    pub fn tell(&self, text: &str) -> Result<(), Failure> {
        if self.to_people {
            say(text)
        } else {
            Ok(())
        }
    }

    /// Says in a line on standard error what people would otherwise read in the text that they are not shown.
    pub fn remark(&self, what: Option<String>) {
        if let Some(what) = what.filter(|_| !self.to_people) {
            let _ = writeln!(io::stderr(), "note: {what}"); // without standard error there is no one to tell
        }
    }

    /// Writes the traces of a model and notes their files in the results of their properties.
    pub fn write_traces<'r>(
        &self,
        found: &[Trace],
        results: impl IntoIterator<Item = &'r mut PropertyResult>,
    ) -> Result<(), Failure> {
        self.traces.map_or(Ok(()), |folder| traces::write_all(folder, found, results))
    }

    /// Removes the traces of a model that a check of it refutes.
    pub fn remove_stale(&self, model: &Header, results: &[PropertyResult]) -> Result<(), Failure> {
        self.traces.map_or(Ok(()), |folder| traces::remove_stale(folder, model, results))
    }

    /// Delivers the report to everyone who asked for it.
    pub fn deliver(&self, report: &Report) -> Result<(), Failure> {
        if let Some((name, baseline)) = &self.baseline {
            self.tell(&baseline.compare(report, name, terminal::width()))?;
        }
        for (format, sink) in &self.sinks {
            let text = match sink {
                Sink::Stdout => report.render(*format),
                Sink::File(path) => report.render_at(*format, path),
            };
            deliver(sink, &text)?;
        }
        if let Some(folder) = self.folder {
            write_folder(folder, &report::folder_files(report, folder, self.front.as_deref()))?;
        }
        if self.github {
            put(&report::render_github(report))?;
        }
        Ok(())
    }
}

/// The first two models with the same key.
fn clash(models: &[Header]) -> Option<(&Header, &Header)> {
    let mut seen = BTreeSet::new();
    let second = models.iter().find(|model| !seen.insert(&model.name))?;
    models.iter().find(|model| model.name == second.name).map(|first| (first, second))
}

/// Writes a result where it was asked for.
pub(super) fn deliver(sink: &Sink, content: &str) -> Result<(), Failure> {
    match sink {
        Sink::Stdout => put(content),
        Sink::File(path) => write(path, content),
    }
}

/// A report asked for: the option, the format, and where to.
type Asked<'a> = (&'static str, Format, &'a Sink);

fn require_one_on_stdout(sinks: &[Asked], github: bool) -> Result<(), InputError> {
    let reports = sinks.iter().filter(|(.., sink)| **sink == Sink::Stdout).map(|(flag, ..)| *flag);
    let wanting: Vec<_> = reports.chain(github.then_some("--github")).collect();
    match wanting.as_slice() {
        [first, second, ..] => {
            let what = format!("standard output is taken by {first}; give a report a file instead of -");
            Err(InputError::new(*second, what))
        }
        _ => Ok(()),
    }
}

fn require_distinct_files(sinks: &[Asked]) -> Result<(), InputError> {
    let mut taken: BTreeMap<PathBuf, &str> = BTreeMap::new();
    for (flag, _, sink) in sinks {
        let Sink::File(path) = sink else { continue };
        require_file(path)?;
        if let Some(other) = taken.insert(identity(path), flag) {
            return Err(InputError::new(path.display().to_string(), format!("both {other} and {flag} write there")));
        }
    }
    Ok(())
}

/// True iff a GitHub workflow runs this.
fn is_github_workflow() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// What a path names, however it is spelt.
fn identity(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = || Some(parent.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(named).unwrap_or_else(|| path.to_path_buf())
}

/// Fails early if a file could not be written.
fn require_file(path: &Path) -> Result<(), InputError> {
    require_folder(path)?;
    if path.is_dir() {
        return Err(InputError::new(path.display().to_string(), "a folder, expected a file"));
    }
    if is_named_pipe(path) {
        let what = "a named pipe, which may have no reader; expected a file or -";
        return Err(InputError::new(path.display().to_string(), what));
    }
    let is_special = path.metadata().is_ok_and(|there| !there.is_file());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let probed = if is_special { Ok(()) } else { require_writable(parent) };
    probed.map_err(|error| InputError::new(path.display().to_string(), error.what))
}

/// Why no report may go to a path.
pub(super) const IS_A_MODEL: &str = "it is a model file";
pub(super) const IS_FOR_A_TRACE: &str = "a trace goes there";
pub(super) const IS_FOR_A_LOG: &str = "a log is there";

/// Files by their canonical paths, each with the reason why no report may replace it.
pub(super) type Taken = BTreeMap<PathBuf, &'static str>;

/// Files that are taken.
pub(super) fn taken<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>, why: &'static str) -> Taken {
    paths.into_iter().map(|path| (identity(path.as_ref()), why)).collect()
}

/// As [`require_place`], of several results of one command: each goes to a place of its own.
pub(super) fn require_places(sinks: &[&Sink], mut taken: Taken) -> Result<(), InputError> {
    for sink in sinks {
        require_place(sink, &taken)?;
        if let Sink::File(path) = sink {
            taken.insert(identity(path), "another result goes there");
        }
    }
    match sinks.iter().filter(|sink| ***sink == Sink::Stdout).count() {
        0 | 1 => Ok(()),
        _ => Err(InputError::new("-", "only one result can go to standard output")),
    }
}

/// Fails early if a report could not be written where it is to go, or if something else goes there or something is there
/// that cannot be recovered: a model file, a log.
pub(super) fn require_place(sink: &Sink, taken: &Taken) -> Result<(), InputError> {
    let Sink::File(path) = sink else { return Ok(()) };
    require_file(path)?;
    let own = taken.get(&identity(path)).copied();
    let is_model =
        || path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    // A shorter file may be the beginning of anything.
    let has_log = || path.metadata().is_ok_and(|file| file.len() > 64) && is_log(path).is_ok_and(|is_log| is_log);
    let other = || is_model().then_some(IS_A_MODEL).or_else(|| has_log().then_some(IS_FOR_A_LOG));
    match own.or_else(other) {
        Some(why) => Err(InputError::new(path.display().to_string(), format!("no place for a report: {why}"))),
        None => Ok(()),
    }
}

fn require_folder(path: &Path) -> Result<(), InputError> {
    let place = path.display().to_string();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match parent {
        _ if place.is_empty() => Err(InputError::new("a report", "its path is empty, expected a file or -")),
        Some(parent) if !parent.is_dir() => {
            Err(InputError::new(place, format!("there is no folder {}", parent.display())))
        }
        _ => Ok(()),
    }
}

/// Fails early if a file of a folder of reports would take the place of one that is not Synod's. The report in JSON is the
/// mark of the whole folder: the other formats have none of their own.
fn require_own_folder(folder: &Path, models: &[Header]) -> Result<(), InputError> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let report = folder.join(report::FOLDER_REPORTS[0]);
    let is_own = read_text(&report, MAX_BASELINE_BYTES).is_ok_and(|text| Baseline::parse(&text).is_ok());
    let foreign = report::FOLDER_REPORTS.iter().map(|name| folder.join(name)).find(|path| !is_own && is_there(path));
    if let Some(path) = foreign {
        let what = "not a report that synod wrote; choose another folder with --reports";
        return Err(InputError::new(path.display().to_string(), what));
    }
    let traces = folder.join(report::FOLDER_TRACES);
    models
        .iter()
        .flat_map(|model| traces::files_of(&traces, &model.name, &model.known))
        .try_for_each(|path| traces::require_own(&path))
}

/// Writes the files of a folder of reports and removes the traces that an earlier report there names and this one does
/// not.
fn write_folder(folder: &Path, files: &[(PathBuf, String)]) -> Result<(), Failure> {
    let earlier = named_traces(&folder.join(report::FOLDER_REPORTS[0]));
    let traces = folder.join(report::FOLDER_TRACES);
    std::fs::create_dir_all(&traces).map_err(|error| unwritable(&traces, &error))?;
    for (path, content) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| unwritable(parent, &error))?;
        write(&path, content)?;
    }
    for gone in earlier.iter().filter(|earlier| files.iter().all(|(file, _)| file != *earlier)) {
        let path = folder.join(gone);
        if is_trace(&path) {
            std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
            // The folder of a model that is gone goes as well, if nothing else is in it.
            let emptied = path.parent().filter(|parent| *parent != traces);
            emptied.map_or(Ok(()), std::fs::remove_dir).unwrap_or_default();
        }
    }
    Ok(())
}

/// The traces that a folder's report names, if there is one.
fn named_traces(report: &Path) -> Vec<PathBuf> {
    let text = read_text(report, MAX_BASELINE_BYTES).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let all = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let properties = all(&report, "cases").into_iter().flat_map(|case| all(&case, "properties"));
    let named = properties.filter_map(|property| property["trace"].as_str().map(PathBuf::from));
    let is_plain = |file: &Path| file.components().all(|component| matches!(component, Component::Normal(_)));
    named.filter(|file| file.starts_with(report::FOLDER_TRACES) && is_plain(file)).collect()
}
