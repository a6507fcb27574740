//! A conformance verdict as plain data, for programs.

use super::{Deviation, Gathered, Path};
use crate::family::{Deployable, Property};
use crate::model_file::{refuted, Demand};

use serde::Serialize;

/// The result of following a run's logs. Its JSON form has these keys:
///
/// ```json
/// { "schema": 1, "model": "adapted-2x3", "description": "single-decree adapted, ...", "run": 17, "live": false,
///   "conforms": true, "as_expected": true, "vacuous": [],
///   "instances": [ { "instance": 0, "steps": 14, "ignored": 1, "unrecorded": 0, "recoveries": 0,
///                    "settled": [ { "property": "chosen", "kind": "sometimes", "demanded": true,
///                                   "expected": "reached", "step": 13 } ], "deviation": null } ] }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Conformance {
    /// The version of the form.
    pub schema: u32,
    /// The name of the model.
    pub model: String,
    /// The model in a line.
    pub description: String,
    /// The number of the run.
    pub run: u64,
    /// True iff the run still went on when its logs were read: everything here is about the run so far.
    pub live: bool,
    /// True iff every logged event of every instance is a step of the model.
    pub conforms: bool,
    /// True iff it conforms, and no instance settles a property otherwise than demanded.
    pub as_expected: bool,
    /// The properties whose premise no state of the run meets.
    pub vacuous: Vec<&'static str>,
    /// The instances of the protocol.
    pub instances: Vec<Instance>,
}

/// The result of one instance.
#[derive(Clone, Debug, Serialize)]
pub struct Instance {
    /// Its number.
    pub instance: u32,
    /// The steps of its path, up to the first event that deviates.
    pub steps: usize,
    /// Messages without an effect.
    pub ignored: usize,
    /// Further ones, which have no record of their own.
    pub unrecorded: u64,
    /// Nodes that came back from a crash.
    pub recoveries: usize,
    /// The properties that the path settles.
    pub settled: Vec<Settled>,
    /// The first event that no enabled step explains.
    pub deviation: Option<Deviation>,
}

/// A property that a path violates or reaches.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    /// Its name.
    pub property: &'static str,
    /// `always`: it is violated; `sometimes`: it is reached.
    pub kind: &'static str,
    /// What is demanded of it: `demanded` and `expected` in JSON.
    #[serde(flatten)]
    pub demand: Demand,
    /// The step that settles it, counted from 1; 0 if the initial state does.
    pub step: usize,
}

impl Conformance {
    /// The report on these paths.
    pub fn new<F: Deployable>(gathered: &Gathered<F>, paths: &[Path<F>]) -> Self {
        let instance = |path: &Path<F>| Instance {
            instance: path.instance,
            steps: path.actions.len(),
            ignored: path.ignored,
            unrecorded: path.unrecorded,
            recoveries: path.recoveries,
            settled: path.settled.iter().map(|(property, step)| settled(gathered, *property, *step)).collect(),
            deviation: path.deviation.as_deref().cloned(),
        };
        Conformance {
            schema: 1,
            model: gathered.name.clone(),
            description: gathered.spec.to_string(),
            run: gathered.run,
            live: gathered.is_live(),
            conforms: paths.iter().all(|path| path.deviation.is_none()),
            as_expected: is_as_expected(gathered, paths),
            vacuous: vacuous(gathered, paths).into_iter().map(|property| property.name).collect(),
            instances: paths.iter().map(instance).collect(),
        }
    }
}

fn settled<F: Deployable>(gathered: &Gathered<F>, property: Property<F>, step: usize) -> Settled {
    Settled { property: property.name, kind: property.kind.name(), demand: gathered.demand(&property), step }
}

/// True iff every path conforms, and none violates or reaches what is demanded otherwise.
pub fn is_as_expected<F: Deployable>(gathered: &Gathered<F>, paths: &[Path<F>]) -> bool {
    let mut settled = paths.iter().flat_map(|path| &path.settled);
    paths.iter().all(|path| path.deviation.is_none())
        && settled.all(|(property, _)| refuted(&gathered.expect, property, true).is_none())
        && paths.iter().flat_map(|path| &path.premises).all(|met| refuted(&gathered.expect, met, false).is_none())
}

/// The always-properties that no path violates, and whose premise none meets: nothing was tried.
pub fn vacuous<F: Deployable>(gathered: &Gathered<F>, paths: &[Path<F>]) -> Vec<Property<F>> {
    let tried = |property: &Property<F>| {
        let named = |other: &Property<F>| other.name == property.name;
        let met = |path: &Path<F>| path.premises.iter().any(named);
        paths.iter().any(|path| met(path) || path.violated().any(|(other, _)| named(&other)))
    };
    let properties = gathered.spec.properties.iter().copied();
    properties.filter(|property| property.premise.is_some() && !tried(property)).collect()
}
