//! The keys of a model file that are the family's: what each may hold, and which protocol they make up.

use super::local::NO_OP;
use super::refusals::refusal;
use super::rules::{written, Rule, Rules, RULES};
use super::Protocol;
use crate::input::{Field, Fields, InputError, Shape};
use crate::protocols::paxos::Value;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

const NODES: RangeInclusive<u64> = 1..=16;
const LEARNERS: RangeInclusive<u64> = 0..=16;
const SLOTS: RangeInclusive<u64> = 1..=8;
const COMMANDS: RangeInclusive<u64> = 1..=8;
const VALUES: RangeInclusive<u64> = NO_OP as u64 + 1..=1_000_000;
const ROUNDS: RangeInclusive<u64> = 1..=16;

/// Reads the protocol at its bounds.
pub fn read(fields: &mut Fields) -> Option<Protocol> {
    let rounds = fields.number("protocol.rounds", ROUNDS);
    let rules = rules(fields);
    let acceptors = required(fields, "bounds.acceptors", NODES);
    let slots = required(fields, "bounds.slots", SLOTS);
    let commands = commands(fields, slots);
    let learners = fields.number("bounds.learners", LEARNERS);
    explain(fields);
    let protocol = Protocol {
        rules: rules?,
        rounds: rounds.unwrap_or(1) as u32,
        commands: commands?,
        acceptors: acceptors? as usize,
        slots: slots? as usize,
        learners: learners.unwrap_or(0) as usize,
    };
    if let Some((rule, why)) = refusal(&protocol) {
        let key = format!("protocol.rules.{rule}");
        let value = protocol.rules.value(rule).map_or(Json::Null, written);
        fields.refuse(&key, format!("{key} = {value} makes no sense: {why}"));
        return None;
    }
    Some(protocol)
}

/// Notes what the keys say, and values to begin with.
fn explain(fields: &mut Fields) {
    fields.explain("protocol.rounds", "how many rounds a proposer may begin");
    fields.explain("bounds.proposers", "how many proposers, each of which may become the leader");
    fields.suggest("bounds.proposers", 2);
    fields.explain("bounds.acceptors", "how many acceptors");
    fields.suggest("bounds.acceptors", 2);
    fields.explain("bounds.slots", "how many slots the log has");
    fields.suggest("bounds.slots", 2);
    fields.explain(
        "bounds.commands",
        "how many commands each proposer has, or a list for each; as many as slots unless said",
    );
    fields.explain("bounds.learners", "how many execute what is chosen, in order");
}

fn required(fields: &mut Fields, key: &str, allowed: RangeInclusive<u64>) -> Option<u64> {
    let number = fields.number(key, allowed.clone());
    if number.is_none() {
        fields.missing(key, &format!("{}..={}", allowed.start(), allowed.end()));
    }
    number
}

/// The rules with the edits.
fn rules(fields: &mut Fields) -> Option<Rules> {
    let mut rules = Some(Rules::default());
    for rule in RULES {
        let key = format!("protocol.rules.{}", rule.name);
        let numbers = if rule.takes_numbers { Shape::number(&NODES) } else { Shape::any() };
        fields.know_as(key.as_str(), Shape::words(rule.values).or(numbers));
        fields.explain(&key, rule.decides);
        Rules::default().value(rule.name).into_iter().for_each(|usual| fields.suggest(&key, written(usual)));
        if let Some(field) = fields.take(&key) {
            let edited = rules.unwrap_or_default();
            let edited = fields.note(edited_by(edited, rule, &key, &field));
            rules = rules.and(edited);
        }
    }
    rules
}

fn edited_by(mut rules: Rules, rule: &Rule, key: &str, field: &Field) -> Result<Rules, InputError> {
    let text = match &field.value {
        Json::String(text) => text.clone(),
        number => number.to_string(),
    };
    rules.edit(rule.name, &text).map(|()| rules).ok_or_else(|| match rule.takes_numbers {
        false => field.none_of(key, rule.values),
        true => field.wrong(key, &format!("one of {}, or a number of acceptors", rule.values.join(", "))),
    })
}

/// The commands of each proposer: listed, or counted; if neither, as many as there are slots.
fn commands(fields: &mut Fields, slots: Option<u64>) -> Option<Vec<Vec<Value>>> {
    const KEY: &str = "bounds.commands";
    let proposers = fields.number("bounds.proposers", NODES);
    let field = fields.take(KEY);
    let each = Shape::list(Shape::list(Shape::number(&VALUES), &(0..=*COMMANDS.end())), &NODES);
    fields.know_as(KEY, Shape::number(&COMMANDS).or(each));
    fields.replaceable("bounds.proposers", KEY);
    if let Some(field) = field.as_ref().filter(|field| field.value.is_array()) {
        let listed = fields.note(lists(KEY, field))?;
        if proposers.is_some_and(|proposers| proposers != listed.len() as u64) {
            let what = format!("expected {}, as many as {KEY} lists, or to be absent", listed.len());
            let found = proposers.unwrap_or_default();
            fields.refuse("bounds.proposers", format!("bounds.proposers = {found}, {what}"));
        }
        return Some(listed);
    }
    if proposers.is_none() {
        fields.missing("bounds.proposers", &format!("{}..={}", NODES.start(), NODES.end()));
    }
    let count = match field {
        Some(field) if field.value.is_number() => fields.note(field.number(KEY, COMMANDS)),
        Some(field) => {
            fields.report(field.wrong(KEY, &shape()));
            None
        }
        None => slots,
    };
    Some(Protocol::counted_commands(proposers? as usize, count? as usize))
}

fn shape() -> String {
    let (least, most) = (COMMANDS.start(), COMMANDS.end());
    format!("how many each proposer has, {least}..={most}, or a list for each proposer, as in [[10, 11], [20, 21]]")
}

fn lists(key: &str, field: &Field) -> Result<Vec<Vec<Value>>, InputError> {
    let lists = field.value.as_array().filter(|lists| NODES.contains(&(lists.len() as u64)));
    let lists = lists.ok_or_else(|| field.wrong(key, "a list for each of 1 to 16 proposers"))?;
    lists.iter().map(|list| commands_of_one(key, field, list)).collect()
}

fn commands_of_one(key: &str, field: &Field, list: &Json) -> Result<Vec<Value>, InputError> {
    let listed = list.as_array().ok_or_else(|| field.wrong(key, &shape()))?;
    if listed.len() as u64 > *COMMANDS.end() {
        return Err(field.wrong(key, &format!("at most {} commands of a proposer", COMMANDS.end())));
    }
    let mut seen = BTreeSet::new();
    let command = |value: &Json| {
        let (least, most) = (VALUES.start(), VALUES.end());
        let command = value.as_u64().filter(|value| VALUES.contains(value));
        let expected = format!("commands in {least}..={most} ({NO_OP} is the no-op)");
        let command = command.ok_or_else(|| field.wrong(key, &expected))? as Value;
        let is_first = seen.insert(command);
        let again = || field.wrong(key, &format!("every command of a proposer once, and not {command} again"));
        is_first.then_some(command).ok_or_else(again)
    };
    listed.iter().map(command).collect()
}
