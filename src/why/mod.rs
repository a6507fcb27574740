//! The cause of a verdict: where its path leaves the protocol that the model was edited from, and by which rule. The path
//! is followed beside that reference, and beside the model with each edit put back. It executes stateright's models; of
//! rules it knows only the names.

mod follow;

use crate::family::{
    successors, Action, Edit, Family, Global, Property, Readings, Reason, Reference, Roster, Spec, System,
};
use follow::{deed, follow, node, Fate, Followed};
use serde::{Deserialize, Serialize};
use stateright::actor::ActorModelAction;
use stateright::Model as _;
use std::borrow::Cow;

/// Where a path leaves the reference, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The protocol beside which the path was followed.
    pub reference: String,
    /// The first step that the reference does not take, or takes otherwise; `None` if it takes them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The rules whose edits make the differences, in the order of the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// In words, each with its step: the first difference, and the edits without which the verdict would be another. Those
    /// that the verdict depends on come first.
    pub reasons: Vec<Reason>,
    /// What the reference makes of each step from the first difference on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Beside>,
}

/// A step of the path beside the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// The step.
    pub step: usize,
    /// True iff the reference takes it with the same effect.
    pub is_alike: bool,
    /// What the node does in the model.
    pub here: String,
    /// What comes of the step in the reference.
    pub there: String,
    /// The node's state in the reference afterwards.
    pub state: String,
}

/// A path with what it settles, and the reference to follow it beside.
struct Inquest<'a, F: Family> {
    spec: &'a Spec<F>,
    property: &'a Property<F>,
    readings: &'static dyn Readings<F>,
    model: System<F>,
    roster: Roster,
    actions: &'a [Action<F>],
    states: &'a [Global<F>],
    reference: Reference,
}

/// The cause of a verdict on a path of the model, given by its actions and its states, that settles a property. `None` if
/// the model has no reference, or is no other protocol than it.
pub fn cause<F: Family>(
    spec: &Spec<F>,
    property: &Property<F>,
    actions: &[Action<F>],
    states: &[Global<F>],
) -> Option<Cause> {
    let readings = F::readings()?;
    let reference = readings.reference(&spec.setup)?;
    let (model, roster) = (spec.model(), spec.roster());
    let inquest = Inquest { spec, property, readings, model, roster, actions, states, reference };
    let beside = inquest.follow(&inquest.reference.edits);
    let mut cause = match beside.first_difference() {
        Some(step) => inquest.differs(&beside, step),
        None => inquest.agrees(&beside),
    };
    cause.reasons.extend(readings.circumstances(&inquest.model.cfg, actions, states));
    Some(cause)
}

impl<F: Family> Inquest<'_, F> {
    /// The path beside the model with these edits put back.
    fn follow(&self, edits: &[Edit]) -> Followed<F> {
        let other = self.spec.with(self.readings.put_back(&self.spec.setup, edits));
        follow(self.readings, other.model(), self.states, self.actions)
    }

    /// The smallest sets of edits, put back, of which this is so.
    fn blame(&self, is_so: impl Fn(&Followed<F>) -> bool) -> Vec<Vec<Edit>> {
        let is_guilty = |edits: &[Edit]| is_so(&self.follow(edits));
        let singles: Vec<_> =
            self.reference.edits.iter().map(|edit| vec![*edit]).filter(|edits| is_guilty(edits)).collect();
        if !singles.is_empty() {
            return singles;
        }
        let pairs = self.reference.edits.iter().enumerate();
        let pairs = pairs
            .flat_map(|(place, one)| self.reference.edits[place + 1..].iter().map(move |other| vec![*one, *other]));
        let pairs: Vec<_> = pairs.filter(|edits| is_guilty(edits)).collect();
        if pairs.is_empty() {
            vec![self.reference.edits.clone()]
        } else {
            pairs
        }
    }

    /// The reference does not take a step, or takes it otherwise.
    fn differs(&self, beside: &Followed<F>, step: usize) -> Cause {
        let blamed = self.blame(|followed| !followed.fates[step - 1].is_alike());
        let is_verdict_there = |edits: &[Edit]| self.is_settled(&self.follow(edits));
        let others = self.reference.edits.iter().filter(|edit| !blamed.iter().any(|edits| edits.contains(edit)));
        let decisive = others.map(|edit| vec![*edit]).filter(|edits| !is_verdict_there(edits));
        let (mut found, mut judged): (Vec<(usize, Vec<Vec<Edit>>)>, Vec<Vec<Edit>>) = Default::default();
        for edits in decisive {
            match self.follow(&edits).first_difference() {
                Some(step) => found.push((step, vec![edits])),
                None => judged.push(edits),
            }
        }
        found.sort_by_key(|(step, _)| *step);
        let mut first = self.reason(step, &blamed);
        let is_decisive = found.is_empty() && judged.is_empty() || blamed.iter().any(|edits| !is_verdict_there(edits));
        let place = if is_decisive { 0 } else { found.len() };
        if !is_decisive {
            first.text += &format!(" (but {} without it as well)", self.verdict());
        }
        let mut reasons: Vec<_> = found.iter().map(|(step, blamed)| self.reason(*step, blamed)).collect();
        reasons.insert(place, first);
        found.insert(place, (step, blamed));
        if !judged.is_empty() {
            reasons.push(self.judgement(&judged));
            found.push((self.actions.len(), judged));
        }
        Cause {
            reference: self.reference.name.clone(),
            step: Some(step),
            rules: names(found.iter().flat_map(|(_, blamed)| blamed)),
            reasons,
            beside: (step..=self.actions.len()).map(|step| self.beside(beside, step)).collect(),
        }
    }

    /// The reference takes every step. It then has the verdict as well, or goes on where the model cannot.
    fn agrees(&self, beside: &Followed<F>) -> Cause {
        let (name, steps) = (&self.reference.name, self.actions.len());
        let is_settled = self.is_settled(beside);
        let is_over = self.states.last().is_some_and(|last| successors::<F>(&self.model, last).is_empty());
        let (rules, text) = match self.next(beside) {
            Some((node, deed)) if is_over && !is_settled => {
                let blamed = self.blame(|followed| self.next(followed).is_some());
                (
                    names(blamed.iter()),
                    format!("after step {steps}: nothing can happen; {} {node} would {deed}", with(&blamed)),
                )
            }
            _ if !is_settled => {
                let blamed = self.blame(|followed| followed.first_difference().is_none() && !self.is_settled(followed));
                (names(blamed.iter()), self.judgement(&blamed).text)
            }
            _ => (Vec::new(), format!("every step is possible in {name} as well, and {} there too", self.verdict())),
        };
        let steps = if rules.is_empty() { vec![] } else { vec![steps] };
        Cause { reference: name.clone(), step: None, rules, reasons: vec![Reason { text, steps }], beside: Vec::new() }
    }

    /// That the same steps have another verdict with any of these sets of edits put back.
    fn judgement(&self, blamed: &[Vec<Edit>]) -> Reason {
        let (steps, name, settled) = (self.actions.len(), self.property.name, self.property.kind.settled());
        let text =
            format!("after step {steps}: every step is possible {}, but {name} would not be {settled}", with(blamed));
        Reason::new(text, [steps])
    }

    /// What the path shows, in words.
    fn verdict(&self) -> String {
        format!("{} is {}", self.property.name, self.property.kind.settled())
    }

    fn is_settled(&self, followed: &Followed<F>) -> bool {
        self.property.is_settled_by(&followed.model, &followed.states)
    }

    /// What the model does in a step, and what it would do with any of these sets of edits put back.
    fn reason(&self, step: usize, blamed: &[Vec<Edit>]) -> Reason {
        let fates: Vec<_> = blamed.iter().map(|edits| self.follow(edits).fates[step - 1].clone()).collect();
        let alike = blamed.iter().zip(&fates).filter(|(_, fate)| **fate == fates[0]).map(|(edits, _)| edits.clone());
        let alike: Vec<_> = alike.collect();
        let would = match &fates[0] {
            Fate::Taken(deed, _) => format!("it would {}", deed.would()),
            Fate::Impossible => "this could not happen".into(),
            Fate::Ignored => "it would not".into(),
        };
        let (name, done) = (self.name(step), self.deed(step));
        Reason::new(format!("step {step}: {name} {done}; {} {would}", with(&alike)), [step])
    }

    /// The node in which a step happens.
    fn name(&self, step: usize) -> Cow<'_, str> {
        self.roster.name(node::<F>(&self.actions[step - 1]))
    }

    fn deed(&self, step: usize) -> String {
        let (before, after) = (&self.states[step - 1], &self.states[step]);
        deed(self.readings, &self.model, &self.actions[step - 1], before, after).done()
    }

    fn beside(&self, beside: &Followed<F>, step: usize) -> Beside {
        let (name, here) = (self.name(step), self.deed(step));
        let action = &self.actions[step - 1];
        let fate = &beside.fates[step - 1];
        let there = match (fate, action) {
            (Fate::Taken(deed, _), _) => format!("{name} {}", deed.done()),
            (Fate::Ignored, ActorModelAction::Deliver { msg, .. }) => format!("{name} ignores {}", F::message(msg)),
            (Fate::Impossible, ActorModelAction::Deliver { msg, .. }) => {
                format!("{} is not in flight to {name}", F::message(msg))
            }
            (Fate::Ignored | Fate::Impossible, _) => format!("{name} cannot"),
        };
        let state = F::local(&beside.states[step].actor_states[usize::from(node::<F>(action))]);
        Beside { step, is_alike: fate.is_alike(), here: format!("{name} {here}"), there, state }
    }

    /// Something that can still happen at the end of a path, in words: the node and what it would do.
    fn next(&self, followed: &Followed<F>) -> Option<(String, String)> {
        let (model, state) = (&followed.model, followed.states.last()?);
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        actions.into_iter().find_map(|action| {
            let after = model.next_state(state, action.clone()).filter(|after| model.within_boundary(after))?;
            let would = deed(self.readings, model, &action, state, &after).would();
            Some((self.roster.name(node::<F>(&action)).to_string(), would))
        })
    }
}

/// The names of the rules, each once.
fn names<'a>(blamed: impl Iterator<Item = &'a Vec<Edit>>) -> Vec<String> {
    let mut names = Vec::new();
    for name in blamed.flatten().map(|edit| edit.rule.to_string()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The edits that are put back, in words.
fn with(blamed: &[Vec<Edit>]) -> String {
    let one = |edit: &Edit| format!("{} = {}", edit.rule, edit.value);
    let set = |edits: &Vec<Edit>| edits.iter().map(one).collect::<Vec<_>>().join(" and ");
    format!("with {}", blamed.iter().map(set).collect::<Vec<_>>().join(", or with "))
}
