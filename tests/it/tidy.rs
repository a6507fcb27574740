//! What is mechanical about the style, kept by a machine.

use crate::support::root;
use std::path::{Path, PathBuf};

/// A file fits a few screens.
const MOST_LINES: usize = 450;

/// A function fits one.
const MOST_LINES_OF_A_FUNCTION: usize = 80;

/// The functions of a source that do not, each with its lines.
fn long_functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let is_function = code.split("fn ").next().is_some_and(|before| {
            before != code
                && before.split(' ').all(|word| ["", "const", "unsafe"].contains(&word) || word.starts_with("pub"))
        });
        let signature = lines[start..].iter().find(|line| line.ends_with(['{', ';', '}']));
        if is_function && signature.is_some_and(|line| line.ends_with('{')) {
            let end = lines[start..].iter().position(|line| *line == format!("{indent}}}")).unwrap_or(0);
            if end + 1 > MOST_LINES_OF_A_FUNCTION {
                long.push((code.to_string(), end + 1));
            }
        }
    }
    long
}

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
        assert_eq!(long_functions(&text), [], "{place}");
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

/// The layering, ground floor first: a folder uses only folders above it in this list.
const LAYERS: [&str; 23] = [
    "engine",
    "input",
    "terminal",
    "family",
    "protocols",
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
    "audit",
    "faults",
    "refine",
    "simulate",
    "induction",
    "proof",
    "subject",
];

/// The modules of the crate that a source uses, also those in `use crate::{one, other}`.
fn used(text: &str) -> Vec<String> {
    let word =
        |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_string();
    let mut used = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => used.push(word(rest)),
            Some(list) => {
                let mut depth = 0;
                let mut is_start = true;
                for (place, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => is_start = true,
                        c if is_start && !c.is_whitespace() => {
                            used.push(word(&list[place..]));
                            is_start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used
}

#[test]
fn layers_use_only_what_is_above_them() {
    assert_eq!(used("use crate::{check, a::{b, c}, d};\nuse crate::cli::run;"), ["check", "a", "d", "cli"]);
    let mut folders: Vec<&str> = LAYERS.to_vec();
    folders.extend(["cli", "program"]);
    for (place, layer) in folders.iter().enumerate() {
        let mut files = Vec::new();
        let folder = root().join("src").join(layer);
        if folder.is_dir() {
            sources(&folder, &mut files);
        } else {
            files.push(folder.with_extension("rs"));
        }
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            for other in used(&text) {
                let is_above = folders[..=place].contains(&other.as_str());
                assert!(is_above, "{} uses crate::{other}", file.display());
            }
        }
    }
}

/// What is of one protocol is in its folder, and in the list of the program.
#[test]
fn no_family_is_named_outside_of_its_folder() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    files.retain(|file| !file.starts_with(root().join("src/protocols")));
    for family in ["single_decree", "multi_paxos"] {
        let named = files.iter().filter(|file| std::fs::read_to_string(file).unwrap().contains(family));
        let named: Vec<_> = named.map(|file| file.strip_prefix(root()).unwrap()).collect();
        assert_eq!(named, [Path::new("src/program.rs")], "{family}");
    }
}
