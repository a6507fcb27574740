//! How a global state becomes a tuple of small numbers, and what can happen becomes relations and functions on single
//! numbers. It must not know in which order the variables stand in a diagram.
//!
//! A variable is an actor's local state, what is in flight between two actors, the history, the last delivery of a
//! duplicating network, or how many actors are down. An action reads and writes one local state, takes at most one
//! envelope, adds others, and at most counts a crash and extends the history: a relation on one variable, and a partial
//! function on each of a few others. A handler runs once for a local state and an envelope, whether or not a reachable
//! state has both; if it panics, that is noted and matters only if one has.

use super::halt::Halt;
use super::handlers::{Effect, Handlers, Reaction};
use super::numbers::{Numbers, StableSet};
use super::sketch::Sketch;
use super::variable::{channel, Variable};
use crate::engine::components::compile::component::{Delivery, Inbox};
use crate::engine::{Fault, Refusal};

/// A partial function on the numbers of one variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Function {
    /// An envelope is taken out of a channel, if one is delivered from it, and others are added in this order.
    Transfer { taken: Option<u32>, added: Vec<u32> },
    /// An envelope is lost.
    Lose(u32),
    /// The history sees envelopes received (`true`) and sent (`false`).
    Record(Vec<(bool, u32)>),
    /// An envelope becomes the last delivery.
    Last(u32),
    /// So many more actors are down.
    Down(i8),
}

/// Something that can happen: an actor changes from one local state to another, if one takes part, and each function
/// is applied to its variable, in the order of the variables.
pub(super) struct Learnt {
    pub(super) relation: Option<(usize, u32, u32)>,
    pub(super) functions: Vec<u32>,
}

/// A transition of an actor out of one of its local states.
pub(super) struct Move {
    pub(super) action: u32,
    pub(super) to: u32,
    pub(super) functions: Vec<u32>,
}

/// An action that changes nothing in a local state.
pub(super) struct Ignored {
    pub(super) actor: usize,
    pub(super) local: u32,
    pub(super) action: u32,
    /// The envelope that it would deliver.
    pub(super) envelope: Option<u32>,
}

/// A handler that panicked, and where.
pub(super) struct Panicked {
    pub(super) actor: usize,
    pub(super) local: u32,
    /// The function that takes the delivered envelope.
    pub(super) taking: Option<u32>,
    pub(super) fault: Fault,
}

/// A model as variables, relations and functions.
pub(super) struct Encoding<'h> {
    pub(super) handlers: &'h mut dyn Handlers,
    pub(super) variables: Vec<Variable>,
    initial: Vec<u32>,
    /// By variable, what each number of a channel stands for.
    contents: Vec<Numbers<Vec<u32>>>,
    functions: Numbers<(usize, Function)>,
    /// The envelopes that could be taken so far, by the actor they go to.
    deliverable: Vec<Vec<(u32, u32)>>,
    seen: StableSet<u32>,
    /// The local states reached so far, by actor.
    locals: Vec<Vec<u32>>,
    /// The transitions out of each local state, by actor.
    pub(super) moves: Vec<Vec<Vec<Move>>>,
    pub(super) ignored: Vec<Ignored>,
    /// The action and the function of each loss.
    pub(super) losses: Vec<(u32, u32)>,
    pub(super) panicked: Vec<Panicked>,
    /// A channel that has no variable.
    pub(super) missing: Option<Variable>,
}

impl<'h> Encoding<'h> {
    /// The encoding of a model with variables for these channels and those of its initial state.
    pub(super) fn new(handlers: &'h mut dyn Handlers, sketch: &Sketch) -> Result<Self, Refusal> {
        let start = handlers.start()?;
        let actors = handlers.actors();
        let channels = start.envelopes.iter().map(|&envelope| channel(&*handlers, envelope));
        let mut channels: Vec<_> = channels.chain(sketch.channels.iter().copied()).collect();
        channels.sort_unstable();
        channels.dedup();
        let mut variables: Vec<_> = (0..actors).map(Variable::Local).chain(channels).collect();
        variables.extend([Variable::Last, Variable::History]);
        if (1..actors).contains(&handlers.most_crashes()) {
            variables.push(Variable::Down);
        }
        let mut encoding = Encoding {
            initial: Vec::new(),
            contents: variables.iter().map(|_| Numbers::default()).collect(),
            functions: Numbers::default(),
            deliverable: vec![Vec::new(); actors],
            seen: StableSet::default(),
            locals: vec![Vec::new(); actors],
            moves: (0..actors).map(|_| Vec::new()).collect(),
            ignored: Vec::new(),
            losses: Vec::new(),
            panicked: Vec::new(),
            missing: None,
            handlers,
            variables,
        };
        let mut inboxes = vec![Inbox::default(); encoding.variables.len()];
        for envelope in start.envelopes {
            let place = encoding.place(channel(&*encoding.handlers, envelope)).expect("the channel is one of these");
            encoding.send(&mut inboxes[place], envelope);
        }
        for (place, inbox) in inboxes.into_iter().enumerate() {
            let value = match encoding.variables[place] {
                Variable::Local(actor) => start.locals[actor],
                Variable::Channel(..) => encoding.contents[place].of(inbox.0),
                Variable::Last => start.last.map_or(0, |envelope| envelope + 1),
                Variable::History => start.history,
                Variable::Down => 0,
            };
            encoding.initial.push(value);
        }
        Ok(encoding)
    }

    /// The initial state, variable by variable.
    pub(super) fn initial(&self) -> &[u32] {
        &self.initial
    }

    /// Where a variable stands in the list.
    pub(super) fn place(&self, variable: Variable) -> Option<usize> {
        self.variables.iter().position(|&other| other == variable)
    }

    /// The variable that a function is on, and what it does.
    pub(super) fn function(&self, function: u32) -> &(usize, Function) {
        &self.functions[function]
    }

    fn send(&self, inbox: &mut Inbox, envelope: u32) {
        inbox.send(self.handlers.delivery(), envelope, |envelope| self.handlers.channel(envelope));
    }

    fn deliverable_of(&self, inbox: &Inbox) -> Vec<u32> {
        inbox.deliverable(self.handlers.delivery(), |envelope| self.handlers.channel(envelope))
    }

    /// To be called when a variable has a number for the first time: adds what can happen because of it.
    pub(super) fn reach(&mut self, place: usize, value: u32, learnt: &mut Vec<Learnt>) -> Result<(), Halt> {
        match self.variables[place] {
            Variable::Local(actor) => self.reach_local(actor, value, learnt),
            Variable::Channel(..) => {
                let inbox = Inbox(self.contents[place][value].clone());
                for envelope in self.deliverable_of(&inbox) {
                    if self.seen.insert(envelope) {
                        self.reach_envelope(place, envelope, learnt)?;
                    }
                }
                Ok(())
            }
            Variable::Last | Variable::History | Variable::Down => Ok(()),
        }
    }

    fn reach_local(&mut self, actor: usize, local: u32, learnt: &mut Vec<Learnt>) -> Result<(), Halt> {
        self.locals[actor].push(local);
        if self.moves[actor].len() <= local as usize {
            self.moves[actor].resize_with(local as usize + 1, Vec::new);
        }
        for action in self.handlers.internal(actor, local) {
            self.act(actor, local, action, None, learnt)?;
        }
        for at in 0..self.deliverable[actor].len() {
            let (envelope, action) = self.deliverable[actor][at];
            self.act(actor, local, action, Some(envelope), learnt)?;
        }
        Ok(())
    }

    fn reach_envelope(&mut self, place: usize, envelope: u32, learnt: &mut Vec<Learnt>) -> Result<(), Halt> {
        if self.handlers.is_lossy() {
            let function = self.functions.of((place, Function::Lose(envelope)));
            self.losses.push((self.handlers.lose(envelope), function));
            learnt.push(Learnt { relation: None, functions: vec![function] });
        }
        let actor = self.handlers.channel(envelope).1;
        if actor < self.locals.len() {
            let action = self.handlers.deliver(envelope);
            self.deliverable[actor].push((envelope, action));
            for at in 0..self.locals[actor].len() {
                let local = self.locals[actor][at];
                self.act(actor, local, action, Some(envelope), learnt)?;
            }
        }
        Ok(())
    }

    /// Finds out what an action does in a local state.
    fn act(
        &mut self,
        actor: usize,
        local: u32,
        action: u32,
        taken: Option<u32>,
        learnt: &mut Vec<Learnt>,
    ) -> Result<(), Halt> {
        match self.handlers.call(actor, local, action) {
            Ok(Reaction::Barred) => {}
            Ok(Reaction::Ignored) => self.ignored.push(Ignored { actor, local, action, envelope: taken }),
            Ok(Reaction::Step(effect)) => {
                let to = effect.local;
                let functions = self.functions_of(effect, taken)?;
                learnt.push(Learnt { relation: Some((actor, local, to)), functions: functions.clone() });
                self.moves[actor][local as usize].push(Move { action, to, functions });
            }
            Err(fault) => {
                let taking = taken.map(|envelope| self.taking(envelope)).transpose()?;
                self.panicked.push(Panicked { actor, local, taking, fault });
            }
        }
        Ok(())
    }

    /// The function that takes an envelope out of its channel.
    pub(super) fn taking(&mut self, envelope: u32) -> Result<u32, Halt> {
        let nothing = Effect { local: 0, sent: Vec::new(), recorded: Vec::new(), last: None, down: 0 };
        Ok(self.functions_of(nothing, Some(envelope))?[0])
    }

    /// The functions that make up an effect, in the order of their variables.
    fn functions_of(&mut self, effect: Effect, taken: Option<u32>) -> Result<Vec<u32>, Halt> {
        let mut transfers: Vec<(usize, Option<u32>, Vec<u32>)> = Vec::new();
        for (envelope, is_taken) in
            taken.into_iter().map(|taken| (taken, true)).chain(effect.sent.iter().map(|&sent| (sent, false)))
        {
            let channel = channel(&*self.handlers, envelope);
            let Some(place) = self.place(channel) else {
                self.missing = Some(channel);
                return Err(Halt::Channel);
            };
            let at = transfers.iter().position(|transfer| transfer.0 == place).unwrap_or_else(|| {
                transfers.push((place, None, Vec::new()));
                transfers.len() - 1
            });
            match is_taken {
                true => transfers[at].1 = Some(envelope),
                false => transfers[at].2.push(envelope),
            }
        }
        let mut parts = Vec::new();
        for (place, taken, mut added) in transfers {
            if self.handlers.delivery() != Delivery::Ordered {
                added.sort_unstable();
            }
            parts.push((place, Function::Transfer { taken, added }));
        }
        let place = |variable| self.place(variable);
        parts.extend(place(Variable::Last).zip(effect.last.map(Function::Last)));
        parts.extend(
            place(Variable::History)
                .filter(|_| !effect.recorded.is_empty())
                .map(|place| (place, Function::Record(effect.recorded))),
        );
        parts.extend(
            place(Variable::Down).filter(|_| effect.down != 0).map(|place| (place, Function::Down(effect.down))),
        );
        parts.sort_by_key(|(place, _)| *place);
        Ok(parts.into_iter().map(|part| self.functions.of(part)).collect())
    }

    /// What a function makes of a number of its variable.
    pub(super) fn apply(&mut self, function: u32, value: u32) -> Option<u32> {
        let (place, function) = self.functions[function].clone();
        match function {
            Function::Transfer { taken, added } => {
                let mut inbox = Inbox(self.contents[place][value].clone());
                if let Some(envelope) = taken {
                    if !self.deliverable_of(&inbox).contains(&envelope) {
                        return None;
                    }
                    if self.handlers.delivery() != Delivery::Duplicating {
                        inbox.remove(envelope);
                    }
                }
                added.into_iter().for_each(|envelope| self.send(&mut inbox, envelope));
                Some(self.contents[place].of(inbox.0))
            }
            Function::Lose(envelope) => {
                let mut inbox = Inbox(self.contents[place][value].clone());
                self.deliverable_of(&inbox).contains(&envelope).then(|| {
                    inbox.remove(envelope);
                    self.contents[place].of(inbox.0)
                })
            }
            Function::Record(recorded) => Some(self.handlers.record(value, &recorded)),
            Function::Last(envelope) => Some(envelope + 1),
            Function::Down(more) => {
                let down = value.checked_add_signed(more.into())?;
                (down as usize <= self.handlers.most_crashes()).then_some(down)
            }
        }
    }

    /// Every transition out of a reachable state, by its action.
    pub(super) fn steps(&mut self, state: &[u32]) -> Vec<(u32, Vec<u32>)> {
        let mut steps = Vec::new();
        for actor in 0..self.moves.len() {
            let local = state[actor] as usize;
            for at in 0..self.moves[actor][local].len() {
                let Move { action, to, ref functions } = self.moves[actor][local][at];
                let functions = functions.clone();
                let mut next = state.to_vec();
                next[actor] = to;
                steps.extend(self.applied(&functions, next).map(|next| (action, next)));
            }
        }
        for at in 0..self.losses.len() {
            let (action, function) = self.losses[at];
            steps.extend(self.applied(&[function], state.to_vec()).map(|next| (action, next)));
        }
        steps
    }

    fn applied(&mut self, functions: &[u32], mut state: Vec<u32>) -> Option<Vec<u32>> {
        for &function in functions {
            let place = self.functions[function].0;
            state[place] = self.apply(function, state[place])?;
        }
        Some(state)
    }

    /// The envelopes in flight that a number of a channel stands for.
    pub(super) fn in_flight(&self, place: usize, value: u32) -> &[u32] {
        &self.contents[place][value]
    }
}
