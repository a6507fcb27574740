//! `faults`: a model in many environments.

use super::args::Faults;
use super::progress::{searching, Progress};
use super::reports::{deliver, require_places, taken, IS_A_MODEL};
use super::traces::{require_own, require_writable};
use super::{interrupt, own, say, Failure, Program};
use crate::engine::Control;
use crate::faults::{self, Map};
use crate::input::InputError;
use crate::report::Sink;
use crate::{terminal, trace};
use std::path::Path;
use std::sync::Arc;

/// `synod faults`.
pub fn faults(program: &Program, arguments: &Faults) -> Result<u8, Failure> {
    let sinks: Vec<&Sink> =
        arguments.json.iter().chain(&arguments.markdown).chain(&arguments.html).chain(&arguments.svg).collect();
    require_places(&sinks, taken([&arguments.file], IS_A_MODEL))?;
    arguments.traces.as_deref().map_or(Ok(()), require_writable)?;
    let settings = &arguments.settings.set;
    let model = program.read(&arguments.file, settings)?;
    let header = model.header();
    let control = Arc::new(Control::default());
    interrupt::at_once(true);
    let progress = Progress::start(true, searching(&header.name, control.clone()));
    let mapped = model.faults(settings, arguments.crashes, &arguments.options(), &control);
    progress.stop();
    let mut map = mapped.map_err(|error| InputError::new(&header.file, error.to_string()))?;
    if let Some(folder) = &arguments.traces {
        write_traces(folder, &mut map)?;
    }
    if !sinks.contains(&&Sink::Stdout) {
        say(&faults::render_text(&map, terminal::width()))?;
    }
    if let Some(sink) = &arguments.json {
        deliver(sink, &(trace::json(&map, true) + "\n"))?;
    }
    if let Some(sink) = &arguments.markdown {
        deliver(sink, &faults::render_markdown(&map))?;
    }
    if let Some(sink) = &arguments.html {
        deliver(sink, &faults::render_html(&map))?;
    }
    if let Some(sink) = &arguments.svg {
        deliver(sink, &faults::render_svg(&map))?;
    }
    Ok(0)
}

/// Writes the witnesses, and notes their files.
fn write_traces(folder: &Path, map: &mut Map) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| own::unwritable(folder, &error))?;
    for cell in map.rows.iter_mut().flat_map(|row| &mut row.cells) {
        for (trace, witness) in cell.traces.iter().zip(&mut cell.witnesses) {
            let path = folder.join(trace.file_name());
            require_own(&path)?;
            own::write(&path, &trace.to_json())?;
            witness.trace = Some(path.display().to_string());
        }
    }
    Ok(())
}
