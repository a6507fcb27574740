//! Actor systems in whole states: what a search asks of observations is asked of the states. The searches of this module
//! know nothing of it.

use super::{actions, hash_of, search, Asked, Of, Question};
use crate::engine::{clash_note, whole_levels, Ask, Checkable, Hit, Identity, Lens, Outcome, Refusal, Search, State};
use crate::engine::{Judge, Strategy};
use stateright::actor::{Actor, ActorModel};
use std::any::type_name;
use std::fmt::Debug;
use std::hash::Hash;

/// Explores the reachable states of an actor model one by one, and answers the questions of a search.
///
/// # Errors
///
/// Refuses to search depth-first, and gives up when code of the model panics.
pub fn run<A, C, H, O>(asked: Search<A, C, H, O>, identity: Identity) -> Result<Outcome<A>, Refusal>
where
    A: Checkable,
    C: Send + Sync,
    H: Clone + Debug + Hash + PartialEq + Send + Sync,
{
    must_be_breadth_first(asked.strategy)?;
    let model = &*asked.model;
    let of_lens = |(number, lens)| questions_of(lens, number);
    let mut questions: Vec<Question<State<A, H>>> = asked.lenses.iter().enumerate().flat_map(of_lens).collect();
    questions.extend(asked.judges.iter().map(|judge| question_of(model, judge)));
    let found = search(&Asked {
        model,
        questions,
        prune: None,
        goal: asked.goal.clone(),
        identity,
        culprit: culprit::<A, H>,
        limits: asked.limits,
        threads: asked.threads,
        control: &asked.control,
    })?;
    let hit = |(start, places): (u32, Vec<u32>)| Hit { actions: actions(model, start, &places).1, shortest: true };
    Ok(Outcome {
        stopped: found.stopped,
        counts: found.counts,
        states_by_depth: whole_levels(found.states_by_depth, found.stopped),
        hits: found.hits.into_iter().map(|found| found.map(hit)).collect(),
        threads: found.threads,
        notes: found.clashes.iter().map(|name| clash_note(name, identity)).collect(),
    })
}

/// Refuses any other order.
pub(in crate::engine) fn must_be_breadth_first(strategy: Strategy) -> Result<(), Refusal> {
    match strategy {
        Strategy::Bfs => Ok(()),
        Strategy::Dfs => {
            Err(Refusal::Unsupported("whole states are searched breadth-first; leave out the strategy".into()))
        }
    }
}

/// The questions of a lens, asked of what it observes of the actors of a state.
fn questions_of<A: Checkable, H, O>(
    lens: &Lens<A, O>,
    number: usize,
) -> impl Iterator<Item = Question<'_, State<A, H>>> {
    let seen = |state: &State<A, H>| -> Vec<O> {
        let actors = state.actor_states.iter().enumerate();
        actors.map(|(actor, local)| (lens.observe)(actor, local)).collect()
    };
    lens.questions.iter().enumerate().map(move |(place, ask)| Question {
        name: format!("question {} of lens {}", place + 1, number + 1),
        of: match ask {
            Ask::State(hits) => Of::State(Box::new(move |state| hits(&seen(state)))),
            Ask::Terminal(hits) => Of::Terminal(Box::new(move |state| hits(&seen(state)))),
            Ask::Step(hits) => Of::Step(Box::new(move |state, next| hits(&seen(state), &seen(next)))),
        },
    })
}

fn question_of<'a, A, C, H>(model: &'a ActorModel<A, C, H>, judge: &'a Judge<A, C, H>) -> Question<'a, State<A, H>>
where
    A: Checkable,
    C: Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
{
    let name = format!("the property {:?}", judge.name);
    Question { name, of: Of::State(Box::new(move |state| judge.is_hit(model, state))) }
}

/// The type that is to blame if unequal states of an actor system have equal hashes.
pub(in crate::engine) fn culprit<A: Actor, H: Hash + PartialEq>(
    one: &State<A, H>,
    other: &State<A, H>,
) -> &'static str {
    fn differ<T: Hash + PartialEq>(one: &T, other: &T) -> bool {
        one != other && hash_of(one) == hash_of(other)
    }
    let parts = [
        (differ(&one.actor_states, &other.actor_states), type_name::<A::State>()),
        (differ(&one.network, &other.network), type_name::<A::Msg>()),
        (differ(&one.actor_storages, &other.actor_storages), type_name::<A::Storage>()),
        (differ(&one.history, &other.history), type_name::<H>()),
    ];
    let blamed = parts.iter().find(|(differ, _)| *differ);
    blamed.map_or(type_name::<State<A, H>>(), |(_, name)| name)
}
