//! Local states that no formula tells apart, now or after one event, and that send the same, merged into one. That is
//! exact for one step, and decides how long the solver takes.

use super::formula::{Formula, Set, State};
use super::tables::{Event, Tables, Transition};
use crate::family::Family;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A local state as far as one step from it shows: its own class, and what each event makes of it.
type Signature = (u32, Vec<(usize, u32, Vec<u32>, Vec<u32>)>);

/// The tables with local states merged into classes.
pub struct Merged<T> {
    /// The local state that stands for each class, by node: the first of it that the tables have.
    representatives: Vec<Vec<u32>>,
    /// What each event makes of the classes of its node.
    pub events: BTreeMap<Event<T>, Vec<Transition>>,
}

impl<T> Merged<T> {
    /// Merges what none of the formulas tells apart.
    pub fn new<'a, F: Family<Node: stateright::actor::Actor<Timer = T>>>(
        tables: &Tables<F>,
        formulas: impl IntoIterator<Item = &'a Formula>,
    ) -> Self
    where
        T: Ord + Clone,
    {
        let mut sets: Vec<HashSet<Set>> = tables.locals.iter().map(|_| HashSet::new()).collect();
        for formula in formulas {
            formula.sets(&mut |node, set| {
                sets[node].insert(set.clone());
            });
        }
        let now: Vec<Vec<u32>> =
            tables.locals.iter().zip(&sets).map(|(locals, sets)| told(locals.len(), sets)).collect();
        let mut steps: Vec<Vec<_>> = tables.locals.iter().map(|locals| vec![Vec::new(); locals.len()]).collect();
        for (number, (event, transitions)) in tables.events.iter().enumerate() {
            let node = tables.node(event);
            for Transition { from, to, sends, facts } in transitions {
                let step = (number, now[node][*to as usize], sends.clone(), facts.clone());
                steps[node][*from as usize].push(step);
            }
        }
        let (mut classes, mut representatives) = (Vec::new(), Vec::new());
        for (now, steps) in now.iter().zip(steps) {
            let mut numbers: HashMap<Signature, u32> = HashMap::new();
            let mut firsts = Vec::new();
            let class = |(local, (now, steps)): (u32, (&u32, _))| {
                *numbers.entry((*now, steps)).or_insert_with(|| {
                    firsts.push(local);
                    (firsts.len() - 1) as u32
                })
            };
            classes.push((0..).zip(now.iter().zip(steps)).map(class).collect::<Vec<u32>>());
            representatives.push(firsts);
        }
        let merge = |(event, transitions): (&Event<T>, &Vec<Transition>)| {
            let node = tables.node(event);
            let class = |local: u32| classes[node][local as usize];
            let stands = |step: &&Transition| representatives[node][class(step.from) as usize] == step.from;
            let merged = |step: &Transition| Transition { from: class(step.from), to: class(step.to), ..step.clone() };
            (event.clone(), transitions.iter().filter(stands).map(merged).collect())
        };
        let events = tables.events.iter().map(merge).collect();
        Merged { representatives, events }
    }

    /// How many classes each node has.
    pub fn classes(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.representatives.iter().map(Vec::len)
    }

    /// A formula that was merged by, over classes.
    pub fn formula(&self, formula: &Formula) -> Formula {
        formula.map(&|node, set| {
            let representatives = &self.representatives[node];
            let members = (0..representatives.len()).filter(|class| set.has(representatives[*class] as usize));
            Formula::local(node, representatives.len(), Set::new(representatives.len(), members))
        })
    }

    /// A state of classes as a state of local states.
    pub fn state(&self, state: State) -> State {
        let local = |(class, representatives): (&u32, &Vec<u32>)| representatives[*class as usize];
        let locals = state.locals.iter().zip(&self.representatives).map(local).collect();
        State { locals, ..state }
    }
}

/// Numbers the local states of a node by which of the sets they are in.
fn told(locals: usize, sets: &HashSet<Set>) -> Vec<u32> {
    let mut numbers: HashMap<Vec<bool>, u32> = HashMap::new();
    let mut number = |local: usize| {
        let next = numbers.len() as u32;
        *numbers.entry(sets.iter().map(|set| set.has(local)).collect()).or_insert(next)
    };
    (0..locals).map(&mut number).collect()
}
