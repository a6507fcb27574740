//! A fixed report with a bit of everything: a counterexample, a wrong count, a vacuous property, an undecided model.

use serde_json::json;
use synod::engine::Identity;
use synod::model_file::{Demand, Wanted};
use synod::report::{Case, Counts, Measured, Pin, PropertyResult, Report, Standing, Verdict};
use synod::trace::{ActionRecord, Cause, Change, Reason, Step, Trace, FORMAT, VERSION};

/// A name with markup, quotes, a line break, a workflow command, a fence and characters that reorder text.
pub const HOSTILE: &str = "x<script>alert(1)</script>\"'&|`````\n::error::a,b%\u{202e}lave\u{202c}\u{200b}\u{1b}[31m";

/// The report; the first model has this name.
pub fn report(name: &str) -> Report {
    Report::new(vec![failing(name), undecided(), good()])
}

fn failing(name: &str) -> Case {
    let mut case = case(name, 22);
    case.properties = vec![
        PropertyResult {
            demand: Demand::Verdict(Wanted::Holds, Some(16)),
            standing: Standing::Unexpected,
            trace: Some(format!("traces/{name}.agreement.json")),
            trace_length: Some(2),
            shortest: Some(true),
            ..property("agreement", "no two chosen proposals differ in value", Verdict::Violated)
        },
        PropertyResult {
            vacuous: true,
            premise: Some("two votes with the same ballot"),
            ..property("i1", "two votes with the same ballot have the same value", Verdict::Holds)
        },
    ];
    case.pins = vec![
        Pin { name: "max_depth", expected: 6, expected_line: Some(29), found: Some(6), as_expected: true },
        Pin { name: "unique_states", expected: 23, expected_line: Some(26), found: Some(22), as_expected: false },
    ];
    case.traces = vec![trace(name)];
    judged(case)
}

fn undecided() -> Case {
    let mut case = case("large-3x5", 1_000_000);
    case.complete = false;
    case.stopped = "max-states";
    case.counts.max_depth = None;
    case.properties = vec![
        PropertyResult {
            demand: Demand::Verdict(Wanted::Holds, Some(12)),
            standing: Standing::Undecided,
            ..property("agreement", "no two chosen proposals differ in value", Verdict::Unknown)
        },
        PropertyResult {
            trace_length: Some(1),
            shortest: Some(false),
            kind: "sometimes",
            ..property("accepted", "some acceptor accepts a proposal", Verdict::Reached)
        },
    ];
    case.pins =
        vec![Pin { name: "unique_states", expected: 2, expected_line: Some(14), found: None, as_expected: false }];
    judged(case)
}

fn good() -> Case {
    let mut case = case("adapted-2x3", 2_677);
    case.counts.states_by_depth = Some(vec![1, 2, 40, 700, 1500, 400, 34]);
    case.properties = vec![property("agreement", "no two chosen proposals differ in value", Verdict::Holds)];
    judged(case)
}

pub fn judged(case: Case) -> Case {
    Case { as_expected: case.standing() == Standing::Expected, ..case }
}

pub fn case(name: &str, states: u128) -> Case {
    Case {
        model: name.into(),
        file: format!("models/{name}.toml"),
        set: Vec::new(),
        description: format!("single-decree adapted, called {name}"),
        notes: Vec::new(),
        protocol: json!({
            "family": "single-decree", "variant": "adapted", "rules": { "accept_guard": "always" }, "rounds": 1
        }),
        bounds: json!({ "proposers": 2, "acceptors": 3, "learners": 0 }),
        network: json!({ "delivery": "unordered" }),
        faults: json!({ "crashes": 0 }),
        engine: "components",
        identity: Identity::Value,
        strategy: "bfs",
        complete: true,
        stopped: "exhausted",
        counts: Counts {
            unique_states: states,
            generated_states: states * 3,
            terminal_states: 3,
            max_depth: Some(6),
            states_by_depth: None,
        },
        as_expected: true,
        pins: Vec::new(),
        properties: Vec::new(),
        run: Some(Measured {
            threads: 2,
            seconds: 0.25,
            peak_memory_bytes: Some(12_582_912),
            engine_because: None,
            resumed: None,
            processes: None,
        }),
        audit: None,
        traces: Vec::new(),
    }
}

pub fn property(name: &'static str, statement: &'static str, verdict: Verdict) -> PropertyResult {
    PropertyResult {
        name,
        kind: "always",
        statement,
        source: "thesis 2.2",
        premise: None,
        verdict,
        vacuous: false,
        demand: Demand::LeftOut,
        standing: Standing::Expected,
        evidence: Vec::new(),
        cause: Vec::new(),
        precedence: 0,
        trace: None,
        trace_length: None,
        shortest: None,
    }
}

/// Two steps; the second one's state holds the name.
fn trace(name: &str) -> Trace {
    let step = |action, after: &str| Step {
        action,
        alike: 0,
        change: Some(Change { node: "P1".into(), before: "PInit".into(), after: after.into() }),
        sent: Vec::new(),
    };
    Trace {
        format: FORMAT.into(),
        version: VERSION,
        name: name.into(),
        description: "a model".into(),
        model: json!({}),
        property: "agreement".into(),
        verdict: "violated".into(),
        statement: "no two chosen proposals differ in value".into(),
        shortest: true,
        evidence: vec![Reason::new("<1,1> chosen by A1 since step 1", [1])],
        cause: Some(Cause {
            reference: "adapted".into(),
            step: Some(2),
            rules: vec!["accept_guard".into()],
            reasons: vec![Reason::new("step 2: P1 crashes; with accept_guard = at-least it would not", [2])],
            beside: Vec::new(),
        }),
        found_by: None,
        shrunk_from: None,
        nodes: vec!["P1".into(), "A1".into()],
        initial: vec!["PInit".into(), "AInit".into()],
        in_flight: Vec::new(),
        steps: vec![
            step(ActionRecord::Timeout { node: "P1".into(), what: "sends Prepare<1,1> to A1".into() }, "PSentPrep"),
            step(ActionRecord::Crash { node: "P1".into() }, name),
        ],
        repeats: 0,
    }
}
