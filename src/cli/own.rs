//! The files that the program writes, and how it knows them again: nothing else is ever replaced or removed.

use super::Failure;
use crate::input::{open_regular, read_text};
use crate::nodes::log;
use crate::report::write_whole;
use crate::trace;
use std::io::{self, Read};
use std::path::Path;

/// No trace of a bounded model is larger.
pub const MAX_TRACE_BYTES: u64 = 64 << 20;

/// True iff a file begins as a log does.
pub fn is_log(path: &Path) -> io::Result<bool> {
    let Some(file) = open_regular(path)? else { return Ok(false) };
    let mut start = Vec::new();
    file.take(64).read_to_end(&mut start)?;
    Ok(log::is_marked(&start))
}

/// True iff a file is one that this program wrote: nothing else is ever removed.
pub fn is_trace(path: &Path) -> bool {
    let text = read_text(path, MAX_TRACE_BYTES).unwrap_or_default();
    trace::carried_model(&text).is_some()
}

pub fn write(path: &Path, content: &str) -> Result<(), Failure> {
    write_whole(path, content).map_err(|error| unwritable(path, &error))
}

pub fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Output(format!("{}: cannot be written: {error}", path.display()))
}
