//! Names that try to be markup, workflow commands, fences or invisible: they survive every format as text.

use super::fixture::{report, HOSTILE};
use synod::report::{folder_files, render_github, render_suite, Format};

/// True iff a text has characters that do not show or that reorder others.
fn is_treacherous(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{202e}' | '\u{202c}' | '\u{200b}' | '\u{1b}' | '\r'))
}

#[test]
fn html_shows_them_and_runs_none() {
    let page = report(HOSTILE).render(Format::Html);
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own script");
    assert_eq!(page.matches("</script>").count(), 2, "that, and the data of the only stepper");
    assert!(page.contains("x&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(page.contains("\\u{202e}lave"), "what reorders text is spelled out");
    assert!(!is_treacherous(&page));
    let page = page.replace("http://www.w3.org/2000/svg", ""); // a name, and no address
    assert!(!page.contains("http:") && !page.contains("https:"), "nothing is loaded from elsewhere");
}

#[test]
fn markdown_keeps_its_table_and_its_fences() {
    let text = report(HOSTILE).render(Format::Markdown);
    let outside = text.lines().filter(|line| !line.starts_with("   ")); // a step of a trace, inside its fence
    assert!(!is_treacherous(&text) && outside.filter(|line| line.contains("<script")).count() == 0);
    for row in text.lines().filter(|line| line.starts_with('|')) {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 8, "{row}");
    }
    let fences: Vec<_> = text.lines().filter(|line| line.trim_start().starts_with("``````")).collect();
    assert_eq!(fences, ["  ``````text", "  ``````"], "longer than the five in the name");
}

#[test]
fn junit_and_json_and_sarif_stay_well_formed() {
    let report = report(HOSTILE);
    assert!(!is_treacherous(&report.render(Format::Junit)));
    for format in [Format::Json, Format::Sarif] {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&report.render(format));
        assert!(parsed.is_ok(), "{format:?}");
    }
    let sarif: serde_json::Value = serde_json::from_str(&report.render(Format::Sarif)).expect("it is JSON");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    let uri = place["uri"].as_str().expect("a result has a place");
    assert!(uri.starts_with("models/x%3Cscript%3E") && uri.contains("%0A%3A%3Aerror"), "{uri}");
}

#[test]
fn annotations_start_no_other_command() {
    let text = render_github(&report(HOSTILE));
    let commands = ["::error file=", "::warning file=", "::notice file="];
    for line in text.lines() {
        assert!(commands.iter().any(|command| line.starts_with(command)), "{line}");
        let (properties, _) = line["::".len()..].split_once("::").expect("a command has a message");
        assert_eq!(properties.matches(',').count(), 2, "file, line and title: {properties}");
    }
    assert!(text.contains("%3A%3Aerror%3A%3Aa%2Cb%25"), "percent signs, colons and commas are escaped");
    assert_eq!(text.lines().count(), 4, "a verdict, a count, what is vacuous, and the undecided model");
}

#[test]
fn the_terminal_gets_no_control_characters_of_theirs() {
    let text = render_suite(&report(HOSTILE).stable(), 100);
    assert!(!text.contains("\u{1b}[31m[") && !text.contains('\u{202e}') && !text.contains("\n::error"));
}

#[test]
fn files_of_traces_stay_in_their_folder() {
    let files = folder_files(&report(HOSTILE), "reports".as_ref(), None);
    let trace = files.iter().find(|(path, _)| path.starts_with("traces")).expect("there is a counterexample");
    assert!(trace.0.components().all(|part| matches!(part, std::path::Component::Normal(_))));
}
