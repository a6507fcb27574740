//! The model that a model file describes, and how it is written: for the nodes, as JSON, in a line. It knows no TOML.

use crate::properties::{self, Property};
use crate::protocols::single_decree::rules::RULES;
use crate::protocols::single_decree::{
    self, variant, Delivery, Environment, Model, Recovery, Rules, Sends, Setup, Variant, FAMILY,
};
use crate::vocabulary::Proposal;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The reading of a protocol that another is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its variant and edits, as in `adapted + after_accept=continue`.
    pub name: String,
    /// Its rules.
    pub rules: Rules,
}

/// A model: a protocol at its bounds, in its environment, and the properties to check.
#[derive(Clone)]
pub struct Spec {
    /// The variant that the rules started from.
    pub variant: &'static Variant,
    /// The rules, edits included.
    pub rules: Rules,
    /// What the model file gives as its reference.
    pub reference: Option<Reference>,
    /// The rounds that a proposer may begin.
    pub rounds: u32,
    /// The first proposal of each proposer.
    pub proposals: Vec<Proposal>,
    /// The number of acceptors.
    pub acceptors: usize,
    /// The number of learners.
    pub learners: usize,
    /// How many of the learners the acceptors inform; at least one where there are any.
    pub distinguished: usize,
    /// How messages leave.
    pub sends: Sends,
    /// The network and the crash budget.
    pub environment: Environment,
    /// Whether crashed nodes may come back.
    pub recovery: bool,
    /// What is checked.
    pub properties: Vec<&'static Property>,
}

impl Spec {
    /// What fixes the nodes' behaviour.
    pub fn setup(&self) -> Arc<Setup> {
        let recovery = if self.recovery { Recovery::FromStorage } else { Recovery::Never };
        Arc::new(Setup {
            rules: self.rules,
            proposals: self.proposals.clone(),
            acceptors: self.acceptors,
            learners: self.learners,
            distinguished: self.distinguished,
            rounds: self.rounds,
            sends: self.sends,
            crashes: (self.environment.max_crashes > 0).then_some(recovery),
        })
    }

    /// The stateright model, with every property that the protocol registers.
    pub fn model(&self) -> Model {
        properties::register(single_decree::model(&self.setup(), self.environment))
    }

    /// The protocol that the model is to be compared with: the one that its file gives, else its variant without the
    /// edits, else the variant that its own is a reading of.
    pub fn reference(&self) -> Option<Reference> {
        if self.reference.is_some() {
            return self.reference.clone();
        }
        let variant = if self.edits().is_empty() { variant(self.variant.reference?)? } else { self.variant };
        Some(Reference { name: variant.name.into(), rules: variant.rules })
    }

    /// The rules that differ from the variant's: name and value.
    pub fn edits(&self) -> Vec<(&'static str, &'static str)> {
        let value = |rule| self.rules.value(rule).expect("every listed rule has a value");
        let edited = RULES.iter().map(|(rule, ..)| (*rule, value(rule)));
        edited.filter(|(rule, value)| self.variant.rules.value(rule) != Some(value)).collect()
    }

    /// The model as an object with the keys of a model file, every default written out but that there are no learners.
    pub fn to_json(&self) -> Value {
        let rules: serde_json::Map<_, _> = self.edits().into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        let delivery = if self.environment.delivery == Delivery::Ordered { "ordered" } else { "unordered" };
        let mut bounds = json!({ "proposals": self.proposals, "acceptors": self.acceptors });
        if self.learners > 0 {
            bounds["learners"] = self.learners.into();
            bounds["distinguished"] = self.distinguished.into();
        }
        let mut protocol =
            json!({ "family": FAMILY, "variant": self.variant.name, "rounds": self.rounds, "rules": rules });
        if let Some(reference) = &self.reference {
            protocol["reference"] = reference.name.as_str().into();
        }
        json!({
            "protocol": protocol,
            "bounds": bounds,
            "network": {
                "delivery": delivery,
                "duplication": self.environment.delivery == Delivery::UnorderedDuplicating,
                "loss": self.environment.loss,
                "sends": if self.sends == Sends::Atomic { "atomic" } else { "stepwise" },
            },
            "faults": { "crashes": self.environment.max_crashes, "recovery": self.recovery },
        })
    }

    /// What a reader of the results should know about the model.
    pub fn notes(&self) -> Vec<String> {
        self.about_quorums().into_iter().chain(self.about_ballots()).collect()
    }

    /// A smaller quorum is one of phase 1 alone.
    fn about_quorums(&self) -> Option<String> {
        let (first, all) = (self.rules.quorum_size(self.acceptors), self.acceptors);
        let second = all / 2 + 1;
        let meet = if first + second > all { "always have one in common" } else { "may have none in common" };
        (first < second).then(|| {
            format!(
                "quorum = {:?} is about phase 1 alone, {first} of {all} promises; a value is chosen by {second} of {all} \
                 votes as ever, and two such sets of acceptors {meet}",
                self.rules.quorum.name()
            )
        })
    }

    /// Proposers that share a ballot.
    fn about_ballots(&self) -> Option<String> {
        let roster = self.setup().roster();
        let ballots = self.proposals.iter().map(|proposal| proposal.ballot).collect::<BTreeSet<_>>().into_iter();
        let sharing = ballots.filter_map(|ballot| {
            let of_it = self.proposals.iter().enumerate().filter(|(_, proposal)| proposal.ballot == ballot);
            let names: Vec<_> = of_it.map(|(index, _)| roster.name(index.into())).collect();
            (names.len() > 1).then(|| format!("{} share ballot {ballot}", names.join(", ")))
        });
        let sharing: Vec<_> = sharing.collect();
        let what = "Paxos presumes that no two proposers use the same ballot";
        (!sharing.is_empty()).then(|| format!("{}; {what}", sharing.join("; ")))
    }

    /// True iff the proposals are the default ones: ballot and value i for proposer i.
    pub fn has_default_proposals(&self) -> bool {
        (1..).zip(&self.proposals).all(|(i, proposal)| *proposal == Proposal::new(i, i))
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spec({})", self.to_json())
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY} {}", self.variant.name)?;
        for (rule, value) in self.edits() {
            write!(f, " + {rule}={value}")?;
        }
        if self.rounds > 1 {
            write!(f, ", {} rounds", self.rounds)?;
        }
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (proposers, acceptors) = (self.proposals.len(), self.acceptors);
        write!(f, ", {proposers} proposer{}", plural(proposers))?;
        if !self.has_default_proposals() {
            let listed: Vec<_> = self.proposals.iter().map(Proposal::to_string).collect();
            write!(f, " {}", listed.join(" "))?;
        }
        write!(f, ", {acceptors} acceptor{}", plural(acceptors))?;
        if self.learners > 0 {
            write!(f, ", {} learner{}", self.learners, plural(self.learners))?;
        }
        if self.distinguished < self.learners {
            write!(f, ", {} distinguished", self.distinguished)?;
        }
        let network = match self.environment.delivery {
            Delivery::Unordered => "unordered network",
            Delivery::UnorderedDuplicating => "unordered duplicating network",
            Delivery::Ordered => "ordered network",
        };
        write!(f, ", {network}{}", if self.environment.loss { " with loss" } else { "" })?;
        if self.sends == Sends::Stepwise {
            write!(f, ", stepwise sends")?;
        }
        match (self.environment.max_crashes, self.recovery) {
            (0, _) => Ok(()),
            (most, true) => write!(f, ", up to {most} down at once, with recovery"),
            (most, false) => write!(f, ", up to {most} crash{}", if most == 1 { "" } else { "es" }),
        }
    }
}
