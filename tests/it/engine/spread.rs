//! Searches that are spread over workers, as threads of a process and over sockets, against the same ones of one.

use super::random::Recipe;
use super::{recipe_of, whole_search, Node};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use synod::engine::components::run;
use synod::engine::components::spread::{self, Crew, Joining, NotJoined};
use synod::engine::{Control, Limits, Outcome, Refusal, Search, Stopped, Strategy};

/// All that is said of a search.
fn said(found: &Result<Outcome<Node>, Refusal>) -> String {
    match found {
        Err(refusal) => refusal.to_string(),
        Ok(found) => {
            let path = |hit: &synod::engine::Hit<Node>| (hit.actions.clone(), hit.shortest);
            let paths: Vec<_> = found.hits.iter().map(|hit| hit.as_ref().map(path)).collect();
            let Outcome { stopped, counts, states_by_depth, notes, .. } = found;
            format!("{stopped:?} {counts:?} {states_by_depth:?} {paths:?} {notes:?}")
        }
    }
}

fn search(recipe: &Recipe, max_depth: Option<u64>) -> Search<Node, Recipe, super::random::History, u8> {
    let limits = Limits { max_depth, ..Limits::default() };
    Search { limits, ..whole_search(recipe, 1, Strategy::Bfs) }
}

fn is_small(found: &Result<Outcome<Node>, Refusal>) -> bool {
    found.as_ref().map_or(true, |found| found.counts.unique_states < 400)
}

/// Every feature of a model, depth limits, and handlers that panic: the workers come to what one process comes to, paths
/// and messages included.
#[test]
fn random_systems_on_several_workers_are_explored_like_on_one() {
    let (mut compared, mut cut, mut faulty) = (0, 0, 0);
    for seed in 0..240 {
        let recipe = Recipe { panics: seed % 6 == 5, ..recipe_of(seed) };
        let max_depth = (seed % 4 == 3).then_some(seed % 5);
        let limits = Limits { max_states: Some(401), max_depth, ..Limits::default() };
        let alone = run(Search { limits, ..search(&recipe, None) });
        if !is_small(&alone) {
            continue;
        }
        let workers = 1 + seed as usize % 4;
        let found = spread::run(search(&recipe, max_depth), Crew::of_threads(workers));
        assert_eq!(said(&found), said(&alone), "{workers} workers, {recipe:?}");
        if let Ok(found) = &found {
            assert_eq!(found.threads, workers);
        }
        compared += 1;
        cut += u32::from(alone.as_ref().is_ok_and(|found| found.stopped == Stopped::MaxDepth));
        faulty += u32::from(alone.is_err());
    }
    assert!(compared > 120 && cut > 10 && faulty > 10, "{compared} {cut} {faulty}");
}

fn joining(index: usize, hosts: &[String]) -> Joining {
    Joining {
        index,
        hosts: hosts.to_vec(),
        threads: 1,
        secret: b"known to all".to_vec(),
        model: "a random system".into(),
        patience: Duration::from_secs(20),
    }
}

fn listeners(count: usize) -> (Vec<TcpListener>, Vec<String>) {
    let listeners: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let hosts = listeners.iter().map(|listener| listener.local_addr().unwrap().to_string()).collect();
    (listeners, hosts)
}

/// What each of some processes, threads here, comes to.
fn together<T: Send>(count: usize, run: impl Fn(TcpListener, Joining) -> T + Sync) -> Vec<T> {
    let (listeners, hosts) = listeners(count);
    std::thread::scope(|scope| {
        let (run, hosts) = (&run, &hosts);
        let start = |(index, listener)| scope.spawn(move || run(listener, joining(index, hosts)));
        let threads: Vec<_> = listeners.into_iter().enumerate().map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn processes_of_several_threads_are_joined_by_sockets() {
    let mut compared = 0;
    for seed in [3, 5, 12, 14, 21, 25, 30, 35, 47, 60, 61, 70] {
        let recipe = Recipe { panics: seed == 47, ..recipe_of(seed) };
        let limits = Limits { max_states: Some(401), ..Limits::default() };
        let alone = run(Search { limits, ..search(&recipe, None) });
        if !is_small(&alone) {
            continue;
        }
        let found = together(2 + seed as usize % 2, |listener, joining| {
            let joining = Joining { threads: 1 + seed as usize % 3, ..joining };
            let crew = Crew::join(&listener, joining, &Control::default()).unwrap();
            said(&spread::run(search(&recipe, None), crew))
        });
        assert!(found.iter().all(|found| *found == said(&alone)), "{found:?}\n{}", said(&alone));
        compared += 1;
    }
    assert!(compared > 5, "{compared}");
}

fn join(listener: &TcpListener, joining: Joining) -> Result<(), NotJoined> {
    Crew::join(listener, joining, &Control::default()).map(|_| ())
}

/// What each of two processes is told if the second one is changed.
fn told(change: impl Fn(Joining) -> Joining + Sync) -> Vec<String> {
    let joined = together(2, |listener, joining| {
        let joining = if joining.index == 1 { change(joining) } else { joining };
        join(&listener, joining)
    });
    joined.into_iter().map(|joined| joined.unwrap_err().to_string()).collect()
}

#[test]
fn processes_that_cannot_search_together_say_why() {
    let begun = Instant::now();
    let secret = told(|joining| Joining { secret: b"known to one".to_vec(), ..joining });
    assert_eq!(secret, ["process 1 has another secret", "process 0 has another secret"]);
    let threads = told(|joining| Joining { threads: 3, ..joining });
    assert_eq!(threads[0], "process 1 has 3 threads, this one 1; give all processes the same --threads");
    let model = told(|joining| Joining { model: "another one".into(), ..joining });
    assert_eq!(model[1], "process 0 searches something else");
    let others = told(|joining| Joining { hosts: [joining.hosts, vec!["127.0.0.1:1".into()]].concat(), ..joining });
    assert_eq!(others[0], "process 1 knows of 3 processes, this one of 2");
    assert!(begun.elapsed() < Duration::from_secs(10), "no one waits for long");
}

#[test]
fn a_process_that_does_not_come_is_waited_for_with_patience() {
    let (listeners, hosts) = listeners(3);
    let begun = Instant::now();
    let joining = Joining { patience: Duration::from_millis(300), ..joining(1, &hosts) };
    let failed = join(&listeners[1], joining).unwrap_err().to_string();
    assert!(failed.starts_with("processes 0, 2 have not come within 300ms"), "{failed}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// Whoever calls and is no process of the search is turned away, talkative or silent, and hinders no one.
#[test]
fn strangers_are_turned_away() {
    let (mut listeners, hosts) = listeners(2);
    let mut talks = TcpStream::connect(&hosts[0]).unwrap();
    talks.write_all(format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n{}", hosts[0], " ".repeat(99)).as_bytes()).unwrap();
    let _silent = TcpStream::connect(&hosts[0]).unwrap();
    let joining = |index| Joining { patience: Duration::from_secs(2), ..joining(index, &hosts) };
    let failed = join(&listeners[0], joining(0)).unwrap_err().to_string();
    assert!(failed.contains("process 1 has not come within 2s; turned away: 127.0.0.1:"), "{failed}");
    assert!(failed.contains("(what it says is no greeting of this program)"), "{failed}");
    let _ = talks.read(&mut [0]); // it may say nothing
    let _silent = TcpStream::connect(&hosts[0]).unwrap();
    let last = listeners.pop().unwrap();
    let (joining, hosts) = (&joining, &hosts);
    std::thread::scope(|scope| {
        let second = scope.spawn(move || join(&last, Joining { patience: Duration::from_secs(20), ..joining(1) }));
        let mut talks = TcpStream::connect(&hosts[0]).unwrap();
        talks.write_all(&[7; 200]).unwrap();
        join(&listeners[0], Joining { patience: Duration::from_secs(20), ..joining(0) }).unwrap();
        second.join().unwrap().unwrap();
    });
}

/// A process that goes without a word ends the others, and so does one whose handlers do otherwise.
#[test]
fn a_process_that_is_lost_ends_the_others() {
    let recipe = (0..).map(recipe_of).find(|recipe| recipe.actors == 3 && recipe.seed > 40).unwrap();
    let found = together(3, |listener, joining| {
        let index = joining.index;
        let crew = Crew::join(&listener, joining, &Control::default()).unwrap();
        match index {
            1 => drop(crew),
            _ => return spread::run(search(&recipe, None), crew).map(|_| ()).map_err(|refusal| refusal.to_string()),
        }
        Ok(())
    });
    // One that ends for another may be the first that the third misses.
    let is_told = |found: &Result<(), String>| found.as_ref().is_err_and(|why| why.ends_with(" is gone"));
    assert!(is_told(&found[0]) && is_told(&found[2]), "{found:?}");
    let found = together(2, |listener, joining| {
        let recipe = Recipe { seed: recipe.seed + 24 * joining.index as u64, ..recipe.clone() };
        let crew = Crew::join(&listener, joining, &Control::default()).unwrap();
        spread::run(search(&recipe, None), crew).map(|_| ())
    });
    let is_told = |found: &Result<(), Refusal>| matches!(found, Err(Refusal::Lost(_)));
    assert!(found.iter().all(is_told), "{found:?}");
}

/// An interrupt of one process ends all, with what was found.
#[test]
fn an_interrupt_of_a_process_ends_all() {
    let recipe = (0..).map(recipe_of).find(|recipe| recipe.actors == 3 && recipe.seed > 40).unwrap();
    let found = together(2, |listener, joining| {
        let control = Arc::new(Control::default());
        let is_last = joining.index == 1;
        let crew = Crew::join(&listener, joining, &control).unwrap();
        if is_last {
            control.interrupt();
        }
        spread::run(Search { control, ..search(&recipe, None) }, crew).map(|found| found.stopped)
    });
    assert_eq!(found, [Ok(Stopped::Interrupted), Ok(Stopped::Interrupted)]);
}
