//! The workflow commands with which a step of a GitHub workflow annotates files: a line for each finding.

use super::text::visible;
use super::{Finding, Report};
use std::fmt::Write;

/// An error for everything that is not as expected, a warning for every model that is undecided.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        for finding in case.findings().into_iter().filter(Finding::is_prominent) {
            let command = if finding.is_certain { "error" } else { "warning" };
            let title = visible(&format!("{}: {}", case.model, finding.name));
            let (file, line) = (property(&case.file), finding.line.unwrap_or(1));
            let message = data(&finding.told());
            writeln!(text, "::{command} file={file},line={line},title={}::{message}", property(&title))
                .expect("a string takes every write");
        }
    }
    text
}

/// A message in which nothing ends the line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which nothing ends the value either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
