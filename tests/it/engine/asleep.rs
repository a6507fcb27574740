//! Systems without a history, where the engine need not try the moves of each state in every order.

use super::naive;
use super::random::{system, Node, Recipe};
use super::{lens, observe_all, observe_little, questions_of, recipe_of, MOST_STATES, UNORDERED};
use std::sync::Arc;
use synod::engine::{components, Control, Goal, Limits, Search, Stopped, Strategy};

/// The search of a system.
fn search(recipe: &Recipe, threads: usize) -> Search<Node, Recipe, (), u8> {
    Search {
        model: Arc::new(system(recipe, ())),
        boundary: Some(Arc::new(|_, _| true)),
        lenses: vec![
            lens(recipe.seed, 100, observe_all),
            lens(recipe.seed, 200, observe_little),
            lens(recipe.seed, UNORDERED, observe_all),
        ],
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads,
        control: Arc::new(Control::default()),
    }
}

#[test]
fn systems_without_a_history_are_explored_like_a_naive_checker_does() {
    let mut compared = 0;
    for seed in 0..1500 {
        let recipe = Recipe { boundary: None, has_history: false, fuel: 2 + (seed / 50 % 2) as u8, ..recipe_of(seed) };
        let asked = questions_of(seed);
        let Some(expected) = naive::explore(&system(&recipe, ()), &asked, MOST_STATES) else { continue };
        let ask_no_steps = |mut search: Search<Node, Recipe, (), u8>| {
            let is_of_steps = |question: &synod::engine::Ask<u8>| matches!(question, synod::engine::Ask::Step(_));
            search.lenses.iter_mut().for_each(|lens| lens.questions.retain(|question| !is_of_steps(question)));
            search
        };
        for threads in [1, 2] {
            let found = components::run(search(&recipe, threads)).expect("nothing is refused");
            let counts = found.counts;
            assert_eq!(found.stopped, Stopped::Exhausted);
            assert_eq!(
                (counts.unique_states, counts.generated_states),
                (expected.unique, expected.generated),
                "{recipe:?}"
            );
            assert_eq!(
                (counts.terminal_states, counts.max_depth),
                (expected.terminals, Some(expected.depth)),
                "{recipe:?}"
            );
            let paths = found.hits.iter().map(|hit| hit.as_ref().map(|hit| &hit.actions));
            assert!(paths.eq(expected.hits.iter().map(Option::as_ref)), "{recipe:?}");
            let found = components::run(ask_no_steps(search(&recipe, threads))).expect("nothing is refused");
            assert_eq!(found.counts, counts, "{recipe:?}");
            let others = (0..expected.hits.len()).filter(|number| number % 3 != 2);
            let paths = found.hits.iter().map(|hit| hit.as_ref().map(|hit| &hit.actions));
            assert!(paths.eq(others.map(|number| expected.hits[number].as_ref())), "{recipe:?}");
        }
        compared += 1;
    }
    assert!(compared > 500, "{compared}");
}
