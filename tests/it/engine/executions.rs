//! Temporal properties against a naive decision that shares no code with the engine's: reachability closures over the
//! graph that stateright's own `actions` and `next_state` give, once for every set of envelopes that may get lost for ever.

use super::random::draw;
use stateright::actor::{
    model_timeout, Actor, ActorModel, ActorModelAction, ActorModelState, Id, LossyNetwork, Network, Out,
};
use stateright::Model as _;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use synod::engine::executions::{Asked, Decided, Lasso, Temporal};
use synod::engine::{executions, Limits, Stopped, Verdict};

/// What a random system with cycles is made from.
#[derive(Clone, Debug)]
struct Recipe {
    seed: u64,
    actors: usize,
    values: u8,
    network: u8,
    lossy: bool,
    max_crashes: usize,
    timers: bool,
    choices: bool,
}

impl Recipe {
    fn new(seed: u64) -> Self {
        let pick = |salt: u64, among: u64| draw(seed, &[salt]) % among;
        Recipe {
            seed,
            actors: 1 + pick(1, 3) as usize,
            values: 2 + pick(2, 2) as u8,
            network: pick(3, 3) as u8,
            lossy: pick(4, 2) == 0,
            max_crashes: usize::from(pick(5, 4) == 0),
            timers: pick(6, 3) > 0,
            choices: pick(7, 4) == 0,
        }
    }

    fn model(&self) -> Model {
        let network = match self.network {
            0 => Network::new_ordered([]),
            1 => Network::new_unordered_nonduplicating([]),
            _ => Network::new_unordered_duplicating([]),
        };
        ActorModel::new(self.clone(), ())
            .actors((0..self.actors).map(|_| Node(self.clone())))
            .init_network(network)
            .lossy_network(if self.lossy { LossyNetwork::Yes } else { LossyNetwork::No })
            .max_crashes(self.max_crashes)
            .within_boundary(|_, state| state.network.len() <= 2)
    }
}

#[derive(Clone)]
struct Node(Recipe);

impl Node {
    fn act(&self, event: &[u64], value: u8, out: &mut Out<Self>) -> u8 {
        let mut parts = vec![u64::from(value)];
        parts.extend(event);
        let drawn = draw(self.0.seed, &parts);
        let bits = |from: u32, modulus: u64| (drawn >> from) % modulus;
        if bits(0, 5) < 2 {
            out.send(Id::from(bits(4, self.0.actors as u64) as usize), bits(8, 2) as u8);
        }
        if self.0.timers && bits(12, 3) == 0 {
            out.set_timer(bits(16, 2) as u8, model_timeout());
        }
        if self.0.choices && bits(20, 4) == 0 {
            out.choose_random("side", vec![0, 1]);
        }
        if bits(24, 3) == 0 {
            value
        } else {
            bits(28, u64::from(self.0.values)) as u8
        }
    }
}

impl Actor for Node {
    type Msg = u8;
    type State = u8;
    type Timer = u8;
    type Random = u8;
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
        out.send(Id::from(draw(self.0.seed, &[80]) as usize % self.0.actors), 0);
        self.act(&[10, usize::from(id) as u64], 0, out)
    }

    fn on_msg(&self, id: Id, state: &mut Cow<u8>, src: Id, msg: u8, out: &mut Out<Self>) {
        let event = [11, usize::from(id) as u64, usize::from(src) as u64, u64::from(msg)];
        if draw(self.0.seed, &[u64::from(**state), 90, event[1], event[3]]).is_multiple_of(4) {
            return; // it does not take this message now
        }
        let next = self.act(&event, **state, out);
        if next != **state {
            *state = Cow::Owned(next);
        }
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<u8>, timer: &u8, out: &mut Out<Self>) {
        let next = self.act(&[12, usize::from(id) as u64, u64::from(*timer)], **state, out);
        if next != **state {
            *state = Cow::Owned(next);
        }
    }

    fn on_random(&self, id: Id, state: &mut Cow<u8>, random: &u8, out: &mut Out<Self>) {
        let next = self.act(&[13, usize::from(id) as u64, u64::from(*random)], **state, out);
        *state = Cow::Owned(next);
    }
}

type Model = ActorModel<Node, Recipe, ()>;
type State = ActorModelState<Node, ()>;
type Action = ActorModelAction<u8, u8, u8>;

/// What an action is a way to do, if it is something that is not put off for ever.
fn duty(action: &Action) -> Option<String> {
    match action {
        Action::Deliver { src, dst, msg } => Some(format!("deliver {src:?} {dst:?} {msg}")),
        Action::Timeout(id, timer) => Some(format!("timer {id:?} {timer}")),
        Action::SelectRandom { actor, key, .. } => Some(format!("choice {actor:?} {key}")),
        Action::Drop(_) | Action::Crash(_) | Action::Recover(_) => None,
    }
}

/// The delivery that an action takes away.
fn lost(action: &Action) -> Option<String> {
    match action {
        Action::Drop(envelope) => Some(format!("deliver {:?} {:?} {}", envelope.src, envelope.dst, envelope.msg)),
        _ => None,
    }
}

struct Graph {
    states: Vec<State>,
    steps: Vec<(usize, Action, usize)>,
}

fn steps(model: &Model, state: &State) -> Vec<(Action, State)> {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let step = |action: Action| Some((action.clone(), model.next_state(state, action)?));
    actions.into_iter().filter_map(step).filter(|(_, next)| model.within_boundary(next)).collect()
}

/// The graph of a model without some actions, unless it has too many states.
fn graph(model: &Model, is_barred: &dyn Fn(&Action) -> bool, most: usize) -> Option<Graph> {
    let mut graph = Graph { states: model.init_states(), steps: Vec::new() };
    if !model.within_boundary(&graph.states[0]) {
        return None;
    }
    let mut at = 0;
    while at < graph.states.len() {
        for (action, next) in steps(model, &graph.states[at]).into_iter().filter(|(action, _)| !is_barred(action)) {
            let known = graph.states.iter().position(|state| *state == next);
            let to = known.unwrap_or(graph.states.len());
            if known.is_none() {
                graph.states.push(next);
            }
            graph.steps.push((at, action, to));
        }
        at += 1;
        if graph.states.len() > most {
            return None;
        }
    }
    Some(graph)
}

impl Graph {
    /// For each state those that it leads to by some steps, by the algorithm of Warshall.
    fn closure(&self, may_take: impl Fn(usize, &Action, usize) -> bool) -> Vec<Vec<bool>> {
        let count = self.states.len();
        let mut leads = vec![vec![false; count]; count];
        for (from, action, to) in &self.steps {
            leads[*from][*to] |= may_take(*from, action, *to);
        }
        for middle in 0..count {
            let onward = leads[middle].clone();
            for reached in leads.iter_mut().filter(|reached| reached[middle]) {
                reached.iter_mut().zip(&onward).for_each(|(leads, further)| *leads |= further);
            }
        }
        leads
    }

    fn due(&self, state: usize) -> BTreeSet<String> {
        self.steps.iter().filter(|(from, ..)| *from == state).filter_map(|(_, action, _)| duty(action)).collect()
    }

    /// The envelope that a step loses where it could have been delivered.
    fn waste(&self, from: usize, action: &Action) -> Option<String> {
        lost(action).filter(|delivery| self.due(from).contains(delivery))
    }

    /// The states from which a fair execution can stay among the states without the condition.
    /// Without `is_loss_fair`, any envelope may get lost for ever.
    fn staying(&self, goal: &[bool], is_loss_fair: bool) -> BTreeSet<usize> {
        let wasted: BTreeSet<String> =
            self.steps.iter().filter_map(|(from, action, _)| self.waste(*from, action)).collect();
        let wasted: Vec<_> = wasted.into_iter().collect();
        let count = self.states.len();
        let mut staying = BTreeSet::new();
        for allowed in 0..1u32 << wasted.len() {
            let is_allowed =
                |delivery: &String| wasted.iter().zip(0..).any(|(w, bit)| w == delivery && allowed >> bit & 1 == 1);
            let may_take = |from: usize, action: &Action, to: usize| {
                !goal[from]
                    && !goal[to]
                    && !matches!(action, Action::Crash(_))
                    && self.waste(from, action).as_ref().is_none_or(is_allowed)
            };
            let leads = self.closure(may_take);
            for state in (0..count).filter(|state| !goal[*state]) {
                let is_mate = |other: &usize| *other == state || (leads[state][*other] && leads[*other][state]);
                let mates: BTreeSet<usize> = (0..count).filter(is_mate).collect();
                let inside: Vec<_> = self
                    .steps
                    .iter()
                    .filter(|(from, action, to)| {
                        mates.contains(from) && mates.contains(to) && may_take(*from, action, *to)
                    })
                    .collect();
                let done: BTreeSet<String> = inside.iter().filter_map(|(_, action, _)| duty(action)).collect();
                let is_due_all_along = |duty: &String| mates.iter().all(|mate| self.due(*mate).contains(duty));
                let is_just = self.due(state).iter().all(|duty| done.contains(duty) || !is_due_all_along(duty));
                let mut wastes = inside.iter().filter_map(|(from, action, _)| self.waste(*from, action));
                if is_just && (!is_loss_fair || wastes.all(|delivery| done.contains(&delivery))) {
                    staying.extend(mates);
                }
            }
        }
        staying
    }

    /// The length of a shortest path from the initial state by way of states that may be entered.
    fn distance(&self, may_enter: impl Fn(usize) -> bool, is_end: impl Fn(usize) -> bool) -> Option<usize> {
        let mut level: BTreeSet<usize> = [0].into_iter().filter(|state| may_enter(*state)).collect();
        for length in 0..=self.states.len() {
            if level.iter().any(|state| is_end(*state)) {
                return Some(length);
            }
            let next = self.steps.iter().filter(|(from, _, to)| level.contains(from) && may_enter(*to));
            level = next.map(|(.., to)| *to).collect();
        }
        None
    }

    /// The length of a shortest stem of a fair execution without the condition, if there is one.
    fn avoids(&self, goal: &[bool], is_loss_fair: bool) -> Option<usize> {
        let staying = self.staying(goal, is_loss_fair);
        self.distance(|state| !goal[state], |state| staying.contains(&state))
    }

    /// The length of a shortest path to a state from which the condition cannot become true.
    fn loses(&self, goal: &[bool]) -> Option<usize> {
        let leads = self.closure(|_, _, _| true);
        let can = |from: usize| (0..self.states.len()).any(|to| goal[to] && (from == to || leads[from][to]));
        self.distance(|_| true, |state| !can(state))
    }

    /// Replays a counterexample to *inevitably*, and judges it by itself.
    fn follow(&self, goal: &[bool], lasso: &Lasso<Node>) {
        let go = |at: usize, action: &Action| {
            let step = self.steps.iter().find(|(from, taken, _)| *from == at && taken == action);
            step.expect("a path is one of the model").2
        };
        let mut at = 0;
        for action in &lasso.stem {
            assert!(!goal[at]);
            at = go(at, action);
        }
        assert!(!goal[at]);
        let (entry, mut due) = (at, self.due(at));
        let (mut done, mut wasted) = (BTreeSet::new(), BTreeSet::new());
        for action in &lasso.repeats {
            assert!(!matches!(action, Action::Crash(_)));
            done.extend(duty(action));
            wasted.extend(self.waste(at, action));
            at = go(at, action);
            assert!(!goal[at]);
            due = due.intersection(&self.due(at)).cloned().collect();
        }
        assert_eq!(at, entry, "what repeats leads back");
        assert!(due.is_subset(&done), "{due:?} is put off for ever");
        assert!(wasted.is_subset(&done), "{wasted:?} is lost for ever");
    }
}

const CONDITIONS: [fn(&Model, &State) -> bool; 3] = [
    |_, state| *state.actor_states[0] == 1,
    |_, state| state.actor_states.iter().all(|value| **value == 0),
    |_, state| state.actor_states.iter().any(|value| **value == 2) || state.network.len() == 2,
];

fn is_first_crash(action: &Action) -> bool {
    *action == Action::Crash(Id::from(0))
}

fn decide(recipe: &Recipe, bars: bool) -> Decided<Node> {
    let mut asking = executions(recipe.model());
    for condition in CONDITIONS {
        for says in [Temporal::Inevitably, Temporal::AlwaysPossibly] {
            let without: Option<Arc<dyn Fn(&Action) -> bool + Send + Sync>> =
                if bars { Some(Arc::new(is_first_crash)) } else { None };
            asking = asking.ask(Asked { name: "", says, condition: Arc::new(condition), without });
        }
    }
    asking.run().unwrap()
}

/// What came out, so that no case goes untested unnoticed.
#[derive(Default, Debug)]
struct Tally {
    systems: usize,
    inevitable: usize,
    at_rest: usize,
    loops: usize,
    loops_with_loss: usize,
    /// Were loss not fair, there would be another counterexample.
    losses_matter: usize,
    possible: usize,
    lost: usize,
}

fn compare(recipe: &Recipe, bars: bool, tally: &mut Tally) {
    let model = recipe.model();
    let is_barred = |action: &Action| bars && is_first_crash(action);
    let Some(graph) = graph(&model, &is_barred, 70) else { return };
    let wasted: BTreeSet<_> = graph.steps.iter().filter_map(|(from, action, _)| graph.waste(*from, action)).collect();
    if wasted.len() > 5 {
        return;
    }
    tally.systems += 1;
    let decided = decide(recipe, bars);
    assert_eq!(decided.stopped, Stopped::Exhausted);
    if !bars {
        assert_eq!(decided.counts.unique_states, graph.states.len() as u128, "{recipe:?}");
        assert_eq!(decided.counts.generated_states, graph.steps.len() as u128 + 1, "{recipe:?}");
    }
    for (condition, answers) in CONDITIONS.iter().zip(decided.answers.chunks(2)) {
        let goal: Vec<bool> = graph.states.iter().map(|state| condition(&model, state)).collect();
        let [inevitably, possibly] = answers else { unreachable!() };
        let at_rest: Vec<usize> = (0..graph.states.len()).filter(|state| graph.due(*state).is_empty()).collect();
        let without = at_rest.iter().filter(|state| !goal[**state]).count();
        assert_eq!((inevitably.at_rest, inevitably.at_rest_without), (at_rest.len() as u64, without as u64));
        let stem = inevitably.counterexample.as_ref().map(|lasso| lasso.stem.len());
        assert_eq!(stem, graph.avoids(&goal, true), "{recipe:?}");
        match &inevitably.counterexample {
            None => tally.inevitable += 1,
            Some(lasso) => {
                graph.follow(&goal, lasso);
                tally.at_rest += usize::from(lasso.repeats.is_empty());
                tally.loops += usize::from(!lasso.repeats.is_empty());
                tally.loops_with_loss += usize::from(lasso.repeats.iter().any(|action| lost(action).is_some()));
            }
        }
        if !wasted.is_empty() {
            tally.losses_matter += usize::from(stem != graph.avoids(&goal, false));
        }
        let path = possibly.counterexample.as_ref().map(|lasso| lasso.stem.len());
        assert_eq!(path, graph.loses(&goal), "{recipe:?}");
        tally.possible += usize::from(path.is_none());
        tally.lost += usize::from(path.is_some_and(|length| length > 0));
        for answer in answers {
            let verdict = if answer.counterexample.is_some() { Verdict::Violated } else { Verdict::Holds };
            assert_eq!(answer.verdict, verdict);
        }
    }
}

#[test]
fn random_systems_with_cycles_are_decided_as_naively() {
    let mut tally = Tally::default();
    for seed in 0..5000 {
        let recipe = Recipe::new(seed);
        compare(&recipe, false, &mut tally);
        if recipe.max_crashes > 0 && seed % 3 == 0 {
            compare(&recipe, true, &mut tally);
        }
    }
    assert!(tally.systems >= 2000, "{tally:?}");
    let cases = [
        tally.inevitable,
        tally.at_rest,
        tally.loops,
        tally.loops_with_loss,
        tally.losses_matter,
        tally.possible,
        tally.lost,
    ];
    assert!(cases.iter().all(|count| *count >= 10), "{tally:?}");
}

/// A sender that sends again for ever, and a receiver.
#[derive(Clone, Copy)]
struct Resend;

impl Actor for Resend {
    type Msg = ();
    type State = bool;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> bool {
        if usize::from(id) == 0 {
            out.set_timer((), model_timeout());
        }
        false
    }

    fn on_timeout(&self, _: Id, _: &mut Cow<bool>, (): &(), out: &mut Out<Self>) {
        out.send(Id::from(1), ());
        out.set_timer((), model_timeout());
    }

    fn on_msg(&self, _: Id, received: &mut Cow<bool>, _: Id, (): (), _: &mut Out<Self>) {
        *received.to_mut() = true;
    }
}

fn resend(network: Network<()>) -> ActorModel<Resend, (), ()> {
    ActorModel::new((), ())
        .actors([Resend, Resend])
        .init_network(network)
        .within_boundary(|_, state| state.network.len() <= 1)
}

/// A message that is sent again for ever is received, lost or not; one that is sent once need not be.
#[test]
fn what_is_sent_for_ever_is_received() {
    let networks = || {
        [Network::new_unordered_nonduplicating([]), Network::new_unordered_duplicating([]), Network::new_ordered([])]
    };
    for network in networks() {
        let lossy = resend(network).lossy_network(LossyNetwork::Yes);
        executions(lossy).inevitably("received", |_, state| *state.actor_states[1]).run().unwrap().assert_properties();
    }
    for network in networks() {
        let crashing = resend(network).max_crashes(1);
        let decided = executions(crashing).inevitably("received", |_, state| *state.actor_states[1]).run().unwrap();
        let lasso = decided.answers[0].counterexample.as_ref().unwrap();
        // The sender crashes; nothing is due then.
        assert_eq!((lasso.stem.as_slice(), lasso.repeats.len()), (&[ActorModelAction::Crash(Id::from(0))][..], 0));
        assert_eq!(
            (decided.answers[0].at_rest, decided.answers[0].verdict),
            (decided.answers[0].at_rest.max(1), Verdict::Violated)
        );
    }
}

/// A space that was cut off decides nothing, whatever was seen of it.
#[test]
fn a_space_that_was_cut_off_decides_nothing() {
    let recipe = (0..).map(Recipe::new).find(|recipe| decide(recipe, false).counts.unique_states > 40).unwrap();
    let limits = [
        Limits { max_states: Some(20), ..Limits::default() },
        Limits { max_depth: Some(2), ..Limits::default() },
        Limits { timeout: Some(std::time::Duration::ZERO), ..Limits::default() },
        Limits { memory: Some(1), ..Limits::default() },
    ];
    let stopped = [Stopped::MaxStates, Stopped::MaxDepth, Stopped::Timeout, Stopped::Memory];
    for (limits, stopped) in limits.into_iter().zip(stopped) {
        let asking =
            executions(recipe.model()).inevitably("one", CONDITIONS[0]).always_possibly("other", CONDITIONS[0]);
        let decided = asking.limits(limits).run().unwrap();
        assert_eq!(decided.stopped, stopped);
        assert!(decided
            .answers
            .iter()
            .all(|answer| answer.verdict == Verdict::Unknown && answer.counterexample.is_none()));
    }
}
