//! The rules of the system: a field for each point that 4.2 leaves open or gets wrong, a value for each reading.

use std::fmt::Debug;

/// The values of a rule, as model files write them.
pub trait RuleValue: Copy + Debug + PartialEq + 'static {
    /// Each with its name.
    const VALUES: &'static [(&'static str, Self)];

    /// The value with this name.
    fn named(name: &str) -> Option<Self> {
        Self::VALUES.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The name of this value.
    fn name(self) -> &'static str {
        Self::VALUES.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}

/// To whom Accepts may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcceptTargets {
    /// To one node: the precondition asks for an empty list of those that have been sent one (`PaxosProtocol.v`).
    One,
    /// To every acceptor (4.1.2).
    All,
}

impl RuleValue for AcceptTargets {
    const VALUES: &'static [(&'static str, Self)] = &[("one", AcceptTargets::One), ("all", AcceptTargets::All)];
}

/// When an acceptor may answer a proposer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answers {
    /// At any time: nothing ties an answer to a Prepare (`PaxosProtocol.v`).
    AnyTime,
    /// Once it has received the proposer's Prepare (4.1.2).
    AfterPrepare,
}

impl RuleValue for Answers {
    const VALUES: &'static [(&'static str, Self)] =
        &[("any-time", Answers::AnyTime), ("after-prepare", Answers::AfterPrepare)];
}

/// When an acceptor that holds a number takes an Accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AcceptGuard {
    /// Its ballot is greater than the number (4.1.2, 4.2).
    Greater,
    /// Its ballot is at least the number (2.2.1).
    AtLeast,
}

impl RuleValue for AcceptGuard {
    const VALUES: &'static [(&'static str, Self)] =
        &[("greater", AcceptGuard::Greater), ("at-least", AcceptGuard::AtLeast)];
}

/// What the preconditions of sends ask for beside the state. A variant is a value of this type; it is not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Senders {
    /// Nothing: any payload, to any node, as often as one likes.
    Literal,
    /// What the programs of chapter 5 do: the proposal held, to whom it concerns, once.
    Honest,
}

/// One reading of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rules {
    /// What is asked of sends. Not editable: it is the variant.
    pub senders: Senders,
    /// To whom Accepts may be sent.
    pub accept_targets: AcceptTargets,
    /// When an acceptor may answer.
    pub answers: Answers,
    /// When an acceptor takes an Accept.
    pub accept_guard: AcceptGuard,
}

/// A rule that can be edited: its name, what it decides, and its values by name.
pub struct Rule {
    /// The name in model files.
    pub name: &'static str,
    /// What it decides.
    pub decides: &'static str,
    /// The names of its values.
    pub values: fn() -> Vec<&'static str>,
    /// The name of the value that rules have.
    pub value: fn(&Rules) -> &'static str,
    /// Gives it the value with this name, if there is such a value.
    pub set: fn(&mut Rules, &str) -> Option<()>,
}

/// A rule that is a field of [`Rules`].
macro_rules! rule {
    ($field:ident: $kind:ident, $decides:literal) => {
        Rule {
            name: stringify!($field),
            decides: $decides,
            values: || $kind::VALUES.iter().map(|(name, _)| *name).collect(),
            value: |rules| rules.$field.name(),
            set: |rules, name| $kind::named(name).map(|value| rules.$field = value),
        }
    };
}

/// Every rule that can be edited.
pub const RULES: &[Rule] = &[
    rule!(accept_targets: AcceptTargets, "the nodes that a proposer may send an Accept to"),
    rule!(answers: Answers, "when an acceptor may answer a proposer"),
    rule!(accept_guard: AcceptGuard, "take an Accept iff its ballot is ... the number held"),
];

/// A named variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variant {
    /// The name in model files.
    pub name: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The section of the thesis that it renders.
    pub source: &'static str,
    /// Its rules.
    pub rules: Rules,
}

/// The preconditions as `PaxosProtocol.v` prints them.
pub const LITERAL: Rules = Rules {
    senders: Senders::Literal,
    accept_targets: AcceptTargets::One, // send_accept_req_prec: PSentAccReq [::] p
    answers: Answers::AnyTime,
    accept_guard: AcceptGuard::Greater, // step_recv: recv_p_no > curr_p_no
};

/// The same transitions, taken as the programs take them.
pub const HONEST: Rules = Rules { senders: Senders::Honest, ..LITERAL };

/// Every variant of the family.
pub const VARIANTS: &[Variant] = &[
    Variant {
        name: "literal",
        summary: "the transitions as printed: any node may be sent any payload, a bounded number of times",
        source: "thesis 2.3.1, 4.2",
        rules: LITERAL,
    },
    Variant {
        name: "honest",
        summary: "the same transitions, each message sent with the payload and to the node it is meant for",
        source: "thesis 4.1.2, 4.2, 5.2",
        rules: HONEST,
    },
];

/// The variant with this name.
pub fn variant(name: &str) -> Option<&'static Variant> {
    VARIANTS.iter().find(|variant| variant.name == name)
}
