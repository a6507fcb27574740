//! One random run over a model, from the initial state on: what it meets, what it settles, and how it ends. It knows
//! of other runs only the set of states that they share.

use super::distinct::Distinct;
use super::scheduler::{Schedule, Scheduler};
use crate::check::Inquiry;
use crate::engine::control::Watch;
use crate::engine::{Ask, Judge, Lens, Stopped};
use crate::family::{Action, Family, Global, Seen, System};
use crate::statistics::Firings;
use crate::walk::fingerprint;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use stateright::Model as _;
use std::collections::HashSet;
use std::sync::Arc;

/// What the runs of a simulation have in common.
pub struct Context<F: Family> {
    pub model: System<F>,
    pub initial: Global<F>,
    pub inquiry: Inquiry<F>,
    pub scheduler: Scheduler,
    /// The limit on the steps of a run.
    pub max_depth: u32,
    pub watch: Watch,
    /// The states of all runs.
    pub distinct: Distinct,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In a state without a transition.
    Terminal,
    /// After as many steps as it may take, with more to come.
    MaxDepth,
    /// From outside.
    Stopped(Stopped),
}

/// A run that has ended.
pub struct Walk<F: Family> {
    pub end: End,
    /// The actions that were taken.
    pub actions: Vec<Action<F>>,
    /// For each question, after how many of them it first had a hit.
    pub hits: Vec<Option<usize>>,
}

/// What a walk meets: an action that was picked in a state.
struct Met<'a, F: Family> {
    state: &'a Global<F>,
    action: &'a Action<F>,
    /// The state after it, with its fingerprint; `None` if a message was delivered and ignored, which is no step.
    next: Option<(&'a Global<F>, u128)>,
    /// True iff the walk was not in that state before.
    is_new: bool,
}

impl<F: Family> Context<F> {
    /// The run with this seed. What fires is counted in `firings`.
    pub fn run(&self, seed: u64, firings: &mut Firings<F>) -> Walk<F> {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let schedule = match self.scheduler {
            Scheduler::Uniform => Schedule::uniform(rng),
            Scheduler::Pct => Schedule::by_priority(rng.clone(), self.horizon(rng)),
        };
        let mut seen = Sight::new(&self.model, &self.inquiry, &self.initial);
        let mut actions = Vec::new();
        self.distinct.insert(fingerprint::<F>(&self.initial));
        let end = self.walk(schedule, |met| {
            firings.add(&self.model.cfg, met.state, met.action, met.next.map(|(next, _)| next));
            let Some((next, fingerprint)) = met.next else { return };
            actions.push(met.action.clone());
            seen.step(actions.len(), met.state, next);
            if met.is_new {
                self.distinct.insert(fingerprint);
            }
        });
        if end == End::Terminal {
            seen.end(actions.len());
        }
        Walk { end, actions, hits: seen.hits }
    }

    /// How many steps a run takes that lead on: those of a uniform walk to a state in which it was not before.
    fn horizon(&self, rng: ChaCha8Rng) -> u32 {
        let mut steps = 0;
        self.walk(Schedule::uniform(rng), |met| steps += u32::from(met.is_new));
        steps
    }

    fn walk(&self, mut schedule: Schedule, mut meet: impl FnMut(&Met<F>)) -> End {
        let mut state = self.initial.clone();
        let mut visited = HashSet::from([fingerprint::<F>(&state)]);
        for depth in 0.. {
            if let Some(stopped) = self.watch.stop() {
                return End::Stopped(stopped);
            }
            let ignored = |action: &_| meet(&Met { state: &state, action, next: None, is_new: false });
            let Some((action, next)) = self.advance(&state, &mut schedule, ignored) else { return End::Terminal };
            if depth == self.max_depth {
                break;
            }
            let fingerprint = fingerprint::<F>(&next);
            let is_new = visited.insert(fingerprint);
            schedule.note::<F>(&action, !is_new);
            meet(&Met { state: &state, action: &action, next: Some((&next, fingerprint)), is_new });
            state = next;
        }
        End::MaxDepth
    }

    /// The transition that the schedule picks, and the state after it; `None` in a terminal state.
    fn advance(
        &self,
        state: &Global<F>,
        schedule: &mut Schedule,
        mut ignored: impl FnMut(&Action<F>),
    ) -> Option<(Action<F>, Global<F>)> {
        let model = &self.model;
        let mut open = Vec::new();
        model.actions(state, &mut open); // sorted, so that a place among them means the same everywhere
        while !open.is_empty() {
            let action = open.swap_remove(schedule.pick::<F>(&open));
            match model.next_state(state, action.clone()) {
                Some(next) if !model.within_boundary(&next) => {} // no action of the model as it is bounded
                Some(_) if schedule.passes_over::<F>(&action) => open.push(action),
                Some(next) => return Some((action, next)),
                None => ignored(&action),
            }
        }
        None
    }
}

/// The questions of a run and the observations that they are asked of. An observation is made again only where a node
/// has another state than before, and a question is asked only until its first hit.
struct Sight<'a, F: Family> {
    model: &'a System<F>,
    lenses: &'a [Lens<F::Node, Seen<F>>],
    judges: &'a [Judge<F::Node, F::Config, F::History>],
    /// What each lens last saw of each node.
    observed: Vec<Vec<Seen<F>>>,
    hits: Vec<Option<usize>>,
}

impl<'a, F: Family> Sight<'a, F> {
    fn new(model: &'a System<F>, inquiry: &'a Inquiry<F>, initial: &Global<F>) -> Self {
        let observe = |lens: &Lens<F::Node, Seen<F>>| {
            initial.actor_states.iter().enumerate().map(|(node, local)| (lens.observe)(node, local)).collect()
        };
        let observed = inquiry.lenses.iter().map(observe).collect();
        let hits = vec![None; inquiry.asked.len()];
        let mut seen = Sight { model, lenses: &inquiry.lenses, judges: &inquiry.judges, observed, hits };
        let mut place = 0;
        for (lens, observed) in seen.lenses.iter().zip(&seen.observed) {
            for question in &lens.questions {
                let is_hit = matches!(question, Ask::State(is_hit) if is_hit(observed));
                seen.hits[place] = is_hit.then_some(0);
                place += 1;
            }
        }
        seen.judge(0, initial);
        seen
    }

    /// Asks the questions about whole states.
    fn judge(&mut self, step: usize, state: &Global<F>) {
        let first = self.hits.len() - self.judges.len();
        let open = self.hits[first..].iter_mut().zip(self.judges).filter(|(hit, _)| hit.is_none());
        open.for_each(|(hit, judge)| *hit = judge.is_hit(self.model, state).then_some(step));
    }

    /// Asks about a state, and about the step to it, which was this one of the run, counted from 1.
    fn step(&mut self, step: usize, before: &Global<F>, after: &Global<F>) {
        let nodes = before.actor_states.iter().zip(&after.actor_states).enumerate();
        let changed: Vec<_> = nodes.filter(|(_, (before, after))| !Arc::ptr_eq(before, after)).collect();
        let mut first = 0;
        for (lens, observed) in self.lenses.iter().zip(&mut self.observed) {
            let hits = &mut self.hits[first..first + lens.questions.len()];
            first += lens.questions.len();
            let fresh = changed.iter().map(|(node, (_, local))| (*node, (lens.observe)(*node, local)));
            let fresh: Vec<_> = fresh.filter(|(node, seen)| observed[*node] != *seen).collect();
            if fresh.is_empty() {
                continue; // every answer is as it was, and no step that changes nothing is a hit
            }
            let mut after = observed.clone();
            fresh.into_iter().for_each(|(node, seen)| after[node] = seen);
            for (hit, question) in hits.iter_mut().zip(&lens.questions).filter(|(hit, _)| hit.is_none()) {
                let is_hit = match question {
                    Ask::State(is_hit) => is_hit(&after),
                    Ask::Step(is_hit) => is_hit(observed, &after),
                    Ask::Terminal(_) => false, // asked at the end
                };
                *hit = is_hit.then_some(step);
            }
            *observed = after;
        }
        self.judge(step, after);
    }

    /// Asks about the last state, which is terminal, after this many steps.
    fn end(&mut self, steps: usize) {
        let mut place = 0;
        for (lens, observed) in self.lenses.iter().zip(&self.observed) {
            for question in &lens.questions {
                if matches!(question, Ask::Terminal(is_hit) if is_hit(observed)) {
                    self.hits[place] = Some(steps);
                }
                place += 1;
            }
        }
    }
}
