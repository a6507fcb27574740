//! What a protocol is to whoever sees only what it decides: the specification that it refines, and what relies on that.

use super::Family;

/// The specification that a protocol refines.
pub struct Refinement<F: Family> {
    /// In words: the states of the specification and its steps, and what of the protocol is its state.
    pub specification: &'static str,
    /// The property of steps that says so.
    pub property: &'static str,
    /// The properties of those who use the service. If the protocol refines the specification, and its users come to know
    /// only what is decided, they hold on the protocol iff they hold on the specification.
    pub carried: &'static [&'static str],
    /// The same users on the specification itself.
    pub abstractly: Option<F::Setup>,
}
