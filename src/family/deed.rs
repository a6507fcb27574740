//! What a node does in a step, in the words of its protocol.

/// What a node does in a step: a verb in the third person, its infinitive, and what follows either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The verb in the third person.
    pub does: &'static str,
    /// Its infinitive.
    pub infinitive: &'static str,
    /// What follows the verb.
    pub object: String,
    /// The circumstances, after everything else.
    pub manner: String,
    /// What makes it worth a question, said only of what was done.
    pub though: String,
    /// What makes the difference, said only of what would be done.
    pub instead: &'static str,
}

impl Deed {
    /// A deed whose verb is given in the third person and in the infinitive.
    pub fn new(does: &'static str, infinitive: &'static str, object: impl Into<String>) -> Self {
        Deed { does, infinitive, object: object.into(), manner: String::new(), though: String::new(), instead: "" }
    }

    /// The same deed, with what makes it worth a question.
    pub fn though(self, though: impl Into<String>) -> Self {
        Deed { though: though.into(), ..self }
    }

    /// As what was done: "accepts <1,5> though it promised 2".
    pub fn done(&self) -> String {
        spaced(&[self.does, &self.object, &self.though]) + &self.manner
    }

    /// As what would be done: "accept <1,5>".
    pub fn would(&self) -> String {
        spaced(&[self.infinitive, &(self.object.clone() + &self.manner), self.instead])
    }
}

fn spaced(words: &[&str]) -> String {
    words.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
