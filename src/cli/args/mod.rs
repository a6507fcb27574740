//! The arguments as they are typed.

mod aids;
mod keeping;
mod nodes;
mod search;
mod spreading;

pub use aids::{Completions, Man, New, Schema};
pub use keeping::Keeping;
pub use nodes::{short, Conform, NodeArguments, Run, Working};
pub use search::{repeated, Faults, Search, Simulate};
pub use spreading::{Over, Spread, Spreading};

use crate::graph;
use crate::input::InputError;
use crate::proof::Solver;
use crate::report::{Format, Sink};
use crate::statistics;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The command line. What the program is, it says itself.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Explore each model exhaustively, print the verdicts, write the counterexamples.
    Check(Check),
    /// Check every model file of a folder and print a table.
    Suite(Suite),
    /// Re-execute a saved trace on stateright's model, step by step, and show it.
    Replay(Replay),
    /// Run the nodes of a model as processes over UDP, announce consensus, and check the run against the model.
    ///
    /// The nodes are the actors that `check` explores. Their logs are merged at the end and followed along the model, as
    /// `conform` does. The exit code is 1 if they deviate from it, or if it violates or reaches what is demanded otherwise, 3
    /// if the deadline or an interrupt ended the run.
    Run(Run),
    /// Run one node of a model, so that a cluster spans several hosts.
    ///
    /// Give every node of a cluster the same model, settings and faults: their logs are checked against one model.
    /// The node works until it is interrupted, or until its deadline. If its log is there already it comes back from a
    /// crash, with what it had saved. The nodes may be started in any order.
    Node(NodeArguments),
    /// Decide whether logged runs are behaviours of their model, and name the first event that is not.
    Conform(Conform),
    /// Browse a model in stateright's web Explorer, with a link straight to each counterexample and witness.
    ///
    /// The model is searched first. Without any limit the search gives up after 10s, so that the Explorer opens soon;
    /// what it has not found by then is listed as unknown.
    Explore(Explore),
    /// Seeded random runs over a model, for bounds too large to exhaust: what they violate and reach, and how often.
    ///
    /// A violation is certain, and its trace is written; everything else stays unknown. Run I, counted from 0, has the
    /// seed S+I, so any run can be reproduced on its own, on any machine.
    Simulate(Simulate),
    /// A map of faults: what becomes of safety and of termination as nodes crash, come back and forget, and as the network
    /// loses, repeats or orders messages.
    ///
    /// Each cell is the model in another environment, checked for its safety properties, for what has to stay possible, and
    /// for what every fair execution has to come to. Nothing is demanded; the exit code is 3 after an interrupt.
    Faults(Faults),
    /// The state graph of a small model, for graphviz or as JSON, violations marked.
    Graph(Graph),
    /// States by depth, how often each kind of step fires, and what never fires.
    Stats(Stats),
    /// Check every mutation of a single rule of a model: which property notices it, and what none notices.
    ///
    /// A mutant is killed if it violates something that the model is demanded to satisfy. Of the others some are the model in
    /// other words (their state graph is the same), some are safe, and some are suspicious: what the protocol is for no
    /// longer happens. The exit code is 1 if [expect] mutants demands other numbers, 3 if a limit leaves a mutant unknown.
    Audit(Audit),
    /// Whether every step of a model is a step of the abstract specification of its family, or none of its; if not, the
    /// first that is neither is shown.
    ///
    /// Where a model has clients, what they rely on is checked on the protocol and on the specification by itself. The exit
    /// code is that of `check`.
    Refine(Refine),
    /// Whether an invariant is inductive: true at first, and kept by every step from every type-correct state where it is
    /// true, reachable or not. If it is not, a smallest counterexample to induction is shown.
    ///
    /// It holds in every reachable state then, whatever the network does, and nothing was explored. The exit code is 1
    /// unless it is inductive and what is demanded follows from it, or unless it comes out as [expect] induction says.
    Induct(Induct),
    /// Prove the invariant of a variant inductive at every size: any number of nodes, ballots and values.
    ///
    /// The proof is an SMT-LIB text made of the variant's rules; z3 and cvc5 answer it, those that are installed. The
    /// handlers are compared with the text at bounds. The exit code is 1 if a question is answered otherwise than it is to
    /// be, or a handler does what the text does not say, and 3 if a solver gives up.
    Prove(Prove),
    /// Protocols, variants, rules and properties, each with a line of what it is and where it comes from.
    List(List),
    /// Write a model file to begin with: what a model cannot be without, and everything else that it may have in comments.
    New(New),
    /// Print a JSON schema of model files, for editors: what each key may hold, and what it says.
    Schema(Schema),
    /// Print completions for a shell, to be sourced or put where it looks for them.
    Completions(Completions),
    /// Write the manual pages, one for each command.
    Man(Man),
}

/// What is changed in a model file.
#[derive(Args)]
pub struct Settings {
    /// Set any key of the model file, as in bounds.acceptors=5. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Args)]
pub struct Check {
    /// Model files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub shared: Shared,
    /// Where counterexamples and witnesses are written, as MODEL.PROPERTY.json. MODEL is the file's name without .toml, or
    /// its path where two files have one name, with +KEY=VALUE for each --set. Traces that an earlier check of the same
    /// model left and this one refutes are removed.
    #[arg(long, value_name = "DIR", default_value = "traces")]
    pub traces: PathBuf,
    #[command(flatten)]
    pub keeping: Keeping,
    #[command(flatten)]
    pub spreading: Spreading,
}

#[derive(Args)]
pub struct Suite {
    /// The folder; its subfolders are searched too.
    #[arg(value_name = "DIR", default_value = "models")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub shared: Shared,
    /// Write counterexamples and witnesses there, as MODEL.PROPERTY.json. MODEL is the path of the file below the folder,
    /// without .toml, with +KEY=VALUE for each --set.
    #[arg(long, value_name = "DIR")]
    pub traces: Option<PathBuf>,
    /// Write the whole set of reports there, without what differs from run to run: report.json, report.md, index.html
    /// and the counterexamples under traces/. The same suite gives the same bytes, so the folder can be committed. Traces
    /// that an earlier report there names and this one does not are removed.
    #[arg(long, value_name = "DIR")]
    pub reports: Option<PathBuf>,
    /// What index.html says above its table: a part of a page, in HTML, such as what the suite has shown.
    #[arg(long, value_name = "FILE", requires = "reports")]
    pub front: Option<PathBuf>,
    /// Print what changed against an older JSON report: verdicts, counts, lengths of traces, models.
    #[arg(long, value_name = "OLD.json")]
    pub baseline: Option<PathBuf>,
}

#[derive(Args)]
pub struct List {
    /// Only this family.
    #[arg(value_name = "FAMILY")]
    pub family: Option<String>,
}

#[derive(Args)]
pub struct Replay {
    /// A trace that `check`, `suite` or `simulate` wrote.
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// Require that the trace is one of this model.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// How the trace is shown.
    #[arg(long, value_enum, default_value = "text")]
    pub format: TraceFormat,
    /// Write it to this file instead of standard output.
    #[arg(long, value_name = "PATH", default_value = "-")]
    pub output: Sink,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum TraceFormat {
    /// A lifeline per node, a line per step.
    Text,
    /// A sequence diagram, for light and dark.
    Svg,
    /// A Mermaid sequenceDiagram, for Markdown.
    Mermaid,
    /// The Informal Trace Format of TLA+ and Quint tools.
    Itf,
    /// The trace itself.
    Json,
    /// The diagram beside a stepper, in one file.
    Html,
}

#[derive(Args)]
pub struct Explore {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where to serve; port 0 is any free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub address: String,
    /// Allow an address that other machines can reach.
    #[arg(long)]
    pub public: bool,
    #[command(flatten)]
    pub search: Search,
}

#[derive(Args)]
pub struct Graph {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// For graphviz, or as JSON.
    #[arg(long, value_enum)]
    pub format: GraphFormat,
    /// Where the graph is written; - is standard output.
    #[arg(long, value_name = "PATH", default_value = "-")]
    pub output: Sink,
    /// Draw the quotient of the states by what this footprint sees of the nodes, such as votes: a node for all states that
    /// look alike, an edge for all steps between them. The model may have any number of states.
    #[arg(long, value_name = "FOOTPRINT")]
    pub quotient: Option<String>,
    /// Refuse a model with more states, or a quotient with more nodes; at most 100000.
    #[arg(long, value_name = "N", default_value_t = graph::DEFAULT_MAX_STATES, value_parser = graph_states)]
    pub max_states: usize,
    #[command(flatten)]
    pub settings: Settings,
}

fn graph_states(text: &str) -> Result<usize, String> {
    let allowed = 1..=graph::HARD_MAX_STATES;
    let states = text.parse().ok().filter(|states| allowed.contains(states));
    states.ok_or_else(|| format!("expected {}..={}", allowed.start(), allowed.end()))
}

#[derive(Clone, Copy, ValueEnum)]
pub enum GraphFormat {
    Dot,
    Json,
}

#[derive(Args)]
pub struct Stats {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What looks at the steps: a walk through stateright's model; decision diagrams of all states; the first, and the
    /// second where the model is large.
    #[arg(long, value_enum, default_value = "auto")]
    pub engine: StatsEngine,
    /// Only walk, and give up after this many states [default: 1000000, if decision diagrams do not answer].
    #[arg(long, value_name = "N")]
    pub max_states: Option<usize>,
    #[command(flatten)]
    pub settings: Settings,
    /// Write the statistics as JSON; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StatsEngine {
    Auto,
    Symbolic,
    Stateright,
}

impl Stats {
    /// The arguments, validated.
    ///
    /// # Errors
    /// If decision diagrams are to stop at a number of states.
    pub fn options(&self) -> Result<statistics::Options, InputError> {
        let engine = match self.engine {
            StatsEngine::Auto => statistics::Engine::Auto,
            StatsEngine::Symbolic => statistics::Engine::Symbolic,
            StatsEngine::Stateright => statistics::Engine::Stateright,
        };
        if let (statistics::Engine::Symbolic, Some(most)) = (engine, self.max_states) {
            let what = "the symbolic engine finds all states at once; leave out --max-states or --engine symbolic";
            return Err(InputError::new(format!("--max-states {most}"), what));
        }
        Ok(statistics::Options { engine, max_states: self.max_states, threads: search::cores() })
    }
}

#[derive(Args)]
pub struct Audit {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Mutate only this rule, or give it only this value. Repeatable [default: every other value of every rule]. What
    /// [expect] mutants demands is of all rules, and is left out then.
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub rule: Vec<String>,
    /// Check the mutants that no property kills at the next larger sizes too, one more proposer, acceptor, round and so on,
    /// each for at most this long. What is demanded of their numbers is demanded of the model's own size.
    #[arg(long, value_name = "DURATION")]
    pub grow: Option<humantime::Duration>,
    #[command(flatten)]
    pub search: Search,
    #[command(flatten)]
    pub reports: Reports,
    /// Print nothing but errors and the reports asked for.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args)]
pub struct Refine {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub search: Search,
    #[command(flatten)]
    pub reports: Reports,
    /// Print nothing but errors and the reports asked for.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args)]
pub struct Induct {
    /// The model file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The invariant [default: the one of the model's variant].
    #[arg(long, value_name = "NAME")]
    pub invariant: Option<String>,
    #[command(flatten)]
    pub settings: Settings,
    /// Write what was found as JSON; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Draw the counterexample to induction, if there is one; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub svg: Option<Sink>,
}

#[derive(Args)]
pub struct Prove {
    /// The variant, such as adapted or simple.
    #[arg(value_name = "VARIANT")]
    pub variant: String,
    /// Ask this solver. Repeatable [default: those that are installed].
    #[arg(long, value_name = "SOLVER", value_parser = solver)]
    pub solver: Vec<Solver>,
    #[command(flatten)]
    pub settings: Settings,
    /// Write the SMT-LIB text; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub output: Option<Sink>,
    /// Write the answers as JSON; - is standard output.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
}

/// The solver with this name.
fn solver(name: &str) -> Result<Solver, String> {
    let known = Solver::ALL.into_iter().find(|solver| solver.program() == name);
    known.ok_or_else(|| "expected z3 or cvc5".into())
}

/// What `check` and `suite` share.
#[derive(Args)]
pub struct Shared {
    #[command(flatten)]
    pub search: Search,
    /// Stop searching a model as soon as everything demanded of it is certain. What is not demanded may stay unknown; a
    /// property that is to hold, and a pinned count, take the whole search.
    #[arg(long)]
    pub until_decided: bool,
    #[command(flatten)]
    pub reports: Reports,
    /// Print nothing but errors, the reports asked for, and a line on what is violated and not demanded.
    #[arg(long, short)]
    pub quiet: bool,
}

/// The reports that `check` and `suite` write. A path may be -, standard output: nothing else is printed then.
#[derive(Args, Default)]
#[command(next_help_heading = "Reports (PATH may be -, standard output)")]
pub struct Reports {
    /// Write the report as JSON.
    #[arg(long, value_name = "PATH")]
    pub json: Option<Sink>,
    /// Write the report as JUnit XML: a test case for each property and pinned count.
    #[arg(long, value_name = "PATH")]
    pub junit: Option<Sink>,
    /// Write the report as SARIF 2.1.0: a result at the line of each expectation that is not met.
    #[arg(long, value_name = "PATH")]
    pub sarif: Option<Sink>,
    /// Write the report as Markdown, fit for a job summary.
    #[arg(long, value_name = "PATH")]
    pub markdown: Option<Sink>,
    /// Write the report as one self-contained HTML page.
    #[arg(long, value_name = "PATH")]
    pub html: Option<Sink>,
    /// Print annotations for a GitHub workflow (in one, they are on unless a report goes to standard output).
    #[arg(long)]
    pub github: bool,
}

impl Reports {
    /// True iff one of them goes to standard output.
    pub fn use_stdout(&self) -> bool {
        self.github || self.sinks().iter().any(|(.., sink)| **sink == Sink::Stdout)
    }

    /// The reports asked for: the option, the format, and where to.
    pub fn sinks(&self) -> Vec<(&'static str, Format, &Sink)> {
        let all = [
            ("--json", Format::Json, &self.json),
            ("--junit", Format::Junit, &self.junit),
            ("--sarif", Format::Sarif, &self.sarif),
            ("--markdown", Format::Markdown, &self.markdown),
            ("--html", Format::Html, &self.html),
        ];
        all.into_iter().filter_map(|(flag, format, sink)| Some((flag, format, sink.as_ref()?))).collect()
    }
}
