//! What is to be true of single-decree Paxos, and what should be reachable: each property a value with its statement,
//! formula, source, premise and footprint. Those of votes are shared with other families. To add one, add a constant and
//! its line in [`PROPERTIES`].

mod canonical;
mod evidence;
mod footprint;
mod reach;
mod safety;
mod view;

pub use footprint::Footprint;
pub use view::{Observation, View};

use super::rules::Awaits;
use super::{Setup, SingleDecree};
use crate::family;
use crate::protocols::paxos::properties::OfVotes;
use std::sync::Arc;

/// A property of the family.
pub type Property = family::Property<SingleDecree>;

type Voted = OfVotes<SingleDecree>;
type Formula = family::Formula<SingleDecree>;
type Premise = family::Premise<SingleDecree>;
type Story<'a> = family::Story<'a, SingleDecree>;

/// Every property of the family, in the order of reports.
pub const PROPERTIES: &[Property] = &[
    Voted::I1,
    Voted::I2,
    Voted::I2_FORMULA,
    Voted::AGREEMENT,
    Voted::ONE_VALUE,
    Voted::VALIDITY,
    Voted::STABILITY,
    Voted::REFINES,
    safety::LEARNED_CHOSEN,
    safety::LEARNERS_AGREE,
    Voted::ACCEPTED,
    reach::ADOPTED,
    Voted::CHOSEN,
    reach::LEARNED,
    reach::ABORTED,
    Voted::TWO_VOTES,
    Voted::TWO_BALLOTS,
    Voted::BLOCKED,
    reach::ANNOUNCED,
    safety::ANNOUNCED_CHOSEN,
    Voted::CAN_DECIDE,
    Voted::CAN_DECIDE_WITH_PROPOSERS,
    Voted::DECIDES,
    Voted::DECIDES_WITH_PROPOSERS,
];

fn with_a_wrapper(setup: &Arc<Setup>) -> bool {
    setup.rules.awaits == Awaits::OneEachAnyTag
}

fn with_learners(setup: &Arc<Setup>) -> bool {
    setup.learners > 0
}
