//! Plain models, and actor systems in whole states, against the naive checker and stateright; identity, ends and limits.

use super::naive::{self, Question};
use super::random::{self, draw};
use crate::support;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use synod::check::{Engine, Options};
use synod::engine::{check, Identity, Limits, Refusal, Stopped, Strategy as Order, Verdict};

/// A graph drawn from a seed.
#[derive(Clone, Debug)]
struct Graph {
    seed: u64,
    states: u64,
    branching: u64,
    starts: u64,
    bounded: bool,
}

/// A node; a part of it may be left out of its hash.
#[derive(Clone, Debug)]
struct Vertex {
    number: u64,
    hashed: u64,
}

impl PartialEq for Vertex {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Hash for Vertex {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.number % self.hashed).hash(state);
    }
}

/// Graphs whose vertices hash only the remainder of their number.
#[derive(Clone, Debug)]
struct Drawn(Graph, u64);

impl Drawn {
    fn vertex(&self, number: u64) -> Vertex {
        Vertex { number: number % self.0.states, hashed: self.1 }
    }
}

impl Model for Drawn {
    type State = Vertex;
    type Action = u64;

    fn init_states(&self) -> Vec<Vertex> {
        (0..self.0.starts).map(|start| self.vertex(draw(self.0.seed, &[1, start]))).collect()
    }

    fn actions(&self, state: &Vertex, actions: &mut Vec<u64>) {
        actions.extend(0..draw(self.0.seed, &[2, state.number]) % (self.0.branching + 1));
    }

    fn next_state(&self, state: &Vertex, action: u64) -> Option<Vertex> {
        let drawn = draw(self.0.seed, &[3, state.number, action]);
        // Most steps go on by a little, some go anywhere, some are none.
        match drawn % 8 {
            0 => None,
            1 => Some(self.vertex(drawn >> 8)),
            _ => Some(self.vertex(state.number + (drawn >> 8) % 5)),
        }
    }

    fn within_boundary(&self, state: &Vertex) -> bool {
        !(self.0.bounded && draw(self.0.seed, &[4, state.number]).is_multiple_of(9))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::<Self>::always("always", |model, state| {
                !draw(model.0.seed, &[5, state.number]).is_multiple_of(31)
            }),
            Property::<Self>::sometimes("sometimes", |model, state| draw(model.0.seed, &[6, state.number]) % 47 == 1),
            Property::sometimes("never", |_, _| false),
        ]
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    (any::<u64>(), 1..600u64, 1..5u64, 1..4u64, any::<bool>())
        .prop_map(|(seed, states, branching, starts, bounded)| Graph { seed, states, branching, starts, bounded })
}

fn questions<M: Model + Clone + 'static>(model: &M) -> Vec<Question<M::State>>
where
    M::State: 'static,
{
    let asked = model.properties().into_iter().map(|property| {
        let model = model.clone();
        let hit_when = property.expectation == Expectation::Sometimes;
        Question::State(Box::new(move |state: &M::State| (property.condition)(&model, state) == hit_when))
    });
    asked.collect()
}

#[test]
fn random_plain_models_are_explored_like_a_naive_checker_does() {
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() };
    let clashing = Cell::new(0);
    let done = TestRunner::new(config).run(&(graphs(), 1..700u64), |(graph, hashed)| {
        let model = Drawn(graph, hashed);
        let expected = naive::explore(&model, &questions(&model), 700).expect("it is small");
        for threads in [1, 2] {
            let report = check(model.clone()).threads(threads).run().expect("nothing is refused");
            prop_assert_eq!(report.stopped(), Stopped::Exhausted);
            prop_assert_eq!(report.engine(), "whole states");
            prop_assert_eq!(u128::from(report.unique_state_count()), expected.unique);
            prop_assert_eq!(u128::from(report.state_count()), expected.generated);
            prop_assert_eq!(report.counts().terminal_states, expected.terminals);
            if expected.unique > 0 {
                prop_assert_eq!(report.counts().max_depth, Some(expected.depth));
            }
            for (name, path) in ["always", "sometimes", "never"].iter().zip(&expected.hits) {
                let discovery = report.discovery(name).map(|path| path.clone().into_actions());
                prop_assert_eq!(discovery.as_ref(), path.as_ref(), "{}", name);
            }
            clashing.set(clashing.get() + usize::from(!report.notes().is_empty()));
        }
        if model.0.starts > 1 {
            return Ok(()); // stateright expands initial states with equal hashes each on its own
        }
        // By hash, as stateright on one thread.
        let reference = model.clone().checker().spawn_bfs().join();
        let report = check(model).threads(2).identity(Identity::Hash).run().expect("nothing is refused");
        prop_assert_eq!(report.unique_state_count(), reference.unique_state_count() as u64);
        prop_assert_eq!(report.state_count(), reference.state_count() as u64);
        Ok(())
    });
    done.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(clashing.get() > 100, "only {} reports saw equal hashes of unequal states", clashing.get());
}

#[test]
fn random_systems_in_whole_states_are_counted_like_in_components() {
    let mut compared = 0;
    for seed in 0..300 {
        let recipe = random::Recipe {
            seed,
            actors: 1 + seed as usize % 3,
            messages: 2,
            values: 3,
            fuel: 2,
            network: (seed / 3 % 4) as u8,
            lossy: seed / 12 % 2 == 0,
            max_crashes: (seed / 24 % 3) as usize,
            has_timers: false,
            has_choices: false,
            has_history: seed % 5 == 0,
            boundary: (seed % 7 == 0).then_some(3),
            saves: seed % 2 == 0,
            panics: false,
        };
        let limits = Limits { max_depth: Some(6), ..Limits::default() };
        let run = |identity| {
            let model = random::model(&recipe);
            check(model).threads(2).limits(limits).identity(identity).run().expect("nothing is refused")
        };
        let (by_value, by_hash) = (run(Identity::Value), run(Identity::Hash));
        assert_eq!((by_value.engine(), by_hash.engine()), ("components", "whole states"));
        assert_eq!(by_value.counts(), by_hash.counts(), "{recipe:?}");
        for name in ["always", "sometimes", "never"] {
            let actions = |report: &synod::engine::Report<random::Model>| {
                report.discovery(name).map(|path| path.clone().into_actions())
            };
            assert_eq!(actions(&by_value), actions(&by_hash), "{name} {recipe:?}");
        }
        compared += u32::from(by_value.unique_state_count() > 20);
    }
    assert!(compared > 100, "only {compared} systems had more than a few states");
}

/// A number that its messages set; how often that happened is left out of its hash.
#[derive(Clone, Debug, PartialEq)]
struct Careless {
    value: u8,
    times: u32,
}

impl Hash for Careless {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

struct Setter;

impl Actor for Setter {
    type Msg = ();
    type State = Careless;
    type Timer = ();
    type Random = u8;
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Careless {
        out.choose_random("step", vec![1, 16]);
        Careless { value: 0, times: 0 }
    }

    fn on_random(&self, _: Id, state: &mut Cow<Careless>, step: &u8, out: &mut Out<Self>) {
        if state.times < 426 {
            let state = state.to_mut();
            *state = Careless { value: state.value.wrapping_add(*step), times: state.times + 1 };
            out.choose_random("step", vec![1, 16]);
        }
    }
}

#[test]
fn a_hash_that_leaves_a_field_out_is_named_and_costs_no_quadratic_time() {
    let model = || {
        let model = ActorModel::new((), ()).actor(Setter).init_network(Network::new_unordered_nonduplicating([]));
        model.property(Expectation::Sometimes, "never", |_, _| false)
    };
    let reference = model().checker().spawn_bfs().join();
    let by_hash = check(model()).identity(Identity::Hash).run().expect("nothing is refused");
    assert_eq!(by_hash.unique_state_count(), 256);
    assert_eq!(by_hash.unique_state_count(), reference.unique_state_count() as u64);
    assert_eq!(by_hash.state_count(), reference.state_count() as u64);
    let note = &by_hash.notes()[0];
    assert!(note.contains("Careless` have equal hashes") && note.contains("count as one state"), "{by_hash}");
    let by_value = check(model()).run().expect("nothing is refused");
    assert!(by_value.unique_state_count() > 50_000, "{by_value}");
    assert!(by_value.to_string().contains("Careless` have equal hashes: its `Hash` leaves out"), "{by_value}");
}

/// Counts without end.
#[derive(Clone)]
struct Counter;

impl Model for Counter {
    type State = u64;
    type Action = ();

    fn init_states(&self) -> Vec<u64> {
        vec![0]
    }

    fn actions(&self, _: &u64, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, state: &u64, (): ()) -> Option<u64> {
        Some(state + 1)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::sometimes("three", |_, state| *state == 3),
            Property::always("below nine", |_, state| *state < 9),
            Property::sometimes("twenty", |_, state| *state == 20),
        ]
    }
}

impl Actor for Counter {
    type Msg = ();
    type State = u64;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u64 {
        out.send(id, ());
        0
    }

    fn on_msg(&self, id: Id, count: &mut Cow<u64>, _: Id, (): (), out: &mut Out<Self>) {
        *count.to_mut() += 1;
        out.send(id, ());
    }
}

#[test]
fn a_check_ends_when_everything_is_decided_as_stateright_does() {
    let model = || {
        let model = ActorModel::new((), ()).actor(Counter).init_network(Network::new_unordered_nonduplicating([]));
        model.property(Expectation::Sometimes, "three", |_, state| *state.actor_states[0] == 3)
    };
    let reference = model().checker().spawn_bfs().join();
    for threads in [1, 2] {
        let report = check(model()).threads(threads).run().expect("nothing is refused");
        assert_eq!((report.stopped(), report.unique_state_count()), (Stopped::Decided, 4));
        assert_eq!(report.unique_state_count(), reference.unique_state_count() as u64);
        report.assert_properties();
        assert!(report.is_done() && !report.is_complete());
    }
    let names = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let ends = [
        (HasDiscoveries::All, 21),
        (HasDiscoveries::Any, 4),
        (HasDiscoveries::AnyFailures, 10),
        (HasDiscoveries::AllFailures, 10),
        (HasDiscoveries::AllOf(names(&["three", "below nine"])), 10),
        (HasDiscoveries::AnyOf(names(&["twenty", "below nine"])), 10),
        (HasDiscoveries::AnyOf(names(&["twenty"])), 21),
    ];
    for (end, states) in ends {
        let report = check(Counter).threads(2).finish_when(end.clone()).run().expect("nothing is refused");
        assert_eq!((report.stopped(), report.unique_state_count()), (Stopped::Decided, states), "{end:?}");
        let open = report.verdicts().iter().filter(|(_, verdict)| *verdict == Verdict::Unknown).count();
        assert_eq!(open, 3 - report.discoveries().len(), "{end:?}");
    }
    let refusal = check(Counter).finish_when(HasDiscoveries::AllOf(names(&["thre"]))).run().err();
    assert!(matches!(&refusal, Some(Refusal::Unsupported(what)) if what.contains("thre")), "{refusal:?}");
}

#[test]
fn limits_end_a_search_of_whole_states() {
    let never = || check(Counter).finish_when(HasDiscoveries::AnyOf(BTreeSet::new()));
    for most in [1, 2, 100] {
        let limits = Limits { max_states: Some(most), ..Limits::default() };
        let report = never().limits(limits).run().expect("nothing is refused");
        assert_eq!((report.stopped(), report.unique_state_count()), (Stopped::MaxStates, most));
        let reference = check(Counter).target_max_depth(most as usize).run().expect("nothing is refused");
        assert_eq!(reference.unique_state_count(), most.min(21));
    }
    let limits = Limits { memory: Some(1), ..Limits::default() };
    assert_eq!(never().limits(limits).run().expect("nothing is refused").stopped(), Stopped::Memory);
    let report = never().timeout(std::time::Duration::from_millis(20)).run().expect("nothing is refused");
    assert_eq!(report.stopped(), Stopped::Timeout);
    assert_eq!(report.verdict("below nine"), Some(Verdict::Violated));
}

/// A cycle with a chord, long enough that values are given up and made again.
struct Ring(u32);

impl Model for Ring {
    type State = Vec<u32>;
    type Action = u32;

    fn init_states(&self) -> Vec<Vec<u32>> {
        vec![vec![0; 4]]
    }

    fn actions(&self, _: &Vec<u32>, actions: &mut Vec<u32>) {
        actions.extend([0, 1, 2]);
    }

    fn next_state(&self, state: &Vec<u32>, action: u32) -> Option<Vec<u32>> {
        match action {
            0 => Some(vec![(state[0] + 1) % self.0; 4]),
            1 => Some(vec![0; 4]),
            _ => Some(vec![state[0] / 2; 4]),
        }
    }
}

#[test]
fn values_that_were_given_up_are_made_again_when_they_are_needed() {
    let report = check(Ring(5000)).threads(2).run().expect("nothing is refused");
    assert_eq!((report.unique_state_count(), report.state_count()), (5000, 15_001));
    assert!(report.notes().is_empty());
    assert_eq!(report.counts().max_depth, Some(4999));
}

#[test]
fn a_panic_in_a_plain_model_says_what_panicked_and_where() {
    struct Broken;
    impl Model for Broken {
        type State = u8;
        type Action = u8;
        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }
        fn actions(&self, state: &u8, actions: &mut Vec<u8>) {
            actions.extend([*state, 7]);
        }
        fn next_state(&self, state: &u8, action: u8) -> Option<u8> {
            (action == 7).then_some(state + 1)
        }
        fn properties(&self) -> Vec<Property<Self>> {
            vec![Property::always("small", |_, state| if *state == 3 { panic!("three!") } else { true })]
        }
    }
    let Some(Refusal::Panicked(fault)) = check(Broken).threads(2).run().err() else { panic!("no refusal") };
    assert_eq!((fault.by.as_str(), fault.message.as_str()), ("the property \"small\"", "three!"));
    assert_eq!(fault.path.expect("it is known where"), ["7", "7", "7"]);
}

#[test]
fn a_property_that_reads_more_than_the_history_is_found_out() {
    let model = || {
        let model = ActorModel::new((), 0u8).actor(Counter).init_network(Network::new_unordered_nonduplicating([]));
        model
            .record_msg_in(|(), history, _| (*history < 3).then_some(history + 1))
            .property(Expectation::Always, "honest", |_, state| state.history < 9)
            .property(Expectation::Always, "liar", |_, state| state.actor_states.iter().all(|count| **count == 9))
            .property(Expectation::Sometimes, "two", |_, state| state.history == 2)
    };
    let limits = Limits { max_depth: Some(5), ..Limits::default() };
    let honest = check(model()).limits(limits).reads_history("honest").reads_history("two").run();
    assert_eq!(honest.expect("nothing is refused").verdict("two"), Some(Verdict::Reached));
    let liar = check(model()).limits(limits).reads_history("liar").run().err();
    assert!(
        matches!(&liar, Some(Refusal::Panicked(fault)) if fault.message.contains("\"liar\" reads more")),
        "{liar:?}"
    );
    let typo = check(model()).reads_history("honst").run().err();
    assert!(matches!(&typo, Some(Refusal::Unsupported(what)) if what.contains("honst")), "{typo:?}");
}

#[test]
fn protocols_in_whole_states_are_what_they_are_in_components() {
    let settings: [&[&str]; 4] = [
        &["bounds.proposers=2"],
        &["bounds.proposers=2", "faults.crashes=1"],
        &["bounds.proposers=2", "network.delivery=ordered", "protocol.rules.accept_guard=always"],
        &["bounds.proposers=1", "network.loss=true"],
    ];
    for settings in settings {
        let Ok(model) = support::try_model("adapted", settings) else { panic!("{settings:?} contradict one another") };
        let expected = support::explore(&model, Engine::Components, Order::Bfs);
        for identity in [Identity::Value, Identity::Hash] {
            let options = Options { identity, ..support::options(Engine::Whole, Order::Bfs) };
            let found =
                synod::check::check(&model, &options, &Arc::default()).unwrap_or_else(|error| panic!("{error}"));
            let counts =
                |case: &synod::report::Case| serde_json::to_value(&case.counts).expect("counts are plain data");
            assert_eq!(counts(&found.case), counts(&expected.case), "{settings:?}");
            assert_eq!((found.case.engine, found.case.identity), ("whole", identity));
            let verdicts = |case: &synod::report::Case| case.properties.iter().map(|p| p.verdict).collect::<Vec<_>>();
            assert_eq!(verdicts(&found.case), verdicts(&expected.case), "{settings:?}");
            let traces = |traces: &[synod::trace::Trace]| serde_json::to_value(traces).expect("traces are plain data");
            assert_eq!(traces(&found.traces), traces(&expected.traces), "{settings:?}");
        }
    }
}
