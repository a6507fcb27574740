//! The combined results of a simulation's runs. Everything adds up in any order, so that the sum is the same however
//! the runs were shared among threads.

use super::walk::{End, Walk};
use crate::engine::Stopped;
use crate::family::{Action, Family};
use crate::statistics::Firings;

/// The sum of some runs.
pub struct Sum<F: Family> {
    pub runs: u64,
    pub terminal_runs: u64,
    pub max_depth_runs: u64,
    pub steps: u64,
    /// Steps of the longest run.
    pub longest: u64,
    /// Why runs were not begun or not ended, if some were not.
    pub stopped: Option<Stopped>,
    pub firings: Firings<F>,
    /// The hits of each question.
    pub questions: Vec<Hits<F>>,
}

/// The hits of one question.
pub struct Hits<F: Family> {
    /// Runs with a hit.
    pub runs: u64,
    /// The lowest of them.
    pub first: Option<First<F>>,
}

/// The run with the lowest number that hits.
pub struct First<F: Family> {
    /// Its number, from 0.
    pub run: u64,
    /// Its actions, up to the hit.
    pub actions: Vec<Action<F>>,
}

impl<F: Family> Sum<F> {
    pub fn new(questions: usize) -> Self {
        Sum {
            runs: 0,
            terminal_runs: 0,
            max_depth_runs: 0,
            steps: 0,
            longest: 0,
            stopped: None,
            firings: Firings::default(),
            questions: (0..questions).map(|_| Hits { runs: 0, first: None }).collect(),
        }
    }

    /// Adds a run, what fired in it excepted.
    pub fn add(&mut self, number: u64, run: &Walk<F>) {
        self.runs += 1;
        match run.end {
            End::Terminal => self.terminal_runs += 1,
            End::MaxDepth => self.max_depth_runs += 1,
            End::Stopped(stopped) => self.stopped = Some(stopped),
        }
        self.steps += run.actions.len() as u64;
        self.longest = self.longest.max(run.actions.len() as u64);
        for (hits, steps) in self.questions.iter_mut().zip(&run.hits) {
            let Some(steps) = *steps else { continue };
            hits.runs += 1;
            if hits.first.as_ref().is_none_or(|first| number < first.run) {
                hits.first = Some(First { run: number, actions: run.actions[..steps].to_vec() });
            }
        }
    }

    /// Adds the runs of another thread.
    pub fn merge(&mut self, other: Sum<F>) {
        self.runs += other.runs;
        self.terminal_runs += other.terminal_runs;
        self.max_depth_runs += other.max_depth_runs;
        self.steps += other.steps;
        self.longest = self.longest.max(other.longest);
        self.stopped = self.stopped.or(other.stopped);
        self.firings.merge(&other.firings);
        for (mine, theirs) in self.questions.iter_mut().zip(other.questions) {
            mine.runs += theirs.runs;
            let firsts = mine.first.take().into_iter().chain(theirs.first);
            mine.first = firsts.min_by_key(|first| first.run);
        }
    }
}
