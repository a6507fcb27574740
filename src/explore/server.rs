//! Serving: where, to whom, and what is at which path.

use super::http::{self, Answer, Names, Refused, Request};
use super::Browsed;
use crate::family::Family;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Connections at a time. Further ones are closed: a browser opens six.
const MAX_CONNECTIONS: usize = 32;

/// A listening address.
pub struct Address {
    listener: TcpListener,
    address: SocketAddr,
    name: String,
}

/// Why an address cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It is not an address, or this machine cannot listen on it.
    Unusable(String),
    /// Other machines can reach it, and `public` is not set.
    Public(SocketAddr),
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressError::Unusable(why) => write!(f, "cannot be served at: {why}"),
            AddressError::Public(address) => write!(
                f,
                "other machines can reach {address}, and the Explorer asks no one for a password; add --public if that \
                 is meant, else serve at 127.0.0.1"
            ),
        }
    }
}

impl std::error::Error for AddressError {}

impl Address {
    /// Takes an address such as `127.0.0.1:3000`; with port 0, one with a free port.
    ///
    /// # Errors
    /// If this machine cannot listen on it, or if other machines can reach it and `public` is false.
    pub fn take(address: &str, public: bool) -> Result<Self, AddressError> {
        let unusable = |error: io::Error| AddressError::Unusable(error.to_string());
        let resolved: Vec<_> = address.to_socket_addrs().map_err(unusable)?.collect();
        let name = address.rsplit_once(':').map_or(address, |(name, _)| name).to_string();
        let address = *resolved.first().ok_or_else(|| AddressError::Unusable("it names no address".into()))?;
        if !address.ip().is_loopback() && !public {
            return Err(AddressError::Public(address));
        }
        let listener = TcpListener::bind(address).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        Ok(Address { listener, address, name })
    }

    /// True iff other machines can reach it.
    pub fn is_public(&self) -> bool {
        !self.address.ip().is_loopback()
    }

    /// Where a browser on this machine finds it.
    pub fn url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        format!("http://{address}")
    }
}

/// Serves a model until the process ends. Returns the thread that does.
///
/// # Errors
/// If there is no thread for it.
pub fn serve<F: Family>(address: Address, browsed: Browsed<F>) -> io::Result<JoinHandle<()>> {
    let names = Names { is_public: address.is_public(), own: address.name };
    let (browsed, connections) = (Arc::new(browsed), Arc::new(AtomicUsize::new(0)));
    thread::Builder::new().spawn(move || {
        for stream in address.listener.incoming() {
            match stream {
                Ok(stream) => take(stream, &names, &browsed, &connections),
                Err(_) => thread::sleep(Duration::from_millis(20)), // such as too many open files: others may close some
            }
        }
    })
}

/// A connection, counted while it is open.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Answers one request in a thread of its own, or closes the connection if there are too many.
fn take<F: Family>(mut stream: TcpStream, names: &Names, browsed: &Arc<Browsed<F>>, connections: &Arc<AtomicUsize>) {
    let is_full = connections.fetch_add(1, Ordering::SeqCst) >= MAX_CONNECTIONS;
    let counted = Counted(connections.clone());
    if is_full {
        return;
    }
    let (names, browsed) = (names.clone(), browsed.clone());
    let taken = thread::Builder::new().spawn(move || {
        let _counted = counted;
        let answer = http::read(&mut stream, &names).and_then(|request| answer(&request, &browsed));
        let _ = http::write(&mut stream, &answer.unwrap_or_else(Answer::from)); // it may not be waited for
    });
    drop(taken); // without a thread the connection is closed
}

/// A page of stateright's Explorer, as the build script took it from the stateright package.
macro_rules! page {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

fn answer<F: Family>(request: &Request, browsed: &Browsed<F>) -> Result<Answer, Refused> {
    let file = |kind, content: &[u8]| Ok(Answer { status: 200, kind, body: content.to_vec() });
    let json = |content: String| Ok(Answer { status: 200, kind: "application/json", body: content.into_bytes() });
    let path = match request {
        Request::Post(path) if path == "/.runtocompletion" => return file("text/plain", b""), // the search is over
        Request::Post(_) => return Err(Refused(405, "nothing can be done here")),
        Request::Get(path) => path.as_str(),
    };
    match path {
        "/" => file("text/html; charset=utf-8", page!("index.htm")),
        "/app.css" => file("text/css; charset=utf-8", page!("app.css")),
        "/app.js" => file("text/javascript; charset=utf-8", page!("app.js")),
        "/knockout-3.5.0.js" => file("text/javascript; charset=utf-8", page!("knockout-3.5.0.js")),
        "/.status" => json(browsed.status().to_string()),
        _ => {
            let steps = path.strip_prefix("/.states").and_then(|path| browsed.steps(path));
            let steps = steps.ok_or(Refused(404, "there is nothing here"))?;
            json(serde_json::Value::from(steps).to_string())
        }
    }
}
