//! `synod graph` and `synod stats`: whole, marked, escaped, and limited.

use crate::support;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use synod::graph::{dot, Graph, StateNode, Transition};

fn synod(arguments: &[&str]) -> Output {
    support::synod(support::root(), arguments)
}

fn stdout(arguments: &[&str]) -> String {
    let output = synod(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&stdout(arguments)).expect("JSON")
}

/// The SVG that graphviz makes of a graph.
pub fn drawn(dot: &str) -> String {
    let command =
        Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = command.expect("the graph tests lack graphviz: run tests/setup.sh");
    child.stdin.take().expect("it is piped").write_all(dot.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn graphviz_draws_every_state_and_every_transition() {
    for file in [
        "models/mutations/adapted-continue-choice-own-2x1.toml",
        "models/mutations/simple-effect-forget-2x1.toml",
        "models/single-decree/adapted-1x3.toml",
        "models/single-decree/adapted-1x1-duplication.toml",
    ] {
        let graph = json(&["graph", file, "--format", "json"]);
        let svg = drawn(&stdout(&["graph", file, "--format", "dot"]));
        let drawn = |class: &str| svg.matches(&format!("class=\"{class}\"")).count();
        assert_eq!(drawn("node"), graph["states"].as_array().expect("a list").len(), "{file}");
        assert_eq!(drawn("edge"), graph["transitions"].as_array().expect("a list").len(), "{file}");
        let violating = graph["states"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|state| state["violates"] != Value::Array(vec![]));
        assert_eq!(svg.matches("fill=\"#ffd6d6\"").count(), violating.count(), "{file}");
    }
}

#[test]
fn a_graph_marks_what_violates_and_where_the_model_starts_and_ends() {
    let graph = json(&["graph", "models/mutations/adapted-continue-choice-own-2x1.toml", "--format", "json"]);
    let states = graph["states"].as_array().expect("a list");
    assert_eq!(states.len(), 22);
    let violating: Vec<_> =
        states.iter().filter(|state| !state["violates"].as_array().expect("a list").is_empty()).collect();
    assert_eq!(violating.len(), 1);
    assert_eq!(violating[0]["violates"], serde_json::json!(["i2", "i2-formula", "agreement", "one-value"]));
    assert_eq!(violating[0]["locals"][2], "AAccepted <2,2> votes=<1,1>,<2,2>");
    assert_eq!(violating[0]["depth"], 6);
    assert_eq!(states.iter().filter(|state| state["initial"] == true).count(), 1);
    assert_eq!(states.iter().filter(|state| state["terminal"] == true).count(), 3);
}

#[test]
fn a_model_too_large_for_a_graph_is_refused() {
    let model = "models/single-decree/adapted-2x3.toml";
    let output = synod(&["graph", model, "--format", "dot"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("more than 2000 states") && said.contains("--max-states"), "{said}");
    let whole = json(&["graph", model, "--format", "json", "--max-states", "2677"]);
    assert_eq!(whole["states"].as_array().expect("a list").len(), 2677);
    assert_eq!(synod(&["graph", model, "--format", "dot", "--max-states", "2676"]).status.code(), Some(2));
    assert_eq!(synod(&["graph", model, "--format", "dot", "--max-states", "100001"]).status.code(), Some(2));
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "\"]; <script>alert('&lt;')</script> \\n \\ \n \u{202e}x\u{7} & é";
    let state = |id| StateNode {
        id,
        depth: id,
        initial: id == 0,
        terminal: id == 1,
        locals: vec![hostile.into()],
        in_flight: vec![hostile.into()],
        violates: vec![],
        reaches: vec![],
    };
    let svg = drawn(&dot::render(&Graph {
        format: "synod-graph",
        version: 1,
        model: hostile.into(),
        description: hostile.into(),
        nodes: vec![hostile.into()],
        properties: vec![],
        states: vec![state(0), state(1)],
        transitions: vec![Transition { from: 0, to: 1, action: hostile.into(), violates: vec![] }],
    }));
    assert!(!svg.contains("<script>"));
    assert!(svg.contains("&lt;script&gt;") && svg.contains("&amp;lt;"), "{svg}");
    assert_eq!(svg.matches("class=\"node\"").count(), 2);
}

#[test]
fn statistics_agree_with_the_pinned_counts() {
    for (file, unique, generated, terminal, depth) in [
        ("models/single-decree/adapted-2x3.toml", 2677, 9070, 52, 15),
        ("models/mutations/adapted-continue-choice-own-2x1.toml", 22, 29, 3, 6),
    ] {
        let statistics = json(&["stats", file, "--json", "-"]);
        let sum = |key: &str, of: &str| -> u64 {
            statistics[key].as_array().expect("a list").iter().map(|row| row[of].as_u64().expect("a number")).sum()
        };
        let by_depth: Vec<u64> = serde_json::from_value(statistics["states_by_depth"].clone()).expect("numbers");
        assert_eq!((statistics["states"].as_u64(), by_depth.iter().sum::<u64>()), (Some(unique), unique), "{file}");
        assert_eq!(statistics["transitions"].as_u64(), Some(generated - 1), "{file}");
        assert_eq!(sum("kinds", "times"), generated - 1, "every transition is of one kind: {file}");
        assert_eq!(statistics["terminal_states"].as_u64(), Some(terminal), "{file}");
        assert_eq!(by_depth.len(), depth + 1, "{file}");
    }
}

#[test]
fn statistics_warn_of_what_never_fires() {
    let warnings = |arguments: &[&str]| -> Vec<String> {
        let text = stdout(&[&["stats"], arguments].concat());
        let warned = text.lines().filter_map(|line| line.strip_prefix("warning"));
        warned.map(|rest| rest.trim().trim_start_matches("never fires: ").to_string()).collect()
    };
    let adapted = warnings(&["models/single-decree/adapted-2x3.toml"]);
    assert_eq!(adapted, ["a Promise that reports a proposal arrives", "a proposer adopts a reported value"]);
    assert_eq!(warnings(&["models/single-decree/simple-2x3.toml"]), [""; 0]);
    let one = warnings(&["models/single-decree/adapted-1x3.toml"]);
    assert!(one.contains(&"Nack delivered".to_string()) && one.contains(&"an acceptor refuses an Accept".to_string()));
}

#[test]
fn statistics_cut_short_warn_of_nothing() {
    let output = synod(&["stats", "models/single-decree/adapted-2x3.toml", "--max-states", "100"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3));
    assert!(text.contains("INCOMPLETE") && text.contains("unknown") && !text.contains("warning"), "{text}");
}
