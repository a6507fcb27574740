//! A node as a process of its own or as a thread. A process is tied to its parent by its standard input: when
//! that closes, however that happened, the process ends.

use super::datagram::MAX_BYTES;
use super::host::Host;
use super::orders::{Input, Notice, Order, Traffic, MAX_INPUTS};
use super::role::Role;
use super::stream;
use crate::family::{Deployable, Spec};
use crate::input::InputError;
use crate::model_file::{family_of, from_json, to_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, Sender, SyncSender};
use std::thread::JoinHandle;
use std::time::Duration;

/// How nodes are launched.
#[derive(Clone, Debug)]
pub enum Launch {
    /// Each as a process: this program, run as `synod node`, with a model file that shows in the list of processes.
    Processes {
        /// The program.
        program: PathBuf,
        /// The model file.
        file: String,
    },
    /// Each as a thread of this process.
    Threads,
}

/// A role as it is handed to a process, and where to work in it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    name: String,
    model: Value,
    behaves: Value,
    id: usize,
    run: u64,
    seed: u64,
    loss: f64,
    duplicate: f64,
    reorder: f64,
    delay: Duration,
    patience: Duration,
    log: PathBuf,
    bind: SocketAddr,
    resumes: bool,
}

impl Assignment {
    /// The assignment of a role.
    pub fn new<F: Deployable>(role: &Role<F>, bind: SocketAddr, resumes: bool) -> Self {
        Assignment {
            name: role.name.clone(),
            model: to_json(&role.spec, &role.expect),
            behaves: role.behaves.to_json(),
            id: role.id.into(),
            run: role.run,
            seed: role.seed,
            loss: role.faults.loss,
            duplicate: role.faults.duplicate,
            reorder: role.faults.reorder,
            delay: role.faults.delay,
            patience: role.patience,
            log: role.log.clone(),
            bind,
            resumes,
        }
    }

    /// The family of the model.
    pub fn family(&self) -> String {
        family_of(&self.model).unwrap_or_default()
    }

    /// The role, where to bind, and whether to go on with a log.
    ///
    /// # Errors
    /// If its models are none.
    pub fn accept<F: Deployable>(self) -> Result<(Role<F>, SocketAddr, bool), InputError> {
        let (spec, expect) = from_json("the assignment", &self.model)?;
        let role = Role {
            name: self.name,
            spec,
            expect,
            behaves: Spec::from_json("the assignment", &self.behaves)?,
            id: self.id.into(),
            run: self.run,
            seed: self.seed,
            faults: super::wire::Faults {
                loss: self.loss,
                duplicate: self.duplicate,
                reorder: self.reorder,
                delay: self.delay,
            },
            patience: self.patience,
            log: self.log,
        };
        Ok((role, self.bind, self.resumes))
    }
}

/// A node that was launched.
pub enum Launched {
    /// As a process.
    Process {
        /// It.
        child: Child,
        /// Where its orders go. Closing it ends the process.
        orders: Option<ChildStdin>,
    },
    /// As a thread.
    Thread {
        /// Where its orders go.
        inputs: SyncSender<Input>,
        /// It.
        thread: Option<JoinHandle<()>>,
    },
}

/// How often a port that is taken is tried again, and after how long: a node that comes back wants the port that it had,
/// which another process may have for a moment.
const BIND_AGAIN: (u32, Duration) = (40, Duration::from_millis(50));

fn bound(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let (times, pause) = BIND_AGAIN;
    for _ in 0..times {
        match stream::bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => std::thread::sleep(pause),
            done => return done,
        }
    }
    stream::bind(address)
}

/// Passes on what arrives at a socket until told to stop. A datagram that is too long is cut, but not so that it looks
/// like one that is not.
fn listen(socket: &UdpSocket, inputs: &SyncSender<Input>, stop: &AtomicBool) {
    let mut buffer = [0; MAX_BYTES + 1];
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut buffer) {
            Ok((length, source)) => {
                if inputs.send(Input::Datagram(buffer[..length].to_vec(), source)).is_err() {
                    return;
                }
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(_) => std::thread::sleep(Duration::from_millis(1)), // what a peer's host complains about is no message
        }
    }
}

/// Binds the node's socket and works until told to stop. Both kinds of node do nothing else.
///
/// # Errors
/// If the socket cannot be bound, the log not be written, or the node not come back.
pub fn work<F: Deployable>(
    role: &Role<F>,
    bind: SocketAddr,
    resumes: bool,
    sender: &SyncSender<Input>,
    inputs: Receiver<Input>,
    report: &mut dyn FnMut(Notice<F>),
) -> Result<Traffic, InputError> {
    let unusable = |error: io::Error| InputError::new(bind.to_string(), format!("cannot be bound: {error}"));
    let (socket, connections) = bound(bind).map_err(unusable)?;
    socket.set_read_timeout(Some(Duration::from_millis(20))).map_err(unusable)?;
    let ear = socket.try_clone().map_err(unusable)?;
    let bound = socket.local_addr().map_err(unusable)?;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let host = Host::new(role, socket, &mut *report, resumes)?;
        let listens = std::thread::Builder::new().spawn_scoped(scope, || listen(&ear, sender, &stop));
        listens.map_err(no_thread)?;
        let listens = std::thread::Builder::new().spawn_scoped(scope, || stream::listen(&connections, sender, &stop));
        if let Err(error) = listens {
            stop.store(true, Ordering::Relaxed);
            return Err(no_thread(error));
        }
        let worked = host.announce(bound).run(&inputs);
        stop.store(true, Ordering::Relaxed);
        drop(inputs); // or the listener might wait for room in it for ever
        worked
    })
}

fn no_thread(error: io::Error) -> InputError {
    InputError::new("threads", format!("the system gives none: {error}"))
}

/// Launches a node. What it notices goes to `notices`, with this mark.
///
/// # Errors
/// If the process cannot be started.
pub fn launch<F: Deployable>(
    launch: &Launch,
    role: &Role<F>,
    bind: SocketAddr,
    resumes: bool,
    mark: u64,
    notices: &Sender<(u64, Notice<F>)>,
) -> io::Result<Launched> {
    let notices = notices.clone();
    match launch {
        Launch::Threads => {
            let (sender, inputs) = sync_channel(MAX_INPUTS);
            let (role, own) = (role.clone(), sender.clone());
            let thread = std::thread::Builder::new().spawn(move || {
                let _gone = Gone { mark, notices: notices.clone() };
                let mut report = |report| _ = notices.send((mark, report)); // there may be no one to report to
                let last = match work(&role, bind, resumes, &own, inputs, &mut report) {
                    Ok(traffic) => Notice::Stopped(traffic),
                    Err(error) => Notice::Failed(error.to_string()),
                };
                report(last);
            })?;
            Ok(Launched::Thread { inputs: sender, thread: Some(thread) })
        }
        Launch::Processes { program, file } => {
            let mut command = Command::new(program);
            let roster = role.spec.roster();
            command.args(["node", file, "--id", &roster.name(role.id), "--controlled"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
            #[cfg(unix)]
            std::os::unix::process::CommandExt::process_group(&mut command, 0); // an interrupt is for the parent to pass on
            let mut child = command.spawn()?;
            let mut orders = child.stdin.take();
            if let Some(orders) = &mut orders {
                let assignment = serde_json::to_string(&Assignment::new(role, bind, resumes))?;
                let _ = writeln!(orders, "{assignment}"); // a process that is gone already is found to be
            }
            let output = child.stdout.take();
            let hears = std::thread::Builder::new().spawn(move || {
                let lines = output.into_iter().flat_map(|output| BufReader::new(output).lines());
                for line in lines.map_while(Result::ok) {
                    if let Ok(report) = serde_json::from_str(&line) {
                        let _ = notices.send((mark, report));
                    }
                }
                let _ = notices.send((mark, Notice::Gone));
            });
            let launched = Launched::Process { child, orders };
            hears.map(|_| launched) // without a thread that hears it, the process is ended
        }
    }
}

/// Says that a thread is gone, however it went.
struct Gone<F: Deployable> {
    mark: u64,
    notices: Sender<(u64, Notice<F>)>,
}

impl<F: Deployable> Drop for Gone<F> {
    fn drop(&mut self) {
        let _ = self.notices.send((self.mark, Notice::Gone)); // there may be no one to report to
    }
}

impl Launched {
    /// Tells the node something. One that is gone does not hear it.
    pub fn tell(&mut self, order: Order) {
        match self {
            Launched::Process { orders: Some(orders), .. } => {
                let line = serde_json::to_string(&order).expect("an order is plain data");
                let _ = writeln!(orders, "{line}").and_then(|()| orders.flush());
            }
            Launched::Process { .. } => {}
            Launched::Thread { inputs, .. } => _ = inputs.send(Input::Order(order)),
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        match self {
            Launched::Process { child, .. } => _ = child.kill(),
            Launched::Thread { .. } => self.tell(Order::Vanish),
        }
        self.wait();
    }

    /// Waits for the node to be gone.
    pub fn wait(&mut self) {
        match self {
            Launched::Process { child, orders } => {
                orders.take();
                let _ = child.wait();
            }
            Launched::Thread { thread, .. } => _ = thread.take().map(JoinHandle::join),
        }
    }

    /// True iff the node ended by itself with an exit code, not by a signal.
    pub fn has_exited(&mut self) -> bool {
        match self {
            Launched::Process { child, .. } => child.wait().is_ok_and(|status| status.code().is_some()),
            Launched::Thread { .. } => true,
        }
    }
}

/// A node never outlives the process that launched it, however that ends.
impl Drop for Launched {
    fn drop(&mut self) {
        match self {
            Launched::Process { child, .. } => {
                let _ = child.kill();
            }
            Launched::Thread { .. } => self.tell(Order::Stop),
        }
        self.wait();
    }
}
