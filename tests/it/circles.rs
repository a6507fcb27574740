//! No two files of the crate use each other, be it in a roundabout way, but for a module and those within it: who reads one
//! need not have read the other already.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A path of names, from the root of the crate.
type Names = Vec<String>;

/// What a file defines, and what it calls things by that others define.
#[derive(Default)]
struct Module {
    defined: BTreeSet<String>,
    imported: BTreeMap<String, Names>,
    globs: Vec<Names>,
    /// Everything that it names, but for what it only hands on.
    used: Vec<Names>,
}

/// The words and signs of a source, without its comments, texts and tests.
fn words(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut words = Vec::new();
    for line in lines {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match first {
                '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                c => c.len_utf8(),
            };
            words.push(&rest[..length]);
            rest = &rest[length..];
        }
        words.push(" ");
    }
    words.retain(|word| !word.trim().is_empty());
    words
}

/// Every path that a `use` names, with the name that it gives it: the paths below `before` in the words up to the end of
/// a group. The last name is `*` for all there is.
fn tree<'a>(words: &mut impl Iterator<Item = &'a str>, before: &[&'a str], found: &mut Vec<(Vec<&'a str>, &'a str)>) {
    let (mut path, mut named, mut is_renamed, mut is_whole) = (before.to_vec(), "", false, false);
    while let Some(word) = words.next() {
        match word {
            "{" => {
                tree(words, &path, found);
                is_whole = true;
            }
            "," | "}" | ";" => {
                if !is_whole && path.len() > before.len() {
                    found.push((path.clone(), named));
                }
                if word != "," {
                    return;
                }
                (path, named, is_renamed, is_whole) = (before.to_vec(), "", false, false);
            }
            "::" => {}
            "as" => is_renamed = true,
            word if is_renamed => named = word,
            "self" if !before.is_empty() => {
                named = before[before.len() - 1];
                found.push((before.to_vec(), named));
                is_whole = true;
            }
            word => {
                path.push(word);
                named = word;
            }
        }
    }
}

/// The path from the root, if it stays in the crate.
fn absolute(path: &[String], children: &BTreeSet<&str>, names: &[&str]) -> Option<Names> {
    let first = *names.first()?;
    let ups = names.iter().take_while(|name| **name == "super").count();
    let (base, rest) = match first {
        "crate" => (&path[..0], &names[1..]),
        "self" => (path, &names[1..]),
        "super" => (&path[..path.len().checked_sub(ups)?], &names[ups..]),
        child if children.contains(child) => (path, names),
        _ => return None,
    };
    Some(base.iter().cloned().chain(rest.iter().map(|name| name.to_string())).collect())
}

/// The modules of the crate that are files, by their paths.
fn modules(folder: &Path, path: &[String], modules: &mut BTreeMap<Names, Module>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        let stem = entry.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = [path, std::slice::from_ref(&stem)].concat();
        match entry.extension() {
            None => self::modules(&entry, &inner, modules),
            Some(extension) if extension == "rs" && stem != "main" => {
                let is_face = ["mod", "lib"].contains(&stem.as_str());
                let path = if is_face { path.to_vec() } else { inner };
                let module = read(&entry, &path);
                modules.insert(path, module);
            }
            Some(_) => {}
        }
    }
}

fn read(file: &Path, path: &[String]) -> Module {
    const DEFINING: [&str; 9] = ["const", "static", "struct", "enum", "fn", "trait", "type", "union", "macro_rules"];
    let text = std::fs::read_to_string(file).unwrap();
    let words = words(&text);
    let children: BTreeSet<&str> =
        words.windows(3).filter(|next| next[0] == "mod" && next[2] == ";").map(|next| next[1]).collect();
    let mut module = Module::default();
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).map_or("", |place| words[place]);
        if DEFINING.contains(&before) {
            module.defined.insert(word.to_string());
        }
        if *word == "use" && before != "+" {
            let mut found = Vec::new();
            tree(&mut words[place + 1..].iter().copied(), &[], &mut found);
            let is_handed_on = ["pub", ")"].contains(&before);
            for (names, named) in found {
                let Some(path) = absolute(path, &children, &names) else { continue };
                if named == "*" {
                    module.globs.push(path[..path.len() - 1].to_vec());
                    continue;
                }
                if !is_handed_on {
                    module.used.push(path.clone());
                }
                module.imported.insert(named.into(), path);
            }
        }
        // A path in the code.
        let starts = before != "::" && words.get(place + 1) == Some(&"::");
        if starts && !words[..place].iter().rev().take_while(|word| **word != ";").any(|word| *word == "use") {
            let mut names = vec![*word];
            names
                .extend(words[place + 1..].chunks(2).take_while(|pair| pair[0] == "::").filter_map(|pair| pair.get(1)));
            module.used.extend(absolute(path, &children, &names));
        }
    }
    module
}

/// The file that defines what a path names.
fn home(modules: &BTreeMap<Names, Module>, path: &[String], depth: usize) -> Option<Names> {
    let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let (file, rest) = path.split_at(length);
    let module = &modules[file];
    let Some(name) = rest.first() else { return Some(file.to_vec()) };
    if module.defined.contains(name) || depth == 0 {
        return Some(file.to_vec());
    }
    let named = module.imported.get(name).map(|path| [path.clone(), rest[1..].to_vec()].concat());
    let through = module.globs.iter().map(|glob| [glob.clone(), rest.to_vec()].concat());
    let mut found = named.into_iter().chain(through).filter_map(|path| home(modules, &path, depth - 1));
    found.rfind(|found| *found != file)
}

/// A way from a file back to itself.
fn circle(arrows: &BTreeMap<Names, BTreeSet<Names>>, start: &Names) -> Option<Vec<Names>> {
    let (mut ways, mut seen) = (vec![vec![start.clone()]], BTreeSet::new());
    while let Some(way) = ways.pop() {
        for next in arrows.get(way.last()?).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                ways.push([way.clone(), vec![next.clone()]].concat());
            }
        }
    }
    None
}

#[test]
fn no_files_use_each_other() {
    let mut all = BTreeMap::new();
    modules(&root().join("src"), &[], &mut all);
    let arrows: BTreeMap<Names, BTreeSet<Names>> = all
        .iter()
        .map(|(path, module)| {
            let homes = module.used.iter().filter_map(|used| home(&all, used, 8));
            // A module and those within it are read as one.
            (path.clone(), homes.filter(|home| !home.starts_with(path) && !path.starts_with(home)).collect())
        })
        .collect();
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 300, "the arrows are read");
    let circles: BTreeSet<Vec<String>> = arrows
        .keys()
        .filter_map(|file| circle(&arrows, file))
        .map(|way| {
            let mut names: Vec<_> = way.iter().map(|path| path.join("/")).collect();
            names.sort();
            names
        })
        .collect();
    assert_eq!(circles, BTreeSet::new());
}
