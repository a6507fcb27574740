//! `induct`: whether an invariant of a model is inductive.

use super::args::Induct;
use super::reports::{deliver, require_places, taken, IS_A_MODEL};
use super::{interrupt, say, Failure, Program};
use crate::induction::{self, Refusal};
use crate::input::InputError;
use crate::report::Sink;
use crate::{terminal, trace};

/// `synod induct`.
pub fn induct(program: &Program, arguments: &Induct) -> Result<u8, Failure> {
    let sinks: Vec<&Sink> = arguments.json.iter().chain(&arguments.svg).collect();
    require_places(&sinks, taken([&arguments.file], IS_A_MODEL))?;
    let model = program.read(&arguments.file, &arguments.settings.set)?;
    interrupt::at_once(true);
    let inducted = match model.induct(arguments.invariant.as_deref()) {
        Ok(inducted) => inducted,
        Err(refusal) => {
            super::complain(&InputError::new(&model.header().file, refusal.to_string()).into());
            let is_large = matches!(refusal, Refusal::TooLarge);
            return Ok(if is_large { super::INCOMPLETE } else { super::UNUSABLE });
        }
    };
    if !sinks.contains(&&Sink::Stdout) {
        say(&induction::render_text(&inducted, terminal::width()))?;
    }
    if let Some(sink) = &arguments.json {
        deliver(sink, &(trace::json(&inducted, true) + "\n"))?;
    }
    if let (Some(sink), Some(counterexample)) = (&arguments.svg, &inducted.counterexample) {
        deliver(sink, &trace::render_svg(&counterexample.step))?;
    }
    Ok(u8::from(!inducted.as_expected))
}
