//! Every test of the crate as one binary.

mod cli;
mod differential;
mod engine;
mod explore;
mod gates;
mod graph;
mod input;
mod keys;
mod learners;
mod naive;
mod naive_environments;
mod naive_learners;
mod nodes;
mod progress;
mod readme;
mod render;
mod replay;
mod reports;
mod simulate;
mod stateright_traps;
mod suite;
mod support;
mod terminal;
mod tidy;
mod web;
mod why;
