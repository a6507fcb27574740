//! The SMT solvers, as programs that are installed or not.

use serde::Serialize;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A solver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Solver {
    /// Z3, by Microsoft Research.
    Z3,
    /// cvc5, by Stanford and Iowa.
    Cvc5,
}

/// How to get one.
pub const HOW_TO_GET: &str =
    "Debian and Ubuntu: apt-get install z3 cvc5; others: pip install z3-solver, brew install z3";

/// What a solver says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// There is a structure.
    Sat,
    /// There is none.
    Unsat,
    /// It gave up.
    Unknown,
}

/// Seconds for one question, after which a solver gives up.
const SECONDS: u64 = 120;

impl Solver {
    /// Every solver.
    pub const ALL: [Solver; 2] = [Solver::Z3, Solver::Cvc5];

    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Solver::Z3 => "z3",
            Solver::Cvc5 => "cvc5",
        }
    }

    fn arguments(self) -> Vec<String> {
        match self {
            Solver::Z3 => vec!["-smt2".into(), format!("-t:{}", SECONDS * 1000)],
            Solver::Cvc5 => vec![
                "--lang=smt2".into(),
                "--incremental".into(),
                "--finite-model-find".into(),
                format!("--tlimit-per={}", SECONDS * 1000),
            ],
        }
    }

    /// True iff it is installed.
    pub fn is_installed(self) -> bool {
        let asked = Command::new(self.program()).arg("--version").stdin(Stdio::null()).output();
        asked.is_ok_and(|output| output.status.success())
    }

    /// Its answers to the questions of a text, and the seconds that they took.
    ///
    /// # Errors
    /// If it does not run, or says anything else.
    pub fn ask(self, text: &str) -> Result<(Vec<Answer>, f64), String> {
        let failed = |error: io::Error| format!("{}: {error}", self.program());
        let started = Instant::now();
        let mut file = tempfile::Builder::new().suffix(".smt2").tempfile().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        let mut command = Command::new(self.program());
        let output = command.args(self.arguments()).arg(file.path()).stdin(Stdio::null()).output().map_err(failed)?;
        let mut answers = Vec::new();
        for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.trim().is_empty()) {
            answers.push(match line.trim() {
                "sat" => Answer::Sat,
                "unsat" => Answer::Unsat,
                "unknown" | "timeout" => Answer::Unknown,
                other => return Err(format!("{} says {other:?}", self.program())),
            });
        }
        Ok((answers, started.elapsed().as_secs_f64()))
    }
}
