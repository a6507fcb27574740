//! The variants: each one reading of the thesis, as a value of [`Rules`].

use super::rules::*;

/// A named variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variant {
    /// The name in model files.
    pub name: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The section of the thesis that it renders.
    pub source: &'static str,
    /// The variant that it is a reading of, beside which its counterexamples are followed; `None` for one of its own.
    pub reference: Option<&'static str>,
    /// Its rules.
    pub rules: Rules,
}

/// The adapted protocol as 4.1.2, 4.1.4 and 4.2 print it, accept guard included.
pub const AS_WRITTEN: Rules = Rules {
    promise_guard: Guard::Greater,
    accept_guard: Guard::Greater, // 4.1.2: "greater than the proposal number of the proposal that it currently holds"
    accept_against: AcceptAgainst::Promised,
    overwrite: Overwrite::Always,
    promise_payload: Payload::Accepted,
    value_choice: ValueChoice::Highest,
    quorum: QuorumSize::All, // 4.1.1: "the entire set of acceptors"
    accept_quorum: QuorumSize::Majority,
    promises_count: PromisesCount::OwnRound,
    accept_targets: AcceptTargets::All,
    after_accept: AfterAccept::Stop, // 4.1.2: AAccepted "stops listening"
    nack: NackRule::Sent,
    nack_carries: NackCarries::Refused,
    on_nack: OnNack::Abort,
    accept_effect: AcceptEffect::Raise,
    learner_counts: LearnerCounts::Proposals,
    awaits: Awaits::AnyNumber,
    prepare_carries: PrepareCarries::Proposal,
    prepare_once_accepted: PrepareOnceAccepted::Guarded,
};

/// The adapted protocol with its accept guard repaired: an acceptor may accept the very ballot that it promised.
pub const ADAPTED: Rules = Rules { accept_guard: Guard::AtLeast, ..AS_WRITTEN };

/// Appendix D to the letter: values are compared with numbers, a promise echoes the Prepare.
pub const SIMULATOR: Rules = Rules {
    promise_guard: Guard::ValueAtLeast,                  // D.5: `if p_val < promised_no`
    accept_guard: Guard::ValueAtLeast,                   // D.5: `if p_val >= promised_no`
    promise_payload: Payload::Incoming,                  // D.5: `send_promise_resp` reads the state just replaced
    value_choice: ValueChoice::Lowest,                   // D.4 sorts ascending and takes [0]
    after_accept: AfterAccept::Continue,                 // D.5: the loop never ends
    on_nack: OnNack::AbortAny,                           // D.4: any Nack breaks the loop
    prepare_once_accepted: PrepareOnceAccepted::Refused, // D.5: neither AInit nor APromised: nack
    ..AS_WRITTEN
};

/// The Disel programs of 5.2 under the semantics of their wrappers.
pub const DISEL: Rules = Rules {
    promise_payload: Payload::Previous, // the state before the receive is what is reported
    on_nack: OnNack::AcceptZero,        // 5.2: "the proposal still sends accept requests with the proposal <0,0>"
    awaits: Awaits::OneEach,
    ..AS_WRITTEN
};

/// The same programs as the extraction ran them: an await takes the first message of any tag (5.3, 5.4).
pub const DISEL_SHIM: Rules = Rules { awaits: Awaits::OneEachAnyTag, ..DISEL };

/// Simple Paxos (2.2.1), without Nacks.
pub const SIMPLE: Rules = Rules {
    quorum: QuorumSize::Majority,
    after_accept: AfterAccept::Continue,
    nack: NackRule::Silent,
    prepare_carries: PrepareCarries::Ballot,
    ..ADAPTED
};

/// Every variant of the family.
pub const VARIANTS: &[Variant] = &[
    Variant {
        name: "adapted",
        summary: "the adapted protocol with its accept guard repaired (>= instead of >)",
        source: "thesis 4.1.1, 4.1.2",
        reference: None,
        rules: ADAPTED,
    },
    Variant {
        name: "as-written",
        summary: "the adapted protocol with the accept guard as printed (>)",
        source: "thesis 4.1.2, 4.2",
        reference: Some("adapted"),
        rules: AS_WRITTEN,
    },
    Variant {
        name: "simulator",
        summary: "the Python simulator to the letter: it compares values with numbers",
        source: "thesis 4.1.4, appendix D",
        reference: Some("adapted"),
        rules: SIMULATOR,
    },
    Variant {
        name: "disel",
        summary: "the Disel programs: one Prepare, one Accept, then exit",
        source: "thesis 5.2",
        reference: Some("adapted"),
        rules: DISEL,
    },
    Variant {
        name: "disel-shim",
        summary: "the Disel programs as extracted: an await takes any message; a wrapper announces",
        source: "thesis 5.3, 5.4",
        reference: Some("adapted"),
        rules: DISEL_SHIM,
    },
    Variant {
        name: "simple",
        summary: "simple Paxos with majorities",
        source: "thesis 2.2",
        reference: None,
        rules: SIMPLE,
    },
];

/// The variant with this name.
pub fn variant(name: &str) -> Option<&'static Variant> {
    VARIANTS.iter().find(|variant| variant.name == name)
}
