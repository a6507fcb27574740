//! What goes over the wire: a message or a greeting, framed and addressed. What is not one of this run's is counted and
//! dropped before any node sees it.

use super::log::Sending;
use super::sealed::{open, seal};
use super::stream;
use crate::family::{Deployable, Message, Roster};
use serde::{Deserialize, Serialize};
use stateright::actor::Id;
use std::net::{IpAddr, SocketAddr};

/// The most bytes that a datagram may have: less than any network's frame. Longer ones go over a connection.
pub const MAX_BYTES: usize = 1200;

/// The version of the format.
const VERSION: u32 = 1;

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<F: Deployable> {
    /// The instance of the protocol.
    pub instance: u32,
    /// The sender.
    pub from: Id,
    /// The sending.
    pub cause: Sending,
    /// The message.
    pub message: Message<F>,
}

/// What a datagram brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Mail<F: Deployable> {
    /// A message of the protocol.
    Envelope(Envelope<F>),
    /// The sender is there, and asks or answers whether this node is.
    Greeting {
        /// The sender.
        from: Id,
        /// True iff it answers: it is not answered again.
        is_answer: bool,
    },
}

/// A datagram as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "F: Deployable")]
struct Written<F: Deployable> {
    synod: u32,
    run: u64,
    from: String,
    to: String,
    content: Content<F>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", bound = "F: Deployable")]
enum Content<F: Deployable> {
    Envelope { instance: u32, cause: Sending, message: Message<F> },
    Greeting { is_answer: bool },
}

/// Why a datagram was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// It is longer than any message.
    Oversized,
    /// It is not a message, or not a whole one.
    Malformed,
    /// It is a message, but of another run, for another node, or not from where its sender is.
    Foreign,
}

/// The post office of a node: who it is, and where the others are.
#[derive(Clone, Debug)]
pub struct Office {
    /// The number of the run.
    pub run: u64,
    /// The nodes.
    pub roster: Roster,
    /// The node itself.
    pub me: Id,
    /// Where each node is, in the order of ids.
    pub addresses: Vec<SocketAddr>,
}

impl Office {
    /// The datagram of a message from this node.
    ///
    /// # Errors
    /// If the message has no JSON.
    pub fn write<F: Deployable>(
        &self,
        instance: u32,
        to: Id,
        cause: Sending,
        message: Message<F>,
    ) -> serde_json::Result<Vec<u8>> {
        self.address::<F>(to, Content::Envelope { instance, cause, message })
    }

    /// The datagram of a greeting from this node.
    pub fn greet<F: Deployable>(&self, to: Id, is_answer: bool) -> Vec<u8> {
        self.address::<F>(to, Content::Greeting { is_answer }).unwrap_or_default()
        // it has JSON
    }

    fn address<F: Deployable>(&self, to: Id, content: Content<F>) -> serde_json::Result<Vec<u8>> {
        let (from, to) = (self.roster.name(self.me).into(), self.roster.name(to).into());
        seal(&Written { synod: VERSION, run: self.run, from, to, content }).map(String::into_bytes)
    }

    /// What a datagram brings that came from an address.
    ///
    /// # Errors
    /// Why it is dropped.
    pub fn read<F: Deployable>(&self, bytes: &[u8], source: SocketAddr) -> Result<Mail<F>, Dropped> {
        self.open(bytes, MAX_BYTES, |address| *address == source)
    }

    /// What a connection brings that came from a host; its port says nothing.
    ///
    /// # Errors
    /// Why it is dropped.
    pub fn read_stream<F: Deployable>(&self, bytes: &[u8], source: IpAddr) -> Result<Mail<F>, Dropped> {
        self.open(bytes, stream::MAX_BYTES, |address| address.ip() == source)
    }

    fn open<F: Deployable>(
        &self,
        bytes: &[u8],
        most: usize,
        is_source: impl Fn(&SocketAddr) -> bool,
    ) -> Result<Mail<F>, Dropped> {
        if bytes.len() > most {
            return Err(Dropped::Oversized);
        }
        let written: Written<F> = open(bytes).map_err(|_| Dropped::Malformed)?;
        let from = self.roster.id(&written.from).ok_or(Dropped::Foreign)?;
        let is_ours = written.synod == VERSION
            && written.run == self.run
            && self.roster.id(&written.to) == Some(self.me)
            && self.addresses.get(usize::from(from)).is_some_and(is_source);
        let mail = match written.content {
            Content::Envelope { instance, cause, message } => {
                Mail::Envelope(Envelope { instance, from, cause, message })
            }
            Content::Greeting { is_answer } => Mail::Greeting { from, is_answer },
        };
        is_ours.then_some(mail).ok_or(Dropped::Foreign)
    }
}
