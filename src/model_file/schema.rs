//! The keys of a model file: what each may hold, and which model they make up.

use super::demand::Wanted;
use super::fields::{nearest, Field, Fields, InputError};
use super::reference;
use super::spec::Spec;
use crate::properties::{self, Property};
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
const COUNTS: RangeInclusive<u64> = 0..=i64::MAX as u64;

/// Something that `[expect]` demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What of.
    pub of: Expected,
    /// The line of the model file, counted from 1; `None` if it came from elsewhere.
    pub line: Option<usize>,
}

impl Expectation {
    /// The key and the value, as a model file has them.
    pub(super) fn to_json(&self) -> (String, Value) {
        match self.of {
            Expected::Verdict(name, wanted) => (name.into(), wanted.name().into()),
            Expected::Count(pinned, count) => (pinned.name().into(), count.into()),
        }
    }
}

/// A verdict or a count that is demanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This property (its name) comes out like this.
    Verdict(&'static str, Wanted),
    /// This count is exactly so much.
    Count(Pinned, u64),
}

/// A count that can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// `unique_states`
    UniqueStates,
    /// `generated_states`
    GeneratedStates,
    /// `terminal_states`
    TerminalStates,
    /// `max_depth`
    MaxDepth,
}

impl Pinned {
    /// Every count that can be pinned.
    pub const ALL: [Pinned; 4] =
        [Pinned::UniqueStates, Pinned::GeneratedStates, Pinned::TerminalStates, Pinned::MaxDepth];

    /// The name in model files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Pinned::UniqueStates => "unique_states",
            Pinned::GeneratedStates => "generated_states",
            Pinned::TerminalStates => "terminal_states",
            Pinned::MaxDepth => "max_depth",
        }
    }
}

/// Reads a model from its fields.
pub(super) fn read(mut fields: Fields) -> Result<(Spec, Vec<Expectation>), InputError> {
    let expect = fields.take_below("expect");
    let spec = read_protocol(&mut fields)?;
    let expect = expect.into_iter().map(|(name, field)| expectation(&spec, &name, &field));
    let mut expect = expect.collect::<Result<Vec<_>, _>>()?;
    expect.sort_by_key(|expectation| expectation.line.unwrap_or(usize::MAX));
    Ok((spec, expect))
}

/// The tables of a model file.
const TABLES: &[&str] = &["protocol", "bounds", "network", "faults", "check", "expect", "protocol.rules"];

fn read_protocol(fields: &mut Fields) -> Result<Spec, InputError> {
    let family = one_of(fields, "protocol.family", &[FAMILY])?;
    let names: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
    let name = one_of(fields, "protocol.variant", &names)?;
    let rounds = number(fields, "protocol.rounds", ROUNDS)?;
    let edits = fields.take_below("protocol.rules");
    let compared = fields.take("protocol.reference");
    let (proposers, proposals) = (number(fields, "bounds.proposers", NODES)?, proposals(fields)?);
    let acceptors = number(fields, "bounds.acceptors", NODES)?;
    let learners = number(fields, "bounds.learners", LEARNERS)?.map_or(0, |(learners, _)| learners);
    let distinguished = fields.take("bounds.distinguished");
    let delivery = one_of(fields, "network.delivery", &["unordered", "ordered"])?;
    let duplication = fields.take("network.duplication");
    let loss = truth(fields, "network.loss")?;
    let sends = one_of(fields, "network.sends", &["atomic", "stepwise"])?;
    let crashes = fields.take("faults.crashes");
    let recovery = fields.take("faults.recovery");
    let listed = fields.take("check.properties");
    unavailable(fields, "check.symmetry", Value::Bool(false))?;
    unavailable(fields, "check.reduction", Value::String("none".into()))?;
    fields.finish(TABLES)?;

    family.ok_or_else(|| fields.error(format!("protocol.family is missing, expected {FAMILY:?}")))?;
    let name =
        name.ok_or_else(|| fields.error(format!("protocol.variant is missing, expected one of {}", names.join(", "))))?;
    let variant = variant(name).expect("the name is one of the variants'");
    let rules = edited(variant, &edits)?;
    let proposals = match (proposers, proposals) {
        (Some((_, field)), Some(_)) => {
            return Err(wrong("bounds.proposers", &field, "to be absent where bounds.proposals lists the proposers"))
        }
        (None, Some(proposals)) => proposals,
        (Some((count, _)), None) => (1..=count as u32).map(|i| Proposal::new(i, i)).collect(),
        (None, None) => return Err(fields.error("bounds.proposers is missing, expected 1..=16")),
    };
    let acceptors = acceptors.ok_or_else(|| fields.error("bounds.acceptors is missing, expected 1..=16"))?.0 as usize;
    let delivery = delivery_of(delivery, duplication.as_ref())?;
    if rules.value_choice == ValueChoice::Any && delivery == Delivery::Ordered {
        let what = "protocol.rules.value_choice = \"any\" needs network.delivery = \"unordered\": \
                    the choice is which of two promises in flight arrives";
        return Err(fields.error(what));
    }
    let distinguished = distinguished_of(distinguished.as_ref(), learners)?;
    let nodes = (proposals.len() + acceptors) as u64 + learners;
    let crashes = crashes.map(|field| Ok((in_range("faults.crashes", &field, 0..=nodes)?, field))).transpose()?;
    let environment = Environment {
        delivery,
        loss: loss.unwrap_or(false),
        max_crashes: crashes.map_or(0, |(most, _)| most as usize),
    };
    let recovery = recovery_of(recovery.as_ref(), environment.max_crashes)?;
    let rounds = match rounds {
        Some((rounds, field)) if rounds > 1 && rules.awaits != Awaits::AnyNumber => {
            return Err(wrong("protocol.rounds", &field, "1: the programs of this variant run once"))
        }
        Some((rounds, _)) => rounds as u32,
        None => 1,
    };
    let compared = compared.map(|field| reference::read(&field, rounds, delivery)).transpose()?;
    let mut spec = Spec {
        variant,
        rules,
        reference: compared,
        rounds,
        proposals,
        acceptors,
        learners: learners as usize,
        distinguished: distinguished as usize,
        sends: if sends == Some("stepwise") { Sends::Stepwise } else { Sends::Atomic },
        environment,
        recovery,
        properties: Vec::new(),
    };
    spec.properties = checked_properties(&spec, listed.as_ref())?;
    Ok(spec)
}

fn edited(variant: &Variant, edits: &[(String, Field)]) -> Result<Rules, InputError> {
    let mut rules = variant.rules;
    for (rule, field) in edits {
        let key = format!("protocol.rules.{rule}");
        let value = field.value.as_str().unwrap_or_default();
        rules.edit(rule, value).map_err(|error| match error {
            RuleError::UnknownValue(allowed) => wrong(&key, field, &format!("one of {}", allowed.join(", "))),
            RuleError::UnknownRule => {
                let near = nearest(rule, RULES.iter().map(|(name, ..)| *name));
                let all = || RULES.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
                let hint = near.map_or_else(
                    || format!(", expected one of {}", all()),
                    |near| format!("; did you mean protocol.rules.{near}?"),
                );
                InputError::new(&field.place, format!("unknown rule {rule}{hint}"))
            }
        })?;
    }
    let edit_of = |rule: &str| edits.iter().find(|(name, _)| name == rule).or(edits.last());
    let dead_nack = (rules.on_nack != variant.rules.on_nack && rules.nack == NackRule::Silent)
        .then_some(("on_nack", "no Nack is ever sent (nack = \"silent\")"));
    if let Some((rule, why)) = rules.contradiction().or(dead_nack) {
        let value = rules.value(rule).unwrap_or_default();
        let place = edit_of(rule).map_or("protocol.rules", |(_, field)| &field.place);
        return Err(InputError::new(place, format!("protocol.rules.{rule} = {value:?} makes no sense: {why}")));
    }
    Ok(rules)
}

/// How many learners the acceptors inform, all of them unless it says otherwise.
fn distinguished_of(distinguished: Option<&Field>, learners: u64) -> Result<u64, InputError> {
    let key = "bounds.distinguished";
    match distinguished {
        None => Ok(learners),
        Some(field) if learners == 0 => Err(wrong(key, field, "to be absent where bounds.learners = 0")),
        Some(field) => in_range(key, field, 1..=learners),
    }
}

fn recovery_of(recovery: Option<&Field>, max_crashes: usize) -> Result<bool, InputError> {
    let Some(field) = recovery else { return Ok(false) };
    match field.value.as_bool() {
        Some(true) if max_crashes == 0 => Err(wrong("faults.recovery", field, "false where faults.crashes = 0")),
        Some(recovery) => Ok(recovery),
        None => Err(wrong("faults.recovery", field, "true or false")),
    }
}

fn delivery_of(delivery: Option<&str>, duplication: Option<&Field>) -> Result<Delivery, InputError> {
    let duplicates = match duplication {
        None => false,
        Some(field) => field.value.as_bool().ok_or_else(|| wrong("network.duplication", field, "true or false"))?,
    };
    match (delivery, duplicates, duplication) {
        (Some("ordered"), true, Some(field)) => {
            Err(wrong("network.duplication", field, "false where network.delivery = \"ordered\""))
        }
        (Some("ordered"), ..) => Ok(Delivery::Ordered),
        (_, true, _) => Ok(Delivery::UnorderedDuplicating),
        (_, false, _) => Ok(Delivery::Unordered),
    }
}

fn proposals(fields: &mut Fields) -> Result<Option<Vec<Proposal>>, InputError> {
    let key = "bounds.proposals";
    let Some(field) = fields.take(key) else { return Ok(None) };
    let shape = || wrong(key, &field, "1 to 16 pairs [ballot, value], as in [[1, 5], [2, 1]]");
    let listed = field.value.as_array().filter(|pairs| NODES.contains(&(pairs.len() as u64))).ok_or_else(shape)?;
    let pair = |pair: &Value| match pair.as_array().map(Vec::as_slice) {
        Some([ballot, value]) => {
            let ballot = ballot.as_u64().ok_or_else(shape)?;
            let value = value.as_u64().ok_or_else(shape)?;
            if !BALLOTS.contains(&ballot) || !VALUES.contains(&value) {
                let what = format!("ballots in {} and values in {}", range(&BALLOTS), range(&VALUES));
                return Err(wrong(key, &field, &what));
            }
            Ok(Proposal::new(ballot as u32, value as u32))
        }
        _ => Err(shape()),
    };
    listed.iter().map(pair).collect::<Result<_, _>>().map(Some)
}

fn checked_properties(spec: &Spec, listed: Option<&Field>) -> Result<Vec<&'static Property>, InputError> {
    let registered: Vec<_> = properties::registered(&spec.setup()).collect();
    let Some(field) = listed else { return Ok(registered) };
    let key = "check.properties";
    let names = field.value.as_array().ok_or_else(|| wrong(key, field, "a list of property names"))?;
    let mut checked: Vec<&'static Property> = Vec::new();
    for name in names {
        let name = name.as_str().ok_or_else(|| wrong(key, field, "a list of property names"))?;
        let property = named(&registered, name, key, &field.place)?;
        if checked.iter().any(|other| other.name == property.name) {
            return Err(InputError::new(&field.place, format!("{key} lists {name:?} twice")));
        }
        checked.push(property);
    }
    if checked.is_empty() {
        return Err(wrong(key, field, "at least one property"));
    }
    Ok(checked)
}

fn named(among: &[&'static Property], name: &str, key: &str, place: &str) -> Result<&'static Property, InputError> {
    among.iter().copied().find(|property| property.name == name).ok_or_else(|| {
        let names: Vec<_> = among.iter().map(|property| property.name).collect();
        let near = nearest(name, names.iter().copied());
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        let what = match properties::property(name) {
            Some(_) => format!("{key}: this model does not check {name:?}, only {}", names.join(", ")),
            None => format!("{key}: there is no property {name:?}{hint}; known: {}", names.join(", ")),
        };
        InputError::new(place, what)
    })
}

fn expectation(spec: &Spec, name: &str, field: &Field) -> Result<Expectation, InputError> {
    let key = format!("expect.{name}");
    if let Some(pinned) = Pinned::ALL.into_iter().find(|pinned| pinned.name() == name) {
        let count = in_range(&key, field, COUNTS)?;
        return Ok(Expectation { of: Expected::Count(pinned, count), line: field.line });
    }
    let property = named(&spec.properties, name, &key, &field.place)?;
    let allowed = Wanted::of(property.kind);
    let wanted = field.value.as_str().and_then(|name| allowed.iter().find(|wanted| wanted.name() == name));
    let names = || allowed.iter().map(|wanted| wanted.name()).collect::<Vec<_>>().join(", ");
    let wanted = wanted.ok_or_else(|| wrong(&key, field, &format!("one of {}", names())))?;
    Ok(Expectation { of: Expected::Verdict(property.name, *wanted), line: field.line })
}

fn wrong(key: &str, field: &Field, expected: &str) -> InputError {
    InputError::new(&field.place, format!("{key} = {}, expected {expected}", field.value))
}

fn range(range: &RangeInclusive<u64>) -> String {
    format!("{}..={}", range.start(), range.end())
}

fn in_range(key: &str, field: &Field, allowed: RangeInclusive<u64>) -> Result<u64, InputError> {
    let found = field.value.as_u64().filter(|number| allowed.contains(number));
    found.ok_or_else(|| match field.value {
        Value::Number(_) => wrong(key, field, &range(&allowed)),
        _ => wrong(key, field, &format!("a whole number in {}", range(&allowed))),
    })
}

fn number(
    fields: &mut Fields,
    key: &'static str,
    allowed: RangeInclusive<u64>,
) -> Result<Option<(u64, Field)>, InputError> {
    fields.take(key).map(|field| Ok((in_range(key, &field, allowed)?, field))).transpose()
}

fn truth(fields: &mut Fields, key: &'static str) -> Result<Option<bool>, InputError> {
    let field = fields.take(key);
    field.map(|field| field.value.as_bool().ok_or_else(|| wrong(key, &field, "true or false"))).transpose()
}

fn one_of<'a>(fields: &mut Fields, key: &'static str, allowed: &[&'a str]) -> Result<Option<&'a str>, InputError> {
    let Some(field) = fields.take(key) else { return Ok(None) };
    let found = field.value.as_str().and_then(|name| allowed.iter().find(|known| **known == name));
    found.copied().map(Some).ok_or_else(|| wrong(key, &field, &format!("one of {}", allowed.join(", "))))
}

/// A key of the format for which only the default exists.
fn unavailable(fields: &mut Fields, key: &'static str, only: Value) -> Result<(), InputError> {
    match fields.take(key) {
        Some(field) if field.value != only => Err(wrong(key, &field, &format!("{only}: no other is available"))),
        _ => Ok(()),
    }
}
