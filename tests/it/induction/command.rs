//! `synod induct`: what it prints, writes and refuses, and its exit codes.

use crate::family::two_phase;
use crate::support::{root, synod, text};
use std::path::Path;

const ADAPTED: &str = "models/single-decree/adapted-2x3.toml";

/// Runs `induct` on a model of the repository: the exit code and what it printed.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = synod(root(), &[&["induct"], arguments].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_exit_code_is_the_verdict() {
    let (code, shown, _) = run(&[ADAPTED]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("\nINDUCTIVE  ") && shown.contains("A7         an Accept of b"), "{shown}");
    let (code, shown, _) = run(&[ADAPTED, "--invariant", "i1-i2"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("\nNOT KEPT  ") && shown.contains("unreachable"), "{shown}");
    let (code, shown, _) = run(&[ADAPTED, "--set", "protocol.rules.accept_guard=always"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("UNEXPECTED demanded is inductive, found not-preserved"), "{shown}");
    let mutated = ["--set", "protocol.rules.accept_guard=always", "--set", "expect.induction=not-preserved"];
    assert_eq!(run(&[&[ADAPTED], &mutated[..]].concat()).0, Some(0));
}

#[test]
fn a_report_and_a_drawing_are_written() {
    let (code, json, _) = run(&[ADAPTED, "--invariant", "i1-i2", "--json", "-"]);
    assert_eq!(code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["verdict"], "not-preserved");
    assert_eq!(report["counterexample"]["broken"][0], "i1");
    assert_eq!(report["counterexample"]["step"]["steps"].as_array().unwrap().len(), 1);
    let (_, svg, _) = run(&[ADAPTED, "--invariant", "i1-i2", "--svg", "-"]);
    assert!(roxmltree::Document::parse(&svg).is_ok() && svg.contains("Accept"), "{svg}");
    let (code, _, said) = run(&[ADAPTED, "--json", ADAPTED]);
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let refusals: [(&[&str], &str); 5] = [
        (
            &["--invariant", "adaptd"],
            "expected one of adapted, simple, i1-i2, i1-i2-formula; did you mean \"adapted\"?",
        ),
        (&["--set", "bounds.learners=1"], "bounds.learners = 1, expected 0"),
        (&["--set", "faults.crashes=1", "--set", "faults.recovery=true"], "faults.recovery = true, expected false"),
        (&["--set", "expect.induction=inductve"], "did you mean inductive?"),
        (&["--set", "bounds.acceptors=10"], "expected at most 9 for induction"),
    ];
    for (arguments, wanted) in refusals {
        let (code, shown, said) = run(&[&[ADAPTED], arguments].concat());
        assert_eq!((code, shown.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(said.contains(wanted), "{said}");
    }
    let (code, _, said) = run(&[ADAPTED, "--set", "bounds.proposers=8", "--set", "bounds.acceptors=7"]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("too many"), "{said}");
}

/// Crashes without recovery, loss and repetition add no step that was not asked about.
#[test]
fn the_network_makes_no_difference() {
    for setting in ["network.loss=true", "network.duplication=true", "faults.crashes=1", "network.delivery=ordered"] {
        assert_eq!(run(&[ADAPTED, "--set", setting]).0, Some(0), "{setting}");
    }
}

/// What is demanded of induction is nothing that `check` demands, and leaves its own defaults alone.
#[test]
fn a_check_demands_nothing_of_induction() {
    let folder = tempfile::tempdir().unwrap();
    let model =
        "[protocol]\nfamily = \"single-decree\"\nvariant = \"adapted\"\n[bounds]\nproposers = 1\nacceptors = 1\n";
    std::fs::write(folder.path().join("m.toml"), format!("{model}[expect]\ninduction = \"not-initial\"\n")).unwrap();
    let output = synod(folder.path(), &["check", "m.toml", "--json", "-"]);
    assert_eq!(output.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let properties = report["cases"][0]["properties"].as_array().unwrap();
    assert!(properties.iter().any(|property| property["name"] == "agreement" && property["demanded"] == true));
    assert_eq!(synod(folder.path(), &["induct", "m.toml"]).status.code(), Some(1));
}

#[test]
fn a_foreign_family_has_invariants_of_its_own() {
    let model = |name: &str| root().join("examples/two-phase").join(name).display().to_string();
    let run = |arguments: &[&str]| {
        let output = two_phase(Path::new(root()), arguments);
        (output.status.code(), text(&output.stdout))
    };
    let (code, shown) = run(&["induct", &model("commit.toml")]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("INDUCTIVE") && shown.contains("implies    agreement"), "{shown}");
    assert_eq!(shown.matches("; needed: without it").count(), 7, "{shown}");
    let (code, shown) = run(&["induct", &model("one-yes.toml")]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("breaks     T4: a Commit takes every yes"), "{shown}");
}
