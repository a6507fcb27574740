//! The component engine against stateright and a naive checker, and its limits and faults.

mod asleep;
mod auto;
mod checkpoints;
mod disk;
mod executions;
mod exhaustion;
mod firings;
mod limits;
mod naive;
mod random;
mod spread;
mod symbolic;
mod whole_states;

use naive::Question;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use random::{draw, model, Local, Model, Node, Recipe};
use stateright::actor::ActorModelState;
use stateright::{Checker, Model as _};
use std::cell::Cell;
use std::sync::Arc;
use synod::engine::{
    check, components, reference, whole, Ask, Canonical, Condition, Control, Goal, Handover, Identity, Judge, Lens,
    Limits, LocalBoundary, Outcome, Search, Stopped, Strategy as Order, Verdict,
};

type State = ActorModelState<Node, random::History>;

/// Whether numbers drawn from observations are a hit; no hit if nothing changed.
fn is_hit(seed: u64, kind: u64, before: &[u8], after: &[u8]) -> bool {
    let (before, after) = (&arranged(kind, before), &arranged(kind, after));
    let mut parts = vec![kind];
    parts.extend(before.iter().chain(after).map(|&part| u64::from(part)));
    before != after && draw(seed, &parts).is_multiple_of([1, 5, 17, 60][(kind % 4) as usize])
}

fn observe_all(_: usize, local: &Local) -> u8 {
    local.value * 16 + local.fuel
}

fn observe_little(_: usize, local: &Local) -> u8 {
    local.value % 2
}

/// Questions that do not read which actor shows what.
const UNORDERED: u64 = 300;

/// The kinds of questions that begin here.
fn kinds(salt: u64) -> std::ops::Range<u64> {
    salt..salt + if salt == UNORDERED { 2 } else { 4 }
}

/// The observations as a question of this kind sees them.
fn arranged(kind: u64, observations: &[u8]) -> Vec<u8> {
    let mut arranged = observations.to_vec();
    if kind >= UNORDERED {
        arranged.sort_unstable();
    }
    arranged
}

/// Sorts what is known.
fn sort(seen: &mut [Option<u8>]) {
    let places: Vec<usize> = (0..seen.len()).filter(|&place| seen[place].is_some()).collect();
    let mut known: Vec<Option<u8>> = places.iter().map(|&place| seen[place]).collect();
    known.sort_unstable();
    places.into_iter().zip(known).for_each(|(place, known)| seen[place] = known);
}

fn lens(seed: u64, salt: u64, observe: fn(usize, &Local) -> u8) -> Lens<Node, u8> {
    let mut questions = Vec::new();
    for kind in kinds(salt) {
        questions.push(Ask::State(Arc::new(move |after: &[u8]| is_hit(seed, kind, &[], after))));
        questions.push(Ask::Terminal(Arc::new(move |after: &[u8]| is_hit(seed, kind, &[], after))));
        questions.push(Ask::Step(Arc::new(move |before: &[u8], after: &[u8]| is_hit(seed, kind, before, after))));
    }
    let canonical = (salt == UNORDERED).then(|| -> Canonical<u8> { Arc::new(sort) });
    Lens { observe: Arc::new(observe), questions, canonical }
}

fn questions<H: 'static>(
    seed: u64,
    salt: u64,
    observe: fn(usize, &Local) -> u8,
) -> Vec<Question<ActorModelState<Node, H>>> {
    let all = move |state: &ActorModelState<Node, H>| -> Vec<u8> {
        state.actor_states.iter().map(|local| observe(0, local)).collect()
    };
    let mut questions = Vec::new();
    for kind in kinds(salt) {
        questions.push(Question::State(Box::new(move |state| is_hit(seed, kind, &[], &all(state)))));
        questions.push(Question::Terminal(Box::new(move |state| is_hit(seed, kind, &[], &all(state)))));
        questions.push(Question::Step(Box::new(move |before, after| is_hit(seed, kind, &all(before), &all(after)))));
    }
    questions
}

/// The questions of [`search`], in the same order.
fn questions_of<H: 'static>(seed: u64) -> Vec<Question<ActorModelState<Node, H>>> {
    let mut asked = questions(seed, 100, observe_all);
    asked.extend(questions(seed, 200, observe_little));
    asked.extend(questions(seed, UNORDERED, observe_all));
    asked
}

/// Replays a path on the model and asks the question at its end.
fn replay(model: &Model, actions: &[synod::engine::Action<Node>], question: &Question<State>) {
    let mut before = None;
    let mut state = model.init_states().remove(0);
    for action in actions {
        let mut enabled = Vec::new();
        model.actions(&state, &mut enabled);
        assert!(enabled.contains(action));
        let next = model.next_state(&state, action.clone()).expect("a step of a path is a transition");
        before = Some(std::mem::replace(&mut state, next));
    }
    let is_hit = match question {
        Question::State(hits) | Question::Terminal(hits) => hits(&state),
        Question::Step(hits) => hits(&before.expect("a hit by a step has a step"), &state),
    };
    assert!(is_hit);
}

fn search(recipe: &Recipe, threads: usize, strategy: Order) -> Search<Node, Recipe, random::History, u8> {
    Search {
        model: Arc::new(model(recipe)),
        boundary: recipe.boundary.is_none().then(|| -> LocalBoundary<Node> { Arc::new(|_, _| true) }),
        lenses: vec![
            lens(recipe.seed, 100, observe_all),
            lens(recipe.seed, 200, observe_little),
            lens(recipe.seed, UNORDERED, observe_all),
        ],
        judges: Vec::new(),
        strategy,
        limits: Limits::default(),
        goal: Goal::default(),
        threads,
        control: Arc::new(Control::default()),
    }
}

/// The same search with three questions about ordered observations and three about unordered ones.
fn brief(search: Search<Node, Recipe, random::History, u8>) -> Search<Node, Recipe, random::History, u8> {
    let mut lenses = search.lenses;
    lenses.remove(1);
    lenses.iter_mut().for_each(|lens| lens.questions.truncate(3));
    Search { lenses, ..search }
}

/// The questions of a [`brief`] search, in the same order.
fn brief_questions_of(seed: u64) -> Vec<Question<State>> {
    let first = |salt| questions(seed, salt, observe_all).into_iter().take(3);
    first(100).chain(first(UNORDERED)).collect()
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let sizes = (any::<u64>(), 1..4usize, 1..4u8, 1..4u8, 1..4u8, 0..4u8);
    let features = (any::<bool>(), 0..3usize, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let boundary = prop_oneof![3 => Just(None), 1 => (1..6usize).prop_map(Some)];
    (sizes, features, boundary).prop_map(|(sizes, features, boundary)| {
        let (seed, actors, messages, values, fuel, network) = sizes;
        let (lossy, max_crashes, has_timers, has_choices, has_history, saves) = features;
        Recipe {
            seed,
            actors,
            messages,
            values,
            fuel,
            network,
            lossy,
            max_crashes,
            has_timers,
            has_choices,
            has_history,
            boundary,
            saves,
            panics: false,
        }
    })
}

/// States of a random system that is still worth comparing.
const MOST_STATES: usize = 700;

/// A search that asks whole states as well, and histories: the first two properties, and whether a history is long.
fn whole_search(recipe: &Recipe, threads: usize, strategy: Order) -> Search<Node, Recipe, random::History, u8> {
    let properties = model(recipe).properties;
    let judge = |name, condition, hit_when| Judge { name, condition, hit_when };
    let judges = vec![
        judge("long", Condition::History(|history: &random::History| history.len() > 1), true),
        judge("always", Condition::Whole(properties[0].condition), false),
        judge("sometimes", Condition::Whole(properties[1].condition), true),
    ];
    Search { judges, ..search(recipe, threads, strategy) }
}

/// Compares the engine's answer with the naive checker's.
fn compare(recipe: &Recipe, handed_over: &Cell<u32>) -> Result<bool, TestCaseError> {
    let reference = model(recipe);
    let mut asked = questions_of::<random::History>(recipe.seed);
    asked.push(Question::State(Box::new(|state| state.history.len() > 1)));
    asked.push(Question::State(Box::new({
        let model = model(recipe);
        move |state| !(model.properties[0].condition)(&model, state)
    })));
    asked.push(Question::State(Box::new({
        let model = model(recipe);
        move |state| (model.properties[1].condition)(&model, state)
    })));
    let Some(expected) = naive::explore(&reference, &asked, MOST_STATES) else { return Ok(false) };
    for threads in [1, 2, 4] {
        let found = components::run(whole_search(recipe, threads, Order::Bfs)).expect("nothing is refused");
        prop_assert_eq!(found.stopped, Stopped::Exhausted);
        prop_assert_eq!(found.counts.unique_states, expected.unique);
        prop_assert_eq!(found.counts.generated_states, expected.generated);
        prop_assert_eq!(found.counts.terminal_states, expected.terminals);
        prop_assert_eq!(found.counts.max_depth, Some(expected.depth));
        let by_depth = found.states_by_depth.expect("breadth-first and exhausted");
        prop_assert_eq!(by_depth.iter().sum::<u128>(), expected.unique);
        prop_assert_eq!(by_depth.len() as u64, expected.depth + 1);
        prop_assert_eq!(found.hits.len(), expected.hits.len());
        for (number, (hit, path)) in found.hits.iter().zip(&expected.hits).enumerate() {
            prop_assert_eq!(hit.as_ref().map(|hit| &hit.actions), path.as_ref(), "question {}", number);
            prop_assert!(hit.as_ref().is_none_or(|hit| hit.shortest));
        }
    }
    let found = components::run(whole_search(recipe, 1, Order::Dfs)).expect("nothing is refused");
    prop_assert_eq!(found.counts.unique_states, expected.unique);
    prop_assert_eq!(found.counts.generated_states, expected.generated);
    prop_assert_eq!(found.counts.terminal_states, expected.terminals);
    for (hit, path) in found.hits.iter().zip(&expected.hits) {
        prop_assert_eq!(hit.as_ref().map(|hit| &hit.actions), path.as_ref());
    }
    // stateright's hash takes one actor's timers or choices for its neighbour's.
    let by_hash = recipe.seed.is_multiple_of(2) && !recipe.has_timers && !recipe.has_choices;
    let identity = if by_hash { Identity::Hash } else { Identity::Value };
    let found = whole::run(whole_search(recipe, 2, Order::Bfs), identity).expect("nothing is refused");
    prop_assert_eq!(found.stopped, Stopped::Exhausted);
    prop_assert_eq!(found.counts.unique_states, expected.unique);
    prop_assert_eq!(found.counts.generated_states, expected.generated);
    prop_assert_eq!(found.counts.terminal_states, expected.terminals);
    prop_assert_eq!(found.states_by_depth.map(|by_depth| by_depth.len() as u64), Some(expected.depth + 1));
    for (number, (hit, path)) in found.hits.iter().zip(&expected.hits).enumerate() {
        prop_assert_eq!(hit.as_ref().map(|hit| &hit.actions), path.as_ref(), "question {}", number);
    }
    // In components to the end, or in whole states from some moment on.
    let states = recipe.seed % expected.unique.max(1) as u64;
    let threads = 1 + recipe.seed as usize % 2;
    let mut eventually = Vec::new();
    for (states, per_cent) in [(u64::MAX, 0), (states, 0), (states, 60)] {
        let handover = Handover { states, per_cent };
        let report = check(model(recipe)).threads(threads).handover(handover).run().expect("nothing is refused");
        prop_assert_eq!(u128::from(report.unique_state_count()), expected.unique);
        prop_assert_eq!(u128::from(report.state_count()), expected.generated);
        prop_assert_eq!(report.counts().terminal_states, expected.terminals);
        prop_assert_eq!(report.counts().max_depth, Some(expected.depth));
        let paths = &expected.hits[expected.hits.len() - 2..];
        for (name, path) in ["always", "sometimes"].iter().zip(paths) {
            let discovery = report.discovery(name).map(|path| path.clone().into_actions());
            prop_assert_eq!(discovery.as_ref(), path.as_ref());
        }
        prop_assert_eq!(report.verdict("never"), Some(Verdict::Unreached));
        eventually.push(report.discovery("eventually").map(|path| path.clone().into_actions()));
        let is_said = report.notes().iter().any(|note| note.contains("searched in whole states, as there were"));
        prop_assert_eq!(is_said, report.engine() == "whole states");
        handed_over.set(handed_over.get() + u32::from(is_said));
    }
    prop_assert!(eventually.iter().all(|path| *path == eventually[0]), "{:?}", eventually);
    Ok(true)
}

#[test]
fn random_systems_are_explored_like_a_naive_checker_does() {
    let config = ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() };
    let (compared, handed_over) = (Cell::new(0), Cell::new(0));
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        compared.set(compared.get() + u32::from(compare(&recipe, &handed_over)?));
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(handed_over.get() >= 3000, "only {} searches went on in whole states", handed_over.get());
    assert!(compared.get() >= 2000, "only {} systems were small enough to be compared", compared.get());
}

/// A system of each kind, by its number.
fn recipe_of(seed: u64) -> Recipe {
    Recipe {
        seed,
        actors: 1 + seed as usize % 3,
        messages: 2,
        values: 3,
        fuel: 2,
        network: (seed / 3 % 4) as u8,
        lossy: (seed / 12).is_multiple_of(2),
        max_crashes: (seed / 24 % 3) as usize,
        has_timers: seed.is_multiple_of(3),
        has_choices: seed.is_multiple_of(3),
        has_history: seed.is_multiple_of(5),
        boundary: seed.is_multiple_of(7).then_some(3),
        saves: seed.is_multiple_of(2),
        panics: false,
    }
}

/// Stateright's own checker agrees where its fingerprint tells all states apart: it hashes neighbouring sets of timers,
/// or of choices, without saying where one ends.
#[test]
fn random_systems_are_counted_like_stateright_does() {
    let mut compared = 0;
    for seed in 0..400 {
        let recipe = recipe_of(seed);
        if naive::explore(&model(&recipe), &[], MOST_STATES).is_none() {
            continue;
        }
        compared += 1;
        let checker = model(&recipe).checker().spawn_bfs().join();
        let found = components::run(whole_search(&recipe, 1, Order::Bfs)).expect("nothing is refused");
        let is_bounded_out = found.counts.generated_states == 0; // stateright's checkers are not given such a model
        let reference = reference::run(whole_search(&recipe, 1, Order::Bfs));
        assert_eq!(reference.is_err(), is_bounded_out, "{recipe:?}");
        let paths = |found: &Outcome<Node>| -> Vec<_> {
            found.hits.iter().map(|hit| hit.as_ref().map(|hit| hit.actions.clone())).collect()
        };
        if let Ok(reference) = reference {
            assert_eq!(paths(&found), paths(&reference), "{recipe:?}");
        }
        assert_eq!(found.counts.unique_states, checker.unique_state_count() as u128, "{recipe:?}");
        assert_eq!(found.counts.generated_states, checker.state_count() as u128, "{recipe:?}");
    }
    assert!(compared > 150, "only {compared} systems were small enough");
}
