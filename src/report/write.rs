//! Where reports go: a file, written whole or not at all, or standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

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

/// Writes a file under a temporary name beside it and renames it, so that no reader ever sees half of it. A device or a
/// pipe is written to as it is: it cannot be replaced.
///
/// # Errors
/// As the system reports them; the file is then as it was before.
pub fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(content.as_bytes());
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".synod-").tempfile_in(folder)?;
    file.write_all(content.as_bytes())?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o644, |metadata| metadata.permissions().mode());
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
