//! A log by multi-decree Paxos: what is known of it, by every engine; at one slot it is simple Paxos; how its models are read
//! and refused.

use crate::support::{explore as explore_single, model as single_decree, options, root, synod, text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use synod::check::{check, Checked, Engine};
use synod::engine::{Control, Strategy};
use synod::family::{Family as _, Kind};
use synod::input::InputError;
use synod::model_file::Expected;
use synod::protocols::multi_paxos::rules::RULES;
use synod::protocols::multi_paxos::MultiPaxos;
use synod::report::Case;

pub type ModelFile = synod::model_file::ModelFile<MultiPaxos>;
type Property = synod::family::Property<MultiPaxos>;

/// A model with these settings, as `--set` takes them, where they may contradict one another.
pub fn try_model(settings: &[&str]) -> Result<ModelFile, InputError> {
    let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
    ModelFile::parse("test".into(), "test.toml".into(), "[protocol]\nfamily = \"multi-paxos\"\n", &settings)
}

/// The settings of N proposers, M acceptors and S slots.
pub fn bounds(proposers: usize, acceptors: usize, slots: usize) -> Vec<String> {
    [("proposers", proposers), ("acceptors", acceptors), ("slots", slots)]
        .map(|(name, count)| format!("bounds.{name}={count}"))
        .to_vec()
}

/// The model of N proposers, M acceptors and S slots with further settings.
pub fn model(sizes: (usize, usize, usize), settings: &[&str]) -> ModelFile {
    let bounds = bounds(sizes.0, sizes.1, sizes.2);
    let settings: Vec<_> = bounds.iter().map(String::as_str).chain(settings.iter().copied()).collect();
    try_model(&settings).unwrap_or_else(|error| panic!("{settings:?}: {error}"))
}

pub fn explore(model: &ModelFile, engine: Engine) -> Checked {
    let control = Arc::new(Control::default());
    check(model, &options(engine, Strategy::Bfs), &control).unwrap_or_else(|error| panic!("{error}"))
}

/// States, transitions, terminal states, depth.
pub fn counts(case: &Case) -> [u128; 4] {
    let counts = &case.counts;
    let depth = counts.max_depth.map_or(0, u128::from);
    [counts.unique_states, counts.generated_states - 1, counts.terminal_states, depth]
}

/// The lengths of the shortest paths that settle properties.
pub fn lengths(case: &Case) -> BTreeMap<&'static str, usize> {
    case.properties.iter().filter_map(|result| Some((result.name, result.trace_length?))).collect()
}

/// Requires that a model has these counts and, of these properties, these lengths; 0 stands for never. All engines are asked
/// about a small model.
fn is_known(model: &ModelFile, known: [u128; 4], settled: &[(&str, usize)]) {
    let small = known[0] < 3_000;
    let engines = [Engine::Components, Engine::Symbolic, Engine::Stateright];
    for engine in engines.into_iter().filter(|engine| small || *engine != Engine::Stateright) {
        let case = explore(model, engine).case;
        assert_eq!(counts(&case), known, "{} by {}", model.spec, case.engine);
        let lengths = lengths(&case);
        for (name, length) in settled {
            let found = lengths.get(name).copied().unwrap_or_default();
            assert_eq!(found, *length, "{name} of {} by {}", model.spec, case.engine);
        }
    }
}

/// Requires these lengths of the model at 2 x 2 x 2, or 2 x 1 x 2.
fn settles(sizes: (usize, usize, usize), settings: &[&str], settled: &[(&str, usize)]) {
    let model = model(sizes, settings);
    let known = counts(&explore(&model, Engine::Stateright).case);
    is_known(&model, known, settled);
}

#[test]
fn what_is_known_of_logs_comes_out() {
    let chosen = |all, over, noop| [("chosen", 6), ("all-chosen", all), ("handed-over", over), ("noop-chosen", noop)];
    is_known(&model((1, 3, 2), &[]), [404, 1_248, 6, 11], &chosen(8, 0, 0));
    let least = [("chosen", 3), ("all-chosen", 4), ("handed-over", 6), ("noop-chosen", 6)];
    is_known(&model((2, 1, 2), &[]), [36, 47, 5, 8], &least);
    is_known(&model((2, 2, 2), &[]), [576, 1_314, 19, 16], &chosen(8, 12, 11));
    is_known(&model((2, 2, 2), &["bounds.commands=1"]), [180, 378, 7, 14], &chosen(12, 12, 0));
    is_known(&model((2, 2, 2), &["bounds.commands=1"]), [180, 378, 7, 14], &[("incomplete", 6)]);
    let later = [("chosen", 7), ("all-chosen", 10), ("handed-over", 14), ("noop-chosen", 13)];
    is_known(&model((2, 2, 2), &["protocol.rules.proposes=one-by-one"]), [775, 1_865, 19, 18], &later);
}

#[test]
fn a_log_of_two_leaders_and_three_acceptors_is_known() {
    let settled = [("chosen", 6), ("all-chosen", 8), ("handed-over", 12), ("noop-chosen", 11), ("agreement", 0)];
    is_known(&model((2, 3, 2), &[]), [163_216, 543_264, 2_328, 22], &settled);
}

#[test]
fn learners_execute_one_log() {
    let two = ["bounds.learners=2"];
    let settled = [("executed", 8), ("full-log", 12), ("log-agreement", 0), ("executed-in-order", 0)];
    is_known(&model((1, 2, 2), &two), [633, 2_512, 1, 16], &settled);
    let as_learnt = ["bounds.learners=2", "protocol.rules.executes=as-learnt"];
    let settled = [("executed-in-order", 8), ("executed-chosen", 8), ("log-agreement", 12)];
    is_known(&model((1, 2, 2), &as_learnt), [666, 2_576, 4, 16], &settled);
}

#[test]
fn every_edit_that_loses_a_command_is_found_at_its_length() {
    let rule = |rule: &str| format!("protocol.rules.{rule}");
    for (edit, at_two, at_one) in [
        ("promise_payload=last", 14, 7),
        ("promise_payload=nothing", 12, 6),
        ("value_choice=own", 12, 6),
        ("store=one", 14, 7),
        ("accept_guard=always", 12, 6),
        ("accept_effect=forget", 12, 6),
        ("promise_guard=always", 12, 6),
    ] {
        settles((2, 2, 2), &[&rule(edit)], &[("agreement", at_two)]);
        settles((2, 1, 2), &[&rule(edit)], &[("agreement", at_one)]);
    }
    let ones = [&*rule("quorum=1"), &rule("accept_quorum=1")];
    settles((2, 2, 2), &ones, &[("agreement", 6)]);
    let ones = [&*rule("quorum=one"), &rule("accept_quorum=one")];
    settles((2, 2, 2), &ones, &[("agreement", 6)]);
}

#[test]
fn edits_that_are_safe_are_seen_by_reachability_only() {
    let agreement = ("agreement", 0);
    settles((2, 2, 2), &["protocol.rules.gaps=skip"], &[agreement, ("hole-for-ever", 11), ("noop-chosen", 0)]);
    settles((2, 2, 2), &["protocol.rules.adopted=left"], &[agreement, ("blocked", 10), ("hole-for-ever", 11)]);
    settles((2, 2, 2), &["protocol.rules.accept_guard=greater"], &[agreement, ("accepted", 0), ("blocked", 4)]);
    settles((2, 2, 2), &["protocol.rules.gaps=own"], &[agreement, ("noop-chosen", 0), ("all-chosen", 8)]);
    for edit in ["protocol.rules.value_choice=lowest", "protocol.rules.accept_effect=keep"] {
        let case = explore(&model((2, 3, 2), &[edit]), Engine::Components).case;
        assert!(case.complete && !lengths(&case).contains_key("agreement"), "{edit}");
    }
}

/// What is wrong with learners is seen by one of them.
#[test]
fn learners_that_count_otherwise_learn_what_is_not_chosen() {
    for (sizes, settings, length) in [
        ((2, 2, 1), &["bounds.learners=1", "protocol.rules.learner_counts=values"][..], 12),
        ((2, 2, 1), &["bounds.learners=1", "protocol.rules.learner_counts=reports"], 12),
        ((2, 2, 1), &["bounds.learners=1", "protocol.rules.learner_counts=anything"], 12),
        ((1, 3, 1), &["bounds.learners=1", "network.duplication=true", "protocol.rules.learner_counts=deliveries"], 7),
    ] {
        settles(sizes, settings, &[("learned-chosen", length), ("agreement", 0)]);
    }
}

/// At one slot the graph is that of simple Paxos, rule by rule.
#[test]
fn one_slot_is_simple_paxos() {
    let environments = [
        &[][..],
        &["bounds.learners=1"],
        &["network.loss=true"],
        &["network.duplication=true"],
        &["network.delivery=ordered"],
        &["faults.crashes=1"],
        &["faults.crashes=1", "faults.recovery=true"],
        &["protocol.rounds=2", "protocol.rules.nack=sent"],
        &["protocol.rules.accept_effect=keep"],
        &["protocol.rules.quorum=all"],
        &["protocol.rules.value_choice=own"],
    ];
    for (proposers, acceptors) in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)] {
        for environment in environments {
            if proposers * acceptors == 4
                && environment.iter().any(|set| set.starts_with("faults") || set.contains('2'))
            {
                continue; // the reference takes long
            }
            let sizes = [format!("bounds.proposers={proposers}"), format!("bounds.acceptors={acceptors}")];
            let settings: Vec<&str> = sizes.iter().map(String::as_str).chain(environment.iter().copied()).collect();
            let simple = explore_single(&single_decree("simple", &settings), Engine::Components, Strategy::Bfs).case;
            let log = explore(&model((proposers, acceptors, 1), environment), Engine::Components).case;
            assert_eq!(counts(&log), counts(&simple), "{settings:?}");
            let same = [
                "i1",
                "i2",
                "agreement",
                "validity",
                "accepted",
                "adopted",
                "chosen",
                "aborted",
                "two-votes",
                "blocked",
            ];
            for name in same {
                assert_eq!(lengths(&log).get(name), lengths(&simple).get(name), "{name} {settings:?}");
            }
        }
    }
    is_known(&model((2, 3, 1), &[]), [4_624, 11_904, 312, 16], &[]);
    is_known(&model((2, 3, 1), &["bounds.learners=1"]), [29_680, 89_100, 3_096, 19], &[]);
}

/// What the slots of leaders that know all commands do does not interfere: one leader's states, to the power of the leaders.
#[test]
fn states_are_the_closed_forms() {
    let states =
        |sizes, settings: &[&str]| explore(&model(sizes, settings), Engine::Components).case.counts.unique_states;
    for (slots, power) in [(1, 8), (2, 64), (3, 512), (4, 4096)] {
        assert_eq!(states((1, 3, slots), &[]), 20 + 6 * power);
    }
    for (acceptors, slots) in [(1, 1), (1, 3), (2, 2), (2, 3), (3, 1)] {
        let one = states((1, acceptors, slots), &[]);
        assert_eq!(states((2, acceptors, slots), &[]), one.pow(2), "{acceptors} {slots}");
    }
    assert_eq!(states((3, 1, 2), &[]), states((1, 1, 2), &[]).pow(3));
    let rounds = ["protocol.rounds=2"];
    assert_eq!(states((2, 1, 2), &rounds), states((1, 1, 2), &rounds).pow(2));
    for lost in ["protocol.rules.proposes=one-by-one", "bounds.commands=1", "protocol.rules.nack=sent"] {
        assert_ne!(states((2, 2, 2), &[lost]), states((1, 2, 2), &[lost]).pow(2), "{lost}");
    }
}

#[test]
fn engines_agree_in_every_environment() {
    let environments = [
        &["network.loss=true"][..],
        &["network.duplication=true"],
        &["network.delivery=ordered"],
        &["network.delivery=ordered", "network.loss=true"],
        &["faults.crashes=1"],
        &["faults.crashes=1", "faults.recovery=true"],
        &["faults.crashes=1", "faults.recovery=true", "protocol.rounds=2"],
    ];
    for sizes in [(2, 1, 2), (1, 2, 2)] {
        for more in [&[][..], &["protocol.rules.proposes=one-by-one"]] {
            for environment in environments {
                let model = model(sizes, &[environment, more].concat());
                let reference = explore(&model, Engine::Stateright).case;
                for engine in [Engine::Components, Engine::Symbolic] {
                    let case = explore(&model, engine).case;
                    assert_eq!(counts(&case), counts(&reference), "{} by {}", model.spec, case.engine);
                    assert_eq!(lengths(&case), lengths(&reference), "{} by {}", model.spec, case.engine);
                }
            }
        }
    }
}

/// Model files of the family.
fn model_files() -> Vec<PathBuf> {
    let folders = ["models/multi-paxos", "models/mutations"].map(|folder| root().join(folder));
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| std::fs::read_to_string(file).unwrap().contains("\"multi-paxos\""));
    files.sort();
    files
}

/// What a model is asked unless it says otherwise: properties of executions only by name.
fn asked_unless_said(model: &ModelFile) -> Vec<Property> {
    let all = Property::of(&model.spec.model()).into_iter();
    all.filter(|property| matches!(property.kind, Kind::Always | Kind::Sometimes)).collect()
}

#[test]
fn model_files_say_why_they_exist_and_pin_everything() {
    let files = model_files();
    assert!(files.len() >= 20, "{}", files.len());
    for file in files {
        let (source, place) = (std::fs::read_to_string(&file).unwrap(), file.display());
        assert!(source.starts_with("# "), "{place} opens with the reason for it");
        let model = ModelFile::read(&file, &[]).unwrap();
        for property in asked_unless_said(&model) {
            let is_it = |of: &Expected| matches!(of, Expected::Verdict(name, _) if *name == property.name);
            assert!(model.expect.iter().any(|expected| is_it(&expected.of)), "{place} pins {}", property.name);
        }
        let pinned = model.expect.iter().filter(|expected| matches!(expected.of, Expected::Count(..))).count();
        assert_eq!(pinned, 4, "{place} pins its counts");
        let protocol = &model.spec.setup;
        let sizes = format!("{}x{}x{}", protocol.commands.len(), protocol.acceptors, protocol.slots);
        assert!(model.name.contains(&sizes), "{place} carries its sizes {sizes} in its name");
        // The comment at an expectation is the length of its trace.
        let lengths = lengths(&explore(&model, Engine::Components).case).into_iter();
        for (name, length) in lengths {
            let line = source.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
            assert!(line.ends_with(&format!("# {length} steps")), "{place}: {line}, {length}");
        }
    }
}

/// A counterexample names the first step that the protocol would not take, and what it would do instead.
#[test]
fn causes_name_the_step_and_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    for (name, lines) in [
        (
            "payload-last-2x1x2",
            &[
                "VIOLATED   agreement (7 steps): no two proposals chosen in one slot differ in value",
                "evidence   <1,10> chosen in slot 1 by A1 since step 3",
                "           <2,0> chosen in slot 1 by A1 since step 7",
                "cause      step 5: A1 promises 2 though it accepted 1:<1,10>, reporting 2:<1,11>; with promise_payload = all \
                 it would promise 2, reporting 1:<1,10> 2:<1,11>",
            ][..],
        ),
        (
            "choice-own-2x1x2",
            &["cause      step 5: P2 proposes 20 in slot 1, 21 in slot 2 after 1 promise reporting 1:<1,10>; with \
               value_choice = highest it would propose 10 in slot 1, 20 in slot 2"],
        ),
        ("store-one-2x1x2", &["cause      step 4: A1 accepts <1,11> in slot 2, forgetting 1:<1,10>; with store = per-slot"]),
        ("accept-always-2x1x2", &["A1 accepts <1,10> in slot 1 though it promised 2; with accept_guard = at-least it would not"]),
        (
            "learner-values-2x2x2",
            &[
                "VIOLATED   learned-chosen (12 steps)",
                "L1 learns <1,10> for slot 1, executing 10; with learner_counts = proposals it would wait for more reports",
            ],
        ),
        (
            "as-learnt-1x2x2",
            &[
                "VIOLATED   log-agreement (12 steps)",
                "evidence   L1 executes 10 as number 1 of its log in step 11",
                "           L2 executes 11 as number 1 of its log in step 12",
            ],
        ),
    ] {
        let file = root().join(format!("models/mutations/multi-{name}.toml")).display().to_string();
        let shown = text(&synod(folder.path(), &["check", &file]).stdout);
        for line in lines {
            assert!(shown.contains(line), "{line}\n{shown}");
        }
    }
}

/// What statistics expect to happen does, and each of it somewhere.
#[test]
fn every_branch_of_the_handlers_fires() {
    let mut fired = BTreeSet::new();
    for name in [
        "2x2x2",
        "2x2x2-one-by-one",
        "2x2x2-preempted",
        "2x1x2-preempted-rounds-2",
        "1x2x2-rounds-2",
        "2x3x1",
        "2x2x2-gaps-own",
        "2x2x2-learner",
    ] {
        let file = root().join(format!("models/multi-paxos/multi-{name}.toml")).display().to_string();
        let output = synod(root(), &["stats", &file, "--json", "-"]);
        let statistics: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let times = |kind: &str| -> Vec<(String, u64)> {
            let each = statistics[kind].as_array().unwrap().iter();
            each.map(|of| (of["name"].as_str().unwrap().into(), of["times"].as_u64().unwrap())).collect()
        };
        for (branch, times) in times("branches") {
            assert!(times > 0 || name.contains("rounds"), "{name}: {branch} never happens");
            fired.extend((times > 0).then_some(branch));
        }
        let all: u64 = times("kinds").iter().map(|(_, times)| times).sum();
        assert_eq!(Some(all), statistics["transitions"].as_u64(), "{name}: every transition is of one kind");
    }
    for branch in MultiPaxos::branches() {
        assert!(fired.contains(branch.name), "{} happens in none of these", branch.name);
    }
}

#[test]
fn a_model_is_written_as_it_is_read() {
    for (sizes, settings) in [
        ((2, 3, 2), &[][..]),
        ((1, 1, 8), &["bounds.commands=3", "bounds.learners=2", "protocol.rounds=2"]),
        (
            (2, 3, 2),
            &["bounds.commands=[[10, 11], []]", "protocol.rules.quorum=2", "protocol.rules.accept_quorum=half"],
        ),
    ] {
        let spec = model(sizes, settings).spec;
        let again = synod::family::Spec::<MultiPaxos>::from_json("t", &spec.to_json()).unwrap();
        assert_eq!((&again.setup, again.to_json()), (&spec.setup, spec.to_json()));
    }
    let shown = |sizes, settings: &[&str]| model(sizes, settings).spec.setup.to_string();
    assert_eq!(shown((2, 3, 2), &[]), "multi-paxos, 2 proposers, 3 acceptors, 2 slots");
    let edited = ["bounds.commands=1", "protocol.rules.quorum=2", "protocol.rounds=3", "bounds.learners=1"];
    let expected = "multi-paxos + quorum=2, 3 rounds, 1 proposer, 3 acceptors, 2 slots, 1 command each, 1 learner";
    assert_eq!(shown((1, 3, 2), &edited), expected);
    let listed = shown((2, 1, 1), &["bounds.commands=[[7], []]"]);
    assert_eq!(listed, "multi-paxos, 2 proposers, 1 acceptor, 1 slot, commands [7] []");
}

#[test]
fn rules_that_make_no_sense_are_refused_with_the_reason() {
    for (settings, error) in [
        (
            &["protocol.rules.quorum=4"][..],
            "protocol.rules.quorum = 4 makes no sense: there are no more than 3 acceptors",
        ),
        (
            &["protocol.rules.accept_quorum=0"],
            "accept_quorum = 0, expected one of majority, all, half, one, or a number",
        ),
        (&["protocol.rules.value_choice=any"], "value_choice = \"any\", expected one of highest, lowest, own"),
        (&["protocol.rules.gaps=skipp"], "expected one of no-op, own, skip; did you mean skip?"),
        (&["protocol.rules.gap=skip"], "unknown key protocol.rules.gap; did you mean protocol.rules.gaps?"),
        (&["protocol.rules.on_nack=ignore"], "on_nack = \"ignore\" makes no sense: no Nack is ever sent"),
        (
            &["protocol.rules.nack_carries=promised", "protocol.rounds=2"],
            "nack_carries = \"promised\" makes no sense: no Nack",
        ),
        (
            &["protocol.rules.nack_carries=promised", "protocol.rules.nack=sent"],
            "makes no sense: a proposer has one round",
        ),
        (
            &["protocol.rules.promises_count=any-round"],
            "promises_count = \"any-round\" makes no sense: a proposer has one round",
        ),
        (
            &["protocol.rules.promises_count=duplicates"],
            "promises_count = \"duplicates\" makes no sense: no message is delivered twice",
        ),
        (
            &["protocol.rules.learner_counts=values"],
            "learner_counts = \"values\" makes no sense: there are no learners",
        ),
        (&["protocol.rules.executes=as-learnt"], "executes = \"as-learnt\" makes no sense: there are no learners"),
        (
            &["protocol.rules.learner_counts=deliveries", "bounds.learners=1"],
            "learner_counts = \"deliveries\" makes no sense: no message is delivered twice",
        ),
        (&["protocol.rules.store=one", "protocol.rules.promise_payload=last"], "store = \"one\" makes no sense"),
        (
            &["protocol.rules.accept_targets=promisers", "protocol.rules.proposes=one-by-one"],
            "accept_targets = \"promisers\" makes no sense: a leader that proposes one command after the other",
        ),
        (
            &["protocol.rules.promise_payload=restamped", "protocol.rules.accept_effect=forget"],
            "promise_payload = \"restamped\" makes no sense: an acceptor that forgets its promise",
        ),
        (&["network.sends=stepwise"], "network.sends = \"stepwise\", expected \"atomic\" for the family multi-paxos"),
        (&["bounds.slots=9"], "bounds.slots = 9, expected 1..=8"),
        (&["bounds.commands=9"], "bounds.commands = 9, expected 1..=8"),
        (&["bounds.commands=[[1], [0]]"], "expected commands in 1..=1000000 (0 is the no-op)"),
        (&["bounds.commands=[[1, 1], [2]]"], "expected every command of a proposer once, and not 1 again"),
        (&["bounds.commands=[[1]]"], "bounds.proposers = 2, expected 1, as many as bounds.commands lists"),
        (&["bounds.commands=some"], "expected how many each proposer has, 1..=8, or a list for each proposer"),
    ] {
        let bounds = bounds(2, 3, 2);
        let settings: Vec<_> = bounds.iter().map(String::as_str).chain(settings.iter().copied()).collect();
        let found = try_model(&settings).map(|model| model.spec.to_string()).unwrap_err().to_string();
        assert!(found.contains(error), "{settings:?}: {found}");
    }
    let missing = try_model(&[]).unwrap_err().to_string();
    for key in ["bounds.acceptors", "bounds.slots", "bounds.proposers"] {
        assert!(missing.contains(&format!("{key} is missing")), "{missing}");
    }
}

/// Every value of every rule can be set somewhere, and is what the model then has.
#[test]
fn every_value_of_every_rule_can_be_set() {
    let settings = ["bounds.learners=1", "protocol.rounds=2", "network.duplication=true"];
    for rule in RULES {
        for value in rule.values {
            let edit = format!("protocol.rules.{}={value}", rule.name);
            let nack = if rule.name == "nack" { "protocol.rounds=2" } else { "protocol.rules.nack=both" };
            let model = model((2, 3, 2), &[&settings[..], &[nack, &edit]].concat());
            assert_eq!(model.spec.setup.rules.value(rule.name), Some(*value), "{edit}");
        }
    }
    assert_eq!(RULES.len(), 20);
}
