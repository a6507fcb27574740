//! Quotients by observations: the same classes and steps as when every state is put into its class one by one.

use crate::support::{model, root, synod, text, ModelFile};
use stateright::Model as _;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use synod::engine::Control;
use synod::family::{Family, Footprint as _};
use synod::graph::quotient::{quotient, Quotient};
use synod::protocols::single_decree::SingleDecree;

type Footprint = <SingleDecree as Family>::Footprint;

/// By what is seen: the states, the terminal ones among them, and the least depth.
type Classes = BTreeMap<Vec<String>, (u128, u128, u64)>;
/// By what is seen before and after: the steps.
type Steps = BTreeMap<(Vec<String>, Vec<String>), u128>;

fn one_by_one(model: &ModelFile, footprint: Footprint) -> (Classes, Steps) {
    let system = model.spec.model();
    let seen = |state: &synod::family::Global<SingleDecree>| -> Vec<String> {
        state.actor_states.iter().map(|local| Footprint::words(&footprint.observe(local))).collect()
    };
    let (mut classes, mut steps) = (Classes::new(), Steps::new());
    let mut known = HashMap::new();
    let mut queue = std::collections::VecDeque::new();
    for state in system.init_states() {
        known.insert(state.clone(), 0u64);
        queue.push_back(state);
    }
    while let Some(state) = queue.pop_front() {
        let (depth, here) = (known[&state], seen(&state));
        let next = system.next_states(&state);
        let class = classes.entry(here.clone()).or_insert((0, 0, depth));
        class.0 += 1;
        class.1 += u128::from(next.is_empty());
        for next in next {
            let there = seen(&next);
            if there != here {
                *steps.entry((here.clone(), there)).or_default() += 1;
            }
            if !known.contains_key(&next) {
                known.insert(next.clone(), depth + 1);
                queue.push_back(next);
            }
        }
    }
    (classes, steps)
}

fn drawn(model: &ModelFile, footprint: &str) -> Quotient {
    let drawn = quotient(model, footprint, 5_000, &Arc::new(Control::default()));
    drawn.unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn states_fall_into_the_classes_of_what_they_show() {
    let mut footprints = 0;
    for (variant, settings) in [
        ("adapted", &["bounds.proposers=2", "bounds.acceptors=3"][..]),
        ("adapted", &["bounds.proposers=3", "bounds.acceptors=2"]),
        ("adapted", &["bounds.proposers=2", "network.loss=true"]),
        ("adapted", &["network.duplication=true", "bounds.proposers=1"]),
        ("adapted", &["bounds.proposers=2", "network.delivery=ordered", "bounds.acceptors=3"]),
        ("adapted", &["bounds.proposers=2", "faults.crashes=1", "faults.recovery=true", "bounds.acceptors=2"]),
        ("adapted", &["bounds.proposers=2", "bounds.learners=2", "protocol.rules.accept_guard=always"]),
        ("simple", &["bounds.proposers=2", "bounds.acceptors=2"]),
        ("disel-shim", &["bounds.proposers=2", "bounds.acceptors=2"]),
    ] {
        let model = model(variant, settings);
        for &footprint in Footprint::all() {
            let (classes, steps) = one_by_one(&model, footprint);
            let found = drawn(&model, &footprint.name());
            let place = format!("{variant} {settings:?} by {footprint:?}");
            let as_found = found
                .classes
                .iter()
                .map(|class| (class.seen.clone(), (class.states, class.terminal_states, class.depth)));
            assert_eq!(as_found.collect::<Classes>(), classes, "{place}");
            let ends = |step: &synod::graph::quotient::ClassStep| {
                (found.classes[step.from].seen.clone(), found.classes[step.to].seen.clone())
            };
            assert_eq!(found.steps.iter().map(|step| (ends(step), step.steps)).collect::<Steps>(), steps, "{place}");
            assert_eq!(found.classes.iter().map(|class| class.states).sum::<u128>(), found.states, "{place}");
            assert_eq!(found.classes.iter().filter(|class| class.initial).count(), 1, "{place}");
            footprints += usize::from(classes.len() > 1);
        }
    }
    assert!(footprints > 20, "{footprints}");
}

#[test]
fn five_billion_states_are_drawn_by_who_has_voted_what() {
    let model = model("adapted", &["bounds.proposers=4", "bounds.acceptors=4"]);
    let found = drawn(&model, "votes");
    assert_eq!(found.states, found.classes.iter().map(|class| class.states).sum());
    assert_eq!(found.states.to_string().len(), 10);
    // One value only is ever voted for: nothing, or votes of some acceptors for one of four proposals.
    assert_eq!(found.classes.len(), 1 + 4 * (2usize.pow(4) - 1));
    assert!(found.classes.iter().all(|class| class.violates.is_empty()));
    let chosen = found.classes.iter().filter(|class| class.reaches.contains(&"chosen"));
    assert!(chosen.clone().all(|class| class.seen.iter().filter(|seen| !seen.is_empty()).count() >= 3));
    assert_eq!(chosen.count(), 4 * (4 + 1));
}

#[test]
fn a_quotient_marks_what_violates_a_property() {
    let model = model(
        "adapted",
        &["bounds.proposers=2", "protocol.rules.after_accept=continue", "protocol.rules.value_choice=own"],
    );
    let found = drawn(&model, "votes");
    let violating = found.classes.iter().filter(|class| class.violates.contains(&"agreement"));
    assert!(violating.count() > 0);
    assert!(found.properties.iter().any(|property| property.name == "agreement"));
    assert!(found.properties.iter().all(|property| property.name != "aborted"), "another footprint reads it");
}

#[test]
fn the_command_draws_a_quotient_and_says_what_there_is_to_draw() {
    let large = "models/large/adapted-4x4.toml";
    let output = synod(root(), &["graph", large, "--format", "dot", "--quotient", "votes"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let dot = text(&output.stdout);
    assert!(dot.contains("61 classes by votes") && dot.contains("A1 voted <1,1>"), "{dot}");
    let svg = crate::graph::drawn(&dot);
    assert_eq!(svg.matches("class=\"node\"").count(), 61);
    let refused = |arguments: &[&str]| {
        let output = synod(root(), &[&["graph", large, "--format", "dot"], arguments].concat());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        text(&output.stderr)
    };
    let said = refused(&["--quotient", "vote"]);
    assert!(
        said.contains("--quotient vote, expected votes | proposers | wrapper | learners; did you mean votes?"),
        "{said}"
    );
    let said = refused(&["--quotient", "votes", "--max-states", "60"]);
    assert!(said.contains("its quotient has 61 classes, more than 60"), "{said}");
}
