//! Copies the pages of stateright's Explorer out of the stateright package that this build uses, so that they are served as
//! their authors publish them and none is kept here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGES: [&str; 4] = ["index.htm", "app.css", "app.js", "knockout-3.5.0.js"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.lock");
    if env::var_os("CARGO_FEATURE_TOOL").is_none() {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let sources = resolved(&package).into_iter().chain(nearby(&package));
    let Some(pages) =
        sources.map(|source| source.join("ui")).find(|ui| PAGES.iter().all(|page| ui.join(page).is_file()))
    else {
        panic!(
            "the source of stateright 0.31, whose Explorer is part of this program, was not found: run `cargo fetch`"
        );
    };
    for page in PAGES {
        std::fs::copy(pages.join(page), out.join(page)).expect("a page of the Explorer can be copied");
    }
}

/// Where cargo says that stateright's source is. It cannot always say: of a package from a registry only what the build
/// needs is there.
fn resolved(package: &Path) -> Option<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.current_dir(package).args(["metadata", "--format-version", "1", "--locked", "--offline"]);
    let text = String::from_utf8(metadata.output().ok()?.stdout).ok()?;
    let (_, stateright) = text.split_once(r#""name":"stateright","version""#)?;
    let (_, manifest) = stateright.split_once(r#""manifest_path":""#)?;
    let (manifest, _) = manifest.split_once('"')?;
    Path::new(&manifest.replace(r"\\", r"\")).parent().map(Path::to_path_buf)
}

/// Where sources are kept: beside this package, in a registry or a vendored folder, and in cargo's own registry.
fn nearby(package: &Path) -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registries = home.into_iter().flat_map(|home| entries(&home.join("registry/src")));
    let folders = package.parent().map(Path::to_path_buf).into_iter().chain(registries);
    let is_stateright = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "stateright" || name.starts_with("stateright-0.31.")
    };
    let mut found: Vec<_> = folders.flat_map(|folder| entries(&folder)).filter(is_stateright).collect();
    found.sort();
    found.reverse(); // the newest first
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}
