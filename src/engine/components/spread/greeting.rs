//! What two processes of a search say to each other before anything else: who they are, that they have the same secret
//! without telling it, and what they search. It must not know who calls whom, nor when.

use super::joining::{Joining, NotJoined};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What each side begins with: the program, and the version of what is said.
const MAGIC: &[u8; 8] = b"synod\n\x00\x01";
/// Bytes of the version of the program.
const VERSION_BYTES: usize = 24;
const NONCE_BYTES: usize = 16;
const HELLO_BYTES: usize = MAGIC.len() + VERSION_BYTES + 12 + NONCE_BYTES;
/// Bytes of what is searched, in words, at most.
const MOST_MODEL_BYTES: u32 = 1 << 20;
/// How long either side may take for what it has to say.
pub const SAY_WITHIN: Duration = Duration::from_secs(5);

/// Who one is.
struct Hello {
    version: [u8; VERSION_BYTES],
    index: u32,
    processes: u32,
    threads: u32,
    /// A number that no one else has said.
    nonce: [u8; NONCE_BYTES],
}

/// Why a socket leads to no process to search with.
#[derive(Debug)]
pub enum Turned {
    /// It is no process of a search: what it did.
    Stranger(String),
    /// It is one, and the search cannot be.
    Failed(NotJoined),
}

impl Hello {
    fn own(joining: &Joining) -> Self {
        let mut version = [0; VERSION_BYTES];
        env!("CARGO_PKG_VERSION").bytes().zip(&mut version).for_each(|(byte, place)| *place = byte);
        let mut nonce = [0; NONCE_BYTES];
        for part in nonce.chunks_mut(8) {
            part.copy_from_slice(&RandomState::new().build_hasher().finish().to_le_bytes());
        }
        let [index, processes, threads] = [joining.index, joining.hosts.len(), joining.threads].map(|n| n as u32);
        Hello { version, index, processes, threads, nonce }
    }

    fn bytes(&self) -> Vec<u8> {
        let numbers = [self.index, self.processes, self.threads].map(u32::to_le_bytes);
        [&MAGIC[..], &self.version, numbers.as_flattened(), &self.nonce].concat()
    }

    fn of(bytes: &[u8; HELLO_BYTES]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk()?;
        let (numbers, nonce) = rest.split_first_chunk::<12>()?;
        let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]);
        let nonce = *nonce.first_chunk()?;
        Some(Hello { version: *version, index: number(0), processes: number(4), threads: number(8), nonce })
    }

    fn version(&self) -> String {
        String::from_utf8_lossy(&self.version).trim_end_matches('\0').escape_debug().to_string()
    }

    /// Why a search of this process cannot have the other one in it.
    fn unfit(&self, other: &Hello) -> Option<String> {
        if self.version != other.version {
            Some(format!("is of version {}, this one of {}", other.version(), self.version()))
        } else if self.processes != other.processes {
            Some(format!("knows of {} processes, this one of {}", other.processes, self.processes))
        } else if self.threads != other.threads {
            let [theirs, own] = [other.threads, self.threads];
            Some(format!("has {theirs} threads, this one {own}; give all processes the same --threads"))
        } else {
            None
        }
    }

    /// What shows that the one who said this has a secret, to the one who said the other.
    fn proof(&self, to: &Hello, secret: &[u8]) -> Hmac<Sha256> {
        let mut proof = Hmac::<Sha256>::new_from_slice(secret).expect("a secret may have any length");
        proof.update(&self.bytes());
        proof.update(&to.bytes());
        proof
    }
}

/// Talks to whoever is at the other side; returns which process that is. `expected` are those that it may be.
///
/// # Errors
/// If it is no process to search with.
pub fn greet(socket: &TcpStream, joining: &Joining, expected: impl Fn(usize) -> bool) -> Result<usize, Turned> {
    let own = Hello::own(joining);
    let unheard = |error: io::Error| {
        Turned::Stranger(match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "it says nothing".into(),
            io::ErrorKind::UnexpectedEof => "it hung up".into(),
            _ => error.to_string(),
        })
    };
    let prepare = || -> io::Result<[u8; HELLO_BYTES]> {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(SAY_WITHIN))?;
        socket.set_write_timeout(Some(SAY_WITHIN))?;
        say(socket, &own.bytes())?;
        hear(socket)
    };
    let said = prepare().map_err(unheard)?;
    let stranger = || Turned::Stranger("what it says is no greeting of this program".into());
    let other = Hello::of(&said).ok_or_else(stranger)?;
    let process = other.index as usize;
    let unfit = |why: String| Turned::Failed(NotJoined::Unfit { process, why });
    if let Some(why) = own.unfit(&other) {
        return Err(unfit(why));
    }
    if !expected(process) {
        return Err(unfit(format!("answers where another one is expected by process {}", own.index)));
    }
    let hung_up = |_| unfit("hung up; it says why itself".into());
    say(socket, &own.proof(&other, &joining.secret).finalize().into_bytes()).map_err(hung_up)?;
    let proof: [u8; 32] = hear(socket).map_err(hung_up)?;
    if other.proof(&own, &joining.secret).verify_slice(&proof).is_err() {
        return Err(unfit("has another secret".into()));
    }
    let model = exchange(socket, &joining.model).map_err(hung_up)?;
    match model == joining.model {
        true => Ok(process),
        false => Err(Turned::Failed(NotJoined::Other { process, model })),
    }
}

/// Tells what is searched, and hears it.
fn exchange(socket: &TcpStream, model: &str) -> io::Result<String> {
    say(socket, &(model.len() as u32).to_le_bytes())?;
    say(socket, model.as_bytes())?;
    let length = u32::from_le_bytes(hear(socket)?).min(MOST_MODEL_BYTES);
    let mut bytes = vec![0; length as usize];
    { socket }.read_exact(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn say(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    socket.write_all(bytes)
}

fn hear<const BYTES: usize>(mut socket: &TcpStream) -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    socket.read_exact(&mut bytes)?;
    Ok(bytes)
}
