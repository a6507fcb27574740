//! The algorithm of Attiya, Bar-Noy and Dolev ("Sharing Memory Robustly in Message-Passing Systems", 1995), for several
//! writers: a server first asks a quorum for the newest value, then stores that value, or one that is newer, at a quorum.

use serde::{Deserialize, Serialize};
use stateright::actor::register::RegisterMsg;
use stateright::actor::{Actor, Id, Out};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a register holds before anything is written.
pub const NOTHING: char = '∅';

/// Of two values the one with the greater stamp is newer: a count, then the server that wrote it.
pub type Stamp = (u32, usize);

/// What clients and servers say to each other, and servers among themselves. Requests are told apart by their numbers.
pub type Message = RegisterMsg<u64, char, Internal>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Internal {
    /// Asks what the receiver holds.
    Query(u64),
    /// Answers that.
    Held(u64, Stamp, char),
    /// Asks the receiver to hold this, unless it holds something newer.
    Store(u64, Stamp, char),
    /// Answers that.
    Stored(u64),
}

/// How many servers make a quorum, and whether a read is stored before it is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    pub quorum_of_one: bool,
    pub reads_at_once: bool,
}

/// Servers have the ids from 0 on, clients those after them.
#[derive(Clone, Debug)]
pub enum Node {
    Server { servers: usize, rules: Rules },
    Client { servers: usize, first: char, puts: usize, gets: usize },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Local {
    Server(Server),
    Client { done: usize, got: Option<char> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Server {
    stamp: Stamp,
    value: char,
    work: Option<Work>,
}

/// The request that a server works on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Work {
    request: u64,
    client: usize,
    /// What is to be written; a read has nothing.
    put: Option<char>,
    step: Step,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Step {
    Querying(BTreeMap<usize, (Stamp, char)>),
    Storing(char, BTreeSet<usize>),
}

impl Actor for Node {
    type Msg = Message;
    type State = Local;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> Local {
        match self {
            Node::Server { .. } => Local::Server(Server { stamp: (0, 0), value: NOTHING, work: None }),
            Node::Client { .. } => {
                self.ask(id, 0, out);
                Local::Client { done: 0, got: None }
            }
        }
    }

    fn on_msg(&self, id: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
        let next = match (self, &**local) {
            (Node::Server { servers, rules }, Local::Server(server)) => {
                let at = At { me: id.into(), servers: *servers, rules: *rules };
                at.handle(server.clone(), from, message, out).map(Local::Server)
            }
            (Node::Client { .. }, Local::Client { done, .. }) => {
                let got = match message {
                    Message::PutOk(request) if request == number(id, *done) => None,
                    Message::GetOk(request, value) if request == number(id, *done) => Some(value),
                    _ => return,
                };
                self.ask(id, done + 1, out);
                Some(Local::Client { done: done + 1, got })
            }
            _ => None,
        };
        if let Some(next) = next {
            *local = Cow::Owned(next);
        }
    }

    fn name(&self) -> String {
        match self {
            Node::Server { .. } => "Server".into(),
            Node::Client { .. } => "Client".into(),
        }
    }
}

/// The number of a client's request.
fn number(client: Id, place: usize) -> u64 {
    usize::from(client) as u64 * 10 + place as u64
}

impl Node {
    /// Sends the request in this place of a client's list: its writes, then its reads. Each goes to another server.
    fn ask(&self, id: Id, place: usize, out: &mut Out<Self>) {
        let Node::Client { servers, first, puts, gets } = self else { return };
        let server = Id::from((usize::from(id) + place) % servers);
        if place < *puts {
            let value = (*first..).nth(place).unwrap_or(*first);
            out.send(server, Message::Put(number(id, place), value));
        } else if place < puts + gets {
            out.send(server, Message::Get(number(id, place)));
        }
    }
}

/// A server's place among the others.
struct At {
    me: usize,
    servers: usize,
    rules: Rules,
}

impl At {
    fn quorum(&self) -> usize {
        if self.rules.quorum_of_one {
            1
        } else {
            self.servers / 2 + 1
        }
    }

    fn tell_others(&self, message: Internal, out: &mut Out<Node>) {
        let others = (0..self.servers).filter(|other| *other != self.me);
        others.for_each(|other| out.send(other.into(), Message::Internal(message.clone())));
    }

    /// What a server becomes when a message arrives; `None` if it stays as it is.
    fn handle(&self, mut server: Server, from: Id, message: Message, out: &mut Out<Node>) -> Option<Server> {
        match (message, &mut server.work) {
            (Message::Put(request, value), None) => self.begin(server, request, from, Some(value), out),
            (Message::Get(request), None) => self.begin(server, request, from, None, out),
            (Message::Internal(Internal::Query(request)), _) => {
                out.send(from, Message::Internal(Internal::Held(request, server.stamp, server.value)));
                None
            }
            (Message::Internal(Internal::Store(request, stamp, value)), _) => {
                out.send(from, Message::Internal(Internal::Stored(request)));
                let is_newer = stamp > server.stamp;
                is_newer.then_some(Server { stamp, value, ..server })
            }
            (Message::Internal(Internal::Held(request, stamp, value)), Some(work)) if work.request == request => {
                let Step::Querying(held) = &mut work.step else { return None };
                held.insert(from.into(), (stamp, value));
                Some(self.go_on(server, out))
            }
            (Message::Internal(Internal::Stored(request)), Some(work)) if work.request == request => {
                let Step::Storing(_, stored) = &mut work.step else { return None };
                stored.insert(from.into());
                Some(self.go_on(server, out))
            }
            _ => None, // the message stays in flight
        }
    }

    fn begin(
        &self,
        server: Server,
        request: u64,
        client: Id,
        put: Option<char>,
        out: &mut Out<Node>,
    ) -> Option<Server> {
        self.tell_others(Internal::Query(request), out);
        let step = Step::Querying(BTreeMap::from([(self.me, (server.stamp, server.value))]));
        let work = Some(Work { request, client: client.into(), put, step });
        Some(self.go_on(Server { work, ..server }, out))
    }

    /// Takes the next step of a server's work, as soon as a quorum has answered.
    fn go_on(&self, mut server: Server, out: &mut Out<Node>) -> Server {
        let Some(mut work) = server.work.take() else { return server };
        if let Step::Querying(held) = &work.step {
            let Some((stamp, value)) = held.values().max().copied().filter(|_| held.len() >= self.quorum()) else {
                return Server { work: Some(work), ..server };
            };
            let (stamp, value) = work.put.map_or((stamp, value), |put| ((stamp.0 + 1, self.me), put));
            let mut stored = BTreeSet::from([self.me]);
            if work.put.is_none() && self.rules.reads_at_once {
                stored.extend(0..self.servers);
            } else {
                self.tell_others(Internal::Store(work.request, stamp, value), out);
                if stamp > server.stamp {
                    (server.stamp, server.value) = (stamp, value);
                }
            }
            work.step = Step::Storing(value, stored);
        }
        match &work.step {
            Step::Storing(value, stored) if stored.len() >= self.quorum() => {
                let answer = match work.put {
                    Some(_) => Message::PutOk(work.request),
                    None => Message::GetOk(work.request, *value),
                };
                out.send(work.client.into(), answer);
                server
            }
            _ => Server { work: Some(work), ..server },
        }
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Local::Client { done, got: None } => write!(f, "awaits {}", done + 1),
            Local::Client { got: Some(got), .. } => write!(f, "read {got}"),
            Local::Server(Server { stamp, value, work }) => {
                write!(f, "holds {value} ({}.{})", stamp.0, stamp.1)?;
                match work {
                    None => Ok(()),
                    Some(Work { step: Step::Querying(held), .. }) => write!(f, ", {} of them asked", held.len()),
                    Some(Work { step: Step::Storing(value, stored), .. }) => {
                        write!(f, ", stores {value} at {}", stored.len())
                    }
                }
            }
        }
    }
}
