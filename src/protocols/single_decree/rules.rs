//! The rules of the single-decree family: a field for each point at which the sources differ, a value for each reading.
//! The handlers in `proposer` and `acceptor` interpret them.

use crate::family::Edit;
use serde::{Deserialize, Serialize};

/// Declares a rule's values with the names that model files use.
macro_rules! rule {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$value_doc])* #[serde(rename = $text)] $value),+ }

        impl $name {
            /// The names of the values, as model files write them.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The value with this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some($name::$value),)+ _ => None }
            }

            /// The name of this value.
            pub fn name(self) -> &'static str {
                match self { $($name::$value => $text),+ }
            }
        }
    };
}

rule! {
    /// When an arriving ballot passes against the number held. If no number is held, every ballot passes.
    Guard {
        /// The ballot is greater than the number held.
        Greater = "greater",
        /// The ballot is at least the number held.
        AtLeast = "at-least",
        /// It always passes.
        Always = "always",
        /// The message's *value* is at least the number held (the simulator's comparison, 4.1.4 and D.5).
        ValueAtLeast = "value-at-least",
    }
}

rule! {
    /// What a promise reports.
    Payload {
        /// The last accepted proposal, if any (2.2.1).
        Accepted = "accepted",
        /// The proposal held before this Prepare (5.2).
        Previous = "previous",
        /// The proposal of this very Prepare (D.5: `send_promise_resp` reads the state that was just replaced).
        Incoming = "incoming",
        /// Nothing.
        Nothing = "nothing",
    }
}

rule! {
    /// Which value a proposer proposes at the end of phase 1.
    ValueChoice {
        /// That of the carried proposal with the highest ballot, its own if none is carried (2.2.1).
        Highest = "highest",
        /// That of the carried proposal with the lowest ballot (D.4 sorts ascending and takes the first).
        Lowest = "lowest",
        /// Its own.
        Own = "own",
        /// Any carried value, or its own: nondeterministic.
        Any = "any",
    }
}

rule! {
    /// How many promises a proposer waits for.
    QuorumRule {
        /// Every acceptor (4.1.1).
        All = "all",
        /// More than half (2.2.1).
        Majority = "majority",
        /// Half, rounded down, at least one.
        Half = "half",
        /// One.
        One = "one",
    }
}

rule! {
    /// What an acceptor does once it has accepted.
    AfterAccept {
        /// It stops listening (4.1.2).
        Stop = "stop",
        /// It keeps what it accepted and goes on (2.2.1).
        Continue = "continue",
    }
}

rule! {
    /// How a Prepare is refused.
    NackRule {
        /// With a Nack (4.1.2).
        Sent = "sent",
        /// Without an answer (2.2.1 makes the Nack optional).
        Silent = "silent",
    }
}

rule! {
    /// How a waiting proposer reacts to a Nack.
    OnNack {
        /// It ends in PAbort if the acceptor has not answered yet (4.1.2).
        Abort = "abort",
        /// It ends in PAbort, whichever acceptor sent the Nack (D.4).
        AbortAny = "abort-any",
        /// It waits for the rest of the answers and then sends Accept<0,0> (5.2).
        AcceptZero = "accept-zero",
    }
}

rule! {
    /// The promise of an acceptor after it accepts `<b,v>`.
    AcceptEffect {
        /// It becomes b.
        Raise = "raise",
        /// It stays as it was.
        Keep = "keep",
        /// It becomes none.
        Forget = "forget",
    }
}

rule! {
    /// The program that an acceptor runs.
    Awaits {
        /// It answers any number of messages.
        AnyNumber = "any-number",
        /// It takes one Prepare, then one Accept, then exits; other messages wait (5.2).
        OneEach = "one-each",
        /// It takes two messages of any kind, then exits: the runtime ignores the filter (5.3).
        OneEachAnyTag = "one-each-any-tag",
    }
}

/// Details that belong to one variant and are not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrepareCarries {
    /// The proposer's proposal (4.1.2).
    Proposal,
    /// Only its ballot (2.2.1).
    Ballot,
}

/// How an acceptor that goes on after accepting handles a Prepare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrepareOnceAccepted {
    /// The promise guard decides, as before it accepted.
    Guarded,
    /// It is refused (D.5: the `else` branch nacks).
    Refused,
}

/// One reading of the protocol. A variant is a value of this type (see [`variants`](super::variants)), a mutation an edit of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// When an acceptor answers a Prepare with a Promise (4.1.2, D.5).
    pub promise_guard: Guard,
    /// When an acceptor takes an Accept (4.1.2, D.5).
    pub accept_guard: Guard,
    /// What a promise reports (2.2.1, 5.2, D.5).
    pub promise_payload: Payload,
    /// Which value is proposed (2.2.1, D.4).
    pub value_choice: ValueChoice,
    /// How many promises suffice (2.2.1, 4.1.1).
    pub quorum: QuorumRule,
    /// What an acceptor does once it has accepted (2.2.1, 4.1.2).
    pub after_accept: AfterAccept,
    /// Whether a refusal is sent (2.2.1, 4.1.2).
    pub nack: NackRule,
    /// How a proposer reacts to a refusal (4.1.2, 5.2, D.4).
    pub on_nack: OnNack,
    /// The promise after an acceptance (2.2.1).
    pub accept_effect: AcceptEffect,
    /// The acceptor's program (5.2, 5.3).
    pub awaits: Awaits,
    /// What a Prepare carries (2.2.1, 4.1.2). Not editable: it is the message, not a rule.
    pub prepare_carries: PrepareCarries,
    /// How an acceptor that has accepted handles a Prepare (D.5). Not editable.
    pub prepare_once_accepted: PrepareOnceAccepted,
}

/// The names of the rules that can be edited, each with its values and what it decides.
pub const RULES: &[(&str, &[&str], &str)] = &[
    ("promise_guard", Guard::NAMES, "answer a Prepare iff its ballot is ... the promised one"),
    ("accept_guard", Guard::NAMES, "take an Accept iff its ballot is ... the promised one"),
    ("promise_payload", Payload::NAMES, "the proposal that a promise reports"),
    ("value_choice", ValueChoice::NAMES, "of the carried proposals, the one whose value is proposed"),
    ("quorum", QuorumRule::NAMES, "the promises that a proposer waits for"),
    ("after_accept", AfterAccept::NAMES, "what an acceptor does once it has accepted"),
    ("nack", NackRule::NAMES, "how a Prepare is refused"),
    ("on_nack", OnNack::NAMES, "how a waiting proposer reacts to a Nack"),
    ("accept_effect", AcceptEffect::NAMES, "the promise after accepting <b,v>"),
    ("awaits", Awaits::NAMES, "the acceptor's program"),
];

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

impl Rules {
    /// Sets the rule of this name to the value of this name.
    pub fn edit(&mut self, rule: &str, value: &str) -> Result<(), RuleError> {
        macro_rules! set {
            ($field:ident, $kind:ident) => {
                self.$field = $kind::parse(value).ok_or(RuleError::UnknownValue($kind::NAMES))?
            };
        }
        match rule {
            "promise_guard" => set!(promise_guard, Guard),
            "accept_guard" => set!(accept_guard, Guard),
            "promise_payload" => set!(promise_payload, Payload),
            "value_choice" => set!(value_choice, ValueChoice),
            "quorum" => set!(quorum, QuorumRule),
            "after_accept" => set!(after_accept, AfterAccept),
            "nack" => set!(nack, NackRule),
            "on_nack" => set!(on_nack, OnNack),
            "accept_effect" => set!(accept_effect, AcceptEffect),
            "awaits" => set!(awaits, Awaits),
            _ => return Err(RuleError::UnknownRule),
        }
        Ok(())
    }

    /// The value of the rule of this name.
    pub fn value(&self, rule: &str) -> Option<&'static str> {
        Some(match rule {
            "promise_guard" => self.promise_guard.name(),
            "accept_guard" => self.accept_guard.name(),
            "promise_payload" => self.promise_payload.name(),
            "value_choice" => self.value_choice.name(),
            "quorum" => self.quorum.name(),
            "after_accept" => self.after_accept.name(),
            "nack" => self.nack.name(),
            "on_nack" => self.on_nack.name(),
            "accept_effect" => self.accept_effect.name(),
            "awaits" => self.awaits.name(),
            _ => return None,
        })
    }

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

    /// The rule at fault and the reason, if this combination of rules is meaningless.
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let ballot_only = self.prepare_carries == PrepareCarries::Ballot;
        if ballot_only && self.promise_guard == Guard::ValueAtLeast {
            Some(("promise_guard", "a Prepare of this variant carries no value to compare"))
        } else if ballot_only && matches!(self.promise_payload, Payload::Incoming | Payload::Previous) {
            Some(("promise_payload", "a Prepare of this variant carries no proposal to report"))
        } else if self.awaits != Awaits::AnyNumber && self.after_accept == AfterAccept::Continue {
            Some(("after_accept", "a program that takes a single Accept exits after it"))
        } else {
            None
        }
    }

    /// The promises that a proposer waits for, of this many acceptors.
    pub fn quorum_size(&self, acceptors: usize) -> usize {
        match self.quorum {
            QuorumRule::All => acceptors,
            QuorumRule::Majority => acceptors / 2 + 1,
            QuorumRule::Half => (acceptors / 2).max(1),
            QuorumRule::One => 1,
        }
    }
}

impl Guard {
    /// True iff a message with this ballot and value passes against the number held.
    pub fn passes(self, ballot: u32, value: Option<u32>, held: Option<u32>) -> bool {
        let Some(held) = held else { return true };
        match self {
            Guard::Greater => ballot > held,
            Guard::AtLeast => ballot >= held,
            Guard::Always => true,
            Guard::ValueAtLeast => value.is_some_and(|value| value >= held),
        }
    }
}
