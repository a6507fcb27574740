//! The keys of a model file that are the family's: what each may hold, and which system they make up.

use super::protocol::{Literal, Protocol};
use super::rules::{variant, Answers, Rule, Rules, Senders, Variant, RULES, VARIANTS};
use crate::family::{Environment, Objection, Sends};
use crate::input::{did_you_mean, nearest, Field, Fields, Shape};
use crate::protocols::paxos::bounds::{self, BALLOTS};
use serde_json::json;
use std::ops::RangeInclusive;

const SENDS: RangeInclusive<u64> = 0..=64;

/// Reads the system at its bounds.
pub fn read(fields: &mut Fields) -> Option<Protocol> {
    let names: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
    let name = fields.one_of("protocol.variant", &names);
    if name.is_none() {
        fields.missing("protocol.variant", &format!("one of {}", names.join(", ")));
    }
    let variant = name.and_then(variant);
    let edits = fields.take_below("protocol.rules");
    fields.explain("protocol.variant", "what is asked of sends");
    for rule in RULES {
        let key = format!("protocol.rules.{}", rule.name);
        fields.know_as(key.as_str(), Shape::words(&(rule.values)()));
        fields.explain(&key, rule.decides);
        variant.into_iter().for_each(|variant| fields.suggest(&key, (rule.value)(&variant.rules)));
    }
    let rules = edited(fields, variant, &edits);
    let proposals = bounds::proposals(fields);
    let acceptors = bounds::acceptors(fields);
    let literal = literal(fields, variant.map(|variant| variant.rules.senders));
    Some(Protocol { variant: variant?, rules: rules?, proposals: proposals?, acceptors: acceptors?, literal: literal? })
}

/// The rules of a variant with the edits. Without a variant the edits are judged each by itself.
fn edited(fields: &mut Fields, variant: Option<&Variant>, edits: &[(String, Field)]) -> Option<Rules> {
    let mut edited = Some(variant.unwrap_or(&VARIANTS[0]).rules);
    for (name, field) in edits {
        let key = format!("protocol.rules.{name}");
        let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
            fields.report(field.error(format!("unknown rule {name}{}", hint(name))));
            edited = None;
            continue;
        };
        let mut rules = edited.unwrap_or(VARIANTS[0].rules);
        let set = (rule.set)(&mut rules, field.value.as_str().unwrap_or_default());
        let set = fields.note(set.ok_or_else(|| field.none_of(&key, &(rule.values)())));
        edited = set.and(edited).map(|_| rules);
    }
    let (senders, rules) = (variant?.rules.senders, edited?);
    if senders == Senders::Literal && rules.answers == Answers::AfterPrepare {
        let what = "protocol.rules.answers = \"after-prepare\" makes no sense: \
                    a literal system ties no send to what was received";
        match edits.iter().find(|(rule, _)| rule == "answers") {
            Some((_, field)) => fields.report(field.error(what)),
            None => fields.refuse("protocol.variant", what.into()),
        }
        return None;
    }
    Some(rules)
}

fn hint(name: &str) -> String {
    let names: Vec<_> = RULES.iter().map(|rule: &Rule| rule.name).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => did_you_mean(Some(format!("protocol.rules.{near}"))),
        None => format!(", expected one of {}", names.join(", ")),
    }
}

/// The bounds of a literal system, which no other has.
fn literal(fields: &mut Fields, senders: Option<Senders>) -> Option<Option<Literal>> {
    let (sends, payloads) = (fields.take("bounds.sends"), fields.take("bounds.payloads"));
    explain(fields);
    if senders == Some(Senders::Honest) {
        let why = "to be absent where protocol.variant = \"honest\": its sends are bounded by its preconditions";
        let given = [("bounds.sends", sends), ("bounds.payloads", payloads)];
        let given: Vec<_> = given.into_iter().filter_map(|(key, field)| Some((key, field?))).collect();
        given.iter().for_each(|(key, field)| fields.report(field.wrong(key, why)));
        return given.is_empty().then_some(None);
    }
    if senders.is_some() {
        let range = format!("{}..={}", SENDS.start(), SENDS.end());
        fields.missing("bounds.sends", &range);
        fields.missing("bounds.payloads", "pairs [ballot, value], as in [[1, 1], [2, 2]]");
    }
    let sends = sends.and_then(|field| fields.note(field.number("bounds.sends", SENDS)));
    let ballots = 0..=*BALLOTS.end();
    let payloads = payloads.and_then(|field| fields.note(bounds::pairs("bounds.payloads", &field, &ballots)));
    Some(Some(Literal { sends: sends? as u32, payloads: payloads? }))
}

/// Notes what the bounds of a literal system may be and say.
fn explain(fields: &mut Fields) {
    fields.know_as("bounds.sends", Shape::number(&SENDS));
    fields.explain("bounds.sends", "literal: how many messages each node may send");
    fields.suggest("bounds.sends", 2);
    fields.know_as("bounds.payloads", bounds::pairs_shape(&(0..=*BALLOTS.end())));
    fields.explain("bounds.payloads", "literal: what messages may carry, pairs of a ballot and a value");
    fields.suggest("bounds.payloads", json!([[1, 1], [2, 2]]));
}

/// Whether the system makes sense in an environment.
///
/// # Errors
/// What makes no sense.
pub fn admits(environment: &Environment) -> Result<(), Objection> {
    if environment.sends == Sends::Stepwise {
        let what = "network.sends = \"stepwise\", expected \"atomic\": every send is a step of its own already";
        return Err(Objection { key: "network.sends", what: what.into() });
    }
    Ok(())
}
