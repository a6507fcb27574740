//! Synod.
pub mod check;
pub mod cli;
pub mod engine;
pub mod explore;
pub mod graph;
pub mod model_file;
pub mod properties;
pub mod protocols;
pub mod report;
pub mod statistics;
pub mod trace;
pub mod vocabulary;
pub mod walk;
