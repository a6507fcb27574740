//! The symbolic engine: all reachable states at once, as a decision diagram. It knows nothing of Paxos, nor of model
//! files, reports or terminals.
//!
//! # From breadth-first search to saturation
//!
//! Breadth-first search keeps a set of visited states and adds the successors of each until nothing is new. It handles
//! states one by one, so 10^12 of them are out of the question, however regular they are. Here a state is a tuple of
//! small numbers, and the set of all of them is a *decision diagram*: a graph with one level for each place of the
//! tuple, in which a path from top to bottom spells a state and equal parts are stored once. Ten switches that are on
//! or off independently of each other have 1,024 states and need ten nodes.
//!
//! What can happen is kept in parts as well. An *event* says what has to be true of a few places and what they become;
//! the others stay as they are. Take a client that may ask a server once, and the server's answer, with the places
//! `client`, `channel` and `server`, top down:
//!
//! ```text
//!   ask      client  idle -> waits      channel  empty -> ask
//!   serve                               channel  ask -> answer      server  n -> n + 1, while n < 1
//!   finish   client  waits -> done      channel  answer -> empty
//!
//!   the initial state     serve begins at the channel,       ask begins at the client: its result
//!                         which cannot serve: saturated      below is saturated before it is used
//!
//!   client    (idle)               (idle)                     (idle     waits)
//!                |                    |                          |         |
//!   channel   (empty)              (empty)                    (empty)   (ask   answer)
//!                |                    |                          |       |       |
//!   server      (0)                  (0)                        (0) <----+      (1)
//! ```
//!
//! and `finish`, which begins at the client too, adds `done`, `empty`, 1. Breadth-first order would have fired all three
//! events on whole sets, round by round. *Saturation* (Ciardo, Luettgen and Siminiceanu) works node by node from the
//! lowest level up. A node is saturated when no event that begins at its level or below adds anything to it. To saturate
//! a node, its children are saturated first; then each event that begins at its level is fired in it, again and again
//! until nothing is new, and every node that a firing makes further down is saturated before it is used. So an event is
//! fired where it begins and nowhere above, what lies above is shared and not visited, and the intermediate sets, which
//! in breadth-first order are often much larger than the final one, stay small. When the root is saturated, the set is
//! the reachable one: every event begins at some level. There are no rounds, so a set that is not finished says nothing
//! about depth, and one that had to be given up proves nothing at all.
//!
//! # How it is put together
//!
//! * `encoding` takes a global state apart: each actor's local state, what is in flight between each two actors, the
//!   history, the number of crashes. `handlers` is what it sees of a model; handlers run once for each local state and
//!   envelope, and may be called with such as never meet.
//! * `diagram` has the sets, `space` the variables in an order and the events learnt so far, `saturation` the reachable
//!   set, `images` what single events make of whole sets.
//! * `sketch` takes a first look at a model, `order` finds orders of the variables, on which all speed depends;
//!   `attempts` tries one after the other, with more work allowed each round, and on two threads side by side.
//! * `distances` has functions from states to numbers, and a second saturation that finds shortest distances, from the
//!   initial state or back from a goal. `levels` knows depths: `ranks` reads them off the finished diagram where all
//!   paths to a state have one length, else they are such distances.
//! * `observations`, `folding` and `properties` answer the questions, `paths` finds the least path to a hit. `firings` counts how
//!   often each action happens, `quotient` unites the states that look alike.
//! * `halt` looks at the limits, from within all of these; `cache` and `numbers` are what they are made of.
//!
//! # Invariants
//!
//! * Exact: counts are sums over the diagram, in 128 bits, checked for overflow. Nothing depends on the order of the
//!   variables, on garbage, on caches or on the thread that won; only time and memory do.
//! * A run that was stopped has no verdict but for the hits that it had already found in the complete set.
//! * What cannot be taken apart is refused by name: a boundary that is a function of whole states, a depth-first search,
//!   limits on states and on depth.
//!
//! # What it is bad at
//!
//! Many actors that each remember much and all talk to all: the sets share little then, and explicit search
//! ([`super::components`]) is the better engine.

mod attempts;
mod cache;
mod diagram;
mod distances;
mod encoding;
mod firings;
mod folding;
mod halt;
pub(super) mod handlers;
mod images;
mod levels;
mod numbers;
mod observations;
mod order;
mod paths;
mod properties;
mod quotient;
mod ranks;
mod saturation;
mod sketch;
mod space;
mod variable;

use super::components::compile::handlers::Called;
use super::components::questions::parts;
use super::control::{Phase, Watch};
use super::fault::guarded;
use super::{Action, Checkable, Hit, Lens, Limits, Outcome, Refusal, Search, Stopped, Strategy};
use attempts::{Answer, Ended, Found, Racer};
use halt::{Fuse, Halt, Race};
use properties::Reached;
use stateright::actor::Actor;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

/// What the engine has to be told besides the search.
pub struct Options {
    /// Nodes of a diagram at most.
    pub nodes: usize,
    /// Nodes that one attempt to find the reachable states may make, those that were collected included.
    pub work: usize,
    /// The only order of the variables to be used, by its number; several are tried if none is named. Nothing but speed
    /// depends on it, so that a second order can confirm what was found under the first.
    pub order: Option<u64>,
    /// A point at which the search stops, as if for this reason: after so many nodes were constructed or looked for. It
    /// is the same point in every run of one thread, unlike one of time or memory, so that every way to end can be tested.
    pub stop_after: Option<(u64, Stopped)>,
}

impl Default for Options {
    fn default() -> Self {
        Options { nodes: MOST_NODES, work: usize::MAX, order: None, stop_after: None }
    }
}

/// Nodes of a diagram at most, if nothing else is said.
const MOST_NODES: usize = 1 << 30;
/// Threads that race, each under an order of its own.
const MOST_RACERS: usize = 2;
/// Calls nest as deep as there are variables.
const STACK_BYTES: usize = 256 << 20;

/// Explores the reachable states of an actor model and answers the questions of a search.
///
/// # Errors
///
/// Refuses what cannot be taken apart: a boundary that is a function of whole states, a question about them, a depth-first search, limits on
/// states and on depth. Gives up when a handler of an actor panics in a reachable state.
pub fn run<A, C, H, O>(search: Search<A, C, H, O>, options: Options) -> Result<Outcome<A>, Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    Ok(explore(search, options, &|_| Ok(()), &|_, ()| ())?.0)
}

/// An action of an actor in one of its local states, and how often it happens.
pub struct Firing<A: Actor> {
    /// The action.
    pub action: Action<A>,
    /// The state of the actor that takes it, before and after; `None` for the loss of a message.
    pub local: Option<[Arc<A::State>; 2]>,
    /// True iff the action changes nothing and is no transition.
    pub is_ignored: bool,
    /// The number of reachable states in which it is taken.
    pub times: u128,
}

/// As [`run`], and how often each action happens: every transition out of every reachable state, and every action that is
/// ignored there, counted by what the acting actor makes of it. `None` if the search was stopped.
///
/// # Errors
///
/// As [`run`].
pub fn firings<A, C, H, O>(
    search: Search<A, C, H, O>,
    options: Options,
) -> Result<(Outcome<A>, Option<Vec<Firing<A>>>), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    explore(search, options, &firings::each, &|called, firings| {
        let told = |firing: firings::Firing| Firing {
            action: called.action(firing.action),
            local: firing.local.map(|(actor, before, after)| [before, after].map(|local| called.local(actor, local))),
            is_ignored: firing.is_ignored,
            times: firing.times,
        };
        firings.into_iter().map(told).collect()
    })
}

/// The quotient of the reachable states by what a lens shows of them.
pub struct Quotient<O> {
    /// The classes, in no order that means anything.
    pub classes: Vec<Class<O>>,
    /// The steps between classes: from which, to which, by their places, and how many. A step within a class is none.
    pub steps: Vec<(usize, usize, u128)>,
}

/// All reachable states that show the same.
pub struct Class<O> {
    /// What they show of each actor.
    pub seen: Vec<O>,
    /// How many there are.
    pub states: u128,
    /// How many of them are terminal.
    pub terminal_states: u128,
    /// Transitions on a shortest path from the initial state to the nearest of them.
    pub depth: u64,
}

/// As [`run`], and the quotient of the reachable states by what the first lens shows; `None` if the search was stopped.
///
/// # Errors
///
/// As [`run`]. Refuses a quotient with more than `most` classes.
pub fn quotient<A, C, H, O>(
    search: Search<A, C, H, O>,
    options: Options,
    most: usize,
) -> Result<(Outcome<A>, Option<Quotient<O>>), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let (outcome, found) =
        explore(search, options, &|reached| quotient::quotient(reached, most as u128), &|called, found| {
            let quotient::Quotient { classes, steps } = found.map_err(|quotient::TooMany(classes)| {
                Refusal::Unsupported(format!("its quotient has {classes} classes, more than {most}"))
            })?;
            let class = |class: quotient::Class| Class {
                seen: class.seen.into_iter().map(|seen| called.seen(0, seen)).collect(),
                states: class.states,
                terminal_states: class.terminals,
                depth: class.depth.into(),
            };
            let steps = steps.into_iter().map(|((from, to), times)| (from, to, times)).collect();
            Ok(Quotient { classes: classes.into_iter().map(class).collect(), steps })
        })?;
    Ok((outcome, found.transpose()?))
}

/// What else may be asked of a reachable set, in numbers.
type More<'m, T> = dyn Fn(&mut Reached) -> Result<T, Halt> + Sync + 'm;

/// Searches; what `more` finds in the reachable set is put in the model's own terms by `told`.
fn explore<A, C, H, O, T, U>(
    search: Search<A, C, H, O>,
    options: Options,
    more: &More<'_, T>,
    told: &(dyn Fn(&Called<A, C, H, O>, T) -> U + Sync),
) -> Result<(Outcome<A>, Option<U>), Refusal>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
    U: Send,
{
    check_limits(search.strategy, &search.limits)?;
    if let Some(judge) = search.judges.first() {
        return Err(Refusal::Unsupported(format!("{:?} is asked of whole states", judge.name)));
    }
    search.control.begin(Phase::Saturating);
    let (lens_at, _) = places(&search.lenses);
    let is_enough = |answers: &[Answer]| {
        let is_hit = |question| answers.iter().any(|&((lens, bit), _)| lens_at[lens] + bit as usize == question);
        search.goal.is_reached(is_hit)
    };
    let most = if options.order.is_some() { 1 } else { MOST_RACERS };
    let racers = search.threads.clamp(1, most);
    let places = Race::of(racers);
    let fuse = options.stop_after.map(|(nodes, stopped)| Fuse::new(nodes, stopped));
    let run = |place: Race, number: usize| -> Result<Option<(Outcome<A>, Option<U>)>, Refusal> {
        let mut called = Called::new(search.model.clone(), &search.lenses, search.boundary.clone())?;
        // One racer alone may use all of the memory in the end.
        let memory = search.limits.memory.map(|bytes| if number == 0 { bytes } else { bytes / 4 * 3 });
        let racer = Racer {
            race: place,
            watch: Watch::new(search.control.clone(), &Limits { memory, ..search.limits }),
            nodes: options.nodes,
            work: options.work,
            is_enough: &is_enough,
            more,
            fuse: fuse.clone(),
            order: options.order,
            first: number as u64,
            stride: racers as u64,
        };
        Ok(match guarded(|| racer.run(&mut called))?? {
            Ended::Overtaken => None,
            Ended::Found(mut found) => {
                let more = found.more.take().map(|more| told(&called, more));
                Some((outcome(found, &search, racers, &called), more))
            }
        })
    };
    let run = &run;
    let ended: Vec<_> = std::thread::scope(|scope| {
        let start = |(number, place): (usize, Race)| {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, move || run(place, number)).ok()
        };
        let threads: Vec<_> = places.into_iter().enumerate().filter_map(start).collect();
        threads.into_iter().map(|thread| thread.join().expect("panics are caught where they happen")).collect()
    });
    best(ended)
}

fn check_limits(strategy: Strategy, limits: &Limits) -> Result<(), Refusal> {
    let refuse = |what: &str| Err(Refusal::Unsupported(what.into()));
    match (strategy, limits) {
        (Strategy::Dfs, _) => refuse("it has no depth-first order: all states are found at once"),
        (_, Limits { max_states: Some(_), .. }) => {
            refuse("it cannot stop at a number of states: they are found at once")
        }
        (_, Limits { max_depth: Some(_), .. }) => {
            refuse("it cannot stop at a depth: states of all depths are found at once")
        }
        _ => Ok(()),
    }
}

/// The outcome that is worth most: a complete one, else a refusal, else one of a racer that was stopped.
fn best<A: Actor, U>(ended: Vec<Result<Option<(Outcome<A>, U)>, Refusal>>) -> Result<(Outcome<A>, U), Refusal> {
    let mut refusal = Refusal::NoThread("none of its racers could start".into());
    let mut stopped = None;
    for ended in ended {
        match ended {
            Ok(Some(found)) if [Stopped::Exhausted, Stopped::Decided].contains(&found.0.stopped) => return Ok(found),
            Ok(Some(found)) => stopped = Some(found),
            Ok(None) => {}
            Err(other) => refusal = other,
        }
    }
    stopped.ok_or(refusal)
}

/// Where the questions of each lens begin among all of them, and how many there are. A large lens counts as several, as
/// `Observer::of` takes it apart.
fn places<A: Actor, O>(lenses: &[Lens<A, O>]) -> (Vec<usize>, usize) {
    let mut places = Vec::new();
    let mut questions = 0;
    for lens in lenses {
        places.extend(parts(lens.questions.len()).map(|part| questions + part.start));
        questions += lens.questions.len();
    }
    (places, questions)
}

fn outcome<A, C, H, O, T>(
    found: Found<T>,
    search: &Search<A, C, H, O>,
    racers: usize,
    called: &Called<A, C, H, O>,
) -> Outcome<A>
where
    A: Checkable,
    C: Clone + Send + Sync,
    H: Clone + Debug + Hash + Send + Sync,
    O: Clone + Eq + Hash + Send + Sync,
{
    let (lens_at, questions) = places(&search.lenses);
    let mut hits: Vec<Option<Hit<A>>> = std::iter::repeat_with(|| None).take(questions).collect();
    for ((lens, bit), actions) in found.hits {
        let actions = actions.into_iter().map(|action| called.action(action)).collect();
        hits[lens_at[lens] + bit as usize] = Some(Hit { actions, shortest: true });
    }
    let Found { stopped, counts, states_by_depth, .. } = found;
    Outcome { stopped, counts, states_by_depth, hits, threads: racers, notes: Vec::new() }
}
