//! What helps to write model files and commands: a file to begin with, a schema of files, completions, manual pages.

use crate::support::{all_model_files, root, synod, text};
use serde_json::{json, Map, Value};
use std::path::Path;
use std::process::Command;

const FAMILIES: [&str; 4] = ["single-decree", "multi-paxos", "disel-sts", "consensus"];

fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = synod(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Whether each of these is valid, by a validator that is not ours.
fn validities(schema: &str, inputs: &Map<String, Value>) -> Map<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let [schema, inputs] =
        [("schema", schema), ("inputs", &Value::from(inputs.clone()).to_string())].map(|(name, text)| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            file
        });
    let program = root().join("tests/schemas/validate.mjs");
    let output = Command::new("node").arg(program).arg("draft-7").arg(schema).arg(inputs).output();
    let output = output.expect("node is missing: run tests/setup.sh");
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The pointers of all keys of an object, tables included.
fn keys(object: &Value, above: &str) -> Vec<String> {
    let entries = object.as_object().into_iter().flatten();
    entries
        .flat_map(|(key, value)| {
            let pointer = format!("{above}/{key}");
            [keys(value, &pointer), vec![pointer]].concat()
        })
        .collect()
}

fn renamed(object: &Value, pointer: &str) -> Value {
    let mut object = object.clone();
    let (table, key) = pointer.rsplit_once('/').unwrap();
    let table = object.pointer_mut(table).unwrap().as_object_mut().unwrap();
    let value = table.remove(key).unwrap();
    table.insert(format!("{key}s"), value);
    object
}

#[test]
fn the_schema_takes_every_model_file_and_no_misspelt_key() {
    let schema = printed(root(), &["schema"]);
    let (mut right, mut wrong) = (Map::new(), Map::new());
    for file in all_model_files() {
        let name = file.display().to_string();
        let model: toml::Table = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let model = serde_json::to_value(model).unwrap();
        for pointer in keys(&model, "") {
            wrong.insert(format!("{name} {pointer}"), renamed(&model, &pointer));
        }
        let mut negative = model.clone();
        negative["expect"]["unique_states"] = json!(-1);
        wrong.insert(format!("{name} a negative count"), negative);
        right.insert(name, model);
    }
    let refused: Vec<_> =
        validities(&schema, &right).into_iter().filter(|(_, is_valid)| *is_valid == json!(false)).collect();
    assert_eq!(refused, []);
    let taken: Vec<_> =
        validities(&schema, &wrong).into_iter().filter(|(_, is_valid)| *is_valid == json!(true)).collect();
    assert_eq!(taken, []);
    assert!(right.len() > 100 && wrong.len() > 1000);
}

#[test]
fn a_file_to_begin_with_is_a_model_of_its_family() {
    let folder = tempfile::tempdir().unwrap();
    let schema = printed(root(), &["schema"]);
    let mut valid = Map::new();
    for family in FAMILIES {
        let name = format!("{family}.toml");
        let said = printed(folder.path(), &["new", &name, "--family", family]);
        assert_eq!(said, format!("wrote      a model of the family {family}\ncheck      synod check {name}\n"));
        let template = std::fs::read_to_string(folder.path().join(&name)).unwrap();
        assert_eq!(template, printed(folder.path(), &["new", "-", "--family", family]));
        let counted = |model: &str| {
            std::fs::write(folder.path().join("counted.toml"), model).unwrap();
            let output = synod(folder.path(), &["check", "counted.toml", "--json", "-"]);
            // The literal system of the thesis is not what its protocol is for.
            assert_eq!(output.status.code(), Some((family == "disel-sts").into()), "{}", text(&output.stderr));
            serde_json::from_slice::<Value>(&output.stdout).unwrap()["cases"][0]["counts"].clone()
        };
        // What stands in comments is what holds without it, as far as it says so.
        let begins = |line: &str, table: &str| line.starts_with('[') && line != table;
        let live = |table: &str| {
            let mut is_inside = false;
            let lines = template.lines().map(|line| {
                is_inside = line == table || is_inside && !begins(line, table);
                let entry = line.strip_prefix('#').filter(|line| is_inside && !line.starts_with(' '));
                entry.unwrap_or(line).to_string() + "\n"
            });
            lines.collect::<String>()
        };
        let usual = counted(&template);
        for table in ["[protocol.rules]", "[network]"] {
            assert_eq!(counted(&live(table)), usual, "{family} {table}");
        }
        // Every key that it names is one, with a value of the right type.
        let all =
            template.lines().map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')).unwrap_or(line));
        let all: toml::Table = toml::from_str(&all.collect::<Vec<_>>().join("\n")).unwrap();
        valid.insert(family.into(), serde_json::to_value(all).unwrap());
    }
    assert_eq!(validities(&schema, &valid), FAMILIES.iter().map(|name| (name.to_string(), json!(true))).collect());
}

#[test]
fn a_file_that_is_there_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.toml"), "mine").unwrap();
    let refused = |arguments: &[&str], why: &str| {
        let output = synod(folder.path(), arguments);
        let errors = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
        assert!(errors.contains(why), "{errors}");
    };
    refused(&["new", "mine.toml"], "mine.toml: it is there already");
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.toml")).unwrap(), "mine");
    refused(&["new", "other.toml", "--family", "single-degree"], "did you mean single-decree?");
    refused(&["new", "no/where.toml"], "no/where.toml: it cannot be written");
    refused(&["man", "mine.toml"], "mine.toml: it cannot be written");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn shells_take_the_completions() {
    let folder = tempfile::tempdir().unwrap();
    let shells = [
        ("bash", "COMP_WORDS=(synod ch); COMP_CWORD=1; _synod synod ch synod; echo \"${COMPREPLY[@]}\"", "check\n"),
        ("zsh", "print $_comps[synod]", "_synod\n"),
        ("fish", "complete -C 'synod chec' | string split -f 1 \\t", "check\n"),
    ];
    for (shell, probe, expected) in shells {
        let file = folder.path().join(shell);
        std::fs::write(&file, printed(folder.path(), &["completions", shell])).unwrap();
        let before = if shell == "zsh" { "autoload -U compinit; compinit -u -D; " } else { "" };
        let script = format!("{before}source {}; {probe}", file.display());
        let output = Command::new(shell).arg("-c").arg(script).env("HOME", folder.path()).output();
        let output = output.unwrap_or_else(|_| panic!("{shell} is missing: run tests/setup.sh"));
        assert_eq!(text(&output.stdout), expected, "{shell}: {}", text(&output.stderr));
    }
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    printed(folder.path(), &["man", "pages"]);
    let help = printed(folder.path(), &["--help"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands = commands.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let commands: Vec<_> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"check") && commands.contains(&"man"), "{commands:?}");
    for command in commands.into_iter().filter(|command| *command != "help") {
        let page = folder.path().join(format!("pages/synod-{command}.1"));
        let output = Command::new("mandoc").args(["-T", "html", "-W", "error"]).arg(&page).output();
        let output = output.expect("mandoc is missing: run tests/setup.sh");
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
        assert!(text(&output.stdout).contains("SYNOPSIS"), "{command}: {}", text(&output.stdout));
    }
}
