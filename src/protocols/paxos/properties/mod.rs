//! What is to be true of votes, and what they should reach, in every family whose acceptors vote: each property a value with
//! its statement, formula, source and premise.

mod ends;
pub mod evidence;
mod reach;
mod safety;

use super::Votes;
use crate::family::{Action, Family, View};
use crate::protocols::specification::Register;
use std::collections::BTreeSet;
use std::marker::PhantomData;

/// A family whose acceptors vote for proposals.
pub trait Voting: Family {
    /// What sees the votes, and nothing else.
    const VOTES: Self::Footprint;

    /// The votes that are seen. The property declares that it reads them.
    fn votes<'a>(view: View<'a, Self>) -> impl Votes<'a>;

    /// True iff the action is the crash of a proposer.
    fn is_crash_of_proposer(config: &Self::Config, action: &Action<Self>) -> bool;
}

/// The properties of the votes of a family.
pub struct OfVotes<F>(PhantomData<F>);

/// The state of the register that a state stands for: decided once something is chosen. None if two values are.
pub fn image<'a>(view: impl Votes<'a>) -> Option<Register> {
    let values: BTreeSet<_> = view.chosen().map(|chosen| chosen.value).collect();
    (values.len() <= 1).then(|| Register { decided: values.first().copied() })
}
