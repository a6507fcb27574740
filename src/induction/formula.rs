//! Formulas over the tables of a model, and what an event makes of them: weakest preconditions, which have no variables of
//! the state after it.

use super::tables::{Event, Tables, Transition};
use crate::family::{Assertion, Family, Timer};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// A set of local states of a node.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Set(Rc<[u64]>);

impl Set {
    /// The local states with these numbers, of so many.
    pub fn new(among: usize, members: impl IntoIterator<Item = usize>) -> Self {
        let mut words = vec![0; among.div_ceil(64)];
        members.into_iter().for_each(|member| words[member / 64] |= 1 << (member % 64));
        Set(words.into())
    }

    /// True iff it has this local state.
    pub fn has(&self, member: usize) -> bool {
        self.0[member / 64] >> (member % 64) & 1 == 1
    }
}

/// A formula.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Formula {
    /// What is always so, or never.
    Constant(bool),
    /// The local state of this node is one of these.
    Local(usize, Set),
    /// This message was sent.
    Sent(u32),
    /// This fact is one.
    Fact(u32),
    /// It is not so.
    Not(Rc<Formula>),
    /// All of them are so.
    All(Rc<[Formula]>),
    /// Some of them is so.
    Any(Rc<[Formula]>),
}

impl Formula {
    /// All of these are so.
    pub fn all(these: impl IntoIterator<Item = Formula>) -> Self {
        !Formula::any(these.into_iter().map(|this| !this))
    }

    /// Some of these is so.
    pub fn any(these: impl IntoIterator<Item = Formula>) -> Self {
        let mut some = Vec::new();
        for this in these {
            match this {
                Formula::Constant(false) => {}
                Formula::Constant(true) => return this,
                _ => some.push(this),
            }
        }
        match some.len() {
            0 => Formula::Constant(false),
            1 => some.swap_remove(0),
            _ => Formula::Any(some.into()),
        }
    }

    /// The local state of a node is one of these, of so many.
    pub fn local(node: usize, among: usize, set: Set) -> Self {
        let count = (0..among).filter(|local| set.has(*local)).count();
        match count {
            0 => Formula::Constant(false),
            _ if count == among => Formula::Constant(true),
            _ => Formula::Local(node, set),
        }
    }

    /// The formula of an assertion.
    pub fn of<F: Family>(assertion: &Assertion<F>, tables: &Tables<F>) -> Self {
        match assertion {
            Assertion::Local(node, is_so) => {
                let node = usize::from(*node);
                let locals = &tables.locals[node];
                let members = (0..locals.len()).filter(|local| is_so(&locals[*local].0 .0));
                Formula::local(node, locals.len(), Set::new(locals.len(), members))
            }
            Assertion::Sent(envelope) => tables.message(envelope).map_or(Formula::Constant(false), Formula::Sent),
            Assertion::Fact(fact) => Formula::Fact(*fact as u32),
            Assertion::Not(other) => !Formula::of(other, tables),
            Assertion::All(these) => Formula::all(these.iter().map(|this| Formula::of(this, tables))),
            Assertion::Any(these) => Formula::any(these.iter().map(|this| Formula::of(this, tables))),
        }
    }

    /// Every set of local states that it reads, with its node.
    pub fn sets(&self, into: &mut impl FnMut(usize, &Set)) {
        match self {
            Formula::Local(node, set) => into(*node, set),
            Formula::Not(other) => other.sets(into),
            Formula::All(these) | Formula::Any(these) => these.iter().for_each(|this| this.sets(into)),
            Formula::Constant(_) | Formula::Sent(_) | Formula::Fact(_) => {}
        }
    }

    /// The same formula with each set of local states replaced.
    pub fn map(&self, replaced: &impl Fn(usize, &Set) -> Formula) -> Self {
        match self {
            Formula::Local(node, set) => replaced(*node, set),
            Formula::Not(other) => !other.map(replaced),
            Formula::All(these) => Formula::all(these.iter().map(|this| this.map(replaced))),
            Formula::Any(these) => Formula::any(these.iter().map(|this| this.map(replaced))),
            Formula::Constant(_) | Formula::Sent(_) | Formula::Fact(_) => self.clone(),
        }
    }

    /// Its truth in a state.
    pub fn is_true_of(&self, state: &State) -> bool {
        match self {
            Formula::Constant(truth) => *truth,
            Formula::Local(node, set) => set.has(state.locals[*node] as usize),
            Formula::Sent(message) => state.sent.contains(message),
            Formula::Fact(fact) => state.facts.contains(fact),
            Formula::Not(other) => !other.is_true_of(state),
            Formula::All(these) => these.iter().all(|this| this.is_true_of(state)),
            Formula::Any(these) => these.iter().any(|this| this.is_true_of(state)),
        }
    }
}

impl std::ops::Not for Formula {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Formula::Constant(truth) => Formula::Constant(!truth),
            Formula::Not(other) => (*other).clone(),
            Formula::Any(these) => Formula::All(these.iter().map(|this| !this.clone()).collect()),
            Formula::All(these) => Formula::Any(these.iter().map(|this| !this.clone()).collect()),
            Formula::Local(..) | Formula::Sent(_) | Formula::Fact(_) => Formula::Not(Rc::new(self)),
        }
    }
}

/// A type-correct state: the number of each node's local state, the messages ever sent, the facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Of each node, the number of its local state.
    pub locals: Vec<u32>,
    /// The messages sent.
    pub sent: BTreeSet<u32>,
    /// The facts.
    pub facts: BTreeSet<u32>,
}

impl State {
    /// The initial state.
    pub fn initial<F: Family>(tables: &Tables<F>) -> Self {
        State { locals: vec![0; tables.locals.len()], sent: tables.first.clone(), facts: BTreeSet::new() }
    }

    /// The state after an event; `None` if nothing happens.
    pub fn after<F: Family>(&self, tables: &Tables<F>, event: &Event<Timer<F>>) -> Option<Self> {
        let node = tables.node(event);
        let transition = tables.events[event].iter().find(|transition| transition.from == self.locals[node])?;
        let mut after = self.clone();
        after.locals[node] = transition.to;
        after.sent.extend(&transition.sends);
        after.facts.extend(&transition.facts);
        Some(after)
    }
}

/// What an event makes of formulas.
pub struct Effect<'a> {
    node: usize,
    locals: usize,
    transitions: &'a [Transition],
    sends: HashMap<u32, Formula>,
    facts: HashMap<u32, Formula>,
    memo: HashMap<Set, Option<Formula>>,
    /// The event changes the local state of its node.
    pub is_enabled: Formula,
}

impl<'a> Effect<'a> {
    /// The effect of these transitions of a node with so many local states.
    pub fn new(node: usize, locals: usize, transitions: &'a [Transition]) -> Self {
        let mut sends: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut facts: HashMap<u32, Vec<usize>> = HashMap::new();
        for transition in transitions {
            let from = transition.from as usize;
            transition.sends.iter().for_each(|message| sends.entry(*message).or_default().push(from));
            transition.facts.iter().for_each(|fact| facts.entry(*fact).or_default().push(from));
        }
        let formula = |members: Vec<usize>| Formula::local(node, locals, Set::new(locals, members));
        let formulas = |made: HashMap<u32, Vec<usize>>| made.into_iter().map(|(k, v)| (k, formula(v))).collect();
        let is_enabled = formula(transitions.iter().map(|transition| transition.from as usize).collect());
        let (sends, facts) = (formulas(sends), formulas(facts));
        Effect { node, locals, transitions, sends, facts, memo: HashMap::new(), is_enabled }
    }

    /// What must be so before the event for this to be so after it, given that the event is enabled; `None` if that is
    /// the same.
    pub fn before(&mut self, formula: &Formula) -> Option<Formula> {
        match formula {
            Formula::Constant(_) => None,
            Formula::Local(node, _) if *node != self.node => None,
            Formula::Local(_, set) => {
                if !self.memo.contains_key(set) {
                    let before = self.before_local(set);
                    self.memo.insert(set.clone(), before);
                }
                self.memo[set].clone()
            }
            Formula::Sent(message) => Some(Formula::any([formula.clone(), self.sends.get(message)?.clone()])),
            Formula::Fact(fact) => Some(Formula::any([formula.clone(), self.facts.get(fact)?.clone()])),
            Formula::Not(other) => self.before(other).map(|before| !before),
            Formula::All(these) => self.before_each(these).map(Formula::all),
            Formula::Any(these) => self.before_each(these).map(Formula::any),
        }
    }

    fn before_local(&self, set: &Set) -> Option<Formula> {
        let is_changed = |step: &Transition| set.has(step.from as usize) != set.has(step.to as usize);
        let into = |step: &&Transition| set.has(step.to as usize);
        let members = self.transitions.iter().filter(into).map(|step| step.from as usize);
        let before = || Formula::local(self.node, self.locals, Set::new(self.locals, members));
        self.transitions.iter().any(is_changed).then(before)
    }

    fn before_each(&mut self, these: &[Formula]) -> Option<Vec<Formula>> {
        let before: Vec<_> = these.iter().map(|this| self.before(this)).collect();
        let is_changed = before.iter().any(Option::is_some);
        is_changed.then(|| before.into_iter().zip(these).map(|(b, this)| b.unwrap_or_else(|| this.clone())).collect())
    }
}
