//! Searches that go on from a checkpoint, against the same ones in one go.

use super::random::Recipe;
use super::{recipe_of, whole_search, Node};
use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use synod::engine::components::checkpoint::{Checkpoints, Resumed};
use synod::engine::components::{run, run_kept, Keeping, Kept};
use synod::engine::{Control, Goal, Limits, Outcome, Refusal, Search, Stopped, Strategy};

pub fn checkpoints(folder: &Path, resumes: bool, every: Duration) -> Checkpoints {
    Checkpoints { folder: folder.join("kept"), every, resumes, model: "a random system".into() }
}

/// Runs a search with checkpoints.
fn run_with<A: synod::engine::Checkable>(
    search: Search<A, (), (), ()>,
    checkpoints: &Checkpoints,
) -> Result<(Outcome<A>, Kept), Refusal> {
    run_kept(search, Keeping { checkpoints: Some(checkpoints), disk: None })
}

/// A folder in memory, where there is one: disks take their time to be sure of what they hold.
pub fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// All that is said of a search.
pub fn said(found: &Outcome<Node>) -> impl PartialEq + std::fmt::Debug {
    let paths: Vec<_> =
        found.hits.iter().map(|hit| hit.as_ref().map(|hit| (hit.actions.clone(), hit.shortest))).collect();
    (found.stopped, found.counts, found.states_by_depth.clone(), paths)
}

/// A search that gives up at some states, again and again, ends like one that does not: whatever the model, the threads and
/// how often a checkpoint is written.
#[test]
fn random_systems_end_alike_when_they_are_resumed() {
    let (mut resumed, mut from_within) = (0, 0);
    for seed in 0..400 {
        let recipe: Recipe = recipe_of(seed);
        let small = Limits { max_states: Some(5_000), ..Limits::default() };
        let search = Search { limits: small, ..whole_search(&recipe, 1, Strategy::Bfs) };
        let whole = run(search).expect("nothing is refused");
        let states = whole.counts.unique_states as u64;
        if whole.stopped != Stopped::Exhausted {
            continue;
        }
        let folder = quick_folder();
        let every = if seed % 8 == 0 { Duration::ZERO } else { Duration::MAX };
        for (attempt, part) in [3, 2, 1].into_iter().enumerate() {
            let limits = Limits { max_states: Some(states / part + u64::from(part == 1)), ..Limits::default() };
            let threads = 1 + (seed as usize + attempt) % 3;
            let search = Search { limits, ..whole_search(&recipe, threads, Strategy::Bfs) };
            let checkpoints = checkpoints(folder.path(), attempt > 0, every);
            let kept = run_kept(search, Keeping { checkpoints: Some(&checkpoints), disk: None });
            let (found, kept) = kept.unwrap_or_else(|refusal| panic!("{seed}: {refusal}"));
            assert_eq!(kept.failed, None);
            if found.stopped == Stopped::Exhausted {
                assert_eq!(format!("{:?}", said(&found)), format!("{:?}", said(&whole)), "{recipe:?}");
                resumed += u32::from(attempt > 0);
                from_within += u32::from(kept.resumed.is_some_and(|Resumed { states, .. }| states > 1));
                break;
            }
        }
    }
    assert!(resumed > 150 && from_within > 100, "{resumed} {from_within}");
}

/// Passes a number on, up to one; from 3 on in another way, if it is changed.
#[derive(Clone)]
struct Counter {
    is_changed: bool,
}

impl Actor for Counter {
    type Msg = u8;
    type State = u8;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _storage: &Option<()>, out: &mut Out<Self>) -> u8 {
        out.send(Id::from(1 - usize::from(id)), 1);
        0
    }

    fn on_msg(&self, _id: Id, state: &mut Cow<u8>, src: Id, number: u8, out: &mut Out<Self>) {
        *state.to_mut() = if self.is_changed && number > 3 { number + 100 } else { number };
        if number < 9 {
            out.send(src, number + 1);
        }
    }
}

fn counting(is_changed: bool, limits: Limits) -> Search<Counter, (), (), ()> {
    let model = ActorModel::new((), ()).actors([Counter { is_changed }, Counter { is_changed }]);
    Search {
        model: Arc::new(model.init_network(Network::new_unordered_nonduplicating([]))),
        boundary: None,
        lenses: Vec::new(),
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits,
        goal: Goal::default(),
        threads: 1,
        control: Arc::new(Control::default()),
    }
}

/// What a level misses is filled in at most two rounds, each in the order of the entries: whoever explores which states, and
/// when, the same is filled in the same order.
#[test]
fn what_a_level_misses_is_filled_in_order() {
    let mut filled = 0;
    for seed in 0..120 {
        let recipe: Recipe = recipe_of(seed);
        let folder = quick_folder();
        let limits = Limits { max_depth: Some(4), ..Limits::default() };
        let search = Search { limits, ..whole_search(&recipe, 1 + seed as usize % 3, Strategy::Bfs) };
        let checkpoints = checkpoints(folder.path(), false, Duration::MAX);
        let keeping = Keeping { checkpoints: Some(&checkpoints), disk: None };
        let (found, _) = run_kept(search, keeping).unwrap();
        if found.stopped != Stopped::MaxDepth {
            continue;
        }
        let manifest = synod::engine::components::checkpoint::manifest(&folder.path().join("kept")).unwrap();
        let is_after = manifest.filled.windows(2).filter(|pair| pair[0].miss > pair[1].miss);
        let rounds = 1 + is_after.count();
        assert!(rounds <= 2 * (manifest.levels.len() - 1), "{rounds} rounds in {:?}: {recipe:?}", manifest.levels);
        filled += manifest.filled.len();
    }
    assert!(filled > 1000, "{filled}");
}

#[test]
fn handlers_that_were_changed_are_found_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let at_depth = |depth| Limits { max_depth: Some(depth), ..Limits::default() };
    let kept = |resumes| checkpoints(folder.path(), resumes, Duration::ZERO);
    let (first, _) = run_with(counting(false, at_depth(10)), &kept(false)).unwrap();
    assert_eq!(first.stopped, Stopped::MaxDepth);
    match run_with(counting(true, Limits::default()), &kept(true)).map(|(found, _)| found.stopped) {
        Err(Refusal::Checkpoint(what)) => {
            assert!(what.contains("in the local state 2 does otherwise now: a handler was changed"), "{what}");
        }
        other => panic!("{other:?}"),
    }
    let (second, kept) = run_with(counting(false, Limits::default()), &kept(true)).unwrap();
    assert_eq!(kept.resumed.map(|resumed| resumed.depth), Some(10));
    let whole = run(counting(false, Limits::default())).unwrap();
    assert_eq!((second.counts, second.states_by_depth), (whole.counts, whole.states_by_depth));
}

#[test]
fn a_folder_is_of_one_search_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = checkpoints(folder.path(), false, Duration::ZERO);
    let held = synod::engine::components::checkpoint::Folder::take(&checkpoints).unwrap();
    let refused = run_with(counting(false, Limits::default()), &checkpoints).map(|_| ());
    assert!(matches!(refused, Err(Refusal::Checkpoint(what)) if what.contains("another search is using it")));
    drop(held);
    run_with(counting(false, Limits::default()), &checkpoints).unwrap();
}
