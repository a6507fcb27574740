//! What a model is called: two models never share a name, and what one leaves behind is its own.

use crate::support::{root, synod, text};
use std::path::Path;
use synod::model_file::{edits, key};

const SIMPLE: &str =
    "protocol = { family = \"single-decree\", variant = \"simple\" }\nbounds = { proposers = 2, acceptors = 2 }\n";

/// A folder with `a/x.toml` of two acceptors and `b/x.toml` of one.
fn twins() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a", SIMPLE.to_string()), ("b", SIMPLE.replace("acceptors = 2", "acceptors = 1"))] {
        std::fs::create_dir_all(folder.path().join("m").join(name)).unwrap();
        std::fs::write(folder.path().join("m").join(name).join("x.toml"), text).unwrap();
    }
    folder
}

fn code(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = synod(folder, arguments);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// Every file below a folder, relative to it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn two_files_of_one_name_are_two_models_everywhere() {
    let folder = twins();
    let here = folder.path();
    let all = ["suite", "m", "--traces", "t", "--reports", "r", "--junit", "j.xml", "--json", "old.json"];
    let (status, shown) = code(here, &all);
    assert_eq!(status, Some(0), "{shown}");
    let listed = |key: &str| shown.lines().any(|line| line.split_whitespace().next() == Some(key));
    assert!(listed("a/x") && listed("b/x"), "{shown}");
    let traces = files(&here.join("t"));
    assert!(traces.contains(&"a/x.chosen.json".into()) && traces.contains(&"b/x.chosen.json".into()), "{traces:?}");
    let junit = std::fs::read_to_string(here.join("j.xml")).unwrap();
    assert!(junit.contains("classname=\"a/x\"") && junit.contains("classname=\"b/x\""), "{junit}");
    // One of them changes: the baseline tells which, and the reports have its counterexamples under its name.
    let broken = SIMPLE.replace("\"simple\" }", "\"simple\", rules = { value_choice = \"own\" } }");
    std::fs::write(here.join("m/b/x.toml"), broken).unwrap();
    let (status, shown) = code(here, &["suite", "m", "--reports", "r", "--baseline", "old.json"]);
    assert_eq!(status, Some(1), "{shown}");
    let changed = shown.split(" before ").nth(1).unwrap();
    assert!(changed.contains("\nb/x ") && !changed.contains("\na/x "), "{changed}");
    assert!(files(&here.join("r")).contains(&"traces/b/x.agreement.json".into()));
    // Asked for by name, their paths tell them apart.
    let (status, shown) = code(here, &["check", "m/a/x.toml", "./m/b/x.toml"]);
    assert_eq!(status, Some(1), "{shown}");
    let traces = files(&here.join("traces"));
    assert!(
        traces.contains(&"m/a/x.chosen.json".into()) && traces.contains(&"m/b/x.agreement.json".into()),
        "{traces:?}"
    );
}

#[test]
fn an_edited_model_is_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("x.toml"), SIMPLE).unwrap();
    assert_eq!(code(here, &["check", "x.toml"]).0, Some(0));
    let plain = std::fs::read(here.join("traces/x.chosen.json")).unwrap();
    let (status, shown) = code(here, &["check", "x.toml", "--set", "bounds.acceptors=1", "--json", "r.json"]);
    assert_eq!(status, Some(0), "{shown}");
    assert_eq!(std::fs::read(here.join("traces/x.chosen.json")).unwrap(), plain);
    assert!(here.join("traces/x+bounds.acceptors=1.chosen.json").exists(), "{:?}", files(here));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(here.join("r.json")).unwrap()).unwrap();
    assert_eq!(report["cases"][0]["model"], "x+bounds.acceptors=1");
    assert_eq!(report["cases"][0]["set"], serde_json::json!(["bounds.acceptors=1"]));
}

#[test]
fn stale_traces_of_the_model_go_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let broken = SIMPLE.replace("proposers = 2", "proposers = 3").replace("acceptors = 2", "acceptors = 3");
    std::fs::write(here.join("x.toml"), &broken).unwrap();
    let lowest = ["check", "x.toml", "--set", "protocol.rules.value_choice=lowest", "--quiet"];
    assert_eq!(code(here, &lowest).0, Some(1));
    let found = "traces/x+protocol.rules.value_choice=lowest.agreement.json";
    let trace = std::fs::read_to_string(here.join(found)).unwrap();
    for (file, text) in [
        ("traces/x.agreement.json", trace.as_str()), // of the model as it was before it was mended
        ("traces/y.agreement.json", &trace),         // of another model
        ("traces/x.notes.json", "mine"),
    ] {
        std::fs::write(here.join(file), text).unwrap();
    }
    assert_eq!(code(here, &["check", "x.toml", "--quiet", "--max-depth", "9"]).0, Some(3));
    let left = files(&here.join("traces"));
    let has = |name: &str| left.contains(&name.to_string());
    assert!(!has("x.agreement.json"), "it is of another model: {left:?}");
    assert!(has("y.agreement.json") && has("x.notes.json"), "{left:?}");
    assert!(has(found.trim_start_matches("traces/")), "{left:?}");
    // What was found once is still so when a search is cut off before it.
    assert_eq!(code(here, &[&lowest[..], &["--max-depth", "9"]].concat()).0, Some(3));
    assert_eq!(std::fs::read_to_string(here.join(found)).unwrap(), trace);
}

/// `/proc` is there for everyone, and no one can write to it, not even root.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_cannot_be_written_is_found_before_the_exploration() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir(here.join("models")).unwrap();
    std::fs::copy(root().join("models/single-decree/adapted-1x3.toml"), here.join("models/x.toml")).unwrap();
    std::fs::write(here.join("file"), "").unwrap();
    for arguments in [
        &["check", "models/x.toml", "--traces", "/proc/nowhere/deep"][..],
        &["check", "models/x.toml", "--json", "/proc/r.json"],
        &["check", "models/x.toml", "--traces", "file/traces"],
        &["suite", "--reports", "/proc/reports"],
        &["suite", "--traces", "/proc/traces"],
        &["simulate", "models/x.toml", "--traces", "/proc/traces"],
    ] {
        let output = synod(here, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}: nothing was explored");
        let complaint = text(&output.stderr);
        assert!(complaint.contains("cannot be written: ") || complaint.contains("not a folder"), "{complaint}");
        assert!(!complaint.contains(".synod-"), "it names what was asked for: {complaint}");
    }
    assert_eq!(files(here), ["file", "models/x.toml"]);
}

#[test]
fn a_key_is_a_path_and_its_edits() {
    let of = |path: &str, settings: &[&str]| {
        let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
        key(Path::new(path), &edits(&settings))
    };
    assert_eq!(of("race.toml", &[]), "race");
    assert_eq!(of("./a/../b/race.toml", &[]), "a/b/race");
    assert_eq!(of("race.TOML", &[]), "race.TOML");
    assert_eq!(of("v1.2.toml", &["b=2", "a = 1", "b = 3"]), "v1.2+a=1+b=3");
    assert_eq!(of("x.toml", &["bounds.proposals=[[1, 9], [2, 1]]"]), "x+bounds.proposals=[[1,9],[2,1]]");
    assert_eq!(of("x.toml", &["a=\"always\""]), of("x.toml", &["a=always"]));
    let [one, other] = [of("x.toml", &["a={ b = 'c' }"]), of("x.toml", &["a={ b = 'd' }"])];
    assert!(one != other && !one.contains(['/', '\'', ' ', '{']), "{one} {other}");
    assert!(of("x.toml", &["a=../../etc/passwd"]).starts_with("x+a=..-..-etc-passwd-"));
    assert!(of("x.toml", &[&format!("a={}", "b".repeat(500))]).len() < 120);
}
