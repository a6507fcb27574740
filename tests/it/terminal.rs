//! What a terminal of any width shows: nothing wider than it, no word broken, labels in one column, verdicts in colour.

use crate::support::root;
use std::path::Path;
use std::process::Command;

const BROKEN: &str = "models/mutations/adapted-continue-choice-own-2x1.toml";

/// What a command prints on a terminal of this many columns.
fn printed(columns: usize, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command.current_dir(root()).env_remove("GITHUB_ACTIONS").env("COLUMNS", columns.to_string());
    let output = command.args(arguments).output().expect("the program starts");
    String::from_utf8(output.stdout).expect("it is text")
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// The words of a text, of whatever width it was set to.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| *word != "\\" && !word.starts_with('─')).collect()
}

/// The file of a trace between ten nodes.
fn long_trace(folder: &Path) -> String {
    let folder = folder.display().to_string();
    let model = "models/single-decree/simulator-2x3-values-5-1.toml";
    let sizes = ["--set", "bounds.proposals=[[1,5],[2,1],[3,2],[4,4],[5,3]]", "--set", "bounds.acceptors=5"];
    let run = ["simulate", model, "--runs", "1", "--seed", "1", "--quiet", "--traces", &folder];
    printed(100, &[&run[..], &sizes].concat());
    let files = std::fs::read_dir(&folder).expect("it is there").map(|entry| entry.expect("it is readable").path());
    let is_meant = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(".agreement.json");
    files.filter(is_meant).map(|path| path.display().to_string()).next().expect("seed 1 violates agreement")
}

#[test]
fn every_command_keeps_to_the_width_and_breaks_no_word() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let baseline = folder.path().join("old.json").display().to_string();
    let traces = folder.path().join("traces").display().to_string();
    printed(100, &["suite", "models/mutations", "--quiet", "--max-states", "30", "--json", &baseline]);
    let commands: [&[&str]; 4] = [
        &["list"],
        &["suite", "models/mutations", "--max-states", "60", "--baseline", &baseline],
        &["check", BROKEN, "--traces", &traces, "--threads", "1"],
        &["stats", BROKEN],
    ];
    for command in commands {
        let whole = printed(400, command);
        for columns in [80, 120, 160] {
            let text = printed(columns, command);
            let paths = folder.path().display().to_string();
            let lines: Vec<_> = text.lines().filter(|line| !line.contains(&paths)).collect(); // one word, and long
            assert!(widest(&lines.join("\n")) <= columns, "{command:?} at {columns}\n{text}");
            let known = words(&whole);
            let timeless = |word: &&str| !word.contains('.') && !word.contains('█');
            let broken: Vec<_> =
                words(&text).into_iter().filter(timeless).filter(|word| !known.contains(word)).collect();
            assert!(broken.is_empty(), "{command:?} at {columns} breaks {broken:?}\n{text}");
        }
        assert!(widest(&printed(160, command)) > 80 || command[0] == "stats", "{command:?} uses the width");
    }
}

/// What is only undecided is not in the colour of what is wrong, and models stand apart.
#[test]
fn verdicts_of_several_models_are_told_apart() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
        command.current_dir(root()).env_remove("GITHUB_ACTIONS").env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
        String::from_utf8(command.args(arguments).output().expect("the program starts").stdout).expect("it is text")
    };
    let suite = run(&["suite", "models/mutations", "--max-states", "30"]);
    assert!(suite.contains("\u{1b}[33msuite "), "{suite}");
    assert_eq!(suite.matches("\n\n").count(), 1, "the table stands apart: {suite}");
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let others = ["shared-ballot-2x1", "choice-own-2x1"].map(|name| format!("models/mutations/simple-{name}.toml"));
    let check = run(&["check", &others[0], &others[1], "--traces", &folder.path().display().to_string()]);
    assert_eq!(check.matches("\n\nmodel ").count(), 1, "{check}");
}

#[test]
fn texts_have_no_gaps() {
    for command in [&["list"][..], &["stats", BROKEN]] {
        let text = printed(100, command);
        assert!(!text.contains("\n\n\n") && !text.ends_with("\n\n"), "{command:?}\n{text}");
    }
}

#[test]
fn a_trace_of_ten_nodes_has_its_lifelines_at_80_columns() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let trace = long_trace(folder.path());
    let text = std::fs::read_to_string(&trace).expect("it was written");
    let saved: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let length = saved["steps"].as_array().expect("it has steps").len();
    for columns in [80, 120, 200] {
        let text = printed(columns, &["replay", &trace]);
        assert!(widest(&text) <= columns, "{columns}\n{text}");
        let steps: Vec<_> = text.lines().filter(|line| line.contains('▶') || line.contains('◀')).collect();
        assert_eq!(steps.len(), length, "{text}");
        let last = steps.last().expect("there are some");
        assert!(
            last.starts_with(&format!("{length:>4}")) && last.contains("Accept<") && last.contains("⇒ AAccepted"),
            "{last}"
        );
        let heads = ["P1", "P5", "A1", "A5"];
        assert!(text.lines().any(|line| heads.iter().all(|head| words(line).contains(head))), "{text}");
    }
    let whole = printed(400, &["replay", &trace]);
    assert!(whole.lines().any(|line| line.trim_start().starts_with("0 ")), "{whole}");
}

/// Every command sets what it says behind one column of labels.
#[test]
fn labels_have_one_column() {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let traces = folder.path().display().to_string();
    let check = printed(400, &["check", BROKEN, "--traces", &traces]);
    let trace = folder.path().read_dir().expect("it is there").next().expect("a trace").expect("it is readable").path();
    let texts = [
        check,
        printed(400, &["replay", &trace.display().to_string()]),
        printed(400, &["simulate", BROKEN, "--runs", "5", "--traces", &traces]),
        printed(400, &["stats", BROKEN]),
    ];
    for text in texts {
        let labelled: Vec<_> = text.lines().filter(|line| line.starts_with("model ")).collect();
        assert_eq!(labelled.len(), 1, "{text}");
        let labels = [
            "model",
            "VIOLATED",
            "reached",
            "holds",
            "verdict",
            "replay",
            "witness",
            "replayed",
            "in flight",
            "walked",
        ];
        for line in text.lines() {
            for label in labels.iter().filter(|label| line.starts_with(&format!("{label} "))) {
                let content: String = line.chars().skip(11).collect();
                let before: String = line.chars().take(11).collect();
                assert!(before.trim_end() == *label && !content.starts_with(' '), "{line}");
            }
        }
    }
}

#[test]
fn verdicts_have_colours_where_they_are_wanted() {
    let suite = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
        command.current_dir(root()).env_remove("GITHUB_ACTIONS").env_remove("NO_COLOR");
        command.args(["suite", "models/mutations", "--max-states", "30"]).envs(variables.iter().copied());
        String::from_utf8(command.output().expect("the program starts").stdout).expect("it is text")
    };
    let coloured = suite(&[("CLICOLOR_FORCE", "1")]);
    assert!(
        coloured.contains("\u{1b}[32myes\u{1b}[0m") && coloured.contains("\u{1b}[33mundecided\u{1b}[0m"),
        "{coloured}"
    );
    assert!(!suite(&[]).contains('\u{1b}'), "a file gets no colours");
    assert!(!suite(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).contains('\u{1b}') || cfg!(windows));
}
