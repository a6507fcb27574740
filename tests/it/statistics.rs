//! Statistics of a walk and of decision diagrams: the same wherever both end, and of spaces that no walk ends.

use crate::support::{model, model_files, root, synod, text, ModelFile};
use std::sync::Arc;
use synod::engine::Control;
use synod::statistics::{gather, Engine, Options, Statistics};

/// States of a model that is still walked.
const MOST_STATES: usize = 9_000;

fn gathered(model: &ModelFile, engine: Engine, max_states: Option<usize>) -> Statistics {
    let options = Options { engine, max_states, threads: 1 };
    gather(model, options, &Arc::new(Control::default())).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn decision_diagrams_count_every_step_of_every_model_file_like_a_walk_does() {
    let mut compared = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        let walked = gathered(&model, Engine::Stateright, Some(MOST_STATES));
        if walked.complete {
            let counted = gathered(&model, Engine::Symbolic, None);
            assert_eq!((walked.engine, counted.engine), ("stateright", "symbolic"));
            let plain = |statistics: Statistics| {
                serde_json::to_string(&Statistics { engine: "", ..statistics }).expect("statistics are plain data")
            };
            assert_eq!(plain(counted), plain(walked), "{}", file.display());
            compared += 1;
        }
    }
    assert!(compared > 38, "only {compared} model files");
}

/// Each transition is of one kind, and each delivery that an acceptor can promise or refuse does either.
#[test]
fn the_steps_of_ten_to_the_twelve_states_are_counted() {
    let model = model("adapted", &["bounds.proposers=5", "bounds.acceptors=4"]);
    let statistics = gathered(&model, Engine::Symbolic, None);
    assert_eq!((statistics.states, statistics.terminal_states), (2_125_987_061_312, 1_362_701_489));
    assert_eq!(statistics.transitions, 22_058_683_737_296);
    assert_eq!(statistics.states_by_depth.iter().sum::<u128>(), statistics.states);
    assert_eq!(statistics.kinds.iter().map(|kind| kind.times).sum::<u128>(), statistics.transitions);
    let dead = statistics.dead().expect("every state was counted");
    assert_eq!(dead, ["a Promise that reports a proposal arrives", "a proposer adopts a reported value"]);
}

#[test]
fn a_large_model_is_handed_over_unless_a_number_of_states_was_named() {
    let large = model("adapted", &["bounds.proposers=3", "bounds.acceptors=3"]);
    let counted = gathered(&large, Engine::Auto, None);
    assert_eq!((counted.engine, counted.complete, counted.states), ("symbolic", true, 255_754));
    let walked = gathered(&large, Engine::Auto, Some(1_000));
    assert_eq!((walked.engine, walked.complete), ("stateright", false));
    assert_eq!(gathered(&model("adapted", &["bounds.proposers=1"]), Engine::Auto, None).engine, "stateright");
}

#[test]
fn a_number_of_states_does_not_go_with_decision_diagrams() {
    let file = "models/single-decree/adapted-2x3.toml";
    let output = synod(root(), &["stats", file, "--engine", "symbolic", "--max-states", "9"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = text(&output.stderr);
    assert!(said.contains("--max-states 9") && said.contains("--engine symbolic"), "{said}");
    let output = synod(root(), &["stats", file, "--engine", "symbolic"]);
    assert_eq!(output.status.code(), Some(0));
    let shown = text(&output.stdout);
    assert!(shown.contains("2,677 states, 9,069 transitions, 52 terminal, depth 15, exhausted (symbolic)"), "{shown}");
}
