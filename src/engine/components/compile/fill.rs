//! Fills the tables: moves of components, by running their handlers, and what effects make of components. It must not know
//! how states are packed, stored or searched.

use super::component::{Component, Inbox};
use super::{Act, Compiler, Doing};
use crate::engine::components::tables::{Effect, Miss, MOST_MOVES};
use crate::engine::Refusal;
use stateright::actor::Actor;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

impl<A, C, H, O> Compiler<A, C, H, O>
where
    A: Actor,
    A::Msg: Ord,
    A::Timer: Ord,
    C: Clone,
    H: Clone + Debug + Hash,
    O: Clone + Eq + Hash,
{
    /// Fills one entry of the tables.
    pub fn fill(&mut self, miss: Miss) -> Result<(), Refusal> {
        match miss {
            Miss::Moves { field, component } if field == self.fields.orphans() => self.fill_orphans(field, component),
            Miss::Moves { field, component } => self.fill_moves(field, component),
            Miss::Effect { row, component } => self.fill_effect(row, component),
        }
    }

    fn fill_effect(&mut self, row: u32, component: u32) -> Result<(), Refusal> {
        let (field, doing) = self.rows[row as usize].clone();
        let field = field as usize;
        let next = match doing {
            Doing::Last(envelope) => self.intern_last(Some(envelope)),
            Doing::Record(records) => {
                let history = self.recorded(self.histories[component].clone(), &records);
                self.intern_history(history)
            }
            Doing::Arrive(envelopes) => {
                let words = Arc::clone(&self.components[field].words[component as usize]);
                let is_actor = field < self.fields.actors;
                let mut decoded = is_actor.then(|| Component::decode(&words));
                let mut orphans = Inbox(if is_actor { Vec::new() } else { words.to_vec() });
                let inbox = decoded.as_mut().map_or(&mut orphans, |component| &mut component.inbox);
                for envelope in envelopes {
                    inbox.send(self.delivery, envelope, |envelope| self.channel(envelope));
                }
                match &decoded {
                    Some(decoded) => self.intern_component(field, decoded)?,
                    None => self.intern_words(field, orphans.0, false)?,
                }
            }
        };
        if !self.tables.set_effect(row, component, component ^ next) {
            return Err(Refusal::Unsupported(format!("more than {} arrivals of envelopes at components", u32::MAX)));
        }
        Ok(())
    }

    /// Envelopes to actors that do not exist can only be lost.
    fn fill_orphans(&mut self, field: usize, number: u32) -> Result<(), Refusal> {
        let inbox = Inbox(self.components[field].words[number as usize].to_vec());
        let mut moves = Vec::new();
        let mut acts = Vec::new();
        for envelope in inbox.deliverable(self.delivery, |envelope| self.channel(envelope)) {
            let mut rest = inbox.clone();
            rest.remove(envelope);
            let next = self.intern_words(field, rest.0, false)?;
            moves.push((number ^ next, 0, Vec::new()));
            acts.push(Act::Drop(envelope));
        }
        self.set_moves(field, number, &moves, &acts)
    }

    fn set_moves(
        &mut self,
        field: usize,
        number: u32,
        moves: &[(u32, u32, Vec<Effect>)],
        acts: &[Act],
    ) -> Result<(), Refusal> {
        let ends_with_crash = matches!(acts.last(), Some(Act::Crash));
        if !self.tables.set_moves(field, number, moves, ends_with_crash) {
            let what = format!(
                "actor {field} has {} moves in one state; {MOST_MOVES} have a place, and {} in all",
                moves.len(),
                u32::MAX
            );
            return Err(Refusal::Unsupported(what));
        }
        self.acts.extend(acts);
        Ok(())
    }

    fn fill_moves(&mut self, field: usize, number: u32) -> Result<(), Refusal> {
        let before = Component::decode(&self.components[field].words[number as usize]);
        let mut moves = Vec::new();
        let mut acts = Vec::new();
        for act in self.possible(&before) {
            let Some((after, gathered)) = self.act(field, &before, act) else { continue };
            if !self.is_within(field, &after) {
                continue;
            }
            let next = self.intern_component(field, &after)?;
            let effects = self.effects_of(gathered);
            moves.push((number ^ next, self.changes(field, number, next), effects));
            acts.push(act);
        }
        self.set_moves(field, number, &moves, &acts)
    }

    /// False if an actor's local state is outside the boundary that looks at each actor by itself.
    pub fn is_within(&self, actor: usize, component: &Component) -> bool {
        self.boundary.as_ref().is_none_or(|is_within| is_within(actor, &self.states[component.state]))
    }

    /// The lenses that tell two components apart, as [`crate::engine::components::tables::Move::changes`] says it.
    fn changes(&self, field: usize, before: u32, after: u32) -> u32 {
        let differs = |lens: &Vec<Vec<u32>>| lens[field][before as usize] != lens[field][after as usize];
        let lenses = self.tables.observations.iter().enumerate();
        lenses.filter(|(_, lens)| differs(lens)).fold(0, |mask, (number, _)| mask | 1 << number.min(31))
    }
}
