//! What is demanded of a model, and whether what was found meets it. Every command that judges asks here: `check`,
//! `suite`, `simulate`, `run` and `conform`.

use super::expectation::{Expectation, Expected};
use super::wanted::{Found, Wanted};
use crate::family::{Family, Kind, Property};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What is demanded of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// This verdict, by this line of the model file; by no line if it is what the protocol is for.
    Verdict(Wanted, Option<usize>),
    /// Nothing: `[expect]` lists properties, and not this one.
    LeftOut,
    /// Nothing: the property is not what the protocol is for, and `[expect]` lists no property.
    Informational,
}

impl Demand {
    /// The verdict, if one is demanded.
    pub fn wanted(self) -> Option<Wanted> {
        match self {
            Demand::Verdict(wanted, _) => Some(wanted),
            Demand::LeftOut | Demand::Informational => None,
        }
    }

    /// The line of the model file that demands it.
    pub fn line(self) -> Option<usize> {
        match self {
            Demand::Verdict(_, line) => line,
            Demand::LeftOut | Demand::Informational => None,
        }
    }

    /// Why nothing is demanded, if nothing is.
    pub fn waived(self) -> Option<&'static str> {
        match self {
            Demand::Verdict(..) => None,
            Demand::LeftOut => Some("left out by [expect]"),
            Demand::Informational => Some("informational"),
        }
    }
}

/// As reports have it: whether a verdict is demanded, and which.
impl Serialize for Demand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wanted = self.wanted();
        let mut fields = serializer.serialize_struct("Demand", 2)?;
        fields.serialize_field("demanded", &wanted.is_some())?;
        fields.serialize_field("expected", &wanted.map(Wanted::name))?;
        fields.end()
    }
}

/// What a model demands of a property: the verdict that `[expect]` lists; if `[expect]` lists no property at all, that it
/// holds or is reached if that is what the protocol is for.
pub fn demand<F: Family>(expect: &[Expectation], property: &Property<F>) -> Demand {
    let mut listed = expect.iter().filter_map(|expectation| match expectation.of {
        Expected::Verdict(name, wanted) => Some((name, Demand::Verdict(wanted, expectation.line))),
        Expected::Count(..) | Expected::Induction(_) | Expected::Mutants(..) => None,
    });
    match (listed.clone().next(), property.kind) {
        (Some(_), _) => listed.find(|(name, _)| *name == property.name).map_or(Demand::LeftOut, |(_, demand)| demand),
        (None, _) if !property.demanded => Demand::Informational,
        (None, Kind::Always | Kind::Inevitably | Kind::AlwaysPossibly) => Demand::Verdict(Wanted::Holds, None),
        (None, Kind::Sometimes) => Demand::Verdict(Wanted::Reached, None),
    }
}

/// The verdict that is demanded of a property, if a single run that meets its premise refutes that; with `is_hit` one that
/// violates the property, or reaches it.
pub fn refuted<F: Family>(expect: &[Expectation], property: &Property<F>, is_hit: bool) -> Option<Wanted> {
    let found = Found { is_hit, meets_premise: true, is_exhausted: false };
    demand(expect, property).wanted().filter(|wanted| wanted.is_met(found) == Some(false))
}
