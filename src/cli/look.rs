//! `graph` and `stats`: looking at every state of a model that is small enough.

use super::args::{Graph, GraphFormat, Stats};
use super::progress::{searching, Progress};
use super::reports::{deliver, require_place, taken, IS_A_MODEL};
use super::Program;
use super::{interrupt, say, Failure, INCOMPLETE};
use crate::engine::Control;
use crate::graph::quotient::NoQuotient;
use crate::graph::{self, dot};
use crate::input::{did_you_mean, nearest, InputError};
use crate::report::Sink;
use crate::statistics;
use crate::subject::Subject;
use std::sync::Arc;

/// `synod graph`.
pub fn graph(program: &Program, arguments: &Graph) -> Result<u8, Failure> {
    require_place(&arguments.output, &taken([&arguments.file], IS_A_MODEL))?;
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    let header = model.header();
    interrupt::at_once(true);
    let gauges = Arc::new(Control::default());
    let progress = Progress::start(true, searching(&header.name, gauges.clone()));
    let text = match &arguments.quotient {
        None => state_graph(&*model, arguments, &gauges),
        Some(footprint) => quotient(&*model, footprint, arguments, &gauges),
    };
    let text = text.map_err(|what| InputError::new(&header.file, what))?;
    progress.stop();
    deliver(&arguments.output, &text)?;
    Ok(0)
}

fn state_graph(model: &dyn Subject, arguments: &Graph, gauges: &Control) -> Result<String, String> {
    let graph = model.graph(arguments.max_states, gauges).map_err(|error| {
        let more = if error.max_states < graph::HARD_MAX_STATES { "raise --max-states, " } else { "" };
        let most = error.max_states;
        format!("more than {most} states, too many for a graph; {more}lower the bounds or draw a --quotient")
    })?;
    Ok(match arguments.format {
        GraphFormat::Dot => dot::render(&graph),
        GraphFormat::Json => crate::trace::json(&graph, true) + "\n",
    })
}

fn quotient(model: &dyn Subject, footprint: &str, arguments: &Graph, gauges: &Arc<Control>) -> Result<String, String> {
    let quotient = model.quotient(footprint, arguments.max_states, gauges).map_err(|error| match error {
        NoQuotient::NoFootprint(known) if known.is_empty() => {
            format!("--quotient {footprint}: the properties of this model read whole states, there are no footprints")
        }
        NoQuotient::NoFootprint(known) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            format!(
                "--quotient {footprint}, expected {}{}",
                known.join(" | "),
                did_you_mean(nearest(footprint, known.iter().copied()))
            )
        }
        NoQuotient::Refused(refusal) => refusal.to_string(),
    })?;
    Ok(match arguments.format {
        GraphFormat::Dot => dot::render_quotient(&quotient),
        GraphFormat::Json => crate::trace::json(&quotient, true) + "\n",
    })
}

/// `synod stats`.
pub fn stats(program: &Program, arguments: &Stats) -> Result<u8, Failure> {
    if let Some(sink) = &arguments.json {
        require_place(sink, &taken([&arguments.file], IS_A_MODEL))?;
    }
    let options = arguments.options()?;
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    let header = model.header();
    interrupt::at_once(true);
    let gauges = Arc::new(Control::default());
    let progress = Progress::start(true, searching(&header.name, gauges.clone()));
    let statistics = model.statistics(options, &gauges);
    let statistics = statistics.map_err(|refusal| InputError::new(&header.file, refusal.to_string()))?;
    progress.stop();
    if arguments.json != Some(Sink::Stdout) {
        say(&statistics::render_text(&statistics))?;
    }
    if let Some(sink) = &arguments.json {
        let json = crate::trace::json(&statistics, true);
        deliver(sink, &(json + "\n"))?;
    }
    Ok(if statistics.complete { 0 } else { INCOMPLETE })
}
