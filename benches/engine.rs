//! Measures the component engine against stateright's breadth-first search: the same model, the same properties, the
//! same number of threads, in one run.
//!
//! `cargo bench --bench engine -- [MODEL...] [--threads N] [--alone] [--bare]`, where a model is a variant with its
//! bounds such as `adapted-3x3`, or stateright's register example with so many clients, `paxos-2`. With `--alone`
//! stateright is left out, with `--bare` it evaluates no property (the component engine always does).

#[path = "../examples/paxos.rs"]
mod paxos;

use stateright::{Checker, Expectation, HasDiscoveries, Model};
use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;
use synod::check::{Engine, Options};
use synod::engine::control::peak_resident_bytes;
use synod::engine::{Control, Identity, Limits, Strategy};
use synod::protocols::single_decree::SingleDecree;

type ModelFile = synod::model_file::ModelFile<SingleDecree>;

const DEFAULTS: [&str; 4] = ["adapted-2x3", "adapted-3x3", "simple-3x3", "paxos-2"];

/// What one search came to.
struct Measured {
    unique: u64,
    generated: u64,
    seconds: f64,
    peak: u64,
}

fn main() {
    let mut names = Vec::new();
    let mut threads = 2;
    let (mut is_alone, mut is_bare) = (false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--alone" => is_alone = true,
            "--bare" => is_bare = true,
            "--threads" => threads = arguments.next().and_then(|n| n.parse().ok()).expect("a number of threads"),
            name => names.push(name.to_string()),
        }
    }
    if names.is_empty() {
        names.extend(DEFAULTS.map(str::to_owned));
    }
    println!("| model | states | transitions | seconds | states/s | transitions/s | peak bytes/state | stateright, s | ratio |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for name in names {
        let (ours, reference) = measure(&name, threads, is_alone, is_bare);
        let per_second = |count: u64| format!("{:.2} M", count as f64 / ours.seconds / 1e6);
        let compared = reference.map_or_else(
            || "- | -".into(),
            |reference| {
                assert_eq!((ours.unique, ours.generated), (reference.unique, reference.generated), "{name}");
                format!("{:.2} | {:.1}", reference.seconds, reference.seconds / ours.seconds)
            },
        );
        println!(
            "| {name} | {} | {} | {:.3} | {} | {} | {:.1} | {compared} |",
            ours.unique,
            ours.generated,
            ours.seconds,
            per_second(ours.unique),
            per_second(ours.generated),
            ours.peak as f64 / ours.unique as f64,
        );
    }
}

/// Searches with the component engine and then, unless it is left out, with stateright.
fn measure(name: &str, threads: usize, is_alone: bool, is_bare: bool) -> (Measured, Option<Measured>) {
    if let Some(clients) = name.strip_prefix("paxos-") {
        let clients = clients.parse().expect("a number of clients");
        let ours = measured(|| {
            let check = synod::engine::check(paxos::model(clients, 3)).reads_history("linearizable");
            let report = check.threads(threads).run().expect("nothing is refused");
            report.assert_properties();
            (report.unique_state_count(), report.state_count())
        });
        return (ours, (!is_alone).then(|| by_stateright(paxos::model(clients, 3), threads)));
    }
    let (variant, bounds) = name.rsplit_once('-').expect("a name such as adapted-3x3");
    let (proposers, acceptors) = bounds.split_once('x').expect("bounds such as 3x3");
    let text = format!(
        "protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n\
         bounds = {{ proposers = {proposers}, acceptors = {acceptors} }}\n"
    );
    let model = ModelFile::parse(name.into(), name.into(), &text, &[]).unwrap_or_else(|error| panic!("{error}"));
    let options = Options {
        engine: Engine::Components,
        strategy: Strategy::Bfs,
        threads,
        limits: Limits::default(),
        identity: Identity::Value,
        until_decided: false,
        checkpoints: None,
        disk: None,
    };
    let ours = measured(|| {
        let checked = synod::check::check(&model, &options, &Arc::new(Control::default()));
        let case = checked.unwrap_or_else(|error| panic!("{error}")).case;
        (case.counts.unique_states as u64, case.counts.generated_states as u64)
    });
    let mut reference = model.spec.model();
    if is_bare {
        reference.properties.clear();
    }
    (
        ours,
        (!is_alone).then(|| by_stateright(reference.property(Expectation::Sometimes, "never", |_, _| false), threads)),
    )
}

/// Explores a model with stateright's breadth-first search, to its end whatever is found on the way.
fn by_stateright<M>(model: M, threads: usize) -> Measured
where
    M: Model<State: Clone + PartialEq + Hash + Send + Sync, Action: Clone + PartialEq> + Send + Sync + 'static,
{
    measured(|| {
        let to_the_end = HasDiscoveries::AllOf(BTreeSet::from(["no such property"]));
        let checker = model.checker().threads(threads).finish_when(to_the_end).spawn_bfs().join();
        (checker.unique_state_count() as u64, checker.state_count() as u64)
    })
}

/// Runs a search, with the peak of this process's memory counted from its start where the system lets it.
fn measured(search: impl FnOnce() -> (u64, u64)) -> Measured {
    let _ = std::fs::write("/proc/self/clear_refs", "5"); // else the peak is that of the whole run
    let started = Instant::now();
    let (unique, generated) = search();
    let seconds = started.elapsed().as_secs_f64();
    Measured { unique, generated, seconds, peak: peak_resident_bytes().unwrap_or(0) }
}
