//! The repository's models come out as they say, and say what is known of them.

use crate::support::{
    all_model_files, bug_model_files, large_model_files, model_files, root, synod, text, ModelFile, Property,
};
use synod::family::Kind;
use synod::model_file::Expected;

#[test]
fn every_model_of_the_repository_is_as_expected() {
    let output = synod(root(), &["suite"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    let last = format!("suite      {} as expected, 0 not as expected, 0 undecided\n", all_model_files().len());
    assert!(text(&output.stdout).ends_with(&last), "{}", text(&output.stdout));
}

/// What a model is asked unless it says otherwise: properties of executions only by name.
fn asked_unless_said(model: &ModelFile) -> Vec<Property> {
    let all = Property::of(&model.spec.model()).into_iter();
    all.filter(|property| matches!(property.kind, Kind::Always | Kind::Sometimes)).collect()
}

#[test]
fn every_model_file_says_why_it_exists_and_pins_everything() {
    for file in [model_files(), bug_model_files(), large_model_files()].concat() {
        let source = std::fs::read_to_string(&file).unwrap();
        let place = file.display();
        assert!(source.starts_with("# "), "{place} opens with the reason for it");
        let model = ModelFile::read(&file, &[]).unwrap();
        for property in asked_unless_said(&model) {
            let is_pinned =
                model.expect.iter().any(|e| matches!(&e.of, Expected::Verdict(name, _) if *name == property.name));
            assert!(is_pinned, "{place} pins {}", property.name);
        }
        let counts = model.expect.iter().filter(|e| matches!(e.of, Expected::Count(..))).count();
        assert_eq!(counts, 4, "{place} pins its counts");
        let bounds = format!("{}x{}", model.spec.setup.proposals.len(), model.spec.setup.acceptors);
        assert!(model.name.contains(&bounds), "{place} carries its bounds {bounds} in its name");
    }
}

/// What an independent program found (the thesis's protocols at two proposers and two acceptors): property and length.
#[test]
fn the_known_verdicts_come_out() {
    use crate::support::{explore, model};
    use synod::check::Engine;
    use synod::engine::Strategy;
    let known: [(&str, &[&str], &[(&str, usize)]); 7] = [
        ("adapted", &[], &[("chosen", 6), ("blocked", 7)]),
        ("as-written", &[], &[]),
        ("simulator", &[], &[("chosen", 6), ("blocked", 8)]),
        (
            "simulator",
            &["bounds.proposals=[[1,5],[2,1]]"],
            &[("i2", 11), ("i2-formula", 10), ("agreement", 12), ("chosen", 6)],
        ),
        ("simple", &[], &[("chosen", 6)]),
        ("simple", &["bounds.acceptors=3"], &[("i2-formula", 10)]),
        ("adapted", &["bounds.proposers=1", "bounds.acceptors=1", "network.duplication=true"], &[("aborted", 3)]),
    ];
    for (variant, settings, lengths) in known {
        let bounds =
            if settings.iter().any(|s| s.starts_with("bounds.propos")) { None } else { Some("bounds.proposers=2") };
        let settings: Vec<_> = bounds.into_iter().chain(settings.iter().copied()).collect();
        let case = explore(&model(variant, &settings), Engine::Components, Strategy::Bfs).case;
        for (name, length) in lengths {
            let found = case.properties.iter().find(|result| result.name == *name).unwrap().trace_length;
            assert_eq!(found, Some(*length), "{name} of {variant} {settings:?}");
        }
    }
}

const RACE: &str =
    "protocol = { family = \"single-decree\", variant = \"adapted\" }\nbounds = { proposers = 1, acceptors = 1 }\n";

/// Runs a suite in a folder; returns the models of its report and what it said on the way.
fn models(folder: &std::path::Path, arguments: &[&str]) -> (Vec<String>, String) {
    let output = synod(folder, &[&["suite", ".", "--json", "report.json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = std::fs::read(folder.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let cases = report["cases"].as_array().unwrap().iter();
    (cases.map(|case| case["model"].as_str().unwrap().to_string()).collect(), text(&output.stderr))
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_a_circle_end_and_no_folder_is_visited_twice() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir_all(here.join("a/b")).unwrap();
    std::fs::write(here.join("a/x.toml"), RACE).unwrap();
    std::fs::write(here.join("a/b/y.toml"), RACE).unwrap();
    symlink(".", here.join("self")).unwrap();
    symlink("../..", here.join("a/b/up")).unwrap();
    symlink("b", here.join("a/c")).unwrap();
    symlink("nowhere", here.join("a/broken")).unwrap();
    let (models, _) = models(here, &[]);
    assert_eq!(models.len(), 2, "{models:?}");
    assert!(models[0].ends_with('y') && models[1].ends_with("a/x"), "{models:?}");
}

#[test]
fn model_files_end_in_toml_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.toml", "b.TOML", "c.Toml", "d.toml.bak", "toml"] {
        std::fs::write(folder.path().join(name), RACE).unwrap();
    }
    assert_eq!(models(folder.path(), &[]).0, ["a", "b.TOML", "c.Toml"]);
}

#[test]
fn each_model_has_a_line_as_it_ends_unless_quiet() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.toml", "b.toml", "c.toml"] {
        std::fs::write(folder.path().join(name), RACE).unwrap();
    }
    let red = format!("{RACE}expect = {{ chosen = \"unreached\" }}\n");
    std::fs::write(folder.path().join("b.toml"), red).unwrap();
    let output = synod(folder.path(), &["suite", "."]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    let lines: Vec<_> = said.lines().map(|line| line.rsplit_once(", ").unwrap()).collect();
    let starts: Vec<_> = lines.iter().map(|(start, _)| *start).collect();
    assert_eq!(
        starts,
        [
            "1 of 3: a: as expected, 4 states",
            "2 of 3: b: NOT AS EXPECTED, 4 states",
            "3 of 3: c: as expected, 4 states"
        ]
    );
    assert!(lines.iter().all(|(_, time)| time.ends_with(" s")), "{said}");
    assert_eq!(text(&synod(folder.path(), &["suite", ".", "--quiet"]).stderr), "");
}
