//! The whole graph of a compiled model: every state by its number, every transition, and where conditions are true. For
//! what no single path settles. It must not know what the graph is asked.

use super::compile::rebuilt::{with_state, Place};
use super::compile::{decode::compare, Act, Compiler};
use super::intern::{stable_hasher, stable_map, StableMap};
use super::search::expand::expand;
use super::search::packed::{Key, Layout, MOST_WORDS};
use super::tables::{Miss, Taken};
use crate::engine::control::Watch;
use crate::engine::fault::guarded;
use crate::engine::{Action, Checkable, Control, Counts, Limits, Refusal, State, Stopped};
use ahash::RandomState;
use stateright::actor::ActorModel;
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;

/// States and transitions at most, so that each has a number; a search that finds more is out of memory.
const MOST: usize = u32::MAX as usize - 1;
/// States between two looks at the clock, and between two at the memory.
const POLL_EVERY: usize = 64;
const MEASURE_EVERY: usize = 4096;

/// What an action is to the fairness of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A step of a node or of the network: not put off for ever. Actions with one number are alternatives.
    Due(u32),
    /// A loss of the envelope whose delivery is due by this number.
    Loss(u32),
    /// A crash.
    Crash,
    /// A recovery.
    Recovery,
}

/// A transition.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The state that it leads to.
    pub to: u32,
    /// The action that it takes.
    pub action: u32,
}

/// A state graph. The initial state is number 0.
pub struct Graph {
    /// Where the transitions of each state begin, and where the last ones end.
    starts: Vec<u32>,
    transitions: Vec<Transition>,
    /// What each action is to fairness.
    pub roles: Vec<Role>,
    /// How many numbers there are of what is due.
    pub duties: usize,
}

impl Graph {
    /// How many states there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The numbers of the transitions out of a state, in the order of their actions.
    pub fn out(&self, state: u32) -> Range<usize> {
        self.starts[state as usize] as usize..self.starts[state as usize + 1] as usize
    }

    /// A transition by its number.
    pub fn transition(&self, number: usize) -> Transition {
        self.transitions[number]
    }

    /// What the action of a transition is to fairness.
    pub fn role(&self, number: usize) -> Role {
        self.roles[self.transitions[number].action as usize]
    }
}

/// What an exploration found. The graph is whole iff it was exhausted.
pub struct Explored<A: Checkable> {
    pub stopped: Stopped,
    pub counts: Counts,
    pub graph: Graph,
    /// The actions, in the order of stateright's `ActorModel::actions`.
    pub actions: Vec<Action<A>>,
    /// For each condition the states where it is true.
    pub is_true: Vec<Vec<bool>>,
}

/// A condition of whole states.
pub type Condition<A, C, H> = Arc<dyn Fn(&ActorModel<A, C, H>, &State<A, H>) -> bool + Send + Sync>;

/// Explores all states, and looks where these conditions are true.
pub fn explore<A, C, H>(
    model: Arc<ActorModel<A, C, H>>,
    conditions: &[Condition<A, C, H>],
    limits: &Limits,
    control: &Arc<Control>,
) -> Result<Explored<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
{
    let mut explorer = Explorer::new(model, conditions)?;
    let stopped = explorer.run(limits, control)?;
    Ok(explorer.finish(stopped))
}

struct Explorer<'a, A: Checkable, C, H>
where
    H: Clone + Debug + Hash,
{
    compiler: Compiler<A, C, H, ()>,
    places: [Place<A, H>; 1],
    conditions: &'a [Condition<A, C, H>],
    layout: Layout,
    /// Component ids, as many as there are fields for each state.
    ids: Vec<u32>,
    /// Open addressing: the number of a state plus one, or 0.
    index: Vec<u32>,
    hasher: RandomState,
    starts: Vec<u32>,
    /// Where each transition leads, and the move that it takes.
    steps: Vec<(u32, Taken)>,
    is_true: Vec<Vec<bool>>,
    terminals: u64,
    depth: Option<u64>,
}

impl<'a, A, C, H> Explorer<'a, A, C, H>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
{
    fn new(model: Arc<ActorModel<A, C, H>>, conditions: &'a [Condition<A, C, H>]) -> Result<Self, Refusal> {
        let compiler = Compiler::new(model, None, Vec::new())?;
        let layout = layout(&compiler)?;
        Ok(Explorer {
            compiler,
            places: [Place::default()],
            conditions,
            layout,
            ids: Vec::new(),
            index: vec![0; 64],
            hasher: stable_hasher(),
            starts: vec![0],
            steps: Vec::new(),
            is_true: conditions.iter().map(|_| Vec::new()).collect(),
            terminals: 0,
            depth: None,
        })
    }

    fn fields(&self) -> usize {
        self.compiler.fields.count()
    }

    fn len(&self) -> usize {
        self.ids.len() / self.fields()
    }

    fn state(&self, number: usize) -> &[u32] {
        &self.ids[number * self.fields()..(number + 1) * self.fields()]
    }

    fn run(&mut self, limits: &Limits, control: &Arc<Control>) -> Result<Stopped, Refusal> {
        let watch = Watch::new(control.clone(), limits);
        let initial = guarded(|| self.compiler.initial())??;
        if self.numbered(&initial, limits)? == Numbered::Outside {
            return Ok(Stopped::Exhausted);
        }
        let (mut level_end, mut depth) = (1, 0);
        let mut is_cut = false;
        let mut number = 0;
        while number < self.len() {
            if number == level_end {
                (level_end, depth) = (self.len(), depth + 1);
            }
            self.depth = Some(depth);
            if number % POLL_EVERY == 0 {
                self.publish(control, number, depth);
                if let Some(stopped) = watch.stop() {
                    return Ok(stopped);
                }
            }
            if number % MEASURE_EVERY == 0 && watch.is_out_of_memory() {
                return Ok(Stopped::Memory);
            }
            let steps = self.expanded(number)?;
            match limits.max_depth == Some(depth) {
                true => is_cut |= self.leads_within(&steps)?,
                false => {
                    if let Some(stopped) = self.absorb(&steps, limits)? {
                        return Ok(stopped);
                    }
                }
            }
            number += 1;
        }
        self.publish(control, number, depth);
        Ok(if is_cut { Stopped::MaxDepth } else { Stopped::Exhausted })
    }

    fn publish(&self, control: &Control, expanded: usize, depth: u64) {
        control.unique_states.store(self.len() as u64, Relaxed);
        control.generated_states.store(self.steps.len() as u64 + 1, Relaxed);
        control.frontier.store((self.len() - expanded) as u64, Relaxed);
        control.depth.store(depth, Relaxed);
    }

    /// The moves out of a state, and the component ids that each leads to.
    fn expanded(&mut self, number: usize) -> Result<Vec<(Taken, Vec<u32>)>, Refusal> {
        loop {
            if !self.layout.holds(&self.compiler.tables.counts) {
                self.layout = layout(&self.compiler)?;
            }
            let key: Key<MOST_WORDS> = self.layout.pack(self.state(number));
            let mut steps = Vec::new();
            let visited = expand(&self.compiler.tables, &self.layout, key, |step| {
                let mut next = Vec::new();
                self.layout.unpack(step.next, &mut next);
                steps.push((step.taken, next));
            });
            match visited {
                Ok(()) => return Ok(steps),
                Err(miss) => self.fill(miss)?,
            }
        }
    }

    fn fill(&mut self, miss: Miss) -> Result<(), Refusal> {
        guarded(|| self.compiler.fill(miss))?
    }

    /// Adds the transitions out of a state, and the states that are new. Returns why the search has to end, if it has to.
    fn absorb(&mut self, steps: &[(Taken, Vec<u32>)], limits: &Limits) -> Result<Option<Stopped>, Refusal> {
        let before = self.steps.len();
        for (taken, ids) in steps {
            match self.numbered(ids, limits)? {
                Numbered::State(to) => self.steps.push((to, *taken)),
                Numbered::Outside => {}
                Numbered::TooMany(stopped) => return Ok(Some(stopped)),
            }
            if self.steps.len() > MOST {
                return Ok(Some(Stopped::Memory));
            }
        }
        self.terminals += u64::from(self.steps.len() == before);
        self.starts.push(self.steps.len() as u32);
        Ok(None)
    }

    /// True iff one of these moves is a transition.
    fn leads_within(&self, steps: &[(Taken, Vec<u32>)]) -> Result<bool, Refusal> {
        guarded(|| steps.iter().any(|(_, ids)| self.is_within(ids)))
    }

    fn is_within(&self, ids: &[u32]) -> bool {
        let model = &self.compiler.model;
        let look = |state: &State<A, H>| (model.within_boundary)(&model.cfg, state);
        !self.compiler.is_bounded || with_state(&self.compiler, &self.places, ids, look)
    }

    /// The number of the state with these component ids, which it is given if it is new.
    fn numbered(&mut self, ids: &[u32], limits: &Limits) -> Result<Numbered, Refusal> {
        let hash = self.hasher.hash_one(ids) as usize;
        let mut place = hash % self.index.len();
        while let Some(number) = self.index[place].checked_sub(1) {
            if self.state(number as usize) == ids {
                return Ok(Numbered::State(number));
            }
            place = (place + 1) % self.index.len();
        }
        if !guarded(|| self.is_within(ids))? {
            return Ok(Numbered::Outside);
        }
        let number = self.len();
        if limits.max_states.is_some_and(|most| number as u64 >= most) {
            return Ok(Numbered::TooMany(Stopped::MaxStates));
        }
        if number >= MOST {
            return Ok(Numbered::TooMany(Stopped::Memory));
        }
        self.ids.extend_from_slice(ids);
        self.index[place] = number as u32 + 1;
        if (number + 1) * 4 > self.index.len() * 3 {
            self.grow();
        }
        self.look(ids)?;
        Ok(Numbered::State(number as u32))
    }

    /// Notes which conditions are true of a state.
    fn look(&mut self, ids: &[u32]) -> Result<(), Refusal> {
        if self.conditions.is_empty() {
            return Ok(());
        }
        let truths = guarded(|| {
            with_state(&self.compiler, &self.places, ids, |state| -> Vec<bool> {
                self.conditions.iter().map(|condition| condition(&self.compiler.model, state)).collect()
            })
        })?;
        self.is_true.iter_mut().zip(truths).for_each(|(states, is_true)| states.push(is_true));
        Ok(())
    }

    #[cold]
    fn grow(&mut self) {
        let mut index = vec![0; self.index.len() * 2];
        for number in 0..self.len() {
            let mut place = self.hasher.hash_one(self.state(number)) as usize % index.len();
            while index[place] != 0 {
                place = (place + 1) % index.len();
            }
            index[place] = number as u32 + 1;
        }
        self.index = index;
    }

    /// The graph, its transitions in the order of their actions.
    fn finish(mut self, stopped: Stopped) -> Explored<A> {
        let mut distinct: StableMap<(u32, Act), u32> = stable_map();
        let act_of = |taken: Taken| (self.compiler.tables.step(taken.0).field, self.compiler.acts[taken.0 as usize]);
        for (_, taken) in &self.steps {
            let next = distinct.len() as u32;
            distinct.entry(act_of(*taken)).or_insert(next);
        }
        let mut listed: Vec<_> = distinct.into_iter().collect();
        listed.sort_by_key(|(_, found)| *found);
        let mut listed: Vec<_> =
            listed.into_iter().map(|(act, _)| (act, self.compiler.action_of(act.0 as usize, act.1))).collect();
        listed.sort_by(|(_, one), (_, other)| compare(one, other));
        let rank: StableMap<(u32, Act), u32> = (0..).zip(&listed).map(|(rank, (act, _))| (*act, rank)).collect();
        let transition = |&(to, taken): &(u32, Taken)| Transition { to, action: rank[&act_of(taken)] };
        let mut transitions: Vec<Transition> = self.steps.iter().map(transition).collect();
        for bounds in self.starts.windows(2) {
            transitions[bounds[0] as usize..bounds[1] as usize].sort_by_key(|transition| transition.action);
        }
        let counts = Counts {
            unique_states: self.len() as u128,
            generated_states: (transitions.len() + usize::from(self.len() > 0)) as u128,
            terminal_states: self.terminals.into(),
            max_depth: self.depth,
        };
        // States that were not expanded have no transitions here; such a graph is not whole.
        self.starts.resize(self.len() + 1, transitions.len() as u32);
        let (roles, duties) = roles(listed.iter().map(|(act, _)| *act));
        let graph = Graph { starts: self.starts, transitions, roles, duties };
        let actions = listed.into_iter().map(|(_, action)| action).collect();
        Explored { stopped, counts, graph, actions, is_true: self.is_true }
    }
}

/// What came of looking up a state.
#[derive(PartialEq)]
enum Numbered {
    State(u32),
    /// It is outside of the model's boundary.
    Outside,
    /// It is new, and no more are to be found.
    TooMany(Stopped),
}

fn layout<A: Checkable, C, H: Clone + Debug + Hash>(compiler: &Compiler<A, C, H, ()>) -> Result<Layout, Refusal> {
    let refusal = || Refusal::Unsupported(format!("its states need more than {} bits", MOST_WORDS * 64));
    Layout::new(&compiler.tables.counts, MOST_WORDS, None).ok_or_else(refusal)
}

/// What actions are to fairness, and how many numbers there are of what is due.
fn roles(acts: impl Iterator<Item = (u32, Act)>) -> (Vec<Role>, usize) {
    /// What is due by one number.
    #[derive(PartialEq, Eq, Hash)]
    enum Duty {
        Delivery(u32),
        Timer(u32, u32),
        Choice(u32, u32),
    }
    let mut numbers: StableMap<Duty, u32> = stable_map();
    let mut number = |duty: Duty| {
        let next = numbers.len() as u32;
        *numbers.entry(duty).or_insert(next)
    };
    let role = |(field, act): (u32, Act)| match act {
        Act::Deliver(envelope) => Role::Due(number(Duty::Delivery(envelope))),
        Act::Timeout(timer) => Role::Due(number(Duty::Timer(field, timer))),
        Act::Choose { key, .. } => Role::Due(number(Duty::Choice(field, key))),
        Act::Drop(envelope) => Role::Loss(number(Duty::Delivery(envelope))),
        Act::Crash => Role::Crash,
        Act::Recover => Role::Recovery,
    };
    let roles = acts.map(role).collect();
    (roles, numbers.len())
}
