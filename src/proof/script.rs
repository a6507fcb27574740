//! The part of SMT-LIB that proofs are written in, read back from the text: relations, steps, and their truth in finite
//! structures. It knows no protocol.

use crate::family::Atom;
use std::collections::HashMap;

/// An expression of the text.
enum Expression {
    Word(String),
    List(Vec<Expression>),
}

impl Expression {
    fn word(&self) -> Result<&str, String> {
        match self {
            Expression::Word(word) => Ok(word),
            Expression::List(_) => Err("a list where a name is expected".into()),
        }
    }

    fn list(&self) -> Result<&[Expression], String> {
        match self {
            Expression::List(list) => Ok(list),
            Expression::Word(word) => Err(format!("{word:?} where a list is expected")),
        }
    }
}

fn expressions(text: &str) -> Result<Vec<Expression>, String> {
    let mut open: Vec<Vec<Expression>> = vec![Vec::new()];
    for line in text.lines() {
        let code = line.split(';').next().unwrap_or_default();
        for token in code.replace('(', " ( ").replace(')', " ) ").split_whitespace() {
            match token {
                "(" => open.push(Vec::new()),
                ")" => {
                    let closed = open.pop().unwrap_or_default();
                    open.last_mut().ok_or("a parenthesis too many")?.push(Expression::List(closed));
                }
                word => open.last_mut().ok_or("a parenthesis too many")?.push(Expression::Word(word.into())),
            }
        }
    }
    match (open.pop(), open.pop()) {
        (Some(all), None) => Ok(all),
        _ => Err("a parenthesis is not closed".into()),
    }
}

/// A formula. Variables are places of an environment.
enum Term {
    Constant(bool),
    Relation(usize, Vec<usize>),
    Equal(usize, usize),
    Not(Box<Term>),
    All(Vec<Term>),
    Any(Vec<Term>),
    If(Box<[Term; 3]>),
    Quantified { is_all: bool, sort: usize, body: Box<Term> },
}

impl Term {
    fn is_true(&self, structure: &Structure, environment: &mut Vec<usize>) -> bool {
        match self {
            Term::Constant(truth) => *truth,
            Term::Relation(relation, places) => {
                let elements: Vec<usize> = places.iter().map(|place| environment[*place]).collect();
                structure.holds(*relation, &elements)
            }
            Term::Equal(one, other) => environment[*one] == environment[*other],
            Term::Not(term) => !term.is_true(structure, environment),
            Term::All(terms) => terms.iter().all(|term| term.is_true(structure, environment)),
            Term::Any(terms) => terms.iter().any(|term| term.is_true(structure, environment)),
            Term::If(cases) => {
                let [condition, yes, no] = &**cases;
                if condition.is_true(structure, environment) { yes } else { no }.is_true(structure, environment)
            }
            Term::Quantified { is_all, sort, body } => {
                let mut is_so = |element| {
                    environment.push(element);
                    let truth = body.is_true(structure, environment);
                    environment.pop();
                    truth
                };
                let mut elements = 0..structure.sizes[*sort];
                if *is_all {
                    elements.all(&mut is_so)
                } else {
                    elements.any(&mut is_so)
                }
            }
        }
    }

    /// The conjuncts of a formula.
    fn conjuncts(self) -> Vec<Term> {
        match self {
            Term::All(terms) => terms.into_iter().flat_map(Term::conjuncts).collect(),
            term => vec![term],
        }
    }

    /// How many of the first places of the environment it needs.
    fn needs(&self, parameters: usize) -> usize {
        let of = |places: &[usize]| {
            places.iter().filter(|place| **place < parameters).map(|place| place + 1).max().unwrap_or(0)
        };
        match self {
            Term::Constant(_) => 0,
            Term::Relation(_, places) => of(places),
            Term::Equal(one, other) => of(&[*one, *other]),
            Term::Not(term) => term.needs(parameters),
            // A quantified variable has the place after all parameters, so that they must all be there.
            Term::Quantified { .. } => parameters,
            Term::All(terms) | Term::Any(terms) => terms.iter().map(|term| term.needs(parameters)).max().unwrap_or(0),
            Term::If(cases) => cases.iter().map(|term| term.needs(parameters)).max().unwrap_or(0),
        }
    }
}

/// A relation: its name and the sorts of what it holds of.
pub struct Relation {
    /// Its name.
    pub name: String,
    sorts: Vec<usize>,
}

/// A kind of step.
pub struct Step {
    parameters: Vec<usize>,
    /// The conjuncts of its guard, each with how many parameters it needs.
    guard: Vec<(usize, Term)>,
    /// Of each relation of the state, its formula after the step.
    after: Vec<(usize, Term)>,
}

/// A text that was read.
pub struct Script {
    sorts: Vec<String>,
    /// The relations.
    pub relations: Vec<Relation>,
    /// What is true of every state, whatever the protocol does.
    axioms: Vec<Term>,
    /// The steps, in the order of the text.
    pub steps: Vec<Step>,
}

/// What was declared, and not yet made a step of.
#[derive(Default)]
struct Frame<'a> {
    parameters: Vec<(String, usize)>,
    asserted: Vec<&'a Expression>,
    defined: Vec<(&'a str, &'a Expression, &'a Expression)>,
}

type Macros<'a> = HashMap<&'a str, (&'a Expression, &'a Expression)>;

impl Script {
    /// Reads a text.
    ///
    /// # Errors
    /// What it has that proofs are not written in.
    pub fn read(text: &str) -> Result<Self, String> {
        let all = expressions(text)?;
        let mut script = Script { sorts: Vec::new(), relations: Vec::new(), axioms: Vec::new(), steps: Vec::new() };
        let mut macros: Macros = HashMap::new();
        let mut frames = vec![Frame::default()];
        for command in &all {
            let parts = command.list()?;
            let name = parts.first().ok_or("an empty command")?.word()?;
            let is_outermost = frames.len() == 1;
            let frame = frames.last_mut().ok_or("a pop too many")?;
            match (name, &parts[1..]) {
                ("declare-sort", [sort, _]) => script.sorts.push(sort.word()?.into()),
                ("declare-fun", [relation, sorts, _]) => {
                    let sorts = sorts.list()?.iter().map(|sort| script.sort(sort)).collect::<Result<_, _>>()?;
                    script.relations.push(Relation { name: relation.word()?.into(), sorts });
                }
                ("declare-const", [constant, sort]) => {
                    frame.parameters.push((constant.word()?.into(), script.sort(sort)?));
                }
                ("define-fun", [defined, parameters, _, body]) => {
                    let defined = defined.word()?;
                    if frame.parameters.is_empty() {
                        macros.insert(defined, (parameters, body));
                    } else {
                        frame.defined.push((defined, parameters, body));
                    }
                }
                ("assert", [formula]) if is_outermost => {
                    let axiom = Reader { script: &script, macros: &macros }.term(formula, &[], 0)?;
                    script.axioms.push(axiom);
                }
                ("assert", [formula]) => frame.asserted.push(formula),
                ("push", _) => frames.push(Frame::default()),
                ("pop", _) => {
                    let frame = frames.pop().unwrap_or_default();
                    if !frame.defined.is_empty() {
                        let step = script.step(&frame, &macros)?;
                        script.steps.push(step);
                    }
                }
                ("set-logic", _) | ("check-sat", []) => {}
                (other, _) => return Err(format!("the command {other:?}")),
            }
        }
        Ok(script)
    }

    fn sort(&self, sort: &Expression) -> Result<usize, String> {
        let name = sort.word()?;
        self.sorts.iter().position(|other| other == name).ok_or_else(|| format!("the sort {name:?} is not declared"))
    }

    /// True iff all that the text takes for granted is true of a structure.
    pub fn is_granted(&self, structure: &Structure) -> bool {
        self.axioms.iter().all(|axiom| axiom.is_true(structure, &mut Vec::new()))
    }

    /// The number of a relation.
    pub fn relation(&self, name: &str) -> Option<usize> {
        self.relations.iter().position(|relation| relation.name == name)
    }

    fn step(&self, frame: &Frame, macros: &Macros) -> Result<Step, String> {
        let scope: Vec<(String, usize)> =
            frame.parameters.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)).collect();
        let reader = Reader { script: self, macros };
        let mut guard = Vec::new();
        for formula in &frame.asserted {
            guard.extend(reader.term(formula, &scope, scope.len())?.conjuncts());
        }
        let mut after = Vec::new();
        for (name, parameters, body) in &frame.defined {
            let relation = name.strip_suffix('1').and_then(|name| self.relation(name));
            let relation = relation.ok_or_else(|| format!("{name:?} is no relation after a step"))?;
            let mut scope = scope.clone();
            for parameter in parameters.list()? {
                let parameter = parameter.list()?.first().ok_or("a parameter without a name")?.word()?;
                scope.push((parameter.into(), scope.len()));
            }
            let depth = scope.len();
            after.push((relation, reader.term(body, &scope, depth)?));
        }
        let count = frame.parameters.len();
        let guard = guard.into_iter().map(|term| (term.needs(count), term)).collect();
        Ok(Step { parameters: frame.parameters.iter().map(|(_, sort)| *sort).collect(), guard, after })
    }
}

/// Reads formulas.
struct Reader<'a> {
    script: &'a Script,
    macros: &'a Macros<'a>,
}

impl Reader<'_> {
    fn term(&self, formula: &Expression, scope: &[(String, usize)], depth: usize) -> Result<Term, String> {
        let parts = match formula {
            Expression::Word(word) if word == "true" || word == "false" => return Ok(Term::Constant(word == "true")),
            Expression::Word(word) => return self.call(word, &[], scope, depth),
            Expression::List(parts) => parts,
        };
        let (head, rest) = parts.split_first().ok_or("an empty formula")?;
        let head = head.word()?;
        let terms = || rest.iter().map(|part| self.term(part, scope, depth)).collect::<Result<Vec<_>, _>>();
        let place = |part: &Expression| self.place(part, scope);
        Ok(match (head, rest) {
            ("not", [_]) => Term::Not(Box::new(terms()?.remove(0))),
            ("and", _) => Term::All(terms()?),
            ("or", _) => Term::Any(terms()?),
            ("=>", [_, _]) => {
                let mut terms = terms()?;
                let first = terms.remove(0);
                Term::Any(vec![Term::Not(Box::new(first)), terms.remove(0)])
            }
            ("ite", [condition, yes, no]) => {
                let term = |part| self.term(part, scope, depth);
                Term::If(Box::new([term(condition)?, term(yes)?, term(no)?]))
            }
            ("=", [one, other]) => Term::Equal(place(one)?, place(other)?),
            ("distinct", [one, other]) => Term::Not(Box::new(Term::Equal(place(one)?, place(other)?))),
            ("forall" | "exists", [variables, body]) => {
                self.quantified(head == "forall", variables.list()?, body, scope, depth)?
            }
            _ => self.call(head, rest, scope, depth)?,
        })
    }

    fn quantified(
        &self,
        is_all: bool,
        variables: &[Expression],
        body: &Expression,
        scope: &[(String, usize)],
        depth: usize,
    ) -> Result<Term, String> {
        let Some((variable, rest)) = variables.split_first() else { return self.term(body, scope, depth) };
        let [name, sort] = variable.list()? else { return Err("a variable without a sort".into()) };
        let scope = [scope, &[(name.word()?.to_string(), depth)]].concat();
        let body = Box::new(self.quantified(is_all, rest, body, &scope, depth + 1)?);
        Ok(Term::Quantified { is_all, sort: self.script.sort(sort)?, body })
    }

    /// A relation or a definition, of some variables.
    fn call(
        &self,
        name: &str,
        arguments: &[Expression],
        scope: &[(String, usize)],
        depth: usize,
    ) -> Result<Term, String> {
        let places = arguments.iter().map(|part| self.place(part, scope)).collect::<Result<Vec<_>, _>>()?;
        if let Some(relation) = self.script.relation(name) {
            let is_right = self.script.relations[relation].sorts.len() == places.len();
            return is_right.then_some(Term::Relation(relation, places)).ok_or(format!("{name} of too many or few"));
        }
        let (parameters, body) = self.macros.get(name).ok_or_else(|| format!("{name:?} is not declared"))?;
        let mut inner = Vec::new();
        for (parameter, place) in parameters.list()?.iter().zip(places) {
            inner.push((parameter.list()?.first().ok_or("a parameter without a name")?.word()?.to_string(), place));
        }
        self.term(body, &inner, depth)
    }

    fn place(&self, variable: &Expression, scope: &[(String, usize)]) -> Result<usize, String> {
        let name = variable.word()?;
        let place = scope.iter().rev().find(|(other, _)| other == name).map(|(_, place)| *place);
        place.ok_or_else(|| format!("the variable {name:?} is not declared"))
    }
}

/// A finite structure: of each relation, what it holds of.
#[derive(Clone, PartialEq)]
pub struct Structure {
    sizes: Vec<usize>,
    tables: Vec<Vec<bool>>,
    sorts: Vec<Vec<usize>>,
}

impl Structure {
    /// A structure with these sizes of sorts, in which nothing holds.
    ///
    /// # Errors
    /// If a sort has no size.
    pub fn new(script: &Script, sizes: &[(&str, usize)]) -> Result<Self, String> {
        let size = |sort: &String| {
            let known = sizes.iter().find(|(name, _)| name == sort);
            known.map(|(_, size)| *size).ok_or_else(|| format!("the sort {sort:?} has no size"))
        };
        let sizes = script.sorts.iter().map(size).collect::<Result<Vec<_>, _>>()?;
        let sorts: Vec<Vec<usize>> = script.relations.iter().map(|relation| relation.sorts.clone()).collect();
        let entries = |sorts: &Vec<usize>| sorts.iter().map(|sort| sizes[*sort]).product();
        let tables = sorts.iter().map(|sorts| vec![false; entries(sorts)]).collect();
        Ok(Structure { sizes, tables, sorts })
    }

    fn entry(&self, relation: usize, elements: &[usize]) -> usize {
        let sorts = self.sorts[relation].iter();
        sorts.zip(elements).fold(0, |entry, (sort, element)| entry * self.sizes[*sort] + element)
    }

    fn holds(&self, relation: usize, elements: &[usize]) -> bool {
        self.tables[relation][self.entry(relation, elements)]
    }

    /// Makes an atom hold, or not.
    ///
    /// # Errors
    /// If the text has no such relation.
    pub fn set(&mut self, script: &Script, Atom(name, elements): &Atom, truth: bool) -> Result<(), String> {
        let relation = script.relation(name).ok_or_else(|| format!("the relation {name:?} is not declared"))?;
        let entry = self.entry(relation, elements);
        self.tables[relation][entry] = truth;
        Ok(())
    }
}

impl Step {
    /// True iff the step can lead from one structure to another.
    pub fn leads(&self, before: &Structure, after: &Structure) -> bool {
        self.search(before, after, &mut Vec::new())
    }

    fn search(&self, before: &Structure, after: &Structure, chosen: &mut Vec<usize>) -> bool {
        let known = chosen.len();
        if !self.guard.iter().all(|(needs, term)| *needs != known || term.is_true(before, chosen)) {
            return false;
        }
        let Some(sort) = self.parameters.get(chosen.len()) else { return self.is_after(before, after, chosen) };
        (0..before.sizes[*sort]).any(|element| {
            chosen.push(element);
            let leads = self.search(before, after, chosen);
            chosen.pop();
            leads
        })
    }

    fn is_after(&self, before: &Structure, after: &Structure, chosen: &mut Vec<usize>) -> bool {
        self.after.iter().all(|(relation, term)| {
            let sorts = &before.sorts[*relation];
            (0..after.tables[*relation].len()).all(|entry| {
                let mut rest = entry;
                let mut elements: Vec<usize> = Vec::new();
                for sort in sorts.iter().rev() {
                    elements.push(rest % before.sizes[*sort]);
                    rest /= before.sizes[*sort];
                }
                let chosen_before = chosen.len();
                chosen.extend(elements.iter().rev());
                let truth = term.is_true(before, chosen);
                chosen.truncate(chosen_before);
                truth == after.tables[*relation][entry]
            })
        })
    }
}
