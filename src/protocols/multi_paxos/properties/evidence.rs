//! What makes each property so, in its own terms: which proposal was chosen in which slot by which acceptors and since
//! which step, which votes contradict each other. Each function is given a path at whose end its property is settled.

use super::super::local::{listed, Slot, Vote};
use super::view::{contradict, follows, overrules};
use super::{Learning, Story, View};
use crate::family::Reason;
use crate::protocols::paxos::Value;
use std::collections::BTreeSet;

/// Votes in one slot with one ballot and different values.
pub(super) fn votes_with_one_ballot(story: Story) -> Vec<Reason> {
    let votes: BTreeSet<Vote> = story.last().votes().copied().collect();
    let contradicted = votes.iter().filter(|vote| votes.iter().any(|other| contradict(vote, other)));
    contradicted.map(|vote| first_vote(story, |other| other == vote)).collect()
}

/// What is chosen and contradicted by a vote above it, and such votes.
pub(super) fn votes_above_a_chosen(story: Story) -> Vec<Reason> {
    let last = story.last();
    let lower: Vec<Vote> = last.chosen().filter(|chosen| last.votes().any(|vote| overrules(chosen, vote))).collect();
    let above: BTreeSet<Vote> =
        last.votes().filter(|vote| lower.iter().any(|chosen| overrules(chosen, vote))).copied().collect();
    let votes = above.iter().map(|vote| first_vote(story, |other| other == vote));
    lower.iter().map(|chosen| chosen_since(story, *chosen)).chain(votes).collect()
}

/// What is chosen in slots in which several values are.
pub(super) fn chosen_twice(story: Story) -> Vec<Reason> {
    let chosen: Vec<Vote> = story.last().chosen().collect();
    let differ = |vote: &&Vote| chosen.iter().any(|other| other.0 == vote.0 && other.1.value != vote.1.value);
    chosen.iter().filter(differ).map(|vote| chosen_since(story, *vote)).collect()
}

/// Everything that is chosen.
pub(super) fn chosen(story: Story) -> Vec<Reason> {
    story.last().chosen().map(|chosen| chosen_since(story, chosen)).collect()
}

/// The first vote.
pub(super) fn a_vote(story: Story) -> Vec<Reason> {
    vec![first_vote(story, |_| true)]
}

/// The first vote for each value that is nobody's command.
pub(super) fn votes_out_of_nothing(story: Story) -> Vec<Reason> {
    let last = story.last();
    let values: BTreeSet<Value> =
        last.votes().map(|(_, vote)| vote.value).filter(|value| !last.is_command(*value)).collect();
    let commands: Vec<_> = last.protocol().commands.iter().flatten().map(Value::to_string).collect();
    let known = Reason::new(format!("the commands are {}", commands.join(" ")), []);
    let votes = values.into_iter().map(|value| first_vote(story, |(_, vote)| vote.value == value));
    votes.chain([known]).collect()
}

/// What was chosen before the last step and is no longer.
pub(super) fn no_longer_chosen(story: Story) -> Vec<Reason> {
    let (earlier, last) = (story.before_the_last_step(), story.last());
    let lost = earlier.last().chosen().filter(|chosen| !last.is_chosen(*chosen));
    lost.flat_map(|lost| [chosen_since(earlier, lost), not_chosen(story, lost)]).collect()
}

/// What is chosen where the specifications have no such step, what was chosen before, and the learners' logs.
pub(super) fn no_step_of_the_specifications(story: Story) -> Vec<Reason> {
    let (earlier, last) = (story.before_the_last_step().last(), story.last());
    let before = match (earlier.array(), earlier.log()) {
        (Some(array), Some(log)) => {
            let log: Vec<_> = log.values.iter().map(Value::to_string).collect();
            let array = if array.decided.is_empty() { "empty".into() } else { listed(&array.decided) };
            format!("the array is {array} and the log [{}] before step {}", log.join(" "), story.steps())
        }
        _ => format!("two values are chosen in a slot before step {}", story.steps()),
    };
    let reason = |(was, is): (Learning, Learning)| {
        let log: Vec<_> = is.log.iter().map(Value::to_string).collect();
        let what = format!("the log of {} is [{}] in the end", last.learner_name(is.index), log.join(" "));
        (!follows(was, is, last)).then(|| Reason::new(what, [story.steps()]))
    };
    let logs = earlier.learners().zip(last.learners()).filter_map(reason);
    [Reason::new(before, [story.steps()])]
        .into_iter()
        .chain(chosen(story))
        .chain(no_longer_chosen(story))
        .chain(logs)
        .collect()
}

/// All votes in a slot of an acceptor that has several there.
pub(super) fn two_votes(story: Story) -> Vec<Reason> {
    for (acceptor, votes) in story.last().votes_by_acceptor().enumerate() {
        let in_slot = |slot: Slot| votes.iter().filter(move |vote| vote.0 == slot);
        if let Some((slot, _)) = votes.iter().find(|(slot, _)| in_slot(*slot).count() > 1) {
            return in_slot(*slot).map(|vote| voted(story, acceptor, *vote)).collect();
        }
    }
    Vec::new()
}

/// The commands of others in the leaders' plans.
pub(super) fn adopted(story: Story) -> Vec<Reason> {
    let reason = |adopted: (usize, Slot, Value)| {
        let (proposer, slot, command) = adopted;
        let since = story.since(|view| view.adopted().any(|other| other == adopted));
        let name = story.last().proposer_name(proposer);
        Reason::new(format!("{name} takes {command} for slot {slot} in step {since}; it is another's"), [since])
    };
    story.last().adopted().map(reason).collect()
}

/// The proposers that a Nack has ended.
pub(super) fn aborted(story: Story) -> Vec<Reason> {
    let reason = |proposer: usize| {
        let since = story.since(|view| view.aborted().any(|other| other == proposer));
        let name = story.last().proposer_name(proposer);
        Reason::new(format!("{name} gave up after a Nack in step {since}"), [since])
    };
    story.last().aborted().map(reason).collect()
}

/// What is chosen above a slot in which nothing is, and that slot.
pub(super) fn hole(story: Story) -> Vec<Reason> {
    let holes = story.last().holes();
    let above = story.last().chosen().filter(|(slot, _)| holes.first().is_some_and(|hole| slot > hole));
    let above = above.map(|chosen| chosen_since(story, chosen));
    above.chain(holes.iter().map(|slot| empty(story, *slot))).collect()
}

/// How far the slots in which nothing is chosen are from it, in a state in which nothing can happen any more.
pub(super) fn stuck(story: Story) -> Vec<Reason> {
    let steps = story.steps();
    let (last, full) = (story.last(), story.last().chosen_slots());
    let slots = (1..=last.protocol().slots).filter(|slot| !full.contains(slot));
    let end = Reason::new(format!("nothing can happen after step {steps}"), [steps]);
    slots.map(|slot| empty(story, slot)).chain([end]).collect()
}

/// What learners have learned that is not chosen.
pub(super) fn learned_and_not_chosen(story: Story) -> Vec<Reason> {
    let last = story.last();
    let wrong = last.learned().filter(|(_, slot, proposal)| !last.is_chosen((*slot, *proposal)));
    let reasons = |learned: (usize, Slot, _)| {
        let (learner, slot, proposal) = learned;
        let since = story.since(|view| view.learned().any(|other| other == learned));
        let name = story.last().learner_name(learner);
        let what = format!("{name} learns {proposal} for slot {slot} in {}", moment(since));
        [Reason::new(what, [since]), not_chosen(story, (slot, proposal))]
    };
    wrong.flat_map(reasons).collect()
}

/// The first difference of two logs.
pub(super) fn logs_differ(story: Story) -> Vec<Reason> {
    let Some((one, other, slot)) = story.last().disagreement() else { return Vec::new() };
    let those = |(learner, place, _): &(usize, Slot, Value)| (*learner == one || *learner == other) && *place == slot;
    story.last().executed().filter(those).map(|executed| executed_since(story, executed)).collect()
}

/// What learners have executed that is not chosen.
pub(super) fn executed_and_not_chosen(story: Story) -> Vec<Reason> {
    let wrong = story.last().executed_and_not_chosen();
    let reasons = |executed: (usize, Slot, Value)| {
        let (_, slot, _) = executed;
        let chosen: Vec<_> = story.last().chosen().filter(|(other, _)| *other == slot).collect();
        let instead: Vec<_> = chosen.into_iter().map(|vote| chosen_since(story, vote)).collect();
        let instead = if instead.is_empty() { vec![empty(story, slot)] } else { instead };
        std::iter::once(executed_since(story, executed)).chain(instead)
    };
    wrong.flat_map(reasons).collect()
}

/// What learners have executed that they had not learned for that place.
pub(super) fn executed_out_of_order(story: Story) -> Vec<Reason> {
    let wrong = story.last().executed_out_of_order();
    let reasons = |executed: (usize, Slot, Value)| {
        let (learner, slot, _) = executed;
        let learned = story.last().learned().find(|(other, of, _)| (*other, *of) == (learner, slot));
        let name = story.last().learner_name(learner);
        let what = match learned {
            Some((_, _, proposal)) => format!("{name} has learned {proposal} for slot {slot}"),
            None => format!("{name} has learned nothing for slot {slot}"),
        };
        [executed_since(story, executed), Reason::new(what, [])]
    };
    wrong.flat_map(reasons).collect()
}

/// The first values of the logs.
pub(super) fn executed(story: Story) -> Vec<Reason> {
    story.last().executed().filter(|(_, slot, _)| *slot == 1).map(|executed| executed_since(story, executed)).collect()
}

/// The last values of the logs that are full.
pub(super) fn full_log(story: Story) -> Vec<Reason> {
    let slots = story.last().protocol().slots;
    let last = story.last().executed().filter(move |(_, slot, _)| *slot == slots);
    last.map(|executed| executed_since(story, executed)).collect()
}

fn executed_since(story: Story, executed: (usize, Slot, Value)) -> Reason {
    let (learner, slot, value) = executed;
    let since = story.since(|view| view.executed().any(|other| other == executed));
    let name = story.last().learner_name(learner);
    Reason::new(format!("{name} executes {value} as number {slot} of its log in {}", moment(since)), [since])
}

/// A proposal, who chose it, and since when.
fn chosen_since(story: Story, vote: Vote) -> Reason {
    let since = story.since(|view| view.is_chosen(vote));
    let voters = story.after(since).names_of_voters(vote);
    Reason::new(format!("{} chosen in slot {} by {voters} since {}", vote.1, vote.0, moment(since)), [since])
}

/// A proposal that is not chosen, and how many votes it is short of it.
fn not_chosen(story: Story, vote: Vote) -> Reason {
    let (voters, needed) = (story.last().names_of_voters(vote), story.last().protocol().votes_to_be_chosen());
    let voters = if voters.is_empty() { "no acceptor".into() } else { voters };
    let what =
        format!("{} is not chosen in slot {}: {voters} voted for it, and it takes {needed} votes", vote.1, vote.0);
    Reason::new(what, [])
}

/// A slot in which nothing is chosen.
fn empty(story: Story, slot: Slot) -> Reason {
    let votes: BTreeSet<Vote> = story.last().votes().filter(|vote| vote.0 == slot).copied().collect();
    let each = votes.iter().map(|vote| format!("{} by {}", vote.1, story.last().names_of_voters(*vote)));
    let voted = each.collect::<Vec<_>>().join(", ");
    let voted = if voted.is_empty() { "no acceptor has voted there".into() } else { format!("the votes are {voted}") };
    Reason::new(format!("nothing is chosen in slot {slot}: {voted}"), [])
}

/// The first vote, among those that there are at the end, like this.
fn first_vote(story: Story, is_it: impl Fn(&Vote) -> bool) -> Reason {
    let votes = story.last().votes_by_acceptor().enumerate();
    let votes = votes.flat_map(|(acceptor, votes)| votes.iter().map(move |vote| (acceptor, *vote)));
    let votes = votes.filter(|(_, vote)| is_it(vote));
    let first = votes.min_by_key(|(acceptor, vote)| (vote_since(story, *acceptor, *vote), *acceptor, *vote));
    let (acceptor, vote) = first.expect("the property is settled by such a vote");
    voted(story, acceptor, vote)
}

fn voted(story: Story, acceptor: usize, vote: Vote) -> Reason {
    let since = vote_since(story, acceptor, vote);
    let name = story.last().acceptor_name(acceptor);
    Reason::new(format!("{name} voted for {} in slot {} in {}", vote.1, vote.0, moment(since)), [since])
}

fn vote_since(story: Story, acceptor: usize, vote: Vote) -> usize {
    story.since(|view: View| view.votes_by_acceptor().nth(acceptor).is_some_and(|votes| votes.contains(&vote)))
}

fn moment(step: usize) -> String {
    if step == 0 {
        "the initial state".into()
    } else {
        format!("step {step}")
    }
}
