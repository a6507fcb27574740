//! Proofs at every size: SMT solvers answer the questions of a family's text, and the handlers are compared with it at
//! bounds. *A proof is about the text; that the text is about the handlers is checked, not assumed.*

mod refinement;
mod script;
mod solver;
mod text;

pub use refinement::{refine, Refined};
pub use solver::{Answer, Solver, HOW_TO_GET};
pub use text::render as render_text;

use crate::family::{Environment, Family, Objection, Obligation, Proof, Provable, Roster};
use crate::induction::{induction_of, tables::Tables, Refusal};
use crate::input::InputError;
use crate::model_file::{ModelFile, Source};
use serde::Serialize;
use std::fmt;

/// Why there is no proof to speak of.
#[derive(Debug)]
pub enum ProofError {
    /// The settings make no model of the variant.
    Input(InputError),
    /// The family has no proof under these rules.
    Objection(Objection),
    /// The model is not one for induction.
    Refusal(Refusal),
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProofError::Input(error) => error.fmt(f),
            ProofError::Objection(objection) => f.write_str(&objection.what),
            ProofError::Refusal(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for ProofError {}

/// A proof that is to be answered, and how it compares with the handlers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The proof.
    pub proof: Proof,
    /// Each model that it was compared with, in a line, and what came of it.
    pub compared: Vec<(String, Result<Refined, String>)>,
}

/// Writes the proof of a variant under some settings, and compares it with the handlers at its bounds.
///
/// # Errors
/// If the settings make no model, or one without a proof.
pub fn prepare<F: Family>(provable: &Provable, settings: &[String]) -> Result<Prepared, ProofError> {
    let mut prepared: Option<Prepared> = None;
    for model in provable.models {
        let source = Source::parse(provable.name.into(), provable.name.into(), model, settings);
        let model: ModelFile<F> = source.and_then(ModelFile::of).map_err(ProofError::Input)?;
        let environment = Environment { sends: model.spec.environment.sends, ..Environment::DEFAULT };
        let (proof, abstraction) = F::proof(&model.spec.setup, &environment).map_err(ProofError::Objection)?;
        let induction = induction_of(&model.spec).map_err(ProofError::Refusal)?;
        let tables = Tables::new(&model.spec.model(), &induction).map_err(ProofError::Refusal)?;
        let roster = Roster::new(&model.spec.model().actors);
        let compared = refine(&proof.text, &tables, &abstraction, |id| roster.name(id).to_string());
        let prepared = prepared.get_or_insert_with(|| Prepared { proof, compared: Vec::new() });
        prepared.compared.push((model.spec.setup.to_string(), compared));
    }
    prepared.ok_or_else(|| {
        let what = format!("{} has no model to compare its proof with", provable.name);
        ProofError::Input(InputError::new(provable.name, what))
    })
}

/// What came of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every question was answered as it is to be, and the handlers refine the text.
    Proved,
    /// A solver gave up on a question.
    Undecided,
    /// A question was answered otherwise, or a step of the handlers is none of the text.
    Failed,
}

/// A question with what each solver says.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// What it is for.
    pub name: String,
    /// The answer that it is to have.
    pub expected: Answer,
    /// The answers, in the order of the solvers.
    pub answers: Vec<Answer>,
}

impl Asked {
    /// What came of it.
    pub fn outcome(&self) -> Outcome {
        let of = |answer: &Answer| match answer {
            answer if *answer == self.expected => Outcome::Proved,
            Answer::Unknown => Outcome::Undecided,
            Answer::Sat | Answer::Unsat => Outcome::Failed,
        };
        self.answers.iter().map(of).max().unwrap_or(Outcome::Undecided)
    }
}

/// How the handlers of a model compare with the text.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The model in a line.
    pub model: String,
    /// How many transitions of its handlers were compared.
    pub transitions: usize,
    /// The first one that is no step of the text, if there is one.
    pub misfit: Option<String>,
}

/// A proof with its answers.
#[derive(Clone, Debug, Serialize)]
pub struct Proved {
    /// The version of this report.
    pub schema: u32,
    /// The variant, with its settings.
    pub variant: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The questions.
    pub obligations: Vec<Asked>,
    /// How the handlers compare with the text.
    pub handlers: Vec<Comparison>,
    /// The solvers.
    pub solvers: Vec<Solver>,
    /// The seconds that each of them took.
    pub seconds: Vec<f64>,
}

/// Lets solvers answer a proof.
///
/// # Errors
/// If one of them does not run, or says something that is no answer.
pub fn prove(variant: String, prepared: &Prepared, solvers: &[Solver]) -> Result<Proved, String> {
    let questions = &prepared.proof.obligations;
    let expected = |question: &Obligation| if question.is_possible { Answer::Sat } else { Answer::Unsat };
    let asked = |question: &Obligation| Asked {
        name: question.name.clone(),
        expected: expected(question),
        answers: Vec::new(),
    };
    let mut obligations: Vec<Asked> = questions.iter().map(asked).collect();
    let mut seconds = Vec::new();
    for solver in solvers {
        let (answers, took) = solver.ask(&prepared.proof.text)?;
        if answers.len() != questions.len() {
            let (found, all) = (answers.len(), questions.len());
            return Err(format!("{} answers {found} of {all} questions", solver.program()));
        }
        obligations.iter_mut().zip(answers).for_each(|(asked, answer)| asked.answers.push(answer));
        seconds.push(took);
    }
    let compare = |(model, compared): &(String, Result<Refined, String>)| Comparison {
        model: model.clone(),
        transitions: compared.as_ref().map_or(0, |refined| refined.transitions),
        misfit: compared.as_ref().err().cloned(),
    };
    let handlers: Vec<Comparison> = prepared.compared.iter().map(compare).collect();
    let is_misfit = handlers.iter().any(|comparison| comparison.misfit.is_some());
    let worst = obligations.iter().map(Asked::outcome).max().unwrap_or(Outcome::Undecided);
    let outcome = if is_misfit { Outcome::Failed } else { worst };
    Ok(Proved { schema: 1, variant, outcome, obligations, handlers, solvers: solvers.to_vec(), seconds })
}
