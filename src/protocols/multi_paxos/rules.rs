//! The rules of the multi-paxos family: a field for each point at which implementations differ, or err, and a value for
//! each way to decide it. The first value of each is the protocol's; the handlers interpret them.

use crate::protocols::paxos::Ballot;
use serde_json::Value;

/// Declares a rule's values with the names that model files use. The first one is the protocol's own.
macro_rules! rule {
    ($(#[$doc:meta])* $name:ident { $(#[$own_doc:meta])* $own:ident = $own_text:literal,
        $($(#[$value_doc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { $(#[$own_doc])* #[default] $own, $($(#[$value_doc])* $value),+ }

        impl $name {
            /// The names of the values, as model files write them.
            pub const NAMES: &'static [&'static str] = &[$own_text, $($text),+];

            /// True iff a number of acceptors is a value too.
            const TAKES_NUMBERS: bool = false;

            /// The value with this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $own_text => Some($name::$own), $($text => Some($name::$value),)+ _ => None }
            }

            /// The name of this value.
            pub fn name(self) -> &'static str {
                match self { $name::$own => $own_text, $($name::$value => $text),+ }
            }
        }
    };
}

rule! {
    /// When an acceptor promises the ballot of a Prepare. If it has promised nothing, it promises any.
    PromiseGuard {
        /// The ballot is greater than the promised one.
        Greater = "greater",
        /// The ballot is at least the promised one.
        AtLeast = "at-least",
        /// It always promises.
        Always = "always",
    }
}

rule! {
    /// When an acceptor takes an Accept, by its ballot and the number held: see [`AcceptAgainst`].
    AcceptGuard {
        /// The ballot is at least the number held. If none is held, every ballot is.
        AtLeast = "at-least",
        /// The ballot is greater than the number held, if one is held.
        Greater = "greater",
        /// It takes every one.
        Always = "always",
        /// The ballot is the number held. If none is held, no ballot is.
        Equal = "equal",
    }
}

rule! {
    /// The number that an acceptor compares the ballot of an Accept with.
    AcceptAgainst {
        /// The promised ballot.
        Promised = "promised",
        /// The greater of the promised ballot and the ballot accepted in the slot of the Accept.
        Highest = "highest",
    }
}

rule! {
    /// The promise of an acceptor after it accepts a proposal with ballot b.
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
    /// What an acceptor holds of a slot once it takes an Accept there with a ballot below the one accepted.
    Overwrite {
        /// The later one.
        Always = "always",
        /// The one with the higher ballot. It votes for the other, and reports it to learners, all the same.
        NeverLower = "never-lower",
    }
}

rule! {
    /// What an acceptor keeps of what it accepts.
    Store {
        /// The last proposal of each slot.
        PerSlot = "per-slot",
        /// The last proposal, with its slot.
        One = "one",
    }
}

rule! {
    /// What a promise reports.
    Payload {
        /// All that the acceptor holds as accepted.
        All = "all",
        /// Only the highest slot of it.
        Last = "last",
        /// Nothing.
        Nothing = "nothing",
        /// All of it, each value under the ballot that was promised just before: one ballot is kept for both.
        Restamped = "restamped",
    }
}

rule! {
    /// Which promises a proposer counts.
    PromisesCount {
        /// Those of its ballot, once for each acceptor.
        OwnRound = "own-round",
        /// Those of this ballot or an earlier one of its own, once for each acceptor.
        AnyRound = "any-round",
        /// Those of its ballot, each time that one is delivered.
        Duplicates = "duplicates",
    }
}

rule! {
    /// Which of the values reported for a slot a leader takes.
    ValueChoice {
        /// That of the highest ballot; of equal ballots, the greater value.
        Highest = "highest",
        /// That of the lowest ballot; of equal ballots, the lesser value.
        Lowest = "lowest",
        /// None: it plans as if nothing had been reported.
        Own = "own",
    }
}

rule! {
    /// What a leader does in a slot whose value was reported.
    Adopted {
        /// It proposes that value again, under its own ballot.
        ReProposed = "re-proposed",
        /// Nothing: it takes the slot for settled.
        Left = "left",
    }
}

rule! {
    /// What a leader proposes in a slot without a report below one with a report.
    Gaps {
        /// A no-op.
        NoOp = "no-op",
        /// Its next command; a no-op if none is left.
        Own = "own",
        /// Nothing.
        Skip = "skip",
    }
}

rule! {
    /// When a leader proposes its own commands above the reported slots.
    Proposes {
        /// Together with the rest of its plan.
        AtOnce = "at-once",
        /// One after the other, each in a step of its own: requests reach a stable leader later.
        OneByOne = "one-by-one",
    }
}

rule! {
    /// To whom a leader sends the Accepts of its plan.
    AcceptTargets {
        /// To every acceptor.
        All = "all",
        /// To the acceptors whose promises it counted.
        Promisers = "promisers",
    }
}

rule! {
    /// Which refusals are answered with a Nack.
    NackRule {
        /// None.
        Silent = "silent",
        /// Those of Prepares.
        Sent = "sent",
        /// Those of Prepares and of Accepts. A Nack then preempts a leader too.
        Both = "both",
    }
}

rule! {
    /// When a waiting proposer gives up for a Nack of its ballot.
    OnNack {
        /// If the acceptor has not promised it the ballot.
        Abort = "abort",
        /// In any case.
        AbortAny = "abort-any",
        /// Never; a leader does not either.
        Ignore = "ignore",
    }
}

rule! {
    /// What a Nack carries beside the refused ballot.
    NackCarries {
        /// Nothing.
        Refused = "refused",
        /// The promised ballot. Who gives up because of it goes to its first round with a ballot above that.
        Promised = "promised",
    }
}

rule! {
    /// What a learner counts until it learns the proposal just reported.
    LearnerCounts {
        /// The acceptors that reported this proposal.
        Proposals = "proposals",
        /// The acceptors that reported its value, under any ballot.
        Values = "values",
        /// The reports of its value that differ in acceptor or ballot.
        Reports = "reports",
        /// The acceptors that reported anything.
        Anything = "anything",
        /// The deliveries of reports of this proposal, repeated ones too.
        Deliveries = "deliveries",
    }
}

rule! {
    /// When a learner executes what it has learned.
    Executes {
        /// In the order of slots, without a gap.
        InOrder = "in-order",
        /// At once, in whatever order it learns.
        AsLearnt = "as-learnt",
    }
}

/// How many acceptors make up a quorum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// More than half of them.
    #[default]
    Majority,
    /// Every one.
    All,
    /// Half, rounded down, at least one.
    Half,
    /// One.
    One,
    /// As many as this.
    Count(usize),
}

/// The numbers that quorums may have, as model files write them.
pub const COUNTS: [&str; 16] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"];

impl Quorum {
    /// The names of the values that have names.
    pub const NAMES: &'static [&'static str] = &["majority", "all", "half", "one"];

    const TAKES_NUMBERS: bool = true;

    /// The value that is written so.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "majority" => Some(Quorum::Majority),
            "all" => Some(Quorum::All),
            "half" => Some(Quorum::Half),
            "one" => Some(Quorum::One),
            _ => COUNTS.iter().position(|count| *count == name).map(|place| Quorum::Count(place + 1)),
        }
    }

    /// How the value is written. There is no number above 16.
    pub fn name(self) -> &'static str {
        match self {
            Quorum::Majority => "majority",
            Quorum::All => "all",
            Quorum::Half => "half",
            Quorum::One => "one",
            Quorum::Count(count) => COUNTS[count.clamp(1, COUNTS.len()) - 1],
        }
    }

    /// Its size among this many acceptors.
    pub fn size(self, acceptors: usize) -> usize {
        match self {
            Quorum::Majority => acceptors / 2 + 1,
            Quorum::All => acceptors,
            Quorum::Half => (acceptors / 2).max(1),
            Quorum::One => 1,
            Quorum::Count(count) => count,
        }
    }
}

/// A rule that a model file can edit.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The name.
    pub name: &'static str,
    /// What it decides.
    pub decides: &'static str,
    /// The values that have names, the protocol's own first.
    pub values: &'static [&'static str],
    /// True iff a number of acceptors is a value too.
    pub takes_numbers: bool,
}

/// Declares the rules: their struct, their list, and how each is edited by name.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident: $kind:ident, $decides:literal;)+) => {
        /// The rules of a protocol of the family; by default those of multi-decree Paxos. A mutation is an edit.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct Rules { $($(#[$doc])* pub $rule: $kind),+ }

        /// The rules, in the order of reports.
        pub const RULES: &[Rule] = &[$(Rule {
            name: stringify!($rule),
            decides: $decides,
            values: $kind::NAMES,
            takes_numbers: $kind::TAKES_NUMBERS,
        }),+];

        impl Rules {
            /// Sets the rule of this name to the value of this name. `None` if there is no such rule, or no such value.
            pub fn edit(&mut self, rule: &str, value: &str) -> Option<()> {
                match rule {
                    $(stringify!($rule) => self.$rule = $kind::parse(value)?,)+
                    _ => return None,
                }
                Some(())
            }

            /// The names of the values, in the order of [`RULES`].
            fn values(&self) -> Vec<&'static str> {
                vec![$(self.$rule.name()),+]
            }
        }
    };
}

rules! {
    /// When an acceptor promises ("Paxos Made Simple", 2.2, P1a).
    promise_guard: PromiseGuard, "answer a Prepare iff its ballot is ... the promised one";
    /// When an acceptor accepts (ibid., 2.2).
    accept_guard: AcceptGuard, "take an Accept iff its ballot is ... the number held";
    /// What that number is.
    accept_against: AcceptAgainst, "the number held: what is promised, or the greater of that and the ballot accepted";
    /// The promise after an acceptance: whoever accepts a ballot takes part in no lower one.
    accept_effect: AcceptEffect, "the promise after accepting a proposal with ballot b";
    /// Which of two accepted proposals is held ("the highest-numbered", ibid., 2.2).
    overwrite: Overwrite, "whether an Accept that is taken replaces a proposal with a higher ballot";
    /// What an acceptor remembers: the proposal accepted last of each instance (ibid., 3).
    store: Store, "what an acceptor keeps of what it accepts";
    /// What a promise reports: of every instance, the proposal accepted last (ibid., 3).
    promise_payload: Payload, "what a promise reports";
    /// How many promises make a leader (thesis 2.2.1).
    quorum: Quorum, "the promises that a proposer waits for";
    /// Which promises those are.
    promises_count: PromisesCount, "the promises that count";
    /// Which reported value a leader is bound to ("Paxos Made Simple", 2.2, P2c).
    value_choice: ValueChoice, "of the values reported for a slot, the one that is taken";
    /// What comes of that value: phase 2 is executed again for it (ibid., 3).
    adopted: Adopted, "what a leader does in a slot whose value was reported";
    /// How gaps are filled: with a no-op (ibid., 3).
    gaps: Gaps, "what a leader proposes in a slot without a report, below one with a report";
    /// When a leader goes on with commands of its own.
    proposes: Proposes, "when a leader proposes its own commands above the reported slots";
    /// Who is asked to accept ("some set of acceptors", ibid., 2.2).
    accept_targets: AcceptTargets, "to whom the Accepts of a plan go";
    /// How many votes choose (thesis 2.2.1).
    accept_quorum: Quorum, "the votes that choose a proposal";
    /// Whether a refusal is answered (thesis 2.2.1 makes the Nack optional).
    nack: NackRule, "the refusals that are answered with a Nack";
    /// When a Nack ends a round.
    on_nack: OnNack, "when a waiting proposer gives up for a Nack";
    /// What a Nack tells.
    nack_carries: NackCarries, "the ballot that a Nack carries";
    /// How a learner learns (thesis 2.2.2).
    learner_counts: LearnerCounts, "what a learner counts until it learns";
    /// In which order commands are executed ("Paxos Made Simple", 3: "in the order of the command numbers").
    executes: Executes, "when a learner executes what it has learned";
}

impl Rules {
    /// The value of the rule of this name.
    pub fn value(&self, rule: &str) -> Option<&'static str> {
        let mut values = RULES.iter().zip(self.values());
        values.find(|(listed, _)| listed.name == rule).map(|(_, value)| value)
    }

    /// The rules that differ from the protocol's own, each with its value and the protocol's.
    pub fn edits(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let values = RULES.iter().zip(self.values()).zip(Rules::default().values());
        let differ = values.filter(|((_, value), own)| value != own);
        differ.map(|((rule, value), own)| (rule.name, value, own)).collect()
    }
}

impl PromiseGuard {
    /// True iff an acceptor that promised this promises the ballot.
    pub fn passes(self, ballot: Ballot, promised: Option<Ballot>) -> bool {
        match (self, promised) {
            (_, None) | (PromiseGuard::Always, _) => true,
            (PromiseGuard::Greater, Some(promised)) => ballot > promised,
            (PromiseGuard::AtLeast, Some(promised)) => ballot >= promised,
        }
    }
}

impl AcceptGuard {
    /// True iff an acceptor that holds this number accepts the ballot.
    pub fn passes(self, ballot: Ballot, held: Option<Ballot>) -> bool {
        match (self, held) {
            (AcceptGuard::Equal, held) => held == Some(ballot),
            (_, None) | (AcceptGuard::Always, _) => true,
            (AcceptGuard::Greater, Some(held)) => ballot > held,
            (AcceptGuard::AtLeast, Some(held)) => ballot >= held,
        }
    }
}

/// A rule's value as model files write it: a number as a number.
pub fn written(value: &str) -> Value {
    value.parse::<u64>().map_or_else(|_| value.into(), Value::from)
}
