//! Bad input: each kind with its exact message and exit code 2.

use crate::support::{synod, text};
use std::path::Path;

const RACE: &str =
    "[protocol]\nfamily = \"single-decree\"\nvariant = \"adapted\"\n[bounds]\nproposers = 2\nacceptors = 2\n";

/// Runs the program on a model file with this text and requires this message on stderr, exit code 2, and no output.
fn refused(model: &str, arguments: &[&str], message: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("race.toml"), model).unwrap();
    refused_in(folder.path(), &[&["check", "race.toml"], arguments].concat(), message);
    assert!(!folder.path().join("traces").exists(), "nothing is written");
}

fn refused_in(folder: &Path, arguments: &[&str], message: &str) {
    let output = synod(folder, arguments);
    assert_eq!(text(&output.stderr), format!("error: {message}\n"));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn missing_file() {
    let folder = tempfile::tempdir().unwrap();
    refused_in(folder.path(), &["check", "none.toml"], "none.toml: no such file");
    refused_in(folder.path(), &["replay", "none.json"], "none.json: no such file");
    refused_in(
        folder.path(),
        &["check", "."],
        ".: a folder, expected a model file; to check every model in it: synod suite .",
    );
    let empty =
        "models: no such folder; name the one with your model files (*.toml), or check one of them: synod check FILE";
    refused_in(folder.path(), &["suite"], empty);
    refused_in(folder.path(), &["suite", "."], ".: no model file (*.toml) in it or below it; to check a single file: synod check FILE; what one may name: synod list");
}

#[test]
fn not_toml() {
    refused("[protocol]\nfamily = = 3\n", &[], "race.toml:2: not TOML: extra `=`, expected nothing");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bytes.toml"), [0xff, 0xfe, 0x00]).unwrap();
    refused_in(folder.path(), &["check", "bytes.toml"], "bytes.toml: not UTF-8 text");
}

#[test]
fn unknown_keys_name_the_nearest_known_one() {
    refused(
        &format!("{RACE}aceptors = 3\n"),
        &[],
        "race.toml:7: unknown key bounds.aceptors; did you mean bounds.acceptors?",
    );
    refused(
        &format!("{RACE}[netwrk]\nloss = true\n"),
        &[],
        "race.toml:8: unknown key netwrk.loss; did you mean network.loss?",
    );
    refused(
        &format!("{RACE}[expct]\ni1 = \"holds\"\n"),
        &[],
        "race.toml:8: unknown key expct.i1; did you mean expect.i1?",
    );
    refused(&format!("zzz = 1\n{RACE}"), &[], "race.toml:1: unknown key zzz, expected one of the tables protocol, protocol.rules, bounds, network, faults, check, expect, expect.mutants");
    refused(&format!("check = 1\n{RACE}"), &[], "race.toml:1: check = 1, expected a table");
    refused(
        RACE,
        &["--set", "bounds.accptors=3"],
        "--set bounds.accptors=3: unknown key bounds.accptors; did you mean bounds.acceptors?",
    );
    refused(RACE, &["--set", "nonsense"], "--set nonsense: expected KEY=VALUE, as in bounds.acceptors=5");
}

#[test]
fn wrong_types_and_ranges() {
    let with = |line: &str| RACE.replace("acceptors = 2", line);
    let three = "race.toml:6: bounds.acceptors = \"three\", expected a whole number in 1..=16";
    refused(&with("acceptors = \"three\""), &[], three);
    refused(&with("acceptors = 0"), &[], "race.toml:6: bounds.acceptors = 0, expected 1..=16");
    refused(&with("acceptors = 99"), &[], "race.toml:6: bounds.acceptors = 99, expected 1..=16");
    refused(&with("acceptors = -1"), &[], "race.toml:6: bounds.acceptors = -1, expected 1..=16");
    refused(&with("acceptors = 2.5"), &[], "race.toml:6: bounds.acceptors = 2.5, expected a whole number in 1..=16");
    refused(&with(""), &[], "race.toml: bounds.acceptors is missing, expected 1..=16");
    refused(
        RACE,
        &["--set", "network.loss=maybe"],
        "--set network.loss=maybe: network.loss = \"maybe\", expected true or false",
    );
    refused(
        RACE,
        &["--set", "network.delivery=chaotic"],
        "--set network.delivery=chaotic: network.delivery = \"chaotic\", expected one of unordered, ordered",
    );
    refused(RACE, &["--set", "faults.crashes=5"], "--set faults.crashes=5: faults.crashes = 5, expected 0..=4");
    refused(
        RACE,
        &["--set", "bounds.proposals=[[1,2,3]]"],
        "--set bounds.proposals=[[1,2,3]]: bounds.proposals = [[1,2,3]], expected 1 to 16 pairs [ballot, value] of whole numbers, as in [[1, 5], [2, 1]]",
    );
    refused(
        RACE,
        &["--set", "bounds.proposals=[[0,2]]"],
        "--set bounds.proposals=[[0,2]]: bounds.proposals = [[0,2]], expected ballots in 1..=1000000 and values in 0..=1000000",
    );
    refused(
        &format!("{RACE}proposals = [[1, 2]]\n"),
        &[],
        "race.toml:5: bounds.proposers = 2, expected to be absent where bounds.proposals lists the proposers",
    );
}

#[test]
fn learners_out_of_range() {
    let with = |lines: &str| format!("{RACE}{lines}\n");
    refused(&with("learners = 17"), &[], "race.toml:7: bounds.learners = 17, expected 0..=16");
    refused(&with("learners = -1"), &[], "race.toml:7: bounds.learners = -1, expected 0..=16");
    let some = "race.toml:7: bounds.learners = \"some\", expected a whole number in 0..=16";
    refused(&with("learners = \"some\""), &[], some);
    refused(&with("learner = 1"), &[], "race.toml:7: unknown key bounds.learner; did you mean bounds.learners?");
    let absent = "expected to be absent where bounds.learners = 0";
    refused(&with("distinguished = 1"), &[], &format!("race.toml:7: bounds.distinguished = 1, {absent}"));
    let none = with("distinguished = 1\nlearners = 0");
    refused(&none, &[], &format!("race.toml:7: bounds.distinguished = 1, {absent}"));
    let most = "expected 1..=2";
    for wrong in ["3", "0"] {
        let message = format!("race.toml:8: bounds.distinguished = {wrong}, {most}");
        refused(&with(&format!("learners = 2\ndistinguished = {wrong}")), &[], &message);
    }
    let all = "race.toml:8: bounds.distinguished = \"all\", expected a whole number in 1..=2";
    refused(&with("learners = 2\ndistinguished = \"all\""), &[], all);
    let crashes = "--set faults.crashes=7: faults.crashes = 7, expected 0..=6";
    refused(&with("learners = 2"), &["--set", "faults.crashes=7"], crashes);
    refused(
        &format!("{}[check]\nproperties = [\"learned\"]\n", with("learners = 0")),
        &[],
        "race.toml:9: check.properties: this model does not check \"learned\", only i1, i2, i2-formula, agreement, one-value, validity, stability, refines, accepted, adopted, chosen, aborted, two-votes, two-ballots, blocked, can-decide, can-decide-with-proposers, decides, decides-with-proposers",
    );
}

#[test]
fn variants_and_rules_that_make_no_sense() {
    let of = |variant: &str| RACE.replace("adapted", variant);
    refused(
        &of("adpted"),
        &[],
        "race.toml:3: protocol.variant = \"adpted\", expected one of adapted, as-written, simulator, disel, disel-shim, simple; did you mean adapted?",
    );
    refused(
        RACE,
        &["--set", "protocol.rules.accept_guard=sometimes"],
        "--set protocol.rules.accept_guard=sometimes: protocol.rules.accept_guard = \"sometimes\", expected one of greater, at-least, always, value-at-least, equal",
    );
    refused(
        RACE,
        &["--set", "protocol.rules.acept_guard=always"],
        "--set protocol.rules.acept_guard=always: unknown rule acept_guard; did you mean protocol.rules.accept_guard?",
    );
    refused(
        &of("simple"),
        &["--set", "protocol.rules.promise_guard=value-at-least"],
        "--set protocol.rules.promise_guard=value-at-least: protocol.rules.promise_guard = \"value-at-least\" makes no sense: a Prepare of this variant carries no value to compare",
    );
    refused(
        &of("disel"),
        &["--set", "protocol.rules.after_accept=continue"],
        "--set protocol.rules.after_accept=continue: protocol.rules.after_accept = \"continue\" makes no sense: a program that takes a single Accept exits after it",
    );
    refused(
        &of("simple"),
        &["--set", "protocol.rules.on_nack=abort-any"],
        "--set protocol.rules.on_nack=abort-any: protocol.rules.on_nack = \"abort-any\" makes no sense: no Nack is ever sent (nack = \"silent\")",
    );
    refused(
        &of("disel"),
        &["--set", "protocol.rounds=2"],
        "--set protocol.rounds=2: protocol.rounds = 2, expected 1: the programs of this variant run once",
    );
}

#[test]
fn properties_that_the_family_lacks() {
    let known = "i1, i2, i2-formula, agreement, one-value, validity, stability, refines, accepted, adopted, chosen, aborted, two-votes, two-ballots, blocked";
    let of_executions = "can-decide, can-decide-with-proposers, decides, decides-with-proposers";
    refused(
        &format!("{RACE}[check]\nproperties = [\"agrement\"]\n"),
        &[],
        &format!("race.toml:8: check.properties: there is no property \"agrement\", only {known}, {of_executions}; did you mean \"agreement\"?"),
    );
    refused(
        &format!("{RACE}[expect]\nannounced = \"reached\"\n"),
        &[],
        &format!("race.toml:8: expect.announced: this model does not check \"announced\", only {known}"),
    );
    refused(
        &format!("{RACE}[expect]\ni1 = \"reached\"\n"),
        &[],
        "race.toml:8: expect.i1 = \"reached\", expected one of holds, vacuous, non-vacuous, violated",
    );
    refused(
        &format!("{RACE}[expect]\nunique_states = \"many\"\n"),
        &[],
        "race.toml:8: expect.unique_states = \"many\", expected a whole number in 0..=9223372036854775807",
    );
}

#[test]
fn arguments() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("race.toml"), RACE).unwrap();
    for arguments in [
        &["check"][..],
        &["check", "race.toml", "--threads", "0"],
        &["check", "race.toml", "--timeout", "soon"],
        &["check", "race.toml", "--memory", "lots"],
        &["check", "race.toml", "--max-states", "0"],
        &["check", "race.toml", "--engine", "other"],
        &["frobnicate"],
        &[],
    ] {
        let output = synod(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    let message = "nowhere/report.json: there is no folder nowhere";
    refused_in(folder.path(), &["check", "race.toml", "--json", "nowhere/report.json"], message);
    std::fs::create_dir(folder.path().join("copy")).unwrap();
    std::fs::write(folder.path().join("copy/race.toml"), RACE).unwrap();
    let message = "./race.toml: its traces would overwrite those of race.toml: both models are called race";
    refused_in(folder.path(), &["check", "race.toml", "./race.toml"], message);
}

#[test]
fn what_is_misspelt_is_named_before_what_is_missing() {
    let with = |line: &str| RACE.replace("acceptors = 2", line);
    refused(&with("acceptor = 1"), &[], "race.toml:6: unknown key bounds.acceptor; did you mean bounds.acceptors?");
    refused(
        &RACE.replace("[protocol]", "[protcol]"),
        &[],
        "race.toml:2: unknown key protcol.family; did you mean protocol.family?\n\
         error: race.toml:3: unknown key protcol.variant; did you mean protocol.variant?",
    );
    refused(&format!("{RACE}[expct]\n"), &[], "race.toml:7: unknown table expct; did you mean expect?");
    refused(
        &with("acceptors = { a = 1 }"),
        &[],
        "race.toml:6: unknown key bounds.acceptors.a; did you mean bounds.acceptors?",
    );
    refused(&with("acceptors = {}"), &[], "race.toml:6: bounds.acceptors is a table, expected a value");
    refused(RACE, &["--set", "bounds=5"], "--set bounds=5: bounds = 5, expected a table");
    refused(
        &format!("\"bounds.acceptors\" = 2\n{RACE}"),
        &[],
        "race.toml:1: unknown key \"bounds.acceptors\"; did you mean bounds.acceptors?",
    );
    refused(
        RACE,
        &["--set", "faults.recovery=true"],
        "--set faults.recovery=true: faults.recovery = true, expected false where faults.crashes = 0",
    );
}

#[test]
fn a_report_never_takes_the_place_of_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("race.toml"), RACE).unwrap();
    let check =
        |arguments: &[&str], message: &str| refused_in(here, &[&["check", "race.toml"], arguments].concat(), message);
    check(&["--json", "./race.toml"], "./race.toml: no place for a report: it is a model file");
    check(&["--json", "a.json", "--junit", "./a.json"], "./a.json: both --json and --junit write there");
    std::fs::create_dir(here.join("traces")).unwrap();
    check(&["--json", "traces/race.chosen.json"], "traces/race.chosen.json: no place for a report: a trace goes there");
    check(&["--traces", "race.toml"], "race.toml: not a folder");
    check(&["--json", "traces"], "traces: a folder, expected a file");
    assert_eq!(std::fs::read_to_string(here.join("race.toml")).unwrap(), RACE);
}
