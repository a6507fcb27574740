//! The keys of a model file: what each may hold, and which model they make up.

use super::demand::Wanted;
use super::expectation::{Expectation, Expected, Pinned};
use super::fields::{did_you_mean, nearest, Field, Fields, InputError, Reported};
use super::reference;
use super::spec::Spec;
use crate::properties::{self, Property, PROPERTIES};
use crate::protocols::single_decree::rules::{Awaits, NackRule, RuleError, ValueChoice, RULES};
use crate::protocols::single_decree::{variant, Delivery, Environment, Rules, Sends, Variant, FAMILY, VARIANTS};
use crate::vocabulary::Proposal;
use serde_json::Value;
use std::ops::RangeInclusive;

/// The most proposers, the most acceptors, and the most learners, of a model.
pub const MAX_NODES: usize = 16;
const NODES: RangeInclusive<u64> = 1..=MAX_NODES as u64;
const LEARNERS: RangeInclusive<u64> = 0..=MAX_NODES as u64;
const ROUNDS: RangeInclusive<u64> = 1..=16;
const BALLOTS: RangeInclusive<u64> = 1..=1_000_000;
const VALUES: RangeInclusive<u64> = 0..=1_000_000;
/// More than any model has nodes.
const MOST_CRASHES: u64 = 3 * MAX_NODES as u64;
const COUNTS: RangeInclusive<u64> = 0..=i64::MAX as u64;

/// Reads a model from its fields. Where a key is wrong, what depends on it is still checked
/// as far as possible, so that every error is reported in one go.
pub(super) fn read(mut fields: Fields) -> Result<(Spec, Vec<Expectation>), InputError> {
    let expect = fields.take_below("expect");
    let spec = read_spec(&mut fields);
    let mut expectations = Vec::new();
    for (name, field) in &expect {
        match expectation(spec.as_ref().ok(), name, field) {
            Ok(expectation) => expectations.push(expectation),
            Err(error) => _ = fields.report(error),
        }
    }
    fields.outcome()?;
    let spec = spec.expect("an error is reported wherever there is no model");
    expectations.sort_by_key(|expectation| expectation.line.unwrap_or(usize::MAX));
    Ok((spec, expectations))
}

/// The tables of a model file.
const TABLES: &[&str] = &["protocol", "bounds", "network", "faults", "check", "expect", "protocol.rules"];

fn read_spec(fields: &mut Fields) -> Result<Spec, Reported> {
    let names: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
    let family = one_of(fields, "protocol.family", &[FAMILY]);
    let name = one_of(fields, "protocol.variant", &names);
    let rounds = number(fields, "protocol.rounds", ROUNDS);
    let edits = fields.take_below("protocol.rules");
    let compared = fields.take("protocol.reference");
    let (proposers, proposals) = (number(fields, "bounds.proposers", NODES), proposals(fields));
    let acceptors = number(fields, "bounds.acceptors", NODES);
    let learners = number(fields, "bounds.learners", LEARNERS).map(|given| given.map_or(0, |(count, _)| count));
    let distinguished = fields.take("bounds.distinguished");
    let delivery = one_of(fields, "network.delivery", &["unordered", "ordered"]);
    let duplication = truth(fields, "network.duplication");
    let loss = truth(fields, "network.loss");
    let sends = one_of(fields, "network.sends", &["atomic", "stepwise"]);
    let crashes = fields.take("faults.crashes");
    let recovery = truth(fields, "faults.recovery");
    let listed = fields.take("check.properties");
    unavailable(fields, "check.symmetry", Value::Bool(false));
    unavailable(fields, "check.reduction", Value::String("none".into()));
    RULES.iter().for_each(|(rule, ..)| fields.know(format!("protocol.rules.{rule}")));
    let expected = PROPERTIES.iter().map(|property| property.name).chain(Pinned::ALL.map(Pinned::name));
    expected.for_each(|name| fields.know(format!("expect.{name}")));
    fields.finish(TABLES);

    let family = required(fields, family, "protocol.family", &format!("{FAMILY:?}"));
    let name = required(fields, name, "protocol.variant", &format!("one of {}", names.join(", ")));
    let variant = name.map(|name| variant(name).expect("the name is one of the variants'"));
    let rules = edited(fields, variant, &edits);
    let proposals = proposers_of(fields, proposers, proposals);
    let acceptors = required(fields, acceptors, "bounds.acceptors", "1..=16").map(|(count, _)| count as usize);
    let delivery = delivery_of(fields, delivery, duplication);
    let chooses = rules.is_ok_and(|rules| rules.value_choice == ValueChoice::Any);
    if chooses && matches!(delivery, Ok(Delivery::Ordered)) {
        fields.error(
            "protocol.rules.value_choice = \"any\" needs network.delivery = \"unordered\": \
             the choice is which of two promises in flight arrives",
        );
    }
    let distinguished = distinguished_of(fields, distinguished.as_ref(), learners);
    let max_crashes = {
        let nodes = match (&proposals, acceptors, learners) {
            (Ok(proposals), Ok(acceptors), Ok(learners)) => (proposals.len() + acceptors) as u64 + learners,
            _ => MOST_CRASHES,
        };
        crashes_of(fields, crashes.as_ref(), nodes)
    };
    let recovery = recovery_of(fields, recovery, max_crashes);
    let rounds = rounds_of(fields, rounds, rules);
    let compared = compared.map(|field| {
        let reference = reference::read(&field, rounds.unwrap_or(1), delivery.unwrap_or(Delivery::Unordered));
        reference.map_err(|error| fields.report(error))
    });
    let spec = |family: Result<_, Reported>| {
        family?;
        let sends = if sends? == Some("stepwise") { Sends::Stepwise } else { Sends::Atomic };
        Ok(Spec {
            variant: variant?,
            rules: rules?,
            reference: compared.transpose()?,
            rounds: rounds?,
            proposals: proposals?,
            acceptors: acceptors?,
            learners: learners? as usize,
            distinguished: distinguished? as usize,
            sends,
            environment: Environment {
                delivery: delivery?,
                loss: loss?.is_some_and(|(loss, _)| loss),
                max_crashes: max_crashes?,
            },
            recovery: recovery?,
            properties: Vec::new(),
        })
    };
    let spec = spec(family);
    let properties = checked_properties(fields, spec.as_ref().ok(), listed.as_ref());
    Ok(Spec { properties: properties?, ..spec? })
}

/// A value that was read, if it was given.
type Given<T> = Result<Option<T>, Reported>;

fn required<T>(fields: &mut Fields, given: Given<T>, key: &str, expected: &str) -> Result<T, Reported> {
    given?.ok_or_else(|| fields.missing(key, expected))
}

/// The rules of a variant with the edits. Without a variant the edits are judged each by itself.
fn edited(
    fields: &mut Fields,
    variant: Result<&Variant, Reported>,
    edits: &[(String, Field)],
) -> Result<Rules, Reported> {
    let base = variant.unwrap_or(&VARIANTS[0]).rules;
    let mut edited = Ok(base);
    for (rule, field) in edits {
        let key = format!("protocol.rules.{rule}");
        let value = field.value.as_str().unwrap_or_default();
        let mut rules = edited.unwrap_or(base);
        edited = match rules.edit(rule, value) {
            Ok(()) => edited.map(|_| rules),
            Err(RuleError::UnknownValue(allowed)) => Err(fields.report(no_choice(&key, field, allowed))),
            Err(RuleError::UnknownRule) => {
                let near = nearest(rule, RULES.iter().map(|(name, ..)| *name));
                let all = || RULES.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
                let hint = near.map_or_else(
                    || format!(", expected one of {}", all()),
                    |near| did_you_mean(Some(format!("protocol.rules.{near}"))),
                );
                Err(fields.report(InputError::at(field, format!("unknown rule {rule}{hint}"))))
            }
        };
    }
    let (variant, rules) = (variant?, edited?);
    let edit_of = |rule: &str| edits.iter().find(|(name, _)| name == rule).or(edits.last());
    let dead_nack = (rules.on_nack != variant.rules.on_nack && rules.nack == NackRule::Silent)
        .then_some(("on_nack", "no Nack is ever sent (nack = \"silent\")"));
    if let Some((rule, why)) = rules.contradiction().or(dead_nack) {
        let value = rules.value(rule).unwrap_or_default();
        let what = format!("protocol.rules.{rule} = {value:?} makes no sense: {why}");
        let error = edit_of(rule).map(|(_, field)| InputError::at(field, &what));
        return Err(fields.report(error.unwrap_or_else(|| InputError::new("protocol.rules", what))));
    }
    Ok(rules)
}

/// The proposals, which are listed or as many as there are proposers.
fn proposers_of(
    fields: &mut Fields,
    proposers: Given<(u64, Field)>,
    proposals: Given<Vec<Proposal>>,
) -> Result<Vec<Proposal>, Reported> {
    match (proposers?, proposals?) {
        (Some((_, field)), Some(_)) => {
            let expected = "to be absent where bounds.proposals lists the proposers";
            Err(fields.report(wrong("bounds.proposers", &field, expected)))
        }
        (None, Some(proposals)) => Ok(proposals),
        (Some((count, _)), None) => Ok((1..=count as u32).map(|i| Proposal::new(i, i)).collect()),
        (None, None) => Err(fields.missing("bounds.proposers", "1..=16")),
    }
}

/// How many learners the acceptors inform, all of them unless it says otherwise.
fn distinguished_of(
    fields: &mut Fields,
    distinguished: Option<&Field>,
    learners: Result<u64, Reported>,
) -> Result<u64, Reported> {
    let key = "bounds.distinguished";
    let found = match (distinguished, learners) {
        (None, learners) => return learners,
        (Some(field), Ok(0)) => Err(wrong(key, field, "to be absent where bounds.learners = 0")),
        (Some(field), learners) => in_range(key, field, 1..=learners.unwrap_or(*LEARNERS.end())),
    };
    found.map_err(|error| fields.report(error))
}

fn crashes_of(fields: &mut Fields, crashes: Option<&Field>, nodes: u64) -> Result<usize, Reported> {
    let Some(field) = crashes else { return Ok(0) };
    let most = in_range("faults.crashes", field, 0..=nodes);
    most.map(|most| most as usize).map_err(|error| fields.report(error))
}

fn recovery_of(
    fields: &mut Fields,
    recovery: Given<(bool, Field)>,
    max_crashes: Result<usize, Reported>,
) -> Result<bool, Reported> {
    match (recovery?, max_crashes) {
        (Some((true, field)), Ok(0)) => {
            Err(fields.report(wrong("faults.recovery", &field, "false where faults.crashes = 0")))
        }
        (recovery, _) => Ok(recovery.is_some_and(|(recovery, _)| recovery)),
    }
}

fn rounds_of(
    fields: &mut Fields,
    rounds: Given<(u64, Field)>,
    rules: Result<Rules, Reported>,
) -> Result<u32, Reported> {
    match (rounds?, rules) {
        (Some((rounds, field)), Ok(rules)) if rounds > 1 && rules.awaits != Awaits::AnyNumber => {
            Err(fields.report(wrong("protocol.rounds", &field, "1: the programs of this variant run once")))
        }
        (rounds, _) => Ok(rounds.map_or(1, |(rounds, _)| rounds as u32)),
    }
}

fn delivery_of(
    fields: &mut Fields,
    delivery: Given<&str>,
    duplication: Given<(bool, Field)>,
) -> Result<Delivery, Reported> {
    match (delivery?, duplication?) {
        (Some("ordered"), Some((true, field))) => {
            Err(fields.report(wrong("network.duplication", &field, "false where network.delivery = \"ordered\"")))
        }
        (Some("ordered"), _) => Ok(Delivery::Ordered),
        (_, Some((true, _))) => Ok(Delivery::UnorderedDuplicating),
        _ => Ok(Delivery::Unordered),
    }
}

fn proposals(fields: &mut Fields) -> Given<Vec<Proposal>> {
    let key = "bounds.proposals";
    let Some(field) = fields.take(key) else { return Ok(None) };
    let parsed = parse_proposals(key, &field);
    parsed.map(Some).map_err(|error| fields.report(error))
}

fn parse_proposals(key: &str, field: &Field) -> Result<Vec<Proposal>, InputError> {
    let shape = || wrong(key, field, "1 to 16 pairs [ballot, value] of whole numbers, as in [[1, 5], [2, 1]]");
    let listed = field.value.as_array().filter(|pairs| NODES.contains(&(pairs.len() as u64))).ok_or_else(shape)?;
    let pair = |pair: &Value| match pair.as_array().map(Vec::as_slice) {
        Some([ballot, value]) => {
            let ballot = ballot.as_u64().ok_or_else(shape)?;
            let value = value.as_u64().ok_or_else(shape)?;
            if !BALLOTS.contains(&ballot) || !VALUES.contains(&value) {
                let what = format!("ballots in {} and values in {}", range(&BALLOTS), range(&VALUES));
                return Err(wrong(key, field, &what));
            }
            Ok(Proposal::new(ballot as u32, value as u32))
        }
        _ => Err(shape()),
    };
    listed.iter().map(pair).collect()
}

/// The properties that are listed, or every one of the model. While the model is unknown, any property may be listed.
fn checked_properties(
    fields: &mut Fields,
    spec: Option<&Spec>,
    listed: Option<&Field>,
) -> Result<Vec<&'static Property>, Reported> {
    let registered = spec.map_or_else(every_property, |spec| properties::registered(&spec.setup()).collect());
    let Some(field) = listed else { return Ok(registered) };
    let key = "check.properties";
    let names = field.value.as_array().filter(|names| names.iter().all(Value::is_string));
    let Some(names) = names else { return Err(fields.report(wrong(key, field, "a list of property names"))) };
    if names.is_empty() {
        return Err(fields.report(wrong(key, field, "at least one property")));
    }
    let mut checked: Vec<&'static Property> = Vec::new();
    let mut done = Ok(());
    for name in names.iter().filter_map(Value::as_str) {
        match named(&registered, name, key, field) {
            Ok(property) if checked.iter().any(|other| other.name == property.name) => {
                done = Err(fields.report(InputError::at(field, format!("{key} lists {name:?} twice"))));
            }
            Ok(property) => checked.push(property),
            Err(error) => done = Err(fields.report(error)),
        }
    }
    done.map(|()| checked)
}

fn every_property() -> Vec<&'static Property> {
    PROPERTIES.iter().collect()
}

fn named(among: &[&'static Property], name: &str, key: &str, field: &Field) -> Result<&'static Property, InputError> {
    among.iter().copied().find(|property| property.name == name).ok_or_else(|| {
        let names: Vec<_> = among.iter().map(|property| property.name).collect();
        let near = nearest(name, names.iter().copied());
        let hint = did_you_mean(near.map(|near| format!("{near:?}")));
        let what = match properties::property(name) {
            Some(_) => format!("{key}: this model does not check {name:?}, only {}", names.join(", ")),
            None => format!("{key}: there is no property {name:?}, only {}{hint}", names.join(", ")),
        };
        InputError::at(field, what)
    })
}

/// An entry of `[expect]`. While the model is unknown, it may be about any property.
fn expectation(spec: Option<&Spec>, name: &str, field: &Field) -> Result<Expectation, InputError> {
    let key = format!("expect.{name}");
    if let Some(pinned) = Pinned::ALL.into_iter().find(|pinned| pinned.name() == name) {
        let count = in_range(&key, field, COUNTS)?;
        return Ok(Expectation { of: Expected::Count(pinned, count), line: field.line });
    }
    let among = spec.map_or_else(every_property, |spec| spec.properties.clone());
    let property = named(&among, name, &key, field)?;
    let allowed = Wanted::of(property.kind);
    let wanted = field.value.as_str().and_then(|name| allowed.iter().find(|wanted| wanted.name() == name));
    let names = || allowed.iter().map(|wanted| wanted.name()).collect::<Vec<_>>();
    let wanted = wanted.ok_or_else(|| no_choice(&key, field, &names()))?;
    Ok(Expectation { of: Expected::Verdict(property.name, *wanted), line: field.line })
}

fn wrong(key: &str, field: &Field, expected: &str) -> InputError {
    InputError::at(field, format!("{key} = {}, expected {expected}", field.value))
}

/// The error of a value that is none of a closed list.
fn no_choice(key: &str, field: &Field, allowed: &[&str]) -> InputError {
    let expected = match allowed {
        [only] => format!("{only:?}"),
        allowed => format!("one of {}", allowed.join(", ")),
    };
    let near = field.value.as_str().and_then(|found| nearest(&found.to_lowercase(), allowed.iter().copied()));
    wrong(key, field, &(expected + &did_you_mean(near)))
}

fn range(range: &RangeInclusive<u64>) -> String {
    format!("{}..={}", range.start(), range.end())
}

/// A whole number in a range. For `3.0` or `"3"` the number that was meant is suggested.
fn in_range(key: &str, field: &Field, allowed: RangeInclusive<u64>) -> Result<u64, InputError> {
    let found = field.value.as_u64().filter(|number| allowed.contains(number));
    found.ok_or_else(|| {
        if field.value.is_i64() || field.value.is_u64() {
            return wrong(key, field, &range(&allowed));
        }
        let meant = match &field.value {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as u64),
        };
        let hint = did_you_mean(meant.filter(|meant| allowed.contains(meant)));
        wrong(key, field, &format!("a whole number in {}{hint}", range(&allowed)))
    })
}

fn number(fields: &mut Fields, key: &str, allowed: RangeInclusive<u64>) -> Given<(u64, Field)> {
    let Some(field) = fields.take(key) else { return Ok(None) };
    let found = in_range(key, &field, allowed);
    found.map(|number| Some((number, field))).map_err(|error| fields.report(error))
}

fn truth(fields: &mut Fields, key: &str) -> Given<(bool, Field)> {
    let Some(field) = fields.take(key) else { return Ok(None) };
    let Some(truth) = field.value.as_bool() else {
        let meant = field.value.as_str().and_then(|text| text.trim().to_lowercase().parse::<bool>().ok());
        let expected = format!("true or false{}", did_you_mean(meant));
        return Err(fields.report(wrong(key, &field, &expected)));
    };
    Ok(Some((truth, field)))
}

fn one_of<'a>(fields: &mut Fields, key: &str, allowed: &[&'a str]) -> Given<&'a str> {
    let Some(field) = fields.take(key) else { return Ok(None) };
    let found = field.value.as_str().and_then(|name| allowed.iter().find(|known| **known == name));
    found.copied().map(Some).ok_or_else(|| fields.report(no_choice(key, &field, allowed)))
}

/// A key of the format for which only the default exists.
fn unavailable(fields: &mut Fields, key: &str, only: Value) {
    if let Some(field) = fields.take(key).filter(|field| field.value != only) {
        fields.report(wrong(key, &field, &format!("{only}: no other is available")));
    }
}
