//! Properties of executions of whole models: against the naive checker, as traces, and where they are refused.

use crate::differential::environment_setup;
use crate::naive_environments::ends;
use crate::support::{model, options, read_trace, synod, text, ModelFile};
use std::sync::Arc;
use synod::check::{check, CheckError, Checked, Engine};
use synod::engine::{Control, Limits, Strategy};
use synod::report::Verdict;

const PROPERTIES: &str =
    "check.properties=[\"can-decide\",\"can-decide-with-proposers\",\"decides\",\"decides-with-proposers\"]";

fn ask(variant: &str, settings: &[&str]) -> ModelFile {
    model(variant, &[&["bounds.proposers=2", "bounds.acceptors=3", PROPERTIES][..], settings].concat())
}

fn checked(model: &ModelFile) -> Checked {
    let options = options(Engine::Components, Strategy::Bfs);
    check(model, &options, &Arc::new(Control::default())).unwrap_or_else(|error| panic!("{error}"))
}

/// The lengths of the stems of the counterexamples, in the order of the properties.
fn stems(checked: &Checked) -> Vec<Option<usize>> {
    let stem = |name: &str| {
        let trace = checked.traces.iter().find(|trace| trace.property == name)?;
        Some(trace.steps.len() - trace.repeats)
    };
    checked.case.properties.iter().map(|found| stem(found.name)).collect()
}

/// The environments in which an execution that takes a step without a fault comes to an end.
const ENVIRONMENTS: [&[&str]; 4] = [
    &[],
    &["faults.crashes=1"],
    &["network.loss=true", "bounds.acceptors=2"],
    &["faults.crashes=1", "faults.recovery=true", "faults.storage=nothing", "bounds.acceptors=2"],
];

#[test]
fn decisions_are_as_inevitable_as_naively() {
    let (mut hold, mut fail) = (0, 0);
    for variant in ["adapted", "simple"] {
        for settings in ENVIRONMENTS {
            let model = ask(variant, settings);
            let setup = environment_setup(&model.spec).unwrap();
            let ((can, will), (can_with, will_with)) = (ends(&setup, true), ends(&setup, false));
            let found = checked(&model);
            assert_eq!(stems(&found), [can, can_with, will, will_with], "{variant} {settings:?}");
            for (result, stem) in found.case.properties.iter().zip(stems(&found)) {
                assert_eq!(result.verdict, if stem.is_some() { Verdict::Violated } else { Verdict::Holds });
                (hold, fail) = (hold + usize::from(stem.is_none()), fail + usize::from(stem.is_some()));
            }
        }
    }
    assert!(hold > 5 && fail > 10, "{hold} {fail}");
}

/// One crashed acceptor blocks a protocol that waits for all of them. A minority does not block one that waits for a
/// majority, as long as its proposers are up. With loss nothing is inevitable.
#[test]
fn what_is_known_of_crashes_and_losses_is_so() {
    let verdicts = |variant: &str, settings: &[&str]| -> Vec<bool> {
        let found = checked(&ask(variant, settings));
        found.case.properties.iter().map(|result| result.verdict == Verdict::Holds).collect()
    };
    assert_eq!(verdicts("simple", &[]), [true; 4]);
    assert_eq!(verdicts("simple", &["faults.crashes=1"]), [false, true, false, true]);
    assert_eq!(verdicts("simple", &["bounds.proposers=1", "faults.crashes=2"]), [false; 4]);
    assert_eq!(verdicts("adapted", &["bounds.proposers=1"]), [true; 4]);
    assert_eq!(verdicts("adapted", &["bounds.proposers=1", "faults.crashes=1"]), [false; 4]);
    for variant in ["simple", "adapted"] {
        let lossy = verdicts(variant, &["bounds.proposers=1", "network.loss=true"]);
        assert_eq!((lossy[2], lossy[3]), (false, false));
    }
    // The acceptor that is down is the first step of the witness.
    let found = checked(&ask("adapted", &["bounds.proposers=1", "faults.crashes=1"]));
    let trace = found.traces.iter().find(|trace| trace.property == "can-decide-with-proposers").unwrap();
    assert_eq!((trace.steps.len(), trace.repeats), (1, 0));
    assert!(trace.to_json().contains("\"crash\"") && trace.to_json().contains("\"A1\""));
}

/// A duplicating network, in which everything refused is refused for ever.
fn looping() -> (ModelFile, Checked) {
    let model = model(
        "adapted",
        &["bounds.proposers=2", "bounds.acceptors=2", "network.duplication=true", "check.properties=[\"decides\"]"],
    );
    let found = checked(&model);
    (model, found)
}

#[test]
fn a_lasso_is_recorded_replayed_and_drawn() {
    let (_, found) = looping();
    let [trace] = &found.traces[..] else { panic!("one property, one trace") };
    assert!(trace.repeats > 1, "{trace:?}");
    let (again, _) = read_trace(&trace.to_json()).unwrap();
    assert_eq!(again, *trace);
    let steps = trace.steps.len();
    let said = format!(
        "steps {} to {steps} lead back to the state after step {}",
        steps - trace.repeats + 1,
        steps - trace.repeats
    );
    assert!(trace.evidence[0].text.starts_with(&said), "{:?}", trace.evidence);
    let shown = synod::trace::render_columns(trace, 100);
    assert_eq!(shown.matches('↻').count(), trace.repeats);
    let read: itf::Trace<crate::render::State> = itf::trace_from_str(&synod::trace::render_itf(trace)).unwrap();
    assert_eq!(read.loop_index, Some((steps - trace.repeats + 1) as u64));
    assert!(shown.contains(&format!("{steps}↻")), "{shown}");
    let svg = synod::trace::render_svg(trace);
    let parsed = roxmltree::Document::parse(&svg).unwrap();
    let drawn = parsed.descendants().filter(|node| node.attribute("class") == Some("repetition"));
    assert_eq!(drawn.count(), 1);
    let mermaid = synod::trace::render_mermaid(trace);
    assert_eq!(
        (mermaid.matches("loop for ever").count(), mermaid.matches("rect ").count() + 1),
        (1, mermaid.matches("\n    end").count())
    );
    let page = synod::trace::html::page(trace);
    assert!(page.contains("class=\"repetition\""));
}

/// What is no counterexample is not read as one.
#[test]
fn a_lasso_that_is_none_is_refused() {
    let (_, found) = looping();
    let trace = &found.traces[0];
    let refused = |change: &dyn Fn(&mut synod::trace::Trace)| {
        let mut changed = trace.clone();
        change(&mut changed);
        read_trace(&changed.to_json()).unwrap_err().to_string()
    };
    let shorter = refused(&|trace| trace.repeats -= 1);
    assert!(shorter.contains("do not lead back to where they begin"), "{shorter}");
    let none = refused(&|trace| trace.repeats = 0);
    assert!(none.contains("stays possible and is never taken"), "{none}");
    let more = refused(&|trace| trace.repeats = 1000);
    assert!(more.contains("1000 steps repeat"), "{more}");
    let other = refused(&|trace| trace.property = "can-decide".into());
    assert!(other.contains("nothing repeats where nothing has to happen"), "{other}");
    // At first everything can still happen, and something has to.
    for (property, why) in [
        ("can-decide", "what can-decide says can still happen after the last step"),
        ("decides", "stays possible and is never taken"),
    ] {
        let first = refused(&|trace| {
            (trace.repeats, trace.property) = (0, property.into());
            trace.steps.clear();
        });
        assert!(first.contains(why), "{first}");
    }
}

#[test]
fn properties_of_executions_are_checked_where_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |expect: &str| {
        let file =
            "protocol = { family = \"single-decree\", variant = \"simple\" }\n[bounds]\nproposers = 2\nacceptors = 2\n";
        std::fs::write(folder.path().join("m.toml"), format!("{file}{expect}")).unwrap();
    };
    let run = |arguments: &[&str]| {
        let output = synod(folder.path(), &[&["check", "m.toml"], arguments].concat());
        (output.status.code().unwrap(), text(&output.stdout) + &text(&output.stderr))
    };
    write("");
    let (code, shown) = run(&[]);
    assert!(code == 0 && !shown.contains("decides"), "{shown}");
    write("[expect]\ndecides = \"holds\"\ncan-decide = \"holds\"\n");
    let (code, shown) = run(&[]);
    assert!(code == 0 && shown.contains("can-decide, decides"), "{shown}");
    // A limit leaves what is demanded open.
    let (code, shown) = run(&["--max-states", "50"]);
    assert!(code == 3 && shown.contains("unknown"), "{shown}");
    let (code, shown) = run(&["--set", "network.loss=true"]);
    assert!(code == 1 && shown.contains("decides") && shown.contains("expected holds"), "{shown}");
    for engine in ["symbolic", "stateright"] {
        let (code, shown) = run(&["--engine", engine]);
        let why = "\"can-decide\" is about executions, which need the whole state graph: --engine components has it";
        assert!(code == 2 && shown.contains(why), "{code} {shown}");
    }
    write("[expect]\ndecides = \"reached\"\n");
    let (code, shown) = run(&[]);
    assert!(code == 2 && shown.contains("expected one of holds, violated"), "{shown}");
}

#[test]
fn limits_leave_executions_undecided() {
    let model = ask("simple", &[]);
    for limits in [
        Limits { max_states: Some(100), ..Limits::default() },
        Limits { max_depth: Some(3), ..Limits::default() },
        Limits { timeout: Some(std::time::Duration::ZERO), ..Limits::default() },
    ] {
        let options = synod::check::Options { limits, ..options(Engine::Components, Strategy::Bfs) };
        let found = check(&model, &options, &Arc::new(Control::default())).unwrap();
        assert!(found.case.properties.iter().all(|result| result.verdict == Verdict::Unknown));
        assert!(found.traces.is_empty());
    }
    let options = options(Engine::Symbolic, Strategy::Bfs);
    let refused = check(&model, &options, &Arc::new(Control::default()));
    assert!(matches!(refused, Err(CheckError::Refused(_))));
}
