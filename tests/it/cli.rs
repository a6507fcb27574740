//! The program from outside: exit codes, limits, interrupts, closed pipes, JSON.

use crate::support::{command, root, synod, text};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ADAPTED: &str = "models/single-decree/adapted-2x3.toml";

fn model(name: &str) -> String {
    root().join("models").join(name).display().to_string()
}

fn json(folder: &Path, arguments: &[&str]) -> (Value, Option<i32>) {
    let output = synod(folder, arguments);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    (report, output.status.code())
}

#[test]
fn check_ends_with_the_verdict_and_writes_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let output = synod(folder.path(), &["check", &model("single-decree/simulator-2x3-values-5-1.toml")]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("VIOLATED   agreement (16 steps): no two chosen proposals differ in value\n"), "{shown}");
    assert!(shown.ends_with("is as expected\n"), "{shown}");
    let trace = folder.path().join("traces/simulator-2x3-values-5-1.agreement.json");
    assert!(trace.is_file());
    let replayed = synod(folder.path(), &["replay", &trace.display().to_string()]);
    assert_eq!(replayed.status.code(), Some(0), "{}", text(&replayed.stderr));
    let last = "replayed   every step is enabled on stateright's model, and agreement is violated at the end\n";
    assert!(text(&replayed.stdout).ends_with(last), "{}", text(&replayed.stdout));
}

#[test]
fn the_json_report_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (report, code) = json(folder.path(), &["check", &model("single-decree/adapted-2x3.toml"), "--json", "-"]);
    assert_eq!(code, Some(0));
    assert_eq!(report["schema"], 2);
    assert_eq!(report["as_expected"], true);
    let case = &report["cases"][0];
    assert_eq!(case["model"], "adapted-2x3");
    assert_eq!(case["protocol"]["family"], "single-decree");
    assert_eq!(case["protocol"]["variant"], "adapted");
    assert_eq!((&case["protocol"]["rounds"], &case["protocol"]["rules"]), (&1.into(), &serde_json::json!({})));
    assert_eq!(case["bounds"], serde_json::json!({ "proposers": 2, "acceptors": 3, "learners": 0 }));
    assert_eq!(case["engine"], "components");
    assert_eq!(case["strategy"], "bfs");
    assert_eq!(case["complete"], true);
    assert_eq!(case["stopped"], "exhausted");
    let counts = serde_json::json!({
        "unique_states": 2677, "generated_states": 9070, "terminal_states": 52, "max_depth": 15
    });
    for (name, count) in counts.as_object().unwrap() {
        assert_eq!(&case["counts"][name], count, "{name}");
    }
    let property =
        |name: &str| case["properties"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone();
    let agreement = property("agreement");
    assert_eq!((&agreement["demanded"], &agreement["expected"]), (&true.into(), &"non-vacuous".into()));
    assert!(agreement["evidence"].is_array());
    assert_eq!((&agreement["kind"], &agreement["verdict"]), (&"always".into(), &"holds".into()));
    assert_eq!((&agreement["vacuous"], &agreement["as_expected"]), (&false.into(), &true.into()));
    assert_eq!((&agreement["trace"], &agreement["trace_length"]), (&Value::Null, &Value::Null));
    assert_eq!((&property("i2")["verdict"], &property("i2")["vacuous"]), (&"holds".into(), &true.into()));
    assert_eq!((&property("chosen")["verdict"], &property("chosen")["trace_length"]), (&"reached".into(), &8.into()));
    assert_eq!(property("chosen")["trace"], "traces/adapted-2x3.chosen.json");
    for volatile in ["threads", "seconds", "peak_memory_bytes"] {
        assert!(case["run"][volatile].is_number(), "{volatile}");
    }
}

#[test]
fn an_edited_expectation_is_named_with_file_property_expected_and_found() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = std::fs::read_to_string(root().join(ADAPTED)).unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    let file = folder.path().join("models/edited.toml");
    let line = |text: &str, start: &str| 1 + text.lines().position(|line| line.starts_with(start)).unwrap();
    for (from, to, name, expected, found) in [
        ("agreement       = \"non-vacuous\"", "agreement = \"violated\"", "agreement", "violated", "holds"),
        ("i2              = \"vacuous\"", "i2 = \"non-vacuous\"", "i2", "non-vacuous", "vacuous"),
        ("unique_states   = 2677", "unique_states = 2678", "unique_states", "2678", "2677"),
        ("adopted         = \"unreached\"", "adopted = \"reached\"", "adopted", "reached", "unreached"),
    ] {
        let edited = shipped.replace(from, to);
        assert_ne!(edited, shipped, "{from} is in the file");
        std::fs::write(&file, &edited).unwrap();
        let output = synod(folder.path(), &["suite"]);
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        let line = line(&edited, name);
        let surprise = format!("models/edited.toml:{line}: {name} expected {expected}, found {found}\n");
        assert!(shown.contains(&surprise), "{surprise}{shown}");
    }
}

#[test]
fn without_expectations_the_defaults_gate() {
    let folder = tempfile::tempdir().unwrap();
    let head =
        "protocol = { family = \"single-decree\", variant = \"simple\" }\nbounds = { proposers = 2, acceptors = 2 }\n";
    let code = |rest: &str| {
        std::fs::write(folder.path().join("m.toml"), format!("{head}{rest}")).unwrap();
        synod(folder.path(), &["check", "m.toml", "--quiet"]).status.code()
    };
    assert_eq!(code("check = { properties = [\"agreement\", \"chosen\"] }"), Some(0));
    // blocked is unreached, and not what a protocol is for: it gates only where a model file says so.
    let checked = "check = { properties = [\"agreement\", \"blocked\"] }";
    assert_eq!(code(checked), Some(0));
    assert_eq!(code(&format!("{checked}\nexpect = {{ unique_states = 144 }}")), Some(0));
    assert_eq!(code(&format!("{checked}\nexpect = {{ unique_states = 145 }}")), Some(1));
    assert_eq!(code(&format!("{checked}\nexpect = {{ blocked = \"reached\" }}")), Some(1));
    assert_eq!(code("expect = { agreement = \"holds\", unique_states = 144 }"), Some(0));
}

#[test]
fn a_limit_ends_with_3_and_proves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/simple-2x3.toml");
    for engine in ["stateright", "components"] {
        for (limit, stopped) in [
            (["--max-states", "1000"], "max-states"),
            (["--max-depth", "5"], "max-depth"),
            (["--timeout", "1ns"], "timeout"),
        ] {
            let arguments = [&["check", &file, "--json", "-", "--engine", engine], &limit[..]].concat();
            let (report, code) = json(folder.path(), &arguments);
            assert_eq!(code, Some(3), "{engine} {limit:?}");
            let case = &report["cases"][0];
            assert_eq!(case["stopped"], stopped, "{engine}");
            assert_eq!((&case["complete"], &report["as_expected"]), (&false.into(), &false.into()));
            for property in case["properties"].as_array().unwrap() {
                let verdict = property["verdict"].as_str().unwrap();
                assert!(["unknown", "violated", "reached"].contains(&verdict), "{engine} {limit:?} {property}");
                assert_eq!(property["vacuous"], false);
            }
        }
    }
}

#[test]
fn a_certain_surprise_wins_over_incompleteness() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "protocol = { family = \"single-decree\", variant = \"simple\" }\nbounds = { proposers = 2, acceptors = 3 }\n\
                expect = { i2-formula = \"holds\" }\n";
    std::fs::write(folder.path().join("m.toml"), text).unwrap();
    assert_eq!(synod(folder.path(), &["check", "m.toml", "--max-depth", "12"]).status.code(), Some(1));
    assert_eq!(synod(folder.path(), &["check", "m.toml", "--max-depth", "6"]).status.code(), Some(3));
}

#[test]
fn an_interrupt_ends_the_run_with_its_counts() {
    for engine in ["stateright", "components"] {
        let folder = tempfile::tempdir().unwrap();
        let large = ["--set", "bounds.proposers=5", "--set", "bounds.acceptors=5"];
        let file = model("single-decree/simple-2x3.toml");
        let arguments = [&["check", &file, "--engine", engine, "--json", "-"], &large[..]].concat();
        let mut child = command(folder.path(), &arguments).stdout(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        let interrupted = Instant::now();
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut shown = String::new();
        child.stdout.take().unwrap().read_to_string(&mut shown).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(3), "{engine}: {shown}");
        assert!(interrupted.elapsed() < Duration::from_secs(30), "{engine} took {:?}", interrupted.elapsed());
        let report: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(report["cases"][0]["stopped"], "interrupted");
        assert!(report["cases"][0]["counts"]["unique_states"].as_u64().unwrap() > 1000, "{engine}: {shown}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    for arguments in [&["list"][..], &["check", &model("single-decree/adapted-2x3.toml")], &["--help"]] {
        let folder = tempfile::tempdir().unwrap();
        let mut child =
            command(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take()); // the reader goes before the first word is written
        let mut complaint = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments:?}: {complaint}");
        assert_eq!(complaint, "", "{arguments:?}");
    }
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let violated = model("mutations/simple-choice-own-2x1.toml");
    for arguments in [
        &["check", &violated, "--set", "expect={ agreement = 'holds' }"][..],
        &["check", &violated, "--set", "expect={ agreement = 'holds' }", "--json", "-"],
        &["check", &violated, "--set", "expect={ agreement = 'holds' }", "--quiet", "--github"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut child =
            command(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{arguments:?}");
    }
}

#[test]
fn a_pinned_depth_is_undecided_after_a_depth_first_search() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/adapted-2x3.toml");
    for engine in ["stateright", "components"] {
        let arguments = ["check", &file, "--engine", engine, "--strategy", "dfs", "--json", "-"];
        let (report, code) = json(folder.path(), &arguments);
        assert_eq!((code, &report["as_expected"]), (Some(3), &false.into()), "{engine}");
        assert_eq!(report["cases"][0]["complete"], true);
    }
}

#[test]
fn limits_are_kept_where_states_have_very_many_successors() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/simple-2x3.toml");
    let large = ["bounds.proposers=16", "bounds.acceptors=16", "network.loss=true", "protocol.rounds=16"];
    let mut arguments = vec!["check", &file, "--timeout", "1s", "--json", "-"];
    large.iter().for_each(|setting| arguments.extend(["--set", setting]));
    let started = Instant::now();
    let (report, code) = json(folder.path(), &arguments);
    assert_eq!((code, &report["cases"][0]["stopped"]), (Some(3), &"timeout".into()));
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

#[test]
fn output_is_plain_when_piped_and_quiet_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let output = synod(folder.path(), &["check", &model("single-decree/simple-2x3.toml")]);
    assert!(!text(&output.stdout).contains('\u{1b}'), "no colour in a pipe");
    assert_eq!(text(&output.stderr), "", "no progress in a pipe");
    let quiet = synod(folder.path(), &["check", &model("single-decree/simple-2x3.toml"), "--quiet"]);
    assert_eq!((text(&quiet.stdout), quiet.status.code()), (String::new(), Some(0)));
}

#[test]
fn reports_are_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    std::fs::write(&report, "the report before").unwrap();
    let refused = synod(folder.path(), &["check", "none.toml", "--json", "report.json"]);
    assert_eq!(refused.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "the report before");
    let done = synod(folder.path(), &["check", &model("single-decree/adapted-1x3.toml"), "--json", "report.json"]);
    assert_eq!(done.status.code(), Some(0));
    assert!(serde_json::from_str::<Value>(&std::fs::read_to_string(&report).unwrap()).is_ok());
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "the report and the traces, nothing temporary: {names:?}");
}

#[test]
fn list_names_every_variant_rule_and_property() {
    let shown = text(&synod(root(), &["list"]).stdout);
    for variant in synod::protocols::single_decree::VARIANTS {
        assert!(shown.contains(variant.name) && shown.contains(variant.source.split(',').next().unwrap()));
    }
    for (rule, ..) in synod::protocols::single_decree::rules::RULES {
        assert!(shown.contains(rule), "{rule}");
    }
    for property in synod::protocols::single_decree::properties::PROPERTIES {
        assert!(shown.contains(property.name), "{}", property.name);
    }
}

#[test]
fn reports_and_traces_are_the_same_at_any_number_of_threads() {
    for name in
        ["single-decree/simple-2x3.toml", "single-decree/adapted-2x3-recovery.toml", "single-decree/simple-3x3.toml"]
    {
        let run = |threads: &str| {
            let folder = tempfile::tempdir().unwrap();
            let arguments = ["check", &model(name), "--threads", threads, "--json", "-"];
            let (mut report, code) = json(folder.path(), &arguments);
            assert_eq!(code, Some(0));
            assert!(report["cases"][0].as_object_mut().unwrap().remove("run").is_some());
            let mut traces: Vec<_> = std::fs::read_dir(folder.path().join("traces"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.file_name().unwrap().to_owned(), std::fs::read(&path).unwrap()))
                .collect();
            traces.sort();
            (report.to_string(), traces)
        };
        let alone = run("1");
        assert!(!alone.1.is_empty());
        for threads in ["2", "4"] {
            assert!(alone == run(threads), "{name} with {threads} threads");
        }
    }
}

/// A model that is not explored to its end.
const HUGE: [&str; 4] = ["--set", "bounds.proposers=5", "--set", "bounds.acceptors=5"];

/// With a stack of this size no thread can be had.
fn without_threads(folder: &Path, arguments: &[&str]) -> std::process::Output {
    command(folder, arguments).env("RUST_MIN_STACK", (1u64 << 60).to_string()).output().unwrap()
}

#[test]
fn a_system_without_threads_is_no_reason_to_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (model("single-decree/simple-2x3.toml"), model("single-decree/adapted-2x3.toml"));
    for arguments in [
        &["check", &one, &other, "--threads", "4"][..],
        &["check", &one, &other, "--threads", "1"],
        &["simulate", &one, "--threads", "4", "--runs", "3000"],
        &["stats", &other],
    ] {
        let output = without_threads(folder.path(), arguments);
        let said = text(&output.stderr);
        let code = if arguments[0] == "simulate" { Some(3) } else { Some(0) };
        assert_eq!(output.status.code(), code, "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
        let is_told = said.lines().filter(|line| line.contains("the work goes on with one")).count();
        assert_eq!(is_told, usize::from(arguments.contains(&"4")), "{arguments:?}: {said}");
    }
    for arguments in [
        &["check", &one, "--engine", "stateright"][..],
        &["run", &one],
        &["run", &one, "--threads"],
        &["explore", &one],
    ] {
        let output = without_threads(folder.path(), arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains("error: ") && said.contains("thread"), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_run_that_no_one_reads_ends_soon_and_quietly() {
    let (small, other) = (model("single-decree/simple-2x3.toml"), model("single-decree/adapted-2x3.toml"));
    for command_line in [
        &[&["check", &small, &other][..], &HUGE].concat()[..],
        &[&["check", &small, "--engine", "stateright"][..], &HUGE].concat(),
        &[&["simulate", &small, "--runs", "1000000000"][..], &HUGE].concat(),
        &["run", &small, "--decide", "100000", "--deadline", "1h"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut child =
            command(folder.path(), command_line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let started = Instant::now();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(3), "{command_line:?}: {said}");
        assert_eq!(said, "", "{command_line:?}");
        assert!(started.elapsed() < Duration::from_secs(30), "{command_line:?} took {:?}", started.elapsed());
    }
}

#[test]
fn states_are_told_apart_as_the_command_line_says() {
    let folder = tempfile::tempdir().unwrap();
    let (model, models) = (model("single-decree/adapted-2x3.toml"), model("single-decree"));
    for (flags, engine, identity) in [
        (&["--identity", "hash"][..], "whole", Some("hash")),
        (&["--identity", "value"], "components", None),
        (&["--engine", "whole"], "whole", None),
        (&["--engine", "stateright"], "stateright", Some("hash")),
    ] {
        let arguments: Vec<_> = ["check", &model, "--json", "-"].into_iter().chain(flags.iter().copied()).collect();
        let (report, code) = json(folder.path(), &arguments);
        let case = &report["cases"][0];
        assert_eq!((code, case["engine"].as_str(), case["identity"].as_str()), (Some(0), Some(engine), identity));
        assert_eq!(case["counts"]["unique_states"], 2677, "{flags:?}");
    }
    for (flags, expected) in [
        (["--engine", "components", "--identity", "hash"], "--identity hash: components and decision diagrams tell"),
        (["--engine", "symbolic", "--identity", "hash"], "expected --engine auto, whole or stateright"),
        (["--engine", "stateright", "--identity", "value"], "--identity value: stateright's checkers tell"),
    ] {
        for (command, place) in [("check", &model), ("suite", &models)] {
            let output = synod(folder.path(), &[&[command, place][..], &flags[..]].concat());
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn properties_that_are_named_for_one_run_are_what_is_demanded_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = model("single-decree/adapted-2x3.toml");
    let run = |set: &str| {
        let output = synod(folder.path(), &["check", &file, "--set", set]);
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, shown, errors) = run("check.properties=[\"agreement\"]");
    assert_eq!(code, Some(0), "{errors}");
    assert!(shown.contains("holds      agreement\n") && shown.contains("is as expected"), "{shown}");
    let (code, _, errors) = run("check.properties=[\"agrement\"]");
    assert_eq!((code, errors.lines().count()), (Some(2), 1), "{errors}");
    assert!(errors.contains("did you mean \"agreement\"?"), "{errors}");
    let (code, shown, _) = run("check.properties=[\"decides\"]");
    assert!(code == Some(0) && shown.contains("VIOLATED"), "{shown}");
    let set = ["--set", "check.properties=[\"decides\"]", "--set", "expect={}"];
    let shown = text(&synod(folder.path(), &[&["check", &file], &set[..]].concat()).stdout);
    assert!(shown.contains("nothing is demanded of") && !shown.contains("as expected"), "{shown}");
}

#[test]
fn a_family_is_listed_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let shown = text(&synod(folder.path(), &["list", "multi-paxos"]).stdout);
    assert!(shown.starts_with("family multi-paxos") && !shown.contains("family single-decree"), "{shown}");
    let output = synod(folder.path(), &["list", "multi-paxo"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("multi-paxos"), "{}", text(&output.stderr));
}

#[test]
fn a_file_of_another_kind_is_refused_in_a_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.toml"), "root:x:0:0:\n".repeat(50)).unwrap();
    let output = synod(folder.path(), &["check", "x.toml"]);
    assert_eq!((output.status.code(), text(&output.stderr).lines().count()), (Some(2), 3), "{}", text(&output.stderr));
}
