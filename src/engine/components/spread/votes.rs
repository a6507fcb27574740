//! Why a search is to end, as each worker says it and all come to know it. It must not know the search.

use crate::engine::Stopped;

/// Why a search is to end, as a word. 0 is no reason.
pub fn word_of(stopped: Option<Stopped>) -> u64 {
    match stopped {
        Some(Stopped::Timeout) => 1,
        Some(Stopped::Memory) => 2,
        Some(_) => 3,
        None => 0,
    }
}

/// What the first worker that has a reason to end says.
pub fn agreed(words: impl Iterator<Item = u64>) -> Option<Stopped> {
    words.into_iter().find(|&word| word > 0).map(|word| match word {
        1 => Stopped::Timeout,
        2 => Stopped::Memory,
        _ => Stopped::Interrupted,
    })
}
