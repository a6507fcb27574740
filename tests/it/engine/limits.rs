//! Limits, interrupts and faults: each ends a run with what is certain, and never with a wrong verdict or an abort.

use super::random::{self, Recipe};
use super::{questions_of, search};
use crate::support::{explore, model, options};
use stateright::actor::{Actor, ActorModel, ActorModelState, Envelope, Id, Network, Out};
use stateright::Expectation;
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use synod::check::{Engine, Options};
use synod::engine::control::resident_bytes;
use synod::engine::{check, components, Control, Limits, Outcome, Refusal, Stopped, Strategy, Verdict};

/// Every actor counts the messages that it gets, up to `most`, and panics at one number, if any.
#[derive(Clone)]
struct Counter {
    most: u32,
    panics_at: Option<u32>,
}

impl Actor for Counter {
    type Msg = ();
    type State = u32;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, _out: &mut Out<Self>) -> u32 {
        0
    }

    fn on_msg(&self, id: Id, count: &mut Cow<u32>, _src: Id, _msg: (), out: &mut Out<Self>) {
        assert_ne!(Some(**count), self.panics_at, "it counted too far");
        if **count < self.most {
            *count.to_mut() += 1;
            out.send(id, ());
        }
    }
}

/// Independent counters: `(most + 1) ^ actors` states.
fn counters(actors: usize, most: u32, panics_at: Option<u32>) -> ActorModel<Counter, (), ()> {
    let pings = (0..actors).map(|index| Envelope { src: index.into(), dst: index.into(), msg: () });
    ActorModel::new((), ())
        .actors((0..actors).map(|_| Counter { most, panics_at }))
        .init_network(Network::new_unordered_nonduplicating(pings.collect::<Vec<_>>()))
        .property(Expectation::Always, "below 4", |_, state| state.actor_states.iter().all(|count| **count < 4))
        .property(Expectation::Sometimes, "all at 3", |_, state| state.actor_states.iter().all(|count| **count == 3))
        .property(Expectation::Eventually, "one is at 1", |_, state| {
            state.actor_states.iter().any(|count| **count == 1)
        })
}

fn recipe() -> Recipe {
    Recipe {
        seed: 11,
        actors: 3,
        messages: 3,
        values: 3,
        fuel: 3,
        network: 1,
        lossy: true,
        max_crashes: 1,
        has_timers: true,
        has_choices: true,
        has_history: true,
        boundary: None,
        saves: true,
        panics: false,
    }
}

type Found = Outcome<random::Node>;

fn limited(limits: Limits, threads: usize, strategy: Strategy) -> Found {
    let mut search = search(&recipe(), threads, strategy);
    search.limits = Limits { max_states: Some(limits.max_states.unwrap_or(20_000)), ..limits };
    components::run(search).expect("nothing is refused")
}

fn hits(found: &Found) -> Vec<Option<Vec<synod::engine::Action<random::Node>>>> {
    found.hits.iter().map(|hit| hit.as_ref().map(|hit| hit.actions.clone())).collect()
}

#[test]
fn a_property_is_violated_reached_or_holds_with_shortest_paths() {
    let report = check(counters(3, 4, None)).threads(2).run().expect("nothing is refused");
    assert_eq!(report.unique_state_count(), 125);
    assert_eq!(report.verdict("below 4"), Some(Verdict::Violated));
    assert_eq!(report.discovery("below 4").expect("it is violated").clone().into_actions().len(), 4);
    assert_eq!(report.verdict("all at 3"), Some(Verdict::Reached));
    assert_eq!(report.discovery("all at 3").expect("it is reached").clone().into_actions().len(), 9);
    assert_eq!(report.verdict("one is at 1"), Some(Verdict::Holds));
    assert!(std::panic::catch_unwind(|| report.assert_properties()).is_err());
}

#[test]
fn a_truncated_check_is_never_green() {
    for max_states in [1, 2, 10, 26] {
        let limits = Limits { max_states: Some(max_states), ..Limits::default() };
        let report = check(counters(3, 2, None)).limits(limits).run().expect("nothing is refused");
        assert_eq!(report.stopped(), Stopped::MaxStates);
        assert_eq!(report.unique_state_count(), max_states);
        assert_eq!(report.verdict("below 4"), Some(Verdict::Unknown));
        assert!(std::panic::catch_unwind(|| report.assert_properties()).is_err());
    }
    let limits = Limits { max_states: Some(27), ..Limits::default() };
    let report = check(counters(3, 2, None)).limits(limits).run().expect("nothing is refused");
    assert_eq!(report.stopped(), Stopped::Exhausted);
    assert_eq!(report.verdict("below 4"), Some(Verdict::Holds));
}

#[test]
fn a_depth_limit_tells_whether_it_cut_anything() {
    for (max_depth, stopped) in [(0, Stopped::MaxDepth), (5, Stopped::MaxDepth), (6, Stopped::Exhausted)] {
        for strategy in [Strategy::Bfs, Strategy::Dfs] {
            let limits = Limits { max_depth: Some(max_depth), ..Limits::default() };
            let report = check(counters(3, 2, None)).limits(limits).strategy(strategy).run().expect("not refused");
            assert_eq!(report.stopped(), stopped, "{max_depth} {strategy:?}");
        }
    }
}

/// Counts how often its handler runs, and counts without end.
struct Endless(&'static AtomicU64);

impl Actor for Endless {
    type Msg = ();
    type State = u32;
    type Timer = ();
    type Random = u32;
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, out: &mut Out<Self>) -> u32 {
        out.choose_random("next", (0..50).collect());
        0
    }

    fn on_random(&self, _id: Id, count: &mut Cow<u32>, next: &u32, out: &mut Out<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        *count.to_mut() = **count * 50 + next + 1;
        out.choose_random("next", (0..50).collect());
    }
}

/// Chooses one of many numbers.
struct Chooser(u32);

impl Actor for Chooser {
    type Msg = ();
    type State = u32;
    type Timer = ();
    type Random = u32;
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, out: &mut Out<Self>) -> u32 {
        out.choose_random("number", (0..self.0).collect());
        u32::MAX
    }

    fn on_random(&self, _id: Id, number: &mut Cow<u32>, chosen: &u32, _out: &mut Out<Self>) {
        *number.to_mut() = *chosen;
    }
}

#[test]
fn a_choice_may_have_seventy_thousand_options() {
    let model = ActorModel::new((), ())
        .actor(Chooser(70_000))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Sometimes, "the last", |_, state| *state.actor_states[0] == 69_999)
        .property(Expectation::Sometimes, "never", |_, state| *state.actor_states[0] == 70_000);
    let report = check(model).run().expect("nothing is refused");
    assert_eq!((report.unique_state_count(), report.state_count()), (70_001, 70_001));
    assert_eq!(report.verdict("the last"), Some(Verdict::Reached));
}

#[test]
fn states_at_the_depth_limit_are_asked_about_but_not_expanded() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let model = ActorModel::new((), ())
        .actor(Endless(&CALLS))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Sometimes, "the last", |_, state| *state.actor_states[0] == 50 * 50 + 50)
        .property(Expectation::Sometimes, "never", |_, _| false);
    let limits = Limits { max_depth: Some(2), ..Limits::default() };
    let report = check(model).limits(limits).run().expect("nothing is refused");
    assert_eq!((report.stopped(), report.unique_state_count()), (Stopped::MaxDepth, 1 + 50 + 2500));
    assert_eq!(report.verdict("the last"), Some(Verdict::Reached));
    // 51 states are expanded, each by 50 calls, and a few more to see that something was cut off.
    assert!(CALLS.load(Ordering::Relaxed) < 60 * 50, "{CALLS:?}");
}

#[test]
fn counts_and_paths_do_not_depend_on_threads_even_when_cut() {
    for max_states in [1, 7, 100, 999, 5000, 20_000] {
        let limits = Limits { max_states: Some(max_states), ..Limits::default() };
        let first = limited(limits, 1, Strategy::Bfs);
        for threads in [2, 4] {
            let other = limited(limits, threads, Strategy::Bfs);
            assert_eq!((other.stopped, other.counts), (first.stopped, first.counts));
            assert_eq!(hits(&other), hits(&first));
        }
    }
}

#[test]
fn hits_of_a_cut_search_are_paths_of_the_model() {
    let asked = questions_of(recipe().seed);
    for strategy in [Strategy::Bfs, Strategy::Dfs] {
        let limits = Limits { max_states: Some(3000), ..Limits::default() };
        let found = limited(limits, 2, strategy);
        for (hit, question) in found.hits.iter().zip(&asked) {
            if let Some(hit) = hit {
                super::replay(&random::model(&recipe()), &hit.actions, question);
            }
        }
        assert!(found.hits.iter().any(Option::is_some));
    }
}

#[test]
fn any_memory_budget_ends_in_counts() {
    let held = resident_bytes().unwrap_or(0);
    for strategy in [Strategy::Bfs, Strategy::Dfs] {
        for extra in [-(held as i64), -1, 0, 1 << 16, 1 << 20, 2 << 20, 3 << 20, 4 << 20, 8 << 20, 16 << 20] {
            let memory = Some((held as i64 + extra) as u64);
            let found = limited(Limits { memory, ..Limits::default() }, 2, strategy);
            assert!([Stopped::Memory, Stopped::MaxStates, Stopped::Exhausted].contains(&found.stopped));
            assert!(found.counts.unique_states >= 1);
        }
    }
    let tiny = Limits { memory: Some(1), ..Limits::default() };
    assert_eq!(limited(tiny, 1, Strategy::Bfs).stopped, Stopped::Memory);
    assert_eq!(limited(tiny, 1, Strategy::Dfs).stopped, Stopped::Memory);
}

#[test]
fn time_and_interrupts_end_a_run_at_once() {
    for strategy in [Strategy::Bfs, Strategy::Dfs] {
        let limits = Limits { timeout: Some(Duration::from_millis(50)), ..Limits::default() };
        let start = Instant::now();
        let report = check(counters(9, 9, None)).limits(limits).strategy(strategy).run().expect("not refused");
        assert_eq!(report.stopped(), Stopped::Timeout);
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        let control = Arc::new(Control::default());
        control.interrupt();
        let report = check(counters(9, 9, None)).control(control).strategy(strategy).run().expect("not refused");
        assert_eq!(report.stopped(), Stopped::Interrupted);
        assert_eq!(report.unique_state_count(), 1);
    }
}

#[test]
fn a_panic_of_a_handler_or_a_property_is_a_refusal() {
    for strategy in [Strategy::Bfs, Strategy::Dfs] {
        let refusal = check(counters(2, 4, Some(3))).strategy(strategy).threads(2).run().err();
        let Some(Refusal::Panicked(fault)) = refusal else { panic!("no refusal") };
        assert!(fault.message.contains("it counted too far"), "{fault}");
        assert!(fault.by.starts_with("on_msg of actor "), "{fault}");
        assert!(fault.path.as_ref().is_some_and(|path| path.len() >= 3), "{fault}");
        let model = counters(2, 3, None).property(Expectation::Always, "bad", |_, state| *state.actor_states[7] == 0);
        let Some(Refusal::Panicked(fault)) = check(model).strategy(strategy).run().err() else { panic!("no refusal") };
        assert_eq!((fault.by.as_str(), fault.path), ("the property \"bad\"", Some(Vec::new())));
    }
}

/// The parts of a fault, its path replayed on the model: the counts there.
fn place(model: ActorModel<Counter, (), ()>, strategy: Strategy, threads: usize) -> (String, Vec<u32>) {
    let Some(Refusal::Panicked(fault)) = check(model).strategy(strategy).threads(threads).run().err() else {
        panic!("no refusal")
    };
    assert!(fault.to_string().contains(" panicked: "), "{fault}");
    let mut counts = vec![0; 3];
    for step in fault.path.expect("it is known where") {
        let actor: usize = step[3..4].parse().expect("an action begins with its actor");
        counts[actor] += 1;
    }
    (fault.by, counts)
}

#[test]
fn a_panic_says_whose_it_is_and_where() {
    fn at(state: &ActorModelState<Counter, ()>, counts: [u32; 3]) -> bool {
        state.actor_states.iter().map(|count| **count).eq(counts)
    }
    for (strategy, threads) in [(Strategy::Bfs, 1), (Strategy::Bfs, 2), (Strategy::Dfs, 1)] {
        let always = counters(3, 5, None).property(Expectation::Always, "blows up", |_, state| {
            assert!(!at(state, [1, 2, 3]), "bang");
            true
        });
        assert_eq!(place(always, strategy, threads), ("the property \"blows up\"".into(), vec![1, 2, 3]));
        let eventually = counters(3, 5, None).property(Expectation::Eventually, "later", |_, state| {
            assert!(!at(state, [0, 0, 2]), "bang");
            false
        });
        assert_eq!(place(eventually, strategy, threads), ("the property \"later\"".into(), vec![0, 0, 2]));
        let bounded = counters(3, 5, None).within_boundary(|(), state| {
            assert!(!at(state, [2, 2, 2]), "bang");
            true
        });
        assert_eq!(place(bounded, strategy, threads), ("the boundary".into(), vec![2, 2, 2]));
    }
    let (by, counts) = place(counters(3, 5, Some(4)), Strategy::Bfs, 2);
    assert!(by.starts_with("on_msg of actor "), "{by}");
    assert_eq!(counts.iter().sum::<u32>(), 4, "the first states with a count of 4: {counts:?}");
}

#[test]
fn states_of_any_width_are_explored_until_there_is_a_refusal() {
    for actors in [1, 10, 30, 60, 100, 300] {
        let limits = Limits { max_states: Some(3000), ..Limits::default() };
        let report = check(counters(actors, 2, None)).limits(limits).run().expect("these fit");
        assert_eq!(report.unique_state_count(), 3u64.saturating_pow(actors as u32).min(3000));
    }
    let refusal = check(counters(1200, 2, None)).run().err();
    assert!(matches!(refusal, Some(Refusal::Unsupported(_))), "{refusal:?}");
}

#[test]
fn impossible_networks_are_refused() {
    let mut model = counters(1, 1, None);
    let ping = Envelope { src: Id::from(0), dst: Id::from(0), msg: () };
    if let Network::UnorderedNonDuplicating(envelopes) = &mut model.init_network {
        envelopes.insert(ping, 0);
    }
    assert!(matches!(check(model).run().err(), Some(Refusal::Unsupported(_))));
}

#[test]
fn the_reference_engine_stops_at_the_very_state_that_the_limit_names() {
    for strategy in [Strategy::Bfs, Strategy::Dfs] {
        for max_states in [1, 2, 10, 999, 20_000] {
            let mut search = search(&recipe(), 1, strategy);
            search.limits = Limits { max_states: Some(max_states), ..Limits::default() };
            let found = synod::engine::reference::run(search).expect("nothing is refused");
            let counts = (found.counts.unique_states, found.stopped);
            assert_eq!(counts, (max_states.into(), Stopped::MaxStates), "{strategy:?}");
        }
        let model = model("adapted", &["bounds.proposers=2"]);
        let all = explore(&model, Engine::Stateright, strategy).case.counts.unique_states as u64;
        for (max_states, stopped) in [(all - 1, "max-states"), (all, "exhausted"), (all + 1, "exhausted")] {
            let limits = Limits { max_states: Some(max_states), ..Limits::default() };
            let options = Options { limits, ..options(Engine::Stateright, strategy) };
            let found = synod::check::check(&model, &options, &Arc::new(Control::default())).expect("it is explored");
            let counts = (found.case.counts.unique_states, found.case.stopped);
            assert_eq!(counts, (max_states.min(all).into(), stopped), "{strategy:?}");
        }
    }
}

/// Interrupted as soon as a property is violated; from then on the property takes its time.
static INTERRUPTED: OnceLock<Arc<Control>> = OnceLock::new();
static IS_SLOW: AtomicBool = AtomicBool::new(false);

#[test]
fn a_path_is_not_looked_for_without_end_after_an_interrupt() {
    let control = INTERRUPTED.get_or_init(Arc::default).clone();
    let model = counters(3, 40, None).property(Expectation::Always, "not in the middle", |_, state| {
        if IS_SLOW.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let is_there = state.actor_states.iter().all(|count| **count == 20);
        if is_there {
            IS_SLOW.store(true, Ordering::Relaxed);
            INTERRUPTED.get().expect("it is set").interrupt();
        }
        !is_there
    });
    let started = Instant::now();
    let report = check(model).control(control).run().expect("nothing is refused");
    assert_eq!(report.stopped(), Stopped::Interrupted);
    assert_eq!(report.verdict("not in the middle"), Some(Verdict::Unknown), "it has no path, so it is not certain");
    assert_eq!(report.verdict("below 4"), Some(Verdict::Violated), "what was found before stays found");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}
