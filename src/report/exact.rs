//! Counts in JSON: a number as long as every reader takes it exactly, else its digits in a string.

use serde::ser::{SerializeSeq, Serializer};

/// The largest whole number up to which a double is exact.
const MOST_EXACT: u128 = 1 << 53;

/// A count.
pub fn exact<S: Serializer>(count: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    if *count <= MOST_EXACT {
        serializer.serialize_u64(*count as u64)
    } else {
        serializer.collect_str(count)
    }
}

/// A count that may be unknown.
pub fn exact_or_null<S: Serializer>(count: &Option<u128>, serializer: S) -> Result<S::Ok, S::Error> {
    match count {
        Some(count) => exact(count, serializer),
        None => serializer.serialize_none(),
    }
}

/// Counts in a row, if they are known.
pub fn exact_each_or_none<S: Serializer>(counts: &Option<Vec<u128>>, serializer: S) -> Result<S::Ok, S::Error> {
    exact_each(counts.as_deref().unwrap_or_default(), serializer)
}

/// Counts in a row.
pub fn exact_each<S: Serializer>(counts: &[u128], serializer: S) -> Result<S::Ok, S::Error> {
    let mut row = serializer.serialize_seq(Some(counts.len()))?;
    for count in counts {
        match *count <= MOST_EXACT {
            true => row.serialize_element(&(*count as u64))?,
            false => row.serialize_element(&count.to_string())?,
        }
    }
    row.end()
}
