//! What was found of an invariant, as text for a terminal.

use super::{Counterexample, Inducted, Reachable, Verdict};
use crate::report::{command, thousands};
use crate::terminal::{self, BAD, DOUBT, FAINT, GOOD, PLAIN};
use crate::trace;

/// What was found of an invariant, in at most this many columns where that can be.
pub fn render(inducted: &Inducted, width: usize) -> String {
    let mut text = String::new();
    let Inducted { conjuncts, figures, .. } = inducted;
    terminal::line(&mut text, PLAIN, "model", &format!("{}, a network that may do anything", inducted.description));
    let instances = thousands(conjuncts.iter().map(|conjunct| conjunct.instances).sum::<usize>() as u64);
    let counted = format!("{}, {instances} instances", plural(conjuncts.len(), "conjunct"));
    terminal::line(&mut text, PLAIN, "invariant", &format!("{}, {}; {counted}", inducted.invariant, inducted.summary));
    let asked = format!(
        "{} type-correct local states ({} differ to it), {} messages, {} facts; {} events, {} questions in {:.2} s",
        thousands(figures.local_states as u64),
        thousands(figures.merged as u64),
        thousands(figures.messages as u64),
        thousands(figures.facts as u64),
        thousands(figures.events as u64),
        thousands(figures.questions as u64),
        inducted.run.seconds
    );
    terminal::line(&mut text, FAINT, "asked", &asked);
    let (style, label, what) = verdict(inducted);
    terminal::line(&mut text, style, label, &what);
    if let Some(counterexample) = &inducted.counterexample {
        text.push_str(&drawn(counterexample, width));
    }
    text.push_str(&claims(inducted));
    text.push_str(&needs(inducted));
    if !inducted.as_expected {
        let what = format!("demanded is {}, found {}", inducted.expected.name(), inducted.verdict.name());
        terminal::line(&mut text, BAD, "UNEXPECTED", &what);
    }
    let model = crate::report::as_operand(&inducted.file);
    let again = command(&["synod", "check", &model]);
    if inducted.counterexample.as_ref().is_some_and(|it| it.reachable != Reachable::No) {
        terminal::line(&mut text, FAINT, "explore", &again);
    }
    text
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn verdict(inducted: &Inducted) -> (anstyle::Style, &'static str, String) {
    let names = |false_at_first: bool| -> String {
        let named = inducted.conjuncts.iter().filter(|conjunct| conjunct.initially != false_at_first);
        named.map(|conjunct| conjunct.name).collect::<Vec<_>>().join(" ")
    };
    let style = if inducted.as_expected { GOOD } else { BAD };
    match inducted.verdict {
        Verdict::Inductive => {
            let what = "true at first, kept by every step from every type-correct state where it is true";
            (style, "INDUCTIVE", what.into())
        }
        Verdict::NotInitial => (style, "NOT INIT.", format!("false in the initial state: {}", names(true))),
        Verdict::NotPreserved => {
            let broken = inducted.counterexample.as_ref().map_or(String::new(), |it| it.broken.join(" "));
            (style, "NOT KEPT", format!("a step from a state where it is true breaks {broken}"))
        }
        Verdict::SafetyNotImplied => {
            let missing = inducted.claims.iter().filter(|claim| claim.demanded && !claim.implied);
            let missing = missing.map(|claim| claim.name).collect::<Vec<_>>().join(" ");
            (style, "NOT SAFE", format!("kept by every step, but too weak: {missing} does not follow"))
        }
    }
}

fn drawn(counterexample: &Counterexample, width: usize) -> String {
    let mut text = String::from("\n");
    text.push_str(&trace::render_diagram(&counterexample.step, width));
    let broken = format!("{}: {}", counterexample.step.property, counterexample.step.statement);
    terminal::line(&mut text, PLAIN, "breaks", &broken);
    let what = match counterexample.reachable {
        Reachable::No => "the state before the step is unreachable: every reachable state was explored",
        Reachable::Yes => "the state before the step is reachable, so the invariant is false",
        Reachable::Unknown => "whether the state before the step is reachable is unknown: there are too many states",
    };
    let style = if counterexample.reachable == Reachable::Yes { BAD } else { DOUBT };
    terminal::line(&mut text, style, "reachable", what);
    text + "\n"
}

fn claims(inducted: &Inducted) -> String {
    let mut text = String::new();
    let named = |implied: bool| -> Vec<String> {
        let named = inducted.claims.iter().filter(|claim| claim.implied == implied);
        named.map(|claim| format!("{}{}", claim.name, if claim.demanded { "" } else { " (informational)" })).collect()
    };
    let (implied, not_implied) = (named(true), named(false));
    if !implied.is_empty() {
        terminal::line(&mut text, PLAIN, "implies", &implied.join(", "));
    }
    if !not_implied.is_empty() {
        terminal::line(&mut text, FAINT, "not", &not_implied.join(", "));
    }
    text
}

fn needs(inducted: &Inducted) -> String {
    let mut text = String::new();
    for conjunct in &inducted.conjuncts {
        let needed = conjunct.needed.as_ref().map(|needed| match &needed.without_it {
            Some(what) => format!("; needed: without it {what}"),
            None => "; not needed".into(),
        });
        let what = format!("{}{}", conjunct.statement, needed.unwrap_or_default());
        terminal::line(&mut text, PLAIN, conjunct.name, &what);
    }
    text
}
