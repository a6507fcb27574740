//! The engine that suits a model: explicit search for small spaces, decision diagrams where it has not ended by a stated
//! point, explicit search again where those refuse or grow too large. It adds no search of its own.

use super::control::Phase;
use super::{components, symbolic, Checkable, Goal, Lens, Limits, Outcome, Refusal, Search, Stopped, Strategy};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Instant;

/// When the search is handed over. Neither point is one of time, so it is the same engine that answers on any machine.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// States that explicit search explores before diagrams are tried: a second of its time, more or less.
    pub states: u64,
    /// Nodes that an attempt with diagrams may make before the next one, and in the end before explicit search.
    pub work: usize,
}

impl Default for Points {
    fn default() -> Self {
        Points { states: 1_000_000, work: 1 << 20 }
    }
}

/// The engine that answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Explicit search, before anything else was tried.
    Directly,
    /// Decision diagrams.
    Symbolic,
    /// Explicit search, since decision diagrams did not: this is why.
    AfterAll(String),
}

impl Answered {
    /// Why it was this one, with the number of states that were explored first as the reader is to see it. There is
    /// nothing to say about the first.
    pub fn because(&self, states: &str) -> Option<String> {
        let more = format!("the model has more than {states} states");
        match self {
            Answered::Directly => None,
            Answered::Symbolic => Some(more),
            Answered::AfterAll(why) => Some(format!("{more}, but {why}")),
        }
    }
}

/// Explores the reachable states of an actor model by whichever engine gets there. The answer is the same with any.
///
/// # Errors
///
/// As the engine that answers.
pub fn run<A, C, H, O>(search: Search<A, C, H, O>, points: Points) -> Result<(Outcome<A>, Answered), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let Limits { max_states, max_depth, timeout, .. } = search.limits;
    let is_whole = !search.judges.is_empty(); // diagrams do not answer questions about whole states
    if is_whole || search.strategy == Strategy::Dfs || max_states.is_some() || max_depth.is_some() {
        return Ok((components::run(search)?, Answered::Directly));
    }
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let limits = || Limits {
        timeout: deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())),
        ..search.limits
    };
    let first = components::run(again(&search, Limits { max_states: Some(points.states), ..limits() }))?;
    if first.stopped != Stopped::MaxStates {
        return Ok((first, Answered::Directly));
    }
    let options = symbolic::Options { work: points.work, ..Default::default() };
    let why = match symbolic::run(again(&search, limits()), options) {
        Ok(outcome) if outcome.stopped == Stopped::Memory => "decision diagrams grow too large".into(),
        // A search that had to end may know less than the first one.
        Ok(outcome) if outcome.counts.unique_states < first.counts.unique_states => {
            return Ok((Outcome { stopped: outcome.stopped, ..first }, Answered::Directly));
        }
        Ok(outcome) => return Ok((outcome, Answered::Symbolic)),
        Err(refusal @ Refusal::Panicked(_)) => return Err(refusal),
        Err(refusal) => refusal.to_string(),
    };
    drop(first);
    search.control.begin(Phase::Exploring);
    Ok((components::run(again(&search, limits()))?, Answered::AfterAll(why)))
}

/// The same search with other limits.
fn again<A, C, H, O>(search: &Search<A, C, H, O>, limits: Limits) -> Search<A, C, H, O>
where
    A: Checkable,
    H: Clone + Debug + Hash,
    O: Clone,
{
    let lens = |lens: &Lens<A, O>| Lens {
        observe: lens.observe.clone(),
        questions: lens.questions.clone(),
        canonical: lens.canonical.clone(),
    };
    Search {
        model: search.model.clone(),
        boundary: search.boundary.clone(),
        lenses: search.lenses.iter().map(lens).collect(),
        judges: search.judges.clone(),
        strategy: search.strategy,
        limits,
        goal: Goal(search.goal.0.clone()),
        threads: search.threads,
        control: search.control.clone(),
    }
}
