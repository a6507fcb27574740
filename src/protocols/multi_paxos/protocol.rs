//! The protocol at its bounds, as a model file describes it: how it is written, shown, and compared with the unedited one.

use super::local::Slot;
use super::rules::{self, written, Quorum, Rules, COUNTS, RULES};
use super::FAMILY;
use crate::family::{Edit, Reference, Rule};
use crate::protocols::paxos::bounds::is_nameless;
use crate::protocols::paxos::{Ballot, Roster, Value};
use serde_json::{json, Value as Json};
use std::fmt;

/// The protocol at its bounds: the tables `protocol` and `bounds` of a model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The rules, edits included.
    pub rules: Rules,
    /// The rounds that a proposer may begin; at least 1.
    pub rounds: u32,
    /// The commands of each proposer, in the order in which it proposes them.
    pub commands: Vec<Vec<Value>>,
    /// The number of acceptors.
    pub acceptors: usize,
    /// The number of slots of the log.
    pub slots: Slot,
    /// The number of learners.
    pub learners: usize,
}

impl Protocol {
    /// The nodes.
    pub fn roster(&self) -> Roster {
        Roster { proposers: self.commands.len(), acceptors: self.acceptors, learners: self.learners }
    }

    /// The ballot of the proposer with this index in this round, both counted from 0. No two proposers share one.
    pub fn ballot(&self, index: usize, round: u32) -> Ballot {
        index as Ballot + 1 + round * self.commands.len() as Ballot
    }

    /// How many promises a proposer waits for.
    pub fn promises_to_lead(&self) -> usize {
        self.rules.quorum.size(self.acceptors)
    }

    /// How many acceptors have to vote for a proposal in a slot before it is chosen there.
    pub fn votes_to_be_chosen(&self) -> usize {
        self.rules.accept_quorum.size(self.acceptors)
    }

    /// The commands of proposers that have this many each: those of the first are 10, 11, .., those of the second 20, 21, ..
    pub fn counted_commands(proposers: usize, count: usize) -> Vec<Vec<Value>> {
        (1..=proposers as Value).map(|i| (0..count as Value).map(|k| 10 * i + k).collect()).collect()
    }

    /// The number of commands of each proposer, if a number stands for them.
    fn commands_each(&self) -> Option<usize> {
        let count = self.commands.first()?.len();
        (count > 0 && self.commands == Self::counted_commands(self.commands.len(), count)).then_some(count)
    }

    /// What the protocol is compared with: that of the family, with its own rules. `None` if it is no other than that.
    pub fn reference(&self) -> Option<Reference> {
        let edits: Vec<_> = self.rules.edits().into_iter().map(|(rule, _, value)| Edit { rule, value }).collect();
        (!edits.is_empty()).then(|| Reference { name: FAMILY.into(), edits })
    }

    /// The protocol with these rules as its reference has them.
    pub fn with_put_back(&self, edits: &[Edit]) -> Self {
        let mut protocol = self.clone();
        for edit in edits {
            protocol.rules.edit(edit.rule, edit.value).expect("a value of a rule of the family");
        }
        protocol
    }

    /// The rules, each with its values; of the numbers, those that no word names.
    pub fn editable(&self) -> Vec<Rule> {
        let numbers = COUNTS.iter().zip(1..).filter(|(_, size)| is_nameless(*size, self.acceptors));
        let editable = |rule: &rules::Rule| Rule {
            name: rule.name,
            value: self.rules.value(rule.name).expect("every listed rule has a value"),
            values: [
                rule.values.to_vec(),
                numbers.clone().filter(|_| rule.takes_numbers).map(|(name, _)| *name).collect(),
            ]
            .concat(),
        };
        RULES.iter().map(editable).collect()
    }

    /// The protocol with one more proposer, one more acceptor, one more slot, one more round.
    pub fn larger(&self) -> Vec<Self> {
        let (mut proposer, mut acceptor, mut slot, mut round) =
            (self.clone(), self.clone(), self.clone(), self.clone());
        let proposers = self.commands.len() + 1;
        let commands = self.commands.iter().map(Vec::len).max().unwrap_or(0);
        proposer.commands.extend(Self::counted_commands(proposers, commands).pop());
        acceptor.acceptors += 1;
        slot.slots += 1;
        if self.commands_each() == Some(self.slots) {
            slot.commands = Self::counted_commands(self.commands.len(), slot.slots);
        }
        round.rounds += 1;
        vec![proposer, acceptor, slot, round]
    }

    /// The tables `protocol` and `bounds` of a model file, every default of the bounds written out.
    pub fn to_json(&self) -> Json {
        let edits = self.rules.edits().into_iter().map(|(rule, value, _)| (rule.to_string(), written(value)));
        let rules: serde_json::Map<_, _> = edits.collect();
        json!({
            "protocol": { "family": FAMILY, "rounds": self.rounds, "rules": rules },
            "bounds": {
                "commands": self.commands,
                "acceptors": self.acceptors,
                "slots": self.slots,
                "learners": self.learners,
            },
        })
    }

    /// The bounds with every default filled in. The number of proposers is there even if their commands are listed.
    pub fn bounds(&self) -> Json {
        json!({
            "proposers": self.commands.len(),
            "acceptors": self.acceptors,
            "slots": self.slots,
            "commands": self.commands_each().map_or_else(|| json!(self.commands), Json::from),
            "learners": self.learners,
        })
    }

    /// What a reader of the results should know about the model.
    pub fn notes(&self) -> Vec<String> {
        let (first, second, all) = (self.promises_to_lead(), self.votes_to_be_chosen(), self.acceptors);
        let is_default = (self.rules.quorum, self.rules.accept_quorum) == (Quorum::Majority, Quorum::Majority);
        let meet = if first + second > all { "always have one in common" } else { "may have none in common" };
        let note = || {
            format!(
                "{first} of {all} promises make a leader, {second} of {all} votes choose; two such sets of acceptors {meet}"
            )
        };
        (!is_default).then(note).into_iter().collect()
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FAMILY}")?;
        for (rule, value, _) in self.rules.edits() {
            write!(f, " + {rule}={value}")?;
        }
        let counted = |count: usize, of: &str| format!("{count} {of}{}", if count == 1 { "" } else { "s" });
        if self.rounds > 1 {
            write!(f, ", {} rounds", self.rounds)?;
        }
        write!(f, ", {}", counted(self.commands.len(), "proposer"))?;
        write!(f, ", {}", counted(self.acceptors, "acceptor"))?;
        write!(f, ", {}", counted(self.slots, "slot"))?;
        match self.commands_each() {
            Some(each) if each == self.slots => {}
            Some(each) => write!(f, ", {} each", counted(each, "command"))?,
            None => {
                let lists = self.commands.iter().map(|own| own.iter().map(Value::to_string).collect::<Vec<_>>());
                write!(
                    f,
                    ", commands {}",
                    lists.map(|own| format!("[{}]", own.join(" "))).collect::<Vec<_>>().join(" ")
                )?;
            }
        }
        if self.learners > 0 {
            write!(f, ", {}", counted(self.learners, "learner"))?;
        }
        Ok(())
    }
}
