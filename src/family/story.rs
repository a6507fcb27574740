//! A path as a property sees it, state by state, and what makes a property so: reasons in its own terms, with the steps
//! that they name.

use super::{Family, Footprint, Seen, View};
use serde::{Deserialize, Serialize};

/// Something that makes a verdict so, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The words.
    pub text: String,
    /// The steps that they name, counted from 1; 0 is the initial state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<usize>,
}

impl Reason {
    /// A reason that names these steps.
    pub fn new(text: impl Into<String>, steps: impl IntoIterator<Item = usize>) -> Self {
        Reason { text: text.into(), steps: steps.into_iter().collect() }
    }
}

/// The states of a path, seen through the footprint of one property.
pub struct Story<'a, F: Family> {
    config: &'a F::Config,
    seen: &'a [Vec<Seen<F>>],
}

impl<F: Family> Clone for Story<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Family> Copy for Story<'_, F> {}

impl<'a, F: Family> Story<'a, F> {
    /// The story of these observations: for each state, from the initial one on, one for each node.
    pub fn new(config: &'a F::Config, seen: &'a [Vec<Seen<F>>]) -> Self {
        Story { config, seen }
    }

    /// The number of steps.
    pub fn steps(self) -> usize {
        self.seen.len().saturating_sub(1)
    }

    /// The state after this many steps.
    pub fn after(self, steps: usize) -> View<'a, F> {
        F::Footprint::view(self.config, &self.seen[steps])
    }

    /// The last state.
    pub fn last(self) -> View<'a, F> {
        self.after(self.steps())
    }

    /// The story without its last step; the whole story if it has none.
    pub fn before_the_last_step(self) -> Self {
        Story { seen: &self.seen[..self.steps().max(1)], ..self }
    }

    /// The step since which something is so without a break, given that it is so at the end.
    pub fn since(self, is_so: impl Fn(View<'a, F>) -> bool) -> usize {
        let not_so = (0..=self.steps()).rev().find(|steps| !is_so(self.after(*steps)));
        not_so.map_or(0, |steps| steps + 1).min(self.steps())
    }
}
