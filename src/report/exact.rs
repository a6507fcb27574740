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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Serialize)]
    struct Counts {
        #[serde(serialize_with = "exact")]
        one: u128,
        #[serde(serialize_with = "exact_or_null")]
        maybe: Option<u128>,
        #[serde(serialize_with = "exact_each_or_none")]
        row: Option<Vec<u128>>,
    }

    #[test]
    fn a_count_beyond_2_to_the_53_is_a_string() {
        let most = 9_007_199_254_740_992;
        let counts = Counts { one: most, maybe: Some(most + 1), row: Some(vec![7, u128::MAX]) };
        let json = serde_json::to_string(&counts).expect("it is plain data");
        let text = r#"{"one":9007199254740992,"maybe":"9007199254740993","row":[7,"340282366920938463463374607431768211455"]}"#;
        assert_eq!(json, text);
    }
}
