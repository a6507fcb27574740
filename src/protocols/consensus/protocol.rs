//! A service and its clients at their bounds, as a model file describes them: how they are written and shown.

use super::setup::{self, Setup};
use super::FAMILY;
use crate::family::{Environment, Rule};
use crate::protocols::paxos;
use crate::protocols::single_decree::{self, Recovery};
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// A service and its clients at their bounds: the tables `protocol` and `bounds` of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// What decides.
    pub service: Service,
    /// The number of clients.
    pub clients: usize,
}

/// What decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Service {
    /// The specification, for each value from 1 to this one.
    Abstract {
        /// The greatest value.
        values: paxos::Value,
    },
    /// Single-decree Paxos, with as many learners as there are clients.
    SingleDecree(Box<single_decree::Protocol>),
}

impl Service {
    /// The name in model files.
    pub fn name(&self) -> &'static str {
        match self {
            Service::Abstract { .. } => ABSTRACT,
            Service::SingleDecree(_) => single_decree::FAMILY,
        }
    }
}

/// The name of the abstract service in model files.
pub const ABSTRACT: &str = "abstract";

impl Protocol {
    /// What fixes the nodes' behaviour in this environment.
    pub fn setup(&self, environment: &Environment) -> Arc<Setup> {
        let recovery = if environment.recovery { Recovery::FromStorage(environment.comeback) } else { Recovery::Never };
        let service = match &self.service {
            Service::Abstract { values } => setup::Service::Abstract { values: *values },
            Service::SingleDecree(protocol) => setup::Service::SingleDecree(protocol.setup(environment)),
        };
        let crashes = (environment.max_crashes > 0).then_some(recovery);
        Arc::new(Setup { service, clients: self.clients, crashes })
    }

    /// The same clients on the specification, which is asked for as many values as the proposers have; `None` if it is the
    /// service already.
    pub fn on_the_specification(&self) -> Option<Self> {
        let Service::SingleDecree(protocol) = &self.service else { return None };
        let values: BTreeSet<_> = protocol.proposals.iter().map(|proposal| proposal.value).collect();
        Some(Protocol { service: Service::Abstract { values: values.len() as paxos::Value }, clients: self.clients })
    }

    /// The rules of the service; the specification has none.
    pub fn editable(&self) -> Vec<Rule> {
        match &self.service {
            Service::Abstract { .. } => Vec::new(),
            Service::SingleDecree(protocol) => protocol.editable(),
        }
    }

    /// The same with a larger service.
    pub fn larger(&self) -> Vec<Self> {
        let with = |service| Protocol { service, clients: self.clients };
        match &self.service {
            Service::Abstract { values } => vec![with(Service::Abstract { values: values + 1 })],
            Service::SingleDecree(protocol) => {
                protocol.larger().into_iter().map(|larger| with(Service::SingleDecree(Box::new(larger)))).collect()
            }
        }
    }

    /// The tables `protocol` and `bounds` of a model file, every default written out.
    pub fn to_json(&self) -> Value {
        let mut tables = match &self.service {
            Service::Abstract { values } => json!({ "protocol": {}, "bounds": { "values": values } }),
            Service::SingleDecree(protocol) => protocol.to_json(),
        };
        if let Some(bounds) = tables["bounds"].as_object_mut() {
            bounds.remove("learners");
        }
        tables["protocol"]["family"] = FAMILY.into();
        tables["protocol"]["service"] = self.service.name().into();
        tables["bounds"]["clients"] = self.clients.into();
        tables
    }

    /// The bounds with every default filled in.
    pub fn bounds(&self) -> Value {
        let Service::SingleDecree(protocol) = &self.service else { return self.to_json()["bounds"].clone() };
        let mut bounds = protocol.bounds();
        if let Some(bounds) = bounds.as_object_mut() {
            bounds.remove("learners");
        }
        bounds["clients"] = self.clients.into();
        bounds
    }

    /// What a reader of the results should know about the model.
    pub fn notes(&self) -> Vec<String> {
        match &self.service {
            Service::Abstract { .. } => Vec::new(),
            Service::SingleDecree(protocol) => protocol.notes(),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY} on ")?;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        match &self.service {
            Service::Abstract { values } => {
                write!(f, "an abstract register, {values} value{}", plural(*values as usize))?;
            }
            Service::SingleDecree(protocol) => {
                single_decree::Protocol { learners: 0, distinguished: 0, ..(**protocol).clone() }.fmt(f)?;
                if protocol.distinguished < protocol.learners {
                    write!(f, ", {} distinguished", protocol.distinguished)?;
                }
            }
        }
        write!(f, ", {} client{}", self.clients, plural(self.clients))
    }
}
