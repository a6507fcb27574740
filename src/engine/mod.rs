//! Exhaustive search of any stateright [`ActorModel`]: what is asked of the reachable states, what limits a search,
//! and what comes back. It knows nothing of Paxos, nor of model files, reports or terminals.
//!
//! Three engines answer the same [`Search`]:
//!
//! * [`mod@reference`] drives stateright's own breadth-first and depth-first checkers;
//! * [`components`] compiles the actors to component automata and searches packed states;
//! * [`symbolic`] keeps all states at once in a decision diagram, and counts them without ever listing them.
//!
//! [`auto`] chooses between the last two. All are exact and all explore the same state space, so each can be checked
//! against the others. A fourth one, [`mod@whole`], searches the states of any stateright `Model`, and can tell them apart by
//! their hashes as stateright does. [`check()`](check()) takes a model to the one for it. What no path settles,
//! [`mod@executions`] decides on the whole state graph.

pub mod auto;
mod check;
pub mod components;
pub mod control;
pub mod executions;
mod fault;
pub mod reference;
mod report;
pub mod symbolic;
pub(crate) mod threads;
pub mod whole;

use stateright::actor::{Actor, ActorModel, ActorModelAction, ActorModelState};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use check::{check, Check, Whole};
pub use components::Handover;
pub use control::{Control, Limits, Stopped};
pub use executions::executions;
pub use fault::Fault;
pub use report::{Report, StatePath, Verdict};

/// An action of an actor system: a delivery, a drop, a timeout, a crash, a recovery or a random choice.
pub type Action<A> = ActorModelAction<<A as Actor>::Msg, <A as Actor>::Timer, <A as Actor>::Random>;

/// A global state of an actor system.
pub type State<A, H> = ActorModelState<A, H>;

/// A boundary that looks at each actor by itself: a state is within it iff every local state satisfies this.
pub type LocalBoundary<A> = Arc<dyn Fn(usize, &<A as Actor>::State) -> bool + Send + Sync>;

/// Hashes a state with the sizes of its sets. stateright's own hash of a state writes the timers, the choices and the
/// envelopes one after the other without saying where a set ends, so it cannot tell whose timer is set.
pub(crate) fn hash_apart<A, H>(state: &State<A, H>, hasher: &mut impl Hasher)
where
    A: Actor,
    A::Msg: Ord,
    H: Hash,
{
    state.hash(hasher);
    state.timers_set.iter().for_each(|timers| hasher.write_usize(timers.iter().count()));
    state.random_choices.iter().for_each(|choices| hasher.write_usize(choices.map.len()));
    hasher.write_usize(state.network.len());
}

/// An actor that a search can share among threads.
pub trait Checkable:
    Actor<
        Msg: Ord + Send + Sync,
        Timer: Ord + Send + Sync,
        Random: Send + Sync,
        State: Send + Sync,
        Storage: Send + Sync,
    > + Send
    + Sync
{
}

impl<A> Checkable for A where
    A: Actor<
            Msg: Ord + Send + Sync,
            Timer: Ord + Send + Sync,
            Random: Send + Sync,
            State: Send + Sync,
            Storage: Send + Sync,
        > + Send
        + Sync
{
}

/// What one question asks. A question is existential: the search looks for the shortest path to a *hit*.
///
/// The predicates see one observation per actor, in the order of the actors' ids (see [`Lens`]).
#[derive(Clone)]
pub enum Ask<O> {
    /// A hit is a reachable state whose observations satisfy the predicate.
    State(Arc<dyn Fn(&[O]) -> bool + Send + Sync>),
    /// A hit is a terminal state (one without any transition) whose observations satisfy the predicate.
    Terminal(Arc<dyn Fn(&[O]) -> bool + Send + Sync>),
    /// A hit is a step whose observations before and after satisfy the predicate. A step that leaves every
    /// observation as it was cannot be a hit: the predicate must be false when both sides are equal.
    Step(Arc<dyn Fn(&[O], &[O]) -> bool + Send + Sync>),
}

/// What some questions read of each actor: a projection of its local state, and the questions over it.
///
/// A lens makes a question's footprint explicit. Two states with equal observations answer every question of the lens
/// alike, so an engine may evaluate a question once per distinct tuple of observations.
pub struct Lens<A: Actor, O> {
    /// The observation of the actor with this index (stateright's [`Id`](stateright::actor::Id)) in this local state.
    pub observe: Arc<dyn Fn(usize, &A::State) -> O + Send + Sync>,
    /// What is asked of the observations.
    pub questions: Vec<Ask<O>>,
    /// What makes tuples of observations equal for all questions, if something is known to.
    pub canonical: Option<Canonical<O>>,
}

/// Replaces the observations of some actors by others that no question of the lens tells from them, whatever is seen of
/// the remaining actors (`None`), before a step and after it: if the order of the actors does not matter, for instance,
/// by the same ones sorted. An engine that takes one actor after the other then asks once for all tuples that begin with
/// what is canonically the same, and need not look at each of them.
pub type Canonical<O> = Arc<dyn Fn(&mut [Option<O>]) + Send + Sync>;

/// A question about whole states, the network and the history included. A hit is a reachable state that it judges so.
pub struct Judge<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// What messages about it call it.
    pub name: &'static str,
    /// What is looked at.
    pub condition: Condition<A, C, H>,
    /// A hit is a state where the condition has this value.
    pub hit_when: bool,
}

/// A condition of whole states.
pub enum Condition<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// Of the state.
    Whole(fn(&ActorModel<A, C, H>, &State<A, H>) -> bool),
    /// Of the state, but it is declared to read nothing except the history. It is evaluated once for each distinct history,
    /// on a state without actors, and compared with its answer for the first state that has the history.
    Declared(fn(&ActorModel<A, C, H>, &State<A, H>) -> bool),
    /// Of the history. It is evaluated once for each distinct one.
    History(fn(&H) -> bool),
}

impl<A: Actor, C, H> Clone for Condition<A, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Actor, C, H> Copy for Condition<A, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
}

impl<A: Actor, O: Clone> Clone for Lens<A, O> {
    fn clone(&self) -> Self {
        Lens {
            observe: Arc::clone(&self.observe),
            questions: self.questions.clone(),
            canonical: self.canonical.clone(),
        }
    }
}

impl<A: Actor, C, H> Clone for Judge<A, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: Actor, C, H> Copy for Judge<A, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
}

impl<A: Actor, C, H> Judge<A, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// True iff the state is a hit.
    pub fn is_hit(&self, model: &ActorModel<A, C, H>, state: &State<A, H>) -> bool {
        let is_so = match self.condition {
            Condition::Whole(condition) | Condition::Declared(condition) => condition(model, state),
            Condition::History(condition) => condition(&state.history),
        };
        is_so == self.hit_when
    }

    /// True iff nothing of a state is read but its history.
    pub(crate) fn is_of_history(&self) -> bool {
        !matches!(self.condition, Condition::Whole(_))
    }
}

/// What makes two states one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Equal values, whatever their hashes.
    Value,
    /// Equal hashes, 64 bits of them, whatever the values: as stateright has it.
    Hash,
}

impl Identity {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Identity::Value => "value",
            Identity::Hash => "hash",
        }
    }
}

/// What to tell the author of a model whose unequal values of a type have equal hashes.
fn clash_note(type_name: &str, identity: Identity) -> String {
    let what =
        format!("unequal values of `{type_name}` have equal hashes: its `Hash` leaves out what `PartialEq` compares");
    match identity {
        Identity::Value => format!("{what}. They count as different states here, as one state for stateright"),
        Identity::Hash => format!("{what}. They count as one state, so states that differ were not explored"),
    }
}

/// The order in which states are visited. Either order visits all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Breadth-first: the first hit is a shortest one.
    Bfs,
    /// Depth-first: less memory. Hits are then shortened by a breadth-first pass bounded by their length.
    Dfs,
}

/// A search to be run: the system, the questions, the order and the limits.
pub struct Search<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    /// The actor system.
    pub model: Arc<ActorModel<A, C, H>>,
    /// The model's boundary, if it looks at each actor by itself; a model without one is best told by one that holds
    /// everywhere. `None` leaves it to the model's own function, which has to be asked about whole states unless it is
    /// visibly the one that `ActorModel::new` sets.
    pub boundary: Option<LocalBoundary<A>>,
    /// The questions, grouped by what they read.
    pub lenses: Vec<Lens<A, O>>,
    /// The questions about whole states, which come after those of the lenses.
    pub judges: Vec<Judge<A, C, H>>,
    /// The order of the search.
    pub strategy: Strategy,
    /// When to give up.
    pub limits: Limits,
    /// When enough is known.
    pub goal: Goal,
    /// Worker threads, at least 1. The reference engine always uses one (see [`mod@reference`]).
    pub threads: usize,
    /// Through which the caller watches and interrupts the search.
    pub control: Arc<Control>,
}

impl<A, C, H, O: Clone> Clone for Search<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    fn clone(&self) -> Self {
        Search {
            model: Arc::clone(&self.model),
            boundary: self.boundary.clone(),
            lenses: self.lenses.clone(),
            judges: self.judges.clone(),
            goal: self.goal.clone(),
            control: Arc::clone(&self.control),
            ..*self
        }
    }
}

/// What ends a search before everything is explored: a hit of at least one question of every group. Questions are counted
/// lens by lens in order, then the judges. Without a group nothing but exhaustion is enough.
#[derive(Clone, Debug, Default)]
pub struct Goal(pub Vec<Vec<usize>>);

impl Goal {
    /// True iff these hits are enough.
    pub(crate) fn is_reached(&self, is_hit: impl Fn(usize) -> bool) -> bool {
        !self.0.is_empty() && self.0.iter().all(|group| group.iter().any(|&question| is_hit(question)))
    }
}

/// How much was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Distinct states found, the initial one included.
    pub unique_states: u128,
    /// Initial states plus every enabled transition out of every explored state (stateright's `state_count`).
    pub generated_states: u128,
    /// Explored states without a transition. States at a depth limit that cut something off are not expanded, and do not
    /// count.
    pub terminal_states: u128,
    /// Transitions on a shortest path to the farthest explored state. Unknown to a depth-first search.
    pub max_depth: Option<u64>,
}

/// A path to a hit: the actions from the initial state.
pub struct Hit<A: Actor> {
    /// The actions, in order. For [`Ask::Step`] the last one is the step that hit.
    pub actions: Vec<Action<A>>,
    /// True iff no hit of this question has a shorter path. Among the shortest the least is reported, comparing
    /// paths action by action in the order of stateright's `ActorModel::actions`.
    pub shortest: bool,
}

/// What is known of the levels of a search that ended for this reason: all, unless it ended within one.
fn whole_levels(states_by_depth: Vec<u64>, stopped: Stopped) -> Option<Vec<u128>> {
    let is_whole = matches!(stopped, Stopped::Exhausted | Stopped::MaxDepth);
    is_whole.then(|| states_by_depth.into_iter().map(u128::from).collect())
}

/// What a search found.
pub struct Outcome<A: Actor> {
    /// Why the search ended; anything but [`Stopped::Exhausted`] leaves unexplored states behind.
    pub stopped: Stopped,
    /// How much was explored.
    pub counts: Counts,
    /// Distinct states by the length of a shortest path to them, from the initial one on. Unknown to a depth-first
    /// search, and to one that ended within a level.
    pub states_by_depth: Option<Vec<u128>>,
    /// For every question, lens by lens in order, then for every judge, a hit if one was found. `None` proves that there is none only
    /// if the search was exhausted.
    pub hits: Vec<Option<Hit<A>>>,
    /// The threads that searched.
    pub threads: usize,
    /// What else the author of the model should know, such as unequal values with equal hashes.
    pub notes: Vec<String>,
}

/// Why an engine did not start, or had to give up without an answer. Never a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The model uses something that the engine cannot explore exactly.
    Unsupported(String),
    /// Code of the model panicked.
    Panicked(Fault),
    /// The engine needs a thread of its own, and the system gave none.
    NoThread(String),
    /// The folder of the checkpoints cannot be used, or holds one that the search cannot go on from.
    Checkpoint(String),
    /// A process of the search is gone, silent, or not one to search with.
    Lost(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::Unsupported(what) => write!(f, "this engine cannot explore the model exactly: {what}"),
            Refusal::Panicked(fault) => write!(f, "{fault}"),
            Refusal::NoThread(why) => {
                write!(f, "this engine needs a thread of its own, and the system gave none: {why}")
            }
            Refusal::Checkpoint(what) | Refusal::Lost(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Refusal {}
