//! What is to be true of votes, and what they should reach, in every family whose acceptors vote: each property a value with
//! its statement, formula, source and premise.

pub mod evidence;
mod reach;
mod safety;

pub use safety::image;

use super::Votes;
use crate::family::{Family, View};
use std::marker::PhantomData;

/// A family whose acceptors vote for proposals.
pub trait Voting: Family {
    /// What sees the votes, and nothing else.
    const VOTES: Self::Footprint;

    /// The votes that are seen. The property declares that it reads them.
    fn votes<'a>(view: View<'a, Self>) -> impl Votes<'a>;
}

/// The properties of the votes of a family.
pub struct OfVotes<F>(PhantomData<F>);
