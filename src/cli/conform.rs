//! `conform`: logged runs, followed along their model. `run` ends with it too.

use super::args::Conform;
use super::input::read_model_of;
use super::own::{unwritable, write};
use super::progress::{memory, seconds, Message, Progress};
use super::reports::{deliver, require_place, taken, IS_A_MODEL, IS_FOR_A_LOG, IS_FOR_A_TRACE};
use super::traces::{self, require_writable};
use super::{interrupt, say, Failure, INCOMPLETE};
use crate::conform::{follow_counting, gather, is_as_expected, render, Conformance, Gathered, Path};
use crate::family::{Deployable, Property};
use crate::input::InputError;
use crate::report::{replay, thousands, Sink};
use crate::trace::{self, Claim, Trace};
use std::cmp::Reverse;
use std::path::Path as File;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

/// Longer paths are not printed; `replay` shows them.
const MAX_SHOWN: usize = 60;

/// The exit code for a run that deviates from its model or violates a property.
const NOT_AS_EXPECTED: u8 = 1;

/// `synod conform`.
pub fn conform<F: Deployable>(arguments: &Conform) -> Result<u8, Failure> {
    require_writable(&arguments.traces)?;
    interrupt::at_once(true);
    let gauges = Arc::new(Gauges::default());
    let progress = Progress::start(!arguments.quiet, message(&arguments.logs[0].display().to_string(), gauges.clone()));
    let mut gathered = gather::<F>(&arguments.logs)?;
    if let Some(sink) = &arguments.json {
        let mut occupied = taken(gathered.files(), IS_FOR_A_LOG);
        occupied.extend(taken(&arguments.model, IS_A_MODEL));
        let logs = gathered.files().into_iter().filter_map(|file| file.parent().map(File::to_path_buf));
        for folder in logs.chain([arguments.traces.clone()]) {
            occupied.extend(taken(traces::files(&folder, &gathered.name, &gathered.spec), IS_FOR_A_TRACE));
        }
        require_place(sink, &occupied)?;
    }
    traces::files(&arguments.traces, &gathered.name, &gathered.spec)
        .iter()
        .try_for_each(|path| traces::require_own(path))?;
    let place = arguments.logs[0].display().to_string();
    let settings = &arguments.settings.set;
    if let (Some(setting), None) = (settings.first(), &arguments.model) {
        return Err(InputError::new(format!("--set {setting}"), "it changes a model, and no --model is given").into());
    }
    let model = arguments.model.as_ref().map(|file| read_model_of(file, settings)).transpose()?;
    if let Some(model) = model {
        if model.spec.to_json() != gathered.spec.to_json() {
            let what = format!("logs of another model than {}: {}, not {}", model.file, gathered.spec, model.spec);
            return Err(InputError::new(place, what).into());
        }
        (gathered.spec, gathered.expect) = (model.spec, model.expect);
    }
    let instances = gathered.instances();
    if let Some(instance) = arguments.instance.filter(|instance| !instances.contains(instance)) {
        let what = format!("--instance {instance}: there are {} instances, counted from 0", instances.len());
        return Err(InputError::new(place, what).into());
    }
    let wanted = instances.into_iter().filter(|instance| arguments.instance.is_none_or(|only| only == *instance));
    let paths = follow_all(&gathered, wanted, &gauges)?;
    progress.stop();
    let told = conclude(&gathered, &paths, &arguments.traces)?;
    if let Some(sink) = &arguments.json {
        let json = crate::trace::json(&Conformance::new(&gathered, &paths), true);
        deliver(sink, &(json + "\n"))?;
    }
    if arguments.json != Some(Sink::Stdout) {
        if !arguments.quiet {
            say(&format!("model      {}\n{}", gathered.spec, told.path))?;
        }
        say(&told.verdict)?;
    }
    Ok(told.code)
}

/// How far the logs of a run are followed: records, and how many there are once that is known.
#[derive(Default)]
pub struct Gauges {
    followed: AtomicU64,
    all: AtomicU64,
}

/// Follows instances of a run along their model.
pub fn follow_all<F: Deployable>(
    gathered: &Gathered<F>,
    instances: impl Iterator<Item = u32>,
    gauges: &Gauges,
) -> Result<Vec<Path<F>>, InputError> {
    gauges.all.store(gathered.len() as u64, Ordering::Relaxed);
    instances.map(|instance| follow_counting(gathered, instance, &gauges.followed)).collect()
}

/// How far that is, for the progress line.
pub fn message(what: &str, gauges: Arc<Gauges>) -> impl Fn(Duration) -> Message + Send + 'static {
    let what = what.to_string();
    move |elapsed| {
        let (followed, all) = (gauges.followed.load(Ordering::Relaxed), gauges.all.load(Ordering::Relaxed));
        let done = match all {
            0 => "reading the logs".into(),
            all => format!("{} of {} records followed", thousands(followed), thousands(all)),
        };
        Message { what: what.clone(), figures: format!("{done}{}, {}", memory(), seconds(elapsed)) }
    }
}

/// What there is to say about a run that was followed along its model.
pub struct Told {
    /// The path, if there is one to look at and it is short enough: the only one, or the first that deviates up to there.
    pub path: String,
    /// The verdict, and the command that shows more.
    pub verdict: String,
    /// The exit code.
    pub code: u8,
}

/// Writes the traces of a run that was followed, and says whether it conforms and is as expected.
pub fn conclude<F: Deployable>(gathered: &Gathered<F>, paths: &[Path<F>], folder: &File) -> Result<Told, Failure> {
    let mut verdict = render(gathered, paths);
    let mut shown = String::new();
    let mut written: Vec<Trace> = Vec::new();
    for (property, path, length) in violations(paths) {
        written.push(record(gathered, path, Claim::Settles(property), length)?);
    }
    let deviating = paths.iter().find(|path| path.deviation.is_some());
    let only = if let [path] = paths { Some(path) } else { None };
    if let Some(path) = deviating.or(only) {
        let whole = record(gathered, path, Claim::Conforms, path.actions.len())?;
        if path.actions.len() <= MAX_SHOWN {
            shown = trace::render_text(&whole);
        }
        if path.deviation.is_none() && path.actions.len() <= trace::MAX_STEPS {
            written.push(whole);
        }
    }
    if !written.is_empty() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    }
    for trace in &written {
        let path = folder.join(trace.file_name());
        write(&path, &trace.to_json())?;
    }
    if let Some(trace) = written.first() {
        verdict += &trace::render_reasons(trace);
        verdict += &format!("{:<11}{}\n", "replay", replay(&folder.join(trace.file_name()).display().to_string()));
    }
    let code = match is_as_expected(gathered, paths) {
        false => NOT_AS_EXPECTED,
        true if gathered.is_live() => INCOMPLETE,
        true => 0,
    };
    Ok(Told { path: shown, verdict, code })
}

/// Each violated property with the first path that violates it and how far it does.
fn violations<F: Deployable>(paths: &[Path<F>]) -> Vec<(Property<F>, &Path<F>, usize)> {
    let mut found: Vec<(Property<F>, &Path<F>, usize)> = Vec::new();
    for path in paths {
        for (property, length) in path.violated() {
            if !found.iter().any(|(other, ..)| other.name == property.name) {
                found.push((property, path, length));
            }
        }
    }
    found.sort_by_key(|(property, ..)| Reverse(property.precedence)); // what explains the others comes first
    found
}

fn record<F: Deployable>(
    gathered: &Gathered<F>,
    path: &Path<F>,
    claim: Claim<F>,
    length: usize,
) -> Result<Trace, Failure> {
    let recorded = trace::record(&gathered.name, &gathered.spec, claim, &path.actions[..length], false);
    recorded.map_err(|misfit| Failure::Output(format!("the path is refused when it is executed again: {misfit}")))
}
