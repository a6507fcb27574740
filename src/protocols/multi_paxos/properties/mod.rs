//! What is to be true of multi-decree Paxos, and what should be reachable: each property a value with its statement,
//! formula, source, premise and footprint. To add one, add a constant and its line in [`PROPERTIES`].

mod ends;
mod evidence;
mod logs;
mod reach;
mod safety;
mod view;

pub use view::{Footprint, Learning, Observation, View};

use super::{MultiPaxos, Setup};
use crate::family;
use std::sync::Arc;

/// A property of the family.
pub type Property = family::Property<MultiPaxos>;

type Formula = family::Formula<MultiPaxos>;
type Premise = family::Premise<MultiPaxos>;
type Story<'a> = family::Story<'a, MultiPaxos>;

/// Every property of the family, in the order of reports.
pub const PROPERTIES: &[Property] = &[
    safety::I1,
    safety::I2,
    safety::AGREEMENT,
    safety::VALIDITY,
    safety::STABILITY,
    logs::REFINES,
    logs::LEARNED_CHOSEN,
    logs::LOG_AGREEMENT,
    logs::EXECUTED_CHOSEN,
    logs::EXECUTED_IN_ORDER,
    reach::ACCEPTED,
    reach::ADOPTED,
    reach::CHOSEN,
    reach::SECOND_CHOSEN,
    reach::ALL_CHOSEN,
    reach::HANDED_OVER,
    reach::HOLE,
    reach::NOOP_CHOSEN,
    reach::ABORTED,
    reach::TWO_VOTES,
    reach::BLOCKED,
    reach::HOLE_FOR_EVER,
    reach::INCOMPLETE,
    logs::EXECUTED,
    logs::FULL_LOG,
    ends::CAN_DECIDE,
    ends::CAN_DECIDE_WITH_PROPOSERS,
    ends::DECIDES,
    ends::DECIDES_WITH_PROPOSERS,
];

fn everywhere(_: &Arc<Setup>) -> bool {
    true
}

fn with_several_slots(setup: &Arc<Setup>) -> bool {
    setup.protocol.slots > 1
}

fn with_learners(setup: &Arc<Setup>) -> bool {
    setup.protocol.learners > 0
}
