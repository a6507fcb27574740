//! The handlers of a model for the symbolic engine: the compiler's calls, on local states without their inboxes. It
//! must not know diagrams.

use super::component::{Component, Delivery, Inbox};
use super::decode::compare;
use crate::engine::components::compile::{Act, Compiler, Gathered};
use crate::engine::components::intern::Values;
use crate::engine::components::questions::{AskKind, Kinds, Observer};
use crate::engine::fault::{guarded, Fault, SOMETHING};
use crate::engine::symbolic::handlers::{Effect, Handlers, Reaction, Start};
use crate::engine::LocalBoundary;
use crate::engine::{Action, Checkable, Lens, Refusal};
use stateright::actor::{ActorModel, LossyNetwork};
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt::Debug;
use std::hash::Hash;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Once};

/// A compiler of which only the handlers are used.
pub(in crate::engine) struct Called<A: Checkable, C, H, O>
where
    A::Msg: Ord,
    A::Timer: Ord,
    H: Clone + Debug + Hash,
{
    compiler: Compiler<A, C, H, O>,
    /// The local states of each actor: components with an empty inbox.
    locals: Vec<Values<Vec<u32>>>,
    /// What each action is, and which actor takes it.
    acts: Vec<(usize, Act)>,
}

impl<A, C, H, O> Called<A, C, H, O>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    /// The handlers of a model.
    ///
    /// # Errors
    /// Refuses a network that no model has, and a boundary that is not declared actor by actor.
    pub(in crate::engine) fn new(
        model: Arc<ActorModel<A, C, H>>,
        lenses: &[Lens<A, O>],
        boundary: Option<LocalBoundary<A>>,
    ) -> Result<Self, Refusal> {
        let compiler = Compiler::new(model, boundary, lenses.iter().flat_map(Observer::of).collect())?;
        if compiler.is_bounded {
            let what = "its boundary is a function of whole states; one that looks at each local state can be declared";
            return Err(Refusal::Unsupported(what.into()));
        }
        let locals = (0..compiler.fields.actors).map(|_| Values::new()).collect();
        Ok(Called { compiler, locals, acts: Vec::new() })
    }

    /// The action with this number, as stateright names it.
    pub(in crate::engine) fn action(&self, number: u32) -> Action<A> {
        let (actor, act) = self.acts[number as usize];
        self.compiler.action_of(actor, act)
    }

    /// What is observed through a lens, by its number.
    pub(in crate::engine) fn seen(&self, lens: usize, number: u32) -> O {
        self.compiler.lenses[lens].value(number)
    }

    /// The state of an actor in a local state.
    pub(in crate::engine) fn local(&self, actor: usize, local: u32) -> Arc<A::State> {
        Arc::clone(&self.compiler.states[self.locals[actor][local][0]])
    }

    fn number(&mut self, actor: usize, act: Act) -> u32 {
        self.acts.push((actor, act));
        (self.acts.len() - 1) as u32
    }

    fn effect(&mut self, actor: usize, act: Act, mut after: Component, gathered: Gathered) -> Effect {
        let mut sent = std::mem::take(&mut after.inbox).0;
        if let (Act::Deliver(envelope), Delivery::Duplicating) = (act, self.compiler.delivery) {
            sent.retain(|&other| other != envelope); // it was never taken out
        }
        sent.extend(gathered.arrivals.into_iter().flat_map(|(_, envelopes)| envelopes));
        let down = match act {
            Act::Crash => 1,
            Act::Recover => -1,
            Act::Drop(_) | Act::Deliver(_) | Act::Timeout(_) | Act::Choose { .. } => 0,
        };
        let local = self.locals[actor].intern(after.encode());
        Effect { local, sent, recorded: gathered.records, last: gathered.last, down }
    }
}

impl<A, C, H, O> Handlers for Called<A, C, H, O>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    fn actors(&self) -> usize {
        self.compiler.fields.actors
    }

    fn delivery(&self) -> Delivery {
        self.compiler.delivery
    }

    fn is_lossy(&self) -> bool {
        self.compiler.model.lossy_network == LossyNetwork::Yes
    }

    fn most_crashes(&self) -> usize {
        self.compiler.model.max_crashes
    }

    fn start(&mut self) -> Result<Start, Refusal> {
        let actors = self.actors();
        let ids = guarded(|| self.compiler.initial())??;
        let mut start = Start { locals: Vec::new(), envelopes: Vec::new(), last: None, history: 0 };
        for (actor, &id) in ids[..actors].iter().enumerate() {
            let mut component = Component::decode(&self.compiler.components[actor].words[id as usize]);
            start.envelopes.extend(std::mem::take(&mut component.inbox).0);
            if !self.compiler.is_within(actor, &component) {
                return Err(Refusal::Unsupported("the initial state is outside the boundary".into()));
            }
            start.locals.push(self.locals[actor].intern(component.encode()));
        }
        start.envelopes.extend(self.compiler.components[actors].words[ids[actors] as usize].iter());
        start.last = self.compiler.lasts[ids[self.compiler.fields.last()]];
        start.history = ids[self.compiler.fields.history()];
        Ok(start)
    }

    fn channel(&self, envelope: u32) -> (usize, usize) {
        self.compiler.channel(envelope)
    }

    fn internal(&mut self, actor: usize, local: u32) -> Vec<u32> {
        let component = Component::decode(&self.locals[actor][local]);
        let acts = self.compiler.possible(&component);
        acts.into_iter().map(|act| self.number(actor, act)).collect()
    }

    fn deliver(&mut self, envelope: u32) -> u32 {
        self.number(self.compiler.channel(envelope).1, Act::Deliver(envelope))
    }

    fn lose(&mut self, envelope: u32) -> u32 {
        self.number(self.compiler.channel(envelope).1, Act::Drop(envelope))
    }

    fn call(&mut self, actor: usize, local: u32, action: u32) -> Result<Reaction, Fault> {
        let act = self.acts[action as usize].1;
        let mut before = Component::decode(&self.locals[actor][local]);
        if let Act::Deliver(envelope) = act {
            if before.crashed {
                return Ok(Reaction::Barred);
            }
            before.inbox = Inbox(vec![envelope]);
        }
        Ok(match quietly(|| self.compiler.act(actor, &before, act))? {
            None => Reaction::Ignored,
            Some((after, _)) if !self.compiler.is_within(actor, &after) => Reaction::Barred,
            Some((after, gathered)) => Reaction::Step(self.effect(actor, act, after, gathered)),
        })
    }

    fn record(&mut self, history: u32, recorded: &[(bool, u32)]) -> u32 {
        let history = self.compiler.recorded(self.compiler.histories[history].clone(), recorded);
        self.compiler.intern_history(history)
    }

    fn compare(&self, one: u32, other: u32) -> Ordering {
        compare(&self.action(one), &self.action(other))
    }

    fn kinds(&self) -> Vec<Kinds> {
        self.compiler.lenses.iter().map(Observer::kinds).collect()
    }

    fn observe(&mut self, lens: usize, actor: usize, local: u32) -> u32 {
        let state = self.locals[actor][local][0];
        self.compiler.lenses[lens].observe(actor, state, &self.compiler.states[state])
    }

    fn has_canonical(&self, lens: usize) -> bool {
        self.compiler.lenses[lens].has_canonical()
    }

    fn canonical(&mut self, lens: usize, seen: &mut [u32]) {
        self.compiler.lenses[lens].canonical(seen);
    }

    fn ask(&self, lens: usize, kind: AskKind, before: &[u32], after: &[u32]) -> u64 {
        self.compiler.lenses[lens].ask(kind, before, after)
    }
}

thread_local! {
    /// True while a handler runs whose panic is not to be printed.
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a handler on a local state and an envelope that may never meet. A panic is a fault, and is not printed: it
/// matters only if a reachable state has both.
fn quietly<T>(run: impl FnOnce() -> T) -> Result<T, Fault> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                print(info);
            }
        }));
    });
    IS_QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    IS_QUIET.set(false);
    result.map_err(|payload| Fault::caught(payload, SOMETHING))
}
