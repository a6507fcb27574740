//! The component engine.
pub use super::reference::run;
