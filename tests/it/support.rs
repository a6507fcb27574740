//! What the tests share: models from text, checks with default options, the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use synod::check::{check, Checked, Engine, Options};
use synod::engine::Action;
use synod::engine::{Control, Identity, Limits, Strategy};
use synod::protocols::single_decree::{Node, SingleDecree};
use synod::trace::{self, Trace, Wording};

pub type ModelFile = synod::model_file::ModelFile<SingleDecree>;
pub type Spec = synod::family::Spec<SingleDecree>;
pub type Property = synod::family::Property<SingleDecree>;
pub type Plan = synod::nodes::plan::Plan<SingleDecree>;
pub type Ran = synod::nodes::plan::Ran<SingleDecree>;
pub type Log = synod::nodes::log::Log<SingleDecree>;
pub type Record = synod::nodes::log::Record<SingleDecree>;
pub type Event = synod::nodes::log::Event<SingleDecree>;

/// The folder of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A model of a variant with these settings, as `--set` takes them.
pub fn model(variant: &str, settings: &[&str]) -> ModelFile {
    try_model(variant, settings).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`model`], where the settings may contradict one another.
pub fn try_model(variant: &str, settings: &[&str]) -> Result<ModelFile, synod::input::InputError> {
    let text =
        format!("protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n[bounds]\nacceptors = 2\n");
    let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
    ModelFile::parse("test".into(), "test.toml".into(), &text, &settings)
}

pub fn options(engine: Engine, strategy: Strategy) -> Options {
    Options {
        engine,
        identity: Identity::Value,
        strategy,
        threads: 2,
        limits: Limits::default(),
        until_decided: false,
        checkpoints: None,
        disk: None,
    }
}

pub fn explore(model: &ModelFile, engine: Engine, strategy: Strategy) -> Checked {
    check(model, &options(engine, strategy), &Arc::new(Control::default())).unwrap_or_else(|error| panic!("{error}"))
}

/// Every model file of the family, but for the large ones.
pub fn model_files() -> Vec<PathBuf> {
    let mut files = files_in(&["models/single-decree", "models/mutations"]);
    files.retain(|file| std::fs::read_to_string(file).unwrap().contains("\"single-decree\""));
    files
}

/// Every model file of the repository.
pub fn all_model_files() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(root().join("models")).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.collect()
}

/// What bugs of real systems consist of, each beside what mends it.
pub fn bug_model_files() -> Vec<PathBuf> {
    files_in(&["models/bugs"])
}

/// The models that have too many states for any but the symbolic engine.
pub fn large_model_files() -> Vec<PathBuf> {
    files_in(&["models/large"])
}

fn files_in(folders: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

/// Runs the program in a folder.
pub fn synod(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command.current_dir(folder).args(arguments).env_remove("GITHUB_ACTIONS");
    command
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads a trace of the family.
pub fn read_trace(text: &str) -> Result<(Trace, Spec), synod::input::InputError> {
    trace::read("t.json", text)
}

/// The actions of a trace, found among those that its model offers by what they are called.
pub fn actions(model: &ModelFile, trace: &Trace) -> Vec<Action<Node>> {
    use stateright::Model as _;
    let system = model.spec.model();
    let wording: Wording<SingleDecree> = Wording::new(&system);
    let mut state = system.init_states().swap_remove(0);
    let step = |step: &trace::Step| {
        let mut offered = Vec::new();
        system.actions(&state, &mut offered);
        let mut alike = offered.into_iter().filter(|action| wording.action(&state, action) == step.action);
        let action = alike.nth(step.alike).unwrap_or_else(|| panic!("{} is not enabled", step.action));
        state = system.next_state(&state, action.clone()).unwrap();
        action
    };
    trace.steps.iter().map(step).collect()
}
