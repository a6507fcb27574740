//! The product against two naive checkers, which share no code with it: counts, depths, lengths and vacuity, for every
//! variant and every single edit of a rule by one, and in every environment by the other.

use crate::support::{explore, model, model_files, options, try_model, ModelFile, Spec};
use crate::{naive, naive_environments};
use std::collections::BTreeMap;
use std::sync::Arc;
use synod::check::{check, Engine, Options};
use synod::engine::{Control, Limits, Strategy};
use synod::family::{Delivery, Sends};
use synod::model_file::{Expected, Pinned};
use synod::protocols::single_decree::rules::RULES;
use synod::report::Case;

/// The naive checker's rules for a model: its variant's, with the same edits.
fn naive_rules(spec: &Spec) -> naive::Rules {
    use naive::*;
    let mut rules = variant(spec.setup.variant.name);
    let guard = |value: &str| match value {
        "greater" => Guard::Greater,
        "at-least" => Guard::AtLeast,
        "always" => Guard::Always,
        "value-at-least" => Guard::ValueAtLeast,
        "equal" => Guard::Equal,
        other => panic!("{other}"),
    };
    let quorum = |value: &str| match value {
        "all" => Quorum::All,
        "majority" => Quorum::Majority,
        "half" => Quorum::Half,
        "one" => Quorum::One,
        "1" => Quorum::N1,
        "2" => Quorum::N2,
        "3" => Quorum::N3,
        "4" => Quorum::N4,
        "5" => Quorum::N5,
        other => panic!("{other}"),
    };
    for (rule, value) in spec.setup.edits() {
        match (rule, value) {
            ("promise_guard", value) => rules.promise_guard = guard(value),
            ("accept_guard", value) => rules.accept_guard = guard(value),
            ("promise_payload", "accepted") => rules.promise_payload = Payload::Accepted,
            ("promise_payload", "previous") => rules.promise_payload = Payload::Previous,
            ("promise_payload", "incoming") => rules.promise_payload = Payload::Incoming,
            ("promise_payload", "nothing") => rules.promise_payload = Payload::Nothing,
            ("promise_payload", "restamped") => rules.promise_payload = Payload::Restamped,
            ("accept_against", "promised") => rules.accept_against = Against::Promised,
            ("accept_against", "highest") => rules.accept_against = Against::Highest,
            ("overwrite", "always") => rules.overwrite = Overwrite::Always,
            ("overwrite", "never-lower") => rules.overwrite = Overwrite::NeverLower,
            ("accept_quorum", value) => rules.accept_quorum = quorum(value),
            ("promises_count", "own-round") => rules.promises_count = Counts::OwnRound,
            ("promises_count", "any-round") => rules.promises_count = Counts::AnyRound,
            ("accept_targets", "all") => rules.accept_targets = Targets::All,
            ("accept_targets", "promisers") => rules.accept_targets = Targets::Promisers,
            ("nack_carries", "refused") => rules.nack_carries = Carries::Refused,
            ("nack_carries", "promised") => rules.nack_carries = Carries::Promised,
            ("nack", "both") => rules.nack = Nack::Both,
            ("on_nack", "ignore") => rules.on_nack = OnNack::Ignore,
            ("value_choice", "highest") => rules.value_choice = Choice::Highest,
            ("value_choice", "lowest") => rules.value_choice = Choice::Lowest,
            ("value_choice", "own") => rules.value_choice = Choice::Own,
            ("value_choice", "any") => rules.value_choice = Choice::Any,
            ("quorum", value) => rules.quorum = quorum(value),
            ("after_accept", "stop") => rules.after_accept = AfterAccept::Stop,
            ("after_accept", "continue") => rules.after_accept = AfterAccept::Continue,
            ("nack", "sent") => rules.nack = Nack::Sent,
            ("nack", "silent") => rules.nack = Nack::Silent,
            ("on_nack", "abort") => rules.on_nack = OnNack::Abort,
            ("on_nack", "abort-any") => rules.on_nack = OnNack::AbortAny,
            ("on_nack", "accept-zero") => rules.on_nack = OnNack::AcceptZero,
            ("accept_effect", "raise") => rules.accept_effect = Effect::Raise,
            ("accept_effect", "keep") => rules.accept_effect = Effect::Keep,
            ("accept_effect", "forget") => rules.accept_effect = Effect::Forget,
            ("awaits", "any-number") => rules.awaits = Awaits::AnyNumber,
            ("awaits", "one-each") => rules.awaits = Awaits::OneEach,
            ("awaits", "one-each-any-tag") => rules.awaits = Awaits::AnyTag,
            other => panic!("{other:?}"),
        }
    }
    rules
}

fn naive_setup(spec: &Spec) -> naive::Setup {
    naive::Setup {
        rules: naive_rules(spec),
        proposals: spec.setup.proposals.iter().map(|p| (u64::from(p.ballot), u64::from(p.value))).collect(),
        acceptors: spec.setup.acceptors,
        rounds: vec![spec.setup.rounds.into(); spec.setup.proposals.len()],
        stepwise: spec.environment.sends == Sends::Stepwise,
    }
}

/// True iff the naive checker knows the model's environment, and its nodes: it has no learners.
fn is_plain(spec: &Spec) -> bool {
    let environment = spec.environment;
    environment.delivery == Delivery::Unordered
        && !environment.loss
        && environment.max_crashes == 0
        && spec.setup.learners == 0
}

/// True iff a proposer may find several values to choose from. The nondeterministic choice is then made by which of two
/// promises arrives, which takes more states than choosing within the delivery, though no more steps. Where acceptors
/// stop and report what they accepted, nothing is ever reported.
fn has_many_choices(spec: &Spec) -> bool {
    use synod::protocols::single_decree::rules::{AfterAccept, Payload, ValueChoice};
    let reports =
        spec.setup.rules.after_accept == AfterAccept::Continue || spec.setup.rules.promise_payload != Payload::Accepted;
    spec.setup.rules.value_choice == ValueChoice::Any && reports
}

/// The number of states that a model file pins.
fn pinned_states(model: &ModelFile) -> u64 {
    let pinned = model.expect.iter().find_map(|expectation| match expectation.of {
        Expected::Count(Pinned::UniqueStates, count) => Some(count),
        _ => None,
    });
    pinned.expect("every model file pins its states")
}

/// Compares a case with the naive checker's findings.
fn compare(model: &ModelFile, case: &Case) {
    let found = naive::check(&naive_setup(&model.spec));
    let counts = [found.unique, found.transitions, found.terminal, found.max_depth];
    compare_with(model, case, counts, &found.hits);
}

/// Compares a case with its states, transitions, terminal states, depth, and lengths of shortest paths by name.
fn compare_with(model: &ModelFile, case: &Case, counts: [usize; 4], hits: &BTreeMap<&str, usize>) {
    let what = format!("{} ({})", model.spec, case.engine);
    let [unique, transitions, terminal, max_depth] = counts.map(|count| count as u64);
    if !has_many_choices(&model.spec) {
        assert_eq!(case.counts.unique_states, unique.into(), "unique states of {what}");
        assert_eq!(case.counts.generated_states, 1 + u128::from(transitions), "generated states of {what}");
        assert_eq!(case.counts.terminal_states, terminal.into(), "terminal states of {what}");
        assert_eq!(case.counts.max_depth, Some(max_depth), "depth of {what}");
    }
    for result in &case.properties {
        let length = hits.get(result.name).copied();
        assert_eq!(result.trace_length, length, "shortest trace for {} of {what}", result.name);
        let is_met = hits.contains_key(format!("premise:{}", result.name).as_str());
        let vacuous = result.kind == "always" && length.is_none() && !is_met;
        assert_eq!(result.vacuous, vacuous, "vacuity of {} of {what}", result.name);
    }
}

fn compare_settings(variant: &str, settings: &[&str]) {
    let model = model(variant, settings);
    compare(&model, &explore(&model, Engine::Components, Strategy::Bfs).case);
}

#[test]
fn model_files_agree_with_the_naive_checker() {
    let mut compared = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        if is_plain(&model.spec) && pinned_states(&model) <= 30_000 {
            compare(&model, &explore(&model, Engine::Components, Strategy::Bfs).case);
            compared += 1;
        }
    }
    assert!(compared >= 35, "only {compared} model files were compared");
}

#[test]
fn every_variant_agrees_at_every_small_bound() {
    for variant in naive::VARIANTS {
        for (proposers, acceptors) in [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2)] {
            for sends in ["atomic", "stepwise"] {
                if sends == "stepwise" && proposers * acceptors > 4 {
                    continue; // the naive checker takes long
                }
                let bounds = [format!("bounds.proposers={proposers}"), format!("bounds.acceptors={acceptors}")];
                compare_settings(variant, &[&bounds[0], &bounds[1], &format!("network.sends={sends}")]);
            }
        }
    }
}

#[test]
fn values_apart_from_ballots_and_shared_ballots_agree() {
    for proposals in ["[[1,5],[2,1]]", "[[2,1],[1,5]]", "[[1,1],[1,2]]", "[[3,7],[5,7]]", "[[1,9],[2,1],[3,1]]"] {
        for variant in naive::VARIANTS {
            compare_settings(variant, &[&format!("bounds.proposals={proposals}")]);
        }
    }
}

/// Compares what every engine finds with the naive checker.
fn compare_engines(model: &ModelFile) {
    for engine in [Engine::Components, Engine::Symbolic, Engine::Stateright] {
        compare(model, &explore(model, engine, Strategy::Bfs).case);
    }
}

/// The settings without which a value of a rule means nothing; `None` if the naive checker has no such environment.
fn company(rule: &str, value: &str) -> Option<&'static [&'static str]> {
    match (rule, value) {
        ("promises_count", "duplicates") | ("learner_counts", _) => None,
        ("promises_count", "any-round") => Some(&["protocol.rounds=2", "bounds.acceptors=1"]),
        ("nack_carries", "promised") => Some(&["protocol.rounds=2", "bounds.acceptors=1", "protocol.rules.nack=sent"]),
        ("on_nack", "ignore") => Some(&["protocol.rules.nack=sent"]),
        _ => Some(&[]),
    }
}

#[test]
fn every_single_edit_of_every_variant_agrees() {
    let mut compared = 0;
    for variant in naive::VARIANTS {
        for (rule, values, _) in RULES {
            for value in *values {
                let edit = format!("protocol.rules.{rule}={value}");
                // Whether the simulator's accepted acceptor refuses regardless of these two is not for either to say.
                let is_moot = variant == "simulator" && matches!(*rule, "nack" | "after_accept");
                let Some(company) = company(rule, value).filter(|_| !is_moot) else { continue };
                for proposals in ["[[1,1],[2,2]]", "[[1,5],[2,1]]", "[[1,1],[1,2]]"] {
                    let bounds = format!("bounds.proposals={proposals}");
                    let settings = [&[edit.as_str(), bounds.as_str()], company].concat();
                    if let Ok(model) = try_model(variant, &settings) {
                        compare_engines(&model);
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared >= 700, "only {compared} edits were compared");
}

/// Rules that say something of one another, of rounds, or of sends one by one.
#[test]
fn edits_in_company_agree() {
    let stepwise = ["network.sends=stepwise", "bounds.acceptors=2"];
    let targets = ["protocol.rules.accept_targets=promisers", "bounds.acceptors=3"];
    let restarts = ["protocol.rounds=2", "bounds.acceptors=1", "protocol.rules.nack_carries=promised"];
    let keep = "protocol.rules.accept_effect=keep";
    let listed = |settings: &[&'static str]| settings.to_vec();
    for settings in [
        [&targets[..], &["network.sends=stepwise", "bounds.proposers=1"]].concat(),
        [&stepwise[..], &["protocol.rules.accept_targets=promisers", "protocol.rules.quorum=one"]].concat(),
        [&stepwise[..], &["protocol.rules.nack=both"]].concat(),
        [&stepwise[..], &["protocol.rules.nack=both", "protocol.rounds=2", "bounds.acceptors=1"]].concat(),
        [&restarts[..], &["protocol.rules.nack=both"]].concat(),
        [&restarts[..], &["protocol.rules.nack=sent", "protocol.rules.on_nack=abort-any"]].concat(),
        [&restarts[..], &["protocol.rules.nack=sent", "bounds.proposals=[[1,1],[3,2]]"]].concat(),
        listed(&["protocol.rounds=3", "bounds.proposers=1", "protocol.rules.promises_count=any-round"]),
        listed(&[
            "protocol.rounds=2",
            "bounds.proposers=1",
            "bounds.acceptors=3",
            "protocol.rules.promises_count=any-round",
        ]),
        listed(&["protocol.rules.nack=both", "protocol.rules.on_nack=ignore"]),
        listed(&[keep, "protocol.rules.accept_against=highest"]),
        listed(&[keep, "protocol.rules.overwrite=never-lower"]),
        listed(&[keep, "protocol.rules.promise_payload=restamped"]),
        listed(&["protocol.rules.accept_against=highest", "protocol.rules.accept_guard=greater"]),
        listed(&["protocol.rules.accept_against=highest", "protocol.rules.accept_effect=forget"]),
        listed(&["protocol.rules.accept_guard=equal", "protocol.rules.accept_effect=forget"]),
        listed(&["protocol.rules.quorum=1", "protocol.rules.accept_quorum=1", "bounds.acceptors=3"]),
        listed(&["protocol.rules.accept_quorum=all", "bounds.acceptors=3"]),
    ] {
        let has_proposers = settings.iter().any(|setting| setting.starts_with("bounds.propos"));
        let proposers: &[&str] = if has_proposers { &[] } else { &["bounds.proposers=2"] };
        compare_engines(&model("simple", &[&settings, proposers].concat()));
    }
}

#[test]
fn rounds_agree() {
    for settings in [
        &["bounds.proposers=1", "bounds.acceptors=3", "protocol.rounds=2"][..],
        &["bounds.proposers=1", "protocol.rounds=3"],
        &["bounds.proposers=2", "protocol.rounds=2"],
        &["bounds.proposers=2", "protocol.rounds=2", "bounds.acceptors=1", "protocol.rules.nack=sent"],
    ] {
        compare_settings("simple", settings);
    }
}

/// The setup of the naive checker of environments, if it knows the model's variant and nodes.
pub fn environment_setup(spec: &Spec) -> Option<naive_environments::Setup> {
    use naive_environments::{Net, Setup, Storage, Variant};
    use synod::family::{Restart, Retention};
    let variant = match spec.setup.variant.name {
        "adapted" if spec.setup.rounds == 1 => Variant::Adapted, // with more, a refused proposer starts over
        "simple" => Variant::Simple,
        _ => return None,
    };
    let edits = spec.setup.edits();
    let duplicates = edits.contains(&("promises_count", "duplicates"));
    let is_known =
        edits.len() == usize::from(duplicates) && spec.environment.sends == Sends::Atomic && spec.setup.learners == 0;
    is_known.then(|| Setup {
        variant,
        proposals: spec.setup.proposals.iter().map(|p| (u64::from(p.ballot), u64::from(p.value))).collect(),
        acceptors: spec.setup.acceptors,
        rounds: u64::from(spec.setup.rounds),
        network: match spec.environment.delivery {
            Delivery::Unordered => Net::Unordered,
            Delivery::UnorderedDuplicating => Net::Duplicating,
            Delivery::Ordered => Net::Ordered,
        },
        loss: spec.environment.loss,
        crashes: spec.environment.max_crashes,
        recovery: spec.environment.recovery,
        storage: match spec.environment.comeback.storage {
            Retention::Everything => Storage::Kept,
            Retention::Nothing => Storage::Nothing,
            Retention::Late => Storage::Late,
            Retention::Promise => Storage::Promise,
            Retention::Accepted => Storage::Accepted,
        },
        losses: spec.environment.comeback.losses.map(u64::from),
        same_ballot: spec.environment.comeback.restart == Restart::SameBallot,
        duplicates,
    })
}

fn compare_environment(model: &ModelFile, case: &Case, setup: &naive_environments::Setup) {
    let found = naive_environments::check(setup);
    let counts = [found.unique, found.transitions, found.terminal, found.max_depth];
    compare_with(model, case, counts, &found.hits);
}

#[test]
fn model_files_with_faults_agree_with_the_naive_checker_of_environments() {
    let mut compared = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        if let (false, Some(setup)) = (is_plain(&model.spec), environment_setup(&model.spec)) {
            compare_environment(&model, &explore(&model, Engine::Components, Strategy::Bfs).case, &setup);
            compared += 1;
        }
    }
    assert!(compared >= 7, "only {compared} model files were compared");
}

#[test]
fn every_small_environment_agrees() {
    let mut compared = 0;
    let networks = ["network.delivery=unordered", "network.duplication=true", "network.delivery=ordered"];
    let bounds = [
        ("[[1,1]]", 1),
        ("[[1,1]]", 2),
        ("[[1,1]]", 3),
        ("[[1,1],[2,2]]", 1),
        ("[[1,1],[2,2]]", 2),
        ("[[1,5],[2,1]]", 1),
        ("[[1,1],[1,2]]", 1),
    ];
    let faults = [(0, false), (1, false), (1, true), (2, false), (2, true)];
    for (variant, rounds) in [("adapted", 1), ("simple", 1), ("simple", 2)] {
        for (proposals, acceptors) in bounds {
            for (network, loss) in networks.into_iter().flat_map(|network| [(network, false), (network, true)]) {
                for (crashes, recovery) in faults {
                    if crashes == 2 && proposals == "[[1,1]]" && acceptors == 1 {
                        continue; // a model file keeps one node up
                    }
                    let settings = [
                        format!("bounds.proposals={proposals}"),
                        format!("bounds.acceptors={acceptors}"),
                        format!("protocol.rounds={rounds}"),
                        network.to_string(),
                        format!("network.loss={loss}"),
                        format!("faults.crashes={crashes}"),
                        format!("faults.recovery={recovery}"),
                    ];
                    let model = model(variant, &settings.each_ref().map(String::as_str));
                    let limits = Limits { max_states: Some(6_000), ..Limits::default() };
                    let options = Options { limits, ..options(Engine::Components, Strategy::Bfs) };
                    let case = check(&model, &options, &Arc::new(Control::default())).unwrap().case;
                    // The naive checker takes long for the rest.
                    if case.complete {
                        compare_environment(&model, &case, &environment_setup(&model.spec).unwrap());
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared >= 400, "only {compared} environments were compared");
}

/// Lost storage, limited losses, restarts with the same ballot, and promises that count twice, by every engine.
#[test]
fn every_way_of_coming_back_agrees() {
    let mut compared = 0;
    let recovery = ["faults.crashes=1", "faults.recovery=true"];
    let harms = [
        &["faults.storage=nothing"][..],
        &["faults.storage=late"],
        &["faults.storage=promise"],
        &["faults.storage=accepted"],
        &["faults.storage=nothing", "faults.losses=1"],
        &["faults.storage=late", "faults.losses=2"],
        &["faults.restart=same-ballot"],
        &["faults.restart=same-ballot", "faults.storage=promise"],
    ];
    let bounds = [
        &["bounds.proposals=[[1,1]]", "bounds.acceptors=2"][..],
        &["bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=1"],
        &["bounds.proposals=[[1,1]]", "bounds.acceptors=1", "network.duplication=true"],
        &["bounds.proposals=[[1,1]]", "bounds.acceptors=1", "network.delivery=ordered", "network.loss=true"],
        &["bounds.proposals=[[1,1]]", "bounds.acceptors=2", "faults.crashes=2"],
    ];
    for (variant, rounds) in
        [("adapted", "protocol.rounds=1"), ("simple", "protocol.rounds=1"), ("simple", "protocol.rounds=2")]
    {
        for harm in harms {
            for bounds in bounds {
                if rounds == "protocol.rounds=2" && bounds.contains(&"bounds.acceptors=2") {
                    continue; // the naive checker takes long
                }
                let model = model(variant, &[&recovery[..], harm, bounds, &[rounds]].concat());
                let setup = environment_setup(&model.spec).unwrap();
                let found = naive_environments::check(&setup);
                let counts = [found.unique, found.transitions, found.terminal, found.max_depth];
                for engine in [Engine::Components, Engine::Symbolic, Engine::Stateright] {
                    compare_with(&model, &explore(&model, engine, Strategy::Bfs).case, counts, &found.hits);
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 104);
}

#[test]
fn promises_that_count_twice_agree() {
    let duplicates = ["protocol.rules.promises_count=duplicates", "network.duplication=true"];
    for (variant, bounds) in [
        ("simple", &["bounds.proposers=2", "bounds.acceptors=1"][..]),
        ("simple", &["bounds.proposers=2", "bounds.acceptors=2"]),
        ("simple", &["bounds.proposers=1", "bounds.acceptors=3", "protocol.rounds=2"]),
        ("adapted", &["bounds.proposers=1", "bounds.acceptors=3"]),
        ("adapted", &["bounds.proposers=2", "bounds.acceptors=1"]),
    ] {
        let model = model(variant, &[&duplicates[..], bounds].concat());
        let setup = environment_setup(&model.spec).unwrap();
        for engine in [Engine::Components, Engine::Symbolic, Engine::Stateright] {
            compare_environment(&model, &explore(&model, engine, Strategy::Bfs).case, &setup);
        }
    }
}

#[test]
fn engines_and_strategies_agree() {
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        if pinned_states(&model) > 60_000 {
            continue; // the reference takes long; the benchmark compares larger ones
        }
        let reference = explore(&model, Engine::Stateright, Strategy::Bfs).case;
        let by_depth = reference.counts.states_by_depth.as_ref().unwrap();
        assert_eq!(by_depth.iter().sum::<u128>(), reference.counts.unique_states, "{}", model.name);
        assert_eq!(by_depth.len() as u64 - 1, reference.counts.max_depth.unwrap(), "{}", model.name);
        for (engine, strategy) in [
            (Engine::Stateright, Strategy::Dfs),
            (Engine::Components, Strategy::Bfs),
            (Engine::Components, Strategy::Dfs),
        ] {
            let case = explore(&model, engine, strategy).case;
            let what = format!("{} with {} {}", model.name, case.engine, case.strategy);
            assert_eq!(case.counts.unique_states, reference.counts.unique_states, "{what}");
            assert_eq!(case.counts.generated_states, reference.counts.generated_states, "{what}");
            assert_eq!(case.counts.terminal_states, reference.counts.terminal_states, "{what}");
            let expected = (strategy == Strategy::Bfs).then_some(by_depth);
            assert_eq!(case.counts.states_by_depth.as_ref(), expected, "{what}");
            for (one, other) in case.properties.iter().zip(&reference.properties) {
                assert_eq!(one.verdict, other.verdict, "{} of {what}", one.name);
                assert_eq!(one.vacuous, other.vacuous, "{} of {what}", one.name);
                assert_eq!(one.trace_length, other.trace_length, "{} of {what}", one.name);
            }
        }
    }
}
