//! The workflow commands with which a step of a GitHub workflow annotates files: a line for each finding.

use super::text::visible;
use super::{Report, Weight};
use std::fmt::Write;

/// An error for everything that is not as expected, a warning for every model that is undecided, a notice for what is
/// violated and not demanded, or holds vacuously. GitHub shows the first few of each kind.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for case in &report.cases {
        for finding in case.findings().into_iter().filter(|finding| finding.is_prominent) {
            let command = match finding.weight {
                Weight::Unexpected => "error",
                Weight::Undecided => "warning",
                Weight::Waived | Weight::Vacuous => "notice",
            };
            let title = visible(&format!("{}: {}", case.model, finding.name));
            let (file, line) = (property(&case.file), finding.line.unwrap_or(1));
            let message = data(&finding.message());
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
