//! Which enabled action a random run takes next: any, each as likely as the others, or by random priorities of the
//! flows of messages. It knows actions and nothing of states, properties or reports.

use crate::family::{Action, Family};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use stateright::actor::{ActorModelAction, Id};
use std::collections::BTreeMap;

/// How a run chooses its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// Every enabled action is equally likely.
    Uniform,
    /// By random priorities, after S. Burckhardt, P. Kothari, M. Musuvathi and S. Nagarakatte, "A Randomized Scheduler
    /// with Probabilistic Guarantees of Finding Bugs" (PCT, ASPLOS 2010). Their threads are *lanes* here, which carries
    /// the idea over to messages as B. K. Ozkan et al., "Randomized Testing of Distributed Systems with Probabilistic
    /// Guarantees" (OOPSLA 2018), do with chains of messages. A lane is all that goes from one node to another, the
    /// losses on that way, a node's own steps, or its crashes and recoveries.
    ///
    /// Every lane has a random priority. The highest lane that can take a step takes one; at two random steps the lane
    /// that would have taken it falls behind all lanes that have not fallen yet. So some flows rush ahead and others
    /// starve, which a uniform run does with vanishing probability. How long a run is, within which the two steps are
    /// drawn, is told by a uniform run with the same seed, made before it.
    ///
    /// *There is no guarantee here.* PCT finds a bug of depth d among n threads and k steps with probability at least
    /// 1/(n k^(d-1)) a run, if k is a bound on all runs, the steps of a thread come in a fixed order and runs end. Here
    /// k is what one run took, the messages of a lane are chosen among at random, and a lane that leads back to a state
    /// of the same run draws a new priority, for else a crash and a recovery would take turns forever.
    Pct,
}

impl Scheduler {
    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Scheduler::Uniform => "uniform",
            Scheduler::Pct => "pct",
        }
    }
}

/// How many orderings of events a bug is guessed to need at most (the *depth* of Burckhardt et al.): the priorities
/// change one time less.
const DEPTH: u32 = 3;

/// What competes for the next step. Steps of one lane are chosen among at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// The deliveries from one node to another.
    Messages(Id, Id),
    /// The losses of messages from one node to another.
    Losses(Id, Id),
    /// A node's own steps.
    Internal(Id),
    /// A node's crashes and recoveries.
    Crashes(Id),
}

impl Lane {
    fn of<F: Family>(action: &Action<F>) -> Self {
        match action {
            ActorModelAction::Deliver { src, dst, .. } => Lane::Messages(*src, *dst),
            ActorModelAction::Drop(envelope) => Lane::Losses(envelope.src, envelope.dst),
            ActorModelAction::Timeout(id, _) | ActorModelAction::SelectRandom { actor: id, .. } => Lane::Internal(*id),
            ActorModelAction::Crash(id) | ActorModelAction::Recover(id) => Lane::Crashes(*id),
        }
    }
}

/// The choices of one run.
pub struct Schedule {
    rng: ChaCha8Rng,
    priorities: Option<Priorities>,
}

/// The state of a schedule by priority.
struct Priorities {
    of: BTreeMap<Lane, u64>,
    /// The steps at which the lane that would run falls behind, with the priority that it gets.
    changes: Vec<(u32, u64)>,
    step: u32,
}

impl Schedule {
    /// A schedule in which every enabled action is equally likely.
    pub fn uniform(rng: ChaCha8Rng) -> Self {
        Schedule { rng, priorities: None }
    }

    /// A schedule by random priorities, for a run of about `horizon` steps that lead on (see [`Scheduler::Pct`]).
    pub fn by_priority(mut rng: ChaCha8Rng, horizon: u32) -> Self {
        // As in the paper, the changes are drawn independently, and the later in the list, the less far a lane falls.
        let changes = (1..u64::from(DEPTH)).map(|priority| (rng.random_range(0..horizon.max(1)), priority)).collect();
        Schedule { rng, priorities: Some(Priorities { of: BTreeMap::new(), changes, step: 0 }) }
    }

    /// The place of an action among those that may be enabled; there is at least one. Drawn from `u32`s, so that it is
    /// the same where `usize` is another type.
    pub fn pick<F: Family>(&mut self, actions: &[Action<F>]) -> usize {
        let Some(priorities) = &mut self.priorities else {
            return self.rng.random_range(0..actions.len() as u32) as usize;
        };
        let lanes: Vec<Lane> = actions.iter().map(Lane::of::<F>).collect();
        for lane in &lanes {
            priorities.of.entry(*lane).or_insert_with(|| fresh(&mut self.rng));
        }
        let highest = lanes.iter().max_by_key(|lane| (priorities.of[*lane], **lane)).expect("there is an action");
        let places: Vec<usize> = (0..lanes.len()).filter(|place| lanes[*place] == *highest).collect();
        places[self.rng.random_range(0..places.len() as u32) as usize]
    }

    /// True iff an enabled action is not to be taken now, because its lane falls behind at this step. Another is to be
    /// picked, perhaps the same.
    pub fn passes_over<F: Family>(&mut self, action: &Action<F>) -> bool {
        let Some(priorities) = &mut self.priorities else { return false };
        let due = priorities.changes.iter().position(|(step, _)| *step == priorities.step);
        if let Some(place) = due {
            let (_, priority) = priorities.changes.swap_remove(place);
            priorities.of.insert(Lane::of::<F>(action), priority);
        }
        due.is_some()
    }

    /// Notes that a step was taken, and whether it led back to a state in which the run was before.
    pub fn note<F: Family>(&mut self, action: &Action<F>, is_back: bool) {
        let Some(priorities) = &mut self.priorities else { return };
        priorities.step += 1;
        if is_back {
            priorities.of.insert(Lane::of::<F>(action), fresh(&mut self.rng));
        }
    }
}

/// A random priority above those of the lanes that have fallen behind.
fn fresh(rng: &mut ChaCha8Rng) -> u64 {
    rng.random_range(u64::from(DEPTH)..=u64::MAX)
}
