//! The front door for users of stateright: their own `ActorModel` in, counts, verdicts and shortest discoveries out.
//! It must not know how the search works.

use super::system::Judge;
use super::{run_with, Extra};
use crate::engine::{
    Action, Ask, Checkable, Control, Counts, Goal, Hit, Lens, Limits, Refusal, Search, State, Stopped, Strategy,
};
use stateright::actor::{Actor, ActorModel};
use stateright::{Expectation, Model, Path};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

/// Checks all properties of an [`ActorModel`], exhaustively.
///
/// # Example
///
/// ```
/// use stateright::actor::{Actor, ActorModel, Envelope, Id, Network, Out};
/// use stateright::Expectation;
/// use std::borrow::Cow;
///
/// /// Counts the pings it got, up to two.
/// struct Counter;
///
/// impl Actor for Counter {
///     type Msg = ();
///     type State = u8;
///     type Timer = ();
///     type Random = ();
///     type Storage = ();
///
///     fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
///         out.send(Id::from(0), ());
///         0
///     }
///
///     fn on_msg(&self, id: Id, count: &mut Cow<u8>, _: Id, _: (), out: &mut Out<Self>) {
///         if **count < 2 {
///             *count.to_mut() += 1;
///             out.send(id, ());
///         }
///     }
/// }
///
/// let model = ActorModel::new((), ())
///     .actor(Counter)
///     .init_network(Network::new_unordered_nonduplicating([]))
///     .property(Expectation::Always, "at most two", |_, state| *state.actor_states[0] <= 2)
///     .property(Expectation::Sometimes, "two", |_, state| *state.actor_states[0] == 2);
///
/// let report = synod::engine::check(model).threads(2).run()?;
/// report.assert_properties();
/// assert_eq!(report.unique_state_count(), 3);
/// assert_eq!(report.discovery("two").expect("it is reached").clone().into_actions().len(), 2);
/// # Ok::<(), synod::engine::Refusal>(())
/// ```
///
/// # Properties
///
/// `always` and `sometimes` mean what they mean to stateright, and a discovery is always a shortest one. `eventually`
/// has the meaning that stateright documents: a counterexample is a path from the initial state to a terminal state on
/// which the condition never holds. Cycles are not counterexamples, as with stateright; but where paths join, none is
/// overlooked, as stateright may. Each `eventually` property costs a search of its own.
///
/// A property is an arbitrary function of the global state, so the state has to be rebuilt for it, once per unique
/// state. One that reads only the history can say so ([`Check::reads_history`]) and costs next to nothing then, as do
/// questions that name what they read of the actors (see [`Lens`]).
pub fn check<A, C, H>(model: ActorModel<A, C, H>) -> Check<A, C, H>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    Check {
        model: Arc::new(model),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        threads: 1,
        control: Arc::new(Control::default()),
        history_only: Vec::new(),
    }
}

/// A check to be run; made by [`check`].
pub struct Check<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    model: Arc<ActorModel<A, C, H>>,
    strategy: Strategy,
    limits: Limits,
    threads: usize,
    control: Arc<Control>,
    history_only: Vec<&'static str>,
}

/// What is known of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An `always` or `eventually` property without a counterexample in the whole state space.
    Holds,
    /// An `always` or `eventually` property with a counterexample.
    Violated,
    /// A `sometimes` property with an example.
    Reached,
    /// A `sometimes` property without an example in the whole state space.
    Unreached,
    /// Nothing was found, but not all states were explored.
    Unknown,
}

/// A path of global states and the actions between them.
pub type StatePath<A, H> = Path<State<A, H>, Action<A>>;

/// What a check found.
pub struct Report<A: Actor, C, H>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    model: Arc<ActorModel<A, C, H>>,
    stopped: Stopped,
    counts: Counts,
    verdicts: Vec<(&'static str, Verdict)>,
    discoveries: BTreeMap<&'static str, StatePath<A, H>>,
}

impl<A, C, H> Check<A, C, H>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + PartialEq + Send + Sync,
{
    /// Worker threads; 1 unless set. The report is the same with any number of them.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// The order of the search; breadth-first unless set.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// When to give up; never unless set.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Declares that an `always` or `sometimes` property reads nothing of a state but its history. It is then evaluated
    /// once per distinct history, on a state that has no actors and an empty network: a property that reads more of the
    /// actors than it declares panics, and the check is refused.
    pub fn reads_history(mut self, property: &'static str) -> Self {
        self.history_only.push(property);
        self
    }

    /// Through which to watch and interrupt the check.
    pub fn control(mut self, control: Arc<Control>) -> Self {
        self.control = control;
        self
    }

    /// Runs the check.
    ///
    /// # Errors
    ///
    /// Refuses a model that cannot be explored exactly, and gives up when a handler of an actor panics.
    pub fn run(self) -> Result<Report<A, C, H>, Refusal> {
        let deadline = self.limits.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let properties = &self.model.properties;
        let direct: Vec<_> =
            properties.iter().filter(|property| property.expectation != Expectation::Eventually).collect();
        let judges = direct.iter().map(|property| Judge {
            condition: property.condition,
            hit_when: property.expectation == Expectation::Sometimes,
            history_only: self.history_only.contains(&property.name),
        });
        let outcome = run_with(self.search(Vec::new(), None), Extra { judges: judges.collect(), prune: None })?;
        let mut stopped = outcome.stopped;
        let mut found = Vec::new();
        for (property, hit) in direct.iter().zip(outcome.hits) {
            found.push((property.name, property.expectation.clone(), hit, outcome.stopped));
        }
        for property in properties.iter().filter(|property| property.expectation == Expectation::Eventually) {
            let is_met = Judge { condition: property.condition, hit_when: true, history_only: false };
            let terminal = Lens { observe: Arc::new(|_, _| ()), questions: vec![Ask::Terminal(Arc::new(|_| true))] };
            let search = self.search(vec![terminal], deadline);
            let mut outcome = run_with(search, Extra { judges: Vec::new(), prune: Some(is_met) })?;
            let hit = outcome.hits.pop().flatten();
            if stopped == Stopped::Exhausted {
                stopped = outcome.stopped;
            }
            found.push((property.name, Expectation::Eventually, hit, outcome.stopped));
        }
        let mut report = Report {
            stopped,
            counts: outcome.counts,
            verdicts: Vec::new(),
            discoveries: BTreeMap::new(),
            model: self.model,
        };
        found.into_iter().for_each(|(name, expectation, hit, stopped)| report.add(name, expectation, hit, stopped));
        Ok(report)
    }

    fn search(&self, lenses: Vec<Lens<A, ()>>, deadline: Option<Instant>) -> Search<A, C, H, ()> {
        let timeout = match deadline {
            Some(deadline) => Some(deadline.saturating_duration_since(Instant::now())),
            None => self.limits.timeout,
        };
        Search {
            model: Arc::clone(&self.model),
            lenses,
            strategy: self.strategy,
            limits: Limits { timeout, ..self.limits },
            goal: Goal::default(),
            threads: self.threads,
            control: Arc::clone(&self.control),
        }
    }
}

impl<A, C, H> Report<A, C, H>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash + PartialEq,
{
    fn add(&mut self, name: &'static str, expectation: Expectation, hit: Option<Hit<A>>, stopped: Stopped) {
        let verdict = match (&hit, expectation) {
            (Some(_), Expectation::Sometimes) => Verdict::Reached,
            (Some(_), Expectation::Always | Expectation::Eventually) => Verdict::Violated,
            (None, _) if stopped != Stopped::Exhausted => Verdict::Unknown,
            (None, Expectation::Sometimes) => Verdict::Unreached,
            (None, Expectation::Always | Expectation::Eventually) => Verdict::Holds,
        };
        self.verdicts.push((name, verdict));
        if let Some(hit) = hit {
            let mut initial = self.model.init_states();
            let path = Path::from_actions(&*self.model, initial.remove(0), &hit.actions);
            // The model itself replays what the engine found; that they agree is the engine's first obligation.
            self.discoveries.insert(name, path.expect("a path of the engine is a path of the model"));
        }
    }

    /// The model that was checked.
    pub fn model(&self) -> &ActorModel<A, C, H> {
        &self.model
    }

    /// Distinct states found, the initial one included.
    pub fn unique_state_count(&self) -> u64 {
        self.counts.unique_states
    }

    /// Initial states plus every transition out of every explored state.
    pub fn state_count(&self) -> u64 {
        self.counts.generated_states
    }

    /// All counts.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Why the check ended.
    pub fn stopped(&self) -> Stopped {
        self.stopped
    }

    /// True iff every reachable state was explored.
    pub fn is_complete(&self) -> bool {
        self.stopped == Stopped::Exhausted
    }

    /// What is known of each property.
    pub fn verdicts(&self) -> &[(&'static str, Verdict)] {
        &self.verdicts
    }

    /// What is known of a property, if there is one of that name.
    pub fn verdict(&self, name: &str) -> Option<Verdict> {
        self.verdicts.iter().find(|(other, _)| *other == name).map(|(_, verdict)| *verdict)
    }

    /// A counterexample, or an example of a `sometimes` property, if there is one. It is a shortest one, and among
    /// those the least, comparing actions in the order of the model; but a depth-first check that was ended by a limit
    /// may know only a longer one.
    pub fn discovery(&self, name: &str) -> Option<&StatePath<A, H>> {
        self.discoveries.get(name)
    }

    /// Passes iff every property holds or is reached, and that is certain.
    ///
    /// # Panics
    ///
    /// Panics, naming the first property concerned, if one is violated or unreached, or if the check was ended by a
    /// limit before its verdict was certain.
    pub fn assert_properties(&self) {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Holds | Verdict::Reached => {}
                Verdict::Violated => panic!("property {name:?} is violated: {}", Steps(self.discovery(name))),
                Verdict::Unreached => panic!("property {name:?} is reached by no state"),
                Verdict::Unknown => panic!("property {name:?} is unknown: the check ended early ({:?})", self.stopped),
            }
        }
    }
}

/// The actions of a discovery on one line.
struct Steps<'a, A: Actor, H>(Option<&'a StatePath<A, H>>);

impl<A: Actor, H: Clone> std::fmt::Display for Steps<'_, A, H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let actions = self.0.map(|path| path.clone().into_actions()).unwrap_or_default();
        write!(f, "{} steps: {actions:?}", actions.len())
    }
}
