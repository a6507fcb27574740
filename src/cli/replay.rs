//! `replay`: a saved trace, executed again and shown.

use super::args::Replay;
use super::{print, Failure};
use crate::model_file::{read_text, InputError, ModelFile};
use crate::trace;

/// No trace of a bounded model is larger.
const MAX_BYTES: u64 = 64 << 20;

/// `synod replay`.
pub fn replay(arguments: &Replay) -> Result<u8, Failure> {
    let place = arguments.trace.display().to_string();
    let text = read_text(&arguments.trace, MAX_BYTES)?;
    let (trace, spec) = trace::read(&place, &text)?;
    if let Some(file) = &arguments.model {
        let model = ModelFile::read(file, &[])?;
        if model.spec.to_json() != spec.to_json() {
            let what = format!("a trace of another model than {}: {}, not {}", model.file, spec, model.spec);
            return Err(InputError::new(place, what).into());
        }
    }
    let shown = format!(
        "model     {spec}\n{:<10}{}: {}\n{}replayed  every step is enabled on stateright's model, and {} is {} at the end\n",
        trace.verdict,
        trace.property,
        trace.statement,
        trace::render_text(&trace),
        trace.property,
        trace.verdict,
    );
    print(&shown)?;
    Ok(0)
}
