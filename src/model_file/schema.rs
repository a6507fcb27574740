//! The keys of a model file that every family has: the network, faults, what is checked and what is expected. Those of
//! `protocol` and `bounds` are the family's.

use super::expectation::{Expectation, Expected, Fate, InductionVerdict, Pinned, INDUCTION, MUTANTS};
use super::wanted::Wanted;
use crate::family::{eventually, Comeback, Delivery, Environment, Family, Property, Restart, Retention, Sends, Spec};
use crate::input::{did_you_mean, nearest, Field, Fields, InputError, Shape};
use serde_json::Value;
use std::ops::RangeInclusive;

const COUNTS: RangeInclusive<u64> = 0..=i64::MAX as u64;
const LOSSES: RangeInclusive<u64> = 1..=16;

/// What the keys that every family has say.
const MEANINGS: [(&str, &str); 20] = [
    (FAMILY, "the family of protocols that the model is of"),
    ("network.delivery", "whether messages of one node to another may overtake each other"),
    ("network.duplication", "whether a message may be delivered again"),
    ("network.loss", "whether a message may be lost"),
    ("network.sends", "whether a node sends all messages of a step at once, or one by one, each in a step of its own"),
    ("faults.crashes", "how many nodes may be down at once"),
    ("faults.recovery", "whether a crashed node may come back, with what it has saved"),
    ("faults.storage", "what a node that comes back has of its storage"),
    ("faults.losses", "how often a node comes back so; then it comes back with all of it"),
    ("faults.restart", "the ballot with which a proposer that comes back begins"),
    ("check.properties", "the properties that are checked, of those below; all unless said"),
    ("expect.unique_states", "the exact number of states"),
    ("expect.generated_states", "the exact number of transitions, and one for each initial state"),
    ("expect.terminal_states", "the exact number of states without a transition"),
    ("expect.max_depth", "the exact number of transitions to the state that is farthest from the initial one"),
    ("expect.induction", "the verdict of induction on the model's own invariant"),
    ("expect.mutants.killed", "the exact number of mutants that violate something demanded"),
    ("expect.mutants.suspicious", "the exact number of those that only no longer reach something demanded"),
    ("expect.mutants.safe", "the exact number of those that break nothing, and are not the model"),
    ("expect.mutants.equivalent", "the exact number of those that are the model in other words"),
];

/// The tables of a model file.
pub(super) const TABLES: &[&str] =
    &["protocol", "protocol.rules", "bounds", "network", "faults", "check", "expect", "expect.mutants"];

/// The key that names the family.
pub const FAMILY: &str = "protocol.family";

/// Reads a model of a family from its fields. What depends on a key that is wrong is judged as far as that goes without it:
/// every error is reported at once.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read<F: Family>(fields: &mut Fields) -> Result<(Spec<F>, Vec<Expectation>), InputError> {
    let expected = fields.take_below("expect");
    if fields.one_of(FAMILY, &[F::NAME]).is_none() {
        fields.missing(FAMILY, &format!("{:?}", F::NAME));
    }
    let setup = F::read(fields);
    let nodes = setup.as_ref().map(|setup| F::model(setup, &Environment::DEFAULT).actors.len());
    let environment = environment(fields, nodes);
    let listed = fields.take("check.properties");
    expectations(fields, F::properties());
    Pinned::ALL.iter().for_each(|pinned| fields.know_as(format!("expect.{}", pinned.name()), Shape::count()));
    fields.know_as(format!("expect.{INDUCTION}"), Shape::words(&InductionVerdict::ALL.map(InductionVerdict::name)));
    Fate::CERTAIN.iter().for_each(|fate| fields.know_as(format!("expect.{}", fate.key()), Shape::count()));
    explain(fields);
    fields.finish(TABLES);
    if let Some(environment) = &environment {
        refuse_unheeded::<F>(fields, environment);
    }
    if let (Some(setup), Some(environment)) = (&setup, &environment) {
        if let Err(objection) = F::admits(setup, environment) {
            fields.refuse(objection.key, objection.what);
        }
    }
    let model = setup.zip(environment);
    if let (Some((setup, _)), true) = (&model, fields.is_taken("expect.induction")) {
        // An edited model may be none for induction, and `induct` says so; without any invariant nothing can be meant.
        if let Ok(None) = F::induction(setup, &Environment::DEFAULT) {
            let what = format!("expect.induction cannot be demanded: the family {} has no invariant", F::NAME);
            fields.refuse("expect.induction", what);
        }
    }
    let registered: Vec<_> = match &model {
        Some((setup, environment)) => Property::of(&F::model(setup, environment)),
        None => F::properties().to_vec(), // while the model is unknown, it may have any property
    };
    expectations(fields, &registered);
    let all = F::properties().iter().chain(&registered).map(|property| property.name);
    let mut names: Vec<&str> = Vec::new(); // which of them a model has depends on it
    all.for_each(|name| {
        if !names.contains(&name) {
            names.push(name)
        }
    });
    if !names.is_empty() {
        fields.know_as("check.properties", Shape::list(Shape::words(&names), &(1..=names.len() as u64)));
    }
    let paths =
        model.as_ref().map_or(Vec::new(), |(setup, environment)| eventually::<F>(&F::model(setup, environment)));
    let is_known = model.is_some();
    let properties = match &listed {
        None => {
            if let Some(name) = paths.first() {
                let expected = format!("a list of properties without {}", undecided(name));
                fields.refuse("check.properties", format!("check.properties is missing, expected {expected}"));
            }
            unlisted(&registered, |name| expected.iter().any(|(other, _)| other == name))
        }
        Some(field) => checked(fields, &registered, &paths, field),
    };
    let is_understood =
        listed.as_ref().is_none_or(|field| field.value.as_array().map(Vec::len) == Some(properties.len()));
    let among = if is_known && is_understood { &properties } else { &registered };
    // Properties that are listed for one run, and not by the file, leave what the file expects of others out of that run.
    let is_narrowed = listed.as_ref().is_some_and(|field| field.line.is_none());
    let has = |among: &[Property<F>], name: &str| among.iter().any(|property| property.name == name);
    let is_meant = |name: &str| !is_narrowed || has(&properties, name) || !has(&registered, name);
    let expected = expected.iter().filter(|(name, _)| is_meant(name));
    let expect = expected.map(|(name, field)| expectation(among, name, field)).collect::<Vec<_>>();
    let mut expect: Vec<_> = expect.into_iter().filter_map(|read| fields.note(read)).collect();
    expect.sort_by_key(|expectation| expectation.line.unwrap_or(usize::MAX));
    if model.is_none() && !fields.has_errors() {
        fields.refuse("protocol", "the protocol cannot be understood".into()); // its family says no more
    }
    fields.outcome()?;
    let (setup, environment) = model.expect("an error is reported wherever there is no model");
    Ok((Spec { setup, environment, properties }, expect))
}

/// Refuses faults that the models of a family say nothing of.
fn refuse_unheeded<F: Family>(fields: &mut Fields, environment: &Environment) {
    for (key, value) in environment.comeback.harms().into_iter().filter(|_| !F::HEEDS_COMEBACK) {
        fields.refuse(key, format!("{key} = {value}, expected to be absent for the family {}", F::NAME));
    }
    if environment.max_crashes > 0 && !environment.recovery && !F::KEEPS_DOWN {
        let what = format!(
            "faults.crashes = {} needs faults.recovery = true: the family {} does not say how its nodes stay down",
            environment.max_crashes,
            F::NAME
        );
        fields.refuse("faults.crashes", what);
    }
}

/// Notes that a verdict can be demanded of these properties, and that they can be listed.
fn expectations<F: Family>(fields: &mut Fields, properties: &[Property<F>]) {
    for property in properties {
        let key = format!("expect.{}", property.name);
        let wanted: Vec<_> = Wanted::of(property.kind).iter().map(|wanted| wanted.name()).collect();
        fields.know_as(key.as_str(), Shape::words(&wanted));
        fields.explain(&key, property.statement);
    }
}

/// Notes what the keys that every family has say.
fn explain(fields: &mut Fields) {
    for (key, meaning) in MEANINGS {
        fields.explain(key, meaning);
    }
}

/// The tables `network` and `faults`, of a model with this many nodes.
fn environment(fields: &mut Fields, nodes: Option<usize>) -> Option<Environment> {
    let delivery = fields.one_of("network.delivery", &["unordered", "ordered"]);
    let duplication = fields.truth("network.duplication");
    let loss = fields.truth("network.loss");
    let sends = fields.one_of("network.sends", &["atomic", "stepwise"]);
    let crashes = fields.take("faults.crashes");
    fields.know_as("faults.crashes", Shape::count());
    let recovery = fields.truth("faults.recovery");
    let storage = choice(fields, "faults.storage", &Retention::ALL).unwrap_or(Retention::Everything);
    let losses = fields.number("faults.losses", LOSSES).map(|most| most as u32);
    let restart = choice(fields, "faults.restart", &Restart::ALL).unwrap_or(Restart::NextBallot);
    let comeback = Comeback { storage, losses, restart };
    let delivery = match (delivery, duplication) {
        (Some("ordered"), Some(true)) => {
            let what = "network.duplication = true, expected false where network.delivery = \"ordered\"";
            fields.refuse("network.duplication", what.into());
            Delivery::Ordered
        }
        (Some("ordered"), _) => Delivery::Ordered,
        (_, Some(true)) => Delivery::UnorderedDuplicating,
        _ => Delivery::Unordered,
    };
    let crashes = match crashes {
        None => Some(0),
        Some(field) => {
            let most = nodes.map_or(u64::from(u32::MAX), |nodes| nodes as u64);
            fields.note(field.number("faults.crashes", 0..=most))
        }
    };
    if crashes == Some(0) && recovery == Some(true) {
        let what = "faults.recovery = true, expected false where faults.crashes = 0";
        fields.refuse("faults.recovery", what.into());
    }
    let may_recover = recovery.unwrap_or(fields.is_taken("faults.recovery")); // if it is wrong, it may mean so
    if crashes == Some(0) || !may_recover {
        for (key, value) in comeback.harms() {
            let what = format!("{key} = {value}, expected only where crashed nodes come back: faults.crashes > 0 and faults.recovery = true");
            fields.refuse(key, what);
        }
    } else if let (Retention::Everything, Some(losses)) = (storage, losses) {
        let what =
            format!("faults.losses = {losses}, expected to be absent where faults.storage = \"kept\": nothing is lost");
        fields.refuse("faults.losses", what);
    }
    Some(Environment {
        delivery,
        loss: loss.unwrap_or(false),
        sends: if sends == Some("stepwise") { Sends::Stepwise } else { Sends::Atomic },
        max_crashes: crashes? as usize,
        recovery: recovery.unwrap_or(false),
        comeback,
    })
}

/// Takes one of several words, as what it means.
fn choice<T: Copy>(fields: &mut Fields, key: &str, among: &[(&str, T)]) -> Option<T> {
    let names: Vec<_> = among.iter().map(|(name, _)| *name).collect();
    let name = fields.one_of(key, &names)?;
    among.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
}

/// The properties that a model file lists.
fn checked<F: Family>(
    fields: &mut Fields,
    registered: &[Property<F>],
    paths: &[&str],
    field: &Field,
) -> Vec<Property<F>> {
    let key = "check.properties";
    let names = field.value.as_array().filter(|names| names.iter().all(Value::is_string));
    let Some(names) = names else {
        fields.report(field.wrong(key, "a list of property names"));
        return registered.to_vec();
    };
    if names.is_empty() {
        fields.report(field.wrong(key, "at least one property"));
    }
    let mut checked: Vec<Property<F>> = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        match named(registered, name, key, field) {
            Err(_) if paths.contains(&name) => fields.report(field.error(format!("{key} lists {}", undecided(name)))),
            Ok(property) if checked.iter().any(|other| other.name == property.name) => {
                fields.report(field.error(format!("{key} lists {name:?} twice")));
            }
            Ok(property) => checked.push(property),
            Err(error) => fields.report(error),
        }
    }
    checked
}

/// The properties that are checked if a model file lists none, where it expects something of some of them.
fn unlisted<F: Family>(registered: &[Property<F>], is_expected: impl Fn(&str) -> bool) -> Vec<Property<F>> {
    let is_checked = |property: &&Property<F>| property.is_checked_unasked() || is_expected(property.name);
    registered.iter().filter(is_checked).copied().collect()
}

/// What to say of a property that is about whole paths.
fn undecided(name: &str) -> String {
    format!("{name:?}, which is `eventually` of stateright, whose cycles count for nothing: declare it as inevitably, which fair executions decide")
}

fn named<F: Family>(among: &[Property<F>], name: &str, key: &str, field: &Field) -> Result<Property<F>, InputError> {
    among.iter().copied().find(|property| property.name == name).ok_or_else(|| {
        let names: Vec<_> = among.iter().map(|property| property.name).collect();
        let near = nearest(name, names.iter().copied());
        let hint = did_you_mean(near.map(|near| format!("{near:?}")));
        let what = match Property::<F>::named(name) {
            Some(_) => format!("{key}: this model does not check {name:?}, only {}", names.join(", ")),
            None => format!("{key}: there is no property {name:?}, only {}{hint}", names.join(", ")),
        };
        field.error(what)
    })
}

fn expectation<F: Family>(properties: &[Property<F>], name: &str, field: &Field) -> Result<Expectation, InputError> {
    let key = format!("expect.{name}");
    if let Some(pinned) = Pinned::ALL.into_iter().find(|pinned| pinned.name() == name) {
        let count = field.number(&key, COUNTS)?;
        return Ok(Expectation { of: Expected::Count(pinned, count), line: field.line });
    }
    if name == INDUCTION {
        let names = InductionVerdict::ALL.map(InductionVerdict::name);
        let found = field.value.as_str().and_then(|found| names.iter().position(|name| *name == found));
        let verdict = InductionVerdict::ALL[found.ok_or_else(|| field.none_of(&key, &names))?];
        return Ok(Expectation { of: Expected::Induction(verdict), line: field.line });
    }
    let (table, fate) = name.split_once('.').map_or((name, None), |(table, fate)| (table, Some(fate)));
    if table == MUTANTS {
        return mutants(fate, &key, field);
    }
    let property = named(properties, name, &key, field)?;
    let allowed = Wanted::of(property.kind);
    let wanted = field.value.as_str().and_then(|name| allowed.iter().find(|wanted| wanted.name() == name));
    let wanted = wanted.ok_or_else(|| {
        let names: Vec<_> = allowed.iter().map(|wanted| wanted.name()).collect();
        field.none_of(&key, &names)
    })?;
    Ok(Expectation { of: Expected::Verdict(property.name, *wanted), line: field.line })
}

/// How many mutants are to have a fate. Without one the key is the whole table.
fn mutants(fate: Option<&str>, key: &str, field: &Field) -> Result<Expectation, InputError> {
    let names = Fate::CERTAIN.map(Fate::name);
    let Some(name) = fate else {
        return Err(field.wrong(key, &format!("a table of {}, as in {{ killed = 12, safe = 3 }}", names.join(", "))));
    };
    let fate = Fate::CERTAIN.into_iter().find(|fate| fate.name() == name).ok_or_else(|| {
        let hint = did_you_mean(nearest(name, names.into_iter()));
        field.error(format!("{key}: there is no such fate of mutants, only {}{hint}", names.join(", ")))
    })?;
    let count = field.number(key, COUNTS)?;
    Ok(Expectation { of: Expected::Mutants(fate, count), line: field.line })
}

/// A model with an edit of its protocol, given as `key=value`. Of its properties it keeps those that the edited one has.
///
/// # Errors
/// Why there is no such model.
pub(super) fn edited<F: Family>(place: &str, spec: &Spec<F>, edit: &str) -> Result<Spec<F>, InputError> {
    let mut fields = Fields::from_json(place, &F::write(&spec.setup));
    fields.set(edit)?;
    fields.one_of(FAMILY, &[F::NAME]);
    let setup = F::read(&mut fields);
    fields.finish(TABLES);
    if let Some(Err(objection)) = setup.as_ref().map(|setup| F::admits(setup, &spec.environment)) {
        fields.refuse(objection.key, objection.what);
    }
    fields.outcome()?;
    let setup = setup.ok_or_else(|| InputError::new(place, format!("{edit}: the protocol cannot be understood")))?;
    let known = Property::<F>::of(&F::model(&setup, &spec.environment));
    let is_known = |property: &Property<F>| known.iter().any(|other| other.name == property.name);
    let properties = spec.properties.iter().copied().filter(is_known).collect();
    Ok(Spec { setup, properties, ..spec.clone() })
}
