//! Saved traces: executed again, and refused where they do not fit.

use crate::support::{explore, model, read_trace, root, synod, text};
use proptest::prelude::*;
use serde_json::{json, Value};
use synod::check::Engine;
use synod::engine::Strategy as Order;

/// The trace of a value chosen twice by the simulator, as it is saved.
fn saved() -> Value {
    let model = model("simulator", &["bounds.proposals=[[1,5],[2,1]]"]);
    let checked = explore(&model, Engine::Components, Order::Bfs);
    let trace = checked.traces.iter().find(|trace| trace.property == "agreement").unwrap();
    serde_json::to_value(trace).unwrap()
}

fn refused(trace: &Value) -> String {
    let error = read_trace(&trace.to_string()).map(|_| ()).unwrap_err();
    error.to_string()
}

#[test]
fn a_saved_trace_replays_to_itself() {
    let trace = saved();
    let (again, _) = read_trace(&trace.to_string()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), trace);
    assert_eq!(again.steps.len(), 12);
}

#[test]
fn every_trace_of_every_environment_replays() {
    for settings in [
        &["bounds.proposers=2", "network.sends=stepwise"][..],
        &["bounds.proposers=2", "network.loss=true"],
        &["bounds.proposers=1", "network.duplication=true"],
        &["bounds.proposers=2", "network.delivery=ordered"],
        &["bounds.proposers=1", "faults.crashes=1"],
        &["bounds.proposers=1", "faults.crashes=1", "faults.recovery=true"],
        &["bounds.proposers=1", "protocol.rounds=2"],
    ] {
        let checked = explore(&model("adapted", settings), Engine::Components, Order::Bfs);
        assert!(!checked.traces.is_empty());
        for trace in checked.traces {
            let text = serde_json::to_string(&trace).unwrap();
            let (again, _) = read_trace(&text).unwrap_or_else(|e| panic!("{settings:?} {}: {e}", trace.property));
            assert_eq!(again, trace);
        }
    }
}

#[test]
fn a_trace_that_does_not_fit_its_model_is_refused() {
    let misfit = |edit: &dyn Fn(&mut Value)| {
        let mut trace = saved();
        edit(&mut trace);
        refused(&trace)
    };
    assert_eq!(
        misfit(&|t| t["model"]["protocol"]["variant"] = json!("adapted")),
        "t.json: the trace does not fit its model: step 5: \"A1 → P1  Promise(1, <1,5>)\" is not enabled here"
    );
    assert_eq!(
        misfit(&|t| t["steps"].as_array_mut().unwrap().truncate(11)),
        "t.json: the trace does not fit its model: the path does not show that agreement is violated"
    );
    assert_eq!(
        misfit(&|t| t["steps"][0]["change"]["after"] = json!("AAccepted <9,9>")),
        "t.json: the trace does not fit its model: step 1: A1 becomes APromised <1,5>, the trace says A1 becomes AAccepted <9,9>"
    );
    assert_eq!(
        misfit(&|t| t["steps"][0]["sent"] = json!([])),
        "t.json: the trace does not fit its model: step 1: the messages sent differ"
    );
    assert_eq!(
        misfit(&|t| t["initial"][0] = json!("PAbort")),
        "t.json: the trace does not fit its model: its initial state, property or verdict is not the model's"
    );
    assert_eq!(
        misfit(&|t| t["steps"][0]["action"]["deliver"]["to"] = json!("A9")),
        "t.json: the trace does not fit its model: step 1: \"P1 → A9  Prepare<1,5>\" is not enabled here"
    );
    assert_eq!(
        misfit(&|t| t["model"]["bounds"]["acceptors"] = json!(0)),
        "t.json: model: bounds.acceptors = 0, expected 1..=16"
    );
    assert_eq!(
        misfit(&|t| t["version"] = json!(7)),
        "t.json: format \"synod-trace\" version 7, expected \"synod-trace\" version 1 to 3"
    );
    let unknown = misfit(&|t| t["property"] = json!("agrement"));
    assert!(unknown.ends_with("did you mean \"agreement\"?"), "{unknown}");
}

#[test]
fn a_trace_of_another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.json"), saved().to_string()).unwrap();
    let other = root().join("models/single-decree/adapted-2x3.toml").display().to_string();
    let output = synod(folder.path(), &["replay", "t.json", "--model", &other]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        format!(
            "error: t.json: a trace of another model than {other}: single-decree simulator, 2 proposers <1,5> <2,1>, \
             2 acceptors, unordered network, not single-decree adapted, 2 proposers, 3 acceptors, unordered network\n"
        )
    );
}

#[test]
fn truncated_and_hostile_files_are_refused_with_their_line() {
    let whole = serde_json::to_string_pretty(&saved()).unwrap();
    let half = refused_text(&whole[..whole.len() / 2]);
    assert!(half.starts_with("t.json:") && half.contains("not a synod-trace file: EOF"), "{half}");
    assert_eq!(refused_text(""), "t.json:1: not a synod-trace file: EOF while parsing a value at line 1 column 0");
    let deep = "[".repeat(200_000);
    assert!(refused_text(&deep).contains("not a synod-trace file"));
    let nested = format!("{{\"model\":{}", "{\"a\":".repeat(100_000));
    assert!(refused_text(&nested).contains("not a synod-trace file"));
}

fn refused_text(text: &str) -> String {
    read_trace(text).map(|_| ()).unwrap_err().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever becomes of a trace file on its way, reading it ends in a trace or in an error that names the file.
    #[test]
    fn damaged_traces_never_panic(at in 0.0..1.0f64, length in 0usize..40, noise in ".{0,12}") {
        let mut text = serde_json::to_string(&saved_once()).unwrap();
        let start = text.char_indices().map(|(i, _)| i).take_while(|i| *i <= (at * text.len() as f64) as usize).last().unwrap();
        let end = text.char_indices().map(|(i, _)| i).find(|i| *i >= start + length).unwrap_or(text.len());
        text.replace_range(start..end, &noise);
        if let Err(error) = read_trace(&text) {
            prop_assert!(error.to_string().starts_with("t.json"));
        }
    }
}

fn saved_once() -> &'static Value {
    static SAVED: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    SAVED.get_or_init(saved)
}

/// A node that crashes and comes back so often, saved as a run's path is.
fn crashes(times: usize) -> Value {
    let model = model("adapted", &["bounds.proposers=2", "faults.crashes=1", "faults.recovery=true"]);
    let checked = explore(&model, Engine::Components, Order::Bfs);
    let mut trace = serde_json::to_value(&checked.traces[0]).unwrap();
    let step = |what: &str, before: &str, after: &str| json!({ "action": { what: { "node": "A1" } }, "change": { "node": "A1", "before": before, "after": after }, "sent": [] });
    let (crash, recover) = (step("crash", "AInit", "AInit (crashed)"), step("recover", "AInit (crashed)", "AInit"));
    let steps: Vec<_> = (0..times).flat_map(|_| [crash.clone(), recover.clone()]).collect();
    for (key, value) in [
        ("property", json!("run")),
        ("verdict", json!("conforms")),
        ("statement", json!("every logged event is a step of the model")),
        ("steps", json!(steps)),
    ] {
        trace[key] = value;
    }
    trace
}

#[test]
fn a_long_trace_replays_and_a_longer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.json");
    std::fs::write(&file, crashes(10_000).to_string()).unwrap();
    for format in ["text", "html"] {
        let output = synod(folder.path(), &["replay", "long.json", "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
        assert!(output.stdout.len() > 20_000, "{format}");
    }
    std::fs::write(&file, crashes(50_001).to_string()).unwrap();
    let output = synod(folder.path(), &["replay", "long.json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("long.json: 100002 steps, expected at most 100000"), "{said}");
}
