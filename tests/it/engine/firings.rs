//! How often each action happens in random systems, counted state by state and by the symbolic engine.

use super::random::{draw, model, Local, Model, Node, Recipe};
use super::{naive, recipes, search, State, MOST_STATES};
use naive::Question;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use stateright::actor::ActorModelAction;
use stateright::Model as _;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use synod::engine::symbolic::{firings, Firing, Options};
use synod::engine::{Action, Search, Stopped, Strategy as Order};

/// An action, what the acting actor makes of it, and whether it is ignored.
type Kind = (String, Option<[Local; 2]>, bool);

/// The states of a system, unless there are too many.
pub fn states(model: &Model) -> Option<Vec<State>> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let visited = seen.clone();
    let visit = Question::State(Box::new(move |state: &State| {
        visited.borrow_mut().push(state.clone());
        false
    }));
    naive::explore(model, &[visit], MOST_STATES)?;
    Some(seen.take())
}

fn actor(action: &Action<Node>) -> Option<usize> {
    match action {
        ActorModelAction::Drop(_) => None,
        ActorModelAction::Deliver { dst, .. } => Some((*dst).into()),
        ActorModelAction::Timeout(id, _) | ActorModelAction::Crash(id) | ActorModelAction::Recover(id) => {
            Some((*id).into())
        }
        ActorModelAction::SelectRandom { actor, .. } => Some((*actor).into()),
    }
}

fn counted_one_by_one(model: &Model) -> Option<BTreeMap<Kind, u128>> {
    let mut counts = BTreeMap::new();
    for state in states(model)? {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for action in actions {
            let actor = actor(&action);
            if matches!(action, ActorModelAction::Deliver { .. }) && actor.is_some_and(|actor| state.crashed[actor]) {
                continue;
            }
            let next = model.next_state(&state, action.clone());
            let after = next.as_ref().unwrap_or(&state);
            let local = actor.map(|actor| [&state, after].map(|state| (*state.actor_states[actor]).clone()));
            *counts.entry((format!("{action:?}"), local, next.is_none())).or_default() += 1;
        }
    }
    Some(counts)
}

#[test]
fn every_action_of_random_systems_happens_as_often_as_it_does() {
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
    let [compared, ignored] = [Cell::new(0), Cell::new(0)];
    let done = TestRunner::new(config).run(&recipes(), |recipe| {
        let recipe = Recipe { boundary: None, ..recipe };
        let Some(expected) = counted_one_by_one(&model(&recipe)) else { return Ok(()) };
        let order = Some(draw(recipe.seed, &[]) % 8);
        let options = Options { order, ..Options::default() };
        let search = Search { lenses: Vec::new(), ..search(&recipe, 1, Order::Bfs) };
        let (outcome, found) = firings(search, options).expect("nothing is refused");
        prop_assert_eq!(outcome.stopped, Stopped::Exhausted);
        let mut counts: BTreeMap<Kind, u128> = BTreeMap::new();
        let mut transitions = 0;
        for Firing { action, local, is_ignored, times } in found.expect("the search was exhausted") {
            let local = local.map(|local| local.map(|local| (*local).clone()));
            *counts.entry((format!("{action:?}"), local, is_ignored)).or_default() += times;
            transitions += if is_ignored { 0 } else { times };
        }
        prop_assert_eq!(transitions + 1, outcome.counts.generated_states);
        ignored.set(ignored.get() + counts.keys().filter(|(_, _, is_ignored)| *is_ignored).count());
        prop_assert_eq!(counts, expected);
        compared.set(compared.get() + 1);
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(compared.get() > 200 && ignored.get() > 500, "{compared:?} systems, {ignored:?} ignored");
}
