//! `node --controlled`: a node that `run` has launched.

use super::{Failure, Program};
use crate::input::InputError;
use crate::nodes::launch::Assignment;

/// A node that `run` has launched: its assignment is the first line of standard input, its orders the others. When
/// standard input ends, so does the node, whatever it is at.
pub fn controlled(program: &Program) -> Result<u8, Failure> {
    let mut first = String::new();
    std::io::stdin().read_line(&mut first).map_err(|error| InputError::new("standard input", error.to_string()))?;
    let unusable = |error: serde_json::Error| InputError::new("standard input", format!("no assignment: {error}"));
    let assignment: Assignment = serde_json::from_str(&first).map_err(unusable)?;
    let family = assignment.family();
    program.deployed_family("the assignment", &family)?.controlled(assignment)
}
