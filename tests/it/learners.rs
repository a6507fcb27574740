//! Learners: what one makes of each message, what acceptors send them, and the effect in every environment.

use crate::naive_learners;
use crate::support::{explore, model, model_files, root, synod, text, try_model, ModelFile};
use serde_json::{json, Value};
use std::sync::Arc;
use synod::check::Engine;
use synod::engine::Strategy;
use synod::family::Delivery;
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::local::{Learner, Local, Reaction};
use synod::protocols::single_decree::rules::RULES;
use synod::protocols::single_decree::Message;
use synod::protocols::single_decree::{acceptor, learner, Setup, VARIANTS};
use synod::report::Verdict;
use synod::trace;

const FIRST: Proposal = Proposal::new(1, 5);
const SECOND: Proposal = Proposal::new(2, 1);

/// Two proposers, three acceptors and three learners, of which the acceptors inform two.
fn setup() -> Arc<Setup> {
    let bounds = ["bounds.proposers=2", "bounds.acceptors=3", "bounds.learners=3", "bounds.distinguished=2"];
    model("simple", &bounds).spec.config()
}

/// What the learner with this index makes of the report of this acceptor.
fn report(index: usize, learner: &Learner, acceptor: usize, proposal: Proposal) -> Option<Reaction> {
    let from = setup().roster().acceptor(acceptor);
    learner::deliver(&setup(), index, learner, from, &Message::Accepted(proposal))
}

/// The learner after a step that sends nothing.
fn quietly(step: Option<Reaction>) -> Learner {
    match step {
        Some(Reaction { local: Local::Learner(learner), sends }) if sends.is_empty() => learner,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_learner_learns_what_a_majority_reports_and_tells_those_not_distinguished() {
    let initial = learner::initial();
    assert_eq!(initial.to_string(), "LInit");
    let hears = quietly(report(1, &initial, 0, FIRST));
    assert_eq!(report(1, &hears, 0, FIRST), None, "one acceptor is no majority, however often it says so");
    let hears = quietly(report(1, &hears, 0, SECOND));
    assert_eq!(hears.to_string(), "LHeard A1:<1,5>,<2,1>");
    let learns = report(1, &hears, 2, FIRST).unwrap();
    assert_eq!(learns.local, Local::Learner(Learner::Learned(FIRST)));
    assert_eq!(learns.local.to_string(), "LLearned <1,5>");
    assert_eq!(learns.sends, [(setup().roster().learner(2), Message::Learned(FIRST))]);
    assert_eq!(quietly(report(2, &hears, 2, FIRST)), Learner::Learned(FIRST), "the third is not distinguished");
}

#[test]
fn a_learner_that_announced_ignores_the_rest() {
    let roster = setup().roster();
    let announced = Learner::Learned(FIRST);
    for proposal in [FIRST, SECOND] {
        for acceptor in 0..3 {
            assert_eq!(report(0, &announced, acceptor, proposal), None);
        }
        assert_eq!(learner::deliver(&setup(), 2, &announced, roster.learner(0), &Message::Learned(proposal)), None);
    }
    let others = [
        Message::Accept(FIRST),
        Message::Nack { ballot: 1, promised: None },
        Message::Prepare { ballot: 1, value: None },
    ];
    for message in others {
        assert_eq!(learner::deliver(&setup(), 0, &learner::initial(), roster.proposer(0), &message), None);
    }
    let told = learner::deliver(&setup(), 2, &learner::initial(), roster.learner(1), &Message::Learned(SECOND));
    assert_eq!(quietly(told), Learner::Learned(SECOND));
}

#[test]
fn an_acceptor_informs_the_distinguished_learners_every_time_it_accepts() {
    let (setup, roster) = (setup(), setup().roster());
    let accept =
        |acceptor: &_, proposal| acceptor::deliver(&setup, acceptor, roster.proposer(0), &Message::Accept(proposal));
    let accepts = accept(&acceptor::initial(&setup), SECOND).unwrap();
    let informed = [0, 1].map(|learner| (roster.learner(learner), Message::Accepted(SECOND)));
    assert_eq!(accepts.sends, informed);
    let Local::Acceptor(accepted) = accepts.local.clone() else { panic!("{:?}", accepts.local) };
    assert_eq!(accept(&accepted, SECOND), Some(accepts), "it changes nothing and is said again");
    assert_eq!(accept(&accepted, FIRST), None, "a refused Accept is reported to no one");
}

#[test]
fn engines_agree_and_traces_replay_in_every_environment() {
    let bounds = [
        &["bounds.learners=1"][..],
        &["bounds.learners=2"],
        &["bounds.learners=2", "bounds.distinguished=1"],
        &["bounds.learners=3", "bounds.distinguished=2"],
    ];
    let environments = [
        &["network.sends=stepwise"][..],
        &["network.loss=true"],
        &["network.duplication=true"],
        &["network.delivery=ordered"],
        &["faults.crashes=1"],
        &["faults.crashes=1", "faults.recovery=true"],
    ];
    for (variant, learners) in
        [("adapted", bounds[0]), ("adapted", bounds[2]), ("simple", bounds[1]), ("simple", bounds[3])]
    {
        for environment in environments {
            let settings = [&["bounds.proposers=1", "bounds.acceptors=1"], learners, environment].concat();
            let model = model(variant, &settings);
            let reference = explore(&model, Engine::Stateright, Strategy::Bfs).case;
            let checked = explore(&model, Engine::Components, Strategy::Bfs);
            let counted = |counts: &synod::report::Counts| serde_json::to_value(counts).unwrap();
            assert_eq!(counted(&checked.case.counts), counted(&reference.counts), "{}", model.spec);
            for (one, other) in checked.case.properties.iter().zip(&reference.properties) {
                let told = |of: &synod::report::PropertyResult| (of.name, of.verdict, of.vacuous, of.trace_length);
                assert_eq!(told(one), told(other), "{}", model.spec);
            }
            let verdict = |name: &str| checked.case.properties.iter().find(|of| of.name == name).unwrap().verdict;
            assert_eq!(verdict("learned"), Verdict::Reached, "{}", model.spec);
            assert_eq!(verdict("learned-chosen"), Verdict::Holds, "{}", model.spec);
            for trace in checked.traces {
                let (again, _) = trace::read::<synod::protocols::single_decree::SingleDecree>(
                    "t.json",
                    &serde_json::to_string(&trace).unwrap(),
                )
                .unwrap();
                assert_eq!(again, trace);
            }
        }
    }
}

/// Learners announce what acceptors did accept, whatever the acceptors accept.
#[test]
fn no_edit_of_another_rule_makes_a_learner_announce_what_is_not_chosen() {
    let mut checked = 0;
    for variant in VARIANTS {
        for (rule, values, _) in RULES.iter().filter(|(rule, ..)| *rule != "learner_counts") {
            for value in *values {
                let edit = format!("protocol.rules.{rule}={value}");
                let settings = [&edit, "bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=3", "bounds.learners=1"];
                let Ok(model) = try_model(variant.name, &settings) else { continue };
                let case = explore(&model, Engine::Components, Strategy::Bfs).case;
                let result = case.properties.iter().find(|of| of.name == "learned-chosen").unwrap();
                assert_eq!(result.verdict, Verdict::Holds, "{}", model.spec);
                checked += 1;
            }
        }
    }
    assert!(checked >= 150, "only {checked} edits were checked");
}

#[test]
fn disagreement_is_seen_by_two_learners_and_hidden_by_a_distinguished_one() {
    let verdict = |settings: &[&str], name: &str| {
        let simulator =
            model("simulator", &[&["bounds.proposals=[[1,5],[2,1]]", "bounds.learners=2"], settings].concat());
        let case = explore(&simulator, Engine::Components, Strategy::Bfs).case;
        case.properties.iter().find(|of| of.name == name).unwrap().verdict
    };
    for distinguished in [&[][..], &["bounds.distinguished=1"]] {
        assert_eq!(verdict(distinguished, "agreement"), Verdict::Violated);
    }
    assert_eq!(verdict(&[], "learners-agree"), Verdict::Violated);
    assert_eq!(verdict(&["bounds.distinguished=1"], "learners-agree"), Verdict::Holds);
}

#[test]
fn models_say_what_learners_they_have_and_only_then() {
    let described = |settings: &[&str]| {
        let spec = model("adapted", &[&["bounds.proposers=1"], settings].concat()).spec;
        (spec.to_string(), spec.to_json()["bounds"].clone())
    };
    let proposals = [[1, 1]];
    let none = ("single-decree adapted, 1 proposer, 2 acceptors, unordered network", json!({}));
    let every = (
        "single-decree adapted, 1 proposer, 2 acceptors, 1 learner, unordered network",
        json!({ "learners": 1, "distinguished": 1 }),
    );
    let some = (
        "single-decree adapted, 1 proposer, 2 acceptors, 3 learners, 1 distinguished, unordered network",
        json!({ "learners": 3, "distinguished": 1 }),
    );
    for (settings, (line, learners)) in [
        (&[][..], &none),
        (&["bounds.learners=0"], &none),
        (&["bounds.learners=1"], &every),
        (&["bounds.learners=3", "bounds.distinguished=1"], &some),
    ] {
        let mut bounds = json!({ "proposals": proposals, "acceptors": 2 });
        bounds.as_object_mut().unwrap().extend(learners.as_object().unwrap().clone());
        assert_eq!(described(settings), (line.to_string(), bounds));
    }
}

#[test]
fn reports_and_statistics_count_learners_in() {
    let file = "models/single-decree/adapted-2x2-learners-distinguished-set.toml";
    let folder = tempfile::tempdir().unwrap();
    let traces = folder.path().to_str().unwrap();
    let read = |arguments: &[&str]| -> Value { serde_json::from_str(&text(&synod(root(), arguments).stdout)).unwrap() };
    let report = read(&["check", file, "--quiet", "--json", "-", "--traces", traces]);
    let bounds = json!({ "proposers": 2, "acceptors": 2, "learners": 3, "distinguished": 2 });
    assert_eq!(report["cases"][0]["bounds"], bounds);
    let statistics = read(&["stats", file, "--json", "-"]);
    let times = |of: &str, name: &str| -> u64 {
        let fired = statistics[of].as_array().unwrap().iter().find(|fired| fired["name"] == name);
        fired.unwrap_or_else(|| panic!("no {name}"))["times"].as_u64().unwrap()
    };
    let all = statistics["kinds"].as_array().unwrap().iter().map(|kind| kind["times"].as_u64().unwrap());
    assert_eq!(all.sum::<u64>(), statistics["transitions"].as_u64().unwrap(), "every transition is of one kind");
    assert!(times("kinds", "Accepted delivered") > times("branches", "a learner learns from a quorum"));
    assert_eq!(times("kinds", "Learned delivered"), times("branches", "a learner is informed by a distinguished one"));
}

/// Compares a model with the naive checker of learners, which shares no code with it: counts, lengths, vacuity.
fn agrees_with_the_naive_checker(model: &ModelFile, rules: naive_learners::Rules) -> bool {
    let (spec, protocol) = (&model.spec, &model.spec.setup);
    let found = naive_learners::check(&naive_learners::Setup {
        rules,
        proposals: protocol.proposals.iter().map(|p| (u64::from(p.ballot), u64::from(p.value))).collect(),
        acceptors: protocol.acceptors,
        learners: protocol.learners,
        distinguished: protocol.distinguished,
        duplicating: spec.environment.delivery == Delivery::UnorderedDuplicating,
    });
    let case = explore(model, Engine::Components, Strategy::Bfs).case;
    assert_eq!(case.counts.unique_states, found.unique as u128, "{spec}");
    assert_eq!(case.counts.generated_states, 1 + found.transitions as u128, "{spec}");
    assert_eq!(case.counts.terminal_states, found.terminal as u128, "{spec}");
    assert_eq!(case.counts.max_depth, Some(found.max_depth as u64), "{spec}");
    for result in &case.properties {
        let length = found.hits.get(result.name).copied();
        assert_eq!(result.trace_length, length, "{} of {spec}", result.name);
        let is_met = found.hits.contains_key(format!("premise:{}", result.name).as_str());
        let vacuous = result.kind == "always" && length.is_none() && !is_met;
        assert_eq!(result.vacuous, vacuous, "vacuity of {} of {spec}", result.name);
    }
    case.properties.iter().any(|result| result.name == "learners-agree" && result.trace_length.is_some())
}

#[test]
fn every_model_file_with_learners_agrees_with_the_naive_checker() {
    let mut compared = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        if model.spec.setup.learners > 0 {
            agrees_with_the_naive_checker(&model, naive_learners::variant(model.spec.setup.variant.name));
            compared += 1;
        }
    }
    assert!(compared >= 7, "{compared}");
}

#[test]
fn every_variant_and_edit_with_learners_agrees_with_the_naive_checker() {
    use naive_learners::{variant, AfterAccept, Choice, Guard, Quorum, Rules};
    type Edit = (&'static str, fn(Rules) -> Rules);
    let edits: [Edit; 8] = [
        ("", |rules| rules),
        ("promise_guard=always", |rules| Rules { promise_guard: Guard::Always, ..rules }),
        ("promise_guard=at-least", |rules| Rules { promise_guard: Guard::AtLeast, ..rules }),
        ("accept_guard=always", |rules| Rules { accept_guard: Guard::Always, ..rules }),
        ("value_choice=own", |rules| Rules { value_choice: Choice::Own, ..rules }),
        ("quorum=one", |rules| Rules { quorum: Quorum::One, ..rules }),
        ("quorum=half", |rules| Rules { quorum: Quorum::Half, ..rules }),
        ("after_accept=continue", |rules| Rules { after_accept: AfterAccept::Continue, ..rules }),
    ];
    let bounds = [(1, 1, 1), (1, 3, 2), (2, 1, 1), (2, 2, 2), (2, 2, 1), (1, 2, 2)]; // acceptors, k, d
    let mut disagreements = 0;
    for name in ["adapted", "as-written", "simulator", "simple"] {
        for (edit, edited) in edits {
            for (acceptors, learners, distinguished) in bounds {
                for proposals in ["[[1,1],[2,2]]", "[[1,5],[2,1]]", "[[1,1],[1,2]]"] {
                    let mut settings = vec![
                        format!("bounds.proposals={proposals}"),
                        format!("bounds.acceptors={acceptors}"),
                        format!("bounds.learners={learners}"),
                        format!("bounds.distinguished={distinguished}"),
                    ];
                    if !edit.is_empty() {
                        settings.push(format!("protocol.rules.{edit}"));
                    }
                    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
                    let model = model(name, &settings);
                    disagreements += usize::from(agrees_with_the_naive_checker(&model, edited(variant(name))));
                }
            }
        }
    }
    assert!(disagreements > 20, "learners disagree in {disagreements} models");
}

/// Every value of `learner_counts`, where it means something, with quorums of either kind.
#[test]
fn whatever_learners_count_agrees_with_the_naive_checker() {
    use naive_learners::{variant, Counts, Quorum, Rules};
    let counts = [
        ("proposals", Counts::Proposals),
        ("values", Counts::Values),
        ("reports", Counts::Reports),
        ("anything", Counts::Anything),
        ("deliveries", Counts::Deliveries),
    ];
    let quorums = [("majority", Quorum::Majority), ("all", Quorum::All), ("one", Quorum::One)];
    for name in ["adapted", "simulator", "simple"] {
        for (value, learner_counts) in counts {
            for (size, accept_quorum) in quorums {
                for (bounds, duplication) in [
                    (&["bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=2"][..], false),
                    (&["bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=1", "bounds.learners=2"], true),
                    (&["bounds.proposals=[[1,5],[2,5]]", "bounds.acceptors=2"], false),
                    (&["bounds.proposals=[[1,5]]", "bounds.acceptors=2"], true),
                ] {
                    let edits = [
                        format!("protocol.rules.learner_counts={value}"),
                        format!("protocol.rules.accept_quorum={size}"),
                        format!("network.duplication={duplication}"),
                    ];
                    let edits: Vec<_> = edits.iter().map(String::as_str).collect();
                    let Ok(model) = try_model(name, &[&["bounds.learners=1"], bounds, &edits].concat()) else {
                        assert_eq!((value, duplication), ("deliveries", false), "{name} {size}");
                        continue;
                    };
                    let rules = Rules { learner_counts, accept_quorum, ..variant(name) };
                    agrees_with_the_naive_checker(&model, rules);
                }
            }
        }
    }
}
