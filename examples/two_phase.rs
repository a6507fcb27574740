//! Two-phase commit as a family of its own: a coordinator asks every participant for its vote and commits if all say yes.
//! The rule `decides = "any"` plants the classic mistake: one yes is enough. `docs/your-own-protocol.md` builds it up.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use stateright::actor::{Actor, ActorModel, Envelope, Id, Out};
use std::borrow::Cow;
use std::fmt;
use std::process::ExitCode;
use synod::family::{
    Assertion, Conjunct, Decision, Deployable, Environment, Family, Footprint, Formula, Induction, Invariant, Kind,
    Objection, Pace, Premise, Property, Reason, Story, System,
};
use synod::input::Fields;
use synod::Program;

/// A node: participants 0, 1, .. and then the coordinator.
#[derive(Clone, Debug)]
enum Node {
    Participant { index: usize, vote: bool, coordinator: Id },
    Coordinator { votes: usize, any: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Message {
    Prepare,
    Yes,
    No,
    Commit,
    Abort,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Local {
    Working,
    Prepared,
    Committed,
    Aborted,
    Collecting { yes: Vec<usize> },
    Decided { commit: bool },
}

impl Actor for Node {
    type Msg = Message;
    type State = Local;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Local {
        let Node::Coordinator { votes, .. } = self else { return Local::Working };
        (0..*votes).for_each(|participant| out.send(participant.into(), Message::Prepare));
        Local::Collecting { yes: Vec::new() }
    }

    fn on_msg(&self, _: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
        let next = match (self, &**local, message) {
            (Node::Participant { vote, coordinator, .. }, Local::Working, Message::Prepare) => {
                out.send(*coordinator, if *vote { Message::Yes } else { Message::No });
                if *vote {
                    Local::Prepared
                } else {
                    Local::Aborted
                }
            }
            (_, Local::Working | Local::Prepared, Message::Abort) => Local::Aborted,
            (_, Local::Prepared, Message::Commit) => Local::Committed,
            (Node::Coordinator { .. }, Local::Collecting { yes }, _) if yes.contains(&from.into()) => return, // repeated
            (Node::Coordinator { votes, any }, Local::Collecting { yes }, Message::Yes | Message::No) => {
                let yes: Vec<_> = yes.iter().copied().chain([from.into()]).collect();
                let commit = message == Message::Yes;
                if commit && yes.len() < *votes && !any {
                    Local::Collecting { yes }
                } else {
                    let decision = if commit { Message::Commit } else { Message::Abort };
                    (0..*votes).for_each(|participant| out.send(participant.into(), decision));
                    Local::Decided { commit }
                }
            }
            _ => return, // the message stays in flight
        };
        *local.to_mut() = next;
    }

    fn name(&self) -> String {
        match self {
            Node::Participant { index, .. } => format!("R{}", index + 1),
            Node::Coordinator { .. } => "C".into(),
        }
    }
}

/// What `[protocol]` and `[bounds]` say: how the coordinator decides, and each participant's vote.
#[derive(Clone, Debug, PartialEq)]
struct Setup {
    any: bool,
    votes: Vec<bool>,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = self.votes.iter().filter(|vote| **vote).count();
        let any = if self.any { ", one yes commits" } else { "" };
        write!(f, "two-phase{any}, {} participants of which {yes} vote yes", self.votes.len())
    }
}

/// What properties see of a node: whether it has committed or aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Outcomes;

impl Footprint<TwoPhase> for Outcomes {
    type Seen = Option<bool>;
    type View<'a> = &'a [Option<bool>];

    fn all() -> &'static [Self] {
        &[Outcomes]
    }

    fn observe(self, local: &Local) -> Option<bool> {
        match local {
            Local::Committed => Some(true),
            Local::Aborted => Some(false),
            _ => None,
        }
    }

    fn view<'a>(_: &'a (), seen: &'a [Option<bool>]) -> &'a [Option<bool>] {
        seen
    }
}

/// The first participant with this outcome, and since when.
fn since(story: Story<TwoPhase>, outcome: bool) -> Option<Reason> {
    let participant = story.last().iter().position(|seen| *seen == Some(outcome))?;
    let step = story.since(|view| view[participant] == Some(outcome));
    let what = if outcome { "committed" } else { "aborted" };
    Some(Reason::new(format!("R{} has {what} since step {step}", participant + 1), [step]))
}

/// Names the family once, so that the closures below need no types.
type Says = Formula<TwoPhase>;

const AGREEMENT: Property<TwoPhase> = Property {
    name: "agreement",
    kind: Kind::Always,
    statement: "no participant commits where another aborts",
    formula: "committed(r) → ¬aborted(r')",
    source: "J. Gray, Notes on Data Base Operating Systems (1978)",
    reads: Outcomes,
    premise: Some(Premise { statement: "a committed participant", is_met: |view| view.contains(&Some(true)) }),
    is_true: Says::State(|view| !(view.contains(&Some(true)) && view.contains(&Some(false)))),
    demanded: true,
    applies: |_| true,
    precedence: 1,
    evidence: |story| [since(story, true), since(story, false)].into_iter().flatten().collect(),
};

const COMMITTED: Property<TwoPhase> = Property {
    name: "committed",
    kind: Kind::Sometimes,
    statement: "a participant commits",
    formula: "∃ r: committed(r)",
    premise: None,
    is_true: Says::State(|view| view.contains(&Some(true))),
    demanded: false,
    evidence: |story| since(story, true).into_iter().collect(),
    ..AGREEMENT
};

/// Why two-phase commit is safe, sentence by sentence.
fn induction(setup: &Setup) -> Induction<TwoPhase> {
    let (votes, coordinator) = (setup.votes.len(), Id::from(setup.votes.len()));
    let is = |node: usize, local: Local| Assertion::local(node.into(), move |other| *other == local);
    let told = |r: usize, message| Assertion::sent(coordinator, r.into(), message);
    let says = |r: usize, message| Assertion::sent(r.into(), coordinator, message);
    let each = |instance: &dyn Fn(usize) -> Assertion<TwoPhase>| (0..votes).map(instance).collect::<Vec<_>>();
    let decided = |commit, told: Assertion<TwoPhase>| is(votes, Local::Decided { commit }) | !told;
    let counted = |r: usize| {
        Assertion::local(coordinator, move |local| matches!(local, Local::Collecting { yes } if yes.contains(&r)))
    };
    let conjunct = |name, statement, formula, instances| Conjunct { name, statement, formula, instances };
    let conjuncts = vec![
        conjunct("T1", "a participant commits on a Commit", "committed(r) → Commit(r) sent", {
            each(&|r| is(r, Local::Committed).implies(told(r, Message::Commit)))
        }),
        conjunct("T2", "one aborts on an Abort, or as it says no", "aborted(r) → Abort(r) sent ∨ No(r) sent", {
            each(&|r| is(r, Local::Aborted).implies(told(r, Message::Abort) | says(r, Message::No)))
        }),
        conjunct("T3", "what was told is what was decided", "Commit(r) sent → decided(commit); Abort likewise", {
            each(&|r| decided(true, told(r, Message::Commit)) & decided(false, told(r, Message::Abort)))
        }),
        conjunct("T4", "a Commit takes every yes", "Commit(r) sent → ∀ r': Yes(r') sent", {
            let all = || Assertion::all((0..votes).map(|r| says(r, Message::Yes)));
            each(&|r| told(r, Message::Commit).implies(all()))
        }),
        conjunct("T5", "a yes that was counted was said", "counted(r) → Yes(r) sent", {
            each(&|r| counted(r).implies(says(r, Message::Yes)))
        }),
        conjunct("T6", "no participant says both", "¬(Yes(r) sent ∧ No(r) sent)", {
            each(&|r| !(says(r, Message::Yes) & says(r, Message::No)))
        }),
        conjunct("T7", "a working participant has said nothing", "working(r) → no Yes(r), No(r) sent", {
            each(&|r| is(r, Local::Working).implies(!(says(r, Message::Yes) | says(r, Message::No))))
        }),
    ];
    let agreement = |r: usize, other: usize| !(is(r, Local::Committed) & is(other, Local::Aborted));
    let Property { name, statement, formula, .. } = AGREEMENT;
    let instances = (0..votes * votes).map(|pair| agreement(pair / votes, pair % votes)).collect();
    let envelope = |src: usize, dst: Id, msg| Envelope { src: src.into(), dst, msg };
    let said = |r| [Message::Yes, Message::No].map(|message| envelope(r, coordinator, message));
    let decisions = |r: usize| [Message::Commit, Message::Abort].map(|message| envelope(votes, r.into(), message));
    Induction {
        seeds: (0..votes).flat_map(|r| said(r).into_iter().chain(decisions(r))).collect(),
        facts: Vec::new(),
        strip: Local::clone,
        alike: Vec::new(),
        invariants: vec![Invariant { name: "two-phase", summary: "why two-phase commit is safe", conjuncts }],
        claims: vec![conjunct(name, statement, formula, instances)],
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct TwoPhase;

impl Family for TwoPhase {
    const NAME: &'static str = "two-phase";
    const SUMMARY: &'static str = "a coordinator commits a transaction if every participant votes for it";

    type Node = Node;
    type Config = ();
    type History = ();
    type Setup = Setup;
    type Footprint = Outcomes;

    fn read(fields: &mut Fields) -> Option<Setup> {
        let decides = fields.one_of("protocol.rules.decides", &["all", "any"]);
        let yes = fields.number("bounds.yes", 0..=8);
        let no = fields.number("bounds.no", 0..=8);
        if yes.is_none() {
            fields.missing("bounds.yes", "0..=8");
        }
        let votes = |vote, count: u64| std::iter::repeat_n(vote, count as usize);
        Some(Setup {
            any: decides == Some("any"),
            votes: votes(true, yes?).chain(votes(false, no.unwrap_or(0))).collect(),
        })
    }

    fn write(setup: &Setup) -> Value {
        let count = |vote| setup.votes.iter().filter(|other| **other == vote).count();
        let decides = if setup.any { "any" } else { "all" };
        json!({
            "protocol": { "family": Self::NAME, "rules": { "decides": decides } },
            "bounds": { "yes": count(true), "no": count(false) },
        })
    }

    fn model(setup: &Setup, environment: &Environment) -> System<Self> {
        let coordinator = Id::from(setup.votes.len());
        let participant = |(index, vote): (usize, &bool)| Node::Participant { index, vote: *vote, coordinator };
        let nodes: Vec<_> = setup.votes.iter().enumerate().map(participant).collect();
        let model = ActorModel::new((), ()).actors(nodes);
        environment.surround::<Self>(model.actor(Node::Coordinator { votes: setup.votes.len(), any: setup.any }))
    }

    fn properties() -> &'static [Property<Self>] {
        &[AGREEMENT, COMMITTED]
    }

    fn induction(setup: &Setup, _: &Environment) -> Result<Option<Induction<Self>>, Objection> {
        Ok(Some(induction(setup)))
    }
}

impl Deployable for TwoPhase {
    fn pace(_: &()) -> Pace {
        Pace::Soon
    }

    fn decisions(_: &(), locals: &[Local]) -> Vec<Decision> {
        let decided = locals.iter().find_map(|local| match local {
            Local::Decided { commit } => Some(if *commit { "commit" } else { "abort" }),
            _ => None,
        });
        let decision = |what: &str| Decision {
            key: what.into(),
            text: what.into(),
            value: what.into(),
            json: json!({ "decision": what }),
        };
        decided.map(decision).into_iter().collect()
    }
}

fn main() -> ExitCode {
    Program::new().with_nodes::<TwoPhase>().run(std::env::args_os())
}
