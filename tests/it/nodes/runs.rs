//! Real runs: every one is a behaviour of its model, whatever the wire and the machine do to it; a node that goes by
//! another rule, or that forgets what it saved, is found out.

use super::{followed, model_file, plan, run};
use crate::support::{root, synod, text, Event, ModelFile, Record};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use std::time::Duration;
use synod::nodes::causal::Causal;
use synod::nodes::launch::Launch;
use synod::nodes::plan::{Crash, Ended};
use synod::nodes::wire::Faults;
use synod::protocols::single_decree::Message;

/// Runs instances under every fault, and requires that each conforms and violates nothing of what it should not.
/// Returns how many decided.
fn runs_conform(model: &str, instances: u32, seed: u64) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["network.duplication=true", "faults.crashes=1", "faults.recovery=true"];
    let model = model_file(model, &settings);
    let acceptor = model.spec.roster().id("A2").unwrap();
    let plan = synod::nodes::plan::Plan {
        faults: Faults { loss: 0.03, duplicate: 0.1, reorder: 0.2, delay: Duration::from_millis(2) },
        crashes: vec![Crash { node: acceptor, from: Duration::ZERO, to: Duration::from_millis(12) }],
        ..plan(model, instances, seed, folder.path())
    };
    let ran = run(&plan);
    assert_eq!(ran.ended, Ended::Quiet);
    assert!(ran.traffic.lost > 0 && ran.traffic.duplicated > 0, "{:?}", ran.traffic);
    assert!(ran.instances.iter().map(|instance| instance.crashes).sum::<u32>() > 0);
    let paths = followed(folder.path());
    assert_eq!(paths.len(), instances as usize);
    for (path, instance) in paths.iter().zip(&ran.instances) {
        assert_eq!(path.deviation, None, "{} seed {seed}: instance {}", plan.model.name, path.instance);
        // What was seen from outside is where the logs lead, by another way. (After a crash the last reports may be late.)
        if instance.crashes == 0 {
            assert_eq!(path.locals, instance.locals, "{} seed {seed}: instance {}", plan.model.name, path.instance);
        }
        for name in ["i1", "i2", "agreement", "validity", "stability", "refines", "learned-chosen", "learners-agree"] {
            assert!(path.violated().all(|(property, _)| property.name != name), "{name}");
        }
        let is_chosen = path.settled.iter().any(|(property, _)| property.name == "chosen");
        assert_eq!(instance.decided.is_some(), instance.reasons.is_empty());
        assert!(is_chosen || instance.decided.is_none());
        assert!(!is_chosen || instance.decided.is_some() || instance.crashes > 0);
    }
    assert!(paths.iter().any(|path| path.recoveries > 0 && path.ignored > 0));
    ran.instances.iter().filter(|instance| instance.decided.is_some()).count()
}

#[test]
fn runs_of_adapted_conform() {
    assert!(runs_conform("adapted-2x3.toml", 70, 1) > 0);
}

#[test]
fn runs_of_simple_conform() {
    assert!(runs_conform("simple-2x3-rounds-2.toml", 70, 2) > 35);
}

#[test]
fn runs_with_a_learner_conform() {
    assert!(runs_conform("adapted-2x3-learner.toml", 60, 3) > 0);
}

#[test]
fn runs_of_every_model_file_conform() {
    for file in crate::support::model_files() {
        let folder = tempfile::tempdir().unwrap();
        let model = ModelFile::read(&file, &[]).unwrap();
        run(&plan(model, 3, 4, folder.path()));
        for path in followed(folder.path()) {
            assert_eq!(path.deviation, None, "{}", file.display());
            assert!(path.actions.len() > 2, "{}", file.display());
        }
    }
}

#[test]
fn the_simulator_violates_agreement_for_real_and_the_run_replays() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/simulator-2x3-values-5-1.toml").display().to_string();
    let output = synod(folder.path(), &["run", &model, "--decide", "20", "--seed", "5", "--delay", "3ms"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "the model file expects it: {shown}{}", text(&output.stderr));
    assert!(shown.contains("VIOLATED   agreement ("), "{shown}");
    assert!(shown.contains("conforms   every logged event is a step of the model\n"), "{shown}");
    let trace = "runs/simulator-2x3-values-5-1/simulator-2x3-values-5-1.agreement.json";
    assert!(shown.ends_with(&format!("replay     synod replay {trace}\n")), "{shown}");
    assert!(shown.contains("\nevidence   <") && shown.contains("\ncause      step "), "{shown}");
    let replayed = synod(folder.path(), &["replay", trace, "--model", &model]);
    assert_eq!(replayed.status.code(), Some(0), "{}", text(&replayed.stderr));
    assert!(text(&replayed.stdout).contains("agreement is violated at the end"));
    // The logs carry what is expected; a model file that expects something else wins.
    let logs = "runs/simulator-2x3-values-5-1";
    let code = |more: &[&str]| synod(folder.path(), &[&["conform", logs, "--quiet"], more].concat()).status.code();
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--model", &model]), Some(0));
    assert_eq!(code(&["--model", &model, "--set", "expect={ agreement = 'holds' }"]), Some(1));
}

#[test]
fn a_node_that_goes_by_another_rule_is_found_out() {
    let cases = [
        ("adapted-2x3.toml", "A2", "accept_guard=greater"),
        ("adapted-2x3.toml", "A2", "promise_guard=always"),
        ("adapted-2x3.toml", "A1", "after_accept=continue"),
        ("simple-2x3-rounds-2.toml", "A3", "promise_payload=nothing"),
        ("simple-2x3-rounds-2.toml", "A1", "nack=sent"),
        ("simple-2x3-rounds-2.toml", "P2", "value_choice=own"),
        ("simple-2x3-rounds-2.toml", "P1", "quorum=one"),
    ];
    for (name, node, rule) in cases {
        // How soon the rule bites is the machine's affair.
        let is_found_out = (0..20).any(|seed| {
            let folder = tempfile::tempdir().unwrap();
            let model = model_file(name, &[]);
            let id = model.spec.roster().id(node).unwrap();
            let other = model_file(name, &[&format!("protocol.rules.{rule}")]).spec;
            let mut plan = plan(model, 40, seed, folder.path());
            plan.tampered = vec![(id, other)];
            plan.faults.delay = Duration::from_millis(4);
            plan.patience = Duration::from_millis(3);
            run(&plan);
            let paths = followed(folder.path());
            let deviations: Vec<_> = paths.iter().filter_map(|path| path.deviation.as_ref()).collect();
            for deviation in &deviations {
                assert_eq!(deviation.node, node, "{name} {rule}: {deviation:?}");
                assert!(deviation.file.ends_with(&format!("{node}.log")));
            }
            !deviations.is_empty()
        });
        assert!(is_found_out, "{name} {node} {rule}");
    }
}

#[test]
fn the_first_event_that_deviates_is_named_with_what_the_model_does() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-1x3.toml").display().to_string();
    let output = synod(folder.path(), &["run", &model, "--tamper", "A2:accept_guard=greater"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    let expected = "DEVIATES   P1 → A2  Accept<1,1>: no effect\n\
                    where      runs/adapted-1x3/A2.log: record 2\n\
                    why        the model's node does something else\n\
                    before     A2 is APromised <1,1> in the model\n\
                    enabled    P1 → A2  Accept<1,1>: becomes AAccepted <1,1>\n\
                    path       synod conform runs/adapted-1x3 --instance 0\n";
    assert!(shown.ends_with(expected), "{shown}");
    let again = synod(folder.path(), &["conform", "runs/adapted-1x3", "--instance", "0"]);
    assert_eq!(again.status.code(), Some(1));
    let shown = text(&again.stdout);
    assert!(shown.contains("   1  P1 → A"), "the path up to there is shown: {shown}");
}

/// `kill -9` of an acceptor at a random moment of each of many instances.
fn killed(seed: u64, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/simple-2x3-rounds-2.toml").display().to_string();
    let seed = seed.to_string();
    let fixed = ["run", &model, "--decide", "30", "--delay", "4ms", "--crash", "A1@1ms..7ms", "--seed", &seed];
    let output = synod(folder.path(), &[&fixed, arguments].concat());
    (output.status.code(), text(&output.stdout))
}

/// The number that stands before some words.
fn count(shown: &str, after: &str) -> u32 {
    let place = shown.find(after).unwrap_or_else(|| panic!("{after}: {shown}"));
    shown[..place].split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn an_acceptor_that_is_killed_fifty_times_forgets_no_promise() {
    let mut recoveries = 0;
    for seed in 0..10 {
        let (code, shown) = killed(seed, &[]);
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains("conforms   every logged event is a step of the model\n"), "{shown}");
        recoveries += count(&shown, " crashes and recoveries");
        assert!(count(&shown, " times") > 0, "{shown}");
        if recoveries >= 50 {
            return;
        }
    }
    panic!("only {recoveries} recoveries");
}

#[test]
fn an_acceptor_that_forgets_its_promises_is_found_out() {
    let found = (0..10).any(|seed| {
        let (code, shown) = killed(seed, &["--amnesia"]);
        code == Some(1) && shown.contains("DEVIATES   A1 recovers: becomes AInit")
    });
    assert!(found);
}

/// The model that the nodes do follow is one of them, and another is not.
#[test]
fn an_acceptor_that_forgets_conforms_to_a_model_that_loses_storage() {
    let crashes = ["--set", "faults.crashes=1", "--set", "faults.recovery=true", "--set"];
    let conforms = "conforms   every logged event is a step of the model\n";
    let mut recoveries = 0;
    for seed in 0..10 {
        let forgetful = [&crashes[..], &["faults.storage=nothing"]].concat();
        let (_, shown) = killed(seed, &[&forgetful[..], &["--amnesia"]].concat());
        assert!(shown.contains(conforms), "{shown}");
        recoveries += count(&shown, " crashes and recoveries");
        if recoveries >= 15 {
            break;
        }
    }
    assert!(recoveries >= 15, "only {recoveries} recoveries");
    for other in ["faults.storage=late", "faults.storage=promise", "faults.storage=accepted"] {
        let found = (0..10).any(|seed| {
            let (code, shown) = killed(seed, &[&crashes[..], &[other, "--amnesia"]].concat());
            code == Some(1) && shown.contains("DEVIATES   A")
        });
        assert!(found, "{other}");
    }
}

#[test]
fn a_run_is_not_over_while_something_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    // A lone proposer on a wire without faults always decides.
    let ran = run(&plan(model_file("adapted-1x3.toml", &[]), 400, 12, folder.path()));
    assert_eq!(ran.instances.iter().filter(|instance| instance.decided.is_some()).count(), 400);
    assert_eq!(ran.traffic.sent, ran.traffic.received);
    assert_eq!(ran.traffic.stale, 0);
    // Sends step by step: every one is made, whether something is chosen before or not.
    let ran = run(&plan(model_file("adapted-2x3-stepwise.toml", &[]), 30, 13, folder.path()));
    for local in ran.instances.iter().flat_map(|instance| &instance.locals) {
        let shown = local.to_string();
        assert!(!["PInit", "PSentPrep", "PSentAccReq"].iter().any(|state| shown.starts_with(state)), "{shown}");
    }
}

#[test]
fn processes_and_threads_are_launched_alike() {
    for launch in [Launch::Threads, process()] {
        let folder = tempfile::tempdir().unwrap();
        let plan =
            synod::nodes::plan::Plan { launch, ..plan(model_file("adapted-2x3.toml", &[]), 2, 8, folder.path()) };
        let ran = run(&plan);
        assert_eq!(ran.ended, Ended::Quiet);
        assert_eq!(ran.traffic.sent, ran.traffic.received);
        assert!(followed(folder.path()).iter().all(|path| path.deviation.is_none()));
    }
}

fn process() -> Launch {
    Launch::Processes { program: env!("CARGO_BIN_EXE_synod").into(), file: "a model".into() }
}

#[test]
fn the_json_of_a_run_says_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("models/single-decree/adapted-2x3-learner.toml").display().to_string();
    let output = synod(folder.path(), &["run", &model, "--decide", "3", "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["schema"], &report["ended"]), (&1.into(), &"quiet".into()));
    assert_eq!(report["instances"].as_array().unwrap().len(), 3);
    let conformance = &report["conformance"];
    assert_eq!(conformance["conforms"], true);
    assert_eq!(conformance["run"], report["run"]);
    for (instance, path) in (0..).zip(conformance["instances"].as_array().unwrap()) {
        assert_eq!(path["instance"], instance);
        let reached =
            |name: &str| path["settled"].as_array().unwrap().iter().any(|settled| settled["property"] == name);
        let outcome = &report["instances"][instance];
        assert_eq!(reached("chosen"), !outcome["chosen"].as_array().unwrap().is_empty());
        assert_eq!(reached("learned"), !outcome["learned"].as_array().unwrap().is_empty());
        assert!(path["steps"].as_u64().unwrap() > 2);
    }
    let again = synod(folder.path(), &["conform", "runs/adapted-2x3-learner", "--json", "-"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(&again, conformance);
}

type Happening = synod::nodes::causal::Happening<synod::protocols::single_decree::SingleDecree>;

fn step(n: u64, event: Event) -> Happening {
    let record = Record { n, instance: 0, at: 0, event, local: None, saved: None, sent: Vec::new() };
    Happening::Step(Box::new(record))
}

fn delivery(n: u64, from: &str, cause: u64) -> Happening {
    step(
        n,
        Event::Deliver { from: from.into(), cause: (cause, 0), message: Message::Nack { ballot: 1, promised: None } },
    )
}

#[test]
fn an_effect_is_told_after_its_cause_in_whatever_order_they_are_reported() {
    let sender = |name: &str| ["P1", "A1", "A2"].iter().position(|node| *node == name);
    let chain = [
        (0, step(0, Event::Start)),
        (1, delivery(0, "P1", 0)),
        (2, delivery(0, "A1", 0)),
        (2, Happening::Crash),
        (2, step(1, Event::Recover)),
        (0, delivery(1, "A2", 1)),
    ];
    for seed in 0..200 {
        // Reports of one node stay in order, those of different nodes come in any.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut left: Vec<VecDeque<_>> =
            (0..3).map(|node| chain.iter().filter(|(at, _)| *at == node).cloned().collect()).collect();
        let mut causal = Causal::new(3);
        let mut told = Vec::new();
        while left.iter().any(|node| !node.is_empty()) {
            if let Some((node, what)) = left[rng.random_range(0..3)].pop_front() {
                causal.hold(node, what);
                told.extend(std::iter::from_fn(|| causal.next(false, sender)));
            }
        }
        assert_eq!(told, chain, "seed {seed}");
    }
    let mut causal = Causal::new(3);
    causal.hold(1, delivery(0, "P1", 7)); // its sending is never reported
    causal.hold(1, delivery(1, "P1", 8));
    assert_eq!(causal.next(false, sender), None);
    assert_eq!(causal.next(true, sender), Some((1, delivery(0, "P1", 7))), "at the end it is told all the same");
    (2..1100).for_each(|n| causal.hold(1, delivery(n, "P1", 9)));
    assert!(causal.next(false, sender).is_some(), "no more than a thousand are held");
    std::thread::sleep(Duration::from_millis(1100));
    assert!(causal.next(false, sender).is_some(), "and none for more than a second");
}

#[test]
fn a_run_prints_a_sending_before_its_delivery() {
    for seed in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let file = root().join("models/single-decree/adapted-2x3.toml").display().to_string();
        let seed = seed.to_string();
        let output = synod(folder.path(), &["run", &file, "--seed", &seed, "--reorder", "0.5", "--no-conform"]);
        let shown = text(&output.stdout);
        let mut sent: Vec<String> = Vec::new();
        let mut deliveries = 0;
        for line in shown.lines().filter(|line| line.contains(" ms  ")) {
            let what = line.split_once(" ms  ").unwrap().1;
            if let Some((way, rest)) = what.split_once("  ").filter(|(way, _)| way.contains(" → ")) {
                let (from, to) = way.split_once(" → ").unwrap();
                let message = rest.split("  ").next().unwrap().trim();
                let place = sent.iter().position(|sending| *sending == format!("{from} {to} {message}"));
                sent.remove(place.unwrap_or_else(|| panic!("seed {seed}: {line} before it is sent in {shown}")));
                deliveries += 1;
            }
            let node = what.split_once(" → ").map_or(what, |(_, rest)| rest).split(' ').next().unwrap();
            for effect in what.split("; ").flat_map(|effect| effect.split("  ")) {
                if let Some((message, receivers)) = effect.trim().split_once(" to ") {
                    sent.extend(receivers.split(' ').map(|to| format!("{node} {to} {}", message.trim())));
                }
            }
        }
        assert!(deliveries > 5, "{shown}");
    }
}
