//! `check` and `suite`: read every model, explore them one after another, report.

use super::args::{Check, Shared, Suite};
use super::progress::Progress;
use super::{print, Failure};
use crate::check;
use crate::engine::Control;
use crate::model_file::{InputError, ModelFile};
use crate::report::{self, write_whole, Case, Report, Sink, Verdict};
use crate::trace::Trace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// `synod check`.
pub fn check(arguments: &Check) -> Result<u8, Failure> {
    run(
        &arguments.files,
        &arguments.shared,
        Some(&arguments.traces),
        |case, traces| report::render_case(case, traces),
        |_| String::new(),
    )
}

/// `synod suite`.
pub fn suite(arguments: &Suite) -> Result<u8, Failure> {
    let files = model_files(&arguments.folder)?;
    run(&files, &arguments.shared, arguments.traces.as_deref(), |_, _| String::new(), report::render_suite)
}

/// Every model file below a folder, in the order of their paths.
fn model_files(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let place = folder.display().to_string();
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| InputError::new(folder.display().to_string(), format!("cannot be read: {error}"));
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        Err(InputError::new(place, "there is no model file (*.toml) below it"))
    } else {
        Ok(files)
    }
}

fn run(
    files: &[PathBuf],
    shared: &Shared,
    traces: Option<&Path>,
    each: impl Fn(&Case, &[Trace]) -> String,
    all: impl Fn(&Report) -> String,
) -> Result<u8, Failure> {
    let models = files.iter().map(|file| ModelFile::read(file, &shared.search.set)).collect::<Result<Vec<_>, _>>()?;
    if traces.is_some() {
        require_distinct_names(&models)?;
    }
    if let Some(Sink::File(path)) = &shared.json {
        require_folder(path)?;
    }
    let options = shared.search.options();
    let control = Arc::new(Control::default());
    let interrupted = control.clone();
    ctrlc::set_handler(move || interrupted.interrupt()).map_err(|error| Failure::Output(error.to_string()))?;
    let to_people = !shared.quiet && shared.json != Some(Sink::Stdout);
    let mut cases = Vec::new();
    for model in &models {
        let progress = Progress::start(&model.name, control.clone(), !shared.quiet);
        let checked = check::check(model, &options, &control);
        progress.stop();
        let mut checked = checked.map_err(|error| InputError::new(&model.file, error.to_string()))?;
        if let Some(folder) = traces {
            write_traces(folder, &mut checked)?;
        }
        if to_people {
            print(&each(&checked.case, &checked.traces))?;
        }
        cases.push(checked.case);
    }
    let report = Report::new(cases);
    if to_people {
        print(&all(&report))?;
    }
    if let Some(sink) = &shared.json {
        let json = serde_json::to_string_pretty(&report).expect("a report is plain data");
        deliver(sink, &(json + "\n"))?;
    }
    Ok(report.exit_code())
}

/// Traces are named after their model, so no two models may share a name.
fn require_distinct_names(models: &[ModelFile]) -> Result<(), InputError> {
    let mut seen = BTreeMap::new();
    for model in models {
        if let Some(other) = seen.insert(&model.name, &model.file) {
            let what = format!("its traces would overwrite those of {other}: both models are called {}", model.name);
            return Err(InputError::new(&model.file, what));
        }
    }
    Ok(())
}

/// Fails early if a report could not be written.
pub(super) fn require_folder(path: &Path) -> Result<(), InputError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match parent {
        Some(parent) if !parent.is_dir() => {
            Err(InputError::new(path.display().to_string(), format!("there is no folder {}", parent.display())))
        }
        _ => Ok(()),
    }
}

/// Writes the traces of a case and notes their files in its report.
fn write_traces(folder: &Path, checked: &mut check::Checked) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure::Output(format!("{}: {error}", path.display()));
    if !checked.traces.is_empty() {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    for trace in &checked.traces {
        let path = folder.join(format!("{}.{}.json", trace.name, trace.property));
        write_whole(&path, &trace.to_json()).map_err(|error| failed(&path, error))?;
        let of_it = checked.case.properties.iter_mut().filter(|result| result.name == trace.property);
        of_it.for_each(|result| {
            debug_assert!(matches!(result.verdict, Verdict::Violated | Verdict::Reached));
            result.trace = Some(path.display().to_string());
        });
    }
    Ok(())
}

/// Writes a result where it was asked for.
pub(super) fn deliver(sink: &Sink, content: &str) -> Result<(), Failure> {
    match sink {
        Sink::Stdout => print(content),
        Sink::File(path) => write_whole(path, content)
            .map_err(|error| Failure::Output(format!("{}: cannot be written: {error}", path.display()))),
    }
}
