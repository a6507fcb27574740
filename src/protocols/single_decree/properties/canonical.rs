//! What no property tells apart: the order of the acceptors and that of the learners, and of the proposers which one it
//! was that aborted, or adopted a value.

use super::super::Setup;
use super::view::{Observation, Proposing};
use std::sync::Arc;

/// The same acceptors and the same learners in another order.
pub(super) fn sorted(setup: &Arc<Setup>, seen: &mut [Option<Observation>]) {
    let (acceptors, learners) = seen[setup.proposals.len()..].split_at_mut(setup.acceptors);
    sort(acceptors);
    sort(learners);
}

fn sort(seen: &mut [Option<Observation>]) {
    let places: Vec<usize> = (0..seen.len()).filter(|&place| seen[place].is_some()).collect();
    let mut known: Vec<Observation> = seen.iter_mut().filter_map(Option::take).collect();
    known.sort_unstable();
    places.into_iter().zip(known).for_each(|(place, known)| seen[place] = Some(known));
}

/// Only the first proposer that aborted and the first that adopted a value.
pub(super) fn first_of_each(setup: &Arc<Setup>, seen: &mut [Option<Observation>]) {
    let (mut aborted, mut adopted) = (false, false);
    for (index, seen) in seen[..setup.proposals.len()].iter_mut().enumerate() {
        let Some(seen) = seen.as_mut().and_then(|seen| seen.proposer.as_mut()) else { continue };
        let is_first_to_abort = seen.has_aborted() && !std::mem::replace(&mut aborted, true);
        let is_first_to_adopt = seen.adopted(setup, index).is_some() && !std::mem::replace(&mut adopted, true);
        if !is_first_to_abort && !is_first_to_adopt {
            *seen = Proposing::default();
        }
    }
}
