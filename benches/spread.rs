//! Measures searches that are spread over workers, and predicts from the constants measured what others take.
//!
//! `cargo bench --bench spread -- [MODEL]`, where the model is a variant with its bounds, such as `adapted-3x4`. The workers are
//! threads of this process, joined by sockets on loopback as processes are. The constants are those of a smaller model and of a
//! chain of single states; the model itself is predicted, then measured.

use stateright::actor::{Actor, ActorModel, Id, Network, Out};
use std::borrow::Cow;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};
use synod::check::{check, check_together, take_part, Engine, Options};
use synod::engine::components::spread::{self, Crew, Joining};
use synod::engine::{Control, Goal, Identity, Limits, Search, Strategy};
use synod::protocols::single_decree::SingleDecree;

type ModelFile = synod::model_file::ModelFile<SingleDecree>;

/// The model that the constants are of.
const SMALLER: &str = "adapted-3x3";
const WORKERS: [usize; 3] = [1, 2, 4];
/// Levels of the chain.
const LEVELS: u16 = 2000;
/// Bytes of a state on its way, and in memory.
const BYTES_SENT: f64 = 8.0;
const BYTES_KEPT: f64 = 16.0;
/// What is printed of a search that no one here can run.
const HOSTS: f64 = 16.0;
const CORES_A_HOST: [f64; 2] = [1.0, 16.0];
const STATES: f64 = 1e11;
const BYTES_A_SECOND: [(&str, f64); 2] = [("1 GbE", 118e6), ("10 GbE", 1180e6)];

/// Counts up to [`LEVELS`], by messages to itself.
#[derive(Clone)]
struct Counter;

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
        if **count < LEVELS {
            out.send(id, ());
        }
    }
}

/// Runs something in each of some workers, joined by sockets; returns what the first one came to.
fn together<T: Send>(workers: usize, run: impl Fn(Crew, usize) -> T + Sync) -> T {
    let listeners: Vec<_> = (0..workers).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let hosts: Vec<_> = listeners.iter().map(|one| one.local_addr().expect("a bound port").to_string()).collect();
    std::thread::scope(|scope| {
        let (run, hosts) = (&run, &hosts);
        let start = |(index, listener): (usize, TcpListener)| {
            scope.spawn(move || {
                let (hosts, patience) = (hosts.clone(), Duration::from_secs(60));
                let joining = Joining { index, hosts, threads: 1, secret: Vec::new(), model: String::new(), patience };
                run(Crew::join(&listener, joining, &Control::default()).expect("all come"), index)
            })
        };
        let threads: Vec<_> = listeners.into_iter().enumerate().map(start).collect();
        let mut came: Vec<T> = threads.into_iter().map(|thread| thread.join().expect("none panics")).collect();
        came.swap_remove(0)
    })
}

/// The transitions and levels of a search, and its seconds.
struct Measured {
    states: f64,
    transitions: f64,
    levels: f64,
    seconds: f64,
}

fn options() -> Options {
    Options {
        engine: Engine::Components,
        strategy: Strategy::Bfs,
        threads: 1,
        limits: Limits::default(),
        identity: Identity::Value,
        until_decided: false,
        checkpoints: None,
    }
}

/// Checks a model with so many workers, or in one process that knows of no others.
fn measure(name: &str, workers: Option<usize>) -> Measured {
    let (variant, bounds) = name.rsplit_once('-').expect("a name such as adapted-3x3");
    let (proposers, acceptors) = bounds.split_once('x').expect("bounds such as 3x3");
    let text = format!(
        "protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n\
         bounds = {{ proposers = {proposers}, acceptors = {acceptors} }}\n"
    );
    let model = ModelFile::parse(name.into(), name.into(), &text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let (control, started) = (Arc::new(Control::default()), Instant::now());
    let checked = match workers {
        None => Some(check(&model, &options(), &control)),
        Some(workers) => together(workers, |crew, index| match index {
            0 => Some(check_together(&model, &options(), &control, crew)),
            _ => take_part(&model, &options(), &control, crew).map(|_| None).expect("none is lost"),
        }),
    };
    let seconds = started.elapsed().as_secs_f64();
    let counts = checked.expect("the first one reports").unwrap_or_else(|error| panic!("{error}")).case.counts;
    let levels = counts.max_depth.expect("breadth-first") as f64 + 1.0;
    let (states, transitions) = (counts.unique_states as f64, counts.generated_states as f64);
    Measured { states, transitions, levels, seconds }
}

/// Seconds that a level takes with so many workers, whatever is in it.
fn a_level(workers: usize) -> f64 {
    let started = Instant::now();
    together(workers, |crew, _| {
        let model = ActorModel::new((), ()).actor(Counter).init_network(Network::new_unordered_nonduplicating([]));
        let search: Search<Counter, (), (), ()> = Search {
            model: Arc::new(model),
            boundary: Some(Arc::new(|_, _| true)),
            lenses: Vec::new(),
            judges: Vec::new(),
            strategy: Strategy::Bfs,
            limits: Limits::default(),
            goal: Goal::default(),
            threads: 1,
            control: Arc::default(),
        };
        let found = spread::run(search, crew).expect("none is lost");
        assert_eq!(found.counts.unique_states, u128::from(LEVELS) + 1);
    });
    started.elapsed().as_secs_f64() / f64::from(LEVELS)
}

fn main() {
    let name = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let name = name.unwrap_or_else(|| "adapted-3x4".into());
    let cores = std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64);
    let levels = WORKERS.map(a_level);
    let [one, two] = [1, 2].map(|workers| measure(SMALLER, Some(workers)));
    // A transition takes so long to explore, and so much longer if its state has another owner: half of them, with two.
    let explored = (one.seconds - one.levels * levels[0]) / one.transitions;
    let spent = (two.seconds - two.levels * levels[1]) * cores.min(2.0);
    let sent = ((spent / two.transitions - explored) / 0.5).max(0.0);
    println!("of {SMALLER}: {:.0} ns to explore a transition, {:.0} ns more if it is sent", explored * 1e9, sent * 1e9);
    for (workers, level) in WORKERS.iter().zip(levels) {
        println!("a level with {workers} workers: {:.0} µs at most", level * 1e6);
    }
    let took = |of: &Measured, workers: f64, cores: f64, level: f64| {
        of.transitions * (explored + sent * (workers - 1.0) / workers) / cores.min(workers) + of.levels * level
    };
    let alone = measure(&name, None);
    println!("\n| {name}, {:.0} transitions | predicted, s | measured, s | of one worker |", alone.transitions);
    println!("| --- | ---: | ---: | ---: |");
    println!("| without workers | - | {:.2} | - |", alone.seconds);
    let mut first = None;
    for (&workers, level) in WORKERS.iter().zip(levels) {
        let found = measure(&name, Some(workers));
        let predicted = took(&found, workers as f64, cores, level);
        let first = *first.get_or_insert(found.seconds);
        println!("| {workers} workers | {predicted:.2} | {:.2} | {:.2} |", found.seconds, first / found.seconds);
    }
    let a_state = alone.transitions / alone.states;
    println!("\n{STATES:.0e} states of {a_state:.1} transitions each on {HOSTS:.0} hosts, {:.0} GB each:", STATES * BYTES_KEPT / HOSTS / 1e9);
    for cores in CORES_A_HOST {
        for (network, bytes) in BYTES_A_SECOND {
            let transitions = STATES * a_state;
            let workers = HOSTS * cores;
            let busy = transitions * (explored + sent * (workers - 1.0) / workers) / workers;
            let sending = transitions * BYTES_SENT * (HOSTS - 1.0) / HOSTS / HOSTS / bytes;
            let bound = if busy > sending { "processors" } else { "the network" };
            println!("{cores:>4} cores a host, {network:>6}: {:.1} hours, bound by {bound}", busy.max(sending) / 3600.0);
        }
    }
}
