//! The map of faults: what it says of known protocols, what it refuses, what it leaves open, and its renderings.

use crate::support::{command, root, synod, text};
use serde_json::Value;
use std::path::Path;

fn faults(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = synod(folder, &[&["faults"], arguments].concat());
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let (code, stdout, stderr) = faults(folder, &[arguments, &["--json", "-"]].concat());
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

fn write(folder: &Path, file: &str, variant: &str, bounds: &str) {
    let text = format!("protocol = {{ family = \"single-decree\", variant = \"{variant}\" }}\n[bounds]\n{bounds}\n");
    std::fs::write(folder.join(file), text).unwrap();
}

/// What a cell says of each question: its verdict, and the property that alone holds.
fn grades(map: &Value, nodes: &str, network: &str) -> [(String, String); 3] {
    let cell = cell(map, nodes, network);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
    ["safe", "possible", "inevitable"].map(|question| (word(&cell[question]["verdict"]), word(&cell[question]["only"])))
}

fn cell<'m>(map: &'m Value, nodes: &str, network: &str) -> &'m Value {
    let row = map["rows"].as_array().unwrap().iter().find(|row| row["nodes"] == nodes);
    let cells = row.unwrap_or_else(|| panic!("no row {nodes}"))["cells"].as_array().unwrap();
    cells.iter().find(|cell| cell["network"] == network).unwrap_or_else(|| panic!("no network {network}"))
}

fn verdicts(map: &Value, nodes: &str, network: &str) -> [String; 3] {
    grades(map, nodes, network).map(|(verdict, only)| if only.is_empty() { verdict } else { only })
}

#[test]
fn a_map_says_what_is_known_of_majorities_and_of_all() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "simple.toml", "simple", "proposers = 1\nacceptors = 3");
    write(folder.path(), "adapted.toml", "adapted", "proposers = 1\nacceptors = 3");
    let limit = ["--max-states", "20000"];
    let simple = json(folder.path(), &[&["simple.toml"], &limit[..]].concat());
    let holds = ["holds"; 3];
    for network in ["unordered", "duplicating", "ordered"] {
        assert_eq!(verdicts(&simple, "no crash", network), holds, "{network}");
        let with = ["holds", "can-decide-with-proposers", "decides-with-proposers"];
        assert_eq!(verdicts(&simple, "1 down", network), with, "{network}");
    }
    for network in ["loss", "ordered, loss"] {
        assert_eq!(verdicts(&simple, "no crash", network), ["holds", "violated", "violated"], "{network}");
    }
    let adapted = json(folder.path(), &[&["adapted.toml"], &limit[..]].concat());
    assert_eq!(verdicts(&adapted, "no crash", "unordered"), holds);
    assert_eq!(verdicts(&adapted, "1 down", "unordered"), ["holds", "violated", "violated"]);
    let blocked = &cell(&adapted, "1 down", "unordered");
    // Nothing is due at the end, and most of what ends so has decided nothing.
    let (all, undecided) = (blocked["at_rest"].as_u64().unwrap(), blocked["at_rest_undecided"].as_u64().unwrap());
    assert!(all > undecided && 2 * undecided > all, "{undecided} of {all}");
    let free = &cell(&adapted, "no crash", "unordered");
    assert_eq!(
        (free["at_rest"].as_u64(), free["at_rest_undecided"].as_u64()),
        (free["terminal_states"].as_u64(), Some(0))
    );
}

#[test]
fn a_map_shows_amnesia_and_finds_its_witnesses_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "m.toml", "simple", "proposers = 2\nacceptors = 1");
    let map = json(folder.path(), &["m.toml", "--max-states", "5000", "--traces", "found"]);
    assert_eq!(verdicts(&map, "1 down, back with all", "unordered")[0], "holds");
    assert_eq!(verdicts(&map, "1 down, with nothing", "unordered")[0], "violated");
    let cells = map["rows"].as_array().unwrap().iter().flat_map(|row| row["cells"].as_array().unwrap());
    let mut replayed = 0;
    for cell in cells {
        for witness in cell["witnesses"].as_array().unwrap() {
            replayed += 1;
            if replayed % 9 != 1 && witness["property"] != "agreement" {
                continue; // a few tell enough
            }
            let trace = folder.path().join(witness["trace"].as_str().unwrap());
            let (saved, again) = (std::fs::read_to_string(&trace).unwrap(), again(folder.path(), witness));
            assert_eq!(saved.matches("\"action\"").count(), again, "{witness}");
            let shown = synod(folder.path(), &["replay", trace.to_str().unwrap()]);
            assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
        }
    }
    assert!(replayed > 20, "{replayed}");
    let nothing = cell(&map, "1 down, with nothing", "unordered");
    let agreement = nothing["witnesses"].as_array().unwrap().iter().find(|witness| witness["property"] == "agreement");
    assert_eq!(agreement.unwrap()["steps"], 8);
}

/// The steps of what the command of a witness finds.
fn again(folder: &Path, witness: &Value) -> usize {
    let words = shell_words(witness["command"].as_str().unwrap());
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let output = command(folder, &[&arguments[..], &["--json", "-"]].concat()).output().unwrap();
    let report: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let results = report["cases"][0]["properties"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["name"], witness["property"]);
    results[0]["trace_length"].as_u64().unwrap() as usize
}

fn shell_words(command: &str) -> Vec<String> {
    let script = format!("for word in {command}; do printf '%s\\n' \"$word\"; done");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    text(&output.stdout).lines().map(String::from).collect()
}

#[test]
fn a_cell_that_is_refused_or_cut_off_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = "protocol = { family = \"multi-paxos\" }\n[bounds]\nproposers = 1\nacceptors = 1\nslots = 1\n";
    std::fs::write(folder.path().join("multi.toml"), file).unwrap();
    let (code, shown, stderr) = faults(folder.path(), &["multi.toml", "--max-states", "40"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        shown.contains("refused") && shown.contains("faults.storage = \"nothing\", expected to be absent"),
        "{shown}"
    );
    assert!(shown.contains("cut off") && shown.contains('?'), "{shown}");
    let map = json(folder.path(), &["multi.toml", "--max-states", "40"]);
    let refused = cell(&map, "1 down, with nothing", "unordered");
    assert!(refused["refused"].as_str().unwrap().contains("multi-paxos"), "{refused}");
    let cells = map["rows"].as_array().unwrap().iter().flat_map(|row| row["cells"].as_array().unwrap());
    for cell in cells.filter(|cell| cell["stopped"] == "max-states") {
        for question in ["safe", "possible", "inevitable"] {
            assert_ne!(cell[question]["verdict"], "holds", "{cell}");
        }
    }
    // A family without such properties has no map.
    let file = "protocol = { family = \"consensus\", service = \"abstract\" }\n[bounds]\nvalues = 2\nclients = 1\n";
    std::fs::write(folder.path().join("consensus.toml"), file).unwrap();
    let (code, _, stderr) = faults(folder.path(), &["consensus.toml"]);
    assert!(code == 2 && stderr.contains("no property that says what is inevitable"), "{stderr}");
    let (code, _, stderr) = faults(folder.path(), &["multi.toml", "--json", "-", "--html", "-"]);
    assert!(code == 2 && stderr.contains("only one result can go to standard output"), "{stderr}");
    let (code, _, stderr) = faults(folder.path(), &["multi.toml", "--crashes", "9"]);
    assert!(code == 2 && stderr.contains("expected a number from 0 to 8"), "{stderr}");
}

#[test]
fn a_map_is_shown_in_a_look() {
    let model = root().join("models/single-decree/adapted-1x3.toml");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(model, folder.path().join("adapted-1x3.toml")).unwrap();
    let pages = ["--markdown", "map.md", "--html", "map.html", "--svg", "map.svg", "--max-states", "20000"];
    let (code, shown, stderr) = faults(folder.path(), &[&["adapted-1x3.toml"], &pages[..]].concat());
    assert_eq!(code, 0, "{stderr}");
    let row = |nodes: &str| -> Vec<String> {
        let line =
            shown.lines().find(|line| line.starts_with(&format!("{nodes}  "))).unwrap_or_else(|| panic!("{shown}"));
        line[nodes.len()..].split_whitespace().map(String::from).collect()
    };
    assert_eq!(row("no crash"), ["✓✓✓", "0%", "✓✗✗", "88%", "✓✗✗", "0%", "???", "✓✓✓", "0%", "✓✗✗", "88%"], "{shown}");
    assert_eq!(row("1 down"), ["✓✗✗", "55%", "✓✗✗", "90%", "✓✗✗", "0%", "???", "✓✗✗", "55%", "✓✗✗", "90%"], "{shown}");
    assert!(shown.contains("can decide 2 of 24 cells, 4 with proposers up, 13 not, 5 unknown"), "{shown}");
    assert!(
        shown.contains("no crash, loss: can-decide fails in 1 step: synod check adapted-1x3.toml --set"),
        "{shown}"
    );
    let markdown = std::fs::read_to_string(folder.path().join("map.md")).unwrap();
    assert!(markdown.contains("| no crash | ✓✓✓ 0% | ✓✗✗ 88% | ✓✗✗ 0% | ??? | ✓✓✓ 0% | ✓✗✗ 88% |"), "{markdown}");
    let page = std::fs::read_to_string(folder.path().join("map.html")).unwrap();
    for class in ["decides", "stuck", "unknown"] {
        assert!(page.contains(&format!("<td class=\"{class}\"")), "{class}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    let picture = std::fs::read_to_string(folder.path().join("map.svg")).unwrap();
    let picture = roxmltree::Document::parse(&picture).unwrap();
    let squares = |tone: &str| {
        let is_square = |node: &roxmltree::Node| node.has_tag_name(("http://www.w3.org/2000/svg", "g"));
        picture.descendants().filter(is_square).filter(|square| square.attribute("class") == Some(tone)).count()
    };
    assert_eq!(["decides", "partly", "stuck", "unknown"].map(squares), [2, 4, 13, 5], "as the terminal counts them");
    let words = picture.descendants().filter_map(|node| node.text()).collect::<Vec<_>>().join(" ");
    assert!(words.contains("synod faults adapted-1x3.toml") && words.contains("88%"), "{words}");
}

/// What a network does that loses nothing, one that loses can do as well, however little of it was explored.
#[test]
fn what_is_unsafe_stays_so_with_more_faults() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "m.toml", "simple", "proposers = 2\nacceptors = 2");
    let map = json(folder.path(), &["m.toml", "--max-states", "60000"]);
    let last = cell(&map, "1 down, with nothing", "loss, duplicating");
    assert_eq!((last["complete"].as_bool(), last["safe"]["verdict"].as_str()), (Some(false), Some("violated")));
    assert!(last["witnesses"].as_array().unwrap().is_empty(), "it was found elsewhere: {last}");
    for nodes in ["1 down", "1 down, back with all"] {
        assert_ne!(verdicts(&map, nodes, "loss, duplicating")[0], "violated", "{nodes}");
    }
}
