//! Searches with states on disk, against the same ones in memory. In debug builds memory holds a hundred states at most if
//! there is a disk, and with a spent budget none.

use super::checkpoints::{checkpoints, quick_folder, said};
use super::{recipe_of, whole_search};
use std::path::Path;
use std::time::Duration;
use synod::engine::components::{run, run_kept, Keeping, Kept};
use synod::engine::{Limits, Outcome, Search, Stopped, Strategy};

type Found = (Outcome<super::Node>, Kept);

fn limits(memory: Option<u64>) -> Limits {
    Limits { memory, ..Limits::default() }
}

/// A search whose states go to this folder.
fn on_disk(seed: u64, threads: usize, limits: Limits, keeping: Keeping) -> Found {
    let search = Search { limits, ..whole_search(&recipe_of(seed), threads, Strategy::Bfs) };
    run_kept(search, keeping).unwrap_or_else(|refusal| panic!("{seed}: {refusal}"))
}

/// What the search finds in memory, if it ends within some thousand states.
fn in_memory(seed: u64) -> Option<Outcome<super::Node>> {
    let small = Limits { max_states: Some(4_000), ..Limits::default() };
    let whole = run(Search { limits: small, ..whole_search(&recipe_of(seed), 1, Strategy::Bfs) });
    Some(whole.expect("nothing is refused")).filter(|whole| whole.stopped == Stopped::Exhausted)
}

#[test]
fn random_systems_end_alike_on_disk() {
    let folder = quick_folder();
    let keeping = Keeping { checkpoints: None, disk: Some(folder.path()) };
    let (mut compared, mut large) = (0, 0);
    for seed in 0..300 {
        let Some(whole) = in_memory(seed) else { continue };
        for memory in [None, Some(1)] {
            let (found, kept) = on_disk(seed, 1 + seed as usize % 3, limits(memory), keeping);
            assert_eq!(kept.disk, None);
            assert_eq!(format!("{:?}", said(&found)), format!("{:?}", said(&whole)), "{seed} {memory:?}");
        }
        compared += 1;
        large += u32::from(whole.counts.unique_states > 200);
    }
    assert!(compared > 150 && large > 20, "{compared} {large}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "files are gone");
}

/// Limits end a search on disk where they end it in memory.
#[test]
fn random_systems_are_cut_off_alike_on_disk() {
    let folder = quick_folder();
    let keeping = Keeping { checkpoints: None, disk: Some(folder.path()) };
    let mut cut = 0;
    for seed in 0..100 {
        let Some(whole) = in_memory(seed) else { continue };
        let depth = whole.counts.max_depth.expect("it was breadth-first") / 2;
        let at_depth = Limits { max_depth: Some(depth), ..limits(None) };
        let search = Search { limits: at_depth, ..whole_search(&recipe_of(seed), 1, Strategy::Bfs) };
        let (found, _) = on_disk(seed, 2, Limits { memory: Some(1), ..at_depth }, keeping);
        assert_eq!(format!("{:?}", said(&found)), format!("{:?}", said(&run(search).unwrap())), "{seed}");
        let most = (whole.counts.unique_states as u64 / 2).max(1);
        let (found, _) = on_disk(seed, 2, Limits { max_states: Some(most), ..limits(Some(1)) }, keeping);
        if whole.counts.unique_states > 1 {
            assert_eq!((found.stopped, found.counts.unique_states), (Stopped::MaxStates, most.into()), "{seed}");
            cut += 1;
        }
    }
    assert!(cut > 50, "{cut}");
}

/// A search that was cut off in memory or on disk goes on in memory or on disk.
#[test]
fn random_systems_are_resumed_on_disk() {
    let mut resumed = 0;
    for seed in 0..200 {
        let Some(whole) = in_memory(seed).filter(|whole| whole.counts.unique_states > 100) else { continue };
        let folder = quick_folder();
        let disk = |is_there: bool| is_there.then(|| folder.path());
        let most = Some(whole.counts.unique_states as u64 / 2);
        let checkpoints = |resumes| checkpoints(folder.path(), resumes, Duration::MAX);
        let (first, second) = (checkpoints(false), checkpoints(true));
        let keeping = Keeping { checkpoints: Some(&first), disk: disk(seed % 4 != 1) };
        let (found, _) = on_disk(seed, 1, Limits { max_states: most, ..limits((seed % 2 == 0).then_some(1)) }, keeping);
        if found.stopped == Stopped::Memory {
            continue; // neither memory nor disk
        }
        let keeping = Keeping { checkpoints: Some(&second), disk: disk(seed % 4 != 0) };
        let memory = (seed % 4 == 1).then_some(1);
        let (found, kept) = on_disk(seed, 2, limits(memory), keeping);
        assert!(kept.resumed.is_some());
        assert_eq!(format!("{:?}", said(&found)), format!("{:?}", said(&whole)), "{seed}");
        resumed += 1;
    }
    assert!(resumed > 20, "{resumed}");
}

/// A disk that fails leaves counts, no verdict that is not certain, and a checkpoint to go on from.
#[test]
fn a_search_whose_disk_fails_is_resumed() {
    let seed = (0..).find(|&seed| in_memory(seed).is_some_and(|whole| whole.counts.unique_states > 300)).unwrap();
    let whole = in_memory(seed).unwrap();
    let folder = quick_folder();
    let first = checkpoints(folder.path(), false, Duration::MAX);
    let keeping = Keeping { checkpoints: Some(&first), disk: Some(Path::new("/nowhere")) };
    let (found, kept) = on_disk(seed, 1, limits(None), keeping);
    assert_eq!(found.stopped, Stopped::Disk);
    assert!(found.counts.unique_states >= 1 && found.counts.unique_states < whole.counts.unique_states);
    assert!(kept.disk.is_some_and(|why| why.starts_with("/nowhere: ")));
    let second = checkpoints(folder.path(), true, Duration::MAX);
    let (found, kept) = on_disk(seed, 1, limits(None), Keeping { checkpoints: Some(&second), disk: None });
    assert!(kept.resumed.is_some_and(|resumed| resumed.states > 1));
    assert_eq!(format!("{:?}", said(&found)), format!("{:?}", said(&whole)));
}
