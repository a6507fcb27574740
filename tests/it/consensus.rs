//! Clients on an abstract service and on the real one, by every engine, against their naive checker and against what
//! independent programs found.

use crate::cases::{agree, require_pinned, Case, Model, ENGINES};
use crate::naive_consensus::{check as naively, Choice, Effect, Guard, Rules, Service, Setup, SIMPLE};
use crate::support::{root, synod, text};
use serde_json::{json, Value};
use synod::family::Family;
use synod::input::Fields;
use synod::protocols::consensus::Consensus;

fn model(service: &str, settings: &[&str]) -> Model {
    let protocol = format!("protocol = {{ family = \"consensus\", {service} }}");
    Model { protocol, settings: settings.iter().map(|setting| setting.to_string()).collect() }
}

const ABSTRACT: &str = "service = \"abstract\"";
const SIMPLE_PAXOS: &str = "service = \"single-decree\", variant = \"simple\"";

fn on_register(values: usize, clients: usize) -> Model {
    model(ABSTRACT, &[&format!("bounds.values={values}"), &format!("bounds.clients={clients}")])
}

fn bounds(proposers: usize, acceptors: usize, clients: usize) -> [String; 3] {
    [
        format!("bounds.proposers={proposers}"),
        format!("bounds.acceptors={acceptors}"),
        format!("bounds.clients={clients}"),
    ]
}

fn on_simple((proposers, acceptors, clients): (usize, usize, usize), settings: &[&str]) -> Model {
    let bounds = bounds(proposers, acceptors, clients);
    model(SIMPLE_PAXOS, &[&bounds.each_ref().map(String::as_str), settings].concat())
}

/// Compares what every engine finds with the naive checker.
fn compare(model: &Model, setup: &Setup) -> Case {
    let found = naively(setup);
    let case = model.explore("components", "bfs");
    case.compare([found.unique, found.transitions, found.terminal, found.max_depth], &found.hits);
    agree(model, &case, &ENGINES);
    case
}

fn simple(rules: Rules, (proposers, acceptors, clients): (u64, usize, usize)) -> Setup {
    let proposals = (1..=proposers).map(|i| (i, i)).collect();
    Setup { service: Service::Simple(rules, proposals, acceptors), clients }
}

#[test]
fn the_known_figures_of_the_abstract_service_come_out() {
    for (clients, expected) in [(1, [5, 4, 2, 2]), (2, [11, 12, 2, 4]), (3, [27, 42, 2, 6])] {
        let case = compare(&on_register(2, clients), &Setup { service: Service::Abstract(2), clients });
        assert_eq!(case.counts(), expected.map(Some));
        for name in ["refines", "acted-chosen", "clients-agree", "tokens-match"] {
            assert!(clients == 1 && name == "tokens-match" || case.length(name).is_none(), "{name}");
        }
        if clients == 2 {
            assert_eq!(["acted", "all-acted", "met"].map(|name| case.length(name)), [2, 3, 4].map(Some));
        }
    }
}

#[test]
fn the_known_figures_of_simple_paxos_come_out() {
    for (size, expected) in [
        ((1, 2, 2), [34, 63, 1, 11]),
        ((2, 1, 2), [52, 80, 6, 9]),
        ((2, 2, 1), [288, 636, 14, 15]),
        ((2, 2, 2), [1_128, 3_342, 48, 19]),
    ] {
        let case = compare(&on_simple(size, &[]), &simple(SIMPLE, (size.0 as u64, size.1, size.2)));
        assert_eq!(case.counts(), expected.map(Some), "{size:?}");
        for (name, _) in case.properties().filter(|(_, result)| result["kind"] == "always") {
            assert_eq!(case.length(name), None, "{name} at {size:?}");
        }
    }
}

/// A client that has nobody to tell is a learner.
#[test]
fn one_client_on_a_protocol_is_its_graph_with_one_learner() {
    let bounds = bounds(2, 2, 1);
    let bounds = bounds.each_ref().map(String::as_str);
    for variant in synod::protocols::single_decree::VARIANTS {
        let service = format!("service = \"single-decree\", variant = \"{}\"", variant.name);
        let ours = model(&service, &bounds).explore("components", "bfs");
        let protocol = format!("protocol = {{ family = \"single-decree\", variant = \"{}\" }}", variant.name);
        let settings = ["bounds.proposers=2", "bounds.acceptors=2", "bounds.learners=1"].map(String::from).to_vec();
        let theirs = Model { protocol, settings }.explore("components", "bfs");
        assert_eq!(ours.counts(), theirs.counts(), "{}", variant.name);
        assert_eq!(ours.length("acted"), theirs.length("learned"), "{}", variant.name);
    }
}

/// Two values are chosen, two clients act, and one Token later they meet.
#[test]
fn clients_disagree_on_a_service_that_does_not_refine_the_register() {
    let own = Rules { choice: Choice::Own, ..SIMPLE };
    let case = compare(&on_simple((2, 2, 2), &["protocol.rules.value_choice=own"]), &simple(own, (2, 2, 2)));
    let lengths = ["refines", "acted-chosen", "clients-agree", "tokens-match"].map(|name| case.length(name));
    assert_eq!(lengths, [Some(12), None, Some(16), Some(17)]);
}

/// The service refines the register; its learners announce what is not chosen, and clients agree on it.
#[test]
fn clients_act_on_what_is_not_chosen_where_learners_count_values() {
    let values = Rules { counts_values: true, ..SIMPLE };
    let model = on_simple((2, 2, 2), &["protocol.rules.learner_counts=values"]);
    let case = compare(&model, &simple(values, (2, 2, 2)));
    let lengths = ["refines", "acted-chosen", "clients-agree", "tokens-match"].map(|name| case.length(name));
    assert_eq!(lengths, [None, Some(12), None, None]);
}

#[test]
fn every_single_edit_of_simple_paxos_agrees() {
    let edits = [
        ("promise_guard=at-least", Rules { promise_guard: Guard::AtLeast, ..SIMPLE }),
        ("promise_guard=always", Rules { promise_guard: Guard::Always, ..SIMPLE }),
        ("accept_guard=greater", Rules { accept_guard: Guard::Greater, ..SIMPLE }),
        ("accept_guard=always", Rules { accept_guard: Guard::Always, ..SIMPLE }),
        ("accept_guard=value-at-least", Rules { accept_guard: Guard::ValueAtLeast, ..SIMPLE }),
        ("promise_payload=nothing", Rules { reports: false, ..SIMPLE }),
        ("after_accept=stop", Rules { goes_on: false, ..SIMPLE }),
        ("nack=sent", Rules { nacks: true, ..SIMPLE }),
        ("value_choice=lowest", Rules { choice: Choice::Lowest, ..SIMPLE }),
        ("value_choice=own", Rules { choice: Choice::Own, ..SIMPLE }),
        ("accept_effect=keep", Rules { effect: Effect::Keep, ..SIMPLE }),
        ("accept_effect=forget", Rules { effect: Effect::Forget, ..SIMPLE }),
        ("quorum=all", Rules { quorum: |m| m, ..SIMPLE }),
        ("quorum=half", Rules { quorum: |m| (m / 2).max(1), ..SIMPLE }),
        ("quorum=one", Rules { quorum: |_| 1, ..SIMPLE }),
    ];
    for (edit, rules) in edits {
        for size in [(2, 1, 2), (2, 2, 1)] {
            let model = on_simple(size, &[&format!("protocol.rules.{edit}")]);
            compare(&model, &simple(rules, (size.0 as u64, size.1, size.2)));
        }
    }
}

#[test]
fn engines_agree_under_faults() {
    for faults in [
        &["network.loss=true"][..],
        &["network.duplication=true"],
        &["faults.crashes=1"],
        &["faults.crashes=1", "faults.recovery=true"],
    ] {
        let register = model(ABSTRACT, &[&["bounds.values=2", "bounds.clients=2"], faults].concat());
        agree(&register, &register.explore("components", "bfs"), &ENGINES);
        let composed = on_simple((1, 1, 2), faults);
        agree(&composed, &composed.explore("components", "bfs"), &ENGINES);
    }
    for settings in [&["network.delivery=ordered"][..], &["network.sends=stepwise"], &["protocol.rounds=2"]] {
        let composed = on_simple((2, 1, 2), settings);
        agree(&composed, &composed.explore("components", "bfs"), &ENGINES);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let register = ["bounds.values=1", "bounds.clients=1"];
    let composed = ["bounds.proposers=1", "bounds.acceptors=1", "bounds.clients=1"];
    for (service, settings, error) in [
        (
            "service = \"abstrakt\"",
            &[][..],
            "protocol.service = \"abstrakt\", expected one of abstract, single-decree; did you mean",
        ),
        (ABSTRACT, &["bounds.values=1"], "bounds.clients is missing, expected 1..=16"),
        (ABSTRACT, &[register[0], register[1], "bounds.acceptors=1"], "unknown key bounds.acceptors"),
        (ABSTRACT, &[register[0], register[1], "network.delivery=ordered"], "what is proposed to it has no order"),
        (ABSTRACT, &[register[0], register[1], "network.sends=stepwise"], "expected \"atomic\" where protocol.service"),
        (SIMPLE_PAXOS, &composed[..2], "bounds.clients is missing, expected 1..=16"),
        (SIMPLE_PAXOS, &[composed[0], composed[1], "bounds.clients=0"], "bounds.clients = 0, expected 1..=16"),
        (SIMPLE_PAXOS, &[composed[0], composed[1], composed[2], "bounds.learners=1"], "unknown key bounds.learners"),
        (SIMPLE_PAXOS, &[composed[0], composed[1], composed[2], "protocol.rules.quorum=al"], "did you mean all?"),
        ("variant = \"simple\"", &composed, "protocol.service is missing, expected one of abstract, single-decree"),
    ] {
        let shown = model(service, settings).check(&[]).unwrap_err();
        assert!(shown.contains(error), "{shown}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let register = json!({ "protocol": { "service": "abstract" }, "bounds": { "values": 2, "clients": 2 } });
    let rules = json!({ "value_choice": "own" });
    let composed = json!({
        "protocol": { "service": "single-decree", "variant": "simple", "rules": rules },
        "bounds": { "proposals": [[1, 5], [2, 1]], "acceptors": 3, "clients": 2, "distinguished": 1 },
    });
    let read = |object: &Value| {
        let mut fields = Fields::from_json("written", object);
        fields.take("protocol.family");
        let setup = Consensus::read(&mut fields);
        fields.finish(&["protocol", "bounds", "protocol.rules"]);
        assert_eq!(fields.outcome(), Ok(()));
        setup.unwrap()
    };
    for object in [register, composed] {
        let setup = read(&object);
        assert_eq!(read(&Consensus::write(&setup)), setup);
    }
}

/// A counterexample says what the service did wrong, and the clients in their words.
#[test]
fn causes_are_those_of_the_service() {
    let shown = on_simple((2, 1, 2), &["protocol.rules.value_choice=own"]).check(&[]).unwrap();
    for line in [
        "VIOLATED   clients-agree (8 steps): no two clients acted on different values",
        "evidence   C1 acted on ",
        "with value_choice = highest it would propose",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn model_files_pin_everything_and_come_out() {
    require_pinned("models/consensus", 6);
}

/// Together with what makes the service safe it implies all that clients rely on; where that breaks, it does.
#[test]
fn the_composite_invariant_is_inductive() {
    let induct = |file: &str, settings: &[&str]| {
        let output = synod(root(), &[&["induct", &format!("models/consensus/{file}.toml")], settings].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    for file in ["register-2-values-2-clients", "adapted-2x2-2-clients", "simple-2x2-2-clients"] {
        let (code, shown) = induct(file, &[]);
        assert_eq!(code, Some(0), "{shown}");
        for line in ["INDUCTIVE", "implies    acted-chosen, clients-agree, tokens-match\n"] {
            assert!(shown.contains(line), "{file}: {shown}");
        }
    }
    let (code, shown) = induct("simple-2x2-2-clients", &["--set", "protocol.rules.value_choice=own"]);
    assert_eq!(code, Some(1), "{shown}");
}
