//! The votes of a state, and what they choose.

use super::{Proposal, Value};
use std::collections::BTreeSet;

/// A state in which acceptors have votes: what is chosen, and by whom, follows from them alone.
pub trait Votes<'a>: Copy {
    /// The votes of each acceptor: every proposal it ever accepted.
    fn votes_by_acceptor(self) -> impl Iterator<Item = &'a BTreeSet<Proposal>>;

    /// How many acceptors have to vote for a proposal before it is chosen.
    fn votes_to_be_chosen(self) -> usize;

    /// The values that were proposed at first.
    fn initial_values(self) -> BTreeSet<Value>;

    /// The name of the acceptor with this index.
    fn acceptor_name(self, index: usize) -> String;

    /// Every vote of every acceptor.
    fn votes(self) -> impl Iterator<Item = &'a Proposal> {
        self.votes_by_acceptor().flatten()
    }

    /// The chosen proposals: those that enough acceptors have among their votes.
    fn chosen(self) -> impl Iterator<Item = &'a Proposal> {
        let distinct: BTreeSet<_> = self.votes().collect();
        distinct.into_iter().filter(move |proposal| {
            self.votes_by_acceptor().filter(|votes| votes.contains(proposal)).count() >= self.votes_to_be_chosen()
        })
    }

    /// The names of the acceptors that have voted for this proposal.
    fn names_of_voters(self, proposal: Proposal) -> String {
        let voters = self.votes_by_acceptor().enumerate().filter(|(_, votes)| votes.contains(&proposal));
        voters.map(|(acceptor, _)| self.acceptor_name(acceptor)).collect::<Vec<_>>().join(" ")
    }
}
