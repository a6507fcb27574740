//! The variables in an order, the diagram over them, and the events learnt so far. It must not know how reachable sets
//! are computed.

use super::diagram::{Diagram, Set};
use super::encoding::{Encoding, Learnt};
use super::halt::{Budget, Halt};
use super::numbers::StableMap;

/// What an event does on one level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) level: usize,
    kind: Kind,
}

impl Operation {
    /// The number of its function, if it has one.
    pub(super) fn function(self) -> Option<u32> {
        match self.kind {
            Kind::Relation => None,
            Kind::Function(function) => Some(function),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The relation of the event.
    Relation,
    /// The function with this number.
    Function(u32),
}

/// Actions of one kind: a relation on one variable and functions on others. All of them happen, or none does.
pub(super) struct Event {
    /// From the highest level down.
    pub(super) operations: Vec<Operation>,
    /// The variable of the relation.
    pub(super) actor: Option<usize>,
    pub(super) functions: Vec<u32>,
    /// The ways of the relation, sorted.
    pub(super) relation: Vec<Way>,
}

/// One way through a relation, and how many actions take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) actions: u32,
}

/// A result of a function that was not asked for yet, and that there is none.
const UNKNOWN: u32 = u32::MAX;
const NONE: u32 = u32::MAX - 1;

/// Where the search takes place.
pub(super) struct Space<'h> {
    pub(super) encoding: Encoding<'h>,
    pub(super) diagram: Diagram,
    /// The variable at each level, and back.
    pub(super) variable_at: Vec<usize>,
    pub(super) level_of: Vec<usize>,
    pub(super) events: Vec<Event>,
    numbers: StableMap<(Option<usize>, Vec<u32>), u32>,
    /// By level, the events whose highest operation is there.
    pub(super) topped: Vec<Vec<u32>>,
    /// By function and number, its results so far.
    results: Vec<Vec<u32>>,
    /// By level and number, whether it was reached.
    reached: Vec<Vec<bool>>,
    learnt: Vec<Learnt>,
}

impl<'h> Space<'h> {
    pub(super) fn new(encoding: Encoding<'h>, order: Vec<usize>, budget: Budget) -> Self {
        let levels = order.len();
        let mut level_of = vec![0; levels];
        order.iter().enumerate().for_each(|(level, &variable)| level_of[variable] = level);
        Space {
            encoding,
            diagram: Diagram::new(levels, budget),
            variable_at: order,
            level_of,
            events: Vec::new(),
            numbers: StableMap::default(),
            topped: vec![Vec::new(); levels],
            results: Vec::new(),
            reached: vec![Vec::new(); levels],
            learnt: Vec::new(),
        }
    }

    /// A state, level by level.
    pub(super) fn by_level(&self, state: &[u32]) -> Vec<u32> {
        self.variable_at.iter().map(|&variable| state[variable]).collect()
    }

    /// True iff a number was reached.
    pub(super) fn is_reached(&self, level: usize, value: u32) -> bool {
        self.reached[level].get(value as usize).copied().unwrap_or(false)
    }

    /// The numbers of a level that were reached.
    pub(super) fn reached_at(&self, level: usize) -> impl Iterator<Item = u32> + use<'_, 'h> {
        (0..self.reached[level].len() as u32).filter(move |&value| self.reached[level][value as usize])
    }

    /// Learns what can happen because a level has a number for the first time.
    #[inline]
    pub(super) fn reach(&mut self, level: usize, value: u32) -> Result<(), Halt> {
        if self.is_reached(level, value) {
            return Ok(());
        }
        let reached = &mut self.reached[level];
        if reached.len() <= value as usize {
            reached.resize(value as usize + 1, false);
        }
        reached[value as usize] = true;
        let mut learnt = std::mem::take(&mut self.learnt);
        self.encoding.reach(self.variable_at[level], value, &mut learnt)?;
        learnt.drain(..).for_each(|learnt| self.learn(learnt));
        self.learnt = learnt;
        Ok(())
    }

    fn learn(&mut self, learnt: Learnt) {
        let Learnt { relation, functions } = learnt;
        let actor = relation.map(|(actor, ..)| actor);
        let number = match self.numbers.get(&(actor, functions.clone())) {
            Some(&known) => known,
            None => self.add_event(actor, functions),
        };
        if let Some((_, from, to)) = relation {
            let relation = &mut self.events[number as usize].relation;
            match relation.binary_search_by_key(&(from, to), |way| (way.from, way.to)) {
                Ok(place) => relation[place].actions += 1,
                Err(place) => relation.insert(place, Way { from, to, actions: 1 }),
            }
        }
    }

    fn add_event(&mut self, actor: Option<usize>, functions: Vec<u32>) -> u32 {
        let mut operations = self.operations(&functions);
        operations.extend(actor.map(|actor| Operation { level: self.level_of[actor], kind: Kind::Relation }));
        operations.sort_by_key(|operation| operation.level);
        let number = self.events.len() as u32;
        self.topped[operations[0].level].push(number);
        self.numbers.insert((actor, functions.clone()), number);
        self.events.push(Event { operations, actor, functions, relation: Vec::new() });
        number
    }

    /// The event of an actor, or of none, with these functions.
    pub(super) fn event_of(&self, actor: Option<usize>, functions: &[u32]) -> Option<u32> {
        self.numbers.get(&(actor, functions.to_vec())).copied()
    }

    fn operations(&self, functions: &[u32]) -> Vec<Operation> {
        let level = |function: u32| self.level_of[self.encoding.function(function).0];
        let operation = |&function: &u32| Operation { level: level(function), kind: Kind::Function(function) };
        functions.iter().map(operation).collect()
    }

    /// What an operation of an event makes of a number, way by way: the number that follows, and how many actions lead
    /// there.
    #[inline]
    pub(super) fn way(&mut self, event: u32, operation: Operation, value: u32, number: usize) -> Option<(u32, u32)> {
        match operation.kind {
            Kind::Relation => {
                let relation = &self.events[event as usize].relation;
                let first = relation.partition_point(|way| way.from < value);
                let way = relation.get(first + number).filter(|way| way.from == value)?;
                Some((way.to, way.actions))
            }
            Kind::Function(_) if number > 0 => None,
            Kind::Function(function) => Some((self.result(function, value)?, 1)),
        }
    }

    #[inline]
    fn result(&mut self, function: u32, value: u32) -> Option<u32> {
        let known = self.results.get(function as usize).and_then(|results| results.get(value as usize));
        let result = match known {
            Some(&result) if result != UNKNOWN => result,
            _ => self.compute(function, value),
        };
        (result != NONE).then_some(result)
    }

    #[cold]
    fn compute(&mut self, function: u32, value: u32) -> u32 {
        let result = self.encoding.apply(function, value).unwrap_or(NONE);
        if self.results.len() <= function as usize {
            self.results.resize(function as usize + 1, Vec::new());
        }
        let results = &mut self.results[function as usize];
        if results.len() <= value as usize {
            results.resize(value as usize + 1, UNKNOWN);
        }
        results[value as usize] = result;
        result
    }

    /// The states of a set in which an actor is in a local state and, if a function is named, that function applies.
    pub(super) fn meeting(&mut self, set: Set, actor: usize, local: u32, function: Option<u32>) -> Result<Set, Halt> {
        self.with_meeting(actor, [local].into_iter(), function, |space, event| space.enabled(event, set))
    }

    /// Asks about an event that can happen where an actor is in one of these local states, each named once, and where
    /// the function applies, if one is named.
    pub(super) fn with_meeting<T>(
        &mut self,
        actor: usize,
        locals: impl Iterator<Item = u32>,
        function: Option<u32>,
        ask: impl FnOnce(&mut Self, u32) -> T,
    ) -> T {
        let mut operations = self.operations(function.as_slice());
        operations.push(Operation { level: self.level_of[actor], kind: Kind::Relation });
        operations.sort_by_key(|operation| operation.level);
        let mut relation: Vec<Way> = locals.map(|local| Way { from: local, to: local, actions: 1 }).collect();
        relation.sort_unstable();
        // An event that is never fired: it stands in the list only while it is asked where it could be.
        self.events.push(Event { operations, actor: Some(actor), functions: Vec::new(), relation });
        let answer = ask(self, (self.events.len() - 1) as u32);
        self.events.pop();
        answer
    }
}
