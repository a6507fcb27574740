//! A proof with its answers, as text for a terminal.

use super::{Answer, Outcome, Proved};
use crate::report::thousands;
use crate::terminal::{self, BAD, DOUBT, FAINT, GOOD, PLAIN};

/// A proof with its answers: a line for each question.
pub fn render(proved: &Proved) -> String {
    let mut text = String::new();
    terminal::line(&mut text, PLAIN, "invariant", &format!("{}, at every size", proved.variant));
    let timed = proved.solvers.iter().zip(&proved.seconds);
    let timed: Vec<_> = timed.map(|(solver, seconds)| format!("{} in {seconds:.1} s", solver.program())).collect();
    terminal::line(&mut text, PLAIN, "answered", &timed.join(", "));
    for asked in &proved.obligations {
        let answers: Vec<_> =
            asked.answers.iter().zip(&proved.solvers).map(|(answer, solver)| said(*answer, *solver)).collect();
        match asked.outcome() {
            Outcome::Proved if asked.expected == Answer::Sat => {
                terminal::line(&mut text, FAINT, "possible", &asked.name)
            }
            Outcome::Proved => terminal::line(&mut text, GOOD, "proved", &asked.name),
            Outcome::Undecided => {
                terminal::line(&mut text, DOUBT, "unknown", &format!("{}: {}", asked.name, answers.join(", ")));
            }
            Outcome::Failed => {
                terminal::line(&mut text, BAD, "FAILED", &format!("{}: {}", asked.name, answers.join(", ")));
            }
        }
    }
    for comparison in &proved.handlers {
        match &comparison.misfit {
            None => {
                let compared = thousands(comparison.transitions as u64);
                let what = format!("{}: all {compared} transitions are steps of it, or none", comparison.model);
                terminal::line(&mut text, GOOD, "handlers", &what);
            }
            Some(misfit) => terminal::line(&mut text, BAD, "HANDLERS", &format!("{}: {misfit}", comparison.model)),
        }
    }
    let (style, label, what) = match proved.outcome {
        Outcome::Proved => (GOOD, "PROVED", "for any number of nodes, ballots and values"),
        Outcome::Undecided => (DOUBT, "UNKNOWN", "a solver gave up"),
        Outcome::Failed => (BAD, "NOT PROVED", "see what failed above"),
    };
    terminal::line(&mut text, style, label, what);
    text
}

fn said(answer: Answer, solver: super::Solver) -> String {
    let answer = match answer {
        Answer::Sat => "sat",
        Answer::Unsat => "unsat",
        Answer::Unknown => "unknown",
    };
    format!("{} says {answer}", solver.program())
}
