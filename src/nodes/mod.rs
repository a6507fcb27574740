//! The nodes of a model on real sockets: the very actors that were checked, over UDP, with faults between node and
//! socket, a log per node, and a cluster that announces consensus. Nothing here decides what a node does; its handlers
//! do.
//!
//! * [`host`]: one node: its actor, its timers, what lies in flight for it, its log.
//! * [`log`]: what a node writes down, and its stable storage: they are one file.
//! * `arrivals`: what a flood may leave in a log.
//! * [`datagram`]: what goes over the wire, and what is dropped there.
//! * [`gathering`]: who is waited for before a proposer begins, on hosts of their own.
//! * [`wire`]: loss, duplication, delay and reordering, seeded.
//! * [`role`]: what a node is in a run.
//! * [`orders`]: the orders to a node and its reports.
//! * [`launch`]: a node as a process or as a thread.
//! * [`plan`]: a run as data.
//! * [`cluster`]: all nodes of a model, its crashes, and when a run is over.
//! * [`causal`]: causes are passed on before their effects.
//! * `decided`: what an instance has decided so far, and how long that took.
//! * [`text`] and [`report`]: a run for people and for programs.

mod arrivals;
pub mod causal;
pub mod cluster;
pub mod datagram;
mod decided;
pub mod gathering;
pub mod host;
pub mod launch;
pub mod log;
mod member;
pub mod orders;
pub mod plan;
pub mod report;
pub mod role;
mod sealed;
mod session;
mod step;
mod stream;
pub mod text;
pub mod wire;
