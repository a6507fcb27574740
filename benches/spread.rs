//! Measures searches that are spread over workers, and predicts from the constants measured what others take.
//!
//! `cargo bench --bench spread --no-default-features --features hosts`. The workers are threads of this process, joined by
//! sockets on loopback as processes are. The model is a grid: so many actors that each count by messages to themselves, in every
//! interleaving, so that its states are known in closed form. The constants are those of a small grid and of a chain of single
//! states; a larger grid is predicted, then measured.

use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use std::borrow::Cow;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synod::engine::components::spread::{self, Crew, Joining};
use synod::engine::{components, Control, Goal, Limits, Outcome, Search, Strategy};

/// Actors of a grid.
const ACTORS: usize = 6;
/// How far they count, in the grid that the constants are of and in the one that is predicted.
const SMALL: u16 = 9;
const LARGE: u16 = 14;
/// Levels of the chain, each of one state.
const LEVELS: u16 = 2000;
const WORKERS: [usize; 3] = [1, 2, 4];
/// Bytes of a state on its way, and in memory.
const BYTES_SENT: f64 = 8.0;
const BYTES_KEPT: f64 = 16.0;
/// A search that no one here can run: its states, its hosts, and what they may be.
const STATES: f64 = 1e11;
const HOSTS: f64 = 16.0;
const CORES_A_HOST: [f64; 2] = [1.0, 16.0];
const BYTES_A_SECOND: [(&str, f64); 2] = [("1 GbE", 118e6), ("10 GbE", 1180e6)];

/// Counts up to a number.
#[derive(Clone)]
struct Counter(u16);

impl Actor for Counter {
    type Msg = ();
    type State = u16;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _storage: &Option<()>, out: &mut Out<Self>) -> u16 {
        out.send(id, ());
        0
    }

    fn on_msg(&self, id: Id, count: &mut Cow<u16>, _src: Id, _msg: (), out: &mut Out<Self>) {
        *count.to_mut() += 1;
        if **count < self.0 {
            out.send(id, ());
        }
    }
}

/// A search of so many actors that count so far.
fn search(actors: usize, most: u16) -> Search<Counter, (), (), ()> {
    let model = ActorModel::new((), ()).actors((0..actors).map(|_| Counter(most)));
    Search {
        model: Arc::new(model.init_network(Network::new_unordered_nonduplicating([]))),
        boundary: Some(Arc::new(|_, _| true)),
        lenses: Vec::new(),
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads: 1,
        control: Arc::default(),
    }
}

/// Searches with so many workers, joined by sockets.
fn together(workers: usize, actors: usize, most: u16) -> Outcome<Counter> {
    let listeners: Vec<_> = (0..workers).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let hosts: Vec<_> = listeners.iter().map(|one| one.local_addr().expect("a bound port").to_string()).collect();
    std::thread::scope(|scope| {
        let start = |(index, listener): (usize, TcpListener)| {
            let (hosts, patience) = (hosts.clone(), Duration::from_secs(60));
            scope.spawn(move || {
                let joining = Joining { index, hosts, threads: 1, secret: Vec::new(), model: String::new(), patience };
                let crew = Crew::join(&listener, joining, &Control::default()).expect("all come");
                spread::run(search(actors, most), crew).expect("none is lost")
            })
        };
        let threads: Vec<_> = listeners.into_iter().enumerate().map(start).collect();
        let mut outcomes: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("none panics")).collect();
        outcomes.swap_remove(0)
    })
}

/// Seconds of a search of so many actors that count so far, whose states are counted.
fn seconds(actors: usize, most: u16, run: impl FnOnce() -> Outcome<Counter>) -> f64 {
    let started = Instant::now();
    let found = run();
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(found.counts.unique_states, (u128::from(most) + 1).pow(actors as u32));
    assert_eq!(found.counts.generated_states as f64, 1.0 + transitions(actors, most));
    seconds
}

fn transitions(actors: usize, most: u16) -> f64 {
    actors as f64 * f64::from(most) * (f64::from(most) + 1.0).powi(actors as i32 - 1)
}

fn levels(actors: usize, most: u16) -> f64 {
    actors as f64 * f64::from(most) + 1.0
}

fn main() {
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    let a_level = WORKERS.map(|workers| seconds(1, LEVELS, || together(workers, 1, LEVELS)) / f64::from(LEVELS));
    let one = seconds(ACTORS, SMALL, || together(1, ACTORS, SMALL));
    let two = seconds(ACTORS, SMALL, || together(2, ACTORS, SMALL));
    let (of_all, deep) = (transitions(ACTORS, SMALL), levels(ACTORS, SMALL));
    // A transition takes so long, and so much longer if the state that it leads to has another owner: with two, that is half.
    let explored = (one - deep * a_level[0]) / of_all;
    let sent = (((two - deep * a_level[1]) * cores.min(2.0) / of_all - explored) / 0.5).max(0.0);
    println!("{:.0} ns to explore a transition, {:.0} ns more if it is sent", explored * 1e9, sent * 1e9);
    for (workers, seconds) in WORKERS.iter().zip(a_level) {
        println!("{:.0} µs for a level of one state with {workers} workers", seconds * 1e6);
    }
    let (of_all, deep) = (transitions(ACTORS, LARGE), levels(ACTORS, LARGE));
    println!("\n| {of_all:.3e} transitions | predicted, s | measured, s | against one worker |");
    println!("| --- | ---: | ---: | ---: |");
    let alone = seconds(ACTORS, LARGE, || components::run(search(ACTORS, LARGE)).expect("nothing is refused"));
    println!("| one thread, no workers | - | {alone:.2} | - |");
    let mut first = None;
    for (&workers, a_level) in WORKERS.iter().zip(a_level) {
        let share = workers as f64;
        let predicted = of_all * (explored + sent * (share - 1.0) / share) / cores.min(share) + deep * a_level;
        let measured = seconds(ACTORS, LARGE, || together(workers, ACTORS, LARGE));
        let ratio = *first.get_or_insert(measured) / measured;
        println!("| workers: {workers} | {predicted:.2} | {measured:.2} | {ratio:.2} |");
    }
    let kept = STATES * BYTES_KEPT / HOSTS / 1e9;
    println!("\n{STATES:.0e} states of {ACTORS} transitions each on {HOSTS:.0} hosts, {kept:.0} GB of states on each:");
    for cores in CORES_A_HOST {
        for (network, bytes) in BYTES_A_SECOND {
            let (transitions, workers) = (STATES * ACTORS as f64, HOSTS * cores);
            let busy = transitions * (explored + sent * (workers - 1.0) / workers) / workers;
            let sending = transitions * BYTES_SENT * (HOSTS - 1.0) / HOSTS / HOSTS / bytes;
            let bound = if busy > sending { "processors" } else { "the network" };
            println!(
                "{cores:>2} cores a host, {network:>6}: {:.1} hours, bound by {bound}",
                busy.max(sending) / 3600.0
            );
        }
    }
}
