//! A rule of a protocol, as it is seen from outside: what it is called, and what it may be.

/// A rule that model files edit as `protocol.rules.NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name.
    pub name: &'static str,
    /// The name of the value that the protocol has.
    pub value: &'static str,
    /// The names of all values that mean something at the bounds of the protocol, each of its own.
    pub values: Vec<&'static str>,
}
