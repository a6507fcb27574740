//! The conjuncts at the bounds of a model, each as the instances of its sentence, and the claims they are for.

use super::super::properties::Property;
use super::super::SingleDecree;
use super::atoms::{number, Assertion, Atoms};
use super::sentences::{Sentence, ADAPTED, SIMPLE};
use crate::family;
use crate::protocols::paxos::Proposal;

pub type Conjunct = family::Conjunct<SingleDecree>;

/// The instances of a sentence.
type Instances = fn(&Atoms) -> Vec<Assertion>;

/// The conjuncts of the adapted protocol's invariant.
pub fn adapted(atoms: &Atoms) -> Vec<Conjunct> {
    let instances: [Instances; 7] =
        [asked_for, one_value_a_ballot, waiting, votes_are_accepted, kept, heard_from, promised_by_all];
    said(&ADAPTED, &instances, atoms)
}

/// The conjuncts of simple Paxos's invariant.
pub fn simple(atoms: &Atoms) -> Vec<Conjunct> {
    let instances: [Instances; 9] = [
        asked_for,
        one_value_a_ballot,
        waiting,
        holds_a_highest_vote,
        kept,
        reports_are_votes,
        reports_are_highest,
        heard,
        accepts_are_safe,
    ];
    said(&SIMPLE, &instances, atoms)
}

fn said(sentences: &[Sentence], instances: &[Instances], atoms: &Atoms) -> Vec<Conjunct> {
    let conjunct = |(sentence, instances): (&Sentence, &Instances)| Conjunct {
        name: sentence.name,
        statement: sentence.statement,
        formula: sentence.formula,
        instances: instances(atoms),
    };
    sentences.iter().zip(instances).map(conjunct).collect()
}

/// The invariants that the thesis names (4.1.3), by the names of the properties that they are.
pub fn thesis(atoms: &Atoms, names: &[&str]) -> Vec<Conjunct> {
    claims(atoms).into_iter().filter(|claim| names.contains(&claim.name)).collect()
}

/// What the invariants are for.
pub fn claims(atoms: &Atoms) -> Vec<Conjunct> {
    let instances: [(&str, Instances); 5] =
        [("i1", i1), ("i2", i2), ("i2-formula", i2_formula), ("agreement", agreement), ("one-value", one_value)];
    let claim = |(name, instances): &(&str, Instances)| {
        let property = Property::named(name).expect("a property of the family");
        let Property { name, statement, formula, .. } = property;
        Conjunct { name, statement, formula, instances: instances(atoms) }
    };
    instances.iter().map(claim).collect()
}

fn asked_for(atoms: &Atoms) -> Vec<Assertion> {
    each_vote(atoms, |a, p| atoms.vote(a, p).implies(atoms.accept_by_any(p)))
}

fn one_value_a_ballot(atoms: &Atoms) -> Vec<Assertion> {
    each_pair(atoms, |p, q| {
        (p.ballot == q.ballot && p.value < q.value).then(|| both_false(atoms.accept_by_any(p), atoms.accept_by_any(q)))
    })
}

fn waiting(atoms: &Atoms) -> Vec<Assertion> {
    let of = |owned: &super::atoms::Owned| {
        let accepts: Vec<_> = atoms.of_ballot(owned.ballot).map(|p| atoms.accept(owned.proposer, p)).collect();
        accepts.into_iter().map(|accept| both_false(atoms.waits(*owned), accept)).collect::<Vec<_>>()
    };
    atoms.owned.iter().flat_map(of).collect()
}

fn votes_are_accepted(atoms: &Atoms) -> Vec<Assertion> {
    each_vote(atoms, |a, p| atoms.vote(a, p).implies(atoms.acceptor(a, move |acceptor| acceptor.accepted == Some(p))))
}

fn kept(atoms: &Atoms) -> Vec<Assertion> {
    each_promise(atoms, |a, owned, last| {
        let is_kept = atoms.acceptor(a, move |acceptor| number(acceptor) >= owned.ballot);
        vec![atoms.promise(a, owned, last).implies(is_kept)]
    })
}

fn heard(atoms: &Atoms) -> Vec<Assertion> {
    each_promise(atoms, |a, owned, last| {
        vec![atoms.heard(owned, a, move |heard| heard == last).implies(atoms.promise(a, owned, last))]
    })
}

fn heard_from(atoms: &Atoms) -> Vec<Assertion> {
    let of = |owned: &super::atoms::Owned| {
        let one = |a| atoms.heard(*owned, a, |_| true).implies(atoms.promised(a, *owned));
        atoms.acceptors().map(one).collect::<Vec<_>>()
    };
    atoms.owned.iter().flat_map(of).collect()
}

fn promised_by_all(atoms: &Atoms) -> Vec<Assertion> {
    let mut instances = Vec::new();
    for owned in &atoms.owned {
        for p in atoms.of_ballot(owned.ballot) {
            let promised = |a| atoms.accept(owned.proposer, p).implies(atoms.promised(a, *owned));
            instances.extend(atoms.acceptors().map(promised));
        }
    }
    instances
}

fn holds_a_highest_vote(atoms: &Atoms) -> Vec<Assertion> {
    let mut instances = each_vote(atoms, |a, p| {
        atoms.acceptor(a, move |acceptor| acceptor.accepted == Some(p)).implies(atoms.vote(a, p))
    });
    instances.extend(each_vote(atoms, |a, p| {
        let is_highest = atoms.acceptor(a, move |acceptor| {
            acceptor.accepted.is_some_and(|last| last.ballot >= p.ballot) && number(acceptor) >= p.ballot
        });
        atoms.vote(a, p).implies(is_highest)
    }));
    instances
}

fn reports_are_votes(atoms: &Atoms) -> Vec<Assertion> {
    each_promise(atoms, |a, owned, last| {
        last.map(|p| atoms.promise(a, owned, last).implies(atoms.vote(a, p))).into_iter().collect()
    })
}

fn reports_are_highest(atoms: &Atoms) -> Vec<Assertion> {
    each_promise(atoms, |a, owned, last| {
        let is_missed = |p: &&Proposal| p.ballot < owned.ballot && last.is_none_or(|last| last.ballot < p.ballot);
        let missed = atoms.proposals.iter().filter(is_missed);
        missed.map(|p| both_false(atoms.promise(a, owned, last), atoms.vote(a, *p))).collect()
    })
}

fn accepts_are_safe(atoms: &Atoms) -> Vec<Assertion> {
    let mut instances = Vec::new();
    for owned in &atoms.owned {
        for p in atoms.of_ballot(owned.ballot) {
            for other in atoms.proposals.iter().filter(|q| q.ballot < p.ballot && q.value != p.value) {
                for quorum in atoms.quorums() {
                    let cannot = |a| {
                        let (is_past, voted) = (above(atoms, a, *other), atoms.vote(a, *other));
                        is_past & !voted
                    };
                    let some_cannot = Assertion::any(quorum.into_iter().map(cannot));
                    instances.push(atoms.accept(owned.proposer, p).implies(some_cannot));
                }
            }
        }
    }
    instances
}

/// The acceptor's number is above the proposal's ballot.
fn above(atoms: &Atoms, acceptor: usize, proposal: Proposal) -> Assertion {
    atoms.acceptor(acceptor, move |acceptor| number(acceptor) > proposal.ballot)
}

fn i1(atoms: &Atoms) -> Vec<Assertion> {
    each_two_votes(atoms, |p, q| p.ballot == q.ballot && p.value < q.value)
}

fn one_value(atoms: &Atoms) -> Vec<Assertion> {
    each_two_votes(atoms, |p, q| p.value < q.value)
}

fn i2(atoms: &Atoms) -> Vec<Assertion> {
    let against = |p: Proposal, q: Proposal| {
        let is_above = p.ballot < q.ballot && p.value != q.value;
        let votes = atoms.acceptors().filter(move |_| is_above).map(move |a| atoms.vote(a, q));
        votes.map(move |vote| both_false(atoms.chosen(p), vote)).collect::<Vec<_>>()
    };
    atoms.proposals.iter().flat_map(|p| atoms.proposals.iter().flat_map(|q| against(*p, *q))).collect()
}

fn i2_formula(atoms: &Atoms) -> Vec<Assertion> {
    let of = |a| {
        each_pair(atoms, move |p, q| {
            let is_above = p.ballot < q.ballot && p.value != q.value;
            is_above.then(|| both_false(atoms.vote(a, p), atoms.vote(a, q)))
        })
    };
    atoms.acceptors().flat_map(of).collect()
}

fn agreement(atoms: &Atoms) -> Vec<Assertion> {
    each_pair(atoms, |p, q| (p < q && p.value != q.value).then(|| both_false(atoms.chosen(p), atoms.chosen(q))))
}

fn both_false(one: Assertion, other: Assertion) -> Assertion {
    !(one & other)
}

fn each_vote(atoms: &Atoms, instance: impl Fn(usize, Proposal) -> Assertion) -> Vec<Assertion> {
    let mut instances = Vec::new();
    for acceptor in atoms.acceptors() {
        instances.extend(atoms.proposals.iter().map(|proposal| instance(acceptor, *proposal)));
    }
    instances
}

fn each_pair(atoms: &Atoms, instance: impl Fn(Proposal, Proposal) -> Option<Assertion>) -> Vec<Assertion> {
    let with = |p: &Proposal| atoms.proposals.iter().filter_map(|q| instance(*p, *q)).collect::<Vec<_>>();
    atoms.proposals.iter().flat_map(with).collect()
}

/// No two acceptors, or one acceptor twice, voted for proposals that are together so.
fn each_two_votes(atoms: &Atoms, is_so: impl Fn(Proposal, Proposal) -> bool) -> Vec<Assertion> {
    let mut instances = Vec::new();
    for a in atoms.acceptors() {
        for c in atoms.acceptors() {
            let both = |p, q| both_false(atoms.vote(a, p), atoms.vote(c, q));
            instances.extend(each_pair(atoms, |p, q| is_so(p, q).then(|| both(p, q))));
        }
    }
    instances
}

fn each_promise(
    atoms: &Atoms,
    instances: impl Fn(usize, super::atoms::Owned, Option<Proposal>) -> Vec<Assertion>,
) -> Vec<Assertion> {
    let mut all = Vec::new();
    for owned in &atoms.owned {
        for acceptor in atoms.acceptors() {
            all.extend(atoms.reports().flat_map(|last| instances(acceptor, *owned, last)));
        }
    }
    all
}
