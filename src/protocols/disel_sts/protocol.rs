//! The system at its bounds, as a model file describes it: how it is written, shown, and compared with another.

use super::rules::{Rule, Rules, Senders, Variant, RULES};
use super::setup::{Recovery, Setup};
use super::FAMILY;
use crate::family::{self, Edit, Environment, Reference};
use crate::protocols::paxos::bounds::{are_default_proposals, next_proposal};
use crate::protocols::paxos::Proposal;
use serde_json::{json, Value};
use std::fmt;
use std::sync::Arc;

/// The system at its bounds: the tables `protocol` and `bounds` of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// The variant that the rules started from.
    pub variant: &'static Variant,
    /// The rules, edits included.
    pub rules: Rules,
    /// The proposal of each proposer.
    pub proposals: Vec<Proposal>,
    /// The number of acceptors.
    pub acceptors: usize,
    /// What bounds the sends of a literal system.
    pub literal: Option<Literal>,
}

/// The bounds that make a literal system finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// How many messages all nodes together may send.
    pub sends: u32,
    /// The payloads that they may send.
    pub payloads: Vec<Proposal>,
}

impl Protocol {
    /// What fixes the nodes' behaviour in this environment.
    pub fn setup(&self, environment: &Environment) -> Arc<Setup> {
        let recovery = if environment.recovery { Recovery::FromStorage } else { Recovery::Never };
        Arc::new(Setup {
            rules: self.rules,
            proposals: self.proposals.clone(),
            acceptors: self.acceptors,
            sends: self.literal.as_ref().map(|literal| literal.sends),
            payloads: self.literal.as_ref().map(|literal| literal.payloads.clone()).unwrap_or_default(),
            crashes: (environment.max_crashes > 0).then_some(recovery),
        })
    }

    /// Its variant without the edits. `None` if there are none.
    pub fn reference(&self) -> Option<Reference> {
        let edited = self.edited();
        let value = |rule: &Rule| (rule.value)(&self.variant.rules);
        let edits: Vec<_> = edited.map(|rule| Edit { rule: rule.name, value: value(rule) }).collect();
        (!edits.is_empty()).then(|| Reference { name: self.variant.name.into(), edits })
    }

    /// The system with these rules as its variant has them.
    pub fn with_put_back(&self, edits: &[Edit]) -> Self {
        let mut protocol = self.clone();
        for edit in edits {
            let rule = RULES.iter().find(|rule| rule.name == edit.rule);
            rule.and_then(|rule| (rule.set)(&mut protocol.rules, edit.value)).expect("an edit of the family's rules");
        }
        protocol
    }

    /// The rules that differ from the variant's.
    fn edited(&self) -> impl Iterator<Item = &'static Rule> + use<'_> {
        RULES.iter().filter(|rule| (rule.value)(&self.rules) != (rule.value)(&self.variant.rules))
    }

    /// The rules, each with its values.
    pub fn editable(&self) -> Vec<family::Rule> {
        let editable =
            |rule: &Rule| family::Rule { name: rule.name, value: (rule.value)(&self.rules), values: (rule.values)() };
        RULES.iter().map(editable).collect()
    }

    /// The system with one more proposer, one more acceptor and, where it bounds them, one more send.
    pub fn larger(&self) -> Vec<Self> {
        let (mut proposer, mut acceptor) = (self.clone(), self.clone());
        proposer.proposals.push(next_proposal(&self.proposals));
        acceptor.acceptors += 1;
        let literal = self.literal.clone().map(|literal| Literal { sends: literal.sends + 1, ..literal });
        let more_sends = literal.map(|literal| Protocol { literal: Some(literal), ..self.clone() });
        [proposer, acceptor].into_iter().chain(more_sends).collect()
    }

    /// The tables `protocol` and `bounds` of a model file, every default written out.
    pub fn to_json(&self) -> Value {
        let rules: serde_json::Map<_, _> =
            self.edited().map(|rule| (rule.name.into(), (rule.value)(&self.rules).into())).collect();
        let mut bounds = json!({ "proposals": self.proposals, "acceptors": self.acceptors });
        if let Some(Literal { sends, payloads }) = &self.literal {
            bounds["sends"] = (*sends).into();
            bounds["payloads"] = json!(payloads);
        }
        json!({ "protocol": { "family": FAMILY, "variant": self.variant.name, "rules": rules }, "bounds": bounds })
    }

    /// The bounds with every default filled in. The number of proposers is there even if their proposals are listed.
    pub fn bounds(&self) -> Value {
        let mut bounds = self.to_json()["bounds"].clone();
        bounds["proposers"] = self.proposals.len().into();
        if let (true, Some(bounds)) = (are_default_proposals(&self.proposals), bounds.as_object_mut()) {
            bounds.remove("proposals");
        }
        bounds
    }

    /// What a reader of the results should know about the model.
    pub fn notes(&self) -> Vec<String> {
        let literal = self.literal.iter().map(|Literal { sends, .. }| {
            format!(
                "the preconditions bound nothing, so the model does: all nodes together send at most {sends} messages; \
                 what holds, holds of runs that are no longer"
            )
        });
        let one = (self.rules.accept_targets == super::rules::AcceptTargets::One && self.acceptors > 1).then(|| {
            "accept_targets = \"one\": a proposer may send one Accept in all, as the precondition is printed"
                .to_string()
        });
        literal.chain(one.filter(|_| self.rules.senders == Senders::Honest)).collect()
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY} {}", self.variant.name)?;
        for rule in self.edited() {
            write!(f, " + {}={}", rule.name, (rule.value)(&self.rules))?;
        }
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let (proposers, acceptors) = (self.proposals.len(), self.acceptors);
        write!(f, ", {proposers} proposer{}", plural(proposers))?;
        if !are_default_proposals(&self.proposals) {
            write!(f, " {}", listed(&self.proposals))?;
        }
        write!(f, ", {acceptors} acceptor{}", plural(acceptors))?;
        if let Some(Literal { sends, payloads }) = &self.literal {
            write!(f, ", {sends} send{} of {}", plural(*sends as usize), listed(payloads))?;
        }
        Ok(())
    }
}

fn listed(proposals: &[Proposal]) -> String {
    proposals.iter().map(Proposal::to_string).collect::<Vec<_>>().join(" ")
}
