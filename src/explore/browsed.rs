//! A model as stateright's Explorer browses it: what its page asks for, in the form in which it wants it. Every state is
//! made by stateright's `ActorModel` and shown in the words of its family.

use super::shown;
use crate::family::{Action, Family, Global, Spec, System};
use crate::report::{thousands, Case};
use crate::trace::{Trace, Wording};
use serde_json::{json, Value};
use stateright::{Model as _, Path};

/// A model to be browsed, and what a search of it found.
pub struct Browsed<F: Family> {
    model: System<F>,
    wording: Wording<F>,
    links: Vec<(&'static str, String)>,
    /// The properties as the page receives them: expectation, name, and the path to the discovery, if there is one.
    properties: Value,
    status: Value,
}

impl<F: Family> Browsed<F> {
    /// The model of a spec, with the case and the traces of a search of it.
    pub fn new(spec: &Spec<F>, case: &Case, traces: &[Trace]) -> Self {
        let model = spec.model();
        let wording = Wording::new(&model);
        let link = |name: &str| Some(link(&model, &wording, traces.iter().find(|trace| trace.property == name)?));
        let links: Vec<_> = case.properties.iter().filter_map(|found| Some((found.name, link(found.name)?))).collect();
        let listed = case.properties.iter().map(|found| {
            let expectation = match found.kind {
                "sometimes" => "Sometimes",
                "inevitably" => "Eventually", // the nearest word that the page has
                _ => "Always",
            };
            let path = links.iter().find(|(name, _)| *name == found.name).map(|(_, path)| path);
            json!([expectation, found.name, path])
        });
        let properties: Value = listed.collect();
        let (name, progress) = match case.complete {
            true => (case.model.clone(), "every state was explored".to_string()),
            false => (
                format!("{} (INCOMPLETE)", case.model),
                format!("the search was cut off ({}); the counts are of what it had found", case.stopped),
            ),
        };
        let status = json!({
            "done": case.complete, // else the page goes on saying "Searching" of what has no discovery
            "model": name,
            "state_count": count(case.counts.generated_states),
            "unique_state_count": count(case.counts.unique_states),
            "max_depth": case.counts.max_depth.map_or_else(|| json!("unknown"), |depth| json!(depth)),
            "properties": properties,
            "recent_path": progress,
        });
        Browsed { model, wording, links, properties, status }
    }

    /// Each discovery, with the Explorer's address of the last state of its path.
    pub fn links(&self) -> &[(&'static str, String)] {
        &self.links
    }

    /// What the page shows of the search.
    pub(super) fn status(&self) -> &Value {
        &self.status
    }

    /// What may come next after a path, such as `/0/3/1`: the initial state if it is empty, else every action that the
    /// model offers at its end, and what it leads to. `None` if there is no such path.
    pub(super) fn steps(&self, path: &str) -> Option<Vec<Value>> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let initial = self.model.init_states().swap_remove(0);
        let Some(indices) = path.strip_prefix('/') else {
            let view = self.view(&initial, &[], json!({ "actionIndex": 0 }));
            return path.is_empty().then(|| vec![view]);
        };
        let mut indices = indices.split('/').map(|index| index.parse::<usize>().ok());
        indices.next().flatten().filter(|start| *start == 0)?;
        let (mut state, mut taken) = (initial, Vec::new());
        for index in indices {
            let action = self.actions(&state).into_iter().nth(index?)?;
            state = self.next(&state, &action)?;
            taken.push(action);
        }
        let steps = self.actions(&state).into_iter().enumerate().map(|(index, action)| {
            let shown = self.wording.action(&state, &action).to_string();
            match self.next(&state, &action) {
                None => json!({ "action": shown, "properties": [], "actionIndex": index }), // offered, and ignored
                Some(next) => {
                    let outcome = shown::step(&action, &state, &next, &self.wording);
                    taken.push(action);
                    let step = json!({ "action": shown, "outcome": outcome, "actionIndex": index });
                    let view = self.view(&next, &taken, step);
                    taken.pop();
                    view
                }
            }
        });
        Some(steps.collect())
    }

    /// What is shown of a state, beside what is known of the step to it.
    fn view(&self, state: &Global<F>, taken: &[Action<F>], mut step: Value) -> Value {
        step["state"] = shown::state(state, &self.wording).into();
        step["properties"] = self.properties.clone();
        step["svg"] = self.diagram(taken).into();
        step
    }

    /// stateright's diagram of a path.
    fn diagram(&self, taken: &[Action<F>]) -> Option<String> {
        let initial = self.model.init_states().swap_remove(0);
        let path = Path::from_actions(&self.model, initial, taken)?;
        Some(shown::diagram(&self.model.as_svg(path)?, &self.wording.roster))
    }

    fn actions(&self, state: &Global<F>) -> Vec<Action<F>> {
        actions::<F>(&self.model, state)
    }

    fn next(&self, state: &Global<F>, action: &Action<F>) -> Option<Global<F>> {
        self.model
            .next_state(state, action.clone())
            .filter(|next| stateright::Model::within_boundary(&self.model, next))
    }
}

/// A count for the page: in words where a number of JavaScript would not be exact.
fn count(count: u128) -> Value {
    match u64::try_from(count) {
        Ok(count) if count < 1 << 53 => count.into(),
        _ => thousands(count).into(),
    }
}

fn actions<F: Family>(model: &System<F>, state: &Global<F>) -> Vec<Action<F>> {
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    actions
}

/// The Explorer's address of a trace's last state: the index of each action among those that stateright's model offers,
/// the index of the initial state first.
fn link<F: Family>(model: &System<F>, wording: &Wording<F>, trace: &Trace) -> String {
    let mut link = "0".to_string();
    let mut state = model.init_states().swap_remove(0);
    for step in &trace.steps {
        let offered = actions::<F>(model, &state).into_iter().enumerate();
        let mut alike = offered.filter(|(_, action)| wording.action(&state, action) == step.action);
        let (index, action) = alike.nth(step.alike).expect("a recorded trace was executed on the model");
        link.push_str(&format!("/{index}"));
        state = model.next_state(&state, action).expect("a recorded trace was executed on the model");
    }
    link
}
