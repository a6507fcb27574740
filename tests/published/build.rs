//! Takes the examples of stateright from the sources that cargo has, each without its `main`, its tests and the attributes
//! that only the root of a crate may have.

use std::path::{Path, PathBuf};
use std::process::Command;

const EXAMPLES: [&str; 9] = [
    "2pc",
    "increment_lock",
    "interaction",
    "linearizable-register",
    "lww-register",
    "paxos",
    "raft",
    "single-copy-register",
    "timers",
];

fn main() {
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    let examples = examples();
    let output = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    for name in EXAMPLES {
        let file = name.to_owned() + ".rs";
        let source = std::fs::read_to_string(examples.join(&file)).expect("the example is there");
        std::fs::write(output.join(file), library(&source)).expect("the folder is for that");
    }
}

/// The folder of the examples.
fn examples() -> PathBuf {
    let mut cargo = Command::new(std::env::var_os("CARGO").expect("cargo sets it"));
    let target = std::env::var("TARGET").expect("cargo sets it"); // what other targets need may not be there
    cargo.args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", &target]);
    let output = cargo.output().expect("cargo starts again");
    let metadata = serde_json::from_slice::<serde_json::Value>(&output.stdout);
    let metadata = metadata.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let stateright = packages.iter().find(|package| package["name"] == "stateright").expect("it is depended on");
    let manifest = stateright["manifest_path"].as_str().expect("a path");
    Path::new(manifest).with_file_name("examples")
}

/// An example as the text of a module.
fn library(source: &str) -> String {
    let start = source.find("fn main()").expect("an example has a main");
    let start = source[..start].rfind('\n').map_or(0, |end| end + 1);
    let end = source[start..].find("\n}\n").map_or(source.len(), |length| start + length + 3);
    let text = source[..start].to_owned() + &source[end..];
    let is_kept = |line: &&str| !line.starts_with("//!") && !line.starts_with("#![");
    let text: String = text.lines().filter(is_kept).flat_map(|line| [line, "\n"]).collect();
    // Where there is only a builder of a checker, the model is what it begins with.
    let text = match text.contains("-> CheckerBuilder<ActorModel<LwwActor>>") {
        true => text.replacen("-> CheckerBuilder<ActorModel<LwwActor>>", "-> ActorModel<LwwActor>", 1).replacen(
            "\n        .checker()\n",
            "\n",
            1,
        ),
        false => text,
    };
    text.replace("#[test]", "#[cfg(any())]")
}
