//! The way of messages that no datagram holds: a connection for each, to the port that the datagrams go to.

use super::orders::Input;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// The most bytes that a message may have.
pub const MAX_BYTES: usize = 16 << 20;

/// How long a peer may take to answer, or to go on with what it has begun.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a listener looks whether it is to stop.
const PAUSE: Duration = Duration::from_millis(20);

/// How often another port is tried that is free for both kinds of socket.
const PORTS: u32 = 20;

/// A socket for datagrams and a listener for connections at one address; if that has no port, at one that is free for both.
///
/// # Errors
/// As the system reports them.
pub fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = 0;
    loop {
        let datagrams = UdpSocket::bind(address)?;
        match TcpListener::bind(datagrams.local_addr()?) {
            Ok(connections) => {
                connections.set_nonblocking(true)?;
                return Ok((datagrams, connections));
            }
            Err(error) if address.port() != 0 || error.kind() != io::ErrorKind::AddrInUse || tries == PORTS => {
                return Err(error);
            }
            Err(_) => tries += 1,
        }
    }
}

/// Sends a message.
///
/// # Errors
/// As the system reports them; the message is lost then.
pub fn send(address: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(bytes)?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// Passes on what arrives until told to stop.
pub fn listen(connections: &TcpListener, inputs: &SyncSender<Input>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let Ok((stream, source)) = connections.accept() else {
            std::thread::sleep(PAUSE);
            continue;
        };
        // What was not sent whole is no message, and shows itself by its checksum.
        let bytes = received(stream).unwrap_or_default();
        if inputs.send(Input::Stream(bytes, source.ip())).is_err() {
            return;
        }
    }
}

fn received(stream: TcpStream) -> io::Result<Vec<u8>> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut bytes = Vec::new();
    stream.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
