//! Single-decree Paxos behind a register: clients write and read, servers agree on the one value ever written.
//! The system is that of stateright's example of the same name; here it shows how a user of stateright checks a model
//! of their own with Synod.
//!
//! `cargo run --release --example paxos -- [CLIENTS] [THREADS]`
//!
//! Why two phases?
//!
//! 1. A value is decided once a majority of servers accepted it under one ballot. Two majorities share a server, so
//!    whoever hears from a majority hears of every decision made before.
//! 2. Hence a leader first asks a majority what it accepted, and makes it promise to ignore older ballots: from then on
//!    no older ballot can be decided behind the leader's back.
//! 3. The leader goes on with the value accepted under the highest ballot it heard of, if any: that may have been
//!    decided. Only if it heard of none is it free to propose its own client's value.

use stateright::actor::register::{RegisterActor, RegisterMsg};
use stateright::actor::{majority, model_peers, Actor, ActorModel, Id, Network, Out};
use stateright::semantics::register::Register;
use stateright::semantics::LinearizabilityTester;
use stateright::Expectation;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

type Request = u64;
type Value = char;
type Ballot = (u32, Id);
/// A request to write, who made it, and the value.
type Write = (Request, Id, Value);

/// What servers say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Talk {
    Prepare(Ballot),
    Promise(Ballot, Option<(Ballot, Write)>),
    Accept(Ballot, Write),
    Accepted(Ballot),
    Decided(Ballot, Write),
}

pub type Message = RegisterMsg<Request, Value, Talk>;

/// What a server knows: as the leader of its ballot, and as an acceptor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Local {
    ballot: Ballot,
    write: Option<Write>,
    promises: BTreeMap<Id, Option<(Ballot, Write)>>,
    acceptances: BTreeSet<Id>,
    accepted: Option<(Ballot, Write)>,
    is_decided: bool,
}

#[derive(Clone)]
pub struct Server {
    peers: Vec<Id>,
}

impl Server {
    fn quorum(&self) -> usize {
        majority(self.peers.len() + 1)
    }

    fn tell_peers(&self, talk: Talk, out: &mut Out<Self>) {
        out.broadcast(&self.peers, &RegisterMsg::Internal(talk));
    }

    fn on_talk(&self, id: Id, state: &mut Cow<Local>, src: Id, talk: Talk, out: &mut Out<Self>) {
        match talk {
            Talk::Prepare(ballot) if ballot > state.ballot => {
                state.to_mut().ballot = ballot;
                out.send(src, RegisterMsg::Internal(Talk::Promise(ballot, state.accepted)));
            }
            Talk::Promise(ballot, carried) if ballot == state.ballot => {
                let local = state.to_mut();
                local.promises.insert(src, carried);
                // Exactly at the majority: later promises change nothing any more.
                if local.promises.len() == self.quorum() {
                    let carried = local.promises.values().flatten().max_by_key(|(ballot, _)| *ballot);
                    let write = carried.map(|(_, write)| *write).or(local.write).expect("a leader has a write");
                    local.write = Some(write);
                    local.accepted = Some((ballot, write));
                    local.acceptances.insert(id);
                    self.tell_peers(Talk::Accept(ballot, write), out);
                }
            }
            Talk::Accept(ballot, write) if ballot >= state.ballot => {
                let local = state.to_mut();
                local.ballot = ballot;
                local.accepted = Some((ballot, write));
                out.send(src, RegisterMsg::Internal(Talk::Accepted(ballot)));
            }
            Talk::Accepted(ballot) if ballot == state.ballot => {
                let local = state.to_mut();
                local.acceptances.insert(src);
                if local.acceptances.len() == self.quorum() {
                    let write = local.write.expect("a leader has a write");
                    local.is_decided = true;
                    self.tell_peers(Talk::Decided(ballot, write), out);
                    out.send(write.1, RegisterMsg::PutOk(write.0));
                }
            }
            Talk::Decided(ballot, write) => {
                let local = state.to_mut();
                local.ballot = ballot;
                local.accepted = Some((ballot, write));
                local.is_decided = true;
            }
            _ => {}
        }
    }
}

impl Actor for Server {
    type Msg = Message;
    type State = Local;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, _out: &mut Out<Self>) -> Local {
        Local {
            ballot: (0, Id::from(0)),
            write: None,
            promises: BTreeMap::new(),
            acceptances: BTreeSet::new(),
            accepted: None,
            is_decided: false,
        }
    }

    fn on_msg(&self, id: Id, state: &mut Cow<Local>, src: Id, msg: Message, out: &mut Out<Self>) {
        match msg {
            // Only a server that knows the decision may answer a read, and then does nothing else any more.
            RegisterMsg::Get(request) if state.is_decided => {
                let (_, (_, _, value)) = state.accepted.expect("what is decided was accepted");
                out.send(src, RegisterMsg::GetOk(request, value));
            }
            _ if state.is_decided => {}
            RegisterMsg::Put(request, value) if state.write.is_none() => {
                let local = state.to_mut();
                local.ballot = (local.ballot.0 + 1, id);
                local.write = Some((request, src, value));
                local.promises = BTreeMap::from([(id, local.accepted)]);
                local.acceptances = BTreeSet::new();
                self.tell_peers(Talk::Prepare(local.ballot), out);
            }
            RegisterMsg::Internal(talk) => self.on_talk(id, state, src, talk, out),
            _ => {}
        }
    }
}

pub type Model = ActorModel<RegisterActor<Server>, (), LinearizabilityTester<Id, Register<Value>>>;

/// Servers that agree, and clients that each write once and then read.
pub fn model(clients: usize, servers: usize) -> Model {
    ActorModel::new((), LinearizabilityTester::new(Register(Value::default())))
        .actors((0..servers).map(|index| RegisterActor::Server(Server { peers: model_peers(index, servers) })))
        .actors((0..clients).map(|_| RegisterActor::Client { put_count: 1, server_count: servers }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "linearizable", |_, state| state.history.serialized_history().is_some())
        .property(Expectation::Sometimes, "value chosen", |_, state| {
            let is_read = |message: &Message| matches!(message, RegisterMsg::GetOk(_, value) if *value != '\0');
            state.network.iter_deliverable().any(|envelope| is_read(envelope.msg))
        })
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations)
}

#[allow(dead_code)] // Tests and benchmarks include this file for its model.
fn main() -> Result<(), synod::engine::Refusal> {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let clients = arguments.next().unwrap_or(2);
    let threads = arguments.next().unwrap_or(2);
    let report = synod::engine::check(model(clients, 3)).reads_history("linearizable").threads(threads).run()?;
    println!("{} unique states, {} generated", report.unique_state_count(), report.state_count());
    for (name, verdict) in report.verdicts() {
        println!("{name}: {verdict:?}");
    }
    if let Some(path) = report.discovery("value chosen") {
        println!("{}", path.clone().into_actions().len());
    }
    report.assert_properties();
    Ok(())
}
