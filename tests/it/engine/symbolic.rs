//! The symbolic engine against a naive checker, component automata and closed forms, under several orders; what it
//! refuses, and what is left of a search that it had to give up.

use super::random::{model, Recipe};
use super::{brief, brief_questions_of, naive, questions_of, recipes, replay, search, MOST_STATES};
use crate::support::{explore, model as variant, model_files, options, ModelFile};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use synod::check::Engine;
use synod::engine::symbolic::{run, Options};
use synod::engine::{components, Ask, Control, Goal, Lens, Limits, Refusal, Search, Stopped, Strategy as Order};

/// Compares the engine's answers, under the first order and under one that is drawn, with the naive checker's and the
/// component engine's.
fn compare(recipe: &Recipe) -> Result<bool, TestCaseError> {
    let recipe = Recipe { boundary: None, ..recipe.clone() };
    let asked = questions_of(recipe.seed);
    let Some(expected) = naive::explore(&model(&recipe), &asked, MOST_STATES) else { return Ok(false) };
    for (threads, order) in [(1, Some(0)), (1, Some(3 + recipe.seed % 50)), (2, None)] {
        let found = run(search(&recipe, threads, Order::Bfs), Options { order, ..Options::default() });
        let found = found.expect("nothing is refused");
        prop_assert_eq!(found.stopped, Stopped::Exhausted);
        prop_assert_eq!(found.counts.unique_states, expected.unique);
        prop_assert_eq!(found.counts.generated_states, expected.generated);
        prop_assert_eq!(found.counts.terminal_states, expected.terminals);
        prop_assert_eq!(found.counts.max_depth, Some(expected.depth));
        let explicit = components::run(search(&recipe, 1, Order::Bfs)).expect("nothing is refused");
        prop_assert_eq!(found.states_by_depth, explicit.states_by_depth);
        for (number, (hit, path)) in found.hits.iter().zip(&expected.hits).enumerate() {
            prop_assert_eq!(hit.as_ref().map(|hit| &hit.actions), path.as_ref(), "question {}", number);
        }
    }
    Ok(true)
}

#[test]
fn random_systems_are_explored_like_a_naive_checker_does() {
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    let compared = Cell::new(0);
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        compared.set(compared.get() + u32::from(compare(&recipe)?));
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(compared.get() >= 300, "only {} systems were small enough to be compared", compared.get());
}

/// Every model file but the largest, which the components take long for.
#[test]
fn every_model_file_is_reported_like_the_components_report_it() {
    let mut compared = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        if model.spec.setup.rounds > 1 && model.spec.setup.acceptors > 2 {
            continue;
        }
        let report = |engine| {
            let checked = explore(&model, engine, Order::Bfs);
            let mut case = serde_json::to_value(&checked.case).expect("a case is plain data");
            let fields = case.as_object_mut().expect("a case is an object");
            fields.remove("run");
            fields.remove("engine");
            (case.to_string(), serde_json::to_string(&checked.traces).expect("a trace is plain data"))
        };
        assert_eq!(report(Engine::Symbolic), report(Engine::Components), "{}", file.display());
        compared += 1;
    }
    assert!(compared > 50, "only {compared} model files");
}

fn unique(variant_name: &str, proposers: usize, acceptors: usize) -> u128 {
    let settings = [format!("bounds.proposers={proposers}"), format!("bounds.acceptors={acceptors}")];
    let model = variant(variant_name, &settings.each_ref().map(String::as_str));
    let case = explore(&model, Engine::Symbolic, Order::Bfs).case;
    assert_eq!(case.stopped, "exhausted", "{variant_name} {proposers}x{acceptors}");
    case.counts.unique_states
}

/// One proposer: each acceptor has heard nothing, promised or accepted, or answered and the answer is on its way.
#[test]
fn adapted_with_one_proposer_has_3_to_the_m_and_2_to_the_m_states() {
    for acceptors in 1..=12 {
        let expected = 3u128.pow(acceptors as u32) + 2u128.pow(acceptors as u32) - 1;
        assert_eq!(unique("adapted", 1, acceptors), expected, "1x{acceptors}");
    }
}

/// Proposers of `simple` meet only in the acceptors' memories, which do not tell states apart that the messages do not.
#[test]
fn simple_with_n_proposers_has_the_states_of_one_to_the_nth_power() {
    for (proposers, acceptors) in [(2, 1), (3, 1), (2, 2), (3, 2), (2, 3), (3, 3)] {
        let one = unique("simple", 1, acceptors);
        assert_eq!(unique("simple", proposers, acceptors), one.pow(proposers as u32), "{proposers}x{acceptors}");
    }
    assert_eq!(unique("simple", 1, 3), 68);
}

#[test]
fn spaces_beyond_any_explicit_search_are_counted_exactly() {
    assert_eq!(unique("adapted", 4, 3), 25_507_633);
    assert_eq!(unique("adapted", 3, 4), 11_704_144);
}

/// What 16 proposers have done shows in more tuples than are asked about one by one; what matters of them is little.
#[test]
fn properties_are_folded_along_actors_that_show_many_tuples() {
    let answered = |proposers: &str| {
        let case = explore(&variant("adapted", &["bounds.acceptors=1", proposers]), Engine::Symbolic, Order::Bfs).case;
        assert_eq!(case.stopped, "exhausted", "{proposers}");
        let answer = |property: synod::report::PropertyResult| {
            (property.name, property.verdict, property.vacuous, property.trace_length)
        };
        (case.counts.unique_states, case.properties.into_iter().map(answer).collect::<Vec<_>>())
    };
    let (few, many) = (answered("bounds.proposers=4"), answered("bounds.proposers=16"));
    assert_eq!(many.1, few.1);
    assert!(many.0 > 1 << 36, "{}", many.0);
}

/// The counts of a larger space, whose questions are all answered, and whose levels add up.
fn counts_of(settings: &[&str]) -> (u128, u128, u128, Option<u64>) {
    let case = explore(&variant("adapted", settings), Engine::Symbolic, Order::Bfs).case;
    assert_eq!(case.stopped, "exhausted", "{settings:?}");
    let counts = case.counts;
    assert_eq!(counts.states_by_depth.map(|levels| levels.iter().sum()), Some(counts.unique_states), "{settings:?}");
    assert!(case.properties.iter().all(|property| property.verdict != synod::report::Verdict::Unknown));
    (counts.unique_states, counts.generated_states, counts.terminal_states, counts.max_depth)
}

#[test]
fn ten_to_the_twelve_states_are_counted_and_every_question_about_them_is_answered() {
    let found = counts_of(&["bounds.proposers=5", "bounds.acceptors=4"]);
    assert_eq!(found, (2_125_987_061_312, 22_058_683_737_297, 1_362_701_489, Some(44)));
}

/// Here paths to one state differ in length.
#[test]
fn depths_of_large_spaces_that_are_not_graded_are_found() {
    let bounds = ["bounds.proposers=4", "bounds.acceptors=4"];
    let lossy = counts_of(&[&bounds[..], &["network.loss=true"]].concat());
    assert_eq!(lossy, (360_161_530_303, 5_611_308_633_593, 1_394_909, Some(48)));
    let ordered = counts_of(&[&bounds[..], &["network.delivery=ordered"]].concat());
    assert_eq!(ordered, (8_450_442_736, 84_080_468_633, 5_942, Some(48)));
}

#[test]
fn a_search_ends_as_soon_as_its_goal_is_reached() {
    let mut ended = 0;
    let recipe = |seed| Recipe {
        seed,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 2,
        network: seed as u8 % 4,
        lossy: seed % 2 == 0,
        max_crashes: 0,
        has_timers: false,
        has_choices: false,
        has_history: false,
        boundary: None,
        saves: false,
        panics: false,
    };
    for seed in 0..20 {
        let recipe = recipe(seed);
        let whole = components::run(search(&recipe, 1, Order::Bfs)).expect("nothing is refused");
        for question in (0..whole.hits.len()).filter(|&question| whole.hits[question].is_some()) {
            let goal = Goal(vec![vec![question]]);
            let found =
                run(Search { goal, ..search(&recipe, 1, Order::Bfs) }, Options::default()).expect("nothing is refused");
            let actions = |hit: &Option<synod::engine::Hit<_>>| hit.as_ref().map(|hit| hit.actions.clone());
            assert_eq!(found.stopped, Stopped::Decided, "question {question} of seed {seed}");
            assert_eq!(actions(&found.hits[question]), actions(&whole.hits[question]));
            assert_eq!(found.counts.unique_states, whole.counts.unique_states);
            ended += 1;
        }
    }
    assert!(ended > 20, "only {ended} goals");
}

/// Nodes are spent at one place after another: the search is then stopped, or its answer is the right one.
#[test]
fn a_search_that_runs_out_of_nodes_proves_nothing() {
    let seeds = 0..6;
    let recipe = |seed| Recipe {
        seed,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 3,
        network: seed as u8 % 4,
        lossy: seed % 2 == 0,
        max_crashes: 0,
        has_timers: false,
        has_choices: false,
        has_history: false,
        boundary: None,
        saves: false,
        panics: false,
    };
    let (mut given_up, mut complete) = (0, 0);
    for seed in seeds {
        let recipe = recipe(seed);
        let whole = components::run(brief(search(&recipe, 1, Order::Bfs))).expect("nothing is refused");
        for nodes in (1..).map(|step| step * 50).take_while(|&nodes| nodes <= 3000) {
            let found = run(brief(search(&recipe, 1, Order::Bfs)), Options { nodes, ..Options::default() });
            let found = found.expect("nothing is refused");
            let hits = found.hits.iter().zip(&whole.hits);
            if found.stopped == Stopped::Exhausted {
                complete += 1;
                assert_eq!(found.counts, whole.counts);
                assert_eq!(found.states_by_depth, whole.states_by_depth);
                for (hit, expected) in hits {
                    assert_eq!(hit.as_ref().map(|hit| &hit.actions), expected.as_ref().map(|hit| &hit.actions));
                }
            } else {
                given_up += 1;
                assert_eq!(found.stopped, Stopped::Memory);
                for (number, (hit, expected)) in hits.enumerate().filter(|(_, (hit, _))| hit.is_some()) {
                    let hit = hit.as_ref().expect("only hits are left");
                    assert_eq!(hit.actions, expected.as_ref().expect("a hit is one").actions);
                    replay(&model(&recipe), &hit.actions, &brief_questions_of(recipe.seed)[number]);
                }
            }
        }
    }
    assert!(given_up > 20 && complete > 20, "{given_up} given up, {complete} complete");
}

#[test]
fn limits_of_time_and_memory_and_an_interrupt_end_a_search_without_a_verdict() {
    let large = variant("simple", &["bounds.proposers=5", "bounds.acceptors=5"]);
    let stopped = |limits: Limits, interrupt: bool| {
        let control = Arc::new(Control::default());
        if interrupt {
            control.interrupt();
        }
        let options = synod::check::Options { limits, ..options(Engine::Symbolic, Order::Bfs) };
        let case = synod::check::check(&large, &options, &control).unwrap_or_else(|error| panic!("{error}")).case;
        assert!(case.properties.iter().all(|property| property.verdict == synod::report::Verdict::Unknown));
        case.stopped
    };
    let timeout = Some(std::time::Duration::from_millis(300));
    assert_eq!(stopped(Limits { timeout, ..Limits::default() }, false), "timeout");
    assert_eq!(stopped(Limits { memory: Some(1 << 20), ..Limits::default() }, false), "memory");
    assert_eq!(stopped(Limits::default(), true), "interrupted");
}

/// Two senders in turn: the second sends when the first is done, and the receiver panics at the messages named.
#[derive(Clone)]
struct Relay {
    panics_at: fn(u8, u8) -> bool,
}

impl Actor for Relay {
    type Msg = u8;
    type State = u8;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
        if id == Id::from(0) {
            out.send(Id::from(1), 1);
        }
        0
    }

    fn on_msg(&self, id: Id, state: &mut Cow<u8>, from: Id, message: u8, out: &mut Out<Self>) {
        assert!(!(self.panics_at)(**state, message), "message {message} in state {}", **state);
        if message < 4 {
            *state.to_mut() = message;
            out.send(from, message + 1);
        }
        let _ = id;
    }
}

fn relay(panics_at: fn(u8, u8) -> bool) -> Search<Relay, (), (), u8> {
    let relay = Relay { panics_at };
    let model =
        ActorModel::new((), ()).actors([relay.clone(), relay]).init_network(Network::new_unordered_nonduplicating([]));
    Search {
        model: Arc::new(model),
        boundary: Some(Arc::new(|_, _| true)),
        lenses: vec![Lens {
            observe: Arc::new(|_, state: &u8| *state),
            questions: vec![Ask::State(Arc::new(|seen: &[u8]| seen == [2, 3]))],
            canonical: None,
        }],
        judges: Vec::new(),
        strategy: Order::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads: 1,
        control: Arc::new(Control::default()),
    }
}

#[test]
fn a_handler_that_panics_matters_only_where_a_reachable_state_calls_it() {
    // Message 1 is gone before anything is in state 3, and 3 before anything is past it.
    let harmless =
        run(relay(|state, message| state == 3 && message == 1), Options::default()).expect("never called so");
    assert_eq!(harmless.counts.unique_states, 4);
    assert_eq!(harmless.hits[0].as_ref().map(|hit| hit.actions.len()), Some(3));
    let harmful = run(relay(|state, message| state == 1 && message == 3), Options::default());
    assert!(matches!(harmful.err(), Some(Refusal::Panicked(fault)) if fault.message == "message 3 in state 1"));
}

#[test]
fn what_cannot_be_taken_apart_is_refused_by_name() {
    let recipe = |boundary| Recipe {
        seed: 1,
        actors: 2,
        messages: 2,
        values: 2,
        fuel: 2,
        network: 0,
        lossy: false,
        max_crashes: 0,
        has_timers: false,
        has_choices: false,
        has_history: false,
        boundary,
        saves: false,
        panics: false,
    };
    let refusal = |search, options| run(search, options).err().map(|refusal| refusal.to_string());
    let limited = |limits| Search { limits, ..search(&recipe(None), 1, Order::Bfs) };
    let whole = [
        (search(&recipe(Some(3)), 1, Order::Bfs), "its boundary is a function of whole states"),
        (search(&recipe(None), 1, Order::Dfs), "it has no depth-first order"),
        (limited(Limits { max_states: Some(9), ..Limits::default() }), "it cannot stop at a number of states"),
        (limited(Limits { max_depth: Some(9), ..Limits::default() }), "it cannot stop at a depth"),
    ];
    for (search, reason) in whole {
        let refusal = refusal(search, Options::default()).expect("it is refused");
        assert!(refusal.contains(reason), "{refusal}");
    }
}
