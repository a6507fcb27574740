//! What arrives at a node in an instance, counted: a flood of one message, or of messages that are ignored, fills neither
//! the node's log nor its memory.

use super::log::Sending;
use stateright::actor::Id;
use std::collections::BTreeMap;

/// How often a sending is taken note of. A second arrival shows in the log, where a model may forbid it; a third shows
/// nothing more, and no model demands that it is taken.
const MOST_ARRIVALS: u8 = 2;

/// The most sendings that are distinguished. Honest nodes send fewer in an instance.
const MOST_SENDINGS: usize = 1 << 16;

/// Ignored messages that have records of their own.
const MOST_IGNORED: u64 = 4096;

/// The arrivals of an instance.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    times: BTreeMap<(Id, Sending), u8>,
    ignored: u64,
    unrecorded: u64,
    told: u64,
}

impl Arrivals {
    /// True iff a message that arrives is to be recorded.
    pub(super) fn admit(&mut self, from: Id, cause: Sending) -> bool {
        let is_full = self.times.len() >= MOST_SENDINGS;
        let is_admitted = match self.times.get_mut(&(from, cause)) {
            Some(times) if *times >= MOST_ARRIVALS => false,
            Some(times) => {
                *times += 1;
                true
            }
            None if is_full => true,
            None => self.times.insert((from, cause), 1).is_none(),
        };
        self.unrecorded += u64::from(!is_admitted);
        is_admitted
    }

    /// True iff a message that is ignored gets a record.
    pub(super) fn admit_ignored(&mut self) -> bool {
        let is_admitted = self.ignored < MOST_IGNORED;
        self.ignored += u64::from(is_admitted);
        self.unrecorded += u64::from(!is_admitted);
        is_admitted
    }

    /// How many messages without a record there were since this was last asked, if it is time to say so: when all of them
    /// have doubled, or at the end.
    pub(super) fn summary(&mut self, is_end: bool) -> Option<u64> {
        let since = self.unrecorded - self.told;
        let is_due = since > 0 && (is_end || self.unrecorded >= 2 * self.told);
        is_due.then(|| {
            self.told = self.unrecorded;
            since
        })
    }
}
