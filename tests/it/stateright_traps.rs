//! What stateright 0.31 does that a gate must not inherit, each with a test that the gate does not.

use crate::support::{explore, model, ModelFile};
use stateright::actor::{model_timeout, Actor, ActorModel, Id, Network, Out};
use stateright::{Checker, Expectation, Model, Property as StaterightProperty};
use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synod::check::{check, Engine, Options};
use synod::engine::{self, Control, Identity, Limits, State, Stopped, Strategy};
use synod::family::{successors, Formula, Kind};
use synod::protocols::single_decree::properties::PROPERTIES;
use synod::protocols::single_decree::{Node, SingleDecree};
use synod::report::Verdict;

/// A model of the family as stateright checks it.
type System = synod::protocols::single_decree::Model;
type Global = State<Node, ()>;

/// The condition of the property at this place in the family's list, as stateright wants it: a plain function.
fn condition<const PLACE: usize>(model: &System, state: &Global) -> bool {
    let property = &PROPERTIES[PLACE];
    let is_settled = |states: &[Global]| property.is_settled_by(model, states);
    let is_step = matches!(property.is_true, Formula::Step(_));
    let next = if is_step { successors::<SingleDecree>(model, state) } else { Vec::new() };
    let of_steps = next.into_iter().any(|next| is_settled(&[state.clone(), next]));
    (is_settled(std::slice::from_ref(state)) || of_steps) == (property.kind == Kind::Sometimes)
}

/// A model with every property that it has, for stateright's own checkers.
fn registered(model: &ModelFile) -> System {
    macro_rules! conditions {
        ($($place:literal)*) => { [$(condition::<$place> as fn(&System, &Global) -> bool),*] };
    }
    let conditions = conditions!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    // Those of executions, which stateright has none of, come last.
    assert_eq!(conditions.len(), PROPERTIES.iter().filter(|property| property.kind.temporal().is_none()).count());
    let mut system = model.spec.model();
    let config = system.cfg.clone();
    for (property, condition) in PROPERTIES.iter().zip(conditions).filter(|(property, _)| (property.applies)(&config)) {
        let expectation = match property.kind {
            Kind::Always => Expectation::Always,
            Kind::Sometimes => Expectation::Sometimes,
            Kind::Inevitably | Kind::AlwaysPossibly => continue,
        };
        system.properties.push(StaterightProperty { expectation, name: property.name, condition });
    }
    system
}

fn limited(engine: Engine, limits: Limits) -> synod::report::Case {
    let model = model("simple", &["bounds.proposers=3", "bounds.acceptors=3"]);
    let options = Options {
        engine,
        identity: Identity::Value,
        strategy: Strategy::Bfs,
        threads: 1,
        limits,
        until_decided: false,
        checkpoints: None,
        disk: None,
    };
    check(&model, &options, &Arc::new(Control::default())).unwrap().case
}

#[test]
fn a_truncated_run_is_done_for_stateright_and_undecided_here() {
    let violated = model("simulator", &["bounds.proposals=[[1,5],[2,1]]", "bounds.acceptors=3"]);
    let truncated = registered(&violated).checker().target_max_depth(5).spawn_bfs().join();
    assert!(truncated.is_done() && truncated.discovery("agreement").is_none(), "stateright sees nothing wrong");
    for engine in [Engine::Stateright, Engine::Components] {
        let limits = Limits { max_depth: Some(5), ..Limits::default() };
        let options = Options {
            engine,
            identity: Identity::Value,
            strategy: Strategy::Bfs,
            threads: 1,
            limits,
            until_decided: false,
            checkpoints: None,
            disk: None,
        };
        let case = check(&violated, &options, &Arc::new(Control::default())).unwrap().case;
        let agreement = case.properties.iter().find(|result| result.name == "agreement").unwrap();
        assert_eq!((agreement.verdict, case.stopped, case.complete), (Verdict::Unknown, "max-depth", false));
    }
}

#[test]
fn a_timeout_works_with_one_thread() {
    for engine in [Engine::Stateright, Engine::Components] {
        let large = model("simple", &["bounds.proposers=5", "bounds.acceptors=5"]);
        let limits = Limits { timeout: Some(Duration::from_millis(300)), ..Limits::default() };
        let options = Options {
            engine,
            identity: Identity::Value,
            strategy: Strategy::Bfs,
            threads: 1,
            limits,
            until_decided: false,
            checkpoints: None,
            disk: None,
        };
        let started = Instant::now();
        let case = check(&large, &options, &Arc::new(Control::default())).unwrap().case;
        assert_eq!(case.stopped, Stopped::Timeout.name());
        assert!(started.elapsed() < Duration::from_secs(30), "it would take hours");
    }
}

#[test]
fn counterexamples_are_the_shortest_however_many_properties_are_open() {
    // stateright replaces an early hit by a later one while another property is open; the naive checker says 10.
    let model = model("simple", &["bounds.proposers=2", "bounds.acceptors=3"]);
    let overwritten = registered(&model).checker().spawn_bfs().join().discovery("i2-formula").unwrap();
    assert!(overwritten.into_actions().len() > 10, "stateright's own path for i2-formula is not a shortest one");
    for (engine, order) in
        [(Engine::Stateright, Strategy::Bfs), (Engine::Stateright, Strategy::Dfs), (Engine::Components, Strategy::Bfs)]
    {
        let case = explore(&model, engine, order).case;
        let result = case.properties.iter().find(|result| result.name == "i2-formula").unwrap();
        assert_eq!((result.trace_length, result.shortest), (Some(10), Some(true)));
    }
}

#[test]
fn the_whole_space_is_explored_though_every_property_is_settled() {
    // With every property discovered, stateright stops; counts would depend on the properties asked for.
    let all = model("simulator", &["bounds.proposals=[[1,5],[2,1]]"]);
    let one = model("simulator", &["bounds.proposals=[[1,5],[2,1]]", "check.properties=['agreement']"]);
    let mut stopped = registered(&one);
    stopped.properties.retain(|property| property.name == "accepted");
    assert!(stopped.checker().spawn_bfs().join().unique_state_count() < 288);
    for engine in [Engine::Stateright, Engine::Components] {
        assert_eq!(explore(&one, engine, Strategy::Bfs).case.counts.unique_states, 288);
        assert_eq!(explore(&all, engine, Strategy::Bfs).case.counts.unique_states, 288);
    }
}

#[test]
fn the_limit_on_states_is_kept() {
    for engine in [Engine::Stateright, Engine::Components] {
        let case = limited(engine, Limits { max_states: Some(5_000), ..Limits::default() });
        assert_eq!(case.stopped, "max-states");
        assert!(case.counts.unique_states >= 5_000 && case.counts.unique_states < 50_000, "{:?}", case.counts);
    }
}

#[test]
fn stateright_agrees_on_every_property() {
    for variant in ["adapted", "simple", "simulator", "disel-shim"] {
        let model = model(variant, &["bounds.proposals=[[1,5],[2,1]]"]);
        let case = explore(&model, Engine::Stateright, Strategy::Bfs).case;
        let checker = registered(&model).checker().threads(NonZeroUsize::MIN.get()).spawn_bfs().join();
        for result in &case.properties {
            let found = checker.discovery(result.name).is_some();
            assert_eq!(found, result.trace_length.is_some(), "{} of {variant}", result.name);
        }
    }
}

/// Two nodes with a timer each, and nothing else to tell them by.
#[derive(Clone)]
struct Ticking;

impl Actor for Ticking {
    type Msg = ();
    type State = u8;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, out: &mut Out<Self>) -> u8 {
        out.set_timer((), model_timeout());
        0
    }

    fn on_timeout(&self, _id: Id, state: &mut Cow<u8>, _timer: &(), _out: &mut Out<Self>) {
        state.to_mut(); // what it has of it stays as it is, and the timer is spent
    }
}

/// stateright's hash of a state writes the sets of timers without saying where one ends: states that differ in whose timer
/// is set are one to its checkers. To ours they are not, also where stateright's checkers work for us.
#[test]
fn whose_timer_is_set_is_told() {
    let ticking = || {
        let model = ActorModel::new((), ()).actors([Ticking, Ticking]).init_network(Network::new_ordered([]));
        model.property(Expectation::Always, "without a property it explores nothing", |_, _| true)
    };
    let own = ticking().checker().spawn_bfs().join().unique_state_count();
    let search = || engine::Search::<Ticking, (), (), ()> {
        boundary: None,
        model: Arc::new(ticking()),
        lenses: Vec::new(),
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: engine::Goal::default(),
        threads: 1,
        control: Arc::new(Control::default()),
    };
    let found = [engine::components::run(search()), engine::reference::run(search())];
    let found = found.map(|found| found.expect("nothing is refused").counts.unique_states);
    assert_eq!(found, [4, 4], "both timers may be set, either, or none");
    assert_eq!(own, 3, "stateright no longer takes states for one: nothing has to be mended");
}
