//! Files that are read: regular ones alone, and no more of them than they may hold.

use super::InputError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads a text file of at most this many bytes.
///
/// # Errors
/// If it cannot be read, is larger, or is not UTF-8.
pub fn read_text(path: &Path, max_bytes: u64) -> Result<String, InputError> {
    let bytes = read_bytes(path, max_bytes)?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| InputError::new(path.display().to_string(), "not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text)) // a byte order mark, as some editors write it
}

/// Opens a regular file for reading; `None` if it is anything else. It is opened without waiting and looked at
/// afterwards, so that a pipe that takes its place meanwhile hangs nothing.
///
/// # Errors
/// As the system reports them.
pub fn open_regular(path: &Path) -> std::io::Result<Option<File>> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits() as i32);
    let is_file = |file: &File| Ok(file.metadata()?.is_file());
    match options.open(path) {
        Ok(file) => is_file(&file).map(|is_file| is_file.then_some(file)),
        // A folder that cannot be opened, or a socket, is no file either.
        Err(_) if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads a file of at most this many bytes.
///
/// # Errors
/// If it cannot be read, or is larger.
pub fn read_bytes(path: &Path, max_bytes: u64) -> Result<Vec<u8>, InputError> {
    let place = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".into(),
            _ => format!("cannot be read: {error}"),
        };
        InputError::new(&place, what)
    };
    let Some(file) = open_regular(path).map_err(unreadable)? else {
        return Err(InputError::new(&place, "not a file"));
    };
    // The size that is stated may be wrong: files of /proc have none, and others grow.
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        return Err(InputError::new(&place, format!("more than {max_bytes} bytes, the most that is read")));
    }
    Ok(bytes)
}
