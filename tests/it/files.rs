//! The files that commands write and read: only Synod's own are replaced, nothing is left lying about, nothing hangs.

use crate::support::{command, root, synod, text};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};
use synod::report::write_whole;

const RACE: &str =
    "protocol = { family = \"single-decree\", variant = \"adapted\" }\nbounds = { proposers = 1, acceptors = 1 }\n";

fn refused(folder: &Path, arguments: &[&str], start: &str) {
    let output = synod(folder, arguments);
    let shown = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{arguments:?}: {shown}");
    assert!(shown.starts_with(&format!("error: {start}")), "{arguments:?}: {shown}");
}

#[test]
fn a_foreign_file_in_the_place_of_a_trace_is_left_and_nothing_is_explored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("m.toml"), RACE).unwrap();
    fs::create_dir(here.join("t")).unwrap();
    let logs = synod(here, &["run", "m.toml", "--threads", "--logs", "logs", "--quiet"]);
    assert_eq!(logs.status.code(), Some(0));
    for content in ["{}", "my notes", ""] {
        for place in ["m.chosen.json", "m.agreement.json"] {
            let file = here.join("t").join(place);
            fs::write(&file, content).unwrap();
            for arguments in [
                &["check", "m.toml", "--traces", "t"][..],
                &["suite", ".", "--traces", "t"],
                &["simulate", "m.toml", "--traces", "t"],
                &["run", "m.toml", "--threads", "--logs", "t"],
                &["conform", "logs", "--traces", "t"],
            ] {
                refused(here, arguments, &format!("t/{place}: not a trace that synod wrote"));
            }
            assert_eq!(fs::read_to_string(&file).unwrap(), content);
            fs::remove_file(file).unwrap();
        }
    }
    for _ in 0..2 {
        let output = synod(here, &["check", "m.toml", "--traces", "t"]);
        assert_eq!(output.status.code(), Some(0), "its own are replaced: {}", text(&output.stderr));
    }
}

#[test]
fn a_foreign_file_in_a_folder_of_reports_is_left_and_nothing_is_explored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("m.toml"), RACE).unwrap();
    fs::create_dir_all(here.join("r/traces")).unwrap();
    for place in ["report.json", "report.md", "index.html"] {
        let file = here.join("r").join(place);
        fs::write(&file, "{}").unwrap();
        refused(here, &["suite", ".", "--reports", "r"], &format!("r/{place}: not a report that synod wrote"));
        fs::remove_file(file).unwrap();
    }
    let trace = here.join("r/traces/m.agreement.json");
    fs::write(&trace, "{}").unwrap();
    refused(here, &["suite", ".", "--reports", "r"], "r/traces/m.agreement.json: not a trace that synod wrote");
    fs::remove_file(trace).unwrap();
    for _ in 0..2 {
        let output = synod(here, &["suite", ".", "--reports", "r"]);
        assert_eq!(output.status.code(), Some(0), "its own are replaced: {}", text(&output.stderr));
    }
    // A file that the user names is replaced, as every compiler does.
    fs::write(here.join("mine.json"), "{}").unwrap();
    assert_eq!(synod(here, &["check", "m.toml", "--json", "mine.json"]).status.code(), Some(0));
    assert!(fs::read_to_string(here.join("mine.json")).unwrap().contains("\"cases\""));
}

#[test]
fn a_folder_of_logs_that_cannot_be_is_refused_before_anything_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.toml"), RACE).unwrap();
    refused(folder.path(), &["run", "m.toml", "--threads", "--logs", "m.toml/x"], "m.toml/x: cannot be used");
}

#[test]
fn what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let old = SystemTime::now() - Duration::from_secs(120);
    let make = |name: &str, is_old: bool| {
        let file = File::create(here.join(name)).unwrap();
        if is_old {
            file.set_modified(old).unwrap();
        }
        file
    };
    drop(make(".synod-dead00.tmp", true));
    drop(make(".synod-fresh0.tmp", false));
    let held = make(".synod-held00.tmp", true);
    held.lock().unwrap();
    for other in [".synod-notes", ".synod-longer-name.tmp", "synod-dead00.tmp", ".synod-dead00.txt"] {
        drop(make(other, true));
    }
    write_whole(&here.join("report.json"), "{}").unwrap();
    let mut left: Vec<_> =
        fs::read_dir(here).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    let expected = [
        ".synod-dead00.txt",
        ".synod-fresh0.tmp",
        ".synod-held00.tmp",
        ".synod-longer-name.tmp",
        ".synod-notes",
        "report.json",
        "synod-dead00.tmp",
    ];
    assert_eq!(left, expected);
}

#[cfg(unix)]
#[test]
fn a_pipe_that_takes_the_place_of_an_input_hangs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // The opening itself takes pipes: no check before it could be outrun.
    assert!(synod::input::open_regular(&pipe).unwrap().is_none());
    assert!(synod::input::open_regular(folder.path()).unwrap().is_none());
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(synod::input::open_regular(&file).unwrap().is_some());
    let output = command(folder.path(), &["check", "pipe"]).output().unwrap();
    assert_eq!(text(&output.stderr), "error: pipe: not a file\n");
}

/// A trace that an earlier version wrote carries Synod's mark as well, and is replaced.
#[test]
fn traces_of_earlier_versions_are_own_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("traces")).unwrap();
    let old = std::fs::read_to_string(root().join("tests/it/traces/version-2.json")).unwrap();
    let path = folder.path().join("traces/simulator-2x3-values-5-1.agreement.json");
    std::fs::write(&path, &old).unwrap();
    let model = root().join("models/single-decree/simulator-2x3-values-5-1.toml").display().to_string();
    let output = synod(folder.path(), &["check", &model]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_ne!(std::fs::read_to_string(&path).unwrap(), old);
}
