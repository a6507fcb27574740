//! A model of a family: a protocol at its bounds, in its environment, and the properties to check.

use super::{Environment, Family, Property, Roster, System};
use serde_json::Value;
use std::fmt;

/// A model: a protocol at its bounds, in its environment, and the properties to check.
#[derive(Clone)]
pub struct Spec<F: Family> {
    /// The protocol at its bounds.
    pub setup: F::Setup,
    /// What surrounds its nodes.
    pub environment: Environment,
    /// What is checked.
    pub properties: Vec<Property<F>>,
}

impl<F: Family> Spec<F> {
    /// The stateright model.
    pub fn model(&self) -> System<F> {
        F::model(&self.setup, &self.environment)
    }

    /// What the model carries for its properties.
    pub fn config(&self) -> F::Config {
        self.model().cfg
    }

    /// The nodes.
    pub fn roster(&self) -> Roster {
        Roster::new(&self.model().actors)
    }

    /// The same model of another protocol at the same bounds.
    pub fn with(&self, setup: F::Setup) -> Self {
        Spec { setup, ..self.clone() }
    }

    /// The model as an object with the keys of a model file, every default written out.
    pub fn to_json(&self) -> Value {
        let mut object = F::write(&self.setup);
        if let (Value::Object(own), Value::Object(surroundings)) = (&mut object, self.environment.to_json()) {
            own.extend(surroundings);
        }
        object
    }
}

impl<F: Family> fmt::Debug for Spec<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spec({})", self.to_json())
    }
}

impl<F: Family> fmt::Display for Spec<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.setup, self.environment)
    }
}
