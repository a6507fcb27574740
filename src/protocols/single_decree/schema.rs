//! The keys of a model file that are the family's: what each may hold, and which protocol they make up.

use super::rules::{self, listed, Awaits, NackRule, RuleError, RULES};
use super::{reference, variant, Protocol, Rules, Variant, VARIANTS};
use crate::family::{Environment, Objection};
use crate::input::{did_you_mean, nearest, Field, Fields, InputError, Shape};
use crate::protocols::paxos::bounds::{self, MAX_NODES};
use serde_json::Value;
use std::ops::RangeInclusive;

const LEARNERS: RangeInclusive<u64> = 0..=MAX_NODES;
const ROUNDS: RangeInclusive<u64> = 1..=16;

impl Protocol {
    /// Reads the tables `protocol` and `bounds` of a model file, where the number of learners has this key.
    pub fn read(fields: &mut Fields, learners_key: &str) -> Option<Self> {
        read(fields, learners_key)
    }
}

fn read(fields: &mut Fields, learners_key: &str) -> Option<Protocol> {
    let names: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
    let name = fields.one_of("protocol.variant", &names);
    if name.is_none() {
        fields.missing("protocol.variant", &format!("one of {}", names.join(", ")));
    }
    let variant = name.and_then(variant);
    let rounds = fields.number("protocol.rounds", ROUNDS);
    let edits = fields.take_below("protocol.rules");
    let rules = edited(fields, variant, &edits);
    let given = fields.take("protocol.reference");
    let reference = given.map(|field| fields.note(reference::read(&field)));
    for (rule, values, decides) in RULES {
        fields.know_as(rules::key(rule), rules::shape(values));
        fields.explain(rules::key(rule), decides);
        let usual = variant.and_then(|variant| variant.rules.value(rule));
        usual.into_iter().for_each(|usual| fields.suggest(rules::key(rule), rules::written(usual)));
    }
    let proposals = bounds::proposals(fields);
    let acceptors = bounds::acceptors(fields);
    let learners = fields.number(learners_key, LEARNERS);
    explain(fields, learners_key);
    let distinguished = distinguished(fields, learners, learners_key);
    let rules = rules?;
    let rounds = rounds.unwrap_or(1) as u32;
    if rounds > 1 && rules.awaits != Awaits::AnyNumber {
        let what = format!("protocol.rounds = {rounds}, expected 1: the programs of this variant run once");
        fields.refuse("protocol.rounds", what);
    }
    let protocol = Protocol {
        variant: variant?,
        rules,
        reference: reference.flatten(),
        rounds,
        proposals: proposals?,
        acceptors: acceptors?,
        learners: learners.unwrap_or(0) as usize,
        distinguished: distinguished? as usize,
    };
    if let Some((rule, why)) = rules.misfit(protocol.bounds_of_rules()) {
        refuse(fields, &rules, &edits, (rule, &why));
    }
    Some(protocol)
}

/// Notes what the keys say.
fn explain(fields: &mut Fields, learners_key: &str) {
    fields.explain("protocol.variant", "the reading of the protocol");
    fields.explain("protocol.rounds", "how many rounds a proposer may begin");
    fields.explain("protocol.reference", "the reading beside which a counterexample is explained");
    fields.suggest("protocol.reference", VARIANTS[0].name);
    fields.explain(learners_key, "how many learn what is chosen");
    fields.know_as("bounds.distinguished", Shape::number(&(1..=MAX_NODES)));
    fields.explain("bounds.distinguished", "how many of the learners the acceptors inform, who tell the others");
}

/// Whether the protocol, and the one that it is compared with, make sense in an environment.
///
/// # Errors
/// What makes no sense.
pub fn admits(protocol: &Protocol, environment: &Environment) -> Result<(), Objection> {
    if let Some((rule, why)) = protocol.rules.misplacement(environment) {
        let what = senseless(&protocol.rules, rule, &why);
        return Err(Objection { key: rules::key(rule), what });
    }
    let Some(given) = &protocol.reference else { return Ok(()) };
    let runs_once = protocol.rounds > 1 && given.rules.awaits != Awaits::AnyNumber;
    let runs_once = runs_once.then(|| "its programs run once, and the model has several rounds".to_string());
    let fault = given.rules.misfit(protocol.bounds_of_rules()).or_else(|| given.rules.misplacement(environment));
    let Some(why) = runs_once.or_else(|| fault.map(|(rule, why)| clause(&given.rules, rule, &why))) else {
        return Ok(());
    };
    let what = format!("protocol.reference = {:?} makes no sense here: {why}", given.name);
    Err(Objection { key: "protocol.reference", what })
}

/// That a rule at fault makes no sense, and why.
fn senseless(rules: &Rules, rule: &str, why: &str) -> String {
    let value = rules::written(rules.value(rule).unwrap_or_default());
    format!("protocol.rules.{rule} = {value} makes no sense: {why}")
}

/// The same in a clause.
fn clause(rules: &Rules, rule: &str, why: &str) -> String {
    format!("{rule} = {}: {why}", rules.value(rule).unwrap_or_default())
}

/// The rules of a variant with the edits. Without a variant the edits are judged each by itself.
fn edited(fields: &mut Fields, variant: Option<&Variant>, edits: &[(String, Field)]) -> Option<Rules> {
    let base = variant.unwrap_or(&VARIANTS[0]).rules;
    let mut edited = Some(base);
    for (rule, field) in edits {
        let mut rules = edited.unwrap_or(base);
        let edit = rules.edit(rule, &named(&field.value)).map_err(|error| unlike(rule, field, error));
        edited = fields.note(edit).and(edited).map(|_| rules);
    }
    let (variant, rules) = (variant?, edited?);
    let dead_nack = (rules.on_nack != variant.rules.on_nack && rules.nack == NackRule::Silent)
        .then(|| ("on_nack", "no Nack is ever sent (nack = \"silent\")".into()));
    let fault = rules.contradiction().or(dead_nack);
    if let Some((rule, why)) = &fault {
        refuse(fields, &rules, edits, (rule, why));
    }
    fault.is_none().then_some(rules)
}

/// The name of a rule's value, given as a word or a whole number; empty if it is neither.
fn named(value: &Value) -> String {
    match value {
        Value::String(word) if word.parse::<u64>().is_err() => word.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The error that there is no such rule, or that it has no such value.
fn unlike(rule: &str, field: &Field, error: RuleError) -> InputError {
    match error {
        RuleError::UnknownValue(allowed) => {
            field.none_like(&format!("protocol.rules.{rule}"), allowed, &format!("one of {}", listed(allowed)))
        }
        RuleError::UnknownRule => {
            let near = nearest(rule, RULES.iter().map(|(name, ..)| *name));
            let all = || RULES.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
            let hint = near.map_or_else(
                || format!(", expected one of {}", all()),
                |near| did_you_mean(Some(format!("protocol.rules.{near}"))),
            );
            field.error(format!("unknown rule {rule}{hint}"))
        }
    }
}

/// Reports a rule at fault: where it is edited, else where the last edit is, else where the variant is named.
fn refuse(fields: &mut Fields, rules: &Rules, edits: &[(String, Field)], (rule, why): (&str, &str)) {
    let what = senseless(rules, rule, why);
    match edits.iter().find(|(name, _)| name == rule).or(edits.last()) {
        Some((_, field)) => fields.report(field.error(what)),
        None => fields.refuse("protocol.variant", what),
    }
}

/// How many learners the acceptors inform, all of them unless it says otherwise. Without a sound number of learners it may
/// be any.
fn distinguished(fields: &mut Fields, learners: Option<u64>, learners_key: &str) -> Option<u64> {
    let key = "bounds.distinguished";
    let is_wrong = learners.is_none() && fields.is_taken(learners_key);
    let learners = if is_wrong { MAX_NODES } else { learners.unwrap_or(0) };
    let Some(field) = fields.take(key) else { return Some(learners) };
    fields.note(match learners {
        0 => Err(field.wrong(key, &format!("to be absent where {learners_key} = 0"))),
        most => field.number(key, 1..=most),
    })
}
