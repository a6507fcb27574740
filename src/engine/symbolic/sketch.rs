//! A first look at a model: which channels there are, and which variables change together. Nothing but speed depends on
//! it, as an encoding that lacks a channel says so.

use super::handlers::{Handlers, Reaction};
use super::numbers::StableSet;
use super::variable::{channel, Variable};
use crate::engine::Refusal;

/// Handler calls spent on finding out which channels there are and what belongs together.
const SKETCHED_CALLS: usize = 20_000;

/// What a first look at a model finds: an estimate, on which nothing depends but speed.
#[derive(Clone, Default)]
pub(super) struct Sketch {
    pub(super) channels: StableSet<Variable>,
    /// The sets of variables that change together.
    pub(super) together: StableSet<Vec<Variable>>,
}

impl Sketch {
    /// Follows each actor's local states by themselves, as far as this many calls lead.
    pub(super) fn draw(handlers: &mut dyn Handlers) -> Result<Self, Refusal> {
        let start = handlers.start()?;
        let actors = handlers.actors();
        let mut sketch = Sketch::default();
        let mut known: StableSet<(usize, u32)> = StableSet::default();
        let mut locals: Vec<(usize, u32)> = Vec::new();
        let mut envelopes: Vec<u32> = Vec::new();
        let mut inboxes: Vec<Vec<u32>> = vec![Vec::new(); actors];
        let mut seen: StableSet<u32> = StableSet::default();
        let mut calls = 0;
        let mut found = (start.locals.into_iter().enumerate().collect::<Vec<_>>(), start.envelopes);
        let (mut next_local, mut next_envelope) = (0, 0);
        loop {
            locals.extend(found.0.drain(..).filter(|local| known.insert(*local)));
            envelopes.extend(found.1.drain(..).filter(|envelope| seen.insert(*envelope)));
            let mut todo = Vec::new();
            if let Some(&(actor, local)) = locals.get(next_local) {
                next_local += 1;
                todo.extend(handlers.internal(actor, local).into_iter().map(|action| (actor, local, action, None)));
                for &envelope in &inboxes[actor] {
                    todo.push((actor, local, handlers.deliver(envelope), Some(envelope)));
                }
            } else if let Some(&envelope) = envelopes.get(next_envelope) {
                next_envelope += 1;
                sketch.channels.insert(channel(handlers, envelope));
                let actor = handlers.channel(envelope).1;
                if actor < actors {
                    inboxes[actor].push(envelope);
                    let action = handlers.deliver(envelope);
                    let others = locals[..next_local].iter().filter(|(other, _)| *other == actor);
                    todo.extend(others.map(|&(_, local)| (actor, local, action, Some(envelope))));
                }
            } else {
                return Ok(sketch);
            }
            for (actor, local, action, taken) in todo {
                calls += 1;
                if let Ok(Reaction::Step(effect)) = handlers.call(actor, local, action) {
                    let channels = taken.iter().chain(&effect.sent).map(|&envelope| channel(handlers, envelope));
                    let mut together: Vec<_> = channels.chain([Variable::Local(actor)]).collect();
                    together.extend((effect.down != 0).then_some(Variable::Down));
                    together.extend((!effect.recorded.is_empty()).then_some(Variable::History));
                    together.extend(effect.last.map(|_| Variable::Last));
                    together.sort_unstable();
                    together.dedup();
                    sketch.channels.extend(together.iter().filter(|v| matches!(v, Variable::Channel(..))));
                    sketch.together.insert(together);
                    found.0.push((actor, effect.local));
                    found.1.extend(effect.sent);
                }
            }
            if calls > SKETCHED_CALLS {
                return Ok(sketch);
            }
        }
    }
}
