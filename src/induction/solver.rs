//! The SAT solver, asked about states: formulas become literals, and its models become states.

use super::formula::{Formula, State};
use rustsat::encodings::card::{BoundUpper, BoundUpperIncremental, Totalizer};
use rustsat::instances::{BasicVarManager, Cnf, ManageVars};
use rustsat::solvers::{Solve, SolveIncremental, SolverResult};
use rustsat::types::{Lit, TernaryVal};
use rustsat_batsat::BasicSolver;
use std::collections::{BTreeSet, HashMap};

/// What the solver says.
pub enum Answer {
    /// There is such a state.
    Some(State),
    /// There is none, for these assumptions alone.
    None(BTreeSet<Lit>),
}

/// A solver over the states of a model.
pub struct Solver {
    sat: BasicSolver,
    variables: BasicVarManager,
    locals: Vec<Vec<Lit>>,
    sent: Vec<Lit>,
    facts: Vec<Lit>,
    literals: HashMap<Formula, Lit>,
    truth: Lit,
    /// How many questions it was asked.
    pub asked: usize,
}

impl Solver {
    /// A solver over states with so many local states for each node, so many messages and so many facts.
    pub fn new(locals: impl Iterator<Item = usize>, messages: usize, facts: usize) -> Self {
        let mut variables = BasicVarManager::default();
        let mut fresh = |count: usize| (0..count).map(|_| variables.new_var().pos_lit()).collect::<Vec<_>>();
        let truth = fresh(1)[0];
        let locals: Vec<_> = locals.map(&mut fresh).collect();
        let (sent, facts) = (fresh(messages), fresh(facts));
        let literals = HashMap::new();
        let mut solver =
            Solver { sat: BasicSolver::default(), variables, locals, sent, facts, literals, truth, asked: 0 };
        solver.add([truth]);
        for node in 0..solver.locals.len() {
            solver.exactly_one(&solver.locals[node].clone());
        }
        solver
    }

    fn exactly_one(&mut self, these: &[Lit]) {
        self.add(these.iter().copied());
        let mut earlier: Option<Lit> = None;
        for &this in these {
            let so_far = self.fresh();
            self.add([!this, so_far]);
            if let Some(earlier) = earlier {
                self.add([!earlier, so_far]);
                self.add([!earlier, !this]);
            }
            earlier = Some(so_far);
        }
    }

    /// A literal that is free.
    pub fn fresh(&mut self) -> Lit {
        self.variables.new_var().pos_lit()
    }

    /// Adds a clause.
    pub fn add(&mut self, clause: impl IntoIterator<Item = Lit>) {
        self.sat.add_clause(clause.into_iter().collect()).expect("the solver takes every clause");
    }

    /// A literal that is so iff the formula is.
    pub fn literal(&mut self, formula: &Formula) -> Lit {
        match formula {
            Formula::Constant(truth) => return if *truth { self.truth } else { !self.truth },
            Formula::Sent(message) => return self.sent[*message as usize],
            Formula::Fact(fact) => return self.facts[*fact as usize],
            Formula::Not(other) => return !self.literal(other),
            Formula::Local(..) | Formula::All(_) | Formula::Any(_) => {}
        }
        if let Some(literal) = self.literals.get(formula) {
            return *literal;
        }
        let literal = self.fresh();
        match formula {
            Formula::Local(node, set) => {
                let among = self.locals[*node].clone();
                let count = (0..among.len()).filter(|local| set.has(*local)).count();
                let is_inside = 2 * count <= among.len(); // the side with fewer local states makes the shorter clauses
                let side = (0..among.len()).filter(|local| set.has(*local) == is_inside).map(|local| among[local]);
                self.define(if is_inside { literal } else { !literal }, side.collect());
            }
            Formula::All(these) => {
                let none = these.iter().map(|this| !self.literal(this)).collect();
                self.define(!literal, none);
            }
            Formula::Any(these) => {
                let some = these.iter().map(|this| self.literal(this)).collect();
                self.define(literal, some);
            }
            Formula::Constant(_) | Formula::Sent(_) | Formula::Fact(_) | Formula::Not(_) => unreachable!("done above"),
        }
        self.literals.insert(formula.clone(), literal);
        literal
    }

    /// Makes a literal so iff some of these is.
    fn define(&mut self, literal: Lit, some: Vec<Lit>) {
        some.iter().for_each(|this| self.add([literal, !*this]));
        self.add(some.into_iter().chain([!literal]));
    }

    /// Makes a formula so wherever the guard is, its conjunctions and disjunctions as clauses.
    pub fn require(&mut self, guard: Lit, formula: &Formula) {
        match formula {
            Formula::All(these) => these.iter().for_each(|this| self.require(guard, this)),
            Formula::Any(these) => {
                let clause: Vec<_> = these.iter().map(|this| self.literal(this)).chain([!guard]).collect();
                self.add(clause);
            }
            _ => {
                let literal = self.literal(formula);
                self.add([literal, !guard]);
            }
        }
    }

    /// Whether there is a state where all of these are so.
    pub fn ask(&mut self, assumptions: &[Lit]) -> Answer {
        self.asked += 1;
        match self.sat.solve_assumps(assumptions).expect("the solver answers") {
            SolverResult::Sat => Answer::Some(self.state()),
            SolverResult::Unsat => {
                let core = self.sat.core().expect("there is a core where there is no state");
                let core: BTreeSet<_> = core.iter().map(|literal| literal.var()).collect();
                Answer::None(assumptions.iter().copied().filter(|literal| core.contains(&literal.var())).collect())
            }
            SolverResult::Interrupted => unreachable!("nothing interrupts the solver"),
        }
    }

    /// The state of the last answer.
    fn state(&self) -> State {
        let is_so = |literal: &Lit| self.sat.lit_val(*literal).is_ok_and(|value| value == TernaryVal::True);
        let so = |literals: &[Lit]| (0..).zip(literals).filter(|(_, l)| is_so(l)).map(|(number, _)| number).collect();
        let local = |literals: &Vec<Lit>| literals.iter().position(is_so).expect("a node is in a local state") as u32;
        State { locals: self.locals.iter().map(local).collect(), sent: so(&self.sent), facts: so(&self.facts) }
    }

    /// A state where all of these are so and as few as possible of the weights, with how many of those are; and from
    /// then on there are at most so many wherever the guard is. `None` if there is no state.
    pub fn fewest(&mut self, guard: Lit, assumptions: &[Lit], weights: &[Lit]) -> Option<(usize, State)> {
        let mut totalizer = Totalizer::default();
        totalizer.extend(weights.iter().copied());
        for most in 0..=weights.len() {
            let mut bounds = Vec::new();
            if most < weights.len() {
                let mut clauses = Cnf::new();
                totalizer.encode_ub_change(most..=most, &mut clauses, &mut self.variables).expect("there is memory");
                clauses.into_iter().for_each(|clause| self.add(clause));
                bounds = totalizer.enforce_ub(most).expect("the bound was encoded");
            }
            let assumed: Vec<_> = assumptions.iter().chain(&bounds).copied().collect();
            if let Answer::Some(state) = self.ask(&assumed) {
                bounds.iter().for_each(|bound| self.add([!guard, *bound]));
                return Some((most, state));
            }
        }
        None
    }
}
