//! The system of thesis 4.2 by every engine, against its naive checker and against what independent programs found.

use crate::cases::{agree, require_pinned, Case, Model, ENGINES};
use crate::naive_disel_sts::{check as naively, Proposal, Setup};
use synod::family::Family;
use synod::input::Fields;
use synod::protocols::disel_sts::rules::{AcceptGuard, AcceptTargets, Answers, HONEST, RULES};
use synod::protocols::disel_sts::{DiselSts, Protocol};

const PAYLOADS: &str = "[[1,1],[1,2],[2,1]]";

fn model(variant: &str, settings: &[&str]) -> Model {
    let protocol = format!("protocol = {{ family = \"disel-sts\", variant = \"{variant}\" }}");
    Model { protocol, settings: settings.iter().map(|setting| setting.to_string()).collect() }
}

/// The tables `protocol` and `bounds`, understood.
fn read(mut fields: Fields) -> Protocol {
    fields.take("protocol.family");
    let protocol = DiselSts::read(&mut fields);
    fields.finish(&["protocol", "bounds", "protocol.rules"]);
    assert_eq!(fields.outcome(), Ok(()));
    protocol.unwrap()
}

fn protocol(model: &Model) -> Protocol {
    let mut fields = Fields::from_toml("m.toml", &model.protocol).unwrap();
    model.settings.iter().for_each(|setting| fields.set(setting).unwrap());
    read(fields)
}

fn naive_setup(protocol: &Protocol) -> Setup {
    let pairs = |proposals: &[synod::protocols::paxos::Proposal]| -> Vec<Proposal> {
        proposals.iter().map(|proposal| (u64::from(proposal.ballot), u64::from(proposal.value))).collect()
    };
    let literal = protocol.literal.as_ref();
    Setup {
        proposals: pairs(&protocol.proposals),
        acceptors: protocol.acceptors,
        literal: literal.map(|literal| (literal.sends as usize, pairs(&literal.payloads))),
        accepts_to_all: protocol.rules.accept_targets == AcceptTargets::All,
        answers_after_prepare: protocol.rules.answers == Answers::AfterPrepare,
        accepts_at_least: protocol.rules.accept_guard == AcceptGuard::AtLeast,
    }
}

/// A bound on what all nodes send together is no bound of each: the symbolic engine refuses it.
fn engines(model: &Model) -> &'static [(&'static str, &'static str)] {
    if model.protocol.contains("literal") {
        &ENGINES[..2]
    } else {
        &ENGINES
    }
}

/// Compares what every engine finds with the naive checker.
fn compare(model: &Model) -> Case {
    let found = naively(&naive_setup(&protocol(model)));
    let case = model.explore("components", "bfs");
    case.compare([found.unique, found.transitions, found.terminal, found.max_depth], &found.hits);
    agree(model, &case, engines(model));
    case
}

const ALL: &str = "protocol.rules.accept_targets=all";
const AFTER: &str = "protocol.rules.answers=after-prepare";
const AT_LEAST: &str = "protocol.rules.accept_guard=at-least";

#[test]
fn the_known_figures_of_honest_systems_come_out() {
    let figures: [(&[&str], [[u64; 4]; 3]); 5] = [
        (&[], [[14, 18, 3, 5], [131, 304, 11, 9], [344, 797, 25, 10]]),
        (&[ALL], [[14, 18, 3, 5], [140, 328, 11, 10], [344, 797, 25, 10]]),
        (&[AFTER], [[9, 9, 2, 5], [70, 128, 9, 9], [102, 197, 6, 10]]),
        (&[ALL, AFTER], [[9, 9, 2, 5], [71, 130, 8, 10], [102, 197, 6, 10]]),
        (&[ALL, AFTER, AT_LEAST], [[10, 10, 2, 6], [76, 138, 8, 12], [117, 221, 8, 11]]),
    ];
    for (edits, expected) in figures {
        for ((proposers, acceptors), expected) in [(1, 1), (1, 2), (2, 1)].into_iter().zip(expected) {
            let bounds = [format!("bounds.proposers={proposers}"), format!("bounds.acceptors={acceptors}")];
            let model = model("honest", &[edits, &bounds.each_ref().map(String::as_str)].concat());
            let case = compare(&model);
            assert_eq!(case.counts(), expected.map(Some), "{model:?}");
            if proposers == 1 {
                assert_eq!(case.length("blocked"), Some(if acceptors == 1 { 4 } else { 7 }), "{model:?}");
            }
        }
    }
}

#[test]
fn the_known_lengths_at_two_proposers_and_two_acceptors_come_out() {
    let lengths: [(&[&str], [Option<usize>; 3]); 5] = [
        (&[], [Some(8), None, Some(16)]),
        (&[ALL], [Some(8), Some(10), Some(16)]),
        (&[AFTER], [None, None, None]),
        (&[ALL, AFTER], [None, None, None]),
        (&[ALL, AFTER, AT_LEAST], [Some(10), Some(12), None]),
    ];
    for (edits, expected) in lengths {
        let model = model("honest", &[edits, &["bounds.proposers=2", "bounds.acceptors=2"]].concat());
        let case = model.explore("components", "bfs");
        assert_eq!(["accepted", "chosen", "one-value"].map(|name| case.length(name)), expected, "{model:?}");
        for name in ["i1", "i2", "i2-formula", "agreement", "validity", "stability", "refines"] {
            assert_eq!(case.length(name), None, "{name} of {model:?}");
        }
        let symbolic = model.explore("symbolic", "bfs");
        assert_eq!(symbolic.counts(), case.counts(), "{model:?}");
    }
}

fn literal(acceptors: usize, sends: usize, payloads: &str) -> Model {
    let bounds = [
        "bounds.proposers=1".to_string(),
        format!("bounds.acceptors={acceptors}"),
        format!("bounds.sends={sends}"),
        format!("bounds.payloads={payloads}"),
    ];
    model("literal", &bounds.each_ref().map(String::as_str))
}

#[test]
fn the_known_figures_of_a_literal_system_with_two_acceptors_come_out() {
    let case = literal(2, 4, PAYLOADS).explore("components", "bfs");
    assert_eq!(case.counts(), [118_695, 420_115, 32_901, 8].map(Some));
    assert_eq!(case.length("i1"), Some(4));
    for name in ["agreement", "i2-formula"] {
        assert_eq!(case.length(name), None, "an acceptor has one vote");
    }
    let fewer = literal(2, 2, PAYLOADS);
    compare(&fewer);
}

#[test]
fn the_known_figures_of_a_literal_system_with_one_acceptor_come_out() {
    let payloads = "[[0,0],[1,1],[1,2],[2,1]]";
    let case = literal(1, 6, payloads).explore("components", "bfs");
    assert_eq!(case.counts(), [322_971, 1_174_529, 147_831, 9].map(Some));
    let fewer = literal(1, 3, payloads);
    compare(&fewer);
}

/// At two proposers and two acceptors as well, and without any of the proposers.
#[test]
fn acceptors_that_promise_to_themselves_violate_i1() {
    let bounds = ["bounds.proposers=2", "bounds.acceptors=2", "bounds.sends=2", "bounds.payloads=[[1,1],[1,2]]"];
    let shown = model("literal", &bounds).check(&[]).unwrap();
    for line in [
        "VIOLATED   i1 (4 steps): two votes with the same ballot have the same value",
        "   1  A1 sends Promise<1,1> to A1",
        "   2• A1 → A1  Promise<1,1>        A1: AInit ⇒ AAccepted <1,1>",
        "   4• A2 → A2  Promise<1,2>        A2: AInit ⇒ AAccepted <1,2>",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn every_single_edit_agrees_at_small_bounds() {
    let bounds = [("[[1,1]]", 1), ("[[1,1]]", 2), ("[[1,1],[2,2]]", 1), ("[[1,5],[2,1]]", 1), ("[[1,1],[1,2]]", 1)];
    let values = RULES.iter().flat_map(|rule| (rule.values)().into_iter().map(move |value| (rule, value)));
    let edits = values.filter(|(rule, value)| (rule.value)(&HONEST) != *value);
    let edits: Vec<_> = edits.map(|(rule, value)| format!("protocol.rules.{}={value}", rule.name)).collect();
    assert_eq!(edits.len(), RULES.len(), "each rule has two values");
    for (proposals, acceptors) in bounds {
        let bounds = [format!("bounds.proposals={proposals}"), format!("bounds.acceptors={acceptors}")];
        let bounds = bounds.each_ref().map(String::as_str);
        let literal = [&bounds[..], &["bounds.sends=2", "bounds.payloads=[[1,1],[2,1]]"]].concat();
        compare(&model("honest", &bounds));
        compare(&model("literal", &literal));
        for edit in &edits {
            compare(&model("honest", &[&bounds, &[edit.as_str()][..]].concat()));
            if edit != AFTER {
                compare(&model("literal", &[&literal, &[edit.as_str()][..]].concat()));
            }
        }
    }
}

#[test]
fn engines_agree_under_faults() {
    for faults in [
        &["network.loss=true"][..],
        &["network.duplication=true"],
        &["network.delivery=ordered"],
        &["faults.crashes=1"],
        &["faults.crashes=1", "faults.recovery=true"],
    ] {
        for edits in [&[ALL][..], &[ALL, AFTER, AT_LEAST]] {
            let bounds = ["bounds.proposers=2", "bounds.acceptors=1"];
            let model = model("honest", &[&bounds, faults, edits].concat());
            agree(&model, &model.explore("components", "bfs"), engines(&model));
        }
        let literal = ["bounds.proposers=1", "bounds.acceptors=1", "bounds.sends=3", "bounds.payloads=[[1,1],[2,1]]"];
        let model = model("literal", &[&literal, faults].concat());
        agree(&model, &model.explore("components", "bfs"), engines(&model));
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bounds = ["bounds.proposers=1", "bounds.acceptors=1"];
    let literal = [&bounds[..], &["bounds.sends=1", "bounds.payloads=[[1,1]]"]].concat();
    for (variant, settings, error) in [
        (
            "honest",
            vec!["bounds.sends=3"],
            "bounds.sends = 3, expected to be absent where protocol.variant = \"honest\"",
        ),
        ("honest", vec!["bounds.learners=1"], "unknown key bounds.learners"),
        ("honest", vec!["protocol.rounds=2"], "unknown key protocol.rounds"),
        ("honest", vec!["network.sends=stepwise"], "every send is a step of its own already"),
        ("honest", vec!["protocol.rules.answer=any-time"], "unknown rule answer; did you mean protocol.rules.answers?"),
        (
            "honest",
            vec!["protocol.rules.answers=anytime"],
            "expected one of any-time, after-prepare; did you mean any-time?",
        ),
        ("honset", vec![], "protocol.variant = \"honset\", expected one of literal, honest; did you mean honest?"),
        ("literal", vec![AFTER], "a literal system ties no send to what was received"),
        ("literal", vec!["bounds.sends=65"], "bounds.sends = 65, expected 0..=64"),
        ("literal", vec!["bounds.payloads=[[1]]"], "bounds.payloads = [[1]], expected 1 to 16 pairs"),
        ("unbounded", vec![], "protocol.variant = \"unbounded\", expected one of literal, honest"),
    ] {
        let base = if variant == "literal" { &literal[..] } else { &bounds[..] };
        let shown = model(variant, &[base, &settings].concat()).check(&[]).unwrap_err();
        assert!(shown.contains(error), "{shown}");
    }
    let missing = model("literal", &bounds).check(&[]).unwrap_err();
    assert!(missing.contains("bounds.sends is missing, expected 0..=64"), "{missing}");
    assert!(missing.contains("bounds.payloads is missing"), "{missing}");
}

#[test]
fn what_is_written_is_read_again() {
    for model in [
        model("honest", &[ALL, AFTER, "bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=2"]),
        literal(2, 1, PAYLOADS),
    ] {
        let protocol = protocol(&model);
        assert_eq!(read(Fields::from_json("written", &DiselSts::write(&protocol))), protocol);
    }
}

#[test]
fn model_files_pin_everything_and_come_out() {
    require_pinned("models/disel-sts", 9);
}
