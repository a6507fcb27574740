//! Orders of the variables: those of an actor with its channels, improved by FORCE (Aloul, Markov and Sakallah), which
//! moves variables that change together towards each other until that no longer helps. It must not know a diagram.

use super::numbers::StableSet;
use super::variable::Variable;

/// Rounds that a placement may take to settle.
const MOST_ROUNDS: usize = 200;

/// An order of the variables in which those that change together are close to each other. Equal seeds give equal orders.
pub(super) fn order(variables: &[Variable], together: &StableSet<Vec<usize>>, seed: u64) -> Vec<usize> {
    let mut groups: Vec<&Vec<usize>> = together.iter().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    settled(start(variables, seed), &groups)
}

/// The actors one after the other, each with its channels; first those that have none, as the others meet in them. A
/// channel goes with the actor that comes last, or under odd seeds with the one that comes first. The actors are in the
/// order of their ids under the first two seeds: actors of a kind mostly stand in an order that means something, such as
/// that of their ballots.
fn start(variables: &[Variable], seed: u64) -> Vec<usize> {
    let actors = variables.iter().filter(|variable| matches!(variable, Variable::Local(_))).count();
    let turns = shuffled(actors, seed / 2);
    let turn = |actor: usize| turns.get(actor).copied().unwrap_or(actors);
    let owner = |one: usize, other: usize| match seed.is_multiple_of(2) {
        true => turn(one).max(turn(other)),
        false => turn(one).min(turn(other)),
    };
    let channels: Vec<(usize, usize)> = variables.iter().filter_map(|variable| variable.channel()).collect();
    let owners: Vec<usize> = channels.iter().map(|&(one, other)| owner(one, other)).collect();
    let key = |variable: Variable| match variable {
        Variable::Local(actor) if owners.contains(&turn(actor)) => (1, turn(actor), 0, 0),
        Variable::Local(actor) => (0, turn(actor), 0, 0),
        Variable::Channel(one, other) => (1, owner(one, other), 1, turn(one) + turn(other)),
        Variable::Last | Variable::History | Variable::Down => (2, 0, 0, 0),
    };
    let mut order: Vec<usize> = (0..variables.len()).collect();
    order.sort_by_key(|&variable| key(variables[variable]));
    order
}

/// Numbers in an order that looks random; seed 0 leaves them as they are.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for place in (1..count).rev().filter(|_| seed > 0) {
        state = (state ^ state >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9).wrapping_add(seed);
        order.swap(place, (state >> 33) as usize % (place + 1));
    }
    order
}

/// Places every variable at the middle of the groups that it is in, again and again, while that brings groups together.
fn settled(mut order: Vec<usize>, groups: &[&Vec<usize>]) -> Vec<usize> {
    let mut best = spread(&order, groups);
    for _ in 0..MOST_ROUNDS {
        let places = places(&order);
        let mut pull = vec![(0.0, 0.0); order.len()];
        for group in groups {
            let middle = group.iter().map(|&variable| places[variable] as f64).sum::<f64>() / group.len() as f64;
            for &variable in *group {
                pull[variable].0 += middle;
                pull[variable].1 += 1.0;
            }
        }
        let target = |variable: usize| match pull[variable] {
            (_, 0.0) => places[variable] as f64,
            (sum, groups) => sum / groups,
        };
        let mut next = order.clone();
        next.sort_by(|&one, &other| target(one).total_cmp(&target(other)));
        let closer = spread(&next, groups);
        if closer >= best {
            break;
        }
        (order, best) = (next, closer);
    }
    order
}

fn places(order: &[usize]) -> Vec<usize> {
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &variable)| places[variable] = place);
    places
}

/// How far apart the variables of the groups stand, over all groups.
fn spread(order: &[usize], groups: &[&Vec<usize>]) -> usize {
    let places = places(order);
    let extent = |group: &&Vec<usize>| {
        let places = group.iter().map(|&variable| places[variable]);
        places.clone().max().unwrap_or(0) - places.min().unwrap_or(0)
    };
    groups.iter().map(extent).sum()
}
