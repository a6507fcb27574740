//! The reports: every format from one fixed report and from real runs, held to the published schemas, to snapshots and
//! to hostile input.

mod action;
mod browser;
mod channels;
mod fixture;
mod formats;
mod hostile;
mod runs;
mod schemas;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A model of 34 states that is as expected.
const GOOD: &str = "models/single-decree/adapted-1x3.toml";

/// A model of 22 states that violates agreement, as its file expects.
const BROKEN: &str = "models/mutations/adapted-continue-choice-own-2x1.toml";

/// The program, started in a folder and not by a GitHub workflow.
fn synod(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command.args(arguments).current_dir(folder).env_remove("GITHUB_ACTIONS");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    synod(folder, arguments).output().expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder with `models/good.toml` and, if wanted, `models/broken.toml`, which demands that agreement holds.
fn workplace(is_broken: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is a temporary folder");
    let models = folder.path().join("models");
    std::fs::create_dir(&models).expect("it is new");
    std::fs::copy(project(GOOD), models.join("good.toml")).expect("the model is there");
    if is_broken {
        let text = std::fs::read_to_string(project(BROKEN)).expect("the model is there");
        let demanding = text.replace("agreement       = \"violated\"", "agreement       = \"holds\"");
        assert_ne!(text, demanding, "the model file is laid out as this test expects");
        std::fs::write(models.join("broken.toml"), demanding).expect("the folder is there");
    }
    folder
}

/// The options that write every report into the current folder, and the files they write.
const EVERY: [&str; 10] =
    ["--json", "r.json", "--junit", "r.xml", "--sarif", "r.sarif", "--markdown", "r.md", "--html", "r.html"];

fn read(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
