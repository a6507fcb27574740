//! The arguments of a search that is spread over processes.

use super::search::{cores, EngineName, IdentityName, StrategyName};
use super::Shared;
use crate::input::InputError;
use clap::Args;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Over which processes the search is spread.
#[derive(Args)]
pub struct Spreading {
    /// Search with so many processes on this host together. --threads, --memory and --timeout are for each of them.
    #[arg(long, value_name = "N", conflicts_with = "hosts", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub processes: Option<u16>,
    /// Search together with processes on other hosts. The file has a line HOST:PORT for each process. Start each with the same
    /// model and options, and its own --index.
    #[arg(long, value_name = "FILE", requires = "index")]
    pub hosts: Option<PathBuf>,
    /// Which line of --hosts is this process, counted from 0. Process 0 reports; the others print nothing, and their exit
    /// code is 0 if the search came to its end.
    #[arg(long, value_name = "K", requires = "hosts")]
    pub index: Option<usize>,
    /// A file with what all processes know, and no one else. Beyond this host there is to be one.
    #[arg(long, value_name = "FILE", requires = "hosts")]
    pub secret_file: Option<PathBuf>,
    /// How long to wait for a process that has not come yet, or that is not heard of any more [default: 60s].
    #[arg(long, value_name = "DURATION")]
    pub patience: Option<humantime::Duration>,
    /// Be one of the processes of --processes: say where this one listens, and take from standard input where the others do.
    #[arg(long, hide = true)]
    pub controlled: bool,
}

/// A search that is spread over processes, validated.
pub struct Spread {
    /// Which processes.
    pub over: Over,
    /// How many workers each has.
    pub threads: usize,
    /// How long to wait for one.
    pub patience: Duration,
}

/// The processes of a search.
pub enum Over {
    /// So many on this host, which this one starts.
    Started(u16),
    /// These, of which this is one.
    Hosts {
        /// Where each listens.
        hosts: Vec<String>,
        /// Which one this is.
        index: usize,
        /// What all of them know.
        secret: Vec<u8>,
    },
    /// Those that the one which has started this one tells of.
    Told,
}

/// How long to wait for a process.
const PATIENCE: Duration = Duration::from_secs(60);
/// The least of that: a process that is busy may be silent for a moment.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// Processes of a search at most.
const MOST_HOSTS: usize = 1024;

impl Spreading {
    /// Over which processes the check of so many models is spread, if it is.
    ///
    /// # Errors
    /// If that cannot be.
    pub fn of(&self, models: usize, keeps: bool, shared: &Shared) -> Result<Option<Spread>, InputError> {
        let (option, over) = match (self.processes, &self.hosts, self.controlled) {
            (.., true) => ("--controlled", Over::Told),
            (Some(processes), ..) => ("--processes", Over::Started(processes)),
            (None, Some(file), _) => ("--hosts", self.listed(file)?),
            (None, None, _) if self.patience.is_some() => {
                return Err(InputError::new("--patience", "expected --processes or --hosts beside it"));
            }
            (None, None, _) => return Ok(None),
        };
        let search = &shared.search;
        let refused = |what: &str| Err(InputError::new(option, what));
        if models != 1 {
            return refused("processes search one model together; give one FILE");
        }
        match (search.engine, search.identity, search.strategy) {
            (EngineName::Symbolic | EngineName::Whole | EngineName::Stateright, ..) => {
                return refused("expected --engine components");
            }
            (_, Some(IdentityName::Hash), _) => return refused("expected --identity value"),
            (.., StrategyName::Dfs) => return refused("expected --strategy bfs"),
            _ => {}
        }
        if search.max_states.is_some() {
            return refused("expected no --max-states; --max-depth, --timeout and --memory end a search of several");
        }
        if shared.until_decided {
            return refused("expected no --until-decided");
        }
        if keeps {
            return refused("expected neither --checkpoint nor --resume");
        }
        let processes = match &over {
            Over::Started(processes) => usize::from(*processes),
            Over::Hosts { .. } | Over::Told => 1,
        };
        let threads = search.means.threads.map_or_else(|| (cores() / processes).max(1), usize::from);
        let patience = self.patience.map_or(PATIENCE, Into::into);
        match patience < LEAST_PATIENCE {
            true => Err(InputError::new("--patience", format!("{patience:?} is too short, expected 1s or more"))),
            false => Ok(Some(Spread { over, threads, patience })),
        }
    }

    /// The processes that a file lists.
    fn listed(&self, file: &Path) -> Result<Over, InputError> {
        let place = file.display().to_string();
        let unreadable = |error: std::io::Error| InputError::new(&place, format!("cannot be read: {error}"));
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
        let (mut hosts, mut is_far) = (Vec::new(), false);
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let at = format!("{place}:{number}");
            let is_well =
                line.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
            if !is_well {
                return Err(InputError::new(at, format!("{line:?}, expected HOST:PORT")));
            }
            if hosts.contains(&line.to_string()) {
                return Err(InputError::new(at, format!("{line} is there twice")));
            }
            let is_near =
                |mut addresses: std::vec::IntoIter<SocketAddr>| addresses.all(|address| address.ip().is_loopback());
            is_far |= !line.to_socket_addrs().is_ok_and(is_near);
            hosts.push(line.to_string());
        }
        if hosts.is_empty() || hosts.len() > MOST_HOSTS {
            return Err(InputError::new(place, format!("{} processes, expected 1..={MOST_HOSTS}", hosts.len())));
        }
        let index = self.index.unwrap_or_default();
        if index >= hosts.len() {
            let what = format!("{index}, expected 0..{}: {place} has {} processes", hosts.len(), hosts.len());
            return Err(InputError::new("--index", what));
        }
        let secret = match &self.secret_file {
            Some(file) => secret(file)?,
            None if is_far => {
                let what = "processes on other hosts are to have a common secret; give --secret-file";
                return Err(InputError::new(place, what));
            }
            None => Vec::new(),
        };
        Ok(Over::Hosts { hosts, index, secret })
    }
}

/// What a file holds, without the end of its line.
fn secret(file: &Path) -> Result<Vec<u8>, InputError> {
    let place = file.display().to_string();
    let mut secret =
        std::fs::read(file).map_err(|error| InputError::new(&place, format!("cannot be read: {error}")))?;
    while secret.last().is_some_and(|last| last.is_ascii_whitespace()) {
        secret.pop();
    }
    match secret.is_empty() {
        true => Err(InputError::new(place, "it holds no secret")),
        false => Ok(secret),
    }
}
