//! Induction: whether an invariant is true at first, preserved by every step from every type-correct state where it is
//! true, and strong enough to imply what the protocol is for. Then it holds in every reachable state, whatever the network
//! loses, repeats or reorders, and nothing was explored.
//!
//! The handlers are called on every type-correct local state and tabulated ([`tables`]); an event turns a formula over the
//! state after it into one over the state before (`formula`); a SAT solver looks for a state where the invariant is true
//! and that formula is not. What it finds is executed on stateright's model before it is shown. *What is type-correct is
//! generous: what is left out makes an invariant inductive that is not.*

mod formula;
mod merged;
mod questions;
mod report;
mod solver;
mod step;
pub mod tables;
mod text;

pub use report::{ClaimResult, ConjunctResult, Counterexample, Figures, Inducted, Needed, Verdict};
pub use step::Reachable;
pub use text::render as render_text;

use crate::family::{Environment, Family, Induction, Invariant, Objection, Property, Spec};
use crate::input::{did_you_mean, nearest};
use crate::model_file::ModelFile;
use crate::trace::Wording;
use questions::{decide, Findings, Need};
use std::fmt;
use std::time::Instant;
use tables::{Event, Tables};

/// Why there is no verdict on an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The protocol, or its environment, is one that the family has no invariant for.
    Objection(Objection),
    /// There is no such invariant.
    NoInvariant(String),
    /// The actors do what induction does not take.
    Unsupported(String),
    /// There are too many local states or transitions.
    TooLarge,
    /// stateright takes a step otherwise: a fault of this program.
    Misfit(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Objection(objection) => f.write_str(&objection.what),
            Refusal::NoInvariant(what) => f.write_str(what),
            Refusal::Unsupported(what) => write!(f, "induction does not take this model: {what}"),
            Refusal::TooLarge => f.write_str("too many local states to tabulate; lower the bounds"),
            Refusal::Misfit(what) => {
                write!(f, "a counterexample to induction is refused by stateright's model: {what}")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// What a model's family says of it.
///
/// # Errors
/// If the family has no invariant for it.
pub fn induction_of<F: Family>(spec: &Spec<F>) -> Result<Induction<F>, Refusal> {
    if spec.environment.may_recover() {
        let what = "faults.recovery = true, expected false: a node that comes back is no step of induction".to_string();
        return Err(Refusal::Objection(Objection { key: "faults.recovery", what }));
    }
    let environment = Environment { sends: spec.environment.sends, ..Environment::DEFAULT };
    let induction = F::induction(&spec.setup, &environment).map_err(Refusal::Objection)?;
    let without = || Refusal::NoInvariant(format!("the family {} has no invariant", F::NAME));
    induction.filter(|induction| !induction.invariants.is_empty()).ok_or_else(without)
}

/// Decides whether an invariant of a model is inductive: the one of this name, or the family's own choice.
///
/// # Errors
/// If there is no such invariant, or the model is not one for induction.
pub fn induct<F: Family>(model: &ModelFile<F>, invariant: Option<&str>) -> Result<Inducted, Refusal> {
    induct_with(model, induction_of(&model.spec)?, invariant)
}

/// As [`induct`], with what the family says of the model altered: other invariants, other type-correct states.
///
/// # Errors
/// If there is no such invariant, or the model is not one for induction.
pub fn induct_with<F: Family>(
    model: &ModelFile<F>,
    mut induction: Induction<F>,
    invariant: Option<&str>,
) -> Result<Inducted, Refusal> {
    let started = Instant::now();
    let chosen = choose(&induction, invariant)?;
    let is_default = chosen == 0;
    let invariant = induction.invariants.swap_remove(chosen);
    let spec = step::growing(&model.spec);
    let tables = Tables::new(&spec.model(), &induction)?;
    let is_demanded = |name: &str| Property::<F>::named(name).is_none_or(|property| property.demanded);
    let claims = induction.claims.iter().enumerate();
    let demanded: Vec<_> = claims.filter(|(_, claim)| is_demanded(claim.name)).map(|(number, _)| number).collect();
    let findings = decide(&tables, &induction, &invariant.conjuncts, &demanded);
    let judged = Judged { model, spec: &spec, induction: &induction, invariant: &invariant, tables: &tables };
    let mut inducted = judged.report(&findings, &demanded, is_default)?;
    inducted.run.seconds = started.elapsed().as_secs_f64();
    Ok(inducted)
}

fn choose<F: Family>(induction: &Induction<F>, name: Option<&str>) -> Result<usize, Refusal> {
    let Some(name) = name else { return Ok(0) };
    let names: Vec<_> = induction.invariants.iter().map(|invariant| invariant.name).collect();
    names.iter().position(|known| *known == name).ok_or_else(|| {
        let hint = did_you_mean(nearest(name, names.iter().copied()).map(|near| format!("{near:?}")));
        Refusal::NoInvariant(format!("--invariant {name:?}, expected one of {}{hint}", names.join(", ")))
    })
}

/// An invariant that was decided about.
struct Judged<'a, F: Family> {
    model: &'a ModelFile<F>,
    spec: &'a Spec<F>,
    induction: &'a Induction<F>,
    invariant: &'a Invariant<F>,
    tables: &'a Tables<F>,
}

impl<F: Family> Judged<'_, F> {
    fn report(&self, findings: &Findings<F>, demanded: &[usize], is_default: bool) -> Result<Inducted, Refusal> {
        let counterexample = findings.counterexample.as_ref().map(|step| self.counterexample(step)).transpose()?;
        let is_unsafe = demanded.iter().any(|claim| findings.not_implied.contains(claim));
        let verdict = match &counterexample {
            _ if !findings.false_at_first.is_empty() => Verdict::NotInitial,
            Some(_) => Verdict::NotPreserved,
            None if is_unsafe => Verdict::SafetyNotImplied,
            None => Verdict::Inductive,
        };
        let wanted = self.model.induction().filter(|_| is_default).unwrap_or(Verdict::Inductive);
        Ok(Inducted {
            schema: report::SCHEMA,
            model: self.model.name.clone(),
            file: self.model.file.clone(),
            set: self.model.edits.clone(),
            description: self.model.spec.setup.to_string(),
            invariant: self.invariant.name,
            summary: self.invariant.summary,
            verdict,
            expected: wanted,
            as_expected: verdict == wanted,
            conjuncts: self.conjuncts(findings),
            claims: self.claims(findings, demanded),
            counterexample,
            figures: Figures {
                local_states: self.tables.locals.iter().map(Vec::len).sum(),
                merged: findings.classes,
                messages: self.tables.messages.len(),
                facts: self.tables.facts.len(),
                events: findings.events,
                questions: findings.questions,
            },
            run: report::Measured { seconds: 0.0 },
        })
    }

    fn conjuncts(&self, findings: &Findings<F>) -> Vec<ConjunctResult> {
        let result = |(number, conjunct): (usize, &crate::family::Conjunct<F>)| ConjunctResult {
            name: conjunct.name,
            statement: conjunct.statement,
            formula: conjunct.formula,
            instances: conjunct.instances.len(),
            initially: !findings.false_at_first.contains(&number),
            needed: findings.needs.get(number).map(|need| self.needed(need)),
        };
        self.invariant.conjuncts.iter().enumerate().map(result).collect()
    }

    fn claims(&self, findings: &Findings<F>, demanded: &[usize]) -> Vec<ClaimResult> {
        let result = |(number, claim): (usize, &crate::family::Conjunct<F>)| ClaimResult {
            name: claim.name,
            statement: claim.statement,
            demanded: demanded.contains(&number),
            implied: !findings.not_implied.contains(&number),
        };
        self.induction.claims.iter().enumerate().map(result).collect()
    }

    fn needed(&self, need: &Need<F>) -> Needed {
        match need {
            Need::Nothing => Needed { needed: false, without_it: None },
            Need::Implies(claim) => {
                let what = format!("{} does not follow", self.induction.claims[*claim].name);
                Needed { needed: true, without_it: Some(what) }
            }
            Need::Preserves(event, conjunct) => {
                let what = format!("{} breaks {}", self.event(event), self.invariant.conjuncts[*conjunct].name);
                Needed { needed: true, without_it: Some(what) }
            }
        }
    }

    /// An event in words.
    fn event(&self, event: &Event<crate::family::Timer<F>>) -> String {
        let wording: Wording<F> = Wording::new(&self.spec.model());
        match event {
            Event::Deliver(message) => {
                let envelope = &self.tables.messages[*message as usize];
                let name = |id| wording.roster.name(id);
                format!("{} → {} {}", name(envelope.src), name(envelope.dst), F::message(&envelope.msg))
            }
            Event::Timeout(node, timer) => format!("{} {timer:?}", wording.roster.name((*node).into())),
        }
    }

    fn counterexample(&self, step: &questions::Step<F>) -> Result<Counterexample, Refusal> {
        let executed = step::execute(self.spec, self.tables, self.induction, step).map_err(Refusal::Misfit)?;
        let broken: Vec<_> = step.broken.iter().map(|broken| &self.invariant.conjuncts[*broken]).collect();
        let reachable = executed.reachable(&self.model.spec);
        let shown = step::Shown {
            model: &self.model.name,
            conjunct: broken[0].name,
            statement: broken[0].statement,
            evidence: vec![format!("before it every conjunct of {} is true", self.invariant.name)],
        };
        Ok(Counterexample {
            weight: step.weight,
            broken: broken.iter().map(|conjunct| conjunct.name).collect(),
            reachable,
            step: executed.record(self.spec, shown),
        })
    }
}
