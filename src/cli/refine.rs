//! `refine`: whether a model refines the specification of its family.

use super::args::Refine;
use super::progress::{searching, Progress};
use super::reports::Destinations;
use super::{interrupt, warn_of_threads, Failure, Program};
use crate::input::InputError;
use crate::refine;
use crate::report::Report;
use crate::terminal;

/// `synod refine`.
pub fn refine(program: &Program, arguments: &Refine) -> Result<u8, Failure> {
    let destinations = Destinations::new(&arguments.reports, arguments.quiet, None)?;
    let models = [program.read(&arguments.file, &arguments.search.settings.set)?];
    destinations.require_distinct(&models)?;
    arguments.search.means.require_measurable()?;
    let [model] = &models;
    let header = model.header();
    let control = interrupt::control(!arguments.quiet || arguments.reports.use_stdout());
    let progress = Progress::start(!arguments.quiet, searching(&header.name, control.clone()));
    let refined = model.refine(&arguments.search.options()?, &control);
    progress.stop();
    warn_of_threads(&control, &mut false);
    let refined = refined.map_err(|error| InputError::new(&header.file, error.to_string()))?;
    destinations.tell(&refine::render(&refined, terminal::width()))?;
    let cases = [Some(refined.concrete), refined.abstractly].into_iter().flatten();
    let report = Report::new(cases.map(|checked| checked.into_case()).collect());
    destinations.deliver(&report)?;
    Ok(report.exit_code())
}
