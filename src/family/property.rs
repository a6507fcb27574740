//! Properties: values that say what must be true, what they read, where they come from, and what makes them so.

use super::{Action, Family, Footprint, Global, Reason, Seen, Story, System, View};
use crate::engine::executions::{Asked, Temporal};
use crate::engine::{Ask, Condition, Judge};
use stateright::{Expectation, Model as _};
use std::sync::Arc;

/// Whether a property must hold in every state, be reached in some, or is about what executions come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It holds in every reachable state; a counterexample violates it.
    Always,
    /// It holds in some reachable state; a witness shows one.
    Sometimes,
    /// Every fair execution comes to a state in which it holds; one that never does violates it. What is fair,
    /// [`executions`](mod@crate::engine::executions) says.
    Inevitably,
    /// From every reachable state one can be reached in which it holds; a path to a state from which none can violates it.
    AlwaysPossibly,
}

impl Kind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Always => "always",
            Kind::Sometimes => "sometimes",
            Kind::Inevitably => "inevitably",
            Kind::AlwaysPossibly => "always-possibly",
        }
    }

    /// What a path shows that settles a property of this kind.
    pub fn settled(self) -> &'static str {
        match self {
            Kind::Always | Kind::Inevitably | Kind::AlwaysPossibly => "violated",
            Kind::Sometimes => "reached",
        }
    }

    /// What is said of executions, if that is what properties of this kind are about.
    pub fn temporal(self) -> Option<Temporal> {
        match self {
            Kind::Always | Kind::Sometimes => None,
            Kind::Inevitably => Some(Temporal::Inevitably),
            Kind::AlwaysPossibly => Some(Temporal::AlwaysPossibly),
        }
    }
}

/// What a property is evaluated on. One of executions is evaluated on states: of a kind that is [`temporal`](Kind::temporal)
/// there is none of terminal states, and none of steps.
pub enum Formula<F: Family> {
    /// Every state.
    State(fn(View<'_, F>) -> bool),
    /// Every state without a transition.
    Terminal(fn(View<'_, F>) -> bool),
    /// Every step: the view before and the view after.
    Step(fn(View<'_, F>, View<'_, F>) -> bool),
    /// The history in every state.
    History(fn(&F::History) -> bool),
    /// Every state as a whole, the network included.
    Whole(fn(&System<F>, &Global<F>) -> bool),
    /// Every state of the executions in which no action is one of those that the second function names. For a kind that is
    /// temporal.
    Without(fn(View<'_, F>) -> bool, fn(&F::Config, &Action<F>) -> bool),
}

/// The question whose hit settles a property.
pub enum Question<F: Family> {
    /// It is asked of what the footprint sees of each node.
    Seen(Ask<Seen<F>>),
    /// It is asked of whole states.
    Whole(Judge<F::Node, F::Config, F::History>),
    /// It is asked of the executions: no state and no step settles it.
    Execution(Asked<F::Node, F::Config, F::History>),
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
    /// What its formula, its premise and its evidence read of the nodes. A formula about histories or whole states reads
    /// those instead.
    pub reads: F::Footprint,
    /// The antecedent, for always-properties.
    pub premise: Option<Premise<F>>,
    /// What must be true: always for [`Kind::Always`], sometime for [`Kind::Sometimes`], and so on.
    pub is_true: Formula<F>,
    /// True iff it is what the protocol is for. A model file without expectations of its own demands it then; all other
    /// properties are informational. One of executions that is not demanded is checked only if a model file names it.
    pub demanded: bool,
    /// True iff the property says something about a model with this configuration.
    pub applies: fn(&F::Config) -> bool,
    /// How much its violation explains of others: of several counterexamples the one of the greatest is shown.
    pub precedence: u8,
    /// What makes the property so at the end of a path that settles it.
    pub evidence: fn(Story<'_, F>) -> Vec<Reason>,
}

impl<F: Family> Clone for Premise<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Copy for Premise<F> {}

impl<F: Family> Clone for Formula<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Copy for Formula<F> {}

impl<F: Family> Clone for Property<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Copy for Property<F> {}

impl<F: Family> Property<F> {
    /// The property of the family with this name.
    pub fn named(name: &str) -> Option<Self> {
        F::properties().iter().find(|property| property.name == name).copied()
    }

    /// The properties of a model: those of the family that apply to it, then its own, `eventually` left out (see
    /// [`eventually`]).
    pub fn of(model: &System<F>) -> Vec<Self> {
        let of_family = F::properties().iter().filter(|property| (property.applies)(&model.cfg)).copied();
        of_family.chain(model.properties.iter().filter_map(Self::own)).collect()
    }

    /// True iff a model file that lists no properties checks it. Those of executions need the whole state graph.
    pub fn is_checked_unasked(&self) -> bool {
        self.demanded || self.kind.temporal().is_none()
    }

    /// A property that a stateright model has itself.
    fn own(property: &stateright::Property<System<F>>) -> Option<Self> {
        let kind = match property.expectation {
            Expectation::Always => Kind::Always,
            Expectation::Sometimes => Kind::Sometimes,
            Expectation::Eventually => return None,
        };
        Some(Property {
            name: property.name,
            kind,
            statement: property.name,
            formula: "",
            source: "the stateright model",
            reads: *F::Footprint::all().first().expect("a family has a footprint"),
            premise: None,
            is_true: Formula::Whole(property.condition),
            demanded: true,
            applies: |_| true,
            precedence: 0,
            evidence: |_| Vec::new(),
        })
    }

    /// The question whose hit settles the property: a violation of an always-property, a witness of a sometimes-property.
    pub fn question(&self, config: &F::Config) -> Question<F> {
        let config = config.clone();
        let property = *self;
        let hit_when = self.kind == Kind::Sometimes;
        let view = F::Footprint::view;
        let judge = |condition| Question::Whole(Judge { name: self.name, condition, hit_when });
        if let Some(asked) = self.execution_question() {
            let bars = move |action: &Action<F>| property.bars(&config, action);
            let without = self.without().map(|_| -> Arc<dyn Fn(&Action<F>) -> bool + Send + Sync> { Arc::new(bars) });
            return Question::Execution(Asked { without, ..asked });
        }
        match self.is_true {
            Formula::State(holds) | Formula::Without(holds, _) => {
                Question::Seen(Ask::State(Arc::new(move |seen| holds(view(&config, seen)) == hit_when)))
            }
            Formula::Terminal(holds) => {
                Question::Seen(Ask::Terminal(Arc::new(move |seen| holds(view(&config, seen)) == hit_when)))
            }
            Formula::Step(holds) => Question::Seen(Ask::Step(Arc::new(move |before, after| {
                holds(view(&config, before), view(&config, after)) == hit_when
            }))),
            Formula::History(holds) => judge(Condition::History(holds)),
            Formula::Whole(holds) => judge(Condition::Whole(holds)),
        }
    }

    /// What is asked of the executions, if that is what the property is about.
    pub(super) fn execution_question(&self) -> Option<Asked<F::Node, F::Config, F::History>> {
        let says = self.kind.temporal()?;
        let property = *self;
        let seen = move |model: &System<F>, state: &Global<F>, holds: fn(View<'_, F>) -> bool| {
            holds(F::Footprint::view(&model.cfg, &property.seen(state)))
        };
        let condition: Arc<dyn Fn(&System<F>, &Global<F>) -> bool + Send + Sync> = match self.is_true {
            Formula::State(holds) | Formula::Without(holds, _) => {
                Arc::new(move |model, state| seen(model, state, holds))
            }
            Formula::History(holds) => Arc::new(move |_, state| holds(&state.history)),
            Formula::Whole(holds) => Arc::new(holds),
            Formula::Terminal(_) | Formula::Step(_) => {
                panic!("{} is about executions, and its formula is none of states", self.name)
            }
        };
        Some(Asked { name: self.name, says, condition, without: None })
    }

    /// The actions that do not happen in the executions that the property is about.
    pub(super) fn without(&self) -> Option<fn(&F::Config, &Action<F>) -> bool> {
        match self.is_true {
            Formula::Without(_, without) => Some(without),
            _ => None,
        }
    }

    /// True iff the executions that the property is about are without this action.
    pub(super) fn bars(&self, config: &F::Config, action: &Action<F>) -> bool {
        self.without().is_some_and(|without| without(config, action))
    }

    /// The question whose hit shows that the premise was met.
    pub fn premise_question(&self, config: &F::Config) -> Option<Ask<Seen<F>>> {
        let is_met = self.premise.as_ref()?.is_met;
        let config = config.clone();
        Some(Ask::State(Arc::new(move |seen| is_met(F::Footprint::view(&config, seen)))))
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
        self.is_hit(&self.question(&model.cfg), model, earlier.last(), last, is_terminal)
    }

    /// True iff a state, or the step to it, is a hit of the property's question.
    pub fn is_hit(
        &self,
        question: &Question<F>,
        model: &System<F>,
        before: Option<&Global<F>>,
        state: &Global<F>,
        is_terminal: impl FnOnce() -> bool,
    ) -> bool {
        match question {
            Question::Execution(_) => false,
            Question::Whole(judge) => judge.is_hit(model, state),
            Question::Seen(Ask::State(is_hit)) => is_hit(&self.seen(state)),
            Question::Seen(Ask::Terminal(is_hit)) => is_hit(&self.seen(state)) && is_terminal(),
            Question::Seen(Ask::Step(is_hit)) => {
                before.is_some_and(|before| is_hit(&self.seen(before), &self.seen(state)))
            }
        }
    }

    /// What makes the property so at the end of this path, which settles it.
    pub fn evidence_of(&self, config: &F::Config, states: &[Global<F>]) -> Vec<Reason> {
        let seen: Vec<Vec<Seen<F>>> = states.iter().map(|state| self.seen(state)).collect();
        (self.evidence)(Story::new(config, &seen))
    }
}

/// The `eventually` properties of a model. No question about states or steps decides them, and what stateright means by
/// them is not what a protocol is to do: cycles count for nothing. [`Kind::Inevitably`] is that.
pub fn eventually<F: Family>(model: &System<F>) -> Vec<&'static str> {
    let eventually = model.properties.iter().filter(|property| property.expectation == Expectation::Eventually);
    eventually.map(|property| property.name).collect()
}

/// The states after one transition, within the model's boundary.
pub fn successors<F: Family>(model: &System<F>, state: &Global<F>) -> Vec<Global<F>> {
    let mut next = model.next_states(state);
    next.retain(|state| model.within_boundary(state));
    next
}
