//! The frame of log lines and datagrams: a checksum and a JSON value. A frame that was cut, altered or never was one is
//! told from a whole one.

use serde::de::DeserializeOwned;
use serde::Serialize;

/// Why some bytes are no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// They do not have the form of one.
    Form,
    /// The checksum found, and the one that the content has.
    Checksum(u32, u32),
    /// The content is not what was expected.
    Content(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::Form => write!(f, "expected 8 hexadecimal digits, a space and a JSON value"),
            Broken::Checksum(found, computed) => {
                write!(f, "the checksum is {found:08x}, that of the content {computed:08x}")
            }
            Broken::Content(what) => f.write_str(what),
        }
    }
}

/// The frame of a value: its checksum (CRC-32) in eight hexadecimal digits, a space, its JSON.
///
/// # Errors
/// If the value has no JSON, as a map whose keys are tuples has none.
pub fn seal(value: &impl Serialize) -> serde_json::Result<String> {
    let content = serde_json::to_string(value)?;
    Ok(format!("{:08x} {content}", crc32fast::hash(content.as_bytes())))
}

/// The value in a frame.
pub fn open<T: DeserializeOwned>(frame: &[u8]) -> Result<T, Broken> {
    let (digits, content) = frame.split_at_checked(8).ok_or(Broken::Form)?;
    let content = content.strip_prefix(b" ").ok_or(Broken::Form)?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits).ok_or(Broken::Form)?;
    let digits = std::str::from_utf8(digits).map_err(|_| Broken::Form)?;
    let found = u32::from_str_radix(digits, 16).map_err(|_| Broken::Form)?;
    let computed = crc32fast::hash(content);
    if found != computed {
        return Err(Broken::Checksum(found, computed));
    }
    serde_json::from_slice(content).map_err(|error| Broken::Content(error.to_string()))
}
