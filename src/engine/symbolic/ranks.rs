//! Ranks: where every path to a state has the same length, that length is a sum of potentials of the parts of the state,
//! found by solving linear equations, and depths are read off the finished diagram. It must not search.
//!
//! The unknowns are a weight for each envelope and for a crash, and a potential for each local state. A transition has
//! to add one to the sum: the potential of the new local state, less that of the old one, less the weight of the
//! envelope taken, plus those of the envelopes added. If the equations of all transitions have a solution, every
//! transition leads from a rank to the next, so the rank of a state is its depth.

use super::encoding::Function;
use super::numbers::{StableMap, StableSet};
use super::space::Space;
use super::variable::Variable;
use crate::engine::components::compile::component::Delivery;
use std::collections::{BTreeMap, VecDeque};

/// By level and number, what it adds to the rank of a state.
pub(super) struct Potentials(Vec<Vec<i64>>);

impl Potentials {
    #[inline]
    pub(super) fn of(&self, level: usize, value: u32) -> i64 {
        self.0[level].get(value as usize).copied().unwrap_or(0)
    }
}

/// The unknown weight of a crash, and of an envelope.
const CRASH: u32 = 0;
fn weight_of(envelope: u32) -> u32 {
    envelope + 1
}

/// A sum of multiples of weights and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Form {
    constant: i64,
    terms: BTreeMap<u32, i64>,
}

impl Form {
    fn add(&mut self, weight: u32, times: i64) {
        let sum = self.terms.entry(weight).or_default();
        *sum += times;
        if *sum == 0 {
            self.terms.remove(&weight);
        }
    }

    fn add_form(&mut self, other: &Form, times: i64) {
        self.constant += times * other.constant;
        other.terms.iter().for_each(|(&weight, &count)| self.add(weight, times * count));
    }

    fn value(&self, weights: &StableMap<u32, i64>) -> Option<i64> {
        self.terms.iter().try_fold(self.constant, |sum, (weight, times)| {
            sum.checked_add(times.checked_mul(weights.get(weight).copied().unwrap_or(0))?)
        })
    }
}

/// The potentials, if there are any for these events, each of which can happen somewhere.
pub(super) fn grade(space: &Space, events: &[u32]) -> Option<Potentials> {
    let actors = space.encoding.handlers.actors();
    let mut ways: Vec<StableMap<u32, Vec<(u32, usize)>>> = vec![StableMap::default(); actors];
    let mut gains = Vec::new();
    let mut equations: StableSet<Form> = StableSet::default();
    for &event in events {
        let event = &space.events[event as usize];
        let gain = gain(space, &event.functions);
        let Some(actor) = event.actor else {
            equations.insert(gain);
            continue;
        };
        let level = space.level_of[actor];
        for way in event.relation.iter().filter(|way| space.is_reached(level, way.to)) {
            ways[actor].entry(way.from).or_default().push((way.to, gains.len()));
        }
        gains.push(gain);
    }
    let mut potentials: Vec<StableMap<u32, Form>> = vec![StableMap::default(); actors];
    for actor in 0..actors {
        let first = space.encoding.initial()[actor];
        potentials[actor].insert(first, Form::default());
        let mut queue = VecDeque::from([first]);
        while let Some(from) = queue.pop_front() {
            for &(to, gain) in ways[actor].get(&from).into_iter().flatten() {
                let mut form = potentials[actor][&from].clone();
                form.add_form(&gains[gain], 1);
                match potentials[actor].get(&to) {
                    None => {
                        potentials[actor].insert(to, form);
                        queue.push_back(to);
                    }
                    Some(known) if *known != form => {
                        form.add_form(known, -1);
                        equations.insert(form);
                    }
                    Some(_) => {}
                }
            }
        }
    }
    let weights = solve(&equations)?;
    let values = |level| values(space, level, &potentials, &weights);
    (0..space.variable_at.len()).map(values).collect::<Option<_>>().map(Potentials)
}

/// What the potential of the acting local state has to gain, so that the rank gains one.
fn gain(space: &Space, functions: &[u32]) -> Form {
    let mut gain = Form { constant: 1, ..Form::default() };
    let is_counted = space.encoding.handlers.delivery() != Delivery::Duplicating;
    for &function in functions {
        match &space.encoding.function(function).1 {
            Function::Transfer { taken, added } if is_counted => {
                taken.iter().for_each(|&envelope| gain.add(weight_of(envelope), 1));
                added.iter().for_each(|&envelope| gain.add(weight_of(envelope), -1));
            }
            Function::Lose(envelope) if is_counted => gain.add(weight_of(*envelope), 1),
            Function::Down(more) => gain.add(CRASH, -i64::from(*more)),
            Function::Transfer { .. } | Function::Lose(_) | Function::Record(_) | Function::Last(_) => {}
        }
    }
    gain
}

fn values(
    space: &Space,
    level: usize,
    potentials: &[StableMap<u32, Form>],
    weights: &StableMap<u32, i64>,
) -> Option<Vec<i64>> {
    let variable = space.variable_at[level];
    let weight = |unknown: u32| weights.get(&unknown).copied().unwrap_or(0);
    let is_counted = space.encoding.handlers.delivery() != Delivery::Duplicating;
    let mut values = Vec::new();
    for value in space.reached_at(level) {
        values.resize(value as usize + 1, 0);
        values[value as usize] = match space.encoding.variables[variable] {
            Variable::Local(actor) => potentials[actor].get(&value)?.value(weights)?,
            Variable::Channel(..) if is_counted => {
                let envelopes = space.encoding.in_flight(variable, value).iter();
                envelopes.map(|&envelope| weight(weight_of(envelope))).sum()
            }
            Variable::Down => weight(CRASH).checked_mul(i64::from(value))?,
            Variable::Channel(..) | Variable::Last | Variable::History => 0,
        };
    }
    Some(values)
}

/// The prime modulo which the equations are solved.
const PRIME: u64 = (1 << 61) - 1;
/// Larger weights are taken for fractions.
const LARGEST: i64 = 1 << 32;

fn product(one: u64, other: u64) -> u64 {
    (u128::from(one) * u128::from(other) % u128::from(PRIME)) as u64
}

fn inverse(value: u64) -> u64 {
    let (mut result, mut base, mut exponent) = (1, value, PRIME - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(result, base);
        }
        base = product(base, base);
        exponent >>= 1;
    }
    result
}

/// An equation modulo the prime: the multiples of the weights and the constant sum up to 0.
#[derive(Clone, Default)]
struct Row {
    constant: u64,
    terms: BTreeMap<u32, u64>,
}

impl Row {
    fn of(form: &Form) -> Self {
        let modulo = |value: i64| value.rem_euclid(PRIME as i64) as u64;
        let terms = form.terms.iter().map(|(&weight, &times)| (weight, modulo(times))).collect();
        Row { constant: modulo(form.constant), terms }
    }

    fn subtract(&mut self, other: &Row, times: u64) {
        let less = |value: u64, minus: u64| (value + PRIME - product(minus, times)) % PRIME;
        self.constant = less(self.constant, other.constant);
        for (&weight, &count) in &other.terms {
            let term = self.terms.entry(weight).or_default();
            *term = less(*term, count);
        }
        self.terms.retain(|_, term| *term != 0);
    }
}

/// Weights that make every form 0, in whole numbers. They are found modulo a prime and then checked exactly; those that
/// may be anything are 0.
fn solve(forms: &StableSet<Form>) -> Option<StableMap<u32, i64>> {
    // Each row is solved for its largest weight.
    let mut rows: BTreeMap<u32, Row> = BTreeMap::new();
    for form in forms {
        let mut row = Row::of(form);
        while let Some((&weight, &times)) = row.terms.last_key_value() {
            match rows.get(&weight) {
                Some(known) => row.subtract(known, times),
                None => {
                    let inverse = inverse(times);
                    row.constant = product(row.constant, inverse);
                    row.terms.values_mut().for_each(|term| *term = product(*term, inverse));
                    rows.insert(weight, std::mem::take(&mut row));
                    break;
                }
            }
        }
        if row.constant != 0 {
            return None;
        }
    }
    let mut residues: StableMap<u32, u64> = StableMap::default();
    for (&weight, row) in &rows {
        let others = row.terms.iter().filter(|(other, _)| **other != weight);
        let sum = others.fold(row.constant, |sum, (other, &times)| {
            (sum + product(times, residues.get(other).copied().unwrap_or(0))) % PRIME
        });
        residues.insert(weight, (PRIME - sum) % PRIME);
    }
    let whole = |residue: u64| if residue > PRIME / 2 { -((PRIME - residue) as i64) } else { residue as i64 };
    let weights: StableMap<u32, i64> = residues.into_iter().map(|(weight, residue)| (weight, whole(residue))).collect();
    let is_solved = forms.iter().all(|form| form.value(&weights) == Some(0));
    (is_solved && weights.values().all(|weight| weight.abs() < LARGEST)).then_some(weights)
}
