//! Every test of the crate as one binary.

#[cfg(any())]
mod cli;
mod differential;
#[cfg(any())]
mod input;
mod naive;
#[cfg(any())]
mod replay;
#[cfg(any())]
mod stateright_traps;
#[cfg(any())]
mod suite;
mod support;
#[cfg(any())]
mod tidy;
