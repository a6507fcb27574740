//! What a check found: counts, verdicts and discoveries, under the names that stateright's checkers have for them.
//! It must not know how the searches work.

use super::{Counts, Stopped};
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{DiscoveryClassification, Expectation, Model, Path, Property};
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// The place of an initial state and the actions from there.
pub(super) type Trace<M> = (usize, Vec<<M as Model>::Action>);

/// A path of states and the actions between them.
pub type StatePath<M> = Path<<M as Model>::State, <M as Model>::Action>;

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

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "VIOLATED",
            Verdict::Reached => "reached",
            Verdict::Unreached => "unreached",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What a check found.
pub struct Report<M: Model> {
    model: Arc<M>,
    engine: &'static str,
    threads: usize,
    stopped: Stopped,
    counts: Counts,
    notes: Vec<String>,
    duration: Duration,
    verdicts: Vec<(&'static str, Verdict)>,
    discoveries: BTreeMap<&'static str, StatePath<M>>,
    /// The actions of each discovery.
    actions: BTreeMap<&'static str, Vec<M::Action>>,
}

impl<M: Model> Report<M> {
    pub(super) fn new(
        model: Arc<M>,
        engine: &'static str,
        threads: usize,
        stopped: Stopped,
        counts: Counts,
        notes: Vec<String>,
    ) -> Self {
        Report {
            model,
            engine,
            threads,
            stopped,
            counts,
            notes,
            duration: Duration::ZERO,
            verdicts: Vec::new(),
            discoveries: BTreeMap::new(),
            actions: BTreeMap::new(),
        }
    }

    pub(super) fn took(&mut self, duration: Duration) {
        self.duration = duration;
    }

    pub(super) fn add(&mut self, property: &Property<M>, hit: Option<Trace<M>>, stopped: Stopped)
    where
        M::State: PartialEq,
        M::Action: PartialEq,
    {
        let verdict = match (&hit, &property.expectation) {
            (Some(_), Expectation::Sometimes) => Verdict::Reached,
            (Some(_), Expectation::Always | Expectation::Eventually) => Verdict::Violated,
            (None, _) if stopped != Stopped::Exhausted => Verdict::Unknown,
            (None, Expectation::Sometimes) => Verdict::Unreached,
            (None, Expectation::Always | Expectation::Eventually) => Verdict::Holds,
        };
        self.verdicts.push((property.name, verdict));
        if let Some((start, actions)) = hit {
            let path = Path::from_actions(&*self.model, self.model.init_states().swap_remove(start), &actions);
            // The model itself replays what the engine found; that they agree is the engine's first obligation.
            self.discoveries.insert(property.name, path.expect("a path of the engine is a path of the model"));
            self.actions.insert(property.name, actions);
        }
    }

    /// The model that was checked.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// Distinct states found, the initial ones included.
    pub fn unique_state_count(&self) -> u64 {
        clipped(self.counts.unique_states)
    }

    /// Initial states plus every transition out of every explored state.
    pub fn state_count(&self) -> u64 {
        clipped(self.counts.generated_states)
    }

    /// Levels that were found, the one of the initial states included: stateright counts the states of a longest
    /// path, [`Counts`] its transitions. 0 if there is no state, or after a depth-first search, which has no levels.
    pub fn max_depth(&self) -> usize {
        self.counts.max_depth.map_or(0, |depth| depth as usize + usize::from(self.counts.unique_states > 0))
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

    /// True iff there is nothing left to find out: all was explored, or the discoveries that were waited for were made.
    /// Unlike stateright's, false after a limit.
    pub fn is_done(&self) -> bool {
        matches!(self.stopped, Stopped::Exhausted | Stopped::Decided)
    }

    /// The engine that searched: `"components"` or `"whole states"`.
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    /// What else the author of the model should know, such as unequal states with equal hashes.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What is known of each property: `eventually` properties first, then the others in the order of the model.
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
    pub fn discovery(&self, name: &str) -> Option<&StatePath<M>> {
        self.discoveries.get(name)
    }

    /// All discoveries, by the names of the properties.
    pub fn discoveries(&self) -> &BTreeMap<&'static str, StatePath<M>> {
        &self.discoveries
    }

    /// Whether a discovery of this property is an example or a counterexample.
    ///
    /// # Panics
    ///
    /// Panics if there is no such property.
    pub fn discovery_classification(&self, name: &str) -> DiscoveryClassification {
        match self.property(name).expectation {
            Expectation::Always | Expectation::Eventually => DiscoveryClassification::Counterexample,
            Expectation::Sometimes => DiscoveryClassification::Example,
        }
    }

    /// The sequence diagram that the model draws of a discovery, if there is one and the model draws any; an
    /// `ActorModel` does.
    pub fn as_svg(&self, name: &str) -> Option<String>
    where
        M::State: Clone,
        M::Action: Clone,
    {
        self.discovery(name).and_then(|path| self.model.as_svg(path.clone()))
    }

    fn property(&self, name: &str) -> Property<M> {
        let properties = self.model.properties();
        let names: Vec<_> = properties.iter().map(|property| property.name).collect();
        let found = properties.into_iter().find(|property| property.name == name);
        found.unwrap_or_else(|| panic!("there is no property {name:?}; there are {names:?}"))
    }

    /// The discovery of a property.
    ///
    /// # Panics
    ///
    /// Panics if there is none, and says whether the check could have missed it.
    pub fn assert_any_discovery(&self, name: &str) -> &StatePath<M> {
        self.property(name);
        self.discovery(name).unwrap_or_else(|| panic!("{}", self.missing(name)))
    }

    fn missing(&self, name: &str) -> String {
        match self.verdict(name) {
            Some(Verdict::Unknown) => {
                format!("property {name:?} is unknown: the check ended early ({})", self.stopped.name())
            }
            _ => format!("no state, and no path, is a discovery of property {name:?}"),
        }
    }

    /// Passes iff there is certainly no discovery of a property.
    ///
    /// # Panics
    ///
    /// Panics if there is one, or if the check ended before that was certain.
    pub fn assert_no_discovery(&self, name: &str)
    where
        M::State: Debug,
        M::Action: Debug,
    {
        self.property(name);
        if let Some(path) = self.discovery(name) {
            let class = self.discovery_classification(name);
            panic!("unexpected {class} of property {name:?}: {}last state: {:?}", self.steps(name), path.last_state());
        }
        assert!(self.verdict(name) != Some(Verdict::Unknown), "{}", self.missing(name));
    }

    /// Passes iff these actions lead from an initial state to a discovery of a property.
    ///
    /// # Panics
    ///
    /// Panics if they do not, and shows the discovery that was made.
    pub fn assert_discovery(&self, name: &str, actions: Vec<M::Action>)
    where
        M::State: PartialEq,
        M::Action: Debug + PartialEq,
    {
        let property = self.property(name);
        self.assert_any_discovery(name);
        let holds = |state: &M::State| (property.condition)(&self.model, state);
        let is_discovery = |path: StatePath<M>| match property.expectation {
            Expectation::Always => !holds(path.last_state()),
            Expectation::Sometimes => holds(path.last_state()),
            Expectation::Eventually => {
                let steps = self.model.next_steps(path.last_state());
                let is_end = !steps.iter().any(|(_, next)| self.model.within_boundary(next));
                is_end && !path.into_states().iter().any(holds)
            }
        };
        let paths = self.model.init_states().into_iter();
        let is_one = paths.filter_map(|start| Path::from_actions(&*self.model, start, &actions)).any(is_discovery);
        assert!(is_one, "these actions are no discovery of property {name:?}, but others are: {}", self.steps(name));
    }

    /// Passes iff every property holds or is reached, and that is certain.
    ///
    /// # Panics
    ///
    /// Panics, naming the first property concerned, if one is violated or unreached, or if the check was ended by a
    /// limit before its verdict was certain.
    pub fn assert_properties(&self)
    where
        M::Action: Debug,
    {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Holds | Verdict::Reached => {}
                Verdict::Violated => panic!("property {name:?} is violated: {}", self.steps(name)),
                Verdict::Unreached => panic!("property {name:?} is reached by no state"),
                Verdict::Unknown => panic!("{}", self.missing(name)),
            }
        }
    }

    /// Hands counts and discoveries to one of stateright's reporters, such as its `WriteReporter`.
    pub fn report<R: Reporter<M>>(&self, reporter: &mut R) -> &Self
    where
        M::State: Debug + Hash + PartialEq + Clone,
        M::Action: Debug + PartialEq + Clone,
    {
        reporter.report_checking(ReportData {
            total_states: self.counts.generated_states as usize,
            unique_states: self.counts.unique_states as usize,
            max_depth: self.max_depth(),
            duration: self.duration,
            done: self.is_done(),
        });
        let discovery = |(name, path): (&&'static str, &StatePath<M>)| {
            let classification = self.discovery_classification(name);
            (*name, ReportDiscovery { path: path.clone(), classification })
        };
        reporter.report_discoveries(&self.model, self.discoveries.iter().map(discovery).collect());
        self
    }

    /// The steps of a discovery, one a line, as the model writes its actions.
    fn steps(&self, name: &str) -> String
    where
        M::Action: Debug,
    {
        let actions = self.actions.get(name).map_or(&[][..], Vec::as_slice);
        let lines = actions.iter().enumerate().map(|(number, action)| {
            let shown = self.model.format_action(action);
            format!("\n{:>5}  {}", number + 1, shown.replace('\n', "\n       "))
        });
        format!("{} steps{}\n", actions.len(), lines.collect::<String>())
    }
}

impl<M: Model> Display for Report<M>
where
    M::Action: Debug,
{
    /// Counts, then a line for each property with the steps of its discovery, then notes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { unique_states, generated_states, terminal_states, max_depth } = self.counts;
        let depth = max_depth.map_or(String::new(), |depth| format!(", depth {depth}"));
        writeln!(
            f,
            "explored   {unique_states} states, {generated_states} generated, {terminal_states} terminal{depth}, {} ({}, {} threads)",
            self.stopped.name(),
            self.engine,
            self.threads
        )?;
        for (name, verdict) in &self.verdicts {
            match self.actions.contains_key(name) {
                true => write!(f, "{:<10} {name}: {}", verdict.name(), self.steps(name))?,
                false => writeln!(f, "{:<10} {name}", verdict.name())?,
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note       {note}"))
    }
}

impl<M: Model> Debug for Report<M>
where
    M::Action: Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("engine", &self.engine)
            .field("stopped", &self.stopped)
            .field("counts", &self.counts)
            .field("verdicts", &self.verdicts)
            .field("discoveries", &self.actions)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// A count in stateright's type. A search of one state after another counts no further.
fn clipped(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
