//! The symbolic engine where it cannot go on: stopped at any point it has no verdict that is wrong, and a handler that
//! panics ends it only if a reachable state calls it.

use super::firings::states;
use super::random::{fatal, is_fatal, model, Node, Recipe};
use super::{brief, brief_questions_of, naive, questions_of, recipes, replay, search, State, MOST_STATES};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use stateright::actor::{Actor, ActorModel, ActorModelAction, Id, Network, Out};
use stateright::Model as _;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use synod::engine::symbolic::{run, Options};
use synod::engine::{
    components, Control, Counts, Goal, Hit, Limits, Outcome, Refusal, Search, Stopped, Strategy as Order,
};

fn recipe(seed: u64) -> Recipe {
    Recipe {
        seed,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 2,
        network: seed as u8 % 4,
        lossy: seed.is_multiple_of(2),
        max_crashes: usize::from(seed.is_multiple_of(3)),
        has_timers: false,
        has_choices: seed.is_multiple_of(5),
        has_history: seed % 4 == 1,
        boundary: None,
        saves: false,
        panics: false,
    }
}

/// Everything that a stopped search says is so.
fn check(recipe: &Recipe, found: &Outcome<Node>, whole: &Outcome<Node>) {
    let Counts { unique_states, generated_states, terminal_states, max_depth } = found.counts;
    let is_part = |found, least, all| found == least || found == all;
    assert!(is_part(unique_states, 1, whole.counts.unique_states), "{unique_states}");
    assert!(is_part(generated_states, 1, whole.counts.generated_states), "{generated_states}");
    assert!(is_part(terminal_states, 0, whole.counts.terminal_states), "{terminal_states}");
    assert!(max_depth.is_none() || max_depth == whole.counts.max_depth);
    assert!(found.states_by_depth.is_none() || found.states_by_depth == whole.states_by_depth);
    for (number, (hit, expected)) in found.hits.iter().zip(&whole.hits).enumerate() {
        if let Some(Hit { actions, .. }) = hit {
            assert_eq!(actions, &expected.as_ref().expect("a hit is one").actions);
            replay(&model(recipe), actions, &brief_questions_of(recipe.seed)[number]);
        }
    }
}

#[test]
fn a_search_that_is_stopped_at_every_hundredth_node_says_nothing_wrong() {
    let (mut early, mut late) = (0, 0);
    let reasons = [Stopped::Timeout, Stopped::Memory, Stopped::Interrupted];
    let mut systems = 0;
    for (seed, reason) in (0..60).zip(reasons.into_iter().cycle()) {
        let recipe = recipe(seed);
        let stopped_after = |nodes| {
            let options = Options { stop_after: Some((nodes, reason)), ..Options::default() };
            run(brief(search(&recipe, 1, Order::Bfs)), options).expect("nothing is refused")
        };
        // Not those that take long.
        if systems == 8 || stopped_after(2_500).stopped != Stopped::Exhausted {
            continue;
        }
        systems += 1;
        let whole = components::run(brief(search(&recipe, 1, Order::Bfs))).expect("nothing is refused");
        for nodes in (0..).step_by(100) {
            let found = stopped_after(nodes);
            check(&recipe, &found, &whole);
            if found.stopped == Stopped::Exhausted {
                assert_eq!(found.counts, whole.counts);
                assert_eq!(found.hits.iter().flatten().count(), whole.hits.iter().flatten().count());
                break;
            }
            assert_eq!(found.stopped, reason);
            match found.counts.unique_states {
                1 => early += 1,
                _ => late += 1,
            }
        }
    }
    assert!(early >= 8 && late > 8, "{early} before the states were known, {late} after");
}

/// It sends itself a message that changes nothing, whenever its timer fires: there is no end of messages in flight.
#[derive(Clone)]
struct Flood;

impl Actor for Flood {
    type Msg = ();
    type State = ();
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) {
        out.set_timer((), Duration::ZERO..Duration::ZERO);
    }

    fn on_timeout(&self, id: Id, _: &mut Cow<()>, _: &(), out: &mut Out<Self>) {
        out.send(id, ());
        out.set_timer((), Duration::ZERO..Duration::ZERO);
    }
}

#[test]
fn a_space_without_end_is_left_at_a_limit() {
    let ended = |limits: Limits, nodes: Option<u64>| {
        let network = Network::new_unordered_nonduplicating([]);
        let search = Search::<Flood, (), (), ()> {
            model: Arc::new(ActorModel::new((), ()).actor(Flood).init_network(network)),
            boundary: Some(Arc::new(|_, _: &()| true)),
            lenses: Vec::new(),
            judges: Vec::new(),
            strategy: Order::Bfs,
            limits,
            goal: Goal::default(),
            threads: 1,
            control: Arc::new(Control::default()),
        };
        let stop_after = nodes.map(|nodes| (nodes, Stopped::Interrupted));
        let options = Options { stop_after, ..Options::default() };
        run(search, options).expect("nothing is refused").stopped
    };
    let timeout = Some(Duration::from_millis(100));
    assert_eq!(ended(Limits { timeout, ..Limits::default() }, None), Stopped::Timeout);
    assert_eq!(ended(Limits::default(), Some(500)), Stopped::Interrupted);
}

/// What is said where a reachable state delivers a message that its receiver panics at.
fn reachable_panics(recipe: &Recipe, states: &[State]) -> BTreeSet<String> {
    let model = model(recipe);
    let mut said = BTreeSet::new();
    for state in states {
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        for action in actions {
            let ActorModelAction::Deliver { dst, msg, .. } = action else { continue };
            let local = &state.actor_states[usize::from(dst)];
            if !state.crashed[usize::from(dst)] && is_fatal(recipe.seed, local, msg) {
                said.insert(fatal(local, msg));
            }
        }
    }
    said
}

#[test]
fn a_handler_of_a_random_system_that_panics_ends_the_search_iff_a_reachable_state_calls_it() {
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let [ended, went_on] = [Cell::new(0), Cell::new(0)];
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        let recipe = Recipe { boundary: None, ..recipe };
        let Some(states) = states(&model(&recipe)) else { return Ok(()) };
        let said = reachable_panics(&recipe, &states);
        let panicking = Recipe { panics: true, ..recipe.clone() };
        match run(search(&panicking, 1, Order::Bfs), Options::default()) {
            Err(Refusal::Panicked(fault)) if said.contains(&fault.message) => ended.set(ended.get() + 1),
            Ok(found) if said.is_empty() => {
                went_on.set(went_on.get() + 1);
                let expected = naive::explore(&model(&recipe), &questions_of(recipe.seed), MOST_STATES);
                let expected = expected.expect("it was small enough before");
                prop_assert_eq!(found.counts.unique_states, expected.unique);
                prop_assert_eq!(found.counts.generated_states, expected.generated);
                for (hit, path) in found.hits.iter().zip(&expected.hits) {
                    prop_assert_eq!(hit.as_ref().map(|hit| &hit.actions), path.as_ref());
                }
            }
            found => {
                let found = found.map(|found| found.counts);
                return Err(TestCaseError::fail(format!("reachable: {said:?}, found: {found:?}")));
            }
        }
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(ended.get() > 50 && went_on.get() > 50, "{} ended, {} went on", ended.get(), went_on.get());
}
