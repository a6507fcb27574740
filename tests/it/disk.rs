//! Checks whose states go to a disk, by the command line. In debug builds memory then holds a hundred states at most.

use crate::support::{command, model_files, root, synod, text};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What a report says outside of `run`.
fn outside(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    report["cases"][0].as_object_mut().unwrap().remove("run");
    report
}

fn checked(folder: &Path, model: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let arguments = ["check", model, "--json", "-", "--engine", "components"];
    let output = synod(folder, &[&arguments, more].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_small_model_is_checked_alike_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (number, file) in model_files().iter().enumerate() {
        let file = file.display().to_string();
        let (code, whole, _) = checked(folder.path(), &file, &["--max-states", "6000"]);
        if outside(&whole)["cases"][0]["stopped"] != "exhausted" {
            continue;
        }
        let memory = if number % 2 == 0 { "1MiB" } else { "16GiB" };
        let (on_disk, report, errors) = checked(folder.path(), &file, &["--disk", "states", "--memory", memory]);
        assert_eq!((on_disk, outside(&report)), (code, outside(&whole)), "{file}: {errors}");
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    assert_eq!(std::fs::read_dir(folder.path().join("states")).unwrap().count(), 0);
}

/// A disk that is full, here a limit on the size of files, ends the check as incomplete at worst, with counts, and never with
/// another verdict. What a checkpoint holds by then is gone on from.
#[test]
#[cfg(unix)]
fn a_full_disk_ends_a_check_as_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-3x3.toml").display().to_string();
    let (_, whole, _) = checked(folder.path(), &model, &[]);
    let limited = |blocks: u32, more: &[&str]| {
        let check = command(folder.path(), &["check", &model, "--json", "-", "--engine", "components"]);
        let mut shell = Command::new("sh");
        shell.current_dir(folder.path()).arg("-c");
        shell.arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"")).arg("sh").arg(check.get_program());
        let output = shell.args(check.get_args()).args(["--disk", "states", "--memory", "16GiB"]).args(more).output();
        let output = output.unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let mut incomplete = 0;
    for blocks in [80, 120, 200] {
        let (code, report, errors) = limited(blocks, &["--timeout", "20s"]);
        let case = &outside(&report)["cases"][0];
        assert_eq!((code, &case["stopped"]), (Some(3), &Value::from("disk")), "{errors}");
        assert!(case["notes"].to_string().contains("the states did not go to the disk or come back"), "{report}");
        let certain = |verdict: &Value| verdict != "unknown";
        let properties = case["properties"].as_array().unwrap().iter();
        let whole = outside(&whole);
        let expected = whole["cases"][0]["properties"].as_array().unwrap().iter();
        for (found, expected) in properties.zip(expected).filter(|(found, _)| certain(&found["verdict"])) {
            assert_eq!(found["verdict"], expected["verdict"]);
        }
        incomplete += 1;
    }
    assert_eq!(incomplete, 3);
    // The levels since the last checkpoint are small files; the states of all levels are large ones.
    let (code, report, errors) = limited(450, &["--checkpoint", "kept", "--every", "0s"]);
    assert_eq!((code, &outside(&report)["cases"][0]["stopped"]), (Some(3), &Value::from("disk")), "{errors}");
    let (code, report, errors) = checked(folder.path(), &model, &["--resume", "kept"]);
    assert_eq!((code, outside(&report)), (Some(0), outside(&whole)), "{errors}");
    assert!(report.contains("\"resumed\""), "{report}");
}

#[test]
fn a_disk_that_cannot_be_used_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-1x3.toml").display().to_string();
    let refused = |arguments: &[&str], why: &str| {
        let output = synod(folder.path(), &[&["check", &model], arguments].concat());
        let errors = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{errors}");
        assert!(errors.contains(why), "{errors}");
    };
    refused(&["--disk", "states"], "--memory");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let memory = ["--memory", "1GiB"];
    refused(&[&["--disk", "file"], &memory[..]].concat(), "--disk: file: it cannot be written");
    refused(&[&["--disk", "states", "--engine", "symbolic"], &memory[..]].concat(), "expected --engine components");
    refused(&[&["--disk", "states", "--strategy", "dfs"], &memory[..]].concat(), "expected --strategy bfs");
    refused(&[&["--disk", "states", "--identity", "hash"], &memory[..]].concat(), "expected --identity value");
    assert!(!folder.path().join("states").exists());
}
