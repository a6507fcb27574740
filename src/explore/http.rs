//! The part of HTTP that the Explorer's page needs: one request per connection, limited in every respect, and
//! refused unless it comes from the Explorer's own page. It knows nothing of models.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The most bytes of a request line and its headers. An address holds an index for each step of a path.
const MAX_HEAD: usize = 32 << 10;

/// The most headers.
const MAX_HEADERS: usize = 64;

/// The most bytes of a body. Bodies are discarded.
const MAX_BODY: u64 = 16 << 10;

/// The most time that a request may take to arrive, and an answer to be sent.
const WITHIN: Duration = Duration::from_secs(10);

/// The bytes written between two checks of the clock.
const PIECE: usize = 16 << 10;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// The content at a path.
    Get(String),
    /// That something is done.
    Post(String),
}

/// Why a request is not answered: a status, and what is wrong in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub u16, pub &'static str);

/// An answer.
pub(super) struct Answer {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
}

impl From<Refused> for Answer {
    fn from(Refused(status, why): Refused) -> Self {
        Answer { status, kind: "text/plain; charset=utf-8", body: format!("{why}\n").into_bytes() }
    }
}

/// Who may ask, by the name that the request gives this server. A page elsewhere can have its own name lead here (DNS
/// rebinding), so any name will not do; an address is what it says.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The name that the server was asked to serve at.
    pub own: String,
    /// True iff other machines may reach it.
    pub is_public: bool,
}

impl Names {
    fn allow(&self, host: &str) -> bool {
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let name = bracketed.map_or_else(|| host.rsplit_once(':').map_or(host, |(name, _)| name), |(name, _)| name);
        let is_address = name.parse().is_ok_and(|ip: IpAddr| self.is_public || ip.is_loopback());
        is_address || name.eq_ignore_ascii_case("localhost") || name.eq_ignore_ascii_case(&self.own)
    }
}

/// Reads a request.
///
/// # Errors
/// If it is not a request, exceeds a limit, or does not come from a page of this server.
pub(super) fn read(stream: &mut TcpStream, names: &Names) -> Result<Request, Refused> {
    let until = Instant::now() + WITHIN;
    let mut bytes = Vec::new();
    let end = loop {
        let searched = bytes.len().saturating_sub(3);
        if !more(stream, &mut bytes, MAX_HEAD, until)? {
            return Err(Refused(400, "the request ends before its headers do"));
        }
        if let Some(end) = bytes[searched..].windows(4).position(|four| four == b"\r\n\r\n") {
            break searched + end + 4;
        }
        if bytes.len() >= MAX_HEAD {
            return Err(Refused(431, "the headers are too long"));
        }
    };
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(&bytes[..end]) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refused(431, "there are too many headers")),
        Ok(httparse::Status::Partial) | Err(_) => return Err(Refused(400, "this is no HTTP request")),
    }
    let target = parsed.path.unwrap_or_default();
    let path = target.split_once('?').map_or(target, |(path, _)| path).to_string();
    let request = match parsed.method {
        Some("GET") => Request::Get(path),
        Some("POST") => Request::Post(path),
        _ => return Err(Refused(405, "only GET and POST are known")),
    };
    let headers = Headers(parsed.headers);
    headers.require_own(names)?;
    let mut left = headers.length()?.saturating_sub((bytes.len() - end) as u64);
    while left > 0 {
        let mut body = Vec::new();
        if !more(stream, &mut body, PIECE, until)? {
            return Err(Refused(400, "the body is shorter than its length"));
        }
        left = left.saturating_sub(body.len() as u64);
    }
    Ok(request)
}

/// Reads what has arrived, up to this many bytes in all; false if nothing follows.
fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, most: usize, until: Instant) -> Result<bool, Refused> {
    let slow = Refused(408, "the request takes too long");
    let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()).ok_or(slow)?;
    let gone = |_| Refused(400, "the connection is broken");
    stream.set_read_timeout(Some(left)).map_err(gone)?;
    let mut piece = [0; 4096];
    let room = piece.len().min(most.saturating_sub(bytes.len()));
    let length = match stream.read(&mut piece[..room]) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => return Err(slow),
        read => read.map_err(gone)?,
    };
    bytes.extend_from_slice(&piece[..length]);
    Ok(length > 0)
}

struct Headers<'a>(&'a [httparse::Header<'a>]);

impl Headers<'_> {
    /// The value of a header that may be there once.
    fn one(&self, name: &str) -> Result<Option<&str>, Refused> {
        let mut values = self.0.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(header), None) => {
                let value = std::str::from_utf8(header.value);
                value.map(|value| Some(value.trim())).map_err(|_| Refused(400, "a header is not text"))
            }
            (Some(_), Some(_)) => Err(Refused(400, "a header is there twice")),
        }
    }

    /// Requires that the request is for this server and from no other's page.
    fn require_own(&self, names: &Names) -> Result<(), Refused> {
        let host = self.one("host")?.ok_or(Refused(400, "there is no Host"))?;
        if !names.allow(host) {
            return Err(Refused(421, "this server is not known by that Host"));
        }
        let origin = self.one("origin")?;
        let is_own = origin.is_none_or(|origin| origin.eq_ignore_ascii_case(&format!("http://{host}")));
        let is_elsewhere = |site: &str| !["same-origin", "none"].contains(&site);
        // A link from another page may lead here, but no other page may act here or read what is here.
        let is_navigation = self.one("sec-fetch-mode")? == Some("navigate");
        let is_foreign = self.one("sec-fetch-site")?.is_some_and(is_elsewhere) && !is_navigation;
        if is_own && !is_foreign {
            Ok(())
        } else {
            Err(Refused(403, "the request is from a page of another origin"))
        }
    }

    /// The length of the body.
    fn length(&self) -> Result<u64, Refused> {
        if self.one("transfer-encoding")?.is_some() {
            return Err(Refused(411, "a body needs a Content-Length"));
        }
        let Some(length) = self.one("content-length")? else { return Ok(0) };
        let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let too_long = Refused(413, "the body is too long");
        match length.parse() {
            Ok(length) if is_number && length <= MAX_BODY => Ok(length),
            _ if is_number => Err(too_long),
            _ => Err(Refused(400, "the Content-Length is no number")),
        }
    }
}

/// The policy of the pages: they talk only to this server. knockout compiles its bindings, hence `unsafe-eval`.
const POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; \
                      style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Answers a request and closes the connection.
///
/// # Errors
/// If the other side does not take the answer.
pub(super) fn write(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    let until = Instant::now() + WITHIN;
    let Answer { status, kind, body } = answer;
    let head = format!(
        "HTTP/1.1 {status} {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: {POLICY}\r\nConnection: close\r\n\r\n",
        if *status == 200 { "OK" } else { "Refused" },
        body.len(),
    );
    for piece in std::iter::once(head.as_bytes()).chain(body.chunks(PIECE)) {
        let left = until.saturating_duration_since(Instant::now());
        stream.set_write_timeout(Some(left.max(Duration::from_millis(1))))?;
        stream.write_all(piece)?;
    }
    // What was refused unread would make the connection break before the answer arrives.
    stream.shutdown(Shutdown::Write)?;
    let (mut rest, brief) = (Vec::new(), Instant::now() + Duration::from_millis(500));
    while more(stream, &mut rest, usize::MAX, brief).is_ok_and(|is_more| is_more) && rest.len() < MAX_HEAD {}
    Ok(())
}
