//! Processes: whatever ends a run, no node outlives it; and bad arguments are said to be.

use crate::support::{command, root, synod, text};
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A copy of a model under a path that no other process names.
fn model(folder: &Path, name: &str) -> String {
    let copy = folder.join(format!("own-{name}"));
    std::fs::copy(root().join("models/single-decree").join(name), &copy).unwrap();
    copy.display().to_string()
}

/// The processes of the nodes of a model.
fn nodes(model: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let arguments: Vec<_> = line.split(|byte| *byte == 0).collect();
        if arguments.contains(&b"node".as_slice()) && arguments.contains(&model.as_bytes()) {
            found.push(id);
        }
    }
    found
}

pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn signal(child: &Child, signal: &str) {
    let done = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

/// A run that lasts: its nodes are up when this returns.
fn lasting(folder: &Path, model: &str) -> Child {
    let mut command = command(folder, &["run", model, "--decide", "100000", "--delay", "20ms", "--deadline", "1h"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the nodes are up", || nodes(model).len() == 5);
    child
}

/// Reads what a run prints, so that its pipe never fills up.
fn reader(child: &mut Child) -> std::thread::JoinHandle<String> {
    let mut output = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let mut shown = String::new();
        output.read_to_string(&mut shown).unwrap();
        shown
    })
}

#[test]
fn no_node_outlives_a_run_that_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let output = synod(folder.path(), &["run", &model]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(nodes(&model), [0; 0]);
}

#[test]
fn no_node_outlives_an_interrupted_run() {
    interrupted_by("-INT");
}

#[test]
fn no_node_outlives_a_terminated_run() {
    interrupted_by("-TERM");
}

fn interrupted_by(sent: &str) {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let mut child = lasting(folder.path(), &model);
    let reader = reader(&mut child);
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, sent);
    let code = child.wait().unwrap().code();
    let shown = reader.join().unwrap();
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("until it was interrupted"), "{shown}");
    assert!(shown.contains("conforms   every logged event is a step of the model"), "{shown}");
    assert_eq!(nodes(&model), [0; 0]);
}

#[test]
fn no_node_outlives_a_parent_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let mut child = lasting(folder.path(), &model);
    signal(&child, "-KILL");
    child.wait().unwrap();
    until("the nodes are gone", || nodes(&model).is_empty());
}

#[test]
fn no_node_outlives_a_run_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    // One node cannot write its log.
    let logs = folder.path().join("logs");
    std::fs::create_dir_all(logs.join("A2.log")).unwrap();
    let output = synod(folder.path(), &["run", &model, "--logs", &logs.display().to_string()]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("A2"), "{}", text(&output.stderr));
    assert_eq!(nodes(&model), [0; 0]);
}

#[test]
fn a_node_that_is_killed_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3-recovery.toml");
    let mut child = lasting(folder.path(), &model);
    let reader = reader(&mut child);
    std::thread::sleep(Duration::from_millis(300));
    let victim = nodes(&model)[0];
    let done = std::process::Command::new("kill").args(["-KILL", &victim.to_string()]).status().unwrap();
    assert!(done.success());
    until("another one is up", || {
        let up = nodes(&model);
        up.len() == 5 && !up.contains(&victim)
    });
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let shown = reader.join().unwrap();
    assert!(shown.contains("a node was killed once"), "{shown}");
    assert!(shown.contains("conforms "), "{shown}");
}

#[test]
fn bad_arguments_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let refused = |arguments: &[&str], what: &str| {
        let output = synod(folder.path(), arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(what), "{arguments:?}: {errors}");
    };
    refused(&["run", &model, "--loss", "1.5"], "expected a probability in 0..=1");
    refused(&["run", &model, "--loss", "NaN"], "expected a probability in 0..=1");
    refused(&["run", &model, "--crash", "A9@5ms"], "there is no node \"A9\", only P1, P2, A1, A2, A3");
    refused(&["run", &model, "--crash", "A1"], "expected NODE@TIME or NODE@FROM..TO");
    refused(&["run", &model, "--crash", "A1@9ms..3ms"], "expected NODE@TIME or NODE@FROM..TO");
    refused(&["run", &model, "--tamper", "A1"], "expected NODE:RULE=VALUE");
    refused(&["run", &model, "--tamper", "A1:accept_guard=never"], "one of greater, at-least");
    refused(&["run", &model, "--delay", "2h"], "expected at most 1h");
    refused(&["run", &model, "--decide", "0"], "1..=100000");
    refused(&["node", &model, "--id", "A1"], "--bind <[ADDRESS:]PORT>");
    refused(&["node", &model, "--id", "A1", "--bind", "here"], "is no ADDRESS:PORT");
    refused(&["node", &model, "--id", "A1", "--bind", "0", "--wait", "2h"], "expected at most 1h");
    refused(&["node", &model, "--id", "X", "--bind", "0"], "there is no node \"X\"");
    let alone = ["node", &model, "--id", "A1", "--bind", "0"];
    refused(&alone, "--peer: missing for P1, P2, A2, A3");
    refused(&[&alone[..], &["--peer", "P1"]].concat(), "expected NODE=ADDRESS:PORT");
    for (peers, what) in [
        (&["A1=127.0.0.1:7"][..], "A1 has an address already"),
        (&["P1=127.0.0.1:7", "P2=127.0.0.1:7"], "another node is at 127.0.0.1:7 already"),
        (&["P1=127.0.0.1:0"], "127.0.0.1:0 is no address to send to"),
        (&["P1=0.0.0.0:7"], "0.0.0.0:7 is no address to send to"),
        (&["P1=[::1]:7"], "[::1]:7 and --bind 127.0.0.1:0 are of different families"),
    ] {
        let peers: Vec<_> = peers.iter().flat_map(|peer| ["--peer", peer]).collect();
        refused(&[&alone[..], &peers].concat(), what);
    }
    refused(&["node", &model, "--id", "A1", "--controlled"], "no assignment");
    // Somebody else's file where a log would go.
    let logs = folder.path().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::write(logs.join("A1.log"), "my notes").unwrap();
    refused(&["run", &model, "--logs", "logs"], "not a log of an earlier run");
    assert_eq!(std::fs::read_to_string(logs.join("A1.log")).unwrap(), "my notes");
    let peers = ["P1=7901", "P2=7902", "A2=7903", "A3=7904"].map(|peer| ["--peer", peer]).concat();
    let own = ["node", &model, "--id", "A1", "--bind", "0", "--log", "logs/A1.log", "--deadline", "50ms"];
    refused(&[&own[..], &peers[..]].concat(), "not a synod-log file");
    assert_eq!(std::fs::read_to_string(logs.join("A1.log")).unwrap(), "my notes");
    // A pipe, from which nothing ever comes.
    std::fs::remove_file(logs.join("A1.log")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(logs.join("A1.log")).status().unwrap().success());
    refused(&["run", &model, "--logs", "logs"], "not a log of an earlier run");
    // A report where a log is.
    refused(&["run", &model, "--logs", "more", "--json", "more/A1.log"], "there is no folder more");
    assert_eq!(synod(folder.path(), &["run", &model, "--logs", "more"]).status.code(), Some(0));
    let log = std::fs::read(folder.path().join("more/A1.log")).unwrap();
    refused(&["run", &model, "--logs", "more", "--json", "more/A1.log"], "no place for a report: a log is there");
    refused(&["conform", "more", "--json", "more/A1.log"], "no place for a report: a log is there");
    let [trace, own] = ["traces/own-adapted-2x3.run.json", "more/own-adapted-2x3.run.json"];
    std::fs::create_dir(folder.path().join("traces")).unwrap();
    refused(&["run", &model, "--logs", "more", "--json", own], "no place for a report: a trace goes there");
    refused(&["conform", "more", "--json", trace], "no place for a report: a trace goes there");
    refused(&["conform", "more", "--set", "bounds.acceptors=5"], "it changes a model, and no --model is given");
    refused(&["conform", "more", "--json", own], "no place for a report: a trace goes there");
    // A report where another run's log or another model is.
    refused(&["check", &model, "--json", "more/A1.log"], "no place for a report: a log is there");
    std::fs::copy(&model, folder.path().join("other.toml")).unwrap();
    refused(&["check", &model, "--markdown", "other.toml"], "no place for a report: it is a model file");
    refused(&["run", &model, "--tamper", "A1:xyz=1"], "unknown rule xyz, expected one of");
    // A report where the model is.
    for arguments in [
        &["run", &model, "--logs", "more", "--json", &model][..],
        &["conform", "more", "--model", &model, "--json", &model],
        &["stats", &model, "--json", &model],
        &["graph", &model, "--format", "dot", "--output", &model],
        &["replay", own, "--model", &model, "--format", "svg", "--output", &model],
    ] {
        refused(arguments, "no place for a report: it is a model file");
    }
    assert_eq!(synod(folder.path(), &["check", &model]).status.code(), Some(0));
    assert_eq!(std::fs::read(folder.path().join("more/A1.log")).unwrap(), log);
}

#[test]
fn a_run_in_progress_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let refused = |arguments: &[&str], place: &str| {
        let output = synod(folder.path(), arguments);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(place) && errors.contains("another run or node is using it"), "{errors}");
    };
    // A run in the folder of another that goes on.
    let mut child = lasting(folder.path(), &model);
    let reader = reader(&mut child);
    refused(&["run", &model], "runs/own-adapted-2x3");
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(reader.join().unwrap().contains("conforms "));
    // A run, or a second node, where a node is using its log.
    let peers = ["P1=7901", "P2=7902", "A2=7903", "A3=7904"].map(|peer| ["--peer", peer]).concat();
    let node = [&["node", &model, "--id", "A1", "--bind", "0", "--log", "logs/A1.log"][..], &peers].concat();
    let mut child = command(folder.path(), &node).stdout(Stdio::null()).spawn().unwrap();
    let log = folder.path().join("logs/A1.log");
    until("A1 is at work", || std::fs::metadata(&log).is_ok_and(|log| log.len() > 0));
    refused(&["run", &model, "--logs", "logs"], "logs/A1.log");
    refused(&node, "logs/A1.log");
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(synod(folder.path(), &["run", &model, "--logs", "logs"]).status.code(), Some(0));
}

#[test]
fn what_a_run_says_can_be_pasted_and_had_again() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let code = |arguments: &[&str]| synod(folder.path(), arguments).status.code();
    let logs = "a b/-c";
    // Logs of nodes that the next run does not have are of an earlier run as well.
    std::fs::create_dir(folder.path().join("a b")).unwrap();
    assert_eq!(code(&["run", &model, "--logs", logs, "--set", "bounds.acceptors=5"]), Some(0));
    assert_eq!(code(&["conform", logs, "--model", &model, "--set", "bounds.acceptors=5"]), Some(0));
    // Every rule that is tampered with counts. One proposer: against a second, A2 may never be asked to accept what it
    // promised.
    let rules = ["--tamper", "A2:accept_guard=greater", "--tamper", "A2:promise_guard=greater"];
    let alone = ["run", &model, "--logs", logs, "--set", "bounds.proposers=1"];
    let output = synod(folder.path(), &[&alone[..], &rules].concat());
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("path       synod conform 'a b/-c' --instance 0\n"), "{shown}");
    assert_eq!(code(&["conform", logs, "--instance", "0"]), Some(1));
    // Logs cannot bear every name.
    std::fs::copy(&model, folder.path().join("q\\n.toml")).unwrap();
    let output = synod(folder.path(), &["run", "q\\n.toml"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    assert!(text(&output.stderr).contains("is no name for logs"), "{}", text(&output.stderr));
    std::fs::copy(&model, folder.path().join("...toml")).unwrap();
    assert_eq!(code(&["run", "...toml"]), Some(2));
    std::fs::copy(&model, folder.path().join(".-x.toml")).unwrap();
    assert_eq!(code(&["run", ".-x.toml"]), Some(0));
}

#[test]
fn an_instance_that_is_cut_off_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let model = model(folder.path(), "adapted-2x3.toml");
    let late = ["run", &model, "--threads", "--deadline", "20ms", "--delay", "1h"];
    let output = synod(folder.path(), &late);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{shown}");
    assert!(shown.contains("undecided  no consensus yet when it was cut off\n"), "{shown}");
    let shown = text(&synod(folder.path(), &[&late[..], &["--decide", "3"]].concat()).stdout);
    assert!(shown.contains("0 of 1 instances of 3 planned (0.0 %); 0 aborted, 0 blocked, 1 cut off"), "{shown}");
}
