//! `run`: runs the nodes of a model, announces consensus, and checks the run against the model.

use super::args::{Run, Working};
use super::conform::{self, conclude, Told};
use super::input::read_model_of;
use super::own::{is_log, is_trace};
use super::progress::{memory, seconds, Message, Progress};
use super::reports::{deliver, require_place, taken, IS_A_MODEL, IS_FOR_A_LOG, IS_FOR_A_TRACE};
use super::{interrupt, say, traces, Failure, INCOMPLETE};
use crate::conform::{gather, logs_in, require_name, Conformance};
use crate::family::{Delivery, Deployable, Property, Roster, Spec};
use crate::input::InputError;
use crate::model_file::{refuted, ModelFile};
use crate::nodes::launch::Launch;
use crate::nodes::plan::{Crash, Ended, Plan, Seen};
use crate::nodes::report::to_json;
use crate::nodes::text::{self, has_two_values, outcome, summary};
use crate::nodes::wire::Faults;
use crate::nodes::{cluster, log};
use crate::report::{as_operand, command, thousands, visible, Sink, GOOD};
use stateright::actor::Id;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Duration;

/// `synod run`.
pub fn run<F: Deployable>(arguments: &Run) -> Result<u8, Failure> {
    let asked = read_model_of::<F>(&arguments.file, &arguments.working.settings.set)?;
    let implied = implied(&asked.spec, &arguments.working, !arguments.crash.is_empty(), false);
    let plan = plan::<F>(arguments, &asked.name, &implied)?;
    let _held = clear(&plan)?;
    let control = interrupt::control(!arguments.quiet);
    let is_for_people = arguments.json != Some(Sink::Stdout);
    let tell = |text: &str| if arguments.quiet || !is_for_people { Ok(()) } else { say(text) };
    tell(&format!("{:<11}{}\n", "model", plan.model.spec))?;
    if !implied.is_empty() {
        tell(&text::implied(&implied))?;
    }
    let is_one = plan.instances == 1;
    let mut told = Ok(());
    let mut addresses = Vec::new();
    let gauges = Arc::new(Gauges::default());
    let progress = Progress::start(!arguments.quiet, message(&plan, gauges.clone()));
    let ran = cluster::run(&plan, &control, &mut |seen| {
        gauges.count(&seen);
        if let Seen::Bound(node, address) = seen {
            addresses.push(format!("{node} {address}"));
            return;
        }
        let Some(shown) = shown(seen, is_one) else { return };
        let first = match addresses.as_slice() {
            [] => String::new(),
            addresses => format!("{:<11}{}\n", "nodes", addresses.join(", ")),
        };
        addresses.clear();
        let done = progress.aside(|| tell(&(first + &shown)));
        told = std::mem::replace(&mut told, Ok(())).and(done);
    });
    progress.stop();
    told?;
    let ran = ran.map_err(|failed| Failure::Input(InputError::new(failed.node, failed.what)))?;
    let (code, conformance) = if arguments.no_conform {
        if is_for_people {
            say(&summary(&plan, &ran))?; // all the verdict there is
        }
        let has_disagreed = ran.instances.iter().any(has_two_values);
        let is_agreement = |property: &&Property<F>| property.name == AGREEMENT;
        let agreement = plan.model.spec.properties.iter().find(is_agreement);
        let is_refuted =
            has_disagreed && agreement.is_some_and(|agreement| refuted(&plan.model.expect, agreement, true).is_some());
        (u8::from(is_refuted), None)
    } else {
        tell(&summary(&plan, &ran))?;
        let (told, report) = follow_logs(&plan, arguments.quiet)?;
        if is_for_people {
            say(&told.verdict)?;
        }
        (told.code, Some(report))
    };
    if let Some(sink) = &arguments.json {
        let report = crate::trace::json(&to_json(&plan, &ran, &conformance), true);
        deliver(sink, &(report + "\n"))?;
    }
    Ok(if code == 0 && ran.ended != Ended::Quiet { INCOMPLETE } else { code })
}

/// The property that two different decisions violate, where a family has it.
const AGREEMENT: &str = "agreement";

/// What is printed of a run while it goes on: every step if it is a run of one instance, else a line for each.
fn shown<F: Deployable>(seen: Seen<F>, is_one: bool) -> Option<String> {
    Some(match seen {
        Seen::Over(instance, over) if !is_one => format!("{:>10}  {}\n", instance, outcome(over)),
        Seen::Torn(node, byte) => format!("{node}: the last line of its log was cut off at byte {byte}\n"),
        _ if !is_one => return None,
        Seen::Step(node, record, elapsed) => text::step(&node, record, elapsed),
        Seen::Crash(node, elapsed) => text::moment(elapsed, &format!("{node} is killed")),
        Seen::Decided(decision, elapsed) => {
            text::moment(elapsed, &format!("{GOOD}consensus: {}{GOOD:#}", decision.text))
        }
        Seen::Announced(node, value, elapsed) => {
            text::moment(elapsed, &format!("{GOOD}{node} announces value {value}{GOOD:#}"))
        }
        Seen::Bound(..) | Seen::Over(..) => return None,
    })
}

/// How far a run is.
#[derive(Default)]
struct Gauges {
    over: AtomicU64,
    decided: AtomicU64,
    steps: AtomicU64,
}

impl Gauges {
    fn count<F: Deployable>(&self, seen: &Seen<F>) {
        match seen {
            Seen::Step(..) => _ = self.steps.fetch_add(1, Ordering::Relaxed),
            Seen::Over(_, over) => {
                self.over.fetch_add(1, Ordering::Relaxed);
                self.decided.fetch_add(u64::from(over.decided.is_some()), Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

fn message<F: Deployable>(plan: &Plan<F>, gauges: Arc<Gauges>) -> impl Fn(Duration) -> Message + Send + 'static {
    let (what, instances) = (plan.model.name.clone(), thousands(plan.instances));
    move |elapsed| {
        let of = |gauge: &AtomicU64| thousands(gauge.load(Ordering::Relaxed));
        let (over, decided, steps) = (of(&gauges.over), of(&gauges.decided), of(&gauges.steps));
        let figures = format!("{over} of {instances} instances over, {decided} decided, {steps} steps");
        Message { what: what.clone(), figures: format!("{figures}{}, {}", memory(), seconds(elapsed)) }
    }
}

/// Follows the logs of a run along its model.
fn follow_logs<F: Deployable>(plan: &Plan<F>, is_quiet: bool) -> Result<(Told, Conformance), Failure> {
    let roster = plan.model.spec.roster();
    let logs: Vec<_> = log_files(&plan.logs, &roster).into_iter().filter(|log| log.exists()).collect();
    if logs.is_empty() {
        return Err(InputError::new(plan.logs.display().to_string(), "the logs are gone").into());
    }
    let gauges = Arc::new(conform::Gauges::default());
    let progress = Progress::start(!is_quiet, conform::message(&plan.model.name, gauges.clone()));
    let gathered = gather::<F>(&logs)?;
    if gathered.run != plan.run {
        let what = format!("the logs of run {}, expected {}: another run wrote over them", gathered.run, plan.run);
        return Err(InputError::new(plan.logs.display().to_string(), what).into());
    }
    let instances = gathered.instances().into_iter();
    let paths = conform::follow_all(&gathered, instances, &gauges)?;
    progress.stop();
    let mut told = conclude(&gathered, &paths, &plan.logs)?;
    if let Some(path) = paths.iter().find(|path| path.deviation.is_some()) {
        let (logs, instance) = (as_operand(&plan.logs.display().to_string()), path.instance.to_string());
        let again = visible(&command(&["conform", &logs, "--instance", &instance]));
        told.verdict += &format!("{:<11}{again}\n", "path");
    }
    Ok((told, Conformance::new(&gathered, &paths)))
}

fn plan<F: Deployable>(arguments: &Run, name: &str, implied: &[String]) -> Result<Plan<F>, Failure> {
    let Run { file, working, .. } = arguments;
    let settings = [&working.settings.set, implied].concat();
    let model = ModelFile { name: name.into(), ..read_model_of(file, &settings)? };
    let roster = model.spec.roster();
    let crashes = arguments.crash.iter().map(|text| crash(text, &roster)).collect::<Result<_, _>>()?;
    require_name(&file.display().to_string(), &model.name)?;
    let mut rules: BTreeMap<Id, Vec<&str>> = BTreeMap::new();
    for text in &arguments.tamper {
        let place = format!("--tamper {text}");
        let (node, rule) = text
            .split_once(':')
            .ok_or_else(|| InputError::new(&place, "expected NODE:RULE=VALUE, as in A2:accept_guard=always"))?;
        rules.entry(named(node, &roster, &place)?).or_default().push(rule);
    }
    if working.amnesia {
        (0..roster.len()).for_each(|index| _ = rules.entry(index.into()).or_default());
    }
    let behaviour = |rules: &[&str]| behaviour(file, &settings, rules, working.amnesia);
    let tampered = rules.into_iter().map(|(node, rules)| Ok((node, behaviour(&rules)?)));
    let tampered = tampered.collect::<Result<_, InputError>>()?;
    let logs = arguments.logs.clone().unwrap_or_else(|| Path::new("runs").join(&model.name));
    if logs.to_str().is_none() {
        return Err(InputError::new("--logs", format!("{logs:?} is not UTF-8")).into());
    }
    if let Some(sink) = &arguments.json {
        let mut occupied = taken([file], IS_A_MODEL);
        occupied.extend(taken(log_files(&logs, &roster), IS_FOR_A_LOG));
        occupied.extend(taken(traces::files(&logs, &model.name, &model.spec), IS_FOR_A_TRACE));
        require_place(sink, &occupied)?;
    }
    let launch = if arguments.threads {
        Launch::Threads
    } else {
        let program = std::env::current_exe().map_err(|error| Failure::Output(error.to_string()))?;
        Launch::Processes { program, file: file.display().to_string() }
    };
    Ok(Plan {
        model,
        launch,
        faults: faults(working),
        crashes,
        tampered,
        instances: arguments.decide,
        deadline: arguments.deadline.into(),
        patience: working.retry_after,
        seed: working.seed,
        run: log::now(),
        logs,
    })
}

/// The faults asked for.
pub fn faults(working: &Working) -> Faults {
    Faults { loss: working.loss, duplicate: working.duplicate, reorder: working.reorder, delay: working.delay }
}

/// The settings of the model that faults imply: a run with them is one of the model with these. (A message that an
/// unordered network loses is one that is never delivered, which needs no setting.) Hosts on their own may miss what is
/// sent to them before they are up.
pub fn implied<F: Deployable>(spec: &Spec<F>, working: &Working, crashes: bool, hosts: bool) -> Vec<String> {
    let environment = spec.environment;
    let mut settings = Vec::new();
    let is_ordered = environment.delivery == Delivery::Ordered;
    let has_faults = faults(working) != Faults::default() || crashes || hosts;
    if working.duplicate > 0.0 && !is_ordered {
        settings.push("network.duplication=true".into());
    }
    if has_faults && is_ordered && !environment.loss {
        settings.push("network.loss=true".into()); // what is overtaken counts as lost
    }
    if crashes && environment.max_crashes == 0 {
        settings.extend(["faults.crashes=1".into(), "faults.recovery=true".into()]);
    }
    settings
}

/// The model that a node follows: that of the run with some rules changed, perhaps without stable storage.
///
/// # Errors
/// If that makes no sense.
pub fn behaviour<F: Deployable>(
    file: &Path,
    settings: &[String],
    rules: &[&str],
    forgets: bool,
) -> Result<Spec<F>, InputError> {
    let mut settings = settings.to_vec();
    settings.extend(rules.iter().map(|rule| format!("protocol.rules.{rule}")));
    settings.extend(forgets.then(|| FORGETS.to_string()));
    let model = read_model_of(file, &settings);
    Ok(model.map_err(|error| if forgets { without_storage(error) } else { error })?.spec)
}

/// What `--amnesia` makes of the model that nodes follow.
const FORGETS: &str = "faults.storage=nothing";

/// The error that nodes cannot forget what they saved, where that is what is wrong.
fn without_storage(error: InputError) -> InputError {
    if error.place == format!("--set {FORGETS}") {
        InputError::new("--amnesia", error.what)
    } else {
        error
    }
}

/// The node of this name.
pub fn named(name: &str, roster: &Roster, place: &str) -> Result<Id, InputError> {
    roster.id(name).ok_or_else(|| {
        let names: Vec<_> = (0..roster.len()).map(|index| roster.name(index.into()).to_string()).collect();
        InputError::new(place, format!("there is no node {name:?}, only {}", names.join(", ")))
    })
}

fn crash(text: &str, roster: &Roster) -> Result<Crash, InputError> {
    let place = format!("--crash {text}");
    let shape = || InputError::new(&place, "expected NODE@TIME or NODE@FROM..TO, as in A2@5ms or A2@0ms..5ms");
    let (node, when) = text.split_once('@').ok_or_else(shape)?;
    let (from, to) = when.split_once("..").unwrap_or((when, when));
    let moment = |text: &str| super::args::short(text).map_err(|_| shape());
    let (from, to) = (moment(from)?, moment(to)?);
    if from > to {
        return Err(shape());
    }
    Ok(Crash { node: named(node, roster, &place)?, from, to })
}

fn log_files(folder: &Path, roster: &Roster) -> Vec<PathBuf> {
    (0..roster.len()).map(|index| folder.join(format!("{}.log", roster.name(index.into())))).collect()
}

/// Removes the logs and traces of an earlier run, unless another run is using them. Anything else in the folder is
/// left, and is no reason to write over it. No other run works in the folder until what is returned is dropped.
fn clear<F: Deployable>(plan: &Plan<F>) -> Result<File, InputError> {
    let folder = &plan.logs;
    let failed = |path: &Path, what: String| InputError::new(path.display().to_string(), what);
    let unusable = |path: &Path, error: io::Error| failed(path, format!("cannot be used: {error}"));
    std::fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
    let held = File::open(folder).and_then(|folder| log::take(&folder).map(|()| folder));
    let held = held.map_err(|error| unusable(folder, error))?;
    traces::files(folder, &plan.model.name, &plan.model.spec).iter().try_for_each(|path| traces::require_own(path))?;
    let mut logs = logs_in(folder)?;
    let own = log_files(folder, &plan.model.spec.roster());
    for path in own.iter().filter(|path| path.symlink_metadata().is_ok()) {
        if !is_log(path).map_err(|error| unusable(path, error))? {
            return Err(failed(path, "not a log of an earlier run; choose another folder with --logs".into()));
        }
    }
    logs.retain(|path| is_log(path).is_ok_and(|is_log| is_log));
    let idle = |path: &PathBuf| File::open(path).and_then(|file| log::take(&file).map(|()| file));
    let idle = logs.iter().map(|path| idle(path).map_err(|error| unusable(path, error)));
    let _idle: Vec<File> = idle.collect::<Result<_, _>>()?;
    let traces = traces::files(folder, &plan.model.name, &plan.model.spec).into_iter().filter(|path| is_trace(path));
    for path in logs.iter().cloned().chain(traces) {
        std::fs::remove_file(&path).map_err(|error| unusable(&path, error))?;
    }
    Ok(held)
}
