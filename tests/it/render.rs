//! The renderings of traces: their text is pinned, and each format is read by a program that is not ours.

use crate::support::ModelFile;
use crate::web;
use insta::assert_snapshot;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use synod::check::{check, Engine, Options};
use synod::engine::{Identity, Limits, Strategy};
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::Message;
use synod::trace::frames::Frames;
use synod::trace::{html, render_columns, render_itf, render_mermaid, render_svg, render_text, ActionRecord, Trace};

/// The shortest trace that settles a property of a model.
fn trace(model: &str, property: &str) -> Trace {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(model);
    let model = ModelFile::read(&file, &[]).unwrap();
    let (engine, strategy, limits) = (Engine::Stateright, Strategy::Bfs, Limits::default());
    let options = Options {
        engine,
        identity: Identity::Value,
        strategy,
        threads: 1,
        limits,
        until_decided: false,
        checkpoints: None,
        disk: None,
    };
    let checked = check(&model, &options, &Default::default()).unwrap();
    checked.traces.into_iter().find(|trace| trace.property == property).unwrap()
}

/// A witness of 8 steps.
fn short() -> Trace {
    trace("single-decree/adapted-2x3.toml", "chosen")
}

/// A counterexample of 16 steps.
fn long() -> Trace {
    trace("single-decree/simulator-2x3-values-5-1.toml", "agreement")
}

/// A witness of 20 steps, in some of which a proposer only sends.
fn stepwise() -> Trace {
    trace("single-decree/adapted-2x3-stepwise.toml", "blocked")
}

const SCRIPT: &str = "</script><script>document.title='owned'</script>";
const QUOTES: &str = "'\"`&amp;<b>#35;; %% {x} --> ]]> \\ $";
const LINES: &str = "one\ntwo\r\nthree\u{2028}four\u{1b}[31m\0";
const MARKS: &str = "\u{202e}txet\u{202c} \u{200f}rtl\u{2066}\u{feff}";

/// A trace whose every free text is hostile, with every kind of step and a node that is not listed.
fn hostile() -> Trace {
    let mut trace = short();
    trace.name = format!("{SCRIPT}{QUOTES}{LINES}{MARKS}");
    trace.statement = format!("{QUOTES} {SCRIPT}");
    trace.property = "end\nclick n0 href \"https://example.org\"".into();
    trace.nodes[1] = SCRIPT.into();
    trace.nodes[2] = MARKS.into();
    trace.nodes[3] = "end".into();
    trace.initial[0] = QUOTES.into();
    trace.initial[4] = LINES.into();
    trace.in_flight[1].message = format!("style x:#{SCRIPT};");
    let lost = Message::Accept(Proposal::new(1, 1)).to_string();
    let (p1, a3) = (trace.nodes[0].clone(), trace.nodes[4].clone());
    trace.steps[1].action = ActionRecord::Drop { from: p1.clone(), to: a3.clone(), message: lost.clone() };
    trace.steps[2].action = ActionRecord::Crash { node: a3.clone() };
    trace.steps[3].action = ActionRecord::Recover { node: a3 };
    trace.steps[4].action = ActionRecord::Timeout { node: SCRIPT.into(), what: format!("sends to {MARKS}") };
    trace.steps[5].action = ActionRecord::Choose { node: "nobody;<i>".into(), what: "chooses 1".into() };
    trace.steps[6].action = ActionRecord::Deliver { from: p1.clone(), to: p1, message: lost };
    trace.steps[7].sent.push(trace.in_flight[1].clone());
    let change = trace.steps[7].change.as_mut().unwrap();
    change.after = format!("{MARKS} {LINES} {QUOTES}");
    trace
}

/// True iff nothing in the text hides or reorders what is around it.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| {
        c.is_control() && c != '\n' || "\u{202e}\u{202c}\u{200f}\u{2066}\u{feff}\u{2028}".contains(c)
    })
}

fn without_styles(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn text_is_pinned() {
    assert_snapshot!("text-short", without_styles(&render_columns(&short(), 120)));
    assert_snapshot!("text-long", without_styles(&render_columns(&long(), 120)));
    assert_snapshot!("text-stepwise", without_styles(&render_columns(&stepwise(), 120)));
    assert_snapshot!("text-steps", render_text(&long()));
    assert!(render_columns(&long(), 120).contains("\u{1b}[1m\u{1b}[31mVIOLATED"));
}

#[test]
fn text_keeps_to_its_width_and_hides_nothing() {
    for trace in [short(), long(), stepwise()] {
        let text = without_styles(&render_columns(&trace, 120));
        // The reasons are folded where they are printed, like every line with a label.
        let diagram = text.lines().take_while(|line| !line.starts_with("evidence")).skip(2);
        assert!({ diagram }.all(|line| line.chars().count() <= 120), "{text}");
    }
    let text = without_styles(&render_columns(&hostile(), 120));
    assert!(is_plain(&text), "{text}");
    assert_snapshot!("text-hostile", text);
    let mut narrow = short(); // few enough letters for the lifelines
    narrow.initial[0] = "\u{202e}x\n".into();
    narrow.steps[7].change.as_mut().unwrap().after = format!("{MARKS}\u{1b}[31m");
    let text = without_styles(&render_columns(&narrow, 120));
    assert!(is_plain(&text), "{text}");
    assert_snapshot!("text-hostile-columns", text);
}

#[test]
fn svg_is_pinned_and_parses() {
    assert_snapshot!("svg-short", render_svg(&short()));
    for trace in [short(), long(), stepwise()] {
        let svg = render_svg(&trace);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let of_class = |class: &str| {
            let has =
                |node: &roxmltree::Node| node.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == class));
            document.descendants().filter(has).count()
        };
        let frames = Frames::new(&trace);
        assert_eq!(of_class("row"), frames.steps() + 1);
        let repeats = if frames.steps() > 12 { 2 } else { 1 };
        assert_eq!(of_class("node-name"), trace.nodes.len() * repeats);
        let deliveries = trace.steps.iter().filter(|step| matches!(step.action, ActionRecord::Deliver { .. })).count();
        assert_eq!((of_class("tip"), of_class("trail")), (deliveries, deliveries));
        assert!(svg.contains(&trace.statement));
        assert!(svg.contains("prefers-color-scheme: dark"));
        assert!(!svg.replace("http://www.w3.org/2000/svg", "").contains("http"), "a diagram refers to nothing outside");
    }
}

#[test]
fn svg_keeps_hostile_text_as_text() {
    let svg = render_svg(&hostile());
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert!(is_plain(&svg));
    assert!(document.descendants().all(|node| !node.has_tag_name("script") && !node.has_tag_name("b")));
    let words: String = document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text()).collect();
    for text in ["</script><script>", "&amp;<b>#35;;", "\\u{202e}txet", "one\\ntwo\\r\\nthree\\u{2028}four\\u{1b}[31m"]
    {
        assert!(words.contains(text), "{text} is not in {words}");
    }
}

#[test]
fn mermaid_is_pinned() {
    assert_snapshot!("mermaid-short", render_mermaid(&short()));
    assert_snapshot!("mermaid-long", render_mermaid(&long()));
}

#[test]
fn mermaid_parses_with_mermaid_and_keeps_hostile_text_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let traces = [("short", short()), ("long", long()), ("stepwise", stepwise()), ("hostile", hostile())];
    let files = traces.iter().map(|(name, trace)| {
        let path = folder.path().join(format!("{name}.mmd"));
        std::fs::write(&path, render_mermaid(trace)).unwrap();
        path.display().to_string()
    });
    let printed = web::run("mermaid.mjs", &files.collect::<Vec<_>>());
    let read: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read.len(), traces.len());
    for ((_, trace), read) in traces.iter().zip(&read) {
        assert_eq!(read["type"], "sequence");
        let frames = Frames::new(trace);
        let actors: Vec<&str> =
            read["actors"].as_array().unwrap().iter().map(|actor| actor.as_str().unwrap()).collect();
        assert_eq!(actors, frames.nodes);
        let messages = read["messages"].to_string().replace("<br/>", " ");
        for frame in frames.frames.iter().skip(1) {
            let arrow = frames.describe(frame);
            let words = arrow.split_once("  ").map_or(arrow.as_str(), |(_, message)| message);
            let words = words.rsplit_once(" is lost").map_or(words, |(message, _)| message);
            let words = words.strip_prefix(&format!("{} ", frames.nodes[1])).unwrap_or(words);
            let quoted = serde_json::to_string(words).unwrap();
            let known = frame.own_step.is_empty();
            assert!(!known || messages.contains(quoted.trim_matches('"')), "{quoted} is not in {messages}");
        }
    }
    let hostile = read[3]["messages"].to_string().replace("<br/>", " ");
    for text in ["</script><script>document.title='owned'</script>", "\\\\u{202e}txet", "&amp;<b>#35;; %% {x} --> ]]>"]
    {
        assert!(hostile.contains(text), "{text} is not in {hostile}");
    }
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct EnvelopeRecord {
    from: String,
    to: String,
    message: String,
}
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct State {
    node_states: HashMap<String, String>,
    in_flight: BTreeMap<EnvelopeRecord, u64>,
    step: u64,
}

#[test]
fn itf_is_read_by_an_independent_reader() {
    assert_snapshot!("itf-short", render_itf(&short()));
    for trace in [short(), long(), stepwise(), hostile()] {
        let read: itf::Trace<State> = itf::trace_from_str(&render_itf(&trace)).unwrap();
        assert_eq!(read.vars, ["node_states", "in_flight", "step"]);
        let frames = Frames::new(&trace);
        assert_eq!(read.states.len(), trace.steps.len() + 1);
        for (index, (state, frame)) in read.states.iter().zip(&frames.frames).enumerate() {
            assert_eq!(state.meta.index, Some(index as u64));
            assert_eq!(state.value.step, index as u64);
            let states: HashMap<_, _> = frames.nodes.iter().cloned().zip(frame.states.iter().cloned()).collect();
            assert_eq!(state.value.node_states, states);
            assert_eq!(state.value.in_flight.values().sum::<u64>(), frame.in_flight.len() as u64);
            let is_known =
                |record: &EnvelopeRecord| frames.nodes.contains(&record.from) && frames.nodes.contains(&record.to);
            assert!(state.value.in_flight.keys().all(|record| is_known(record) && !record.message.is_empty()));
        }
    }
    assert!(is_plain(&render_itf(&hostile())));
}

#[test]
fn json_keeps_the_trace_and_hides_nothing() {
    for trace in [long(), hostile()] {
        let json = trace.to_json();
        assert!(is_plain(&json));
        assert_eq!(serde_json::from_str::<Trace>(&json).unwrap(), trace);
    }
}

#[test]
fn traces_without_steps_or_nodes_are_rendered_too() {
    let mut still = short();
    still.steps.clear();
    let mut empty = still.clone();
    empty.nodes.clear();
    empty.initial.clear();
    empty.in_flight.clear();
    for trace in [still, empty] {
        roxmltree::Document::parse(&render_svg(&trace)).unwrap();
        assert!(itf::trace_from_str::<State>(&render_itf(&trace)).is_ok());
        assert!(render_mermaid(&trace).ends_with("end\n"));
        assert!(render_columns(&trace, 120).contains("reached"));
        assert!(html::page(&trace).contains("class=\"frames\""));
    }
}

#[test]
fn replay_prints_or_writes_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let (saved, output) = (folder.path().join("trace.json"), folder.path().join("output"));
    let trace = short();
    std::fs::write(&saved, trace.to_json()).unwrap();
    let replay = |arguments: &[&std::ffi::OsStr]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_synod"));
        let done = command.arg("replay").arg(&saved).args(arguments).output().unwrap();
        assert_eq!((done.status.code(), String::from_utf8(done.stderr).unwrap()), (Some(0), String::new()));
        String::from_utf8(done.stdout).unwrap()
    };
    let formats = [
        ("svg", render_svg(&trace)),
        ("mermaid", render_mermaid(&trace)),
        ("itf", render_itf(&trace)),
        ("json", trace.to_json()),
        ("html", html::page(&trace)),
    ];
    for (format, expected) in formats {
        assert_eq!(replay(&["--format".as_ref(), format.as_ref()]), expected, "{format}");
    }
    let text = replay(&[]);
    assert!(text.starts_with(&without_styles(&render_columns(&trace, 100))), "{text}"); // no terminal shows it
    assert_eq!(replay(&["--output".as_ref(), output.as_ref()]), "");
    assert_eq!(std::fs::read_to_string(&output).unwrap(), text);
}

/// Drives a page in Chromium; returns what it shows at its last step.
fn driven(page: &str, steps: usize, steppers: usize) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    std::fs::write(&path, page).unwrap();
    let arguments = [path.display().to_string(), steps.to_string(), steppers.to_string()];
    serde_json::from_str(&web::run("stepper.mjs", &arguments)).unwrap()
}

#[test]
fn the_stepper_steps_in_a_browser() {
    for trace in [long(), stepwise(), hostile()] {
        let page = html::page(&trace);
        assert!(is_plain(&page));
        assert_eq!(page.matches("</script>").count(), 2, "no text of the trace ends a script");
        let shown = driven(&page, trace.steps.len(), 1);
        let frames = Frames::new(&trace);
        let last = frames.last();
        let cause = frames.describe(last);
        assert_eq!(shown["cause"], cause.as_str());
        let states: Vec<&str> =
            shown["states"].as_array().unwrap().iter().map(|state| state.as_str().unwrap()).collect();
        assert_eq!(states, last.states);
        let mut in_flight: Vec<&str> =
            shown["flights"].as_array().unwrap().iter().map(|flight| flight.as_str().unwrap()).collect();
        in_flight.sort(); // what one node sent to several is listed together
        let mut expected: Vec<String> = last
            .in_flight
            .iter()
            .map(|envelope| &frames.envelopes[*envelope])
            .map(|envelope| {
                format!("{} → {}  {}", frames.nodes[envelope.from], frames.nodes[envelope.to], envelope.message)
            })
            .collect();
        expected.sort();
        assert_eq!(in_flight, expected);
    }
}

/// A trace that a simulation finds with at least this many steps, between this many nodes.
fn simulated(proposals: &str, property: &str, nodes: usize, steps: usize) -> Trace {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/single-decree/simulator-2x3-values-5-1.toml");
    let mut simulate = std::process::Command::new(env!("CARGO_BIN_EXE_synod"));
    simulate.arg("simulate").arg(&model).args(["--runs", "1", "--seed", "1", "--quiet", "--traces"]).arg(folder.path());
    simulate.args(["--set", &format!("bounds.proposals={proposals}"), "--set", "bounds.acceptors=5"]);
    assert_ne!(simulate.output().unwrap().status.code(), Some(2));
    let traces = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let read = |path| serde_json::from_str::<Trace>(&std::fs::read_to_string(path).unwrap()).unwrap();
    let trace = traces.map(read).find(|trace| trace.property == property).expect("seed 1 finds it");
    assert!(trace.nodes.len() == nodes && trace.steps.len() >= steps, "{} steps", trace.steps.len());
    trace
}

/// At the last step the arrow is inside a picture that was blank there for ten nodes, whatever the width.
#[test]
fn the_stepper_follows_long_traces_of_many_nodes() {
    let (three, five) = ("[[1,5],[2,1],[3,2]]", "[[1,5],[2,1],[3,2],[4,4],[5,3]]");
    for trace in [
        simulated(three, "agreement", 8, 20),
        simulated(five, "agreement", 10, 20),
        simulated(five, "two-votes", 10, 44),
    ] {
        assert_eq!(driven(&html::page(&trace), trace.steps.len(), 1)["step"], trace.steps.len());
    }
}

/// Names that are long, with spaces and without, leave the page as wide as its window and are themselves legible.
#[test]
fn the_stepper_has_room_for_long_names() {
    let mut text = serde_json::to_string(&long()).unwrap();
    for (name, other) in [("P1", "p".repeat(60)), ("A1", "a node with a name of many words that goes on and on".into())]
    {
        text = text.replace(&format!("\"{name}\""), &format!("\"{other}\""));
    }
    let mut trace: Trace = serde_json::from_str(&text).unwrap();
    trace.name = "n".repeat(200);
    trace.statement = "s".repeat(200);
    trace.cause.as_mut().expect("it has a cause").reference = "r".repeat(200);
    assert_eq!(driven(&html::page(&trace), trace.steps.len(), 1)["step"], trace.steps.len());
}

#[test]
fn several_steppers_share_a_page() {
    let trace = short();
    let steppers: String = ["one", "two", "three"].map(|id| html::stepper(&trace, id)).concat();
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Three</title><style>{}</style></head>\
         <body>{steppers}<script>{}</script></body></html>",
        html::STYLE,
        html::SCRIPT
    );
    let shown = driven(&page, trace.steps.len(), 3);
    assert_eq!(shown["step"], trace.steps.len());
}
