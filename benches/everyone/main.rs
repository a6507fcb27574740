//! Models such as users of stateright write, checked by stateright and by this crate in turn: two threads, a process for
//! each run, with the models' properties and without (`bare`). Prints states, seconds and peak memory of both.
//!
//! `cargo bench --bench everyone --no-default-features -- [MODEL...] [--rounds N]`
//!
//! stateright stops where every property has a discovery, so each model has one more, which never fails: both explore all.

mod actors;
mod plain;

use stateright::actor::ActorModel;
use stateright::{Checker, Expectation, Model};
use std::fmt::Debug;
use std::hash::Hash;
use std::process::Command;
use std::time::Instant;
use synod::engine::control::peak_resident_bytes;
use synod::engine::{check, Checkable, Identity, Report};

/// A model by name, run by the engine `stateright` or by this crate's.
const MODELS: [(&str, fn(&Run)); 9] = [
    ("two-phase-commit", |run| run.plain(plain::TwoPhase { managers: 7, bare: run.bare })),
    ("sliding-puzzle", |run| run.plain(plain::Puzzle { bare: run.bare })),
    ("register", |run| run.actors(actors::register(3, 2))),
    ("single-copy", |run| run.actors(actors::register(3, 1))),
    ("last-writer-wins", |run| run.actors(actors::last_writer_wins(3, 2))),
    ("timers", |run| run.actors(actors::pingers(3, 4))),
    ("one-actor", |run| run.actors(actors::odometer(61))),
    ("careless-by-hash", |run| run.actors_by(Identity::Hash, actors::careless(555))),
    (BY_VALUE, |run| run.actors(actors::careless(555))),
];

/// The model of which the engines do not find the same: a `Hash` of it leaves out what `PartialEq` compares.
const BY_VALUE: &str = "careless-by-value";

/// One run in a process of its own.
struct Run {
    by_stateright: bool,
    bare: bool,
}

impl Run {
    fn actors<A, C, H>(&self, model: ActorModel<A, C, H>)
    where
        A: Checkable + 'static,
        C: Clone + Send + Sync + 'static,
        H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    {
        self.actors_by(Identity::Value, model);
    }

    fn actors_by<A, C, H>(&self, identity: Identity, mut model: ActorModel<A, C, H>)
    where
        A: Checkable + 'static,
        C: Clone + Send + Sync + 'static,
        H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
    {
        if self.bare {
            model.properties.clear();
        }
        let model = model.property(Expectation::Always, "(never fails)", |_, _| true);
        let started = Instant::now();
        match self.by_stateright {
            true => stateright(model, started),
            false => {
                ours(&check(model).threads(2).identity(identity).run().expect("nothing is refused"), started);
            }
        }
    }

    fn plain<M>(&self, model: M)
    where
        M: Model<State: Hash + PartialEq + Clone + Send + Sync, Action: Debug + PartialEq + Clone>
            + Send
            + Sync
            + 'static,
    {
        let started = Instant::now();
        match self.by_stateright {
            true => stateright(model, started),
            false => ours(&check(model).threads(2).run().expect("nothing is refused"), started),
        }
    }
}

fn stateright<M>(model: M, started: Instant)
where
    M: Model<State: Hash + PartialEq + Clone + Send + Sync, Action: Debug + PartialEq + Clone> + Send + Sync + 'static,
{
    let checker = model.checker().threads(2).spawn_bfs().join();
    print(checker.unique_state_count(), checker.state_count(), started);
}

fn ours<M: Model>(report: &Report<M>, started: Instant) {
    print(report.unique_state_count() as usize, report.state_count() as usize, started);
}

fn print(unique: usize, generated: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!("{unique} {generated} {seconds} {}", peak_resident_bytes().unwrap_or(0));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, name, engine, properties] = &arguments[..] {
        if flag == "--one" {
            let run = Run { by_stateright: engine == "stateright", bare: properties == "bare" };
            let (_, model) = MODELS.iter().find(|(other, _)| other == name).expect("a model of the list");
            return model(&run);
        }
    }
    let rounds = arguments.iter().position(|argument| argument == "--rounds");
    let rounds = rounds.map_or(3, |place| arguments[place + 1].parse().expect("a number of rounds"));
    println!("| model | states | generated | stateright, s | synod, s | ratio | stateright, MB | synod, MB |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    let takes_all = !MODELS.iter().any(|(name, _)| is_named(name));
    for (name, _) in MODELS.iter().filter(|(name, _)| takes_all || is_named(name)) {
        for properties in ["whole", "bare"] {
            compare(name, properties, rounds);
        }
    }
}

/// Runs both engines in turn and prints the medians.
fn compare(name: &str, properties: &str, rounds: usize) {
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (runs, engine) in runs.iter_mut().zip(["stateright", "synod"]) {
            let program = std::env::current_exe().expect("the program has a path");
            let output = Command::new(program).args(["--one", name, engine, properties]).output().expect("it starts");
            let text = String::from_utf8(output.stdout).expect("it prints numbers");
            runs.push(text.split_whitespace().map(|n| n.parse::<f64>().expect("a number")).collect::<Vec<_>>());
        }
    }
    assert!(name == BY_VALUE || runs[0][0][..2] == runs[1][0][..2], "{name}: both engines find the same");
    let median = |runs: &[Vec<f64>], column: usize| {
        let mut values: Vec<f64> = runs.iter().map(|run| run[column]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let [theirs, own] = [0, 1].map(|engine| median(&runs[engine], 2));
    let [large, small] = [0, 1].map(|engine| median(&runs[engine], 3) / 1e6);
    println!(
        "| {name}{} | {} | {} | {theirs:.3} | {own:.3} | {:.1} | {large:.1} | {small:.1} |",
        if properties == "bare" { ", bare" } else { "" },
        runs[1][0][0],
        runs[1][0][1],
        theirs / own
    );
}
