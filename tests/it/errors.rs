//! Errors as people need them: every one of a model file in one go, in the order of its lines, and with the nearest thing
//! that there is.

use crate::support::{synod, text};
use std::path::Path;

const RACE: &str =
    "[protocol]\nfamily = \"single-decree\"\nvariant = \"adapted\"\n[bounds]\nproposers = 2\nacceptors = 2\n";

/// Runs the program, which refuses its input, and returns the errors without what they all begin with.
fn errors(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = synod(folder, arguments);
    let shown = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{arguments:?}: {shown}");
    assert!(!folder.join("traces").exists(), "{arguments:?}: nothing is written");
    let line =
        |line: &str| line.strip_prefix("error: ").unwrap_or_else(|| panic!("{arguments:?}: {shown}")).to_string();
    shown.lines().map(line).collect()
}

/// The errors of `check` with a model, without the name of its file.
fn of_model(model: &str, settings: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.toml"), model).unwrap();
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let arguments: Vec<_> = ["check", "m.toml"].into_iter().chain(settings).collect();
    errors(folder.path(), &arguments).into_iter().map(|error| error.trim_start_matches("m.toml").into()).collect()
}

#[test]
fn every_error_of_a_model_file_is_listed_in_the_order_of_its_lines() {
    let model = "[network]
loss = \"True\"
delivry = \"ordered\"
[protocol]
family = \"single-decree\"
variant = \"simpel\"
rounds = 40
[protocol.rules]
acept_guard = \"always\"
quorum = \"hlaf\"
[bounds]
proposers = 0
acceptors = 3.0
learners = 2
distinguished = 3
[faults]
crashes = 99
[check]
properties = [\"i1\", \"i3x\", \"agrement\", \"i1\"]
[expect]
i1 = \"hold\"
max_depth = \"12\"
[surprise]
";
    let found = of_model(model, &["faults.recovery=yes", "nonsense"]);
    let starts = [
        ":2: network.loss = \"True\", expected true or false; did you mean true?",
        ":3: unknown key network.delivry; did you mean network.delivery?",
        ":6: protocol.variant = \"simpel\", expected one of adapted, as-written, simulator, disel, disel-shim, simple; \
         did you mean simple?",
        ":7: protocol.rounds = 40, expected 1..=16",
        ":9: unknown rule acept_guard; did you mean protocol.rules.accept_guard?",
        ":10: protocol.rules.quorum = \"hlaf\", expected one of all, majority, half, one, 1..=16; did you mean half?",
        ":12: bounds.proposers = 0, expected 1..=16",
        ":13: bounds.acceptors = 3.0, expected a whole number in 1..=16; did you mean 3?",
        ":15: bounds.distinguished = 3, expected 1..=2",
        ":19: check.properties: there is no property \"i3x\", only ",
        ":19: check.properties: there is no property \"agrement\", only ",
        ":19: check.properties lists \"i1\" twice",
        ":21: expect.i1 = \"hold\", expected one of holds, vacuous, non-vacuous, violated; did you mean holds?",
        ":22: expect.max_depth = \"12\", expected a whole number in 0..=9223372036854775807; did you mean 12?",
        ":23: unknown table surprise",
        "--set nonsense: expected KEY=VALUE, as in bounds.acceptors=5",
        "--set faults.recovery=yes: faults.recovery = \"yes\", expected true or false",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\nexpected {start}");
    }
    assert!(found[10].ends_with("; did you mean \"agreement\"?"), "{}", found[11]);
}

#[test]
fn every_key_that_is_missing_is_listed_and_none_that_may_be_misspelt() {
    let missing = of_model("[bounds]\n", &[]);
    let keys = ["protocol.family", "protocol.variant", "bounds.proposers", "bounds.acceptors"];
    assert_eq!(missing.len(), keys.len(), "{missing:?}");
    for (error, key) in missing.iter().zip(keys) {
        assert!(error.starts_with(&format!(": {key} is missing, expected ")), "{error}");
    }
    let misspelt = of_model(&RACE.replace("acceptors", "aceptors").replace("family", "famly"), &[]);
    assert_eq!(
        misspelt,
        [
            ":2: unknown key protocol.famly; did you mean protocol.family?",
            ":6: unknown key bounds.aceptors; did you mean bounds.acceptors?"
        ]
    );
}

#[test]
fn every_line_that_is_no_toml_is_listed() {
    let found = of_model("[protocol\nfamily = = 1\n[bounds]\nacceptors = 3 3\n", &[]);
    let lines: Vec<_> = found.iter().map(|error| &error[..3]).collect();
    assert_eq!(lines, [":1:", ":2:", ":4:"], "{found:?}");
    assert!(found.iter().all(|error| error[3..].starts_with(" not TOML: ")), "{found:?}");
}

#[test]
fn a_file_of_nothing_but_errors_ends_with_how_many_there_are() {
    let keys: String = (0..250).map(|key| format!("qqq{key} = 1\n")).collect();
    let found = of_model(&format!("{keys}{RACE}"), &[]);
    assert_eq!((found.len(), found.last().unwrap().as_str()), (101, ": 150 more errors"));
}

#[test]
fn every_error_of_every_file_is_listed_and_nothing_is_explored() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, model: &str| std::fs::write(here.join(name), model).unwrap();
    write("a.toml", &RACE.replace("= 2", "= 0"));
    write("b.toml", RACE);
    write("c.toml", &format!("{RACE}aceptors = 3\n[netwrk]\nloss = true\n"));
    let expected = [
        "a.toml:5: bounds.proposers = 0, expected 1..=16",
        "a.toml:6: bounds.acceptors = 0, expected 1..=16",
        "c.toml:7: unknown key bounds.aceptors; did you mean bounds.acceptors?",
        "c.toml:9: unknown key netwrk.loss; did you mean network.loss?",
    ];
    assert_eq!(errors(here, &["check", "a.toml", "b.toml", "c.toml"]), expected);
    let below: Vec<_> = expected.iter().map(|error| format!("./{error}")).collect();
    assert_eq!(errors(here, &["suite", "."]), below);
    // An argument that is wrong for every file is named once.
    write("a.toml", RACE);
    write("c.toml", RACE);
    let set = "--set acceptors=5: unknown key acceptors; did you mean bounds.acceptors?";
    assert_eq!(errors(here, &["suite", ".", "--set", "acceptors=5"]), [set]);
}

#[test]
fn a_key_without_its_table_or_in_another_is_found() {
    for (setting, meant) in [
        ("acceptors=5", "bounds.acceptors"),
        ("aceptors=5", "bounds.acceptors"),
        ("accept_guard=always", "protocol.rules.accept_guard"),
        ("protocol.accept_guard=always", "protocol.rules.accept_guard"),
        ("crashes=1", "faults.crashes"),
        ("network.crashes=1", "faults.crashes"),
        ("faults.los=true", "network.loss"),
        ("agreement=holds", "expect.agreement"),
        ("unique_states=5", "expect.unique_states"),
        ("bounds.acceptors.count=3", "bounds.acceptors"),
    ] {
        let key = setting.split('=').next().unwrap();
        let expected = format!("--set {setting}: unknown key {key}; did you mean {meant}?");
        let found = of_model(RACE, &[setting]);
        assert!(found.contains(&expected), "{found:?}\nexpected {expected}");
    }
    let keys = of_model(RACE, &["bounds.qqqqqq=1"]);
    let expected = ", expected one of proposers, proposals, acceptors, learners, distinguished";
    assert!(keys[0].ends_with(expected), "{keys:?}");
}

#[test]
fn a_whole_number_that_is_written_as_another_is_named() {
    for (value, hint) in [
        ("3.0", "; did you mean 3?"),
        ("\"3\"", "; did you mean 3?"),
        ("3e0", "; did you mean 3?"),
        ("2.5", ""),
        ("99.0", ""),
        ("true", ""),
    ] {
        for (key, range) in
            [("bounds.acceptors", "1..=16"), ("bounds.learners", "0..=16"), ("protocol.rounds", "1..=16")]
        {
            let found = of_model(RACE, &[&format!("{key}={value}")]);
            let end = format!(", expected a whole number in {range}{hint}");
            assert!(found[0].ends_with(&end), "{key}={value}: {found:?}");
        }
    }
}

#[test]
fn every_closed_list_names_the_nearest_value() {
    for (setting, near) in [
        ("protocol.variant=simpel", "simple"),
        ("protocol.variant=Adapted", "adapted"),
        ("protocol.rules.accept_guard=greatr", "greater"),
        ("network.delivery=orderd", "ordered"),
        ("network.sends=stepwize", "stepwise"),
        ("expect.i1=hold", "holds"),
        ("expect.chosen=reach", "reached"),
        ("network.loss=TRUE", "true"),
        ("protocol.reference=adaptd", "adapted"),
        ("protocol.reference=adapted + nack=silnt", "silent"),
    ] {
        let found = of_model(RACE, &[setting]);
        assert!(found[0].ends_with(&format!("; did you mean {near}?")), "{setting}: {found:?}");
    }
    let family = of_model(RACE, &["protocol.family=single-degree"]);
    assert!(family[0].ends_with("; did you mean single-decree?"), "{family:?}");
}

#[test]
fn a_file_of_another_kind_is_sent_to_the_command_that_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("m.toml"), RACE).unwrap();
    let done = |arguments: &[&str]| assert_eq!(synod(here, arguments).status.code(), Some(0), "{arguments:?}");
    done(&["check", "m.toml", "--traces", "t", "--json", "report.json"]);
    done(&["run", "m.toml", "--threads", "--logs", "logs", "--quiet"]);
    let trace = "t/m.chosen.json";
    let mut traces: Vec<_> =
        std::fs::read_dir(here.join("t")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    traces.sort();
    let traces: Vec<_> = traces.iter().map(|name| format!("t/{}", name.to_str().unwrap())).collect();
    let wanting_models: [&[&str]; 10] = [
        &["check"],
        &["check", "m.toml"],
        &["explore"],
        &["graph", "--format", "dot"],
        &["stats"],
        &["simulate"],
        &["run"],
        &["node", "--id", "A1", "--bind", "0"],
        &["replay", trace, "--model"],
        &["conform", "logs", "--model"],
    ];
    let mut cases: Vec<(Vec<&str>, String)> = Vec::new();
    for command in wanting_models {
        for (file, what) in [
            ("t", "a folder, expected a model file; to check every model in it: synod suite t"),
            ("logs", "a folder, expected a model file; to follow the logs in it: synod conform logs"),
            (trace, "a trace, expected a model file; to see it: synod replay t/m.chosen.json"),
            ("report.json", "a report, expected a model file; to compare with it: synod suite --baseline report.json"),
            ("logs/A1.log", "a log, expected a model file; to follow it: synod conform logs/A1.log"),
            ("n.toml", "no such file; did you mean m.toml?"),
        ] {
            cases.push(([command, &[file][..]].concat(), format!("{file}: {what}")));
        }
    }
    for (arguments, error) in [
        (&["replay", "m.toml"][..], "m.toml: a model file, expected a trace; to check it: synod check m.toml"),
        (
            &["replay", "report.json"],
            "report.json: a report, expected a trace; to compare with it: synod suite --baseline report.json",
        ),
        (&["replay", "logs/A1.log"], "logs/A1.log: a log, expected a trace; to follow it: synod conform logs/A1.log"),
        (&["replay", "t"], &format!("t: a folder, expected a trace; to see one in it: synod replay {}", traces[0])),
        (&["replay", "t/m.chosn.json"], "t/m.chosn.json: no such file; did you mean t/m.chosen.json?"),
        (&["conform", "m.toml"], "m.toml: a model file, expected a log; to run it: synod run m.toml"),
        (&["conform", trace], "t/m.chosen.json: a trace, expected a log; to see it: synod replay t/m.chosen.json"),
        (&["suite", "m.toml"], "m.toml: a model file, expected a folder; to check it: synod check m.toml"),
        (&["suite", trace], "t/m.chosen.json: a trace, expected a folder; to see it: synod replay t/m.chosen.json"),
        (
            &["suite", ".", "--baseline", trace],
            "t/m.chosen.json: a trace, expected a report; to see it: synod replay t/m.chosen.json",
        ),
        (
            &["suite", ".", "--baseline", "m.toml"],
            "m.toml: a model file, expected a report; to check it: synod check m.toml",
        ),
    ] {
        cases.push((arguments.to_vec(), error.into()));
    }
    for (arguments, error) in cases {
        assert_eq!(errors(here, &arguments), [error], "{arguments:?}");
    }
}
