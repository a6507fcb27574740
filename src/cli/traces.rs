//! The traces of checked models on disk: where each goes, that it can be written there, and which earlier ones go.

use super::own::{is_trace, unwritable, write, MAX_TRACE_BYTES as MAX_BYTES};
use super::Failure;
use crate::family::{Family, Spec};
use crate::input::{read_text, InputError};
use crate::report::{PropertyResult, Verdict};
use crate::subject::{names, Header};
use crate::trace::{self, Trace};
use std::io;
use std::path::{Path, PathBuf};

/// Fails early if nothing could be written below a folder. It need not exist yet.
///
/// # Errors
/// If the folder, or the nearest one above it that exists, is none or cannot be written.
pub fn require_writable(folder: &Path) -> Result<(), InputError> {
    let place = folder.display().to_string();
    let above = folder.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let existing = above.into_iter().find(|above| above.symlink_metadata().is_ok()).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(InputError::new(existing.display().to_string(), "not a folder"));
    }
    let probe = tempfile::Builder::new().prefix(".synod-").tempfile_in(existing);
    // The error itself names the probe.
    let why = |error: io::Error| io::Error::from(error.kind());
    probe.map(|_| ()).map_err(|error| InputError::new(place, format!("cannot be written: {}", why(error))))
}

/// Fails early if a trace would take the place of a file that is not one.
///
/// # Errors
/// The file.
pub fn require_own(path: &Path) -> Result<(), InputError> {
    if path.symlink_metadata().is_err() || is_trace(path) {
        return Ok(());
    }
    let what = "not a trace that synod wrote, and one would go there; move it away or choose another folder";
    Err(InputError::new(path.display().to_string(), what))
}

/// Writes the traces of a model, and notes their files in the results of their properties.
pub fn write_all<'r>(
    folder: &Path,
    traces: &[Trace],
    results: impl IntoIterator<Item = &'r mut PropertyResult>,
) -> Result<(), Failure> {
    let mut results: Vec<_> = results.into_iter().collect();
    for trace in traces {
        let path = folder.join(trace.file_name());
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|error| unwritable(parent, &error))?;
        write(&path, &trace.to_json())?;
        for result in results.iter_mut().filter(|result| result.name == trace.property) {
            debug_assert!(matches!(result.verdict, Verdict::Violated | Verdict::Reached));
            result.trace = Some(path.display().to_string());
        }
    }
    Ok(())
}

/// Removes the traces that earlier checks of a model left and this one refutes: the property holds now, or is unreached,
/// or the model is another one than it was. What a check that was cut off did not find again may still be there.
pub fn remove_stale<'r>(
    folder: &Path,
    model: &Header,
    results: impl IntoIterator<Item = &'r PropertyResult>,
) -> Result<(), Failure> {
    let verdicts: Vec<_> = results.into_iter().map(|result| (result.name, result.verdict)).collect();
    for property in &model.known {
        let verdict = verdicts.iter().find(|(name, _)| name == property).map(|(_, verdict)| *verdict);
        let path = folder.join(trace::file_name(&model.name, property));
        let is_stale = match verdict {
            Some(Verdict::Violated | Verdict::Reached) => false, // it was just written
            Some(Verdict::Holds | Verdict::Unreached) => is_trace(&path),
            Some(Verdict::Unknown) | None => is_trace_of_another(&path, &model.json),
        };
        if is_stale {
            std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
        }
    }
    Ok(())
}

fn is_trace_of_another(path: &Path, spec: &serde_json::Value) -> bool {
    let text = read_text(path, MAX_BYTES).unwrap_or_default();
    trace::carried_model(&text).is_some_and(|model| model != *spec)
}

/// Every file that the traces of a model may go to.
pub fn files<F: Family>(folder: &Path, model: &str, spec: &Spec<F>) -> Vec<PathBuf> {
    files_of(folder, model, &names(spec))
}

/// The same for a model with these properties.
pub fn files_of(folder: &Path, model: &str, properties: &[&'static str]) -> Vec<PathBuf> {
    let claims = properties.iter().copied().chain(["run"]);
    claims.map(|claim| folder.join(trace::file_name(model, claim))).collect()
}
