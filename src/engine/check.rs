//! The front door for users of stateright: their own model in, counts, verdicts and shortest discoveries out.
//! It must not know how the searches work.

use super::components::{run_pruned, Census, Handover, Ran, Way};
use super::report::{Report, Trace};
use super::whole::{actions, culprit, must_be_breadth_first, search, Asked, Of, Question};
use super::{
    Ask, Checkable, Control, Counts, Goal, Identity, Lens, Limits, Outcome, Refusal, Search, Stopped, Strategy,
};
use super::{Condition, Judge};
use stateright::actor::ActorModel;
use stateright::{Expectation, HasDiscoveries, Model, Property};
use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Checks all properties of a stateright [`Model`]. An [`ActorModel`] is compiled to component automata, which is many
/// times faster; any other model is searched in whole states.
///
#[doc = include_str!("check.md")]
pub fn check<M: Model>(model: M) -> Check<M> {
    let whole = Whole {
        model: Arc::new(model),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        threads: 1,
        control: Arc::new(Control::default()),
        identity: Identity::Value,
        finish: HasDiscoveries::All,
        of_history: Vec::new(),
    };
    Check(whole, Handover::default())
}

/// A check to be run; made by [`check()`].
///
/// [`run`](Check::run) of an [`ActorModel`] is its own; that of any other model is [`Whole::run`], to which this type
/// dereferences. (A trait could not tell the two apart: an `ActorModel` is a `Model` as well.)
pub struct Check<M: Model>(Whole<M>, Handover);

/// A check of whole states; see [`Check`].
pub struct Whole<M: Model> {
    pub(super) model: Arc<M>,
    strategy: Strategy,
    limits: Limits,
    threads: usize,
    control: Arc<Control>,
    identity: Identity,
    finish: HasDiscoveries,
    of_history: Vec<&'static str>,
}

impl<M: Model> Deref for Check<M> {
    type Target = Whole<M>;

    fn deref(&self) -> &Whole<M> {
        &self.0
    }
}

impl<M: Model> Check<M> {
    /// Worker threads; 1 unless set. The report is the same with any number of them.
    pub fn threads(mut self, threads: usize) -> Self {
        self.0.threads = threads.max(1);
        self
    }

    /// The order of the search; breadth-first unless set. Only the components of actors can be searched depth-first.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.0.strategy = strategy;
        self
    }

    /// When to give up; never unless set.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.0.limits = limits;
        self
    }

    /// Levels to explore at most, the one of the initial states included: one more than
    /// [`Limits::max_depth`], which counts transitions. 0 is no limit, as in stateright.
    pub fn target_max_depth(mut self, depth: usize) -> Self {
        self.0.limits.max_depth = depth.checked_sub(1).map(|depth| depth as u64);
        self
    }

    /// Time to spend at most.
    pub fn timeout(mut self, duration: Duration) -> Self {
        self.0.limits.timeout = Some(duration);
        self
    }

    /// Which discoveries end the check, before everything is explored; [`HasDiscoveries::All`] unless set, as in
    /// stateright. The report then says [`Stopped::Decided`]. A model without properties is explored to its end. For the
    /// counts of the whole space whatever is found, name no such end: `HasDiscoveries::AnyOf(BTreeSet::new())`.
    pub fn finish_when(mut self, discoveries: HasDiscoveries) -> Self {
        self.0.finish = discoveries;
        self
    }

    /// What makes two states one; their values unless set.
    pub fn identity(mut self, identity: Identity) -> Self {
        self.0.identity = identity;
        self
    }

    /// Through which to watch and interrupt the check.
    pub fn control(mut self, control: Arc<Control>) -> Self {
        self.0.control = control;
        self
    }
}

impl<A, C, H> Check<ActorModel<A, C, H>>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + PartialEq + Send + Sync,
{
    /// Declares that an `always` or `sometimes` property reads nothing of a state but its history. It is then evaluated
    /// once per distinct history, on a state that has no actors and an empty network. The check is refused if there is no
    /// such property, if it panics because there are no actors, or if it answers otherwise for the first state with a history than
    /// for the history alone.
    pub fn reads_history(mut self, property: &'static str) -> Self {
        self.0.of_history.push(property);
        self
    }

    /// When the search of components goes on in whole states. The report is the same wherever that is, but for what it says
    /// of the engine.
    pub fn handover(mut self, handover: Handover) -> Self {
        self.1 = handover;
        self
    }

    /// Runs the check.
    ///
    /// # Errors
    ///
    /// Refuses a model that cannot be explored exactly, and gives up when code of the model panics.
    pub fn run(self) -> Result<Report<ActorModel<A, C, H>>, Refusal> {
        let Check(check, handover) = &self;
        check.has_history_properties()?;
        if check.identity == Identity::Hash {
            must_be_breadth_first(check.strategy)?;
        }
        let mut suited = check.identity == Identity::Value;
        let mut because = None;
        check.passes(|kind, limits| {
            let started = Instant::now();
            if suited {
                match check.pass_of_components(kind, limits, *handover)? {
                    Ok(pass) => return Ok(pass),
                    Err(Census { components, states }) => {
                        let what = format!("{components} components in the first {states} states");
                        because = Some(format!("searched in whole states, as there were {what}"));
                        suited = false;
                    }
                }
            }
            let timeout = limits.timeout.map(|timeout| timeout.saturating_sub(started.elapsed()));
            let mut pass = check.pass_of_wholes(kind, Limits { timeout, ..limits }, culprit::<A, H>)?;
            pass.notes.extend(because.clone());
            Ok(pass)
        })
    }
}

impl<A, C, H> Whole<ActorModel<A, C, H>>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + PartialEq + Send + Sync,
{
    /// One search, in components, unless there are too many of them.
    fn pass_of_components(
        &self,
        kind: &Kind<ActorModel<A, C, H>>,
        limits: Limits,
        handover: Handover,
    ) -> Result<Result<Pass<ActorModel<A, C, H>>, Census>, Refusal> {
        let judge = |property: &Property<ActorModel<A, C, H>>, hit_when: bool| Judge {
            name: property.name,
            condition: match self.of_history.contains(&property.name) {
                true => Condition::Declared(property.condition),
                false => Condition::Whole(property.condition),
            },
            hit_when,
        };
        let (lenses, judges, prune, goal) = match kind {
            Kind::Direct(properties, goal) => {
                let judges = properties.iter().map(|property| judge(property, is_hit_when(property)));
                (Vec::new(), judges.collect(), None, goal.clone())
            }
            Kind::Eventually(property) => {
                let ends = Lens {
                    observe: Arc::new(|_, _| ()),
                    questions: vec![Ask::Terminal(Arc::new(|_| true))],
                    canonical: None,
                };
                let prune = Some(Judge { condition: Condition::Whole(property.condition), ..judge(property, true) });
                (vec![ends], Vec::new(), prune, Goal(vec![vec![0]]))
            }
        };
        let search = Search {
            model: Arc::clone(&self.model),
            boundary: None,
            lenses,
            judges,
            goal,
            strategy: self.strategy,
            limits,
            threads: self.threads,
            control: Arc::clone(&self.control),
        };
        Ok(match run_pruned::<_, _, _, ()>(search, prune, Way::Handover(handover))? {
            Ran::Ended(Outcome { stopped, counts, hits, notes, .. }, _) => {
                let hits = hits.into_iter().map(|hit| hit.map(|hit| (0, hit.actions))).collect();
                Ok(Pass { engine: COMPONENTS, stopped, counts, hits, notes })
            }
            Ran::Unsuited(census) => Err(census),
        })
    }
}

/// The engines, as reports name them.
const COMPONENTS: &str = "components";
const WHOLE_STATES: &str = "whole states";

/// What one search over the states is for.
enum Kind<'a, M: Model> {
    /// `always` and `sometimes` properties, and the hits that end the search.
    Direct(Vec<&'a Property<M>>, Goal),
    /// An `eventually` property: is there a path to a terminal state on which it never holds?
    Eventually(&'a Property<M>),
}

/// What one search found.
struct Pass<M: Model> {
    engine: &'static str,
    stopped: Stopped,
    counts: Counts,
    hits: Vec<Option<Trace<M>>>,
    notes: Vec<String>,
}

/// True iff a discovery of a property is a state where its condition is true.
fn is_hit_when<M: Model>(property: &Property<M>) -> bool {
    property.expectation == Expectation::Sometimes
}

impl<M: Model> Whole<M> {
    /// Runs the check in whole states.
    ///
    /// # Errors
    ///
    /// Gives up when code of the model panics.
    pub fn run(&self) -> Result<Report<M>, Refusal>
    where
        M: Sync,
        M::State: Hash + PartialEq + Send + Sync,
        M::Action: Debug + PartialEq,
    {
        must_be_breadth_first(self.strategy)?;
        self.passes(|kind, limits| self.pass_of_wholes(kind, limits, |_, _| type_name::<M::State>()))
    }

    /// One search, in whole states. Unequal states with equal hashes are blamed on the type that `culprit` names.
    fn pass_of_wholes(
        &self,
        kind: &Kind<M>,
        limits: Limits,
        culprit: fn(&M::State, &M::State) -> &'static str,
    ) -> Result<Pass<M>, Refusal>
    where
        M: Sync,
        M::State: Hash + PartialEq + Send + Sync,
        M::Action: Debug + PartialEq,
    {
        let (model, control) = (&*self.model, &self.control);
        let (identity, threads) = (self.identity, self.threads);
        let condition = |property: &Property<M>, hit_when: bool| {
            let condition = property.condition;
            Box::new(move |state: &M::State| condition(model, state) == hit_when)
        };
        let name = |property: &Property<M>| format!("the property {:?}", property.name);
        let direct = |property: &&Property<M>| Question {
            name: name(property),
            of: Of::State(condition(property, is_hit_when(property))),
        };
        let (questions, prune, goal) = match kind {
            Kind::Direct(properties, goal) => (properties.iter().map(direct).collect(), None, goal.clone()),
            Kind::Eventually(property) => {
                let ends = Question { name: name(property), of: Of::Terminal(condition(property, false)) };
                (vec![ends], Some(property.condition), Goal(vec![vec![0]]))
            }
        };
        let found = search(&Asked { model, questions, prune, goal, identity, culprit, limits, threads, control })?;
        let hits = found.hits.into_iter().map(|hit| hit.map(|(start, places)| actions(model, start, &places)));
        let notes = found.clashes.iter().map(|name| super::clash_note(name, identity)).collect();
        let (stopped, counts, hits) = (found.stopped, found.counts, hits.collect());
        Ok(Pass { engine: WHOLE_STATES, stopped, counts, hits, notes })
    }

    fn has_history_properties(&self) -> Result<(), Refusal> {
        let properties = self.model.properties();
        for name in &self.of_history {
            let is_it = |property: &&Property<M>| property.name == *name;
            match properties.iter().find(is_it).map(|property| &property.expectation) {
                Some(Expectation::Always | Expectation::Sometimes) => {}
                Some(Expectation::Eventually) => {
                    let what = format!("`reads_history({name:?})`: an `eventually` property is about paths");
                    return Err(Refusal::Unsupported(what));
                }
                None => {
                    let names: Vec<_> = properties.iter().map(|property| property.name).collect();
                    let what = format!("`reads_history({name:?})`: there is no such property, only {names:?}");
                    return Err(Refusal::Unsupported(what));
                }
            }
        }
        Ok(())
    }

    /// Searches as often as the properties need it: once for each `eventually`, once for all others.
    fn passes(&self, mut pass: impl FnMut(&Kind<M>, Limits) -> Result<Pass<M>, Refusal>) -> Result<Report<M>, Refusal>
    where
        M::State: PartialEq,
        M::Action: PartialEq,
    {
        let started = Instant::now();
        let deadline = self.limits.timeout.and_then(|timeout| started.checked_add(timeout));
        let left = || {
            let timeout = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            Limits { timeout: timeout.or(self.limits.timeout), ..self.limits }
        };
        let properties = self.model.properties();
        let is_eventually = |property: &&Property<M>| property.expectation == Expectation::Eventually;
        let mut found = BTreeSet::new();
        let mut results = Vec::new();
        let mut last = None;
        for property in properties.iter().filter(is_eventually) {
            let mut done = pass(&Kind::Eventually(property), left())?;
            let hit = done.hits.pop().flatten();
            found.extend(hit.is_some().then_some(property.name));
            results.push((property, hit, done.stopped));
            last = Some(done);
        }
        let direct: Vec<_> = properties.iter().filter(|property| !is_eventually(property)).collect();
        let goal = goal(&self.finish, &properties, &direct, &found)?;
        let mut done = match (goal, last) {
            // What was found ends the check already.
            (None, Some(last)) => {
                Pass { hits: direct.iter().map(|_| None).collect(), stopped: Stopped::Decided, ..last }
            }
            (goal, _) => pass(&Kind::Direct(direct.clone(), goal.unwrap_or_default()), left())?,
        };
        let stopped = done.stopped;
        for (property, hit) in direct.into_iter().zip(std::mem::take(&mut done.hits)) {
            results.push((property, hit, stopped));
        }
        // A search that a hit ended has answered all that it was for.
        let is_cut = |hit: bool, stopped: Stopped| !hit && stopped != Stopped::Exhausted;
        let cut =
            results.iter().find(|(_, hit, stopped)| is_cut(hit.is_some(), *stopped)).map(|(.., stopped)| *stopped);
        let stopped = if stopped == Stopped::Exhausted { cut.unwrap_or(stopped) } else { stopped };
        let mut report =
            Report::new(Arc::clone(&self.model), done.engine, self.threads, stopped, done.counts, done.notes);
        results.into_iter().for_each(|(property, hit, stopped)| report.add(property, hit, stopped));
        report.took(started.elapsed());
        Ok(report)
    }
}

/// The discoveries that end the search for the direct properties, when those of the others are known. `None` if these are
/// enough.
fn goal<M: Model>(
    finish: &HasDiscoveries,
    properties: &[Property<M>],
    direct: &[&Property<M>],
    found: &BTreeSet<&'static str>,
) -> Result<Option<Goal>, Refusal> {
    let named = |names: &BTreeSet<&'static str>| {
        let unknown = names.iter().find(|name| !properties.iter().any(|property| property.name == **name));
        match unknown {
            Some(name) => Err(Refusal::Unsupported(format!("`finish_when` names {name:?}, which is no property"))),
            None => Ok(names.iter().copied().collect::<Vec<_>>()),
        }
    };
    let all = || properties.iter().map(|property| property.name).collect::<Vec<_>>();
    let failures = || {
        let failures = properties.iter().filter(|property| property.expectation.discovery_is_failure());
        failures.map(|property| property.name).collect::<Vec<_>>()
    };
    let (names, is_any) = match finish {
        HasDiscoveries::All => (all(), false),
        HasDiscoveries::Any => (all(), true),
        HasDiscoveries::AnyFailures => (failures(), true),
        HasDiscoveries::AllFailures => (failures(), false),
        HasDiscoveries::AllOf(names) => (named(names)?, false),
        HasDiscoveries::AnyOf(names) => (named(names)?, true),
    };
    if names.is_empty() {
        return Ok(Some(Goal::default()));
    }
    let place = |name: &&'static str| direct.iter().position(|property| property.name == *name);
    if is_any {
        let places: Vec<usize> = names.iter().filter_map(place).collect();
        let is_over = names.iter().any(|name| found.contains(name));
        return Ok((!is_over).then(|| if places.is_empty() { Goal::default() } else { Goal(vec![places]) }));
    }
    let missing: Vec<_> = names.iter().filter(|name| !found.contains(*name)).collect();
    let places: Option<Vec<_>> = missing.iter().map(|name| place(name).map(|place| vec![place])).collect();
    // A discovery that is still missing and cannot come any more is waited for in vain.
    Ok(if missing.is_empty() { None } else { Some(places.map_or_else(Goal::default, Goal)) })
}
