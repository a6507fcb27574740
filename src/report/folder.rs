//! The report as a folder of files that are byte for byte the same whenever the same suite is run, fit to be committed.

use super::html::{self, Links};
use super::{Format, Report, Verdict};
use std::path::{Path, PathBuf};

/// The subfolder of the counterexamples.
pub const TRACES: &str = "traces";

/// The files of the report itself.
pub const REPORTS: [&str; 3] = ["report.json", "report.md", "index.html"];

/// The files, by their paths below this folder: the report in three formats and every counterexample. Witnesses of
/// what is reached are left out: `check` finds one at once. `front` is what the page says above its table, as HTML.
pub fn files(report: &Report, folder: &Path, front: Option<&str>) -> Vec<(PathBuf, String)> {
    let mut report = report.clone().stable();
    let mut files = Vec::new();
    for case in &mut report.cases {
        for result in &mut case.properties {
            result.trace = None;
            let trace = case.traces.iter().find(|trace| trace.property == result.name);
            if let (Verdict::Violated, Some(trace)) = (result.verdict, trace) {
                let file = format!("{TRACES}/{}", trace.file_name());
                files.push((file.clone().into(), trace.to_json()));
                result.trace = Some(file);
            }
        }
        let properties = &case.properties;
        case.traces.retain(|trace| properties.iter().any(|r| r.name == trace.property && r.trace.is_some()));
    }
    let links = Links { models: Some(folder), traces: None };
    let [json, markdown] = [Format::Json, Format::Markdown].map(|format| report.render_from(format, &links));
    let texts = [json, markdown, html::render_packed(&report, &links, front)];
    files.extend(REPORTS.into_iter().map(PathBuf::from).zip(texts));
    files
}
