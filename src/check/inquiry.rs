//! What a search of a model is asked: its properties as questions, which property each one is for, and when enough is known.
//! It must not know how a search goes, nor what its answers mean for a verdict.

use super::Options;
use crate::engine::executions::Asked;
use crate::engine::{Canonical, Control, Goal, Judge, Lens, Search};
use crate::family::{Family, Footprint, Property, Question, Seen};
use crate::model_file::{demand, Expected, ModelFile, Wanted};
use std::sync::Arc;

/// The questions of a model, and which property each one is for.
pub(crate) struct Inquiry<F: Family> {
    /// The questions, grouped by what they read.
    pub lenses: Vec<Lens<F::Node, Seen<F>>>,
    /// The questions about whole states.
    pub judges: Vec<Judge<F::Node, F::Config, F::History>>,
    /// What each question is asked for, lens by lens in order, then judge by judge.
    pub asked: Vec<(Property<F>, Role)>,
    /// What is asked of the executions, each for the property of its name.
    pub executions: Vec<Asked<F::Node, F::Config, F::History>>,
}

/// What a search is asked: of which property each question is, and what is asked of the executions.
pub(super) struct Asks<F: Family> {
    pub(super) asked: Vec<(Property<F>, Role)>,
    pub(super) executions: Vec<Asked<F::Node, F::Config, F::History>>,
}

/// What a hit of a question means for its property.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// It violates an always-property, or witnesses a sometimes-property.
    Settles,
    /// The property has a case: its premise is met.
    MeetsPremise,
}

/// The place of the question that is asked for a property in this role, if there is one.
pub(crate) fn place<F: Family>(asked: &[(Property<F>, Role)], property: &Property<F>, role: Role) -> Option<usize> {
    asked.iter().position(|asked| asked.0.name == property.name && asked.1 == role)
}

/// The questions that these properties ask.
pub(crate) fn inquire<F: Family>(properties: &[Property<F>], config: &F::Config) -> Inquiry<F> {
    let mut inquiry = Inquiry { lenses: Vec::new(), judges: Vec::new(), asked: Vec::new(), executions: Vec::new() };
    let mut whole = Vec::new();
    for &footprint in F::Footprint::all() {
        let mut questions = Vec::new();
        for property in properties.iter().filter(|property| property.reads == footprint) {
            match property.question(config) {
                Question::Seen(question) => {
                    questions.push(question);
                    inquiry.asked.push((*property, Role::Settles));
                }
                Question::Whole(judge) => whole.push((judge, *property)),
                Question::Execution(asked) => inquiry.executions.push(asked),
            }
            if let Some(premise) = property.premise_question(config) {
                questions.push(premise);
                inquiry.asked.push((*property, Role::MeetsPremise));
            }
        }
        if !questions.is_empty() {
            let observe = Arc::new(move |_: usize, local: &_| footprint.observe(local));
            let canonical = footprint.canonical().map(|canonical| -> Canonical<Seen<F>> {
                let config = config.clone();
                Arc::new(move |seen| canonical(&config, seen))
            });
            inquiry.lenses.push(Lens { observe, questions, canonical });
        }
    }
    for (judge, property) in whole {
        inquiry.judges.push(judge);
        inquiry.asked.push((property, Role::Settles));
    }
    inquiry
}

/// The hits after which everything demanded is certain, whether it is as expected or not. A pinned count is certain only
/// after everything was explored.
fn goal<F: Family>(model: &ModelFile<F>, asked: &[(Property<F>, Role)]) -> Goal {
    if model.expect.iter().any(|expectation| matches!(expectation.of, Expected::Count(..))) {
        return Goal::default();
    }
    let group = |property: &Property<F>| {
        let wanted = demand(&model.expect, property).wanted()?;
        let refutes_vacuity = place(asked, property, Role::MeetsPremise).filter(|_| wanted == Wanted::Vacuous);
        Some(place(asked, property, Role::Settles).into_iter().chain(refutes_vacuity).collect())
    };
    Goal(model.spec.properties.iter().filter_map(group).collect())
}

/// The search of a check, and what the questions of it are for.
pub(super) fn search<F: Family>(
    model: &ModelFile<F>,
    options: &Options,
    control: &Arc<Control>,
) -> (Search<F::Node, F::Config, F::History, Seen<F>>, Asks<F>) {
    let system = model.spec.model();
    let inquiry = inquire(&model.spec.properties, &system.cfg);
    let search = Search {
        boundary: F::boundary(&system.cfg),
        model: Arc::new(system),
        lenses: inquiry.lenses,
        judges: inquiry.judges,
        strategy: options.strategy,
        limits: options.limits,
        goal: if options.until_decided { goal(model, &inquiry.asked) } else { Goal::default() },
        threads: options.threads,
        control: control.clone(),
    };
    (search, Asks { asked: inquiry.asked, executions: inquiry.executions })
}
