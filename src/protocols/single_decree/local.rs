//! The local states, under the thesis's names (4.1.2, 4.2), and the step that a handler returns.

use super::message::Message;
use crate::protocols::paxos::{AcceptorSet, Ballot, Proposal, Value};
use serde::{Deserialize, Serialize};
use stateright::actor::Id;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

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
    /// True iff it came back from a crash and began a round again, with the same ballot and another value of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_restarted: bool,
}

/// The proposer's states (4.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing sent yet. Only with stepwise sends.
    PInit,
    /// Some Prepares sent. Only with stepwise sends.
    PSentPrep {
        /// The acceptors that have been sent one.
        sent_to: AcceptorSet,
    },
    /// Every Prepare sent; waiting for answers.
    PWaitPrepResp {
        /// The answers that count so far.
        answers: Answers,
    },
    /// Phase 1 is over. With atomic sends this is the last state, with every Accept sent.
    PSentAccReq {
        /// The acceptors that have been sent the Accept; `None` if it went to all of them at once.
        sent_to: Option<AcceptorSet>,
        /// The acceptors that are sent it, where they are sent one by one and not all of them are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        targets: Option<AcceptorSet>,
        /// The proposal.
        proposal: Proposal,
    },
    /// Finished.
    PAbort(Ended),
}

/// The answers that a proposer counts, a multiset: each with the index of its acceptor, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(Vec<(usize, Answer)>);

impl Answers {
    /// These answers and another one.
    pub fn with(&self, acceptor: usize, answer: Answer) -> Self {
        let mut answers = self.0.clone();
        let place = answers.partition_point(|counted| *counted <= (acceptor, answer));
        answers.insert(place, (acceptor, answer));
        Answers(answers)
    }

    /// The number of answers.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// True iff the acceptor with this index has answered.
    pub fn has_heard(&self, acceptor: usize) -> bool {
        self.0.iter().any(|(heard, _)| *heard == acceptor)
    }

    /// The acceptors that have answered.
    pub fn acceptors(&self) -> AcceptorSet {
        self.0.iter().fold(AcceptorSet::default(), |heard, (acceptor, _)| heard.with(*acceptor))
    }

    /// What each promise reports.
    pub fn reports(&self) -> impl Iterator<Item = Option<Proposal>> + '_ {
        self.0.iter().filter_map(|(_, answer)| match answer {
            Answer::Promised(carried) => Some(*carried),
            Answer::Refused => None,
        })
    }

    /// What each promise of the acceptor with this index reports.
    pub fn reports_of(&self, acceptor: usize) -> impl Iterator<Item = Option<Proposal>> + '_ {
        self.0.iter().filter_map(move |(heard, answer)| match answer {
            Answer::Promised(carried) if *heard == acceptor => Some(*carried),
            _ => None,
        })
    }

    /// True iff one of them is a refusal.
    pub fn has_refusal(&self) -> bool {
        self.0.iter().any(|(_, answer)| *answer == Answer::Refused)
    }
}

/// An acceptor's answer to a Prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A Promise and the proposal it carried.
    Promised(Option<Proposal>),
    /// A Nack.
    Refused,
}

/// How a proposer ended in PAbort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A Nack refused it.
    Refused,
    /// It has sent every Accept.
    Sent(Proposal),
    /// It crashed in its last round.
    Crashed,
}

/// An acceptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Acceptor {
    /// The number held, with the value that came with it where Prepares carry one. `None` in AInit, and after an
    /// acceptance that ends the acceptor's part.
    pub promised: Option<Held>,
    /// The last accepted proposal.
    pub accepted: Option<Proposal>,
    /// Its position in its program.
    pub program: Program,
    /// Every proposal that it has ever accepted: a ghost, which no handler reads.
    pub votes: BTreeSet<Proposal>,
    /// The last proposal it received, accepted or not, where a wrapper reads it (5.4). A ghost.
    pub received: Option<Proposal>,
    /// What it held before its last change, where it may come back without that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Written>,
    /// How many times it has come back, as far as a model limits its losses.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub comebacks: u32,
}

/// What an acceptor holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Written {
    /// The number promised.
    pub promised: Option<Held>,
    /// The last accepted proposal.
    pub accepted: Option<Proposal>,
}

impl Acceptor {
    /// What it holds.
    pub fn written(&self) -> Written {
        Written { promised: self.promised, accepted: self.accepted }
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The number that an acceptor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Held {
    /// The promised ballot.
    pub ballot: Ballot,
    /// The value that came with it.
    pub value: Option<Value>,
}

/// An acceptor's position in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// It takes every message.
    Listening,
    /// It awaits a Prepare.
    AwaitsPrepare,
    /// It awaits an Accept.
    AwaitsAccept,
    /// It has exited.
    Exited,
}

/// A learner (2.2.2). It collects the acceptors' reports until it learns what is chosen, and then forgets them, so that
/// learners that know the same thing are in the same state.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learner {
    /// It has not learned yet.
    Listening {
        /// The proposals that each acceptor has reported as accepted, in order, by acceptor. Where deliveries count, a
        /// proposal is there once for each.
        heard: BTreeMap<usize, Vec<Proposal>>,
    },
    /// It has learned that this proposal is chosen, and announces it.
    Learned(Proposal),
}

/// The effect of an event on one node: its next local state and the messages that it sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction {
    /// The next local state.
    pub local: Local,
    /// Messages, in the order in which they are sent.
    pub sends: Vec<(Id, Message)>,
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
            Phase::PInit => write!(f, "PInit")?,
            Phase::PSentPrep { sent_to } => write!(f, "PSentPrep sent_to={sent_to}")?,
            Phase::PWaitPrepResp { answers } => {
                write!(f, "PWaitPrepResp")?;
                for (index, answer) in &answers.0 {
                    match answer {
                        Answer::Promised(None) => write!(f, " A{}:none", index.saturating_add(1))?,
                        Answer::Promised(Some(proposal)) => write!(f, " A{}:{proposal}", index.saturating_add(1))?,
                        Answer::Refused => write!(f, " A{}:nack", index.saturating_add(1))?,
                    }
                }
            }
            Phase::PSentAccReq { sent_to: Some(sent_to), proposal, .. } => {
                write!(f, "PSentAccReq {proposal} sent_to={sent_to}")?
            }
            Phase::PSentAccReq { sent_to: None, proposal, .. } => write!(f, "PSentAccReq {proposal}")?,
            Phase::PAbort(Ended::Refused) => write!(f, "PAbort after a nack")?,
            Phase::PAbort(Ended::Sent(proposal)) => write!(f, "PAbort after sending {proposal}")?,
            Phase::PAbort(Ended::Crashed) => write!(f, "PAbort after a crash")?,
        }
        if self.round > 0 {
            write!(f, " round={}", self.round.saturating_add(1))?;
        }
        if self.has_restarted {
            write!(f, " restarted")
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.accepted, self.promised) {
            (None, None) => write!(f, "AInit"),
            (None, Some(held)) => write!(f, "APromised {held}"),
            (Some(accepted), held) => {
                write!(f, "AAccepted {accepted}")?;
                match held.filter(|held| held.ballot != accepted.ballot) {
                    Some(held) => write!(f, " promised={}", held.ballot),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Display for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.written())?;
        let has_other_votes = self.votes.iter().any(|vote| Some(*vote) != self.accepted);
        if has_other_votes {
            let votes: Vec<_> = self.votes.iter().map(Proposal::to_string).collect();
            write!(f, " votes={}", votes.join(","))?;
        }
        if self.program == Program::Exited {
            write!(f, " exited")?;
        }
        if let Some(earlier) = self.earlier.filter(|earlier| *earlier != self.written()) {
            write!(f, " stored=({earlier})")?;
        }
        match self.comebacks {
            0 => Ok(()),
            1 => write!(f, " came back"),
            times => write!(f, " came back {times} times"),
        }
    }
}

impl fmt::Display for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Learner::Listening { heard } if heard.is_empty() => write!(f, "LInit"),
            Learner::Listening { heard } => {
                write!(f, "LHeard")?;
                for (index, proposals) in heard {
                    let listed: Vec<_> = proposals.iter().map(Proposal::to_string).collect();
                    write!(f, " A{}:{}", index.saturating_add(1), listed.join(","))?;
                }
                Ok(())
            }
            Learner::Learned(proposal) => write!(f, "LLearned {proposal}"),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{}", Proposal::new(self.ballot, value)),
            None => write!(f, "{}", self.ballot),
        }
    }
}
