//! That a proof is about the handlers: every step of theirs, from every type-correct local state, is a step of the text or
//! none at all. Steps are local, so that is enough for every state at those bounds.

use super::script::{Script, Structure};
use crate::family::{Abstraction, Atom, Family, Local};
use crate::induction::tables::{Event, Tables, Transition};
use stateright::actor::Id;
use std::collections::BTreeSet;

/// What was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refined {
    /// The transitions of the handlers that were compared.
    pub transitions: usize,
    /// How many of them are no step of the text: they change nothing that it speaks of.
    pub stutters: usize,
    /// How many are steps of each kind, in the order of the text.
    pub steps: Vec<usize>,
}

/// Compares every transition with the text.
///
/// # Errors
/// The first one that is no step of the text, or what cannot be read of it.
pub fn refine<F: Family>(
    text: &str,
    tables: &Tables<F>,
    abstraction: &Abstraction<F>,
    name: impl Fn(Id) -> String,
) -> Result<Refined, String> {
    let script = Script::read(text)?;
    let told = tables.messages.iter().flat_map(|message| (abstraction.message)(message)).collect();
    let mut comparison = Comparison { script: &script, tables, abstraction, owned: Vec::new(), told };
    comparison.owned = (0..tables.locals.len()).map(|node| comparison.owned_by(node)).collect();
    let mut fixed = Structure::new(&script, &abstraction.sorts)?;
    comparison.put(&mut fixed, abstraction.fixed.iter(), true)?;
    if !script.is_granted(&fixed) {
        return Err("what the text takes for granted is not so at these bounds".into());
    }
    let mut refined = Refined { steps: vec![0; script.steps.len()], ..Refined::default() };
    for (event, transitions) in &tables.events {
        for transition in transitions {
            refined.transitions += 1;
            match comparison.step(event, transition)? {
                Found::Stutter => refined.stutters += 1,
                Found::Step(step) => refined.steps[step] += 1,
                Found::Nothing => {
                    let node = tables.node(event);
                    let local = |number: u32| F::local(&tables.locals[node][number as usize].0 .0);
                    let what = match event {
                        Event::Deliver(message) => F::message(&tables.messages[*message as usize].msg),
                        Event::Timeout(_, timer) => format!("{timer:?}"),
                    };
                    let (node, from, to) = (name(node.into()), local(transition.from), local(transition.to));
                    return Err(format!("no step of the text: {node} {from} takes {what} and becomes {to}"));
                }
            }
        }
    }
    Ok(refined)
}

enum Found {
    Stutter,
    Step(usize),
    Nothing,
}

struct Comparison<'a, F: Family> {
    script: &'a Script,
    tables: &'a Tables<F>,
    abstraction: &'a Abstraction<F>,
    /// What each node may make hold, in any of its local states.
    owned: Vec<BTreeSet<Atom>>,
    /// What messages may make hold.
    told: BTreeSet<Atom>,
}

impl<F: Family> Comparison<'_, F> {
    fn local(&self, node: usize, number: u32) -> Vec<Atom> {
        let local: &Local<F> = &self.tables.locals[node][number as usize].0 .0;
        (self.abstraction.local)(node.into(), local)
    }

    fn owned_by(&self, node: usize) -> BTreeSet<Atom> {
        let facts = (0..self.tables.facts.len()).filter(|fact| self.tables.facts[*fact] == node);
        let facts = facts.flat_map(|fact| self.abstraction.facts[fact].clone());
        let locals = 0..self.tables.locals[node].len() as u32;
        locals.flat_map(|number| self.local(node, number)).chain(facts).collect()
    }

    /// The kind of step that a transition is, whatever else holds: once where nothing
    /// else does, and once where everything does that other nodes and messages may make hold.
    fn step(&self, event: &Event<crate::family::Timer<F>>, transition: &Transition) -> Result<Found, String> {
        let node = self.tables.node(event);
        let message = |number: u32| (self.abstraction.message)(&self.tables.messages[number as usize]);
        let made: Vec<Atom> = transition
            .sends
            .iter()
            .flat_map(|sent| message(*sent))
            .chain(transition.facts.iter().flat_map(|fact| self.abstraction.facts[*fact as usize].clone()))
            .collect();
        let taken = match event {
            Event::Deliver(number) => message(*number),
            Event::Timeout(..) => Vec::new(),
        };
        let mut pairs = Vec::new();
        for everything in [false, true] {
            let mut around = Structure::new(self.script, &self.abstraction.sorts)?;
            if everything {
                self.put(&mut around, self.owned.iter().flatten().chain(&self.told), true)?;
            }
            self.put(&mut around, self.owned[node].iter().chain(&made), false)?;
            self.put(&mut around, self.abstraction.fixed.iter().chain(&taken), true)?;
            let (mut before, mut after) = (around.clone(), around);
            self.put(&mut before, self.local(node, transition.from).iter(), true)?;
            self.put(&mut after, self.local(node, transition.to).iter().chain(&made), true)?;
            pairs.push((before, after));
        }
        if pairs.iter().all(|(before, after)| before == after) {
            return Ok(Found::Stutter);
        }
        let is_step = |step: &usize| {
            let step = &self.script.steps[*step];
            pairs.iter().all(|(before, after)| step.leads(before, after))
        };
        Ok((0..self.script.steps.len()).find(is_step).map_or(Found::Nothing, Found::Step))
    }

    fn put<'b>(
        &self,
        structure: &mut Structure,
        atoms: impl Iterator<Item = &'b Atom>,
        truth: bool,
    ) -> Result<(), String> {
        atoms.into_iter().try_for_each(|atom| structure.set(self.script, atom, truth))
    }
}
