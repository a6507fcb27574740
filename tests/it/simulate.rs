//! `synod simulate`: the same seed gives the same runs anywhere, what it finds is so, and it proves nothing.

use crate::support::{
    actions, command, explore, model, model_files, read_trace, root, synod, text, ModelFile, Property,
};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use synod::check::Engine;
use synod::engine::{Control, Strategy};
use synod::model_file::{Expected, Pinned};
use synod::report::{Standing, Verdict};
use synod::simulate::{render_text, simulate, Gauges, Options, Scheduler, Simulated};
use synod::trace;

const SCHEDULERS: [Scheduler; 2] = [Scheduler::Uniform, Scheduler::Pct];

fn options(scheduler: Scheduler, runs: u64) -> Options {
    Options { runs, seed: 0, scheduler, max_depth: 200, threads: 2, timeout: None, memory: None, settings: Vec::new() }
}

fn simulated(model: &ModelFile, options: &Options) -> Simulated {
    let simulated = simulate(model, options, &Arc::new(Control::default()), &Gauges::default());
    simulated.unwrap_or_else(|error| panic!("{error}"))
}

fn file(name: &str) -> String {
    root().join("models").join(name).display().to_string()
}

/// Most of its runs violate agreement.
const VALUES: &str = "single-decree/simulator-2x3-values-5-1.toml";

/// Everything that a simulation leaves behind but for what differs from machine to machine.
fn outcome(arguments: &[&str]) -> (String, BTreeMap<String, Vec<u8>>, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let output = synod(folder.path(), &[&["simulate", "--json", "-"], arguments].concat());
    let mut json: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    assert!(json.as_object_mut().unwrap().remove("run").is_some());
    let traces = std::fs::read_dir(folder.path().join("traces"));
    let traces = traces.into_iter().flatten().map(|entry| entry.unwrap().path());
    let traces = traces.map(|path| (path.file_name().unwrap().display().to_string(), std::fs::read(&path).unwrap()));
    (json.to_string(), traces.collect(), output.status.code())
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_any_number_of_threads() {
    for name in [VALUES, "single-decree/adapted-2x3-recovery.toml", "single-decree/adapted-2x3-duplication.toml"] {
        for scheduler in SCHEDULERS {
            let file = file(name);
            let of = |threads: &str, seed: &str| {
                let limits = ["--runs", "150", "--max-depth", "150", "--threads", threads, "--seed", seed];
                outcome(&[&[&file, "--scheduler", scheduler.name()], &limits[..]].concat())
            };
            let alone = of("1", "7");
            assert!(!alone.1.is_empty(), "{name}");
            for threads in ["2", "3"] {
                assert!(alone == of(threads, "7"), "{name} {scheduler:?} with {threads} threads");
            }
            assert!(alone.0 != of("1", "8").0, "{name} {scheduler:?}: another seed gives other runs");
        }
    }
}

/// The seeds of consecutive runs are consecutive, past the largest too.
#[test]
fn runs_add_up_however_they_are_divided() {
    let model = model("simulator", &["bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=3"]);
    for scheduler in SCHEDULERS {
        let of = |seed: u64, runs: u64| {
            let simulation = simulated(&model, &Options { seed, ..options(scheduler, runs) }).simulation;
            let found: Vec<_> = simulation.properties.iter().map(|sampled| sampled.runs).collect();
            (simulation.counts.steps, found)
        };
        let (steps, found) = of(u64::MAX - 1, 5);
        let parts = [of(u64::MAX - 1, 2), of(0, 3)];
        assert_eq!(steps, parts[0].0 + parts[1].0);
        assert_eq!(found, parts[0].1.iter().zip(&parts[1].1).map(|(a, b)| a + b).collect::<Vec<_>>());
    }
}

/// A change of the stream of random numbers, of how they are drawn, or of the order of actions shows here: seeds that
/// a user wrote down would find other runs.
#[test]
fn the_runs_of_a_seed_are_the_ones_they_always_were() {
    let file = ModelFile::read(&root().join("models").join(VALUES), &[]).unwrap();
    let told = SCHEDULERS.map(|scheduler| {
        let Simulated { simulation, traces } = simulated(&file, &Options { seed: 42, ..options(scheduler, 20) });
        let counts = simulation.counts;
        let fired: Vec<_> = simulation.kinds.iter().map(|fired| fired.times).collect();
        let agreement = traces.iter().find(|trace| trace.property == "agreement").unwrap();
        format!(
            "{}: {} steps, {} states, {fired:?}\n{}",
            scheduler.name(),
            counts.steps,
            counts.unique_states,
            trace::render_text(agreement)
        )
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_violation_comes_with_the_command_that_has_it_again() {
    let name = "mutations/simple-choice-lowest-3x3.toml";
    for (scheduler, runs) in [("uniform", "20000"), ("pct", "2000")] {
        let folder = tempfile::tempdir().unwrap();
        let many = ["simulate", &file(name), "--scheduler", scheduler, "--runs", runs];
        let output = synod(folder.path(), &many);
        let shown = text(&output.stdout);
        assert!(shown.contains("VIOLATED   agreement "), "{shown}");
        let path = folder.path().join("traces/simple-choice-lowest-3x3.agreement.json");
        let written = std::fs::read_to_string(&path).unwrap();
        let (trace, _) = read_trace(&written).unwrap();
        let found_by = trace.found_by.clone().unwrap();
        assert!(shown.contains(&format!("again      {found_by}\n")), "{shown}");
        assert!(!found_by.contains("--seed 0 "), "it is rare: {found_by}");
        assert_eq!(trace.verdict, "violated");

        let replayed = text(&synod(folder.path(), &["replay", &path.display().to_string()]).stdout);
        let steps = trace.steps.len();
        let (shrunk, length) = trace.shrunk_from.map_or((String::new(), String::new()), |walk| {
            assert!(shown.contains(&format!("first after {walk} steps with seed")), "{shown}");
            (format!("shrunk     from {walk} steps\n"), format!(", shrunk to {steps} steps"))
        });
        let told = format!("\nfound by   {found_by}\n{shrunk}replayed   ");
        assert!(replayed.contains(&told), "{replayed}");
        assert!(shown.contains(&format!("{length}: no two chosen")), "{shown}");
        let reasons = [("evidence", &trace.evidence[0]), ("cause", &trace.cause.as_ref().unwrap().reasons[0])];
        for (label, reason) in reasons {
            assert!(shown.contains(&format!("\n{label:<11}{}\n", reason.text)), "{shown}");
        }

        let again = tempfile::tempdir().unwrap();
        in_a_shell(again.path(), &found_by);
        let same = again.path().join("traces/simple-choice-lowest-3x3.agreement.json");
        assert_eq!(std::fs::read_to_string(same).unwrap(), written);
    }
}

/// True iff a trace without one of its steps is still a counterexample, each step where it is enabled.
fn can_do_without(model: &ModelFile, trace: &trace::Trace, gone: usize) -> bool {
    let mut actions = actions(model, trace);
    actions.remove(gone);
    let property = Property::named(&trace.property).unwrap();
    trace::record("shorter", &model.spec, trace::Claim::Settles(property), &actions, false).is_ok()
}

/// A counterexample that chance found is made shorter until no step of it can go. In small models nothing is shorter.
#[test]
fn counterexamples_are_shrunk() {
    let mut shrunk = 0;
    for name in [VALUES, "mutations/simple-quorum-half-2x3.toml", "mutations/adapted-accept-always-2x3.toml"] {
        let model = ModelFile::read(&root().join("models").join(name), &[]).unwrap();
        let shortest = explore(&model, Engine::Components, Strategy::Bfs).case;
        for (seed, scheduler) in [(0, Scheduler::Uniform), (7, Scheduler::Pct), (1_000, Scheduler::Uniform)] {
            let Simulated { simulation, traces } = simulated(&model, &Options { seed, ..options(scheduler, 300) });
            let violated = simulation.properties.iter().filter(|sampled| sampled.result.verdict == Verdict::Violated);
            for sampled in violated {
                let (result, first) = (&sampled.result, sampled.first.as_ref().unwrap());
                let trace = traces.iter().find(|trace| trace.property == result.name).unwrap();
                let place = format!("{name} {} {seed}", result.name);
                let steps = trace.steps.len();
                assert_eq!(trace.shrunk_from, (steps < first.steps).then_some(first.steps), "{place}");
                assert_eq!(result.trace_length, Some(steps), "{place}");
                let exhausted = shortest.properties.iter().find(|other| other.name == result.name).unwrap();
                assert_eq!(exhausted.trace_length, Some(steps), "{place}");
                shrunk += usize::from(steps < first.steps);
            }
        }
    }
    assert!(shrunk >= 10, "only {shrunk} counterexamples were shrunk");
}

#[test]
fn counterexamples_of_large_models_are_shrunk() {
    let settings =
        ["bounds.proposers=3", "bounds.acceptors=5", "protocol.rounds=2", "protocol.rules.promise_guard=always"];
    let model = model("simple", &settings);
    let Simulated { simulation, traces } = simulated(&model, &options(Scheduler::Uniform, 100));
    let sampled = simulation.properties.iter().find(|sampled| sampled.result.name == "agreement").unwrap();
    let trace = traces.iter().find(|trace| trace.property == "agreement").unwrap();
    let (walk, steps) = (sampled.first.as_ref().unwrap().steps, trace.steps.len());
    assert!(2 * steps <= walk + walk / 2, "{walk} steps were shrunk to {steps} only");
    assert!((0..steps).all(|gone| !can_do_without(&model, trace, gone)), "{}", trace::render_text(trace));
    trace::read::<synod::protocols::single_decree::SingleDecree>("t.json", &trace.to_json())
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Runs a printed command as a user who pastes it.
fn in_a_shell(folder: &Path, line: &str) {
    let script = format!("synod() {{ \"$BIN\" \"$@\"; }}\n{line}");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).env("BIN", env!("CARGO_BIN_EXE_synod")).current_dir(folder).stdout(Stdio::null());
    assert!(shell.status().unwrap().code().is_some_and(|code| code != 2 && code < 100), "{line}");
}

#[test]
fn the_command_survives_a_shell_and_keeps_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let name = "it's a $(model).toml";
    std::fs::copy(root().join("models").join(VALUES), folder.path().join(name)).unwrap();
    let settings = ["--set", "bounds.proposals=[[1, 9], [2, 1]]", "--max-depth", "77", "--seed", "5"];
    synod(folder.path(), &[&["simulate", name], &settings[..]].concat());
    let path = folder.path().join("traces/it's a $(model)+bounds.proposals=[[1,9],[2,1]].agreement.json");
    let written = std::fs::read_to_string(&path).unwrap();
    let (trace, _) = read_trace(&written).unwrap();
    std::fs::remove_file(&path).unwrap();
    let found_by = trace.found_by.unwrap();
    assert!(found_by.contains("--max-depth 77"), "{found_by}");
    in_a_shell(folder.path(), &found_by);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), written, "{found_by}");
}

fn pinned_states(model: &ModelFile) -> u64 {
    let pins = model.expect.iter().find_map(|expectation| match expectation.of {
        Expected::Count(Pinned::UniqueStates, count) => Some(count),
        _ => None,
    });
    pins.expect("every model of the repository pins its states")
}

fn certain(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Violated | Verdict::Reached)
}

/// Whatever a simulation finds the exhaustive search finds too; and where the runs come by every state, they find all
/// that there is.
#[test]
fn what_a_simulation_finds_is_so() {
    let mut whole = 0;
    for path in model_files() {
        let model = ModelFile::read(&path, &[]).unwrap();
        let states = pinned_states(&model);
        if states > 60_000 {
            continue;
        }
        let checked = explore(&model, Engine::Components, Strategy::Bfs).case;
        for scheduler in SCHEDULERS {
            let place = format!("{} {scheduler:?}", model.name);
            let runs = if states < 150 { 2_000 } else { 200 };
            let Simulated { simulation, traces } = simulated(&model, &options(scheduler, runs));
            let counts = &simulation.counts;
            assert!(counts.unique_states <= states, "{place}: {} states", counts.unique_states);
            assert_eq!(counts.terminal_runs + counts.max_depth_runs, runs, "{place}");
            assert!(counts.terminal_runs == 0 || checked.counts.terminal_states > 0, "{place}");
            assert!(counts.longest_run <= 200, "{place}");
            let steps: u128 = simulation.kinds.iter().map(|fired| fired.times).sum();
            assert_eq!(steps, u128::from(counts.steps), "every step is of one kind: {place}");
            let is_whole = counts.unique_states == states && states < 150;
            whole += u64::from(is_whole);
            for (sampled, exhausted) in simulation.properties.iter().zip(&checked.properties) {
                let (result, name) = (&sampled.result, sampled.result.name);
                assert_eq!(name, exhausted.name);
                let is_found = certain(result.verdict);
                assert!(is_found || result.verdict == Verdict::Unknown, "{place}: {name} is {:?}", result.verdict);
                assert!(!is_found || result.verdict == exhausted.verdict, "{place}: {name}");
                assert!(!is_whole || is_found == certain(exhausted.verdict), "{place}: {name} was missed");
                assert!(!result.vacuous && (!is_found || result.standing == Standing::Expected), "{place}: {name}");
                assert_eq!(is_found, sampled.runs > 0 && sampled.first.is_some(), "{place}: {name}");
                assert!(sampled.premise_runs.is_none_or(|runs| runs == 0 || !exhausted.vacuous), "{place}: {name}");
                let trace = traces.iter().find(|trace| trace.property == name);
                assert_eq!(result.trace_length, trace.map(|trace| trace.steps.len()), "{place}: {name}");
                if let (Some(found), Some(shortest)) = (result.trace_length, exhausted.trace_length) {
                    assert!(found >= shortest, "{place}: {name} after {found} steps, not {shortest}");
                }
            }
            for trace in &traces {
                trace::read::<synod::protocols::single_decree::SingleDecree>(&place, &trace.to_json())
                    .unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
    assert!(whole >= 20, "only {whole} simulations reached every state");
}

/// The premise of a property that no run met is named, so that silence is not taken for evidence.
#[test]
fn what_was_never_put_to_the_test_is_named() {
    let adapted = ModelFile::read(Path::new(&file("single-decree/adapted-2x3.toml")), &[]).unwrap();
    let simulation = simulated(&adapted, &options(Scheduler::Uniform, 50)).simulation;
    let of = |name: &str| simulation.properties.iter().find(|sampled| sampled.result.name == name).unwrap();
    assert_eq!((of("i2").premise_runs, of("accepted").premise_runs), (Some(0), None));
    assert!(of("agreement").premise_runs.unwrap() > 0);
    let shown = render_text(&simulation);
    assert!(shown.contains("i2: no walk reached a state with a chosen proposal"), "{shown}");
    let never: Vec<_> = simulation.never_fired().collect();
    assert_eq!(never, ["a Promise that reports a proposal arrives", "a proposer adopts a reported value"]);
}

/// The seeds are fixed, and so are these counts; README has the numbers at more runs.
#[test]
fn priorities_find_a_rare_violation_more_often() {
    let model = model("simple", &["protocol.rules.value_choice=own", "bounds.proposers=2", "bounds.acceptors=7"]);
    let found = SCHEDULERS.map(|scheduler| {
        let simulation = simulated(&model, &options(scheduler, 2_000)).simulation;
        simulation.properties.iter().find(|sampled| sampled.result.name == "agreement").unwrap().runs
    });
    assert!(found[0] > 0 && found[1] > 4 * found[0], "uniform, pct: {found:?}");
}

#[test]
fn exit_codes_tell_certain_surprises_from_silence() {
    let folder = tempfile::tempdir().unwrap();
    let head = "protocol = { family = \"single-decree\", variant = \"simulator\" }\n\
                bounds = { proposals = [[1, 5], [2, 1]], acceptors = 3 }\n";
    let run = |rest: &str, more: &[&str]| {
        std::fs::write(folder.path().join("m.toml"), format!("{head}{rest}")).unwrap();
        let output = synod(folder.path(), &[&["simulate", "m.toml", "--runs", "50"], more].concat());
        (output.status.code(), text(&output.stdout))
    };
    let (code, shown) = run("expect = { agreement = \"violated\", chosen = \"reached\" }", &[]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.ends_with("verdict    m.toml is as expected: all that it demands was found\n"), "{shown}");
    assert!(
        shown.contains("note       violated, but left out by [expect]: i2, i2-formula, one-value, refines\n"),
        "{shown}"
    );

    let (code, shown) = run("expect = { agreement = \"holds\", i1 = \"holds\" }", &[]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("UNEXPECTED m.toml:3: agreement expected holds, found violated\n"), "{shown}");

    let (code, shown) = run("expect = { agreement = \"violated\", i1 = \"holds\" }", &[]);
    assert_eq!(code, Some(3), "{shown}");
    let last = "m.toml is undecided: nothing unexpected was found, and random runs prove nothing of i1\n";
    assert!(shown.ends_with(last), "{shown}");

    let (code, shown) = run("expect = { agreement = \"violated\", unique_states = 3406 }", &[]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.ends_with("prove nothing of the pinned count\n"), "{shown}");

    assert_eq!(run("", &[]).0, Some(1), "without expectations agreement has to hold");
    assert_eq!(run("check = { properties = [\"i1\", \"chosen\"] }", &[]).0, Some(3));
    assert_eq!(run("check = { properties = [\"chosen\"] }", &[]).0, Some(0));
    assert_eq!(run("expect = { agreement = \"violated\" }", &["--max-depth", "3"]).0, Some(3));
    assert_eq!(run("", &["--quiet"]), (Some(1), String::new()));
}

#[test]
fn a_limit_or_an_interrupt_ends_it_with_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = file("single-decree/adapted-2x3-recovery.toml");
    let endless = ["simulate", &file, "--runs", "1000000000", "--max-depth", "100000", "--json", "-"];
    let told = |output: &[u8]| -> Value { serde_json::from_slice(output).unwrap() };
    for (limit, stopped) in [(["--timeout", "500ms"], "timeout"), (["--memory", "1KiB"], "memory")] {
        let started = Instant::now();
        let output = synod(folder.path(), &[&endless, &limit[..]].concat());
        assert!(started.elapsed() < Duration::from_secs(30));
        assert_eq!((output.status.code(), &told(&output.stdout)["stopped"]), (Some(3), &json!(stopped)));
    }
    let child = command(folder.path(), &endless).stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let report = told(&output.stdout);
    assert_eq!((output.status.code(), &report["stopped"]), (Some(3), &json!("interrupted")));
    assert!(report["counts"]["runs"].as_u64().unwrap() > 0 && report["counts"]["steps"].as_u64().unwrap() > 1000);
    assert!(report["properties"].as_array().unwrap().iter().any(|property| property["verdict"] == "reached"));

    let nothing = synod(folder.path(), &["simulate", &file, "--timeout", "1ns"]);
    let shown = text(&nothing.stdout);
    assert_eq!(nothing.status.code(), Some(3), "{shown}");
    assert!(shown.contains("INCOMPLETE (timeout): 0 of 1,000 runs were begun"), "{shown}");
}

#[test]
fn runs_that_do_not_end_are_cut_off_and_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let file = file("single-decree/adapted-2x3-recovery.toml");
    for scheduler in ["uniform", "pct"] {
        let arguments = ["simulate", &file, "--runs", "5", "--max-depth", "90", "--scheduler", scheduler];
        let shown = text(&synod(folder.path(), &arguments).stdout);
        assert!(shown.contains("5 runs, 450 steps, "), "{shown}");
        assert!(shown.contains("ended      0 runs in a terminal state, 5 cut off by --max-depth 90\n"), "{shown}");
    }
    // A run that is over after exactly as many steps as it may take was not cut off.
    let one = root().join("models/single-decree/adapted-1x3.toml").display().to_string();
    let longest = |max_depth: &str| {
        let output = synod(folder.path(), &["simulate", &one, "--max-depth", max_depth, "--json", "-"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["counts"].clone()
    };
    let counts = longest("1000");
    assert_eq!(counts, longest(&counts["longest_run"].to_string()));
    assert_eq!(counts["max_depth_runs"], 0);
}

#[test]
fn bad_options_and_places_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::copy(root().join("models").join(VALUES), here.join("race.toml")).unwrap();
    for (arguments, message) in [
        (&["none.toml"][..], "error: none.toml: no such file\n"),
        (&["race.toml", "--json", "none/x.json"], "error: none/x.json: there is no folder none\n"),
        (&["race.toml", "--json", "race.toml"], "error: race.toml: no place for a report: it is a model file\n"),
        (
            &["race.toml", "--json", "traces/race.chosen.json"],
            "error: traces/race.chosen.json: there is no folder traces\n",
        ),
        (&["race.toml", "--traces", "race.toml"], "error: race.toml: not a folder\n"),
        (
            &["race.toml", "--set", "bounds.acceptors=0"],
            "error: --set bounds.acceptors=0: bounds.acceptors = 0, expected 1..=16\n",
        ),
        (&["race.toml", "--runs", "0"], "error: invalid value '0' for '--runs <N>': 0 is not in 1.."),
        (&["race.toml", "--seed", "-1"], "error: "),
        (&["race.toml", "--seed", "x"], "error: invalid value 'x' for '--seed <S>': invalid digit found in string"),
        (&["race.toml", "--max-depth", "0"], "error: invalid value '0' for '--max-depth <N>': 0 is not in 1..=100000"),
        (&["race.toml", "--max-depth", "100001"], "error: invalid value '100001' for '--max-depth <N>': "),
        (&["race.toml", "--threads", "0"], "error: invalid value '0' for '--threads <N>': 0 is not in 1..=256"),
        (
            &["race.toml", "--scheduler", "fair"],
            "error: invalid value 'fair' for '--scheduler <SCHEDULER>'\n  [possible values: uniform, pct]",
        ),
        (&[], "error: the following required arguments were not provided:\n  <FILE>"),
    ] {
        let output = synod(here, &[&["simulate"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with(message), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
    assert!(!here.join("traces").exists(), "nothing is written");
}

#[test]
fn large_bounds_are_walked_within_their_limits() {
    let folder = tempfile::tempdir().unwrap();
    let file = file("single-decree/simple-2x3.toml");
    let large = ["bounds.proposers=16", "bounds.acceptors=16", "network.loss=true", "protocol.rounds=16"];
    for scheduler in ["uniform", "pct"] {
        let mut arguments = vec!["simulate", &file, "--timeout", "1s", "--scheduler", scheduler, "--json", "-"];
        large.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let started = Instant::now();
        let output = synod(folder.path(), &arguments);
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(report["counts"]["unique_states"].as_u64().unwrap() > 100, "{report}");
    }
}
