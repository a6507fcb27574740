//! Synod.
pub mod engine;
