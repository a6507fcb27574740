//! What makes each property of learners, proposers and the wrapper so, in its own terms. Each function is given a path at
//! whose end its property is settled.

use super::Story;
use crate::family::Reason;
use crate::protocols::paxos::properties::evidence::{moment, not_chosen};
use crate::protocols::paxos::{Proposal, Value, Votes};
use std::collections::BTreeSet;

/// What learners announce that is not chosen.
pub(super) fn learned_and_not_chosen(story: Story) -> Vec<Reason> {
    let last = story.last();
    let is_wrong = |(_, learned): &(usize, Proposal)| !last.chosen().any(|chosen| chosen == learned);
    let wrong = last.learned_by_learner().filter(is_wrong);
    wrong.flat_map(|wrong| [announces(story, wrong), not_chosen(story, wrong.1)]).collect()
}

/// The first learner to announce each value.
pub(super) fn learned(story: Story) -> Vec<Reason> {
    let values: BTreeSet<_> = story.last().learned().map(|learned| learned.value).collect();
    let first = |value| {
        let those = story.last().learned_by_learner().filter(move |(_, learned)| learned.value == value);
        those.map(|learned| announces(story, learned)).min_by_key(|reason| reason.steps.clone())
    };
    values.into_iter().filter_map(first).collect()
}

/// The proposers that have sent another's value.
pub(super) fn adopted(story: Story) -> Vec<Reason> {
    let reason = |(proposer, own, sent): (usize, Value, Proposal)| {
        let since = story.since(|view| view.adopted().any(|other| other == (proposer, own, sent)));
        let name = story.last().proposer_name(proposer);
        Reason::new(format!("{name} proposed {sent} in step {since}; its own value is {own}"), [since])
    };
    story.last().adopted().map(reason).collect()
}

/// The proposers that ended after a Nack.
pub(super) fn aborted(story: Story) -> Vec<Reason> {
    let reason = |proposer: usize| {
        let since = story.since(|view| view.aborted().any(|other| other == proposer));
        let name = story.last().proposer_name(proposer);
        Reason::new(format!("{name} gave up after a Nack in step {since}"), [since])
    };
    story.last().aborted().map(reason).collect()
}

/// What the wrapper announces.
pub(super) fn announced(story: Story) -> Vec<Reason> {
    let Some(value) = story.last().announced() else { return Vec::new() };
    let since = story.since(|view| view.announced() == Some(value));
    let what = "every acceptor has exited, and the last proposal that each received has this value";
    vec![Reason::new(format!("the wrapper announces {value} since step {since}: {what}"), [since])]
}

/// What the wrapper announces, and how far it is from being chosen.
pub(super) fn announced_and_not_chosen(story: Story) -> Vec<Reason> {
    let last = story.last();
    let votes: BTreeSet<Proposal> = last.votes().filter(|vote| Some(vote.value) == last.announced()).copied().collect();
    let mut reasons = announced(story);
    reasons.extend(votes.iter().map(|vote| not_chosen(story, *vote)));
    if votes.is_empty() {
        let value = last.announced().unwrap_or_default();
        reasons.push(Reason::new(format!("no acceptor has voted for a proposal with the value {value}"), []));
    }
    reasons
}

fn announces(story: Story, (learner, proposal): (usize, Proposal)) -> Reason {
    let since = story.since(|view| view.learned_by_learner().any(|other| other == (learner, proposal)));
    let name = story.last().learner_name(learner);
    Reason::new(format!("{name} announces {proposal} since {}", moment(since)), [since])
}
