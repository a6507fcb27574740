//! Properties: values that say what must be true, what they read, where they come from, and what makes them so.

use super::{Family, Footprint, Global, Reason, Seen, Story, System, View};
use crate::engine::Ask;
use stateright::Model as _;

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

    /// What a path shows that settles a property of this kind.
    pub fn settled(self) -> &'static str {
        match self {
            Kind::Always => "violated",
            Kind::Sometimes => "reached",
        }
    }
}

/// What a property is evaluated on.
pub enum Formula<F: Family> {
    /// Every state.
    State(fn(View<'_, F>) -> bool),
    /// Every state without a transition.
    Terminal(fn(View<'_, F>) -> bool),
    /// Every step: the view before and the view after.
    Step(fn(View<'_, F>, View<'_, F>) -> bool),
}

/// The antecedent of an always-property. If no reachable state meets it, the property holds vacuously.
pub struct Premise<F: Family> {
    /// In words: what a state has that meets it.
    pub statement: &'static str,
    /// True iff the state meets it.
    pub is_met: fn(View<'_, F>) -> bool,
}

/// A property.
pub struct Property<F: Family> {
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
    pub reads: F::Footprint,
    /// The antecedent, for always-properties.
    pub premise: Option<Premise<F>>,
    /// What must be true: always for [`Kind::Always`], sometime for [`Kind::Sometimes`].
    pub is_true: Formula<F>,
    /// True iff it is what the protocol is for. A model file without expectations of its own demands it then; all other
    /// properties are informational.
    pub demanded: bool,
    /// True iff the property says something about a model with this configuration.
    pub applies: fn(&F::Config) -> bool,
    /// How much its violation explains of others: of several counterexamples the one of the greatest is shown.
    pub precedence: u8,
    /// What makes the property so at the end of a path that settles it.
    pub evidence: fn(Story<'_, F>) -> Vec<Reason>,
}

impl<F: Family> Property<F> {
    /// The property of the family with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        F::properties().iter().find(|property| property.name == name)
    }

    /// The properties that a model with this configuration has.
    pub fn of(config: &F::Config) -> impl Iterator<Item = &'static Self> + use<'_, F> {
        F::properties().iter().filter(|property| (property.applies)(config))
    }

    /// The question whose hit settles the property: a violation of an always-property, a witness of a sometimes-property.
    pub fn question(&self, config: &F::Config) -> Ask<Seen<F>> {
        let config = config.clone();
        let wanted = self.kind == Kind::Sometimes;
        let view = F::Footprint::view;
        match self.is_true {
            Formula::State(holds) => Ask::State(std::sync::Arc::new(move |seen| holds(view(&config, seen)) == wanted)),
            Formula::Terminal(holds) => {
                Ask::Terminal(std::sync::Arc::new(move |seen| holds(view(&config, seen)) == wanted))
            }
            Formula::Step(holds) => Ask::Step(std::sync::Arc::new(move |before, after| {
                holds(view(&config, before), view(&config, after)) == wanted
            })),
        }
    }

    /// The question whose hit shows that the premise was met.
    pub fn premise_question(&self, config: &F::Config) -> Option<Ask<Seen<F>>> {
        let is_met = self.premise.as_ref()?.is_met;
        let config = config.clone();
        Some(Ask::State(std::sync::Arc::new(move |seen| is_met(F::Footprint::view(&config, seen)))))
    }

    /// What the property sees of each node of a state.
    pub fn seen(&self, state: &Global<F>) -> Vec<Seen<F>> {
        state.actor_states.iter().map(|local| self.reads.observe(local)).collect()
    }

    /// True iff the last state, or the last step, of a path settles the property: violates what must always be true, or
    /// reaches what must be true sometime. The only place that evaluates a question on whole states.
    pub fn is_settled_by(&self, model: &System<F>, states: &[Global<F>]) -> bool {
        let Some((last, earlier)) = states.split_last() else { return false };
        let is_terminal = || successors::<F>(model, last).is_empty();
        self.is_hit(&self.question(&model.cfg), earlier.last(), last, is_terminal)
    }

    /// True iff a state, or the step to it, is a hit of the property's question.
    pub fn is_hit(
        &self,
        question: &Ask<Seen<F>>,
        before: Option<&Global<F>>,
        state: &Global<F>,
        is_terminal: impl FnOnce() -> bool,
    ) -> bool {
        match question {
            Ask::State(is_hit) => is_hit(&self.seen(state)),
            Ask::Terminal(is_hit) => is_hit(&self.seen(state)) && is_terminal(),
            Ask::Step(is_hit) => before.is_some_and(|before| is_hit(&self.seen(before), &self.seen(state))),
        }
    }

    /// What makes the property so at the end of this path, which settles it.
    pub fn evidence_of(&self, config: &F::Config, states: &[Global<F>]) -> Vec<Reason> {
        let seen: Vec<Vec<Seen<F>>> = states.iter().map(|state| self.seen(state)).collect();
        (self.evidence)(Story::new(config, &seen))
    }
}

/// The states after one transition, within the model's boundary.
pub fn successors<F: Family>(model: &System<F>, state: &Global<F>) -> Vec<Global<F>> {
    let mut next = model.next_states(state);
    next.retain(|state| model.within_boundary(state));
    next
}
