//! What synod has to be told of the register: how a model is read and written, and what is to be true of it.

use crate::actors::{Local, Message, Node, Rules, NOTHING};
use serde_json::{json, Value};
use stateright::actor::{ActorModel, Id};
use stateright::semantics::register::Register as Reference;
use stateright::semantics::LinearizabilityTester;
use stateright::Expectation;
use std::fmt;
use synod::family::{Decision, Deployable, Environment, Family, Formula, Kind, Pace, Property, System, Timer, Unread};
use synod::input::Fields;

/// What clients asked and were answered, in the order in which that happened.
type History = LinearizabilityTester<Id, Reference<char>>;

/// The model at its bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    rules: Rules,
    servers: usize,
    clients: usize,
    /// Clients that write; the others only read.
    writers: usize,
    puts: usize,
    gets: usize,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        write!(f, "register, {}, {}, ", plural(self.servers, "server"), plural(self.clients, "client"))?;
        write!(f, "{} by {} of them, ", plural(self.puts, "write"), self.writers)?;
        write!(f, "{} each", plural(self.gets, "read"))?;
        let quorum = if self.rules.quorum_of_one { ", quorums of one" } else { "" };
        write!(f, "{quorum}{}", if self.rules.reads_at_once { ", reads answered at once" } else { "" })
    }
}

type Says = Formula<Register>;

const LINEARIZABLE: Property<Register> = Property {
    name: "linearizable",
    kind: Kind::Always,
    statement: "every answer is one that a single register could have given at some moment between request and answer",
    formula: "∃ a sequential history that keeps the order of operations that do not overlap",
    source: "Herlihy and Wing, Linearizability (1990)",
    reads: Unread,
    premise: None,
    is_true: Says::History(|history| history.serialized_history().is_some()),
    demanded: true,
    applies: |_| true,
    precedence: 1,
    evidence: |_| Vec::new(),
};

/// A replicated register.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Register;

impl Family for Register {
    const NAME: &'static str = "register";
    const SUMMARY: &'static str = "a register that several servers hold (Attiya, Bar-Noy and Dolev)";

    type Node = Node;
    type Config = ();
    type History = History;
    type Setup = Setup;
    type Footprint = Unread;

    fn read(fields: &mut Fields) -> Option<Setup> {
        let quorum = fields.one_of("protocol.rules.quorum", &["majority", "one"]);
        let reads = fields.one_of("protocol.rules.reads", &["stored", "at-once"]);
        let mut count = |key, most| {
            let count = fields.number(key, 1..=most);
            if count.is_none() {
                fields.missing(key, &format!("1..={most}"));
            }
            count.map(|count| count as usize)
        };
        let (servers, clients) = (count("bounds.servers", 5), count("bounds.clients", 4));
        let (puts, gets) = (count("bounds.puts", 3), count("bounds.gets", 3));
        let writers = fields.number("bounds.writers", 0..=clients.unwrap_or(4) as u64);
        let writers = writers.map_or(clients, |writers| Some(writers as usize));
        let rules = Rules { quorum_of_one: quorum == Some("one"), reads_at_once: reads == Some("at-once") };
        Some(Setup { rules, servers: servers?, clients: clients?, writers: writers?, puts: puts?, gets: gets? })
    }

    fn write(setup: &Setup) -> Value {
        let quorum = if setup.rules.quorum_of_one { "one" } else { "majority" };
        let reads = if setup.rules.reads_at_once { "at-once" } else { "stored" };
        json!({
            "protocol": { "family": Self::NAME, "rules": { "quorum": quorum, "reads": reads } },
            "bounds": {
                "servers": setup.servers,
                "clients": setup.clients,
                "writers": setup.writers,
                "puts": setup.puts,
                "gets": setup.gets,
            },
        })
    }

    /// The property that a value is read stands on the stateright model, as it may in any model.
    fn model(setup: &Setup, environment: &Environment) -> System<Self> {
        let Setup { rules, servers, clients, writers, puts, gets } = *setup;
        let client = |client: usize| Node::Client {
            servers,
            first: ('A'..).nth(client * puts).unwrap_or('A'),
            puts: if client < writers { puts } else { 0 },
            gets,
        };
        let model = ActorModel::new((), History::new(Reference(NOTHING)))
            .actors((0..servers).map(|_| Node::Server { servers, rules }))
            .actors((0..clients).map(client))
            .record_msg_out(Message::record_invocations)
            .record_msg_in(Message::record_returns)
            .property(Expectation::Sometimes, "value read", |_, state| {
                state
                    .actor_states
                    .iter()
                    .any(|local| matches!(**local, Local::Client { got: Some(got), .. } if got != NOTHING))
            });
        environment.surround::<Self>(model)
    }

    fn properties() -> &'static [Property<Self>] {
        &[LINEARIZABLE]
    }

    fn local(local: &Local) -> String {
        local.to_string()
    }
}

impl Deployable for Register {
    fn pace(_: &Timer<Self>) -> Pace {
        Pace::Soon
    }

    /// A run has decided once every client has read.
    fn decisions(_: &(), locals: &[Local]) -> Vec<Decision> {
        let clients = locals.iter().filter(|local| matches!(local, Local::Client { .. }));
        let got: Option<Vec<char>> =
            clients.map(|local| if let Local::Client { got, .. } = local { *got } else { None }).collect();
        let decision = |got: Vec<char>| {
            let text = got.iter().map(char::to_string).collect::<Vec<_>>().join(", ");
            Decision {
                key: "read".into(),
                text: format!("clients have read {text}"),
                value: json!(got),
                json: json!({ "read": got }),
            }
        };
        got.map(decision).into_iter().collect()
    }
}
