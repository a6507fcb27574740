//! The program with its reports: exit codes, destinations, the folder of reports, baselines.

use super::{code, read, run, stderr, stdout, synod, workplace, EVERY};
use std::path::Path;

const FILES: [&str; 5] = ["r.json", "r.xml", "r.sarif", "r.md", "r.html"];

fn suite<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["suite"][..], more].concat()
}

#[test]
fn every_exit_code_but_2_comes_with_every_report() {
    for (is_broken, limit, expected) in [(false, "1000", 0), (true, "1000", 1), (false, "5", 3)] {
        let folder = workplace(is_broken);
        let output = run(folder.path(), &[&["suite", "--max-states", limit][..], &EVERY].concat());
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        for file in FILES {
            assert!(!read(folder.path(), file).is_empty(), "{file} with exit code {expected}");
        }
    }
}

#[test]
fn unusable_input_writes_nothing() {
    let folder = workplace(true);
    let broken = folder.path().join("models/broken.toml");
    std::fs::write(&broken, "[protocol]\nfamily = 7\n").expect("the folder is there");
    let output = run(folder.path(), &suite(&EVERY));
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    assert!(FILES.iter().all(|file| !folder.path().join(file).exists()));
}

#[test]
fn a_dash_is_standard_output_and_nothing_else_is_printed() {
    let folder = workplace(true);
    let starts =
        [("--json", "{"), ("--junit", "<?xml"), ("--sarif", "{"), ("--markdown", "## "), ("--html", "<!DOCTYPE")];
    for (option, start) in starts {
        let mut command = synod(folder.path(), &["suite", option, "-"]);
        let output = command.env("GITHUB_ACTIONS", "true").output().expect("the program starts");
        assert_eq!(code(&output), 1);
        assert!(stdout(&output).starts_with(start), "{option}: {}", stdout(&output));
        assert!(!stdout(&output).contains("\n::error"), "annotations give way to a report");
    }
}

#[test]
fn standard_output_is_taken_once() {
    let folder = workplace(false);
    for more in [["--json", "-", "--html", "-"], ["--sarif", "-", "--github", "-q"]] {
        let output = run(folder.path(), &suite(&more));
        assert_eq!(code(&output), 2, "{more:?}");
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains("standard output is taken by"), "{}", stderr(&output));
    }
}

#[test]
fn destinations_are_checked_before_anything_is_explored() {
    let folder = workplace(false);
    let cases: [(&[&str], &str); 6] = [
        (&["--json", "models"], "models: a folder, expected a file"),
        (&["--html", "nowhere/r.html"], "nowhere/r.html: there is no folder nowhere"),
        (&["--json", "r", "--junit", "r"], "r: both --json and --junit write there"),
        (&["--reports", "no/where"], "no/where: there is no folder no"),
        (&["--reports", "models/good.toml"], "models/good.toml: not a folder"),
        (&["--reports", "r", "--front", "gone.html"], "gone.html: no such file"),
    ];
    for (more, what) in cases {
        let output = run(folder.path(), &suite(more));
        assert_eq!(code(&output), 2, "{more:?}");
        assert_eq!(stdout(&output), "", "nothing was explored");
        assert_eq!(stderr(&output).trim(), format!("error: {what}"));
    }
}

#[test]
fn annotations_are_printed_when_asked_for_and_in_a_workflow() {
    let folder = workplace(true);
    let without = stdout(&run(folder.path(), &suite(&[])));
    assert!(!without.contains("::error"));
    let asked = stdout(&run(folder.path(), &suite(&["--github", "-q"])));
    assert!(asked.starts_with("::error file=models/broken.toml,line=16,title=broken%3A agreement::"), "{asked}");
    assert_eq!(asked.lines().count(), 1);
    let in_workflow = synod(folder.path(), &suite(&[])).env("GITHUB_ACTIONS", "true").output();
    assert!(stdout(&in_workflow.expect("the program starts")).ends_with(&asked));
}

#[test]
fn reports_outlive_a_reader_who_leaves() {
    let folder = workplace(true);
    let mut command = synod(folder.path(), &suite(&EVERY));
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("the program starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    assert!(FILES.iter().all(|file| folder.path().join(file).exists()));
}

#[test]
#[cfg(unix)]
fn a_pipe_is_refused_and_not_replaced() {
    let folder = workplace(false);
    let made = std::process::Command::new("mkfifo").arg("pipe").current_dir(folder.path()).status();
    assert!(made.is_ok_and(|status| status.success()));
    assert_eq!(code(&run(folder.path(), &suite(&["--json", "pipe"]))), 2);
    assert!(!folder.path().join("pipe").is_file());
}

/// Every file below a folder and what is in it.
fn contents(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it is readable").path();
        if path.is_dir() {
            files.extend(contents(&path));
        } else {
            let text = std::fs::read_to_string(&path).expect("it is text");
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    files
}

#[test]
fn the_folder_of_reports_is_the_same_every_time() {
    let folder = workplace(true);
    let reports = folder.path().join("reports");
    assert_eq!(code(&run(folder.path(), &suite(&["--reports", "reports", "--threads", "1"]))), 1);
    let first = contents(&reports);
    // A model that is gone takes the traces with it that the report named. Others belong to someone else.
    let (broken, gone) = (folder.path().join("models/broken.toml"), folder.path().join("models/gone.toml"));
    std::fs::copy(&broken, &gone).expect("the model is there");
    assert_eq!(code(&run(folder.path(), &suite(&["--reports", "reports"]))), 1);
    let stale = reports.join("traces/gone.agreement.json");
    assert!(stale.exists());
    std::fs::remove_file(&gone).expect("it is there");
    let kept = reports.join("traces/mine.agreement.json");
    std::fs::copy(&stale, &kept).expect("the trace is there");
    let foreign = reports.join("traces/notes.json");
    std::fs::write(&foreign, "{}").expect("the folder is there");
    assert_eq!(code(&run(folder.path(), &suite(&["--reports", "reports", "--threads", "2"]))), 1);
    assert!(!stale.exists(), "a trace of an earlier run goes");
    std::fs::remove_file(&foreign).expect("what is no trace stays");
    std::fs::remove_file(&kept).expect("what no report named stays");
    assert_eq!(contents(&reports), first);
    let names: Vec<_> = first.iter().map(|(path, _)| path.rsplit('/').next().unwrap_or_default()).collect();
    assert!(names.contains(&"broken.agreement.json") && !names.contains(&"good.accepted.json"), "{names:?}");
    let replayed = run(&reports, &["replay", "traces/broken.agreement.json"]);
    assert_eq!(code(&replayed), 0, "{}", stderr(&replayed));
}

#[test]
fn a_baseline_is_compared_after_the_table() {
    let folder = workplace(true);
    run(folder.path(), &suite(&["--json", "old.json"]));
    let same = run(folder.path(), &suite(&["--baseline", "old.json"]));
    assert!(stdout(&same).ends_with("no change against old.json\n"), "{}", stdout(&same));
    assert_eq!(code(&same), 1, "the exit code is the suite's own");
    let grown = run(folder.path(), &suite(&["--baseline", "old.json", "--set", "bounds.acceptors=2"]));
    // An edited model is another one.
    let text = stdout(&grown);
    assert!(text.contains("good+bounds.acceptors=2") && text.contains("4 changes against old.json"), "{text}");
    let edited = ["suite", "--set", "bounds.acceptors=2", "--json", "edited.json"];
    run(folder.path(), &edited);
    let again = run(folder.path(), &[&edited[..3], &["--baseline", "edited.json"]].concat());
    assert!(stdout(&again).ends_with("no change against edited.json\n"), "{}", stdout(&again));
    std::fs::remove_file(folder.path().join("models/broken.toml")).expect("it is there");
    let fewer = run(folder.path(), &suite(&["--baseline", "old.json", "--json", "old.json"]));
    assert!(stdout(&fewer).contains("removed"), "{}", stdout(&fewer));
    assert_eq!(code(&fewer), 0);
}

#[test]
fn a_baseline_that_is_no_report_is_refused_before_anything_is_explored() {
    let folder = workplace(false);
    let cases = [
        ("missing.json", None, "missing.json: no such file"),
        ("foreign.json", Some("{\n\"schema\": 1 }"), "foreign.json:2: not a JSON report of synod: "),
        (
            "future.json",
            Some("{ \"schema\": 99, \"cases\": [] }"),
            "future.json: a report of schema 99, expected 1 to 2",
        ),
    ];
    for (file, text, what) in cases {
        if let Some(text) = text {
            std::fs::write(folder.path().join(file), text).expect("the folder is there");
        }
        let output = run(folder.path(), &suite(&["--baseline", file, "--json", "r.json"]));
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).starts_with(&format!("error: {what}")), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        assert!(!folder.path().join("r.json").exists());
    }
}
