//! Invariants of the family: what the thesis names (4.1.3), which is not inductive, and what makes it so.

mod abstraction;
mod atoms;
mod conjuncts;
mod sentences;
mod smt;

pub use sentences::{Sentence, ADAPTED, SIMPLE};

use super::{Local, Protocol, SingleDecree};
use crate::family::{Abstraction, Environment, Invariant, Objection, Proof, Provable};
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

/// The variants that have a proof at every size.
pub const PROVABLE: &[Provable] = &[
    Provable {
        name: "adapted",
        models: &[
            "protocol = { family = \"single-decree\", variant = \"adapted\" }
             bounds = { proposers = 2, acceptors = 3 }",
            "protocol = { family = \"single-decree\", variant = \"adapted\", rounds = 2 }
             bounds = { proposers = 2, acceptors = 2 }",
            "protocol = { family = \"single-decree\", variant = \"adapted\" }
             bounds = { proposers = 2, acceptors = 2 }
             network = { sends = \"stepwise\" }",
        ],
    },
    Provable {
        name: "simple",
        models: &[
            "protocol = { family = \"single-decree\", variant = \"simple\" }
             bounds = { proposers = 3, acceptors = 3 }",
            "protocol = { family = \"single-decree\", variant = \"simple\", rounds = 2 }
             bounds = { proposers = 2, acceptors = 3 }",
            "protocol = { family = \"single-decree\", variant = \"simple\" }
             bounds = { proposers = 2, acceptors = 3 }
             network = { sends = \"stepwise\" }",
        ],
    },
];

/// The proof of a protocol at every size, and how the states of its models are structures of it.
///
/// # Errors
/// If there is none under its rules.
pub fn proof(protocol: &Protocol, environment: &Environment) -> Result<(Proof, Abstraction<SingleDecree>), Objection> {
    let is_simple = protocol.variant.name == "simple";
    let theory = match smt::unproved(&protocol.rules, is_simple) {
        None if is_simple => smt::simple(&protocol.rules),
        None => smt::adapted(&protocol.rules),
        Some(_) => None,
    };
    let theory = theory.ok_or_else(|| {
        let rule = smt::unproved(&protocol.rules, is_simple).unwrap_or("variant");
        let value = protocol.rules.value(rule).unwrap_or_default();
        Objection {
            key: "protocol.rules",
            what: format!("protocol.rules.{rule} = {value:?}: no proof is written for it"),
        }
    })?;
    let abstraction = abstraction::abstraction(&protocol.setup(environment), is_simple);
    Ok((smt::proof(&theory), abstraction))
}

fn without_votes(local: &Local) -> Local {
    let mut local = local.clone();
    if let Local::Acceptor(acceptor) = &mut local {
        acceptor.votes = BTreeSet::new();
    }
    local
}
