//! The component engine.
