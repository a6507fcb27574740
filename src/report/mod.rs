//! Reports: the results of a run as plain data, and its renderers. They know no protocol and no search.

mod audit;
mod baseline;
mod case;
mod exact;
mod finding;
mod folder;
mod github;
mod html;
mod junit;
mod markdown;
mod sarif;
mod terminal;
mod text;
mod verdict;
mod write;

pub(crate) use crate::terminal::{line, BAD, DOUBT, GOOD, PLAIN};
pub use audit::{command_for, Audit, Broken, Demanded, Fates, Larger, Mutant, Refused};
pub use baseline::Baseline;
pub use case::{unasked, violated, violated_unasked, Case, Counts, Measured, Pin, PropertyResult, Unexpected};
pub use exact::{exact, exact_each, exact_each_or_none, exact_or_null};
pub use finding::{Finding, Weight, COMPLETE};
pub use folder::{files as folder_files, REPORTS as FOLDER_REPORTS, TRACES as FOLDER_TRACES};
pub use github::render as render_github;
pub use html::Links;
pub(crate) use terminal::reasons;
pub use terminal::{audit as render_audit, case as render_case, in_a_line as render_line, suite as render_suite};
pub use text::thousands;
pub(crate) use text::{as_operand, command, replay, steps, visible};
pub use verdict::Verdict;
pub use write::{is_named_pipe, write_whole, Sink};

use serde::{Serialize, Serializer};
use std::path::Path;

/// The version of the JSON report.
pub const SCHEMA: u32 = 2;

/// Models that a line names at most.
const MOST_NAMED: usize = 5;

/// The report of a run: one case for each model.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// True iff everything demanded of every case is certain and as expected.
    pub as_expected: bool,
    /// The cases, in the order in which the models were given.
    pub cases: Vec<Case>,
}

impl Report {
    /// The report of these cases.
    pub fn new(cases: Vec<Case>) -> Self {
        Report { schema: SCHEMA, as_expected: cases.iter().all(|case| case.as_expected), cases }
    }

    /// The exit code: 1 if something is certain and not as expected, else 3 if something demanded is not certain, else 0.
    pub fn exit_code(&self) -> u8 {
        match self.standing() {
            Standing::Unexpected => 1,
            Standing::Undecided => 3,
            Standing::Expected => 0,
        }
    }

    /// The worst standing of a case.
    pub fn standing(&self) -> Standing {
        self.cases.iter().map(Case::standing).max().unwrap_or(Standing::Expected)
    }

    /// The number of cases with this standing.
    pub fn count(&self, standing: Standing) -> usize {
        self.cases.iter().filter(|case| case.standing() == standing).count()
    }

    /// The verdict in a line.
    pub fn summary(&self) -> String {
        let [expected, failed, undecided] =
            [Standing::Expected, Standing::Unexpected, Standing::Undecided].map(|standing| self.count(standing));
        let unasked = self.unasked().map_or_else(String::new, |what| format!("; {what}"));
        format!("{expected} as expected, {failed} not as expected, {undecided} undecided{unasked}")
    }

    /// How many models have a violation that is not demanded, in a clause, if one has.
    pub fn unasked(&self) -> Option<String> {
        match self.cases.iter().filter(|case| case.unasked().is_some()).count() {
            0 => None,
            1 => Some("1 model violates what is not demanded".into()),
            more => Some(format!("{more} models violate what is not demanded")),
        }
    }

    /// The models and their violations in a line, for readers who see nothing else of the report.
    pub fn unasked_line(&self) -> Option<String> {
        let of = |case: &Case| Some(format!("{}: {}", visible(&case.file), case.unasked()?));
        let cases: Vec<_> = self.cases.iter().filter_map(of).collect();
        let (shown, more) = cases.split_at(cases.len().min(MOST_NAMED));
        let more = if more.is_empty() { String::new() } else { format!("; and {} more models", more.len()) };
        (!shown.is_empty()).then(|| shown.join("; ") + &more)
    }

    /// The report without what differs from run to run.
    pub fn stable(mut self) -> Self {
        self.cases.iter_mut().for_each(|case| case.run = None);
        self
    }

    /// The report in a format for other programs. Its links are those of a page in the current folder.
    pub fn render(&self, format: Format) -> String {
        self.render_from(format, &Links::default())
    }

    /// The report as a file: its links are seen from the folder of the file.
    pub fn render_at(&self, format: Format, file: &Path) -> String {
        let folder = file.parent();
        self.render_from(format, &Links { models: folder, traces: folder })
    }

    fn render_from(&self, format: Format, links: &Links) -> String {
        match format {
            Format::Json => crate::trace::json(self, true) + "\n",
            Format::Junit => junit::render(self),
            Format::Sarif => sarif::render(self),
            Format::Markdown => markdown::render(self),
            Format::Html => html::render(self, links),
        }
    }
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The report itself.
    Json,
    /// JUnit XML, for CI systems.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Markdown, for job summaries.
    Markdown,
    /// One self-contained page.
    Html,
}

/// How what was found compares with what is demanded, of a property, a case or a whole report, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Everything demanded is certain and as expected.
    Expected,
    /// Something demanded is not certain, mostly because a limit ended the run; and nothing certain is unexpected.
    Undecided,
    /// Something certain is not as expected.
    Unexpected,
}

fn is_expected<S: Serializer>(standing: &Standing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(*standing == Standing::Expected)
}

impl Standing {
    /// The standing of a demand that is met, is not met, or that nothing certain is known of.
    pub fn of(is_met: Option<bool>) -> Self {
        match is_met {
            Some(true) => Standing::Expected,
            None => Standing::Undecided,
            Some(false) => Standing::Unexpected,
        }
    }

    /// In words.
    pub fn described(self) -> &'static str {
        match self {
            Standing::Expected => "as expected",
            Standing::Undecided => "undecided",
            Standing::Unexpected => "not as expected",
        }
    }
}
