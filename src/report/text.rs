//! Pieces of text that several renderers share. They know nothing of any format.

use crate::terminal::program;
pub(crate) use crate::trace::visible;
use crate::trace::{render_text, visible_lines, Trace};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What a path segment of a URI may hold as it is, and the slashes between segments. A colon is not among it, so that no
/// path is taken for an address with a scheme.
pub const URI_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A trace for the formats that have no better way to show it.
pub fn counterexample(trace: &Trace) -> String {
    visible_lines(&render_text(trace))
}

/// A file and a line of it.
pub fn place(file: &str, line: Option<usize>) -> String {
    let file = visible(file);
    line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"))
}

/// A command of the program with these arguments, as it survives the shell that it is pasted into.
pub fn command(arguments: &[&str]) -> String {
    let words = [&[program()], arguments].concat();
    // Only a NUL cannot be quoted, and no argument has one.
    shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "))
}

/// The command that shows a trace.
pub fn replay(file: &str) -> String {
    visible(&command(&["replay", &as_operand(file)]))
}

/// A path that no command takes for an option.
pub fn as_operand(path: &str) -> String {
    if path.starts_with('-') {
        format!("./{path}")
    } else {
        path.into()
    }
}

/// A number of steps.
pub fn steps(number: usize) -> String {
    if number == 1 {
        "1 step".into()
    } else {
        format!("{number} steps")
    }
}

/// A number with thousands separators.
pub fn thousands(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
