//! Rules and faults that bugs of real systems consist of: what each does to counts and lengths, which combinations mean
//! nothing, and what a counterexample says of them. The figures are of programs that share no code with this one.

use crate::support::{bug_model_files, explore, model, root, synod, text, try_model, ModelFile, Property};
use std::collections::BTreeSet;
use synod::check::{Checked, Engine};
use synod::engine::Strategy;
use synod::model_file::{Expected, Pinned};
use synod::report::{Case, Verdict};
use synod::trace::Trace;

const TWO: &str = "bounds.proposals=[[1,10],[2,20]]";
const THREE: &str = "bounds.proposals=[[1,10],[2,20],[3,30]]";

/// `simple` with rules `name=value` and settings of other tables.
fn simple(settings: &[&str]) -> ModelFile {
    let full = |setting: &&str| match setting.split_once('=') {
        Some((key, _)) if !key.contains('.') => format!("protocol.rules.{setting}"),
        _ => setting.to_string(),
    };
    let settings: Vec<String> = settings.iter().map(full).collect();
    model("simple", &settings.iter().map(String::as_str).collect::<Vec<_>>())
}

fn check(engine: Engine, settings: &[&str]) -> Checked {
    explore(&simple(settings), engine, Strategy::Bfs)
}

fn length(case: &Case, property: &str) -> Option<usize> {
    let result = case.properties.iter().find(|result| result.name == property).unwrap();
    assert_ne!(result.verdict, Verdict::Unknown, "{property}");
    result.trace_length
}

/// States, transitions, terminal states and depth.
fn counts(case: &Case) -> [u128; 4] {
    let counts = &case.counts;
    let depth = counts.max_depth.unwrap().into();
    [counts.unique_states, counts.generated_states - 1, counts.terminal_states, depth]
}

/// True iff nothing that must always be true is violated, but perhaps what is said of a single acceptor, or of all votes.
fn is_safe(case: &Case) -> bool {
    let always = case.properties.iter().filter(|result| result.kind == "always");
    always
        .filter(|result| !["i2-formula", "one-value"].contains(&result.name))
        .all(|result| result.verdict == Verdict::Holds)
}

#[test]
fn an_acceptor_may_accept_only_what_it_promised() {
    let equal = check(Engine::Components, &[TWO, "bounds.acceptors=3", "accept_guard=equal"]).case;
    assert_eq!(counts(&equal), [3_136, 8_400, 120, 16]);
    assert!(is_safe(&equal));
    for proposals in [TWO, THREE] {
        let settings = [proposals, "bounds.acceptors=3", "accept_guard=equal"];
        let raises = check(Engine::Symbolic, &settings).case;
        let keeps = check(Engine::Symbolic, &[&settings[..], &["accept_effect=keep"]].concat()).case;
        assert_eq!(counts(&raises), counts(&keeps));
        assert!(is_safe(&raises) && is_safe(&keeps));
    }
}

#[test]
fn a_promise_that_accepting_does_not_raise_takes_three_proposers_to_do_harm() {
    let keep = |proposals, more: &[&str]| {
        check(Engine::Symbolic, &[&[proposals, "bounds.acceptors=3", "accept_effect=keep"], more].concat()).case
    };
    let small = keep(TWO, &[]);
    assert_eq!(small.counts.unique_states, 7_936);
    assert!(is_safe(&small));
    let large = keep(THREE, &[]);
    assert_eq!(large.counts.unique_states, 818_192);
    assert_eq!((length(&large, "i2"), length(&large, "agreement")), (Some(16), Some(17)));
    // Each of these three mends it.
    let promisers = keep(TWO, &["accept_targets=promisers"]);
    assert_eq!(counts(&promisers), [1_936, 5_472, 84, 14]);
    for (mend, states) in
        [("accept_targets=promisers", 85_184), ("accept_against=highest", 625_088), ("overwrite=never-lower", 642_944)]
    {
        let mended = keep(THREE, &[mend]);
        assert_eq!(mended.counts.unique_states, states, "{mend}");
        assert!(is_safe(&mended), "{mend}");
    }
}

#[test]
fn where_accepting_raises_the_promise_two_rules_change_nothing() {
    let bounds = [TWO, "bounds.acceptors=3"];
    let plain = check(Engine::Components, &bounds).case;
    for same in ["accept_against=highest", "overwrite=never-lower"] {
        let case = check(Engine::Components, &[&bounds[..], &[same]].concat()).case;
        assert_eq!(counts(&case), counts(&plain), "{same}");
    }
}

#[test]
fn a_report_under_the_promised_ballot_loses_to_the_greater_value() {
    let restamped =
        |proposals| check(Engine::Symbolic, &[proposals, "bounds.acceptors=3", "promise_payload=restamped"]).case;
    assert_eq!(length(&restamped("bounds.proposals=[[1,30],[2,20],[3,10]]"), "agreement"), Some(18));
    assert!(is_safe(&restamped(THREE)), "the tie falls the right way");
}

/// Flexible Paxos: the quorums of the two phases must meet, and need not be majorities.
#[test]
fn quorums_of_the_two_phases_that_meet_are_safe() {
    let quorums = |acceptors: &str, first: &str, second: &str| {
        let acceptors = format!("bounds.acceptors={acceptors}");
        let rules = [format!("quorum={first}"), format!("accept_quorum={second}")];
        check(Engine::Symbolic, &[TWO, &acceptors, &rules[0], &rules[1]]).case
    };
    for (acceptors, first, second, agreement) in [("4", "2", "2", 12), ("5", "3", "2", 16), ("2", "1", "1", 6)] {
        assert_eq!(length(&quorums(acceptors, first, second), "agreement"), Some(agreement), "{acceptors}");
    }
    for (acceptors, first, second, states) in [("5", "4", "2", 304_704), ("4", "2", "3", 186_624)] {
        let case = quorums(acceptors, first, second);
        assert!(is_safe(&case));
        assert_eq!(case.counts.unique_states, states);
    }
    assert!(is_safe(&quorums("2", "half", "majority")), "half and more than half meet");
    assert_eq!(length(&quorums("2", "half", "half"), "agreement"), Some(6), "two halves need not");
}

#[test]
fn promises_for_an_earlier_round_do_harm_once_there_is_one() {
    let both =
        check(Engine::Components, &[TWO, "bounds.acceptors=1", "protocol.rounds=2", "promises_count=any-round"]).case;
    assert_eq!((both.counts.unique_states, length(&both, "agreement")), (576, Some(7)));
}

/// The proposers of a model have equally many rounds; the naive checker may give one of them a second.
#[test]
fn one_second_round_is_enough() {
    use crate::naive::{check, variant, Counts, Rules, Setup};
    let rules = Rules { promises_count: Counts::AnyRound, ..variant("simple") };
    let setup = |rounds| Setup { rules, proposals: vec![(1, 10), (2, 20)], acceptors: 1, rounds, stepwise: false };
    for (rounds, agreement) in [([1, 1], None), ([1, 2], None), ([2, 1], Some(&7))] {
        assert_eq!(check(&setup(rounds.to_vec())).hits.get("agreement"), agreement, "{rounds:?}");
    }
}

#[test]
fn a_promise_that_counts_twice_is_a_quorum_of_one() {
    let duplicates = |acceptors: &str| {
        check(Engine::Components, &[TWO, acceptors, "network.duplication=true", "promises_count=duplicates"]).case
    };
    assert_eq!(length(&duplicates("bounds.acceptors=3"), "agreement"), Some(10));
    assert!(is_safe(&duplicates("bounds.acceptors=2")));
}

#[test]
fn a_learner_that_counts_values_announces_what_is_not_chosen() {
    for acceptors in ["bounds.acceptors=2", "bounds.acceptors=3"] {
        let case = check(Engine::Symbolic, &[TWO, acceptors, "bounds.learners=1", "learner_counts=values"]).case;
        assert_eq!(length(&case, "learned-chosen"), Some(12), "{acceptors}");
    }
}

#[test]
fn refusals_of_accepts_and_refusals_that_tell_the_promise_are_safe() {
    let both = check(Engine::Components, &[TWO, "bounds.acceptors=2", "nack=both"]).case;
    assert_eq!(counts(&both), [345, 836, 8, 13]);
    let tells = [TWO, "bounds.acceptors=1", "protocol.rounds=2", "nack=sent", "nack_carries=promised"];
    let tells = check(Engine::Components, &tells).case;
    assert_eq!(counts(&tells), [1_093, 1_914, 98, 14]);
    assert!(is_safe(&both) && is_safe(&tells));
}

#[test]
fn an_acceptor_that_comes_back_with_less_breaks_agreement() {
    let recovery = ["faults.crashes=1", "faults.recovery=true"];
    let lost =
        |acceptors, more: &[&str]| check(Engine::Symbolic, &[&[TWO, acceptors], &recovery[..], more].concat()).case;
    assert!(is_safe(&lost("bounds.acceptors=1", &[])), "with all that it had it does not");
    assert_eq!(counts(&lost("bounds.acceptors=1", &["faults.storage=nothing"])), [736, 1_632, 0, 15]);
    assert_eq!(counts(&lost("bounds.acceptors=1", &["faults.storage=late"])), [1_296, 2_706, 0, 19]);
    for storage in ["nothing", "late", "promise", "accepted"] {
        let storage = format!("faults.storage={storage}");
        for (acceptors, agreement) in [("bounds.acceptors=1", 8), ("bounds.acceptors=2", 16)] {
            let case = lost(acceptors, &[&storage]);
            assert_eq!(length(&case, "agreement"), Some(agreement), "{storage} {acceptors}");
        }
    }
    // With two acceptors both have to forget: one loss each is enough, and nothing less.
    let once = lost("bounds.acceptors=2", &["faults.storage=nothing", "faults.losses=1"]);
    assert_eq!(length(&once, "agreement"), Some(16));
}

#[test]
fn a_ballot_that_is_used_twice_does_harm_where_promises_are_duplicated() {
    let restart = ["bounds.proposals=[[1,10]]", "bounds.acceptors=3", "faults.crashes=1", "faults.recovery=true"];
    let restart = [&restart[..], &["faults.restart=same-ballot"]].concat();
    let once = check(Engine::Components, &restart).case;
    assert_eq!(counts(&once), [1_890, 5_724, 0, 14]);
    assert!(is_safe(&once));
    let twice = check(Engine::Symbolic, &[&restart[..], &["network.duplication=true"]].concat()).case;
    assert_eq!((length(&twice, "i1"), length(&twice, "agreement")), (Some(10), Some(12)));
}

/// What the counterexample to agreement says of its cause.
fn reasons(settings: &[&str], property: &str) -> Vec<String> {
    let checked = check(Engine::Components, settings);
    let trace: &Trace = checked.traces.iter().find(|trace| trace.property == property).unwrap();
    trace.cause.as_ref().unwrap().reasons.iter().map(|reason| reason.text.clone()).collect()
}

#[test]
fn the_cause_says_where_two_quorums_missed_each_other() {
    let said = reasons(&[TWO, "bounds.acceptors=4", "quorum=2", "accept_quorum=2"], "agreement");
    let missed: Vec<_> = said.iter().filter(|text| text.contains("miss each other")).collect();
    assert_eq!(missed.len(), 1, "{said:#?}");
    assert!(missed[0].contains("P2 has promises of A") && missed[0].contains("choose <1,10>"), "{said:#?}");
    assert!(
        said.iter().any(|text| text.contains("with quorum = majority it would wait for more answers")),
        "{said:#?}"
    );
    assert!(
        said.iter().any(|text| text.contains("with accept_quorum = majority, but agreement would not be violated")),
        "{said:#?}"
    );
    let said = reasons(&[TWO, "bounds.acceptors=3", "accept_quorum=one"], "agreement");
    let judged = "every step is possible with accept_quorum = majority, but agreement would not be violated";
    assert!(said[0].contains(judged), "{said:#?}");
    let missed = said.iter().filter(|text| text.contains("miss each other")).count();
    assert_eq!(missed, 1, "{said:#?}");
}

/// What a model file is told that has these settings.
fn refusal(variant: &str, settings: &[&str]) -> String {
    match try_model(variant, settings) {
        Ok(model) => panic!("{} makes sense", model.spec),
        Err(error) => error.to_string(),
    }
}

#[test]
fn combinations_that_mean_nothing_are_refused_with_the_rule_at_fault() {
    let recovery = "faults.crashes=1";
    for (variant, settings, expected) in [
        ("simple", &["quorum=3"][..], "protocol.rules.quorum = 3 makes no sense: there are 2 acceptors"),
        ("simple", &["accept_quorum=16"], "protocol.rules.accept_quorum = 16 makes no sense: there are 2 acceptors"),
        ("simple", &["quorum=0"], "protocol.rules.quorum = 0, expected one of all, majority, half, one, 1..=16"),
        (
            "simple",
            &["quorum=\"2\""],
            "protocol.rules.quorum = \"2\", expected one of all, majority, half, one, 1..=16",
        ),
        (
            "simple",
            &["promise_guard=equal"],
            "protocol.rules.promise_guard = \"equal\", expected one of greater, at-least",
        ),
        ("adapted", &["accept_against=highest"], "takes no second Accept"),
        ("adapted", &["overwrite=never-lower"], "takes no second Accept"),
        ("adapted", &["promise_payload=restamped"], "an acceptor that has accepted reports nothing"),
        ("simple", &["accept_against=highest", "accept_guard=value-at-least"], "does not compare ballots"),
        ("simple", &["promise_payload=restamped", "accept_effect=forget"], "there is no ballot to stamp"),
        ("simple", &["promises_count=any-round"], "a proposer with one round has no earlier one (protocol.rounds)"),
        ("simple", &["promises_count=duplicates"], "no message is delivered twice where network.duplication = false"),
        ("simple", &["learner_counts=deliveries", "bounds.learners=1"], "no message is delivered twice"),
        ("disel", &["promises_count=duplicates", "network.duplication=true"], "a proposer waits for one answer"),
        ("disel", &["accept_targets=promisers"], "every acceptor is sent Accept<0,0>"),
        ("disel", &["nack=both"], "a Nack makes a proposer send Accepts, and cannot end them too"),
        ("simple", &["nack_carries=promised", "protocol.rounds=2"], "no Nack is ever sent (nack = \"silent\")"),
        (
            "adapted",
            &["nack_carries=promised"],
            "a proposer with one round has no later one to go to (protocol.rounds)",
        ),
        ("simple", &["on_nack=ignore"], "no Nack is ever sent (nack = \"silent\")"),
        ("simple", &["learner_counts=values"], "there are no learners (bounds.learners)"),
        (
            "simple",
            &["value_choice=any", "promises_count=duplicates", "network.duplication=true"],
            "two copies that are not two promises",
        ),
        ("simple", &["faults.storage=nothing"], "expected only where crashed nodes come back"),
        ("simple", &[recovery, "faults.losses=2"], "expected only where crashed nodes come back"),
        ("simple", &["faults.restart=same-ballot"], "expected only where crashed nodes come back"),
        (
            "simple",
            &[recovery, "faults.recovery=true", "faults.losses=2"],
            "expected to be absent where faults.storage = \"kept\"",
        ),
        (
            "simple",
            &[recovery, "faults.recovery=true", "faults.storage=lost"],
            "expected one of kept, nothing, late, promise, accepted",
        ),
    ] {
        let full = |setting: &&str| {
            let is_rule = setting.split_once('=').is_some_and(|(key, _)| !key.contains('.'));
            if is_rule {
                format!("protocol.rules.{setting}")
            } else {
                setting.to_string()
            }
        };
        let settings: Vec<String> = settings.iter().map(full).chain(["bounds.proposers=2".into()]).collect();
        let told = refusal(variant, &settings.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(told.contains(expected), "{told}\nexpected {expected}");
        let key = expected.split(" = ").next().filter(|key| key.starts_with("protocol."));
        assert!(told.starts_with("--set ") && key.is_none_or(|key| told.contains(key)), "at its place: {told}");
    }
}

#[test]
fn a_reference_is_held_against_the_bounds_and_the_network_too() {
    for (reference, expected) in [
        ("simple + quorum=3", "quorum = 3: there are 2 acceptors"),
        ("simple + promises_count=any-round", "a proposer with one round has no earlier one"),
        ("simple + promises_count=duplicates", "no message is delivered twice"),
    ] {
        let told = refusal("simple", &["bounds.proposers=2", &format!("protocol.reference={reference:?}")]);
        assert!(told.contains("makes no sense here: ") && told.contains(expected), "{told}");
    }
}

#[test]
fn models_say_what_they_lose_and_are_read_back() {
    let settings = [
        TWO,
        "bounds.acceptors=4",
        "quorum=2",
        "accept_quorum=3",
        "faults.crashes=1",
        "faults.recovery=true",
        "faults.storage=late",
        "faults.losses=2",
        "faults.restart=same-ballot",
    ];
    let spec = simple(&settings).spec;
    let shown = "single-decree simple + quorum=2 + accept_quorum=3, 2 proposers <1,10> <2,20>, 4 acceptors, unordered network, \
                 up to 1 down at once, with recovery, faults.storage = \"late\", faults.losses = 2, \
                 faults.restart = \"same-ballot\"";
    assert_eq!(spec.to_string(), shown);
    let written = spec.to_json();
    assert_eq!(written["protocol"]["rules"], serde_json::json!({ "quorum": 2, "accept_quorum": 3 }));
    let again = crate::support::Spec::from_json("here", &written).unwrap();
    assert_eq!(again.to_json(), written);
    assert_eq!(again.to_string(), shown);
}

/// Of each bug there is a model that violates what is demanded, and one that mends it: the first words of their names are
/// alike. Causes name the rules that are edited, and no others.
#[test]
fn every_bug_has_a_model_and_one_that_mends_it() {
    let (mut broken, mut mended) = (BTreeSet::new(), BTreeSet::new());
    for file in bug_model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        let what = model.name.split('-').next().unwrap().to_string();
        let demanded = |name: &str| Property::named(name).unwrap().demanded;
        let is_broken = model.expect.iter().any(|expectation| match &expectation.of {
            Expected::Verdict(name, wanted) => wanted.name() == "violated" && demanded(name),
            Expected::Count(..) | Expected::Induction(_) | Expected::Mutants(..) => false,
        });
        if is_broken { &mut broken } else { &mut mended }.insert(what);
        let states = model.expect.iter().find_map(|expectation| match expectation.of {
            Expected::Count(Pinned::UniqueStates, states) => Some(states),
            _ => None,
        });
        if !is_broken || states.unwrap() > 20_000 {
            continue;
        }
        let edits: Vec<_> = model.spec.setup.edits().iter().map(|(rule, _)| rule.to_string()).collect();
        let checked = explore(&model, Engine::Components, Strategy::Bfs);
        for trace in checked.traces.iter().filter(|trace| trace.verdict == "violated" && demanded(&trace.property)) {
            let Some(cause) = &trace.cause else {
                assert_eq!(edits, [] as [String; 0], "{}: a fault is no rule", model.name);
                continue;
            };
            assert!(!cause.reasons.is_empty() && cause.rules.iter().all(|rule| edits.contains(rule)), "{}", model.name);
        }
    }
    let bugs = ["learner", "payload", "promises", "quorums", "restart", "storage"].map(String::from);
    assert_eq!(broken, bugs.clone().into());
    assert!(mended.is_superset(&bugs.into()), "{mended:?}");
}

#[test]
fn statistics_count_what_the_rules_add() {
    let taken = |file: &str, sets: &[&str], branch: &str| -> u64 {
        let sets: Vec<&str> = sets.iter().flat_map(|setting| ["--set", setting]).collect();
        let output = synod(root(), &[&["stats", file, "--json", "-"][..], &sets].concat());
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let fired = told["branches"].as_array().unwrap().iter().find(|fired| fired["name"] == branch);
        fired.unwrap_or_else(|| panic!("no {branch}"))["times"].as_u64().unwrap()
    };
    let (keep, lower) = ("protocol.rules.accept_effect=keep", "protocol.rules.overwrite=never-lower");
    for (file, sets, branch) in [
        ("models/bugs/nack-both-2x2.toml", &[][..], "a Nack ends a round whose Accepts are sent"),
        ("models/bugs/promises-any-round-2x1.toml", &[], "a Promise of an earlier round counts"),
        ("models/bugs/promises-duplicates-2x3.toml", &["bounds.acceptors=2"], "another Promise of an acceptor counts"),
        (
            "models/single-decree/simple-2x3.toml",
            &[keep, lower],
            "an acceptor accepts and keeps what it accepted before",
        ),
    ] {
        assert!(taken(file, sets, branch) > 0, "{branch}");
    }
}

/// Counterexamples of lost storage are steps of stateright's model, and simulation finds them.
#[test]
fn lost_storage_is_replayed_and_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let file = root().join("models/single-decree/simple-2x3.toml").display().to_string();
    let sets = ["bounds.acceptors=1", "faults.crashes=1", "faults.recovery=true", "faults.storage=nothing"];
    let sets: Vec<&str> = sets.iter().flat_map(|setting| ["--set", setting]).collect();
    let checked = synod(folder.path(), &[&["check", &file][..], &sets].concat());
    assert_eq!(checked.status.code(), Some(1));
    let mut traces = std::fs::read_dir(folder.path().join("traces")).unwrap().map(|entry| entry.unwrap().path());
    let trace = traces.find(|path| path.display().to_string().contains("agreement")).unwrap();
    let replayed = synod(folder.path(), &["replay", trace.to_str().unwrap()]);
    let shown = text(&replayed.stdout);
    assert_eq!(replayed.status.code(), Some(0), "{shown}");
    assert!(shown.contains("recovers ") && shown.contains("A1 ⇒ AInit votes=<"), "{shown}");
    let walked = [&["simulate", &file, "--runs", "2000", "--seed", "1"][..], &sets].concat();
    let walked = synod(folder.path(), &walked);
    assert_eq!(walked.status.code(), Some(1), "{}{}", text(&walked.stdout), text(&walked.stderr));
}
