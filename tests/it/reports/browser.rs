//! The page of a suite in a real browser: its filters, its steppers, and what it leaves alone.

use super::fixture::{report, HOSTILE};
use super::{read, run, workplace, EVERY};
use crate::web;
use serde_json::{json, Value};
use std::path::Path;
use synod::report::Format;

/// Drives the page in this folder; without the browser, fails with the command that installs it.
fn drive(folder: &Path, page: &str, expected: &Value) {
    let file = folder.join("expected.json");
    std::fs::write(&file, expected.to_string()).expect("the folder is there");
    web::run("report.mjs", &[folder.join(page), file].map(|path| path.display().to_string()));
}

/// What the page of a real run has to show: one model that is as expected and one that is not.
fn run_and_expected(folder: &Path) -> Value {
    run(folder, &[&["suite"][..], &EVERY].concat());
    let report: Value = serde_json::from_str(&read(folder, "r.json")).expect("it is JSON");
    let cases = report["cases"].as_array().expect("there are cases");
    let those = |is_it: &dyn Fn(&Value) -> bool| -> Vec<&Value> {
        cases.iter().filter(|case| is_it(case)).map(|case| &case["model"]).collect()
    };
    let some = |key: &'static str, value: Value| {
        those(&move |case| case["properties"].as_array().is_some_and(|all| all.iter().any(|one| one[key] == value)))
    };
    let broken = cases.iter().find(|case| case["model"] == "broken").expect("it is among them");
    let agreement = broken["properties"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "agreement"));
    json!({
        "models": those(&|_| true),
        "filters": {
            "unexpected": ["broken"],
            "undecided": [],
            "expected": ["good"],
            "violated": some("verdict", "violated".into()),
            "waived": those(&|case| case["properties"].as_array().is_some_and(|all| {
                all.iter().any(|one| one["verdict"] == "violated" && one["demanded"] == false)
            })),
            "vacuous": some("vacuous", true.into()),
        },
        "texts": [["GOOD", ["good"]], ["no such model", []], ["agreement broken", ["broken"]]],
        "trace": {
            "model": "broken",
            "property": "agreement",
            "steps": agreement.expect("it is checked")["trace_length"],
            "last": "A",
            "bars": broken["counts"]["states_by_depth"].as_array().map(Vec::len),
        },
    })
}

#[test]
fn it_filters_and_steps() {
    let folder = workplace(true);
    drive(folder.path(), "r.html", &run_and_expected(folder.path()));
}

#[test]
fn the_page_of_a_folder_of_reports_holds_the_same_in_less_room() {
    let folder = workplace(true);
    let expected = run_and_expected(folder.path());
    std::fs::write(folder.path().join("front.html"), "<h2>What it finds</h2>").expect("it is writable");
    run(folder.path(), &["suite", "--reports", "reports", "--front", "front.html"]);
    let page = read(folder.path(), "reports/index.html");
    let above = page.split("<table id=\"models\">").next().expect("there is a table");
    assert!(above.contains("<h2>What it finds</h2>"), "what comes first is above the table");
    assert!(!page.contains("<details"), "what is below the table is compressed");
    assert!(page.len() < read(folder.path(), "r.html").len());
    drive(folder.path(), "reports/index.html", &expected);
}

#[test]
fn hostile_names_are_text_to_it() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    std::fs::write(folder.path().join("r.html"), report(HOSTILE).render(Format::Html)).expect("it is writable");
    let name = HOSTILE.replace('\n', "\\n").replace('\u{202e}', "\\u{202e}").replace('\u{202c}', "\\u{202c}");
    let name = name.replace('\u{200b}', "\\u{200b}").replace('\u{1b}', "\\u{1b}").replace("::", ":\\u{3a}");
    drive(
        folder.path(),
        "r.html",
        &json!({
            "models": [name, "large-3x5", "adapted-2x3"],
            "filters": {
                "unexpected": [name],
                "undecided": ["large-3x5"],
                "expected": ["adapted-2x3"],
                "violated": [name],
                "waived": [],
                "vacuous": [name],
            },
            "texts": [["<script>ALERT(1)</script>\"'&", [name]], ["single-decree large", ["large-3x5"]], ["i1", [name]]],
            "trace": {
                "model": name,
                "property": "agreement",
                "steps": 2,
                "last": "x<script>alert(1)</script>\"'&",
                "bars": 0,
            },
        }),
    );
}

#[test]
#[should_panic(expected = "report.mjs: ")]
fn its_driver_refuses_what_is_wrong() {
    let folder = workplace(true);
    let mut expected = run_and_expected(folder.path());
    expected["filters"]["violated"] = json!(["good"]);
    drive(folder.path(), "r.html", &expected);
}
