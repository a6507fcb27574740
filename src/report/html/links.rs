//! Where the links of a page lead: to model files and traces, from the folder that the page is in. It knows no report.

use crate::report::text::URI_PATH;
use percent_encoding::utf8_percent_encode;
use std::path::{absolute, Component, Path, PathBuf};

/// The folder that links are relative to; `None` if the paths need no change.
#[derive(Clone, Copy, Debug, Default)]
pub struct Links<'a> {
    /// For model files.
    pub models: Option<&'a Path>,
    /// For traces.
    pub traces: Option<&'a Path>,
}

impl Links<'_> {
    /// The reference to a model file.
    pub fn model(&self, file: &str) -> String {
        reference(self.models, file)
    }

    /// The reference to a trace.
    pub fn trace(&self, file: &str) -> String {
        reference(self.traces, file)
    }
}

fn reference(folder: Option<&Path>, file: &str) -> String {
    let seen = folder.and_then(|folder| from(folder, Path::new(file)));
    let path = seen.map_or_else(|| file.to_string(), |path| path.to_string_lossy().into_owned());
    let path = path.replace(std::path::MAIN_SEPARATOR, "/");
    utf8_percent_encode(&path, URI_PATH).to_string()
}

/// A path relative to a folder.
fn from(folder: &Path, file: &Path) -> Option<PathBuf> {
    let (folder, file) = (plain(folder)?, plain(file)?);
    let shared = folder.iter().zip(&file).take_while(|(one, other)| one == other).count();
    let up = folder[shared..].iter().map(|_| Component::ParentDir);
    Some(up.map(|part| part.as_os_str().to_owned()).chain(file[shared..].iter().cloned()).collect())
}

/// The parts of a path from the root on, without `.` and `..`.
fn plain(path: &Path) -> Option<Vec<std::ffi::OsString>> {
    let mut parts = Vec::new();
    for part in absolute(path).ok()?.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            part => parts.push(part.as_os_str().to_owned()),
        }
    }
    Some(parts)
}
