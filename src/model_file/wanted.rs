//! The verdicts that can be demanded of a property, and when one is met.

use crate::family::Kind;

/// A verdict that can be demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An always-property is true of every state, or a property of executions has no counterexample.
    Holds,
    /// The same, and no state meets its premise.
    Vacuous,
    /// The same, and some state meets its premise.
    NonVacuous,
    /// An always-property is false of some state, or a property of executions has a counterexample.
    Violated,
    /// A sometimes-property is true of some state.
    Reached,
    /// A sometimes-property is true of no state.
    Unreached,
}

impl Wanted {
    /// The verdicts that can be demanded of a property of this kind.
    pub fn of(kind: Kind) -> &'static [Wanted] {
        match kind {
            Kind::Always => &[Wanted::Holds, Wanted::Vacuous, Wanted::NonVacuous, Wanted::Violated],
            Kind::Sometimes => &[Wanted::Reached, Wanted::Unreached],
            Kind::Inevitably | Kind::AlwaysPossibly => &[Wanted::Holds, Wanted::Violated],
        }
    }

    /// The name in model files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Wanted::Holds => "holds",
            Wanted::Vacuous => "vacuous",
            Wanted::NonVacuous => "non-vacuous",
            Wanted::Violated => "violated",
            Wanted::Reached => "reached",
            Wanted::Unreached => "unreached",
        }
    }

    /// Whether the demand is met; `None` as long as that is not certain. What was not found is certain to be absent only
    /// if everything was explored.
    pub fn is_met(self, found: Found) -> Option<bool> {
        let unless_hit = |met: Option<bool>| if found.is_hit { Some(false) } else { met };
        let at_the_end = |met: bool| found.is_exhausted.then_some(met);
        match self {
            Wanted::Holds | Wanted::Unreached => unless_hit(at_the_end(true)),
            Wanted::Violated | Wanted::Reached if found.is_hit => Some(true),
            Wanted::Violated | Wanted::Reached => at_the_end(false),
            Wanted::Vacuous if found.meets_premise => Some(false),
            Wanted::Vacuous => unless_hit(at_the_end(true)),
            Wanted::NonVacuous => unless_hit(at_the_end(found.meets_premise)),
        }
    }
}

/// What is known of a property so far.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// A path violates the property, or reaches the sometimes-property.
    pub is_hit: bool,
    /// Some state meets the premise, or there is none.
    pub meets_premise: bool,
    /// Every state was explored.
    pub is_exhausted: bool,
}
