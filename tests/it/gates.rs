//! What is demanded, and when it is certain: the gates that CI stands on.

use crate::support::{synod, text};
use std::path::Path;

/// Writes a model of a variant at these bounds, with more lines, as `m.toml`.
fn write(folder: &Path, variant: &str, (proposers, acceptors): (u8, u8), more: &str) {
    let model = format!(
        "protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n\
         bounds = {{ proposers = {proposers}, acceptors = {acceptors} }}\n{more}\n"
    );
    std::fs::write(folder.join("m.toml"), model).unwrap();
}

fn check(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = synod(folder, &[&["check", "m.toml"], arguments].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_correct_protocol_needs_no_expectations_to_be_green() {
    let folder = tempfile::tempdir().unwrap();
    for variant in ["simple", "adapted"] {
        for bounds in [(2, 2), (2, 3), (3, 3)] {
            write(folder.path(), variant, bounds, "");
            let (code, shown) = check(folder.path(), &[]);
            assert_eq!(code, Some(0), "{variant} {bounds:?}: {shown}");
        }
    }
}

#[test]
fn a_broken_protocol_needs_no_expectations_to_be_red() {
    let folder = tempfile::tempdir().unwrap();
    let rule = |rule: &str| format!("protocol.rules.{rule}");
    for (variant, rules, what) in [
        ("simple", "value_choice=own", "agreement expected holds, found violated"),
        ("simple", "accept_guard=always", "i2 expected holds, found violated"),
        ("as-written", "quorum=all", "chosen expected reached, found unreached"),
        ("disel", "quorum=all", "chosen expected reached, found unreached"),
    ] {
        write(folder.path(), variant, (2, 3), "");
        let (code, shown) = check(folder.path(), &["--set", &rule(rules)]);
        assert_eq!(code, Some(1), "{variant} {rules}: {shown}");
        assert!(shown.contains(what), "{variant} {rules}: {shown}");
    }
}
