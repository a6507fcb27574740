//! Checks that are killed, cut off and resumed, by the command line.

use crate::support::{command, model_files, root, synod, text};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// What a report says outside of `run`.
fn outside(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"));
    report["cases"][0].as_object_mut().unwrap().remove("run");
    report
}

/// A check with these arguments more, and its report.
fn checked(folder: &Path, model: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let output = synod(folder, &[&["check", model, "--json", "-"], more].concat());
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A thing that differs from time to time and is the same in every run of the test.
fn drawn(number: u64, below: u64) -> u64 {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % below
}

#[test]
fn a_check_that_is_killed_a_hundred_times_ends_alike() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/simple-2x3-rounds-2.toml").display().to_string();
    let settings = ["--set", "bounds.acceptors=2", "--set", "expect={ agreement = 'holds' }"];
    let (code, whole, _) = checked(folder.path(), &model, &[&["--engine", "components"][..], &settings].concat());
    assert_eq!(code, Some(0));
    let mut resumed = 0;
    for number in 0..100 {
        let begins = !folder.path().join("kept/checkpoint").exists();
        let keep = [if begins { "--checkpoint" } else { "--resume" }, "kept", "--every", "0s"];
        let arguments = [&["check", &model, "--json", "killed.json", "--quiet"][..], &settings, &keep].concat();
        let mut child = command(folder.path(), &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        // Every other one begins to be killed only once there is something to go on from, however busy the machine is.
        let awaited = folder.path().join(if number % 2 == 0 { "kept/checkpoint" } else { "kept" });
        while begins && !awaited.exists() && begun.elapsed() < Duration::from_secs(9) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(drawn(number, 120)));
        let _ = child.kill(); // it may have ended
        child.wait().unwrap();
        if number % 10 == 9 {
            let begins = !folder.path().join("kept/checkpoint").exists();
            let keep = [if begins { "--checkpoint" } else { "--resume" }, "kept", "--threads", "1"];
            let (code, report, errors) = checked(folder.path(), &model, &[&settings[..], &keep].concat());
            assert_eq!((code, outside(&report)), (Some(0), outside(&whole)), "{errors}");
            resumed += u32::from(report.contains("\"resumed\""));
            std::fs::remove_dir_all(folder.path().join("kept")).unwrap();
        }
    }
    assert!(resumed > 5, "{resumed}");
}

#[test]
fn a_check_that_gives_up_is_resumed_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (number, file) in model_files().iter().enumerate().filter(|(number, _)| number % 4 == 0) {
        let file = file.display().to_string();
        let kept = format!("kept-{number}");
        let (_, whole, _) = checked(folder.path(), &file, &["--engine", "components"]);
        let states = outside(&whole)["cases"][0]["counts"]["unique_states"].as_u64().unwrap();
        if states > 20_000 {
            continue;
        }
        let most = (states / 2).max(1).to_string();
        let (code, ..) = checked(folder.path(), &file, &["--checkpoint", &kept, "--max-states", &most]);
        assert!(code.is_some_and(|code| code != 2));
        let (_, report, errors) = checked(folder.path(), &file, &["--resume", &kept]);
        assert_eq!(outside(&report), outside(&whole), "{file}: {errors}");
        compared += 1;
    }
    assert!(compared > 8, "{compared}");
}

#[test]
fn a_resumed_check_says_what_it_covers() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-2x3.toml").display().to_string();
    let run = |arguments: &[&str]| synod(folder.path(), &[&["check", &model], arguments].concat());
    assert_eq!(run(&["--checkpoint", "kept", "--max-depth", "9"]).status.code(), Some(3));
    let output = run(&["--resume", "kept"]);
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    assert!(shown.contains("\nresumed    from depth 9: ") && shown.contains(" states were found before\n"), "{shown}");
}

#[test]
fn what_cannot_be_kept_or_resumed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let models = ["adapted-2x3", "simple-2x3"]
        .map(|name| root().join(format!("models/single-decree/{name}.toml")).display().to_string());
    let [model, other] = &models;
    let refused = |arguments: &[&str], why: &str| {
        let output = synod(folder.path(), &[&["check"], arguments].concat());
        let errors = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{errors}");
        assert!(errors.contains(why), "{errors}");
    };
    assert_eq!(
        synod(folder.path(), &["check", model, "--checkpoint", "kept", "--max-depth", "5"]).status.code(),
        Some(3)
    );
    refused(&[model, "--checkpoint", "kept"], "kept: there is a checkpoint in it; resume it, or name another folder");
    refused(&[model, "--resume", "nowhere"], "nowhere/checkpoint: cannot be read");
    refused(&[other, "--resume", "kept"], "protocol.variant was \"adapted\", is \"simple\"");
    let set = ["--set", "protocol.rules.nack=silent"];
    refused(&[&[model, "--resume", "kept"], &set[..]].concat(), "protocol.rules.nack was absent, is \"silent\"");
    let set = ["--set", "check.properties=[\"agreement\", \"chosen\"]", "--set", "expect={ agreement = 'holds' }"];
    refused(&[&[model, "--resume", "kept"], &set[..]].concat(), "check was [");
    refused(&[model, other, "--checkpoint", "more"], "a folder has the checkpoints of one model; give one FILE");
    refused(&[model, "--checkpoint", "more", "--engine", "symbolic"], "expected --engine components");
    refused(&[model, "--checkpoint", "more", "--strategy", "dfs"], "expected --strategy bfs");
    refused(&[model, "--every", "1m"], "--every: expected --checkpoint or --resume beside it");
    refused(&[model, "--checkpoint", "more", "--resume", "kept"], "cannot be used with");
    std::fs::write(folder.path().join("file"), "").unwrap();
    refused(&[model, "--checkpoint", "file"], "file: it cannot be written");
    assert!(!folder.path().join("more").exists());
}

/// Every altered byte is found out, and so is every file that is cut off.
#[test]
fn what_was_altered_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-1x3.toml");
    let cut = ["--checkpoint", "kept", "--max-depth", "3"];
    assert_eq!(synod(folder.path(), &[&["check", model.to_str().unwrap()], &cut[..]].concat()).status.code(), Some(3));
    let resume = || {
        use synod::check::{check, Engine, Keeping, Options};
        let model = crate::support::ModelFile::read(&model, &[]).unwrap();
        let keeping = Keeping { folder: folder.path().join("kept"), every: Duration::MAX, resumes: true };
        let options = Options {
            checkpoints: Some(keeping),
            ..crate::support::options(Engine::Components, synod::engine::Strategy::Bfs)
        };
        check(&model, &options, &Default::default()).map(|_| ()).map_err(|error| error.to_string())
    };
    // The program under test wrote it, and another program reads it: all is well but for that.
    let well = resume().unwrap_err();
    assert!(well.contains("another build of this program"), "{well}");
    let files: Vec<_> =
        std::fs::read_dir(folder.path().join("kept")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files: Vec<_> = files.into_iter().filter(|file| std::fs::metadata(file).unwrap().len() > 0).collect();
    assert!(files.len() >= 2);
    for number in 0..1000 {
        let file = &files[number as usize % files.len()];
        let whole = std::fs::read(file).unwrap();
        let mut altered = whole.clone();
        let place = drawn(number * 3, whole.len() as u64) as usize;
        match number % 8 {
            0 => altered.truncate(place),
            1 => altered.push(7),
            _ => altered[place] ^= 1 + drawn(number * 3 + 1, 255) as u8,
        }
        std::fs::write(file, &altered).unwrap();
        let found = resume().unwrap_err();
        let is_named = found.contains("altered") || found.contains("not whole") || found.contains("no checkpoint");
        assert!(is_named, "{}: {found}", file.display());
        std::fs::write(file, &whole).unwrap();
    }
    assert_eq!(resume().unwrap_err(), well);
}
