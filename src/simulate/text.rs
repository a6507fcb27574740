//! A simulation for people: what was run, what it found and how often, what it leaves open, and what to type next.

use super::{Sampled, Simulation};
use crate::report::{
    line, reasons, replay, steps, thousands, unasked, violated, visible, PropertyResult, Standing, Verdict, BAD, DOUBT,
    GOOD, PLAIN,
};
use anstyle::Style;
use std::collections::BTreeMap;

/// A simulation as text for a terminal.
pub fn render(simulation: &Simulation) -> String {
    let mut text = String::new();
    line(&mut text, PLAIN, "model", &simulation.description);
    line(&mut text, PLAIN, "simulated", &simulated(simulation));
    if let Some((style, what)) = ends(simulation) {
        line(&mut text, style, "ended", &what);
    }
    findings(&mut text, simulation);
    unknown(&mut text, simulation);
    for name in simulation.never_fired() {
        line(&mut text, DOUBT, "never", &format!("in these runs: {name}"));
    }
    next(&mut text, simulation);
    conclude(&mut text, simulation);
    text
}

fn simulated(simulation: &Simulation) -> String {
    let (counts, run) = (&simulation.counts, &simulation.run);
    let threads = if run.threads == 1 { "1 thread".into() } else { format!("{} threads", run.threads) };
    format!(
        "{}, {} steps, {} distinct states, the longest run {} steps, in {:.2} s ({}, seed {}, {threads})",
        runs(counts.runs),
        thousands(counts.steps),
        thousands(counts.unique_states),
        thousands(counts.longest_run),
        run.seconds,
        simulation.scheduler,
        simulation.seed,
    )
}

/// How the runs ended, unless all of them ended in a terminal state.
fn ends(simulation: &Simulation) -> Option<(Style, String)> {
    let counts = &simulation.counts;
    let mut ways = format!("{} in a terminal state", runs(counts.terminal_runs));
    if counts.max_depth_runs > 0 {
        ways += &format!(", {} cut off by --max-depth {}", thousands(counts.max_depth_runs), simulation.max_depth);
    }
    if simulation.stopped != "runs" {
        let (begun, asked) = (thousands(counts.runs), thousands(simulation.runs));
        ways += &format!("; INCOMPLETE ({}): {begun} of {asked} runs were begun", simulation.stopped);
        return Some((DOUBT, ways));
    }
    (counts.max_depth_runs > 0).then_some((PLAIN, ways))
}

/// What was found: how often, and in which run first; for the violation that explains the others, its reasons.
fn findings(text: &mut String, simulation: &Simulation) {
    let of = |verdict: Verdict| simulation.properties.iter().filter(move |sampled| sampled.result.verdict == verdict);
    let order = violated_ones(simulation);
    let mut violated: Vec<_> = of(Verdict::Violated).collect();
    violated.sort_by_key(|sampled| order.iter().position(|result| result.name == sampled.result.name));
    let found: Vec<_> = of(Verdict::Reached).chain(violated).collect();
    let total = simulation.counts.runs;
    let widest = |text: &dyn Fn(&Sampled) -> String| found.iter().map(|sampled| text(sampled).len()).max().unwrap_or(0);
    let names = widest(&|sampled| sampled.result.name.into());
    let counts = widest(&|sampled| thousands(sampled.runs));
    let shares = widest(&|sampled| share(sampled.runs, total));
    for sampled in found {
        let Sampled { result, first: Some(first), .. } = sampled else { continue };
        let is_bad = result.verdict == Verdict::Violated;
        let (style, label) = if is_bad { (BAD, "VIOLATED") } else { (GOOD, "reached") };
        let what = format!(
            "{:<names$}  in {:>counts$} of {}, {:>shares$}, first after {} with seed {}",
            result.name,
            thousands(sampled.runs),
            runs(total),
            share(sampled.runs, total),
            steps(first.steps),
            first.seed,
        );
        let shrunk = result.trace_length.filter(|length| *length < first.steps);
        let shrunk = shrunk.map_or_else(String::new, |length| format!(", shrunk to {}", steps(length)));
        let statement = if is_bad { format!(": {}", result.statement) } else { String::new() };
        line(text, style, label, &(what + &shrunk + &statement));
        if order.first().is_some_and(|first| first.name == result.name) {
            reasons(text, result);
        }
    }
}

/// The violated properties, in the order in which to look at them.
fn violated_ones(simulation: &Simulation) -> Vec<&PropertyResult> {
    violated(simulation.properties.iter().map(|sampled| &sampled.result))
}

/// What no run settled; for always-properties also how many runs met the premise.
fn unknown(text: &mut String, simulation: &Simulation) {
    let unknown: Vec<_> =
        simulation.properties.iter().filter(|sampled| sampled.result.verdict == Verdict::Unknown).collect();
    let tested = unknown.iter().filter(|sampled| sampled.premise_runs != Some(0));
    let shown = tested.map(|sampled| match sampled.premise_runs {
        Some(premise) => format!("{} (tested in {})", sampled.result.name, runs(premise)),
        None => sampled.result.name.to_string(),
    });
    let shown: Vec<_> = shown.collect();
    if !shown.is_empty() {
        line(text, DOUBT, "unknown", &shown.join(", "));
    }
    for sampled in unknown.iter().filter(|sampled| sampled.premise_runs == Some(0)) {
        let premise = sampled.result.premise.unwrap_or_default();
        line(text, DOUBT, "untested", &format!("{}: no walk reached a state with {premise}", sampled.result.name));
    }
}

/// The commands that show what was found, and that reproduce its run.
fn next(text: &mut String, simulation: &Simulation) {
    let of = |verdict: Verdict| simulation.properties.iter().filter(move |sampled| sampled.result.verdict == verdict);
    let replay = |text: &mut String, label: &str, result: &PropertyResult| {
        if let Some(trace) = &result.trace {
            line(text, PLAIN, label, &replay(trace));
        }
    };
    violated_ones(simulation).into_iter().for_each(|result| replay(text, "replay", result));
    of(Verdict::Reached).take(1).for_each(|sampled| replay(text, "witness", &sampled.result));
    let firsts: BTreeMap<u64, &str> = of(Verdict::Violated)
        .filter_map(|sampled| sampled.first.as_ref().map(|first| (first.run, first.command.as_str())))
        .collect();
    firsts.values().for_each(|command| line(text, PLAIN, "again", &visible(command)));
}

/// The verdict: what is not as expected, or what this cannot decide.
fn conclude(text: &mut String, simulation: &Simulation) {
    let results = || simulation.properties.iter().map(|sampled| &sampled.result);
    if let Some(clause) = unasked(results()) {
        line(text, DOUBT, "note", &clause);
    }
    let file = visible(&simulation.file);
    for result in results() {
        let Some(surprise) = result.unexpected() else { continue };
        let place = surprise.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
        let what = format!("{place}: {} expected {}, found {}", surprise.name, surprise.expected, surprise.found);
        line(text, BAD, "UNEXPECTED", &what);
    }
    match simulation.standing() {
        Standing::Unexpected => line(text, BAD, "verdict", &format!("{file} is not as expected")),
        Standing::Expected => {
            line(text, GOOD, "verdict", &format!("{file} is as expected: all that it demands was found"));
        }
        Standing::Undecided => {
            let is_open = |result: &&PropertyResult| result.standing == Standing::Undecided;
            let mut open: Vec<_> = results().filter(is_open).map(|result| result.name.to_string()).collect();
            match simulation.undecided_counts.len() {
                0 => {}
                1 => open.push("the pinned count".into()),
                more => open.push(format!("the {more} pinned counts")),
            }
            let what = "is undecided: nothing unexpected was found, and random runs prove nothing of";
            line(text, DOUBT, "verdict", &format!("{file} {what} {}", open.join(", ")));
        }
    }
}

fn runs(number: u64) -> String {
    if number == 1 {
        "1 run".into()
    } else {
        format!("{} runs", thousands(number))
    }
}

/// A percentage of runs, to two significant digits.
fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    let digits = if percent >= 10.0 {
        0
    } else if percent >= 1.0 {
        1
    } else if percent >= 0.1 {
        2
    } else {
        4
    };
    format!("{percent:.digits$} %")
}
