//! `run`: the nodes of a model at work, consensus announced, and the run checked against the model.

use super::args::{Run, Working};
use super::conform::conclude;
use super::{print, watch, Failure, INCOMPLETE};
use crate::conform::{follow, gather};
use crate::engine::Control;
use crate::model_file::{InputError, ModelFile, Spec};
use crate::nodes::cluster;
use crate::nodes::consensus::Consensus;
use crate::nodes::launch::{Launch, Traffic};
use crate::nodes::log;
use crate::nodes::plan::{Crash, Ended, Instance, Plan, Ran, Seen};
use crate::nodes::wire::Faults;
use crate::protocols::single_decree::Delivery;
use crate::vocabulary::{Proposal, Roster};
use anstyle::{AnsiColor, Style};
use stateright::actor::Id;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const GOOD: Style = AnsiColor::Green.on_default();
const DOUBT: Style = AnsiColor::Yellow.on_default();

/// `synod run`.
pub fn run(arguments: &Run) -> Result<u8, Failure> {
    let asked = ModelFile::read(&arguments.file, &arguments.working.set)?;
    let implied = implied(&asked.spec, &arguments.working, !arguments.crash.is_empty());
    let plan = plan(arguments, &implied)?;
    let control = Arc::new(Control::default());
    let interrupted = control.clone();
    ctrlc::set_handler(move || interrupted.interrupt()).map_err(|error| Failure::Output(error.to_string()))?;
    let tell = |text: &str| if arguments.quiet { Ok(()) } else { print(text) };
    tell(&format!("{:<11}{}\n", "model", plan.model.spec))?;
    if !implied.is_empty() {
        tell(&format!("{:<11}{}, beyond the model file, by the faults asked for\n", "with", implied.join(", ")))?;
    }
    let is_one = plan.instances == 1;
    let mut told = Ok(());
    let mut addresses = Vec::new();
    let ran = cluster::run(&plan, &control, &mut |seen| {
        let text = match seen {
            Seen::Bound(node, address) => {
                addresses.push(format!("{node} {address}"));
                return;
            }
            Seen::Over(instance, over) if !is_one => format!("{:>10}  {}\n", instance, outcome(over)),
            Seen::Torn(node, byte) => format!("{node}: the last line of its log was cut off at byte {byte}\n"),
            _ if !is_one => return,
            Seen::Step(node, record, elapsed) => watch::step(&node, record, elapsed),
            Seen::Crash(node, elapsed) => watch::line(elapsed, &format!("{node} is killed")),
            Seen::Chosen(consensus, elapsed) => {
                watch::line(elapsed, &format!("{GOOD}consensus: {}{GOOD:#}", announced(consensus)))
            }
            Seen::Learned(node, proposal, elapsed) => {
                watch::line(elapsed, &format!("{GOOD}{node} announces value {}{GOOD:#}", proposal.value))
            }
            Seen::Over(..) => return,
        };
        let first = match addresses.as_slice() {
            [] => String::new(),
            addresses => format!("{:<11}{}\n", "nodes", addresses.join(", ")),
        };
        addresses.clear();
        let done = tell(&(first + &text));
        told = std::mem::replace(&mut told, Ok(())).and(done);
    });
    told?;
    let ran = ran.map_err(|failed| Failure::Input(InputError::new(failed.node, failed.what)))?;
    tell(&summary(&plan, &ran))?;
    let violated = ran.instances.iter().any(has_two_values);
    let code = if arguments.no_conform {
        u8::from(violated)
    } else {
        let roster = plan.model.spec.setup().roster();
        let logs: Vec<_> = log_files(&plan.logs, &roster).into_iter().filter(|log| log.exists()).collect();
        let gathered = gather(&logs)?;
        let instances = gathered.instances().into_iter();
        let paths = instances.map(|instance| follow(&gathered, instance)).collect::<Result<Vec<_>, _>>()?;
        let told = conclude(&gathered, &paths, &plan.logs, &plan.model.expect)?;
        print(&told.verdict)?;
        if let Some(path) = paths.iter().find(|path| path.deviation.is_some()) {
            let what = format!("synod conform {} --instance {}", plan.logs.display(), path.instance);
            print(&format!("{:<11}{what}\n", "path"))?;
        }
        told.code
    };
    Ok(if code == 0 && ran.ended != Ended::Quiet { INCOMPLETE } else { code })
}

fn plan(arguments: &Run, implied: &[String]) -> Result<Plan, Failure> {
    let Run { file, working, .. } = arguments;
    let settings = [&working.set, implied].concat();
    let model = ModelFile::read(file, &settings)?;
    let roster = model.spec.setup().roster();
    let crashes = arguments.crash.iter().map(|text| crash(text, &roster)).collect::<Result<_, _>>()?;
    let tampered = arguments.tamper.iter().map(|text| {
        let place = format!("--tamper {text}");
        let (node, rule) = text
            .split_once(':')
            .ok_or_else(|| InputError::new(&place, "expected NODE:RULE=VALUE, as in A2:accept_guard=always"))?;
        Ok((named(node, &roster, &place)?, tampered(file, &settings, rule)?))
    });
    let tampered = tampered.collect::<Result<_, InputError>>()?;
    let logs = arguments.logs.clone().unwrap_or_else(|| Path::new("runs").join(&model.name));
    clear(&logs, &roster)?;
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
        amnesia: working.amnesia,
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
/// unordered network loses is one that is never delivered, which needs no setting.)
pub fn implied(spec: &Spec, working: &Working, crashes: bool) -> Vec<String> {
    let environment = spec.environment;
    let mut settings = Vec::new();
    let is_ordered = environment.delivery == Delivery::Ordered;
    let has_faults = faults(working) != Faults::default() || crashes;
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

/// The model with one rule changed.
pub fn tampered(file: &Path, settings: &[String], rule: &str) -> Result<Spec, InputError> {
    let mut settings = settings.to_vec();
    settings.push(format!("protocol.rules.{rule}"));
    Ok(ModelFile::read(file, &settings)?.spec)
}

/// The node of this name.
pub fn named(name: &str, roster: &Roster, place: &str) -> Result<Id, InputError> {
    roster.id(name).ok_or_else(|| {
        let names: Vec<_> = (0..roster.len()).map(|index| roster.name(index.into())).collect();
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

/// Takes the logs of an earlier run away. Anything else in the folder is left, and is no reason to write over it.
fn clear(folder: &Path, roster: &Roster) -> Result<(), InputError> {
    let failed = |path: &Path, what: String| InputError::new(path.display().to_string(), what);
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, format!("cannot be made: {error}")))?;
    for path in log_files(folder, roster).into_iter().filter(|path| path.exists()) {
        let start = std::fs::read(&path).unwrap_or_default();
        let is_log = start.is_empty() || String::from_utf8_lossy(&start[..start.len().min(200)]).contains(log::FORMAT);
        if !is_log {
            return Err(failed(&path, "not a log of an earlier run; choose another folder with --logs".into()));
        }
        std::fs::remove_file(&path).map_err(|error| failed(&path, format!("cannot be removed: {error}")))?;
    }
    Ok(())
}

fn announced(consensus: &Consensus) -> String {
    let Consensus { proposal, majority } = consensus;
    format!("value {}, ballot {}, accepted by {}", proposal.value, proposal.ballot, majority.join(" "))
}

fn has_two_values(instance: &Instance) -> bool {
    instance.chosen.windows(2).any(|pair| pair[0].proposal.value != pair[1].proposal.value)
}

/// What came of an instance, in a line.
fn outcome(instance: &Instance) -> String {
    let crashes = match instance.crashes {
        0 => String::new(),
        1 => " (1 crash)".into(),
        more => format!(" ({more} crashes)"),
    };
    let took = instance.decided.map_or_else(String::new, |took| format!(", {}", milliseconds(took)));
    match instance.chosen.first() {
        Some(consensus) => format!("consensus: {}{took}{crashes}", announced(consensus)),
        None => format!("{}: {}{crashes}", undecided(instance), instance.reasons.join("; ")),
    }
}

fn undecided(instance: &Instance) -> &'static str {
    if instance.aborted {
        "no consensus, aborted"
    } else {
        "no consensus, blocked"
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

fn summary(plan: &Plan, ran: &Ran) -> String {
    let mut text = String::new();
    let mut line = |style: Style, label: &str, content: String| {
        text.push_str(&format!("{style}{label:<11}{style:#}{content}\n"));
    };
    let ended = match ran.ended {
        Ended::Quiet => "until nothing more could happen",
        Ended::Deadline => "until the deadline",
        Ended::Interrupted => "until it was interrupted",
    };
    let crashes: u32 = ran.instances.iter().map(|instance| instance.crashes).sum();
    let killed = if crashes > 0 { format!(", {crashes} times a node was killed") } else { String::new() };
    line(Style::new(), "ran", format!("{:.3} s, {ended}{killed}", ran.elapsed.as_secs_f64()));
    line(Style::new(), "datagrams", datagrams(&ran.traffic));
    if let [instance] = ran.instances.as_slice() {
        match instance.chosen.as_slice() {
            [] => {
                line(DOUBT, "undecided", undecided(instance).into());
                instance.reasons.iter().for_each(|reason| line(DOUBT, "", reason.clone()));
            }
            chosen => chosen.iter().for_each(|consensus| line(GOOD, "decided", announced(consensus))),
        }
        if !instance.learned.is_empty() {
            let told = |(node, proposal): &(String, Proposal)| format!("{node} value {}", proposal.value);
            line(GOOD, "announced", instance.learned.iter().map(told).collect::<Vec<_>>().join(", "));
        }
    } else {
        let instances = ran.instances.len();
        let mut latencies: Vec<_> = ran.instances.iter().filter_map(|instance| instance.decided).collect();
        latencies.sort();
        let decided = latencies.len();
        let aborted = ran.instances.iter().filter(|instance| instance.aborted).count();
        let blocked = instances - decided - aborted;
        let share = 100.0 * decided as f64 / instances.max(1) as f64;
        let of = if instances == plan.instances as usize {
            String::new()
        } else {
            format!(" of {} planned", plan.instances)
        };
        let what =
            format!("{decided} of {instances} instances{of} ({share:.1} %); {aborted} aborted, {blocked} blocked");
        line(GOOD, "decided", what);
        if !latencies.is_empty() {
            let at = |percent: usize| milliseconds(latencies[(latencies.len() - 1) * percent / 100]);
            let what = format!("p50 {}, p90 {}, p99 {}, most {}", at(50), at(90), at(99), at(100));
            line(Style::new(), "latency", format!("{what}, from the order to begin to the report of the last vote"));
            let rate = decided as f64 / ran.elapsed.as_secs_f64();
            line(Style::new(), "throughput", format!("{rate:.1} decisions a second, one instance after another"));
        }
    }
    text
}

pub fn datagrams(traffic: &Traffic) -> String {
    let Traffic { sent, lost, duplicated, received, stale, oversized, malformed, foreign } = traffic;
    let mut what = format!("{sent} sent, {received} received");
    for (count, of) in [(lost, "lost on purpose"), (duplicated, "sent twice on purpose"), (stale, "too late")] {
        if *count > 0 {
            what += &format!(", {count} {of}");
        }
    }
    let dropped = oversized + malformed + foreign;
    if dropped > 0 {
        what += &format!("; dropped {malformed} malformed, {oversized} oversized, {foreign} foreign");
    }
    what
}
