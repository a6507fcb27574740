//! stateright's Explorer on a model: its own page, taken from the stateright package by the build script, the model as it browses it
//! ([`Browsed`]), and a server for the two ([`serve`]). Every state and step that is shown was made by stateright's
//! `ActorModel`; the discoveries and counts are those of the search that an engine ran before. Nothing here searches.
//!
//! stateright's own server is not used: a request with a large `Content-Length` aborts the process, a header may be of any
//! length, every `Host` and `Origin` is accepted, and its page shows the name of a Rust type and the counts of a checker that
//! must search the whole model again.

mod browsed;
mod http;
mod server;
mod shown;

pub use browsed::Browsed;
pub use server::{serve, Address, AddressError};
