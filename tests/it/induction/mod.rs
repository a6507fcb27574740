//! Whether invariants are inductive: known verdicts, mutations, dropped conjuncts, counterexamples, and the command.

mod command;
mod naive;

use crate::support::{model_files, ModelFile};
use synod::induction::{induct, induct_with, induction_of, Inducted, Reachable, Verdict};

/// A model of a variant, with two proposers unless it is set otherwise.
fn model(variant: &str, settings: &[&str]) -> ModelFile {
    crate::support::model(variant, &[&["bounds.proposers=2"], settings].concat())
}

fn inducted(model: &ModelFile, invariant: Option<&str>) -> Inducted {
    induct(model, invariant).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn verdict(variant: &str, settings: &[&str]) -> Verdict {
    inducted(&model(variant, settings), None).verdict
}

/// The claims that follow.
fn implied(inducted: &Inducted) -> Vec<&'static str> {
    inducted.claims.iter().filter(|claim| claim.implied).map(|claim| claim.name).collect()
}

const THREE: &str = "bounds.acceptors=3";

#[test]
fn the_invariants_are_inductive_and_every_conjunct_is_needed() {
    let safe = ["i1", "i2", "agreement"];
    for (variant, follows) in
        [("adapted", &["i1", "i2", "i2-formula", "agreement", "one-value"][..]), ("simple", &safe)]
    {
        for settings in
            [&[THREE][..], &[THREE, "protocol.rounds=2"], &["network.sends=stepwise"], &["bounds.proposers=1"]]
        {
            let inducted = inducted(&model(variant, settings), None);
            assert_eq!((inducted.invariant, inducted.verdict), (variant, Verdict::Inductive), "{settings:?}");
            assert!(inducted.conjuncts.iter().all(|conjunct| conjunct.initially));
            if settings[0] == THREE {
                assert!(inducted.conjuncts.iter().all(|conjunct| conjunct.instances > 0));
                assert_eq!(implied(&inducted), follows, "{variant} {settings:?}");
                let needed = |name: &str| {
                    let mut conjuncts = inducted.conjuncts.iter();
                    conjuncts.find(|conjunct| conjunct.name == name).unwrap().needed.as_ref().unwrap().needed
                };
                assert!(inducted.conjuncts.iter().all(|conjunct| needed(conjunct.name)), "{inducted:?}");
            }
        }
        assert_eq!(verdict(variant, &[THREE, "bounds.proposers=3"]), Verdict::Inductive, "{variant} at 3x3");
    }
    assert_eq!(verdict("simple", &["bounds.acceptors=4"]), Verdict::Inductive);
    assert_eq!(verdict("simple", &["bounds.acceptors=5"]), Verdict::Inductive);
}

#[test]
fn a_conjunct_less_and_it_is_no_invariant_or_too_weak() {
    for variant in ["adapted", "simple"] {
        let model = model(variant, &[THREE]);
        let conjuncts = induction_of(&model.spec).unwrap().invariants[0].conjuncts.len();
        for dropped in 0..conjuncts {
            let mut induction = induction_of(&model.spec).unwrap();
            let conjunct = induction.invariants[0].conjuncts.remove(dropped);
            let less = induct_with(&model, induction, None).unwrap();
            assert!(matches!(less.verdict, Verdict::NotPreserved | Verdict::SafetyNotImplied), "{}", conjunct.name);
            if let Some(counterexample) = less.counterexample {
                assert!(counterexample.weight > 0 && counterexample.reachable == Reachable::No, "{}", conjunct.name);
            }
        }
    }
}

/// The first acceptor stands for the others.
#[test]
fn steps_of_acceptors_that_are_alike_need_no_questions_of_their_own() {
    let mutations: [&[&str]; 3] = [&[], &["protocol.rules.accept_guard=always"], &["protocol.rules.quorum=one"]];
    for variant in ["adapted", "simple"] {
        for mutation in mutations {
            let model = model(variant, &[&[THREE], mutation].concat());
            let mut induction = induction_of(&model.spec).unwrap();
            induction.alike.clear();
            let (one, all) = (inducted(&model, None), induct_with(&model, induction, None).unwrap());
            assert!(all.figures.events > one.figures.events);
            let weight = |inducted: &Inducted| inducted.counterexample.as_ref().map(|it| it.weight);
            assert_eq!((one.verdict, weight(&one)), (all.verdict, weight(&all)), "{variant} {mutation:?}");
        }
    }
}

#[test]
fn mutations_break_the_invariant_or_are_known_not_to() {
    let breaking: [(&str, &[&str]); 2] = [
        (
            "adapted",
            &[
                "accept_guard=always",
                "promise_guard=always",
                "quorum=one",
                "quorum=half",
                "quorum=majority",
                "after_accept=continue",
            ],
        ),
        (
            "simple",
            &[
                "accept_guard=always",
                "promise_guard=always",
                "quorum=one",
                "quorum=half",
                "value_choice=own",
                "value_choice=any",
                "promise_payload=nothing",
                "accept_effect=keep",
                "accept_effect=forget",
            ],
        ),
    ];
    let harmless: [(&str, &[&str]); 2] = [
        (
            "adapted",
            &[
                "promise_guard=at-least",
                "accept_guard=greater",
                "nack=silent",
                "value_choice=any",
                "value_choice=own",
                "value_choice=lowest",
                "promise_payload=nothing",
            ],
        ),
        (
            "simple",
            &["promise_guard=at-least", "accept_guard=greater", "nack=sent", "quorum=all", "value_choice=lowest"],
        ),
    ];
    let verdict = |variant: &str, mutation: &str| verdict(variant, &[THREE, &format!("protocol.rules.{mutation}")]);
    for (variant, mutations) in breaking {
        for mutation in mutations {
            assert_eq!(verdict(variant, mutation), Verdict::NotPreserved, "{variant} {mutation}");
        }
    }
    for (variant, mutations) in harmless {
        for mutation in mutations {
            assert_eq!(verdict(variant, mutation), Verdict::Inductive, "{variant} {mutation}");
        }
    }
    let lowest = model("simple", &[THREE, "bounds.proposers=3", "protocol.rules.value_choice=lowest"]);
    assert_eq!(inducted(&lowest, None).verdict, Verdict::NotPreserved, "three ballots tell lowest from highest");
}

/// Thesis 4.1.3 claims that I1 and I2 together are inductive.
#[test]
fn what_the_thesis_names_is_not_inductive() {
    for variant in ["adapted", "simple"] {
        for invariant in ["i1-i2", "i1-i2-formula"] {
            let inducted = inducted(&model(variant, &[THREE]), Some(invariant));
            assert_eq!(inducted.verdict, Verdict::NotPreserved);
            let counterexample = inducted.counterexample.expect("a counterexample");
            assert_eq!((counterexample.weight, counterexample.reachable), (2, Reachable::No), "{variant} {invariant}");
            assert_eq!(counterexample.step.steps.len(), 1);
            assert_eq!(counterexample.broken, ["i1"]);
        }
    }
}

#[test]
fn a_counterexample_is_drawn_from_its_state_on() {
    let inducted = inducted(&model("adapted", &["bounds.acceptors=2"]), Some("i1-i2"));
    let text = synod::induction::render_text(&inducted, 100);
    let shown = anstream::adapter::strip_str(&text).to_string();
    let shown: Vec<_> = shown.lines().filter(|line| !line.starts_with("asked")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

/// Every model file that demands a verdict of induction gets it.
#[test]
fn model_files_get_the_verdict_that_they_demand() {
    let mut demanding = 0;
    for file in model_files() {
        let model = ModelFile::read(&file, &[]).unwrap();
        if let Some(wanted) = model.induction() {
            demanding += 1;
            assert_eq!(inducted(&model, None).verdict, wanted, "{}", file.display());
        }
    }
    assert!(demanding >= 4);
}
