//! The same actors on real sockets: runs under faults, their logs and what is made of them, datagrams, processes.

mod datagrams;
mod demands;
mod hosts;
mod logs;
mod processes;
mod runs;

use crate::support::{root, ModelFile, Plan, Ran};
use std::path::Path;
use std::time::Duration;
use synod::conform::{follow, gather};
use synod::protocols::single_decree::SingleDecree;

type Followed = synod::conform::Path<SingleDecree>;
use synod::engine::Control;
use synod::nodes::cluster;
use synod::nodes::launch::Launch;
use synod::nodes::wire::Faults;

/// A model file of the repository, with settings.
fn model_file(name: &str, settings: &[&str]) -> ModelFile {
    let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
    ModelFile::read(&root().join("models/single-decree").join(name), &settings).unwrap()
}

/// A run with threads and without faults.
fn plan(model: ModelFile, instances: u32, seed: u64, logs: &Path) -> Plan {
    Plan {
        model,
        launch: Launch::Threads,
        faults: Faults { delay: Duration::from_millis(2), ..Faults::default() },
        crashes: Vec::new(),
        tampered: Vec::new(),
        instances,
        deadline: Duration::from_secs(300),
        patience: Duration::from_millis(30),
        seed,
        run: seed,
        logs: logs.to_path_buf(),
    }
}

fn run(plan: &Plan) -> Ran {
    cluster::run(plan, &Control::default(), &mut |_| {}).unwrap_or_else(|failed| panic!("{failed}"))
}

/// Follows every instance of a run along its model.
fn followed(logs: &Path) -> Vec<Followed> {
    let gathered = gather(&[logs.to_path_buf()]).unwrap();
    gathered.instances().into_iter().map(|instance| follow(&gathered, instance).unwrap()).collect()
}
