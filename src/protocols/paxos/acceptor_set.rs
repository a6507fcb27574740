//! A set of acceptors.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A set of acceptors, by index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceptorSet(u32);

impl AcceptorSet {
    /// This set and the acceptor with this index.
    pub fn with(self, index: usize) -> Self {
        AcceptorSet(self.0 | 1 << index)
    }

    /// True iff the acceptor with this index is in the set.
    pub fn contains(self, index: usize) -> bool {
        self.0 & 1 << index != 0
    }

    /// The number of acceptors in the set.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True iff the set has no acceptor.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for AcceptorSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = (0..32).filter(|i| self.contains(*i)).map(|i| format!("A{}", i + 1)).collect();
        write!(f, "{{{}}}", names.join(" "))
    }
}
