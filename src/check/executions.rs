//! The properties of executions among those of a model: decided after its states are explored, on its whole state graph.

use super::Engine;
use crate::engine::executions::{executions, Asked, Decided, Executions};
use crate::engine::{Control, Limits, Refusal, Stopped};
use crate::family::{Family, Spec};
use std::sync::Arc;

/// Decides what is asked of the executions, if anything is. A search that was cut off before would be again.
///
/// # Errors
/// If the engine that was asked for has no state graph.
pub fn decide<F: Family>(
    spec: &Spec<F>,
    asked: Vec<Asked<F::Node, F::Config, F::History>>,
    engine: Engine,
    (stopped, limits): (Stopped, Limits),
    control: &Arc<Control>,
) -> Result<Option<Decided<F::Node>>, Refusal> {
    let Some(first) = asked.first() else { return Ok(None) };
    if let Engine::Symbolic | Engine::Stateright = engine {
        let what = format!(
            "{:?} is about executions, which need the whole state graph: --engine components has it, {} does not",
            first.name,
            engine.name()
        );
        return Err(Refusal::Unsupported(what));
    }
    if stopped != Stopped::Exhausted {
        return Ok(None);
    }
    let asking = executions(spec.model()).limits(limits).control(control.clone());
    asked.into_iter().fold(asking, Executions::ask).run().map(Some)
}
