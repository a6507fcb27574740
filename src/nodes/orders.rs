//! The orders to a node, its inputs and its reports, whether it is a process or a thread.

use super::log::Record;
use crate::family::Deployable;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What a node is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Where the nodes are, in the order of ids.
    Meet(Vec<SocketAddr>),
    /// To begin this instance of the protocol, or to go on with it after a crash.
    Begin(u32),
    /// To begin the first instance once the nodes that it needs are there, or after this long without them.
    Gather(Duration),
    /// To stop.
    Stop,
    /// To be gone as if it had crashed: the thread's `kill -9`.
    Vanish,
}

/// What reaches a node.
#[derive(Debug)]
pub enum Input {
    /// From the process or thread that launched it.
    Order(Order),
    /// From a socket, and from where.
    Datagram(Vec<u8>, SocketAddr),
    /// From a connection, and from which host.
    Stream(Vec<u8>, IpAddr),
}

/// Orders and datagrams that wait for a node at most.
pub const MAX_INPUTS: usize = 1 << 16;

/// What a node reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", bound = "F: Deployable")]
pub enum Notice<F: Deployable> {
    /// Its socket is bound here.
    Bound(SocketAddr),
    /// The last line of its log was cut off, and is taken away.
    Torn {
        /// Where it began.
        byte: u64,
        /// How long it was.
        bytes: u64,
        /// The whole records before it.
        kept: usize,
    },
    /// It waits for these nodes.
    Awaits(Vec<String>),
    /// It begins without these nodes, which did not come in time.
    Without(Vec<String>),
    /// It took a step, and logged it.
    Step(Record<F>),
    /// It has worked off what arrived.
    Pending {
        /// The instance that it is in.
        instance: u32,
        /// Datagrams sent in it to each node, in the order of ids, since the node's last start.
        sent: Vec<u64>,
        /// Datagrams received in it from each node, likewise.
        received: Vec<u64>,
        /// True iff it holds datagrams back or has a send to make.
        is_busy: bool,
        /// True iff it may start over.
        may_retry: bool,
    },
    /// It stopped.
    Stopped(Traffic),
    /// It cannot work.
    Failed(String),
    /// It is gone, whatever it reported before.
    Gone,
}

/// Datagrams by their fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Sent.
    pub sent: u64,
    /// Lost on the wire, on purpose.
    pub lost: u64,
    /// Sent twice, on purpose.
    pub duplicated: u64,
    /// Received, for the instance at hand.
    pub received: u64,
    /// Dropped: of an instance that is over, or overtaken where the network is ordered.
    pub stale: u64,
    /// Dropped: too long.
    pub oversized: u64,
    /// Dropped: no message.
    pub malformed: u64,
    /// Dropped: of another run, for another node, or not from where its sender is.
    pub foreign: u64,
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.sent += other.sent;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.received += other.received;
        self.stale += other.stale;
        self.oversized += other.oversized;
        self.malformed += other.malformed;
        self.foreign += other.foreign;
    }
}
