//! The parameters that determine how the nodes behave. It decides nothing itself.

use super::message::Peer;
use super::rules::Rules;
use crate::protocols::paxos::Proposal;
use stateright::actor::Id;

/// Whether a crashed node comes back, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// Never.
    Never,
    /// At any time: an acceptor with its whole state, a proposer without a ballot to use ("Paxos Made Simple", 2.5).
    FromStorage,
}

/// Everything that determines how the nodes behave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The rules.
    pub rules: Rules,
    /// The proposal of each proposer.
    pub proposals: Vec<Proposal>,
    /// The number of acceptors.
    pub acceptors: usize,
    /// How many messages all nodes together may send; `None` if the rules bound that.
    pub sends: Option<u32>,
    /// The payloads that may be sent, where the rules leave them open.
    pub payloads: Vec<Proposal>,
    /// Whether a crashed node comes back; `None` if no node can crash.
    pub crashes: Option<Recovery>,
}

impl Setup {
    /// The nodes, in the order of their ids.
    pub fn peers(&self) -> impl Iterator<Item = Peer> {
        let proposers = (0..self.proposals.len()).map(Peer::Proposer);
        proposers.chain((0..self.acceptors).map(Peer::Acceptor))
    }

    /// The node with this id.
    pub fn peer(&self, id: Id) -> Peer {
        let index = usize::from(id);
        match index.checked_sub(self.proposals.len()) {
            None => Peer::Proposer(index),
            Some(acceptor) => Peer::Acceptor(acceptor),
        }
    }

    /// The id of a node.
    pub fn id(&self, peer: Peer) -> Id {
        match peer {
            Peer::Proposer(index) => Id::from(index),
            Peer::Acceptor(index) => Id::from(self.proposals.len() + index),
        }
    }

    /// The proposal that a node starts with; `<0,0>` for an acceptor, which has none.
    pub fn own(&self, peer: Peer) -> Proposal {
        match peer {
            Peer::Proposer(index) => self.proposals[index],
            Peer::Acceptor(_) => Proposal::ZERO,
        }
    }
}
