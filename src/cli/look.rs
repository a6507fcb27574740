//! `graph` and `stats`: looking at every state of a model that is small enough.

use super::args::{Graph, GraphFormat, Stats};
use super::progress::{searching, Progress};
use super::reports::{deliver, require_place, taken, IS_A_MODEL};
use super::Program;
use super::{interrupt, say, Failure, INCOMPLETE};
use crate::engine::Control;
use crate::graph::{self, dot};
use crate::input::InputError;
use crate::report::Sink;
use crate::statistics;
use std::sync::Arc;

/// `synod graph`.
pub fn graph(program: &Program, arguments: &Graph) -> Result<u8, Failure> {
    require_place(&arguments.output, &taken([&arguments.file], IS_A_MODEL))?;
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    let header = model.header();
    interrupt::at_once(true);
    let gauges = Arc::new(Control::default());
    let progress = Progress::start(true, searching(&header.name, gauges.clone()));
    let graph = model.graph(arguments.max_states, &gauges).map_err(|error| {
        let more = if error.max_states < graph::HARD_MAX_STATES { "raise --max-states or " } else { "" };
        let what = format!("more than {} states, too many for a graph; {more}lower the bounds", error.max_states);
        InputError::new(&header.file, what)
    })?;
    let text = match arguments.format {
        GraphFormat::Dot => dot::render(&graph),
        GraphFormat::Json => crate::trace::json(&graph, true) + "\n",
    };
    progress.stop();
    deliver(&arguments.output, &text)?;
    Ok(0)
}

/// `synod stats`.
pub fn stats(program: &Program, arguments: &Stats) -> Result<u8, Failure> {
    if let Some(sink) = &arguments.json {
        require_place(sink, &taken([&arguments.file], IS_A_MODEL))?;
    }
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    let header = model.header();
    interrupt::at_once(true);
    let gauges = Arc::new(Control::default());
    let progress = Progress::start(true, searching(&header.name, gauges.clone()));
    let statistics = model.statistics(arguments.max_states, &gauges);
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
