//! A model of any family, as commands hold it: what can be asked of it, and answered as plain data. A family is typed
//! below; here its types are gone.

use crate::audit::{self, AuditError};
use crate::check::{check, check_together, searched, take_part, CheckError, Checked, Options};
use crate::engine::components::spread::Crew;
use crate::engine::{Control, Refusal, Stopped};
use crate::explore::{serve, Address, Browsed};
use crate::family::{Family, Property, Provable, Spec, Table};
use crate::faults::{self, FaultsError};
use crate::graph::quotient::{quotient, NoQuotient, Quotient};
use crate::graph::{graph, Graph, TooManyStates};
use crate::induction::{self, Inducted};
use crate::input::InputError;
use crate::model_file::{self, key, ModelFile, Source};
use crate::proof::{self, Prepared, ProofError};
use crate::refine::{refine, RefineError, Refined};
use crate::simulate::{self, simulate, Simulated};
use crate::statistics::{self, gather, Statistics};
use crate::trace::{self, Trace};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What a model of any family is called.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its key: what traces, tables and reports call the model.
    pub name: String,
    /// The file, as it was given.
    pub file: String,
    /// The edits that were applied to it, as `key=value`, in the order of their keys.
    pub edits: Vec<String>,
    /// The model in a line.
    pub description: String,
    /// The model as an object with the keys of a model file.
    pub json: Value,
    /// The names of the properties that are checked.
    pub properties: Vec<&'static str>,
    /// The names of all properties that its family has.
    pub known: Vec<&'static str>,
}

/// The Explorer at work on a model: the thread that serves it, and the address of each discovery.
pub struct Serving {
    /// The thread that serves.
    pub server: JoinHandle<()>,
    /// Each discovery, with the Explorer's address of the last state of its path.
    pub links: Vec<(&'static str, String)>,
}

/// A model of some family.
pub trait Subject: Send + Sync {
    /// What it is called.
    fn header(&self) -> Header;

    /// Gives it another key.
    fn rename(&mut self, name: String);

    /// What a search of it is about, as checkpoints say it.
    fn searched(&self) -> String;

    /// Explores it and judges what was found.
    ///
    /// # Errors
    /// If the engine refuses the model or fails; that is no verdict.
    fn check(&self, options: &Options, control: &Arc<Control>) -> Result<Checked, CheckError>;

    /// The same, where the states are explored together with other processes.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if a process is lost.
    fn check_together(&self, options: &Options, control: &Arc<Control>, crew: Crew) -> Result<Checked, CheckError>;

    /// Takes part in the search of another process that checks it, and returns why it ended.
    ///
    /// # Errors
    /// If the engine refuses the model or fails, or if a process is lost.
    fn take_part(&self, options: &Options, control: &Arc<Control>, crew: Crew) -> Result<Stopped, CheckError>;

    /// Checks it and its mutants, saying beforehand which.
    ///
    /// # Errors
    /// If it has no mutants, or the engine refuses a model or fails.
    fn audit(
        &self,
        options: &audit::Options,
        control: &Arc<Control>,
        begin: &mut dyn FnMut(&str),
    ) -> Result<Checked, AuditError>;

    /// Decides whether it refines the specification of its family.
    ///
    /// # Errors
    /// If there is none, or the engine refuses a model or fails.
    fn refine(&self, options: &Options, control: &Arc<Control>) -> Result<Refined, RefineError>;

    /// Simulates it and judges what was found.
    ///
    /// # Errors
    /// If a run is refused by stateright's model, which is a fault of this program and no verdict.
    fn simulate(
        &self,
        options: &simulate::Options,
        control: &Arc<Control>,
        gauges: &simulate::Gauges,
    ) -> Result<Simulated, CheckError>;

    /// What becomes of it as nodes crash, at most so many at once, and as the network loses, repeats or orders messages.
    /// `settings` are those that it was read with.
    ///
    /// # Errors
    /// If there is nothing to map, or an engine fails.
    fn faults(
        &self,
        settings: &[String],
        crashes: usize,
        options: &Options,
        control: &Arc<Control>,
    ) -> Result<faults::Map, FaultsError>;

    /// Its state graph.
    ///
    /// # Errors
    /// If it has more than `max_states` states.
    fn graph(&self, max_states: usize, gauges: &Control) -> Result<Graph, TooManyStates>;

    /// The quotient of its states by what a footprint sees.
    ///
    /// # Errors
    /// If there is no such footprint, the symbolic engine refuses the model, or there are more than `most` classes.
    fn quotient(&self, footprint: &str, most: usize, gauges: &Arc<Control>) -> Result<Quotient, NoQuotient>;

    /// Its statistics.
    ///
    /// # Errors
    /// If the engine that was asked for refuses the model.
    fn statistics(&self, options: statistics::Options, gauges: &Arc<Control>) -> Result<Statistics, Refusal>;

    /// Decides whether an invariant of it is inductive: the one of this name, or the family's own choice.
    ///
    /// # Errors
    /// If there is no such invariant, or the model is not one for induction.
    fn induct(&self, invariant: Option<&str>) -> Result<Inducted, induction::Refusal>;

    /// Serves stateright's Explorer on it, with what a search of it found.
    ///
    /// # Errors
    /// If the system gives no thread.
    fn explore(&self, address: Address, checked: &Checked) -> io::Result<Serving>;
}

impl<F: Family> Subject for ModelFile<F> {
    fn header(&self) -> Header {
        Header {
            name: self.name.clone(),
            file: self.file.clone(),
            edits: self.edits.clone(),
            description: self.spec.to_string(),
            json: self.spec.to_json(),
            properties: self.spec.properties.iter().map(|property| property.name).collect(),
            known: names(&self.spec),
        }
    }

    fn rename(&mut self, name: String) {
        self.name = name;
    }

    fn searched(&self) -> String {
        searched(self)
    }

    fn check(&self, options: &Options, control: &Arc<Control>) -> Result<Checked, CheckError> {
        check(self, options, control)
    }

    fn check_together(&self, options: &Options, control: &Arc<Control>, crew: Crew) -> Result<Checked, CheckError> {
        check_together(self, options, control, crew)
    }

    fn take_part(&self, options: &Options, control: &Arc<Control>, crew: Crew) -> Result<Stopped, CheckError> {
        take_part(self, options, control, crew)
    }

    fn audit(
        &self,
        options: &audit::Options,
        control: &Arc<Control>,
        begin: &mut dyn FnMut(&str),
    ) -> Result<Checked, AuditError> {
        audit::audit(self, options, control, begin)
    }

    fn refine(&self, options: &Options, control: &Arc<Control>) -> Result<Refined, RefineError> {
        refine(self, options, control)
    }

    fn simulate(
        &self,
        options: &simulate::Options,
        control: &Arc<Control>,
        gauges: &simulate::Gauges,
    ) -> Result<Simulated, CheckError> {
        simulate(self, options, control, gauges)
    }

    fn faults(
        &self,
        settings: &[String],
        crashes: usize,
        options: &Options,
        control: &Arc<Control>,
    ) -> Result<faults::Map, FaultsError> {
        faults::map(self, settings, crashes, options, control)
    }

    fn graph(&self, max_states: usize, gauges: &Control) -> Result<Graph, TooManyStates> {
        graph(self, max_states, gauges)
    }

    fn quotient(&self, footprint: &str, most: usize, gauges: &Arc<Control>) -> Result<Quotient, NoQuotient> {
        quotient(self, footprint, most, gauges)
    }

    fn statistics(&self, options: statistics::Options, gauges: &Arc<Control>) -> Result<Statistics, Refusal> {
        gather(self, options, gauges)
    }

    fn induct(&self, invariant: Option<&str>) -> Result<Inducted, induction::Refusal> {
        induction::induct(self, invariant)
    }

    fn explore(&self, address: Address, checked: &Checked) -> io::Result<Serving> {
        let browsed = Browsed::new(&self.spec, &checked.case, &checked.traces);
        let links = browsed.links().to_vec();
        Ok(Serving { server: serve(address, browsed)?, links })
    }
}

/// A trace that was read and executed again.
pub struct Replayed {
    /// The trace.
    pub trace: Trace,
    /// Its model, as an object with the keys of a model file.
    pub model: Value,
}

/// A family, as commands hold it.
pub trait AnyFamily: Send + Sync {
    /// The name in model files.
    fn name(&self) -> &'static str;

    /// Reads a model of it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    fn read(&self, source: Source) -> Result<Box<dyn Subject>, InputError>;

    /// Reads a trace of one of its models and executes it again.
    ///
    /// # Errors
    /// If the text is no trace, or the trace does not fit its model.
    fn replay(&self, place: &str, text: &str) -> Result<Replayed, InputError>;

    /// The variants that have a proof at every size.
    fn provable(&self) -> &'static [Provable];

    /// Writes the proof of a variant under some settings, and compares it with the handlers.
    ///
    /// # Errors
    /// If the settings make no model, or one without a proof.
    fn prepare(&self, provable: &Provable, settings: &[String]) -> Result<Prepared, ProofError>;

    /// What it is, in a line.
    fn summary(&self) -> &'static str;

    /// What there is to check: the family's own tables, then its properties.
    fn tables(&self) -> Vec<Table>;

    /// A JSON schema of its model files.
    fn schema(&self) -> Value;

    /// A model file to begin with.
    fn template(&self) -> String;
}

/// A family whose models are checked.
pub struct Of<F>(pub PhantomData<F>);

impl<F: Family> AnyFamily for Of<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn read(&self, source: Source) -> Result<Box<dyn Subject>, InputError> {
        Ok(Box::new(ModelFile::<F>::of(source)?))
    }

    fn replay(&self, place: &str, text: &str) -> Result<Replayed, InputError> {
        let (trace, spec) = trace::read::<F>(place, text)?;
        Ok(Replayed { trace, model: spec.to_json() })
    }

    fn provable(&self) -> &'static [Provable] {
        F::provable()
    }

    fn prepare(&self, provable: &Provable, settings: &[String]) -> Result<Prepared, ProofError> {
        proof::prepare::<F>(provable, settings)
    }

    fn summary(&self) -> &'static str {
        F::SUMMARY
    }

    fn tables(&self) -> Vec<Table> {
        let row = |property: &Property<F>| {
            let demanded = if property.demanded { "yes" } else { "" };
            vec![property.name, property.kind.name(), demanded, property.statement, property.source]
        };
        let title = "Properties; a model checks those that apply to it. \
                     Those demanded gate where a model file has no [expect] of its own";
        let header = ["property", "kind", "demanded", "statement", "source"];
        let properties = Table::new(title, &header, F::properties().iter().map(row));
        F::tables().into_iter().chain([properties]).collect()
    }

    fn schema(&self) -> Value {
        model_file::schema::<F>()
    }

    fn template(&self) -> String {
        model_file::template::<F>()
    }
}

/// The names of every property that a model like this may have: those of its family, and the model's own.
pub(crate) fn names<F: Family>(spec: &Spec<F>) -> Vec<&'static str> {
    let mut names: Vec<_> = F::properties().iter().map(|property| property.name).collect();
    let others: Vec<_> = Property::<F>::of(&spec.model()).into_iter().map(|property| property.name).collect();
    names.extend(others.into_iter().filter(|name| Property::<F>::named(name).is_none()));
    names
}

/// Gives models that were asked for by their files their keys: the file's name, or its path as it was given where two
/// files have one name.
pub fn name_files(models: &mut [Box<dyn Subject>]) {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    models.iter().for_each(|model| *uses.entry(model.header().name).or_default() += 1);
    for model in models {
        let Header { name, file, edits, .. } = model.header();
        if uses[&name] > 1 {
            model.rename(key(Path::new(&file), &edits));
        }
    }
}

/// Gives models that were asked for by a folder their keys: the path below it.
pub fn name_below(folder: &Path, models: &mut [Box<dyn Subject>]) {
    for model in models {
        let Header { file, edits, .. } = model.header();
        let file = Path::new(&file);
        model.rename(key(file.strip_prefix(folder).unwrap_or(file), &edits));
    }
}

/// What differs between two things that are searched, as [`Subject::searched`] says it: the keys, each with what is said of
/// its two values.
pub fn differing(one: &str, other: &str, say: impl Fn(&str, &str) -> String) -> Vec<String> {
    let [one, other] = [one, other].map(|text| leaves(&serde_json::from_str(text).unwrap_or_default(), ""));
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let shown = |value: Option<&String>| value.cloned().unwrap_or_else(|| "absent".into());
    let unequal = keys.into_iter().filter(|key| one.get(*key) != other.get(*key));
    unequal.map(|key| format!("{key} {}", say(&shown(one.get(key)), &shown(other.get(key))))).collect()
}

/// The values of an object by their dotted keys.
fn leaves(value: &Value, path: &str) -> BTreeMap<String, String> {
    match value {
        Value::Object(object) => {
            let inner = |key: &String| if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            object.iter().flat_map(|(key, value)| leaves(value, &inner(key))).collect()
        }
        leaf => BTreeMap::from([(path.to_string(), leaf.to_string())]),
    }
}
