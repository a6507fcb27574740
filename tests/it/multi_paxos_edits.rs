//! Multi-decree Paxos against a naive checker that shares no code with it: counts, depths, lengths and vacuity, for every
//! single edit of a rule, in models small enough that both are quick.

use crate::multi_paxos::{counts, explore, lengths, try_model, ModelFile};
use crate::naive_multi::{self, *};
use synod::check::Engine;
use synod::family::Delivery;
use synod::protocols::multi_paxos::rules::{Rule, RULES};

/// The naive checker's rules with one edited.
fn edited(rules: Rules, rule: &str, value: &str) -> Rules {
    let mut rules = rules;
    let size = |value: &str| match value {
        "majority" => Quorum::Majority,
        "all" => Quorum::All,
        "half" => Quorum::Half,
        "one" => Quorum::One,
        number => Quorum::Just(number.parse().unwrap()),
    };
    match (rule, value) {
        ("promise_guard", "greater") => rules.promise_guard = Guard::Greater,
        ("promise_guard", "at-least") => rules.promise_guard = Guard::AtLeast,
        ("promise_guard", "always") => rules.promise_guard = Guard::Always,
        ("accept_guard", "at-least") => rules.accept_guard = Guard::AtLeast,
        ("accept_guard", "greater") => rules.accept_guard = Guard::Greater,
        ("accept_guard", "always") => rules.accept_guard = Guard::Always,
        ("accept_guard", "equal") => rules.accept_guard = Guard::Equal,
        ("accept_against", "promised") => rules.accept_against = Against::Promised,
        ("accept_against", "highest") => rules.accept_against = Against::Highest,
        ("accept_effect", "raise") => rules.accept_effect = Effect::Raise,
        ("accept_effect", "keep") => rules.accept_effect = Effect::Keep,
        ("accept_effect", "forget") => rules.accept_effect = Effect::Forget,
        ("overwrite", "always") => rules.overwrite = Overwrite::Always,
        ("overwrite", "never-lower") => rules.overwrite = Overwrite::NeverLower,
        ("store", "per-slot") => rules.store = Store::PerSlot,
        ("store", "one") => rules.store = Store::One,
        ("promise_payload", "all") => rules.promise_payload = Payload::All,
        ("promise_payload", "last") => rules.promise_payload = Payload::Last,
        ("promise_payload", "nothing") => rules.promise_payload = Payload::Nothing,
        ("promise_payload", "restamped") => rules.promise_payload = Payload::Restamped,
        ("quorum", value) => rules.quorum = size(value),
        ("accept_quorum", value) => rules.accept_quorum = size(value),
        ("promises_count", "own-round") => rules.promises_count = Count::OwnRound,
        ("promises_count", "any-round") => rules.promises_count = Count::AnyRound,
        ("promises_count", "duplicates") => rules.promises_count = Count::Duplicates,
        ("value_choice", "highest") => rules.value_choice = Choice::Highest,
        ("value_choice", "lowest") => rules.value_choice = Choice::Lowest,
        ("value_choice", "own") => rules.value_choice = Choice::Own,
        ("adopted", "re-proposed") => rules.adopted = Adopted::ReProposed,
        ("adopted", "left") => rules.adopted = Adopted::Left,
        ("gaps", "no-op") => rules.gaps = Gaps::NoOp,
        ("gaps", "own") => rules.gaps = Gaps::Own,
        ("gaps", "skip") => rules.gaps = Gaps::Skip,
        ("proposes", "at-once") => rules.proposes = Proposes::AtOnce,
        ("proposes", "one-by-one") => rules.proposes = Proposes::OneByOne,
        ("accept_targets", "all") => rules.accept_targets = Targets::All,
        ("accept_targets", "promisers") => rules.accept_targets = Targets::Promisers,
        ("nack", "silent") => rules.nack = Nack::Silent,
        ("nack", "sent") => rules.nack = Nack::Sent,
        ("nack", "both") => rules.nack = Nack::Both,
        ("on_nack", "abort") => rules.on_nack = OnNack::Abort,
        ("on_nack", "abort-any") => rules.on_nack = OnNack::AbortAny,
        ("on_nack", "ignore") => rules.on_nack = OnNack::Ignore,
        ("nack_carries", "refused") => rules.nack_carries = NackCarries::Refused,
        ("nack_carries", "promised") => rules.nack_carries = NackCarries::Promised,
        ("learner_counts", "proposals") => rules.learner_counts = LearnerCounts::Proposals,
        ("learner_counts", "values") => rules.learner_counts = LearnerCounts::Values,
        ("learner_counts", "reports") => rules.learner_counts = LearnerCounts::Reports,
        ("learner_counts", "anything") => rules.learner_counts = LearnerCounts::Anything,
        ("learner_counts", "deliveries") => rules.learner_counts = LearnerCounts::Deliveries,
        ("executes", "in-order") => rules.executes = Executes::InOrder,
        ("executes", "as-learnt") => rules.executes = Executes::AsLearnt,
        other => panic!("{other:?}"),
    }
    rules
}

fn naive_setup(model: &ModelFile) -> Setup {
    let (protocol, environment) = (&model.spec.setup, &model.spec.environment);
    assert!(!environment.loss && environment.max_crashes == 0 && environment.delivery != Delivery::Ordered);
    let edits = protocol.rules.edits().into_iter();
    Setup {
        rules: edits.fold(DEFAULT, |rules, (rule, value, _)| edited(rules, rule, value)),
        commands: protocol.commands.iter().map(|own| own.iter().map(|value| u64::from(*value)).collect()).collect(),
        acceptors: protocol.acceptors,
        slots: protocol.slots,
        learners: protocol.learners,
        rounds: u64::from(protocol.rounds),
        duplicating: environment.delivery == Delivery::UnorderedDuplicating,
    }
}

/// Compares the engines with the naive checker.
fn compare(model: &ModelFile, engines: &[Engine]) {
    let found = naive_multi::check(&naive_setup(model));
    let known = [found.unique, found.transitions, found.terminal, found.max_depth].map(|count| count as u128);
    for engine in engines {
        let case = explore(model, *engine).case;
        let what = format!("{} by {}", model.spec, case.engine);
        assert_eq!(counts(&case), known, "{what}");
        let lengths = lengths(&case);
        for result in &case.properties {
            let length = found.hits.get(result.name).copied();
            assert_eq!(lengths.get(result.name).copied(), length, "{} of {what}", result.name);
            let is_met = found.hits.contains_key(format!("premise:{}", result.name).as_str());
            let vacuous = result.kind == "always" && length.is_none() && !is_met;
            assert_eq!(result.vacuous, vacuous, "vacuity of {} of {what}", result.name);
        }
    }
}

/// The values of a rule, and some numbers where it takes them.
fn values(rule: &Rule) -> impl Iterator<Item = &'static str> {
    let numbers: &[&str] = if rule.takes_numbers { &["1", "2"] } else { &[] };
    rule.values.iter().chain(numbers).copied()
}

/// Compares every single edit, on top of these settings, that makes sense there. Returns how many.
fn every_edit_agrees(settings: &[&str], engines: &[Engine]) -> usize {
    let mut compared = 0;
    for rule in RULES {
        for value in values(rule) {
            let edit = format!("protocol.rules.{}={value}", rule.name);
            if let Ok(model) = try_model(&[settings, &[edit.as_str()]].concat()) {
                compare(&model, engines);
                compared += 1;
            }
        }
    }
    compared
}

const ALL: &[Engine] = &[Engine::Components, Engine::Symbolic, Engine::Stateright];
const EXPLICIT: &[Engine] = &[Engine::Components];

#[test]
fn every_edit_agrees_between_two_leaders() {
    let smallest = ["bounds.proposers=2", "bounds.acceptors=1", "bounds.slots=2"];
    assert!(every_edit_agrees(&smallest, ALL) >= 38);
    let two_acceptors = ["bounds.proposers=2", "bounds.acceptors=2", "bounds.slots=2"];
    assert!(every_edit_agrees(&two_acceptors, EXPLICIT) >= 40);
}

#[test]
fn every_edit_agrees_where_refusals_are_told() {
    let one_slot = ["bounds.proposers=2", "bounds.acceptors=1", "bounds.slots=1", "protocol.rounds=2"];
    assert!(every_edit_agrees(&[&one_slot[..], &["protocol.rules.nack=both"]].concat(), EXPLICIT) >= 44);
    assert!(every_edit_agrees(&[&one_slot[..], &["protocol.rules.nack=sent"]].concat(), EXPLICIT) >= 44);
    let one_leader = ["bounds.proposers=1", "bounds.acceptors=2", "bounds.slots=1", "protocol.rounds=2"];
    assert!(every_edit_agrees(&[&one_leader[..], &["protocol.rules.nack=both"]].concat(), EXPLICIT) >= 44);
}

#[test]
fn every_edit_agrees_with_learners() {
    let log = ["bounds.proposers=1", "bounds.acceptors=2", "bounds.slots=2", "bounds.learners=2"];
    assert!(every_edit_agrees(&log, EXPLICIT) >= 44);
    let slot = ["bounds.proposers=2", "bounds.acceptors=2", "bounds.slots=1", "bounds.learners=1"];
    assert!(every_edit_agrees(&slot, EXPLICIT) >= 44);
}

#[test]
fn every_edit_agrees_where_messages_are_delivered_twice() {
    let twice = ["bounds.acceptors=2", "network.duplication=true"];
    let log = ["bounds.proposers=1", "bounds.slots=2", "bounds.learners=1"];
    assert!(every_edit_agrees(&[&twice[..], &log].concat(), EXPLICIT) >= 46);
    let slot = ["bounds.proposers=2", "bounds.slots=1"];
    assert!(every_edit_agrees(&[&twice[..], &slot].concat(), EXPLICIT) >= 42);
}

#[test]
fn every_edit_agrees_where_commands_come_one_by_one_or_are_few() {
    let one_by_one =
        ["bounds.proposers=2", "bounds.acceptors=1", "bounds.slots=3", "protocol.rules.proposes=one-by-one"];
    assert!(every_edit_agrees(&one_by_one, EXPLICIT) >= 38);
    for commands in ["bounds.commands=1", "bounds.commands=[[10, 11], []]", "bounds.commands=[[10, 20], [20, 30]]"] {
        let few = ["bounds.proposers=2", "bounds.acceptors=1", "bounds.slots=3", commands];
        assert!(every_edit_agrees(&few, EXPLICIT) >= 38);
    }
}

/// Two edits at a time, where they meet: what one rule hides the other may show.
#[test]
fn pairs_of_edits_agree() {
    let pairs = [
        ["accept_effect=keep", "accept_against=highest"],
        ["accept_effect=keep", "overwrite=never-lower"],
        ["accept_effect=keep", "accept_targets=promisers"],
        ["accept_effect=keep", "promise_payload=restamped"],
        ["accept_guard=always", "overwrite=never-lower"],
        ["accept_guard=always", "store=one"],
        ["quorum=one", "accept_quorum=one"],
        ["quorum=one", "promise_payload=last"],
        ["adopted=left", "gaps=own"],
        ["adopted=left", "gaps=skip"],
        ["proposes=one-by-one", "gaps=own"],
        ["proposes=one-by-one", "adopted=left"],
        ["value_choice=own", "proposes=one-by-one"],
    ];
    for edits in pairs {
        let edits = edits.map(|edit| format!("protocol.rules.{edit}"));
        for acceptors in ["bounds.acceptors=1", "bounds.acceptors=2"] {
            let settings = ["bounds.proposers=2", "bounds.slots=2", acceptors, &edits[0], &edits[1]];
            compare(&try_model(&settings).unwrap(), EXPLICIT);
        }
    }
}
