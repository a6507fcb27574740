//! The nodes of a Paxos-like system, by name and id.

use stateright::actor::Id;

/// The nodes of a system: proposers P1..PN, then acceptors A1..AM, then learners L1..LK, with stateright ids in that
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The number of proposers.
    pub proposers: usize,
    /// The number of acceptors.
    pub acceptors: usize,
    /// The number of learners.
    pub learners: usize,
}
impl Roster {
    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.proposers + self.acceptors + self.learners
    }

    /// True iff there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of the proposer with this index, counted from 0.
    pub fn proposer(&self, index: usize) -> Id {
        Id::from(index)
    }

    /// The id of the acceptor with this index, counted from 0.
    pub fn acceptor(&self, index: usize) -> Id {
        Id::from(self.proposers + index)
    }

    /// The index of this acceptor, counted from 0; `None` for any other node.
    pub fn acceptor_index(&self, id: Id) -> Option<usize> {
        usize::from(id).checked_sub(self.proposers).filter(|index| *index < self.acceptors)
    }

    /// The id of the learner with this index, counted from 0.
    pub fn learner(&self, index: usize) -> Id {
        Id::from(self.proposers + self.acceptors + index)
    }

    /// The index of this learner, counted from 0; `None` for any other node.
    pub fn learner_index(&self, id: Id) -> Option<usize> {
        usize::from(id).checked_sub(self.proposers + self.acceptors).filter(|index| *index < self.learners)
    }

    /// The name of a node, such as `P1`, `A2` or `L1`.
    pub fn name(&self, id: Id) -> String {
        let index = usize::from(id);
        match (index.checked_sub(self.proposers), index.checked_sub(self.proposers + self.acceptors)) {
            (None, _) => format!("P{}", index + 1),
            (Some(acceptor), None) => format!("A{}", acceptor + 1),
            (Some(_), Some(learner)) => format!("L{}", learner + 1),
        }
    }

    /// The node with this name, if there is one.
    pub fn id(&self, name: &str) -> Option<Id> {
        (0..self.len()).map(Id::from).find(|id| self.name(*id) == name)
    }
}
