//! `audit`: the mutants of a model, and which property notices each.

use super::args::Audit;
use super::progress::{searching, Progress};
use super::reports::Destinations;
use super::{interrupt, warn_of_threads, Failure, Program};
use crate::audit::Options;
use crate::input::InputError;
use crate::report::{self, Report};
use crate::terminal;

/// `synod audit`.
pub fn audit(program: &Program, arguments: &Audit) -> Result<u8, Failure> {
    let destinations = Destinations::new(&arguments.reports, arguments.quiet, None)?;
    let models = [program.read(&arguments.file, &arguments.search.settings.set)?];
    destinations.require_distinct(&models)?;
    let [model] = &models;
    let header = model.header();
    let grow = arguments.grow.map(Into::into);
    let options = Options { check: arguments.search.options()?, rules: arguments.rule.clone(), grow };
    arguments.search.means.require_measurable()?;
    let control = interrupt::control(!arguments.quiet || arguments.reports.use_stdout());
    let mut progress = None;
    let audited = model.audit(&options, &control, &mut |what| {
        drop(progress.take()); // one line at a time
        let what = format!("{}: {what}", header.name);
        progress = Some(Progress::start(!arguments.quiet, searching(&what, control.clone())));
    });
    drop(progress);
    warn_of_threads(&control, &mut false);
    let case = audited.map_err(|error| InputError::new(&header.file, error.to_string()))?.into_case();
    let text = match &case.audit {
        Some(_) => report::render_audit(&case, terminal::width()),
        None => report::render_case(&case, &case.traces),
    };
    destinations.tell(&text)?;
    let report = Report::new(vec![case]);
    destinations.deliver(&report)?;
    Ok(report.exit_code())
}
