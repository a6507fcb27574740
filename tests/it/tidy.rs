//! What is mechanical about the style, kept by a machine.

use crate::support::root;
use std::path::{Path, PathBuf};

/// A file fits a few screens.
const MOST_LINES: usize = 450;

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn sources_say_what_they_own_and_fit_a_few_screens() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 20);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let place = file.display();
        assert!(text.starts_with("//! "), "{place} opens with what it owns");
        assert!(text.lines().count() <= MOST_LINES, "{place} has {} lines", text.lines().count());
        let code = text.split("#[cfg(test)]").next().unwrap();
        for forbidden in [".unwrap()", "todo!(", "unimplemented!(", "dbg!("] {
            assert!(!code.contains(forbidden), "{place} has {forbidden}");
        }
    }
    let mut tests = Vec::new();
    sources(&root().join("tests"), &mut tests);
    for file in tests {
        let text = std::fs::read_to_string(&file).unwrap();
        let ignored = ["#[", "ignore"].concat();
        assert!(!text.contains(&ignored), "{} ignores a test", file.display());
    }
}

/// The layering: from the words of Paxos down to the command line, a folder uses only folders above it, and the engine
/// uses none of them.
#[test]
fn layers_use_only_what_is_above_them() {
    let layers = [
        "vocabulary",
        "engine",
        "terminal",
        "protocols",
        "properties",
        "model_file",
        "why",
        "trace",
        "walk",
        "report",
        "nodes",
        "conform",
        "graph",
        "statistics",
        "explore",
        "check",
        "simulate",
        "cli",
    ];
    for (place, layer) in layers.iter().enumerate() {
        let mut files = Vec::new();
        let folder = root().join("src").join(layer);
        if folder.is_dir() {
            sources(&folder, &mut files);
        } else {
            files.push(folder.with_extension("rs"));
        }
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let allowed = if *layer == "engine" { &layers[1..2] } else { &layers[..=place] };
            for other in layers.iter().filter(|other| !allowed.contains(other)) {
                let used = format!("crate::{other}");
                assert!(!text.contains(&used), "{} uses {used}", file.display());
            }
        }
    }
}
