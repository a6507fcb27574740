//! What is to be true of single-decree Paxos, and what should be reachable: each property a value with its statement,
//! formula, source, premise and footprint. To add one, add a constant and its line in [`PROPERTIES`].

mod evidence;
mod reach;
mod safety;
mod view;

pub use view::{Footprint, Observation, View};

use super::rules::Awaits;
use super::{Setup, SingleDecree};
use crate::family;
use std::sync::Arc;

/// A property of the family.
pub type Property = family::Property<SingleDecree>;

type Formula = family::Formula<SingleDecree>;
type Premise = family::Premise<SingleDecree>;
type Story<'a> = family::Story<'a, SingleDecree>;

/// Every property of the family, in the order of reports.
pub const PROPERTIES: &[Property] = &[
    safety::I1,
    safety::I2,
    safety::I2_FORMULA,
    safety::AGREEMENT,
    safety::ONE_VALUE,
    safety::VALIDITY,
    safety::STABILITY,
    safety::LEARNED_CHOSEN,
    safety::LEARNERS_AGREE,
    reach::ACCEPTED,
    reach::ADOPTED,
    reach::CHOSEN,
    reach::LEARNED,
    reach::ABORTED,
    reach::TWO_VOTES,
    reach::TWO_BALLOTS,
    reach::BLOCKED,
    reach::ANNOUNCED,
    safety::ANNOUNCED_CHOSEN,
];

fn everywhere(_: &Arc<Setup>) -> bool {
    true
}

fn with_a_wrapper(setup: &Arc<Setup>) -> bool {
    setup.rules.awaits == Awaits::OneEachAnyTag
}

fn with_learners(setup: &Arc<Setup>) -> bool {
    setup.learners > 0
}
