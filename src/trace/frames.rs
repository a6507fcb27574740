//! A trace as its readers see it: every node's state and the messages in flight after each step, all text made
//! visible. Every renderer starts from here; this file knows of no output format.

use super::escape::visible;
use super::{ActionRecord, Cause, EnvelopeRecord, Reason, Step, Trace};
use crate::why::Beside;

/// A trace, resolved: nodes and messages by index, and the whole system after every step. Every text in it is free of
/// control characters and of marks that reorder the display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The name of the model.
    pub name: String,
    /// The model in a line.
    pub model: String,
    /// The property that the trace settles.
    pub property: String,
    /// `violated` or `reached`.
    pub verdict: String,
    /// The property in words.
    pub statement: String,
    /// The nodes' names.
    pub nodes: Vec<String>,
    /// The evidence for the verdict.
    pub evidence: Vec<Reason>,
    /// Where the path leaves the protocol that the model was edited from, and by which rule.
    pub cause: Option<Cause>,
    /// Every message of the trace, in the order in which they were sent.
    pub envelopes: Vec<Envelope>,
    /// The system before the first step and after every step: one more than there are steps.
    pub frames: Vec<Frame>,
    /// How many of the last steps repeat for ever.
    pub repeats: usize,
}

/// A message from its sending on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The sender, an index of [`Frames::nodes`].
    pub from: usize,
    /// The addressee, likewise.
    pub to: usize,
    /// The message, in words.
    pub message: String,
    /// The step that sent it, 0 if it was in flight initially; `None` if the trace does not say.
    pub sent_at: Option<usize>,
}

/// The system after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The action that led here.
    pub action: Action,
    /// What a node did by itself, in words, without the node; empty for any other action.
    pub own_step: String,
    /// The state change that came with it.
    pub change: Option<NodeChange>,
    /// Every node's state.
    pub states: Vec<String>,
    /// Which nodes are down.
    pub down: Vec<bool>,
    /// What is in flight, as indices of [`Frames::envelopes`].
    pub in_flight: Vec<usize>,
    /// What the step sent, likewise.
    pub sent: Vec<usize>,
}

/// What led to a frame. Nodes and envelopes are indices of [`Frames::nodes`] and [`Frames::envelopes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The trace begins.
    Start,
    /// This envelope was delivered.
    Deliver(usize),
    /// This envelope was lost.
    Drop(usize),
    /// A node did something by itself.
    Local(usize, OwnStep),
}

/// What a node does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnStep {
    /// It takes an internal step: a timer fires, or it chooses.
    Internal,
    /// It crashes.
    Crash,
    /// It comes back.
    Recover,
}

/// A change of one node's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeChange {
    /// The node, an index of [`Frames::nodes`].
    pub node: usize,
    /// Its state before.
    pub before: String,
    /// Its state after.
    pub after: String,
}

fn shown(reasons: &[Reason]) -> Vec<Reason> {
    reasons.iter().map(|Reason { text, steps }| Reason { text: visible(text), steps: steps.clone() }).collect()
}

fn shown_cause(cause: &Cause) -> Cause {
    let beside = cause.beside.iter().map(|row| Beside {
        here: visible(&row.here),
        there: visible(&row.there),
        state: visible(&row.state),
        ..*row
    });
    Cause {
        reference: visible(&cause.reference),
        step: cause.step,
        rules: cause.rules.iter().map(|rule| visible(rule)).collect(),
        reasons: shown(&cause.reasons),
        beside: beside.collect(),
    }
}

impl Frames {
    /// The frames of a trace. A trace that contradicts itself (one that was not read but made up) is shown as far as
    /// it goes: a node that is not listed gets a place of its own, a delivery of nothing in flight comes from nowhere.
    pub fn new(trace: &Trace) -> Self {
        let mut frames = Frames {
            name: visible(&trace.name),
            model: visible(&trace.description),
            property: visible(&trace.property),
            verdict: visible(&trace.verdict),
            statement: visible(&trace.statement),
            nodes: trace.nodes.iter().map(|node| visible(node)).collect(),
            evidence: shown(&trace.evidence),
            cause: trace.cause.as_ref().map(shown_cause),
            envelopes: Vec::new(),
            frames: Vec::new(),
            repeats: trace.repeats,
        };
        let duplicates = trace.model["network"]["duplication"].as_bool() == Some(true);
        let in_flight = trace.in_flight.iter().map(|flight| frames.send(flight, Some(0))).collect();
        let states = trace.initial.iter().map(|state| visible(state)).collect();
        let start = Frame {
            action: Action::Start,
            own_step: String::new(),
            change: None,
            states,
            down: vec![],
            in_flight,
            sent: vec![],
        };
        frames.frames.push(start);
        for step in &trace.steps {
            frames.push(step, duplicates);
        }
        for frame in &mut frames.frames {
            frame.states.resize(frames.nodes.len(), String::new());
            frame.down.resize(frames.nodes.len(), false);
        }
        frames
    }

    /// What the trace shows, in a clause.
    pub fn claim(&self) -> String {
        if self.verdict == "conforms" {
            "the run conforms".into()
        } else {
            format!("{} is {}", self.property, self.verdict)
        }
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.frames.len() - 1
    }

    /// The last frame.
    pub fn last(&self) -> &Frame {
        self.frames.last().expect("there is a first frame")
    }

    /// True iff the trace is a counterexample, not a witness.
    pub fn is_violation(&self) -> bool {
        self.verdict == "violated"
    }

    /// True iff the evidence names this step.
    pub fn is_evidence(&self, step: usize) -> bool {
        step > 0 && self.evidence.iter().any(|reason| reason.steps.contains(&step))
    }

    /// True iff this step is one of those that repeat for ever.
    pub fn is_repeated(&self, step: usize) -> bool {
        step > 0 && step + self.repeats > self.steps()
    }

    /// True iff the cause names this step.
    pub fn is_cause(&self, step: usize) -> bool {
        let mut reasons = self.cause.iter().flat_map(|cause| &cause.reasons);
        step > 0 && reasons.any(|reason| reason.steps.contains(&step))
    }

    /// The reasons of the verdict, each with its label: only the first of several with one label carries it.
    pub fn reasons(&self) -> impl Iterator<Item = (&'static str, &Reason)> {
        let causes = self.cause.iter().flat_map(|cause| &cause.reasons).enumerate();
        let evidence = self.evidence.iter().enumerate().map(|numbered| ("evidence", numbered));
        let labelled = evidence.chain(causes.map(|numbered| ("cause", numbered)));
        labelled.map(|(label, (place, reason))| (if place == 0 { label } else { "" }, reason))
    }

    /// What led to a frame, in words: the cause of the step.
    pub fn describe(&self, frame: &Frame) -> String {
        let way = |envelope: usize| {
            let Envelope { from, to, message, .. } = &self.envelopes[envelope];
            (&self.nodes[*from], &self.nodes[*to], message)
        };
        match frame.action {
            Action::Start => "initial state".into(),
            Action::Deliver(envelope) => {
                let (from, to, message) = way(envelope);
                format!("{from} → {to}  {message}")
            }
            Action::Drop(envelope) => {
                let (from, to, message) = way(envelope);
                format!("{from} ⇥ {to}  {message} is lost")
            }
            Action::Local(node, _) => format!("{} {}", self.nodes[node], frame.own_step),
        }
    }

    /// What is in flight after the last step, in words: each message of a sender once, with its receivers, and how
    /// many copies go to one of them if it is more than one.
    pub fn left_in_flight(&self) -> Vec<String> {
        let mut groups: Vec<(usize, &str, Vec<(usize, usize)>)> = Vec::new();
        for envelope in &self.last().in_flight {
            let Envelope { from, to, message, .. } = &self.envelopes[*envelope];
            let place = groups.iter().position(|group| (group.0, group.1) == (*from, message)).unwrap_or_else(|| {
                groups.push((*from, message, Vec::new()));
                groups.len() - 1
            });
            let receivers = &mut groups[place].2;
            match receivers.iter_mut().find(|(other, _)| other == to) {
                Some((_, copies)) => *copies += 1,
                None => receivers.push((*to, 1)),
            }
        }
        let receiver = |(to, copies): &(usize, usize)| match copies {
            1 => self.nodes[*to].clone(),
            _ => format!("{}×{copies}", self.nodes[*to]),
        };
        let words = |(from, message, receivers): &(usize, &str, Vec<(usize, usize)>)| {
            let receivers: Vec<_> = receivers.iter().map(receiver).collect();
            format!("{} → {} {message}", self.nodes[*from], receivers.join(" "))
        };
        groups.iter().map(words).collect()
    }

    fn node(&mut self, name: &str) -> usize {
        let name = visible(name);
        self.nodes.iter().position(|node| *node == name).unwrap_or_else(|| {
            self.nodes.push(name);
            self.nodes.len() - 1
        })
    }

    fn send(&mut self, record: &EnvelopeRecord, sent_at: Option<usize>) -> usize {
        let (from, to) = (self.node(&record.from), self.node(&record.to));
        self.envelopes.push(Envelope { from, to, message: visible(&record.message), sent_at });
        self.envelopes.len() - 1
    }

    fn push(&mut self, step: &Step, duplicates: bool) {
        let number = self.frames.len();
        let Frame { mut states, mut down, mut in_flight, .. } = self.last().clone();
        let (action, own_step) = match &step.action {
            ActionRecord::Deliver { from, to, message } => {
                (Action::Deliver(self.arrive(&mut in_flight, !duplicates, from, to, message)), String::new())
            }
            ActionRecord::Drop { from, to, message } => {
                (Action::Drop(self.arrive(&mut in_flight, true, from, to, message)), String::new())
            }
            ActionRecord::Timeout { node, what } | ActionRecord::Choose { node, what } => {
                (Action::Local(self.node(node), OwnStep::Internal), visible(what))
            }
            ActionRecord::Crash { node } => (Action::Local(self.node(node), OwnStep::Crash), "crashes".into()),
            ActionRecord::Recover { node } => (Action::Local(self.node(node), OwnStep::Recover), "recovers".into()),
        };
        let change = step.change.as_ref().map(|change| NodeChange {
            node: self.node(&change.node),
            before: visible(&change.before),
            after: visible(&change.after),
        });
        states.resize(self.nodes.len(), String::new());
        down.resize(self.nodes.len(), false);
        if let Action::Local(node, own @ (OwnStep::Crash | OwnStep::Recover)) = action {
            down[node] = own == OwnStep::Crash;
        }
        if let Some(change) = &change {
            states[change.node].clone_from(&change.after);
        }
        let sent: Vec<usize> = step.sent.iter().map(|record| self.send(record, Some(number))).collect();
        in_flight.extend(&sent);
        self.frames.push(Frame { action, own_step, change, states, down, in_flight, sent });
    }

    /// The envelope that arrives, or is lost: of equal ones the one sent first.
    fn arrive(&mut self, in_flight: &mut Vec<usize>, consumes: bool, from: &str, to: &str, message: &str) -> usize {
        let record = EnvelopeRecord { from: from.into(), to: to.into(), message: message.into() };
        let (from, to, message) = (self.node(from), self.node(to), visible(message));
        let place = in_flight.iter().position(|envelope| {
            let envelope = &self.envelopes[*envelope];
            (envelope.from, envelope.to) == (from, to) && envelope.message == message
        });
        match place {
            Some(place) if consumes => in_flight.remove(place),
            Some(place) => in_flight[place],
            None => self.send(&record, None),
        }
    }
}
