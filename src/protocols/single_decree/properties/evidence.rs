//! What makes each property so, in its own terms: which proposal was chosen by which acceptors and since which step,
//! which votes contradict each other. Each function is given a path at whose end its property is settled.

use super::{Story, View};
use crate::family::Reason;
use crate::protocols::paxos::Proposal;
use std::collections::BTreeSet;

/// A vote: the index of an acceptor and a proposal.
type Vote = (usize, Proposal);

/// Two votes with one ballot and different values, for each such ballot.
pub(super) fn votes_with_one_ballot(story: Story) -> Vec<Reason> {
    let votes: BTreeSet<Proposal> = story.last().votes().copied().collect();
    let contradicted = |vote: &&Proposal| votes.iter().any(|o| o.ballot == vote.ballot && o.value != vote.value);
    votes.iter().filter(contradicted).map(|vote| first_vote(story, |other| *other == *vote)).collect()
}

/// What is chosen and contradicted by a vote above it, and such votes.
pub(super) fn votes_above_a_chosen(story: Story) -> Vec<Reason> {
    let last = story.last();
    let contradicts = |vote: &Proposal, chosen: &Proposal| vote.ballot > chosen.ballot && vote.value != chosen.value;
    let lower: BTreeSet<Proposal> =
        last.chosen().filter(|chosen| last.votes().any(|vote| contradicts(vote, chosen))).copied().collect();
    let above: BTreeSet<Proposal> =
        last.votes().filter(|vote| lower.iter().any(|chosen| contradicts(vote, chosen))).copied().collect();
    let votes = above.iter().map(|vote| first_vote(story, |other| *other == *vote));
    lower.iter().map(|chosen| chosen_since(story, *chosen)).chain(votes).collect()
}

/// The votes of an acceptor whose later ballot has another value.
pub(super) fn votes_of_one_acceptor(story: Story) -> Vec<Reason> {
    let differ = |votes: &&BTreeSet<Proposal>| {
        votes.iter().any(|vote| votes.iter().any(|other| other.ballot > vote.ballot && other.value != vote.value))
    };
    all_votes_of_one(story, differ)
}

/// All votes of an acceptor that has several.
pub(super) fn several_votes(story: Story) -> Vec<Reason> {
    all_votes_of_one(story, |votes| votes.len() > 1)
}

fn all_votes_of_one(story: Story, is_it: impl Fn(&&BTreeSet<Proposal>) -> bool) -> Vec<Reason> {
    let last = story.last();
    let Some((acceptor, votes)) = last.votes_by_acceptor().enumerate().find(|(_, votes)| is_it(votes)) else {
        return Vec::new();
    };
    votes.iter().map(|vote| voted(story, (acceptor, *vote))).collect()
}

/// Everything that is chosen.
pub(super) fn chosen(story: Story) -> Vec<Reason> {
    story.last().chosen().map(|chosen| chosen_since(story, *chosen)).collect()
}

/// The first vote for each value.
pub(super) fn votes_by_value(story: Story) -> Vec<Reason> {
    let values: BTreeSet<_> = story.last().votes().map(|vote| vote.value).collect();
    values.into_iter().map(|value| first_vote(story, |vote| vote.value == value)).collect()
}

/// The first vote for each ballot.
pub(super) fn votes_by_ballot(story: Story) -> Vec<Reason> {
    let ballots: BTreeSet<_> = story.last().votes().map(|vote| vote.ballot).collect();
    ballots.into_iter().map(|ballot| first_vote(story, |vote| vote.ballot == ballot)).collect()
}

/// The first vote.
pub(super) fn a_vote(story: Story) -> Vec<Reason> {
    vec![first_vote(story, |_| true)]
}

/// The first vote for each value that was no proposer's initial value.
pub(super) fn votes_out_of_nothing(story: Story) -> Vec<Reason> {
    let last = story.last();
    let values: BTreeSet<_> =
        last.votes().map(|vote| vote.value).filter(|value| !last.is_initial_value(*value)).collect();
    let initial = Reason::new(format!("the initial values are {}", last.initial_values()), []);
    let votes = values.into_iter().map(|value| first_vote(story, |vote| vote.value == value));
    votes.chain([initial]).collect()
}

/// What was chosen before the last step and is no longer.
pub(super) fn no_longer_chosen(story: Story) -> Vec<Reason> {
    let (earlier, last) = (story.before_the_last_step(), story.last());
    let lost = earlier.last().chosen().filter(|chosen| !last.chosen().any(|still| still == *chosen));
    lost.flat_map(|lost| [chosen_since(earlier, *lost), not_chosen(story, *lost)]).collect()
}

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
    let reason = |(proposer, own, sent): (usize, Proposal, Proposal)| {
        let since = story.since(|view| view.adopted().any(|other| other == (proposer, own, sent)));
        let name = story.last().proposer_name(proposer);
        Reason::new(format!("{name} proposed {sent} in step {since}; its own value is {}", own.value), [since])
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

/// How far every proposal is from being chosen, in a state in which nothing can happen any more.
pub(super) fn blocked(story: Story) -> Vec<Reason> {
    let steps = story.steps();
    let end = Reason::new(format!("nothing can happen after step {steps}"), [steps]);
    let voted: BTreeSet<Proposal> = story.last().votes().copied().collect();
    let mut reasons: Vec<_> = voted.iter().map(|vote| not_chosen(story, *vote)).collect();
    if voted.is_empty() {
        reasons.push(Reason::new("no acceptor has voted", []));
    }
    reasons.push(end);
    reasons
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

/// A proposal, who chose it, and since when.
fn chosen_since(story: Story, proposal: Proposal) -> Reason {
    let since = story.since(|view| view.chosen().any(|chosen| *chosen == proposal));
    let voters = story.after(since).names_of_voters(proposal);
    Reason::new(format!("{proposal} chosen by {voters} since {}", moment(since)), [since])
}

/// A proposal that is not chosen, and how many votes it is short of it.
fn not_chosen(story: Story, proposal: Proposal) -> Reason {
    let view = story.last();
    let (voters, needed) = (view.names_of_voters(proposal), view.votes_to_be_chosen());
    let voters = if voters.is_empty() { "no acceptor".into() } else { voters };
    Reason::new(format!("{proposal} is not chosen: {voters} voted for it, and it takes {needed} votes"), [])
}

/// The first vote, among those that there are at the end, for a proposal like this.
fn first_vote(story: Story, is_it: impl Fn(&Proposal) -> bool) -> Reason {
    let votes = story.last().votes_by_acceptor().enumerate();
    let votes = votes.flat_map(|(acceptor, votes)| votes.iter().map(move |vote| (acceptor, *vote)));
    let votes = votes.filter(|(_, vote)| is_it(vote));
    let first = votes.min_by_key(|vote| (vote_since(story, *vote), *vote));
    voted(story, first.expect("the property is settled by such a vote"))
}

fn voted(story: Story, vote: Vote) -> Reason {
    let since = vote_since(story, vote);
    Reason::new(format!("{} voted for {} in {}", story.last().acceptor_name(vote.0), vote.1, moment(since)), [since])
}

fn vote_since(story: Story, (acceptor, proposal): Vote) -> usize {
    let has_it = |view: View| view.votes_by_acceptor().nth(acceptor).is_some_and(|votes| votes.contains(&proposal));
    story.since(has_it)
}

fn announces(story: Story, (learner, proposal): (usize, Proposal)) -> Reason {
    let since = story.since(|view| view.learned_by_learner().any(|other| other == (learner, proposal)));
    let name = story.last().learner_name(learner);
    Reason::new(format!("{name} announces {proposal} since {}", moment(since)), [since])
}

fn moment(step: usize) -> String {
    if step == 0 {
        "the initial state".into()
    } else {
        format!("step {step}")
    }
}
