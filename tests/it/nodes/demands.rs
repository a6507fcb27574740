//! `run` and `conform` demand the same of the same run, whatever happens in it.

use crate::support::{root, synod, text};
use std::path::Path;

/// Runs a model, and follows its logs once more; returns both exit codes and what was said.
fn both(folder: &Path, model: &str, more: &[&str]) -> ([Option<i32>; 2], String) {
    let run = [&["run", model, "--threads", "--delay", "1ms", "--quiet", "--logs", "L"], more].concat();
    let (ran, followed) = (synod(folder, &run), synod(folder, &["conform", "L", "--quiet"]));
    let shown = [&ran.stdout, &ran.stderr, &followed.stdout, &followed.stderr].map(|bytes| text(bytes)).concat();
    ([ran.status.code(), followed.status.code()], shown)
}

fn model(name: &str) -> String {
    root().join("models").join(name).display().to_string()
}

#[test]
fn a_hundred_runs_are_judged_alike() {
    let folder = tempfile::tempdir().unwrap();
    let models = ["simple-2x3", "adapted-2x3", "adapted-2x3-learner"];
    for seed in 0..100 {
        let file = model(&format!("single-decree/{}.toml", models[seed % 3]));
        let (codes, shown) = both(folder.path(), &file, &["--decide", "8", "--seed", &seed.to_string()]);
        assert_eq!(codes, [Some(0), Some(0)], "{file} with seed {seed}: {shown}");
    }
}

#[test]
fn a_violation_is_judged_alike_expected_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/simulator-2x3-values-5-1.toml");
    let many = ["--decide", "30", "--seed", "5"];
    for (setting, code) in [
        ("check.properties=[]", 2),
        ("network.loss=false", 0), // its file expects the violation
        ("expect={ agreement = 'holds' }", 1),
        ("expect={ chosen = 'reached' }", 0),
        ("expect={ chosen = 'unreached' }", 1),
        ("expect={}", 1),
        ("expect={ unique_states = 5 }", 1),
    ] {
        let (codes, shown) = both(folder.path(), &file, &[&many[..], &["--set", setting]].concat());
        assert_eq!(codes[0], Some(code), "{setting}: {shown}");
        assert!(code == 2 || codes[0] == codes[1], "{setting}: {codes:?}: {shown}");
        assert_eq!(code == 1, shown.contains("\nUNEXPECTED "), "{setting}: {shown}");
    }
    // A property that is not checked is not demanded either.
    let unchecked = ["--set", "expect={}", "--set", "check.properties=[\"chosen\"]"];
    let (codes, shown) = both(folder.path(), &file, &[&many[..], &unchecked].concat());
    assert_eq!(codes, [Some(0), Some(0)], "{shown}");
    assert!(!shown.contains("VIOLATED"), "{shown}");
}

#[test]
fn a_run_that_meets_the_premise_of_what_is_to_be_vacuous_is_judged_as_check_judges_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/simple-2x3.toml");
    for (expected, code) in [("vacuous", 1), ("holds", 0)] {
        let setting = format!("expect={{ agreement = '{expected}' }}");
        let (codes, shown) = both(folder.path(), &file, &["--decide", "4", "--set", &setting]);
        assert_eq!(codes, [Some(code); 2], "{expected}: {shown}");
        let found = "UNEXPECTED agreement expected vacuous, found a state that meets the premise";
        assert_eq!(shown.matches(found).count(), if code == 1 { 2 } else { 0 }, "{shown}");
    }
    // Where nothing is chosen, the run says nothing about agreement.
    let alone = ["--set", "protocol.rules.nack=silent", "--set", "expect={ agreement = 'holds' }", "--loss", "1"];
    let (_, shown) = both(folder.path(), &file, &[&alone[..], &["--deadline", "300ms"]].concat());
    assert!(shown.contains("vacuous    agreement: no state of the run meets the premise"), "{shown}");
    let json = synod(folder.path(), &["conform", "L", "--json", "-"]);
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(report["vacuous"].as_array().unwrap().contains(&"agreement".into()), "{report}");
}
