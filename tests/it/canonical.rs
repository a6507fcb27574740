//! What a footprint calls canonically equal, no property that has it tells apart: whatever is seen of the other nodes,
//! and before a step as after it.

use crate::support;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use stateright::Model as _;
use std::collections::HashSet;
use synod::engine::Ask;
use synod::family::{Family, Footprint, Local, Question, Seen, Spec};

/// Local states of each node, met on random walks.
fn locals<F: Family>(spec: &Spec<F>, random: &mut ChaCha8Rng) -> Vec<Vec<Local<F>>>
where
    Local<F>: Eq + std::hash::Hash + Clone,
{
    let model = spec.model();
    let mut locals: Vec<HashSet<Local<F>>> = vec![HashSet::new(); model.actors.len()];
    for _ in 0..150 {
        let mut next = model.init_states();
        while let Some(state) = next.choose(random).cloned() {
            for (found, local) in locals.iter_mut().zip(&state.actor_states) {
                found.insert((**local).clone());
            }
            next = model.next_states(&state);
        }
    }
    locals.into_iter().map(|found| found.into_iter().collect()).collect()
}

/// How many canonical forms differ from what was seen.
fn compare<F: Family>(spec: &Spec<F>) -> usize
where
    Local<F>: Eq + std::hash::Hash + Clone,
{
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let config = spec.config();
    let locals = locals(spec, &mut random);
    let mut changed = 0;
    for &footprint in F::Footprint::all() {
        let Some(canonical) = footprint.canonical() else { continue };
        let properties: Vec<_> = spec.properties.iter().filter(|property| property.reads == footprint).collect();
        let asks = properties.iter().flat_map(|property| {
            let settles = match property.question(&config) {
                Question::Seen(ask) => Some(ask),
                Question::Whole(_) | Question::Execution(_) => None,
            };
            [settles, property.premise_question(&config)].into_iter().flatten()
        });
        let asks: Vec<Ask<Seen<F>>> = asks.collect();
        let draw = |random: &mut ChaCha8Rng| -> Vec<Seen<F>> {
            let local = |of: &Vec<Local<F>>| footprint.observe(of.choose(random).expect("every node has a state"));
            locals.iter().map(local).collect()
        };
        for _ in 0..1_000 {
            let (tuple, other) = (draw(&mut random), draw(&mut random));
            let acting = random.random_range(0..tuple.len());
            let known: Vec<bool> = (0..tuple.len()).map(|node| node != acting && random.random_bool(0.7)).collect();
            let mut form: Vec<_> = tuple.iter().zip(&known).map(|(seen, known)| known.then(|| seen.clone())).collect();
            canonical(&config, &mut form);
            assert!(form.iter().zip(&known).all(|(seen, known)| seen.is_some() == *known));
            let equal: Vec<_> = form.into_iter().zip(&tuple).map(|(seen, own)| seen.unwrap_or(own.clone())).collect();
            changed += usize::from(equal != tuple);
            let after = |tuple: &[Seen<F>]| {
                let mut after = tuple.to_vec();
                after[acting] = other[acting].clone();
                after
            };
            for ask in &asks {
                let answers = [&tuple, &equal].map(|tuple| match ask {
                    Ask::State(hits) | Ask::Terminal(hits) => hits(tuple),
                    Ask::Step(hits) => hits(tuple, &after(tuple)),
                });
                assert_eq!(answers[0], answers[1], "{footprint:?}: {tuple:?} and {equal:?}, then {:?}", other[acting]);
            }
        }
    }
    changed
}

#[test]
fn no_property_tells_canonically_equal_observations_apart() {
    let mut changed = 0;
    for (variant, settings) in [
        ("adapted", &["bounds.proposers=3", "bounds.acceptors=3"][..]),
        (
            "adapted",
            &["bounds.proposers=2", "bounds.acceptors=3", "bounds.learners=2", "protocol.rules.after_accept=continue"],
        ),
        (
            "adapted",
            &[
                "bounds.proposers=2",
                "bounds.acceptors=3",
                "protocol.rules.value_choice=any",
                "protocol.rules.accept_guard=always",
            ],
        ),
        ("simple", &["bounds.proposers=2", "bounds.acceptors=3"]),
        ("simple", &["bounds.proposers=3", "bounds.learners=2", "protocol.rules.value_choice=own"]),
        ("simulator", &["bounds.proposers=2", "bounds.acceptors=3"]),
        ("disel", &["bounds.proposers=2", "bounds.acceptors=3"]),
        ("disel-shim", &["bounds.proposers=2", "bounds.acceptors=3"]),
    ] {
        let here = compare(&support::model(variant, settings).spec);
        assert!(here > 100, "{variant} {settings:?}: only {here} of the canonical forms differ");
        changed += here;
    }
    assert!(changed > 5_000, "{changed}");
}
