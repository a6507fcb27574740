//! The bounds that Paxos-like families share, as model files write them: proposers, with their proposals, and acceptors.

use super::Proposal;
use crate::input::{Field, Fields, InputError, Shape};
use serde_json::{json, Value};
use std::ops::RangeInclusive;

/// The most proposers, the most acceptors, and the most of any other kind of nodes, of a model.
pub const MAX_NODES: u64 = 16;
/// The nodes of a kind that a model cannot be without.
pub const NODES: RangeInclusive<u64> = 1..=MAX_NODES;
/// The ballots that a proposer may have.
pub const BALLOTS: RangeInclusive<u64> = 1..=1_000_000;
/// The values that may be proposed.
pub const VALUES: RangeInclusive<u64> = 0..=1_000_000;

/// Takes the number of acceptors.
pub fn acceptors(fields: &mut Fields) -> Option<usize> {
    let acceptors = fields.number("bounds.acceptors", NODES);
    fields.explain("bounds.acceptors", "how many acceptors");
    fields.suggest("bounds.acceptors", 3);
    if acceptors.is_none() {
        fields.missing("bounds.acceptors", &range(&NODES));
    }
    acceptors.map(|acceptors| acceptors as usize)
}

/// Takes the proposers' first proposals: listed, or counted.
pub fn proposals(fields: &mut Fields) -> Option<Vec<Proposal>> {
    let (counted, listed) = (fields.take("bounds.proposers"), fields.take("bounds.proposals"));
    fields.know_as("bounds.proposers", Shape::number(&NODES));
    fields.explain("bounds.proposers", "how many proposers; number i proposes the value i under the ballot i");
    fields.suggest("bounds.proposers", 2);
    fields.replaceable("bounds.proposers", "bounds.proposals");
    fields.know_as("bounds.proposals", pairs_shape(&BALLOTS));
    fields.explain("bounds.proposals", "instead of proposers: the ballot and the value of each");
    fields.suggest("bounds.proposals", json!([[1, 5], [2, 1]]));
    match (counted, listed) {
        (Some(field), Some(_)) => {
            let expected = "to be absent where bounds.proposals lists the proposers";
            fields.report(field.wrong("bounds.proposers", expected));
            None
        }
        (None, Some(field)) => fields.note(pairs("bounds.proposals", &field, &BALLOTS)),
        (Some(field), None) => {
            let count = fields.note(field.number("bounds.proposers", NODES))?;
            Some(default_proposals(count as u32).collect())
        }
        (None, None) => {
            fields.missing("bounds.proposers", &range(&NODES));
            None
        }
    }
}

/// The proposals of proposers that are merely counted: ballot and value i for proposer i.
fn default_proposals(count: u32) -> impl Iterator<Item = Proposal> {
    (1..=count).map(|i| Proposal::new(i, i))
}

/// True iff these are the proposals of proposers that are merely counted.
pub fn are_default_proposals(proposals: &[Proposal]) -> bool {
    default_proposals(proposals.len() as u32).eq(proposals.iter().copied())
}

/// What such a list may be.
pub fn pairs_shape(ballots: &RangeInclusive<u64>) -> Shape {
    Shape::list(Shape::pair(Shape::number(ballots), Shape::number(&VALUES)), &NODES)
}

/// The proposal of one more proposer: greater than all others, in ballot and in value.
pub fn next_proposal(proposals: &[Proposal]) -> Proposal {
    let greatest = |part: fn(&Proposal) -> u32| proposals.iter().map(part).max().unwrap_or(0);
    Proposal::new(greatest(|proposal| proposal.ballot) + 1, greatest(|proposal| proposal.value) + 1)
}

/// True iff a number of acceptors has no word of its own: it is not all of them, a majority, half or one. With the words,
/// these are all sizes that a quorum can have, each named once by a number at most.
pub fn is_nameless(size: usize, acceptors: usize) -> bool {
    size < acceptors && ![1, acceptors / 2, acceptors / 2 + 1].contains(&size)
}

/// The proposals that a list of pairs gives, with ballots in a range.
///
/// # Errors
/// If it is no such list.
pub fn pairs(key: &str, field: &Field, ballots: &RangeInclusive<u64>) -> Result<Vec<Proposal>, InputError> {
    let shape = || field.wrong(key, "1 to 16 pairs [ballot, value] of whole numbers, as in [[1, 5], [2, 1]]");
    let listed = field.value.as_array().filter(|pairs| NODES.contains(&(pairs.len() as u64))).ok_or_else(shape)?;
    let pair = |pair: &Value| match pair.as_array().map(Vec::as_slice) {
        Some([ballot, value]) => {
            let ballot = ballot.as_u64().ok_or_else(shape)?;
            let value = value.as_u64().ok_or_else(shape)?;
            if !ballots.contains(&ballot) || !VALUES.contains(&value) {
                let what = format!("ballots in {} and values in {}", range(ballots), range(&VALUES));
                return Err(field.wrong(key, &what));
            }
            Ok(Proposal::new(ballot as u32, value as u32))
        }
        _ => Err(shape()),
    };
    listed.iter().map(pair).collect()
}

/// A range in words.
pub fn range(range: &RangeInclusive<u64>) -> String {
    format!("{}..={}", range.start(), range.end())
}
