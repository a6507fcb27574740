//! A family of one file with all that others do without: random choices, a timer, a message to a node that does not exist,
//! envelopes in flight at first, a `Debug` that is no good for terminals, messages that no datagram holds. And one whose
//! actors are of several kinds. The program is this test binary, started again.

use crate::support::text;
use choice::{choice, Choice};
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use stateright::actor::{model_timeout, Actor, ActorModel, Envelope, Id, Network, Out};
use stateright::Expectation;
use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use synod::family::{Decision, Deployable, Environment, Family, Pace, Rule, System, Unread};
use synod::input::Fields;
use synod::Program;

/// A node that tosses a coin and tells the other, which waits for a while and then believes it.
#[derive(Clone, Debug)]
struct Node {
    first: bool,
    padding: usize,
    rules: Rules,
}

/// Rules for mutants: which sides the coin has, how the news is told, and how often it is heard.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rules {
    toss: &'static str,
    tells: &'static str,
    hears: &'static str,
}

const TOSS: [&str; 2] = ["fair", "heads"];
const TELLS: [&str; 3] = ["plainly", "loudly", "never"];
const HEARS: [&str; 2] = ["once", "again"];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Message {
    side: u8,
    padding: String,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Told {}\u{1b}[31m\nred", self.side)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Local {
    Waits,
    Tossed(u8),
    Heard(u8),
    Believes(u8),
}

impl Actor for Node {
    type Msg = Message;
    type State = Local;
    type Timer = ();
    type Random = u8;
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Local {
        if self.first {
            out.choose_random("side", if self.rules.toss == "heads" { vec![1] } else { vec![0, 1] });
        }
        Local::Waits
    }

    fn on_random(&self, _: Id, local: &mut Cow<Local>, side: &u8, out: &mut Out<Self>) {
        *local.to_mut() = Local::Tossed(*side);
        let padding = if self.rules.tells == "loudly" { "!".into() } else { "-".repeat(self.padding) };
        let message = Message { side: *side, padding };
        if self.rules.tells != "never" {
            out.send(Id::from(1), message.clone());
        }
        out.send(Id::from(7), Message { padding: String::new(), ..message }); // there is no such node
    }

    fn on_msg(&self, _: Id, local: &mut Cow<Local>, _: Id, message: Message, out: &mut Out<Self>) {
        let listens = **local == Local::Waits || self.rules.hears == "again" && matches!(**local, Local::Heard(_));
        if !self.first && listens {
            *local.to_mut() = Local::Heard(message.side);
            out.set_timer((), model_timeout());
        }
    }

    fn on_timeout(&self, _: Id, local: &mut Cow<Local>, (): &(), _: &mut Out<Self>) {
        if let Local::Heard(side) = **local {
            *local.to_mut() = Local::Believes(side);
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Setup {
    padding: usize,
    rumour: bool,
    is_eventual: bool,
    rules: Rules,
}

impl std::fmt::Display for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a coin")
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Coin;

fn believes(locals: &[std::sync::Arc<Local>], side: u8) -> bool {
    locals.iter().any(|local| **local == Local::Believes(side))
}

impl Family for Coin {
    const NAME: &'static str = "coin";
    type Node = Node;
    type Config = ();
    type History = ();
    type Setup = Setup;
    type Footprint = Unread;

    fn read(fields: &mut Fields) -> Option<Setup> {
        Some(Setup {
            padding: fields.number("bounds.padding", 0..=64_000).unwrap_or(0) as usize,
            rumour: fields.truth("protocol.rumour").unwrap_or(false),
            is_eventual: fields.truth("protocol.eventually").unwrap_or(false),
            rules: Rules {
                toss: fields.one_of("protocol.rules.toss", &TOSS).unwrap_or(TOSS[0]),
                tells: fields.one_of("protocol.rules.tells", &TELLS).unwrap_or(TELLS[0]),
                hears: fields.one_of("protocol.rules.hears", &HEARS).unwrap_or(HEARS[0]),
            },
        })
    }

    fn write(setup: &Setup) -> Value {
        let Rules { toss, tells, hears } = setup.rules;
        let rules = json!({ "toss": toss, "tells": tells, "hears": hears });
        json!({
            "protocol":
                { "family": Self::NAME, "rumour": setup.rumour, "eventually": setup.is_eventual, "rules": rules },
            "bounds": { "padding": setup.padding },
        })
    }

    fn model(setup: &Setup, environment: &Environment) -> System<Self> {
        let node = |first| Node { first, padding: setup.padding, rules: setup.rules };
        let rumour = Envelope { src: 0.into(), dst: 1.into(), msg: Message { side: 1, padding: String::new() } };
        let network = Network::new_unordered_nonduplicating(setup.rumour.then_some(rumour));
        let mut model = ActorModel::new((), ()).actors([node(true), node(false)]).init_network(network);
        model = model.property(Expectation::Always, "no tails", |_, state| !believes(&state.actor_states, 0)).property(
            Expectation::Sometimes,
            "heads",
            |_, state| believes(&state.actor_states, 1),
        );
        if setup.is_eventual {
            model =
                model.property(Expectation::Eventually, "heads at last", |_, state| believes(&state.actor_states, 1));
        }
        environment.surround::<Self>(model)
    }

    fn rules(setup: &Setup) -> Vec<Rule> {
        let Rules { toss, tells, hears } = setup.rules;
        let rule = |name, value, values: &[&'static str]| Rule { name, value, values: values.to_vec() };
        vec![rule("toss", toss, &TOSS), rule("tells", tells, &TELLS), rule("hears", hears, &HEARS)]
    }
}

impl Deployable for Coin {
    fn pace((): &()) -> Pace {
        Pace::Soon
    }

    fn decisions((): &(), locals: &[Local]) -> Vec<Decision> {
        let side = locals.iter().find_map(|local| if let Local::Believes(side) = local { Some(*side) } else { None });
        let decision = |side: u8| Decision {
            key: "side".into(),
            text: format!("side {side}"),
            value: json!(side),
            json: json!({ "side": side }),
        };
        side.map(decision).into_iter().collect()
    }
}

/// Actors of two kinds, which `choice!` makes one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kinds;

#[derive(Clone, Debug)]
struct Asks;

#[derive(Clone, Debug)]
struct Answers;

impl Actor for Asks {
    type Msg = u8;
    type State = bool;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> bool {
        out.send(1.into(), 0);
        false
    }

    fn on_msg(&self, _: Id, local: &mut Cow<bool>, _: Id, _: u8, _: &mut Out<Self>) {
        *local.to_mut() = true;
    }
}

impl Actor for Answers {
    type Msg = u8;
    type State = u8;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> u8 {
        0
    }

    fn on_msg(&self, _: Id, local: &mut Cow<u8>, from: Id, _: u8, out: &mut Out<Self>) {
        *local.to_mut() += 1;
        out.send(from, 1);
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Nothing;

impl std::fmt::Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("two kinds")
    }
}

impl Family for Kinds {
    const NAME: &'static str = "kinds";
    type Node = choice![Asks, Answers];
    type Config = ();
    type History = ();
    type Setup = Nothing;
    type Footprint = Unread;

    fn read(_: &mut Fields) -> Option<Nothing> {
        Some(Nothing)
    }

    fn write(_: &Nothing) -> Value {
        json!({ "protocol": { "family": Self::NAME }, "bounds": {} })
    }

    fn model(_: &Nothing, environment: &Environment) -> System<Self> {
        let model = ActorModel::new((), ()).actor(Choice::new(Asks)).actor(Choice::new(Answers).or());
        environment.surround::<Self>(model.property(Expectation::Sometimes, "answered", |_, state| {
            state.actor_states.iter().any(|local| matches!(**local, Choice::L(true)))
        }))
    }
}

/// Where the arguments of the program are, if this test binary is to be it.
const ARGUMENTS: &str = "SYNOD_TEST_PROGRAM";

/// The program. As a test it does nothing.
#[test]
fn program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let arguments: Vec<OsString> =
        serde_json::from_str::<Vec<String>>(&arguments).unwrap().into_iter().map(Into::into).collect();
    let code = Program::new().with_nodes::<Coin>().with::<Kinds>().run(arguments);
    std::process::exit(if code == std::process::ExitCode::SUCCESS { 0 } else { 1 });
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let arguments = [&["coin"], arguments].concat();
    command.args(["--exact", "tiny::program", "--nocapture", "--quiet"]).current_dir(folder);
    command.env("NO_COLOR", "1").env(ARGUMENTS, serde_json::to_string(&arguments).unwrap());
    command
}

fn coin(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// Runs a command that is to succeed, and returns what it prints.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = coin(folder, arguments);
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{arguments:?}: {shown}{}", text(&output.stderr));
    shown
}

const COIN: &str = "[protocol]\nfamily = \"coin\"\n\n[expect]\n\"no tails\" = \"violated\"\nheads = \"reached\"\n";

#[test]
fn every_command_works_on_a_family_in_a_test() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir(here.join("models")).unwrap();
    std::fs::write(here.join("models/coin.toml"), COIN).unwrap();
    std::fs::write(here.join("models/kinds.toml"), "protocol.family = \"kinds\"\n").unwrap();
    let run = |arguments: &[&str]| printed(here, arguments);
    assert!(run(&["suite", "models", "--reports", "reports"]).contains("2 as expected, 0 not as expected"));
    for engine in ["components", "stateright", "auto"] {
        let checked = run(&["check", "models/coin.toml", "--engine", engine]);
        assert!(checked.contains("7 states, 7 generated, 2 terminal, depth 3"), "{engine}: {checked}");
        assert!(checked.contains("VIOLATED   no tails (3 steps)"), "{engine}: {checked}");
        let rumour = run(&["check", "models/coin.toml", "--engine", engine, "--set", "protocol.rumour=true"]);
        assert!(rumour.contains("reached    heads (2 steps)"), "{engine}: {rumour}");
        let checked = run(&["check", "models/kinds.toml", "--engine", engine]);
        assert!(checked.contains("reached    answered (2 steps)"), "{engine}: {checked}");
    }
    for format in ["text", "svg", "html", "mermaid", "itf", "json"] {
        let replayed = run(&["replay", "traces/coin.no tails.json", "--format", format]);
        assert!(replayed.contains("chooses 0") && replayed.contains("Believes(0)"), "{format}: {replayed}");
        assert!(!replayed.contains('\u{1b}'), "{format}: {replayed}");
    }
    for model in ["models/coin.toml", "models/kinds.toml"] {
        assert!(run(&["graph", model, "--format", "dot"]).contains("digraph"));
        assert!(run(&["stats", model]).contains("delivered"));
        assert!(run(&["simulate", model, "--runs", "50"]).contains("as expected") || model.contains("kinds"));
    }
    assert!(run(&["stats", "models/coin.toml"]).contains("0 chosen"));
    assert!(run(&["list"]).contains("family kinds"));
    for padding in ["0", "20000"] {
        let logs = format!("runs/{padding}");
        let set = format!("bounds.padding={padding}");
        let ran = run(&["run", "models/coin.toml", "--threads", "--delay", "1ms", "--logs", &logs, "--set", &set]);
        assert!(ran.contains("decided    side") && ran.contains("conforms   every logged event"), "{ran}");
        assert!(run(&["conform", &logs]).contains("conforms   every logged event is a step of the model"));
    }
    let mut explorer = command(here, &["explore", "models/coin.toml", "--address", "127.0.0.1:0"]);
    let mut explorer = explorer.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(explorer.stdout.take().unwrap()).lines().map_while(Result::ok);
    let served = lines.find_map(|line| Some(line.split_once("http://")?.1.split_once('/')?.0.to_string()));
    let mut page = String::new();
    if let Some(served) = &served {
        let mut stream = TcpStream::connect(served).unwrap();
        write!(stream, "GET /.states/ HTTP/1.0\r\nHost: {served}\r\n\r\n").unwrap();
        stream.read_to_string(&mut page).unwrap();
    }
    let _ = explorer.kill();
    let _ = explorer.wait();
    assert!(page.contains("Waits"), "{served:?}: {page}");
}

/// A property of whole paths is never silently weaker than it was asked.
#[test]
fn an_eventually_property_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("coin.toml"), "protocol.family = \"coin\"\nprotocol.eventually = true\n")
        .unwrap();
    for (settings, error) in [
        (&[][..], "check.properties is missing, expected a list of properties without \"heads at last\", which is `eventually`"),
        (
            &["--set", "check.properties=[\"heads at last\"]"],
            "check.properties lists \"heads at last\", which is `eventually` of stateright, whose cycles count for nothing: declare it as inevitably",
        ),
    ] {
        let output = coin(folder.path(), &[&["check", "coin.toml"], settings].concat());
        let shown = text(&output.stderr);
        assert!(!output.status.success() && shown.contains(error), "{shown}");
    }
    let checked = printed(folder.path(), &["check", "coin.toml", "--set", "check.properties=[\"heads\"]"]);
    assert!(checked.contains("reached    heads"), "{checked}");
}

/// The mutants of a family that the program does not know. Two of them have as many states and steps as the model, and only
/// one of them the same.
#[test]
fn mutants_of_a_family_in_a_test_are_told_apart_by_their_graphs() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = "protocol.family = \"coin\"\nprotocol.rules.toss = \"heads\"\nexpect.mutants.killed = 1\n";
    std::fs::write(here.join("coin.toml"), text).unwrap();
    let report = |arguments: &[&str]| {
        printed(here, &[arguments, &["--json", "report.json"]].concat());
        let report: Value = serde_json::from_str(&std::fs::read_to_string(here.join("report.json")).unwrap()).unwrap();
        report["cases"][0].clone()
    };
    let counts = |tells: &str| {
        let set = format!("protocol.rules.tells={tells}");
        report(&["check", "coin.toml", "--set", &set])["counts"].clone()
    };
    assert_eq!(counts("loudly"), counts("plainly"));
    let audited = report(&["audit", "coin.toml"]);
    let mutants = audited["audit"]["mutants"].as_array().unwrap();
    let fates: Vec<_> = mutants.iter().map(|mutant| (mutant["edit"].as_str().unwrap(), &mutant["fate"])).collect();
    let expected = [
        ("toss=fair", &json!("killed")),
        ("tells=loudly", &json!("safe")),
        ("tells=never", &json!("suspicious")),
        ("hears=again", &json!("equivalent")),
    ];
    assert_eq!(fates, expected);
    assert_eq!(mutants[0]["breaks"], json!([{ "name": "no tails", "verdict": "violated", "trace_length": 3 }]));
    assert!(mutants[1]["parts"].as_str().unwrap().contains("in step 1: "), "{}", mutants[1]);
    std::fs::write(here.join("kinds.toml"), "protocol.family = \"kinds\"\n").unwrap();
    let refused = coin(here, &["audit", "kinds.toml"]);
    let shown = text_of(&refused);
    assert!(!refused.status.success() && shown.contains("its protocol has no rules, so it has no mutants"), "{shown}");
}

fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn a_family_without_a_specification_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("coin.toml"), "protocol.family = \"coin\"\n").unwrap();
    let refused = coin(folder.path(), &["refine", "coin.toml"]);
    let shown = text_of(&refused);
    assert!(!refused.status.success() && shown.contains("the family coin has no specification to refine"), "{shown}");
}
