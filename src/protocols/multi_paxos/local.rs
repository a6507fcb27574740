//! The local states, under the thesis's names where it has them (4.1.2), and the step that a handler returns.

use crate::protocols::paxos::{Ballot, Proposal, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The number of an instance of consensus, and so a place in the log; the first is 1.
pub type Slot = usize;

/// The no-op: a command that fills a slot and does nothing.
pub const NO_OP: Value = 0;

/// A proposal for each of some slots.
pub type Report = BTreeMap<Slot, Proposal>;

/// A vote: an acceptor's acceptance of a proposal in a slot.
pub type Vote = (Slot, Proposal);

/// The local state of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Local {
    /// A proposer.
    Proposer(Proposer),
    /// An acceptor.
    Acceptor(Acceptor),
    /// A learner.
    Learner(Learner),
    /// A node that crashed for good but that stateright restarts all the same. The model's boundary excludes every state
    /// with such a node.
    Gone,
}

/// A proposer: its round, and its phase in that round.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proposer {
    /// The round, counted from 0. It determines the ballot.
    pub round: u32,
    /// The phase of that round.
    pub phase: Phase,
}

/// The proposer's states.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Every Prepare sent; waiting for promises.
    PWaitPrepResp {
        /// The promises that count so far: the index of an acceptor and what it reported, in order.
        promises: Vec<(usize, Report)>,
    },
    /// It leads: phase 1 is over, and the Accepts of its plan are sent.
    PSentAccReq {
        /// The value of every slot that is used, also of those that it takes for settled.
        slots: BTreeMap<Slot, Value>,
    },
    /// Finished.
    PAbort(Ended),
}

/// How a proposer ended in PAbort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A Nack refused it.
    Refused,
    /// It crashed in its last round.
    Crashed,
}

/// An acceptor. It promises a ballot for all slots, and accepts slot by slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Acceptor {
    /// The promised ballot.
    pub promised: Option<Ballot>,
    /// What it holds as accepted, by slot.
    pub accepted: Report,
    /// Every vote that it has ever cast: a ghost, which no handler reads.
    pub votes: BTreeSet<Vote>,
}

/// A learner. Of a slot it collects the acceptors' reports until it learns what is chosen there, and then forgets them, so
/// that learners that know the same are in the same state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Learner {
    /// The reports for each slot that it has not learned: the index of an acceptor and the proposal, in order.
    pub heard: BTreeMap<Slot, Vec<(usize, Proposal)>>,
    /// What it has learned.
    pub learned: Report,
    /// The values that it has executed, in order: its log.
    pub log: Vec<Value>,
}

/// What there is of some slots, as in `1:<1,10> 2:<1,11>`.
pub fn listed<T: fmt::Display>(slots: &BTreeMap<Slot, T>) -> String {
    slots.iter().map(|(slot, of)| format!("{slot}:{of}")).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Local::Proposer(proposer) => proposer.fmt(f),
            Local::Acceptor(acceptor) => acceptor.fmt(f),
            Local::Learner(learner) => learner.fmt(f),
            Local::Gone => write!(f, "gone"),
        }
    }
}

impl fmt::Display for Proposer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.phase {
            Phase::PWaitPrepResp { promises } => {
                write!(f, "PWaitPrepResp")?;
                for (index, report) in promises {
                    let report = if report.is_empty() { "none".into() } else { listed(report) };
                    write!(f, " A{}[{report}]", index.saturating_add(1))?;
                }
            }
            Phase::PSentAccReq { slots } if slots.is_empty() => write!(f, "PSentAccReq nothing")?,
            Phase::PSentAccReq { slots } => write!(f, "PSentAccReq {}", listed(slots))?,
            Phase::PAbort(Ended::Refused) => write!(f, "PAbort after a nack")?,
            Phase::PAbort(Ended::Crashed) => write!(f, "PAbort after a crash")?,
        }
        if self.round > 0 {
            write!(f, " round={}", self.round.saturating_add(1))
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.accepted.is_empty(), self.promised) {
            (true, None) => write!(f, "AInit")?,
            (true, Some(promised)) => write!(f, "APromised {promised}")?,
            (false, promised) => {
                write!(f, "AAccepted {}", listed(&self.accepted))?;
                let says_so = |promised: &Ballot| self.accepted.values().all(|accepted| accepted.ballot == *promised);
                match promised {
                    None => write!(f, " promised=none")?,
                    Some(promised) if !says_so(&promised) => write!(f, " promised={promised}")?,
                    Some(_) => {}
                }
            }
        }
        let held = |(slot, vote): &&Vote| self.accepted.get(slot) == Some(vote);
        let earlier: Vec<_> = self.votes.iter().filter(|vote| !held(vote)).collect();
        if !earlier.is_empty() {
            let earlier: Vec<_> = earlier.iter().map(|(slot, vote)| format!("{slot}:{vote}")).collect();
            write!(f, " earlier={}", earlier.join(" "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.heard.is_empty() && self.learned.is_empty() {
            return write!(f, "LInit");
        }
        let mut parts = Vec::new();
        if !self.learned.is_empty() {
            let log: Vec<_> = self.log.iter().map(Value::to_string).collect();
            parts.push(format!("LLearned {} log=[{}]", listed(&self.learned), log.join(" ")));
        }
        if !self.heard.is_empty() {
            let reports = |reports: &Vec<(usize, Proposal)>| {
                let each = reports.iter().map(|(index, proposal)| format!("A{}{proposal}", index.saturating_add(1)));
                each.collect::<Vec<_>>().join(",")
            };
            let heard = self.heard.iter().map(|(slot, of)| format!("{slot}:{}", reports(of)));
            parts.push(format!("LHeard {}", heard.collect::<Vec<_>>().join(" ")));
        }
        f.write_str(&parts.join(" "))
    }
}
