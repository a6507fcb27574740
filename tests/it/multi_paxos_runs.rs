//! Replicated logs on real sockets: every run is a behaviour of its model, whatever the wire and the machine do to it; its
//! learners execute one log; a leader that goes by another rule is found out.

use crate::multi_paxos::{model, ModelFile};
use crate::support::{root, synod, text};
use serde_json::{json, Value};
use std::path::Path;
use std::time::Duration;
use synod::conform::{follow, gather};
use synod::engine::Control;
use synod::nodes::cluster;
use synod::nodes::launch::Launch;
use synod::nodes::plan::{Crash, Ended};
use synod::nodes::wire::Faults;
use synod::protocols::multi_paxos::MultiPaxos;

type Plan = synod::nodes::plan::Plan<MultiPaxos>;
type Followed = synod::conform::Path<MultiPaxos>;

/// A run with threads and without faults.
fn plan(model: ModelFile, instances: u32, seed: u64, logs: &Path) -> Plan {
    Plan {
        model,
        launch: Launch::Threads,
        faults: Faults { delay: Duration::from_millis(2), ..Faults::default() },
        crashes: Vec::new(),
        tampered: Vec::new(),
        instances,
        deadline: Duration::from_secs(300),
        patience: Duration::from_millis(30),
        seed,
        run: seed,
        logs: logs.to_path_buf(),
    }
}

fn run(plan: &Plan) -> synod::nodes::plan::Ran<MultiPaxos> {
    cluster::run(plan, &Control::default(), &mut |_| {}).unwrap_or_else(|failed| panic!("{failed}"))
}

fn followed(logs: &Path) -> Vec<Followed> {
    let gathered = gather(&[logs.to_path_buf()]).unwrap();
    gathered.instances().into_iter().map(|instance| follow(&gathered, instance).unwrap()).collect()
}

/// Runs instances under every fault, and requires that each conforms and violates nothing. Returns the logs that learners
/// ended with.
fn runs_conform(sizes: (usize, usize, usize), settings: &[&str], instances: u32, seed: u64) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let faults = ["network.duplication=true", "faults.crashes=1", "faults.recovery=true", "bounds.learners=2"];
    let model = model(sizes, &[&faults, settings].concat());
    let roster = model.spec.roster();
    let crash = |name: &str| {
        let node = roster.id(name).unwrap();
        Crash { node, from: Duration::ZERO, to: Duration::from_millis(12) }
    };
    let plan = Plan {
        faults: Faults { loss: 0.03, duplicate: 0.1, reorder: 0.2, delay: Duration::from_millis(2) },
        crashes: vec![crash(if seed.is_multiple_of(2) { "A2" } else { "P1" })],
        ..plan(model, instances, seed, folder.path())
    };
    let ran = run(&plan);
    assert_eq!(ran.ended, Ended::Quiet);
    assert!(ran.traffic.lost > 0 && ran.traffic.duplicated > 0, "{:?}", ran.traffic);
    assert!(ran.instances.iter().map(|instance| instance.crashes).sum::<u32>() > 0);
    let paths = followed(folder.path());
    assert_eq!(paths.len(), instances as usize);
    for (path, instance) in paths.iter().zip(&ran.instances) {
        assert_eq!(path.deviation, None, "{} seed {seed}: instance {}", plan.model.spec, path.instance);
        let violated: Vec<_> = path.violated().map(|(property, _)| property.name).collect();
        assert_eq!(violated, [] as [&str; 0], "{} seed {seed}: instance {}", plan.model.spec, path.instance);
        let is_chosen = path.settled.iter().any(|(property, _)| property.name == "chosen");
        assert!(is_chosen || instance.decided.is_none());
        assert!(instance.latencies.len() <= plan.model.spec.setup.slots);
    }
    ran.instances.into_iter().flat_map(|instance| instance.announced).map(|(_, log)| log).collect()
}

#[test]
fn runs_of_a_log_conform() {
    let logs = runs_conform((2, 3, 3), &["protocol.rounds=2"], 50, 1);
    let full = logs.iter().filter(|log| log.as_array().unwrap().len() == 3).count();
    assert!(full > 10, "{full} of {} logs are full", logs.len());
}

#[test]
fn runs_of_stable_leaders_that_are_preempted_conform() {
    let rules =
        ["proposes=one-by-one", "nack=both", "nack_carries=promised"].map(|rule| format!("protocol.rules.{rule}"));
    let settings: Vec<&str> = rules.iter().map(String::as_str).chain(["protocol.rounds=3"]).collect();
    let logs = runs_conform((2, 3, 4), &settings, 50, 2);
    assert!(logs.iter().any(|log| log.as_array().unwrap().len() == 4), "no log of {} is full", logs.len());
}

/// A leader alone on a good wire: many commands, all of them chosen, executed in order by both learners.
#[test]
fn a_stream_of_commands_is_executed_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["bounds.learners=2", "protocol.rules.proposes=one-by-one"];
    let ran = run(&plan(model((1, 3, 8), &settings), 20, 5, folder.path()));
    let log = json!([10, 11, 12, 13, 14, 15, 16, 17]);
    for instance in &ran.instances {
        assert_eq!(instance.decisions.len(), 8);
        assert_eq!(instance.latencies.len(), 8, "every command was timed");
        let told: Vec<_> = instance.announced.iter().map(|(node, log)| (node.as_str(), log.clone())).collect();
        assert_eq!(told, [("L1", log.clone()), ("L2", log.clone())]);
    }
    assert!(followed(folder.path()).iter().all(|path| path.deviation.is_none()));
}

#[test]
fn a_leader_that_goes_by_another_rule_is_found_out() {
    let cases = [
        ("P2", "value_choice=own"),
        ("P2", "quorum=one"),
        ("P1", "proposes=one-by-one"),
        ("A1", "promise_payload=nothing"),
        ("A2", "accept_guard=greater"),
        ("A3", "nack=both"),
        ("L1", "executes=as-learnt"),
    ];
    for (node, rule) in cases {
        // How soon the rule bites is the machine's affair.
        let is_found_out = (0..20).any(|seed| {
            let folder = tempfile::tempdir().unwrap();
            let settings = ["bounds.learners=1", "protocol.rounds=2"];
            let sound = model((2, 3, 2), &settings);
            let other = model((2, 3, 2), &[&settings[..], &[&format!("protocol.rules.{rule}")]].concat()).spec;
            let id = sound.spec.roster().id(node).unwrap();
            let mut plan = plan(sound, 20, seed, folder.path());
            plan.tampered = vec![(id, other)];
            plan.faults.delay = Duration::from_millis(4);
            plan.patience = Duration::from_millis(3);
            run(&plan);
            let paths = followed(folder.path());
            let deviations: Vec<_> = paths.iter().filter_map(|path| path.deviation.as_ref()).collect();
            deviations.iter().for_each(|deviation| assert_eq!(deviation.node, node, "{rule}: {deviation:?}"));
            !deviations.is_empty()
        });
        assert!(is_found_out, "{node} {rule}");
    }
}

#[test]
fn a_run_says_how_long_its_commands_take() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/multi-paxos/multi-1x2x2-learners-2.toml").display().to_string();
    let run = |more: &[&str]| {
        let output = synod(folder.path(), &[&["run", &model, "--delay", "1ms"], more].concat());
        let shown = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{shown}{}", text(&output.stderr));
        shown
    };
    let one = run(&[]);
    for line in [
        "consensus: slot 1: value 10, ballot 1, accepted by A1 A2",
        "L1 announces value [10,11]",
        "announced  L1 value [10,11], L2 value [10,11]",
        "of 2 decisions, from the report that it is proposed to that of the last vote",
        "conforms   every logged event is a step of the model",
    ] {
        assert!(one.contains(line), "{line}: {one}");
    }
    let many = run(&["--decide", "4", "--json", "report.json"]);
    for line in
        ["4 of 4 instances (100.0 %)", "and 1 more", "of 8 decisions", "decisions a second, one instance after another"]
    {
        assert!(many.contains(line), "{line}: {many}");
    }
    let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["instances"][3]["latencies_milliseconds"].as_array().unwrap().len(), 2);
    assert_eq!(report["instances"][0]["learned"], json!([["L1", [10, 11]], ["L2", [10, 11]]]));
    // Two values of two slots are no disagreement.
    let output = synod(folder.path(), &["run", &model, "--no-conform", "--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}
