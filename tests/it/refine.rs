//! `synod refine`: the specification of each family, the first step that is none of its, and what clients rely on.

use crate::support::{root, synod, text};
use serde_json::Value;

fn refine(arguments: &[&str]) -> (Option<i32>, String) {
    let output = synod(root(), &[&["refine"], arguments].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn every_family_refines_its_specification() {
    for (file, specification) in [
        ("models/single-decree/simple-2x3.toml", "register: undecided at first"),
        ("models/disel-sts/honest-accept-targets-all-2x2.toml", "register: undecided at first"),
        ("models/multi-paxos/multi-2x2x2-learner.toml", "array of registers, one for each slot"),
        ("models/consensus/register-2-values-2-clients.toml", "register: undecided at first"),
    ] {
        let (code, shown) = refine(&[file]);
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains(specification) && shown.contains("refines    refines ("), "{file}: {shown}");
    }
    let (code, shown) = refine(&["models/single-decree/as-written-2x3.toml"]);
    assert!(code == Some(0) && shown.contains("vacuously, as nothing is ever decided"), "{shown}");
}

/// The length is that of an independent program, and the step is shown with what the register was and what is chosen.
#[test]
fn the_first_step_that_is_none_of_the_specification_is_shown() {
    let file = "models/mutations/simple-choice-own-2x1.toml";
    let (code, shown) = refine(&[file]);
    assert_eq!(code, Some(0), "the model expects it: {shown}");
    assert!(shown.contains("BROKEN     refines (6 steps)"), "{shown}");
    for line in ["the register is decided 1 before step 6", "Accept<2,2>", "<2,2> chosen by A1 since step 6"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let (code, shown) = refine(&[file, "--set", "expect.refines=holds"]);
    assert!(code == Some(1) && shown.contains("UNEXPECTED refines expected holds, found violated"), "{shown}");
    let (code, shown) = refine(&["models/disel-sts/literal-1x2.toml"]);
    assert!(code == Some(0) && shown.contains("BROKEN     refines (4 steps)"), "{shown}");
}

/// What clients rely on is the same on the protocol and on the specification, unless the protocol does not refine it.
#[test]
fn what_clients_rely_on_carries_over() {
    let carried = ["acted-chosen", "clients-agree", "tokens-match"];
    let both = |file: &str| {
        let output = synod(root(), &["refine", file, "--json", "-"]);
        let report: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
        let verdicts = |case: &Value| {
            let all = case["properties"].as_array().unwrap();
            carried.map(|name| all.iter().find(|one| one["name"] == name).unwrap()["verdict"].clone())
        };
        let cases = report["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 2, "{file}");
        assert_eq!(cases[1]["counts"]["unique_states"], 11, "two values and two clients on the register");
        [verdicts(&cases[0]), verdicts(&cases[1])]
    };
    for file in ["models/consensus/simple-2x2-2-clients.toml", "models/consensus/adapted-2x2-2-clients.toml"] {
        let [own, abstractly] = both(file);
        assert_eq!(own, abstractly, "{file}");
        assert!(own.iter().all(|verdict| verdict == "holds"), "{file}");
        let (_, shown) = refine(&[file]);
        for name in carried {
            let line = format!("carries    {name}: holds on the protocol, holds on the specification");
            assert!(shown.contains(&line), "{shown}");
        }
    }
    let file = "models/consensus/simple-choice-own-2x2-2-clients.toml";
    assert!(both(file)[0].iter().any(|verdict| verdict == "violated"));
    let (_, shown) = refine(&[file]);
    assert!(
        shown.contains("BROKEN") && shown.contains("DIFFERS    clients-agree: violated on the protocol, holds"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_refined_is_refused() {
    let (code, shown) =
        refine(&["models/single-decree/simple-2x3.toml", "--set", "check.properties=[\"i1\"]", "--set", "expect={}"]);
    assert!(code == Some(2) && shown.contains("check.properties lacks \"refines\", which says it"), "{shown}");
}
