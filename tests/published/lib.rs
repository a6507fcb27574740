//! The examples that stateright publishes, as they stand, checked by stateright and by synod: the same states, the same
//! transitions, the same verdicts, whether in components or in whole states.

#![cfg(test)]

use stateright::actor::ActorModel;
use stateright::{Checker, Expectation, HasDiscoveries, Model};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::hash::Hash;
use synod::engine::{check, Checkable, Handover, Identity, Report};

macro_rules! example {
    ($module:ident, $file:literal, $($compared:tt)*) => {
        #[allow(warnings, clippy::all, clippy::pedantic)]
        mod $module {
            include!(concat!(env!("OUT_DIR"), "/", $file, ".rs"));

            $($compared)*
        }
    };
}

example!(
    paxos,
    "paxos",
    #[test]
    fn is_explored_alike() {
        for network in [Network::new_unordered_nonduplicating([]), Network::new_ordered([])] {
            crate::compare(0, || {
                PaxosModelCfg { client_count: 2, server_count: 2, network: network.clone() }.into_model()
            });
        }
    }
);

example!(
    raft,
    "raft",
    #[test]
    fn is_explored_alike_by_hash() {
        let network = Network::new_unordered_nonduplicating([]);
        let model = || RaftModelCfg { server_count: 3, network: network.clone() }.into_model();
        crate::compare_by(crate::Identity::Hash, 6, model);
        // Its `Hash` leaves out what has been delivered and what waits.
        let by_value = crate::check(model()).target_max_depth(7).finish_when(crate::everything()).run();
        let by_value = by_value.expect("nothing is refused");
        assert!(by_value.notes().iter().any(|note| note.contains("NodeState` have equal hashes")), "{by_value}");
    }
);

example!(
    abd,
    "linearizable-register",
    #[test]
    fn is_explored_alike() {
        for network in [Network::new_unordered_nonduplicating([]), Network::new_ordered([])] {
            crate::compare(0, || {
                AbdModelCfg { client_count: 2, server_count: 2, network: network.clone() }.into_model()
            });
        }
    }
);

example!(
    single_copy,
    "single-copy-register",
    #[test]
    fn is_explored_alike() {
        for (clients, servers) in [(2, 1), (2, 2)] {
            let network = Network::new_unordered_nonduplicating([]);
            crate::compare(0, || {
                SingleCopyModelCfg { client_count: clients, server_count: servers, network: network.clone() }
                    .into_model()
            });
        }
    }
);

example!(
    timers,
    "timers",
    #[test]
    fn is_explored_alike() {
        for network in [Network::new_unordered_nonduplicating([]), Network::new_unordered_duplicating([])] {
            crate::compare(6, || PingerModelCfg { server_count: 3, network: network.clone() }.into_model());
        }
    }
);

example!(
    last_writer_wins,
    "lww-register",
    #[test]
    fn is_explored_alike() {
        crate::compare(6, || build_checker(2));
    }
);

example!(
    interaction,
    "interaction",
    #[test]
    fn is_explored_alike() {
        crate::compare(12, || {
            ActorModel::<choice![Client, Counter], (), u8>::new((), 0)
                .actor(Choice::new(Client { threshold: 3, counter_addr: 1.into() }))
                .actor(Choice::new(Counter { initial_state: CounterState { addr: 1.into(), counter: 0 } }).or())
                .property(Expectation::Sometimes, "success", |_, state| {
                    state.actor_states.iter().any(state_filter_success)
                })
        });
    }
);

example!(
    two_phase_commit,
    "2pc",
    #[test]
    fn is_explored_alike() {
        crate::compare_plain(|| TwoPhaseSys { rms: 0..4 });
    }
);

example!(
    lock,
    "increment_lock",
    #[test]
    fn is_explored_alike() {
        crate::compare_plain(|| State::new(3));
    }
);

/// No discovery ends a check.
fn everything() -> HasDiscoveries {
    HasDiscoveries::AnyOf(BTreeSet::new())
}

/// Compares the engines on an actor system to this depth, as stateright counts it, or without end if that is 0.
fn compare<A, C, H>(depth: usize, model: impl Fn() -> ActorModel<A, C, H>)
where
    A: Checkable + 'static,
    C: Clone + Send + Sync + 'static,
    H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
{
    compare_by(Identity::Value, depth, &model);
    compare_by(Identity::Hash, depth, &model);
}

fn compare_by<A, C, H>(identity: Identity, depth: usize, model: impl Fn() -> ActorModel<A, C, H>)
where
    A: Checkable + 'static,
    C: Clone + Send + Sync + 'static,
    H: Clone + Debug + Hash + PartialEq + Send + Sync + 'static,
{
    // stateright stops where every property has a discovery.
    let asked = model().property(Expectation::Always, "(never fails)", |_, _| true);
    let reference = asked.checker().target_max_depth(depth).spawn_bfs().join();
    for states in [u64::MAX, 0, 50] {
        let handover = Handover { states, per_cent: 0 };
        let checked = check(model()).threads(2).identity(identity).handover(handover).target_max_depth(depth);
        agree(&checked.finish_when(everything()).run().expect("nothing is refused"), &reference);
    }
}

fn compare_plain<M>(model: impl Fn() -> M)
where
    M: Model<State: Clone + Debug + Hash + PartialEq + Send + Sync, Action: Clone + Debug + PartialEq>
        + Send
        + Sync
        + 'static,
{
    let reference = model().checker().spawn_bfs().join();
    let report = check(model()).threads(2).finish_when(everything()).run().expect("nothing is refused");
    agree(&report, &reference);
}

/// Both found as many states and transitions, and discoveries of the same properties.
fn agree<M: Model<State: Hash>>(report: &Report<M>, reference: &impl Checker<M>)
where
    M::State: Clone + Debug + PartialEq,
    M::Action: Clone + Debug + PartialEq,
{
    assert_eq!(report.unique_state_count(), reference.unique_state_count() as u64, "{report}");
    assert_eq!(report.state_count(), reference.state_count() as u64, "{report}");
    for property in report.model().properties() {
        let found = reference.discovery(property.name).map(|path| path.into_states().len());
        let shortest = report.discovery(property.name).map(|path| path.clone().into_states().len());
        assert_eq!(shortest.is_some(), found.is_some(), "{}", property.name);
        assert!(shortest <= found, "{}: {report}", property.name);
    }
}
