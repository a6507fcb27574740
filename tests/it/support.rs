//! What the tests share: models from text, checks with default options, the program itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use synod::check::{check, Checked, Engine, Options};
use synod::engine::{Control, Limits, Strategy};
use synod::model_file::ModelFile;

/// The folder of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A model of a variant with these settings, as `--set` takes them.
pub fn model(variant: &str, settings: &[&str]) -> ModelFile {
    try_model(variant, settings).unwrap_or_else(|error| panic!("{error}"))
}

/// As [`model`], where the settings may contradict one another.
pub fn try_model(variant: &str, settings: &[&str]) -> Result<ModelFile, synod::model_file::InputError> {
    let text =
        format!("protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n[bounds]\nacceptors = 2\n");
    let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
    ModelFile::parse("test".into(), "test.toml".into(), &text, &settings)
}

pub fn options(engine: Engine, strategy: Strategy) -> Options {
    Options { engine, strategy, threads: 2, limits: Limits::default(), until_decided: false }
}

pub fn explore(model: &ModelFile, engine: Engine, strategy: Strategy) -> Checked {
    check(model, &options(engine, strategy), &Arc::new(Control::default())).unwrap_or_else(|error| panic!("{error}"))
}

/// Every model file of the repository.
pub fn model_files() -> Vec<PathBuf> {
    files_in(&["models/single-decree", "models/mutations"])
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
