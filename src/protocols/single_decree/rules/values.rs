//! The values that each rule may take, under the names that model files use. What they do is up to the handlers.

/// Declares a rule's values with the names that model files use.
macro_rules! rule {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $value),+ }

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
    /// When an arriving ballot passes against the number held. If no number is held, every ballot passes all guards but
    /// `equal`.
    Guard {
        /// The ballot is greater than the number held.
        Greater = "greater",
        /// The ballot is at least the number held.
        AtLeast = "at-least",
        /// It always passes.
        Always = "always",
        /// The message's *value* is at least the number held (the simulator's comparison, 4.1.4 and D.5).
        ValueAtLeast = "value-at-least",
        /// The ballot is the number held. Only for Accepts: no ballot would ever be promised.
        Equal = "equal",
    }
}

impl Guard {
    /// The names of the guards of a Prepare: all but `equal`.
    pub const OF_PREPARES: &'static [&'static str] = Guard::NAMES.split_at(4).0;

    /// True iff a message with this ballot and value passes against the number held.
    pub fn passes(self, ballot: u32, value: Option<u32>, held: Option<u32>) -> bool {
        let Some(held) = held else { return self != Guard::Equal };
        match self {
            Guard::Greater => ballot > held,
            Guard::AtLeast => ballot >= held,
            Guard::Always => true,
            Guard::ValueAtLeast => value.is_some_and(|value| value >= held),
            Guard::Equal => ballot == held,
        }
    }
}

rule! {
    /// The number that the accept guard compares with.
    AcceptAgainst {
        /// The promised one (2.2.1).
        Promised = "promised",
        /// The greater of the promised ballot and the ballot accepted last.
        Highest = "highest",
    }
}

rule! {
    /// What an acceptor keeps that accepts a ballot below the one it accepted before.
    Overwrite {
        /// The proposal accepted last.
        Always = "always",
        /// The proposal with the higher ballot. It votes for the other one and reports it all the same.
        NeverLower = "never-lower",
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
        /// The accepted value under the ballot promised just before this Prepare, as an acceptor reports that keeps one
        /// ballot for what it promised and what it accepted. Where nothing was promised, the proposal as accepted.
        Restamped = "restamped",
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

/// How many acceptors make a quorum of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuorumSize {
    /// Every acceptor (4.1.1).
    All,
    /// More than half (2.2.1).
    Majority,
    /// Half, rounded down, at least one.
    Half,
    /// One.
    One,
    /// This many (Howard, Malkhi, Spiegelman, "Flexible Paxos", 2016).
    Exactly(u8),
}

impl QuorumSize {
    /// The names of the values, as model files write them: words, then numbers.
    pub const NAMES: &'static [&'static str] = &[
        "all", "majority", "half", "one", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14",
        "15", "16",
    ];

    /// The value with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "all" => QuorumSize::All,
            "majority" => QuorumSize::Majority,
            "half" => QuorumSize::Half,
            "one" => QuorumSize::One,
            number if Self::NAMES.contains(&number) => QuorumSize::Exactly(number.parse().ok()?),
            _ => return None,
        })
    }

    /// The name of this value.
    pub fn name(self) -> &'static str {
        match self {
            QuorumSize::All => "all",
            QuorumSize::Majority => "majority",
            QuorumSize::Half => "half",
            QuorumSize::One => "one",
            QuorumSize::Exactly(number) => Self::NAMES[3 + usize::from(number)],
        }
    }

    /// How many that is of this many acceptors.
    pub fn of(self, acceptors: usize) -> usize {
        match self {
            QuorumSize::All => acceptors,
            QuorumSize::Majority => acceptors / 2 + 1,
            QuorumSize::Half => (acceptors / 2).max(1),
            QuorumSize::One => 1,
            QuorumSize::Exactly(number) => number.into(),
        }
    }
}

rule! {
    /// Which promises a proposer counts.
    PromisesCount {
        /// Those for the ballot of its round, one of each acceptor (2.2.1).
        OwnRound = "own-round",
        /// Those for any ballot that it has used, the first of each acceptor to arrive.
        AnyRound = "any-round",
        /// Every delivery of one for the ballot of its round, also of an acceptor that it has heard.
        Duplicates = "duplicates",
    }
}

rule! {
    /// The acceptors that are sent an Accept.
    AcceptTargets {
        /// All.
        All = "all",
        /// Those whose promises were counted.
        Promisers = "promisers",
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
    /// What is refused with a Nack.
    NackRule {
        /// A Prepare (4.1.2).
        Sent = "sent",
        /// Nothing: refusals are silent (2.2.1 makes the Nack optional).
        Silent = "silent",
        /// A Prepare and an Accept. A proposer that has sent Accepts gives up at any Nack of its ballot.
        Both = "both",
    }
}

rule! {
    /// What a Nack tells beside the ballot that is refused.
    NackCarries {
        /// Nothing.
        Refused = "refused",
        /// The promised ballot. Whoever gives up because of it goes to the first of its later rounds with a greater one.
        Promised = "promised",
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
        /// It does not, and neither does one that has sent Accepts.
        Ignore = "ignore",
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
    /// What a learner counts towards a quorum of phase 2 when `<b,v>` is reported to it.
    LearnerCounts {
        /// The acceptors that reported `<b,v>` (2.2.2).
        Proposals = "proposals",
        /// The acceptors that reported v under any ballot.
        Values = "values",
        /// The reports of v, one for each acceptor and ballot.
        Reports = "reports",
        /// The acceptors that reported anything.
        Anything = "anything",
        /// The deliveries of `<b,v>`, also repeated ones.
        Deliveries = "deliveries",
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

/// What a Prepare carries. A detail of a variant that is not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrepareCarries {
    /// The proposer's proposal (4.1.2).
    Proposal,
    /// Only its ballot (2.2.1).
    Ballot,
}

/// How an acceptor that goes on after accepting handles a Prepare. A detail of a variant that is not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrepareOnceAccepted {
    /// The promise guard decides, as before it accepted.
    Guarded,
    /// It is refused (D.5: the `else` branch nacks).
    Refused,
}
