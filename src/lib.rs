//! An exhaustive model checker for Paxos-like consensus protocols, on [`stateright`].
//!
//! A 2018 thesis adapted Paxos for a proof in Disel/Coq and ran out of time before its invariant was mechanised. This
//! crate finishes the job by exhaustive search: the adapted protocol, and every other rendering of it that the thesis
//! contains, is a stateright [`ActorModel`](stateright::actor::ActorModel), its states are explored over all message
//! interleavings, and the invariants I1 and I2 and agreement are properties that hold or come with a shortest
//! counterexample.
//!
//! # Your own actors
//!
//! The engine takes any `ActorModel` and reads the properties that it already has. One line checks it, and the answer
//! is exact: counts and verdicts are stateright's where its hash tells all states apart, only sooner.
//!
//! ```
//! use stateright::actor::{Actor, ActorModel, Id, Network, Out};
//! use stateright::Expectation;
//! use std::borrow::Cow;
//!
//! /// Two nodes that each want the lock, and a server that grants it to the first that asks.
//! #[derive(Clone)]
//! enum Node { Client { server: Id }, Server }
//!
//! #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
//! enum Message { Request, Grant, Release }
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash)]
//! enum Local { Waiting, Holding, Done, Free, Taken }
//!
//! impl Actor for Node {
//!     type Msg = Message;
//!     type State = Local;
//!     type Timer = ();
//!     type Random = ();
//!     type Storage = ();
//!
//!     fn on_start(&self, _: Id, _: &Option<()>, out: &mut Out<Self>) -> Local {
//!         match self {
//!             Node::Client { server } => {
//!                 out.send(*server, Message::Request);
//!                 Local::Waiting
//!             }
//!             Node::Server => Local::Free,
//!         }
//!     }
//!
//!     fn on_msg(&self, _: Id, local: &mut Cow<Local>, from: Id, message: Message, out: &mut Out<Self>) {
//!         match (&**local, message) {
//!             (Local::Free, Message::Request) => {
//!                 *local.to_mut() = Local::Taken;
//!                 out.send(from, Message::Grant);
//!             }
//!             (Local::Taken, Message::Release) => *local.to_mut() = Local::Free,
//!             (Local::Waiting, Message::Grant) => {
//!                 *local.to_mut() = Local::Holding;
//!                 out.set_timer((), stateright::actor::model_timeout());
//!             }
//!             _ => {} // the message stays in flight
//!         }
//!     }
//!
//!     fn on_timeout(&self, _: Id, local: &mut Cow<Local>, _: &(), out: &mut Out<Self>) {
//!         if let Node::Client { server } = self {
//!             *local.to_mut() = Local::Done;
//!             out.send(*server, Message::Release);
//!         }
//!     }
//! }
//!
//! let server = Id::from(2);
//! let model = ActorModel::new((), ())
//!     .actors([Node::Client { server }, Node::Client { server }, Node::Server])
//!     .init_network(Network::new_unordered_nonduplicating([]))
//!     .property(Expectation::Always, "mutual exclusion", |_, state| {
//!         state.actor_states.iter().filter(|local| ***local == Local::Holding).count() <= 1
//!     })
//!     .property(Expectation::Sometimes, "both are served", |_, state| {
//!         state.actor_states[..2].iter().all(|local| **local == Local::Done)
//!     });
//!
//! let report = synod::engine::check(model).threads(2).run()?;
//! report.assert_properties(); // panics unless every verdict is certain and good
//! let witness = report.discovery("both are served").expect("it was reached");
//! assert_eq!(witness.clone().into_actions().len(), 7);
//! # Ok::<(), synod::engine::Refusal>(())
//! ```
//!
//! # Your own protocol
//!
//! A protocol that implements [`family::Family`] gets all the rest: model files, reports, traces and diagrams, the
//! Explorer, state graphs, statistics and simulation; with [`family::Deployable`] also real runs and their conformance. A
//! program of its own is one line: `Program::new().with::<MyFamily>().run(std::env::args_os())`, see [`Program`].
//!
//! # Architecture
//!
//! Ground floor first; a module uses only modules above it in this list, and [`engine`] uses none of them. A test keeps
//! it so.
//!
//! * [`engine`]: the search of any actor system, several times over: stateright's own checkers, component automata,
//!   decision diagrams. *Architecture invariant: the engine knows nothing of protocols, model files, reports or terminals.*
//! * [`input`]: files, keys and values, each with its place. *It knows no key's meaning, and every error has a place.*
//! * [`family`]: the trait that a protocol family implements. *Everything below knows a protocol by it alone.*
//! * [`protocols`]: families: rules, variants, handlers, properties. *A variant is a value; handlers are pure; no other
//!   module names one, but for the list of the program.*
//! * [`model_file`]: the only reader of TOML, and of what is demanded. *Every command that judges asks here.*
//! * [`why`]: a path beside the protocol that its model was edited from. *It executes, and guesses nothing.*
//! * [`trace`]: paths as text, self-contained. *None leaves the program that stateright's model has not executed.*
//! * [`report`]: the results of a run as plain data, and their renderers. *What is not demanded is shown, never hidden.*
//! * [`nodes`]: the same actors on real sockets. *Every step is logged before anything of it leaves.*
//! * [`conform`]: logs followed along the model. *The verdict needs no clock.*
//! * [`graph`], [`statistics`], [`explore`]: every state, looked at: stateright's model is walked, or where it is too large
//!   for that, quotients and counts are read off the decision diagram of its states. *They judge nothing.*
//! * [`mod@check`]: the one pipeline from a model file to its case report. *Only an exhausted space proves.*
//! * [`faults`]: checks of one model in many environments, as a map. *A cell that was refused or cut off says so.*
//! * [`mod@simulate`]: seeded random walks, for bounds too large to exhaust. *A simulation shows and never proves.*
//! * [`mod@audit`]: the model with each of its rules edited, and which property notices. *Graphs are compared, not counts.*
//! * [`mod@refine`]: the steps of a model as steps of a specification. *What its users rely on is checked on both.*
//! * [`induction`]: whether an invariant is inductive, by a SAT solver. *It calls handlers, and explores nothing.*
//! * [`proof`]: invariants at every size, by SMT solvers. *What a solver was told is compared with the handlers.*
//! * [`subject`]: a model of any family, its types gone. *Commands hold nothing else.*
//! * [`cli`]: arguments, progress, exit codes, and [`Program`], a list of families.
//! * [`program()`][]: ours.

// The front page names modules that the engine alone does not have.
#![cfg_attr(not(feature = "tool"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "tool")]
pub mod audit;
#[cfg(feature = "tool")]
pub mod check;
#[cfg(feature = "tool")]
pub mod cli;
#[cfg(feature = "tool")]
pub mod conform;
pub mod engine;
#[cfg(feature = "tool")]
pub mod explore;
#[cfg(feature = "tool")]
pub mod family;
#[cfg(feature = "tool")]
pub mod faults;
#[cfg(feature = "tool")]
pub mod graph;
#[cfg(feature = "tool")]
pub mod induction;
#[cfg(feature = "tool")]
pub mod input;
#[cfg(feature = "tool")]
pub mod model_file;
#[cfg(feature = "tool")]
pub mod nodes;
#[cfg(all(feature = "tool", not(test)))] // the unit tests need none of its code
mod program;
#[cfg(feature = "tool")]
pub mod proof;
#[cfg(feature = "tool")]
pub mod protocols;
#[cfg(feature = "tool")]
pub mod refine;
#[cfg(feature = "tool")]
pub mod report;
#[cfg(feature = "tool")]
pub mod simulate;
#[cfg(feature = "tool")]
pub mod statistics;
#[cfg(feature = "tool")]
pub mod subject;
#[cfg(feature = "tool")]
pub mod terminal;
#[cfg(feature = "tool")]
pub mod trace;
#[cfg(feature = "tool")]
pub mod walk;
#[cfg(feature = "tool")]
pub mod why;

#[cfg(feature = "tool")]
pub use cli::Program;
#[cfg(all(feature = "tool", not(test)))]
pub use program::program;
