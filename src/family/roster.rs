//! The nodes of a model, by name and id.

use stateright::actor::{Actor, Id};
use std::borrow::Cow;

/// The names of the nodes, in the order of their ids: what [`Actor::name`] says, or the id where it says nothing. Of nodes
/// with one name each has a number as well, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster(Vec<String>);

impl Roster {
    /// The roster of these actors.
    pub fn new<A: Actor>(actors: &[A]) -> Self {
        let name = |(index, actor): (usize, &A)| match actor.name() {
            name if name.is_empty() => index.to_string(),
            name => name,
        };
        let names: Vec<String> = actors.iter().enumerate().map(name).collect();
        let mut distinct: Vec<String> = Vec::new();
        for name in &names {
            let is_shared = names.iter().filter(|other| *other == name).count() > 1;
            let numbered = (1..).map(|number| format!("{name}{number}"));
            let mut free = numbered.filter(|numbered| !distinct.contains(numbered) && !names.contains(numbered));
            distinct.push(if is_shared { free.next().unwrap_or_default() } else { name.clone() });
        }
        Roster(distinct)
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

    /// The name of a node; the id where there is no such node, as a message may be addressed to one.
    pub fn name(&self, id: Id) -> Cow<'_, str> {
        let name = self.0.get(usize::from(id)).map(String::as_str);
        name.map_or_else(|| usize::from(id).to_string().into(), Cow::Borrowed)
    }

    /// The node with this name, if there is one.
    pub fn id(&self, name: &str) -> Option<Id> {
        self.0.iter().position(|other| other == name).map(Id::from)
    }
}
