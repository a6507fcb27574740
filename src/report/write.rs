//! Where reports go: a file, written whole or not at all, or standard output.

use std::fs::{Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// A file, or `-` for standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl FromStr for Sink {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Sink::Stdout } else { Sink::File(text.into()) })
    }
}

/// Writes a file under a temporary name beside it and renames it, so that no reader ever sees half of it. A device, or a
/// pipe that this process was given as `/dev/stdout` or `/dev/fd/3`, is written to as it is: it cannot be replaced.
///
/// # Errors
/// As the system reports them; the file is then as it was before.
pub fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    if is_named_pipe(path) {
        return Err(io::Error::other("a named pipe, which may have no reader; expected a file or -"));
    }
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return OpenOptions::new().write(true).open(path)?.write_all(content.as_bytes());
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    let (start, end) = TEMPORARY;
    builder.prefix(start).suffix(end).rand_bytes(RANDOM);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less what the umask takes away
    let mut file = builder.tempfile_in(folder)?;
    let _ = file.as_file().try_lock(); // until it is closed; without a lock its age protects it
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    if let Ok(replaced) = std::fs::metadata(path) {
        file.as_file().set_permissions(replaced.permissions())?;
    }
    file.persist(path).map_err(|error| error.error)?;
    sweep(folder);
    Ok(())
}

/// What the names of temporary files begin and end with, and the letters between.
const TEMPORARY: (&str, &str) = (".synod-", ".tmp");
const RANDOM: usize = 6;

/// A temporary file is younger than this until its owner has locked it.
const UNLOCKED_FOR: Duration = Duration::from_secs(60);

/// Removes the temporary files that runs which were killed have left in a folder. A file that its owner still writes is
/// locked, or not a minute old. What cannot be removed stays: it is no reason to fail.
fn sweep(folder: &Path) {
    let (start, end) = TEMPORARY;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let letters = name.to_str().and_then(|name| name.strip_prefix(start)?.strip_suffix(end));
        let is_ours = letters.is_some_and(|letters| letters.len() == RANDOM && letters.is_ascii());
        let age = || entry.metadata().ok().filter(Metadata::is_file)?.modified().ok()?.elapsed().ok();
        if !is_ours || age().is_none_or(|age| age < UNLOCKED_FOR) {
            continue;
        }
        let file = OpenOptions::new().write(true).open(entry.path());
        if file.is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = std::fs::remove_file(entry.path()); // another run may have been faster
        }
    }
}

/// True iff a path is a pipe of the file system: opening it waits until another process reads it.
pub fn is_named_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    let is_pipe = std::os::unix::fs::FileTypeExt::is_fifo;
    #[cfg(not(unix))]
    let is_pipe = |_: &std::fs::FileType| false;
    !path.starts_with("/dev") && std::fs::metadata(path).is_ok_and(|metadata| is_pipe(&metadata.file_type()))
}
