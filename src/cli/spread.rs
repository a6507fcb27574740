//! A check whose search is spread over processes: starts those on this host, and joins with those that there are.

use super::args::{self, Over, Search, Spread};
use super::{Failure, INCOMPLETE};
use crate::check::{CheckError, Options};
use crate::engine::components::spread::{Crew, Joining, NotJoined};
use crate::engine::{Control, Refusal, Stopped};
use crate::input::InputError;
use crate::subject::{differing, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::Arc;
use std::time::Duration;

/// Where processes listen that one process starts.
const LOOPBACK: &str = "127.0.0.1:0";

/// What a process that was started is told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    index: usize,
    hosts: Vec<String>,
    secret: String,
}

/// Processes that this one has started. They end with it, however that ends.
#[derive(Default)]
pub struct Started(Vec<(Child, ChildStdin)>);

impl Drop for Started {
    fn drop(&mut self) {
        for (child, _) in &mut self.0 {
            let _ = child.kill(); // it may have ended
            let _ = child.wait();
        }
    }
}

/// What this process does in a check.
pub enum Duty {
    /// It reports.
    Reports(Crew, Started),
    /// It only searches.
    Helps(Crew),
}

/// Finds the other processes of a check.
///
/// # Errors
/// If that cannot be, or one of them is not one to search with.
pub fn join(
    spread: Spread,
    file: &Path,
    search: &Search,
    model: &dyn Subject,
    control: &Control,
) -> Result<Duty, Failure> {
    let Spread { over, threads, patience } = spread;
    let mut searched: Value = serde_json::from_str(&model.searched()).unwrap_or_default();
    searched["max-depth"] = search.max_depth.into();
    let searched = searched.to_string();
    let joining = |index, hosts, secret| Joining { index, hosts, threads, secret, model: searched.clone(), patience };
    let crew = |listener: &TcpListener, joining: Joining| {
        Crew::join(listener, joining, control).map_err(|why| Failure::Incomplete(told(why, &searched)))
    };
    match over {
        Over::Started(processes) => {
            let listener = bound(LOOPBACK)?;
            let (started, hosts, secret) = start(processes, threads, patience, file, search, &listener)?;
            Ok(Duty::Reports(crew(&listener, joining(0, hosts, secret))?, started))
        }
        Over::Hosts { hosts, index, secret } => {
            let listener = bound(&hosts[index])?;
            let crew = crew(&listener, joining(index, hosts, secret))?;
            Ok(if index == 0 { Duty::Reports(crew, Started::default()) } else { Duty::Helps(crew) })
        }
        Over::Told => {
            let listener = bound(LOOPBACK)?;
            let unusable = |error: io::Error| InputError::new("standard input", error.to_string());
            let address = listener.local_addr().map_err(unusable)?;
            super::put(&format!("{address}\n"))?;
            let mut line = String::new();
            io::stdin().read_line(&mut line).map_err(unusable)?;
            let told = serde_json::from_str(&line);
            let Assignment { index, hosts, secret } =
                told.map_err(|error| InputError::new("standard input", format!("no assignment: {error}")))?;
            Ok(Duty::Helps(crew(&listener, joining(index, hosts, secret.into_bytes()))?))
        }
    }
}

/// Takes part in the search of another process.
pub fn help(model: &dyn Subject, options: &Options, control: &Arc<Control>, crew: Crew) -> Result<u8, Failure> {
    match model.take_part(options, control, crew) {
        Ok(Stopped::Exhausted) => Ok(0),
        Ok(_) => Ok(INCOMPLETE),
        Err(error) => Err(failure(model, &error)),
    }
}

/// What became of a check that has no report.
pub fn failure(model: &dyn Subject, error: &CheckError) -> Failure {
    match error {
        CheckError::Refused(Refusal::Lost(why)) => Failure::Incomplete(why.clone()),
        _ => InputError::new(model.header().file, error.to_string()).into(),
    }
}

fn bound(place: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(place).map_err(|error| Failure::Incomplete(format!("{place}: cannot listen there: {error}")))
}

/// Why the processes did not find each other; if they search different things, what differs.
fn told(why: NotJoined, searched: &str) -> String {
    match &why {
        NotJoined::Other { model, .. } => {
            let differing = differing(model, searched, |theirs, own| format!("{theirs} there, {own} here"));
            format!("{why}: {}", differing.join("; "))
        }
        _ => why.to_string(),
    }
}

/// Starts all processes but this one, and tells each of the others. Returns where they listen, and what they all know.
fn start(
    processes: u16,
    threads: usize,
    patience: Duration,
    file: &Path,
    search: &Search,
    listener: &TcpListener,
) -> Result<(Started, Vec<String>, Vec<u8>), Failure> {
    let failed = |error: io::Error| Failure::Incomplete(format!("a process cannot be started: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let mut started = Started::default();
    let mut hosts = vec![listener.local_addr().map_err(failed)?.to_string()];
    let (says, heard) = channel();
    for index in 1..processes {
        let mut command = Command::new(&program);
        command.arg("check").arg(file).args(args::repeated(search, threads, patience));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0); // an interrupt is for this process to pass on
        let mut child = command.spawn().map_err(failed)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        started.0.extend(input.map(|input| (child, input)));
        let says = says.clone();
        let hears = std::thread::Builder::new().spawn(move || {
            let mut line = String::new();
            let read = output.map(|output| BufReader::new(output).read_line(&mut line));
            let _ = says.send((index, read.is_some_and(|read| read.is_ok()).then_some(line)));
            // it may be too late
        });
        hears.map_err(failed)?;
        hosts.push(String::new());
    }
    for _ in 1..processes {
        let (index, line) = heard
            .recv_timeout(patience)
            .map_err(|_| Failure::Incomplete(format!("a process that was started says nothing within {patience:?}")))?;
        let place = line.as_deref().map(str::trim).filter(|line| !line.is_empty());
        let gone = || Failure::Incomplete(format!("process {index} was started, and is gone"));
        hosts[usize::from(index)] = place.ok_or_else(gone)?.to_string();
    }
    let word = || RandomState::new().build_hasher().finish();
    let secret: String = (0..4).map(|_| format!("{:016x}", word())).collect();
    for (index, (_, input)) in (1..).zip(&mut started.0) {
        let assignment = Assignment { index, hosts: hosts.clone(), secret: secret.clone() };
        let line = serde_json::to_string(&assignment).map_err(|error| failed(error.into()))?;
        let _ = writeln!(input, "{line}"); // one that is gone is found to be
    }
    Ok((started, hosts, secret.into_bytes()))
}
