//! `node`: one node of a model, on its own or launched by `run`.

use super::args::NodeArguments;
use super::input::read_model_of;
use super::run::{faults, implied, named};
use super::{interrupt, say, Failure};
use crate::conform::require_name;
use crate::family::{Deployable, Roster};
use crate::input::InputError;
use crate::model_file::ModelFile;
use crate::nodes::launch::{work, Assignment};
use crate::nodes::orders::{Input, Notice, Order, MAX_INPUTS};
use crate::nodes::role::Role;
use crate::nodes::text;
use stateright::actor::Id;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc::{sync_channel, SyncSender};
use std::time::{Duration, Instant};

/// `synod node`.
pub fn node<F: Deployable>(arguments: &NodeArguments) -> Result<u8, Failure> {
    let NodeArguments { file, working, .. } = arguments;
    let mut settings = working.settings.set.clone();
    let asked = read_model_of::<F>(file, &settings)?;
    let implied = implied(&asked.spec, working, false, true);
    settings.extend(implied.clone());
    let model = ModelFile { name: asked.name, ..read_model_of::<F>(file, &settings)? };
    require_name(&file.display().to_string(), &model.name)?;
    let roster = model.spec.roster();
    let id = named(&arguments.id, &roster, "--id")?;
    let bind = address("--bind", arguments.bind.as_deref().unwrap_or_default())?;
    let addresses = addresses(&arguments.peer, &roster, id, bind)?;
    let log = arguments.log.clone();
    let log = log.unwrap_or_else(|| Path::new("runs").join(&model.name).join(format!("{}.log", arguments.id)));
    let role = Role {
        name: model.name,
        behaves: super::run::behaviour(file, &settings, &[], working.amnesia)?,
        spec: model.spec,
        expect: model.expect,
        id,
        run: arguments.run,
        seed: working.seed,
        faults: faults(working),
        patience: working.retry_after,
        log,
    };
    if !implied.is_empty() && !arguments.quiet {
        say(&text::implied(&implied))?;
    }
    let (sender, inputs) = sync_channel(MAX_INPUTS);
    order(&sender, Order::Meet(addresses));
    order(&sender, Order::Gather(arguments.wait));
    let stop = sender.clone();
    interrupt::on_end(!arguments.quiet, move || order(&stop, Order::Stop));
    if let Some(deadline) = arguments.deadline {
        let stop = sender.clone();
        spawn(move || {
            std::thread::sleep(deadline.into());
            order(&stop, Order::Stop);
        })?;
    }
    let started = Instant::now();
    let name = &arguments.id;
    let mut told = Ok(());
    let done = work(&role, bind, true, &sender, inputs, &mut |report| {
        let shown = match report {
            Notice::Bound(address) => text::moment(started.elapsed(), &format!("{name} listens at {address}")),
            Notice::Torn { byte, bytes, kept } => {
                let log = role.log.display();
                format!(
                    "{log}: byte {byte}: a line of {bytes} bytes was cut off; the {kept} records before it are kept\n"
                )
            }
            Notice::Awaits(nodes) => text::moment(started.elapsed(), &format!("{name} waits for {}", nodes.join(", "))),
            Notice::Without(nodes) => {
                text::moment(started.elapsed(), &format!("{name} begins without {}", nodes.join(", ")))
            }
            Notice::Step(record) => text::step(name, &record, started.elapsed()),
            _ => return,
        };
        let done = if arguments.quiet { Ok(()) } else { say(&shown) };
        told = std::mem::replace(&mut told, Ok(())).and(done);
    });
    let traffic = done?;
    told?;
    if !arguments.quiet {
        say(&format!("{:<11}{}\n", "datagrams", text::datagrams(&traffic)))?;
    }
    Ok(0)
}

/// Where each node is, in the order of ids: this one at `bind`, the others as `--peer` says.
fn addresses(peers: &[String], roster: &Roster, id: Id, bind: SocketAddr) -> Result<Vec<SocketAddr>, InputError> {
    let mut addresses: Vec<Option<SocketAddr>> = vec![None; roster.len()];
    addresses[usize::from(id)] = Some(bind);
    for peer in peers {
        let place = format!("--peer {peer}");
        let shape = || InputError::new(&place, "expected NODE=ADDRESS:PORT, as in A1=10.0.0.2:7001");
        let (name, at) = peer.split_once('=').ok_or_else(shape)?;
        let node = usize::from(named(name, roster, &place)?);
        if addresses[node].is_some() {
            return Err(InputError::new(place, format!("{name} has an address already")));
        }
        let at = address(&place, at)?;
        require_reachable(&place, at, bind, &addresses)?;
        addresses[node] = Some(at);
    }
    let missing = addresses.iter().enumerate().filter(|(_, address)| address.is_none());
    let missing: Vec<_> = missing.map(|(index, _)| roster.name(index.into()).to_string()).collect();
    if !missing.is_empty() {
        return Err(InputError::new("--peer", format!("missing for {}", missing.join(", "))));
    }
    Ok(addresses.into_iter().flatten().collect())
}

/// Refuses an address at which no other node can be.
fn require_reachable(
    place: &str,
    at: SocketAddr,
    bind: SocketAddr,
    others: &[Option<SocketAddr>],
) -> Result<(), InputError> {
    let what = if at.port() == 0 || at.ip().is_unspecified() {
        format!("{at} is no address to send to")
    } else if at.is_ipv4() != bind.is_ipv4() {
        format!("{at} and --bind {bind} are of different families")
    } else if others.contains(&Some(at)) {
        format!("another node is at {at} already")
    } else {
        return Ok(());
    };
    Err(InputError::new(place, what))
}

fn order(inputs: &SyncSender<Input>, order: Order) {
    let _ = inputs.send(Input::Order(order)); // a node that is gone needs no orders
}

fn address(place: &str, text: &str) -> Result<SocketAddr, InputError> {
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| InputError::new(place, format!("{text:?} is no ADDRESS:PORT, as in 127.0.0.1:7001")))
}

fn spawn(work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let spawned = std::thread::Builder::new().spawn(work);
    spawned.map(drop).map_err(|error| Failure::Output(format!("the system gives no thread: {error}")))
}

/// Works as an assignment says, with orders from standard input and notices to standard output.
pub fn work_as_told<F: Deployable>(assignment: Assignment) -> Result<u8, Failure> {
    let (role, bind, resumes) = assignment.accept::<F>()?;
    let (sender, inputs) = sync_channel(MAX_INPUTS);
    let orders = sender.clone();
    spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if let Ok(given) = serde_json::from_str(&line) {
                order(&orders, given);
            }
        }
        let _ = orders.try_send(Input::Order(Order::Stop));
        std::thread::sleep(Duration::from_millis(200));
        std::process::exit(0); // there is no one to report to: the parent has exited
    })?;
    let mut stdout = std::io::stdout().lock();
    let mut report = |notice: Notice<F>| {
        let line = serde_json::to_string(&notice).expect("a notice is plain data");
        if writeln!(stdout, "{line}").and_then(|()| stdout.flush()).is_err() {
            std::process::exit(0); // likewise
        }
    };
    match work(&role, bind, resumes, &sender, inputs, &mut report) {
        Ok(traffic) => report(Notice::Stopped(traffic)),
        Err(error) => report(Notice::Failed(error.to_string())),
    }
    Ok(0)
}
