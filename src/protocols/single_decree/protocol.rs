//! The protocol at its bounds, as a model file describes it: how it is written, shown, and compared with another.

use super::rules::{written, Awaits, Bounds, RULES};
use super::setup::{Recovery, Setup};
use super::{variant, Roster, Rules, Variant, FAMILY};
use crate::family::{Edit, Environment, Reference, Rule};
use crate::protocols::paxos::bounds::{are_default_proposals, is_nameless, next_proposal};
use crate::protocols::paxos::Proposal;
use serde_json::{json, Value};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The reading of the protocol that a model file gives as its reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its variant and edits, as in `adapted + after_accept=continue`.
    pub name: String,
    /// Its rules.
    pub rules: Rules,
}

/// The protocol at its bounds: the tables `protocol` and `bounds` of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// The variant that the rules started from.
    pub variant: &'static Variant,
    /// The rules, edits included.
    pub rules: Rules,
    /// What the model file gives as its reference.
    pub reference: Option<Given>,
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
}

impl Protocol {
    /// What fixes the nodes' behaviour in this environment.
    pub fn setup(&self, environment: &Environment) -> Arc<Setup> {
        let recovery = if environment.recovery { Recovery::FromStorage(environment.comeback) } else { Recovery::Never };
        Arc::new(Setup {
            rules: self.rules,
            proposals: self.proposals.clone(),
            acceptors: self.acceptors,
            learners: self.learners,
            distinguished: self.distinguished,
            rounds: self.rounds,
            sends: environment.sends,
            crashes: (environment.max_crashes > 0).then_some(recovery),
        })
    }

    /// The bounds on which the sense of its rules depends.
    pub fn bounds_of_rules(&self) -> Bounds {
        Bounds { acceptors: self.acceptors, learners: self.learners, rounds: self.rounds }
    }

    /// The nodes.
    pub fn roster(&self) -> Roster {
        Roster { proposers: self.proposals.len(), acceptors: self.acceptors, learners: self.learners }
    }

    /// What the protocol is compared with: what its file gives, else its variant without the edits, else the variant that
    /// its own is a reading of. `None` if it is no other protocol than that.
    pub fn reference(&self) -> Option<Reference> {
        let Given { name, rules } = self.compared()?;
        let edits: Vec<Edit> = self.rules.differences(&rules);
        (!edits.is_empty()).then_some(Reference { name, edits })
    }

    fn compared(&self) -> Option<Given> {
        if self.reference.is_some() {
            return self.reference.clone();
        }
        let variant = if self.edits().is_empty() { variant(self.variant.reference?)? } else { self.variant };
        Some(Given { name: variant.name.into(), rules: variant.rules })
    }

    /// The protocol with these rules as its reference has them.
    pub fn with_put_back(&self, edits: &[Edit]) -> Self {
        let mut protocol = self.clone();
        if let Some(Given { rules, .. }) = self.compared() {
            edits.iter().for_each(|edit| protocol.rules.copy(edit.rule, &rules));
        }
        protocol
    }

    /// The rules that differ from the variant's: name and value.
    pub fn edits(&self) -> Vec<(&'static str, &'static str)> {
        let value = |rule| self.rules.value(rule).expect("every listed rule has a value");
        let edited = RULES.iter().map(|(rule, ..)| (*rule, value(rule)));
        edited.filter(|(rule, value)| self.variant.rules.value(rule) != Some(value)).collect()
    }

    /// The rules, each with its values; of the numbers, those that no word names.
    pub fn editable(&self) -> Vec<Rule> {
        let acceptors = self.acceptors;
        let means_something = |value: &&str| value.parse().map_or(true, |size: usize| is_nameless(size, acceptors));
        let editable = |(name, values, _): &(&'static str, &'static [&'static str], &str)| Rule {
            name,
            value: self.rules.value(name).expect("every listed rule has a value"),
            values: values.iter().copied().filter(means_something).collect(),
        };
        RULES.iter().map(editable).collect()
    }

    /// The protocol with one more proposer, one more acceptor, one more round.
    pub fn larger(&self) -> Vec<Self> {
        let (mut proposer, mut acceptor, mut round) = (self.clone(), self.clone(), self.clone());
        proposer.proposals.push(next_proposal(&self.proposals));
        acceptor.acceptors += 1;
        round.rounds += 1;
        let nodes = [proposer, acceptor].into_iter();
        nodes.chain((self.rules.awaits == Awaits::AnyNumber).then_some(round)).collect()
    }

    /// The tables `protocol` and `bounds` of a model file, every default written out but that there are no learners.
    pub fn to_json(&self) -> Value {
        let edits = self.edits().into_iter();
        let rules: serde_json::Map<_, _> = edits.map(|(rule, value)| (rule.into(), written(value))).collect();
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
        json!({ "protocol": protocol, "bounds": bounds })
    }

    /// The bounds with every default filled in. The number of proposers is there even if their proposals are listed.
    pub fn bounds(&self) -> Value {
        let mut bounds = json!({
            "proposers": self.proposals.len(),
            "acceptors": self.acceptors,
            "learners": self.learners,
        });
        if self.learners > 0 {
            bounds["distinguished"] = self.distinguished.into();
        }
        if !are_default_proposals(&self.proposals) {
            bounds["proposals"] = json!(self.proposals);
        }
        bounds
    }

    /// What a reader of the results should know about the model.
    pub fn notes(&self) -> Vec<String> {
        self.about_quorums().into_iter().chain(self.about_ballots()).collect()
    }

    /// Quorums that need not meet, and a quorum of phase 2 that is no majority.
    fn about_quorums(&self) -> Option<String> {
        let all = self.acceptors;
        let (first, second) = (self.rules.quorum.of(all), self.rules.accept_quorum.of(all));
        let meet = if first + second > all { "always have one in common" } else { "may have none in common" };
        (first < second || second != all / 2 + 1 || first + second <= all).then(|| {
            format!(
                "phase 1 takes {first} of {all} promises (quorum = {}), and a proposal is chosen by {second} of {all} votes \
                 (accept_quorum = {}); a set of acceptors of the one size and a set of the other {meet}",
                written(self.rules.quorum.name()),
                written(self.rules.accept_quorum.name())
            )
        })
    }

    /// Proposers that share a ballot.
    fn about_ballots(&self) -> Option<String> {
        let roster = self.roster();
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
}

impl fmt::Display for Protocol {
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
        if !are_default_proposals(&self.proposals) {
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
        Ok(())
    }
}
