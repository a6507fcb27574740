//! The engine that chooses for itself: its answers are those of the others wherever it hands over, and it says which of
//! them answered.

use super::random::Recipe;
use super::{recipes, search};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;
use synod::check::Engine;
use synod::engine::auto::{run, Answered, Points};
use synod::engine::control::Phase;
use synod::engine::{components, Control, Limits, Refusal, Search, Stopped, Strategy as Order};

const EARLY: u64 = 20;

#[test]
fn random_systems_have_one_answer_wherever_they_are_handed_over() {
    let config = ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() };
    let answers: [Cell<u32>; 3] = Default::default();
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        let recipe = Recipe { boundary: None, ..recipe };
        let limits = Limits { max_states: Some(3_000), ..Limits::default() };
        let limited = Search { limits, ..search(&recipe, 1, Order::Bfs) };
        let expected = components::run(limited).expect("nothing is refused");
        prop_assume!(expected.stopped == Stopped::Exhausted);
        for points in
            [Points::default(), Points { states: EARLY, ..Points::default() }, Points { states: EARLY, work: 1 }]
        {
            let (found, answered) = run(search(&recipe, 1, Order::Bfs), points).expect("nothing is refused");
            let is_small = expected.counts.unique_states <= u128::from(points.states);
            match (is_small, points.work) {
                (true, _) => prop_assert_eq!(&answered, &Answered::Directly),
                (false, 1) => prop_assert!(matches!(&answered, Answered::AfterAll(why) if why.contains("too large"))),
                (false, _) => prop_assert_eq!(&answered, &Answered::Symbolic),
            }
            let place = [is_small, answered == Answered::Symbolic, true].iter().position(|&is_it| is_it);
            let count = &answers[place.unwrap_or(2)];
            count.set(count.get() + 1);
            prop_assert_eq!(found.stopped, Stopped::Exhausted);
            prop_assert_eq!(found.counts, expected.counts);
            prop_assert_eq!(&found.states_by_depth, &expected.states_by_depth);
            for (hit, expected) in found.hits.iter().zip(&expected.hits) {
                let actions = |hit: &Option<synod::engine::Hit<_>>| hit.as_ref().map(|hit| hit.actions.clone());
                prop_assert_eq!(actions(hit), actions(expected));
            }
        }
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(answers.iter().all(|count| count.get() > 20), "{answers:?}");
}

/// Wherever a limit on states ends a search, what it found until then has its path: also a step out of a state that the
/// search was to come back to.
#[test]
fn a_search_that_is_cut_off_anywhere_keeps_what_it_found() {
    let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
    let hits = Cell::new(0);
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        for most in [1, 7, EARLY, 55] {
            let limits = Limits { max_states: Some(most), ..Limits::default() };
            let found = components::run(Search { limits, ..search(&recipe, 1, Order::Bfs) });
            let found = found.map_err(|refusal| TestCaseError::fail(format!("{most} states: {refusal}")))?;
            hits.set(hits.get() + found.hits.iter().flatten().count());
        }
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(hits.get() > 100, "{}", hits.get());
}

#[test]
fn what_diagrams_refuse_is_explored_all_the_same_and_the_report_says_why() {
    let recipe = (0..).map(|seed| Recipe {
        seed,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 3,
        network: 0,
        lossy: false,
        max_crashes: 0,
        has_timers: false,
        has_choices: false,
        has_history: false,
        boundary: Some(4),
        saves: false,
        panics: false,
    });
    let points = Points { states: EARLY, ..Points::default() };
    let found = recipe.take(50).find_map(|recipe| {
        let explicit = components::run(search(&recipe, 1, Order::Bfs)).expect("nothing is refused");
        // The boundary is a function of whole states here.
        let (found, answered) = run(search(&recipe, 1, Order::Bfs), points).expect("nothing is refused");
        assert_eq!(found.counts, explicit.counts);
        (answered != Answered::Directly).then_some(answered)
    });
    let because = found.and_then(|answered| answered.because("20")).expect("one of them is large enough");
    assert!(because.starts_with("the model has more than 20 states, but "), "{because}");
    assert!(because.contains("boundary"), "{because}");
}

#[test]
fn limits_of_states_and_depth_and_depth_first_order_are_left_to_explicit_search() {
    let recipe = Recipe {
        seed: 3,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 3,
        network: 0,
        lossy: false,
        max_crashes: 0,
        has_timers: false,
        has_choices: false,
        has_history: false,
        boundary: None,
        saves: false,
        panics: false,
    };
    let points = Points { states: 1, ..Points::default() };
    let answered = |search| run(search, points).map(|(_, answered)| answered);
    let limited = |limits| Search { limits, ..search(&recipe, 1, Order::Bfs) };
    assert_eq!(answered(limited(Limits { max_states: Some(9), ..Limits::default() })), Ok(Answered::Directly));
    assert_eq!(answered(limited(Limits { max_depth: Some(2), ..Limits::default() })), Ok(Answered::Directly));
    assert_eq!(answered(search(&recipe, 1, Order::Dfs)), Ok::<_, Refusal>(Answered::Directly));
}

/// What the first million states show is not lost when the diagrams do not end in time.
#[test]
fn a_search_that_is_stopped_after_it_was_handed_over_keeps_what_it_knew() {
    let model = crate::support::model("simple", &["bounds.proposers=5", "bounds.acceptors=5"]);
    let control = Arc::new(Control::default());
    let watched = control.clone();
    let watcher = std::thread::spawn(move || {
        while watched.phase() != Phase::Saturating {
            std::thread::sleep(Duration::from_millis(20));
        }
        watched.interrupt();
    });
    let options = crate::support::options(Engine::Auto, Order::Bfs);
    let case = synod::check::check(&model, &options, &control).unwrap_or_else(|error| panic!("{error}")).case;
    watcher.join().expect("it only waits");
    assert_eq!((case.stopped, case.complete), ("interrupted", false));
    assert!(case.counts.unique_states > 100_000, "{} states", case.counts.unique_states);
}
