//! What is demanded, and when it is certain: the gates that CI stands on.

use crate::support::{synod, text};
use std::path::Path;

/// Writes a model of a variant at these bounds, with more lines, as `m.toml`.
fn write(folder: &Path, variant: &str, (proposers, acceptors): (u8, u8), more: &str) {
    let model = format!(
        "protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n\
         bounds = {{ proposers = {proposers}, acceptors = {acceptors} }}\n{more}\n"
    );
    std::fs::write(folder.join("m.toml"), model).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = synod(folder, &[&["check", "m.toml"], arguments].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_correct_protocol_needs_no_expectations_to_be_green() {
    let folder = tempfile::tempdir().unwrap();
    for variant in ["simple", "adapted"] {
        for bounds in [(2, 2), (2, 3), (3, 3)] {
            write(folder.path(), variant, bounds, "");
            let (code, shown) = check(folder.path(), &[]);
            assert_eq!(code, Some(0), "{variant} {bounds:?}: {shown}");
        }
    }
}

#[test]
fn a_broken_protocol_needs_no_expectations_to_be_red() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |rule: &str| format!("protocol.rules.{rule}");
    for (variant, rules, what) in [
        ("simple", "value_choice=own", "agreement expected holds, found violated"),
        ("simple", "accept_guard=always", "i2 expected holds, found violated"),
        ("as-written", "quorum=all", "chosen expected reached, found unreached"),
        ("disel", "quorum=all", "chosen expected reached, found unreached"),
    ] {
        write(folder.path(), variant, (2, 3), "");
        let (code, shown) = check(folder.path(), &["--set", &rule(rules)]);
        assert_eq!(code, Some(1), "{variant} {rules}: {shown}");
        assert!(shown.contains(what), "{variant} {rules}: {shown}");
    }
}

/// One reachable state is all that it takes to be certain that a property is violated.
const EARLY: &str = "expect = { agreement = \"violated\", chosen = \"reached\" }";

#[test]
fn a_run_that_is_cut_off_after_everything_demanded_was_found_is_green() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "simple", (2, 3), EARLY);
    let lowered = ["--set", "protocol.rules.value_choice=own"];
    for engine in ["components", "stateright"] {
        for (depth, expected) in [("13", 0), ("6", 3)] {
            let (code, shown) =
                check(folder.path(), &[&lowered[..], &["--engine", engine, "--max-depth", depth]].concat());
            assert_eq!(code, Some(expected), "{engine} {depth}: {shown}");
            assert!(shown.contains("INCOMPLETE (max-depth)"), "{shown}");
            assert_eq!(shown.contains("everything demanded was certain before the search ended"), expected == 0);
            assert!(!shown.contains("\nholds ") && !shown.contains("\nunreached "), "{shown}");
        }
    }
    // A pinned count takes everything, and so does a property that is to hold.
    for more in ["unique_states = 5", "i1 = \"holds\"", "adopted = \"unreached\""] {
        write(folder.path(), "simple", (2, 3), &EARLY.replace("chosen = \"reached\"", more));
        let (code, shown) = check(folder.path(), &[&lowered[..], &["--max-depth", "13"]].concat());
        assert_eq!(code, Some(3), "{more}: {shown}");
    }
}

#[test]
fn a_vacuity_that_is_refuted_is_certain_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "simple", (2, 3), "expect = { agreement = \"vacuous\" }");
    let (code, shown) = check(folder.path(), &["--max-depth", "8"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("agreement expected vacuous, found a state that meets the premise"), "{shown}");
    assert_eq!(check(folder.path(), &["--max-depth", "3"]).0, Some(3));
    // A simulation knows it as well: something was chosen.
    let simulated = synod(folder.path(), &["simulate", "m.toml", "--runs", "20"]);
    assert_eq!(simulated.status.code(), Some(1), "{}", text(&simulated.stdout));
}

/// Runs the search with and without `--until-decided`; returns the states that each found.
fn states(folder: &Path, steps: u64, arguments: &[&str]) -> [u64; 2] {
    [&["--until-decided"][..], &[]].map(|more| {
        let output = synod(folder, &[&["check", "m.toml", "--json", "-"], arguments, more].concat());
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report}");
        let case = &report["cases"][0];
        let agreement = case["properties"].as_array().unwrap().iter().find(|p| p["name"] == "agreement").unwrap();
        assert_eq!(agreement["verdict"], "violated");
        let is_breadth_first = case["strategy"] == "bfs";
        assert!(!is_breadth_first || agreement["trace_length"] == steps, "{agreement}");
        assert_eq!(case["stopped"], if more.is_empty() { "exhausted" } else { "decided" });
        case["counts"]["unique_states"].as_u64().unwrap()
    })
}

#[test]
fn until_decided_stops_where_everything_demanded_is_certain() {
    let folder = tempfile::tempdir().unwrap();
    let own = ["--set", "protocol.rules.value_choice=own"];
    write(folder.path(), "simple", (2, 3), EARLY);
    for engine in ["components", "stateright"] {
        let [few, all] = states(folder.path(), 12, &[&own[..], &["--engine", engine]].concat());
        assert!(few < all && all == 4_624, "{engine}: {few} of {all}");
    }
    let rule = ["--set", "protocol.rules.value_choice=lowest"];
    write(folder.path(), "simple", (3, 3), EARLY);
    for strategy in ["bfs", "dfs"] {
        let [few, all] = states(folder.path(), 17, &[&rule[..], &["--strategy", strategy]].concat());
        assert!(few < all && all == 314_432, "{strategy}: {few} of {all}");
    }
    // Where it stops is no matter of threads.
    let report = |threads: &str| {
        let more = ["--until-decided", "--threads", threads, "--json", "-"];
        let output = synod(folder.path(), &[&["check", "m.toml"], &rule[..], &more].concat());
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        report["cases"][0].as_object_mut().unwrap().remove("run");
        report
    };
    assert_eq!(report("1"), report("4"));
    // What is to hold takes the whole search.
    write(folder.path(), "simple", (2, 2), "");
    let (code, shown) = check(folder.path(), &["--until-decided"]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("exhausted"), "{shown}");
}

#[test]
fn surprises_come_in_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "[expect]\nunique_states = 1\nchosen = \"unreached\"\nmax_depth = 1\ni1 = \"violated\"\n";
    write(folder.path(), "simple", (2, 2), lines);
    let (code, shown) = check(folder.path(), &["--set", "expect.accepted=unreached"]);
    assert_eq!(code, Some(1), "{shown}");
    let places = shown.lines().filter_map(|line| line.strip_prefix("UNEXPECTED m.toml"));
    let names: Vec<_> = places.map(|place| place.split_whitespace().nth(1).unwrap().to_string()).collect();
    assert_eq!(names, ["unique_states", "chosen", "max_depth", "i1", "accepted"], "{shown}");
}

#[test]
fn what_a_reader_should_know_of_the_model_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    for (settings, note) in [
        (
            &["protocol.rules.quorum=half", "bounds.acceptors=4"][..],
            Some(
                "phase 1 takes 2 of 4 promises (quorum = \"half\"), and a proposal is chosen by 3 of 4 votes \
                 (accept_quorum = \"majority\"); a set of acceptors of the one size and a set of the other always have \
                 one in common",
            ),
        ),
        (
            &["protocol.rules.quorum=one", "bounds.acceptors=3"],
            Some(
                "phase 1 takes 1 of 3 promises (quorum = \"one\"), and a proposal is chosen by 2 of 3 votes \
                 (accept_quorum = \"majority\"); a set of acceptors of the one size and a set of the other may have \
                 none in common",
            ),
        ),
        (
            &["bounds.proposals=[[2,1],[1,5],[2,7]]"],
            Some("P1, P3 share ballot 2; Paxos presumes that no two proposers use the same ballot"),
        ),
        (&["protocol.rules.quorum=all"], None),
        (&["protocol.rules.quorum=half", "bounds.acceptors=1"], None),
    ] {
        write(folder.path(), "simple", (2, 2), "");
        let mut arguments = vec!["--max-depth", "4", "--json", "r.json", "--markdown", "r.md", "--html", "r.html"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        let (_, shown) = check(folder.path(), &arguments);
        let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
        let report: serde_json::Value = serde_json::from_str(&read("r.json")).unwrap();
        assert_eq!(report["cases"][0]["notes"][0].as_str(), note, "{settings:?}");
        let Some(note) = note else { continue };
        let (start, ..) = note.split_once('"').unwrap_or((note, ""));
        assert!(shown.contains(&format!("note       {note}\n")), "{shown}");
        assert!(read("r.md").contains(&format!("Note: {start}")), "{settings:?}");
        assert!(read("r.html").contains(&format!("Note: {start}")), "{settings:?}");
    }
}

/// Whatever the rules say of phase 1, phase 2 takes what they say of it; the statement that is printed says so.
#[test]
fn what_chosen_means_is_said_as_it_is() {
    let chosen = crate::support::Property::named("chosen").unwrap();
    assert!(chosen.statement.contains("a quorum of phase 2 has voted for it"), "{}", chosen.statement);
    let folder = tempfile::tempdir().unwrap();
    for rule in ["one", "half", "all"] {
        write(folder.path(), "simple", (1, 3), "expect = { chosen = \"reached\" }");
        let (code, _) = check(folder.path(), &["--set", &format!("protocol.rules.quorum={rule}"), "--traces", "t"]);
        assert_eq!(code, Some(0), "{rule}");
        let trace = folder.path().join(format!("t/m+protocol.rules.quorum={rule}.chosen.json"));
        let trace = std::fs::read_to_string(trace).unwrap();
        let votes = trace.matches("AAccepted").count();
        assert!(votes >= 2, "{rule}: a majority of three votes: {trace}");
        // A trace that was saved when the statement was put otherwise replays as well.
        let older = trace.replace(chosen.statement, "a proposal is chosen");
        assert_ne!(older, trace);
        std::fs::write(folder.path().join("older.json"), older).unwrap();
        let replayed = synod(folder.path(), &["replay", "older.json"]);
        assert_eq!(replayed.status.code(), Some(0), "{}", text(&replayed.stderr));
    }
}

/// The space has 22,213,184 states; the violation is 18 steps away.
#[test]
fn until_decided_ends_at_a_deep_violation_in_a_space_of_millions() {
    let folder = tempfile::tempdir().unwrap();
    let more = "check = { properties = [\"agreement\"] }\nexpect = { agreement = \"violated\" }";
    write(folder.path(), "simple", (2, 4), more);
    let rule = ["--set", "protocol.rules.value_choice=own", "--set", "bounds.learners=2"];
    let of = |engine: &str, more: &[&str]| {
        let arguments = [&["check", "m.toml", "--json", "-", "--engine", engine], &rule[..], more].concat();
        let output = synod(folder.path(), &arguments);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{report}");
        let case = report["cases"][0].clone();
        assert_eq!(case["properties"][0]["trace_length"], 18, "{case}");
        (case["stopped"].clone(), case["counts"]["unique_states"].as_u64().unwrap())
    };
    assert_eq!(of("symbolic", &[]), ("exhausted".into(), 22_213_184));
    let (stopped, few) = of("components", &["--until-decided"]);
    assert!(stopped == "decided" && few < 1_000_000, "{stopped} after {few}");
}
