//! A model as stateright's Explorer is given it: the `ActorModel` with every step left as it is, a checker's way through
//! it narrowed to known paths, and states shown in the thesis's words.

use super::shown;
use crate::engine::{Action, State};
use crate::model_file::Spec;
use crate::properties::{Kind, Property, PROPERTIES};
use crate::protocols::single_decree::{Model, Node};
use crate::trace::{ActionRecord, Trace};
use crate::vocabulary::Roster;
use stateright::{Expectation, Model as _, Path, Property as Listed};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the Explorer lists last when the engine's search was not exhaustive. It is never reached, so that the Explorer
/// goes on saying "Searching" of every property without a discovery.
pub const NOT_EXHAUSTED: &str = "every state was searched";

/// A model to be browsed, and the paths that lead to its discoveries.
///
/// A path is kept as stops in a tree: the initial state is stop 0, and an action leads from a stop to another one where
/// some path takes it. States off the paths have no stop, and the checker regards them as out of bounds.
pub struct DiscoveredPaths {
    model: Model,
    roster: Roster,
    listed: Vec<&'static Property>,
    exhausted: bool,
    stops: Vec<Vec<(Action<Node>, usize)>>,
    /// For each of [`PROPERTIES`], the stop that settles it.
    settled_at: Vec<Option<usize>>,
    checked_stops: AtomicUsize,
}

/// A state as it is browsed.
#[derive(Clone, PartialEq)]
pub struct Place {
    state: State<Node, ()>,
    stop: Option<usize>,
    roster: Roster,
}

impl Hash for Place {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
        self.stop.hash(hasher); // two paths may meet in a state and part again; each is found for what it is
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown::state(&self.state, &self.roster))
    }
}

impl DiscoveredPaths {
    /// The model of a spec with the traces that a search of it found. `exhausted` says whether it was exhaustive.
    pub fn new(spec: &Spec, traces: &[Trace], exhausted: bool) -> Self {
        let mut paths = DiscoveredPaths {
            model: spec.model(),
            roster: spec.setup().roster(),
            listed: spec.properties.clone(),
            exhausted,
            stops: vec![Vec::new()],
            settled_at: vec![None; PROPERTIES.len()],
            checked_stops: AtomicUsize::new(0),
        };
        traces.iter().for_each(|trace| paths.add(trace));
        paths
    }

    fn add(&mut self, trace: &Trace) {
        let mut stop = 0;
        for step in &trace.steps {
            let action = step.action.action(&self.roster).expect("a recorded trace names the model's nodes");
            stop = self.after(stop, &action).unwrap_or_else(|| {
                let fresh = self.stops.len();
                self.stops.push(Vec::new());
                self.stops[stop].push((action, fresh));
                fresh
            });
        }
        let index = PROPERTIES.iter().position(|property| property.name == trace.property);
        self.settled_at[index.expect("a recorded trace is for a property")] = Some(stop);
    }

    /// The stop after an action.
    fn after(&self, stop: usize, action: &Action<Node>) -> Option<usize> {
        self.stops[stop].iter().find(|(taken, _)| taken == action).map(|(_, next)| *next)
    }

    /// The Explorer's address of a trace's last state: the index of each action among those that stateright's model
    /// offers, the index of the initial state first.
    pub fn link(&self, trace: &Trace) -> String {
        let mut link = "0".to_string();
        let mut state = self.model.init_states().swap_remove(0);
        for step in &trace.steps {
            let action = step.action.action(&self.roster).expect("a recorded trace names the model's nodes");
            let mut actions = Vec::new();
            self.model.actions(&state, &mut actions);
            let index = actions.iter().position(|offered| *offered == action);
            link.push_str(&format!("/{}", index.expect("a recorded trace was executed on the model")));
            state = self.model.next_state(&state, action).expect("a recorded trace was executed on the model");
        }
        link
    }
}

impl stateright::Model for DiscoveredPaths {
    type State = Place;
    type Action = Action<Node>;

    fn init_states(&self) -> Vec<Place> {
        let roster = self.roster;
        self.model.init_states().into_iter().map(|state| Place { state, stop: Some(0), roster }).collect()
    }

    fn actions(&self, place: &Place, actions: &mut Vec<Action<Node>>) {
        self.model.actions(&place.state, actions);
    }

    fn next_state(&self, place: &Place, action: Action<Node>) -> Option<Place> {
        let stop = place.stop.and_then(|stop| self.after(stop, &action));
        let state = self.model.next_state(&place.state, action)?;
        stateright::Model::within_boundary(&self.model, &state).then_some(Place { state, stop, roster: self.roster })
    }

    fn within_boundary(&self, place: &Place) -> bool {
        place.stop.is_some()
    }

    fn properties(&self) -> Vec<Listed<Self>> {
        let of_it = |(property, condition): (&'static Property, Condition)| Listed {
            expectation: match property.kind {
                Kind::Always => Expectation::Always,
                Kind::Sometimes => Expectation::Sometimes,
            },
            name: property.name,
            condition,
        };
        let is_listed = |property: &Property| self.listed.iter().any(|listed| listed.name == property.name);
        let conditions = PROPERTIES.iter().zip(CONDITIONS).filter(|(property, _)| is_listed(property));
        let mut properties: Vec<_> = conditions.map(of_it).collect();
        if !self.exhausted {
            properties.push(Listed { expectation: Expectation::Sometimes, name: NOT_EXHAUSTED, condition: never_done });
        }
        properties
    }

    fn format_action(&self, action: &Action<Node>) -> String {
        ActionRecord::new(action, &self.roster).to_string()
    }

    fn format_step(&self, place: &Place, action: Action<Node>) -> Option<String> {
        let next = self.model.next_state(&place.state, action.clone())?;
        Some(shown::step(&action, &place.state, &next, &self.roster))
    }

    fn as_svg(&self, path: Path<Place, Action<Node>>) -> Option<String> {
        let init = self.model.init_states().swap_remove(0);
        let path = Path::from_actions(&self.model, init, &path.into_actions())?;
        Some(shown::diagram(&self.model.as_svg(path)?, &self.roster))
    }
}

/// A condition as stateright wants it: a plain function, here one for each listed property.
type Condition = fn(&DiscoveredPaths, &Place) -> bool;

/// False of an always-property, true of a sometimes-property, exactly at the end of its path. There the trace was
/// executed on stateright's `ActorModel` and seen to settle the property, before it was recorded.
fn condition<const INDEX: usize>(paths: &DiscoveredPaths, place: &Place) -> bool {
    let is_settled = place.stop.is_some() && place.stop == paths.settled_at[INDEX];
    is_settled == (PROPERTIES[INDEX].kind == Kind::Sometimes)
}

/// Holds the checker's thread once it has been to every stop, so that it is never done. It is the last condition that the
/// checker asks about a stop, and it asks once for each.
fn never_done(paths: &DiscoveredPaths, _: &Place) -> bool {
    if paths.checked_stops.fetch_add(1, Ordering::Relaxed) + 1 >= paths.stops.len() {
        loop {
            std::thread::park();
        }
    }
    false
}

macro_rules! conditions {
    ($($index:literal)+) => { [$(condition::<$index>),+] };
}

const CONDITIONS: [Condition; PROPERTIES.len()] = conditions!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18);
