//! What clients may rely on, whatever the service is, and what they should reach. What the service has decided is the state
//! of the abstract register, or what is chosen in the protocol that is the service.

use super::client::Client;
use super::local::Local;
use super::setup::Service;
use super::{Consensus, Setup};
use crate::family::{self, Kind, Reason};
use crate::protocols::paxos::{Value, Votes};
use crate::protocols::single_decree::{properties as inner, SingleDecree};
use crate::protocols::specification::{is_refined, Register};
use std::collections::BTreeSet;
use std::sync::Arc;

type Property = family::Property<Consensus>;
type Formula = family::Formula<Consensus>;
type Premise = family::Premise<Consensus>;
type Story<'a> = family::Story<'a, Consensus>;

/// Every property of the family, in the order of reports.
pub const PROPERTIES: &[Property] = &[REFINES, ACTED_CHOSEN, CLIENTS_AGREE, TOKENS_MATCH, ACTED, ALL_ACTED, MET];

const REFINES: Property = Property {
    name: "refines",
    kind: Kind::Always,
    statement: "every step is one of the register, or none: the first value that is decided stays so",
    formula: "image = decided values; step → image' = image ∨ (image = ∅ ∧ image' = {v}, v ∈ initial values)",
    source: "thesis 1.2.2, goal 7; M. Abadi, L. Lamport, \"The Existence of Refinement Mappings\" (1991)",
    reads: Footprint::Service,
    premise: Some(Premise { statement: "a decided value", is_met: |view| !view.decided().is_empty() }),
    is_true: Formula::Step(|before, after| is_refined(before.image(), after.image(), |value| after.is_initial(value))),
    demanded: true,
    applies: |_| true,
    precedence: 0,
    evidence: |story| {
        let (earlier, last) = (story.before_the_last_step().last(), story.last());
        let values = |view: View| listed(view.decided());
        let step = story.steps();
        let what = format!("step {step}: what is decided was {}, and is {}", values(earlier), values(last));
        vec![Reason::new(what, [step])]
    },
};

const ACTED_CHOSEN: Property = Property {
    name: "acted-chosen",
    statement:
        "what a client acted on, and so what its Token says, is decided; where a protocol is the service, chosen",
    formula: "∀ c: acted(c, v) → decided(v)",
    source: "thesis 1.2.2, goal 6",
    premise: Some(Premise { statement: "a client that has acted", is_met: |view| view.acted().next().is_some() }),
    is_true: Formula::State(|view| view.acted().all(|(_, value)| view.decided().contains(&value))),
    precedence: 1,
    evidence: |story| {
        let last = story.last();
        let wrong = last.acted().filter(|(_, value)| !last.decided().contains(value));
        let decided = Reason::new(format!("what is decided is {}", listed(last.decided())), []);
        wrong.map(|acted| acted_since(story, acted)).chain([decided]).collect()
    },
    ..REFINES
};

const CLIENTS_AGREE: Property = Property {
    name: "clients-agree",
    statement: "no two clients acted on different values",
    formula: "∀ c, c': acted(c, v) ∧ acted(c', v') → v = v'",
    source: "thesis 1.2.2, goals 6 and 8",
    reads: Footprint::Clients,
    premise: Some(Premise { statement: "two clients that have acted", is_met: |view| view.acted().count() > 1 }),
    is_true: Formula::State(|view| view.acted().map(|(_, value)| value).collect::<BTreeSet<_>>().len() < 2),
    precedence: 3,
    evidence: actions,
    ..REFINES
};

const TOKENS_MATCH: Property = Property {
    name: "tokens-match",
    statement: "no client is met by a Token for another value than it acted on",
    formula: "∀ c: Met(v, w) → v = w",
    reads: Footprint::Clients,
    premise: Some(Premise { statement: "a client that is met", is_met: |view| view.met().next().is_some() }),
    is_true: Formula::State(|view| view.met().all(|(_, own, other)| own == other)),
    precedence: 2,
    evidence: |story| {
        let wrong = story.last().met().filter(|(_, own, other)| own != other);
        wrong.map(|met| met_since(story, met)).collect()
    },
    ..CLIENTS_AGREE
};

const ACTED: Property = Property {
    name: "acted",
    kind: Kind::Sometimes,
    statement: "a client acts on what is decided",
    formula: "∃ c: acted(c, v)",
    premise: None,
    is_true: Formula::State(|view| view.acted().next().is_some()),
    precedence: 0,
    ..CLIENTS_AGREE
};

const ALL_ACTED: Property = Property {
    name: "all-acted",
    statement: "every client acts on what is decided",
    formula: "∀ c: acted(c, v)",
    is_true: Formula::State(|view| view.acted().count() == view.setup.clients),
    demanded: false,
    ..ACTED
};

const MET: Property = Property {
    name: "met",
    statement: "a client that has acted is met by a Token",
    formula: "∃ c: Met(v, w)",
    is_true: Formula::State(|view| view.met().next().is_some()),
    applies: |setup| setup.clients > 1,
    evidence: |story| story.last().met().map(|met| met_since(story, met)).collect(),
    ..ALL_ACTED
};

/// What every client that has acted acted on.
fn actions(story: Story) -> Vec<Reason> {
    story.last().acted().map(|acted| acted_since(story, acted)).collect()
}

fn acted_since(story: Story, (client, value): (usize, Value)) -> Reason {
    let since = story.since(|view| view.acted().any(|acted| acted == (client, value)));
    let name = story.last().setup.client_name(client);
    Reason::new(format!("{name} acted on {value} in step {since}"), [since])
}

fn met_since(story: Story, met: (usize, Value, Value)) -> Reason {
    let since = story.since(|view| view.met().any(|other| other == met));
    let (client, own, other) = met;
    let name = story.last().setup.client_name(client);
    Reason::new(format!("{name} acted on {own} and is met by a Token for {other} in step {since}"), [since])
}

fn listed(values: BTreeSet<Value>) -> String {
    let values: Vec<_> = values.iter().map(Value::to_string).collect();
    if values.is_empty() {
        "nothing".into()
    } else {
        values.join(" and ")
    }
}

/// What a property reads of the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Footprint {
    /// The clients.
    Clients,
    /// The clients, and what the service has decided.
    Service,
}

/// The part of one node's local state that a footprint covers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// Nothing.
    Unseen,
    /// A client.
    Client(Client),
    /// The abstract service.
    Service(Register),
    /// What a property of votes sees of a node of the protocol.
    Protocol(inner::Observation),
}

impl family::Footprint<Consensus> for Footprint {
    type Seen = Observation;
    type View<'a> = View<'a>;

    fn all() -> &'static [Self] {
        &[Footprint::Clients, Footprint::Service]
    }

    fn observe(self, local: &Local) -> Observation {
        match (self, local) {
            (_, Local::Client { client, .. }) => Observation::Client(*client),
            (Footprint::Service, Local::Service(register)) => Observation::Service(*register),
            (Footprint::Service, Local::Protocol(local)) => {
                Observation::Protocol(inner::Footprint::Votes.observe(local))
            }
            _ => Observation::Unseen,
        }
    }

    fn view<'a>(setup: &'a Arc<Setup>, seen: &'a [Observation]) -> View<'a> {
        View { setup, seen }
    }
}

/// A state as a property sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    setup: &'a Setup,
    seen: &'a [Observation],
}

impl<'a> View<'a> {
    fn clients(self) -> impl Iterator<Item = (usize, Client)> + use<'a> {
        let client = |seen: &Observation| match seen {
            Observation::Client(client) => Some(*client),
            _ => None,
        };
        self.seen.iter().filter_map(client).enumerate()
    }

    /// The clients that have acted: the index of each, and the value.
    fn acted(self) -> impl Iterator<Item = (usize, Value)> + use<'a> {
        self.clients().filter_map(|(index, client)| Some((index, client.acted_on()?)))
    }

    /// The clients that are met: the index of each, what it acted on, and what its Token says.
    fn met(self) -> impl Iterator<Item = (usize, Value, Value)> + use<'a> {
        self.clients().filter_map(|(index, client)| match client {
            Client::Met { own, other } => Some((index, own, other)),
            Client::Waiting | Client::Acted(_) => None,
        })
    }

    /// The values that the service has decided. More than one is no state of the register.
    fn decided(self) -> BTreeSet<Value> {
        match &self.setup.service {
            Service::Abstract { .. } => {
                let decided = |seen: &Observation| match seen {
                    Observation::Service(register) => register.decided,
                    _ => None,
                };
                self.seen.iter().filter_map(decided).collect()
            }
            Service::SingleDecree(setup) => {
                let votes = |seen: &Observation| match seen {
                    Observation::Protocol(observed) => Some(observed.clone()),
                    _ => None,
                };
                let observed: Vec<_> = self.seen.iter().filter_map(votes).collect();
                let view = <inner::Footprint as family::Footprint<SingleDecree>>::view(setup, &observed);
                view.chosen().map(|proposal| proposal.value).collect()
            }
        }
    }

    /// The state of the register that this state stands for.
    fn image(self) -> Option<Register> {
        let decided = self.decided();
        (decided.len() <= 1).then(|| Register { decided: decided.first().copied() })
    }

    /// True iff somebody asks for this value.
    fn is_initial(self, value: Value) -> bool {
        match &self.setup.service {
            Service::Abstract { values } => (1..=*values).contains(&value),
            Service::SingleDecree(setup) => inner::View::new(setup, &[]).initial_values().contains(&value),
        }
    }
}
