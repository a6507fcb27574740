//! Measures the symbolic engine and `auto` against the component engine: the same model with all of its properties, on
//! two threads, in one run; the counts are compared.
//!
//! `cargo bench --bench symbolic -- [MODEL...] [--alone] [--order N]`, where a model is a variant with its bounds such as
//! `adapted-3x4` or, with several rounds, `simple-2x3-rounds-2`. With `--alone` only the symbolic engine runs. With
//! `--order` it runs under that order of the variables alone and on one thread, and answers no questions: counts that
//! come out the same under two orders confirm each other.

use std::sync::Arc;
use std::time::Instant;
use synod::check::{Engine, Options};
use synod::engine::symbolic;
use synod::engine::{Control, Goal, Identity, Limits, Search, Strategy};
use synod::family::{Family, Seen};
use synod::protocols::single_decree::SingleDecree;
use synod::report::thousands;

type ModelFile = synod::model_file::ModelFile<SingleDecree>;

const DEFAULTS: [&str; 4] = ["adapted-3x3", "adapted-3x4", "simple-4x3", "simple-2x3-rounds-2"];

/// What a search counts: the states, the transitions with the initial state, the terminal states, and the depth.
type Counts = (u128, u128, u128, Option<u64>);

fn main() {
    let mut names = Vec::new();
    let (mut is_alone, mut order) = (false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--alone" => is_alone = true,
            "--order" => order = Some(arguments.next().and_then(|n| n.parse().ok()).expect("the number of an order")),
            name => names.push(name.to_string()),
        }
    }
    if names.is_empty() {
        names.extend(DEFAULTS.map(str::to_owned));
    }
    println!("| model | states | generated | terminal | depth | components, s | symbolic, s | ratio | auto, s |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for name in names {
        let model = model(&name);
        let (counts, seconds) = match order {
            Some(order) => timed(|| under(&model, order)),
            None => timed(|| checked(&model, Engine::Symbolic)),
        };
        let compared = match is_alone || order.is_some() {
            true => format!("- | {seconds:.2} | - | -"),
            false => {
                let [(explicit, slow), (auto, chosen)] =
                    [Engine::Components, Engine::Auto].map(|engine| timed(|| checked(&model, engine)));
                assert_eq!([explicit, auto], [counts, counts], "{name}");
                format!("{slow:.2} | {seconds:.2} | {:.1} | {chosen:.2}", slow / seconds)
            }
        };
        let (unique, generated, terminal, depth) = counts;
        let [unique, generated, terminal] = [unique, generated, terminal].map(thousands);
        let depth = depth.map_or("-".into(), |depth| depth.to_string());
        println!("| {name} | {unique} | {generated} | {terminal} | {depth} | {compared} |");
    }
}

fn model(name: &str) -> ModelFile {
    let (name, rounds) = name.split_once("-rounds-").unwrap_or((name, "1"));
    let (variant, bounds) = name.rsplit_once('-').expect("a name such as adapted-3x3");
    let (proposers, acceptors) = bounds.split_once('x').expect("bounds such as 3x3");
    let text = format!(
        "protocol = {{ family = \"single-decree\", variant = \"{variant}\", rounds = {rounds} }}\n\
         bounds = {{ proposers = {proposers}, acceptors = {acceptors} }}\n"
    );
    ModelFile::parse(name.into(), name.into(), &text, &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn timed(search: impl FnOnce() -> Counts) -> (Counts, f64) {
    let started = Instant::now();
    let counts = search();
    (counts, started.elapsed().as_secs_f64())
}

/// Checks all properties of a model.
fn checked(model: &ModelFile, engine: Engine) -> Counts {
    let options = Options {
        engine,
        identity: Identity::Value,
        strategy: Strategy::Bfs,
        threads: 2,
        limits: Limits::default(),
        until_decided: false,
        checkpoints: None,
        disk: None,
    };
    let checked = synod::check::check(model, &options, &Arc::new(Control::default()));
    let counts = checked.unwrap_or_else(|error| panic!("{error}")).case.counts;
    (counts.unique_states, counts.generated_states, counts.terminal_states, counts.max_depth)
}

/// Counts under one order of the variables.
fn under(model: &ModelFile, order: u64) -> Counts {
    let system = model.spec.model();
    let search = Search::<_, _, _, Seen<SingleDecree>> {
        boundary: SingleDecree::boundary(&system.cfg),
        model: Arc::new(system),
        lenses: Vec::new(),
        judges: Vec::new(),
        strategy: Strategy::Bfs,
        limits: Limits::default(),
        goal: Goal::default(),
        threads: 1,
        control: Arc::new(Control::default()),
    };
    let options = symbolic::Options { order: Some(order), ..Default::default() };
    let counts = symbolic::run(search, options).unwrap_or_else(|refusal| panic!("{refusal}")).counts;
    (counts.unique_states, counts.generated_states, counts.terminal_states, counts.max_depth)
}
