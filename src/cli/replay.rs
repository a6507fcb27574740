//! `replay`: a saved trace, executed again and shown.

use super::args::{Replay, TraceFormat};
use super::input::{require, require_there, Kind};
use super::own::MAX_TRACE_BYTES;
use super::progress::{memory, seconds, Message, Progress};
use super::reports::{deliver, require_place, taken, IS_A_MODEL};
use super::Program;
use super::{interrupt, Failure};
use crate::input::{read_text, InputError};
use crate::report::{steps, visible, Sink};
use crate::subject::Replayed;
use crate::terminal::{self, line, PLAIN};
use crate::trace::{self, Trace};
use anstream::adapter::strip_str;

/// `synod replay`.
pub fn replay(program: &Program, arguments: &Replay) -> Result<u8, Failure> {
    let place = arguments.trace.display().to_string();
    require_there(&arguments.trace)?;
    require(&arguments.trace, Kind::Trace)?;
    let text = read_text(&arguments.trace, MAX_TRACE_BYTES)?;
    interrupt::at_once(true);
    let what = place.clone();
    let progress = Progress::start(true, move |elapsed| Message {
        what: what.clone(),
        figures: format!("executing the trace{}, {}", memory(), seconds(elapsed)),
    });
    let mut occupied = taken(&arguments.model, IS_A_MODEL);
    occupied.extend(taken([&arguments.trace], "it is the trace"));
    require_place(&arguments.output, &occupied)?;
    let Replayed { trace, model: own } = program.replay(&place, &text)?;
    if let Some(file) = &arguments.model {
        let model = program.read(file, &[])?.header();
        if model.json != own {
            let (file, description) = (&model.file, &model.description);
            let what = format!("a trace of another model than {file}: {}, not {description}", trace.description);
            return Err(InputError::new(place, what).into());
        }
    }
    let shown = match arguments.format {
        TraceFormat::Text if arguments.output == Sink::Stdout => terminal::fold(&as_text(&trace), terminal::window()),
        TraceFormat::Text => strip_str(&as_text(&trace)).to_string(),
        TraceFormat::Svg => trace::render_svg(&trace),
        TraceFormat::Mermaid => trace::render_mermaid(&trace),
        TraceFormat::Itf => trace::render_itf(&trace),
        TraceFormat::Json => trace.to_json(),
        TraceFormat::Html => trace::html::page(&trace),
    };
    progress.stop();
    deliver(&arguments.output, &shown)?;
    Ok(0)
}

fn as_text(trace: &Trace) -> String {
    let Trace { property, verdict, .. } = trace;
    let mut replayed = "every step is enabled on stateright's model".to_string();
    if verdict != "conforms" {
        replayed += &format!(", and {property} is {verdict} at the end");
    }
    let mut text = trace::render_columns(trace, terminal::width());
    if let Some(command) = &trace.found_by {
        line(&mut text, PLAIN, "found by", &visible(command));
    }
    if let Some(walk) = trace.shrunk_from {
        line(&mut text, PLAIN, "shrunk", &format!("from {}", steps(walk)));
    }
    line(&mut text, PLAIN, "replayed", &replayed);
    text
}
