//! What is demanded or not, and how it came out, shows in every channel: the same twelve cases through all of them.

use super::fixture::{case, judged, property};
use serde_json::Value;
use synod::model_file::{Demand, Wanted};
use synod::report::{
    render_case, render_github, render_suite, Case, Format, PropertyResult, Report, Standing, Verdict,
};

const PREMISE: &str = "a chosen proposal";

/// What a property came to, as the rows of the table name it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Came {
    Holds,
    Vacuous,
    Violated,
    Unknown,
}

const DEMANDED: Demand = Demand::Verdict(Wanted::Holds, Some(7));

/// A model with one property that came to this.
fn report(demand: Demand, came: Came) -> Report {
    let verdict = match came {
        Came::Holds | Came::Vacuous => Verdict::Holds,
        Came::Violated => Verdict::Violated,
        Came::Unknown => Verdict::Unknown,
    };
    let standing = match (demand, came) {
        (Demand::Verdict(..), Came::Violated) => Standing::Unexpected,
        (Demand::Verdict(..), Came::Unknown) => Standing::Undecided,
        _ => Standing::Expected,
    };
    let result = PropertyResult {
        demand,
        standing,
        vacuous: came == Came::Vacuous,
        premise: Some(PREMISE),
        trace_length: (came == Came::Violated).then_some(12),
        shortest: (came == Came::Violated).then_some(true),
        ..property("agreement", "no two chosen proposals differ in value", verdict)
    };
    // Something else is demanded and certain, so that a run that is cut off may be as expected.
    let chosen = PropertyResult {
        demand: Demand::Verdict(Wanted::Reached, None),
        kind: "sometimes",
        ..property("chosen", "a proposal is chosen", Verdict::Reached)
    };
    let is_complete = came != Came::Unknown;
    let stopped = if is_complete { "exhausted" } else { "timeout" };
    let whole = Case { properties: vec![chosen, result], complete: is_complete, stopped, ..case("m", 22) };
    Report::new(vec![judged(whole)])
}

/// What the channels for programs make of the property.
#[derive(Debug, PartialEq)]
struct Told {
    exit: u8,
    /// `demanded`, `expected`, `as_expected`.
    json: (bool, Option<&'static str>, bool),
    junit: &'static str,
    sarif: Option<&'static str>,
    github: Option<&'static str>,
}

fn told(report: &Report) -> Told {
    let json: Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
    let found = &json["cases"][0]["properties"][1];
    let sarif: Value = serde_json::from_str(&report.render(Format::Sarif)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let level = results.iter().find(|result| result["ruleId"] == "agreement").map(|result| result["level"].clone());
    let junit = report.render(Format::Junit);
    let test = junit.split("<testcase ").find(|test| test.starts_with("name=\"agreement\"")).unwrap();
    let annotations = render_github(report);
    let of_it = annotations.lines().find(|line| line.contains("title=m%3A agreement"));
    let among = |names: &[&'static str], text: &str| names.iter().copied().find(|name| text.contains(name));
    Told {
        exit: report.exit_code(),
        json: (
            found["demanded"].as_bool().unwrap(),
            found["expected"].as_str().map(|_| "holds"),
            found["as_expected"].as_bool().unwrap(),
        ),
        junit: among(&["<failure", "<error", "<skipped", "<system-out"], test).unwrap_or("passed"),
        sarif: level.and_then(|level| among(&["error", "warning", "note"], level.as_str().unwrap())),
        github: of_it.and_then(|line| among(&["::error ", "::warning ", "::notice "], line)),
    }
}

#[test]
fn every_channel_for_programs_tells_the_demanded_from_the_rest() {
    let row = |exit, json, junit, sarif, github| Told { exit, json, junit, sarif, github };
    let yes = (true, Some("holds"), true);
    let no = (true, Some("holds"), false);
    let waived = (false, None, true);
    let (notice, note) = (Some("::notice "), Some("note"));
    let rows = [
        (DEMANDED, Came::Holds, row(0, yes, "passed", None, None)),
        (DEMANDED, Came::Vacuous, row(0, yes, "<system-out", note, notice)),
        (DEMANDED, Came::Violated, row(1, no, "<failure", Some("error"), Some("::error "))),
        (DEMANDED, Came::Unknown, row(3, no, "<error", Some("warning"), None)), // the model gets the warning
        (Demand::Informational, Came::Holds, row(0, waived, "passed", None, None)),
        (Demand::Informational, Came::Vacuous, row(0, waived, "<system-out", note, notice)),
        (Demand::Informational, Came::Violated, row(0, waived, "<skipped", note, notice)),
        (Demand::Informational, Came::Unknown, row(0, waived, "<skipped", note, None)),
        (Demand::LeftOut, Came::Holds, row(0, waived, "passed", None, None)),
        (Demand::LeftOut, Came::Vacuous, row(0, waived, "<system-out", note, notice)),
        (Demand::LeftOut, Came::Violated, row(0, waived, "<skipped", note, notice)),
        (Demand::LeftOut, Came::Unknown, row(0, waived, "<skipped", note, None)),
    ];
    for (demand, came, expected) in rows {
        assert_eq!(told(&report(demand, came)), expected, "{demand:?} {came:?}");
    }
}

#[test]
fn every_channel_for_people_tells_the_demanded_from_the_rest() {
    let vacuous = format!("holds vacuously: no reachable state has {PREMISE}");
    for (demand, why) in [
        (DEMANDED, None),
        (Demand::Informational, Some("informational")),
        (Demand::LeftOut, Some("left out by [expect]")),
    ] {
        for came in [Came::Holds, Came::Vacuous, Came::Violated, Came::Unknown] {
            let report = report(demand, came);
            let place = format!("{demand:?} {came:?}");
            let clause = why.filter(|_| came == Came::Violated).map(|why| format!("violated, but {why}: agreement"));
            let escaped = |text: &str| text.replace('[', "\\[").replace(']', "\\]");
            let (case, suite) = (render_case(&report.cases[0], &[]), render_suite(&report, 160));
            let (markdown, html) = (report.render(Format::Markdown), report.render(Format::Html));
            for (channel, text) in [("check", &case), ("suite", &suite), ("Markdown", &markdown)] {
                let is_told = |clause: &str| text.contains(clause) || text.contains(&escaped(clause));
                assert_eq!(text.contains("violated, but"), clause.is_some(), "{channel} {place}:\n{text}");
                assert!(clause.as_deref().is_none_or(is_told), "{channel} {place}:\n{text}");
                let verdict = match report.standing() {
                    Standing::Unexpected => "not as expected",
                    Standing::Undecided => "undecided",
                    Standing::Expected => "as expected",
                };
                assert!(text.contains(verdict), "{channel} {place}:\n{text}");
            }
            assert_eq!(case.contains(&vacuous), came == Came::Vacuous, "{place}:\n{case}");
            assert_eq!(html.contains(&vacuous), came == Came::Vacuous, "{place}");
            assert_eq!(html.contains("<td>left out by [expect]</td>"), demand == Demand::LeftOut, "{place}");
            assert_eq!(html.contains("1 model violates what is not demanded"), clause.is_some(), "{place}");
            let quiet = clause.map(|clause| format!("models/m.toml: {clause}"));
            assert_eq!(report.unasked_line(), quiet, "{place}");
        }
    }
}

/// A run that was cut off says so, whether that matters or not.
#[test]
fn an_incomplete_run_is_told_from_a_complete_one() {
    let cut_off = report(Demand::Informational, Came::Unknown);
    let what = "not every reachable state was explored (timeout): everything demanded was certain before";
    let junit = cut_off.render(Format::Junit);
    assert!(junit.contains(&format!("<skipped message=\"{what}\"")), "{junit}");
    assert!(render_github(&cut_off).starts_with("::notice file=models/m.toml,line=1,title=m%3A complete::"));
    assert!(cut_off.render(Format::Markdown).contains("**complete** not every reachable state was explored"));
    let undecided = report(DEMANDED, Came::Unknown);
    assert!(render_github(&undecided).starts_with("::warning file=models/m.toml,line=1,title=m%3A complete::"));
}
