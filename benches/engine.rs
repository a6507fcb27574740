//! Measures the component engine against stateright's breadth-first search, in one run, with equal threads.
//!
//! `cargo bench --bench engine -- [MODEL...] [--threads N] [--alone]`, where a model is for example `adapted-3x3`.

#[path = "../examples/paxos.rs"]
mod paxos;
mod single_decree;

use single_decree::{chosen, disagree, model, votes, Proposal, Rules};
use stateright::{Checker, Expectation, Model as _};
use std::sync::Arc;
use std::time::Instant;
use synod::engine::control::peak_resident_bytes;
use synod::engine::{check, components, Ask, Control, Lens, Limits, Search, Strategy};

type Votes = Vec<Proposal>;

fn search(
    rules: Rules,
    proposers: usize,
    acceptors: usize,
    threads: usize,
    strategy: Strategy,
) -> Search<single_decree::Node, usize, (), Votes> {
    let model = Arc::new(model(rules, proposers, acceptors));
    let questions = vec![
        Ask::State(Arc::new(move |votes: &[Vec<Proposal>]| disagree(votes, proposers))),
        Ask::State(Arc::new(move |votes: &[Vec<Proposal>]| !chosen(votes, proposers).is_empty())),
    ];
    Search {
        model,
        lenses: vec![Lens { observe: Arc::new(votes), questions }],
        strategy,
        limits: Limits::default(),
        threads,
        control: Arc::new(Control::default()),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let value = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let threads = value("--threads").map_or(2, |threads| threads.parse().expect("a number of threads"));
    let strategy = if flag("--dfs") { Strategy::Dfs } else { Strategy::Bfs };
    let mut names: Vec<&String> = arguments.iter().filter(|argument| argument.contains('x')).collect();
    let defaults = ["adapted-2x3", "adapted-3x3", "simple-3x3", "paxos-2x3"].map(str::to_owned);
    if names.is_empty() {
        names.extend(&defaults);
    }
    for name in names {
        if let Some(clients) = name.strip_prefix("paxos-").and_then(|size| size.split('x').next()) {
            register(clients.parse().expect("a number of clients"), threads, flag("--alone"));
            continue;
        }
        let (family, size) = name.split_once('-').expect("a name such as adapted-3x3");
        let (proposers, acceptors) = size.split_once('x').expect("a size such as 3x3");
        let (proposers, acceptors) = (proposers.parse().expect("a number"), acceptors.parse().expect("a number"));
        let rules = if family == "simple" { Rules::Simple } else { Rules::Adapted };
        let start = Instant::now();
        let outcome =
            components::run(search(rules, proposers, acceptors, threads, strategy)).expect("nothing is refused");
        let seconds = start.elapsed().as_secs_f64();
        let counts = outcome.counts;
        let peak = peak_resident_bytes().unwrap_or(0);
        println!(
            "{name}: components {} unique, {} generated, {} terminal, depth {:?}, {:?}: {seconds:.3} s, {:.1} M transitions/s, peak {:.1} MB, {:.1} B/state; hits {:?}",
            counts.unique_states, counts.generated_states, counts.terminal_states, counts.max_depth, outcome.stopped,
            counts.generated_states as f64 / seconds / 1e6, peak as f64 / 1e6, peak as f64 / counts.unique_states as f64,
            outcome.hits.iter().map(|hit| hit.as_ref().map(|hit| hit.actions.len())).collect::<Vec<_>>()
        );
        if flag("--alone") {
            continue;
        }
        let start = Instant::now();
        let reference = model(rules, proposers, acceptors).property(Expectation::Sometimes, "never", |_, _| false);
        let checker = reference.checker().threads(threads).spawn_bfs().join();
        let reference = start.elapsed().as_secs_f64();
        println!(
            "{name}: stateright {} unique, {} generated: {reference:.3} s; ratio {:.1}",
            checker.unique_state_count(),
            checker.state_count(),
            reference / seconds
        );
    }
}

/// Measures the register example, with its own properties.
fn register(clients: usize, threads: usize, is_alone: bool) {
    let start = Instant::now();
    let report = check(paxos::model(clients, 3)).reads_history("linearizable").threads(threads).run();
    let report = report.expect("nothing is refused");
    let seconds = start.elapsed().as_secs_f64();
    report.assert_properties();
    let (unique, generated) = (report.unique_state_count(), report.state_count());
    println!("paxos-{clients}x3: components {unique} unique, {generated} generated: {seconds:.3} s");
    if !is_alone {
        let start = Instant::now();
        let checker = paxos::model(clients, 3).checker().threads(threads).spawn_bfs().join();
        let reference = start.elapsed().as_secs_f64();
        let unique = checker.unique_state_count();
        println!("paxos-{clients}x3: stateright {unique} unique: {reference:.3} s; ratio {:.1}", reference / seconds);
    }
}
