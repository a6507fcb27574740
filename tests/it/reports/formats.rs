//! What the formats say, as snapshots, and what they leave out.

use super::fixture::report;
use base64::Engine as _;
use std::io::Read as _;
use std::path::Path;
use synod::report::{folder_files, render_github, Baseline, Format, Links, Report};

#[test]
fn markdown_has_a_verdict_a_table_and_the_details() {
    insta::assert_snapshot!(report("broken-2x1").render(Format::Markdown));
}

#[test]
fn junit_has_a_case_for_each_property_and_count() {
    insta::assert_snapshot!(report("broken-2x1").render(Format::Junit));
}

#[test]
fn sarif_locates_results_at_the_expectations() {
    let sarif = report("broken-2x1").render(Format::Sarif);
    insta::assert_snapshot!(sarif.replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"VERSION\""));
}

#[test]
fn annotations_are_one_line_each_at_the_expectations() {
    insta::assert_snapshot!(render_github(&report("broken-2x1")));
}

#[test]
fn the_stable_form_has_nothing_that_differs_from_run_to_run() {
    let mut slower = report("broken-2x1");
    for case in &mut slower.cases {
        let run = case.run.as_mut().expect("the fixture has been run");
        (run.threads, run.seconds, run.peak_memory_bytes) = (1, 77.77, None);
    }
    assert_eq!(
        folder_files(&report("broken-2x1"), "reports".as_ref(), None),
        folder_files(&slower, "reports".as_ref(), None)
    );
    let files = folder_files(&slower, "reports".as_ref(), None);
    let names: Vec<_> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    assert_eq!(names, ["traces/broken-2x1.agreement.json", "report.json", "report.md", "index.html"]);
    for format in [Format::Json, Format::Junit, Format::Sarif, Format::Markdown, Format::Html] {
        let stable = slower.clone().stable().render(format);
        assert!(!stable.contains("seconds") && !stable.contains("77.77"), "{format:?} has a duration");
    }
}

#[test]
fn the_page_holds_states_by_depth_where_they_are_known() {
    let page = report("broken-2x1").render(Format::Html);
    assert_eq!(page.matches("<figure class=\"depths\"").count(), 1);
    assert!(page.contains("data-states=\"1 2 40 700 1500 400 34\""));
    assert!(page.contains("at most 1,500, 4 steps from the start"));
}

/// What a page holds compressed.
fn unpacked(page: &str) -> String {
    let packed = page.split("<template id=\"packed\">").nth(1).expect("it is there").split('<').next().expect("an end");
    let bytes = base64::prelude::BASE64_STANDARD.decode(packed).expect("base64");
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(&bytes[..]).read_to_string(&mut text).expect("a text");
    text
}

#[test]
fn the_page_links_models_and_traces_from_its_folder() {
    let files = folder_files(&report("broken-2x1"), "reports".as_ref(), None);
    let (_, page) = files.iter().find(|(path, _)| path.ends_with("index.html")).expect("it is among them");
    let page = unpacked(page);
    assert!(page.contains("<a href=\"../models/adapted-2x3.toml\">"));
    assert!(page.contains("<a href=\"traces/broken-2x1.agreement.json\">"));
    let page = report("broken-2x1").render_at(Format::Html, "elsewhere/deep/r.html".as_ref());
    assert!(page.contains("<a href=\"../../models/adapted-2x3.toml\">"));
}

#[test]
fn the_page_says_a_statement_once() {
    let page = report("broken-2x1").render(Format::Html);
    let statement = "no two chosen proposals differ in value";
    assert_eq!(page.matches(statement).count(), 2, "in the list of properties and in the only trace");
}

#[test]
fn an_empty_report_is_a_report() {
    let empty = synod::report::Report::new(Vec::new());
    for format in [Format::Json, Format::Junit, Format::Sarif, Format::Markdown, Format::Html] {
        assert!(!empty.render(format).is_empty());
    }
}

#[test]
fn a_baseline_tells_what_changed() {
    let old = Baseline::parse(&report("broken-2x1").render(Format::Json)).expect("it is a report");
    assert_eq!(old.compare(&report("broken-2x1"), "old.json", 100), "no change against old.json\n");
    let stable = report("broken-2x1").stable().render(Format::Json);
    let stable = Baseline::parse(&stable).expect("the stable form is a report");
    assert_eq!(stable.compare(&report("broken-2x1"), "old.json", 100), "no change against old.json\n");

    let mut new = report("broken-2x1");
    new.cases[0].counts.unique_states = 1234;
    new.cases[0].properties[0].trace_length = Some(9);
    new.cases[0].properties[1].vacuous = false;
    new.cases[1].model = "larger-4x5".into();
    new.cases[2].properties[0].verdict = synod::report::Verdict::Violated;
    new.cases[2].properties[0].trace_length = Some(7);
    insta::assert_snapshot!(anstream::adapter::strip_str(&old.compare(&new, "old.json", 100)).to_string());
}

#[test]
fn models_of_one_name_are_told_apart_by_their_folders() {
    let mut twins = report("other/adapted-2x3");
    let old = Baseline::parse(&twins.render(Format::Json)).expect("it is a report");
    twins.cases.swap(0, 2);
    assert_eq!(old.compare(&twins, "old.json", 100), "no change against old.json\n");
    let page = twins.render(Format::Html);
    assert!(page.contains("id=\"case-adapted-2x3\"") && page.contains("id=\"case-other-adapted-2x3\""));
}

/// Reports of schema 1 are read as they were written: they had only the names of files, and two of them may be one.
#[test]
fn a_report_of_schema_1_is_a_baseline_still() {
    let mut nested = report("race");
    for case in &mut nested.cases {
        case.file = format!("models/deep/{}.toml", case.model);
        case.model = format!("deep/{}", case.model);
    }
    let mut old: serde_json::Value = serde_json::from_str(&nested.render(Format::Json)).unwrap();
    old["schema"] = 1.into();
    for case in old["cases"].as_array_mut().unwrap() {
        case["model"] = case["model"].as_str().unwrap().trim_start_matches("deep/").into();
        let properties = case["properties"].as_array_mut().unwrap();
        properties.iter_mut().for_each(|property| drop(property.as_object_mut().unwrap().remove("demanded")));
    }
    let same = |old: &serde_json::Value, new: &Report| {
        Baseline::parse(&old.to_string()).expect("it is a report").compare(new, "old.json", 100)
    };
    assert_eq!(same(&old, &nested), "no change against old.json\n");
    // From another folder the files are called otherwise, and the names still tell.
    nested.cases.iter_mut().for_each(|case| case.file = format!("../{}", case.file));
    assert_eq!(same(&old, &nested), "no change against old.json\n");
}

#[test]
fn a_count_beyond_2_to_the_53_survives_json_and_a_baseline() {
    let mut huge = report("race");
    huge.cases[0].counts.generated_states = (1 << 53) + 1;
    let json = huge.render(Format::Json);
    assert!(json.contains("\"generated_states\": \"9007199254740993\""), "{json}");
    let old = Baseline::parse(&json).expect("it is a report");
    assert_eq!(old.compare(&huge, "old.json", 100), "no change against old.json\n");
    huge.cases[0].counts.generated_states += 1;
    assert!(old.compare(&huge, "old.json", 100).contains("9,007,199,254,740,993"));
}

#[test]
fn paths_are_seen_from_the_folder_of_the_page() {
    let links = Links { models: Some(Path::new("reports")), traces: None };
    assert_eq!(links.model("models/a b/x.toml"), "../models/a%20b/x.toml");
    assert_eq!(links.model("reports/../models/x.toml"), "../models/x.toml");
    assert_eq!(links.model("reports/x.toml"), "x.toml");
    assert_eq!(links.trace("traces/javascript:x.json"), "traces/javascript%3Ax.json");
}
