//! The key of a model: its name in traces, tables, reports and baselines. It is the path of the file relative to
//! what was asked for, and the edits in use, so that two models never share a name.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use toml::de::DeValue;

/// The most bytes of the edits in a key: it is part of the names of files.
const MOST_EDIT_BYTES: usize = 100;

/// The key of a model file at a relative path, with these edits.
pub fn key(relative: &Path, edits: &[String]) -> String {
    let is_usual = relative.extension().is_some_and(|extension| extension == "toml");
    let path = if is_usual { relative.with_extension("") } else { relative.to_path_buf() };
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("/") + &suffix(edits)
}

/// The edits of these `key=value` settings: the last one of each key, in the order of the keys.
pub fn edits(settings: &[String]) -> Vec<String> {
    let mut edits = BTreeMap::new();
    for (key, value) in settings.iter().filter_map(|setting| setting.split_once('=')) {
        edits.insert(key.trim().to_string(), plain(value.trim()));
    }
    edits.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}

/// A value as it is written most simply: a string without its quotes, anything else without its spaces.
fn plain(value: &str) -> String {
    match DeValue::parse(value).as_ref().map(|value| value.get_ref()) {
        Ok(DeValue::String(text)) => text.to_string(),
        Ok(_) => value.split_whitespace().collect(),
        Err(_) => value.to_string(),
    }
}

/// The edits as the end of a file's name. Where that cannot hold them as they are, a checksum tells them apart.
fn suffix(edits: &[String]) -> String {
    let whole: String = edits.iter().map(|edit| format!("+{edit}")).collect();
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=.,_-[]".contains(c);
    let mut shown: String = whole.chars().map(|c| if fits(c) { c } else { '-' }).take(MOST_EDIT_BYTES).collect();
    if shown != whole {
        shown += &format!("-{:08x}", crc32fast::hash(whole.as_bytes()));
    }
    shown
}
