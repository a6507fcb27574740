//! Serving: where, to whom, and the first requests that lead stateright's checker to the discoveries.

use super::DiscoveredPaths;
use stateright::Model as _;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The Explorer answers within this time, or something is wrong with it.
const PATIENCE: Duration = Duration::from_secs(30);

/// An address that is free and held until the Explorer takes it over.
pub struct Address {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why an address cannot be served at.
#[derive(Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is no address, or none that this machine can listen at.
    Unusable(String),
    /// Other machines can reach it, and nobody asked for that.
    Public(SocketAddr),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressError::Unusable(why) => write!(f, "cannot be served at: {why}"),
            AddressError::Public(address) => write!(
                f,
                "other machines can reach {address}, and the Explorer asks nobody who they are; add --public if that \
                 is meant, else serve at 127.0.0.1"
            ),
        }
    }
}

impl std::error::Error for AddressError {}

/// Why nothing is served.
#[derive(Debug)]
pub enum ServeError {
    /// The server did not start or stopped answering.
    Silent(io::Error),
    /// stateright's checker does not list this discovery under the path that it was led along.
    Unlisted(&'static str),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Silent(error) => write!(f, "the Explorer does not answer: {error}"),
            ServeError::Unlisted(name) => write!(f, "the Explorer does not list the path to {name}"),
        }
    }
}

impl std::error::Error for ServeError {}

impl Address {
    /// Takes an address such as `127.0.0.1:3000`; with port 0, one with a free port.
    ///
    /// # Errors
    /// If it cannot be listened at, or if other machines can reach it and `public` is false.
    pub fn take(address: &str, public: bool) -> Result<Self, AddressError> {
        let unusable = |error: io::Error| AddressError::Unusable(error.to_string());
        let resolved: Vec<_> = address.to_socket_addrs().map_err(unusable)?.collect();
        let address = *resolved.first().ok_or_else(|| AddressError::Unusable("it names no address".into()))?;
        if !address.ip().is_loopback() && !public {
            return Err(AddressError::Public(address));
        }
        let listener = TcpListener::bind(address).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        Ok(Address { listener, address })
    }

    /// True iff other machines can reach it.
    pub fn is_public(&self) -> bool {
        !self.address.ip().is_loopback()
    }

    /// Where a browser on this machine finds it.
    pub fn url(&self) -> String {
        format!("http://{}", nearby(self.address))
    }
}

/// The address under which this machine reaches a listener of its own.
fn nearby(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// Serves stateright's Explorer and leads its checker along the known paths. Returns, once the Explorer lists each of
/// `links` (name and path) among its discoveries, a thread that serves until the process ends.
///
/// # Errors
/// If the Explorer does not answer, or does not list one of them.
pub fn serve(
    address: Address,
    paths: DiscoveredPaths,
    links: &[(&'static str, String)],
) -> Result<JoinHandle<()>, ServeError> {
    let at = address.address;
    drop(address.listener); // stateright binds the address itself
    let server = std::thread::spawn(move || {
        paths.checker().serve(at);
    });
    let deadline = Instant::now() + PATIENCE;
    let ask = |request: &str| loop {
        match exchange(nearby(at), request) {
            Err(error) if server.is_finished() || Instant::now() > deadline => return Err(ServeError::Silent(error)),
            Err(_) => std::thread::sleep(Duration::from_millis(10)), // it has not bound the address yet
            Ok(answer) => return Ok(answer),
        }
    };
    ask("POST /.runtocompletion")?;
    loop {
        let status = ask("GET /.status")?;
        match links.iter().find(|(name, path)| !lists(&status, name, path)) {
            None => return Ok(server),
            Some((name, _)) if Instant::now() > deadline => return Err(ServeError::Unlisted(name)),
            Some(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// True iff the Explorer's status lists a discovery: `[expectation, name, path]` among its `properties`.
fn lists(status: &str, name: &str, path: &str) -> bool {
    let status: serde_json::Value = serde_json::from_str(status).unwrap_or_default();
    let properties = status["properties"].as_array();
    properties.is_some_and(|listed| listed.iter().any(|property| property[1] == *name && property[2] == *path))
}

/// The body of the answer to a request without one.
fn exchange(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "{request} HTTP/1.0\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.split(' ').nth(1) == Some("200") => Ok(body.into()),
        _ => Err(io::Error::other(format!("unexpected answer to {request}"))),
    }
}
