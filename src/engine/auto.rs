//! The engine that suits a model: explicit search for small spaces, decision diagrams where it has not ended by a stated
//! point, explicit search again where those refuse or grow too large. It adds no search of its own.

use super::symbolic::LocalBoundary;
use super::{components, symbolic, Checkable, Goal, Lens, Limits, Outcome, Refusal, Search, Stopped, Strategy};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Instant;

/// States that explicit search explores before diagrams are tried: a second of its time, more or less.
pub const FIRST_STATES: u64 = 1_000_000;
/// Nodes of a diagram that is given up for explicit search.
const MOST_NODES: usize = 1 << 22;

/// The engine that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Component automata and packed states.
    Components,
    /// Decision diagrams.
    Symbolic,
}

/// Explores the reachable states of an actor model by whichever engine gets there. The answer is the same with any.
///
/// # Errors
///
/// As the engine that answers.
pub fn run<A, C, H, O>(
    search: Search<A, C, H, O>,
    boundary: Option<LocalBoundary<A>>,
) -> Result<(Outcome<A>, Answered), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let explicitly = |search| Ok((components::run(search)?, Answered::Components));
    let Limits { max_states, max_depth, timeout, .. } = search.limits;
    if search.strategy == Strategy::Dfs || max_states.is_some() || max_depth.is_some() {
        return explicitly(search);
    }
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let limits = || Limits {
        timeout: deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
        ..search.limits
    };
    let first = components::run(again(&search, Limits { max_states: Some(FIRST_STATES), ..limits() }))?;
    if first.stopped != Stopped::MaxStates {
        return Ok((first, Answered::Components));
    }
    drop(first);
    let options = symbolic::Options { boundary, nodes: MOST_NODES, ..Default::default() };
    match symbolic::run(again(&search, limits()), options) {
        Ok(outcome) if outcome.stopped != Stopped::Memory => Ok((outcome, Answered::Symbolic)),
        Ok(_) | Err(Refusal::Unsupported(_) | Refusal::NoThread(_)) => explicitly(again(&search, limits())),
        Err(refusal @ Refusal::HandlerPanicked(_)) => Err(refusal),
    }
}

/// The same search with other limits.
fn again<A, C, H, O>(search: &Search<A, C, H, O>, limits: Limits) -> Search<A, C, H, O>
where
    A: Checkable,
    H: Clone + Debug + Hash,
    O: Clone,
{
    let lens = |lens: &Lens<A, O>| Lens { observe: lens.observe.clone(), questions: lens.questions.clone() };
    Search {
        model: search.model.clone(),
        lenses: search.lenses.iter().map(lens).collect(),
        strategy: search.strategy,
        limits,
        goal: Goal(search.goal.0.clone()),
        threads: search.threads,
        control: search.control.clone(),
    }
}
