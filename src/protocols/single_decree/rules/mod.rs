//! The rules of the single-decree family: a field for each point at which the sources differ, a value for each reading.
//! The handlers in `proposer`, `acceptor` and `learner` interpret them.

mod sense;
mod values;

pub use sense::Bounds;
pub use values::*;

use crate::family::Edit;
use crate::input::Shape;
use serde_json::Value;

/// Declares the rules: for each its field, its values, the names that it may be given, and what it decides.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident: $values:ident, $names:expr, $decides:literal;)+) => {
        /// One reading of the protocol. A variant is a value of this type (see [`variants`](super::variants)), a mutation
        /// an edit of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Rules {
            $($(#[$doc])* pub $rule: $values,)+
            /// What a Prepare carries (2.2.1, 4.1.2). Not editable: it is the message, not a rule.
            pub prepare_carries: PrepareCarries,
            /// How an acceptor that has accepted handles a Prepare (D.5). Not editable.
            pub prepare_once_accepted: PrepareOnceAccepted,
        }

        /// The names of the rules that can be edited, each with the names of its values and what it decides.
        pub const RULES: &[(&str, &[&str], &str)] = &[$((stringify!($rule), $names, $decides)),+];

        /// The key under which a model file edits the rule of this name.
        pub fn key(rule: &str) -> &'static str {
            match rule {
                $(stringify!($rule) => concat!("protocol.rules.", stringify!($rule)),)+
                _ => "protocol.rules",
            }
        }

        impl Rules {
            /// Sets the rule of this name to the value of this name.
            ///
            /// # Errors
            /// If there is no such rule, or it has no such value.
            pub fn edit(&mut self, rule: &str, value: &str) -> Result<(), RuleError> {
                match rule {
                    $(stringify!($rule) => {
                        let found = $values::parse(value).filter(|_| $names.contains(&value));
                        self.$rule = found.ok_or(RuleError::UnknownValue($names))?;
                    })+
                    _ => return Err(RuleError::UnknownRule),
                }
                Ok(())
            }

            /// The name of the value of the rule of this name.
            pub fn value(&self, rule: &str) -> Option<&'static str> {
                match rule {
                    $(stringify!($rule) => Some(self.$rule.name()),)+
                    _ => None,
                }
            }
        }
    };
}

rules! {
    /// When an acceptor answers a Prepare with a Promise (4.1.2, D.5).
    promise_guard: Guard, Guard::OF_PREPARES, "answer a Prepare iff its ballot is ... the promised one";
    /// When an acceptor takes an Accept (4.1.2, D.5).
    accept_guard: Guard, Guard::NAMES, "take an Accept iff its ballot is ... the promised one";
    /// The number that the accept guard compares with.
    accept_against: AcceptAgainst, AcceptAgainst::NAMES, "the number that accept_guard compares with";
    /// What is kept of two accepted proposals (2.2.1).
    overwrite: Overwrite, Overwrite::NAMES, "whether a lower ballot, once accepted, replaces what is accepted";
    /// What a promise reports (2.2.1, 5.2, D.5).
    promise_payload: Payload, Payload::NAMES, "the proposal that a promise reports";
    /// Which value is proposed (2.2.1, D.4).
    value_choice: ValueChoice, ValueChoice::NAMES, "of the carried proposals, the one whose value is proposed";
    /// How many promises suffice (2.2.1, 4.1.1).
    quorum: QuorumSize, QuorumSize::NAMES, "the promises that a proposer waits for";
    /// How many votes choose a proposal (2.2.1).
    accept_quorum: QuorumSize, QuorumSize::NAMES, "the votes that choose a proposal";
    /// Which promises count (2.2.1).
    promises_count: PromisesCount, PromisesCount::NAMES, "the promises that a proposer counts";
    /// Where Accepts go (2.2.1).
    accept_targets: AcceptTargets, AcceptTargets::NAMES, "the acceptors that are sent an Accept";
    /// What an acceptor does once it has accepted (2.2.1, 4.1.2).
    after_accept: AfterAccept, AfterAccept::NAMES, "what an acceptor does once it has accepted";
    /// What is refused with a Nack (2.2.1, 4.1.2).
    nack: NackRule, NackRule::NAMES, "how a request is refused";
    /// What a Nack tells.
    nack_carries: NackCarries, NackCarries::NAMES, "the ballot that a Nack tells beside the refused one";
    /// How a proposer reacts to a refusal (4.1.2, 5.2, D.4).
    on_nack: OnNack, OnNack::NAMES, "how a waiting proposer reacts to a Nack";
    /// The promise after an acceptance (2.2.1).
    accept_effect: AcceptEffect, AcceptEffect::NAMES, "the promise after accepting <b,v>";
    /// What a learner counts (2.2.2).
    learner_counts: LearnerCounts, LearnerCounts::NAMES, "what a learner counts towards a quorum when <b,v> is reported";
    /// The acceptor's program (5.2, 5.3).
    awaits: Awaits, Awaits::NAMES, "the acceptor's program";
}

/// What the details that are not edited are called where two variants differ in them.
const PREPARE_CARRIES: &str = "prepare_carries";
const PREPARE_ONCE_ACCEPTED: &str = "prepare_once_accepted";

/// Why an edit was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// There is no rule of this name.
    UnknownRule,
    /// The rule has no such value; the allowed ones are listed.
    UnknownValue(&'static [&'static str]),
}

/// A value as model files write it: its name, or a number.
pub fn written(name: &str) -> Value {
    name.parse::<u32>().map_or_else(|_| name.into(), Value::from)
}

/// What the value of a rule may be.
pub fn shape(names: &[&str]) -> Shape {
    let (numbers, words): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.parse::<u64>().is_ok());
    let numbers: Vec<u64> = numbers.iter().filter_map(|name| name.parse().ok()).collect();
    let range =
        numbers.first().zip(numbers.last()).map_or(Shape::any(), |(least, most)| Shape::number(&(*least..=*most)));
    Shape::words(&words).or(range)
}

/// The names of a rule's values, numbers as a range.
pub fn listed(names: &[&str]) -> String {
    let (numbers, words): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| name.parse::<u32>().is_ok());
    let range = numbers.first().zip(numbers.last()).map(|(least, most)| format!("{least}..={most}"));
    words.iter().map(|word| word.to_string()).chain(range).collect::<Vec<_>>().join(", ")
}

impl Rules {
    /// The rules in which this reading differs from another, in the order of [`RULES`], then the details.
    pub fn differences(&self, other: &Rules) -> Vec<Edit> {
        let values = |rules: &Rules| {
            let value = |rule| rules.value(rule).expect("every listed rule has a value");
            let listed: Vec<_> = RULES.iter().map(|(rule, ..)| (*rule, value(rule))).collect();
            [listed, rules.details().to_vec()].concat()
        };
        let pairs = values(self).into_iter().zip(values(other));
        let differ = pairs.filter(|((_, own), (_, value))| own != value);
        differ.map(|(_, (rule, value))| Edit { rule, value }).collect()
    }

    /// Gives a rule, or a detail, the value that another reading has.
    pub fn copy(&mut self, rule: &str, other: &Rules) {
        match rule {
            PREPARE_CARRIES => self.prepare_carries = other.prepare_carries,
            PREPARE_ONCE_ACCEPTED => self.prepare_once_accepted = other.prepare_once_accepted,
            rule => {
                let value = other.value(rule).expect("a rule of the family");
                self.edit(rule, value).expect("a value of the rule");
            }
        }
    }

    /// The details that are not edited, each with its value.
    fn details(&self) -> [(&'static str, &'static str); 2] {
        let carries = match self.prepare_carries {
            PrepareCarries::Proposal => "proposal",
            PrepareCarries::Ballot => "ballot",
        };
        let once_accepted = match self.prepare_once_accepted {
            PrepareOnceAccepted::Guarded => "guarded",
            PrepareOnceAccepted::Refused => "refused",
        };
        [(PREPARE_CARRIES, carries), (PREPARE_ONCE_ACCEPTED, once_accepted)]
    }
}
