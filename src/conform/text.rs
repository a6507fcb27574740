//! A conformance verdict for people: it ends with the verdict.

use super::report::vacuous;
use super::{Deviation, Gathered, Path};
use crate::family::{Deployable, Kind, Property};
use crate::model_file::refuted;
use crate::report::{line, thousands, violated_unasked, BAD, DOUBT, GOOD, PLAIN};
use std::collections::BTreeSet;

/// The result of every instance of a run.
pub fn render<F: Deployable>(gathered: &Gathered<F>, paths: &[Path<F>]) -> String {
    let mut text = String::new();
    let count = |number: usize, what: &str| {
        format!("{} {what}{}", thousands(number as u64), if number == 1 { "" } else { "s" })
    };
    let (logs, records) = (count(gathered.logs(), "log"), count(gathered.len(), "record"));
    line(&mut text, PLAIN, "logs", &format!("{logs} of run {}, {records}", gathered.run));
    if !gathered.missing().is_empty() {
        let what = format!("{} left no log and is taken to have done nothing", gathered.missing().join(" "));
        line(&mut text, DOUBT, "missing", &what);
    }
    for (file, byte, bytes, kept) in gathered.torn() {
        let what =
            format!("{file}: byte {byte}: a line of {bytes} bytes was cut off; the {kept} records before it count");
        line(&mut text, DOUBT, "torn", &what);
    }
    if gathered.is_live() {
        let files: Vec<_> = gathered.live().iter().map(|file| file.display().to_string()).collect();
        let what = format!("still being written: {}; what follows is about the run so far", files.join(", "));
        line(&mut text, DOUBT, "live", &what);
    }
    let steps = paths.iter().map(|path| path.actions.len()).sum();
    let ignored = paths.iter().map(|path| path.ignored).sum();
    let recoveries: usize = paths.iter().map(|path| path.recoveries).sum();
    let mut what = format!("{}, {} ignored", count(steps, "step"), count(ignored, "message"));
    let unrecorded: u64 = paths.iter().map(|path| path.unrecorded).sum();
    if unrecorded > 0 {
        what += &format!(" and {} more without a record of their own", thousands(unrecorded));
    }
    match recoveries {
        0 => {}
        1 => what += ", 1 crash and recovery",
        more => what += &format!(", {more} crashes and recoveries"),
    }
    if paths.len() != 1 {
        what = format!("{}, {what}", count(paths.len(), "instance"));
    }
    line(&mut text, PLAIN, "path", &what);
    settled(&mut text, paths, Kind::Sometimes);
    settled(&mut text, paths, Kind::Always);
    let untried = vacuous(gathered, paths).into_iter().filter(|property| gathered.demand(property).wanted().is_some());
    let untried: Vec<_> = untried.map(|property| property.name).collect();
    if !untried.is_empty() {
        let what = format!("{}: no state of the run meets the premise", untried.join(", "));
        line(&mut text, DOUBT, "vacuous", &what);
    }
    let deviating = paths.iter().filter(|path| path.deviation.is_some()).count();
    match paths.iter().find_map(|path| Some((path, path.deviation.as_ref()?))) {
        None if gathered.is_live() => {
            line(&mut text, DOUBT, "conforms", "so far: every event that is logged yet is a step of the model");
        }
        None => line(&mut text, GOOD, "conforms", "every logged event is a step of the model"),
        Some((path, deviation)) => {
            if paths.len() > 1 {
                let what = format!("{deviating} of {} instances; the first is instance {}", paths.len(), path.instance);
                line(&mut text, BAD, "DEVIATES", &what);
            }
            text.push_str(&render_deviation(deviation));
        }
    }
    demands(&mut text, gathered, paths);
    text
}

/// What is not as demanded, and what is violated though it is not demanded.
fn demands<F: Deployable>(text: &mut String, gathered: &Gathered<F>, paths: &[Path<F>]) {
    let settled_names: BTreeSet<_> =
        paths.iter().flat_map(|path| &path.settled).map(|(property, _)| property.name).collect();
    let settled = gathered.spec.properties.iter().filter(|property| settled_names.contains(property.name));
    let violated = settled.clone().filter(|property| property.kind == Kind::Always);
    if let Some(clause) = violated_unasked(violated.map(|property| (property.name, gathered.demand(property)))) {
        line(text, DOUBT, "note", &clause);
    }
    for property in settled {
        let Some(wanted) = refuted(&gathered.expect, property, true) else { continue };
        let found = if property.kind == Kind::Always { "violated" } else { "reached" };
        line(text, BAD, "UNEXPECTED", &format!("{} expected {}, found {found}", property.name, wanted.name()));
    }
    for property in gathered.spec.properties.iter().filter(|property| !settled_names.contains(property.name)) {
        let is_met = paths.iter().flat_map(|path| &path.premises).any(|met| met.name == property.name);
        if let Some(wanted) = refuted(&gathered.expect, property, false).filter(|_| is_met) {
            let what = format!("{} expected {}, found a state that meets the premise", property.name, wanted.name());
            line(text, BAD, "UNEXPECTED", &what);
        }
    }
}

/// The first event that is no step of the model.
pub fn render_deviation(deviation: &Deviation) -> String {
    let mut text = String::new();
    line(&mut text, BAD, "DEVIATES", &deviation.event);
    line(&mut text, PLAIN, "where", &format!("{}: record {}", deviation.file, deviation.record));
    line(&mut text, PLAIN, "why", &deviation.why);
    line(&mut text, PLAIN, "before", &format!("{} is {} in the model", deviation.node, deviation.before));
    for step in &deviation.nearest {
        line(&mut text, PLAIN, "enabled", step);
    }
    if deviation.nearest.is_empty() {
        line(&mut text, PLAIN, "enabled", &format!("no step of {}", deviation.node));
    }
    text
}

/// The properties of a kind that some path settles.
fn settled<F: Deployable>(text: &mut String, paths: &[Path<F>], kind: Kind) {
    let mut seen: Vec<(Property<F>, Vec<(u32, usize)>)> = Vec::new();
    for path in paths {
        for (property, length) in path.settled.iter().filter(|(property, _)| property.kind == kind) {
            match seen.iter_mut().find(|(other, _)| other.name == property.name) {
                Some((_, places)) => places.push((path.instance, *length)),
                None => seen.push((*property, vec![(path.instance, *length)])),
            }
        }
    }
    let place = |places: &[(u32, usize)]| match places {
        [(_, length)] if paths.len() == 1 => format!("step {length}"),
        [(instance, length), ..] => {
            let plural = if places.len() == 1 { "" } else { "s" };
            format!("{} instance{plural}, first in {instance} at step {length}", places.len())
        }
        [] => String::new(),
    };
    match kind {
        Kind::Always => {
            for (property, places) in seen {
                line(text, BAD, "VIOLATED", &format!("{} ({}): {}", property.name, place(&places), property.statement));
            }
        }
        Kind::Sometimes if !seen.is_empty() => {
            let list = |(property, places): &(Property<F>, Vec<_>)| match paths.len() {
                1 => format!("{} ({})", property.name, place(places)),
                _ => format!("{} ({} of {})", property.name, places.len(), paths.len()),
            };
            line(text, GOOD, "reached", &seen.iter().map(list).collect::<Vec<_>>().join(", "));
        }
        Kind::Sometimes | Kind::Inevitably | Kind::AlwaysPossibly => {} // no path of a finite run settles those of executions
    }
}
