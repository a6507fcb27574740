//! The conjuncts in words and in symbols, each once: for tables, reports and proofs.
//!
//! number(a) is the ballot that a promised, else that of what it accepted, else below every ballot. waits(b): the proposer
//! of b has not begun its round, or still collects promises for it. heard(b,a,p): it does, and a's promise reported p.
//! *Sent* is: to somebody, at any time in the past; an Accept also as soon as its proposer has settled on it, where
//! messages leave one at a time.

/// A conjunct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its name.
    pub name: &'static str,
    /// In words.
    pub statement: &'static str,
    /// In symbols.
    pub formula: &'static str,
}

const ASKED_FOR: Sentence =
    Sentence {
        name: "A1", statement: "every vote was asked for", formula: "vote(a,⟨b,v⟩) → Accept⟨b,v⟩ sent"
    };
const ONE_VALUE: Sentence = Sentence {
    name: "A2",
    statement: "the Accepts of one ballot have one value",
    formula: "Accept⟨b,v⟩ sent ∧ Accept⟨b,w⟩ sent → v = w",
};
const WAITING: Sentence = Sentence {
    name: "A3",
    statement: "a proposer that still waits has sent no Accept of that ballot",
    formula: "waits(b) → no Accept⟨b,·⟩ sent",
};
const KEPT: Sentence =
    Sentence { name: "A5", statement: "a promise is kept", formula: "Promise(a,b,·) sent → number(a) ≥ b" };

/// The conjuncts of the adapted protocol's invariant. No quorum of phase 2 is used, and no choice of value.
pub const ADAPTED: [Sentence; 7] = [
    ASKED_FOR,
    ONE_VALUE,
    WAITING,
    Sentence {
        name: "A4",
        statement: "an acceptor's vote is what it accepted, so it has at most one",
        formula: "vote(a,p) → accepted(a) = p",
    },
    KEPT,
    Sentence {
        name: "A6",
        statement: "who a proposer heard from promised",
        formula: "heard(b,a,·) → Promise(a,b,·) sent",
    },
    Sentence {
        name: "A7",
        statement: "an Accept of b went out only after every acceptor promised b",
        formula: "Accept⟨b,·⟩ sent → ∀ a: Promise(a,b,·) sent",
    },
];

/// The conjuncts of simple Paxos's invariant that its safety takes.
pub const SIMPLE: [Sentence; 9] = [
    Sentence { name: "S1", ..ASKED_FOR },
    Sentence { name: "S2", ..ONE_VALUE },
    Sentence { name: "S3", ..WAITING },
    Sentence {
        name: "S4",
        statement: "an acceptor holds a highest of its votes, none above its number",
        formula: "accepted(a) = p → vote(a,p);  vote(a,⟨c,w⟩) → accepted(a) = ⟨r,·⟩ ∧ r ≥ c ∧ number(a) ≥ c",
    },
    Sentence { name: "S5", ..KEPT },
    Sentence {
        name: "S6",
        statement: "what a promise reports is a vote",
        formula: "Promise(a,b,⟨r,v⟩) sent → vote(a,⟨r,v⟩)",
    },
    Sentence {
        name: "S7",
        statement: "votes below b are not above what a promise for b reports",
        formula: "Promise(a,b,last) sent ∧ vote(a,⟨c,w⟩) ∧ c < b → last = ⟨r,·⟩ ∧ r ≥ c",
    },
    Sentence {
        name: "S8",
        statement: "what a proposer recorded was sent",
        formula: "heard(b,a,last) → Promise(a,b,last) sent",
    },
    Sentence {
        name: "S9",
        statement: "every Accept is safe: below its ballot no quorum of phase 2 can still choose another value",
        formula: "Accept⟨b,v⟩ sent ∧ c < b ∧ w ≠ v → every quorum of phase 2 has an a: number(a) > c ∧ ¬vote(a,⟨c,w⟩)",
    },
];
