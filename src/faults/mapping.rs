//! How a map comes about: which environments there are, what is asked in each, and what the answers come to.

use super::{Cell, FaultsError, Grade, Map, Row, Witness};
use crate::check::{check, Checked, Options};
use crate::engine::Control;
use crate::family::{Delivery, Environment, Family, Formula, Kind, Property, Retention};
use crate::model_file::{key, ModelFile};
use crate::report::{as_operand, command, Case, PropertyResult, Verdict};
use crate::trace::Trace;
use std::path::Path;
use std::sync::Arc;

/// What a map asks of each cell.
struct Asked {
    safety: Vec<&'static str>,
    possible: Vec<&'static str>,
    inevitable: Vec<&'static str>,
    /// True iff a path that violates safety does so wherever it is possible: nothing is asked of whole states, which hold
    /// the network, nor of states without a transition.
    carries_over: bool,
}

impl Asked {
    fn of<F: Family>(model: &ModelFile<F>) -> Self {
        let all = Property::of(&model.spec.model());
        let named = |is_it: &dyn Fn(&Property<F>) -> bool| -> Vec<&'static str> {
            all.iter().filter(|property| is_it(property)).map(|property| property.name).collect()
        };
        let of_kind = |kind: Kind| {
            let is_plain = |property: &Property<F>| !matches!(property.is_true, Formula::Without(..));
            let mut names = named(&|property| property.kind == kind && is_plain(property));
            names.extend(named(&|property| property.kind == kind && !is_plain(property)));
            names
        };
        let is_of_safety = |property: &Property<F>| property.kind == Kind::Always && property.demanded;
        let is_of_paths =
            |property: &Property<F>| !matches!(property.is_true, Formula::Whole(_) | Formula::Terminal(_));
        Asked {
            safety: named(&is_of_safety),
            carries_over: all.iter().filter(|property| is_of_safety(property)).all(is_of_paths),
            possible: of_kind(Kind::AlwaysPossibly),
            inevitable: of_kind(Kind::Inevitably),
        }
    }

    fn all(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.safety.iter().chain(&self.possible).chain(&self.inevitable).copied()
    }
}

/// A network of the map.
struct Net {
    name: &'static str,
    delivery: Delivery,
    loss: bool,
}

impl Net {
    /// True iff everything that can happen in the other network can happen in this one.
    fn includes(&self, other: &Net) -> bool {
        let freedom = |net: &Net| match net.delivery {
            Delivery::Ordered => 0,
            Delivery::Unordered => 1,
            Delivery::UnorderedDuplicating => 2,
        };
        freedom(self) >= freedom(other) && self.loss >= other.loss
    }
}

/// An ordered network delivers every message once, so there is none that repeats them.
const NETWORKS: [Net; 6] = [
    Net { name: "unordered", delivery: Delivery::Unordered, loss: false },
    Net { name: "loss", delivery: Delivery::Unordered, loss: true },
    Net { name: "duplicating", delivery: Delivery::UnorderedDuplicating, loss: false },
    Net { name: "loss, duplicating", delivery: Delivery::UnorderedDuplicating, loss: true },
    Net { name: "ordered", delivery: Delivery::Ordered, loss: false },
    Net { name: "ordered, loss", delivery: Delivery::Ordered, loss: true },
];

/// What nodes do: how many may be down at once, whether they come back, and with what.
type Nodes = (usize, Option<Retention>);

/// True iff everything that nodes can do of one kind they can do of the other as well. One that never comes back is one
/// that has not come back yet.
fn include((crashes, comeback): Nodes, (fewer, other): Nodes) -> bool {
    crashes >= fewer && other.is_none_or(|other| comeback == Some(other))
}

/// The rows, with up to this many nodes down at once.
fn rows(most: usize) -> impl Iterator<Item = (String, Nodes)> {
    let with = |crashes: usize| {
        let of = move |what: &str| format!("{crashes} down{what}");
        [
            (of(""), (crashes, None)),
            (of(", back with all"), (crashes, Some(Retention::Everything))),
            (of(", with nothing"), (crashes, Some(Retention::Nothing))),
        ]
    };
    std::iter::once(("no crash".to_string(), (0, None))).chain((1..=most).flat_map(with))
}

/// The settings that turn a model into that of a cell: those keys that differ.
fn settings(base: &Environment, net: &Net, (crashes, comeback): Nodes) -> Vec<String> {
    let target = Environment {
        delivery: net.delivery,
        loss: net.loss,
        max_crashes: crashes,
        recovery: comeback.is_some(),
        ..*base
    };
    let storage = comeback.unwrap_or(Retention::Everything);
    let (before, after) = (base.to_json(), target.to_json());
    let mut set = Vec::new();
    for (table, keys) in [("network", &["delivery", "duplication", "loss"][..]), ("faults", &["crashes", "recovery"])] {
        for key in keys.iter().filter(|key| before[table][**key] != after[table][**key]) {
            set.push(format!("{table}.{key}={}", after[table][*key].to_string().trim_matches('"')));
        }
    }
    if storage != base.comeback.storage {
        set.push(format!("faults.storage={}", storage.name()));
    }
    set
}

/// Checks a model in every environment of the map. `settings` are those that it was read with.
///
/// # Errors
/// If there is nothing to map, or an engine fails. An environment that the family refuses is a cell that says so.
pub fn map<F: Family>(
    model: &ModelFile<F>,
    settings: &[String],
    crashes: usize,
    options: &Options,
    control: &Arc<Control>,
) -> Result<Map, FaultsError> {
    let asked = Asked::of(model);
    if asked.possible.is_empty() && asked.inevitable.is_empty() {
        return Err(FaultsError::NoEnds);
    }
    let mut mapping = Mapping { model, settings, asked: &asked, options, control };
    let row = |(nodes, does): (String, Nodes)| -> Result<Row, FaultsError> {
        let cells = NETWORKS.iter().map(|net| mapping.cell(net, does)).collect::<Result<_, _>>()?;
        Ok(Row { nodes, cells })
    };
    let mut rows = rows(crashes).map(row).collect::<Result<Vec<_>, _>>()?;
    if asked.carries_over {
        carry_over(&mut rows, crashes);
    }
    Ok(Map {
        format: "synod-faults",
        version: 1,
        model: model.name.clone(),
        file: model.file.clone(),
        set: model.edits.clone(),
        description: model.spec.setup.to_string(),
        safety: asked.safety,
        possible: asked.possible,
        inevitable: asked.inevitable,
        networks: NETWORKS.iter().map(|net| net.name).collect(),
        rows,
    })
}

/// What is violated in an environment is violated in each that includes it, also where that was cut off before it showed.
fn carry_over(mapped: &mut [Row], crashes: usize) {
    let does: Vec<Nodes> = rows(crashes).map(|(_, nodes)| nodes).collect();
    let places = || (0..does.len()).flat_map(|row| (0..NETWORKS.len()).map(move |net| (row, net)));
    let is_unsafe = |(row, net): (usize, usize)| mapped[row].cells[net].safe.verdict == Verdict::Violated;
    let is_within = |(row, net): (usize, usize), (other, others): (usize, usize)| {
        include(does[row], does[other]) && NETWORKS[net].includes(&NETWORKS[others])
    };
    let broken: Vec<_> =
        places().filter(|place| places().any(|other| is_unsafe(other) && is_within(*place, other))).collect();
    for (row, net) in broken {
        let cell = &mut mapped[row].cells[net];
        if cell.refused.is_none() {
            cell.safe.verdict = Verdict::Violated;
        }
    }
}

struct Mapping<'a, F: Family> {
    model: &'a ModelFile<F>,
    settings: &'a [String],
    asked: &'a Asked,
    options: &'a Options,
    control: &'a Arc<Control>,
}

impl<F: Family> Mapping<'_, F> {
    fn cell(&mut self, net: &Net, does: Nodes) -> Result<Cell, FaultsError> {
        let set = settings(&self.model.spec.environment, net, does);
        let names: Vec<String> = self.asked.all().map(|name| format!("{name:?}")).collect();
        let all = [self.settings, &set, &Self::asking(&names.join(","))].concat();
        let model = match ModelFile::<F>::read(Path::new(&self.model.file), &all) {
            Ok(model) => model,
            Err(error) => {
                let why = error.lines().collect::<Vec<_>>().join("; ");
                return Ok(Cell::refused(net.name, set, why));
            }
        };
        let edits = [&self.model.edits[..], &set].concat();
        let name = key(Path::new(Path::new(&model.file).file_name().unwrap_or_default()), &edits);
        let model = ModelFile { name, ..model };
        let checked = check(&model, self.options, self.control).map_err(FaultsError::Check)?;
        Ok(self.judged(net.name, set, checked))
    }

    /// The settings that ask for these properties and expect nothing.
    fn asking(names: &str) -> [String; 2] {
        [format!("check.properties=[{names}]"), "expect={}".into()]
    }

    fn judged(&self, network: &'static str, set: Vec<String>, checked: Checked) -> Cell {
        let Checked { case, traces, at_rest } = checked;
        let at_rest = self.asked.inevitable.first().or(self.asked.possible.first()).and_then(|name| at_rest.get(name));
        let witness = |trace: &Trace| Witness {
            property: self.asked.all().find(|name| *name == trace.property).unwrap_or_default(),
            steps: trace.steps.len(),
            repeats: trace.repeats,
            trace: None,
            command: self.command(&set, &trace.property),
        };
        let fails = |trace: &&Trace| trace.verdict == Kind::Always.settled();
        let traces: Vec<Trace> = traces.into_iter().filter(|trace| fails(&trace)).collect();
        Cell {
            network,
            refused: None,
            complete: case.complete,
            stopped: case.stopped,
            unique_states: case.counts.unique_states,
            terminal_states: case.counts.terminal_states,
            at_rest: at_rest.map(|(all, _)| *all),
            at_rest_undecided: at_rest.map(|(_, without)| *without),
            safe: safety(&case, &self.asked.safety),
            possible: grade(&case, &self.asked.possible),
            inevitable: grade(&case, &self.asked.inevitable),
            witnesses: traces.iter().map(witness).collect(),
            set,
            traces,
        }
    }

    /// The command that finds the witness of a property again.
    fn command(&self, set: &[String], property: &str) -> String {
        let asking = Self::asking(&format!("{property:?}"));
        let file = as_operand(&self.model.file);
        let sets = self.settings.iter().chain(set).chain(&asking).flat_map(|setting| ["--set", setting]);
        command(&["check", &file].into_iter().chain(sets).collect::<Vec<_>>())
    }
}

fn result<'c>(case: &'c Case, name: &str) -> Option<&'c PropertyResult> {
    case.properties.iter().find(|result| result.name == name)
}

/// Whether all of these properties hold. One that is violated is, however much was explored.
fn safety(case: &Case, names: &[&'static str]) -> Grade {
    let verdicts: Vec<Verdict> =
        names.iter().filter_map(|name| result(case, name)).map(|found| found.verdict).collect();
    let has = |verdict: Verdict| verdicts.contains(&verdict);
    let verdict = if has(Verdict::Violated) {
        Verdict::Violated
    } else if has(Verdict::Unknown) || !case.complete {
        Verdict::Unknown
    } else {
        Verdict::Holds
    };
    Grade { verdict, only: None }
}

/// The first of these properties that holds; each is weaker than the one before.
fn grade(case: &Case, names: &[&'static str]) -> Grade {
    let found = |name: &&&'static str| result(case, name).is_some_and(|found| found.verdict == Verdict::Holds);
    match (names.iter().position(|name| found(&name)), names.first().and_then(|name| result(case, name))) {
        (Some(0), _) => Grade { verdict: Verdict::Holds, only: None },
        (Some(place), _) => Grade { verdict: Verdict::Violated, only: Some(names[place]) },
        (None, first) => Grade { verdict: first.map_or(Verdict::Unknown, |found| found.verdict), only: None },
    }
}
