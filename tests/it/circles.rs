//! No two files of the crate use each other, be it in a roundabout way, but for a module and those within it: who reads one
//! need not have read the other already.

use crate::support::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, UseTree, Visibility};

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

/// Reads a file of the module with this path.
struct Reader<'a> {
    path: &'a [String],
    children: BTreeSet<String>,
    module: Module,
}

impl Reader<'_> {
    /// The path from the root, if it stays in the crate.
    fn absolute(&self, names: &[String]) -> Option<Names> {
        let (first, rest) = names.split_first()?;
        let up = |levels: usize| self.path[..self.path.len().checked_sub(levels)?].to_vec().into();
        let from: Option<Names> = match first.as_str() {
            "crate" => Some(Vec::new()),
            "self" => up(0),
            "super" => {
                let levels = names.iter().take_while(|name| *name == "super").count();
                return Some([up(levels)?, names[levels..].to_vec()].concat());
            }
            child if self.children.contains(child) => return Some([self.path, names].concat()),
            _ => None,
        };
        Some([from?, rest.to_vec()].concat())
    }

    fn import(&mut self, tree: &UseTree, before: &[String], is_handed_on: bool) {
        let and = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &and(&path.ident), is_handed_on),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, is_handed_on)),
            UseTree::Glob(_) => self.module.globs.extend(self.absolute(before)),
            UseTree::Name(name) if name.ident == "self" => self.imported(before.last().cloned(), before, is_handed_on),
            UseTree::Name(name) => self.imported(Some(name.ident.to_string()), &and(&name.ident), is_handed_on),
            UseTree::Rename(name) => self.imported(Some(name.rename.to_string()), &and(&name.ident), is_handed_on),
        }
    }

    fn imported(&mut self, name: Option<String>, path: &[String], is_handed_on: bool) {
        let (Some(name), Some(path)) = (name, self.absolute(path)) else { return };
        if !is_handed_on {
            self.module.used.push(path.clone());
        }
        self.module.imported.insert(name, path);
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.import(&item.tree, &[], !matches!(item.vis, Visibility::Inherited));
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        let is_test = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
        if !is_test {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.module.used.extend(self.absolute(&names));
        }
        visit::visit_path(self, path);
    }
}

/// The name that an item gives to something.
fn name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        _ => return None,
    })
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
    let parsed = syn::parse_file(&std::fs::read_to_string(file).unwrap()).unwrap();
    let children = parsed.items.iter().filter_map(|item| match item {
        Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
        _ => None,
    });
    let mut reader = Reader { path, children: children.collect(), module: Module::default() };
    reader.visit_file(&parsed);
    let mut module = reader.module;
    module.defined = parsed.items.iter().filter_map(name).collect();
    // A macro of a file may define what only its expansion shows.
    let macros = parsed.items.iter().filter_map(|item| match item {
        Item::Macro(item) if item.ident.is_none() => Some(item.mac.tokens.to_string()),
        _ => None,
    });
    let words: BTreeSet<String> = macros
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_').map(String::from).collect::<Vec<_>>())
        .collect();
    module.defined.extend(words);
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
    let found = named.into_iter().chain(through).filter_map(|path| home(modules, &path, depth - 1));
    found.filter(|found| *found != file).last()
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
