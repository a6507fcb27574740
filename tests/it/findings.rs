//! The page of findings: its sources say what the thesis says, and leave every verdict to the program.

use crate::support::root;

#[test]
fn no_verdict_stands_in_the_sources_of_the_findings() {
    let sources = std::fs::read_to_string(root().join("tests/findings/sources.mjs")).unwrap();
    let lists = sources.split_once("export const").unwrap().1;
    for verdict in ["violated", "holds", "reached", "vacuous", "inductive", "killed", "steps"] {
        assert!(!lists.contains(verdict), "{verdict}");
    }
    let named = |before: &str, folder: &str| -> usize {
        let names = lists.split(before).skip(1).map(|rest| rest.split('"').next().unwrap());
        let there = |name: &str| root().join(folder).join(format!("{}.toml", name.trim_end_matches(".toml"))).exists();
        names.inspect(|name| assert!(there(name), "{folder}{name}")).count()
    };
    assert!(named(" of(\"", "models/single-decree") > 10);
    assert!(named("sts(\"", "models/disel-sts") > 5);
    assert!(named("\"models/mutations/", "models/mutations") >= 2);
}
