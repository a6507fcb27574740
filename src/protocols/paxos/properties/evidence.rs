//! What makes each property so, in its own terms: which proposal was chosen by which acceptors and since which step,
//! which votes contradict each other. Each function is given a path at whose end its property is settled.

use super::{image, Voting};
use crate::family::{Reason, Story};
use crate::protocols::paxos::{Proposal, Value, Votes};
use crate::protocols::specification::Register;
use std::collections::BTreeSet;

/// A vote: the index of an acceptor and a proposal.
type Vote = (usize, Proposal);

/// Two votes with one ballot and different values, for each such ballot.
pub fn votes_with_one_ballot<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let votes: BTreeSet<Proposal> = F::votes(story.last()).votes().copied().collect();
    let contradicted = |vote: &&Proposal| votes.iter().any(|o| o.ballot == vote.ballot && o.value != vote.value);
    votes.iter().filter(contradicted).map(|vote| first_vote(story, |other| *other == *vote)).collect()
}

/// What is chosen and contradicted by a vote above it, and such votes.
pub fn votes_above_a_chosen<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let last = F::votes(story.last());
    let contradicts = |vote: &Proposal, chosen: &Proposal| vote.ballot > chosen.ballot && vote.value != chosen.value;
    let lower: BTreeSet<Proposal> =
        last.chosen().filter(|chosen| last.votes().any(|vote| contradicts(vote, chosen))).copied().collect();
    let above: BTreeSet<Proposal> =
        last.votes().filter(|vote| lower.iter().any(|chosen| contradicts(vote, chosen))).copied().collect();
    let votes = above.iter().map(|vote| first_vote(story, |other| *other == *vote));
    lower.iter().map(|chosen| chosen_since(story, *chosen)).chain(votes).collect()
}

/// The votes of an acceptor whose later ballot has another value.
pub fn votes_of_one_acceptor<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let differ = |votes: &&BTreeSet<Proposal>| {
        votes.iter().any(|vote| votes.iter().any(|other| other.ballot > vote.ballot && other.value != vote.value))
    };
    all_votes_of_one(story, differ)
}

/// All votes of an acceptor that has several.
pub fn several_votes<F: Voting>(story: Story<F>) -> Vec<Reason> {
    all_votes_of_one(story, |votes| votes.len() > 1)
}

fn all_votes_of_one<F: Voting>(story: Story<F>, is_it: impl Fn(&&BTreeSet<Proposal>) -> bool) -> Vec<Reason> {
    let last = F::votes(story.last());
    let Some((acceptor, votes)) = last.votes_by_acceptor().enumerate().find(|(_, votes)| is_it(votes)) else {
        return Vec::new();
    };
    votes.iter().map(|vote| voted(story, (acceptor, *vote))).collect()
}

/// Everything that is chosen.
pub fn chosen<F: Voting>(story: Story<F>) -> Vec<Reason> {
    F::votes(story.last()).chosen().map(|chosen| chosen_since(story, *chosen)).collect()
}

/// The first vote for each value.
pub fn votes_by_value<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let values: BTreeSet<_> = F::votes(story.last()).votes().map(|vote| vote.value).collect();
    values.into_iter().map(|value| first_vote(story, |vote| vote.value == value)).collect()
}

/// The first vote for each ballot.
pub fn votes_by_ballot<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let ballots: BTreeSet<_> = F::votes(story.last()).votes().map(|vote| vote.ballot).collect();
    ballots.into_iter().map(|ballot| first_vote(story, |vote| vote.ballot == ballot)).collect()
}

/// The first vote.
pub fn a_vote<F: Voting>(story: Story<F>) -> Vec<Reason> {
    vec![first_vote(story, |_| true)]
}

/// The first vote for each value that was no proposer's initial value.
pub fn votes_out_of_nothing<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let last = F::votes(story.last());
    let initial = last.initial_values();
    let values: BTreeSet<_> = last.votes().map(|vote| vote.value).filter(|value| !initial.contains(value)).collect();
    let initial: Vec<_> = initial.iter().map(Value::to_string).collect();
    let initial = Reason::new(format!("the initial values are {}", initial.join(" ")), []);
    let votes = values.into_iter().map(|value| first_vote(story, |vote| vote.value == value));
    votes.chain([initial]).collect()
}

/// What was chosen before the last step and is no longer.
pub fn no_longer_chosen<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let (earlier, last) = (story.before_the_last_step(), F::votes(story.last()));
    let lost = F::votes(earlier.last()).chosen().filter(|chosen| !last.chosen().any(|still| still == *chosen));
    lost.flat_map(|lost| [chosen_since(earlier, *lost), not_chosen(story, *lost)]).collect()
}

/// What is chosen where the register has no such step, and what it had decided before.
pub fn no_step_of_the_register<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let earlier = story.before_the_last_step();
    let was = match image(F::votes(earlier.last())) {
        Some(Register { decided: Some(value) }) => format!("decided {value}"),
        Some(Register { decided: None }) => "undecided".into(),
        None => "decided two values".into(),
    };
    let was = Reason::new(format!("the register is {was} before step {}", story.steps()), [story.steps()]);
    let initial: Vec<_> = F::votes(story.last()).initial_values().iter().map(Value::to_string).collect();
    let initial = Reason::new(format!("the initial values are {}", initial.join(" ")), []);
    let lost = no_longer_chosen(story);
    [was].into_iter().chain(chosen(story)).chain(lost).chain([initial]).collect()
}

/// How far every proposal is from being chosen, in a state in which nothing can happen any more.
pub fn blocked<F: Voting>(story: Story<F>) -> Vec<Reason> {
    let steps = story.steps();
    let end = Reason::new(format!("nothing can happen after step {steps}"), [steps]);
    let voted: BTreeSet<Proposal> = F::votes(story.last()).votes().copied().collect();
    let mut reasons: Vec<_> = voted.iter().map(|vote| not_chosen(story, *vote)).collect();
    if voted.is_empty() {
        reasons.push(Reason::new("no acceptor has voted", []));
    }
    reasons.push(end);
    reasons
}

/// A proposal, who chose it, and since when.
fn chosen_since<F: Voting>(story: Story<F>, proposal: Proposal) -> Reason {
    let since = story.since(|view| F::votes(view).chosen().any(|chosen| *chosen == proposal));
    let voters = F::votes(story.after(since)).names_of_voters(proposal);
    Reason::new(format!("{proposal} chosen by {voters} since {}", moment(since)), [since])
}

/// A proposal that is not chosen, and how many votes it is short of it.
pub fn not_chosen<F: Voting>(story: Story<F>, proposal: Proposal) -> Reason {
    let view = F::votes(story.last());
    let (voters, needed) = (view.names_of_voters(proposal), view.votes_to_be_chosen());
    let voters = if voters.is_empty() { "no acceptor".into() } else { voters };
    Reason::new(format!("{proposal} is not chosen: {voters} voted for it, and it takes {needed} votes"), [])
}

/// The first vote, among those that there are at the end, for a proposal like this.
fn first_vote<F: Voting>(story: Story<F>, is_it: impl Fn(&Proposal) -> bool) -> Reason {
    let votes = F::votes(story.last()).votes_by_acceptor().enumerate();
    let votes = votes.flat_map(|(acceptor, votes)| votes.iter().map(move |vote| (acceptor, *vote)));
    let votes = votes.filter(|(_, vote)| is_it(vote));
    let first = votes.min_by_key(|vote| (vote_since(story, *vote), *vote));
    voted(story, first.expect("the property is settled by such a vote"))
}

fn voted<F: Voting>(story: Story<F>, vote: Vote) -> Reason {
    let since = vote_since(story, vote);
    Reason::new(
        format!("{} voted for {} in {}", F::votes(story.last()).acceptor_name(vote.0), vote.1, moment(since)),
        [since],
    )
}

fn vote_since<F: Voting>(story: Story<F>, (acceptor, proposal): Vote) -> usize {
    let has_it = |view| F::votes(view).votes_by_acceptor().nth(acceptor).is_some_and(|votes| votes.contains(&proposal));
    story.since(has_it)
}

/// A step, or the state before all.
pub fn moment(step: usize) -> String {
    if step == 0 {
        "the initial state".into()
    } else {
        format!("step {step}")
    }
}
