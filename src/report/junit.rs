//! JUnit XML: a test suite for each model, a test case for each property, each pinned count, the exploration itself and each
//! mutant.

use super::text::visible;
use super::{Case, Finding, Report, Verdict, Weight, COMPLETE};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

/// The report as JUnit XML.
pub fn render(report: &Report) -> String {
    let mut suites = quick_junit::Report::new("synod");
    let runs = report.cases.iter().map(|case| case.run.as_ref());
    if let Some(seconds) = runs.map(|run| run.map(|run| run.seconds)).sum::<Option<f64>>() {
        suites.set_time(duration(seconds));
    }
    suites.add_test_suites(report.cases.iter().map(suite));
    suites.to_string().expect("a string takes every write")
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn suite(case: &Case) -> TestSuite {
    let mut suite = TestSuite::new(visible(&case.model));
    if let Some(run) = &case.run {
        suite.set_time(duration(run.seconds));
    }
    for (name, value) in [("file", &case.file), ("description", &case.description)] {
        suite.add_property((name, visible(value).as_str()));
    }
    let findings = case.findings();
    let properties = case.properties.iter().map(|result| result.name);
    let mutants = case.audit.iter().flat_map(|audit| &audit.mutants).map(|mutant| mutant.edit.as_str());
    for name in properties.chain(case.pins.iter().map(|pin| pin.name)).chain([COMPLETE]).chain(mutants) {
        let finding = findings.iter().find(|finding| finding.name == name);
        let mut test = TestCase::new(name, finding.map_or_else(TestCaseStatus::success, status));
        if let Some(vacuous) = finding.filter(|finding| finding.weight == Weight::Vacuous) {
            test.set_system_out(vacuous.message()); // it passes, and says how
        }
        test.set_classname(visible(&case.model));
        suite.add_test_case(test);
    }
    suite
}

fn status(finding: &Finding) -> TestCaseStatus {
    let (kind, of) = match finding.weight {
        Weight::Unexpected => (NonSuccessKind::Failure, "unexpected"),
        Weight::Undecided => (NonSuccessKind::Error, Verdict::Unknown.name()),
        Weight::Vacuous => return TestCaseStatus::success(),
        Weight::Waived => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(finding.what.as_str());
            return status;
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(of).set_message(finding.what.as_str()).set_description(finding.message());
    status
}
