//! `simulate`: seeded random runs over one model.

use super::args::{Reports, Simulate};
use super::progress::{memory, seconds, Message, Progress};
use super::reports::{deliver, Destinations};
use super::Program;
use super::{complain, interrupt, warn_of_threads, Failure};
use crate::input::InputError;
use crate::report::{thousands, unasked, visible, Sink, Standing};
use crate::simulate::{self, Gauges};
use std::sync::atomic::Ordering;
use std::sync::Arc;

/// `synod simulate`.
pub fn simulate(program: &Program, arguments: &Simulate) -> Result<u8, Failure> {
    let reports = Reports { json: arguments.json.clone(), ..Reports::default() };
    let destinations = Destinations::new(&reports, arguments.quiet, Some(&arguments.traces))?;
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    let header = model.header();
    destinations.require_distinct(std::slice::from_ref(&model))?;
    let options = arguments.options();
    arguments.means.require_measurable()?;
    let control = interrupt::control(!arguments.quiet || arguments.json == Some(Sink::Stdout));
    let gauges = Arc::new(Gauges::default());
    let progress = Progress::start(!arguments.quiet, message(&header.name, options.runs, gauges.clone()));
    let simulated = model.simulate(&options, &control, &gauges);
    progress.stop();
    warn_of_threads(&control, &mut false);
    let mut simulated = simulated.map_err(|error| InputError::new(&header.file, error.to_string()))?;
    let mut failed = 0;
    let mut attempt =
        |done: Result<(), Failure>| failed = failed.max(done.map_or_else(|failure| complain(&failure), |()| 0));
    let results = simulated.simulation.properties.iter_mut().map(|sampled| &mut sampled.result);
    attempt(destinations.write_traces(&simulated.traces, results));
    attempt(destinations.tell(&simulate::render_text(&simulated.simulation)));
    let unasked = unasked(simulated.simulation.properties.iter().map(|sampled| &sampled.result));
    destinations.remark(unasked.map(|what| format!("{}: {what}", visible(&header.file))));
    if let Some(sink) = &arguments.json {
        let json = crate::trace::json(&simulated.simulation, true);
        attempt(deliver(sink, &(json + "\n")));
    }
    // What is certain and wrong is said even if something could not be written.
    let code = match simulated.simulation.standing() {
        Standing::Expected => 0,
        Standing::Unexpected => 1,
        Standing::Undecided => super::INCOMPLETE,
    };
    Ok(if code == 1 || failed == 0 { code } else { failed })
}

fn message(name: &str, runs: u64, gauges: Arc<Gauges>) -> impl Fn(std::time::Duration) -> Message + Send + 'static {
    let name = name.to_string();
    move |elapsed| {
        let (done, steps) = (gauges.runs.load(Ordering::Relaxed), gauges.steps.load(Ordering::Relaxed));
        let rate = (steps as f64 / elapsed.as_secs_f64()) as u64;
        let (done, runs, steps, rate) = (thousands(done), thousands(runs), thousands(steps), thousands(rate));
        let figures = format!("{done} of {runs} runs, {steps} steps, {rate}/s{}, {}", memory(), seconds(elapsed));
        Message { what: name.clone(), figures }
    }
}
