//! Before a proposer begins: a message is sent once, and lost on a host that does not listen yet. So it greets the nodes
//! that it needs until each has answered, and the hosts of a cluster can be started in any order.

use stateright::actor::Id;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long until a node that has not answered is greeted again.
const GREET_AGAIN: Duration = Duration::from_millis(50);

/// Which nodes are waited for, and for how long.
#[derive(Debug)]
pub struct Gathering {
    absent: BTreeSet<Id>,
    greet: Instant,
    until: Instant,
}

impl Gathering {
    /// Waits for these nodes, but not longer than this from now on.
    pub fn new(absent: impl IntoIterator<Item = Id>, now: Instant, within: Duration) -> Self {
        Gathering { absent: absent.into_iter().collect(), greet: now, until: now + within }
    }

    /// A node is there.
    pub fn welcome(&mut self, id: Id) {
        self.absent.remove(&id);
    }

    /// Who has not been heard of.
    pub fn absent(&self) -> impl Iterator<Item = Id> + '_ {
        self.absent.iter().copied()
    }

    /// True iff no node is waited for any more.
    pub fn is_over(&self, now: Instant) -> bool {
        self.absent.is_empty() || now >= self.until
    }

    /// True iff it is time to greet the absent nodes; then it is not again for a while.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now >= self.greet;
        if is_due {
            self.greet = now + GREET_AGAIN;
        }
        is_due
    }

    /// When there is something to do at the latest.
    pub fn next(&self) -> Instant {
        self.greet.min(self.until)
    }
}
