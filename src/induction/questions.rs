//! The questions that decide whether an invariant is inductive, put to the solver one event and one conjunct at a time.

use super::formula::{Effect, Formula, Set, State};
use super::merged::Merged;
use super::solver::{Answer, Solver};
use super::tables::{Event, Tables};
use crate::family::{Conjunct, Family, Induction, Timer};
use rustsat::types::Lit;
use std::collections::BTreeSet;

/// What was found of an invariant. Conjuncts and claims are indices.
pub struct Findings<F: Family> {
    /// The conjuncts that are false at first.
    pub false_at_first: Vec<usize>,
    /// The claims that do not follow.
    pub not_implied: BTreeSet<usize>,
    /// A smallest counterexample to induction, if there is one.
    pub counterexample: Option<Step<F>>,
    /// What each conjunct is needed for; empty unless the invariant is preserved.
    pub needs: Vec<Need<F>>,
    /// How many classes the local states were merged into.
    pub classes: usize,
    /// How many events were asked about.
    pub events: usize,
    /// How many questions the solver was asked.
    pub questions: usize,
}

/// A step from a state where the invariant is true to one where it is not.
pub struct Step<F: Family> {
    /// The state before.
    pub before: State,
    /// What happens.
    pub event: Event<Timer<F>>,
    /// The state after.
    pub after: State,
    /// The conjuncts that are false after it.
    pub broken: Vec<usize>,
    /// How many messages beyond those sent at first, nodes that are not as at first, and facts that do not fit the local
    /// state of their node there are before it. No counterexample has fewer.
    pub weight: usize,
}

/// What a conjunct is needed for.
pub enum Need<F: Family> {
    /// Without it this event breaks that conjunct.
    Preserves(Event<Timer<F>>, usize),
    /// Without it this claim does not follow.
    Implies(usize),
    /// Without it the others are inductive, and imply what is demanded.
    Nothing,
}

/// A question about one event and one conjunct: a state where the event happens and the conjunct is false after it.
struct Question {
    event: usize,
    conjunct: usize,
    guard: Lit,
    /// The conjuncts that were used to answer no; `None` if the answer is yes.
    used: Option<BTreeSet<Lit>>,
}

/// Decides everything about an invariant. The claims demanded are those for which a conjunct may be needed.
pub fn decide<F: Family>(
    tables: &Tables<F>,
    induction: &Induction<F>,
    conjuncts: &[Conjunct<F>],
    demanded: &[usize],
) -> Findings<F> {
    let formulas = |conjuncts: &[Conjunct<F>]| -> Vec<Vec<Formula>> {
        let each = |conjunct: &Conjunct<F>| conjunct.instances.iter().map(|this| Formula::of(this, tables)).collect();
        conjuncts.iter().map(each).collect()
    };
    let (invariant, claims) = (formulas(conjuncts), formulas(&induction.claims));
    let misfits = misfits(tables);
    let merged = Merged::new(tables, invariant.iter().chain(&claims).flatten().chain(&misfits));
    let over_classes = |formulas: &[Vec<Formula>]| -> Vec<Vec<Formula>> {
        formulas.iter().map(|each| each.iter().map(|this| merged.formula(this)).collect()).collect()
    };
    let mut inquiry = Inquiry {
        tables,
        merged: &merged,
        invariant: over_classes(&invariant),
        claims: over_classes(&claims),
        misfits: misfits.iter().map(|this| merged.formula(this)).collect(),
        solver: Solver::new(merged.classes(), tables.messages.len(), tables.facts.len()),
        selectors: Vec::new(),
        claimed: Vec::new(),
        events: Vec::new(),
        questions: Vec::new(),
    };
    inquiry.prepare();
    let initial = State::initial(tables);
    let false_in = |state: &State| -> Vec<usize> {
        let is_false = |number: &usize| !invariant[*number].iter().all(|this| this.is_true_of(state));
        (0..invariant.len()).filter(is_false).collect()
    };
    let not_implied = inquiry.not_implied();
    inquiry.ask_events();
    let counterexample = inquiry.counterexample().map(|(before, event, weight)| {
        let after = before.after(tables, &event).expect("the solver made the event happen");
        let broken = false_in(&after);
        assert!(false_in(&before).is_empty() && !broken.is_empty(), "the solver's state is a counterexample");
        Step { before, event, after, broken, weight }
    });
    let needs = if counterexample.is_none() { inquiry.needs(demanded) } else { Vec::new() };
    Findings {
        false_at_first: false_in(&initial),
        not_implied,
        counterexample,
        needs,
        classes: merged.classes().sum(),
        events: inquiry.events.len(),
        questions: inquiry.solver.asked,
    }
}

/// For each fact, that it does not fit the local state of its node: it is one and was made on no way there, or it is none
/// and was made on every way there.
fn misfits<F: Family>(tables: &Tables<F>) -> Vec<Formula> {
    let each = |fact: usize| {
        let (node, is_one) = (tables.facts[fact], Formula::Fact(fact as u32));
        let locals = tables.locals[node].len();
        let is_in = |set: &BTreeSet<usize>| Formula::local(node, locals, Set::new(locals, set.iter().copied()));
        let (may_have, must_have) = (is_in(&tables.may_have[fact]), is_in(&tables.must_have[fact]));
        Formula::any([Formula::all([is_one.clone(), !may_have]), Formula::all([!is_one, must_have])])
    };
    (0..tables.facts.len()).map(each).collect()
}

struct Inquiry<'a, F: Family> {
    tables: &'a Tables<F>,
    merged: &'a Merged<Timer<F>>,
    invariant: Vec<Vec<Formula>>,
    claims: Vec<Vec<Formula>>,
    misfits: Vec<Formula>,
    solver: Solver,
    /// Of each conjunct, the literal that makes it so.
    selectors: Vec<Lit>,
    /// Of each claim, the literal that makes it false, and the conjuncts that were used to refute that.
    claimed: Vec<(Lit, Option<BTreeSet<Lit>>)>,
    events: Vec<Event<Timer<F>>>,
    questions: Vec<Question>,
}

impl<F: Family> Inquiry<'_, F> {
    fn prepare(&mut self) {
        for message in &self.tables.first {
            let literal = self.solver.literal(&Formula::Sent(*message));
            self.solver.add([literal]);
        }
        for conjunct in &self.invariant {
            let selector = self.solver.fresh();
            conjunct.iter().for_each(|this| self.solver.require(selector, this));
            self.selectors.push(selector);
        }
    }

    fn not_implied(&mut self) -> BTreeSet<usize> {
        for claim in &self.claims {
            let guard = self.solver.fresh();
            self.solver.require(guard, &Formula::any(claim.iter().map(|this| !this.clone())));
            let assumed: Vec<_> = self.selectors.iter().copied().chain([guard]).collect();
            let used = match self.solver.ask(&assumed) {
                Answer::None(used) => Some(used),
                Answer::Some(_) => None,
            };
            self.claimed.push((guard, used));
        }
        let numbered = self.claimed.iter().enumerate();
        numbered.filter(|(_, (_, used))| used.is_none()).map(|(number, _)| number).collect()
    }

    fn ask_events(&mut self) {
        let merged = self.merged;
        let classes: Vec<_> = merged.classes().collect();
        for (event, transitions) in &merged.events {
            let node = self.tables.node(event);
            let mut effect = Effect::new(node, classes[node], transitions);
            let mut happens = vec![effect.is_enabled.clone()];
            if let Event::Deliver(message) = event {
                happens.push(Formula::Sent(*message));
            }
            let number = self.events.len();
            self.events.push(event.clone());
            for conjunct in 0..self.invariant.len() {
                let instances = self.invariant[conjunct].iter();
                let broken: Vec<_> = instances.filter_map(|this| effect.before(this)).map(|before| !before).collect();
                let broken = Formula::any(broken);
                if broken == Formula::Constant(false) {
                    continue;
                }
                let guard = self.solver.fresh();
                happens.iter().for_each(|this| self.solver.require(guard, this));
                self.solver.require(guard, &broken);
                let assumed: Vec<_> = self.selectors.iter().copied().chain([guard]).collect();
                let used = match self.solver.ask(&assumed) {
                    Answer::None(used) => Some(used),
                    Answer::Some(_) => None,
                };
                self.questions.push(Question { event: number, conjunct, guard, used });
            }
        }
    }

    /// A smallest counterexample: the state before it, the event, and its weight.
    fn counterexample(&mut self) -> Option<(State, Event<Timer<F>>, usize)> {
        let open: Vec<_> = self.questions.iter().filter(|question| question.used.is_none()).collect();
        let guards: Vec<_> = open.iter().map(|question| (question.guard, question.event)).collect();
        let some = self.solver.fresh();
        self.solver.add(guards.iter().map(|(guard, _)| *guard).chain([!some]));
        if guards.is_empty() {
            return None;
        }
        let mut weights = self.weights();
        let mut assumed = self.selectors.clone();
        assumed.push(some);
        let (weight, _) = self.solver.fewest(some, &assumed, &weights)?;
        weights = (0..self.tables.facts.len() as u32).map(|fact| self.solver.literal(&Formula::Fact(fact))).collect();
        self.solver.fewest(some, &assumed, &weights)?; // facts that come with a local state weigh nothing
        guards.into_iter().find_map(|(guard, event)| {
            assumed.push(guard);
            let answer = self.solver.ask(&assumed);
            assumed.pop();
            match answer {
                Answer::Some(state) => Some((self.merged.state(state), self.events[event].clone(), weight)),
                Answer::None(_) => None,
            }
        })
    }

    /// What weighs in a state: a message that was not sent at first, a node that is not as at first, a fact that does not
    /// fit the local state of its node.
    fn weights(&mut self) -> Vec<Lit> {
        let sent = (0..self.tables.messages.len() as u32).filter(|message| !self.tables.first.contains(message));
        let mut weights: Vec<Formula> = sent.map(Formula::Sent).collect();
        for (node, classes) in self.merged.classes().enumerate() {
            let at_first = Formula::local(node, classes, Set::new(classes, [0]));
            let of_node = (0..).zip(&self.tables.facts).filter(|(_, other)| **other == node);
            let facts = of_node.map(|(fact, _)| Formula::Fact(fact));
            weights.push(Formula::any(facts.chain([!at_first])));
        }
        weights.extend(self.misfits.iter().cloned());
        let weights = weights.iter().filter(|weight| !matches!(weight, Formula::Constant(_)));
        weights.map(|weight| self.solver.literal(weight)).collect()
    }

    /// What each conjunct is needed for, given that the invariant is preserved.
    fn needs(&mut self, demanded: &[usize]) -> Vec<Need<F>> {
        (0..self.selectors.len()).map(|conjunct| self.need(conjunct, demanded)).collect()
    }

    fn need(&mut self, dropped: usize, demanded: &[usize]) -> Need<F> {
        let selector = self.selectors[dropped];
        let others: Vec<_> = self.selectors.iter().copied().filter(|other| *other != selector).collect();
        for claim in demanded {
            let (guard, used) = &self.claimed[*claim];
            let is_used = used.as_ref().is_some_and(|used| used.contains(&selector));
            if is_used && matches!(self.solver.ask(&with(&others, *guard)), Answer::Some(_)) {
                return Need::Implies(*claim);
            }
        }
        for Question { event, conjunct, guard, used } in &self.questions {
            let is_used = *conjunct != dropped && used.as_ref().is_some_and(|used| used.contains(&selector));
            if is_used && matches!(self.solver.ask(&with(&others, *guard)), Answer::Some(_)) {
                return Need::Preserves(self.events[*event].clone(), *conjunct);
            }
        }
        Need::Nothing
    }
}

fn with(others: &[Lit], guard: Lit) -> Vec<Lit> {
    others.iter().copied().chain([guard]).collect()
}
