//! The composite invariant, *what a client acted on or a Token says is decided*, is inductive together with the part of the
//! service's invariant that it stands on. Every type-correct state that satisfies it is enumerated, and every step of
//! stateright's model out of it is taken.
//!
//! A step hands one message to one node, and adds messages and votes. So a state has the one message that is delivered
//! in flight; that no vote and no decision is ever taken back is checked on the way.

use stateright::actor::{Envelope, Id, Network};
use stateright::Model as _;
use std::collections::BTreeSet;
use std::sync::Arc;
use synod::family::{Environment, Family, Global, System};
use synod::input::Fields;
use synod::protocols::consensus::client::Client;
use synod::protocols::consensus::{Consensus, Local, Message};
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::local::{Acceptor, Held, Learner, Program};
use synod::protocols::single_decree::{Local as Inner, Message as Sent};
use synod::protocols::specification::Register;

type State = Global<Consensus>;

fn system(model: &serde_json::Value) -> System<Consensus> {
    let mut fields = Fields::from_json("model", model);
    let setup = Consensus::read(&mut fields).expect("a model of the family");
    Consensus::model(&setup, &Environment::DEFAULT)
}

/// A state of these nodes with one message in flight.
fn state(initial: &State, locals: &[Local], (src, dst, msg): (usize, usize, Message)) -> State {
    let mut state = initial.clone();
    state.actor_states = locals.iter().cloned().map(Arc::new).collect();
    let envelope = Envelope { src: Id::from(src), dst: Id::from(dst), msg };
    state.network = Network::new_unordered_nonduplicating([envelope]);
    state
}

/// The states after the delivery of the message, if it is a step.
fn next(system: &System<Consensus>, state: &State) -> Vec<State> {
    let mut actions = Vec::new();
    system.actions(state, &mut actions);
    actions.into_iter().filter_map(|action| system.next_state(state, action)).collect()
}

fn clients(values: &[u32]) -> Vec<Client> {
    let acted = values.iter().map(|own| Client::Acted(*own));
    let met = values.iter().flat_map(|own| values.iter().map(|other| Client::Met { own: *own, other: *other }));
    [Client::Waiting].into_iter().chain(acted).chain(met).collect()
}

fn says(client: Client) -> Vec<u32> {
    match client {
        Client::Waiting => vec![],
        Client::Acted(own) => vec![own],
        Client::Met { own, other } => vec![own, other],
    }
}

/// Over the abstract service: acted(v), met(v), Token(v) in flight or Decided(v) in flight implies decided(v).
fn holds_of_register(state: &State, with_decided: bool) -> bool {
    let Local::Service(register) = &*state.actor_states[0] else { panic!("the service") };
    let mut values: Vec<u32> = Vec::new();
    for local in &state.actor_states[1..] {
        let Local::Client { client, .. } = &**local else { panic!("a client") };
        values.extend(says(*client));
    }
    values.extend(state.network.iter_deliverable().filter_map(|envelope| match envelope.msg {
        Message::Token(value) => Some(*value),
        Message::Decided(value) if with_decided => Some(*value),
        _ => None,
    }));
    values.iter().all(|value| register.decided == Some(*value))
}

/// The steps from states that satisfy the invariant to states that do not, and all steps from those that do.
fn induction_over_register(with_decided: bool) -> (usize, usize) {
    let model = serde_json::json!({ "protocol": { "service": "abstract" }, "bounds": { "values": 2, "clients": 2 } });
    let system = system(&model);
    let initial = system.init_states().swap_remove(0);
    assert!(holds_of_register(&initial, with_decided), "it holds at first");
    let (mut broken, mut steps) = (0, 0);
    let messages = [1, 2].into_iter().flat_map(|value| {
        let to_clients = [1, 2].into_iter().flat_map(move |client| {
            [(0, client, Message::Decided(value)), (3 - client, client, Message::Token(value))]
        });
        to_clients.chain([(0, 0, Message::Propose(value))])
    });
    let messages: Vec<_> = messages.collect();
    for decided in [None, Some(1), Some(2)] {
        for (one, other) in clients(&[1, 2]).into_iter().flat_map(|c| clients(&[1, 2]).into_iter().map(move |d| (c, d)))
        {
            let client = |client| Local::Client { learner: None, client };
            let locals = [Local::Service(Register { decided }), client(one), client(other)];
            for message in &messages {
                let state = state(&initial, &locals, *message);
                if holds_of_register(&state, with_decided) {
                    let next = next(&system, &state);
                    steps += next.len();
                    broken += next.iter().filter(|next| !holds_of_register(next, with_decided)).count();
                    let kept = |next: &State| matches!(&*next.actor_states[0], Local::Service(register) if decided.is_none() || register.decided == decided);
                    assert!(next.iter().all(kept), "a decision is for good");
                }
            }
        }
    }
    (broken, steps)
}

#[test]
fn the_composite_invariant_is_inductive_over_the_abstract_service() {
    let (broken, steps) = induction_over_register(true);
    assert_eq!(broken, 0);
    assert_eq!(steps, 26, "the enumeration is what it was");
    // By itself it is not: Decided(v) in flight has to be true as well.
    assert!(induction_over_register(false).0 > 0);
}

/// The votes of the acceptor with this id.
fn votes(state: &State, id: usize) -> BTreeSet<Proposal> {
    match &*state.actor_states[id] {
        Local::Protocol(Inner::Acceptor(acceptor)) => acceptor.votes.clone(),
        other => panic!("{other:?} is no acceptor"),
    }
}

/// What the acceptors report and clients have heard are votes; what a client learned, acted on or heard of is chosen.
fn holds_of_simple(state: &State) -> bool {
    let votes = [votes(state, 2), votes(state, 3)];
    let chosen: BTreeSet<Proposal> = votes[0].intersection(&votes[1]).copied().collect();
    let is_chosen = |value: &u32| chosen.iter().any(|proposal| proposal.value == *value);
    let clients = state.actor_states[4..].iter().all(|local| {
        let Local::Client { learner: Some(Inner::Learner(learner)), client } = &**local else { panic!("a client") };
        let is_learner_right = match learner {
            Learner::Listening { heard } => {
                let is_vote =
                    |(acceptor, reported): (&usize, &Vec<_>)| reported.iter().all(|p| votes[*acceptor].contains(p));
                let are_votes = heard.iter().all(is_vote);
                are_votes && *client == Client::Waiting
            }
            Learner::Learned(proposal) => chosen.contains(proposal) && client.acted_on() == Some(proposal.value),
        };
        is_learner_right && says(*client).iter().all(is_chosen)
    });
    clients
        && state.network.iter_deliverable().all(|envelope| match envelope.msg {
            Message::Token(value) => is_chosen(value),
            Message::Protocol(Sent::Accepted(proposal)) => votes[usize::from(envelope.src) - 2].contains(proposal),
            _ => true,
        })
}

fn subsets(proposals: &[Proposal]) -> Vec<BTreeSet<Proposal>> {
    let pick = |mask: usize| (0..proposals.len()).filter(move |i| mask & 1 << i != 0);
    (0..1 << proposals.len()).map(|mask| pick(mask).map(|i| proposals[i]).collect()).collect()
}

/// Two proposers, two acceptors, two clients, three proposals that may be voted for: any, also two of one ballot.
#[test]
fn the_composite_invariant_is_inductive_over_simple_paxos() {
    let model = serde_json::json!({
        "protocol": { "service": "single-decree", "variant": "simple" },
        "bounds": { "proposers": 2, "acceptors": 2, "clients": 2 },
    });
    let system = system(&model);
    let initial = system.init_states().swap_remove(0);
    assert!(holds_of_simple(&initial), "it holds at first");
    let locals: Vec<Local> = initial.actor_states.iter().map(|local| (**local).clone()).collect();
    let proposals = [Proposal::new(1, 1), Proposal::new(2, 1), Proposal::new(2, 2)];
    let acceptor = |promised: Option<u32>, accepted, votes: &BTreeSet<Proposal>| {
        Local::Protocol(Inner::Acceptor(Acceptor {
            promised: promised.map(|ballot| Held { ballot, value: None }),
            accepted,
            program: Program::Listening,
            votes: votes.clone(),
            received: None,
            earlier: None,
            comebacks: 0,
        }))
    };
    let mut steps = 0;
    let mut check = |locals: &[Local], message: (usize, usize, Message)| {
        let state = state(&initial, locals, message);
        if holds_of_simple(&state) {
            for next in next(&system, &state) {
                assert!(holds_of_simple(&next), "{state:?} leads to {next:?}");
                assert!([2, 3].iter().all(|id| votes(&state, *id).is_subset(&votes(&next, *id))), "a vote is for good");
                steps += 1;
            }
        }
    };
    // Steps of an acceptor: whatever it promised, accepted and voted for before.
    for votes in subsets(&proposals) {
        for accepted in [None].into_iter().chain(proposals.map(Some)) {
            for promised in [None, Some(1), Some(2)] {
                let mut locals = locals.clone();
                locals[2] = acceptor(promised, accepted, &votes);
                for proposal in proposals {
                    let prepare = Sent::Prepare { ballot: proposal.ballot, value: None };
                    check(&locals, (0, 2, Message::Protocol(Sent::Accept(proposal))));
                    check(&locals, (0, 2, Message::Protocol(prepare)));
                }
            }
        }
    }
    // Steps of a client: whatever it has heard, learned or acted on before, and whatever was voted for.
    for (one, other) in pairs(&subsets(&proposals)) {
        let mut locals = locals.clone();
        (locals[2], locals[3]) = (acceptor(None, None, &one), acceptor(None, None, &other));
        let listening = pairs(&subsets(&proposals)).into_iter().map(|(one, other)| Learner::Listening {
            heard: [one, other].into_iter().map(|reported| reported.into_iter().collect()).enumerate().collect(),
        });
        for learner in listening.chain(proposals.map(Learner::Learned)) {
            for client in clients(&[1, 2]) {
                locals[4] = Local::Client { learner: Some(Inner::Learner(learner.clone())), client };
                for proposal in proposals {
                    check(&locals, (2, 4, Message::Protocol(Sent::Accepted(proposal))));
                    check(&locals, (3, 4, Message::Protocol(Sent::Accepted(proposal))));
                    check(&locals, (5, 4, Message::Token(proposal.value)));
                }
            }
        }
    }
    assert_eq!(steps, 1_976, "the enumeration is what it was");
}

fn pairs(sets: &[BTreeSet<Proposal>]) -> Vec<(BTreeSet<Proposal>, BTreeSet<Proposal>)> {
    sets.iter().flat_map(|one| sets.iter().map(move |other| (one.clone(), other.clone()))).collect()
}
