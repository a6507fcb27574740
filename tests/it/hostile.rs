//! Hostile text in every place that an error or a result repeats: keys, values, paths, arguments, traces, logs and
//! reports. Nothing of it acts on a terminal or on a CI server.

use crate::support::{synod, text};
use serde_json::{json, Value};
use std::fs;
use std::path::Path;

/// Ends the line, commands a CI server in both of its syntaxes, clears the screen, and reverses what follows.
const HOSTILE: &str =
    "x\n::stop-commands::tok\r\n  ::add-mask::y\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}##[error]z\u{200b}::warning::w";

/// The same as the content of a TOML or JSON string.
fn quoted() -> String {
    serde_json::to_string(HOSTILE).unwrap()
}

const RACE: &str =
    "[protocol]\nfamily = \"single-decree\"\nvariant = \"adapted\"\n[bounds]\nproposers = 1\nacceptors = 1\n";

fn require_harmless(shown: &str, of: &str) {
    for c in shown.chars() {
        let is_harmless = c == '\n' || !c.is_control() && !matches!(c, '\u{202e}' | '\u{200b}');
        assert!(is_harmless, "{of}: {c:?} in {shown:?}");
    }
    for line in shown.lines() {
        assert!(!line.trim_start().starts_with("::"), "{of}: {line}");
        assert!(!line.contains("##[") && !line.contains("::add-mask") && !line.contains("::warning"), "{of}: {line}");
    }
}

/// The same for JSON, in whose strings `::` may stand: that is a command only where a line begins.
fn require_harmless_json(shown: &str, of: &str) {
    for c in shown.chars() {
        assert!(c == '\n' || !c.is_control() && !matches!(c, '\u{202e}' | '\u{200b}'), "{of}: {c:?} in {shown:?}");
    }
    for line in shown.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{of}: {line}");
    }
}

/// Runs the program; what it prints is harmless, and it ends with this exit code.
fn run(folder: &Path, code: i32, arguments: &[&str]) -> (String, String) {
    let output = synod(folder, arguments);
    let (shown, errors) = (text(&output.stdout), text(&output.stderr));
    let of = format!("{arguments:?}");
    assert_eq!(output.status.code(), Some(code), "{of}: {shown}{errors}");
    require_harmless(&shown, &of);
    require_harmless(&errors, &of);
    (shown, errors)
}

/// Refused with messages that all begin as errors do, a line each.
fn refused(folder: &Path, arguments: &[&str]) {
    let (shown, errors) = run(folder, 2, arguments);
    assert!(shown.is_empty() && !errors.is_empty(), "{arguments:?}: {shown}");
    assert!(errors.lines().all(|line| line.starts_with("error: ")), "{arguments:?}: {errors}");
}

fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
}

#[test]
fn keys_and_values_of_models() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let text = quoted();
    let broken = [
        format!("{text} = 1\n"),
        format!("{RACE}{text} = 1\n"),
        format!("{RACE}[{text}]\n"),
        format!("{RACE}[{text}.{text}]\nx = 1\n"),
        format!("{RACE}[protocol.rules]\n{text} = {text}\n"),
        format!("{RACE}[protocol.rules]\naccept_guard = {text}\n"),
        format!("{RACE}[expect]\n{text} = \"holds\"\n"),
        format!("{RACE}[expect]\ni1 = {text}\n"),
        format!("{RACE}[expect]\nmax_depth = {text}\n"),
        format!("{RACE}[check]\nproperties = [{text}]\n"),
        format!("{RACE}[check]\nproperties = {text}\n"),
        format!("{RACE}[check]\nsymmetry = {text}\n"),
        format!("{RACE}[network]\nloss = {text}\n"),
        format!("{RACE}[network]\ndelivery = {text}\n"),
        format!("{RACE}[faults]\ncrashes = {text}\n"),
        format!("{RACE}learners = {text}\n"),
        format!("{RACE}proposals = {text}\n"),
        RACE.replace("\"adapted\"", &text),
        RACE.replace("\"single-decree\"", &text),
        RACE.replace("acceptors = 1", &format!("acceptors = {{ {text} = 1 }}")),
        RACE.replace("acceptors = 1", &format!("{text} = 1")),
        format!("{RACE}= {HOSTILE}"),
        format!("{RACE}acceptors = {text}\n"),
    ];
    for model in broken {
        write(&file, model);
        for command in ["check", "suite", "explore", "simulate", "stats", "run"] {
            let place = if command == "suite" { "." } else { "m.toml" };
            refused(folder.path(), &[command, place]);
        }
    }
}

#[test]
fn arguments() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("m.toml"), RACE);
    for setting in ["{}", "{}=1", "bounds.acceptors={}", "bounds.{}=1", "protocol.rules.{}=1", "check.properties=[{}]"]
    {
        for setting in [setting.replace("{}", HOSTILE), setting.replace("{}", &quoted())] {
            refused(folder.path(), &["check", "m.toml", "--set", &setting]);
            refused(folder.path(), &["run", "m.toml", "--set", &setting]);
        }
    }
    for arguments in [
        &["check", HOSTILE][..],
        &["suite", HOSTILE],
        &["replay", HOSTILE],
        &["conform", HOSTILE],
        &["graph", HOSTILE, "--format", "dot"],
        &["check", "m.toml", "--json", &format!("{HOSTILE}/x")],
        &["check", "m.toml", "--traces", &format!("m.toml/{HOSTILE}")],
        &["suite", ".", "--baseline", HOSTILE],
        &["suite", ".", "--reports", &format!("{HOSTILE}/x")],
        &["run", "m.toml", "--crash", HOSTILE],
        &["run", "m.toml", "--crash", &format!("{HOSTILE}@1ms")],
        &["run", "m.toml", "--tamper", HOSTILE],
        &["run", "m.toml", "--tamper", &format!("A1:{HOSTILE}=1")],
        &["node", "m.toml", "--id", HOSTILE, "--bind", "0"],
        &["node", "m.toml", "--id", "A1", "--bind", HOSTILE],
        &["node", "m.toml", "--id", "A1", "--bind", "0", "--peer", HOSTILE],
        &["node", "m.toml", "--id", "A1", "--bind", "0", "--peer", &format!("{HOSTILE}=1")],
        &["node", "m.toml", "--id", "A1", "--bind", "0", "--peer", &format!("P1={HOSTILE}")],
        &["explore", "m.toml", "--address", HOSTILE],
        &["conform", ".", "--set", HOSTILE],
    ] {
        refused(folder.path(), arguments);
    }
    // The errors of the argument parser have several lines.
    for arguments in [
        &[HOSTILE][..],
        &["check", "m.toml", &format!("--{HOSTILE}")],
        &["check", "m.toml", "--threads", HOSTILE],
        &["check", "m.toml", "--memory", HOSTILE],
        &["check", "m.toml", "--timeout", HOSTILE],
        &["check", "m.toml", "--engine", HOSTILE],
        &["check", "m.toml", "--max-states", HOSTILE],
        &["run", "m.toml", "--loss", HOSTILE],
        &["run", "m.toml", "--delay", HOSTILE],
        &["graph", "m.toml", "--format", HOSTILE],
        &["replay", "m.toml", HOSTILE],
        &["list", HOSTILE],
    ] {
        let (_, errors) = run(folder.path(), 2, arguments);
        assert!(errors.starts_with("error: ") && errors.contains("stop-commands"), "{arguments:?}: {errors}");
    }
}

#[test]
fn names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // A name that begins with a command would begin a row of a table.
    for name in [HOSTILE, "::error::x", "##[error]x"] {
        let inner = here.join("models");
        let _ = fs::remove_dir_all(&inner);
        fs::create_dir_all(&inner).unwrap();
        let file = format!("models/{name}.toml");
        write(&here.join(&file), RACE);
        let report = format!("{name}.json");
        for arguments in [
            &["check", &file][..],
            &["check", &file, "--quiet", "--json", &report],
            &["suite"],
            &["suite", "--baseline", &report, "--reports", "out", "--set", "bounds.acceptors=2"],
            &["stats", &file],
            &["graph", &file, "--format", "dot"],
            &["graph", &file, "--format", "json", "--output", "graph.json"],
        ] {
            run(here, 0, arguments);
        }
        run(here, 3, &["simulate", &file, "--runs", "3"]);
        run(here, 1, &["suite", "--set", "expect.max_depth=1", "--markdown", "report.md"]);
        run(here, 1, &["check", &file, "--set", "expect.chosen=unreached"]);
        require_harmless(&fs::read_to_string(here.join("report.md")).unwrap(), name);
        let trace = format!("traces/{name}.chosen.json");
        for format in ["text", "svg", "mermaid", "html"] {
            let (_, errors) = run(here, 0, &["replay", &trace, "--format", format]);
            assert_eq!(errors, "");
        }
        for format in ["json", "itf"] {
            let output = synod(here, &["replay", &trace, "--format", format]);
            let shown = text(&output.stdout);
            require_harmless_json(&shown, name);
            assert!(serde_json::from_str::<Value>(&shown).is_ok_and(|value| value.is_object()));
        }
        write(&here.join(&file), format!("{RACE}x = 1\n"));
        refused(here, &["suite"]);
        refused(here, &["check", &file]);
        refused(here, &["run", &file]);
    }
}

/// Puts hostile text into every string of a JSON value, one at a time.
fn infected(value: &Value) -> Vec<Value> {
    let mut all = vec![json!(HOSTILE)];
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                all.extend(infected(inner).into_iter().map(|inner| {
                    let mut object = object.clone();
                    object.insert(key.clone(), inner);
                    Value::Object(object)
                }));
                let mut object = object.clone();
                object.insert(HOSTILE.into(), json!(HOSTILE));
                all.push(Value::Object(object));
            }
        }
        Value::Array(items) => {
            for place in 0..items.len().min(2) {
                all.extend(infected(&items[place]).into_iter().map(|inner| {
                    let mut items = items.clone();
                    items[place] = inner;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn traces_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(&here.join("m.toml"), RACE);
    run(here, 0, &["check", "m.toml", "--json", "report.json"]);
    let read = |name: &str| serde_json::from_slice::<Value>(&fs::read(here.join(name)).unwrap()).unwrap();
    let trace = infected(&read("traces/m.chosen.json"));
    assert!(trace.len() > 50);
    for trace in trace {
        write(&here.join("t.json"), trace.to_string());
        let output = synod(here, &["replay", "t.json"]);
        require_harmless(&text(&output.stdout), &trace.to_string());
        require_harmless(&text(&output.stderr), &trace.to_string());
        assert!(matches!(output.status.code(), Some(0 | 2)));
        assert_eq!(output.status.code() == Some(2), text(&output.stderr).starts_with("error: "));
    }
    for report in infected(&read("report.json")) {
        write(&here.join("old.json"), report.to_string());
        let output = synod(here, &["suite", ".", "--baseline", "old.json"]);
        require_harmless(&text(&output.stdout), &report.to_string());
        require_harmless(&text(&output.stderr), &report.to_string());
        assert!(matches!(output.status.code(), Some(0 | 2)));
    }
}

#[test]
fn logs() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(&here.join("m.toml"), RACE);
    run(here, 0, &["run", "m.toml", "--threads", "--logs", "logs"]);
    let log = fs::read_to_string(here.join("logs/P1.log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    for place in 0..lines.len().min(3) {
        let value: Value = serde_json::from_str(&lines[place][9..]).unwrap();
        for value in infected(&value) {
            let content = value.to_string();
            let sealed = format!("{:08x} {content}", crc32fast::hash(content.as_bytes()));
            let mut lines = lines.clone();
            lines[place] = &sealed;
            write(&here.join("logs/P1.log"), lines.join("\n") + "\n");
            for arguments in [&["conform", "logs"][..], &["conform", "logs/P1.log", "--traces", "other"]] {
                let output = synod(here, arguments);
                require_harmless(&text(&output.stdout), &content);
                require_harmless(&text(&output.stderr), &content);
                assert!(matches!(output.status.code(), Some(0..=2)), "{content}");
            }
        }
    }
    let folder = format!("{HOSTILE}.d");
    fs::create_dir(here.join(&folder)).unwrap();
    let file = format!("{folder}/P1.log");
    write(&here.join(&file), &log[..log.len() - 3]);
    for arguments in [&["conform", &file][..], &["conform", &folder, "--traces", &folder]] {
        let output = synod(here, arguments);
        require_harmless(&text(&output.stdout), "torn");
        require_harmless(&text(&output.stderr), "torn");
    }
    let port = ["--bind", "0", "--deadline", "50ms", "--peer", "P1=127.0.0.1:39901"];
    let log = format!("{folder}/A1.log");
    for _ in 0..2 {
        run(here, 0, &[&["node", "m.toml", "--id", "A1", "--log", &log][..], &port].concat());
        let whole = fs::read(here.join(&log)).unwrap();
        write(&here.join(&log), &whole[..whole.len() - 3]);
    }
}
