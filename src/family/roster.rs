//! The nodes of a model, by name and id.

use stateright::actor::{Actor, Id};

/// The names of the nodes, in the order of their ids: what [`Actor::name`] says, or the id where it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster(Vec<String>);

impl Roster {
    /// The roster of these actors.
    pub fn new<A: Actor>(actors: &[A]) -> Self {
        let name = |(index, actor): (usize, &A)| match actor.name() {
            name if name.is_empty() => index.to_string(),
            name => name,
        };
        Roster(actors.iter().enumerate().map(name).collect())
    }

    /// The names, in the order of ids.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True iff there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of a node.
    pub fn name(&self, id: Id) -> &str {
        &self.0[usize::from(id)]
    }

    /// The node with this name, if there is one.
    pub fn id(&self, name: &str) -> Option<Id> {
        self.0.iter().position(|other| other == name).map(Id::from)
    }
}
