//! SARIF 2.1.0: a rule for each property, a result for each finding, located at the line of the model file that
//! demands otherwise. The few objects of the format that are needed are written out here; the schema in the tests
//! holds them to it.

use super::text::{visible, URI_PATH};
use super::{Case, Finding, Report, Weight, COMPLETE};
use percent_encoding::utf8_percent_encode;
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Result<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Message>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Result<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

/// What identifies a result across runs: the model and the property, not the line in the file.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "synod/v1")]
    synod: String,
}

/// The report as SARIF.
pub fn render(report: &Report) -> String {
    let rules = rules(report);
    let results = report.cases.iter().flat_map(|case| {
        let findings = case.findings();
        findings.iter().map(|finding| result(case, finding, &rules)).collect::<Vec<_>>()
    });
    let results = results.collect();
    let version = env!("CARGO_PKG_VERSION");
    let driver = Driver { name: "Synod", version, semantic_version: version, rules };
    let run = Run {
        tool: Tool { driver },
        invocations: [Invocation { execution_successful: true, exit_code: report.exit_code() }],
        column_kind: "unicodeCodePoints",
        results,
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    crate::trace::json(&log, true) + "\n"
}

/// The properties of all cases, then the pinned counts, then the exploration itself; each once.
fn rules(report: &Report) -> Vec<Rule<'_>> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut add = |id, short: &str, full: Option<&str>| {
        if !rules.iter().any(|rule: &Rule| rule.id == id) {
            let full_description = full.map(|text| Message { text: text.into() });
            rules.push(Rule { id, short_description: Message { text: short.into() }, full_description });
        }
    };
    for result in report.cases.iter().flat_map(|case| &case.properties) {
        let full = format!("{} property: {} ({})", result.kind, result.statement, result.source);
        add(result.name, result.statement, Some(&full));
    }
    for pin in report.cases.iter().flat_map(|case| &case.pins) {
        add(pin.name, "the count is the one that the model file pins", None);
    }
    for mutant in report.cases.iter().flat_map(|case| &case.audit).flat_map(|audit| &audit.mutants) {
        add(&mutant.edit, "a demanded property tells this mutant from the model", None);
    }
    add(COMPLETE, "every reachable state was explored", None);
    rules
}

fn result<'a>(case: &Case, finding: &Finding<'a>, rules: &[Rule]) -> Result<'a> {
    let text = format!("{}: {}: {}", visible(&case.model), finding.name, finding.message());
    let region = Region { start_line: finding.line.unwrap_or(1).max(1) };
    Result {
        rule_id: finding.name,
        rule_index: rules.iter().position(|rule| rule.id == finding.name).expect("every name is a rule"),
        level: match finding.weight {
            Weight::Unexpected => "error",
            Weight::Undecided => "warning",
            Weight::Waived | Weight::Vacuous => "note",
        },
        message: Message { text },
        locations: [Location {
            physical_location: PhysicalLocation { artifact_location: artifact(&case.file), region },
        }],
        partial_fingerprints: Fingerprints { synod: format!("{}/{}", case.model, finding.name) },
    }
}

/// Where a file is: below the root of the sources, or anywhere if its path is absolute.
fn artifact(file: &str) -> ArtifactLocation {
    let path = utf8_percent_encode(file.trim_start_matches("./"), URI_PATH).to_string();
    if Path::new(file).is_absolute() {
        ArtifactLocation { uri: format!("file://{path}"), uri_base_id: None }
    } else {
        ArtifactLocation { uri: path, uri_base_id: Some("%SRCROOT%") }
    }
}
