//! Datagrams that are none of the run's: counted and dropped, never a panic, never a change of state.

use super::{model_file, plan};
use crate::support::{Event, Log, Record};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{json, Value};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use synod::nodes::datagram::{Dropped, Mail, Office, MAX_BYTES};
use synod::nodes::launch::work;
use synod::nodes::log;
use synod::nodes::orders::{Input, Notice, Order};
use synod::nodes::role::Role;
use synod::protocols::paxos::Proposal;
use synod::protocols::single_decree::SingleDecree;
use synod::protocols::single_decree::{Message, Offer};

fn office() -> Office {
    let roster = model_file("adapted-2x3.toml", &[]).spec.roster();
    let addresses = (0..5).map(|port| SocketAddr::from(([127, 0, 0, 1], 7000 + port))).collect();
    Office { run: 17, roster, me: 2.into(), addresses }
}

fn messages() -> [Message; 4] {
    [
        Message::Prepare { ballot: 1, value: Some(1) },
        Message::Promise { ballot: 2, carried: Some(Proposal::new(1, 1)), offer: Offer::Own },
        Message::Nack { ballot: 1, promised: None },
        Message::Accept(Proposal::new(2, 1)),
    ]
}

fn sealed(content: &str) -> Vec<u8> {
    format!("{:08x} {content}", crc32fast::hash(content.as_bytes())).into_bytes()
}

#[test]
fn what_was_sent_is_what_is_read() {
    let receiver = office();
    for sender in [0, 1, 3] {
        let writer = Office { me: sender.into(), ..office() };
        for message in messages() {
            let bytes = writer.write::<SingleDecree>(3, receiver.me, (4, 1), message).unwrap();
            assert!(bytes.len() < MAX_BYTES / 4, "{}", bytes.len());
            let Ok(Mail::Envelope(envelope)) = receiver.read::<SingleDecree>(&bytes, receiver.addresses[sender]) else {
                panic!("no envelope")
            };
            assert_eq!((envelope.instance, envelope.cause, envelope.message), (3, (4, 1), message));
            assert_eq!(usize::from(envelope.from), sender);
            let elsewhere = SocketAddr::from(([127, 0, 0, 1], 6999));
            assert_eq!(receiver.read::<SingleDecree>(&bytes, elsewhere), Err(Dropped::Foreign));
        }
        for is_answer in [false, true] {
            let greeting = writer.greet::<SingleDecree>(receiver.me, is_answer);
            let read = Mail::Greeting { from: sender.into(), is_answer };
            assert_eq!(receiver.read::<SingleDecree>(&greeting, receiver.addresses[sender]), Ok(read));
        }
    }
}

/// A datagram that was a good one, after something has happened to it.
fn spoilt(rng: &mut ChaCha8Rng, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    match rng.random_range(0..7) {
        0 => bytes.truncate(rng.random_range(0..bytes.len())),
        1 => {
            let bit = rng.random_range(0..bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        2 => {
            let length = rng.random_range(1..40);
            bytes.extend((0..length).map(|_| rng.random::<u8>()));
        }
        3 => bytes = (0..rng.random_range(0..200)).map(|_| rng.random()).collect(),
        4 => bytes.resize(MAX_BYTES + rng.random_range(1..400), b' '),
        5 => {
            let from = rng.random_range(0..bytes.len());
            bytes[from..].iter_mut().for_each(|byte| *byte = rng.random());
        }
        _ => return resealed(rng, &bytes),
    }
    bytes
}

/// A datagram whose checksum is right and whose content is not.
fn resealed(rng: &mut ChaCha8Rng, good: &[u8]) -> Vec<u8> {
    let mut content: Value = serde_json::from_slice(&good[9..]).unwrap();
    match rng.random_range(0..8) {
        0 => content["run"] = json!(rng.random_range(18..u64::MAX)),
        1 => content["to"] = json!(["P1", "A2", "A4", "", "L1"][rng.random_range(0..5)]),
        2 => content["from"] = json!(["A1", "P3", "", "p1"][rng.random_range(0..4)]),
        3 => {
            let message = json!([null, 7, "Prepare", { "prepare": {} }, [[]]])[rng.random_range(0..5)].clone();
            content["content"] = json!({ "envelope": { "instance": 0, "cause": [0, 0], "message": message } });
        }
        4 => content["more"] = json!(1),
        5 => content["content"] = json!({ "greeting": {} }),
        6 => content["synod"] = json!(2),
        _ => content["content"] = json!({ "envelope": { "instance": u64::MAX, "cause": [-1, 0] } }),
    }
    sealed(&content.to_string())
}

#[test]
fn a_million_spoilt_datagrams_are_dropped() {
    let receiver = office();
    let writer = Office { me: 0.into(), ..office() };
    let greetings = [false, true].map(|is_answer| writer.greet::<SingleDecree>(receiver.me, is_answer));
    let envelopes = messages().map(|message| writer.write::<SingleDecree>(0, receiver.me, (0, 0), message).unwrap());
    let good: Vec<_> = envelopes.into_iter().chain(greetings).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut malformed, mut oversized, mut foreign) = (0, 0, 0);
    for _ in 0..1_000_000 {
        let original = &good[rng.random_range(0..good.len())];
        let bytes = spoilt(&mut rng, original);
        match receiver.read::<SingleDecree>(&bytes, receiver.addresses[0]) {
            Err(Dropped::Malformed) => malformed += 1,
            Err(Dropped::Oversized) => oversized += 1,
            Err(Dropped::Foreign) => foreign += 1,
            // A flipped bit may be the case of a digit of the checksum; nothing else leaves a datagram good.
            Ok(mail) => {
                assert!(bytes.eq_ignore_ascii_case(original), "{}", String::from_utf8_lossy(&bytes));
                assert_eq!(receiver.read::<SingleDecree>(original, receiver.addresses[0]), Ok(mail));
            }
        }
    }
    assert!(malformed > 500_000 && oversized > 100_000 && foreign > 40_000, "{malformed} {oversized} {foreign}");
    for deep in ["[".repeat(1000), "{\"a\":".repeat(190), "9".repeat(1000), "\"\\ud800\"".into(), String::new()] {
        assert_eq!(receiver.read::<SingleDecree>(&sealed(&deep), receiver.addresses[0]), Err(Dropped::Malformed));
    }
}

#[test]
fn a_node_under_a_flood_of_them_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(model_file("adapted-2x3.toml", &[]), 1, 9, folder.path());
    let role = Role {
        name: "flooded".into(),
        spec: plan.model.spec.clone(),
        expect: Vec::new(),
        behaves: plan.model.spec.clone(),
        id: 2.into(),
        run: 17,
        seed: 0,
        faults: plan.faults,
        patience: plan.patience,
        log: folder.path().join("A1.log"),
    };
    let flood = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (sender, inputs) = sync_channel(100);
    let (bound, place) = std::sync::mpsc::channel();
    let orders = sender.clone();
    let own = sender.clone();
    let node = {
        let role = role.clone();
        std::thread::spawn(move || {
            let mut report = |notice| {
                if let Notice::Bound(address) = notice {
                    bound.send(address).unwrap();
                }
            };
            work(&role, "127.0.0.1:0".parse().unwrap(), false, &own, inputs, &mut report).unwrap()
        })
    };
    let target: SocketAddr = place.recv().unwrap();
    assert!(target.ip().is_loopback());
    // It comes from where P1 is: even so nothing of it passes for a message of P1.
    let mut addresses = office().addresses;
    addresses[0] = flood.local_addr().unwrap();
    orders.send(Input::Order(Order::Meet(addresses))).unwrap();
    orders.send(Input::Order(Order::Begin(0))).unwrap();
    let writer = Office { me: 0.into(), ..office() };
    let good = writer.write::<SingleDecree>(0, 2.into(), (0, 0), messages()[0]).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut sent = 0;
    for _ in 0..30_000 {
        let bytes = spoilt(&mut rng, &good);
        if !bytes.eq_ignore_ascii_case(&good) {
            flood.send_to(&bytes, target).unwrap();
            sent += 1;
        }
    }
    std::thread::sleep(Duration::from_millis(300));
    orders.send(Input::Order(Order::Stop)).unwrap();
    let traffic = node.join().unwrap();
    let dropped = traffic.malformed + traffic.oversized + traffic.foreign;
    assert!(dropped > 1000 && dropped <= sent, "{traffic:?} of {sent}");
    assert_eq!((traffic.received, traffic.sent), (0, 0), "{traffic:?}");
    let log = log::read::<SingleDecree>(&role.log).unwrap().unwrap();
    assert_eq!(log.records.iter().map(|record| &record.event).collect::<Vec<_>>(), [&Event::Start]);
}

/// A node A1 whose only peer is the test, and the log that it leaves after what the test sends.
fn told_by_p1(
    folder: &std::path::Path,
    settings: &[&str],
    send: impl Fn(&mut dyn FnMut((u64, usize), Message)),
) -> Log {
    let plan = plan(model_file("adapted-2x3.toml", settings), 1, 9, folder);
    let role = Role {
        name: "flooded".into(),
        spec: plan.model.spec.clone(),
        expect: Vec::new(),
        behaves: plan.model.spec.clone(),
        id: 2.into(),
        run: 17,
        seed: 0,
        faults: plan.faults,
        patience: plan.patience,
        log: folder.join("A1.log"),
    };
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (sender, inputs) = sync_channel(1 << 16);
    let (bound, place) = std::sync::mpsc::channel();
    let (own, of_node) = (sender.clone(), role.clone());
    let node = std::thread::spawn(move || {
        let mut report = |notice| {
            if let Notice::Bound(address) = notice {
                bound.send(address).unwrap();
            }
        };
        work(&of_node, "127.0.0.1:0".parse().unwrap(), false, &own, inputs, &mut report).unwrap()
    });
    let target: SocketAddr = place.recv().unwrap();
    let mut addresses = office().addresses;
    addresses[0] = peer.local_addr().unwrap();
    sender.send(Input::Order(Order::Meet(addresses))).unwrap();
    sender.send(Input::Order(Order::Begin(0))).unwrap();
    let writer = Office { me: 0.into(), ..office() };
    let mut sent = 0;
    send(&mut |cause, message| {
        peer.send_to(&writer.write::<SingleDecree>(0, 2.into(), cause, message).unwrap(), target).unwrap();
        sent += 1;
        if sent % 64 == 0 {
            std::thread::sleep(Duration::from_millis(1)); // the socket would lose what is not taken at once
        }
    });
    std::thread::sleep(Duration::from_millis(500));
    sender.send(Input::Order(Order::Stop)).unwrap();
    let traffic = node.join().unwrap();
    assert!(traffic.received > sent / 2, "{traffic:?} of {sent}");
    log::read::<SingleDecree>(&role.log).unwrap().unwrap()
}

/// The records of messages that were ignored, and how many further ones the log counts.
fn ignored(log: &Log) -> (usize, u64) {
    let is_ignored = |record: &&Record| matches!(record.event, Event::Ignore { .. });
    let unrecorded = log.records.iter().map(|record| match record.event {
        Event::Unrecorded(times) => times,
        _ => 0,
    });
    (log.records.iter().filter(is_ignored).count(), unrecorded.sum())
}

#[test]
fn a_flood_of_one_message_is_counted_and_not_logged() {
    let folder = tempfile::tempdir().unwrap();
    let log = told_by_p1(folder.path(), &["network.duplication=true"], |send| {
        (0..20_000).for_each(|_| send((0, 0), Message::Nack { ballot: 1, promised: None }));
        // an acceptor has no use for it
    });
    let (recorded, unrecorded) = ignored(&log);
    assert_eq!(recorded, 2, "a second arrival shows, a third shows nothing more");
    assert!(unrecorded > 9_000, "{unrecorded}");
    assert!(log.records.len() < 30, "{}", log.records.len());
}

#[test]
fn a_flood_of_messages_that_are_ignored_is_counted_and_not_logged() {
    let folder = tempfile::tempdir().unwrap();
    let log = told_by_p1(folder.path(), &[], |send| {
        (0..20_000).for_each(|n| send((n, 0), Message::Nack { ballot: 1, promised: None }));
    });
    let (recorded, unrecorded) = ignored(&log);
    assert_eq!(recorded, 4096);
    assert!(unrecorded > 4_000, "{unrecorded}");
    assert!(log.records.len() < 4096 + 30, "{}", log.records.len());
}

#[test]
fn a_run_with_a_flood_in_it_conforms_and_says_how_much_has_no_record() {
    let folder = tempfile::tempdir().unwrap();
    super::run(&plan(model_file("adapted-1x3.toml", &[]), 1, 3, folder.path()));
    let file = folder.path().join("A2.log");
    let log = log::read::<SingleDecree>(&file).unwrap().unwrap();
    let record = |event| Record {
        n: log.records.len() as u64,
        event,
        local: None,
        saved: None,
        sent: Vec::new(),
        ..log.records[0].clone()
    };
    let whole = std::fs::read(&file).unwrap();
    let with = |record: &Record| {
        let line = serde_json::to_string(record).unwrap();
        let line = format!("{:08x} {line}\n", crc32fast::hash(line.as_bytes()));
        std::fs::write(&file, [&whole, line.as_bytes()].concat()).unwrap();
        super::followed(folder.path()).swap_remove(0)
    };
    let path = with(&record(Event::Unrecorded(123_456)));
    assert_eq!((path.unrecorded, path.deviation), (123_456, None));
    let output = crate::support::synod(folder.path(), &["conform", "."]);
    let shown = crate::support::text(&output.stdout);
    assert!(shown.contains("and 123,456 more without a record of their own"), "{shown}");
    let sends = Record {
        sent: vec![("P1".into(), Message::Nack { ballot: 1, promised: None })],
        ..record(Event::Unrecorded(1))
    };
    assert!(with(&sends).deviation.is_some(), "nothing comes of what is ignored");
}
