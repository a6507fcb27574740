//! A family that the library does not have, `examples/two_phase.rs`: every command works on it, and the tutorial is made of
//! it.

use crate::support::{root, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program of the family, which `cargo test` builds, unless only these tests were asked for.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let tests = std::env::current_exe().unwrap();
        let is_release = tests.components().any(|component| component.as_os_str() == "release");
        let build = ["build", "--locked", "--quiet", "--example", "two_phase"].into_iter();
        let build = build.chain(is_release.then_some("--release"));
        let built = Command::new(env!("CARGO")).args(build).current_dir(root()).status().unwrap();
        assert!(built.success());
        tests.parent().and_then(Path::parent).unwrap().join("examples/two_phase")
    })
}

pub fn two_phase(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program()).current_dir(folder).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn model(name: &str) -> String {
    root().join("examples/two-phase").join(name).display().to_string()
}

/// Runs a command that is to end with this code, and returns what it prints.
fn printed(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = two_phase(folder, arguments);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {shown}{}", text(&output.stderr));
    shown
}

#[test]
fn every_command_works_on_a_foreign_family() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let run = |arguments: &[&str]| printed(here, 0, arguments);
    let (commit, one_yes) = (&model("commit.toml"), &model("one-yes.toml"));
    let models = root().join("examples/two-phase").display().to_string();
    assert!(
        run(&["suite", &models, "--reports", "reports"]).ends_with("3 as expected, 0 not as expected, 0 undecided\n")
    );
    for report in ["report.json", "report.md", "index.html", "traces/one-yes.agreement.json"] {
        assert!(here.join("reports").join(report).exists(), "{report}");
    }
    let checked = run(&["check", one_yes]);
    for line in
        ["VIOLATED   agreement (4 steps): no participant commits where another aborts", "R1 has committed since step 3"]
    {
        assert!(checked.contains(line), "{checked}");
    }
    for engine in ["components", "symbolic", "stateright", "auto"] {
        assert!(
            run(&["check", one_yes, "--engine", engine]).contains("48 states, 89 generated, 6 terminal"),
            "{engine}"
        );
    }
    for format in ["text", "svg", "html", "mermaid", "itf", "json"] {
        let replayed = run(&["replay", "traces/one-yes.agreement.json", "--format", format]);
        assert!(replayed.contains("Prepare") && replayed.contains("Committed"), "{format}: {replayed}");
    }
    assert!(run(&["graph", commit, "--format", "dot"]).contains("C → R1  Prepare"));
    assert!(run(&["stats", commit]).contains("Prepare delivered"));
    assert!(run(&["simulate", one_yes, "--runs", "50"]).contains("VIOLATED   agreement"));
    assert!(run(&["list"]).starts_with("family two-phase: a coordinator commits"));
    let ran = run(&["run", commit, "--delay", "1ms"]);
    assert!(ran.contains("decided    commit") && ran.contains("conforms   every logged event"), "{ran}");
    assert!(run(&["conform", "runs/commit"]).contains("conforms   every logged event is a step of the model"));
}

/// Faults of the environment are the engine's, whatever the family.
#[test]
fn a_foreign_family_is_explored_under_faults() {
    let folder = tempfile::tempdir().unwrap();
    for settings in [&["network.loss=true"][..], &["network.duplication=true"], &["network.delivery=ordered"]] {
        let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
        let explored = |engine| {
            let file = model("commit.toml");
            let arguments = [&["check", file.as_str(), "--engine", engine], &settings[..]].concat();
            let shown = text(&two_phase(folder.path(), &arguments).stdout);
            let line = shown.lines().find(|line| line.starts_with("explored")).unwrap().to_string();
            line.split(", exhausted").next().unwrap().to_string()
        };
        assert_eq!(explored("components"), explored("stateright"), "{settings:?}");
    }
}

#[test]
fn what_is_wrong_with_a_foreign_model_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, error) in [
        ("protocol.family=two-fase", "protocol.family = \"two-fase\", expected \"two-phase\"; did you mean two-phase?"),
        ("bounds.yess=1", "unknown key bounds.yess; did you mean bounds.yes?"),
        ("protocol.rules.decides=al", "protocol.rules.decides = \"al\", expected one of all, any; did you mean all?"),
        ("network.sends=stepwise", "network.sends = \"stepwise\", expected \"atomic\" for the family two-phase"),
        (
            "faults.crashes=1",
            "faults.crashes = 1 needs faults.recovery = true: the family two-phase does not say how its nodes stay down",
        ),
        (
            "faults={ crashes = 1, recovery = true, storage = 'nothing' }",
            "faults.storage = \"nothing\", expected to be absent for the family two-phase",
        ),
    ] {
        let output = two_phase(folder.path(), &["check", &model("commit.toml"), "--set", setting]);
        let shown = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{shown}");
        assert!(shown.contains(error), "{shown}");
    }
}

/// The tutorial shows the family as it is: every block of Rust, and every model file, stands in the example.
#[test]
fn the_tutorial_is_made_of_the_example() {
    let tutorial = std::fs::read_to_string(root().join("docs/your-own-protocol.md")).unwrap();
    let source = std::fs::read_to_string(root().join("examples/two_phase.rs")).unwrap();
    let model = std::fs::read_to_string(root().join("examples/two-phase/one-yes.toml")).unwrap();
    let mut blocks = tutorial.split("\n```").skip(1).step_by(2);
    let mut compared = 0;
    blocks.by_ref().for_each(|block| {
        let (language, content) = block.split_once('\n').unwrap();
        let whole = match language {
            "rust" => &source,
            "toml" => &model,
            _ => return,
        };
        assert!(whole.contains(content), "this is not in the example:\n{content}");
        compared += 1;
    });
    assert!(compared >= 6, "{compared}");
}
