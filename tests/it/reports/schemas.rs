//! JUnit and SARIF held to their published schemas, by validators that are not ours.

use super::fixture::{report, HOSTILE};
use super::{project, run, workplace, EVERY};
use std::path::Path;
use std::process::Command;
use synod::report::{Format, Report};

/// Validates a file; without the validators, fails with the command that installs them.
fn validate(kind: &str, file: &Path) {
    let schemas = project("tests/schemas");
    assert!(schemas.join("node_modules/ajv").is_dir(), "the validators are missing: run tests/setup.sh");
    let validated = Command::new("node").arg(schemas.join("validate.mjs")).arg(kind).arg(file).output();
    let validated = validated.expect("node is missing: run tests/setup.sh");
    let errors = String::from_utf8_lossy(&validated.stderr);
    assert!(validated.status.success(), "{kind} {} is not valid:\n{errors}", file.display());
}

fn validate_report(report: &Report) {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    for (kind, format) in [("junit", Format::Junit), ("sarif", Format::Sarif)] {
        let file = folder.path().join(kind);
        std::fs::write(&file, report.render(format)).expect("the folder is there");
        validate(kind, &file);
    }
}

#[test]
fn the_fixed_report_is_valid() {
    validate_report(&report("broken-2x1"));
}

#[test]
fn its_stable_form_is_valid() {
    validate_report(&report("broken-2x1").stable());
}

#[test]
fn hostile_names_are_valid() {
    validate_report(&report(HOSTILE));
}

#[test]
fn a_report_of_nothing_is_valid() {
    validate_report(&Report::new(Vec::new()));
}

#[test]
fn what_a_run_writes_is_valid() {
    for (is_broken, limit) in [(false, "1000"), (true, "1000"), (false, "5")] {
        let folder = workplace(is_broken);
        run(folder.path(), &[&["suite", "--max-states", limit][..], &EVERY].concat());
        validate("junit", &folder.path().join("r.xml"));
        validate("sarif", &folder.path().join("r.sarif"));
    }
}

#[test]
#[should_panic(expected = "is not valid")]
fn the_validators_refuse_what_is_wrong() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let file = folder.path().join("r.sarif");
    std::fs::write(&file, report("x").render(Format::Sarif).replace("\"ruleId\"", "\"rule\"")).expect("it is writable");
    validate("sarif", &file);
}
