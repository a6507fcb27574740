//! What a leader plans at the end of phase 1, slot by slot: the values that bind it, the gaps between them, and its own
//! commands after them ("Paxos Made Simple", 3).

use super::local::{Report, Slot, NO_OP};
use super::rules::{Adopted, Gaps, Proposes, Rules, ValueChoice};
use super::Protocol;
use crate::protocols::paxos::{Proposal, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The value of every slot that a leader uses, and the slots of which it sends an Accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The value of every slot that is used.
    pub slots: BTreeMap<Slot, Value>,
    /// Those that it proposes; it takes the others for settled.
    pub proposed: BTreeSet<Slot>,
}

/// The plan of the proposer with this index on what the promises report.
pub fn plan<'a>(protocol: &Protocol, index: usize, reports: impl Iterator<Item = &'a Report>) -> Plan {
    let rules = &protocol.rules;
    let adopted = adopted(rules, reports);
    let top = adopted.last_key_value().map_or(0, |(slot, _)| *slot);
    let is_own = |command: &&Value| !adopted.values().any(|value| value == *command);
    let mut commands = protocol.commands[index].iter().filter(is_own).copied();
    let mut plan = Plan::default();
    for slot in 1..=protocol.slots {
        let value = match adopted.get(&slot) {
            Some(value) => Some(*value),
            None if slot > top && rules.proposes == Proposes::OneByOne => break,
            None if slot > top => commands.next(),
            None => match rules.gaps {
                Gaps::NoOp => Some(NO_OP),
                Gaps::Own => Some(commands.next().unwrap_or(NO_OP)),
                Gaps::Skip => None,
            },
        };
        let Some(value) = value else { continue };
        plan.slots.insert(slot, value);
        if !(adopted.contains_key(&slot) && rules.adopted == Adopted::Left) {
            plan.proposed.insert(slot);
        }
    }
    plan
}

/// The value that is taken for each slot with a report.
fn adopted<'a>(rules: &Rules, reports: impl Iterator<Item = &'a Report>) -> BTreeMap<Slot, Value> {
    let mut taken: BTreeMap<Slot, Proposal> = BTreeMap::new();
    if rules.value_choice == ValueChoice::Own {
        return BTreeMap::new();
    }
    for (slot, reported) in reports.flatten() {
        let taken = taken.entry(*slot).or_insert(*reported);
        *taken = match rules.value_choice {
            ValueChoice::Lowest => (*taken).min(*reported),
            ValueChoice::Highest | ValueChoice::Own => (*taken).max(*reported),
        };
    }
    taken.into_iter().map(|(slot, taken)| (slot, taken.value)).collect()
}

/// The next command of the proposer with this index, and its slot, if one is left while it leads with these slots in use.
pub fn next_command(protocol: &Protocol, index: usize, slots: &BTreeMap<Slot, Value>) -> Option<(Slot, Value)> {
    let slot = slots.last_key_value().map_or(0, |(slot, _)| *slot) + 1;
    let is_left = |command: &&Value| !slots.values().any(|value| value == *command);
    let command = protocol.commands[index].iter().find(is_left)?;
    (slot <= protocol.slots).then_some((slot, *command))
}
