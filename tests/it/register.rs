//! A family of a crate of its own, `examples/register`: every command works on it. Its properties are about histories and
//! on its stateright model, and several of its nodes have one name.

use crate::support::{root, text};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The program of the crate.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let tests = std::env::current_exe().unwrap();
        let is_release = tests.components().any(|component| component.as_os_str() == "release");
        // With an example along, the library is the one that the tests have: dependencies of tests ask for more of some crates.
        let build = ["build", "--locked", "--quiet", "--package", "synod", "--package", "register"].into_iter();
        let build = build.chain(["--bins", "--example", "two_phase"]);
        let build = build.chain(is_release.then_some("--release"));
        let built = Command::new(env!("CARGO")).args(build).current_dir(root()).status().unwrap();
        assert!(built.success());
        tests.parent().and_then(Path::parent).unwrap().join("register")
    })
}

fn register(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program()).current_dir(folder).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn model(name: &str) -> String {
    root().join("examples/register/models").join(name).display().to_string()
}

/// Runs a command that is to end with this code, and returns what it prints.
fn printed(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let output = register(folder, arguments);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {shown}{}", text(&output.stderr));
    shown
}

#[test]
fn every_command_works_on_a_register() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let run = |arguments: &[&str]| printed(here, 0, arguments);
    let (stored, one) = (&model("stored.toml"), &model("quorum-of-one.toml"));
    let models = root().join("examples/register/models").display().to_string();
    assert!(run(&["suite", &models, "--reports", "reports"]).contains("0 not as expected, 0 undecided\n"));
    for report in ["report.json", "report.md", "index.html", "traces/quorum-of-one.linearizable.json"] {
        assert!(here.join("reports").join(report).exists(), "{report}");
    }
    let checked = run(&["check", one]);
    for line in [
        "VIOLATED   linearizable (4 steps): every answer is one that a single register could have given",
        "Server2 → Client1  GetOk(21, '∅')  Client1: awaits 2 ⇒ read ∅",
        "register replay traces/quorum-of-one.linearizable.json",
    ] {
        assert!(checked.contains(line), "{checked}");
    }
    for format in ["text", "svg", "html", "mermaid", "itf", "json"] {
        let replayed = run(&["replay", "traces/quorum-of-one.linearizable.json", "--format", format]);
        assert!(replayed.contains("GetOk") && replayed.contains("read"), "{format}: {replayed}");
    }
    run(&["replay", "traces/quorum-of-one.value read.json"]);
    assert!(run(&["graph", stored, "--format", "dot"]).contains("Client1 → Server1  Put(20, 'A')"));
    assert!(run(&["stats", stored]).contains("GetOk delivered"));
    assert!(run(&["simulate", one, "--runs", "200"]).contains("VIOLATED   linearizable"));
    assert!(run(&["list"]).starts_with("family register: a register that several servers hold"));
    let ran = run(&["run", stored, "--delay", "1ms"]);
    assert!(ran.contains("clients have read") && ran.contains("conforms   every logged event"), "{ran}");
    assert!(run(&["conform", "runs/stored"]).contains("conforms   every logged event is a step of the model"));
    let help = printed(here, 0, &["--help"]);
    assert!(help.starts_with("An exhaustive model checker for models of register\n"), "{help}");
    assert!(printed(here, 0, &["--version"]).starts_with("register (synod "));
    assert!(help.contains("Usage: register <COMMAND>") && help.contains("Start with: register list"), "{help}");
}

/// Questions about histories have the answers of stateright's own checker, and are refused by name where states are not
/// listed.
#[test]
fn a_model_of_a_foreign_family_begins_and_is_completed_like_ours() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| printed(folder.path(), 0, arguments);
    assert_eq!(
        run(&["new", "mine.toml"]),
        "wrote      a model of the family register\ncheck      register check mine.toml\n"
    );
    let begun = std::fs::read_to_string(folder.path().join("mine.toml")).unwrap();
    for line in ["servers = 1", "#quorum = \"majority\"", "#\"value read\" = \"reached\"", "#linearizable = \"holds\""]
    {
        assert!(begun.lines().any(|each| each.starts_with(line)), "{line}: {begun}");
    }
    run(&["check", "mine.toml"]);
    // What its models may not have is not offered, and refused.
    for key in ["#sends", "#storage", "#losses", "#restart", "#induction"] {
        assert!(!begun.lines().any(|line| line.starts_with(key)), "{key}: {begun}");
    }
    let refused = register(folder.path(), &["check", "mine.toml", "--set", "expect.induction=inductive"]);
    let why = "expect.induction cannot be demanded: the family register has no invariant";
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains(why), "{}", text(&refused.stderr));
    let schema: serde_json::Value = serde_json::from_str(&run(&["schema"])).unwrap();
    assert_eq!(schema["properties"]["protocol"]["properties"]["family"]["enum"], serde_json::json!(["register"]));
    assert_eq!(schema["properties"]["bounds"]["required"], serde_json::json!(["servers", "clients", "puts", "gets"]));
}

#[test]
fn linearizability_is_decided_as_stateright_decides_it() {
    let folder = tempfile::tempdir().unwrap();
    for (file, counts, verdict) in [
        ("stored.toml", "544 states, 875 generated, 16 terminal, depth 24", "holds      linearizable"),
        (
            "quorum-of-one.toml",
            "79,017 states, 296,589 generated, 491 terminal, depth 16",
            "VIOLATED   linearizable (4 steps)",
        ),
    ] {
        for engine in ["components", "stateright", "auto"] {
            let checked = printed(folder.path(), 0, &["check", &model(file), "--engine", engine]);
            assert!(checked.contains(counts) && checked.contains(verdict), "{engine}: {checked}");
        }
        let refused = register(folder.path(), &["check", &model(file), "--engine", "symbolic"]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains("is asked of whole states"), "{}", text(&refused.stderr));
    }
}

/// What a property on the model itself is called may be any text: it is a key, a name in lists, and a file.
#[test]
fn properties_of_the_model_itself_are_known_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let stored = &model("stored.toml");
    let only = |names: &str| register(folder.path(), &["check", stored, "--set", &format!("check.properties={names}")]);
    let output = only("[\"value read\"]");
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}"); // what is expected of the other is not asked in this run
    assert!(shown.contains("value read") && !shown.contains("linearizable"), "{shown}");
    let shown = text(&only("[\"value red\", \"linearizable\"]").stderr);
    assert!(
        shown.contains(
            "there is no property \"value red\", only linearizable, value read; did you mean \"value read\"?"
        ),
        "{shown}"
    );
}
