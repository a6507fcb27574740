//! `prove`: an invariant at every size, by SMT solvers.

use super::args::Prove;
use super::reports::{deliver, require_places, Taken};
use super::{interrupt, note, say, Failure, Program};
use crate::family::Provable;
use crate::input::{did_you_mean, nearest, InputError};
use crate::proof::{self, Outcome, ProofError, Solver, HOW_TO_GET};
use crate::report::Sink;
use crate::subject::AnyFamily;
use crate::trace;

/// `synod prove`.
pub fn prove(program: &Program, arguments: &Prove) -> Result<u8, Failure> {
    let sinks: Vec<&Sink> = arguments.output.iter().chain(&arguments.json).collect();
    require_places(&sinks, Taken::new())?;
    let settings = &arguments.settings.set;
    let (family, provable) = find(program, &arguments.variant)?;
    interrupt::at_once(true);
    let prepared = family.prepare(&provable, settings).map_err(|error| match error {
        ProofError::Input(error) => error,
        other => InputError::new(provable.name, other.to_string()),
    })?;
    if let Some(sink) = &arguments.output {
        deliver(sink, &prepared.proof.text)?;
    }
    let solvers = solvers(&arguments.solver)?;
    note(&format!("asking {}", solvers.iter().map(|solver| solver.program()).collect::<Vec<_>>().join(" and ")));
    let variant = [&[provable.name.to_string()], &settings[..]].concat().join(" + ");
    let proved = proof::prove(variant, &prepared, &solvers).map_err(|what| InputError::new(provable.name, what))?;
    if !sinks.contains(&&Sink::Stdout) {
        say(&proof::render_text(&proved))?;
    }
    if let Some(sink) = &arguments.json {
        deliver(sink, &(trace::json(&proved, true) + "\n"))?;
    }
    Ok(match proved.outcome {
        Outcome::Proved => 0,
        Outcome::Failed => 1,
        Outcome::Undecided => super::INCOMPLETE,
    })
}

/// The family that has a proof of this variant.
fn find<'a>(program: &'a Program, variant: &str) -> Result<(&'a dyn AnyFamily, Provable), InputError> {
    let all = || program.families().iter().flat_map(|family| family.provable().iter().map(move |it| (&**family, *it)));
    all().find(|(_, provable)| provable.name == variant).ok_or_else(|| {
        let names: Vec<_> = all().map(|(_, provable)| provable.name).collect();
        let hint = did_you_mean(nearest(variant, names.iter().copied()));
        let what = match names.is_empty() {
            true => "no variant of this program has a proof".to_string(),
            false => format!("no proof of this variant, only of {}{hint}", names.join(", ")),
        };
        InputError::new(variant, what)
    })
}

/// The solvers asked for, or all that are installed.
fn solvers(asked_for: &[Solver]) -> Result<Vec<Solver>, InputError> {
    let wanted = if asked_for.is_empty() { &Solver::ALL[..] } else { asked_for };
    let installed: Vec<_> = wanted.iter().copied().filter(|solver| solver.is_installed()).collect();
    let missing = wanted.iter().find(|solver| !installed.contains(solver));
    match missing.filter(|_| installed.is_empty() || !asked_for.is_empty()) {
        None => Ok(installed),
        Some(missing) => {
            let names: Vec<_> = wanted.iter().map(|solver| solver.program()).collect();
            let place = if asked_for.is_empty() { names.join(" or ") } else { missing.program().into() };
            Err(InputError::new(place, format!("not installed; {HOW_TO_GET}")))
        }
    }
}
