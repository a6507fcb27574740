//! Why a verdict is so: the evidence of every trace of the repository's models, checked against the votes that its own
//! text tells. This file reads traces as a person would and shares no code with the properties.

use crate::support::{
    actions, explore, model, model_files, options, read_trace, root, synod, text, try_model, ModelFile, Property,
};
use stateright::actor::{Id, Network};
use stateright::Model as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use synod::check::{check, Checked, Engine};
use synod::engine::{Action, Control, Limits, State, Strategy};
use synod::protocols::single_decree::Message;
use synod::protocols::single_decree::Node;
use synod::trace::{self, frames::Frames, html, render_columns, render_itf, render_mermaid, render_svg, render_text};
use synod::trace::{ActionRecord, Trace};

type Proposal = (u32, u32);

/// A system as a trace's text tells it, after each step.
struct Told {
    acceptors: Vec<String>,
    /// After each step, from none on: each acceptor's votes.
    votes: Vec<BTreeMap<String, BTreeSet<Proposal>>>,
    /// After each step: each node's state.
    states: Vec<BTreeMap<String, String>>,
    /// After each step: the proposals that each proposer has sent in an Accept.
    accepts: Vec<BTreeMap<String, BTreeSet<Proposal>>>,
    /// After each step: the value that each acceptor received last.
    received: Vec<BTreeMap<String, u32>>,
    initial: Vec<Proposal>,
}

/// The first proposal in a text, and what follows it.
fn proposal(text: &str) -> Option<(Proposal, &str)> {
    let (inside, rest) = text.split_once('<')?.1.split_once('>')?;
    let (ballot, value) = inside.split_once(',')?;
    Some(((ballot.parse().ok()?, value.parse().ok()?), rest))
}

fn the(text: &str) -> Proposal {
    proposal(text).unwrap_or_else(|| panic!("no proposal in {text:?}")).0
}

fn number(text: &str) -> usize {
    text.trim_end_matches(|c: char| !c.is_ascii_digit()).rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| {
        panic!("no number at the end of {text:?}");
    })
}

impl Told {
    fn new(trace: &Trace) -> Told {
        let mut states: BTreeMap<String, String> =
            trace.nodes.iter().cloned().zip(trace.initial.iter().cloned()).collect();
        let acceptors: Vec<String> = trace.nodes.iter().filter(|node| node.starts_with('A')).cloned().collect();
        let proposals = serde_json::from_value(trace.model["bounds"]["proposals"].clone()).unwrap();
        let mut votes: BTreeMap<String, BTreeSet<Proposal>> = BTreeMap::new();
        let (mut accepts, mut received) = (BTreeMap::<String, BTreeSet<Proposal>>::new(), BTreeMap::new());
        let mut told =
            Told { acceptors, votes: vec![], states: vec![], accepts: vec![], received: vec![], initial: proposals };
        told.push(&votes, &states, &accepts, &received);
        for step in &trace.steps {
            if let Some(change) = &step.change {
                if let Some(accepted) = change.after.strip_prefix("AAccepted ") {
                    votes.entry(change.node.clone()).or_default().insert(the(accepted));
                }
                states.insert(change.node.clone(), change.after.clone());
            }
            for flight in step.sent.iter().filter(|flight| flight.message.starts_with("Accept<")) {
                accepts.entry(flight.from.clone()).or_default().insert(the(&flight.message));
            }
            if let ActionRecord::Deliver { to, message, .. } = &step.action {
                if let Some((proposal, _)) = proposal(&message.to_string()) {
                    received.insert(to.clone(), proposal.1);
                }
            }
            told.push(&votes, &states, &accepts, &received);
        }
        told
    }

    fn push(
        &mut self,
        votes: &BTreeMap<String, BTreeSet<Proposal>>,
        states: &BTreeMap<String, String>,
        accepts: &BTreeMap<String, BTreeSet<Proposal>>,
        received: &BTreeMap<String, u32>,
    ) {
        self.votes.push(votes.clone());
        self.states.push(states.clone());
        self.accepts.push(accepts.clone());
        self.received.push(received.clone());
    }

    fn last(&self) -> usize {
        self.states.len() - 1
    }

    fn voters(&self, step: usize, proposal: Proposal) -> Vec<&str> {
        let voted = |name: &&String| self.votes[step].get(*name).is_some_and(|votes| votes.contains(&proposal));
        self.acceptors.iter().filter(voted).map(String::as_str).collect()
    }

    fn is_chosen(&self, step: usize, proposal: Proposal) -> bool {
        2 * self.voters(step, proposal).len() > self.acceptors.len()
    }

    fn has_voted(&self, step: usize, name: &str, proposal: Proposal) -> bool {
        self.votes[step].get(name).is_some_and(|votes| votes.contains(&proposal))
    }

    fn announced(&self, step: usize) -> Option<u32> {
        let of = |name: &String| {
            let has_exited = self.states[step][name].ends_with(" exited");
            self.received[step].get(name).copied().filter(|_| has_exited)
        };
        let values: BTreeSet<Option<u32>> = self.acceptors.iter().map(of).collect();
        if values.len() == 1 {
            *values.first().unwrap()
        } else {
            None
        }
    }
}

/// A line of evidence, read and found true.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Chosen(Proposal),
    NotChosen(Proposal),
    Vote(String, Proposal),
    NoVote,
    NoVoteFor(u32),
    Announces(String, Proposal),
    Proposed(String, Proposal, u32),
    GaveUp(String),
    End(usize),
    WrapperAnnounces(u32),
    InitialValues(BTreeSet<u32>),
    Decided(BTreeSet<u32>),
}

/// Reads a line of evidence and checks it, and that it names the steps that it says it names.
fn fact(told: &Told, text: &str, steps: &[usize]) -> Fact {
    let last = told.last();
    let names = |list: &str| {
        list.split(' ').filter(|name| *name != "no" && *name != "acceptor").map(String::from).collect::<Vec<_>>()
    };
    // True iff something is so from this step on and was not so just before.
    let since = |step: usize, is_so: &dyn Fn(usize) -> bool| {
        assert_eq!(steps, [step], "{text}");
        (step..=last).all(is_so) && (step == 0 || !is_so(step - 1))
    };
    let node = text.split(' ').next().unwrap().to_string();
    if let Some((subject, rest)) = text.split_once(" chosen by ") {
        let (voters, step) = (names(rest.split_once(" since ").unwrap().0), number(text));
        let chosen = the(subject);
        assert_eq!(told.voters(step, chosen), voters, "{text}");
        assert!(since(step, &|step| told.is_chosen(step, chosen)), "{text}");
        Fact::Chosen(chosen)
    } else if let Some((subject, rest)) = text.split_once(" is not chosen: ") {
        let (voters, needed) = rest.split_once(" voted for it, and it takes ").unwrap();
        let proposal = the(subject);
        assert_eq!(told.voters(last, proposal), names(voters), "{text}");
        assert_eq!(needed, format!("{} votes", told.acceptors.len() / 2 + 1));
        assert!(!told.is_chosen(last, proposal), "{text}");
        Fact::NotChosen(proposal)
    } else if let Some((_, rest)) = text.split_once(" voted for <") {
        let vote = the(&format!("<{rest}"));
        assert!(since(number(text), &|step| told.has_voted(step, &node, vote)), "{text}");
        Fact::Vote(node, vote)
    } else if text == "no acceptor has voted" {
        assert!(told.votes[last].is_empty(), "{text}");
        Fact::NoVote
    } else if text.starts_with("no acceptor has voted for a proposal with the value ") {
        let value = number(text) as u32;
        assert!(told.votes[last].values().flatten().all(|vote| vote.1 != value), "{text}");
        Fact::NoVoteFor(value)
    } else if text.starts_with("the wrapper announces ") {
        let value: u32 = text.split(' ').nth(3).unwrap().parse().unwrap();
        let step: usize = text.split_once(" since step ").unwrap().1.split_once(':').unwrap().0.parse().unwrap();
        assert!(since(step, &|step| told.announced(step) == Some(value)), "{text}");
        Fact::WrapperAnnounces(value)
    } else if text.contains(" announces ") {
        let learned = the(text);
        let state = format!("LLearned <{},{}>", learned.0, learned.1);
        assert!(since(number(text), &|step| told.states[step][&node] == state), "{text}");
        Fact::Announces(node, learned)
    } else if text.contains(" proposed ") {
        let (sent, rest) = proposal(text).unwrap();
        let step: usize = rest.strip_prefix(" in step ").unwrap().split_once(';').unwrap().0.parse().unwrap();
        let own = number(text) as u32;
        let place: usize = node[1..].parse().unwrap();
        assert_eq!(told.initial[place - 1].1, own, "{text}");
        assert!(
            since(step, &|step| told.accepts[step].get(&node).is_some_and(|sent_| sent_.contains(&sent))),
            "{text}"
        );
        Fact::Proposed(node, sent, own)
    } else if text.contains(" gave up after a Nack ") {
        let has_given_up = |step: usize| {
            let zero = told.accepts[step].get(&node).is_some_and(|sent| sent.contains(&(0, 0)));
            zero || told.states[step][&node].starts_with("PAbort after a nack")
        };
        assert!(since(number(text), &has_given_up), "{text}");
        Fact::GaveUp(node)
    } else if text.starts_with("nothing can happen after step ") {
        assert_eq!((steps, number(text)), (&[last][..], last));
        Fact::End(last)
    } else if let Some(values) = text.strip_prefix("the initial values are ") {
        let values: BTreeSet<u32> = values.split(' ').map(|value| value.parse().unwrap()).collect();
        assert_eq!(values, told.initial.iter().map(|proposal| proposal.1).collect());
        Fact::InitialValues(values)
    } else if let Some(rest) = text.strip_prefix("the register is ") {
        let (was, step) = rest.split_once(" before step ").unwrap();
        assert_eq!((steps, step.parse()), (&[last][..], Ok(last)), "{text}");
        let voted = told.votes[last - 1].values().flatten();
        let chosen: BTreeSet<u32> = voted.filter(|vote| told.is_chosen(last - 1, **vote)).map(|vote| vote.1).collect();
        let expected = match chosen.iter().collect::<Vec<_>>()[..] {
            [] => "undecided".to_string(),
            [value] => format!("decided {value}"),
            _ => "decided two values".into(),
        };
        assert_eq!(was, expected, "{text}");
        Fact::Decided(chosen)
    } else {
        panic!("nothing is known of evidence like {text:?}")
    }
}

/// True iff these facts alone make a property violated, or reached.
fn settle(property: &str, facts: &[Fact]) -> bool {
    let all = |pick: &dyn Fn(&Fact) -> Option<Proposal>| facts.iter().filter_map(pick).collect::<Vec<_>>();
    let votes = all(&|fact| if let Fact::Vote(_, vote) = fact { Some(*vote) } else { None });
    let chosen = all(&|fact| if let Fact::Chosen(chosen) = fact { Some(*chosen) } else { None });
    let not_chosen = all(&|fact| if let Fact::NotChosen(chosen) = fact { Some(*chosen) } else { None });
    let announced = all(&|fact| if let Fact::Announces(_, learned) = fact { Some(*learned) } else { None });
    let voters: BTreeSet<_> =
        facts.iter().filter_map(|fact| if let Fact::Vote(name, _) = fact { Some(name) } else { None }).collect();
    let is_any = |list: &[Proposal], is_it: &dyn Fn(Proposal, Proposal) -> bool| {
        list.iter().any(|one| list.iter().any(|other| is_it(*one, *other)))
    };
    let values_differ = |one: Proposal, other: Proposal| one.1 != other.1;
    match property {
        "i1" => is_any(&votes, &|one, other| one.0 == other.0 && one.1 != other.1),
        "i2" => chosen.iter().any(|chosen| votes.iter().any(|vote| vote.0 > chosen.0 && vote.1 != chosen.1)),
        "i2-formula" => voters.len() == 1 && is_any(&votes, &|one, other| one.0 < other.0 && one.1 != other.1),
        "agreement" => is_any(&chosen, &values_differ),
        "one-value" => is_any(&votes, &values_differ),
        "refines" => {
            let initial = facts.iter().find_map(|fact| match fact {
                Fact::InitialValues(values) => Some(values),
                _ => None,
            });
            let before =
                facts.iter().find_map(|fact| if let Fact::Decided(values) = fact { Some(values) } else { None });
            let after: BTreeSet<u32> =
                chosen.iter().filter(|chosen| !not_chosen.contains(chosen)).map(|it| it.1).collect();
            let is_kept = |before: &BTreeSet<u32>| before.is_subset(&after);
            let (initial, before) = (initial.expect("the initial values"), before.expect("what was decided"));
            after.len() > 1 || !is_kept(before) || !after.is_subset(initial)
        }
        "validity" => facts.iter().any(
            |fact| matches!(fact, Fact::InitialValues(values) if votes.iter().any(|vote| !values.contains(&vote.1))),
        ),
        "learned-chosen" => announced.iter().any(|announced| not_chosen.contains(announced)),
        "learners-agree" => is_any(&announced, &values_differ),
        "announced-chosen" => facts.iter().any(|fact| match fact {
            Fact::WrapperAnnounces(value) => {
                let is_of = |vote: &Proposal| vote.1 == *value;
                facts.contains(&Fact::NoVoteFor(*value)) || not_chosen.iter().any(is_of)
            }
            _ => false,
        }),
        "accepted" => !votes.is_empty(),
        "adopted" => facts.iter().any(|fact| matches!(fact, Fact::Proposed(_, sent, own) if sent.1 != *own)),
        "chosen" => !chosen.is_empty(),
        "learned" => !announced.is_empty(),
        "aborted" => facts.iter().any(|fact| matches!(fact, Fact::GaveUp(_))),
        "two-votes" => voters.len() == 1 && votes.iter().collect::<BTreeSet<_>>().len() > 1,
        "two-ballots" => is_any(&votes, &|one, other| one.0 != other.0),
        "blocked" => {
            let is_end = |fact: &Fact| matches!(fact, Fact::End(_));
            facts.iter().any(is_end) && (facts.contains(&Fact::NoVote) || !not_chosen.is_empty()) && chosen.is_empty()
        }
        "announced" => facts.iter().any(|fact| matches!(fact, Fact::WrapperAnnounces(_))),
        _ => panic!("nothing is known of {property}"),
    }
}

fn require_true_evidence(place: &str, trace: &Trace) {
    let told = Told::new(trace);
    let facts: Vec<_> = trace.evidence.iter().map(|reason| fact(&told, &reason.text, &reason.steps)).collect();
    assert!(settle(&trace.property, &facts), "{place}: {} from {facts:?}", trace.property);
}

/// The traces of a model file; of a very large one those that its first states have.
fn traces_of(file: &std::path::Path) -> (ModelFile, Checked) {
    let model = ModelFile::read(file, &[]).unwrap();
    let limits = Limits { max_states: Some(1_000_000), ..Limits::default() };
    let options = synod::check::Options { limits, ..options(Engine::Components, Strategy::Bfs) };
    let checked = check(&model, &options, &Arc::new(Control::default())).unwrap_or_else(|error| panic!("{error}"));
    (model, checked)
}

#[test]
fn evidence_is_there_and_true_for_every_trace_of_every_model() {
    let mut properties = BTreeSet::new();
    for file in model_files() {
        let (model, checked) = traces_of(&file);
        for trace in &checked.traces {
            require_true_evidence(&model.name, trace);
            properties.insert(trace.property.clone());
        }
    }
    // The rest is violated or reached in no model; the next test makes up paths for it.
    assert_eq!(properties.len(), 17, "{properties:?}");
}

/// Properties that no model of the repository violates still say why on the paths that would.
#[test]
fn evidence_of_what_never_happens() {
    use synod::protocols::paxos::Proposal;
    use synod::protocols::single_decree::{local::Learner, Local};

    let model = model("adapted", &["bounds.proposers=2", "bounds.acceptors=3", "bounds.learners=2"]);
    let (setup, system) = (model.spec.config(), model.spec.model());
    let initial = system.init_states().swap_remove(0);
    let (low, high, alien) = (Proposal::new(1, 1), Proposal::new(2, 2), Proposal::new(2, 9));
    // A path whose every state is the initial one with these votes and with what the learners have learned.
    let told = |name: &str, path: &[(&[&[Proposal]], &[Proposal])]| {
        let state = |(votes, learned): &(&[&[Proposal]], &[Proposal])| {
            let mut state = initial.clone();
            for (index, votes) in votes.iter().enumerate() {
                let Local::Acceptor(acceptor) = &*state.actor_states[2 + index] else { panic!("an acceptor") };
                let mut acceptor = acceptor.clone();
                acceptor.votes = votes.iter().copied().collect();
                state.actor_states[2 + index] = Arc::new(Local::Acceptor(acceptor));
            }
            for (index, learned) in learned.iter().enumerate() {
                state.actor_states[5 + index] = Arc::new(Local::Learner(Learner::Learned(*learned)));
            }
            state
        };
        let states: Vec<_> = path.iter().map(state).collect();
        let reasons = Property::named(name).unwrap().evidence_of(&setup, &states);
        reasons.into_iter().map(|reason| format!("{} {:?}", reason.text, reason.steps)).collect::<Vec<_>>()
    };
    assert_eq!(
        told("validity", &[(&[], &[]), (&[&[low], &[]], &[]), (&[&[low], &[alien]], &[])]),
        ["A2 voted for <2,9> in step 2 [2]", "the initial values are 1 2 []"]
    );
    assert_eq!(
        told("stability", &[(&[], &[]), (&[&[low], &[low]], &[]), (&[&[low], &[low], &[low]], &[]), (&[&[low]], &[])]),
        ["<1,1> chosen by A1 A2 since step 1 [1]", "<1,1> is not chosen: A1 voted for it, and it takes 2 votes []"]
    );
    assert_eq!(
        told("refines", &[(&[], &[]), (&[&[alien], &[alien]], &[])]),
        [
            "the register is undecided before step 1 [1]",
            "<2,9> chosen by A1 A2 since step 1 [1]",
            "the initial values are 1 2 []"
        ]
    );
    assert_eq!(
        told("refines", &[(&[], &[]), (&[&[low], &[low]], &[]), (&[&[low], &[low, high], &[high]], &[])]),
        [
            "the register is decided 1 before step 2 [2]",
            "<1,1> chosen by A1 A2 since step 1 [1]",
            "<2,2> chosen by A2 A3 since step 2 [2]",
            "the initial values are 1 2 []"
        ]
    );
    assert_eq!(
        told("learned-chosen", &[(&[], &[]), (&[], &[low])]),
        [
            "L1 announces <1,1> since step 1 [1]",
            "<1,1> is not chosen: no acceptor voted for it, and it takes 2 votes []"
        ]
    );
    assert_eq!(
        told("learners-agree", &[(&[], &[]), (&[], &[high]), (&[], &[high, low])]),
        ["L2 announces <1,1> since step 2 [2]", "L1 announces <2,2> since step 1 [1]"]
    );
    assert_eq!(
        told("i1", &[(&[], &[]), (&[&[low]], &[]), (&[&[low], &[Proposal::new(1, 2)]], &[])]),
        ["A1 voted for <1,1> in step 1 [1]", "A2 voted for <1,2> in step 2 [2]"]
    );
}

/// The trace of two values chosen by the simulator, 12 steps.
fn two_chosen() -> Trace {
    let model = model("simulator", &["bounds.proposals=[[1,5],[2,1]]"]);
    let checked = explore(&model, Engine::Components, Strategy::Bfs);
    checked.traces.into_iter().find(|trace| trace.property == "agreement").unwrap()
}

#[test]
fn every_rendering_of_a_trace_says_why_and_marks_the_steps() {
    let trace = two_chosen();
    let cause = trace.cause.as_ref().unwrap();
    let evidence: Vec<&str> = trace.evidence.iter().map(|reason| reason.text.as_str()).collect();
    assert_eq!(evidence, ["<1,5> chosen by A1 A2 since step 9", "<2,1> chosen by A1 A2 since step 12"]);
    let causes: Vec<&str> = cause.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let lines = [&evidence[..], &causes[..]].concat();
    let named = trace.evidence.iter().chain(&cause.reasons).flat_map(|reason| reason.steps.clone());
    let named: BTreeSet<usize> = named.collect();
    for text in [render_text(&trace), anstream::adapter::strip_str(&render_columns(&trace, 120)).to_string()] {
        let unbroken = text.replace("\n           ", " ");
        assert!(lines.iter().all(|line| unbroken.contains(line)), "{text}");
        for step in 1..=trace.steps.len() {
            let is_marked = ['•', '!'].iter().any(|mark| format!("\n{text}").contains(&format!("\n{step:>4}{mark}")));
            assert_eq!(is_marked, named.contains(&step), "step {step} of {text}");
        }
    }
    let (svg, page) = (render_svg(&trace), html::page(&trace));
    let document = roxmltree::Document::parse(&svg).expect("it is XML");
    let written: String = document.descendants().filter_map(|node| node.text()).collect();
    let letters = |text: &str| text.split_whitespace().collect::<String>(); // long lines are broken
    assert!(lines.iter().all(|line| letters(&written).contains(&letters(line))), "{written}");
    for drawn in [&svg, &page] {
        for step in 1..=trace.steps.len() {
            let is_marked = ["step evidence", "step blamed", "step evidence blamed"].iter().any(|class| {
                let is_drawn =
                    |more: &str| drawn.contains(&format!("<g class=\"{class}{more} row\" data-step=\"{step}\">"));
                is_drawn("") || is_drawn(" final")
            });
            assert_eq!(is_marked, named.contains(&step), "step {step} of {drawn}");
        }
    }
    assert!(page.contains("\"reference\":\"adapted\""), "{page}");
    for row in &cause.beside {
        let there = row.there.replace('<', "\\u003c").replace('>', "\\u003e");
        assert!(page.contains(&there), "{there} is not in {page}");
    }
    let mermaid = render_mermaid(&trace);
    assert!(mermaid.contains("chosen by A1 A2 since step 12"), "{mermaid}");
    assert_eq!(mermaid.matches("\n    rect ").count(), named.len() + 1, "{mermaid}");
    let itf: serde_json::Value = serde_json::from_str(&render_itf(&trace)).unwrap();
    assert_eq!(itf["#meta"]["evidence"], evidence.join("; "));
    assert_eq!(itf["#meta"]["cause"], causes.join("; "));
}

/// The last state of a broken agreement shows both values: what an acceptor voted for before is part of its state.
#[test]
fn votes_are_shown_where_the_state_does_not_tell_them() {
    let trace = two_chosen();
    let frames = Frames::new(&trace);
    let last = frames.last();
    let shown: BTreeSet<Proposal> = (2..4)
        .flat_map(|acceptor| {
            let (_, votes) = last.states[acceptor].split_once(" votes=").unwrap_or_else(|| panic!("{:?}", last.states));
            votes.split(">,").map(|vote| the(&format!("{vote}>"))).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(shown, BTreeSet::from([(1, 5), (2, 1)]));
    let single = frames.frames.iter().flat_map(|frame| &frame.states).find(|state| *state == "AAccepted <1,5>");
    assert!(single.is_some(), "a vote that the state tells is not repeated");
}

/// What a file says of its reasons is found anew, and traces of the first version are read as they were.
#[test]
fn reasons_are_found_anew() {
    let trace = two_chosen();
    let mut forged = trace.clone();
    forged.evidence[0].text = "<7,7> chosen by A9 since step 1".into();
    forged.cause = None;
    let (again, _) = trace::read::<synod::protocols::single_decree::SingleDecree>("t.json", &forged.to_json()).unwrap();
    assert_eq!(again, trace);
}

/// Traces as versions 1 and 2 wrote them, with actions as data: they replay to what is written today.
#[test]
fn traces_of_earlier_versions_are_read() {
    let read = |name: &str| std::fs::read_to_string(root().join("tests/it/traces").join(name)).unwrap();
    let (first, _) = read_trace(&read("version-1.json")).unwrap();
    let (second, _) = read_trace(&read("version-2.json")).unwrap();
    assert_eq!(first, second);
    assert_eq!((second.version, second.steps.len(), second.property.as_str()), (trace::VERSION, 16, "agreement"));
    assert!(second.evidence.len() > 1 && second.cause.is_some(), "what makes it so is found anew");
    let (stepwise, _) = read_trace(&read("version-2-stepwise.json")).unwrap();
    let sends = |step: &trace::Step| step.action.to_string().contains(" sends Prepare");
    assert!(stepwise.steps.iter().filter(|step| sends(step)).count() > 1);
    for trace in [&second, &stepwise] {
        assert_eq!(read_trace(&trace.to_json()).unwrap().0, *trace, "it is written as today and reads the same");
    }
    let mut cut: serde_json::Value = serde_json::from_str(&read("version-2.json")).unwrap();
    cut["steps"].as_array_mut().unwrap().pop();
    assert!(read_trace(&cut.to_string()).is_err(), "an old trace is executed again as well");
}

/// The steps of a model: its states on the path of a trace, as far as the path is one of it.
fn executed(model: &ModelFile, actions: &[Action<Node>]) -> Vec<State<Node, ()>> {
    let system = model.spec.model();
    let mut states = system.init_states();
    for action in actions.iter().cloned() {
        let state = states.last().unwrap();
        let mut enabled = Vec::new();
        system.actions(state, &mut enabled);
        let next = enabled.contains(&action).then(|| system.next_state(state, action)).flatten();
        let Some(next) = next else { break };
        states.push(next);
    }
    states
}

/// What is in flight, in words, without what only the sender's choice of a value makes of it.
fn in_flight(state: &State<Node, ()>) -> BTreeSet<String> {
    let said = |src: &Id, dst: &Id, message: &Message| {
        format!("{src:?} {dst:?} {message}").trim_end_matches(" to keep its own").to_string()
    };
    match &state.network {
        Network::UnorderedNonDuplicating(bag) => bag.keys().map(|e| said(&e.src, &e.dst, &e.msg)).collect(),
        Network::UnorderedDuplicating(set, _) => set.iter().map(|e| said(&e.src, &e.dst, &e.msg)).collect(),
        Network::Ordered(flows) => {
            let messages = flows.iter().flat_map(|((src, dst), flow)| flow.iter().map(move |m| said(src, dst, m)));
            messages.collect()
        }
    }
}

/// The first step of a trace, counted from 1, that another model does not take or takes otherwise.
fn first_difference(model: &ModelFile, other: &ModelFile, trace: &Trace) -> Option<usize> {
    let actions = actions(model, trace);
    let (ours, theirs) = (executed(model, &actions), executed(other, &actions));
    assert_eq!(ours.len(), trace.steps.len() + 1, "the path is one of its own model");
    // Under rules that run another program the acceptors' states differ from the start; what they show does not.
    let shown = model.spec.setup.rules.awaits != other.spec.setup.rules.awaits;
    (1..ours.len()).find(|step| match (&ours[*step], theirs.get(*step)) {
        (_, None) => true,
        (one, Some(other)) if shown => {
            let states = |state: &State<Node, ()>| state.actor_states.iter().map(|l| l.to_string()).collect::<Vec<_>>();
            states(one) != states(other) || in_flight(one) != in_flight(other)
        }
        (one, Some(other)) => one.actor_states != other.actor_states || in_flight(one) != in_flight(other),
    })
}

/// The model of its reference.
fn referred(model: &ModelFile) -> ModelFile {
    let mut other = model.clone();
    let reference = model.spec.setup.reference().unwrap();
    other.spec.setup = model.spec.setup.with_put_back(&reference.edits);
    other
}

/// The acceptors of one quorum sent promises before the step, those of the other accepted the proposal at some time, and the
/// two are apart.
fn require_missed_quorums(model: &ModelFile, trace: &Trace, reason: &synod::family::Reason) {
    let text = &reason.text;
    let (step, rest) = text.strip_prefix("step ").unwrap().split_once(": ").unwrap();
    let step: usize = step.parse().unwrap();
    assert_eq!(reason.steps, [step], "{text}");
    let (proposer, rest) = rest.split_once(" has promises of ").unwrap();
    let (asked, rest) = rest.split_once(", and ").unwrap();
    let (voters, chosen) = rest.split_once(" choose ").unwrap();
    let chosen = format!("AAccepted {}", &chosen[..=chosen.find('>').unwrap()]);
    let [asked, voters] = [asked, voters].map(|names| names.split(' ').collect::<BTreeSet<_>>());
    assert!(asked.is_disjoint(&voters), "{text}");
    let config = model.spec.config();
    assert!(asked.len() >= config.promises_awaited() && voters.len() >= config.votes_to_be_chosen(), "{text}");
    assert_eq!(trace.steps[step - 1].action.node(), proposer, "{text}");
    let has_promised = |acceptor: &&str| {
        let promise =
            |step: &trace::Step| step.action.to_string().starts_with(&format!("{acceptor} → {proposer}  Promise"));
        trace.steps[..step].iter().any(promise)
    };
    assert!(asked.iter().all(has_promised), "{text}");
    let has_voted = |acceptor: &&str| {
        let voted = |step: &trace::Step| step.change.as_ref().is_some_and(|change| change.after.starts_with(&chosen));
        trace.steps.iter().any(|step| step.action.node() == *acceptor && voted(step))
    };
    assert!(voters.iter().all(has_voted), "{text}");
}

/// Reads the steps and the rules of a cause, puts the rules back in the model file, and executes the path again.
fn require_true_cause(model: &ModelFile, trace: &Trace) {
    let place = format!("{} {}", model.name, trace.property);
    let cause = trace.cause.as_ref().unwrap_or_else(|| panic!("{place} has no cause"));
    assert!(!cause.reasons.is_empty(), "{place}");
    let reference = referred(model);
    assert_eq!(cause.step, first_difference(model, &reference, trace), "{place}");
    if cause.step.is_none() {
        let what = format!(
            "every step is possible in {} as well, and {} is violated there too",
            cause.reference, trace.property
        );
        assert_eq!(cause.reasons[0].text, what);
        return;
    }
    for reason in &cause.reasons {
        let text = &reason.text;
        if text.ends_with("miss each other") {
            require_missed_quorums(model, trace, reason);
            continue;
        }
        let (head, rest) = text.split_once("; with ").unwrap_or_else(|| panic!("{place}: {text}"));
        let step: usize = head.strip_prefix("step ").unwrap().split_once(": ").unwrap().0.parse().unwrap();
        assert_eq!(reason.steps, [step], "{text}");
        let rest = rest.split(" (but ").next().unwrap();
        let would = [" it would ", " this could not happen"].iter().find_map(|end| rest.split_once(end)).unwrap();
        for put_back in would.0.split(", or with ") {
            let mut other = model.clone();
            for edit in put_back.split(" and ") {
                let (rule, value) = edit.split_once(" = ").unwrap();
                other.spec.setup.rules.edit(rule, value).unwrap();
            }
            assert_eq!(first_difference(model, &other, trace), Some(step), "{place}: {text}");
        }
        // What it says of the step is what the trace tells of it.
        let told = &trace.steps[step - 1];
        assert!(head.contains(&format!(": {} ", told.action.node())), "{text}");
        let change = told.change.as_ref().map_or("", |change| &change.after);
        if let Some((_, accepted)) = head.split_once(" accepts ") {
            let accepted = the(accepted);
            assert!(change.starts_with(&format!("AAccepted <{},{}>", accepted.0, accepted.1)), "{text}: {change}");
        }
        if let Some((_, sent)) = head.split_once(" proposes ") {
            let sent = the(sent);
            assert!(change.contains(&format!("<{},{}>", sent.0, sent.1)), "{text}: {change}");
        }
    }
}

#[test]
fn causes_are_there_and_true_for_every_violation_of_every_model() {
    let (mut blamed, mut named, mut violated) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for file in model_files() {
        let (model, checked) = traces_of(&file);
        let is_mutation = file.parent().unwrap().ends_with("mutations");
        for trace in checked.traces.iter().filter(|trace| trace.verdict == "violated") {
            let Some(reference) = model.spec.setup.reference() else {
                assert!(trace.cause.is_none(), "{} has no reference", model.name);
                continue;
            };
            require_true_cause(&model, trace);
            let rules = &reference.edits;
            if is_mutation {
                assert_eq!(rules.len(), 1, "{} is one edit of {}", model.name, reference.name);
                let cause = trace.cause.as_ref().unwrap();
                if cause.step.is_some() {
                    assert_eq!(cause.rules, [rules[0].rule], "{} {}", model.name, trace.property);
                    blamed.insert(rules[0].rule);
                    named.insert(model.name.clone());
                }
                violated.insert(model.name.clone());
            }
        }
    }
    assert_eq!(named, violated, "each mutation with a violation has one that its rule is the cause of");
    let all = ["accept_effect", "accept_guard", "promise_guard", "promise_payload", "quorum", "value_choice"];
    assert_eq!(blamed, BTreeSet::from(all));
}

/// The words of a cause, for one model of each kind.
#[test]
fn causes_read_well() {
    let said = |name: &str, property: &str| {
        let (_, checked) = traces_of(&root().join("models").join(name));
        let trace = checked.traces.into_iter().find(|trace| trace.property == property).unwrap();
        let reasons = trace.cause.unwrap().reasons;
        format!(
            "{name} {property}\n{}",
            reasons.iter().map(|reason| format!("  {}\n", reason.text)).collect::<String>()
        )
    };
    let models = [
        ("mutations/simple-accept-always-2x1.toml", "agreement"),
        ("mutations/simple-promise-always-2x1.toml", "agreement"),
        ("mutations/simple-choice-any-2x1.toml", "agreement"),
        ("mutations/simple-choice-own-2x1.toml", "agreement"),
        ("mutations/simple-payload-nothing-2x1.toml", "agreement"),
        ("mutations/simple-effect-forget-2x1.toml", "agreement"),
        ("mutations/simple-effect-keep-3x3.toml", "agreement"),
        ("mutations/simple-choice-lowest-3x3.toml", "agreement"),
        ("mutations/simple-quorum-half-2x3.toml", "agreement"),
        ("mutations/simple-shared-ballot-promise-at-least-2x1.toml", "i1"),
        ("mutations/adapted-quorum-majority-2x3.toml", "one-value"),
        ("mutations/adapted-continue-payload-nothing-2x1.toml", "agreement"),
        ("single-decree/simulator-2x3-values-5-1.toml", "agreement"),
        ("single-decree/disel-shim-2x3.toml", "announced-chosen"),
        ("single-decree/as-written-2x3.toml", "blocked"),
        ("mutations/adapted-choice-own-2x3.toml", "chosen"),
    ];
    insta::assert_snapshot!(models.map(|(name, property)| said(name, property)).concat());
}

#[test]
fn a_reference_is_a_variant_and_edits() {
    let with = |reference: &str| {
        let setting = format!("protocol.reference={reference:?}");
        try_model("simple", &["bounds.proposers=2", &setting]).map(|model| model.spec.setup.reference().unwrap().name)
    };
    assert_eq!(with("adapted").unwrap(), "adapted");
    assert_eq!(with("adapted+after_accept = continue").unwrap(), "adapted + after_accept=continue");
    let refused = |reference: &str| with(reference).unwrap_err().to_string();
    let place = |reference: &str| format!("--set protocol.reference={reference:?}: protocol.reference =");
    for (reference, what) in [
        ("adaptd", "\"adaptd\": there is no variant \"adaptd\"; did you mean adapted?"),
        ("adapted + quorm=all", "\"adapted + quorm=all\": there is no rule \"quorm\"; did you mean quorum?"),
        ("adapted + quorum=few", "\"adapted + quorum=few\": quorum is one of all, majority, half, one, 1..=16"),
        (
            "adapted + quorum",
            "\"adapted + quorum\", expected a variant and perhaps edits, as in \"adapted + after_accept=continue\"",
        ),
        (
            "disel + after_accept=continue",
            "\"disel + after_accept=continue\" makes no sense here: a program that takes a single Accept exits after it",
        ),
    ] {
        assert_eq!(refused(reference), format!("{} {what}", place(reference)));
    }
    let (again, _) = {
        let model = model("simple", &["bounds.proposers=2", "protocol.reference=\"adapted\""]);
        let checked = explore(&model, Engine::Components, Strategy::Bfs);
        trace::read::<synod::protocols::single_decree::SingleDecree>("t.json", &checked.traces[0].to_json()).unwrap()
    };
    assert_eq!(again.cause.unwrap().reference, "adapted", "a trace keeps the reference of its model");
}

/// Every report of an unexpected violation says why.
#[test]
fn every_report_of_a_violation_says_why() {
    use synod::report::{render_github, Format, Report};
    let mut model = model("simulator", &["bounds.proposals=[[1,5],[2,1]]"]);
    model.expect.clear(); // agreement is demanded then
    let case = explore(&model, Engine::Components, Strategy::Bfs).into_case();
    let result = case.properties.iter().find(|result| result.name == "agreement").unwrap().clone();
    assert_eq!(result.evidence, ["<1,5> chosen by A1 A2 since step 9", "<2,1> chosen by A1 A2 since step 12"]);
    assert!(result.cause[0].ends_with("with accept_guard = at-least it would not"), "{:?}", result.cause);
    let report = Report::new(vec![case]);
    let formats = [Format::Json, Format::Junit, Format::Sarif, Format::Markdown, Format::Html];
    for shown in formats.map(|format| report.render(format)).into_iter().chain([render_github(&report)]) {
        for words in
            ["chosen by A1 A2 since step 12", "though it promised 2; with accept_guard = at-least it would not"]
        {
            assert!(shown.contains(words), "{words:?} is not in {shown}");
        }
    }
}

/// Of several counterexamples one is shown in full, the one that explains the others; these are a command each.
#[test]
fn check_shows_one_counterexample_in_full() {
    let folder = tempfile::tempdir().unwrap();
    let file = root().join("models/single-decree/simulator-2x3-values-5-1.toml").display().to_string();
    let shown = text(&synod(folder.path(), &["check", &file]).stdout);
    let first_steps = shown.lines().filter(|line| line.starts_with("   1")).count();
    assert_eq!(first_steps, 1, "{shown}");
    let violated: Vec<&str> = shown.lines().filter_map(|line| line.strip_prefix("VIOLATED   ")).collect();
    let names: Vec<&str> = violated.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["agreement", "i2", "i2-formula", "one-value", "refines"], "{shown}");
    assert!(violated[1..].iter().all(|line| line.contains(": synod replay traces/")), "{shown}");
    assert!(shown.contains("\nevidence   <1,5> chosen by "), "{shown}");
    assert!(shown.contains("\ncause      step "), "{shown}");
    assert_eq!(shown.matches("\nreplay     synod replay ").count(), 1, "{shown}");
}
