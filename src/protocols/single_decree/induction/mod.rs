//! Invariants of the family: what the thesis names (4.1.3), which is not inductive, and what makes it so.

mod atoms;
mod conjuncts;
mod sentences;

pub use sentences::{Sentence, ADAPTED, SIMPLE};

use super::{Local, Protocol, SingleDecree};
use crate::family::{Environment, Invariant, Objection};
use atoms::Atoms;
use std::collections::BTreeSet;

type Induction = crate::family::Induction<SingleDecree>;

/// The most acceptors of a model that induction takes: its formulas name every quorum.
const MOST_ACCEPTORS: usize = 9;

/// The invariants of a protocol, and the states that they are asked about.
///
/// # Errors
/// If the model has learners, which no invariant speaks of, or too many acceptors.
pub fn induction(protocol: &Protocol, environment: &Environment) -> Result<Option<Induction>, Objection> {
    if protocol.learners > 0 {
        let what = format!("bounds.learners = {}, expected 0: no invariant speaks of learners", protocol.learners);
        return Err(Objection { key: "bounds.learners", what });
    }
    if protocol.acceptors > MOST_ACCEPTORS {
        let what =
            format!("bounds.acceptors = {}, expected at most {MOST_ACCEPTORS} for induction", protocol.acceptors);
        return Err(Objection { key: "bounds.acceptors", what });
    }
    let setup = protocol.setup(environment);
    let atoms = Atoms::new(&setup);
    let adapted = Invariant {
        name: "adapted",
        summary: "why the adapted protocol is safe: an Accept takes the promise of every acceptor",
        conjuncts: conjuncts::adapted(&atoms),
    };
    let simple = Invariant {
        name: "simple",
        summary: "why simple Paxos is safe: below an Accept no quorum of phase 2 can still choose another value",
        conjuncts: conjuncts::simple(&atoms),
    };
    let is_simple = protocol.variant.name == "simple";
    let own = if is_simple { [simple, adapted] } else { [adapted, simple] };
    let thesis = [
        ("i1-i2", "the thesis's invariant as worded (4.1.3)", ["i1", "i2"]),
        ("i1-i2-formula", "the thesis's invariant as printed (4.1.3)", ["i1", "i2-formula"]),
    ];
    let thesis =
        thesis.map(|(name, summary, names)| Invariant { name, summary, conjuncts: conjuncts::thesis(&atoms, &names) });
    Ok(Some(Induction {
        seeds: atoms.seeds(),
        facts: atoms.votes(),
        strip: without_votes,
        alike: atoms.acceptors().map(|acceptor| setup.roster().acceptor(acceptor)).collect(),
        invariants: own.into_iter().chain(thesis).collect(),
        claims: conjuncts::claims(&atoms),
    }))
}

fn without_votes(local: &Local) -> Local {
    let mut local = local.clone();
    if let Local::Acceptor(acceptor) = &mut local {
        acceptor.votes = BTreeSet::new();
    }
    local
}
