//! The properties: named values, each with its statement, formula, source, premise and footprint. They know the
//! protocol's observations and nothing of how states are searched.

mod evidence;
mod reach;
mod safety;
mod story;
mod view;

pub use story::{Reason, Story};
pub use view::{observe, Footprint, Observation, View};

use crate::engine::{Ask, State};
use crate::protocols::single_decree::rules::Awaits;
use crate::protocols::single_decree::{Model, Node, Setup};
use stateright::{Expectation, Model as _, Property as StaterightProperty};
use std::sync::Arc;

/// Whether a property must hold in every state or be reached in some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It holds in every reachable state; a counterexample violates it.
    Always,
    /// It holds in some reachable state; a witness shows one.
    Sometimes,
}

impl Kind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Always => "always",
            Kind::Sometimes => "sometimes",
        }
    }
}

/// What a property is evaluated on.
#[derive(Clone, Copy)]
pub enum Formula {
    /// Every state.
    State(fn(View) -> bool),
    /// Every state without a transition.
    Terminal(fn(View) -> bool),
    /// Every step: the view before and the view after.
    Step(fn(View, View) -> bool),
}

/// The antecedent of an always-property. If no reachable state meets it, the property holds vacuously.
pub struct Premise {
    /// In words: what a state has that meets it.
    pub statement: &'static str,
    /// True iff the state meets it.
    pub is_met: fn(View) -> bool,
}

/// A property.
pub struct Property {
    /// The name in model files.
    pub name: &'static str,
    /// Always or sometimes.
    pub kind: Kind,
    /// In words.
    pub statement: &'static str,
    /// In symbols.
    pub formula: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it reads.
    pub reads: Footprint,
    /// The antecedent, for always-properties.
    pub premise: Option<Premise>,
    /// What must be true: always for [`Kind::Always`], sometime for [`Kind::Sometimes`].
    pub is_true: Formula,
    /// True iff it is what the protocol is for. A model file without expectations of its own demands it then; all other
    /// properties are informational.
    pub demanded: bool,
    /// True iff the property says something about a system with this setup.
    pub applies: fn(&Setup) -> bool,
    /// How much its violation explains of others: of several counterexamples the one of the greatest is shown.
    pub precedence: u8,
    /// What makes the property so at the end of a path that settles it.
    pub evidence: fn(Story) -> Vec<Reason>,
}

/// Lists the properties, each with its condition as stateright wants it: a plain function.
macro_rules! properties {
    ($($property:path),+ $(,)?) => {
        /// Every property of the family, in the order of reports.
        pub const PROPERTIES: &[Property] = &[$($property),+];

        const CONDITIONS: &[Condition] = &[$(|model, state| $property.is_true_of(model, state)),+];
    };
}

/// A condition of a stateright property.
type Condition = fn(&Model, &State<Node, ()>) -> bool;

properties![
    safety::I1,
    safety::I2,
    safety::I2_FORMULA,
    safety::AGREEMENT,
    safety::ONE_VALUE,
    safety::VALIDITY,
    safety::STABILITY,
    safety::LEARNED_CHOSEN,
    safety::LEARNERS_AGREE,
    reach::ACCEPTED,
    reach::ADOPTED,
    reach::CHOSEN,
    reach::LEARNED,
    reach::ABORTED,
    reach::TWO_VOTES,
    reach::TWO_BALLOTS,
    reach::BLOCKED,
    reach::ANNOUNCED,
    safety::ANNOUNCED_CHOSEN,
];

/// The property with this name.
pub fn property(name: &str) -> Option<&'static Property> {
    PROPERTIES.iter().find(|property| property.name == name)
}

/// The properties that a protocol with this setup registers.
pub fn registered(setup: &Setup) -> impl Iterator<Item = &'static Property> + use<'_> {
    PROPERTIES.iter().filter(|property| (property.applies)(setup))
}

/// The model with the properties that its protocol registers, for stateright's own checkers and its Explorer.
pub fn register(mut model: Model) -> Model {
    let setup = model.cfg.clone();
    for (property, &condition) in PROPERTIES.iter().zip(CONDITIONS).filter(|(property, _)| (property.applies)(&setup)) {
        let expectation = match property.kind {
            Kind::Always => Expectation::Always,
            Kind::Sometimes => Expectation::Sometimes,
        };
        model.properties.push(StaterightProperty { expectation, name: property.name, condition });
    }
    model
}

pub(crate) fn everywhere(_: &Setup) -> bool {
    true
}

pub(crate) fn with_a_wrapper(setup: &Setup) -> bool {
    setup.rules.awaits == Awaits::OneEachAnyTag
}

pub(crate) fn with_learners(setup: &Setup) -> bool {
    setup.learners > 0
}

impl Property {
    /// The question whose hit settles the property: a violation of an always-property, a witness of a sometimes-property.
    pub fn question(&self, setup: &Arc<Setup>) -> Ask<Observation> {
        let setup = setup.clone();
        let wanted = self.kind == Kind::Sometimes;
        match self.is_true {
            Formula::State(holds) => Ask::State(Arc::new(move |seen| holds(View::new(&setup, seen)) == wanted)),
            Formula::Terminal(holds) => Ask::Terminal(Arc::new(move |seen| holds(View::new(&setup, seen)) == wanted)),
            Formula::Step(holds) => Ask::Step(Arc::new(move |before, after| {
                holds(View::new(&setup, before), View::new(&setup, after)) == wanted
            })),
        }
    }

    /// The question whose hit shows that the premise was met.
    pub fn premise_question(&self, setup: &Arc<Setup>) -> Option<Ask<Observation>> {
        let is_met = self.premise.as_ref()?.is_met;
        let setup = setup.clone();
        Some(Ask::State(Arc::new(move |seen| is_met(View::new(&setup, seen)))))
    }

    /// True iff the last state, or the last step, of a path settles the property: violates what must always be true, or
    /// reaches what must be true sometime.
    pub fn is_settled_by(&self, model: &Model, states: &[State<Node, ()>]) -> bool {
        let seen = |state: &State<Node, ()>| -> Vec<Observation> {
            state.actor_states.iter().map(|local| observe(self.reads, local)).collect()
        };
        let Some(last) = states.last() else { return false };
        match self.question(&model.cfg) {
            Ask::State(is_hit) => is_hit(&seen(last)),
            Ask::Terminal(is_hit) => is_hit(&seen(last)) && successors(model, last).is_empty(),
            Ask::Step(is_hit) => match states {
                [.., before, after] => is_hit(&seen(before), &seen(after)),
                _ => false,
            },
        }
    }

    /// What makes the property so at the end of this path, which settles it.
    pub fn evidence_of(&self, setup: &Setup, states: &[State<Node, ()>]) -> Vec<Reason> {
        let seen =
            |state: &State<Node, ()>| state.actor_states.iter().map(|local| observe(self.reads, local)).collect();
        let seen: Vec<Vec<Observation>> = states.iter().map(seen).collect();
        (self.evidence)(Story::new(setup, &seen))
    }

    /// True iff the property is true of a state, on stateright's model: of the state itself, or of it and every
    /// transition out of it.
    pub fn is_true_of(&self, model: &Model, state: &State<Node, ()>) -> bool {
        let seen = |state: &State<Node, ()>| -> Vec<Observation> {
            state.actor_states.iter().map(|local| observe(self.reads, local)).collect()
        };
        let observed = seen(state);
        let view = View::new(&model.cfg, &observed);
        match self.is_true {
            Formula::State(holds) => holds(view),
            Formula::Terminal(holds) => holds(view) && successors(model, state).is_empty(),
            Formula::Step(holds) => successors(model, state).iter().all(|next| {
                let after = seen(next);
                holds(view, View::new(&model.cfg, &after))
            }),
        }
    }
}

/// The states after one transition, within the model's boundary.
pub(crate) fn successors(model: &Model, state: &State<Node, ()>) -> Vec<State<Node, ()>> {
    let mut next = model.next_states(state);
    next.retain(|state| model.within_boundary(state));
    next
}
