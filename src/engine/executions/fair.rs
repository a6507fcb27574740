//! Which fair executions a state graph has: breadth-first trees, strongly connected components, and what is due in them.
//! It must not know what states and actions are.

use crate::engine::components::graph::{Graph, Role};
use std::ops::Range;

/// The mark of a state that is in no component, or not in a tree.
pub(super) const NOWHERE: u32 = u32::MAX;

/// The part of a graph that a question is about.
pub(super) struct Part<'a> {
    pub graph: &'a Graph,
    /// The actions that do not happen.
    pub barred: &'a [bool],
    /// The states where the condition is true.
    pub goal: &'a [bool],
}

/// The actions of a path, and those that then repeat for ever.
pub(super) struct Path {
    pub stem: Vec<u32>,
    pub repeats: Vec<u32>,
}

/// The states that can be reached, in breadth-first order, each with the transition by which it was reached first.
pub(super) struct Tree {
    pub(super) order: Vec<u32>,
    /// For each state the one before it and the action from there.
    before: Vec<(u32, u32)>,
}

impl Tree {
    /// The actions of the path to a state.
    pub(super) fn path_to(&self, mut state: u32) -> Vec<u32> {
        let mut path = Vec::new();
        while self.before[state as usize].0 != state {
            let (before, action) = self.before[state as usize];
            path.push(action);
            state = before;
        }
        path.reverse();
        path
    }
}

impl<'a> Part<'a> {
    /// True iff a transition may happen.
    pub fn is_open(&self, transition: usize) -> bool {
        !self.barred[self.graph.transition(transition).action as usize]
    }

    fn open(&self, state: u32) -> impl Iterator<Item = usize> + use<'_, 'a> {
        self.graph.out(state).filter(|&transition| self.is_open(transition))
    }

    /// What is due in a state: by each transition, so a number may come twice.
    pub fn due(&self, state: u32) -> impl Iterator<Item = u32> + use<'_, 'a> {
        self.open(state).filter_map(|transition| match self.graph.role(transition) {
            Role::Due(duty) => Some(duty),
            _ => None,
        })
    }

    /// The states that can be reached by way of states that may be entered.
    pub(super) fn tree(&self, may_enter: impl Fn(u32) -> bool) -> Tree {
        let mut tree = Tree { order: Vec::new(), before: vec![(NOWHERE, NOWHERE); self.graph.len()] };
        if may_enter(0) {
            tree.order.push(0);
            tree.before[0] = (0, NOWHERE);
        }
        let mut next = 0;
        while let Some(&state) = tree.order.get(next) {
            next += 1;
            for transition in self.open(state) {
                let transition = self.graph.transition(transition);
                if tree.before[transition.to as usize].0 == NOWHERE && may_enter(transition.to) {
                    tree.before[transition.to as usize] = (state, transition.action);
                    tree.order.push(transition.to);
                }
            }
        }
        tree
    }

    /// How many states can be reached in which nothing is due, and in how many of them the condition is false.
    pub fn at_rest(&self) -> (u64, u64) {
        let states = self.tree(|_| true).order.into_iter();
        let at_rest = states.filter(|&state| self.due(state).next().is_none());
        at_rest.fold((0, 0), |(all, without), state| (all + 1, without + u64::from(!self.goal[state as usize])))
    }

    /// A shortest path to a state from which the condition cannot become true any more.
    pub fn loses_goal(&self) -> Option<Path> {
        let tree = self.tree(|_| true);
        let mut can = self.goal.to_vec();
        let target = |transition: usize| self.is_open(transition).then(|| self.graph.transition(transition).to);
        let mut tarjan = Tarjan::new(self.graph.len());
        for component in tarjan.components(&tree.order, |state| self.graph.out(state), target) {
            // What a component leads to has its answer already.
            let leads = |state: &u32| {
                let next = || self.open(*state).map(|transition| self.graph.transition(transition).to);
                can[*state as usize] || next().any(|next| can[next as usize])
            };
            if component.iter().any(leads) {
                component.iter().for_each(|&state| can[state as usize] = true);
            }
        }
        let lost = tree.order.iter().find(|&&state| !can[state as usize])?;
        Some(Path { stem: tree.path_to(*lost), repeats: Vec::new() })
    }
}

/// The search for components in which an execution can stay and be fair.
pub(super) struct Fairness<'a> {
    pub part: &'a Part<'a>,
    /// The place of each state in the tree of those that can be reached without the condition.
    place: &'a [u32],
    /// The component of each state.
    home: Vec<u32>,
    /// Losses that no delivery in their component makes good.
    banned: Vec<bool>,
    /// In how many states of the component at hand each duty is possible, and in which it was counted last.
    possible: Vec<(u32, u32)>,
    done: Vec<bool>,
    touched: Vec<u32>,
}

/// What came of looking at a component.
enum Found {
    Fair,
    /// Something is put off for ever.
    Unfair,
    /// These losses are never made good.
    Loses(Vec<usize>),
}

impl<'a> Fairness<'a> {
    pub(super) fn new(part: &'a Part<'a>, place: &'a [u32]) -> Self {
        let graph = part.graph;
        let transitions = graph.out(graph.len() as u32 - 1).end;
        Fairness {
            part,
            place,
            home: vec![NOWHERE; graph.len()],
            banned: vec![false; transitions],
            possible: vec![(0, NOWHERE); graph.duties],
            done: vec![false; graph.duties],
            touched: Vec::new(),
        }
    }

    /// The first of these states from which a fair execution stays in a component of its own.
    pub(super) fn entry(&mut self, states: &[u32]) -> Option<u32> {
        let mut tarjan = Tarjan::new(self.part.graph.len());
        let mut work = if states.is_empty() { Vec::new() } else { self.components(&mut tarjan, states) };
        let mut best: Option<u32> = None;
        let mut number = 0;
        while let Some(component) = work.pop() {
            component.iter().for_each(|&state| self.home[state as usize] = number);
            let first = component.iter().copied().min_by_key(|&state| self.place[state as usize]);
            match self.judge(&component) {
                Found::Fair => best = best.into_iter().chain(first).min_by_key(|&state| self.place[state as usize]),
                Found::Unfair => {}
                Found::Loses(losses) => {
                    losses.into_iter().for_each(|loss| self.banned[loss] = true);
                    work.extend(self.components(&mut tarjan, &component));
                }
            }
            number += 1;
        }
        best
    }

    /// The components of some states, those of one component or all, by transitions that may repeat.
    fn components(&self, tarjan: &mut Tarjan, states: &[u32]) -> Vec<Vec<u32>> {
        let home = self.home[states[0] as usize];
        let target = |transition: usize| {
            let to = self.part.graph.transition(transition).to;
            let is_among = self.home[to as usize] == home && self.place[to as usize] != NOWHERE;
            (is_among && self.may_repeat(transition)).then_some(to)
        };
        tarjan.components(states, |state| self.part.graph.out(state), target)
    }

    fn may_repeat(&self, transition: usize) -> bool {
        self.part.is_open(transition) && !self.banned[transition] && self.part.graph.role(transition) != Role::Crash
    }

    /// The transitions out of a state that stay in its component.
    pub fn inside(&self, state: u32) -> impl Iterator<Item = usize> + use<'_, 'a> {
        let home = self.home[state as usize];
        self.part.graph.out(state).filter(move |&transition| {
            self.home[self.part.graph.transition(transition).to as usize] == home && self.may_repeat(transition)
        })
    }

    /// True iff a duty is possible in a state.
    pub fn is_possible(&self, duty: u32, state: u32) -> bool {
        self.part.due(state).any(|due| due == duty)
    }

    /// Looks at a component whose states have it as their home.
    fn judge(&mut self, component: &[u32]) -> Found {
        let mut losses = Vec::new();
        for &state in component {
            for duty in self.part.due(state) {
                let possible = &mut self.possible[duty as usize];
                if *possible == (0, NOWHERE) {
                    self.touched.push(duty);
                }
                if possible.1 != state {
                    *possible = (possible.0 + 1, state);
                }
            }
            for transition in self.inside(state).collect::<Vec<_>>() {
                match self.part.graph.role(transition) {
                    Role::Due(duty) => self.done[duty as usize] = true,
                    Role::Loss(duty) if self.is_possible(duty, state) => losses.push((transition, duty)),
                    _ => {}
                }
            }
        }
        let is_put_off =
            |&duty: &u32| self.possible[duty as usize].0 as usize == component.len() && !self.done[duty as usize];
        let is_unfair = self.touched.iter().any(is_put_off);
        let lost = losses.into_iter().filter(|(_, duty)| !self.done[*duty as usize]);
        let lost: Vec<usize> = lost.map(|(transition, _)| transition).collect();
        for duty in std::mem::take(&mut self.touched) {
            self.possible[duty as usize] = (0, NOWHERE);
            self.done[duty as usize] = false;
        }
        match (is_unfair, lost.is_empty()) {
            (true, _) => Found::Unfair,
            (false, true) => Found::Fair,
            (false, false) => Found::Loses(lost),
        }
    }
}

/// Tarjan's search for strongly connected components, without recursion, for parts of one graph in turn.
struct Tarjan {
    /// The order in which a state was met, or nowhere.
    met: Vec<u32>,
    /// The earliest of the states on the stack that it is known to lead to.
    low: Vec<u32>,
    is_on_stack: Vec<bool>,
}

impl Tarjan {
    pub(super) fn new(states: usize) -> Self {
        Tarjan { met: vec![NOWHERE; states], low: vec![NOWHERE; states], is_on_stack: vec![false; states] }
    }

    /// The components of these states by the transitions that have a target among them, each after those it leads to.
    fn components(
        &mut self,
        states: &[u32],
        out: impl Fn(u32) -> Range<usize>,
        target: impl Fn(usize) -> Option<u32>,
    ) -> Vec<Vec<u32>> {
        let mut components = Vec::new();
        let (mut stack, mut count) = (Vec::new(), 0);
        for &root in states {
            if self.met[root as usize] != NOWHERE {
                continue;
            }
            let mut calls = vec![(root, out(root))];
            self.meet(root, &mut count, &mut stack);
            while let Some((state, transitions)) = calls.last_mut() {
                let state = *state;
                match transitions.next() {
                    Some(transition) => match target(transition) {
                        Some(to) if self.met[to as usize] == NOWHERE => {
                            calls.push((to, out(to)));
                            self.meet(to, &mut count, &mut stack);
                        }
                        Some(to) if self.is_on_stack[to as usize] => {
                            self.low[state as usize] = self.low[state as usize].min(self.met[to as usize]);
                        }
                        _ => {}
                    },
                    None => {
                        calls.pop();
                        if let Some(&(caller, _)) = calls.last() {
                            self.low[caller as usize] = self.low[caller as usize].min(self.low[state as usize]);
                        }
                        if self.low[state as usize] == self.met[state as usize] {
                            components.push(self.close(state, &mut stack));
                        }
                    }
                }
            }
        }
        states.iter().for_each(|&state| self.met[state as usize] = NOWHERE);
        components
    }

    fn meet(&mut self, state: u32, count: &mut u32, stack: &mut Vec<u32>) {
        (self.met[state as usize], self.low[state as usize]) = (*count, *count);
        *count += 1;
        self.is_on_stack[state as usize] = true;
        stack.push(state);
    }

    /// Takes the component of which this state was met first from the stack.
    fn close(&mut self, root: u32, stack: &mut Vec<u32>) -> Vec<u32> {
        let place = stack.iter().rposition(|&state| state == root).expect("a root is on the stack");
        let component = stack.split_off(place);
        component.iter().for_each(|&state| self.is_on_stack[state as usize] = false);
        component
    }
}
