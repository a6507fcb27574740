//! Proofs at every size: the committed texts, what solvers answer, mutations, and the comparison with the handlers.

use crate::support::{command, root, synod, text, ModelFile};
use std::collections::BTreeSet;
use synod::family::{Abstraction, Environment, Family, Provable, Roster};
use synod::induction::{induction_of, tables::Tables};
use synod::proof::{prepare, prove, refine, Outcome, Prepared, Proved, Refined, Solver};
use synod::protocols::single_decree::SingleDecree;

fn provable(name: &str) -> &'static Provable {
    SingleDecree::provable().iter().find(|provable| provable.name == name).unwrap()
}

fn prepared(name: &str, settings: &[&str]) -> Prepared {
    let settings: Vec<_> = settings.iter().map(|setting| setting.to_string()).collect();
    prepare::<SingleDecree>(provable(name), &settings).unwrap_or_else(|error| panic!("{error}"))
}

fn answered(name: &str, settings: &[&str], solver: Solver) -> Proved {
    assert!(solver.is_installed(), "{} is not installed: run tests/setup.sh", solver.program());
    prove(name.into(), &prepared(name, settings), &[solver]).unwrap()
}

/// The obligations that were not met.
fn failed(proved: &Proved) -> Vec<&str> {
    let failed = proved.obligations.iter().filter(|asked| asked.outcome() != Outcome::Proved);
    failed.map(|asked| asked.name.as_str()).collect()
}

#[test]
fn the_committed_proofs_are_what_the_rules_and_sentences_give() {
    for provable in SingleDecree::provable() {
        let name = provable.name;
        let committed = std::fs::read_to_string(root().join(format!("proofs/{name}.smt2"))).unwrap();
        let again = format!("synod prove {name} --output proofs/{name}.smt2");
        assert_eq!(committed, prepared(name, &[]).proof.text, "written by: {again}");
    }
}

#[test]
fn both_solvers_prove_what_takes_them_seconds() {
    for (name, solver) in [("adapted", Solver::Z3), ("simple", Solver::Z3), ("adapted", Solver::Cvc5)] {
        let proved = answered(name, &[], solver);
        assert_eq!((proved.outcome, failed(&proved)), (Outcome::Proved, vec![]), "{name} {solver:?}");
        let is_possible = |asked: &&synod::proof::Asked| asked.expected == synod::proof::Answer::Sat;
        let steps = proved.obligations.iter().filter(is_possible).count();
        assert_eq!(
            steps,
            if name == "adapted" { 6 } else { 9 },
            "the initial state and every kind of step is possible"
        );
    }
}

#[test]
fn a_mutation_fails_with_the_obligation_named() {
    let mutations = [
        ("adapted", "accept_guard=always", "accept keeps A5"),
        ("adapted", "promise_guard=always", "promise keeps A5"),
        ("adapted", "quorum=one", "propose keeps A7"),
        ("adapted", "quorum=majority", "propose keeps A7"),
        ("adapted", "after_accept=continue", "promise keeps A4"),
        ("simple", "accept_guard=always", "accept keeps S5"),
        ("simple", "promise_guard=always", "promise, nothing accepted keeps S5"),
        ("simple", "quorum=half", "propose, last answer empty keeps S9"),
        ("simple", "value_choice=own", "propose, last answer a report keeps S9"),
        ("simple", "value_choice=any", "propose, last answer a report keeps S9"),
        ("simple", "value_choice=lowest", "propose, last answer a report keeps S9"),
        ("simple", "promise_payload=nothing", "promise, nothing accepted keeps S7"),
        ("simple", "accept_effect=keep", "accept keeps S4"),
        ("simple", "accept_effect=forget", "accept keeps S4"),
    ];
    for (name, mutation, obligation) in mutations {
        let proved = answered(name, &[&format!("protocol.rules.{mutation}")], Solver::Z3);
        assert_eq!(proved.outcome, Outcome::Failed, "{name} {mutation}");
        assert!(failed(&proved).contains(&obligation), "{name} {mutation}: {:?}", failed(&proved));
        assert!(proved.handlers.iter().all(|it| it.misfit.is_none()), "{name} {mutation}: {:?}", proved.handlers);
    }
    for (name, mutation) in [
        ("adapted", "promise_guard=at-least"),
        ("adapted", "value_choice=own"),
        ("simple", "promise_guard=at-least"),
        ("simple", "nack=sent"),
        ("simple", "quorum=all"),
    ] {
        let proved = answered(name, &[&format!("protocol.rules.{mutation}")], Solver::Z3);
        assert_eq!((proved.outcome, failed(&proved)), (Outcome::Proved, vec![]), "{name} {mutation}");
    }
}

/// The guard that the thesis prints (4.1.2) keeps every conjunct, at every size, because nothing is ever accepted.
#[test]
fn what_holds_for_want_of_a_case_is_not_proved() {
    let proved = answered("adapted", &["protocol.rules.accept_guard=greater"], Solver::Z3);
    assert_eq!((proved.outcome, failed(&proved)), (Outcome::Failed, vec!["accept: there is such a step"]));
}

/// The handlers of a model, to be compared with texts.
struct Handlers {
    tables: Tables<SingleDecree>,
    abstraction: Abstraction<SingleDecree>,
    roster: Roster,
}

impl Handlers {
    fn of(model: &ModelFile) -> Self {
        let environment = Environment { sends: model.spec.environment.sends, ..Environment::DEFAULT };
        let (_, abstraction) = SingleDecree::proof(&model.spec.setup, &environment).unwrap();
        let tables = Tables::new(&model.spec.model(), &induction_of(&model.spec).unwrap()).unwrap();
        Handlers { tables, abstraction, roster: Roster::new(&model.spec.model().actors) }
    }

    fn compare(&self, proof: &str) -> Result<Refined, String> {
        refine(proof, &self.tables, &self.abstraction, |id| self.roster.name(id).to_string())
    }
}

fn compare(model: &ModelFile, proof: &str) -> Result<Refined, String> {
    Handlers::of(model).compare(proof)
}

fn at(variant: &str, settings: &[&str]) -> ModelFile {
    crate::support::model(variant, &[&["bounds.proposers=2"], settings].concat())
}

#[test]
fn every_kind_of_step_is_one_of_the_handlers() {
    for provable in SingleDecree::provable() {
        let mut taken = BTreeSet::new();
        for (model, compared) in prepared(provable.name, &[]).compared {
            let refined = compared.unwrap_or_else(|misfit| panic!("{model}: {misfit}"));
            assert_eq!(refined.transitions, refined.stutters + refined.steps.iter().sum::<usize>());
            taken.extend((0..refined.steps.len()).filter(|step| refined.steps[*step] > 0));
        }
        assert_eq!(taken.len(), if provable.name == "adapted" { 5 } else { 8 });
    }
}

#[test]
fn handlers_of_other_rules_do_not_refine_the_text() {
    let adapted = prepared("adapted", &[]).proof.text;
    let simple = prepared("simple", &[]).proof.text;
    let rules = |rule: &str| format!("protocol.rules.{rule}");
    for rule in ["accept_guard=always", "promise_guard=always", "quorum=one", "after_accept=continue"] {
        assert!(compare(&at("adapted", &[&rules(rule)]), &adapted).is_err(), "{rule}");
    }
    for rule in ["accept_guard=always", "promise_guard=always", "value_choice=own", "accept_effect=keep", "quorum=half"]
    {
        assert!(compare(&at("simple", &["bounds.acceptors=3", &rules(rule)]), &simple).is_err(), "{rule}");
    }
    let lowest = at("simple", &["bounds.acceptors=3", "bounds.proposers=3", &rules("value_choice=lowest")]);
    assert!(compare(&lowest, &simple).is_err());
}

/// The text with one line of a step changed, in every way that makes a difference: a guard that never passes, a relation
/// that keeps its value, that holds of everything, or of nothing.
fn edits(proof: &str) -> Vec<String> {
    let lines: Vec<&str> = proof.lines().collect();
    let first = lines.iter().position(|line| line.starts_with("; Step")).unwrap();
    let mut edited = BTreeSet::new();
    for (number, line) in lines.iter().enumerate().skip(first) {
        let guard = line.starts_with("(assert ") && lines[number - 1].starts_with("(declare-const");
        let mut others = Vec::new();
        if guard {
            others.push("(assert false)".to_string());
        }
        if let Some((head, _)) = line.strip_prefix("(define-fun ").and_then(|rest| rest.split_once(" Bool ")) {
            let (relation, parameters) = head.split_once("1 (").unwrap();
            let variables: Vec<_> = parameters.split('(').map(|one| one.split(' ').next().unwrap()).collect();
            let kept = format!("({relation} {})", variables.join(" ").trim());
            others.extend([&kept, "true", "false"].map(|body| format!("(define-fun {head} Bool {body})")));
        }
        for other in others.into_iter().filter(|other| other != line) {
            let mut changed = lines.clone();
            changed[number] = &other;
            edited.insert(changed.join("\n"));
        }
    }
    edited.into_iter().collect()
}

#[test]
fn an_edit_of_any_rule_of_the_text_is_noticed() {
    for variant in ["adapted", "simple"] {
        let handlers = Handlers::of(&at(variant, &["protocol.rounds=2"]));
        let proof = prepared(variant, &[]).proof.text;
        assert!(handlers.compare(&proof).is_ok());
        let edits = edits(&proof);
        assert!(edits.len() > 60, "{}", edits.len());
        for edited in edits {
            let difference = proof.lines().zip(edited.lines()).find(|(one, other)| one != other);
            assert!(handlers.compare(&edited).is_err(), "{difference:?}");
        }
    }
}

#[test]
fn the_command_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str]| {
        let output = synod(folder.path(), arguments);
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = refused(&["prove", "adaptd"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no proof of this variant, only of adapted, simple; did you mean adapted?"), "{said}");
    let (code, said) = refused(&["prove", "adapted", "--set", "protocol.rules.accept_guard=value-at-least"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("accept_guard"), "{said}");
    let without = command(folder.path(), &["prove", "adapted"]).env("PATH", folder.path()).output().unwrap();
    assert_eq!(without.status.code(), Some(2));
    let said = text(&without.stderr);
    assert!(said.contains("z3 or cvc5: not installed; Debian and Ubuntu: apt-get install z3 cvc5"), "{said}");
    let proved = synod(folder.path(), &["prove", "adapted", "--solver", "z3", "--output", "a.smt2", "--json", "-"]);
    assert_eq!(proved.status.code(), Some(0), "{}", text(&proved.stderr));
    let report: serde_json::Value = serde_json::from_str(&text(&proved.stdout)).unwrap();
    assert_eq!(report["outcome"], "proved");
    assert!(folder.path().join("a.smt2").exists());
    let mutated = synod(folder.path(), &["prove", "adapted", "--solver", "z3", "--set", "protocol.rules.quorum=one"]);
    assert_eq!(mutated.status.code(), Some(1));
    assert!(text(&mutated.stdout).contains("FAILED     propose keeps A7: z3 says sat"), "{}", text(&mutated.stdout));
}
