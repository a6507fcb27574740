//! Nodes that only their user starts, as on hosts of their own: in any order, and without some of them.

use super::processes::{signal, until};
use crate::support::{command, root, synod, text};
use std::net::UdpSocket;
use std::path::Path;
use std::process::Child;
use synod::nodes::log;
use synod::protocols::single_decree::SingleDecree;

const NODES: [&str; 4] = ["P1", "A1", "A2", "A3"];

/// One proposer and three acceptors of a model, each with a port and with its log in the folder.
struct Hosts<'a> {
    model: &'a str,
    more: &'a [&'a str],
    folder: &'a Path,
    ports: Vec<u16>,
}

/// A node at work, which the test does not leave behind.
struct Host(Child);

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it has ended already, if all is well
        let _ = self.0.wait();
    }
}

impl<'a> Hosts<'a> {
    fn new(model: &'a str, more: &'a [&'a str], folder: &'a Path) -> Self {
        let sockets = NODES.map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()); // all at once, so that all differ
        let ports = sockets.iter().map(|socket| socket.local_addr().unwrap().port()).collect();
        Hosts { model, more, folder, ports }
    }

    /// Starts a node; what it prints goes to a file of its name.
    fn start(&self, node: &str, wait: &str) -> Host {
        let model = root().join("models/single-decree").join(self.model).display().to_string();
        let mut arguments: Vec<String> = ["node", &model, "--id", node, "--wait", wait, "--log"].map(Into::into).into();
        arguments.push(format!("{node}.log"));
        arguments.extend(["--set", "bounds.proposers=1", "--set", "bounds.proposals=[[1,7]]"].map(Into::into));
        arguments.extend(self.more.iter().map(|argument| argument.to_string()));
        for (name, port) in NODES.iter().zip(&self.ports) {
            match *name == node {
                true => arguments.extend(["--bind".into(), port.to_string()]),
                false => arguments.extend(["--peer".into(), format!("{name}=127.0.0.1:{port}")]),
            }
        }
        let output = std::fs::File::create(self.folder.join(node)).unwrap();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Host(command(self.folder, &arguments).stdout(output).spawn().unwrap())
    }

    fn shows(&self, node: &str, what: &str) -> bool {
        std::fs::read_to_string(self.folder.join(node)).unwrap().contains(what)
    }

    fn has_accepted(&self, node: &str) -> bool {
        let Ok(Some(log)) = log::read::<SingleDecree>(&self.folder.join(format!("{node}.log"))) else { return false };
        log.records
            .iter()
            .filter_map(|record| record.local.as_ref())
            .any(|local| local.to_string().contains("AAccepted"))
    }

    /// Ends the nodes, and has their logs followed along the model.
    fn end(&self, nodes: impl IntoIterator<Item = Host>) -> String {
        for mut node in nodes {
            signal(&node.0, "-INT");
            assert_eq!(node.0.wait().unwrap().code(), Some(0));
        }
        let output = synod(self.folder, &["conform", "."]);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }
}

#[test]
fn hosts_are_started_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = Hosts::new("adapted-2x3-recovery.toml", &[], folder.path());
    let proposer = hosts.start("P1", "1h");
    until("P1 waits", || hosts.shows("P1", "P1 waits for A1, A2, A3"));
    assert!(!hosts.shows("P1", "Prepare"));
    let acceptors = ["A3", "A1", "A2"].map(|node| hosts.start(node, "1h"));
    until("all have accepted", || ["A1", "A2", "A3"].iter().all(|node| hosts.has_accepted(node)));
    // One that comes back has met the others already.
    drop(proposer);
    let proposer = hosts.start("P1", "1h");
    until("P1 is back", || hosts.shows("P1", "P1 recovers"));
    assert!(!hosts.shows("P1", "waits"));
    let told = hosts.end(acceptors.into_iter().chain([proposer]));
    assert!(told.contains("chosen (step") && told.contains("1 crash and recovery"), "{told}");
}

#[test]
fn a_proposer_begins_without_who_does_not_come() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = Hosts::new("simple-2x3.toml", &[], folder.path());
    let acceptors = ["A1", "A3"].map(|node| hosts.start(node, "1h"));
    let proposer = hosts.start("P1", "2s");
    until("two have accepted", || ["A1", "A3"].iter().all(|node| hosts.has_accepted(node)));
    assert!(hosts.shows("P1", "P1 waits for A1, A2, A3"));
    assert!(hosts.shows("P1", "P1 begins without A2\n"));
    let told = hosts.end(acceptors.into_iter().chain([proposer]));
    assert!(told.contains("chosen (step") && told.contains("A2 left no log"), "{told}");
}

#[test]
fn what_a_host_missed_is_lost_on_an_ordered_network_too() {
    let folder = tempfile::tempdir().unwrap();
    let more = ["--set", "network.delivery=ordered", "--set", "protocol.rounds=2", "--retry-after", "1500ms"];
    let hosts = Hosts::new("simple-2x3.toml", &more, folder.path());
    let early = hosts.start("A1", "0s");
    until("A1 is at work", || folder.path().join("A1.log").exists());
    let first = [early, hosts.start("P1", "3s")];
    until("P1 begins", || hosts.shows("P1", "P1 begins without A2, A3\n"));
    let late = ["A2", "A3"].map(|node| hosts.start(node, "0s"));
    until("all have accepted", || ["A1", "A2", "A3"].iter().all(|node| hosts.has_accepted(node)));
    let told = hosts.end(first.into_iter().chain(late));
    assert!(told.contains("chosen (step") && told.contains("ordered network with loss"), "{told}");
}
